//! How a table was understood.

use super::{ColumnType, TableWarning};
use std::fmt;
use unanswered_time::dates::DateShape;

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

/// The unit of a number that counts from 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EpochUnit {
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// Microseconds.
    Microseconds,
    /// Nanoseconds.
    Nanoseconds,
}

impl EpochUnit {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Seconds, Self::Milliseconds, Self::Microseconds, Self::Nanoseconds];

    /// How many of them a second has.
    #[must_use]
    pub const fn per_second(self) -> f64 {
        match self {
            Self::Seconds => 1.0,
            Self::Milliseconds => 1e3,
            Self::Microseconds => 1e6,
            Self::Nanoseconds => 1e9,
        }
    }

    /// Whether the number is a moment between 1990 and 2100 in this unit; no number is one in two units.
    #[must_use]
    pub fn plausible(self, number: f64) -> bool {
        (631_152_000.0..4_102_444_800.0).contains(&(number / self.per_second()))
    }
}

/// How a column writes times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeWriting {
    /// Plain numbers, in the table's own unit.
    Number,
    /// Numbers that count from 1970.
    Epoch(EpochUnit),
    /// Dates.
    Date(DateShape),
    /// Dates without their year (RFC 3164).
    Yearless,
    /// The time of day alone.
    OfDay,
}

impl TimeWriting {
    /// Stable name for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Epoch(EpochUnit::Seconds) => "epoch_s",
            Self::Epoch(EpochUnit::Milliseconds) => "epoch_ms",
            Self::Epoch(EpochUnit::Microseconds) => "epoch_us",
            Self::Epoch(EpochUnit::Nanoseconds) => "epoch_ns",
            Self::Date(DateShape::YearFirst) => "year_first",
            Self::Date(DateShape::Compact) => "compact",
            Self::Date(DateShape::MonthNamed) => "month_named",
            Self::Date(DateShape::MonthFirst) => "month_first",
            Self::Date(DateShape::DayFirst) => "day_first",
            Self::Yearless => "without_year",
            Self::OfDay => "of_day",
        }
    }

    /// What it is, with an example, for `a cell is not …`.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Epoch(EpochUnit::Seconds) => "seconds since 1970",
            Self::Epoch(EpochUnit::Milliseconds) => "milliseconds since 1970",
            Self::Epoch(EpochUnit::Microseconds) => "microseconds since 1970",
            Self::Epoch(EpochUnit::Nanoseconds) => "nanoseconds since 1970",
            Self::Date(DateShape::YearFirst) => "a date such as 2026-11-23T09:00:00Z",
            Self::Date(DateShape::Compact) => "a date such as 20261123T090000Z",
            Self::Date(DateShape::MonthNamed) => "a date such as 23 Nov 2026 09:00:00",
            Self::Date(DateShape::MonthFirst) => "a date such as 11/23/2026 09:00:00, month first",
            Self::Date(DateShape::DayFirst) => "a date such as 23.11.2026 09:00:00, day first",
            Self::Yearless => "a date such as Nov 23 09:00:00",
            Self::OfDay => "a time of day such as 09:00:00",
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
            Self::Idle | Self::Constant | Self::CopyOf(_) | Self::OtherTime | Self::Ignored => false,
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
