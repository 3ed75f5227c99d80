//! What is new: causes beside a time when all was well.
//!
//! A baseline that was given is a set of rows with the same features. Without one, a table of names with times may show one
//! itself: the rows outside the stretch of time in which clearly more fail. Either way each row gets the rate that its values had
//! then ([`crate::standing`]), and the conjunction with the largest excess is what is new. A rule on anything else than
//! names is held against the baseline as a whole: it stays where its requests fail more often, beside the others, than they did.

use super::bounds::{Usual, bounding};
use super::context::Context;
use super::covered::{Beyond, Cause, Covered, GATE};
use super::names::{Weighed, clauses, excess, is_name, most_telling, names_of, undecorated, with_clauses};
use crate::search::columns::Ranked;
use crate::search::cut::Cut;
use crate::search::{Clause, Limits, Rule, Search, holds};
use crate::standing::{self, Excess, Expected};

/// Stretches of time that are tried: all from one to another of so many parts.
const PARTS: usize = 96;
/// How clearly more must fail in a stretch, nats: what is new in it has to pass the gate by itself, and pay for the stretch.
const RISE: f64 = 3.0;
/// Fewest failures that a stretch needs.
const STRETCH_FAILURES: f64 = 20.0;
/// Smallest share of what is new in a stretch that a conjunction must have to be its cause (judgement): else all is struck.
const OF_THE_NEW: f64 = 0.2;

/// The cause beside the baseline that was given.
pub(super) fn against(
    context: &Context,
    covered: Covered,
    failed: &[bool],
    usable: &(dyn Fn(usize) -> bool + Sync),
) -> Covered {
    let Cause::Rule(rule, _) = &covered.cause else { return covered };
    let rule = rule.clone();
    let baseline = context.baseline_rows();
    let names = |clause: &Clause| usable(clause.feature) && is_name(context, clause.feature);
    if !rule.clauses.iter().all(names) {
        let own = beside_others(context, &rule, &covered.rows, &baseline, failed) - rule.price;
        return judged(covered, own);
    }
    let covered = undecorated(context, covered, &rule, failed);
    let Cause::Rule(rule, _) = &covered.cause else { return covered };
    let rows = &covered.rows;
    let (chosen, features) = names_of(context, usable);
    let expected = Expected::of_baseline(&features, &baseline, rows, context.seen(failed));
    let expected = levelled(context, (&chosen, &features), expected, rows, failed);
    let wide = bounding(context, rule.clauses.clone(), (rows, Usual::Expected(&expected)), failed);
    let covered = with_clauses(context, covered, wide, failed);
    let Cause::Rule(rule, runners_up) = &covered.cause else { return covered };
    let rows = &covered.rows;
    let inside = |row: &u32| holds(&context.features, &rule.clauses, *row);
    let mut own = excess(rows, &expected.rates, failed, &inside);
    if let Some((rows, rates)) = expected.baseline() {
        own.expected *= excess(rows, rates, failed, &inside).times();
    }
    let own = own.ratio(expected.dispersion) - rule.price;
    let (chosen, features) = most_telling(&chosen, &features, rows, failed, &expected);
    match standing::best(&features, rows, failed, &expected).filter(|(_, score)| *score >= GATE.max(own)) {
        Some((values, score)) => {
            let clauses = bounding(
                context,
                clauses(&features, &chosen, &values),
                (rows, Usual::Expected(&expected)),
                failed,
            );
            let search = Search::new(&context.features, failed, rows, usable, Limits::default());
            let found = search.evaluated(clauses);
            let mut runners_up = runners_up.clone();
            runners_up.retain(|known| known.clauses != found.clauses);
            let cause = Cause::Rule(found, runners_up);
            Covered { plain: score, score, cause, beyond: Beyond::More, ..covered }
        }
        None => judged(covered, own),
    }
}

/// What is expected, with as much failing in all as fails of the requests that have none of the suspect's values: how often those of
/// the middle fail is more than usual where the suspect is among most values' requests.
fn levelled(
    context: &Context,
    (chosen, features): (&[usize], &[&Ranked]),
    mut expected: Expected,
    rows: &[u32],
    failed: &[bool],
) -> Expected {
    let (chosen, features) = most_telling(chosen, features, rows, failed, &expected);
    if let Some((values, _)) = standing::best(&features, rows, failed, &expected) {
        let suspect = clauses(&features, &chosen, &values);
        let none = |row: &u32| {
            !suspect.iter().any(|clause| holds(&context.features, std::slice::from_ref(clause), *row))
        };
        let others = excess(rows, &expected.rates, failed, &none);
        expected.lower(others.times());
    }
    expected
}

/// A cause with what it says beside the baseline.
fn judged(covered: Covered, own: f64) -> Covered {
    if own >= GATE {
        return Covered { beyond: Beyond::More, ..covered };
    }
    let (plain, score) = (own.min(covered.plain), own.min(covered.score));
    Covered { plain, score, beyond: Beyond::AsBefore, ..covered }
}

/// How much more often the rule's requests fail beside the others than they did in the baseline, as a log-likelihood ratio.
/// When the window of a rule is, the baseline cannot say: it is left out there.
fn beside_others(context: &Context, rule: &Rule, rows: &[u32], baseline: &[u32], failed: &[bool]) -> f64 {
    let timeless: Vec<Clause> =
        rule.clauses.iter().filter(|clause| !context.in_time(clause.feature)).cloned().collect();
    let sides = |rows: &[u32], clauses: &[Clause]| {
        let mut sides = [Weighed::default(); 2];
        for &row in rows {
            sides[usize::from(holds(&context.features, clauses, row))].add(context, row, failed);
        }
        sides
    };
    let [others, inside] = sides(rows, &rule.clauses);
    let [others_then, inside_then] = sides(baseline, &timeless);
    // A window in time is new by itself.
    let expected = if timeless.is_empty() {
        others.rate()
    } else {
        // As often as then, or as many times as often as others.
        inside_then.rate().max((others.rate() * inside_then.rate() / others_then.rate()).min(1.0))
    };
    let expected = expected * inside.requests;
    Excess { rows: inside.requests, failed: inside.failed, expected }.ratio(1.0)
}

/// What is new in a stretch of time of a table of names, beside the rest of it.
pub(super) fn since(
    context: &Context,
    covered: &Covered,
    failed: &[bool],
    usable: &(dyn Fn(usize) -> bool + Sync),
) -> Option<Covered> {
    let time = context.time?;
    let Cause::Rule(rule, runners_up) = &covered.cause else { return None };
    let (chosen, features) = names_of(context, usable);
    let known = |clause: &Clause| clause.feature == time || chosen.contains(&clause.feature);
    if features.is_empty() || !rule.clauses.iter().all(known) {
        return None;
    }
    let rows = &covered.rows;
    let stretch = stretch(context, rows, failed)?;
    let during = rows.get(stretch.from..stretch.to)?;
    let otherwise: Vec<u32> = [rows.get(..stretch.from)?, rows.get(stretch.to..)?].concat();
    let expected = Expected::of_baseline(&features, &otherwise, during, context.seen(failed));
    let expected = levelled(context, (&chosen, &features), expected, during, failed);
    let (chosen, features) = most_telling(&chosen, &features, during, failed, &expected);
    let (values, score) = standing::best(&features, during, failed, &expected)?;
    let score = score - stretch.price;
    let named =
        bounding(context, clauses(&features, &chosen, &values), (during, Usual::Expected(&expected)), failed);
    let inside = |row: &u32| holds(&context.features, &named, *row);
    let own = excess(during, &expected.rates, failed, &inside);
    if score < GATE || own.failed - own.expected < OF_THE_NEW * stretch.new {
        return None;
    }
    let mut of_rule = rule.clauses.iter().filter(|clause| clause.feature != time);
    if rule.clauses.len() > named.len()
        && of_rule.clone().count() == named.len()
        && of_rule.all(|c| named.contains(c))
    {
        // The search says the same, and bounds the time better.
        return Some(Covered { beyond: Beyond::More, ..covered.clone() });
    }
    let cut = bounded(context, time, (rows, during), &named, failed)?;
    let window = Clause { feature: time, cut, price: stretch.price };
    let search = Search::new(&context.features, failed, rows, usable, Limits::default());
    let found = search.evaluated(std::iter::once(window).chain(named).collect());
    let mut runners_up = runners_up.clone();
    runners_up.retain(|known| known.clauses != found.clauses);
    let cause = Cause::Rule(found, runners_up);
    Some(Covered { plain: score, score, cause, beyond: Beyond::More, ..covered.clone() })
}

/// The window of time in which the requests of a cause fail more than at other times, from a stretch that has most of it.
fn bounded(
    context: &Context,
    time: usize,
    (rows, during): (&[u32], &[u32]),
    named: &[Clause],
    failed: &[bool],
) -> Option<Cut> {
    let rank = |row: u32| context.features[time].ranks[row as usize];
    let inside: Vec<u32> = rows.iter().copied().filter(|row| holds(&context.features, named, *row)).collect();
    let before = added(context, &inside, failed);
    let all = before.last().copied()?;
    let ratio = |from: usize, to: usize| {
        let within = before[to].minus(before[from]);
        let without = all.minus(within);
        if within.rate() <= without.rate() {
            f64::NEG_INFINITY
        } else {
            within.likelihood() + without.likelihood()
        }
    };
    let best = |places: std::ops::Range<usize>, ratio: &dyn Fn(usize) -> f64| {
        places.max_by(|a, b| ratio(*a).total_cmp(&ratio(*b)))
    };
    let to = inside.partition_point(|&row| rank(row) <= rank(*during.last().unwrap_or(&row)));
    // A rate of their own inside and outside of the window; a few requests outside say little of theirs.
    let from = best(0..to, &|from| ratio(from, to))?;
    let to = best(from + 1..inside.len() + 1, &|to| ratio(from, to))?;
    Some(Cut::Range {
        low: rank(*inside.get(from)?),
        high: rank(*inside.get(to - 1)?),
        open_low: from == 0,
        open_high: to == inside.len(),
    })
}

/// What the first so many rows come to, from none to all of them.
fn added(context: &Context, rows: &[u32], failed: &[bool]) -> Vec<Weighed> {
    let mut sum = Weighed::default();
    let mut all = vec![sum];
    all.extend(rows.iter().map(|&row| {
        sum.add(context, row, failed);
        sum
    }));
    all
}

/// Rows one after another in time in which more fail than in the others.
struct Stretch {
    /// Place of the first.
    from: usize,
    /// Place after the last.
    to: usize,
    /// Failures beyond the rate of the others.
    new: f64,
    /// What it costs to say, nats.
    price: f64,
}

/// The stretch of time with the largest excess of failures, where it is not most of the time.
fn stretch(context: &Context, rows: &[u32], failed: &[bool]) -> Option<Stretch> {
    let time = |row: u32| context.table.times[row as usize];
    let (first, last) = (time(*rows.first()?), time(*rows.last()?));
    let length = last - first;
    if !(length > 0.0 && length.is_finite()) {
        return None;
    }
    // Places at which parts begin, and what lies before them.
    let mut begins = vec![0];
    begins.extend((1..PARTS).map(|part| {
        let moment = first + length * part as f64 / PARTS as f64;
        rows.partition_point(|&row| time(row) < moment)
    }));
    begins.push(rows.len());
    begins.dedup();
    let before = added(context, rows, failed);
    let all = before.last().copied().unwrap_or_default();
    let price = 2.0 * (begins.len() as f64).ln();
    let mut best: Option<(f64, Stretch)> = None;
    for (index, &from) in begins.iter().enumerate() {
        for &to in begins.iter().skip(index + 1) {
            let inside = before[to].minus(before[from]);
            if inside.failed < STRETCH_FAILURES || inside.requests * 2.0 > all.requests {
                continue;
            }
            let expected = all.minus(inside).rate() * inside.requests;
            let ratio = Excess { rows: inside.requests, failed: inside.failed, expected }.ratio(1.0);
            if ratio >= RISE && best.as_ref().is_none_or(|(known, _)| ratio > *known) {
                best = Some((ratio, Stretch { from, to, new: inside.failed - expected, price }));
            }
        }
    }
    best.map(|(_, stretch)| stretch)
}
