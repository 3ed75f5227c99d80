//! tcpdump (BPF) capture filters, pcap-filter(7).
//!
//! Offsets into UDP and TCP headers work for IPv4 only (libpcap does not follow
//! IPv6's chain of headers), so with IPv6 requests about such fields are `None`.

use super::Families;
use super::{Network, integer_bounds, integer_runs, is_hardware_address, narrowed, unbracketed};
use unanswered_explain::{Clause, Condition, Finding, Value};
use unanswered_registry::{Bytes, CaptureTerm, Direction, Shifted};
use unanswered_wire::ProtocolId;

/// The capture filter for a finding's requests, to be used at the place that the clauses name.
/// `None` where tcpdump cannot express it; times are left out, because a capture filter is for
/// future packets.
#[must_use]
pub fn capture_filter(finding: &Finding, families: Families) -> Option<String> {
    if finding.period.is_some() || finding.at_work.is_some() {
        return None;
    }
    let families = narrowed(finding, families);
    // `vlan` moves all offsets after it, so it has to come first.
    let region = finding.region();
    let mut clauses: Vec<&Clause> = region.clauses.iter().collect();
    clauses.sort_by_key(|c| declared(c) != CaptureTerm::Vlan);
    let mut terms = Vec::with_capacity(clauses.len());
    for clause in clauses {
        terms.push(term(clause, families)?);
    }
    match terms.as_slice() {
        [] => None,
        [one] => Some(unbracketed(one).to_owned()),
        _ => Some(terms.join(" and ")),
    }
}

fn declared(clause: &Clause) -> CaptureTerm {
    clause.subject.feature().map_or(CaptureTerm::None, |feature| feature.capture)
}

fn term(clause: &Clause, families: Families) -> Option<String> {
    let condition = &clause.condition;
    match declared(clause) {
        CaptureTerm::None => None,
        CaptureTerm::Protocol => protocol(condition, families),
        CaptureTerm::Address(end) => addresses(end.keyword(), condition),
        CaptureTerm::Hardware(end) => hardware(end.keyword(), condition),
        CaptureTerm::Vlan => vlan(condition),
        CaptureTerm::Port(transport, end) => port(transport.keyword(), end, condition, families),
        CaptureTerm::Bytes(bytes) => header_field(bytes, condition, families),
    }
}

fn protocol(condition: &Condition, families: Families) -> Option<String> {
    let (values, negated) = sets(condition)?;
    let mut any = Vec::with_capacity(values.len());
    for value in values {
        let Value::Text(name) = value else { return None };
        let filters = ProtocolId::by_name(name)?.declaration().filters;
        any.push(if families.v6 { filters.capture_v6? } else { filters.capture? }.to_owned());
    }
    either(any, negated)
}

/// The values of a set, and whether it is an exclusion.
fn sets(condition: &Condition) -> Option<(&[Value], bool)> {
    match condition {
        Condition::In(values) => Some((values, false)),
        Condition::NotIn(values) => Some((values, true)),
        Condition::Range { .. } | Condition::Modulus { .. } => None,
    }
}

/// Alternatives as one term that `and` can join.
fn either(terms: Vec<String>, negated: bool) -> Option<String> {
    match (terms.as_slice(), negated) {
        ([], _) => None,
        ([one], false) => Some(one.clone()),
        (_, false) => Some(format!("({})", terms.join(" or "))),
        (_, true) => Some(format!("not ({})", terms.join(" or "))),
    }
}

fn addresses(direction: &str, condition: &Condition) -> Option<String> {
    let (values, negated) = sets(condition)?;
    let (v4, v6) = Network::split(values)?;
    let terms = v4.iter().chain(&v6).map(|network| match network.prefix {
        Some(_) => format!("{direction} net {network}"),
        None => format!("{direction} host {network}"),
    });
    either(terms.collect(), negated)
}

fn hardware(direction: &str, condition: &Condition) -> Option<String> {
    let (values, negated) = sets(condition)?;
    let mut terms = Vec::with_capacity(values.len());
    for value in values {
        match value {
            Value::Text(t) if is_hardware_address(t) => terms.push(format!("ether {direction} {t}")),
            Value::Text(_) | Value::Number(_) => return None,
        }
    }
    either(terms, negated)
}

/// One VLAN only: each `vlan` in a filter moves all later offsets.
fn vlan(condition: &Condition) -> Option<String> {
    let Condition::In(values) = condition else { return None };
    match integer_runs(values)?.as_slice() {
        [(a, b)] if a == b => Some(format!("vlan {a}")),
        _ => None,
    }
}

/// Ports have keywords of their own, which support IPv6.
fn port(transport: &str, end: Direction, condition: &Condition, families: Families) -> Option<String> {
    let direction = end.keyword();
    let one = |(low, high): (i64, i64)| {
        if low == high {
            format!("{transport} {direction} port {low}")
        } else {
            format!("{transport} {direction} portrange {low}-{high}")
        }
    };
    match condition {
        Condition::In(values) => either(integer_runs(values)?.into_iter().map(one).collect(), false),
        Condition::NotIn(values) => {
            let excluded = either(integer_runs(values)?.into_iter().map(one).collect(), true)?;
            Some(format!("{transport} and {excluded}"))
        }
        Condition::Range { at_least, at_most } => {
            let (low, high) = integer_bounds(*at_least, *at_most)?;
            let (low, high) = (low.unwrap_or(0).max(0), high.unwrap_or(65_535).min(65_535));
            (low <= high).then(|| one((low, high)))
        }
        Condition::Modulus { .. } => {
            let at = if end == Direction::Source { 0 } else { 2 };
            (!families.v6).then(|| compare(&format!("{transport}[{at}:2]"), 0, condition))?
        }
    }
}

fn header_field(bytes: Bytes, condition: &Condition, families: Families) -> Option<String> {
    let Bytes { v4, v6 } = bytes;
    match (families.v4 || !families.v6, families.v6, v6) {
        (true, false, _) => compare(v4, 0, condition),
        (false, true, Some(Shifted { term, shift })) => compare(term, shift, condition),
        (true, true, Some(Shifted { term, .. })) if term == v4 => compare(v4, 0, condition),
        (true, true, Some(Shifted { term, shift })) => Some(format!(
            "((ip and {}) or (ip6 and {}))",
            compare(v4, 0, condition)?,
            compare(term, shift, condition)?
        )),
        _ => None,
    }
}

fn compare(expression: &str, shift: i64, condition: &Condition) -> Option<String> {
    match condition {
        Condition::In(values) => alternatives(expression, shift, values),
        Condition::NotIn(values) => match integer_runs(values)?.as_slice() {
            [(a, b)] if a == b => Some(format!("{expression} != {}", unsigned(a - shift)?)),
            _ => Some(format!("not {}", bracketed(alternatives(expression, shift, values)?))),
        },
        Condition::Range { at_least, at_most } => {
            let (low, high) = integer_bounds(*at_least, *at_most)?;
            // The arithmetic is unsigned: a lower bound of zero or less holds for all.
            let low = low.map(|v| v - shift).filter(|&v| v > 0);
            match (low, high.map(|v| v - shift)) {
                (low, Some(high)) => Some(within(expression, low, unsigned(high)?)),
                (Some(low), None) => Some(format!("{expression} >= {low}")),
                (None, None) => Some(format!("{expression} >= 0")),
            }
        }
        Condition::Modulus { modulus, remainders } if *modulus >= 2 && shift == 0 => {
            either(remainders.iter().map(|r| format!("{expression} % {modulus} = {r}")).collect(), false)
        }
        Condition::Modulus { .. } => None,
    }
}

fn alternatives(expression: &str, shift: i64, values: &[Value]) -> Option<String> {
    let mut terms = Vec::new();
    for (a, b) in integer_runs(values)? {
        terms.push(within(expression, Some(unsigned(a - shift)?), unsigned(b - shift)?));
    }
    either(terms, false)
}

fn within(expression: &str, low: Option<i64>, high: i64) -> String {
    match low {
        Some(low) if low == high => format!("{expression} = {low}"),
        Some(low) => format!("({expression} >= {low} and {expression} <= {high})"),
        None => format!("{expression} <= {high}"),
    }
}

/// The value, if BPF's unsigned 32-bit arithmetic can compare with it.
fn unsigned(value: i64) -> Option<i64> {
    u32::try_from(value).ok().map(i64::from)
}

fn bracketed(term: String) -> String {
    if unbracketed(&term).len() < term.len() { term } else { format!("({term})") }
}
