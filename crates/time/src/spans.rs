//! Lengths of time in text: the one way to write them, and to read them.
//!
//! What a length is for decides how it is written, not the code that writes it:
//!
//! | writer | for | such as |
//! | --- | --- | --- |
//! | [`measured`] | what was measured between packets or clocks: three digits | `8.2 us`, `1.21 ms`, `12.3 s` |
//! | [`in_words`] | how long something lasted or how often it comes: two units that fit | `0.3 s`, `2 min 5 s`, `3 d 4 h` |
//! | [`elapsed`] | what a clock that began at zero shows | `26:05:11` |
//! | [`written`] | files that are read again, exactly | `90s`, `15min` |
//!
//! [`read()`] reads what [`written`] writes and what people write like it (`1d 6h`, `1.5s`); [`seconds`]
//! reads a bare number of seconds without rounding.

mod read;

pub use read::{NotASpan, read, seconds};

use crate::Span;
use crate::calendar::{DAY, whole};

const HOUR: i64 = 3600;

/// A unit of time: how files write it, how else it is read, nanoseconds.
struct Unit {
    name: &'static str,
    other_names: &'static [&'static str],
    nanoseconds: i64,
}

const fn unit(name: &'static str, other_names: &'static [&'static str], nanoseconds: i64) -> Unit {
    Unit { name, other_names, nanoseconds }
}

/// From the longest to the shortest.
const UNITS: [Unit; 8] = [
    unit("w", &[], 604_800_000_000_000),
    unit("d", &[], 86_400_000_000_000),
    unit("h", &[], 3_600_000_000_000),
    unit("min", &["m"], 60_000_000_000),
    unit("s", &["sec"], 1_000_000_000),
    unit("ms", &[], 1_000_000),
    // The micro sign and the Greek letter.
    unit("us", &["\u{b5}s", "\u{3bc}s"], 1_000),
    unit("ns", &[], 1),
];

/// In the unit that fits, three digits of it: `8.2 us`, `1.21 ms`, `-40.3 ms`, `12.3 s`; tenths of a
/// microsecond are the smallest step.
#[must_use]
pub fn measured(span: Span) -> String {
    let nanoseconds = span.nanoseconds();
    let (sign, size) = (if nanoseconds < 0 { "-" } else { "" }, nanoseconds.unsigned_abs());
    let (unit, per) = match size {
        ..999_500 => ("us", 1e3),
        999_500..999_500_000 => ("ms", 1e6),
        _ => ("s", 1e9),
    };
    let value = size as f64 / per;
    let decimals = match value {
        v if v < 9.995 && unit != "us" => 2,
        v if v < 99.95 && unit != "us" || v < 9.95 => 1,
        _ => 0,
    };
    let text = format!("{value:.decimals$}");
    // What is zero in all its decimals is zero.
    let text = if size == 0 { "0".to_owned() } else { text };
    format!("{sign}{text} {unit}")
}

/// In the two units that fit: `0.3 s`, `2 min 5 s`, `2 h`, `3 d 4 h`; below a minute in tenths of a second.
/// `None` for NaN, and for more seconds than a double can count (2^53).
#[must_use]
pub fn in_words(seconds: f64) -> Option<String> {
    let two = |big: &str, bigs: i64, small: &str, smalls: i64| match smalls {
        0 => format!("{bigs} {big}"),
        _ => format!("{bigs} {big} {smalls} {small}"),
    };
    let rounded = whole(seconds, 9_007_199_254_740_992.0)?;
    Some(match rounded {
        // Adding zero turns a negative zero into zero.
        ..60 => format!("{} s", 0.0 + (seconds * 10.0).round() / 10.0),
        60..HOUR => two("min", rounded / 60, "s", rounded % 60),
        HOUR..DAY => two("h", rounded / HOUR, "min", rounded % HOUR / 60),
        _ => two("d", rounded / DAY, "h", rounded % DAY / HOUR),
    })
}

/// As a clock that began at zero shows it, seconds truncated: `06:31:05`; hours go on beyond a day.
#[must_use]
pub fn elapsed(span: Span) -> String {
    let whole = span.nanoseconds() / 1_000_000_000;
    let (sign, size) = (if whole < 0 { "-" } else { "" }, whole.unsigned_abs());
    format!("{sign}{:02}:{:02}:{:02}", size / 3600, size / 60 % 60, size % 60)
}

/// In the longest unit up to days that leaves a whole number, as [`read()`] reads it: `15min`, `1500ms`.
#[must_use]
pub fn written(span: Span) -> String {
    let nanoseconds = span.nanoseconds();
    // Few people count in weeks.
    let mut usual = UNITS.iter().filter(|unit| unit.name != "w");
    let fits = usual.find(|unit| nanoseconds % unit.nanoseconds == 0);
    let (name, unit) = fits.map_or(("ns", 1), |unit| (unit.name, unit.nanoseconds));
    format!("{}{name}", nanoseconds / unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measured_lengths_have_three_digits_and_the_unit_that_fits() {
        for (nanoseconds, text) in [
            (0, "0 us"),
            (430, "0.4 us"),
            (8_240, "8.2 us"),
            (9_999, "10 us"),
            (999_499, "999 us"),
            (999_500, "1.00 ms"),
            (1_214_000, "1.21 ms"),
            (99_960_000, "100 ms"),
            (999_960_000, "1.00 s"),
            (-40_300_000, "-40.3 ms"),
            (12_300_000_000, "12.3 s"),
            (3_723_400_000_000, "3723 s"),
            (i64::MIN, "-9223372037 s"),
        ] {
            assert_eq!(measured(Span::from_nanoseconds(nanoseconds)), text, "{nanoseconds} ns");
        }
    }

    #[test]
    fn lengths_in_words_use_the_units_that_fit() {
        for (seconds, text) in [
            (0.25, "0.3 s"),
            (-0.01, "0 s"),
            (12.0, "12 s"),
            (59.4, "59.4 s"),
            (59.6, "1 min"),
            (125.0, "2 min 5 s"),
            (7_200.0, "2 h"),
            (3_720.0, "1 h 2 min"),
            (273_600.0, "3 d 4 h"),
            (-125.0, "-125 s"),
        ] {
            assert_eq!(in_words(seconds).as_deref(), Some(text));
        }
        for seconds in [f64::NAN, f64::INFINITY, -1e300, 1e16] {
            assert_eq!(in_words(seconds), None);
        }
    }

    #[test]
    fn elapsed_time_goes_on_beyond_a_day() {
        assert_eq!(elapsed(Span::from_milliseconds(23_465_999)), "06:31:05");
        assert_eq!(elapsed(Span::from_seconds(2 * 86_400 - 1)), "47:59:59");
        assert_eq!(elapsed(Span::from_seconds(-61)), "-00:01:01");
        assert_eq!(elapsed(Span::from_nanoseconds(i64::MIN)), "-2562047:47:16");
    }

    #[test]
    fn written_lengths_are_whole_numbers_of_the_longest_unit() {
        for (nanoseconds, text) in [
            (0, "0d"),
            (900_000_000_000, "15min"),
            (1_500_000_000, "1500ms"),
            (1_209_600_000_000_000, "14d"),
            (-7_200_000_000_000, "-2h"),
            (1_001, "1001ns"),
            (i64::MIN, "-9223372036854775808ns"),
        ] {
            assert_eq!(written(Span::from_nanoseconds(nanoseconds)), text);
        }
    }
}
