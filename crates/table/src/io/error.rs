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
    /// It says how many requests a row stands for.
    Count,
    /// It says how many of these failed.
    FailedCount,
    /// It is left out.
    Ignore,
    /// It is one of those that are looked at.
    Only,
}

impl fmt::Display for ColumnRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Outcome => "the outcome",
            Self::Time => "the time",
            Self::Type => "a type",
            Self::Count => "the count",
            Self::FailedCount => "the count of failures",
            Self::Ignore => "--ignore",
            Self::Only => "--only",
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
    /// More rows than can be numbered.
    #[error(
        "has {rows} rows, which are more than the {limit} that can be looked at; split it, or thin it evenly"
    )]
    TooManyRows {
        /// Rows that were read.
        rows: usize,
        /// Most rows of a table.
        limit: u32,
    },
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
    /// No column says in known words what failed.
    #[error("which requests failed? {}", asked(candidates))]
    WhichFailed {
        /// Columns that may say it, with their values.
        candidates: Vec<(String, Vec<(String, usize)>)>,
        /// All columns.
        columns: Vec<String>,
    },
    /// By a rule that nobody gave, or that holds for all values, every row failed.
    #[error("all {rows} rows would have failed; values of {column}: {}", counted(seen))]
    AllFailed {
        /// The outcome column.
        column: String,
        /// Rows that say what became of a request.
        rows: usize,
        /// Its values with their number of rows.
        seen: Vec<(String, usize)>,
    },
    /// A comparison without a number.
    #[error("{rule:?} compares with something that is no number")]
    NoBound {
        /// The rule.
        rule: String,
    },
    /// A pattern that is none.
    #[error("{pattern:?} is no pattern: {error}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        error: String,
    },
    /// The column of times holds none.
    #[error(
        "column {column} cannot be read as times: {rows} of {of} rows have none (first: row {row} has {text:?})"
    )]
    NoTimes {
        /// The column.
        column: String,
        /// Rows without a readable time.
        rows: usize,
        /// Rows in all.
        of: usize,
        /// The first of them, from 1.
        row: usize,
        /// What is in the cell.
        text: String,
    },
    /// A column of counts holds no number.
    #[error("column {column} holds no counts (row {row} has {text:?})")]
    NoCounts {
        /// The column.
        column: String,
        /// The first row, from 1.
        row: usize,
        /// What is in the cell.
        text: String,
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
            Self::NoFailedValue { column, seen } => Some(choosing(column, seen)),
            Self::AllFailed { column, seen, .. } => Some(choosing(column, seen)),
            Self::WhichFailed { candidates, columns } => Some(match candidates.as_slice() {
                [(column, seen)] => choosing(column, seen),
                _ => format!("say it: --outcome COLUMN --failed VALUES; columns: {}", columns.join(", ")),
            }),
            Self::NoBound { .. } => Some("for example --failed '>=500'".to_owned()),
            Self::Pattern { .. } => Some("for example --failed '~ ^5' or --failed '!~ ^(2|3)'".to_owned()),
            Self::NoTimes { .. } => Some(
                "times are numbers since 1970 (s, ms, us, ns) or dates such as 2026-11-23T09:00:00Z, 23/Nov/2026:09:00:00 +0000, \
                 Nov 23 09:00:00 or 11/23/2026 09:00:00 AM; another column: --time COLUMN"
                    .to_owned(),
            ),
            Self::TooManyRows { .. } => Some("give fewer files, or every so many-th line".to_owned()),
            Self::NoCounts { .. } => Some("counts are whole numbers such as 1200".to_owned()),
        }
    }

    pub(super) fn no_such_column(role: ColumnRole, name: &str, columns: Vec<String>) -> Self {
        let nearest = nearest(name, &columns).map(str::to_owned);
        Self::NoSuchColumn { role, name: name.to_owned(), nearest, columns }
    }
}

/// Columns with their values, as a question shows them.
fn asked(candidates: &[(String, Vec<(String, usize)>)]) -> String {
    if candidates.is_empty() {
        return "no column is called as columns with an outcome are".to_owned();
    }
    let one = |(column, seen): &(String, Vec<(String, usize)>)| format!("{column} has {}", counted(seen));
    candidates.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// The arguments that would choose: the rarest value may be what failed, the most frequent one what did not.
fn choosing(column: &str, seen: &[(String, usize)]) -> String {
    let written = |value: &String| if value == "(empty)" { "missing".to_owned() } else { value.clone() };
    let (most, least) = (seen.first().map(|(v, _)| written(v)), seen.last().map(|(v, _)| written(v)));
    let (most, least) = (most.unwrap_or_else(|| "200".to_owned()), least.unwrap_or_else(|| "504".to_owned()));
    format!(
        "say which values failed, or which did not: --outcome {column} --failed {least}, or --outcome {column} --ok {most}"
    )
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
