//! The names that a catalogue file may use.

use unanswered_toml_text::{Complaint, unknown};

/// Names of what is declared elsewhere, given by the caller who knows the packets.
///
/// Features are not among them: an entry may name a column of a user's own table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vocabulary {
    /// Protocols. Any is allowed when the list is empty.
    pub protocols: Vec<&'static str>,
    /// Codes of refusals. Any is allowed when the list is empty.
    pub refusals: Vec<&'static str>,
}

/// What is wrong with a name, if anything is.
pub(super) fn undeclared(what: &str, name: &str, declared: &[&'static str]) -> Option<Complaint> {
    let wrong = !declared.is_empty() && !declared.contains(&name);
    wrong.then(|| unknown(format!("{what} cannot be {name}"), name, declared.iter().copied()))
}
