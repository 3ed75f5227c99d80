//! TOML whose values know their position, for files that people write.
//!
//! What keys mean, and the wording of problems, is up to the reader.
//!
//! # Data flow
//!
//! [`TomlTable::parse`] turns a text into owned values, each a [`Node`] with the byte offset at which it was written, in the
//! order of the file. A reader goes through them, puts what is wrong into a [`ProblemSink`] with its position and
//! continues, so that a user sees everything at once; the sink returns [`Problem`]s with file, line, column and, where
//! that is known, what to do.
//!
//! # Entry points
//!
//! - [`TomlTable::parse`], then [`ProblemSink::problem`] and [`ProblemSink::problems`].
//! - [`unknown`] is the complaint about a name that does not exist; [`suggestion`] finds the one that may
//!   have been meant. [`advised`] is any other complaint with what to do.
//!
//! ```
//! use std::path::Path;
//! use unanswered_toml_text::{ProblemSink, TomlTable, unknown};
//! let text = "name = \"a\"\nadress = \"10.0.0.1\"\n";
//! let sink = ProblemSink::default();
//! let parsed = TomlTable::parse(text);
//! assert!(parsed.errors.is_empty());
//! for (key, _) in &parsed.table.entries {
//!     if !["name", "address"].contains(&key.name.as_str()) {
//!         let message = format!("unknown key {}", key.name);
//!         sink.problem(key.start, unknown(message, &key.name, ["name", "address"]));
//!     }
//! }
//! let problems = sink.problems(text, Path::new("host.toml"));
//! assert_eq!(problems[0].with_hint(), "host.toml:2:1: unknown key adress; did you mean address?");
//! ```

mod complaint;
mod node;
mod problem;
mod sink;
mod suggestion;

pub use complaint::{Complaint, advised, unknown};
pub use node::{Node, NodeKind, ParseError, ParseErrorKind, ParsedToml, TomlKey, TomlTable};
pub use problem::Problem;
pub use sink::ProblemSink;
pub use suggestion::suggestion;
