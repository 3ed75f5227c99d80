//! What was odd about a table that could be read nevertheless.

use super::error::counted;

/// One thing that a reader of the results must know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableWarning {
    /// Lines that are not JSON objects were left out.
    #[error("{left_out} of {lines} lines skipped: not a JSON object (first: line {line}: {error})")]
    NotJson {
        /// How many.
        left_out: usize,
        /// Lines in all.
        lines: usize,
        /// The first of them, from 1.
        line: u64,
        /// What is wrong with it.
        error: String,
    },
    /// Lines whose number of fields differs from the header's were left out.
    #[error(
        "{left_out} of {lines} lines skipped: not the header's {width} fields (first: line {line} has {fields})"
    )]
    Ragged {
        /// How many.
        left_out: usize,
        /// Lines in all.
        lines: usize,
        /// Fields of the header.
        width: usize,
        /// The first of them, from 1.
        line: u64,
        /// Its fields.
        fields: usize,
    },
    /// Two columns have the same name.
    #[error("two columns are called {name}; the later one is read as {read_as}")]
    SameName {
        /// The name.
        name: String,
        /// What the later one is called instead.
        read_as: String,
    },
    /// Cells in a column of numbers are not numbers.
    #[error("cells of {column} that are not numbers count as missing: {cells} (first: {first})")]
    NotNumbers {
        /// How many.
        cells: usize,
        /// The column.
        column: String,
        /// The first of them.
        first: String,
    },
    /// Names are not UTF-8.
    #[error("names in {column} that are not UTF-8 are shown with \u{fffd}: {names}")]
    NotUtf8 {
        /// How many.
        names: usize,
        /// The column.
        column: String,
    },
    /// No row has a value that means failure, and there are others.
    #[error("no row has {} in {column}; values seen: {}", wanted.join(" or "), counted(seen))]
    NoneFailed {
        /// The values.
        wanted: Vec<String>,
        /// The column.
        column: String,
        /// Its values with their number of rows.
        seen: Vec<(String, usize)>,
    },
    /// Every row failed.
    #[error("every row failed; values of {column} seen: {}", counted(seen))]
    AllFailed {
        /// The column.
        column: String,
        /// Its values with their number of rows.
        seen: Vec<(String, usize)>,
    },
    /// Some values that mean failure do not occur.
    #[error("no row has {} in {column}", unseen.join(" or "))]
    Unseen {
        /// The values.
        unseen: Vec<String>,
        /// The column.
        column: String,
    },
    /// Rows without a readable time were left out.
    #[error(
        "rows skipped because {column} is not {}: {rows} (first: row {row} has \"{text}\")",
        if *dates { "a date such as 2026-11-23T09:00:00Z" } else { "a number" }
    )]
    NoTime {
        /// How many.
        rows: usize,
        /// The column.
        column: String,
        /// The others are dates, not numbers.
        dates: bool,
        /// The first of them, from 1.
        row: usize,
        /// What is in the cell.
        text: String,
    },
    /// Times without a time zone.
    #[error("times in {column} without a time zone are read as UTC: {times}")]
    NoZone {
        /// How many.
        times: usize,
        /// The column.
        column: String,
    },
}
