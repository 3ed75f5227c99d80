//! From a log to a table of requests, and from tables to files.
//!
//! [`table_of`] makes a [`Table`] of a [`Log`](crate::log::Log), which crate `unanswered-logs` reads: one row per request, one
//! column says what became of it, the others are features. What nobody says is found from names and
//! values, or asked: which column that is and which of its values failed, which column is the time and how it is written, which
//! columns belong to the answer and are no features. All of it is reported in a [`TableSummary`] and can be overridden. Whatever is
//! left out (ragged lines, unreadable times) is counted in the summary's warnings.

mod answer;
mod counted;
mod covered;
mod derived;
mod error;
mod features;
mod guess;
mod ids;
mod infer;
mod make;
mod names;
mod number;
mod outcome_column;
mod request_columns;
mod rule;
mod summary;
mod time_column;
mod time_guess;
mod write;

pub use crate::warning::{Line, TableWarning};
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
use std::collections::BTreeMap;
use unanswered_registry::Feature;

/// Prefix of the name of the column of units of evidence; what a unit is follows.
const UNIT_PREFIX: &str = "unit:";

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
    /// How many of the last files are from a time when all was well.
    pub baseline: usize,
}

/// A table, and how it was understood.
#[derive(Clone, Debug)]
pub struct TableRead {
    /// The requests.
    pub table: Table,
    /// How they were understood.
    pub summary: TableSummary,
    /// Whether each row is from a time when all was well; empty where no file is.
    pub baseline: Vec<bool>,
}
