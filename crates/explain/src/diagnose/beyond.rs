//! Causes beyond standing differences, in tables of names in which something fails everywhere.
//!
//! The search tells failed requests from answered ones by whatever tells most. Where devices and networks differ at all times
//! that is a list of exclusions ("none of these seven operators"), which is true and explains no incident. Such a rule is
//! compared with the best conjunction of single values by what fails beyond [`crate::standing`] differences.

use super::context::Context;
use super::covered::{Beyond, Cause, Covered, GATE};
use crate::search::columns::{Ranked, Shape};
use crate::search::cut::Cut;
use crate::search::score::Tally;
use crate::search::{Clause, Limits, Rule, Search, holds};
use crate::standing::{self, Excess, Expected};
use unanswered_registry::Subject;

/// A rule inside which nearly everything fails is no matter of degrees.
const NEARLY_ALL: f64 = 0.8;
/// An exclusion is a standing difference when it makes this share of its difference (of logarithms of rates) everywhere else, too.
/// A prototype of this rule made 57 of 135 labelled incidents of another platform exact instead of 42; this one was not tried on them.
const SAME: f64 = 0.15;
/// Rows that a rate is drawn by to the one it is compared with (judgement).
const DRAWN: f64 = 20.0;
/// Most features whose combinations are tried: those with the largest excess of a single value.
const FEATURES_MAX: usize = 10;

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
    let by_name = |index: usize| usable(index) && is_name(context, index);
    if !rule.clauses.iter().all(|clause| by_name(clause.feature)) {
        return covered;
    }
    let covered = undecorated(context, covered, &rule, failed);
    let Cause::Rule(rule, runners_up) = &covered.cause else { return covered };
    if rule.inside.rate() >= NEARLY_ALL {
        return covered;
    }
    let rows = &covered.rows;
    let chosen: Vec<usize> = (0..context.features.len()).filter(|&index| by_name(index)).collect();
    let features: Vec<&Ranked> = chosen.iter().map(|&index| &context.features[index]).collect();
    let expected = Expected::new(&features, rows, failed);
    let mut own = Excess::default();
    for (&row, &rate) in rows.iter().zip(&expected.rates) {
        if holds(&context.features, &rule.clauses, row) {
            own.add(failed[row as usize], rate);
        }
    }
    let own = own.ratio(expected.dispersion) - rule.price;
    let (chosen, features) = most_telling(&chosen, &features, rows, failed, &expected);
    let best = standing::best(&features, rows, failed, &expected);
    match best.filter(|(_, score)| *score >= GATE.max(own)) {
        Some((values, score)) => {
            let clauses = values.iter().map(|&(index, rank)| Clause {
                feature: chosen[index],
                cut: Cut::In(vec![rank]),
                price: standing::price(&features, &[index], 1),
            });
            let clauses = raising(context, clauses.collect(), rows, failed);
            let search = Search::new(&context.features, failed, rows, usable, Limits::default());
            let found = search.evaluated(clauses);
            let mut runners_up = runners_up.clone();
            runners_up.retain(|known| known.clauses != found.clauses);
            Covered {
                plain: score,
                score,
                cause: Cause::Rule(found, runners_up),
                beyond: Beyond::More,
                ..covered
            }
        }
        // Single values are named as what they are, standing difference or not; lists and exclusions are not worth it.
        None if rule
            .clauses
            .iter()
            .all(|clause| !clause.cut.several() && !matches!(clause.cut, Cut::NotIn(_))) =>
        {
            let beyond = if own < GATE { Beyond::MayBeStanding } else { Beyond::More };
            Covered { beyond, ..covered }
        }
        None => {
            let beyond = if own < GATE { Beyond::MayBeStanding } else { Beyond::More };
            let listed =
                Covered { plain: own.min(covered.plain), score: own.min(covered.score), beyond, ..covered };
            if own < GATE && first { most_unusual(context, listed, &chosen, failed, usable) } else { listed }
        }
    }
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
    let expected = Expected::at_most(&features, &listed.rows, failed, 0.0);
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

/// The clauses without those that do not raise the rate: what fails beyond expectation may be expected to fail hardly ever.
fn raising(context: &Context, mut clauses: Vec<Clause>, rows: &[u32], failed: &[bool]) -> Vec<Clause> {
    while clauses.len() > 1 {
        let lowers = |index: &usize| effects(context, &clauses, *index, rows, failed)[1] <= 0.0;
        let Some(index) = (0..clauses.len()).find(lowers) else { break };
        clauses.remove(index);
    }
    clauses
}

/// The rule without exclusions that say nothing of it: what they leave out fails as much less often everywhere else.
fn undecorated(context: &Context, covered: Covered, rule: &Rule, failed: &[bool]) -> Covered {
    let mut clauses = rule.clauses.clone();
    while clauses.len() > 1 {
        let standing = |index: &usize| {
            matches!(clauses[*index].cut, Cut::NotIn(_))
                && is_standing(context, &clauses, *index, &covered.rows, failed)
        };
        let Some(index) = (0..clauses.len()).find(standing) else { break };
        clauses.remove(index);
    }
    if clauses.len() == rule.clauses.len() {
        return covered;
    }
    let search = Search::new(&context.features, failed, &covered.rows, &|_| true, Limits::default());
    let plain = search.evaluated(clauses);
    let Cause::Rule(_, runners_up) = covered.cause else { return covered };
    let score = plain.ratio / covered.inflation - plain.price;
    Covered { plain: plain.score(), score, cause: Cause::Rule(plain, runners_up), ..covered }
}

/// Whether a clause makes at least [`SAME`] of its difference outside the rule's other clauses, too.
fn is_standing(context: &Context, clauses: &[Clause], index: usize, rows: &[u32], failed: &[bool]) -> bool {
    let [outside, inside] = effects(context, clauses, index, rows, failed);
    inside > 0.0 && outside >= SAME * inside
}

/// By how much a clause raises the rate (logarithm of the ratio), outside and inside the other clauses.
fn effects(context: &Context, clauses: &[Clause], index: usize, rows: &[u32], failed: &[bool]) -> [f64; 2] {
    let mut others = clauses.to_vec();
    let own = [others.remove(index)];
    let mut tallies = [[Tally::default(); 2]; 2];
    for &row in rows {
        let inside = usize::from(holds(&context.features, &others, row));
        let side = &mut tallies[inside][usize::from(holds(&context.features, &own, row))];
        *side = side.plus(Tally { n: 1, f: u32::from(failed[row as usize]) });
    }
    let effect = |[without, with]: [Tally; 2]| {
        // Few rows are drawn to the rate of both sides together.
        let both = without.plus(with).rate();
        let rate = |side: Tally| (f64::from(side.f) + DRAWN * both) / (f64::from(side.n) + DRAWN);
        (rate(with) / rate(without)).ln()
    };
    tallies.map(effect)
}

/// Whether the feature is a column of names of the user's table: what is declared of packets has no standing differences.
fn is_name(context: &Context, index: usize) -> bool {
    let feature = &context.features[index];
    let column = feature.column.map(|column| &context.table.columns[column]);
    feature.shape == Shape::Code && column.is_some_and(|column| matches!(column.subject, Subject::Column(_)))
}

/// The features with the largest excess of a single value.
fn most_telling<'a>(
    chosen: &[usize],
    features: &[&'a Ranked],
    rows: &[u32],
    failed: &[bool],
    expected: &Expected,
) -> (Vec<usize>, Vec<&'a Ranked>) {
    if features.len() <= FEATURES_MAX {
        return (chosen.to_vec(), features.to_vec());
    }
    let mut scored: Vec<(f64, usize, &Ranked)> = features
        .iter()
        .zip(chosen)
        .map(|(feature, &index)| {
            let best = standing::best(&[*feature], rows, failed, expected);
            (best.map_or(f64::NEG_INFINITY, |(_, score)| score), index, *feature)
        })
        .collect();
    scored.sort_by(|(a, x, _), (b, y, _)| b.total_cmp(a).then_with(|| x.cmp(y)));
    scored.truncate(FEATURES_MAX);
    scored.sort_by_key(|(_, index, _)| *index);
    scored.into_iter().map(|(_, index, feature)| (index, feature)).unzip()
}
