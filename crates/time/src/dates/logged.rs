//! Dates as other programs write them into logs.
//!
//! A log writes all its dates in one [`DateShape`]: whoever reads a column tries the shapes on it and keeps one. Letters may
//! be of either case, numbers of days and hours may lack their leading zero. What has no zone is UTC; names of zones are read
//! where they mean one offset only (RFC 5322 section 4.3 and a few others).

use super::read::{OfDay, Rest};
use crate::calendar::{DAY, day};

/// A moment as found in a log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Logged {
    /// Seconds since 1970-01-01 UTC.
    pub seconds: f64,
    /// The text said `Z`, an offset or the name of a zone.
    pub zone: bool,
}

/// How a log writes its dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DateShape {
    /// Year first: `2026-11-23T09:00:01.25+01:00` (`T`, a blank or a colon; slashes for hyphens; seconds, fraction, zone and
    /// time of day may be missing), `2026-11-23 09:00:01.25 +0000 UTC`.
    YearFirst,
    /// Without separators (ISO 8601 basic format): `20261123T090001Z`.
    Compact,
    /// The month by its name: `23/Nov/2026:09:00:01 +0100`, `Mon, 23 Nov 2026 09:00:01 GMT`, `Monday, 23-Nov-26 09:00:01 GMT`,
    /// `Mon Nov 23 09:00:01 2026`, `Nov 23, 2026 09:00:01.000000000 UTC`.
    MonthNamed,
    /// `11/23/2026 09:00:01 AM`, in this order.
    MonthFirst,
    /// `23.11.2026 09:00`, also with slashes or hyphens, in this order.
    DayFirst,
}

/// A date without its year: `Nov 23 09:00:01` (RFC 3164 section 4.1.2).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Yearless {
    /// From 1.
    pub month: u32,
    /// Day of the month, from 1.
    pub day: u32,
    /// Seconds since midnight.
    pub of_day: f64,
}

impl DateShape {
    /// All of them; of the two that differ in the order of day and month, the one that is read where nothing decides first.
    pub const ALL: [Self; 5] =
        [Self::YearFirst, Self::MonthNamed, Self::Compact, Self::MonthFirst, Self::DayFirst];

    /// Reads a date of this shape.
    #[must_use]
    pub fn read(self, text: &[u8]) -> Option<Logged> {
        let text = text.strip_prefix(b"[").map_or(text, |rest| rest.strip_suffix(b"]").unwrap_or(rest));
        let mut rest = Rest(text);
        match self {
            Self::YearFirst => {
                let day = rest.day(b"-/")?;
                rest.with_time(day, b"Tt :")
            }
            Self::Compact => compact(rest),
            Self::MonthNamed => named(rest).and_then(Named::dated),
            Self::MonthFirst => numbered(rest, true),
            Self::DayFirst => numbered(rest, false),
        }
    }
}

/// Reads a cell of a log in any shape that leaves no doubt: year first, or with the month's name.
#[must_use]
pub fn logged(text: &[u8]) -> Option<Logged> {
    DateShape::YearFirst.read(text).or_else(|| DateShape::MonthNamed.read(text))
}

/// Reads a date without its year.
#[must_use]
pub fn yearless(text: &[u8]) -> Option<Yearless> {
    let read = named(Rest(text)).filter(|read| read.year.is_none() && read.east.is_none())?;
    // Leap years have all days.
    day(2000, read.month, read.day)?;
    Some(Yearless { month: read.month, day: read.day, of_day: read.of_day? })
}

impl Yearless {
    /// Seconds since 1970, UTC, in this year; `None` for 29 February of a year without one.
    #[must_use]
    pub fn in_year(self, year: u32) -> Option<f64> {
        Some((day(year, self.month, self.day)? * DAY) as f64 + self.of_day)
    }
}

/// Reads a time of day, `9:00:01.25` or `09:00:01 PM`: seconds since midnight.
#[must_use]
pub fn of_day_logged(text: &[u8]) -> Option<f64> {
    let mut rest = Rest(text);
    let of_day = rest.clock()?;
    rest.0.is_empty().then_some(of_day)
}

const MONTHS: [&[u8]; 12] = [
    b"january",
    b"february",
    b"march",
    b"april",
    b"may",
    b"june",
    b"july",
    b"august",
    b"september",
    b"october",
    b"november",
    b"december",
];

const WEEKDAYS: [&[u8]; 7] =
    [b"monday", b"tuesday", b"wednesday", b"thursday", b"friday", b"saturday", b"sunday"];

/// Names of zones that mean one offset, with their hours east of UTC.
const ZONES: [(&[u8], i64); 18] = [
    (b"UTC", 0),
    (b"GMT", 0),
    (b"UT", 0),
    (b"Z", 0),
    (b"WET", 0),
    (b"CET", 1),
    (b"CEST", 2),
    (b"EET", 2),
    (b"EEST", 3),
    (b"JST", 9),
    (b"EST", -5),
    (b"EDT", -4),
    (b"CST", -6),
    (b"CDT", -5),
    (b"MST", -7),
    (b"MDT", -6),
    (b"PST", -8),
    (b"PDT", -7),
];

/// The position of a word that is one of the names, or its beginning.
fn position(names: &[&[u8]], word: &[u8]) -> Option<u32> {
    let begins = |name: &&[u8]| name.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
    let found = names.iter().position(begins).filter(|_| word.len() >= 3)?;
    u32::try_from(found).ok()
}

/// A year of two digits, as POSIX's `%y` reads it.
const fn century(year: u32) -> u32 {
    if year < 69 { 2000 + year } else { 1900 + year }
}

impl Rest<'_> {
    /// What follows a date: nothing, or a time of day and perhaps a zone.
    fn with_time(&mut self, day: i64, between: &[u8]) -> Option<Logged> {
        let midnight = day as f64 * DAY as f64;
        if self.0.is_empty() {
            return Some(Logged { seconds: midnight, zone: false });
        }
        if self.skip(between) == 0 {
            return None;
        }
        let of_day = self.clock()?;
        let east = self.zone_at_end()?;
        Some(Logged { seconds: midnight + of_day - east.unwrap_or(0) as f64, zone: east.is_some() })
    }

    /// A time of day of 24 hours, or of 12 with AM or PM: seconds since midnight.
    fn clock(&mut self) -> Option<f64> {
        let hour = self.number(2)?;
        let of_day = self.after_hour(hour, b".,")?;
        let mut ahead = Rest(self.0);
        ahead.skip(b" ");
        let word = ahead.letters();
        let half = if word.eq_ignore_ascii_case(b"am") {
            0.0
        } else if word.eq_ignore_ascii_case(b"pm") {
            43_200.0
        } else {
            return Some(of_day.seconds());
        };
        self.0 = ahead.0;
        let morning = if hour == 12 { of_day.seconds() - 43_200.0 } else { of_day.seconds() };
        (1..=12).contains(&hour).then_some(morning + half)
    }

    /// An offset or the name of a zone: seconds east of UTC.
    fn zone_or_name(&mut self) -> Option<i64> {
        if self.0.first().is_some_and(|byte| matches!(byte, b'+' | b'-')) {
            return self.zone();
        }
        let word = self.letters();
        let (_, hours) = ZONES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word))?;
        Some(hours * 3600)
    }

    /// A zone, or none, and then the end; an offset may be followed by its name, as Go writes it.
    fn zone_at_end(&mut self) -> Option<Option<i64>> {
        self.skip(b" ");
        if self.0.is_empty() {
            return Some(None);
        }
        let east = self.zone_or_name()?;
        if self.skip(b" ") > 0 {
            let name = self.letters();
            let monotonic =
                name.eq_ignore_ascii_case(b"m") || (self.skip(b" ") > 0 && self.letters() == b"m");
            if monotonic && self.0.starts_with(b"=") {
                self.0 = b"";
            }
        }
        if self.0.starts_with(b"(") && self.0.ends_with(b")") {
            self.0 = b"";
        }
        self.0.is_empty().then_some(Some(east))
    }
}

/// A date with the month's name, as far as it goes.
struct Named {
    year: Option<u32>,
    month: u32,
    day: u32,
    of_day: Option<f64>,
    east: Option<i64>,
}

impl Named {
    fn dated(self) -> Option<Logged> {
        let midnight = day(self.year?, self.month, self.day)? as f64 * DAY as f64;
        let seconds = midnight + self.of_day.unwrap_or(0.0) - self.east.unwrap_or(0) as f64;
        Some(Logged { seconds, zone: self.east.is_some() })
    }
}

fn named(mut rest: Rest<'_>) -> Option<Named> {
    let mut ahead = Rest(rest.0);
    if position(&WEEKDAYS, ahead.letters()).is_some() {
        rest = ahead;
        rest.skip(b",. ");
    }
    let (day, month);
    let mut year = None;
    if rest.0.first().is_some_and(u8::is_ascii_digit) {
        day = rest.number(2)?;
        rest.one_of(b"/- .")?;
        month = position(&MONTHS, rest.letters())? + 1;
        rest.one_of(b"/- .")?;
        year = Some(rest.year()?);
    } else {
        month = position(&MONTHS, rest.letters())? + 1;
        rest.skip(b". ");
        day = rest.number(2)?;
        rest.skip(b",");
        let mut ahead = Rest(rest.0);
        ahead.skip(b" ");
        if let Some(found) = ahead.digits(4).filter(|_| !ahead.0.starts_with(b":")) {
            year = Some(found);
            rest = ahead;
        }
    }
    let mut read = Named { year, month, day, of_day: None, east: None };
    if rest.0.is_empty() {
        return read.year.is_some().then_some(read);
    }
    if rest.skip(b"Tt :,") == 0 {
        return None;
    }
    read.of_day = Some(rest.clock()?);
    if read.year.is_none() {
        // ctime(3) and date(1) put the year last, behind the zone.
        rest.skip(b" ");
        if rest.0.first().is_some_and(u8::is_ascii_alphabetic) {
            read.east = Some(rest.zone_or_name()?);
            rest.skip(b" ");
        }
        if !rest.0.is_empty() {
            read.year = Some(rest.digits(4)?);
        }
        return rest.0.is_empty().then_some(read);
    }
    read.east = rest.zone_at_end()?;
    Some(read)
}

impl Rest<'_> {
    /// A year of four digits, or of two.
    fn year(&mut self) -> Option<u32> {
        let mut ahead = Rest(self.0);
        let year = match ahead.number(4)? {
            year if self.0.len() - ahead.0.len() == 4 => year,
            year if self.0.len() - ahead.0.len() == 2 => century(year),
            _ => return None,
        };
        self.0 = ahead.0;
        Some(year)
    }
}

fn numbered(mut rest: Rest<'_>, month_first: bool) -> Option<Logged> {
    let first = rest.number(2)?;
    let between = [rest.one_of(b"/.-")?];
    let second = rest.number(2)?;
    rest.one_of(&between)?;
    let length = rest.0.len();
    let year = rest.year()?;
    // `1.2.24` is rather the number of a version.
    if length - rest.0.len() == 2 && rest.0.is_empty() {
        return None;
    }
    let (month, date) = if month_first { (first, second) } else { (second, first) };
    rest.with_time(day(year, month, date)?, b"Tt ,")
}

fn compact(mut rest: Rest<'_>) -> Option<Logged> {
    let midnight = day(rest.digits(4)?, rest.digits(2)?, rest.digits(2)?)? * DAY;
    if rest.0.is_empty() {
        return Some(Logged { seconds: midnight as f64, zone: false });
    }
    rest.one_of(b"Tt-_ ");
    let hour = rest.digits(2).filter(|hour| *hour < 24)?;
    let minute = rest.digits(2).filter(|minute| *minute < 60)?;
    let mut of_day = OfDay { whole: hour * 3600 + minute * 60, fraction: b"" };
    if rest.0.first().is_some_and(u8::is_ascii_digit) {
        of_day.whole += rest.digits(2).filter(|second| *second <= 60)?;
        if rest.one_of(b".,").is_some() {
            of_day.fraction = rest.fraction()?;
        }
    }
    let east = rest.zone_at_end()?;
    let seconds = midnight as f64 + of_day.seconds() - east.unwrap_or(0) as f64;
    Some(Logged { seconds, zone: east.is_some() })
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

    /// `date -u -d '2024-05-17 10:05:00' +%s`
    const MOMENT: f64 = 1_715_940_300.0;

    fn shape(shape: DateShape, text: &str, offset: f64, zone: bool) {
        let expected = Some(Logged { seconds: MOMENT + offset, zone });
        assert_eq!(shape.read(text.as_bytes()), expected, "{text}");
    }

    #[test]
    fn dates_with_the_month_s_name_are_read_in_every_order() {
        for (text, offset, zone) in [
            ("17/May/2024:10:05:00 +0000", 0.0, true),
            ("17/May/2024:10:05:00.123", 0.123, false),
            ("17/May/2024:12:05:00 +0200", 0.0, true),
            ("Fri, 17 May 2024 10:05:00 GMT", 0.0, true),
            ("17 May 2024 10:05:00 -0000", 0.0, true),
            ("Friday, 17-May-24 10:05:00 GMT", 0.0, true),
            ("17-May-2024 10:05:00.250", 0.25, false),
            ("Fri May 17 10:05:00 2024", 0.0, false),
            ("Fri May 17 10:05:00 UTC 2024", 0.0, true),
            ("Fri May 17 12:05:00 CEST 2024", 0.0, true),
            ("May 17, 2024 10:05:00.000000000 UTC", 0.0, true),
            ("May 17, 2024 12:05:00.500000000 CEST", 0.5, true),
            ("May 17 2024, 10:05:00", 0.0, false),
            ("May 17 2024 10:05 am", 0.0, false),
            ("Fri, 17 May 2024 10:05:00 +0000 (UTC)", 0.0, true),
        ] {
            shape(DateShape::MonthNamed, text, offset, zone);
        }
        let single = DateShape::MonthNamed.read(b"Fri May  3 10:05:00 2024").unwrap().seconds;
        assert_eq!(single.to_bits(), (MOMENT - 14.0 * 86_400.0).to_bits());
    }

    #[test]
    fn dates_with_the_year_first_are_read_as_programs_print_them() {
        for (text, offset, zone) in [
            ("2024-05-17 10:05:00.000000 +0000 UTC", 0.0, true),
            ("2024-05-17 12:05:00.25 +0200 CEST", 0.25, true),
            ("2024-05-17 10:05:00.25 +0000 UTC m=+0.000066419", 0.25, true),
            ("2024-05-17 10:05:00 UTC", 0.0, true),
            ("2024/05/17 10:05:00", 0.0, false),
            ("2024-05-17T10:05:00,5", 0.5, false),
        ] {
            shape(DateShape::YearFirst, text, offset, zone);
        }
        for (text, offset, zone) in [
            ("20240517T100500Z", 0.0, true),
            ("20240517T100500.5Z", 0.5, true),
            ("20240517T1005", 0.0, false),
            ("20240517100500", 0.0, false),
            ("20240517T120500+0200", 0.0, true),
            ("20240517-100500", 0.0, false),
        ] {
            shape(DateShape::Compact, text, offset, zone);
        }
    }

    #[test]
    fn numbers_with_the_year_last_are_read_in_the_order_asked_for() {
        shape(DateShape::MonthFirst, "05/17/2024 10:05:00 AM", 0.0, false);
        shape(DateShape::MonthFirst, "5/17/2024 10:05:00 PM", 43_200.0, false);
        shape(DateShape::MonthFirst, "05/17/24 10:05", 0.0, false);
        shape(DateShape::MonthFirst, "5/17/2024 12:05:00 am", -36_000.0, false);
        shape(DateShape::MonthFirst, "5/17/2024 12:05 PM", 7200.0, false);
        shape(DateShape::MonthFirst, "5/17/2024, 10:05:00 AM", 0.0, false);
        shape(DateShape::DayFirst, "17.05.2024 10:05", 0.0, false);
        shape(DateShape::DayFirst, "17/05/2024 10:05:00", 0.0, false);
        shape(DateShape::DayFirst, "17-05-2024 10:05:00+00:00", 0.0, true);
        assert_eq!(DateShape::MonthFirst.read(b"17/05/2024 10:05:00"), None);
        assert_eq!(DateShape::DayFirst.read(b"05/17/2024 10:05:00"), None);
        let (us, eu) = (DateShape::MonthFirst.read(b"3/4/2024"), DateShape::DayFirst.read(b"3/4/2024"));
        assert!(us.unwrap().seconds < eu.unwrap().seconds);
    }

    #[test]
    fn what_the_log_leaves_out_is_left_to_the_reader() {
        let read = yearless(b"May 17 10:05:00").unwrap();
        assert_eq!((read.month, read.day), (5, 17));
        assert_eq!(read.in_year(2024), Some(MOMENT));
        let leap = yearless(b"Feb 29 00:00:00").unwrap();
        assert!(leap.in_year(2023).is_none() && leap.in_year(2024).is_some());
        assert_eq!(yearless(b"Feb 30 00:00:00"), None);
        assert_eq!(yearless(b"May 17 2024 10:05:00"), None, "it has a year");
        assert_eq!(of_day_logged(b"10:05:00.5"), Some(36_300.5));
        assert_eq!(of_day_logged(b"9:05"), Some(32_700.0));
        assert_eq!(of_day_logged(b"9:05 PM"), Some(75_900.0));
        for wrong in ["24:00:00", "10:61", "10", "13:00 PM", "0:30 am", "10:05:00 x", ""] {
            assert_eq!(of_day_logged(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn what_only_looks_like_a_date_is_none_in_every_shape() {
        for text in [
            "1.2.24",
            "10.0.0.1",
            "1.2.3",
            "2024-05-17 10:05 XYZ",
            "May 32, 2024 10:00",
            "17/05.2024",
            "Mayor 17 2024",
            "20241332",
            "20240517T25",
            "123456789",
            "17 May",
            "May",
            "12/2024",
            "a",
            "2024-05-17 10:05:00 +0000 UTC extra words",
            "17/May/2024:10:05:00 +0200]x",
        ] {
            for shape in DateShape::ALL {
                assert_eq!(shape.read(text.as_bytes()), None, "{text} as {shape:?}");
            }
        }
    }
}
