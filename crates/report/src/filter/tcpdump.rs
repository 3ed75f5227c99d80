//! tcpdump (BPF) capture filters, pcap-filter(7).
//!
//! Offsets into UDP and TCP headers work for IPv4 only (libpcap does not follow
//! IPv6's chain of headers), so with IPv6 requests about such fields are `None`.

use super::{Network, integer_bounds, integer_runs, is_hardware_address, narrowed, unbracketed};
use crate::Families;
use unanswered_explain::{Clause, Condition, Finding, Value};

/// The capture filter for a finding's requests, to be used at the place that the clauses name.
/// `None` where tcpdump cannot say it; times are left out, because a capture filter is for
/// packets to come.
#[must_use]
pub fn capture_filter(finding: &Finding, families: Families) -> Option<String> {
    if finding.period.is_some() {
        return None;
    }
    let families = narrowed(finding, families);
    // `vlan` moves all offsets behind it, so it has to come first.
    let mut clauses: Vec<&Clause> = finding.clauses.iter().collect();
    clauses.sort_by_key(|c| c.feature != "vlan.id");
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

fn term(clause: &Clause, families: Families) -> Option<String> {
    let condition = &clause.condition;
    match clause.feature.as_str() {
        "protocol" => protocol(condition, families),
        _ if !clause.wireshark => None,
        "ip.src" => addresses("src", condition),
        "ip.dst" => addresses("dst", condition),
        "eth.src" => hardware("src", condition),
        "eth.dst" => hardware("dst", condition),
        "vlan.id" => vlan(condition),
        "udp.srcport" => port("udp", "src", condition, families),
        "udp.dstport" => port("udp", "dst", condition, families),
        "tcp.srcport" => port("tcp", "src", condition, families),
        "tcp.dstport" => port("tcp", "dst", condition, families),
        feature => header_field(feature, condition, families),
    }
}

fn protocol(condition: &Condition, families: Families) -> Option<String> {
    let (values, negated) = sets(condition)?;
    let mut any = Vec::with_capacity(values.len());
    for value in values {
        let Value::Text(name) = value else { return None };
        any.push(match (name.as_str(), families.v6) {
            ("ntp", _) => "udp dst port 123",
            ("dns", _) => "udp dst port 53",
            ("tcp", false) => "tcp[tcpflags] & (tcp-syn|tcp-ack) = tcp-syn",
            // Right after a 40-byte IPv6 header; flags are the 14th byte of TCP's.
            ("tcp", true) => {
                "(tcp[tcpflags] & (tcp-syn|tcp-ack) = tcp-syn or (ip6[6] = 6 and ip6[53] & 0x12 = 2))"
            }
            ("icmp", false) => "icmp[icmptype] = icmp-echo",
            ("icmp", true) => "(icmp[icmptype] = icmp-echo or icmp6[icmp6type] = icmp6-echo)",
            _ => return None,
        });
    }
    either(any.iter().map(|s| (*s).to_owned()).collect(), negated)
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

/// One VLAN only: each `vlan` in a filter moves the offsets of all that follows.
fn vlan(condition: &Condition) -> Option<String> {
    let Condition::In(values) = condition else { return None };
    match integer_runs(values)?.as_slice() {
        [(a, b)] if a == b => Some(format!("vlan {a}")),
        _ => None,
    }
}

/// Ports have their own words, which know IPv6.
fn port(transport: &str, direction: &str, condition: &Condition, families: Families) -> Option<String> {
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
            let at = if direction == "src" { 0 } else { 2 };
            (!families.v6).then(|| compare(&format!("{transport}[{at}:2]"), 0, condition))?
        }
    }
}

/// A field as an expression over packet bytes, for IPv4 and, where it exists, for IPv6.
struct Expression {
    v4: &'static str,
    /// The expression, and how much smaller its value is.
    v6: Option<(&'static str, i64)>,
}

fn header_field(feature: &str, condition: &Condition, families: Families) -> Option<String> {
    let Expression { v4, v6 } = expression(feature)?;
    match (families.v4 || !families.v6, families.v6, v6) {
        (true, false, _) => compare(v4, 0, condition),
        (false, true, Some((v6, shift))) => compare(v6, shift, condition),
        (true, true, Some((v6, _))) if v6 == v4 => compare(v4, 0, condition),
        (true, true, Some((v6, shift))) => Some(format!(
            "((ip and {}) or (ip6 and {}))",
            compare(v4, 0, condition)?,
            compare(v6, shift, condition)?
        )),
        _ => None,
    }
}

fn expression(feature: &str) -> Option<Expression> {
    let only_v4 = |v4| Some(Expression { v4, v6: None });
    let both = |v4, v6, shift| Some(Expression { v4, v6: Some((v6, shift)) });
    match feature {
        "frame.len" => both("len", "len", 0),
        "ip.ttl" => both("ip[8]", "ip6[7]", 0),
        "ip.len" => both("ip[2:2]", "ip6[4:2]", 40),
        "ip.proto" => both("ip[9]", "ip6[6]", 0),
        "ip.dsfield.dscp" => both("(ip[1] >> 2)", "((ip6[0:2] >> 6) & 63)", 0),
        "ip.dsfield.ecn" => both("(ip[1] & 3)", "((ip6[1] >> 4) & 3)", 0),
        "ip.id" => only_v4("ip[4:2]"),
        "ip.flags.df" => only_v4("((ip[6] >> 6) & 1)"),
        "ip.flags.mf" => only_v4("((ip[6] >> 5) & 1)"),
        "udp.length" => only_v4("udp[4:2]"),
        "udp.checksum" => only_v4("udp[6:2]"),
        "tcp.flags" => only_v4("(tcp[12:2] & 0x1ff)"),
        "tcp.flags.fin" => only_v4("(tcp[13] & 1)"),
        "tcp.flags.syn" => only_v4("((tcp[13] >> 1) & 1)"),
        "tcp.flags.ack" => only_v4("((tcp[13] >> 4) & 1)"),
        "tcp.flags.ece" => only_v4("((tcp[13] >> 6) & 1)"),
        "tcp.flags.cwr" => only_v4("(tcp[13] >> 7)"),
        "tcp.window_size_value" => only_v4("tcp[14:2]"),
        "ntp.flags.li" => only_v4("(udp[8] >> 6)"),
        "ntp.flags.vn" => only_v4("((udp[8] >> 3) & 7)"),
        "ntp.flags.mode" => only_v4("(udp[8] & 7)"),
        "ntp.stratum" => only_v4("udp[9]"),
        "dns.id" => only_v4("udp[8:2]"),
        "dns.flags.recdesired" => only_v4("(udp[10] & 1)"),
        "dns.flags.checkdisable" => only_v4("((udp[11] >> 4) & 1)"),
        "dns.count.queries" => only_v4("udp[12:2]"),
        "dns.count.add_rr" => only_v4("udp[18:2]"),
        "icmp.ident" => only_v4("icmp[4:2]"),
        "icmp.seq" => only_v4("icmp[6:2]"),
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

/// What BPF's unsigned 32-bit arithmetic can compare with.
fn unsigned(value: i64) -> Option<i64> {
    u32::try_from(value).ok().map(i64::from)
}

fn bracketed(term: String) -> String {
    if unbracketed(&term).len() < term.len() { term } else { format!("({term})") }
}
