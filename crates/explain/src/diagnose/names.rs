//! Rules on names in a user's table: which features these are, and clauses that do not belong into a rule on them.

use super::context::Context;
use super::covered::{Cause, Covered};
use crate::search::columns::{Ranked, Shape};
use crate::search::cut::Cut;
use crate::search::{Clause, Limits, Rule, Search, holds};
use crate::standing::{self, Excess, Expected};
use unanswered_registry::Subject;

/// An exclusion is a standing difference when it makes this share of its difference (of logarithms of rates) everywhere else, too.
const SAME: f64 = 0.15;
/// Rows that a rate is drawn by to the one it is compared with (judgement).
const DRAWN: f64 = 20.0;
/// Most features whose combinations are tried: those with the largest excess of a single value.
const FEATURES_MAX: usize = 10;

/// The features that are names in a user's table, by their places.
pub(super) fn names_of<'a>(
    context: &'a Context,
    usable: &(dyn Fn(usize) -> bool + Sync),
) -> (Vec<usize>, Vec<&'a Ranked>) {
    let of_names = |index: &usize| usable(*index) && is_name(context, *index);
    let chosen: Vec<usize> = (0..context.features.len()).filter(of_names).collect();
    let features = chosen.iter().map(|&index| &context.features[index]).collect();
    (chosen, features)
}

pub(super) fn clauses(features: &[&Ranked], chosen: &[usize], values: &[(usize, u32)]) -> Vec<Clause> {
    let clause = |&(index, rank): &(usize, u32)| Clause {
        feature: chosen[index],
        cut: Cut::In(vec![rank]),
        price: standing::price(features, &[index], 1),
    };
    values.iter().map(clause).collect()
}

/// The clauses without those that do not raise the rate: what fails beyond expectation may be expected to fail hardly ever.
pub(super) fn raising(
    context: &Context,
    mut clauses: Vec<Clause>,
    rows: &[u32],
    failed: &[bool],
) -> Vec<Clause> {
    while clauses.len() > 1 {
        let lowers = |index: &usize| effects(context, &clauses, *index, rows, failed)[1] <= 0.0;
        let Some(index) = (0..clauses.len()).find(lowers) else { break };
        clauses.remove(index);
    }
    clauses
}

/// The rule without exclusions that say nothing of it: what they leave out fails as much less often everywhere else.
pub(super) fn undecorated(context: &Context, covered: Covered, rule: &Rule, failed: &[bool]) -> Covered {
    let mut clauses = rule.clauses.clone();
    while clauses.len() > 1 {
        let standing = |index: &usize| {
            matches!(clauses[*index].cut, Cut::NotIn(_))
                && is_standing(context, &clauses, *index, &covered.rows, failed)
        };
        let Some(index) = (0..clauses.len()).find(standing) else { break };
        clauses.remove(index);
    }
    with_clauses(context, covered, clauses, failed)
}

/// The cause with some of its clauses only.
pub(super) fn with_clauses(
    context: &Context,
    covered: Covered,
    clauses: Vec<Clause>,
    failed: &[bool],
) -> Covered {
    if matches!(&covered.cause, Cause::Rule(rule, _) if rule.clauses.len() == clauses.len()) {
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
    let mut sides = [[Weighed::default(); 2]; 2];
    for &row in rows {
        let inside = usize::from(holds(&context.features, &others, row));
        sides[inside][usize::from(holds(&context.features, &own, row))].add(context, row, failed);
    }
    let effect = |[without, with]: [Weighed; 2]| {
        // Few rows are drawn to the rate of both sides together.
        let both = (without.failed + with.failed) / (without.requests + with.requests).max(1.0);
        (with.drawn_to(both) / without.drawn_to(both)).ln()
    };
    sides.map(effect)
}

/// Whether the feature is a column of names of the user's table: what is declared of packets has no standing differences.
pub(super) fn is_name(context: &Context, index: usize) -> bool {
    let feature = &context.features[index];
    let column = feature.column.map(|column| &context.table.columns[column]);
    feature.shape == Shape::Code && column.is_some_and(|column| matches!(column.subject, Subject::Column(_)))
}

/// The features with the largest excess of a single value.
pub(super) fn most_telling<'a>(
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

/// What fails inside, and what is expected to.
pub(super) fn excess(rows: &[u32], rates: &[f64], failed: &[bool], inside: &dyn Fn(&u32) -> bool) -> Excess {
    let mut all = Excess::default();
    for (row, &rate) in rows.iter().zip(rates).filter(|(row, _)| inside(row)) {
        all.add(failed[*row as usize], rate);
    }
    all
}

/// Requests that rows stand for, and their failures.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Weighed {
    /// Requests, for each that a failed row stands for.
    pub(super) requests: f64,
    /// Failed ones.
    pub(super) failed: f64,
}

impl Weighed {
    /// Adds a row.
    pub(super) fn add(&mut self, context: &Context, row: u32, failed: &[bool]) {
        self.requests += context.weights[row as usize];
        self.failed += f64::from(u8::from(failed[row as usize]));
    }

    /// Those without some of them.
    pub(super) fn minus(self, other: Self) -> Self {
        Self { requests: self.requests - other.requests, failed: self.failed - other.failed }
    }

    /// Logarithm of the largest likelihood of these outcomes under one rate (binomial).
    pub(super) fn likelihood(self) -> f64 {
        let term = |count: f64| if count > 0.0 { count * (count / self.requests).ln() } else { 0.0 };
        term(self.failed) + term(self.requests - self.failed)
    }

    /// Share of failures; few requests are drawn to that of others.
    pub(super) fn drawn_to(self, rate: f64) -> f64 {
        (self.failed + DRAWN * rate) / (self.requests + DRAWN)
    }

    /// Share of failures, never 0.
    pub(super) fn rate(self) -> f64 {
        (self.failed + 0.5) / (self.requests + 1.0)
    }
}
