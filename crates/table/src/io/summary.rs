//! How a table was understood.

use super::{ColumnType, TableWarning, TimeWriting};
use std::fmt;

/// Who said something about a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Whoever asked.
    Given,
    /// The log's format has it so.
    Format,
    /// It was found from names and values.
    Found,
}

impl Origin {
    /// Stable name for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Format => "format",
            Self::Found => "found",
        }
    }
}

/// What the numbers of [`Table::times`](crate::Table::times) are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeUnit {
    /// Plain numbers, in the table's own unit.
    Own,
    /// Seconds since 1970-01-01 UTC.
    SecondsSinceEpoch,
    /// Seconds since the midnight before the first row.
    SecondsOfDay,
}

/// The column of times, and how it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeSummary {
    /// Its name.
    pub column: String,
    /// Who said that it is the one.
    pub origin: Origin,
    /// How it writes times.
    pub written: TimeWriting,
    /// What became of them.
    pub unit: TimeUnit,
}

/// A rule about cells, as `--failed` takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleText {
    /// The column that it names, if it is not the outcome column.
    pub column: Option<String>,
    /// `504`, `missing`, `5xx`, `>=500`, `~ REGEX`, `!missing`.
    pub rule: String,
}

impl fmt::Display for RuleText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.column {
            Some(column) => write!(f, "{column}:{}", self.rule),
            None => f.write_str(&self.rule),
        }
    }
}

/// Which requests failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutcomeSummary {
    /// The column that says it; rules may name others.
    pub column: String,
    /// What failed, as `--failed` takes it.
    pub failed: Vec<RuleText>,
    /// What did not, as `--ok` takes it.
    pub ok: Vec<RuleText>,
    /// Who said so.
    pub origin: Origin,
}

/// Why a column is no feature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeftOutReason {
    /// Nearly no failed row has a value, and most answered ones have.
    OnlyAnswered,
    /// Nearly all failed rows have a value, and hardly any answered one.
    OnlyFailed,
    /// A measurement with one value among failures, and others everywhere else.
    OneValue,
    /// A measurement that has a range of its own among failures.
    OwnRange,
    /// Each of its values goes with one outcome.
    OutcomeFunction,
    /// The format says that it is known from the answer.
    Answer,
    /// The format says that it says nothing about a request.
    Idle,
    /// All rows have the same value.
    Constant,
    /// It tells the same rows apart as this column.
    CopyOf(String),
    /// Of very many names, none comes again often enough to fail five times.
    Unique,
    /// Another time of the request.
    OtherTime,
    /// Whoever asked left it out.
    Ignored,
}

impl LeftOutReason {
    /// Stable name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::OnlyAnswered => "only_answered",
            Self::OnlyFailed => "only_failed",
            Self::OneValue => "one_value",
            Self::OwnRange => "own_range",
            Self::OutcomeFunction => "outcome_function",
            Self::Answer => "answer",
            Self::Idle => "idle",
            Self::Constant => "constant",
            Self::CopyOf(_) => "copy",
            Self::Unique => "unique",
            Self::OtherTime => "other_time",
            Self::Ignored => "ignored",
        }
    }

    /// The column may hold what came of the request, so that leaving it out is a judgement.
    #[must_use]
    pub const fn of_the_answer(&self) -> bool {
        match self {
            Self::OnlyAnswered
            | Self::OnlyFailed
            | Self::OneValue
            | Self::OwnRange
            | Self::OutcomeFunction
            | Self::Answer => true,
            Self::Idle
            | Self::Constant
            | Self::CopyOf(_)
            | Self::Unique
            | Self::OtherTime
            | Self::Ignored => false,
        }
    }
}

/// A column that is no feature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOutColumn {
    /// Its name.
    pub column: String,
    /// Why.
    pub reason: LeftOutReason,
}

/// How one column was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnSummary {
    /// Its name.
    pub name: String,
    /// The type it was given or inferred to have.
    pub kind: ColumnType,
    /// The type was given, not inferred.
    pub given: bool,
    /// Number of distinct names; `None` for numbers.
    pub names: Option<usize>,
    /// Rows without a value.
    pub missing: usize,
}

/// How a table was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSummary {
    /// How it was written down, in words.
    pub format: String,
    /// Rows read; rows that stand for many count once.
    pub rows: usize,
    /// Lines left out: ragged, not JSON, or without a readable time.
    pub skipped: usize,
    /// The features, in the table's order.
    pub columns: Vec<ColumnSummary>,
    /// The outcome column's most frequent values with their number of rows, most frequent first.
    pub outcomes: Vec<(String, usize)>,
    /// Which requests failed; `None` where a column counts them.
    pub outcome: Option<OutcomeSummary>,
    /// The time column, when there is one.
    pub time: Option<TimeSummary>,
    /// Columns that are no features, in the log's order.
    pub left_out: Vec<LeftOutColumn>,
    /// What a reader must know.
    pub warnings: Vec<TableWarning>,
}
