//! What is wrong, and what to do about it.

use crate::suggestion::suggestion;
use std::fmt;

/// What is wrong, and what to do about it where that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl From<String> for Complaint {
    fn from(message: String) -> Self {
        Self { message, hint: None }
    }
}

impl From<&str> for Complaint {
    fn from(message: &str) -> Self {
        message.to_owned().into()
    }
}

impl fmt::Display for Complaint {
    /// All of it, for use inside another message.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&with_hint(&self.message, self.hint.as_deref()))
    }
}

/// What is wrong, and what to do.
pub fn advised(message: impl Into<String>, hint: impl Into<String>) -> Complaint {
    Complaint { message: message.into(), hint: Some(hint.into()) }
}

/// An unknown word, with what [`suggestion`] says of it.
pub fn unknown<'k>(
    message: impl Into<String>,
    word: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Complaint {
    Complaint { message: message.into(), hint: suggestion(word, known) }
}

/// What is wrong, and after a semicolon what to do.
pub(crate) fn with_hint(message: &str, hint: Option<&str>) -> String {
    hint.map_or_else(|| message.to_owned(), |hint| format!("{message}; {hint}"))
}
