//! A forecast as plain data.

use crate::statistics::{
    CurveStep, Pairs, Share, TimeInterval, WaitingTime, kaplan_meier, quantile, quantile_interval,
};
use std::collections::BTreeSet;
use unanswered_time::Span;

/// What many runs of a scenario and of its variants have in common.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// Name of the scenario.
    pub name: String,
    /// Its title.
    pub title: String,
    /// How long each run of the scenario lasts.
    pub duration: Span,
    /// The first seed.
    pub first_seed: u64,
    /// How many seeds each case was run with.
    pub seeds: u64,
    /// Groups of the scenario in which some host sends requests; hosts without a group count as one each.
    pub groups: usize,
    /// What such a group is: `group`, or `host` where no host has a group.
    pub group_word: &'static str,
    /// How long before and after a reboot to look for a fault.
    pub reboot_window: Span,
    /// Faults that showed in some run of some case: those of the catalogue first, then the most frequent.
    pub faults: Vec<Fault>,
    /// The scenario itself, then its variants in the order of the file.
    pub cases: Vec<Case>,
}

/// A fault that showed somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Catalogue id, or the mechanism (`link-loss`).
    pub id: String,
    /// What happens, at the first place where it was seen.
    pub what: String,
    /// Whether it is in the catalogue.
    pub known: bool,
    /// Hosts or networks where it acted, in any run.
    pub places: BTreeSet<String>,
}

/// The scenario itself, or a variant of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Name of the variant; `None` for the scenario itself.
    pub name: Option<String>,
    /// Its title.
    pub title: String,
    /// Requests of all runs.
    pub requests: u64,
    /// Those that failed, for whatever cause.
    pub failed: u64,
    /// For each of [`Forecast::faults`], how it showed.
    pub showings: Vec<Showing>,
    /// Source ports that translations rolled, where a server of the scenario has the low-port check.
    pub rolls: Option<PortRolls>,
    /// What reboots changed, for each of their events and each fault of the catalogue.
    pub reboots: Vec<RebootEffect>,
}

/// How a fault showed in the runs of a case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Showing {
    /// Runs in which it caused a request to fail.
    pub shown: Share,
    /// Seeds by whether it showed in the variant (first) and in the scenario itself (second).
    pub against_base: Option<Pairs>,
    /// From the start of the run to the first failed request.
    pub first: WaitingTimes,
    /// Requests of all runs that failed because of it.
    pub failed: u64,
    /// The same for each run in which it showed, sorted.
    pub failed_by_run: Vec<u64>,
    /// In how many runs it struck this many groups; the index is the number of groups.
    pub runs_by_groups: Vec<u64>,
    /// From the first failed request to the first alarm because of it, in runs in which it showed;
    /// `None` without an alarm in the scenario.
    pub alarm: Option<WaitingTimes>,
    /// How much had to be captured, from the first failed request on, until `explain` named it; `None`
    /// when nothing was explained.
    pub named: Option<WaitingTimes>,
}

impl Showing {
    /// Mean number of groups that it struck, over all runs.
    #[must_use]
    pub fn groups_mean(&self) -> f64 {
        let groups = (0..).zip(&self.runs_by_groups).map(|(number, runs)| number * runs).sum();
        Share { part: groups, all: self.shown.all }.value()
    }
}

/// Times until something happened, including those of runs in which it did not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WaitingTimes {
    /// Sorted.
    pub waits: Vec<WaitingTime>,
}

impl WaitingTimes {
    /// From some times, in any order.
    pub fn new(waits: impl IntoIterator<Item = WaitingTime>) -> Self {
        let mut waits: Vec<WaitingTime> = waits.into_iter().collect();
        waits.sort_unstable();
        Self { waits }
    }

    /// In how many of them it happened.
    #[must_use]
    pub fn happened(&self) -> Share {
        let part = self.waits.iter().filter(|wait| wait.happened).count() as u64;
        Share { part, all: self.waits.len() as u64 }
    }

    /// The share in which it has happened by each time.
    #[must_use]
    pub fn steps(&self) -> Vec<CurveStep> {
        kaplan_meier(&self.waits)
    }

    /// The time by which it has happened in this share; `None` when that was not reached.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<Span> {
        quantile(&self.steps(), share)
    }

    /// Interval of the median; an end that was not reached is `None`.
    #[must_use]
    pub fn median_interval(&self) -> TimeInterval {
        quantile_interval(&self.steps(), 0.5)
    }
}

/// Rolled source ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortRolls {
    /// Those below 123, out of all.
    pub low: Share,
    /// What the arithmetic expects: 122 of 510.
    pub expected: Share,
}

/// What a reboot does to a fault: groups by whether they had it (first) in the time before and
/// (second) in the time after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RebootEffect {
    /// Name of the event.
    pub event: String,
    /// Index in [`Forecast::faults`].
    pub fault: usize,
    /// Reboots of that name, in all runs.
    pub times: u64,
    /// Groups with a host that went down.
    pub struck: Pairs,
    /// Groups without, over the same times.
    pub spared: Pairs,
}
