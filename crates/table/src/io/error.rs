//! Why a log is no table of requests.

use crate::warning::counted;
use std::fmt;

/// What a column was needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ColumnRole {
    /// It says what became of the request.
    Outcome,
    /// It says when the request was sent.
    Time,
    /// Its type was given.
    Type,
}

impl fmt::Display for ColumnRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Outcome => "the outcome",
            Self::Time => "the time",
            Self::Type => "a type",
        })
    }
}

/// Why a log is no table of requests.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// Only a header.
    #[error("has no rows that can be read")]
    NoRows,
    /// A column that was named does not exist.
    #[error("there is no column {name} for {role}{}", suggestion(nearest.as_deref()))]
    NoSuchColumn {
        /// What it was needed for.
        role: ColumnRole,
        /// The name given.
        name: String,
        /// The most similar name that exists.
        nearest: Option<String>,
        /// All names.
        columns: Vec<String>,
    },
    /// No value that means "failed" was given.
    #[error("which values of {column} mean failed? values seen: {}", counted(seen))]
    NoFailedValue {
        /// The outcome column.
        column: String,
        /// Its values with their number of rows.
        seen: Vec<(String, usize)>,
    },
    /// The values that mean "failed" do not occur among several others.
    #[error("no row has {} in column {column}", wanted.join(" or "))]
    NoneFailed {
        /// The outcome column.
        column: String,
        /// The values that mean "failed".
        wanted: Vec<String>,
        /// Its values with their number of rows.
        seen: Vec<(String, usize)>,
    },
}

impl TableError {
    /// What was expected, or what was found instead, if that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoRows => Some("expected one line per request after the header".to_owned()),
            Self::NoSuchColumn { columns, .. } => Some(format!("columns: {}", columns.join(", "))),
            Self::NoneFailed { seen, .. } => Some(format!("values seen: {}", counted(seen))),
            Self::NoFailedValue { .. } => None,
        }
    }

    pub(super) fn no_such_column(role: ColumnRole, name: &str, columns: Vec<String>) -> Self {
        let nearest = nearest(name, &columns).map(str::to_owned);
        Self::NoSuchColumn { role, name: name.to_owned(), nearest, columns }
    }
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!(" (did you mean {name}?)"))
}

/// The name that needs the fewest edits, if those are few compared with its length.
fn nearest<'a>(wanted: &str, names: &'a [String]) -> Option<&'a str> {
    let wanted = wanted.to_lowercase();
    names
        .iter()
        .map(|name| (edits(&wanted, &name.to_lowercase()), name))
        .min_by_key(|&(distance, _)| distance)
        .filter(|&(distance, name)| distance * 2 <= name.chars().count().max(wanted.chars().count()))
        .map(|(_, name)| name.as_str())
}

/// Levenshtein distance.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, to) in row.iter_mut().skip(1).zip(&b) {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = *cell;
            left = replaced.min(left + 1).min(diagonal + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{edits, nearest};

    #[test]
    fn edits_are_counted_as_levenshtein_does() {
        for (a, b, expected) in
            [("", "", 0), ("kitten", "sitting", 3), ("abc", "", 3), ("", "ab", 2), ("flaw", "lawn", 2)]
        {
            assert_eq!(edits(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn a_name_is_suggested_only_when_it_is_near() {
        let names = ["outcome".to_owned(), "time".to_owned()];
        assert_eq!(nearest("Outcom", &names), Some("outcome"));
        assert_eq!(nearest("verdict", &names), None);
    }
}
