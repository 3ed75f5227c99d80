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
mod replies;

use crate::behind;
pub(crate) use facts::Facts;
use fate::{ended, fate, places};
use funnel::Funnel;
use narrow::narrow;
pub use narrow::{Narrow, Segment};
use std::collections::BTreeMap;
use unanswered_exchange::follow::RequestPath;
use unanswered_exchange::{Exchange, Exchanges, PlaceId};
use unanswered_explain::{Fate, Shown, StepFinding};
use unanswered_table::Step;

/// Maximum number of failed requests that are followed: more of the same kind change no majority.
const FOLLOWED_MAX: usize = 20_000;

/// Maximum number of other places named at which requests show the same.
const ELSEWHERE: usize = 3;

/// A step is named when it holds for this share of the requests that can be placed.
const MAJORITY: f64 = 0.6;

/// Where one request failed, as far as these places show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// The step; `None` when the places cannot tell (or the request did not fail).
    pub step: Option<Step>,
    /// The place where the request (or, in a step after the server's, the reply) was last seen.
    pub last_seen: PlaceId,
    /// The place where it was expected next and not seen; `None` when it ended at `last_seen` itself,
    /// or nothing was captured beyond.
    pub missing_at: Option<PlaceId>,
    /// What was seen.
    pub fate: Fate<PlaceId>,
    /// Answered requests at that time went to another machine.
    pub others_elsewhere: bool,
    /// Where to look next; `None` when nothing would narrow it down.
    pub narrow: Option<Narrow>,
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
        let (last_seen, missing_at) = places(&fate).unwrap_or_else(|| self.end_of(&exchange, &fate));
        Some(Located {
            step: fate.step(),
            last_seen,
            missing_at,
            others_elsewhere: self.facts.reached_elsewhere(&exchange).is_some(),
            narrow: narrow(&fate, self.exchanges, &self.facts),
            fate,
        })
    }
}

impl Steps<'_> {
    /// Where a request with a refusal or an unacceptable reply ended.
    fn end_of(&self, exchange: &Exchange<'_>, fate: &Fate<PlaceId>) -> (PlaceId, Option<PlaceId>) {
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
    let mut fates: BTreeMap<Fate<PlaceId>, u64> = BTreeMap::new();
    let mut funnel = Funnel::default();
    for &row in failed.iter().step_by(every) {
        let exchange = exchanges.get(row);
        *fates.entry(fate(facts, &exchange)).or_default() += 1;
        funnel.add(&RequestPath::of(&exchange, &facts.onward));
    }
    let (step, shown) = conclude(exchanges, &fates);
    StepFinding {
        step,
        shown,
        funnel: funnel.places(exchanges),
        followed: fates.values().sum(),
        behind: behind::behind(exchanges, failed),
    }
}

/// What most of the requests show.
fn conclude(exchanges: &Exchanges, fates: &BTreeMap<Fate<PlaceId>, u64>) -> (Option<Step>, Vec<Shown>) {
    let total: u64 = fates.values().sum();
    let mut steps: BTreeMap<Option<Step>, u64> = BTreeMap::new();
    for (fate, count) in fates {
        *steps.entry(fate.step()).or_default() += count;
    }
    let placed: u64 = steps.iter().filter(|(step, _)| step.is_some()).map(|(_, count)| count).sum();
    let best = steps.iter().filter(|(step, _)| step.is_some()).max_by_key(|(_, count)| **count);
    let Some((&best, &count)) = best.filter(|_| placed * 2 >= total) else {
        return (None, shown(exchanges, fates, None).into_iter().collect());
    };
    #[expect(clippy::cast_precision_loss, reason = "counts of at most twenty thousand")]
    let clear = count as f64 >= MAJORITY * placed as f64;
    if clear {
        return (best, shown(exchanges, fates, best).into_iter().collect());
    }
    let known = steps.into_keys().filter(Option::is_some);
    (None, known.filter_map(|step| shown(exchanges, fates, step)).collect())
}

/// What most requests of the step have in common.
fn shown(exchanges: &Exchanges, fates: &BTreeMap<Fate<PlaceId>, u64>, step: Option<Step>) -> Option<Shown> {
    let of_step = || fates.iter().filter(|(fate, _)| fate.step() == step);
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    for (fate, count) in of_step() {
        *kinds.entry(fate.code()).or_default() += count;
    }
    let (code, requests) = kinds.into_iter().max_by_key(|k| k.1)?;
    let mut alike: Vec<_> = of_step().filter(|(fate, _)| fate.code() == code).collect();
    alike.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let mut named =
        alike.into_iter().map(|(fate, count)| (fate.map(|place| exchanges.place_name(place)), *count));
    let (fate, here) = named.next()?;
    Some(Shown { fate, requests, here, elsewhere: named.take(ELSEWHERE).collect() })
}
