//! A log as it was read: its cells, and what its format says about them.
//!
//! Readers of formats make a [`Log`]; [`table_of`](crate::io::table_of) makes a [`Table`](crate::Table) of it. What a format
//! knows travels as [`Hints`], in the words that a user would give as arguments; arguments win over hints.

use crate::cells::Cells;

/// A log before its columns have types.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// Its text.
    pub cells: Cells,
    /// The format in words, for a sentence such as `read as …`: `a Zeek log`, `CSV (semicolons)`.
    pub format: String,
    /// What the format says about the columns.
    pub hints: Hints,
    /// When it was last written, in seconds since 1970-01-01 UTC, where that is known: dates without a year are from before.
    pub written: Option<f64>,
    /// Rows read when each file had been read, where there are several.
    pub ends: Vec<usize>,
}

/// What a format knows of its columns. Names of columns that a log does not have are ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// The column that says what became of a request.
    pub outcome: Option<String>,
    /// What failed, as `--failed` takes it: values, `5xx`, `>=500`, `missing`, `!~ ^2`. Empty where the format does not say.
    pub failed: Vec<String>,
    /// The column with the time of a request.
    pub time: Option<String>,
    /// The column with the number of requests that a row stands for.
    pub count: Option<String>,
    /// The column with how many of these failed.
    pub failed_count: Option<String>,
    /// Columns that are known only from the answer: how long it took, how long it was, what it said.
    pub answer: Vec<String>,
    /// Columns that say nothing about a request: ids of records, versions of the format, copies of another column.
    pub idle: Vec<String>,
}
