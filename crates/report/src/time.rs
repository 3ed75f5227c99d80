//! Times as reports show them: in words where the clock counts from 1970, as plain numbers where a table has
//! a clock of its own, and where no calendar holds them. The words are [`unanswered_time`]'s.

use crate::number;
use unanswered_time::{dates, spans};

pub use unanswered_time::dates::precise;

/// How times are to be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// Seconds since the Unix epoch: captures. Shown in UTC.
    #[default]
    Epoch,
    /// Seconds since a midnight whose date is not known: shown as times of day, beyond the first day with its number.
    OfDay,
    /// A table's own unit: shown as plain numbers.
    Plain,
}

/// The time in full: `2026-11-23 10:02:11 UTC`, or the table's number.
#[must_use]
pub fn full(seconds: f64, clock: Clock) -> String {
    let written = match clock {
        Clock::OfDay => on_day(seconds),
        Clock::Epoch => dates::full(seconds),
        Clock::Plain => None,
    };
    written.unwrap_or_else(|| number::short(seconds))
}

/// `10:02:11`, `10:02:11 on day 2`.
fn on_day(seconds: f64) -> Option<String> {
    let day = (seconds.round() / 86_400.0).floor();
    let of_day = dates::of_day(seconds)?;
    Some(if day.abs() < 0.5 { of_day } else { format!("{of_day} on day {}", day + 1.0) })
}

/// Both ends, the date only once where it is the same day.
#[must_use]
pub fn range(from: f64, to: f64, clock: Clock) -> String {
    let numbers = || format!("{} to {}", number::short(from), number::short(to));
    let written = match clock {
        Clock::OfDay => on_day(from).zip(on_day(to)).map(|(from, to)| format!("{from} to {to}")),
        Clock::Epoch => dates::range(from, to),
        Clock::Plain => None,
    };
    written.unwrap_or_else(numbers)
}

/// A length of time in words for captures (`2 min 5 s`), a plain number for tables.
#[must_use]
pub fn length(seconds: f64, clock: Clock) -> String {
    let written = match clock {
        Clock::Epoch | Clock::OfDay => spans::in_words(seconds),
        Clock::Plain => None,
    };
    written.unwrap_or_else(|| number::short(seconds))
}

/// Hour, minute and second of the day, as an axis label.
#[must_use]
pub fn of_day(seconds: f64) -> String {
    dates::of_day(seconds).unwrap_or_else(|| number::short(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_words_where_the_clock_counts_from_1970() {
        assert_eq!(full(1_795_417_000.4, Clock::Epoch), "2026-11-23 06:56:40 UTC");
        assert_eq!(range(0.0, 61.0, Clock::Epoch), "1970-01-01 00:00:00 to 00:01:01 UTC");
        assert_eq!(length(125.0, Clock::Epoch), "2 min 5 s");
        assert_eq!(of_day(25_000.0), "06:56:40");
    }

    #[test]
    fn times_of_a_table_s_own_clock_are_its_numbers() {
        assert_eq!(full(12.5, Clock::Plain), "12.5");
        assert_eq!(range(3.0, 9.5, Clock::Plain), "3 to 9.5");
        assert_eq!(length(125.0, Clock::Plain), "125");
    }

    #[test]
    fn times_of_day_are_shown_without_a_date() {
        assert_eq!(full(36_131.0, Clock::OfDay), "10:02:11");
        assert_eq!(range(86_390.0, 86_410.0, Clock::OfDay), "23:59:50 to 00:00:10 on day 2");
        assert_eq!(length(125.0, Clock::OfDay), "2 min 5 s");
    }

    #[test]
    fn what_no_calendar_holds_is_a_plain_number() {
        assert_eq!(full(1e18, Clock::Epoch), "1e18");
        assert_eq!(range(0.0, 300_000_000_000.5, Clock::Epoch), "0 to 300000000000.5");
        assert_eq!(length(f64::NAN, Clock::Epoch), "NaN");
        assert_eq!(of_day(-1e12), "-1000000000000");
    }
}
