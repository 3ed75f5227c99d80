//! Numbers as people and filters read them.

use unanswered_forecast::statistics::ShareInterval;

/// The number in full: integers without a fraction, others in the shortest form that reads back
/// as the same number.
#[must_use]
pub fn plain(value: f64) -> String {
    // 0.0 + x turns a negative zero into zero.
    format!("{}", 0.0 + value)
}

/// The number for prose: integers in full, others to four significant digits.
#[must_use]
pub fn short(value: f64) -> String {
    if !value.is_finite() || is_whole(value) {
        return plain(value);
    }
    if value.abs() >= 1e15 || value.abs() < 1e-9 {
        return format!("{value:.1e}").replace(".0e", "e");
    }
    let magnitude = value.abs().log10().floor();
    // At least one decimal, so that 12345.6 is not taken for an integer.
    let decimals = (3.0 - magnitude).clamp(1.0, 12.0);
    let scale = 10_f64.powf(decimals);
    let rounded = (value * scale).round() / scale;
    plain(rounded)
}

/// The number as somebody would have configured it: three significant digits, without decimals where it is within half a
/// per cent of an integer.
#[must_use]
pub fn rough(value: f64) -> String {
    let nearest = value.round();
    if nearest >= 1.0 && (value - nearest).abs() <= nearest * 0.005 {
        return plain(nearest);
    }
    if !value.is_finite() || value == 0.0 {
        return plain(value);
    }
    let scale = 10_f64.powf((2.0 - value.abs().log10().floor()).clamp(0.0, 12.0));
    plain((value * scale).round() / scale)
}

/// Whether the value is an integer that an `f64` holds exactly.
#[must_use]
pub fn is_whole(value: f64) -> bool {
    value.is_finite() && value.abs() < 9_007_199_254_740_992.0 && value.fract() == 0.0
}

/// The value as an integer, when it is one.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "is_whole proves that the value fits exactly")]
pub fn whole(value: f64) -> Option<i64> {
    is_whole(value).then_some(value as i64)
}

/// `part` of `all` in per cent with one decimal; 0 and 100 stay without one, and nothing else is
/// rounded to them.
#[must_use]
pub fn percent(part: u64, all: u64) -> String {
    if all == 0 {
        return "0 %".to_owned();
    }
    if part == 0 || part == all {
        return format!("{} %", if part == 0 { 0 } else { 100 });
    }
    let value = 100.0 * part as f64 / all as f64;
    format!("{:.1} %", value.clamp(0.1, 99.9))
}

/// A share from 0 to 1 in whole per cent, with one decimal near both ends; nothing is rounded to 0 or 100 % that is not
/// exactly that.
#[must_use]
pub fn share(share: f64) -> String {
    match share * 100.0 {
        value if value <= 0.0 => "0 %".to_owned(),
        value if value >= 100.0 => "100 %".to_owned(),
        value if value < 9.95 => format!("{:.1} %", value.max(0.1)),
        value if value > 99.0 => format!("{:.1} %", value.min(99.9)),
        value => format!("{value:.0} %"),
    }
}

/// A confidence interval of a share: `79 % to 92 %`; both ends as one where they read alike.
#[must_use]
pub fn shares(ends: ShareInterval) -> String {
    let (low, high) = (share(ends.low), share(ends.high));
    if low == high { low } else { format!("{low} to {high}") }
}

/// `1 request`, `2 requests`, `2 queries`.
#[must_use]
pub fn count(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {}", plural(noun)) }
}

/// The plural of a regular English noun.
#[must_use]
pub fn plural(noun: &str) -> String {
    match noun.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if noun.ends_with(['s', 'x']) => format!("{noun}es"),
        _ => format!("{noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_carry_no_fraction_and_others_are_cut_to_four_digits() {
        for (value, full, prose) in [
            (123.0, "123", "123"),
            (-0.0, "0", "0"),
            (0.024_513_387, "0.024513387", "0.02451"),
            (12_345.678, "12345.678", "12345.7"),
            (-6.5, "-6.5", "-6.5"),
            (1.5e-30, "0.0000000000000000000000000000015", "1.5e-30"),
        ] {
            assert_eq!(plain(value), full);
            assert_eq!(short(value), prose);
        }
    }

    #[test]
    fn almost_all_is_never_shown_as_all() {
        assert_eq!(percent(9_999, 10_000), "99.9 %");
        assert_eq!(percent(1, 100_000), "0.1 %");
        assert_eq!(percent(3, 3), "100 %");
        assert_eq!(percent(0, 0), "0 %");
    }

    #[test]
    fn nouns_are_counted_in_english() {
        assert_eq!(count(1, "NAT mapping"), "1 NAT mapping");
        assert_eq!(count(0, "query"), "0 queries");
        assert_eq!(plural("box"), "boxes");
    }
}
