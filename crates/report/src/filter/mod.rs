//! A finding's clauses as filters for other tools: Wireshark's display filter
//! and tcpdump's capture filter (pcap-filter(7)).
//!
//! A filter is given only when it says exactly what the clauses say; else `None`.
//! Wireshark and tcpdump see one packet at a time, so features of a request's
//! history and hash buckets have no filter.

mod families;
mod tcpdump;
mod wireshark;

pub use families::Families;
pub use tcpdump::capture_filter;
pub use wireshark::display_filter;

use crate::number;
use std::net::IpAddr;
use unanswered_explain::{Condition, Finding, Value};
use unanswered_registry::{DisplayTerm, Feature, Layer};

/// The IP versions that the finding's requests can have: its own addresses may leave only one.
fn narrowed(finding: &Finding, families: Families) -> Families {
    let mut left = families;
    for clause in &finding.region().clauses {
        let Condition::In(values) = &clause.condition else { continue };
        let is_end = |feature: &Feature| {
            feature.layer == Layer::Network && matches!(feature.display, DisplayTerm::Address { .. })
        };
        if !clause.subject.feature().is_some_and(is_end) {
            continue;
        }
        if let Some((v4, v6)) = Network::split(values) {
            left.v4 &= !v4.is_empty();
            left.v6 &= !v6.is_empty();
        }
    }
    if left.v4 || left.v6 { left } else { families }
}

/// Numbers as closed runs of consecutive integers, ascending; `None` when a value is not a
/// whole number.
fn integer_runs(values: &[Value]) -> Option<Vec<(i64, i64)>> {
    let mut numbers = Vec::with_capacity(values.len());
    for value in values {
        numbers.push(match value {
            Value::Number(n) => number::whole(*n)?,
            Value::Text(t) => t.parse().ok()?,
        });
    }
    numbers.sort_unstable();
    numbers.dedup();
    let mut runs: Vec<(i64, i64)> = Vec::new();
    for n in numbers {
        match runs.last_mut() {
            Some((_, end)) if *end + 1 == n => *end = n,
            _ => runs.push((n, n)),
        }
    }
    Some(runs)
}

/// Bounds as integers: what an integer field can satisfy.
fn integer_bounds(at_least: Option<f64>, at_most: Option<f64>) -> Option<(Option<i64>, Option<i64>)> {
    let low = at_least.map(|v| number::whole(v.ceil()));
    let high = at_most.map(|v| number::whole(v.floor()));
    match (low, high) {
        (Some(None), _) | (_, Some(None)) | (None, None) => None,
        (low, high) => Some((low.flatten(), high.flatten())),
    }
}

/// The term without a bracket that encloses all of it.
fn unbracketed(term: &str) -> &str {
    let Some(inside) = term.strip_prefix('(').and_then(|t| t.strip_suffix(')')) else { return term };
    let (mut depth, mut quoted, mut escaped) = (0_i32, false, false);
    for c in inside.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return term;
        }
    }
    inside
}

/// An address or a prefix, checked before it goes into a filter unquoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    prefix: Option<u8>,
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse::<u8>().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        (prefix.unwrap_or(0) <= bits).then_some(Self { address, prefix })
    }

    /// All values as addresses, IPv4 ones and IPv6 ones apart.
    fn split(values: &[Value]) -> Option<(Vec<Self>, Vec<Self>)> {
        let mut all = Vec::with_capacity(values.len());
        for value in values {
            match value {
                Value::Text(text) => all.push(Self::parse(text)?),
                Value::Number(_) => return None,
            }
        }
        Some(all.into_iter().partition(|n| n.address.is_ipv4()))
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.prefix {
            Some(prefix) => write!(f, "{}/{prefix}", self.address),
            None => write!(f, "{}", self.address),
        }
    }
}

/// Whether the text is a hardware address as Wireshark writes it.
fn is_hardware_address(text: &str) -> bool {
    let mut octets = 0;
    for octet in text.split(':') {
        if octet.len() != 2 || !octet.bytes().all(|b| b.is_ascii_hexdigit()) {
            return false;
        }
        octets += 1;
    }
    octets == 6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consecutive_integers_become_runs() {
        let values = [9.0, 1.0, 5.0, 6.0, 7.0, 7.0].map(Value::Number);
        assert_eq!(integer_runs(&values), Some(vec![(1, 1), (5, 7), (9, 9)]));
        assert_eq!(integer_runs(&[Value::Number(1.5)]), None);
        assert_eq!(integer_runs(&[Value::Text("x\" || 1".into())]), None);
    }

    #[test]
    fn fractional_bounds_shrink_to_the_integers_inside() {
        assert_eq!(integer_bounds(Some(1.2), Some(9.8)), Some((Some(2), Some(9))));
        assert_eq!(integer_bounds(None, Some(f64::INFINITY)), None);
    }

    #[test]
    fn only_a_bracket_around_everything_is_taken_off() {
        for (term, bare) in
            [("(a || b)", "a || b"), ("(a) || (b)", "(a) || (b)"), ("(a == \")\\\"(\")", "a == \")\\\"(\"")]
        {
            assert_eq!(unbracketed(term), bare);
        }
    }

    #[test]
    fn only_real_addresses_pass_unquoted() {
        assert!(Network::parse("10.0.0.0/24").is_some());
        assert!(Network::parse("fd00::1").is_some());
        assert!(Network::parse("10.0.0.0/33").is_none());
        assert!(Network::parse("10.0.0.1 || ip").is_none());
        assert!(is_hardware_address("02:00:5e:00:00:01"));
        assert!(!is_hardware_address("02:00:5e:00:00:0g"));
    }
}
