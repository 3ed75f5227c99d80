//! Reading lengths of time: numbers with units, or bare seconds.

use super::UNITS;
use crate::Span;

/// Why a text is not a length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotASpan {
    /// It is not made of numbers with units.
    #[error(
        "write a length of time with its unit: \"250us\", \"1.5s\", \"30min\", \"8h\", \"10d\" or \"1d 6h\""
    )]
    Form,
    /// 64 bits of nanoseconds cannot hold it.
    #[error("it is longer than 292 years")]
    TooLong,
}

/// Reads numbers with their units, added up: `250us`, `1.5 s`, `1d 6h`, `-3s`, and `0`, which needs no unit.
/// What is below a nanosecond is truncated.
///
/// # Errors
/// When the text is something else, or longer than 292 years.
pub fn read(text: &str) -> Result<Span, NotASpan> {
    let trimmed = text.trim();
    let (sign, mut rest) = match trimmed.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, trimmed.strip_prefix('+').unwrap_or(trimmed)),
    };
    if rest == "0" {
        return Ok(Span::default());
    }
    let mut sum: i128 = 0;
    loop {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or(NotASpan::Form)?;
        let (number, after) = rest.split_at(digits);
        let after = after.trim_start();
        let letters = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let part = decimal(number, nanoseconds_in(unit).ok_or(NotASpan::Form)?)?;
        sum = sum.checked_add(part).ok_or(NotASpan::TooLong)?;
        rest = after.trim_start();
        if rest.is_empty() {
            break;
        }
    }
    i64::try_from(sign * sum).map(Span::from_nanoseconds).map_err(|_| NotASpan::TooLong)
}

/// Reads seconds with at most nine decimals (`3`, `2.5`, `.001`), exactly; no sign, no exponent. `None` for
/// anything else, and for more than 292 years.
#[must_use]
pub fn seconds(text: &str) -> Option<Span> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 9 || whole.len() + fraction.len() == 0 {
        return None;
    }
    format!("{whole}{fraction:0<9}").parse().ok().map(Span::from_nanoseconds)
}

fn nanoseconds_in(name: &str) -> Option<i64> {
    let unit = UNITS.iter().find(|unit| unit.name == name || unit.other_names.contains(&name));
    unit.map(|unit| unit.nanoseconds)
}

/// A decimal number times a unit, exactly; what is below a nanosecond is truncated.
fn decimal(number: &str, unit: i64) -> Result<i128, NotASpan> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // More decimals than the finest fraction of a week has would overflow the product below.
    if !digits(whole) || !digits(fraction) || fraction.len() > 18 {
        return Err(NotASpan::Form);
    }
    // Digits alone fail to parse only when there are too many.
    let whole: u64 = whole.parse().map_err(|_| NotASpan::TooLong)?;
    let parts: i128 = fraction.parse().map_err(|_| NotASpan::Form)?;
    let scale = (0..fraction.len()).fold(1, |scale: i128, _| scale * 10);
    Ok(i128::from(whole) * i128::from(unit) + parts * i128::from(unit) / scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nanoseconds(text: &str) -> Result<i64, NotASpan> {
        read(text).map(Span::nanoseconds)
    }

    #[test]
    fn lengths_of_time_are_exact() {
        assert_eq!(nanoseconds("250us"), Ok(250_000));
        assert_eq!(nanoseconds("7\u{b5}s"), Ok(7_000));
        assert_eq!(nanoseconds("1.5s"), Ok(1_500_000_000));
        assert_eq!(nanoseconds("1d 6h"), Ok(108_000_000_000_000));
        assert_eq!(nanoseconds("1h30min"), Ok(5_400_000_000_000));
        assert_eq!(nanoseconds("2w"), Ok(1_209_600_000_000_000));
        assert_eq!(nanoseconds("-3 s"), Ok(-3_000_000_000));
        assert_eq!(nanoseconds("0.000000001s"), Ok(1));
        assert_eq!(nanoseconds(" -0 "), Ok(0));
    }

    #[test]
    fn what_is_no_length_of_time_says_how_to_write_one() {
        for wrong in ["", "5", "s", "1.5", "5 parsecs", "1.s", ".5s", "1.2.3s", "--1s", "1d 6", "٣s", "5s,"]
        {
            assert_eq!(nanoseconds(wrong), Err(NotASpan::Form), "{wrong}");
        }
    }

    #[test]
    fn lengths_beyond_the_time_line_are_too_long() {
        assert_eq!(nanoseconds("9223372036854775807ns"), Ok(i64::MAX));
        assert_eq!(nanoseconds("-9223372036854775808ns"), Ok(i64::MIN));
        for long in ["9223372036854775808ns", "9999999999999d", "99999999999999999999s", "300d 999999d"] {
            assert_eq!(nanoseconds(long), Err(NotASpan::TooLong), "{long}");
        }
    }

    #[test]
    fn bare_seconds_are_read_without_rounding() {
        assert_eq!(seconds("2.5"), Some(Span::from_milliseconds(2500)));
        assert_eq!(seconds(".001"), Some(Span::from_milliseconds(1)));
        assert_eq!(seconds("5."), Some(Span::from_seconds(5)));
        assert_eq!(seconds("0.000000001"), Some(Span::from_nanoseconds(1)));
        for wrong in ["", ".", "-1", "+1", "1e3", "1.0000000001", "٣", "9223372037"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }
}
