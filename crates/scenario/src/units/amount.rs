//! Numbers, shares, rates, sizes and words.

use crate::model::Probability;
use std::fmt::Display;
use unanswered_toml_text::{Node, NodeKind, suggestion};

/// Text that is not empty.
pub(crate) fn text(node: &Node) -> Result<String, String> {
    match node.as_text().map(str::trim) {
        Some("") => Err("it must not be empty".to_owned()),
        Some(text) => Ok(text.to_owned()),
        None => Err("write text in quotes".to_owned()),
    }
}

/// True or false.
pub(crate) fn flag(node: &Node) -> Result<bool, String> {
    if let NodeKind::Bool(truth) = node.kind { Ok(truth) } else { Err("write true or false".to_owned()) }
}

/// A number, whole or not.
pub(crate) fn number(node: &Node) -> Result<f64, String> {
    node.as_number().ok_or_else(|| "write a number".to_owned())
}

/// A whole number of a type.
pub(crate) fn whole<T: TryFrom<i64>>(node: &Node) -> Result<T, String> {
    let NodeKind::Integer(integer) = node.kind else { return Err("write a whole number".to_owned()) };
    T::try_from(integer)
        .map_err(|_| if integer < 0 { "it must not be negative" } else { "it is too big" }.to_owned())
}

/// A whole number between two bounds.
pub(crate) fn within<T>(low: T, high: T) -> impl Fn(&Node) -> Result<T, String>
where
    T: TryFrom<i64> + PartialOrd + Display,
{
    move |node| match whole::<T>(node) {
        Ok(number) if low <= number && number <= high => Ok(number),
        Ok(_) | Err(_) => Err(format!("write a whole number from {low} to {high}")),
    }
}

/// A whole number of at least one.
pub(crate) fn above_zero<T: TryFrom<i64> + PartialEq + From<u8>>(node: &Node) -> Result<T, String> {
    whole::<T>(node).and_then(|number| {
        if number == T::from(0) { Err("it must be at least 1".to_owned()) } else { Ok(number) }
    })
}

/// A share: 0.25 or "25 %".
pub(crate) fn probability(node: &Node) -> Result<Probability, String> {
    let wrong = "write a share as a number from 0 to 1 or as \"0.1 %\"";
    let share = match node.as_text() {
        Some(text) => {
            let percent = text.trim().strip_suffix('%').ok_or(wrong)?;
            percent.trim().parse::<f64>().map_err(|_| wrong)? / 100.0
        }
        None => number(node).map_err(|_| wrong)?,
    };
    if (0.0..=1.0).contains(&share) { Ok(Probability(share)) } else { Err(wrong.to_owned()) }
}

/// Bits per second: "1Gbit", "10 Mbit", "64kbit", "9600bit".
pub(crate) fn rate(node: &Node) -> Result<u64, String> {
    let units = [("Gbit", 1_000_000_000), ("Mbit", 1_000_000), ("kbit", 1_000), ("bit", 1)];
    quantity(node, &units)
        .filter(|&rate| rate > 0)
        .ok_or_else(|| "write bits a second as \"1Gbit\", \"10Mbit\" or \"64kbit\"".to_owned())
}

/// Bytes: a number, "256KiB", "2MB", "1500B".
pub(crate) fn size(node: &Node) -> Result<u32, String> {
    let units =
        [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("kB", 1_000), ("MB", 1_000_000), ("B", 1)];
    let read = match node.kind {
        NodeKind::Integer(integer) => u64::try_from(integer).ok(),
        NodeKind::Text(_)
        | NodeKind::Float(_)
        | NodeKind::Bool(_)
        | NodeKind::Date(_)
        | NodeKind::List(_)
        | NodeKind::Table(_) => quantity(node, &units),
    };
    read.and_then(|bytes| u32::try_from(bytes).ok())
        .ok_or_else(|| "write bytes as a number or as \"256KiB\" or \"2MB\", below 4 GiB".to_owned())
}

fn quantity(node: &Node, units: &[(&str, u64)]) -> Option<u64> {
    let text = node.as_text()?.trim();
    let (number, factor) =
        units.iter().find_map(|(unit, factor)| text.strip_suffix(unit).map(|number| (number, *factor)))?;
    let (whole, fraction) = match number.trim().split_once('.') {
        Some((whole, fraction)) => (whole, fraction),
        None => (number.trim(), ""),
    };
    let scale = 10_u64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let parts: u64 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
    let below = parts.checked_mul(factor)? / scale;
    whole.parse::<u64>().ok()?.checked_mul(factor)?.checked_add(below)
}

/// One of a few words, converted to its meaning.
pub(crate) fn word<T: Copy>(known: &'static [(&'static str, T)]) -> impl Fn(&Node) -> Result<T, String> {
    move |node| {
        let found = node.as_text().and_then(|text| known.iter().find(|(word, _)| *word == text));
        found.map(|(_, value)| *value).ok_or_else(|| another_word(node, known.iter().map(|(word, _)| *word)))
    }
}

/// One of a few words.
pub(crate) fn one_of(known: &'static [&'static str]) -> impl Fn(&Node) -> Result<&'static str, String> {
    move |node| {
        let found = node.as_text().and_then(|text| known.iter().find(|word| **word == text));
        found.copied().ok_or_else(|| another_word(node, known.iter().copied()))
    }
}

fn another_word(node: &Node, words: impl Iterator<Item = &'static str> + Clone) -> String {
    let near = node.as_text().and_then(|text| suggestion(text, words.clone()));
    // All of them are listed in the message anyway.
    near.filter(|near| near.starts_with("did you mean"))
        .unwrap_or_else(|| format!("write one of {}", words.collect::<Vec<_>>().join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_sizes_are_exact() {
        assert_eq!(rate(&Node::text(0, "1.5Gbit")), Ok(1_500_000_000));
        assert_eq!(rate(&Node::text(0, "64 kbit")), Ok(64_000));
        assert_eq!(size(&Node::text(0, "256KiB")), Ok(262_144));
        assert_eq!(size(&Node::new(0, NodeKind::Integer(9000))), Ok(9000));
        for wrong in ["fast", "", "bit", "-1bit", "0bit", "1.1.1bit", "99999999999Gbit"] {
            assert!(rate(&Node::text(0, wrong)).is_err(), "{wrong}");
        }
        assert!(size(&Node::text(0, "8GiB")).is_err());
    }

    #[test]
    fn shares_are_numbers_or_per_cent() {
        assert_eq!(probability(&Node::text(0, "12.5 %")), Ok(Probability(0.125)));
        assert_eq!(probability(&Node::new(0, NodeKind::Integer(1))), Ok(Probability(1.0)));
        assert!(probability(&Node::new(0, NodeKind::Float(1.5))).is_err());
        assert!(probability(&Node::text(0, "NaN %")).is_err());
    }
}
