//! What the data cannot tell from a finding, and the simpler telltales that they contradict.

use super::context::Context;
use super::convert;
use super::covered::Covered;
use crate::search::score::Tally;
use crate::search::{self, Limits, Rule, Search, holds};
use crate::{AnsweredWith, Clause, Condition, Refutation, Rival, Value};
use unanswered_registry::Price;
use unanswered_table::{Column, Outcome, Values, Viewpoint};

/// Score difference in nats within which two telltales count as equally good.
const EQUAL_NATS: f64 = 3.0;
/// Values listed with which requests were answered.
const ANSWERED_WITH: usize = 3;
/// Maximum number of rivals reported.
const RIVALS: usize = 12;

/// Rivals of an accepted rule, those with the same requests first.
pub(crate) fn rivals(
    context: &Context,
    covered: &Covered,
    rule: &Rule,
    runners_up: &[Rule],
) -> Vec<(Rule, Rival)> {
    let failed: Vec<bool> = context.table.outcomes.iter().map(|o| covered.outcomes.contains(o)).collect();
    let usable = |f: usize| !context.in_time(f) && context.may_tell(f, &covered.outcomes);
    let search = Search::new(&context.features, &failed, &covered.searched, &usable, Limits::default());
    let rule = &search.evaluated(rule.clauses.clone());
    let own: Vec<u32> = search.select(&rule.clauses);
    let mut found: Vec<(Rule, bool)> = Vec::new();
    let mut consider = |candidate: Rule| {
        if candidate.clauses == rule.clauses || candidate.clauses.iter().any(|c| context.in_time(c.feature)) {
            return;
        }
        let close = candidate.score() >= rule.score() - EQUAL_NATS;
        let same = candidate.inside == rule.inside && search.select(&candidate.clauses) == own;
        if (close || same) && !found.iter().any(|(r, _)| features(r) == features(&candidate)) {
            found.push((candidate, same));
        }
    };
    for candidate in search.alternatives(rule) {
        consider(candidate);
    }
    for candidate in runners_up {
        consider(search.evaluated(candidate.clauses.clone()));
    }
    // What a person would name first: plain fields at the client, then what is derived from them.
    found.sort_by(|a, b| {
        b.1.cmp(&a.1)
            .then(oddness(context, &a.0).cmp(&oddness(context, &b.0)))
            .then(b.0.score().total_cmp(&a.0.score()))
    });
    let mut rivals: Vec<(Rule, Rival)> = Vec::new();
    for (r, same) in found {
        let rival = Rival {
            clauses: convert::region(context, &r).clauses,
            score_difference: r.score() - rule.score(),
            same_requests: same,
        };
        // Words that differ only in the side of a translation that does not change them say nothing new.
        if !rivals.iter().any(|(_, known)| same_words(&known.clauses, &rival.clauses)) {
            rivals.push((r, rival));
        }
        if rivals.len() == RIVALS {
            break;
        }
    }
    rivals
}

fn same_words(a: &[Clause], b: &[Clause]) -> bool {
    a.len() == b.len()
        && a.iter().all(|x| b.iter().any(|y| x.subject == y.subject && x.condition == y.condition))
}

/// How many clauses are not about plain header fields at the client.
fn oddness(context: &Context, rule: &Rule) -> usize {
    let plain = |c: &search::Clause| {
        context.features[c.feature]
            .column
            .map(|i| &context.table.columns[i])
            .is_some_and(|column| column.subject.price() == Price::Plain && column.at == Viewpoint::Client)
    };
    rule.clauses.iter().filter(|c| !plain(c)).count()
}

fn features(rule: &Rule) -> Vec<usize> {
    rule.clauses.iter().map(|c| c.feature).collect()
}

/// Simpler telltales that answered requests contradict: the finding without one of its clauses, and
/// for a bound or value the plain "differs from the usual value".
pub(crate) fn refuted(context: &Context, covered: &Covered, rule: &Rule) -> Vec<Refutation> {
    let mut out = Vec::new();
    if rule.clauses.len() > 1 {
        for left_out in 0..rule.clauses.len() {
            let mut fewer = rule.clauses.clone();
            let gone = fewer.remove(left_out);
            if context.in_time(gone.feature) || fewer.iter().all(|c| context.in_time(c.feature)) {
                continue;
            }
            out.extend(refutation(context, covered, &fewer, Some(&gone)));
        }
    }
    for clause in &rule.clauses {
        out.extend(unusual(context, covered, rule, clause));
    }
    out
}

/// The clauses as a refuted telltale, if enough answered requests satisfy them.
fn refutation(
    context: &Context,
    covered: &Covered,
    clauses: &[search::Clause],
    gone: Option<&search::Clause>,
) -> Option<Refutation> {
    let parts = convert::region(context, &Rule { clauses: clauses.to_vec(), ..empty() });
    let selected: Vec<u32> =
        covered.rows.iter().copied().filter(|&r| holds(&context.features, clauses, r)).collect();
    let answered: Vec<u32> = selected.iter().copied().filter(|&r| is_answered(context, r)).collect();
    if answered.is_empty() {
        return None;
    }
    let answered_with = gone
        .and_then(|c| context.features[c.feature].column)
        .map(|c| &context.table.columns[c])
        .and_then(|column| where_answered(column, &answered));
    Some(Refutation {
        clauses: parts.clauses,
        answered: answered.len() as u64,
        requests: selected.len() as u64,
        answered_with,
    })
}

/// "It is not the usual value" as a telltale: what a person suspects first.
fn unusual(context: &Context, covered: &Covered, rule: &Rule, clause: &search::Clause) -> Option<Refutation> {
    let column = &context.table.columns[context.features[clause.feature].column?];
    let Values::Numbers(values) = &column.values else { return None };
    let others: Vec<search::Clause> = rule
        .clauses
        .iter()
        .filter(|c| c.feature != clause.feature && !context.in_time(c.feature))
        .cloned()
        .collect();
    let rows: Vec<u32> = covered
        .rows
        .iter()
        .copied()
        .filter(|&r| holds(&context.features, &others, r) && !values[r as usize].is_nan())
        .collect();
    let usual = most_common(&rows, values)?;
    if holds_value(context, clause, usual) {
        return None;
    }
    let condition = Condition::NotIn(vec![Value::Number(usual)]);
    let differs = condition.mask(column);
    let selected: Vec<u32> = rows.into_iter().filter(|&r| differs[r as usize]).collect();
    let answered: Vec<u32> = selected.iter().copied().filter(|&r| is_answered(context, r)).collect();
    if answered.is_empty() || answered.len() == selected.len() {
        return None;
    }
    let mut clauses = convert::region(context, &Rule { clauses: others, ..empty() }).clauses;
    clauses.push(Clause {
        subject: column.subject.clone(),
        at: column.at,
        condition,
        bracket_low: None,
        bracket_high: None,
    });
    Some(Refutation {
        clauses,
        answered: answered.len() as u64,
        requests: selected.len() as u64,
        answered_with: where_answered(column, &answered),
    })
}

fn holds_value(context: &Context, clause: &search::Clause, value: f64) -> bool {
    let feature = &context.features[clause.feature];
    let Ok(rank) = feature.numbers.binary_search_by(|n| n.total_cmp(&value)) else { return false };
    clause.cut.holds(feature, u32::try_from(rank).expect("ranks have 32 bits"))
}

/// The value of at least a quarter of the rows, if there is one.
fn most_common(rows: &[u32], values: &[f64]) -> Option<f64> {
    let mut sorted: Vec<f64> = rows.iter().map(|&r| values[r as usize]).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let longest = sorted.chunk_by(|a, b| a.total_cmp(b).is_eq()).max_by_key(|c| c.len())?;
    (longest.len() * 4 >= sorted.len()).then(|| longest[0])
}

/// With which values of the column requests were answered: a few of them.
fn where_answered(column: &Column, answered: &[u32]) -> Option<AnsweredWith> {
    let mut values: Vec<Value> = match &column.values {
        Values::Numbers(v) => {
            let mut numbers: Vec<f64> =
                answered.iter().map(|&r| v[r as usize]).filter(|v| !v.is_nan()).collect();
            numbers.sort_unstable_by(f64::total_cmp);
            numbers.dedup();
            numbers.into_iter().map(Value::Number).collect()
        }
        Values::Codes { codes, labels } => {
            let mut found: Vec<u32> = answered.iter().map(|&r| codes[r as usize]).collect();
            found.sort_unstable();
            found.dedup();
            found.into_iter().filter_map(|c| labels.get(c as usize).cloned()).map(Value::Text).collect()
        }
    };
    let more = values.len().saturating_sub(ANSWERED_WITH);
    values.truncate(ANSWERED_WITH);
    (!values.is_empty()).then(|| AnsweredWith { subject: column.subject.clone(), values, more })
}

fn is_answered(context: &Context, row: u32) -> bool {
    context.table.outcomes[row as usize] == Outcome::Answered
}

fn empty() -> Rule {
    Rule { clauses: Vec::new(), inside: Tally::default(), ratio: 0.0, price: 0.0 }
}
