//! How long captures have to be until `explain` names a fault.
//!
//! The run is repeated once, now with captures that begin when the fault first struck; of these the
//! first 15 minutes are explained, then the first half hour, and so on, until a finding names the
//! fault. The same seed gives the same run, whatever is captured.

use super::observed_run::Strike;
use super::options::SweepOptions;
use crate::diagnosis::{diagnose, exchanges};
use crate::host_groups::group_of;
use crate::record::Captures;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, Ordering};
use unanswered_scenario::model::{NatRule, Scenario, Trigger, Vantage};
use unanswered_wire::{Span, Time};
use unanswered_world::World;
use unanswered_world::observer::{CapturedPacket, Observer};
use unanswered_world::site::SiteState;

/// When `explain` named a fault in one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TimeToDiagnosis {
    /// Length of the last captures that were explained, in nanoseconds.
    pub(super) length: i64,
    /// Whether they named the fault; `false`: not even they did.
    pub(super) named: bool,
}

/// Captures and explains; `None` when it was stopped.
pub(super) fn measure(
    scenario: &Scenario,
    seed: u64,
    strike: &Strike,
    options: &SweepOptions,
    stop: &AtomicBool,
) -> Option<TimeToDiagnosis> {
    let first = Span::from_nanoseconds(strike.first);
    let from = scenario.start + first;
    let rest = (scenario.start + scenario.duration) - from;
    let longest = options.windows.iter().copied().max().unwrap_or_default().min(rest);
    let captured = captured(scenario, &strike.first_unit, first, &options.vantages);
    if captured.vantages.is_empty() {
        return Some(TimeToDiagnosis { length: 0, named: false });
    }
    let keeper = Keeper {
        stop,
        captures: Captures::default(),
        frames_max: options.frames_max,
        from,
        last: from,
        end: from + longest,
        over: false,
    };
    let keeper = World::new(&captured, seed, keeper).run().observer;
    // A full capture is as long as its last frame says.
    let whole = if keeper.captures.len() < options.frames_max { keeper.end } else { keeper.last } - from;
    let mut windows: Vec<Span> = options.windows.iter().copied().filter(|window| *window < whole).collect();
    windows.sort_unstable();
    windows.push(whole);
    for window in windows {
        if stop.load(Ordering::Relaxed) {
            return None;
        }
        let Ok(exchanges) = exchanges(&captured, &keeper.captures, &[], Some(from + window)) else {
            continue;
        };
        let diagnosis = diagnose(&exchanges);
        let mut known = diagnosis.findings.iter().flat_map(|finding| &finding.known);
        if known.any(|known| known.id == strike.id) {
            return Some(TimeToDiagnosis { length: window.nanoseconds(), named: true });
        }
    }
    Some(TimeToDiagnosis { length: whole.nanoseconds(), named: false })
}

/// The scenario with only the requested vantage points, all of which capture from a time on.
fn captured(scenario: &Scenario, unit_name: &str, first: Span, names: &[String]) -> Scenario {
    let affected =
        |vantage: &Vantage| !vantage.affected_only || group_of(scenario, vantage.interface.host) == unit_name;
    let candidates: Vec<&Vantage> = scenario.vantages.iter().filter(|vantage| affected(vantage)).collect();
    let among = |wanted: &dyn Fn(&Vantage) -> bool| -> Vec<Vantage> {
        candidates.iter().copied().filter(|vantage| wanted(vantage)).cloned().collect()
    };
    let mut chosen = if names.is_empty() {
        among(&|vantage| outside(scenario, vantage))
    } else {
        among(&|vantage| names.contains(&vantage.name))
    };
    if chosen.is_empty() && names.is_empty() {
        chosen = among(&|_| true);
    }
    for vantage in &mut chosen {
        vantage.start = Some(Trigger::At(first));
        vantage.lasts = None;
        vantage.affected_only = false;
    }
    Scenario { vantages: chosen, chapters: Vec::new(), variants: Vec::new(), ..scenario.clone() }
}

/// Whether a vantage point is where a host's translated packets leave.
fn outside(scenario: &Scenario, vantage: &Vantage) -> bool {
    let leaves = |rule: &NatRule| matches!(rule, NatRule::Source(nat) if nat.out == vantage.interface.index);
    scenario.host(vantage.interface.host).nat.iter().any(leaves)
}

/// Keeps frames until the time is over or there are enough.
struct Keeper<'a> {
    stop: &'a AtomicBool,
    captures: Captures,
    frames_max: usize,
    from: Time,
    last: Time,
    end: Time,
    over: bool,
}

impl Observer for Keeper<'_> {
    fn frame(&mut self, state: &SiteState<'_>, sighting: &CapturedPacket<'_>) {
        if sighting.time >= self.from && sighting.time <= self.end && self.captures.len() < self.frames_max {
            self.captures.keep(state.scenario, sighting);
            self.last = self.last.max(sighting.time);
        }
    }

    fn wakes(&self) -> Option<Time> {
        (!self.over).then_some(self.end)
    }

    fn woken(&mut self, _state: &mut SiteState<'_>, now: Time) {
        self.over = now >= self.end;
    }

    fn finished(&self) -> bool {
        self.over || self.captures.len() >= self.frames_max || self.stop.load(Ordering::Relaxed)
    }
}
