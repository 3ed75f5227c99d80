//! One rule over several services.
//!
//! A rule is searched for within each service, and proposed for all of them. What it says is the sum of what it says within
//! each (as Mantel and Haenszel sum over strata, 1959): a rule that only tells services apart says nothing. It then holds for
//! all services that have such requests, or for some of them, which costs naming them.

use super::context::Context;
use crate::search::score::{Scorer, Tally};
use crate::search::{Rule, holds, select, tally};
use std::collections::BTreeMap;

/// Fewer requests inside do not contradict a rule for all services; so many that fail half as often as those of the others do.
const CONTRADICTING_MIN: u32 = 5;

/// Rows by service, with what is needed to score a rule within each.
pub(crate) struct Strata<'a> {
    context: &'a Context,
    failed: &'a [bool],
    parts: BTreeMap<u32, Part>,
    /// Rows of the services in which nothing failed.
    sound: BTreeMap<u32, Vec<u32>>,
}

struct Part {
    rows: Vec<u32>,
    scorer: Scorer,
}

/// What a rule selects and says within one service.
struct Within {
    service: u32,
    inside: Tally,
    /// Log-likelihood ratio, nats.
    ratio: f64,
    /// Of each set of values, it shows several failing.
    shares_sets: bool,
}

/// Where a rule holds, and what it says there.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    /// The services; empty: all.
    pub(crate) services: Vec<u32>,
    /// Log-likelihood ratio over them, nats.
    pub(crate) ratio: f64,
    /// What naming them costs, nats.
    pub(crate) price: f64,
}

impl Scope {
    pub(crate) fn score(&self, rule: &Rule) -> f64 {
        self.ratio - self.price - rule.price
    }
}

impl<'a> Strata<'a> {
    /// The services in which some rows failed.
    pub(crate) fn of(context: &'a Context, failed: &'a [bool], rows: &[u32]) -> Self {
        let mut by_service: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for &row in rows {
            by_service.entry(context.services.at(row)).or_default().push(row);
        }
        let (mut parts, mut sound) = (BTreeMap::new(), BTreeMap::new());
        for (service, rows) in by_service {
            let total = tally(&rows, failed);
            if total.f > 0 {
                parts.insert(service, Part { scorer: Scorer::new(total), rows });
            } else {
                sound.insert(service, rows);
            }
        }
        Self { context, failed, parts, sound }
    }

    /// The services with their rows and counts.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &[u32], Tally)> + '_ {
        self.parts.iter().map(|(&service, part)| (service, part.rows.as_slice(), part.scorer.total()))
    }

    /// Rows of these services (of all: none given), ascending.
    pub(crate) fn rows(&self, services: &[u32]) -> Vec<u32> {
        let chosen =
            self.parts.iter().filter(|(service, _)| services.is_empty() || services.contains(service));
        let mut rows: Vec<u32> = chosen.flat_map(|(_, part)| part.rows.iter().copied()).collect();
        rows.sort_unstable();
        rows
    }

    /// The scope in which the rule says most.
    pub(crate) fn scope(&self, rule: &Rule) -> Option<Scope> {
        let mut all: Vec<Within> =
            self.parts.iter().map(|(&service, part)| self.within(rule, service, part)).collect();
        let naming = (self.context.services.len().max(1) as f64).ln();
        // Services without such requests say nothing of the rule, and are left out as far as there are words for it.
        let holding: Vec<u32> = all.iter().filter(|w| w.inside.n > 0).map(|w| w.service).collect();
        let named =
            holding.len() < self.context.services.len() && self.context.services.clauses(&holding).is_some();
        let services = if named { holding } else { Vec::new() };
        let everywhere = Scope { services, ratio: all.iter().map(|w| w.ratio).sum(), price: 0.0 };
        if self.context.services.len() < 2 {
            return Some(everywhere);
        }
        let telling = all.iter().filter(|w| w.ratio > naming);
        let joint = telling.fold(Tally::default(), |sum, w| sum.plus(w.inside));
        let contradicts =
            |w: &Within| w.inside.n >= CONTRADICTING_MIN && 2.0 * w.inside.rate() < joint.rate();
        let elsewhere = !named && self.contradicted_elsewhere(rule);
        let mut contradicted = all.iter().any(contradicts) || elsewhere;
        all.retain(|w| w.ratio > naming);
        // Values of which each service shows one are one cause for each service.
        let several = all.iter().all(|w| w.shares_sets);
        contradicted |= all.len() > 1 && !several;
        all.sort_by(|a, b| b.ratio.total_cmp(&a.ratio));
        let mut best = (!contradicted).then_some(everywhere);
        for count in 1..=if several { all.len() } else { all.len().min(1) } {
            let mut services: Vec<u32> = all[..count].iter().map(|w| w.service).collect();
            services.sort_unstable();
            if self.context.services.clauses(&services).is_none() {
                continue;
            }
            let scope = Scope {
                services,
                ratio: all[..count].iter().map(|w| w.ratio).sum(),
                price: naming * count as f64,
            };
            if best.as_ref().is_none_or(|known| scope.score(rule) > known.score(rule)) {
                best = Some(scope);
            }
        }
        best
    }

    fn within(&self, rule: &Rule, service: u32, part: &Part) -> Within {
        let selected = select(&self.context.features, &rule.clauses, &part.rows);
        let inside = tally(&selected, self.failed);
        Within {
            service,
            inside,
            ratio: part.scorer.ratio(inside),
            shares_sets: self.shares_sets(rule, &selected),
        }
    }

    /// Whether the failed ones of these rows have several values of each set that the rule names.
    fn shares_sets(&self, rule: &Rule, rows: &[u32]) -> bool {
        rule.clauses.iter().filter(|clause| clause.cut.several()).all(|clause| {
            let ranks = &self.context.features[clause.feature].ranks;
            let mut failing =
                rows.iter().filter(|&&row| self.failed[row as usize]).map(|&row| ranks[row as usize]);
            let first = failing.next();
            failing.any(|rank| Some(rank) != first)
        })
    }

    /// Whether a service in which nothing failed has such requests.
    fn contradicted_elsewhere(&self, rule: &Rule) -> bool {
        let inside = |row: &&u32| holds(&self.context.features, &rule.clauses, **row);
        let enough = CONTRADICTING_MIN as usize;
        self.sound.values().any(|rows| rows.iter().filter(inside).take(enough).count() == enough)
    }
}
