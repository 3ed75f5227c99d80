//! Tables of requests from any source (access logs, traces, RADIUS logs) and back to files.
//!
//! CSV (comma, semicolon or tab, found from the header line) and JSON lines become a [`Table`]:
//! one row per request, one column says what became of it, the others are features. What nobody says is found from names and
//! values, or asked: which column that is and which of its values failed, which column is the time and how it is written, which
//! columns belong to the answer and are no features. All of it is reported in a [`TableSummary`] and can be overridden. Whatever is
//! left out (ragged lines, unreadable times) is counted in the summary's warnings.
//!
//! Parquet is not read.

mod answer;
mod counted;
mod covered;
mod csv_reader;
mod error;
mod features;
mod guess;
mod infer;
mod json_reader;
mod make;
mod names;
mod number;
mod outcome_column;
mod request_columns;
mod rule;
mod sniff;
mod summary;
#[cfg(test)]
mod tests;
mod time_column;
mod time_guess;
mod write;

pub use crate::warning::TableWarning;
pub use crate::writing::{EpochUnit, TimeWriting};
pub use error::{ColumnRole, TableError};
pub use make::table_of;
pub use request_columns::{Ends, RequestColumn, RequestFacts};
pub use rule::split_rules;
pub use summary::{
    ColumnSummary, LeftOutColumn, LeftOutReason, Origin, OutcomeSummary, RuleText, TableSummary, TimeSummary,
    TimeUnit,
};
pub use write::{write_requests, write_table};

use crate::Table;
use crate::log::{Hints, Log};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::time::UNIX_EPOCH;
use unanswered_registry::Feature;

/// Prefix of the name of the column of units of evidence; what a unit is follows.
const UNIT_PREFIX: &str = "unit:";

/// How a table is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Separated values with a header line (RFC 4180; comma, semicolon or tab).
    Csv,
    /// One JSON object per line.
    JsonLines,
}

impl Format {
    /// The format for a sentence such as `read as …`.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Csv => "separated values",
            Self::JsonLines => "JSON lines",
        }
    }
}

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ColumnType {
    /// Numbers, which have an order and distances.
    Number,
    /// Names, codes, addresses.
    Name,
}

impl ColumnType {
    /// The word for it in arguments and reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Name => "name",
        }
    }
}

/// What the columns of a table mean. What is left empty is taken from the log's format, else found from names and values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TableSpec {
    /// The column that says what became of a request.
    pub outcome: Option<String>,
    /// What failed: values, `missing`, `5xx`, `>=500`, `~ REGEX`, `!RULE`, each perhaps of another column (`COLUMN:RULE`). An
    /// outcome word among them (`refused`, `late`, ...) keeps its meaning, any other counts as unanswered.
    pub failed: Vec<String>,
    /// What did not fail, in the same words: all others did, unless `failed` is given too.
    pub ok: Vec<String>,
    /// The column with the time of the request.
    pub time: Option<String>,
    /// The column with the number of requests that a row stands for.
    pub count: Option<String>,
    /// The column with how many of these failed.
    pub failed_count: Option<String>,
    /// Columns that are no features.
    pub ignore: Vec<String>,
    /// The only columns that are features; none is left out on its own account then.
    pub only: Vec<String>,
    /// A moment after which nothing in the table was written, in seconds since 1970: dates without a year are before it.
    pub latest: Option<f64>,
    /// Types of columns that must not be inferred.
    pub types: BTreeMap<String, ColumnType>,
    /// Declared features. In a table that [`write_table`] or [`write_requests`] wrote, columns with their names are these
    /// features: one that has all columns that are always written, or in which every one of at least five columns has the
    /// name of a feature. Without any, a column is just a column.
    pub features: Vec<&'static Feature>,
    /// The features that the ends of each protocol's requests are, for a table that [`write_requests`] wrote.
    pub ends: Vec<Ends>,
}

/// A table, and how it was understood.
#[derive(Clone, Debug)]
pub struct TableRead {
    /// The requests.
    pub table: Table,
    /// How they were understood.
    pub summary: TableSummary,
}

/// Opens a table and reads it. `-` is standard input.
///
/// The format follows from the content, not from the name.
///
/// # Errors
/// Those of [`read_table`], with the path; and when the file cannot be opened or is a directory.
pub fn open_table(path: &Path, spec: &TableSpec) -> Result<TableRead, TableError> {
    let in_file = |source| TableError::InFile { path: path.to_owned(), source: Box::new(source) };
    if path.as_os_str() == "-" {
        return read_table(io::stdin().lock(), None, spec).map_err(in_file);
    }
    let opened = File::open(path).and_then(|file| Ok((file.metadata()?.is_dir(), file)));
    let (is_directory, file) = opened.map_err(|source| in_file(TableError::Open(source)))?;
    if is_directory {
        return Err(in_file(TableError::Directory));
    }
    let written = || file.metadata().ok()?.modified().ok()?.duration_since(UNIX_EPOCH).ok();
    let latest = spec.latest.or_else(|| Some(written()?.as_secs_f64()));
    read_table(file, None, &TableSpec { latest, ..spec.clone() }).map_err(in_file)
}

/// Reads a table; with `None` for `format`, it is found from the content.
///
/// Empty cells are missing values; so are `null`, `NA`, `NaN` and the like in columns of numbers.
/// With a time column the rows come out sorted by time (stable). The outcome and time columns are
/// not features. Neither is a column `unit:WORDS`: rows with the same value there are one unit of
/// evidence ([`Table::units`]), and a unit is called WORDS. In a table that was written here, columns that are known
/// only when a request has ended ([`RequestColumn::known_after`]) are left out.
///
/// # Errors
/// When the input cannot be read, is not a table, lacks these columns, or when none of the values
/// that mean "failed" occurs although the outcome column has several others (a misspelt value
/// would otherwise look like "nothing wrong").
pub fn read_table<R: Read>(
    reader: R,
    format: Option<Format>,
    spec: &TableSpec,
) -> Result<TableRead, TableError> {
    let (head, reader) = sniff::head(reader)?;
    let format = match format {
        Some(given) => given,
        None => sniff::format(&head)?,
    };
    let cells = match format {
        Format::Csv => csv_reader::read(reader, sniff::delimiter(&head))?,
        Format::JsonLines => json_reader::read(reader)?,
    };
    table_of(Log { cells, format: format.words().to_owned(), hints: Hints::default() }, spec)
}
