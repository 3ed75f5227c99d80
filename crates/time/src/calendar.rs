//! The Gregorian calendar in UTC: day numbers to dates and back.
//!
//! The only module that uses the crate `time`. Its years are those that four digits can write, 0000 to 9999
//! (RFC 3339 section 5.6, `date-fullyear`); whatever lies outside is `None`.

use crate::Time;
use time::{Date, Month, UtcDateTime};

/// Seconds in a day; UTC's leap seconds are not counted.
pub(crate) const DAY: i64 = 86_400;

/// Days from 1970-01-01 to a date; `None` for a date that the calendar does not have.
pub(crate) fn day(year: u32, month: u32, date: u32) -> Option<i64> {
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    let year = i32::try_from(year).ok().filter(|year| *year <= 9999)?;
    let date = Date::from_calendar_date(year, month, u8::try_from(date).ok()?).ok()?;
    Some(i64::from(date.to_julian_day()) - i64::from(UtcDateTime::UNIX_EPOCH.to_julian_day()))
}

/// A moment as the calendar and the clock on the wall show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Civil(UtcDateTime);

impl Civil {
    /// The second that begins `seconds` after 1970.
    pub(crate) fn at(seconds: i64) -> Option<Self> {
        let moment = UtcDateTime::from_unix_timestamp(seconds).ok()?;
        (0..=9999).contains(&moment.year()).then_some(Self(moment))
    }

    /// The moment, to the nanosecond.
    pub(crate) fn of(time: Time) -> Self {
        let moment = UtcDateTime::from_unix_timestamp_nanos(i128::from(time.nanoseconds()));
        Self(moment.expect("64 bits of nanoseconds reach from 1677 to 2262"))
    }

    /// `2026-11-23`.
    pub(crate) fn date(self) -> String {
        format!("{:04}-{:02}-{:02}", self.0.year(), u8::from(self.0.month()), self.0.day())
    }

    /// `10:02:11`.
    pub(crate) fn of_day(self) -> String {
        format!("{:02}:{:02}:{:02}", self.0.hour(), self.0.minute(), self.0.second())
    }

    /// Microseconds since the second began, truncated.
    pub(crate) fn microsecond(self) -> u32 {
        self.0.microsecond()
    }
}

/// Seconds rounded to whole ones, if the number is below `limit`.
#[expect(clippy::cast_possible_truncation, reason = "a whole number below the limit, which is below 2^63")]
pub(crate) fn whole(seconds: f64, limit: f64) -> Option<i64> {
    debug_assert!(limit < 9e18);
    let rounded = seconds.round();
    // NaN is not below anything.
    (rounded.abs() < limit).then_some(rounded as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_each_other_s_inverse_over_all_years() {
        let first = day(0, 1, 1).unwrap();
        let last = day(9999, 12, 31).unwrap();
        // date -u -d 9999-12-31 +%s; the proleptic year 0 has 366 days, year 1 began 719162 days before 1970.
        assert_eq!((first, last), (-719_162 - 366, 253_402_214_400 / DAY));
        let mut before = String::new();
        for number in first..=last {
            let date = Civil::at(number * DAY).unwrap().date();
            assert!(date > before, "{date} comes after {before}");
            let parts: Vec<u32> = date.split('-').map(|part| part.parse().unwrap()).collect();
            assert_eq!(day(parts[0], parts[1], parts[2]), Some(number), "{date}");
            before = date;
        }
        assert_eq!(Civil::at(first * DAY - 1), None);
        assert_eq!(Civil::at((last + 1) * DAY), None);
    }

    #[test]
    fn days_that_the_calendar_does_not_have_are_none() {
        for (year, month, date) in
            [(2026, 2, 29), (1900, 2, 29), (2026, 4, 31), (2026, 0, 1), (2026, 13, 1), (2026, 1, 0)]
        {
            assert_eq!(day(year, month, date), None, "{year}-{month}-{date}");
        }
        assert_eq!(day(2000, 2, 29), Some(951_782_400 / DAY));
        assert_eq!((day(10_000, 1, 1), day(u32::MAX, 1, 1), day(2026, u32::MAX, 1)), (None, None, None));
    }
}
