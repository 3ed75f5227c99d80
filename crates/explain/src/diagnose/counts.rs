//! Exact counts and brackets of a telltale over all rows of the source.

use super::context::Context;
use super::convert::Parts;
use crate::{Bracket, Condition, Counts, Period, Source, Value};
use unanswered_table::{Outcome, Values};

/// What a telltale selects and leaves.
pub(crate) struct Evidence {
    pub(crate) inside: Counts,
    pub(crate) outside: Counts,
    /// Failed rows inside, of the source.
    pub(crate) failed_rows: Vec<u32>,
    /// Whether the telltale holds, per row of the source.
    pub(crate) holds: Vec<bool>,
}

/// Counts the telltale over all rows of the source, in which `rest` rows (those not explained by
/// earlier findings) are all that matter, and gives its ranges their brackets.
pub(crate) fn gather(
    source: &dyn Source,
    context: &Context,
    parts: &mut Parts,
    failed: &[Outcome],
    rest: &[bool],
) -> Evidence {
    let outcomes = source.outcomes();
    let mut masks = masks(source, context, parts);
    for position in 0..parts.clauses.len() {
        if !matches!(parts.clauses[position].condition, Condition::Range { .. } | Condition::In(_)) {
            continue;
        }
        let mut others = rest.to_vec();
        for (_, mask) in masks.iter().enumerate().filter(|(i, _)| *i != position) {
            and(&mut others, mask);
        }
        let before = parts.clauses[position].condition.clone();
        brackets(source, context, parts, position, &outcomes, &others, failed);
        if parts.clauses[position].condition != before {
            masks[position] = clause_mask(source, context, parts, position);
        }
    }
    let mut holds = masks.pop().unwrap_or_else(|| vec![true; outcomes.len()]);
    masks.iter().for_each(|mask| and(&mut holds, mask));
    count(source, &outcomes, holds, failed, rest)
}

fn and(all: &mut [bool], mask: &[bool]) {
    all.iter_mut().zip(mask).for_each(|(a, m)| *a &= m);
}

fn clause_mask(source: &dyn Source, context: &Context, parts: &Parts, position: usize) -> Vec<bool> {
    let named = &context.table.columns[parts.columns[position]];
    source
        .column(&named.subject, named.at)
        .map_or_else(|| vec![false; source.rows()], |c| parts.clauses[position].condition.mask(&c))
}

/// One mask per clause, then those of window and period.
fn masks(source: &dyn Source, context: &Context, parts: &Parts) -> Vec<Vec<bool>> {
    let mut masks: Vec<Vec<bool>> =
        (0..parts.clauses.len()).map(|i| clause_mask(source, context, parts, i)).collect();
    let times = source.times();
    if parts.from.is_some() || parts.to.is_some() {
        masks.push(
            times
                .iter()
                .map(|&t| parts.from.is_none_or(|f| t >= f) && parts.to.is_none_or(|e| t <= e))
                .collect(),
        );
    }
    if let Some(period) = parts.period {
        masks.push(times.iter().map(|&t| in_period(t, &period)).collect());
    }
    masks
}

/// Whether a moment lies in the window that comes again.
pub(crate) fn in_period(time: f64, period: &Period) -> bool {
    (time - period.offset).rem_euclid(period.every) <= period.length
}

fn count(
    source: &dyn Source,
    outcomes: &[Outcome],
    holds: Vec<bool>,
    failed: &[Outcome],
    rest: &[bool],
) -> Evidence {
    let (units, _) = source.units();
    let end = units.iter().max().map_or(0, |&u| u as usize + 1);
    let mut sides = [Side::new(end), Side::new(end)];
    let mut failed_rows = Vec::new();
    for (row, outcome) in outcomes.iter().enumerate() {
        // What earlier findings explain is neither inside nor among the others.
        if *outcome == Outcome::Unknown || !rest[row] {
            continue;
        }
        let inside = holds[row];
        let side = &mut sides[usize::from(!inside)];
        let fails = failed.contains(outcome);
        side.counts.requests += 1;
        side.counts.by_outcome[*outcome as usize] += 1;
        if fails {
            side.counts.failed += 1;
            if inside {
                failed_rows.push(u32::try_from(row).expect("rows are numbered with 32 bits"));
            }
        }
        if let Some(&unit) = units.get(row) {
            side.units[unit as usize] |= if fails { FAILED } else { SEEN };
        }
    }
    let [inside, outside] = sides.map(|side| side.finish(units.is_empty()));
    Evidence { inside, outside, failed_rows, holds }
}

/// A unit has requests on this side.
const SEEN: u8 = 1;
/// One of them failed.
const FAILED: u8 = 3;

struct Side {
    counts: Counts,
    units: Vec<u8>,
}

impl Side {
    fn new(units: usize) -> Self {
        Self { counts: Counts::default(), units: vec![0; units] }
    }

    fn finish(self, own: bool) -> Counts {
        let with = |bits: u8| self.units.iter().filter(|&&u| u >= bits).count() as u64;
        let (units, units_failed) =
            if own { (self.counts.requests, self.counts.failed) } else { (with(SEEN), with(FAILED)) };
        Counts { units, units_failed, ..self.counts }
    }
}

/// The extreme failing values inside a range and the nearest working ones outside, among the rows
/// that satisfy the other clauses. Where the search saw a sample, the bound moves to the extreme
/// failing value that lies before the first working one.
fn brackets(
    source: &dyn Source,
    context: &Context,
    parts: &mut Parts,
    position: usize,
    outcomes: &[Outcome],
    others: &[bool],
    failed: &[Outcome],
) {
    let named = &context.table.columns[parts.columns[position]];
    let clause = &mut parts.clauses[position];
    let (at_least, at_most) = match &clause.condition {
        Condition::Range { at_least, at_most } => (*at_least, *at_most),
        // What lies next to single values says whether they could be part of a range.
        Condition::In(values) => match ends(values) {
            Some((low, high)) => (Some(low), Some(high)),
            None => return,
        },
        Condition::NotIn(_) | Condition::Modulus { .. } => return,
    };
    let Some(column) = source.column(&named.subject, named.at) else { return };
    let Values::Numbers(values) = &column.values else { return };
    let rows = || values.iter().zip(outcomes).zip(others).filter(|((v, _), o)| **o && !v.is_nan());
    let answered = || rows().filter(|((_, o), _)| **o == Outcome::Answered).map(|((v, _), _)| *v);
    let failing = || rows().filter(|((_, o), _)| failed.contains(o)).map(|((v, _), _)| *v);
    let inside = |v: &f64| at_least.is_none_or(|b| *v >= b) && at_most.is_none_or(|b| *v <= b);
    let finite = |v: f64| v.is_finite().then_some(v);
    let mut bounds = (at_least, at_most);
    if let Some(low) = at_least {
        let working = answered().filter(|v| *v < low).fold(f64::NEG_INFINITY, f64::max);
        let extreme = if context.sampled() {
            failing()
                .filter(|v| *v > working && at_most.is_none_or(|b| *v <= b))
                .fold(f64::INFINITY, f64::min)
        } else {
            failing().filter(inside).fold(f64::INFINITY, f64::min)
        };
        if extreme.is_finite() {
            clause.bracket_low = Some(Bracket { failing: extreme, working: finite(working) });
            bounds.0 = Some(if context.sampled() { extreme.min(low) } else { low });
        }
    }
    if let Some(high) = at_most {
        let working = answered().filter(|v| *v > high).fold(f64::INFINITY, f64::min);
        let extreme = if context.sampled() {
            failing()
                .filter(|v| *v < working && at_least.is_none_or(|b| *v >= b))
                .fold(f64::NEG_INFINITY, f64::max)
        } else {
            failing().filter(inside).fold(f64::NEG_INFINITY, f64::max)
        };
        if extreme.is_finite() {
            clause.bracket_high = Some(Bracket { failing: extreme, working: finite(working) });
            bounds.1 = Some(if context.sampled() { extreme.max(high) } else { high });
        }
    }
    if matches!(clause.condition, Condition::Range { .. }) {
        clause.condition = Condition::Range { at_least: bounds.0, at_most: bounds.1 };
    }
}

/// Smallest and largest of a set of numbers; `None` for names.
fn ends(values: &[Value]) -> Option<(f64, f64)> {
    let numbers = values.iter().map(|v| match v {
        Value::Number(n) => Some(*n),
        Value::Text(_) => None,
    });
    numbers.map(|n| n.map(|n| (n, n))).reduce(|a, b| Some((a?.0.min(b?.0), a?.1.max(b?.1)))).flatten()
}
