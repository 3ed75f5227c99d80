//! Numbers in text.

/// Largest integer up to which every integer is a `f64`: 2^53.
const EXACT: u64 = 1 << 53;
/// Powers of ten that are exact as `f64`.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

/// The number in a cell, if it is one and surely meant as one.
///
/// Not numbers, though they look like them: integers with leading zeros (`007`), integers beyond
/// 2^53 (ids; a `f64` cannot hold them), `12e4` without point or sign (hexadecimal ids), `inf`.
pub(super) fn measured(cell: &[u8]) -> Option<f64> {
    let digits = cell.strip_prefix(b"-").unwrap_or(cell);
    let mut mantissa: u64 = 0;
    let mut decimals = None;
    for (at, &byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => {
                if at == 1 && digits.first() == Some(&b'0') && decimals.is_none() {
                    return None;
                }
                mantissa = mantissa.checked_mul(10)?.checked_add(u64::from(byte - b'0'))?;
                if mantissa > EXACT {
                    return long(cell);
                }
                decimals = decimals.map(|n: usize| n + 1);
            }
            b'.' if decimals.is_none() && at > 0 => decimals = Some(0),
            b'e' | b'E' if at > 0 => return exponent(cell),
            _ => return None,
        }
    }
    if digits.is_empty() {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "not above 2^53, so exact")]
    let mantissa = mantissa as f64;
    let Some(power) = POWERS.get(decimals.unwrap_or(0)) else { return parse(cell) };
    let magnitude = mantissa / power;
    Some(if digits.len() == cell.len() { magnitude } else { -magnitude })
}

/// A length of time with its unit (`154.5ms`, `2s`, `1m`), in seconds: programs write durations so (Go, logfmt, nginx ingress).
pub(super) fn duration(cell: &[u8]) -> Option<f64> {
    const UNITS: [(&[u8], f64); 8] = [
        (b"ns", 1e-9),
        (b"us", 1e-6),
        ("µs".as_bytes(), 1e-6),
        ("μs".as_bytes(), 1e-6),
        (b"ms", 1e-3),
        (b"s", 1.0),
        (b"m", 60.0),
        (b"h", 3600.0),
    ];
    let (number, unit) =
        UNITS.iter().find_map(|(unit, seconds)| Some((cell.strip_suffix(*unit)?, seconds)))?;
    Some(measured(number.trim_ascii_end())? * unit)
}

/// Any spelling of a finite number, for columns whose type was given.
pub(super) fn any(cell: &[u8]) -> Option<f64> {
    measured(cell).or_else(|| parse(cell))
}

fn parse(cell: &[u8]) -> Option<f64> {
    std::str::from_utf8(cell).ok()?.parse().ok().filter(|value: &f64| value.is_finite())
}

/// More digits than fit: fine after a decimal point, an id without one.
fn long(cell: &[u8]) -> Option<f64> {
    cell.contains(&b'.').then(|| parse(cell))?
}

fn exponent(cell: &[u8]) -> Option<f64> {
    let signed = cell.windows(2).any(|w| matches!(w, [b'e' | b'E', b'+' | b'-']));
    (signed || cell.contains(&b'.')).then(|| parse(cell))?
}

/// Whether a cell says that there is no value, in a column of numbers.
pub(super) fn absent(cell: &[u8]) -> bool {
    matches!(
        cell,
        b"" | b"-"
            | b"null"
            | b"NULL"
            | b"None"
            | b"nan"
            | b"NaN"
            | b"NAN"
            | b"NA"
            | b"N/A"
            | b"n/a"
            | b"\\N"
    )
}

#[cfg(test)]
mod tests {
    use super::{any, measured};

    #[test]
    fn numbers_are_read_as_the_standard_library_reads_them() {
        for text in [
            "0",
            "-0",
            "7",
            "-7",
            "0.5",
            "12.25",
            "1795416531.041138",
            "1000000.0",
            "1e-7",
            "1.5E3",
            "2e+06",
            "9007199254740992",
            "0.1234567890123456789",
            "-3.0000000000000000001",
            "123456789.123456789",
            "1.",
            "0.000000000000000000000001",
        ] {
            assert_eq!(measured(text.as_bytes()), text.parse().ok(), "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_number_is_none() {
        for text in [
            "",
            "-",
            ".",
            ".5",
            "007",
            "-01",
            "12e4",
            "1E5",
            "0x1f",
            "10.0.0.1",
            "1,5",
            "inf",
            "NaN",
            "1 2",
            "+5",
            "9007199254740993",
            "18446744073709551616",
            "1e",
            "e5",
            "--1",
            "1-2",
            "1.2.3",
        ] {
            assert_eq!(measured(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_given_type_reads_more_spellings() {
        assert_eq!(any(b"007"), Some(7.0));
        assert_eq!(any(b"12e4"), Some(120_000.0));
        assert_eq!(any(b"+5"), Some(5.0));
        assert_eq!(any(b"inf"), None);
        assert_eq!(any(b"x"), None);
    }
}
