//! Moments as people type them to say which part of a capture they mean, some of them relative to its first frame.
//!
//! A text is read without knowing the capture ([`moment`]); the capture's first frame then makes a [`Time`] of it
//! ([`Moment::after`]). What has no zone is UTC, since reports are.

use super::read::Rest;
use crate::calendar::DAY;
use crate::spans::{self, NotASpan};
use crate::{Span, Time};

const SECOND: i64 = 1_000_000_000;

/// A moment that somebody typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// This moment.
    At(Time),
    /// A time of day, on the day of the first frame.
    OfDay {
        /// Since midnight.
        since_midnight: Span,
        /// How far the zone that it was typed in is east of UTC: the day is that zone's.
        east: Span,
    },
    /// So long after the first frame.
    AfterFirst(Span),
}

impl Moment {
    /// The moment, in a capture whose first frame was captured at `first`.
    #[must_use]
    pub fn after(self, first: Time) -> Time {
        match self {
            Self::At(time) => time,
            Self::AfterFirst(span) => first + span,
            Self::OfDay { since_midnight, east } => {
                let day = Span::from_seconds(DAY).nanoseconds();
                let there = first + east;
                let midnight = there - Span::from_nanoseconds(there.nanoseconds().rem_euclid(day));
                midnight + since_midnight - east
            }
        }
    }
}

/// Why a text is not a [`Moment`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAMoment {
    /// It is neither a date, a time of day, Unix seconds nor a length of time.
    #[error("not a time")]
    Form,
    /// It counts back from the last frame.
    #[error("the last frame is not known before everything was read")]
    BeforeLast,
    /// It asks for the machine's time zone.
    #[error("the time zone of this machine is not looked up")]
    Local,
    /// The time line (1678 to 2262) does not hold it.
    #[error("it is outside of the years 1678 to 2262")]
    TooFar,
}

/// Reads a moment; what has no zone is UTC:
///
/// - a date, perhaps with a time of day and a zone: `2026-11-28`, `2026-11-28 18:33`,
///   `2026-11-28T18:33:05.123Z`, `2026-11-28 18:33 +02:00`, `2026-11-28 18:33:05 UTC`;
/// - a time of day: `18:33`, `8:33:05.5`, `18:33+02:00`;
/// - Unix seconds with at most nine decimals: `1700000000.5`;
/// - a length of time after the first frame: `+30s`, `+1min 30s`.
///
/// Fractions of a nanosecond are truncated.
///
/// # Errors
/// When the text is something else, with the reason.
pub fn moment(text: &str) -> Result<Moment, NotAMoment> {
    let text = text.trim();
    if let Some(length) = text.strip_prefix('+') {
        return match spans::read(length) {
            Ok(span) if span >= Span::default() => Ok(Moment::AfterFirst(span)),
            Ok(_) | Err(NotASpan::Form) => Err(NotAMoment::Form),
            Err(NotASpan::TooLong) => Err(NotAMoment::TooFar),
        };
    }
    if text.starts_with('-') {
        return Err(if spans::read(text).is_ok() { NotAMoment::BeforeLast } else { NotAMoment::Form });
    }
    if text.split_whitespace().next_back().is_some_and(|last| last.eq_ignore_ascii_case("local")) {
        return Err(NotAMoment::Local);
    }
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        // Only the number of digits can be wrong: the whole part, or more than nine decimals.
        let span = spans::seconds(text).ok_or(NotAMoment::Form)?;
        return Ok(Moment::At(Time::from_nanoseconds(span.nanoseconds())));
    }
    let text = text.strip_suffix("UTC").map_or(text, str::trim_end);
    dated(text).or_else(|| of_day(text).map(Ok)).unwrap_or(Err(NotAMoment::Form))
}

fn dated(text: &str) -> Option<Result<Moment, NotAMoment>> {
    let mut rest = Rest(text.as_bytes());
    let midnight = rest.day(b"-")? * DAY;
    let (since_midnight, east) = if rest.0.is_empty() {
        (Span::default(), 0)
    } else {
        rest.one_of(b"Tt ")?;
        clock(&mut rest)?
    };
    let nanoseconds =
        i128::from(midnight - east) * i128::from(SECOND) + i128::from(since_midnight.nanoseconds());
    let time = i64::try_from(nanoseconds).map_err(|_| NotAMoment::TooFar);
    Some(time.map(|nanoseconds| Moment::At(Time::from_nanoseconds(nanoseconds))))
}

fn of_day(text: &str) -> Option<Moment> {
    // The other readers of this crate want two digits.
    let padded = format!("0{text}");
    let text = if text.find(':') == Some(1) { &padded } else { text };
    let (since_midnight, east) = clock(&mut Rest(text.as_bytes()))?;
    Some(Moment::OfDay { since_midnight, east: Span::from_seconds(east) })
}

/// A time of day and perhaps a zone, to the end: since midnight, and seconds east of UTC.
fn clock(rest: &mut Rest<'_>) -> Option<(Span, i64)> {
    let of_day = rest.of_day(b".,")?;
    rest.one_of(b" ");
    let east = if rest.0.is_empty() { 0 } else { rest.zone()? };
    let whole = Span::from_seconds(i64::from(of_day.whole)).nanoseconds();
    rest.0.is_empty().then(|| (Span::from_nanoseconds(whole + of_day.nanoseconds()), east))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        match moment(text) {
            Ok(Moment::At(time)) => time.nanoseconds(),
            other => panic!("{text}: {other:?}"),
        }
    }

    /// `date -u -d '2026-11-28 18:33:05' +%s`
    const MOMENT: i64 = 1_795_890_785 * SECOND;

    #[test]
    fn dates_are_read_as_people_write_them() {
        assert_eq!(at("2026-11-28 18:33:05"), MOMENT);
        assert_eq!(at("2026-11-28T18:33:05Z"), MOMENT);
        assert_eq!(at("2026-11-28T18:33:05.123Z"), MOMENT + 123_000_000);
        assert_eq!(at("2026-11-28 18:33:05.000250 UTC"), MOMENT + 250_000);
        assert_eq!(at("2026-11-28 18:33"), MOMENT - 5 * SECOND);
        assert_eq!(at(" 2026-11-28 20:33:05+02:00 "), MOMENT);
        assert_eq!(at("2026-11-28 20:33:05 +0200"), MOMENT);
        assert_eq!(at("2026-11-28T13:33:05-05"), MOMENT);
        assert_eq!(at("2026-11-28"), MOMENT - (18 * 3600 + 33 * 60 + 5) * SECOND);
        assert_eq!(at("1700000000.5"), 1_700_000_000_500_000_000);
        assert_eq!(at("0"), 0);
    }

    #[test]
    fn a_time_of_day_is_on_the_day_of_the_first_frame() {
        let first = Time::from_nanoseconds(MOMENT);
        let on_that_day = |text| moment(text).unwrap().after(first).nanoseconds();
        assert_eq!(on_that_day("18:33:05"), MOMENT);
        assert_eq!(on_that_day("18:33:05.5"), MOMENT + SECOND / 2);
        assert_eq!(on_that_day("8:33"), MOMENT - 5 * SECOND - 10 * 3600 * SECOND);
        assert_eq!(on_that_day("20:33:05+02:00"), MOMENT);
        assert_eq!(on_that_day("20:33:05 +02:00"), MOMENT);
        // In Auckland the first frame was captured on the 29th.
        assert_eq!(on_that_day("07:33:05+13:00"), MOMENT);
        assert_eq!(on_that_day("2026-11-29T07:33:05+13:00"), MOMENT);
        // Before 1970, too.
        let before = moment("23:00").unwrap().after(Time::from_nanoseconds(-1));
        assert_eq!(before.nanoseconds(), -3600 * SECOND);
    }

    #[test]
    fn lengths_of_time_count_from_the_first_frame() {
        assert_eq!(moment("+30s"), Ok(Moment::AfterFirst(Span::from_seconds(30))));
        assert_eq!(moment("+1min 30s"), Ok(Moment::AfterFirst(Span::from_seconds(90))));
        let first = Time::from_nanoseconds(MOMENT);
        assert_eq!(moment("+5m").unwrap().after(first), first + Span::from_seconds(300));
    }

    #[test]
    fn what_is_no_moment_says_why() {
        for wrong in [
            "",
            "noon",
            "2026-02-30",
            "24:00",
            "18:61",
            "18:33:05x",
            "2026-11-28 18",
            "+",
            "+30",
            "+-3s",
            "-x",
            "1.2.3",
            "1700000000.1234567891",
            "2026-11-28 18:33 CET",
            "1:2",
            "٣",
            "18:33 +02:00 UTC x",
            "é:12",
        ] {
            let read = moment(wrong);
            assert!(read == Err(NotAMoment::Form) || wrong == "{wrong}: {read:?}");
        }
        assert_eq!(moment("-5m"), Err(NotAMoment::BeforeLast));
        assert_eq!(moment("18:33 local"), Err(NotAMoment::Local));
        assert_eq!(moment("9999-12-31"), Err(NotAMoment::TooFar));
        assert_eq!(moment("+999999d"), Err(NotAMoment::TooFar));
    }
}
