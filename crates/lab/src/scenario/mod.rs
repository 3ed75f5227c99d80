//! The scenario: what a site is, what happens to it, what is asked.
//!
//! The way of a file: TOML text into values that know their place (`text`), templates into single
//! networks and hosts (`expand`), addresses (`place`), then everything that refers to them (`file`),
//! then what can be wrong between sections (`check`, `routes`). All problems are collected with line
//! and column; a scenario comes out only when there is none.

mod check;
mod document;
mod expand;
mod file;
pub mod model;
mod place;
mod problem;
mod profiles;
mod resolve;
mod routes;
mod sections;
mod site;
#[cfg(test)]
mod tests;
mod text;
mod units;
mod variant;

pub use document::{Document, EditError, Value};
pub use problem::{LoadError, Problem, Problems};

use model::Scenario;
use std::path::Path;
use unanswered_wire::Span;

/// Reads a scenario; the file's name is for messages and for the scenario's own name.
///
/// # Errors
/// Everything that is wrong with the text, in the order of lines.
pub fn parse(text: &str, file_name: &str) -> Result<Scenario, Problems> {
    Document::parse(text, file_name)?.scenario()
}

/// Reads a scenario file.
///
/// # Errors
/// When it cannot be read, or is wrong.
pub fn load(path: &Path) -> Result<Scenario, LoadError> {
    let text =
        std::fs::read_to_string(path).map_err(|source| LoadError::Read { path: path.to_owned(), source })?;
    Ok(parse(&text, &path.display().to_string())?)
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
    include_str!("../../../../docs/scenario.schema.json")
}
