//! Dates in text: RFC 3339, the ISO 8601 spellings near to it, and the web servers' log format.

/// A moment and whether the text named its zone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Moment {
    /// Seconds since 1970-01-01 UTC.
    pub(super) seconds: f64,
    /// The text said `Z` or an offset.
    pub(super) zone: bool,
}

const MONTHS: [&[u8]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];

/// Reads `2026-11-23T09:00:01.25+01:00` (`T` or a blank; seconds, fraction and zone may be missing,
/// so may the time of day) or `[23/Nov/2026:09:00:01 +0100]`.
pub(super) fn parse(text: &[u8]) -> Option<Moment> {
    let text = text.strip_prefix(b"[").map_or(text, |rest| rest.strip_suffix(b"]").unwrap_or(rest));
    let mut rest = Rest(text);
    let (year, month, day) = rest.date()?;
    let days = days_since_1970(year, month, day)?;
    if rest.0.is_empty() {
        return Some(Moment { seconds: days * 86_400.0, zone: false });
    }
    rest.one_of(b"Tt :")?;
    let of_day = rest.time_of_day()?;
    rest.one_of(b" ");
    let offset = rest.zone();
    rest.0.is_empty().then_some(Moment {
        seconds: days * 86_400.0 + of_day - offset.unwrap_or(0.0),
        zone: offset.is_some(),
    })
}

/// What is left to read.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn one_of(&mut self, bytes: &[u8]) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        bytes.contains(&first).then(|| {
            self.0 = rest;
            first
        })
    }

    fn digits(&mut self, count: usize) -> Option<u32> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        digits.iter().try_fold(0, |n, d| d.is_ascii_digit().then(|| n * 10 + u32::from(d - b'0')))
    }

    fn date(&mut self) -> Option<(u32, u32, u32)> {
        if self.0.get(2) == Some(&b'/') {
            let day = self.digits(2)?;
            self.one_of(b"/")?;
            let (name, rest) = self.0.split_at_checked(3)?;
            let month = MONTHS.iter().position(|m| m.eq_ignore_ascii_case(name))?;
            self.0 = rest;
            self.one_of(b"/")?;
            return Some((self.digits(4)?, u32::try_from(month).ok()? + 1, day));
        }
        let year = self.digits(4)?;
        self.one_of(b"-/")?;
        let month = self.digits(2)?;
        self.one_of(b"-/")?;
        Some((year, month, self.digits(2)?))
    }

    fn time_of_day(&mut self) -> Option<f64> {
        let hour = self.digits(2).filter(|&h| h < 24)?;
        self.one_of(b":")?;
        let minute = self.digits(2).filter(|&m| m < 60)?;
        let mut seconds = f64::from(hour * 3600 + minute * 60);
        if self.one_of(b":").is_some() {
            // 60 is a leap second.
            seconds += f64::from(self.digits(2).filter(|&s| s <= 60)?);
            if self.one_of(b".,").is_some() {
                seconds += self.fraction()?;
            }
        }
        Some(seconds)
    }

    fn fraction(&mut self) -> Option<f64> {
        let count = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        std::str::from_utf8(&[b"0.", digits].concat()).ok()?.parse().ok().filter(|_| count > 0)
    }

    /// Seconds east of UTC; `None` when no zone is named.
    fn zone(&mut self) -> Option<f64> {
        let sign = match self.one_of(b"Zz+-")? {
            b'Z' | b'z' => return Some(0.0),
            b'-' => -1.0,
            _ => 1.0,
        };
        let hours = self.digits(2).filter(|&h| h < 24)?;
        self.one_of(b":");
        let minutes = if self.0.is_empty() { 0 } else { self.digits(2).filter(|&m| m < 60)? };
        Some(sign * f64::from(hours * 3600 + minutes * 60))
    }
}

/// Days of the proleptic Gregorian calendar (Howard Hinnant's `days_from_civil`).
fn days_since_1970(year: u32, month: u32, day: u32) -> Option<f64> {
    let leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let length = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if day == 0 || day > length {
        return None;
    }
    let (year, month) = if month > 2 { (year, month - 3) } else { (year.checked_sub(1)?, month + 9) };
    let (era, of_era) = (year / 400, year % 400);
    let of_year = (153 * month + 2) / 5 + day - 1;
    let days = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    Some(f64::from(era) * 146_097.0 + f64::from(days) - 719_468.0)
}

#[cfg(test)]
mod tests {
    use super::{Moment, parse};

    fn check(text: &str, seconds: f64, zone: bool) {
        assert_eq!(parse(text.as_bytes()), Some(Moment { seconds, zone }), "{text}");
    }

    #[test]
    fn dates_agree_with_date_1() {
        check("1970-01-01T00:00:00Z", 0.0, true);
        check("2026-11-23T09:00:01.25Z", 1_795_424_401.25, true);
        check("2026-11-23 10:00:01,25+01:00", 1_795_424_401.25, true);
        check("2026-11-23T04:00:01-0500", 1_795_424_401.0, true);
        check("2000-02-29", 951_782_400.0, false);
        check("2026-11-23 09:00", 1_795_424_400.0, false);
        check("[23/Nov/2026:10:00:01 +0100]", 1_795_424_401.0, true);
        check("1969-12-31T23:59:59Z", -1.0, true);
        check("2016-12-31T23:59:60Z", 1_483_228_800.0, true);
    }

    #[test]
    fn what_is_no_date_is_none() {
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
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }
}
