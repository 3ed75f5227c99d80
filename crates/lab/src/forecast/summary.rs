//! The results of all runs, put together: what a forecast says.

use super::dice::{self, Dice, EXPECTED};
use super::state_file::Results;
use super::statistics::{Pairs, Share, Step, Wait, kaplan_meier, quantile, quantile_interval};
use super::sweep::{Options, Subject, seeds};
use super::watch::{Run, Strike, units};
use std::collections::{BTreeMap, BTreeSet};
use unanswered_scenario::model::Scenario;
use unanswered_wire::Span;

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
    /// Groups of the scenario that have somebody who asks; hosts without a group count as one each.
    pub groups: usize,
    /// What such a group is called: `group`, or `host` where no host has a group.
    pub group_word: &'static str,
    /// How long before and after a reboot was looked for a fault.
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
    /// It is in the catalogue.
    pub known: bool,
    /// Hosts or networks that it sat at, in any run.
    pub places: BTreeSet<String>,
}

/// The scenario itself, or a variant of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Name of the variant; `None` for the scenario itself.
    pub name: Option<String>,
    /// What it is.
    pub title: String,
    /// Requests of all runs.
    pub requests: u64,
    /// Those that failed, for whatever cause.
    pub failed: u64,
    /// For each of [`Forecast::faults`], how it showed.
    pub showings: Vec<Showing>,
    /// Source ports that translations rolled, where a server of the scenario has the low-port check.
    pub rolls: Option<Rolls>,
    /// What reboots changed, for each of their events and each fault of the catalogue.
    pub reboots: Vec<RebootEffect>,
}

/// How a fault showed in the runs of a case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Showing {
    /// Runs in which it made a request fail.
    pub shown: Share,
    /// Seeds by whether it showed in the variant (first) and in the scenario itself (second).
    pub against_base: Option<Pairs>,
    /// From the start of the run to the first failed request.
    pub first: Waiting,
    /// Requests of all runs that failed because of it.
    pub failed: u64,
    /// The same for each run in which it showed, sorted.
    pub failed_by_run: Vec<u64>,
    /// In how many runs it struck so many groups; the index is the number of groups.
    pub runs_by_groups: Vec<u64>,
    /// From the first failed request to the first alarm because of it, in runs in which it showed;
    /// `None` without an alarm in the scenario.
    pub alarm: Option<Waiting>,
    /// How much had to be captured from the first failed request on until `explain` named it; `None`
    /// when nothing was explained.
    pub named: Option<Waiting>,
}

impl Showing {
    /// Mean number of groups that it struck, over all runs.
    #[must_use]
    pub fn groups_mean(&self) -> f64 {
        let groups = (0..).zip(&self.runs_by_groups).map(|(number, runs)| number * runs).sum();
        Share { part: groups, all: self.shown.all }.value()
    }
}

/// Times until something happened, those of runs in which it did not included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Sorted.
    pub waits: Vec<Wait>,
}

impl Waiting {
    fn new(waits: impl IntoIterator<Item = Wait>) -> Self {
        let mut waits: Vec<Wait> = waits.into_iter().collect();
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
    pub fn steps(&self) -> Vec<Step> {
        kaplan_meier(&self.waits)
    }

    /// The time by which it has happened in this share; `None` when that was not reached.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<Span> {
        quantile(&self.steps(), share)
    }

    /// Interval of the median; an end that was not reached is `None`.
    #[must_use]
    pub fn median_interval(&self) -> (Option<Span>, Option<Span>) {
        quantile_interval(&self.steps(), 0.5)
    }
}

/// Rolled source ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rolls {
    /// Those below 123, of all.
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

/// Puts the results of all cases and seeds together; all of them are there.
pub(super) fn summarise(cases: &[Subject<'_>], options: &Options, results: &Results) -> Forecast {
    let runs: Vec<Vec<Option<&Run>>> = cases
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
            rolls: dice::matters(subject.scenario).then(|| rolls(present.map(|run| run.dice))),
            reboots: reboots(&faults, of_case),
        }
    });
    Forecast {
        name: base.name.clone(),
        title: base.title.clone(),
        duration: base.duration,
        first_seed: options.first_seed,
        seeds: options.seeds,
        groups: units(base).len(),
        group_word: if base.hosts.iter().all(|host| host.group.is_empty()) { "host" } else { "group" },
        reboot_window: options.reboot_window,
        cases: summarised.collect(),
        faults,
    }
}

/// All faults of all runs, in order.
fn faults(runs: &[Vec<Option<&Run>>]) -> Vec<Fault> {
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

fn strike<'r>(run: &Option<&'r Run>, id: &str) -> Option<&'r Strike> {
    run.and_then(|run| run.faults.iter().find(|strike| strike.id == id))
}

fn showing(scenario: &Scenario, id: &str, runs: &[Option<&Run>], base: Option<&[Option<&Run>]>) -> Showing {
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
        first: Waiting::new(first),
        failed: failed_by_run.iter().sum(),
        failed_by_run,
        runs_by_groups,
        alarm: (!scenario.alarms.is_empty()).then(|| Waiting::new(alarm)),
        named: None,
    }
}

fn named(subject: &Subject<'_>, id: &str, options: &Options, results: &Results) -> Option<Waiting> {
    if options.explained == 0 {
        return None;
    }
    // No more than asked for, also when the state file has more of an earlier sweep.
    let most = usize::try_from(options.explained).unwrap_or(usize::MAX);
    let namings = seeds(options)
        .filter_map(|seed| results.namings.get(&(subject.hash.clone(), seed, id.to_owned())))
        .take(most);
    let waiting = Waiting::new(namings.map(|naming| wait(naming.length, naming.named)));
    (!waiting.waits.is_empty()).then_some(waiting)
}

const fn wait(nanoseconds: i64, happened: bool) -> Wait {
    Wait { time: Span::from_nanoseconds(nanoseconds), happened }
}

const fn slot(pairs: &mut Pairs, first: bool, second: bool) -> &mut u64 {
    match (first, second) {
        (true, true) => &mut pairs.both,
        (true, false) => &mut pairs.first,
        (false, true) => &mut pairs.second,
        (false, false) => &mut pairs.neither,
    }
}

fn rolls(dice: impl Iterator<Item = Dice>) -> Rolls {
    let low =
        dice.fold(Share::default(), |sum, run| Share { part: sum.part + run.low, all: sum.all + run.rolls });
    Rolls { low, expected: Share { part: EXPECTED.0, all: EXPECTED.1 } }
}

fn reboots(faults: &[Fault], runs: &[Option<&Run>]) -> Vec<RebootEffect> {
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
