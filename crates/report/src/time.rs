//! Times as people read them: UTC for captures, plain numbers for tables.

use crate::{Clock, number};

const DAY: i64 = 86_400;

/// The time in full: `2026-11-23 10:02:11 UTC`, or the table's number.
#[must_use]
pub fn full(seconds: f64, clock: Clock) -> String {
    match (clock, civil(seconds)) {
        (Clock::Epoch, Some((date, time))) => format!("{date} {time} UTC"),
        _ => number::short(seconds),
    }
}

/// Both ends, the date only once where it is the same day.
#[must_use]
pub fn range(from: f64, to: f64, clock: Clock) -> String {
    match (clock, civil(from), civil(to)) {
        (Clock::Epoch, Some((date, start)), Some((other, end))) if date == other => {
            format!("{date} {start} to {end} UTC")
        }
        (Clock::Epoch, Some((date, start)), Some((other, end))) => {
            format!("{date} {start} to {other} {end} UTC")
        }
        _ => format!("{} to {}", number::short(from), number::short(to)),
    }
}

/// A length of time in words for captures (`2 min 5 s`), a plain number for tables.
#[must_use]
pub fn length(seconds: f64, clock: Clock) -> String {
    let Some(whole) = number::whole(seconds.round()) else { return number::short(seconds) };
    match (clock, whole) {
        (Clock::Plain, _) => number::short(seconds),
        (Clock::Epoch, ..60) => format!("{} s", number::short((seconds * 10.0).round() / 10.0)),
        (Clock::Epoch, 60..3600) => two("min", whole / 60, "s", whole % 60),
        (Clock::Epoch, 3600..DAY) => two("h", whole / 3600, "min", whole % 3600 / 60),
        (Clock::Epoch, _) => two("d", whole / DAY, "h", whole % DAY / 3600),
    }
}

/// Hour, minute and second of the day, as an axis label.
#[must_use]
pub fn of_day(seconds: f64) -> String {
    civil(seconds).map_or_else(|| number::short(seconds), |(_, time)| time)
}

fn two(big: &str, bigs: i64, small: &str, smalls: i64) -> String {
    if smalls == 0 { format!("{bigs} {big}") } else { format!("{bigs} {big} {smalls} {small}") }
}

/// Date and time of day in UTC, rounded to the second; `None` far outside any calendar.
fn civil(seconds: f64) -> Option<(String, String)> {
    let whole = number::whole(seconds.round()).filter(|s| s.abs() < 1_000_000_000_000)?;
    let (day, rest) = (whole.div_euclid(DAY), whole.rem_euclid(DAY));
    let (year, month, date) = date_of(day);
    let time = format!("{:02}:{:02}:{:02}", rest / 3600, rest % 3600 / 60, rest % 60);
    Some((format!("{year:04}-{month:02}-{date:02}"), time))
}

/// Proleptic Gregorian date of a day number since 1970-01-01 (Howard Hinnant,
/// "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`).
fn date_of(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, date)
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
        ] {
            assert_eq!(full(seconds, Clock::Epoch), text);
        }
        assert_eq!(full(12.5, Clock::Plain), "12.5");
    }

    #[test]
    fn a_range_within_one_day_names_the_day_once() {
        assert_eq!(range(0.0, 61.0, Clock::Epoch), "1970-01-01 00:00:00 to 00:01:01 UTC");
        assert_eq!(range(0.0, 86_400.0, Clock::Epoch), "1970-01-01 00:00:00 to 1970-01-02 00:00:00 UTC");
        assert_eq!(range(3.0, 9.5, Clock::Plain), "3 to 9.5");
    }

    #[test]
    fn lengths_use_the_unit_that_fits() {
        assert_eq!(length(0.25, Clock::Epoch), "0.3 s");
        assert_eq!(length(125.0, Clock::Epoch), "2 min 5 s");
        assert_eq!(length(7_200.0, Clock::Epoch), "2 h");
        assert_eq!(length(f64::NAN, Clock::Epoch), "NaN");
    }
}
