//! Causes beyond standing differences, in tables of names in which something fails everywhere.
//!
//! The search tells failed requests from answered ones by whatever tells most. Where devices and networks differ at all times
//! that is a list of exclusions ("none of these seven operators"), which is true and explains no incident. Such a rule is
//! compared with the best conjunction of single values by what fails beyond [`crate::standing`] differences.

use super::before;
use super::bounds::{Usual, bounding};
use super::context::Context;
use super::covered::{Beyond, Cause, Covered, GATE};
use super::names::{
    Weighed, clauses, excess, is_name, most_telling, names_of, raising, undecorated, with_clauses,
};
use crate::search::columns::Ranked;
use crate::search::cut::Cut;
use crate::search::score::Tally;
use crate::search::{Clause, Limits, Rule, Search, holds, tally};
use crate::standing::{self, Expected};

/// A rule inside which nearly everything fails is no matter of degrees.
const NEARLY_ALL: f64 = 0.8;

/// A list that tells so many times as much of what fails is not given up for what fails beyond expectation (judgement).
const FAR: f64 = 3.0;
/// If its requests fail so many times as often as the others: few standing differences are as large (judgement).
const TIMES: f64 = 8.0;

/// The rule, or what is put before it; with a score below the gate where it only restates what is always so.
pub(super) fn beyond(
    context: &Context,
    covered: Covered,
    failed: &[bool],
    usable: &(dyn Fn(usize) -> bool + Sync),
    first: bool,
) -> Covered {
    let Cause::Rule(rule, _) = &covered.cause else { return covered };
    let rule = rule.clone();
    if !context.baseline.is_empty() {
        return before::against(context, covered, failed, usable);
    }
    if let Some(new) = before::since(context, &covered, failed, usable) {
        return new;
    }
    let by_name = |index: usize| usable(index) && is_name(context, index);
    if !rule.clauses.iter().all(|clause| by_name(clause.feature)) {
        return covered;
    }
    let covered = undecorated(context, covered, &rule, failed);
    let Cause::Rule(rule, _) = &covered.cause else { return covered };
    let rows = &covered.rows;
    let inside = |row: &u32| holds(&context.features, &rule.clauses, *row);
    let mut all = Weighed::default();
    rows.iter().filter(|row| inside(row)).for_each(|&row| all.add(context, row, failed));
    if all.rate() >= NEARLY_ALL {
        return covered;
    }
    let names = names_of(context, usable);
    let expected = beside(context, rule, rows, &names.1, failed);
    let usual = |feature: usize| usual(&names.0, &expected, feature);
    let bound = bounding(context, rule.clauses.clone(), (rows, Usual::Elsewhere(&usual)), failed);
    let covered = with_clauses(context, covered, bound, failed);
    let told = compared(context, &covered, &names, failed, (usable, first));
    told.unwrap_or(Covered { beyond: Beyond::MayBeStanding, ..covered })
}

/// The rule compared with the best conjunction of single values: the one that says more, or nothing where the rule is a list that neither
/// is beyond what is usual nor to be given up for what is.
fn compared(
    context: &Context,
    covered: &Covered,
    (all, features): &(Vec<usize>, Vec<&Ranked>),
    failed: &[bool],
    (usable, first): (&(dyn Fn(usize) -> bool + Sync), bool),
) -> Option<Covered> {
    let Cause::Rule(rule, runners_up) = &covered.cause else { return None };
    let rows = &covered.rows;
    let inside = |row: &u32| holds(&context.features, &rule.clauses, *row);
    let expected = beside(context, rule, rows, features, failed);
    let own = excess(rows, &expected.rates, failed, &inside);
    let own = own.ratio(expected.dispersion) - rule.price;
    let (chosen, features) = most_telling(all, features, rows, failed, &expected);
    let best = standing::best(&features, rows, failed, &expected);
    if let Some((values, score)) = best.filter(|(_, score)| *score >= GATE.max(own)) {
        let clauses = raising(context, clauses(&features, &chosen, &values), rows, failed);
        let usual = |feature: usize| usual(all, &expected, feature);
        let clauses = bounding(context, clauses, (rows, Usual::Elsewhere(&usual)), failed);
        let search = Search::new(&context.features, failed, rows, usable, Limits::default());
        let found = search.evaluated(clauses);
        if tells_far_more(rule, &found, tally(rows, failed)) {
            return None;
        }
        let mut runners_up = runners_up.clone();
        runners_up.retain(|known| known.clauses != found.clauses);
        // What is usual is an estimate, too: where few failures make it, both rates have to differ.
        let score = score.min(found.score());
        let cause = Cause::Rule(found, runners_up);
        return Some(Covered { plain: score, score, cause, beyond: Beyond::More, ..covered.clone() });
    }
    let beyond = if own < GATE { Beyond::MayBeStanding } else { Beyond::More };
    if !rule.clauses.iter().any(Clause::listed) {
        // Single values are named as what they are, standing difference or not; lists and exclusions are not worth it.
        return Some(Covered { beyond, ..covered.clone() });
    }
    let (plain, score) = (own.min(covered.plain), own.min(covered.score));
    let listed = Covered { plain, score, beyond, ..covered.clone() };
    if own >= GATE || !first {
        return Some(listed);
    }
    let unusual = most_unusual(context, listed, &chosen, failed, usable);
    match &unusual.cause {
        Cause::Rule(found, _) if tells_far_more(rule, found, tally(rows, failed)) => None,
        Cause::Rule(..) | Cause::Ramp(_) | Cause::Mechanism(..) | Cause::Service => Some(unusual),
    }
}

/// How many times as often as the middle ones a value of a feature may fail at all times.
fn usual(names: &[usize], expected: &Expected, feature: usize) -> f64 {
    let place = names.iter().position(|name| *name == feature);
    place.map_or(1.0, |place| expected.usual[place])
}

/// Whether a list tells failures apart far better than what would take its place, and leaves out a third of the requests at least: a list of what is struck,
/// and not of what is spared.
fn tells_far_more(listed: &Rule, other: &Rule, all: Tally) -> bool {
    let outside = all.minus(listed.inside);
    listed.clauses.iter().any(Clause::listed)
        && listed.inside.n <= 2 * outside.n
        && listed.inside.rate() >= TIMES * outside.rate()
        && listed.ratio > FAR * other.ratio
}

/// What is expected beside a rule. What a list leaves out may be what hardly ever fails, and says nothing of what is usual.
fn beside(context: &Context, rule: &Rule, rows: &[u32], features: &[&Ranked], failed: &[bool]) -> Expected {
    if rule.clauses.iter().any(Clause::listed) {
        return Expected::new(features, rows, context.seen(failed));
    }
    let inside = |row: &u32| holds(&context.features, &rule.clauses, *row);
    Expected::beside(features, rows, context.seen(failed), &inside)
}

/// Where values differ as they may at all times: the one that fails more often than its siblings, most surely.
fn most_unusual(
    context: &Context,
    listed: Covered,
    chosen: &[usize],
    failed: &[bool],
    usable: &(dyn Fn(usize) -> bool + Sync),
) -> Covered {
    let features: Vec<&Ranked> = chosen.iter().map(|&index| &context.features[index]).collect();
    let expected = Expected::at_most(&features, &listed.rows, context.seen(failed), 0.0);
    let singles = features.iter().zip(chosen).filter_map(|(feature, &index)| {
        let (values, score) = standing::best(&[*feature], &listed.rows, failed, &expected)?;
        let clause = Clause { feature: index, cut: Cut::In(vec![values.first()?.1]), price: 0.0 };
        Some((score, clause))
    });
    match singles.max_by(|(a, _), (b, _)| a.total_cmp(b)).filter(|(score, _)| *score >= GATE) {
        Some((score, clause)) => {
            let search = Search::new(&context.features, failed, &listed.rows, usable, Limits::default());
            let found = search.evaluated(vec![clause]);
            Covered { plain: score, score, cause: Cause::Rule(found, Vec::new()), ..listed }
        }
        None => listed,
    }
}
