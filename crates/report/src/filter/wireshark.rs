//! Wireshark display filters (wireshark-filter(4)), valid from Wireshark 4.0 on.

use super::{Network, integer_bounds, integer_runs, is_hardware_address, narrowed, unbracketed};
use crate::{Clock, Families, number, text};
use unanswered_explain::{Clause, Condition, Finding, Kind, Value};

/// The display filter for a finding's requests, to be used on a capture from the place that the
/// clauses name. `None` where Wireshark cannot say it.
///
/// Windows of time are part of it for captures; a window that comes again is not expressible.
#[must_use]
pub fn display_filter(finding: &Finding, families: Families, clock: Clock) -> Option<String> {
    let families = narrowed(finding, families);
    let mut terms = Vec::new();
    let in_time = matches!(finding.kind, Kind::Outage | Kind::Degradation);
    if in_time && finding.period.is_some() {
        return None;
    }
    if in_time && (finding.from.is_some() || finding.to.is_some()) {
        if clock == Clock::Plain {
            return None;
        }
        terms.extend(finding.from.map(|t| format!("frame.time_epoch >= {}", microseconds(t, f64::floor))));
        terms.extend(finding.to.map(|t| format!("frame.time_epoch <= {}", microseconds(t, f64::ceil))));
    }
    for clause in &finding.clauses {
        terms.push(term(clause, families)?);
    }
    match terms.as_slice() {
        [] => None,
        [one] => Some(unbracketed(one).to_owned()),
        _ => Some(terms.join(" && ")),
    }
}

/// Seconds with microseconds, rounded outwards so that the packets at the ends are inside.
fn microseconds(seconds: f64, round: fn(f64) -> f64) -> String {
    number::plain(round(seconds * 1e6) / 1e6)
}

/// One clause; a term that is safe to join with `&&`.
fn term(clause: &Clause, families: Families) -> Option<String> {
    if clause.feature == "protocol" {
        return protocol(&clause.condition);
    }
    if !clause.wireshark {
        return None;
    }
    match clause.feature.as_str() {
        "ip.src" => addresses(("ip.src", "ipv6.src"), &clause.condition),
        "ip.dst" => addresses(("ip.dst", "ipv6.dst"), &clause.condition),
        feature => match (in_v6(feature), families.v4, families.v6) {
            (Some((field, shift)), true, true) => {
                let v4 = field_term(feature, 0, &clause.condition)?;
                let v6 = field_term(field, shift, &clause.condition)?;
                Some(format!("({} || {})", grouped(v4), grouped(v6)))
            }
            (Some((field, shift)), false, true) => field_term(field, shift, &clause.condition),
            _ => field_term(feature, 0, &clause.condition),
        },
    }
}

/// A term that is safe to join with `||` without relying on precedence.
fn grouped(term: String) -> String {
    if term.contains(" && ") { format!("({term})") } else { term }
}

/// The IPv6 field behind a merged feature, and how much smaller its value is.
fn in_v6(feature: &str) -> Option<(&'static str, i64)> {
    Some(match feature {
        "ip.ttl" => ("ipv6.hlim", 0),
        // Payload length does not count the 40 bytes of the header (RFC 8200 section 3).
        "ip.len" => ("ipv6.plen", 40),
        "ip.dsfield.dscp" => ("ipv6.tclass.dscp", 0),
        "ip.dsfield.ecn" => ("ipv6.tclass.ecn", 0),
        "ip.proto" => ("ipv6.nxt", 0),
        "ip.id" => ("ipv6.fraghdr.ident", 0),
        _ => return None,
    })
}

/// By port and type rather than by dissector: Wireshark takes requests from rewritten ports for
/// other protocols.
fn protocol(condition: &Condition) -> Option<String> {
    let (values, negated) = match condition {
        Condition::In(values) => (values, false),
        Condition::NotIn(values) => (values, true),
        Condition::Range { .. } | Condition::Modulus { .. } => return None,
    };
    let mut any = Vec::with_capacity(values.len());
    for value in values {
        let Value::Text(name) = value else { return None };
        any.push(match name.as_str() {
            "ntp" => "udp.dstport == 123",
            "dns" => "udp.dstport == 53",
            "tcp" => "(tcp.flags.syn == 1 && tcp.flags.ack == 0)",
            "tcp-data" => "tcp.len > 0",
            "icmp" => "(icmp.type == 8 || icmpv6.type == 128)",
            _ => return None,
        });
    }
    match (any.as_slice(), negated) {
        ([], _) => None,
        (_, true) => Some(format!("!({})", any.join(" || "))),
        ([one], false) => Some((*one).to_owned()),
        (_, false) => Some(format!("({})", any.join(" || "))),
    }
}

fn addresses((v4_field, v6_field): (&str, &str), condition: &Condition) -> Option<String> {
    let (values, negated) = match condition {
        Condition::In(values) => (values, false),
        Condition::NotIn(values) => (values, true),
        Condition::Range { .. } | Condition::Modulus { .. } => return None,
    };
    let (v4, v6) = Network::split(values)?;
    let of = |field: &str, list: &[Network]| {
        let names: Vec<String> = list.iter().map(ToString::to_string).collect();
        match names.as_slice() {
            [] => None,
            [one] => Some(format!("{field} == {one}")),
            _ => Some(format!("{field} in {{{}}}", names.join(", "))),
        }
    };
    let terms: Vec<String> = [of(v4_field, &v4), of(v6_field, &v6)].into_iter().flatten().collect();
    match (terms.as_slice(), negated) {
        ([], _) => None,
        ([one], false) => Some(one.clone()),
        (_, false) => Some(format!("({})", terms.join(" || "))),
        (_, true) => Some(format!("!({})", terms.join(" || "))),
    }
}

fn field_term(field: &str, shift: i64, condition: &Condition) -> Option<String> {
    match condition {
        Condition::In(values) => membership(field, shift, values),
        // Only where the field exists: a packet without it has no such value.
        Condition::NotIn(values) => Some(format!("{field} && !({})", membership(field, shift, values)?)),
        Condition::Range { at_least, at_most } => bounds(field, shift, *at_least, *at_most),
        Condition::Modulus { modulus, remainders } => residues(field, shift, *modulus, remainders),
    }
}

fn membership(field: &str, shift: i64, values: &[Value]) -> Option<String> {
    if values.is_empty() {
        return None;
    }
    let items = match integer_runs(values).filter(|_| !is_text_field(field)) {
        Some(runs) => runs
            .iter()
            .map(|&(a, b)| match (a - shift, b - shift) {
                (a, b) if a == b => a.to_string(),
                (a, b) => format!("{a}..{b}"),
            })
            .collect(),
        None => {
            let mut items = Vec::with_capacity(values.len());
            for value in values {
                items.push(literal(value)?);
            }
            items
        }
    };
    Some(match items.as_slice() {
        [one] if !one.contains("..") || one.starts_with('"') => format!("{field} == {one}"),
        _ => format!("{field} in {{{}}}", items.join(", ")),
    })
}

fn bounds(field: &str, shift: i64, at_least: Option<f64>, at_most: Option<f64>) -> Option<String> {
    let (low, high) = integer_bounds(at_least, at_most)?;
    Some(match (low.map(|v| v - shift), high.map(|v| v - shift)) {
        (Some(low), Some(high)) if low == high => format!("{field} == {low}"),
        (Some(low), Some(high)) => format!("{field} >= {low} && {field} <= {high}"),
        (Some(low), None) => format!("{field} >= {low}"),
        (None, Some(high)) => format!("{field} <= {high}"),
        (None, None) => return None,
    })
}

fn residues(field: &str, shift: i64, modulus: u32, remainders: &[u32]) -> Option<String> {
    if modulus < 2 || shift != 0 {
        return None;
    }
    let terms: Vec<String> = remainders.iter().map(|r| format!("{field} % {modulus} == {r}")).collect();
    match terms.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        _ => Some(format!("({})", terms.join(" || "))),
    }
}

/// Fields whose values are text even where they look like numbers.
fn is_text_field(field: &str) -> bool {
    field.ends_with(".name") || field == "_ws.col.info"
}

fn literal(value: &Value) -> Option<String> {
    match value {
        // Wireshark's integer fields take no fractions.
        Value::Number(n) => number::whole(*n).map(|n| n.to_string()),
        Value::Text(t) if is_hardware_address(t) => Some(t.clone()),
        Value::Text(t) => match Network::parse(t) {
            Some(network) => Some(network.to_string()),
            None => Some(quoted(t)),
        },
    }
}

/// A string constant: quotes and backslashes escaped, unsafe characters byte by byte as `\xNN`.
fn quoted(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    out.push('"');
    for c in value.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c if text::is_unsafe(c) => {
                let mut bytes = [0; 4];
                for byte in c.encode_utf8(&mut bytes).bytes() {
                    out.push_str(&format!("\\x{byte:02x}"));
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
