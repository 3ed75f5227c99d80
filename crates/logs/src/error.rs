//! Why a log could not be read.

use std::io;
use std::path::PathBuf;

/// Why a log could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// An error in the file named.
    #[error("{}: {source}", path.display())]
    InFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<Self>,
    },
    /// The file cannot be opened.
    #[error("cannot be opened: {0}")]
    Open(#[source] io::Error),
    /// A directory was given.
    #[error("is a directory")]
    Directory,
    /// The operating system failed to return the next bytes.
    #[error("reading failed after line {line}: {source}")]
    Read {
        /// Last line that was read.
        line: u64,
        /// What the system said.
        source: io::Error,
    },
    /// No bytes, or only blank lines.
    #[error("is empty")]
    Empty,
    /// Not a log at all.
    #[error("is {what}, not a log or a table")]
    NotALog {
        /// What the first bytes look like.
        what: &'static str,
        /// What to do about it.
        hint: &'static str,
    },
    /// Text, but none that has requests as far as is known.
    #[error("is of no known format (its first line: {first})")]
    Unknown {
        /// The first line.
        first: String,
    },
    /// No line is what the format, or a pattern that was given, expects.
    #[error("no line is {expected} (line {line}: {text})")]
    NoLine {
        /// What was expected.
        expected: String,
        /// The first line that is not.
        line: u64,
        /// Its beginning.
        text: String,
    },
    /// Files that were given together have different formats.
    #[error("is {found}, but the first file is {wanted}")]
    OtherFormat {
        /// Format of this file.
        found: String,
        /// Format of the first.
        wanted: String,
    },
    /// The argument `--pattern` is no regular expression, or names nothing.
    #[error("the pattern cannot be used: {0}")]
    Pattern(String),
    /// The argument `--log-format` names no field.
    #[error("the log format cannot be used: {0}")]
    LogFormat(String),
}

impl LogError {
    /// What was expected, or what to do, if that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let words = match self {
            Self::InFile { source, .. } => return source.hint(),
            Self::Directory => "expected a log, a CSV table or JSON",
            Self::Empty => "expected a header line and one line per request",
            Self::NotALog { hint, .. } => hint,
            Self::Unknown { .. } => {
                "put a line with the names of the columns in front, or say what its lines look like: --pattern '(?P<client>\\S+) .* (?P<status>\\d+)', or --log-format with the format string of nginx or Apache"
            }
            Self::OtherFormat { .. } => "files that are given together must have one format",
            Self::Pattern(_) => {
                "expected a regular expression with named groups: --pattern '(?P<status>\\d{3})'"
            }
            Self::LogFormat(_) => {
                "expected fields as nginx ($remote_addr) or Apache (%h) writes them, with something between any two"
            }
            Self::Open(_) | Self::Read { .. } | Self::NoLine { .. } => return None,
        };
        Some(words.to_owned())
    }
}
