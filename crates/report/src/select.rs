//! Which rows satisfy a clause, and which a finding is about.

use std::borrow::Cow;
use std::net::IpAddr;
use unanswered_explain::{Clause, Condition, Finding, Kind, Source, Value};
use unanswered_table::{Column, Values};

/// One flag per row, or `None` when the source has no such feature.
pub(crate) fn mask(source: &dyn Source, clause: &Clause) -> Option<Vec<bool>> {
    let column = source.column(&clause.feature, clause.at.as_deref())?;
    Some(satisfying(&column, &clause.condition))
}

/// Rows that satisfy all of the clauses; unknown features hold everywhere.
pub(crate) fn all_of<'a>(source: &dyn Source, clauses: impl Iterator<Item = &'a Clause>) -> Vec<bool> {
    let mut all = vec![true; source.rows()];
    for clause in clauses {
        for (kept, holds) in all.iter_mut().zip(mask(source, clause).unwrap_or_default()) {
            *kept &= holds;
        }
    }
    all
}

/// Rows that a finding is about: its clauses hold and, for findings in time, so does its window.
pub(crate) fn rows_of(source: &dyn Source, finding: &Finding) -> Vec<bool> {
    let mut rows = all_of(source, finding.clauses.iter());
    if matches!(finding.kind, Kind::Outage | Kind::Degradation) {
        for (kept, moment) in rows.iter_mut().zip(source.times().iter()) {
            *kept &= in_window(finding, *moment);
        }
    }
    rows
}

fn in_window(finding: &Finding, moment: f64) -> bool {
    let within = finding.from.is_none_or(|from| moment >= from) && finding.to.is_none_or(|to| moment <= to);
    let recurring = finding.period.is_none_or(|p| (moment - p.offset).rem_euclid(p.every) <= p.length);
    within && recurring
}

/// The column of a feature seen at the client's side, as names; `None` for numbers.
pub(crate) fn names<'a>(source: &'a dyn Source, feature: &str) -> Option<Cow<'a, Column>> {
    source.column(feature, None).filter(|c| matches!(c.values, Values::Codes { .. }))
}

fn satisfying(column: &Column, condition: &Condition) -> Vec<bool> {
    match &column.values {
        Values::Numbers(numbers) => numbers.iter().map(|v| number_holds(*v, condition)).collect(),
        Values::Codes { codes, labels } => {
            let holds: Vec<bool> = labels.iter().map(|l| text_holds(l, condition)).collect();
            codes.iter().map(|c| holds.get(*c as usize).copied().unwrap_or(false)).collect()
        }
    }
}

/// A missing number satisfies nothing.
pub(crate) fn number_holds(value: f64, condition: &Condition) -> bool {
    if value.is_nan() {
        return false;
    }
    let listed = |values: &[Value]| {
        values.iter().any(|v| match v {
            Value::Number(n) => n.to_bits() == (0.0 + value).to_bits() || (n - value).abs() == 0.0,
            Value::Text(t) => t.parse().is_ok_and(|n: f64| (n - value).abs() == 0.0),
        })
    };
    match condition {
        Condition::In(values) => listed(values),
        Condition::NotIn(values) => !listed(values),
        Condition::Range { at_least, at_most } => {
            at_least.is_none_or(|low| value >= low) && at_most.is_none_or(|high| value <= high)
        }
        Condition::Modulus { modulus, remainders } => {
            let rest = value.rem_euclid(f64::from((*modulus).max(1)));
            remainders.iter().any(|r| (f64::from(*r) - rest).abs() == 0.0)
        }
    }
}

pub(crate) fn text_holds(label: &str, condition: &Condition) -> bool {
    let listed = |values: &[Value]| {
        values.iter().any(|v| match v {
            Value::Text(t) => t == label || within(label, t),
            Value::Number(n) => label.parse().is_ok_and(|l: f64| (l - n).abs() == 0.0),
        })
    };
    match condition {
        Condition::In(values) => listed(values),
        Condition::NotIn(values) => !listed(values),
        Condition::Range { .. } | Condition::Modulus { .. } => {
            label.parse().is_ok_and(|value| number_holds(value, condition))
        }
    }
}

/// Whether the address lies in the prefix.
fn within(address: &str, prefix: &str) -> bool {
    let Some((network, bits)) = prefix.split_once('/') else { return false };
    let (Ok(address), Ok(network), Ok(bits)) = (address.parse(), network.parse(), bits.parse::<u32>()) else {
        return false;
    };
    match (address, network) {
        (IpAddr::V4(a), IpAddr::V4(n)) if bits <= 32 => {
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            a.to_bits() & mask == n.to_bits() & mask
        }
        (IpAddr::V6(a), IpAddr::V6(n)) if bits <= 128 => {
            let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
            a.to_bits() & mask == n.to_bits() & mask
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_hold_as_the_clause_says() {
        let text = |t: &str| Value::Text(t.into());
        assert!(text_holds("10.59.1.7", &Condition::In(vec![text("10.59.1.0/24")])));
        assert!(!text_holds("10.59.2.7", &Condition::In(vec![text("10.59.1.0/24")])));
        assert!(text_holds("fd00::7", &Condition::In(vec![text("fd00::/0")])));
        assert!(number_holds(11.0, &Condition::Range { at_least: None, at_most: Some(11.0) }));
        assert!(number_holds(7.0, &Condition::Modulus { modulus: 4, remainders: vec![3] }));
        assert!(!number_holds(f64::NAN, &Condition::NotIn(vec![Value::Number(1.0)])));
        assert!(text_holds("28", &Condition::In(vec![Value::Number(28.0)])));
    }
}
