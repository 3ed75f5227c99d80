//! Wireshark display filters (wireshark-filter(4)), valid from Wireshark 4.0 on.

use super::Families;
use super::{Network, integer_bounds, integer_runs, is_hardware_address, narrowed, unbracketed};
use crate::{Clock, number, text};
use unanswered_explain::{Clause, Condition, Finding, Kind, Value};
use unanswered_registry::DisplayTerm;
use unanswered_wire::ProtocolId;

/// The display filter for a finding's requests, to be used on a capture from the place that the
/// clauses name. `None` where Wireshark cannot express it.
///
/// Windows of time are part of it for captures; a recurring window cannot be expressed.
#[must_use]
pub fn display_filter(finding: &Finding, families: Families, clock: Clock) -> Option<String> {
    if finding.at_work.is_some() {
        return None;
    }
    let families = narrowed(finding, families);
    let mut terms = Vec::new();
    let in_time = matches!(finding.kind, Kind::Outage | Kind::Degradation);
    if in_time && finding.period.is_some() {
        return None;
    }
    if in_time && (finding.from.is_some() || finding.to.is_some()) {
        if clock != Clock::Epoch {
            return None;
        }
        terms.extend(finding.from.map(|t| format!("frame.time_epoch >= {}", microseconds(t, f64::floor))));
        terms.extend(finding.to.map(|t| format!("frame.time_epoch <= {}", microseconds(t, f64::ceil))));
    }
    for clause in &finding.region().clauses {
        terms.push(term(clause, families)?);
    }
    match terms.as_slice() {
        [] => None,
        [one] => Some(unbracketed(one).to_owned()),
        _ => Some(terms.join(" && ")),
    }
}

/// Seconds with microseconds, rounded outwards to include the packets at the ends.
fn microseconds(seconds: f64, round: fn(f64) -> f64) -> String {
    number::plain(round(seconds * 1e6) / 1e6)
}

/// One clause; a term that is safe to join with `&&`.
fn term(clause: &Clause, families: Families) -> Option<String> {
    let condition = &clause.condition;
    match clause.subject.feature()?.display {
        DisplayTerm::None => None,
        DisplayTerm::Protocol => protocol(condition),
        DisplayTerm::Address { v4, v6 } => addresses((v4, v6), condition),
        DisplayTerm::Begins { field, after, followed_by } => begins(field, (after, followed_by), condition),
        DisplayTerm::Text { field } => field_term(Field { name: field, shift: 0, text: true }, condition),
        DisplayTerm::Number { field, v6 } => {
            let v4 = Field { name: field, shift: 0, text: false };
            let v6 = v6.map(|v6| Field { name: v6.term, shift: v6.shift, text: false });
            match (v6, families.v4, families.v6) {
                (Some(v6), true, true) => {
                    let (v4, v6) = (field_term(v4, condition)?, field_term(v6, condition)?);
                    Some(format!("({} || {})", grouped(v4), grouped(v6)))
                }
                (Some(v6), false, true) => field_term(v6, condition),
                _ => field_term(v4, condition),
            }
        }
    }
}

/// A Wireshark field.
#[derive(Clone, Copy)]
struct Field {
    name: &'static str,
    /// How much smaller its values are than the feature's.
    shift: i64,
    /// Its values are texts even where they look like numbers.
    text: bool,
}

/// A term that is safe to join with `||` without relying on precedence.
fn grouped(term: String) -> String {
    if term.contains(" && ") { format!("({term})") } else { term }
}

/// By port and type, as the protocols declare it.
fn protocol(condition: &Condition) -> Option<String> {
    let (values, negated) = match condition {
        Condition::In(values) => (values, false),
        Condition::NotIn(values) => (values, true),
        Condition::Range { .. } | Condition::Modulus { .. } => return None,
    };
    let mut any = Vec::with_capacity(values.len());
    for value in values {
        let Value::Text(name) = value else { return None };
        any.push(ProtocolId::by_name(name)?.declaration().filters.display);
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

/// A regular expression over the field, in the raw form of a text (wireshark-filter(4)).
fn begins(field: &str, (after, followed_by): (&str, &str), condition: &Condition) -> Option<String> {
    let (values, negated) = match condition {
        Condition::In(values) => (values, false),
        Condition::NotIn(values) => (values, true),
        Condition::Range { .. } | Condition::Modulus { .. } => return None,
    };
    let mut any = Vec::with_capacity(values.len());
    for value in values {
        let Value::Text(start) = value else { return None };
        // A raw text cannot hold its own quotation mark.
        if start.contains('"') || start.chars().any(text::is_unsafe) {
            return None;
        }
        any.push(escaped(start));
    }
    let any = match any.as_slice() {
        [] => return None,
        [one] => one.clone(),
        many => format!("({})", many.join("|")),
    };
    let matches = format!("{field} matches r\"^{after}{any}([{followed_by}]|$)\"");
    Some(if negated { format!("{field} && !({matches})") } else { matches })
}

/// The text as a regular expression that matches nothing else.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_punctuation() && !matches!(c, '/' | '_' | '-' | ':' | ',' | '%' | '&' | '=' | '~') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn field_term(field: Field, condition: &Condition) -> Option<String> {
    match condition {
        Condition::In(values) => membership(field, values),
        // Only where the field exists: a packet without it has no such value.
        Condition::NotIn(values) => Some(format!("{} && !({})", field.name, membership(field, values)?)),
        Condition::Range { at_least, at_most } => bounds(field, *at_least, *at_most),
        Condition::Modulus { modulus, remainders } => residues(field, *modulus, remainders),
    }
}

fn membership(field: Field, values: &[Value]) -> Option<String> {
    if values.is_empty() {
        return None;
    }
    let items = match integer_runs(values).filter(|_| !field.text) {
        Some(runs) => runs
            .iter()
            .map(|&(a, b)| match (a - field.shift, b - field.shift) {
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
    let name = field.name;
    Some(match items.as_slice() {
        [one] if !one.contains("..") || one.starts_with('"') => format!("{name} == {one}"),
        _ => format!("{name} in {{{}}}", items.join(", ")),
    })
}

fn bounds(field: Field, at_least: Option<f64>, at_most: Option<f64>) -> Option<String> {
    let (low, high) = integer_bounds(at_least, at_most)?;
    let name = field.name;
    Some(match (low.map(|v| v - field.shift), high.map(|v| v - field.shift)) {
        (Some(low), Some(high)) if low == high => format!("{name} == {low}"),
        (Some(low), Some(high)) => format!("{name} >= {low} && {name} <= {high}"),
        (Some(low), None) => format!("{name} >= {low}"),
        (None, Some(high)) => format!("{name} <= {high}"),
        (None, None) => return None,
    })
}

fn residues(field: Field, modulus: u32, remainders: &[u32]) -> Option<String> {
    if modulus < 2 || field.shift != 0 {
        return None;
    }
    let terms: Vec<String> =
        remainders.iter().map(|r| format!("{} % {modulus} == {r}", field.name)).collect();
    match terms.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        _ => Some(format!("({})", terms.join(" || "))),
    }
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
