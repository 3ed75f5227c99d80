//! What was odd about a table that could be read nevertheless.

use crate::writing::TimeWriting;
use std::fmt;

/// A line of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number, from 1.
    pub number: u64,
    /// The input, where several were read.
    pub file: Option<String>,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.number)?;
        self.file.as_ref().map_or(Ok(()), |file| write!(f, " of {file}"))
    }
}

/// One thing that a reader of the results must know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableWarning {
    /// Lines that are not JSON objects were left out.
    #[error("{left_out} of {lines} lines skipped: not a JSON object (first: {line}: {error})")]
    NotJson {
        /// How many.
        left_out: usize,
        /// Lines in all.
        lines: usize,
        /// The first of them.
        line: Line,
        /// What is wrong with it.
        error: String,
    },
    /// Lines whose number of fields differs from the header's were left out.
    #[error(
        "{left_out} of {lines} lines skipped: not the header's {width} fields (first: {line} has {fields})"
    )]
    Ragged {
        /// How many.
        left_out: usize,
        /// Lines in all.
        lines: usize,
        /// Fields of the header.
        width: usize,
        /// The first of them.
        line: Line,
        /// Its fields.
        fields: usize,
    },
    /// Lines that do not look like the format's were left out.
    #[error("{left_out} of {lines} lines skipped: not {expected} (first: {line}: {text})")]
    NotInFormat {
        /// How many.
        left_out: usize,
        /// Lines in all.
        lines: usize,
        /// What was expected: `a line of an HAProxy log`.
        expected: String,
        /// The first of them.
        line: Line,
        /// Its beginning.
        text: String,
    },
    /// Lines are longer than a line may be, and were left out.
    #[error("lines skipped because they are longer than {limit} bytes: {left_out} (first: {line})")]
    TooLong {
        /// How many.
        left_out: usize,
        /// Bytes that a line may have.
        limit: usize,
        /// The first of them.
        line: Line,
    },
    /// The last line was cut off while it was written, and was left out.
    #[error("{line} is cut off and was left out")]
    CutOff {
        /// The line.
        line: Line,
    },
    /// An input ends before its end.
    #[error("the input cannot be read beyond {line}: {error}")]
    EndsEarly {
        /// The last line that was read.
        line: Line,
        /// Why.
        error: String,
    },
    /// Lines of the format that are no requests were left out.
    #[error("{what}, which are no requests, were left out: {left_out}")]
    NoRequests {
        /// How many.
        left_out: usize,
        /// What they are: `metrics other than http_req_duration`.
        what: String,
    },
    /// There are more columns than a table may have.
    #[error("only the first {kept} columns were read (first left out: {first})")]
    TooManyColumns {
        /// Columns that were read.
        kept: usize,
        /// Name of the first that was not.
        first: String,
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
        expected.words()
    )]
    NoTime {
        /// How many.
        rows: usize,
        /// The column.
        column: String,
        /// How the others are written.
        expected: TimeWriting,
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
    /// The column that the format calls the time cannot be read as one.
    #[error(
        "column {column} should be the time and cannot be read as one (first: row {row} has \"{text}\"); --time names another"
    )]
    NoTimes {
        /// The column.
        column: String,
        /// The first row without a time, from 1.
        row: usize,
        /// What is in the cell.
        text: String,
    },
    /// Dates whose order of day and month nothing decides.
    #[error(
        "dates in {column} such as {example} are read with the {} first: no value is above 12, and the order of the rows does not decide it",
        if *month_first { "month" } else { "day" }
    )]
    AmbiguousDates {
        /// The column.
        column: String,
        /// How they are read.
        month_first: bool,
        /// One of them.
        example: String,
    },
    /// Dates without a year.
    #[error("dates in {column} have no year: {}", year_words(*year, *turns))]
    NoYear {
        /// The column.
        column: String,
        /// The year that the last was given, if anything says when the log was written.
        year: Option<u32>,
        /// New years that passed.
        turns: u32,
    },
    /// Cells of a column of numbers that are texts.
    #[error("rows whose {column} is not a number are not judged: {rows} (first: {first})")]
    NotJudged {
        /// How many rows.
        rows: usize,
        /// The column.
        column: String,
        /// The first of the texts.
        first: String,
    },
    /// Rows without a readable count were left out.
    #[error(
        "rows without a count in {column} stand for no request: {rows} (first: row {row} has \"{text}\")"
    )]
    NoCount {
        /// How many.
        rows: usize,
        /// The column.
        column: String,
        /// The first of them, from 1.
        row: usize,
        /// What is in the cell.
        text: String,
    },
    /// Rows have more failures than requests.
    #[error("rows with more failures than requests: {rows}; all of their requests count as failed")]
    MoreFailed {
        /// How many.
        rows: usize,
    },
    /// Too many requests for memory.
    #[error(
        "of {requests} requests {kept} are looked at, evenly chosen among failed and answered ones: counts are those of the chosen ones"
    )]
    Thinned {
        /// Requests in all.
        requests: u64,
        /// Those kept.
        kept: u64,
    },
}

fn year_words(year: Option<u32>, turns: u32) -> String {
    let over = if turns > 0 { format!(" (they go over {turns} new year)") } else { String::new() };
    match year {
        Some(year) => {
            format!("the last is taken for one of {year}, the latest year before the file was written{over}")
        }
        None => format!("nothing says when it was written, so they are shown in 2000{over}"),
    }
}

/// The values with their counts, at most eight of them.
pub(crate) fn counted(seen: &[(String, usize)]) -> String {
    const SHOWN: usize = 8;
    let mut parts: Vec<String> =
        seen.iter().take(SHOWN).map(|(value, rows)| format!("{value} ({rows})")).collect();
    if seen.len() > SHOWN {
        parts.push(format!("and {} more", seen.len() - SHOWN));
    }
    parts.join(", ")
}
