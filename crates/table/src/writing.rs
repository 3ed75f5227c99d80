//! How a column writes times.

use unanswered_time::dates::DateShape;

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
