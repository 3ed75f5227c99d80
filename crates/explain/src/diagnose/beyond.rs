//! Causes beyond standing differences, in tables of names in which something fails everywhere.
//!
//! The search tells failed requests from answered ones by whatever tells most. Where devices and networks differ at all times
//! that is a list of exclusions ("none of these seven operators"), which is true and explains no incident. Such a rule is
//! compared with the best conjunction of single values by what fails beyond [`crate::standing`] differences.

use super::context::Context;
use super::cover::GATE;
use super::covered::{Cause, Covered};
use crate::search::columns::{Ranked, Shape};
use crate::search::cut::Cut;
use crate::search::{Clause, Limits, Search, holds};
use crate::standing::{self, Excess, Expected};
use unanswered_registry::Subject;

/// A rule inside which nearly everything fails is no matter of degrees.
const NEARLY_ALL: f64 = 0.8;
/// Most features whose combinations are tried: those with the largest excess of a single value.
const FEATURES_MAX: usize = 10;

/// The rule, or what is put before it; with a score below the gate where it only restates what is always so.
pub(super) fn beyond(
    context: &Context,
    covered: Covered,
    failed: &[bool],
    usable: &(dyn Fn(usize) -> bool + Sync),
) -> Covered {
    let Cause::Rule(rule, runners_up) = &covered.cause else { return covered };
    let by_name = |index: usize| usable(index) && is_name(context, index);
    if rule.inside.rate() >= NEARLY_ALL || !rule.clauses.iter().all(|clause| by_name(clause.feature)) {
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
            let search = Search::new(&context.features, failed, rows, usable, Limits::default());
            let found = search.evaluated(clauses.collect());
            let mut runners_up = runners_up.clone();
            runners_up.retain(|known| known.clauses != found.clauses);
            Covered { plain: score, score, cause: Cause::Rule(found, runners_up), ..covered }
        }
        None => Covered { plain: own.min(covered.plain), score: own.min(covered.score), ..covered },
    }
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
