//! Everything that is wrong with a scenario file.

use std::fmt;
use std::path::PathBuf;
use unanswered_toml_text::Problem;

/// Nobody would read more.
const SHOWN_MAX: usize = 20;

/// Everything that is wrong with a scenario file, in the order of lines; at least one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Problems {
    /// The problems.
    pub problems: Vec<Problem>,
}

impl fmt::Display for Problems {
    /// One per line, only what is wrong.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines(Problem::to_string))
    }
}

impl Problems {
    /// One per line for people, each with what to do about it.
    #[must_use]
    pub fn with_hints(&self) -> String {
        self.lines(Problem::with_hint)
    }

    fn lines(&self, line: impl Fn(&Problem) -> String) -> String {
        let mut lines: Vec<String> = self.problems.iter().take(SHOWN_MAX).map(line).collect();
        if let Some(more) = self.problems.len().checked_sub(SHOWN_MAX).filter(|more| *more > 0) {
            lines.push(format!("... and {more} more"));
        }
        lines.join("\n")
    }
}

/// A scenario file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Its content is wrong.
    #[error(transparent)]
    Problems(#[from] Problems),
}
