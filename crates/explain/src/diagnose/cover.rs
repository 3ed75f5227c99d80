//! Explain, remove, explain the rest: several independent faults.

use super::Options;
use super::across::{Scope, Strata};
use super::context::Context;
use super::covered::{Beyond, Cause, Covered, Covers, GATE};
use super::{beyond, replay, silent};
use crate::constants::FAILURES_MIN;
use crate::search::cut::Cut;
use crate::search::score::Tally;
use crate::search::{Clause, Limits, Rule, Search, holds, select, tally};
use crate::spread::spread;
use crate::time::ramp;
use crate::time::serial;
use unanswered_registry::{PROTOCOL, Subject};
use unanswered_table::{Outcome, Values, Viewpoint};

/// Most rows that the search looks at; telltales are optimised and counted on all.
pub(crate) const SEARCHED: usize = 12_000;
/// Rules with sets, and as many without, that are taken from a thinned search and optimised on all rows.
const POLISHED: usize = 6;
/// Rules of each service, and of all together, that are proposed for all services.
const PROPOSED: usize = 24;
/// Lowest inflation at which losses are taken to hang together.
const DEPENDENT: f64 = 1.15;
/// How many times as large as the largest other burst a window must be. Of a handful of bursts with
/// exponential sizes the largest is three times the next in about one case in twenty-five.
const OUTAGE_OVER_BURST: f64 = 3.0;

/// Requests closer to each other than this, in seconds, are sent at once (judgement): most round trips on a site's network are
/// shorter, and all time-outs longer.
const AT_ONCE: f64 = 0.02;
/// Most causes that are as they were when all was well, and are set aside.
const AS_BEFORE_MAX: usize = 6;

pub(crate) fn cover(context: &Context, options: &Options) -> Covers {
    let all: Vec<u32> =
        (0..u32::try_from(context.table.rows()).expect("rows are numbered with 32 bits")).collect();
    let mut covers = Covers { accepted: Vec::new(), turned_away: None, rest: all };
    silent::services(context, &mut covers);
    // Services that say nothing take no place of a cause that has to be searched for.
    let mut told = covers.accepted.len();
    let mut as_before = 0;
    while covers.accepted.len() - told < options.findings {
        let Some(best) = best_cause(context, &covers.rest, covers.accepted.len() == told) else { break };
        if best.score < GATE {
            // What is as it was must not hide what is new.
            if let Cause::Rule(rule, _) = &best.cause
                && best.beyond == Beyond::AsBefore
                && as_before < AS_BEFORE_MAX
            {
                as_before += 1;
                covers.rest = without(context, &covers.rest, rule, &best.services);
                // It is told, after what is new, where it can be told in a few words.
                if !rule.clauses.iter().any(Clause::listed) {
                    told += 1;
                    covers.accepted.push(best);
                }
                continue;
            }
            covers.turned_away = Some(best);
            break;
        }
        let stop = matches!(best.cause, Cause::Ramp(_))
            || (best.beyond == Beyond::MayBeStanding && covers.accepted.len() == told);
        covers.rest = match &best.cause {
            Cause::Rule(rule, _) => without(context, &covers.rest, rule, &best.services),
            Cause::Mechanism(fit, _) => {
                let predicted = replay::predicted(context, fit, &best.services);
                covers.rest.retain(|row| predicted.binary_search(row).is_err());
                covers.rest
            }
            Cause::Ramp(_) | Cause::Service => covers.rest,
        };
        covers.accepted.push(best);
        if stop {
            break;
        }
    }
    silent::servers(context, &mut covers);
    covers
}

/// The best cause over the notions of failure worth trying: all failures together, and each sort alone.
fn best_cause(context: &Context, rest: &[u32], first: bool) -> Option<Covered> {
    let mut notions: Vec<Vec<Outcome>> = vec![context.failing.clone()];
    if context.failing.len() > 1 {
        notions.extend(context.failing.iter().map(|o| vec![*o]));
    }
    notions
        .into_iter()
        .filter_map(|outcomes| best_for(context, rest, outcomes, first))
        .max_by(|a, b| a.score.total_cmp(&b.score))
}

fn best_for(context: &Context, rest: &[u32], outcomes: Vec<Outcome>, first: bool) -> Option<Covered> {
    let table = &context.table;
    let failed = context.failed(&outcomes);
    // Failures of another sort are neither failed nor answered here.
    // Nor is a protocol that cannot fail in this way a contrast: all late requests are TCP connects.
    let able = able(context, &failed, outcomes.len() < context.failing.len());
    let rows: Vec<u32> = rest
        .iter()
        .copied()
        .filter(|&r| failed[r as usize] || table.outcomes[r as usize] == Outcome::Answered && able(r))
        .collect();
    let total = tally(&rows, &failed);
    if total.f < FAILURES_MIN || total.f == total.n {
        return None;
    }
    let strata = Strata::of(context, &failed, &rows);
    let may_tell = |feature: usize| context.may_tell(feature, &outcomes);
    let by_rule = best_rule(context, &strata, &failed, &outcomes, &may_tell);
    // A window that the gate turns away must not hide what fails at any time.
    let in_time = |r: &Rule| r.clauses.iter().any(|c| context.in_time(c.feature));
    let by_rule = match by_rule {
        Some(Covered { score, cause: Cause::Rule(rule, _), .. }) if score < GATE && in_time(&rule) => {
            let timeless = |f: usize| !context.in_time(f) && may_tell(f);
            best_rule(context, &strata, &failed, &outcomes, &timeless)
        }
        by_rule => by_rule,
    };
    let by_rule = by_rule.map(|rule| beyond::beyond(context, rule, &failed, &may_tell, first));
    let by_ramp = rising(context, &failed, &rows, total, &outcomes);
    let new = |rule: &Covered| rule.beyond == Beyond::More && is_in_time(context, rule);
    let best = match (by_rule, by_ramp) {
        (Some(rule), _) if new(&rule) => Some(rule),
        (Some(rule), Some(ramp)) if ramp.plain >= rule.plain => Some(ramp),
        (None, Some(ramp)) => Some(ramp),
        (rule, _) => rule,
    };
    // One that the gate would turn away must not hide what passes it.
    let mechanism = replay::best(context, &failed[..table.rows()], &rows, &outcomes, best.as_ref());
    mechanism.filter(|mechanism| mechanism.score >= GATE).or(best)
}

/// The best rule on the features that may be used, and the services for which it holds.
fn best_rule(
    context: &Context,
    strata: &Strata<'_>,
    failed: &[bool],
    outcomes: &[Outcome],
    usable: &(dyn Fn(usize) -> bool + Sync),
) -> Option<Covered> {
    let all = strata.rows(&[]);
    let mut proposed = best_rules(context, failed, &all, &thinned(&all, failed), usable);
    if context.services.len() > 1 {
        proposed.truncate(PROPOSED);
        for (_, rows, total) in strata.iter().filter(|(_, rows, _)| rows.len() < all.len()) {
            if total.f >= FAILURES_MIN && total.f < total.n {
                let within = best_rules(context, failed, rows, &thinned(rows, failed), usable);
                proposed.extend(within.into_iter().take(PROPOSED));
            }
        }
    }
    let mut scoped: Vec<(Scope, Rule)> =
        proposed.into_iter().filter_map(|rule| Some((strata.scope(&rule)?, rule))).collect();
    scoped.sort_by(|(a, x), (b, y)| b.score(y).total_cmp(&a.score(x)));
    let (services, rows) = scoped.iter().find_map(|(scope, rule)| {
        let rows = strata.rows(&scope.services);
        let inside = tally(&select(&context.features, &rule.clauses, &rows), failed);
        (inside.f >= FAILURES_MIN).then(|| (scope.services.clone(), rows))
    })?;
    let searched = thinned(&rows, failed);
    let mut rules: Vec<Rule> = Vec::new();
    for (scope, rule) in scoped.into_iter().filter(|(scope, _)| scope.services == services) {
        if !rules.iter().any(|known| known.clauses == rule.clauses) {
            let inside = tally(&select(&context.features, &rule.clauses, &rows), failed);
            rules.push(Rule { inside, ratio: scope.ratio, price: rule.price + scope.price, ..rule });
        }
    }
    let first = rules.iter().find(|r| r.inside.f >= FAILURES_MIN)?;
    let first = simpler_first(context, first, &rules, failed, (&searched, usable));
    let first = &plainly(context, first.clone());
    let covered = judged(context, first, &rules, failed, (&rows, &searched), outcomes);
    Some(Covered { services, ..covered })
}

/// A column of a user's table with this many different numbers or fewer has codes - ports, ids, versions - rather than amounts
/// (judgement).
const CODES_MAX: usize = 32;

/// A range that holds one of a few numbers is said as that number: `3389`, and not `3389 or higher`.
fn plainly(context: &Context, mut rule: Rule) -> Rule {
    for clause in &mut rule.clauses {
        let feature = &context.features[clause.feature];
        let column = feature.column.map(|index| &context.table.columns[index].subject);
        let users = column.is_some_and(|subject| matches!(subject, Subject::Column(_)));
        if let Cut::Range { low, high, .. } = clause.cut
            && low == high
            && users
            && feature.distinct <= CODES_MAX
        {
            clause.cut = Cut::In(vec![low]);
        }
    }
    rule
}

/// Whether a row's protocol has failures of the sort searched for; always true unless `one_sort`.
fn able(context: &Context, failed: &[bool], one_sort: bool) -> impl Fn(u32) -> bool {
    let codes = match context.table.column(&Subject::Feature(&PROTOCOL), Viewpoint::Client).map(|c| &c.values)
    {
        Some(Values::Codes { codes, labels }) if one_sort => Some((codes.clone(), labels.len())),
        Some(Values::Codes { .. } | Values::Numbers(_)) | None => None,
    };
    let failing: Vec<bool> = codes.as_ref().map_or_else(Vec::new, |(codes, labels)| {
        let mut failing = vec![false; *labels];
        for (&code, _) in codes.iter().zip(failed).filter(|(_, f)| **f) {
            if let Some(f) = failing.get_mut(code as usize) {
                *f = true;
            }
        }
        failing
    });
    move |row| {
        codes.as_ref().is_none_or(|(codes, _)| failing.get(codes[row as usize] as usize) == Some(&true))
    }
}

/// The best rules: searched for on the thinned rows, then optimised again on all of them.
fn best_rules(
    context: &Context,
    failed: &[bool],
    rows: &[u32],
    searched: &[u32],
    usable: &dyn Fn(usize) -> bool,
) -> Vec<Rule> {
    let search = Search::new(&context.features, failed, searched, usable, Limits::default());
    let rules = search.run();
    if searched.len() == rows.len() {
        return rules;
    }
    let whole = Search::new(&context.features, failed, rows, usable, Limits::default());
    let (sets, simple): (Vec<Rule>, Vec<Rule>) = rules.into_iter().partition(Rule::several);
    whole.polished(sets.into_iter().take(POLISHED).chain(simple.into_iter().take(POLISHED)).collect())
}

/// The rows (ascending) that do not satisfy the rule, or are of none of the services (none given: all are).
fn without(context: &Context, rows: &[u32], rule: &Rule, services: &[u32]) -> Vec<u32> {
    let inside = select(&context.features, &rule.clauses, rows);
    let mut inside = inside.into_iter().peekable();
    let within = |row: u32| services.is_empty() || services.contains(&context.services.at(row));
    rows.iter().copied().filter(|r| inside.next_if_eq(r).is_none() || !within(*r)).collect()
}

/// Every failed row up to half of [`SEARCHED`], and answered ones evenly spread: the search needs
/// contrast, not bulk; what it finds is optimised and counted on all rows.
fn thinned(rows: &[u32], failed: &[bool]) -> Vec<u32> {
    if rows.len() <= SEARCHED {
        return rows.to_vec();
    }
    let failures = rows.iter().filter(|&&r| failed[r as usize]).count();
    let answers = rows.len() - failures;
    let keep_failed = failures.min(SEARCHED / 2).max(SEARCHED.saturating_sub(answers)).min(failures);
    let keep_answered = (SEARCHED - keep_failed).min(answers);
    rows.iter()
        .copied()
        .filter(|&r| {
            let (keep, of) =
                if failed[r as usize] { (keep_failed, failures) } else { (keep_answered, answers) };
            spread(r) < keep as f64 / of.max(1) as f64
        })
        .collect()
}

/// A set of values may be two causes in one. If the best rule has a set, the best rule without sets goes
/// first when the two in sequence (each with the best rule for what it leaves) say more.
fn simpler_first<'a>(
    context: &Context,
    best: &'a Rule,
    rules: &'a [Rule],
    failed: &[bool],
    (rows, usable): (&[u32], &dyn Fn(usize) -> bool),
) -> &'a Rule {
    if !best.several() {
        return best;
    }
    let Some(simple) = rules.iter().find(|r| !r.several() && r.inside.f >= FAILURES_MIN && r.score() > 0.0)
    else {
        return best;
    };
    let here = Search::new(&context.features, failed, rows, usable, Limits::default());
    let then = |rule: &Rule| {
        let left = thinned(&without(context, rows, rule, &[]), failed);
        let search = Search::new(&context.features, failed, &left, usable, Limits::default());
        here.evaluated(rule.clauses.clone()).score() + search.run().first().map_or(0.0, Rule::score).max(0.0)
    };
    if then(simple) >= then(best) { simple } else { best }
}

/// The rule with its score once failures that hang together are counted as one.
fn judged(
    context: &Context,
    rule: &Rule,
    rules: &[Rule],
    failed: &[bool],
    (rows, searched): (&[u32], &[u32]),
    outcomes: &[Outcome],
) -> Covered {
    let residual: Vec<bool> = without(context, rows, rule, &[]).iter().map(|&r| failed[r as usize]).collect();
    let mut inflation = serial::inflation(&residual);
    if rule.clauses.iter().any(|c| context.in_time(c.feature)) {
        inflation = inflation.max(in_windows(context, rule, failed, rows, &residual, inflation));
    }
    let runners_up = rules.iter().filter(|r| r.clauses != rule.clauses).take(60).cloned().collect();
    Covered {
        plain: rule.score(),
        score: rule.ratio / inflation - rule.price,
        cause: Cause::Rule(rule.clone(), runners_up),
        outcomes: outcomes.to_vec(),
        rows: rows.to_vec(),
        searched: searched.to_vec(),
        inflation,
        services: Vec::new(),
        beyond: Beyond::NotAsked,
    }
}

/// The inflation for a rule with a window in time. Where losses come in bursts, a window is an outage
/// only when it is not one burst among others; and bursts fall into step with some period, which
/// shows in what hangs together inside its windows.
fn in_windows(
    context: &Context,
    rule: &Rule,
    failed: &[bool],
    rows: &[u32],
    residual: &[bool],
    inflation: f64,
) -> f64 {
    let outside = residual.iter().filter(|f| **f).count() as f64 / residual.len().max(1) as f64;
    let y: Vec<bool> = rows.iter().map(|&r| failed[r as usize]).collect();
    let expected: Vec<f64> = rows
        .iter()
        .map(|&r| if holds(&context.features, &rule.clauses, r) { rule.inside.rate() } else { outside })
        .collect();
    let hanging = serial::inflation_about(&y, &expected);
    let burst = serial::largest_burst(residual) as f64;
    if at_once(context, rule, rows) {
        return hanging.max(f64::from(rule.inside.f));
    }
    let among_others = inflation > DEPENDENT && f64::from(rule.inside.f) < OUTAGE_OVER_BURST * burst;
    if among_others { hanging.max(burst) } else { hanging }
}

/// Whether a cause is a rule with a window of time.
fn is_in_time(context: &Context, covered: &Covered) -> bool {
    let Cause::Rule(rule, _) = &covered.cause else { return false };
    rule.clauses.iter().any(|clause| context.in_time(clause.feature))
}

/// Whether all that a window of time selects came at once: between the requests before and after it lies hardly any time. What
/// happens to them happens once, and is no outage.
fn at_once(context: &Context, rule: &Rule, rows: &[u32]) -> bool {
    if !rule.clauses.iter().all(|clause| Some(clause.feature) == context.time) {
        return false;
    }
    let time = |row: &u32| context.table.times[*row as usize];
    let inside = |row: &u32| holds(&context.features, &rule.clauses, *row);
    let (Some(first), Some(last)) = (rows.iter().position(inside), rows.iter().rposition(inside)) else {
        return false;
    };
    let before = first.checked_sub(1).and_then(|before| rows.get(before)).map(time);
    let after = rows.get(last + 1).map(time);
    before.zip(after).is_some_and(|(before, after)| after - before < AT_ONCE)
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
    let expected: Vec<f64> = times.iter().map(|&t| ramp.rate(t)).collect();
    let inflation = serial::inflation_about(&y, &expected);
    // As many free numbers as a bound on time has: two rates and a start, one of the places tried.
    let features = context.features.len() as f64;
    let price = 0.5 * f64::from(total.n).ln() + features.ln() + 1.5 + ramp::CANDIDATES_LN;
    Some(Covered {
        plain: ramp.ratio - price,
        score: ramp.ratio / inflation - price,
        cause: Cause::Ramp(ramp),
        outcomes: outcomes.to_vec(),
        rows: rows.to_vec(),
        searched: Vec::new(),
        inflation,
        services: Vec::new(),
        beyond: Beyond::NotAsked,
    })
}
