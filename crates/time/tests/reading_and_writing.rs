//! What was written reads back the same; no text and no number panics.

use proptest::prelude::*;
use unanswered_time::dates::{self, Typed};
use unanswered_time::{Span, Time, spans};

/// Seconds of the years 0000 to 9999.
const YEARS: std::ops::Range<i64> = -62_167_219_200..253_402_300_800;

/// Texts that are nearly dates or lengths of time, so that readers get far into them.
fn nearly() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[0-9]{0,5}[-/.][0-9A-Za-z]{0,4}[-/][0-9]{0,5}([Tt :][0-9]{0,3}(:[0-9.,]{0,4}){0,3}[ Zz+-]?[0-9:]{0,6})?",
        "\\[?[0-9]{2}/(Jan|feb|XYZ)/[0-9]{4}:[0-9:]{0,9} ?[+-]?[0-9:é]{0,5}\\]?",
        "[-+ ]?([0-9.]{0,24} ?(ns|us|µs|ms|s|sec|m|min|h|d|w|é|) ?){0,4}",
    ]
}

/// Times outside four-digit years, and those next to them.
fn any_seconds() -> impl Strategy<Value = f64> {
    let near_the_ends =
        prop_oneof![Just(YEARS.start), Just(YEARS.end), Just(0), Just(i64::MAX), Just(i64::MIN)];
    prop_oneof![any::<f64>(), (near_the_ends, -90_000.0..90_000.0).prop_map(|(end, off)| end as f64 + off)]
}

proptest! {
    #[test]
    fn a_date_in_full_is_read_as_the_same_second(seconds in YEARS) {
        let text = dates::full(seconds as f64).expect("a year of four digits");
        let bare = text.strip_suffix(" UTC").expect("the zone's name");
        let read = dates::logged(format!("{bare}Z").as_bytes()).expect("a date");
        prop_assert!(read.zone);
        prop_assert_eq!(read.seconds.to_bits(), (seconds as f64).to_bits());
        prop_assert_eq!(dates::typed(bare), Some(Typed::Absolute(seconds as f64)));
        let exact = seconds.checked_mul(1_000_000_000).map(Time::from_nanoseconds);
        prop_assert_eq!(dates::rfc3339(bare), exact);
    }

    #[test]
    fn a_precise_date_is_read_as_the_same_microsecond(nanoseconds in any::<i64>()) {
        let time = Time::from_nanoseconds(nanoseconds);
        let text = dates::precise(time);
        let bare = text.strip_suffix(" UTC").expect("the zone's name");
        let cut = i128::from(nanoseconds).div_euclid(1000) * 1000;
        // The microsecond in which the time line begins starts before it.
        let exact = i64::try_from(cut).ok();
        prop_assert_eq!(dates::rfc3339(bare), exact.map(Time::from_nanoseconds));
    }

    #[test]
    fn unix_seconds_are_the_time_cut_to_microseconds(nanoseconds in 0_i64..) {
        let text = dates::unix(Time::from_nanoseconds(nanoseconds));
        prop_assert_eq!(spans::seconds(&text), Some(Span::from_nanoseconds(nanoseconds / 1000 * 1000)));
    }

    #[test]
    fn offsets_shift_a_date_by_what_they_say(
        seconds in -1_000_000_000..1_000_000_000_i64,
        (hours, minutes, west) in (0..24_i64, 0..60_i64, any::<bool>()),
    ) {
        let east = (hours * 60 + minutes) * 60 * if west { -1 } else { 1 };
        let local = dates::full((seconds + east) as f64).expect("a year of four digits");
        let bare = local.strip_suffix(" UTC").expect("the zone's name");
        let sign = if west { '-' } else { '+' };
        let text = format!("{bare}{sign}{hours:02}:{minutes:02}");
        prop_assert_eq!(dates::rfc3339(&text), Some(Time::from_nanoseconds(seconds * 1_000_000_000)));
        prop_assert_eq!(dates::logged(text.as_bytes()).map(|read| read.seconds), Some(seconds as f64));
    }

    #[test]
    fn a_written_length_is_read_as_the_same(nanoseconds in any::<i64>(), unit in 0..7_u32) {
        let factors = [1, 1_000, 1_000, 1_000, 60, 60, 24];
        let per: i64 = factors.iter().take(unit as usize + 1).product();
        let span = Span::from_nanoseconds(nanoseconds / per * per);
        prop_assert_eq!(spans::read(&spans::written(span)), Ok(span));
    }

    #[test]
    fn lengths_with_two_units_are_their_sum(days in 0_i64..100_000, hours in 0_i64..24) {
        let span = Span::from_seconds(days * 86_400 + hours * 3600);
        prop_assert_eq!(spans::read(&format!("{days}d {hours}h")), Ok(span));
        let words = spans::in_words(span.seconds()).expect("a number").replace(" s", "s");
        prop_assert_eq!(spans::read(&words), Ok(span), "{}", words);
    }

    #[test]
    fn a_measured_length_is_read_back_within_its_three_digits(nanoseconds in any::<i64>()) {
        let span = Span::from_nanoseconds(nanoseconds);
        let text = spans::measured(span);
        if let Ok(read) = spans::read(&text) {
            let off = read.nanoseconds().abs_diff(span.nanoseconds());
            prop_assert!(off <= (nanoseconds.unsigned_abs() / 180).max(50), "{}", text);
        } else {
            // Rounded up beyond the time line's end.
            prop_assert!(nanoseconds.unsigned_abs() > 9_223_372_036_000_000_000, "{}", text);
        }
    }

    #[test]
    fn elapsed_time_keeps_its_seconds(seconds in 0..9_000_000_000_i64) {
        let text = spans::elapsed(Span::from_seconds(seconds));
        let parts: Vec<i64> = text.split(':').map(|part| part.parse().expect("a number")).collect();
        prop_assert_eq!(parts[0] * 3600 + parts[1] * 60 + parts[2], seconds);
    }

    #[test]
    fn no_text_is_a_panic(text in nearly(), bytes in any::<Vec<u8>>()) {
        for bytes in [text.as_bytes(), &bytes] {
            if let Some(read) = dates::logged(bytes) {
                prop_assert!(read.seconds.is_finite());
            }
        }
        for first in [i64::MIN, -1, i64::MAX] {
            let _ = dates::moment(&text).map(|moment| moment.after(Time::from_nanoseconds(first)));
        }
        let _ = (dates::typed(&text), dates::rfc3339(&text), spans::read(&text), spans::seconds(&text));
    }

    #[test]
    fn no_number_is_a_panic(seconds in any_seconds(), other in any_seconds(), nanoseconds in any::<i64>()) {
        let inside = |seconds: f64| seconds.round() >= YEARS.start as f64 && seconds.round() < YEARS.end as f64;
        prop_assert_eq!(dates::full(seconds).is_some(), inside(seconds));
        prop_assert_eq!(dates::of_day(seconds).is_some(), inside(seconds));
        prop_assert_eq!(dates::range(seconds, other).is_some(), inside(seconds) && inside(other));
        prop_assert_eq!(spans::in_words(seconds).is_some(), seconds.round().abs() < 9_007_199_254_740_992.0);
        let _ = dates::since_midnight(seconds);
        let span = Span::from_nanoseconds(nanoseconds);
        let _ = (spans::measured(span), spans::elapsed(span), spans::written(span));
    }
}
