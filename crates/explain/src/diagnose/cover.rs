//! Explain, remove, explain the rest: several independent faults.

use super::Options;
use super::context::Context;
use crate::search::score::Tally;
use crate::search::{Limits, Rule, Search, holds, tally};
use crate::time::ramp::{self, Ramp};
use crate::time::serial;
use unanswered_exchange::Outcome;

/// What one round found.
#[derive(Clone, Debug)]
pub(crate) enum Cause {
    /// A conjunction (perhaps with time in it), with the runners-up.
    Rule(Rule, Vec<Rule>),
    /// Rising loss.
    Ramp(Ramp),
}

/// One accepted cause.
#[derive(Clone, Debug)]
pub(crate) struct Covered {
    pub(crate) cause: Cause,
    /// Outcomes counted as failures.
    pub(crate) outcomes: Vec<Outcome>,
    /// Rows of the sample that were searched: what earlier findings left.
    pub(crate) rows: Vec<u32>,
    /// Score after serial dependence was taken into account, nats.
    pub(crate) score: f64,
    /// How many dependent failures count as one.
    pub(crate) inflation: f64,
}

/// All causes found, in the order found, and what the gate turned away at the end.
pub(crate) struct Covers {
    pub(crate) accepted: Vec<Covered>,
    pub(crate) turned_away: Option<Covered>,
    /// Rows of the sample that no cause covers.
    pub(crate) rest: Vec<u32>,
}

/// Score a cause must reach. Measured on independent losses the best score of a search has its
/// 99th percentile below zero (docs/METHODS.md); the margin is for features that ENGINE's tables
/// do not have.
const GATE: f64 = 2.0;
/// Fewest failures inside a telltale.
const FAILURES_MIN: u32 = 4;

pub(crate) fn cover(context: &Context, options: &Options) -> Covers {
    let all: Vec<u32> =
        (0..u32::try_from(context.table.rows()).expect("rows are numbered with 32 bits")).collect();
    let mut covers = Covers { accepted: Vec::new(), turned_away: None, rest: all };
    while covers.accepted.len() < options.findings {
        let Some(best) = best_cause(context, &covers.rest) else { break };
        if best.score < GATE {
            covers.turned_away = Some(best);
            break;
        }
        let stop = matches!(best.cause, Cause::Ramp(_));
        covers.rest = match &best.cause {
            Cause::Rule(rule, _) => {
                covers.rest.iter().copied().filter(|&r| !holds(&context.features, &rule.clauses, r)).collect()
            }
            Cause::Ramp(_) => covers.rest,
        };
        covers.accepted.push(best);
        if stop {
            break;
        }
    }
    covers
}

/// The best cause over the notions of failure worth trying: all failures together, and each sort alone.
fn best_cause(context: &Context, rest: &[u32]) -> Option<Covered> {
    let mut notions: Vec<Vec<Outcome>> = vec![context.failing.clone()];
    if context.failing.len() > 1 {
        notions.extend(context.failing.iter().map(|o| vec![*o]));
    }
    notions
        .into_iter()
        .filter_map(|outcomes| best_for(context, rest, outcomes))
        .max_by(|a, b| a.score.total_cmp(&b.score))
}

fn best_for(context: &Context, rest: &[u32], outcomes: Vec<Outcome>) -> Option<Covered> {
    let table = &context.table;
    let failed: Vec<bool> = table.outcomes.iter().map(|o| outcomes.contains(o)).collect();
    // Failures of another sort are neither failed nor answered here.
    let rows: Vec<u32> = rest
        .iter()
        .copied()
        .filter(|&r| failed[r as usize] || table.outcomes[r as usize] == Outcome::Answered)
        .collect();
    let total = tally(&rows, &failed);
    if total.f < FAILURES_MIN || total.f == total.n {
        return None;
    }
    let search = Search::new(&context.features, &failed, &rows, &|_| true, Limits::default());
    let rules = search.run();
    // Ranked by the plain score: the allowance for bursts depends on the residual by accident of single
    // rows, and must not choose between telltales.
    let first = rules.iter().find(|r| r.inside.f >= FAILURES_MIN);
    let by_rule = first
        .map(|r| simpler_first(context, r, &rules, &failed, &rows))
        .map(|r| judged(context, r, &rules, &failed, &rows, &outcomes));
    let by_ramp = rising(context, &failed, &rows, total, &outcomes);
    match (by_rule, by_ramp) {
        (Some(rule), Some(ramp)) if ramp.score >= rule.score => Some(ramp),
        (None, Some(ramp)) => Some(ramp),
        (rule, _) => rule,
    }
}

/// A set of values may be two causes in one coat. If the best rule has one, the best rule without
/// sets goes first when the two of them in a row (each with the best rule for what it leaves) say
/// more.
fn simpler_first<'a>(
    context: &Context,
    best: &'a Rule,
    rules: &'a [Rule],
    failed: &[bool],
    rows: &[u32],
) -> &'a Rule {
    let several = |r: &Rule| r.clauses.iter().any(|c| c.cut.several());
    if !several(best) {
        return best;
    }
    let Some(simple) = rules.iter().find(|r| !several(r) && r.inside.f >= FAILURES_MIN && r.score() > 0.0)
    else {
        return best;
    };
    let then = |rule: &Rule| {
        let left: Vec<u32> =
            rows.iter().copied().filter(|&r| !holds(&context.features, &rule.clauses, r)).collect();
        let search = Search::new(&context.features, failed, &left, &|_| true, Limits::default());
        rule.score() + search.run().first().map_or(0.0, Rule::score).max(0.0)
    };
    if then(simple) >= then(best) { simple } else { best }
}

/// The rule with its score once failures that hang together count as one.
fn judged(
    context: &Context,
    rule: &Rule,
    rules: &[Rule],
    failed: &[bool],
    rows: &[u32],
    outcomes: &[Outcome],
) -> Covered {
    let residual: Vec<bool> = rows
        .iter()
        .filter(|&&r| !holds(&context.features, &rule.clauses, r))
        .map(|&r| failed[r as usize])
        .collect();
    let inflation = serial::inflation(&residual);
    let runners_up = rules.iter().filter(|r| r.clauses != rule.clauses).take(60).cloned().collect();
    Covered {
        score: rule.ratio / inflation - rule.price,
        cause: Cause::Rule(rule.clone(), runners_up),
        outcomes: outcomes.to_vec(),
        rows: rows.to_vec(),
        inflation,
    }
}

fn rising(
    context: &Context,
    failed: &[bool],
    rows: &[u32],
    total: Tally,
    outcomes: &[Outcome],
) -> Option<Covered> {
    context.time?;
    let times: Vec<f64> = rows.iter().map(|&r| context.table.times[r as usize]).collect();
    let y: Vec<bool> = rows.iter().map(|&r| failed[r as usize]).collect();
    let ramp = ramp::fit(&times, &y)?;
    // As many free numbers as a bound on time has: two rates and a beginning, one of the places tried.
    let features = context.features.len() as f64;
    let price = 0.5f64.mul_add(f64::from(total.n).ln(), features.ln() + 1.5 + ramp::BEGINNINGS_LN);
    Some(Covered {
        score: ramp.ratio - price,
        cause: Cause::Ramp(ramp),
        outcomes: outcomes.to_vec(),
        rows: rows.to_vec(),
        inflation: 1.0,
    })
}
