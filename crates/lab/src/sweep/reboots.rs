//! What a reboot changes: which groups a fault struck in the time before it, and which after.
//!
//! Groups that the reboot spared are watched over the same times, for comparison.

use crate::host_groups::{asking_groups, group_of};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use unanswered_scenario::model::{Change, Event, Scenario};
use unanswered_wire::{Span, Time};
use unanswered_world::observer::Happening;

/// One reboot of one run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reboot {
    /// Name of the event.
    pub(super) event: String,
    /// Groups that it struck.
    pub(super) struck: u64,
    /// Groups that it spared.
    pub(super) spared: u64,
    /// For each fault (its index in the run's list): groups that had it before or after.
    pub(super) changes: BTreeMap<usize, RebootChanges>,
}

/// Groups that had a fault around a reboot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RebootChanges {
    /// Of those struck: before and after, only before, only after.
    pub(super) struck: [u64; 3],
    /// The same for those spared.
    pub(super) spared: [u64; 3],
}

/// A reboot while the world runs.
#[derive(Debug)]
struct Epoch {
    event: usize,
    time: Time,
    struck: BTreeSet<String>,
    before: BTreeSet<(usize, String)>,
    after: BTreeSet<(usize, String)>,
}

/// Watches reboots.
#[derive(Debug)]
pub(super) struct Reboots {
    window: Span,
    names: Vec<Option<String>>,
    units: BTreeSet<String>,
    /// First and last time at which a whole window fits before or after.
    whole: (Time, Time),
    /// When each fault last struck a group.
    last: BTreeMap<(usize, String), Time>,
    epochs: Vec<Epoch>,
}

impl Reboots {
    pub(super) fn new(scenario: &Scenario, window: Span) -> Self {
        let name = |event: &Event| matches!(event.what, Change::Reboot { .. }).then(|| event.name.clone());
        Self {
            window,
            names: scenario.timeline.iter().map(name).collect(),
            units: asking_groups(scenario).into_iter().map(str::to_owned).collect(),
            whole: (scenario.start + window, scenario.start + scenario.duration - window),
            last: BTreeMap::new(),
            epochs: Vec::new(),
        }
    }

    /// A request of a group, sent at this time, failed because of a fault.
    pub(super) fn failed(&mut self, fault: usize, unit: &str, sent: Time) {
        if self.names.iter().all(Option::is_none) {
            return;
        }
        let key = (fault, unit.to_owned());
        for epoch in &mut self.epochs {
            let side = if sent < epoch.time { &mut epoch.before } else { &mut epoch.after };
            if epoch.time - self.window <= sent && sent <= epoch.time + self.window && !side.contains(&key) {
                side.insert(key.clone());
            }
        }
        let last = self.last.entry(key).or_insert(sent);
        *last = sent.max(*last);
    }

    pub(super) fn happened(&mut self, scenario: &Scenario, now: Time, what: &Happening) {
        if let Happening::Event(event) = what
            && self.names.get(*event).is_some_and(Option::is_some)
            && (self.whole.0..=self.whole.1).contains(&now)
        {
            let since = now - self.window;
            let before = self.last.iter().filter(|(_, time)| **time >= since);
            self.epochs.push(Epoch {
                event: *event,
                time: now,
                struck: BTreeSet::new(),
                before: before.map(|(key, _)| key.clone()).collect(),
                after: BTreeSet::new(),
            });
        }
        // Hosts that a reboot strikes go down in the same moment.
        if let Happening::Down(host) = what
            && let Some(epoch) = self.epochs.last_mut().filter(|epoch| epoch.time == now)
        {
            epoch.struck.insert(group_of(scenario, *host).to_owned());
        }
    }

    /// The reboots, in order of time.
    pub(super) fn finish(self) -> Vec<Reboot> {
        let Self { names, units, epochs, .. } = self;
        let reboot = |epoch: Epoch| {
            let mut changes: BTreeMap<usize, RebootChanges> = BTreeMap::new();
            for key @ (fault, unit) in epoch.before.union(&epoch.after) {
                let entry = changes.entry(*fault).or_default();
                let counts = if epoch.struck.contains(unit) { &mut entry.struck } else { &mut entry.spared };
                let slot = match (epoch.before.contains(key), epoch.after.contains(key)) {
                    (true, true) => 0,
                    (true, false) => 1,
                    (false, _) => 2,
                };
                counts[slot] += 1;
            }
            let struck = units.intersection(&epoch.struck).count() as u64;
            Reboot {
                event: names.get(epoch.event).cloned().flatten().unwrap_or_default(),
                struck,
                spared: units.len() as u64 - struck,
                changes,
            }
        };
        epochs.into_iter().map(reboot).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unanswered_scenario::{DiagnosisNames, parse};

    const HOUR: Span = Span::from_seconds(3600);

    /// Reboots of `osa` only, at six hours; faults fail at the given hours.
    fn watched(window: Span, failures: &[(usize, &str, i64)]) -> Vec<Reboot> {
        let text = include_str!("../../tests/forecast_files/small.toml")
            .replace("*-vrouter\", down", "osa-*\", down");
        let scenario = parse(&text, "small.toml", DiagnosisNames::default()).unwrap();
        let at = |hours: i64| scenario.start + Span::from_nanoseconds(HOUR.nanoseconds() * hours);
        let mut reboots = Reboots::new(&scenario, window);
        let (before, after): (Vec<_>, Vec<_>) = failures.iter().partition(|(_, _, hours)| *hours < 6);
        before.iter().for_each(|(fault, unit, hours)| reboots.failed(*fault, unit, at(*hours)));
        reboots.happened(&scenario, at(6), &Happening::Event(0));
        for (id, host) in scenario.host_ids().filter(|(_, host)| host.group == "osa") {
            assert!(host.name.starts_with("osa-"));
            reboots.happened(&scenario, at(6), &Happening::Down(id));
        }
        after.iter().for_each(|(fault, unit, hours)| reboots.failed(*fault, unit, at(*hours)));
        reboots.finish()
    }

    #[test]
    fn groups_are_compared_before_and_after_their_reboot() {
        let window = Span::from_seconds(3 * 3600);
        let all = watched(
            window,
            &[(0, "osa", 4), (0, "osb", 5), (0, "osb", 8), (1, "osa", 7), (2, "osa", 1), (2, "osb", 10)],
        );
        let [reboot] = all.as_slice() else { panic!("{all:?}") };
        assert_eq!((reboot.event.as_str(), reboot.struck, reboot.spared), ("reboot", 1, 1));
        let changes = |struck, spared| RebootChanges { struck, spared };
        let expected = [(0, changes([0, 1, 0], [1, 0, 0])), (1, changes([0, 0, 1], [0; 3]))];
        assert_eq!(reboot.changes, BTreeMap::from(expected));
    }

    #[test]
    fn a_reboot_too_near_to_an_end_of_the_run_is_not_counted() {
        assert_eq!(watched(Span::from_seconds(7 * 3600), &[(0, "osa", 4)]), []);
    }
}
