//! At which of the eight steps requests failed, as far as the places captured show.
//!
//! Each failed request is followed from place to place: where it was seen last
//! and what usually comes behind that place; where its reply was seen; who
//! refused it. What most of the requests show is the step. Where the places
//! cannot tell, the reason says what would.

mod facts;
mod fate;
mod funnel;
mod narrow;

pub(crate) use facts::Facts;
use fate::{Fate, ended, fate};
use funnel::Funnel;
use std::collections::BTreeMap;
use unanswered_exchange::follow::Way;
use unanswered_exchange::{Exchange, Exchanges, PlaceId};
use unanswered_explain::StepFinding;
use unanswered_table::Step;

/// Failed requests that are followed: more of the same kind change no majority.
const FOLLOWED_MAX: usize = 20_000;

/// A step is named when it holds for this share of the requests that can be placed.
const MAJORITY: f64 = 0.6;

/// Where one request failed, as far as these places show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// The step; `None` when the places cannot tell (or the request did not fail).
    pub step: Option<Step>,
    /// The place where the request (or, in a step after the server's, the reply) was seen last.
    pub last_seen: PlaceId,
    /// The place where it was expected next and not seen; `None` when it ended at `last_seen` itself,
    /// or nothing was captured beyond.
    pub missing_at: Option<PlaceId>,
    /// What was seen, one sentence without a full stop.
    pub because: String,
    /// Which further vantage point would narrow it down; `None` when none would.
    pub narrow: Option<String>,
}

/// The steps of single requests.
#[derive(Debug)]
pub struct Steps<'a> {
    exchanges: &'a Exchanges,
    facts: Facts,
}

impl<'a> Steps<'a> {
    /// Looks through all exchanges once.
    #[must_use]
    pub fn new(exchanges: &'a Exchanges) -> Self {
        Self { exchanges, facts: Facts::of(exchanges) }
    }

    /// Where the request of that row failed; `None` for one that did not fail.
    ///
    /// # Panics
    /// When there is no such row.
    #[must_use]
    pub fn of(&self, row: u32) -> Option<Located> {
        let exchange = self.exchanges.get(row);
        if !exchange.outcome().failed() {
            return None;
        }
        let fate = ended(&self.facts, &exchange);
        let (last_seen, missing_at) = fate.places().unwrap_or_else(|| self.end_of(&exchange, &fate));
        let mut because = fate.words(self.exchanges);
        if self.facts.reached_elsewhere(&exchange).is_some() {
            because.push_str("; answered requests of that time went to another machine");
        }
        Some(Located {
            step: fate.step(),
            last_seen,
            missing_at,
            because,
            narrow: fate.narrow(self.exchanges, &self.facts),
        })
    }
}

impl Steps<'_> {
    /// Where a request ended that somebody said something about.
    fn end_of(&self, exchange: &Exchange<'_>, fate: &Fate) -> (PlaceId, Option<PlaceId>) {
        let farthest = exchange.farthest();
        if matches!(fate, Fate::Unacceptable(_)) {
            return (exchange.nearest().place(), None);
        }
        if !matches!(fate, Fate::RefusedOnTheWay(_)) {
            return (farthest.place(), None);
        }
        let next = self.facts.onward.after(&farthest);
        (farthest.place(), next.filter(|p| !exchange.sightings().any(|s| s.place() == *p)))
    }
}

/// The step at which the failed requests failed.
#[must_use]
pub fn step(exchanges: &Exchanges, failed: &[u32]) -> StepFinding {
    step_with(exchanges, &Facts::of(exchanges), failed)
}

/// The same with facts that were gathered before.
pub(crate) fn step_with(exchanges: &Exchanges, facts: &Facts, failed: &[u32]) -> StepFinding {
    let every = failed.len().div_ceil(FOLLOWED_MAX).max(1);
    let mut fates: BTreeMap<Fate, u64> = BTreeMap::new();
    let mut funnel = Funnel::default();
    for &row in failed.iter().step_by(every) {
        let exchange = exchanges.get(row);
        *fates.entry(fate(facts, &exchange)).or_default() += 1;
        funnel.add(&Way::of(&exchange, &facts.onward));
    }
    let (step, because) = conclude(exchanges, &fates);
    StepFinding { step, because, funnel: funnel.places(exchanges), followed: fates.values().sum() }
}

/// What most of the requests show, and that in words.
fn conclude(exchanges: &Exchanges, fates: &BTreeMap<Fate, u64>) -> (Option<Step>, String) {
    let total: u64 = fates.values().sum();
    let mut steps: BTreeMap<Option<Step>, u64> = BTreeMap::new();
    for (fate, count) in fates {
        *steps.entry(fate.step()).or_default() += count;
    }
    let placed: u64 = steps.iter().filter(|(step, _)| step.is_some()).map(|(_, count)| count).sum();
    let best = steps.iter().filter(|(step, _)| step.is_some()).max_by_key(|(_, count)| **count);
    let Some((&best, &count)) = best.filter(|_| placed * 2 >= total) else {
        return (None, say(exchanges, fates, None, total));
    };
    #[expect(clippy::cast_precision_loss, reason = "counts of at most twenty thousand")]
    let clear = count as f64 >= MAJORITY * placed as f64;
    if clear {
        (best, say(exchanges, fates, best, total))
    } else {
        (None, mixed(exchanges, &steps, fates, total))
    }
}

/// The most frequent reason for the step, with how many requests show it.
fn say(exchanges: &Exchanges, fates: &BTreeMap<Fate, u64>, step: Option<Step>, total: u64) -> String {
    let mut kinds: BTreeMap<u8, u64> = BTreeMap::new();
    for (fate, count) in fates.iter().filter(|(fate, _)| fate.step() == step) {
        *kinds.entry(fate.kind()).or_default() += count;
    }
    let Some((kind, count)) = kinds.into_iter().max_by_key(|k| k.1) else {
        return "no failed request to follow".to_owned();
    };
    let same = |(fate, _): &(&Fate, &u64)| fate.step() == step && fate.kind() == kind;
    let mut of_kind: Vec<(&Fate, &u64)> = fates.iter().filter(same).collect();
    of_kind.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let (first, _) = of_kind[0];
    let many = if count == total { format!("all {total}") } else { format!("{count} of {total}") };
    let mut words = format!("{many}: {}", first.words(exchanges));
    if of_kind.len() > 1 {
        let others: Vec<String> = of_kind[1..].iter().take(3).filter_map(|(t, _)| t.way(exchanges)).collect();
        if !others.is_empty() {
            words.push_str(&format!(" (or {})", others.join(", ")));
        }
    }
    words
}

fn mixed(
    exchanges: &Exchanges,
    steps: &BTreeMap<Option<Step>, u64>,
    fates: &BTreeMap<Fate, u64>,
    total: u64,
) -> String {
    let parts: Vec<String> = steps
        .keys()
        .filter_map(|step| step.map(|s| (s, say(exchanges, fates, *step, total))))
        .map(|(step, words)| format!("{step} for {words}"))
        .collect();
    format!("more than one step: {}", parts.join("; "))
}

/// A place's name for people.
pub(crate) fn name(exchanges: &Exchanges, place: PlaceId) -> String {
    exchanges.place_name(place)
}
