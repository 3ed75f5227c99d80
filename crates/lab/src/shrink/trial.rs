//! Whether a scenario shows a fault, found by running it no longer than needed.

use super::options::ShrinkError;
use crate::host_groups::group_of;
use crate::record::cause_names::{self, without_place};
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use unanswered_scenario::Document;
use unanswered_scenario::model::Scenario;
use unanswered_table::Outcome;
use unanswered_wire::Span;
use unanswered_world::ledger::LedgerRequest;
use unanswered_world::observer::Observer;
use unanswered_world::site::SiteState;
use unanswered_world::{Nobody, World};

/// What a reduced scenario must still show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Goal {
    /// The fault's id, with or without its place.
    pub(super) fault: String,
    /// This many requests fail because of it, and this many to the same servers are answered.
    failed: u64,
    answered: u64,
    /// All of those that fail belong to one group of hosts, so that the others can be removed.
    in_one_group: bool,
}

/// What a run showed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TrialResult {
    /// Requests that failed because of the fault, until there were enough: of the group with the most, or all.
    pub(super) failed: u64,
    /// Requests to the same servers that were answered until then.
    pub(super) answered: u64,
    /// When the last request that made it enough was sent, since the start.
    pub(super) enough: Option<Span>,
}

/// What the scenario itself shows is what is required.
pub(super) fn goal(
    scenario: &Scenario,
    seed: u64,
    fault: Option<&str>,
    requests: u64,
) -> Result<Goal, ShrinkError> {
    let counts = counts(scenario, seed);
    let chosen = match fault {
        Some(name) => counts.contains_key(name).then(|| name.to_owned()),
        None => {
            let exact = counts.iter().filter(|(id, _)| !is_mechanism(id, &counts));
            exact.max_by_key(|(id, count)| (!id.contains(':'), **count)).map(|(id, _)| id.clone())
        }
    };
    let Some(chosen) = chosen else {
        let shown: Vec<&str> =
            counts.keys().filter(|id| !is_mechanism(id, &counts)).map(String::as_str).collect();
        return Err(ShrinkError::NotShown {
            fault: fault.unwrap_or("a fault").to_owned(),
            seed,
            shown: if shown.is_empty() { "nothing does".to_owned() } else { shown.join(", ") },
        });
    };
    // A goal that is never reached, so that everything is counted.
    let endless = Goal { fault: chosen, failed: u64::MAX, answered: u64::MAX, in_one_group: true };
    let mut result = run(scenario, seed, &endless);
    let in_one_group = result.failed >= requests;
    if !in_one_group {
        result = run(scenario, seed, &Goal { in_one_group, ..endless.clone() });
    }
    let (failed, answered) = (result.failed.min(requests), result.answered.min(requests));
    Ok(Goal { failed, answered, in_one_group, ..endless })
}

/// `host-down`, where `host-down:a` is there as well.
fn is_mechanism(id: &str, counts: &BTreeMap<String, u64>) -> bool {
    counts.keys().any(|other| other != id && without_place(other) == id)
}

/// Failed requests by fault, with and without the place.
fn counts(scenario: &Scenario, seed: u64) -> BTreeMap<String, u64> {
    let state = World::new(scenario, seed, Nobody).run().state;
    let mut counts = BTreeMap::new();
    for cause in state.ledger.causes().iter().filter(|cause| cause.requests > 0) {
        let id = cause_names::fault(scenario, cause.reason, cause.episode.as_deref()).id;
        if without_place(&id) != id {
            *counts.entry(without_place(&id).to_owned()).or_insert(0) += cause.requests;
        }
        *counts.entry(id).or_insert(0) += cause.requests;
    }
    counts
}

/// Runs a scenario until the goal is reached, or to its end.
fn run(scenario: &Scenario, seed: u64, goal: &Goal) -> TrialResult {
    let observer = TrialObserver {
        goal,
        by_cause: Vec::new(),
        answered: BTreeMap::new(),
        servers: BTreeSet::new(),
        by_group: BTreeMap::new(),
        last: Span::default(),
        result: TrialResult::default(),
    };
    World::new(scenario, seed, observer).run().observer.result
}

struct TrialObserver<'g> {
    goal: &'g Goal,
    /// Whether each cause of the ledger is the fault.
    by_cause: Vec<Option<bool>>,
    answered: BTreeMap<Ipv4Addr, u64>,
    /// Servers whose requests failed because of the fault.
    servers: BTreeSet<Ipv4Addr>,
    /// Requests that failed because of the fault, by group; all under an empty name when groups do not matter.
    by_group: BTreeMap<String, u64>,
    last: Span,
    result: TrialResult,
}

impl TrialObserver<'_> {
    fn is_the_fault(&mut self, state: &SiteState<'_>, request: &LedgerRequest) -> bool {
        let Some(loss) = request.last_loss else { return false };
        let index = loss.cause.0 as usize;
        self.by_cause.resize(self.by_cause.len().max(index + 1), None);
        let Some(cause) = state.ledger.causes().get(index) else { return false };
        *self.by_cause[index].get_or_insert_with(|| {
            let id = cause_names::fault(state.scenario, cause.reason, cause.episode.as_deref()).id;
            id == self.goal.fault || without_place(&id) == self.goal.fault
        })
    }
}

impl Observer for TrialObserver<'_> {
    fn request(&mut self, state: &SiteState<'_>, request: &LedgerRequest, outcome: Outcome) {
        let Some(tuple) = request.inside else { return };
        let server = tuple.destination.address;
        if outcome == Outcome::Answered {
            *self.answered.entry(server).or_default() += 1;
        } else if outcome.failed() && self.is_the_fault(state, request) {
            self.servers.insert(server);
            let group = if self.goal.in_one_group { group_of(state.scenario, request.client) } else { "" };
            let count = self.by_group.entry(group.to_owned()).or_default();
            *count += 1;
            self.result.failed = self.result.failed.max(*count);
        } else {
            return;
        }
        self.last = self.last.max(state.scenario.since_start(request.time));
        let same = self.servers.iter().filter_map(|server| self.answered.get(server));
        self.result.answered = same.sum();
        if self.result.failed >= self.goal.failed && self.result.answered >= self.goal.answered {
            self.result.enough.get_or_insert(self.last);
        }
    }

    fn finished(&self) -> bool {
        self.result.enough.is_some()
    }
}

/// Enough runs to find how short the result can be, whatever the parts have cost: one to see when it has
/// enough, and one for each margin.
const RESERVE: usize = 6;

/// Runs scenarios, not more often than allowed and none twice.
pub(super) struct Trial<'p> {
    seed: u64,
    goal: Goal,
    runs: usize,
    runs_max: usize,
    /// Runs that are reserved for the end.
    reserve: usize,
    exhausted: bool,
    /// Results so far, by the text of the scenario.
    known: BTreeMap<String, TrialResult>,
    progress: &'p mut dyn FnMut(usize),
}

impl<'p> Trial<'p> {
    pub(super) const fn new(
        seed: u64,
        goal: Goal,
        runs_max: usize,
        progress: &'p mut dyn FnMut(usize),
    ) -> Self {
        Self {
            seed,
            goal,
            runs: 0,
            runs_max,
            reserve: if RESERVE < runs_max / 2 { RESERVE } else { runs_max / 2 },
            exhausted: false,
            known: BTreeMap::new(),
            progress,
        }
    }

    pub(super) const fn goal(&self) -> &Goal {
        &self.goal
    }

    pub(super) const fn seed(&self) -> u64 {
        self.seed
    }

    /// What was reserved for the end may be used from now on.
    pub(super) const fn use_reserve(&mut self) {
        self.reserve = 0;
    }

    /// Runs so far, and whether more were wanted than allowed.
    pub(super) const fn spent(&self) -> (usize, bool) {
        (self.runs, self.exhausted)
    }

    /// Whether a scenario is sound and shows the fault often enough.
    pub(super) fn shows(&mut self, document: &Document) -> bool {
        self.run(document).is_some_and(|result| result.enough.is_some())
    }

    /// What a scenario shows; `None` when it is not sound or may not be run.
    pub(super) fn run(&mut self, document: &Document) -> Option<TrialResult> {
        let text = document.to_toml();
        if let Some(known) = self.known.get(&text) {
            return Some(known.clone());
        }
        let scenario = document.scenario().ok()?;
        if self.runs + self.reserve >= self.runs_max {
            self.exhausted = true;
            return None;
        }
        self.runs += 1;
        let result = run(&scenario, self.seed, &self.goal);
        (self.progress)(self.runs);
        self.known.insert(text, result.clone());
        Some(result)
    }

    /// Runs a scenario whatever it costs.
    pub(super) fn prove(&mut self, scenario: &Scenario) -> TrialResult {
        run(scenario, self.seed, &self.goal)
    }
}
