//! The scenario file: what a site is, what happens to it, what is asked, where packets are captured.
//!
//! Nothing is run here, and how it is run is not decided here: that is the work of `unanswered-world`.
//!
//! # Data flow
//!
//! TOML text becomes values that know their position (`toml_values`), templates become single networks and hosts
//! (`expand`), these get addresses (`addressing`), then everything that refers to them is read (`file`, one
//! module per section), then what can be wrong between sections is checked (`cross_checks`, `routes`). The
//! result is a [`model::Scenario`], plain data that the simulated world or another one can run. All problems are
//! collected with line and column; there is a scenario only if there are none.
//!
//! # Entry points
//!
//! [`read_file`] and [`parse`] return a scenario. A [`Document`] is a file that can be changed and written
//! back. What `[[expect]]` may name is supplied by the diagnosis: [`DiagnosisNames`].
//!
//! ```
//! use unanswered_scenario::{DiagnosisNames, parse};
//! let text = r#"
//! version = 1
//! duration = "1h"
//! [network.lan]
//! subnet = "10.0.0.0/24"
//! [host.server]
//! network = "lan"
//! [host.client]
//! network = "lan"
//! count = 2
//! service.ping = { to = "server" }
//! "#;
//! let scenario = parse(text, "lan.toml", DiagnosisNames::default()).expect("the file is sound");
//! assert_eq!(scenario.hosts.len(), 3);
//! let problems = parse(&text.replace("count", "cuont"), "lan.toml", DiagnosisNames::default());
//! assert_eq!(
//!     problems.unwrap_err().with_hints(),
//!     "lan.toml:10:1: unknown key cuont in host; did you mean count?"
//! );
//! ```
mod addressing;
mod cross_checks;
mod diagnosis_names;
mod document;
mod expand;
mod file;
pub mod model;
mod placed_site;
mod problems;
mod profiles;
mod resolve;
mod routes;
mod sections;
#[cfg(test)]
mod tests;
mod toml_values;
mod units;
mod variant;

pub use diagnosis_names::DiagnosisNames;
pub use document::{Document, EditError, Setting};
pub use problems::{FileError, Problems};
pub use unanswered_toml_text::Problem;

use model::Scenario;
use std::path::Path;
use unanswered_wire::Span;

/// Reads a scenario; the file's name is for messages and for the scenario's own name.
///
/// # Errors
/// Everything that is wrong with the text, in the order of lines.
pub fn parse(text: &str, file_name: &str, names: DiagnosisNames) -> Result<Scenario, Problems> {
    Document::parse(text, file_name, names)?.scenario()
}

/// Reads a scenario file.
///
/// # Errors
/// When it cannot be read or has problems.
pub fn read_file(path: &Path, names: DiagnosisNames) -> Result<Scenario, FileError> {
    let text =
        std::fs::read_to_string(path).map_err(|source| FileError::Read { path: path.to_owned(), source })?;
    Ok(parse(&text, &path.display().to_string(), names)?)
}

/// A length of time as it is written in scenario files (`2d 6h`); `None` for anything else and for
/// negative ones.
#[must_use]
pub fn span(text: &str) -> Option<Span> {
    unanswered_time::spans::read(text).ok().filter(|span| span.nanoseconds() >= 0)
}

/// The JSON Schema of scenario files (as JSON sees TOML).
#[must_use]
pub fn schema() -> &'static str {
    include_str!("../../../docs/scenario.schema.json")
}
