//! Lengths of time and dates.

use unanswered_toml_text::{Node, NodeKind};
use unanswered_wire::{Span, Time};

const SPANS: &str =
    "write a length of time with its unit: \"250us\", \"1.5s\", \"30min\", \"8h\", \"10d\" or \"1d 6h\"";

/// A length of time; may be negative.
pub(crate) fn span(node: &Node) -> Result<Span, String> {
    match &node.kind {
        NodeKind::Text(text) => span_text(text),
        // Nothing is nothing in every unit.
        NodeKind::Integer(0) => Ok(Span::from_nanoseconds(0)),
        NodeKind::Integer(_)
        | NodeKind::Float(_)
        | NodeKind::Bool(_)
        | NodeKind::Date(_)
        | NodeKind::List(_)
        | NodeKind::Table(_) => Err(SPANS.to_owned()),
    }
}

/// A length of time that is not negative.
pub(crate) fn length(node: &Node) -> Result<Span, String> {
    let read = span(node)?;
    if read.nanoseconds() < 0 { Err("it must not be negative".to_owned()) } else { Ok(read) }
}

/// As above, from its text.
pub(crate) fn span_text(text: &str) -> Result<Span, String> {
    let trimmed = text.trim();
    let (negative, mut rest) = match trimmed.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
    };
    if rest == "0" {
        return Ok(Span::from_nanoseconds(0));
    }
    let mut sum: i64 = 0;
    loop {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or(SPANS)?;
        let (number, after) = rest.split_at(digits);
        let after = after.trim_start();
        let letters = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let part = decimal(number, nanoseconds_in(unit).ok_or(SPANS)?).ok_or(SPANS)?;
        sum = sum.checked_add(part).ok_or("it is longer than 292 years")?;
        rest = after.trim_start();
        if rest.is_empty() {
            break;
        }
    }
    Ok(Span::from_nanoseconds(if negative { -sum } else { sum }))
}

fn nanoseconds_in(unit: &str) -> Option<i64> {
    Some(match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" | "sec" => 1_000_000_000,
        "m" | "min" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        "d" => 86_400_000_000_000,
        "w" => 604_800_000_000_000,
        _ => return None,
    })
}

/// A decimal number times a unit, exactly; what is below a nanosecond is cut off.
fn decimal(number: &str, unit: i64) -> Option<i64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if whole.is_empty() || fraction.is_empty() || fraction.len() > 18 {
        return None;
    }
    let whole: i64 = whole.parse().ok()?;
    let parts: i128 = fraction.parse().ok()?;
    let scale = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let below = i64::try_from(parts * i128::from(unit) / scale).ok()?;
    whole.checked_mul(unit)?.checked_add(below)
}

/// A date, or a date and time of day, in UTC unless it has an offset (RFC 3339).
pub(crate) fn date(node: &Node) -> Result<Time, String> {
    let text = match &node.kind {
        NodeKind::Date(text) | NodeKind::Text(text) => text.trim(),
        NodeKind::Integer(_)
        | NodeKind::Float(_)
        | NodeKind::Bool(_)
        | NodeKind::List(_)
        | NodeKind::Table(_) => "",
    };
    date_text(text).ok_or_else(|| "write a date as 2026-03-01T00:00:00Z, between 1678 and 2262".to_owned())
}

fn date_text(text: &str) -> Option<Time> {
    let (day, time) = text.split_once(['T', 't', ' ']).unwrap_or((text, "00:00:00Z"));
    let mut parts = day.splitn(3, '-');
    let year = digits(parts.next()?, 4, 0, 9999)?;
    let month = digits(parts.next()?, 2, 1, 12)?;
    let day = digits(parts.next()?, 2, 1, 31)?;
    let (clock, offset) = match time.find(['Z', 'z', '+', '-']) {
        Some(at) => time.split_at(at),
        None => (time, "Z"),
    };
    let mut parts = clock.splitn(3, ':');
    let hour = digits(parts.next()?, 2, 0, 23)?;
    let minute = digits(parts.next()?, 2, 0, 59)?;
    let (second, below) = match parts.next() {
        None => (0, 0),
        Some(second) => {
            let (second, fraction) = second.split_once('.').unwrap_or((second, "0"));
            let below = format!("{fraction:0<9}");
            (digits(second, 2, 0, 60)?, digits(below.get(..9)?, 9, 0, 999_999_999)?)
        }
    };
    let seconds = days_from_epoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    let seconds = seconds - offset_seconds(offset)?;
    seconds.checked_mul(1_000_000_000)?.checked_add(below).map(Time::from_nanoseconds)
}

fn offset_seconds(offset: &str) -> Option<i64> {
    if offset.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let (sign, rest) = match offset.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, offset.strip_prefix('+')?),
    };
    let (hours, minutes) = rest.split_once(':')?;
    Some(sign * (digits(hours, 2, 0, 23)? * 3600 + digits(minutes, 2, 0, 59)? * 60))
}

fn digits(text: &str, count: usize, low: i64, high: i64) -> Option<i64> {
    let plain = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| plain && (low..=high).contains(number))
}

/// Days from 1970-01-01 in the Gregorian calendar (Hinnant, "chrono-compatible low-level date algorithms").
fn days_from_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nanoseconds(text: &str) -> Option<i64> {
        span_text(text).ok().map(Span::nanoseconds)
    }

    #[test]
    fn lengths_of_time_are_exact() {
        assert_eq!(nanoseconds("250us"), Some(250_000));
        assert_eq!(nanoseconds("1.5s"), Some(1_500_000_000));
        assert_eq!(nanoseconds("1d 6h"), Some(108_000_000_000_000));
        assert_eq!(nanoseconds("1h30min"), Some(5_400_000_000_000));
        assert_eq!(nanoseconds("-3 s"), Some(-3_000_000_000));
        assert_eq!(nanoseconds("0.000000001s"), Some(1));
        for wrong in ["", "5", "s", "1.5", "5 parsecs", "1.s", ".5s", "--1s", "9999999999999d", "1d 6"] {
            assert_eq!(nanoseconds(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn dates_count_from_the_epoch() {
        // date -u -d 2026-03-01T00:00:00Z +%s
        let read = |text: &str| date(&Node::text(0, text)).unwrap().nanoseconds() / 1_000_000_000;
        assert_eq!(read("2026-03-01T00:00:00Z"), 1_772_323_200);
        assert_eq!(read("2026-03-01T01:30:00+01:30"), 1_772_323_200);
        assert_eq!(read("1970-01-01"), 0);
        assert_eq!(read("2024-02-29T12:00:00"), 1_709_208_000);
    }
}
