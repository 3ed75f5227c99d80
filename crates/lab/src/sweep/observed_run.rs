//! One run, observed for what a forecast needs: which faults struck when, where and how often.
//!
//! Single requests are not kept, so a run takes little memory however long it is. The
//! result is plain numbers, in nanoseconds since the start of the run, and is what the
//! state file contains.

use super::port_choices::{PortChoices, RolledPorts};
use super::reboots::{Reboot, Reboots};
use crate::host_groups::group_of;
use crate::record::cause_names::{self, without_place};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicBool, Ordering};
use unanswered_scenario::model::{HostId, Scenario};
use unanswered_table::Outcome;
use unanswered_wire::{Span, Time};
use unanswered_world::World;
use unanswered_world::ledger::{LedgerRequest, LossCauseId};
use unanswered_world::observer::{Happening, Observer, Rewritten};
use unanswered_world::site::SiteState;

/// What one run showed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ObservedRun {
    /// Requests that ended.
    pub(super) requests: u64,
    /// Those that failed, for whatever cause.
    pub(super) failed: u64,
    /// Faults that made requests fail, in the order in which they first did.
    pub(super) faults: Vec<Strike>,
    /// Source ports that were rolled.
    #[serde(rename = "dice")]
    pub(super) ports: PortChoices,
    /// What reboots changed.
    pub(super) reboots: Vec<Reboot>,
}

/// A fault in one run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Strike {
    /// Catalogue id, or the mechanism without its place.
    pub(super) id: String,
    /// Where it acts: hosts or networks.
    pub(super) places: BTreeSet<String>,
    /// What happens, at the first of the places.
    pub(super) what: String,
    /// Whether it is in the catalogue.
    pub(super) known: bool,
    /// Requests that failed because of it.
    pub(super) failed: u64,
    /// When the first of them was sent.
    pub(super) first: i64,
    /// The group of the first (see [`group_of`]).
    pub(super) first_unit: String,
    /// The groups with a failed request.
    pub(super) units: BTreeSet<String>,
    /// When the first alarm was raised because of it.
    pub(super) alarm: Option<i64>,
}

/// Runs a scenario and observes it; `None` when it was stopped.
pub(super) fn observe(
    scenario: &Scenario,
    seed: u64,
    reboot_window: Span,
    stop: &AtomicBool,
) -> Option<ObservedRun> {
    let observer = RunObserver {
        stop,
        run: ObservedRun::default(),
        by_cause: Vec::new(),
        silent: FxHashMap::default(),
        reboots: Reboots::new(scenario, reboot_window),
        rolled: RolledPorts::new(scenario),
    };
    let RunObserver { mut run, reboots, rolled, .. } = World::new(scenario, seed, observer).run().observer;
    if stop.load(Ordering::Relaxed) {
        return None;
    }
    run.ports = rolled.choices();
    run.reboots = reboots.finish();
    Some(run)
}

struct RunObserver<'a> {
    stop: &'a AtomicBool,
    run: ObservedRun,
    /// Index in `run.faults` of each cause of the ledger.
    by_cause: Vec<Option<usize>>,
    /// Failed requests by fault since the last answer, for each client and server.
    silent: FxHashMap<(HostId, Ipv4Addr), Vec<(usize, u64)>>,
    reboots: Reboots,
    rolled: RolledPorts,
}

impl RunObserver<'_> {
    /// The fault to which a cause belongs; a new one if it has not struck before.
    fn fault(&mut self, state: &SiteState<'_>, cause: LossCauseId, request: &LedgerRequest) -> Option<usize> {
        let index = cause.0 as usize;
        if let Some(Some(known)) = self.by_cause.get(index) {
            return Some(*known);
        }
        let cause = state.ledger.causes().get(index)?;
        let fault = cause_names::fault(state.scenario, cause.reason, cause.episode.as_deref());
        let id = without_place(&fault.id);
        let faults = &mut self.run.faults;
        let position = faults.iter().position(|strike| strike.id == id).unwrap_or_else(|| {
            faults.push(Strike {
                id: id.to_owned(),
                places: BTreeSet::new(),
                what: fault.what,
                known: id == fault.id,
                failed: 0,
                first: state.scenario.since_start(request.time).nanoseconds(),
                first_unit: group_of(state.scenario, request.client).to_owned(),
                units: BTreeSet::new(),
                alarm: None,
            });
            faults.len() - 1
        });
        faults[position].places.insert(fault.place);
        self.by_cause.resize(self.by_cause.len().max(index + 1), None);
        self.by_cause[index] = Some(position);
        Some(position)
    }

    fn failed(&mut self, state: &SiteState<'_>, request: &LedgerRequest) {
        self.run.failed += 1;
        let Some(loss) = request.last_loss else { return };
        let Some(index) = self.fault(state, loss.cause, request) else { return };
        let unit = group_of(state.scenario, request.client);
        let strike = &mut self.run.faults[index];
        strike.failed += 1;
        // Requests do not end in the order in which they were sent.
        let sent = state.scenario.since_start(request.time).nanoseconds();
        if sent < strike.first {
            strike.first = sent;
            unit.clone_into(&mut strike.first_unit);
        }
        if !strike.units.contains(unit) {
            strike.units.insert(unit.to_owned());
        }
        self.reboots.failed(index, unit, request.time);
        if let Some(tuple) = request.inside {
            let counts = self.silent.entry((request.client, tuple.destination.address)).or_default();
            match counts.iter_mut().find(|(fault, _)| *fault == index) {
                Some((_, count)) => *count += 1,
                None => counts.push((index, 1)),
            }
        }
    }
}

impl Observer for RunObserver<'_> {
    fn request(&mut self, state: &SiteState<'_>, request: &LedgerRequest, outcome: Outcome) {
        self.run.requests += 1;
        if outcome.failed() {
            self.failed(state, request);
        } else if outcome == Outcome::Answered
            && !self.silent.is_empty()
            && let Some(tuple) = request.inside
        {
            self.silent.remove(&(request.client, tuple.destination.address));
        }
    }

    fn rewritten(&mut self, _state: &SiteState<'_>, rewritten: &Rewritten) {
        self.rolled.handle(rewritten);
    }

    fn happened(&mut self, state: &mut SiteState<'_>, now: Time, what: &Happening) {
        self.reboots.happened(state.scenario, now, what);
        let Happening::Raised { host, server, .. } = what else { return };
        // The alarm is due to the fault that made most of the requests since the last answer fail.
        let counts = self.silent.get(&(*host, *server)).map(Vec::as_slice).unwrap_or_default();
        let most = counts.iter().max_by_key(|(fault, count)| (*count, std::cmp::Reverse(*fault)));
        if let Some((fault, _)) = most {
            let at = state.scenario.since_start(now).nanoseconds();
            self.run.faults[*fault].alarm.get_or_insert(at);
        }
    }

    fn finished(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}
