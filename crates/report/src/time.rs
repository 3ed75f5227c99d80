//! Times as people read them: UTC for captures, plain numbers for tables.

use crate::{Clock, number};
use unanswered_wire::Time;

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

/// A packet's time to the microsecond: `2026-11-23 10:02:11.000250 UTC`.
#[must_use]
pub fn precise(time: Time) -> String {
    let microseconds = time.nanoseconds().div_euclid(1000);
    let (seconds, rest) = (microseconds.div_euclid(1_000_000), microseconds.rem_euclid(1_000_000));
    let (day, of_day) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let (year, month, date) = date_of(day);
    let (hour, minute, second) = (of_day / 3600, of_day % 3600 / 60, of_day % 60);
    format!("{year:04}-{month:02}-{date:02} {hour:02}:{minute:02}:{second:02}.{rest:06} UTC")
}

/// A time that somebody typed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Moment {
    /// Seconds since the Unix epoch.
    Absolute(f64),
    /// Seconds since midnight, UTC, of whatever day.
    OfDay(f64),
}

/// Reads `1795416529.5`, `2026-11-23T06:48:51` (or with a space, or a `Z` behind it) and `06:48:51.5`.
#[must_use]
pub fn parse(text: &str) -> Option<Moment> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    if let Ok(seconds) = text.parse::<f64>() {
        return seconds.is_finite().then_some(Moment::Absolute(seconds));
    }
    let Some((date, time)) = text.split_once(['T', ' ']) else {
        return clock_time(text).map(Moment::OfDay);
    };
    let parts: Vec<i64> = date.split('-').map(str::parse).collect::<Result<_, _>>().ok()?;
    let [year @ 1..=9999, month @ 1..=12, day @ 1..=31] = parts[..] else { return None };
    let days = day_of(year, month, day);
    // A date that the calendar does not have would come back as another one.
    (date_of(days) == (year, month, day)).then_some(())?;
    Some(Moment::Absolute(days as f64 * DAY as f64 + clock_time(time)?))
}

fn clock_time(text: &str) -> Option<f64> {
    let parts: Vec<&str> = text.split(':').collect();
    let [hour, minute, second] = parts[..] else { return None };
    let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
    let second: f64 = second.parse().ok().filter(|s| (0.0..61.0).contains(s))?;
    (hour < 24 && minute < 60).then(|| f64::from(hour * 3600 + minute * 60) + second)
}

/// The day number since 1970-01-01 of a date (Hinnant, `days_from_civil`).
fn day_of(year: i64, month: i64, date: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + date - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
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
    fn typed_times_are_read_in_three_forms() {
        assert_eq!(parse("1795417000.5"), Some(Moment::Absolute(1_795_417_000.5)));
        assert_eq!(parse("2026-11-23T06:56:40Z"), Some(Moment::Absolute(1_795_417_000.0)));
        assert_eq!(parse("2000-02-29 00:00:00"), Some(Moment::Absolute(951_782_400.0)));
        assert_eq!(parse("06:56:40.25"), Some(Moment::OfDay(25_000.25)));
        for wrong in ["noon", "2026-02-30T00:00:00", "24:00:00", "10:61:00", "inf", "2026-11-23"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn precise_times_keep_their_microseconds() {
        let time = Time::from_nanoseconds(1_795_417_000_000_250_999);
        assert_eq!(precise(time), "2026-11-23 06:56:40.000250 UTC");
        assert_eq!(precise(Time::from_nanoseconds(-1)), "1969-12-31 23:59:59.999999 UTC");
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
