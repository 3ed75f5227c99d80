//! What is wrong with a file, and where.

use crate::complaint::{Complaint, with_hint};
use std::fmt;
use std::path::{Path, PathBuf};

/// Something wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file as it was named.
    pub file: PathBuf,
    /// Line, from 1; 0 when it is about the file as a whole.
    pub line: usize,
    /// Column in characters, from 1; 0 when it is about the file as a whole.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it, where that is known.
    pub hint: Option<String>,
}

impl Problem {
    /// A problem of the file as a whole.
    #[must_use]
    pub fn of_file(file: &Path, message: String) -> Self {
        Self { file: file.to_owned(), line: 0, column: 0, message, hint: None }
    }

    /// A problem at a byte offset of the file's text.
    #[must_use]
    pub fn at(file: &Path, text: &str, offset: usize, complaint: Complaint) -> Self {
        let before = text.get(..offset.min(text.len())).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        Self {
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
            message: complaint.message,
            hint: complaint.hint,
        }
    }

    /// Where it is and what is wrong, and after a semicolon what to do.
    #[must_use]
    pub fn with_hint(&self) -> String {
        with_hint(&self.to_string(), self.hint.as_deref())
    }
}

impl fmt::Display for Problem {
    /// Where it is and what is wrong.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file.display())?;
        if self.line > 0 {
            write!(f, "{}:{}:", self.line, self.column)?;
        }
        write!(f, " {}", self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::complaint::advised;

    #[test]
    fn columns_count_characters() {
        let problem = Problem::at(Path::new("x.toml"), "ä = 1\nöx", 9, advised("wrong", "mend it"));
        assert_eq!(problem.to_string(), "x.toml:2:2: wrong");
        assert_eq!(problem.with_hint(), "x.toml:2:2: wrong; mend it");
        assert_eq!(Problem::of_file(Path::new("x.toml"), "gone".to_owned()).to_string(), "x.toml: gone");
    }
}
