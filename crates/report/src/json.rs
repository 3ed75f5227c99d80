//! The JSON schema `unanswered.findings/1`, documented in `docs/json.md`.
//!
//! The types here are views: they borrow from the diagnosis and exist only to
//! be written. Adding a field does not change the schema's number; a field
//! that changes its meaning or is removed takes `unanswered.findings/2`.

mod clause;
mod document;
mod finding;
pub(crate) mod frames;
mod table;

use crate::Report;

/// Name and version of the schema.
pub const SCHEMA: &str = "unanswered.findings/1";

/// The report as one JSON object, indented, with a line feed at its end.
#[must_use]
pub fn render(report: &Report<'_>) -> String {
    let document = document::Document::new(report);
    let mut text = serde_json::to_string_pretty(&document)
        .expect("maps have string keys, and numbers that JSON lacks are written as null");
    text.push('\n');
    text
}
