//! Reading dates: one reader for each kind of text, over pieces that they share.

use crate::Time;
use crate::calendar::{DAY, day};

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

/// The time of a day.
pub(super) struct OfDay<'a> {
    /// Seconds since midnight; 60 is a leap second, so up to 86400.
    pub(super) whole: u32,
    /// The digits after the point.
    pub(super) fraction: &'a [u8],
}

impl OfDay<'_> {
    /// Seconds since midnight with their fraction, of which 15 digits count.
    pub(super) fn seconds(&self) -> f64 {
        let digits = self.fraction.get(..15).unwrap_or(self.fraction);
        let (mut number, mut scale) = (0.0, 1.0);
        for digit in digits {
            number = number * 10.0 + f64::from(digit - b'0');
            scale *= 10.0;
        }
        f64::from(self.whole) + number / scale
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
    pub(super) fn digits(&mut self, count: usize) -> Option<u32> {
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

    /// A number of one digit or more, up to `most` (nine at most).
    pub(super) fn number(&mut self, most: usize) -> Option<u32> {
        let count = self.0.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
        if count == 0 { None } else { self.digits(count) }
    }

    /// The letters that come next.
    pub(super) fn letters(&mut self) -> &'a [u8] {
        let count = self.0.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let (letters, rest) = self.0.split_at(count);
        self.0 = rest;
        letters
    }

    /// Leaves out what is one of these bytes; how many they were.
    pub(super) fn skip(&mut self, bytes: &[u8]) -> usize {
        let count = self.0.iter().take_while(|byte| bytes.contains(byte)).count();
        self.0 = self.0.get(count..).unwrap_or_default();
        count
    }

    /// Hour and minute, and if present seconds and, after one of `points`, their fraction.
    pub(super) fn of_day(&mut self, points: &[u8]) -> Option<OfDay<'a>> {
        let hour = self.digits(2)?;
        self.after_hour(hour, points)
    }

    /// The rest of a time of day, behind its hour.
    pub(super) fn after_hour(&mut self, hour: u32, points: &[u8]) -> Option<OfDay<'a>> {
        self.one_of(b":")?;
        let minute = self.digits(2).filter(|&minute| hour < 24 && minute < 60)?;
        let mut of_day = OfDay { whole: hour * 3600 + minute * 60, fraction: b"" };
        if self.one_of(b":").is_some() {
            // 60 is a leap second.
            of_day.whole += self.digits(2).filter(|&second| second <= 60)?;
            if self.one_of(points).is_some() {
                of_day.fraction = self.fraction()?;
            }
        }
        Some(of_day)
    }

    /// The digits of a fraction, one at least.
    pub(super) fn fraction(&mut self) -> Option<&'a [u8]> {
        let count = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at_checked(count).filter(|_| count > 0)?;
        self.0 = rest;
        Some(digits)
    }

    /// `Z`, `+01:00`, `+0100` or `+01`: seconds east of UTC.
    pub(super) fn zone(&mut self) -> Option<i64> {
        let sign = match self.one_of(b"Zz+-")? {
            b'Z' | b'z' => return Some(0),
            b'-' => -1,
            _ => 1,
        };
        let hours = self.digits(2).filter(|&hours| hours < 24)?;
        let more = self.one_of(b":").is_some() || self.0.first().is_some_and(u8::is_ascii_digit);
        let minutes = if more { self.digits(2).filter(|&minutes| minutes < 60)? } else { 0 };
        Some(sign * i64::from(hours * 3600 + minutes * 60))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
