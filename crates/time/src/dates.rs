//! Moments as dates of the calendar, in UTC.
//!
//! Writers: [`full`], [`range`] and [`of_day`] take seconds since 1970, as tables and reports carry them, and
//! round to the second; what no calendar of four-digit years holds is `None`. [`precise`] and [`unix`] take
//! a [`Time`] and keep its microseconds.
//!
//! Readers, one for each kind of text, since each kind has its own habits:
//!
//! | reader | text | gives |
//! | --- | --- | --- |
//! | [`DateShape::read`], [`logged`] | a cell of somebody's log, in one shape or in any that leaves no doubt | seconds, and whether a zone was named |
//! | [`yearless`], [`of_day_logged`] | what a log leaves the year or the date out of | its parts |
//! | [`typed`] | what a person types on a command line; the time of day alone, too | seconds of 1970 or of a day |
//! | [`moment`] | the same where a zone counts, and what is relative to a capture | a [`Moment`], exactly |
//! | [`rfc3339`] | a file of the project's own, held to the standard | a [`Time`], exactly |
//!
//! All read the same calendar; none accepts a date that does not exist, such as 30 February.

mod logged;
mod moment;
mod read;

pub use logged::{DateShape, Logged, Yearless, logged, of_day_logged, yearless};
pub use moment::{Moment, NotAMoment, moment};
pub use read::{Typed, rfc3339, typed};

use crate::Time;
use crate::calendar::{Civil, DAY, whole};

/// The moment in full, to the second: `2026-11-23 10:02:11 UTC`.
#[must_use]
pub fn full(seconds: f64) -> Option<String> {
    let at = civil(seconds)?;
    Some(format!("{} {} UTC", at.date(), at.of_day()))
}

/// Two moments, the date only once if it is the same day: `2026-11-23 10:02:11 to 10:09:40 UTC`.
#[must_use]
pub fn range(from: f64, to: f64) -> Option<String> {
    let (from, to) = (civil(from)?, civil(to)?);
    let (date, start, other, end) = (from.date(), from.of_day(), to.date(), to.of_day());
    Some(if date == other {
        format!("{date} {start} to {end} UTC")
    } else {
        format!("{date} {start} to {other} {end} UTC")
    })
}

/// The time of day in UTC, as the label of an axis or in a column: `10:02:11`.
#[must_use]
pub fn of_day(seconds: f64) -> Option<String> {
    civil(seconds).map(Civil::of_day)
}

/// Seconds since midnight, UTC, from seconds since 1970: from 0 up to 86400. NaN stays
/// NaN.
#[must_use]
pub fn since_midnight(seconds: f64) -> f64 {
    seconds.rem_euclid(DAY as f64)
}

/// The moment to the microsecond, truncated: `2026-11-23 10:02:11.000250 UTC`.
#[must_use]
pub fn precise(time: Time) -> String {
    let at = Civil::of(time);
    format!("{} {}.{:06} UTC", at.date(), at.of_day(), at.microsecond())
}

/// Seconds since 1970 with six decimals, truncated, as programs exchange them: `1795417331.000250`.
#[must_use]
pub fn unix(time: Time) -> String {
    let microseconds = time.nanoseconds().div_euclid(1000);
    let (sign, size) = (if microseconds < 0 { "-" } else { "" }, microseconds.unsigned_abs());
    format!("{sign}{}.{:06}", size / 1_000_000, size % 1_000_000)
}

/// Rounded to the second.
fn civil(seconds: f64) -> Option<Civil> {
    // More seconds than any year of four digits is away.
    Civil::at(whole(seconds, 1e12)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_follow_the_gregorian_calendar() {
        for (seconds, text) in [
            (0.0, "1970-01-01 00:00:00 UTC"),
            (951_782_400.0, "2000-02-29 00:00:00 UTC"),
            (1_795_417_000.4, "2026-11-23 06:56:40 UTC"),
            (-1.0, "1969-12-31 23:59:59 UTC"),
            (-62_135_596_800.0, "0001-01-01 00:00:00 UTC"),
            (253_402_300_799.0, "9999-12-31 23:59:59 UTC"),
        ] {
            assert_eq!(full(seconds).as_deref(), Some(text));
        }
    }

    #[test]
    fn what_four_digit_years_cannot_say_is_none() {
        for seconds in [253_402_300_800.0, -62_167_219_201.0, 1e300, f64::NAN, f64::INFINITY] {
            assert_eq!(full(seconds), None);
            assert_eq!(range(0.0, seconds), None);
            assert_eq!(of_day(seconds), None);
        }
    }

    #[test]
    fn a_range_within_one_day_names_the_day_once() {
        assert_eq!(range(0.0, 61.0).unwrap(), "1970-01-01 00:00:00 to 00:01:01 UTC");
        assert_eq!(range(0.0, 86_400.0).unwrap(), "1970-01-01 00:00:00 to 1970-01-02 00:00:00 UTC");
    }

    #[test]
    fn precise_times_keep_their_microseconds() {
        let time = Time::from_nanoseconds(1_795_417_000_000_250_999);
        assert_eq!(precise(time), "2026-11-23 06:56:40.000250 UTC");
        assert_eq!(precise(Time::from_nanoseconds(-1)), "1969-12-31 23:59:59.999999 UTC");
        assert_eq!(unix(time), "1795417000.000250");
        assert_eq!(unix(Time::from_nanoseconds(-1)), "-0.000001");
    }

    #[test]
    fn the_ends_of_the_time_line_are_written() {
        assert_eq!(precise(Time::from_nanoseconds(i64::MAX)), "2262-04-11 23:47:16.854775 UTC");
        assert_eq!(precise(Time::from_nanoseconds(i64::MIN)), "1677-09-21 00:12:43.145224 UTC");
        assert_eq!(unix(Time::from_nanoseconds(i64::MIN)), "-9223372036.854776");
    }

    #[test]
    fn times_of_day_count_from_midnight_before_1970_too() {
        assert_eq!(of_day(-1.0).as_deref(), Some("23:59:59"));
        assert!((since_midnight(-1.5) - 86_398.5).abs() < 1e-9);
        assert!((since_midnight(1_795_417_000.25) - 25_000.25).abs() < 1e-6);
    }
}
