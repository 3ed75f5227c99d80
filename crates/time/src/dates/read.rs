//! Reading dates: one reader for each kind of text, over pieces that they share.

use crate::Time;
use crate::calendar::{DAY, day};

/// A moment as found in a log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Logged {
    /// Seconds since 1970-01-01 UTC.
    pub seconds: f64,
    /// The text said `Z` or an offset.
    pub zone: bool,
}

/// Reads a cell of a log: `2026-11-23T09:00:01.25+01:00` (`T`, a blank or a colon; slashes for hyphens;
/// seconds, fraction and zone may be missing, so may the time of day) or `[23/Nov/2026:09:00:01 +0100]`.
#[must_use]
pub fn logged(text: &[u8]) -> Option<Logged> {
    let text = text.strip_prefix(b"[").map_or(text, |rest| rest.strip_suffix(b"]").unwrap_or(rest));
    let mut rest = Rest(text);
    let midnight = rest.named_or_numbered_day()? as f64 * DAY as f64;
    if rest.0.is_empty() {
        return Some(Logged { seconds: midnight, zone: false });
    }
    rest.one_of(b"Tt :")?;
    let of_day = rest.of_day(b".,")?.seconds();
    rest.one_of(b" ");
    let zone = !rest.0.is_empty();
    let east = if zone { rest.zone()? } else { 0 };
    rest.0.is_empty().then_some(Logged { seconds: midnight + of_day - east as f64, zone })
}

/// A time that somebody typed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Typed {
    /// Seconds since the Unix epoch.
    Absolute(f64),
    /// Seconds since midnight, UTC, of whatever day.
    OfDay(f64),
}

/// Reads `1795416529.5`, `2026-11-23T06:48:51` (or with a blank, or with a `Z` at the end) and `06:48:51.5`;
/// leading zeros may be missing.
#[must_use]
pub fn typed(text: &str) -> Option<Typed> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    if let Ok(seconds) = text.parse::<f64>() {
        return seconds.is_finite().then_some(Typed::Absolute(seconds));
    }
    let Some((date, time)) = text.split_once(['T', ' ']) else {
        return typed_of_day(text).map(Typed::OfDay);
    };
    let mut parts = date.splitn(3, '-').map(|part| part.parse::<u32>().ok());
    let midnight = day(parts.next()??, parts.next()??, parts.next()??)? * DAY;
    Some(Typed::Absolute(midnight as f64 + typed_of_day(time)?))
}

fn typed_of_day(text: &str) -> Option<f64> {
    let mut parts = text.splitn(3, ':');
    let hour = parts.next()?.parse().ok().filter(|hour: &u32| *hour < 24)?;
    let minute = parts.next()?.parse().ok().filter(|minute: &u32| *minute < 60)?;
    // 60 is a leap second.
    let second: f64 = parts.next()?.parse().ok().filter(|second| (0.0..61.0).contains(second))?;
    Some(f64::from(hour * 3600 + minute * 60) + second)
}

/// Reads a date, or a date and a time of day, as RFC 3339 writes them: `2026-03-01T00:00:00.25+01:30`. UTC
/// unless it has an offset; seconds may be missing; fractions of a nanosecond are truncated. `None` for
/// anything else, and for dates outside 1678 to 2262.
#[must_use]
pub fn rfc3339(text: &str) -> Option<Time> {
    let mut rest = Rest(text.as_bytes());
    let midnight = rest.day(b"-")? * DAY;
    let mut of_day = OfDay { whole: 0, fraction: b"" };
    let mut east = 0;
    if !rest.0.is_empty() {
        rest.one_of(b"Tt ")?;
        of_day = rest.of_day(b".")?;
        east = match rest.0 {
            [] => 0,
            [b'Z' | b'z'] | [b'+' | b'-', _, _, b':', _, _] => rest.zone()?,
            _ => return None,
        };
    }
    let seconds = midnight + i64::from(of_day.whole) - east;
    let nanoseconds = i128::from(seconds) * 1_000_000_000 + i128::from(of_day.nanoseconds());
    i64::try_from(nanoseconds).ok().map(Time::from_nanoseconds)
}

const MONTHS: [&[u8]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];

/// The time of a day.
pub(super) struct OfDay<'a> {
    /// Seconds since midnight; 60 is a leap second, so up to 86400.
    pub(super) whole: u32,
    /// The digits after the point.
    fraction: &'a [u8],
}

impl OfDay<'_> {
    fn seconds(&self) -> f64 {
        let whole = f64::from(self.whole);
        match std::str::from_utf8(self.fraction) {
            Ok("") | Err(_) => whole,
            Ok(digits) => whole + format!("0.{digits}").parse().unwrap_or(0.0),
        }
    }

    /// Nanoseconds of the fraction, truncated.
    pub(super) fn nanoseconds(&self) -> i64 {
        let digits = self.fraction.iter().chain(std::iter::repeat(&b'0')).take(9);
        digits.fold(0, |number, digit| number * 10 + i64::from(digit - b'0'))
    }
}

/// What is left to read.
pub(super) struct Rest<'a>(pub(super) &'a [u8]);

impl<'a> Rest<'a> {
    pub(super) fn one_of(&mut self, bytes: &[u8]) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        bytes.contains(&first).then(|| {
            self.0 = rest;
            first
        })
    }

    /// A number of exactly this many digits; at most nine.
    fn digits(&mut self, count: usize) -> Option<u32> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        digits.iter().try_fold(0, |n, d| d.is_ascii_digit().then(|| n * 10 + u32::from(d - b'0')))
    }

    /// Year, month and day with one of `between` between them: the day's number since 1970.
    pub(super) fn day(&mut self, between: &[u8]) -> Option<i64> {
        let year = self.digits(4)?;
        self.one_of(between)?;
        let month = self.digits(2)?;
        self.one_of(between)?;
        day(year, month, self.digits(2)?)
    }

    /// Like that, or `23/Nov/2026`.
    fn named_or_numbered_day(&mut self) -> Option<i64> {
        if self.0.get(2) != Some(&b'/') {
            return self.day(b"-/");
        }
        let date = self.digits(2)?;
        self.one_of(b"/")?;
        let (name, rest) = self.0.split_at_checked(3)?;
        let month = MONTHS.iter().position(|month| month.eq_ignore_ascii_case(name))?;
        self.0 = rest;
        self.one_of(b"/")?;
        day(self.digits(4)?, u32::try_from(month).ok()? + 1, date)
    }

    /// Hour and minute, and if present seconds and, after one of `points`, their fraction.
    pub(super) fn of_day(&mut self, points: &[u8]) -> Option<OfDay<'a>> {
        let hour = self.digits(2).filter(|&hour| hour < 24)?;
        self.one_of(b":")?;
        let minute = self.digits(2).filter(|&minute| minute < 60)?;
        let mut of_day = OfDay { whole: hour * 3600 + minute * 60, fraction: b"" };
        if self.one_of(b":").is_some() {
            // 60 is a leap second.
            of_day.whole += self.digits(2).filter(|&second| second <= 60)?;
            if self.one_of(points).is_some() {
                let count = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
                let (digits, rest) = self.0.split_at_checked(count).filter(|_| count > 0)?;
                (of_day.fraction, self.0) = (digits, rest);
            }
        }
        Some(of_day)
    }

    /// `Z`, `+01:00`, `+0100` or `+01`: seconds east of UTC.
    pub(super) fn zone(&mut self) -> Option<i64> {
        let sign = match self.one_of(b"Zz+-")? {
            b'Z' | b'z' => return Some(0),
            b'-' => -1,
            _ => 1,
        };
        let hours = self.digits(2).filter(|&hours| hours < 24)?;
        self.one_of(b":");
        let minutes = if self.0.is_empty() { 0 } else { self.digits(2).filter(|&minutes| minutes < 60)? };
        Some(sign * i64::from(hours * 3600 + minutes * 60))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, seconds: f64, zone: bool) {
        assert_eq!(logged(text.as_bytes()), Some(Logged { seconds, zone }), "{text}");
    }

    #[test]
    fn dates_in_logs_agree_with_date_1() {
        check("1970-01-01T00:00:00Z", 0.0, true);
        check("2026-11-23T09:00:01.25Z", 1_795_424_401.25, true);
        check("2026-11-23 10:00:01,25+01:00", 1_795_424_401.25, true);
        check("2026-11-23T04:00:01-0500", 1_795_424_401.0, true);
        check("2000-02-29", 951_782_400.0, false);
        check("2026-11-23 09:00", 1_795_424_400.0, false);
        check("[23/Nov/2026:10:00:01 +0100]", 1_795_424_401.0, true);
        check("1969-12-31T23:59:59Z", -1.0, true);
        check("2016-12-31T23:59:60Z", 1_483_228_800.0, true);
        check("0001-01-01", -62_135_596_800.0, false);
        check("9999-12-31T23:59:59Z", 253_402_300_799.0, true);
    }

    #[test]
    fn what_is_no_date_in_a_log_is_none() {
        for text in [
            "",
            "2026",
            "2026-13-01",
            "2026-02-29",
            "2026-11-23T25:00",
            "2026-11-23T09:00:01.",
            "2026-11-23T09:00Zx",
            "23/Foo/2026:09:00:00 +0000",
            "2026-11-23T",
            "[",
            "2026-00-10",
            "2026-01-00",
            "yesterday",
            "é",
            "2026-11-23T09:00:00+1",
            "2026-11-23T09:00:00+xx",
            "2026-11-23T09:00:00+24",
        ] {
            assert_eq!(logged(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn typed_times_are_read_in_three_forms() {
        assert_eq!(typed("1795417000.5"), Some(Typed::Absolute(1_795_417_000.5)));
        assert_eq!(typed("2026-11-23T06:56:40Z"), Some(Typed::Absolute(1_795_417_000.0)));
        assert_eq!(typed("2000-02-29 00:00:00"), Some(Typed::Absolute(951_782_400.0)));
        assert_eq!(typed("06:56:40.25"), Some(Typed::OfDay(25_000.25)));
        assert_eq!(typed("6:56:40"), Some(Typed::OfDay(25_000.0)));
        for wrong in [
            "noon",
            "2026-02-30T00:00:00",
            "24:00:00",
            "10:61:00",
            "inf",
            "2026-11-23",
            "2026-11-23-1T00:00:00",
        ] {
            assert_eq!(typed(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn dates_in_files_are_exact() {
        // date -u -d 2026-03-01T00:00:00Z +%s
        let read = |text: &str| rfc3339(text).map(Time::nanoseconds);
        assert_eq!(read("2026-03-01T00:00:00Z"), Some(1_772_323_200_000_000_000));
        assert_eq!(read("2026-03-01T01:30:00+01:30"), Some(1_772_323_200_000_000_000));
        assert_eq!(read("1970-01-01"), Some(0));
        assert_eq!(read("2024-02-29T12:00:00"), Some(1_709_208_000_000_000_000));
        assert_eq!(read("1970-01-01 00:00"), Some(0));
        assert_eq!(read("1969-12-31t23:59:59.000000001z"), Some(-999_999_999));
        assert_eq!(read("1970-01-01T00:00:00.1234567899Z"), Some(123_456_789));
    }

    #[test]
    fn dates_in_files_are_held_to_the_standard_and_to_the_time_line() {
        for wrong in [
            "2026-02-30",
            "2026/03/01",
            "2026-03-01:00:00",
            "2026-03-01T00:00:00+0100",
            "2026-03-01T00:00:00+01",
            "2026-03-01T00:00:00 Z",
            "2026-03-01T00:00:00,5Z",
            "2026-03-01T00:00:00.Z",
            "2026-03-01T00:00:00.5x",
            "[2026-03-01]",
            "0001-01-01",
            "1677-09-21T00:12:43Z",
            "2262-04-11T23:47:17Z",
            "9999-12-31T23:59:59Z",
        ] {
            assert_eq!(rfc3339(wrong), None, "{wrong}");
        }
    }
}
