//! The results of all runs, combined: what a forecast says.

use super::observed_run::{ObservedRun, Strike};
use super::options::{SweepOptions, seeds};
use super::port_choices::{self, EXPECTED, PortChoices};
use super::state_file::Results;
use super::swept_case::SweptCase;
use crate::host_groups::asking_groups;
use std::collections::{BTreeMap, BTreeSet};
use unanswered_forecast::statistics::{Pairs, Share, WaitingTime};
use unanswered_forecast::{Case, Fault, Forecast, PortRolls, RebootEffect, Showing, WaitingTimes};
use unanswered_scenario::model::Scenario;
use unanswered_wire::Span;

/// Combines the results of all cases and seeds; all of them must be there.
pub(super) fn summarise(cases: &[SweptCase<'_>], options: &SweepOptions, results: &Results) -> Forecast {
    let runs: Vec<Vec<Option<&ObservedRun>>> = cases
        .iter()
        .map(|case| seeds(options).map(|seed| results.runs.get(&(case.hash.clone(), seed))).collect())
        .collect();
    let faults = faults(&runs);
    let base = cases[0].scenario;
    let summarised = cases.iter().zip(&runs).map(|(subject, of_case)| {
        let against = subject.name.map(|_| runs[0].as_slice());
        let showing = |fault: &Fault| {
            let mut showing = showing(subject.scenario, &fault.id, of_case, against);
            showing.named = named(subject, &fault.id, options, results);
            showing
        };
        let present = of_case.iter().flatten();
        Case {
            name: subject.name.map(str::to_owned),
            title: subject.scenario.title.clone(),
            requests: present.clone().map(|run| run.requests).sum(),
            failed: present.clone().map(|run| run.failed).sum(),
            showings: faults.iter().map(showing).collect(),
            rolls: port_choices::matters(subject.scenario).then(|| rolls(present.map(|run| run.ports))),
            reboots: reboots(&faults, of_case),
        }
    });
    Forecast {
        name: base.name.clone(),
        title: base.title.clone(),
        duration: base.duration,
        first_seed: options.first_seed,
        seeds: options.seeds,
        groups: asking_groups(base).len(),
        group_word: if base.hosts.iter().all(|host| host.group.is_empty()) { "host" } else { "group" },
        reboot_window: options.reboot_window,
        cases: summarised.collect(),
        faults,
    }
}

/// All faults of all runs, in order.
fn faults(runs: &[Vec<Option<&ObservedRun>>]) -> Vec<Fault> {
    let mut found: BTreeMap<&str, (Fault, u64, u64)> = BTreeMap::new();
    for (case, of_case) in runs.iter().enumerate() {
        for strike in of_case.iter().flatten().flat_map(|run| &run.faults) {
            let (fault, shown, failed) = found.entry(&strike.id).or_insert_with(|| {
                let Strike { id, what, known, .. } = strike.clone();
                (Fault { id, what, known, places: BTreeSet::new() }, 0, 0)
            });
            fault.places.extend(strike.places.iter().cloned());
            *shown += u64::from(case == 0);
            *failed += strike.failed;
        }
    }
    let mut ordered: Vec<(Fault, u64, u64)> = found.into_values().collect();
    // Stable: ties stay in the order of their ids.
    ordered.sort_by_key(|(fault, shown, failed)| std::cmp::Reverse((fault.known, *shown, *failed)));
    ordered.into_iter().map(|(fault, ..)| fault).collect()
}

fn strike<'r>(run: &Option<&'r ObservedRun>, id: &str) -> Option<&'r Strike> {
    run.and_then(|run| run.faults.iter().find(|strike| strike.id == id))
}

fn showing(
    scenario: &Scenario,
    id: &str,
    runs: &[Option<&ObservedRun>],
    base: Option<&[Option<&ObservedRun>]>,
) -> Showing {
    let strikes: Vec<&Strike> = runs.iter().filter_map(|run| strike(run, id)).collect();
    let all = runs.iter().flatten().count() as u64;
    let duration = scenario.duration.nanoseconds();
    let first = runs.iter().filter(|run| run.is_some()).map(|run| match strike(run, id) {
        Some(strike) => wait(strike.first, true),
        None => wait(duration, false),
    });
    let alarm = strikes.iter().map(|strike| match strike.alarm {
        Some(alarm) => wait(alarm.saturating_sub(strike.first), true),
        None => wait(duration.saturating_sub(strike.first), false),
    });
    let mut failed_by_run: Vec<u64> = strikes.iter().map(|strike| strike.failed).collect();
    failed_by_run.sort_unstable();
    let mut runs_by_groups = vec![all - strikes.len() as u64];
    for strike in &strikes {
        let number = strike.units.len();
        runs_by_groups.resize(runs_by_groups.len().max(number + 1), 0);
        runs_by_groups[number] += 1;
    }
    let against_base = base.map(|base| {
        let mut pairs = Pairs::default();
        for (own, other) in runs.iter().zip(base) {
            *slot(&mut pairs, strike(own, id).is_some(), strike(other, id).is_some()) += 1;
        }
        pairs
    });
    Showing {
        shown: Share { part: strikes.len() as u64, all },
        against_base,
        first: WaitingTimes::new(first),
        failed: failed_by_run.iter().sum(),
        failed_by_run,
        runs_by_groups,
        alarm: (!scenario.alarms.is_empty()).then(|| WaitingTimes::new(alarm)),
        named: None,
    }
}

fn named(
    subject: &SweptCase<'_>,
    id: &str,
    options: &SweepOptions,
    results: &Results,
) -> Option<WaitingTimes> {
    if options.explained == 0 {
        return None;
    }
    // No more than asked for, even if the state file has more from an earlier sweep.
    let most = usize::try_from(options.explained).unwrap_or(usize::MAX);
    let times = seeds(options)
        .filter_map(|seed| results.times_to_diagnosis.get(&(subject.hash.clone(), seed, id.to_owned())))
        .take(most);
    let waiting = WaitingTimes::new(times.map(|time| wait(time.length, time.named)));
    (!waiting.waits.is_empty()).then_some(waiting)
}

const fn wait(nanoseconds: i64, happened: bool) -> WaitingTime {
    WaitingTime { time: Span::from_nanoseconds(nanoseconds), happened }
}

const fn slot(pairs: &mut Pairs, first: bool, second: bool) -> &mut u64 {
    match (first, second) {
        (true, true) => &mut pairs.both,
        (true, false) => &mut pairs.first,
        (false, true) => &mut pairs.second,
        (false, false) => &mut pairs.neither,
    }
}

fn rolls(choices: impl Iterator<Item = PortChoices>) -> PortRolls {
    let low = choices
        .fold(Share::default(), |sum, run| Share { part: sum.part + run.low, all: sum.all + run.rolls });
    PortRolls { low, expected: EXPECTED }
}

fn reboots(faults: &[Fault], runs: &[Option<&ObservedRun>]) -> Vec<RebootEffect> {
    let mut effects: BTreeMap<(&str, usize), RebootEffect> = BTreeMap::new();
    for run in runs.iter().flatten() {
        for reboot in &run.reboots {
            for (index, fault) in faults.iter().enumerate().filter(|(_, fault)| fault.known) {
                let effect = effects.entry((&reboot.event, index)).or_insert_with(|| RebootEffect {
                    event: reboot.event.clone(),
                    fault: index,
                    times: 0,
                    struck: Pairs::default(),
                    spared: Pairs::default(),
                });
                let place = run.faults.iter().position(|strike| strike.id == fault.id);
                let changes = place.and_then(|place| reboot.changes.get(&place)).copied().unwrap_or_default();
                effect.times += 1;
                add(&mut effect.struck, changes.struck, reboot.struck);
                add(&mut effect.spared, changes.spared, reboot.spared);
            }
        }
    }
    effects
        .into_values()
        .filter(|effect| effect.struck.both + effect.struck.first + effect.struck.second > 0)
        .collect()
}

fn add(pairs: &mut Pairs, [both, first, second]: [u64; 3], all: u64) {
    pairs.both += both;
    pairs.first += first;
    pairs.second += second;
    pairs.neither += all.saturating_sub(both + first + second);
}
