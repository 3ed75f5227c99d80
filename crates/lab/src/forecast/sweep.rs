//! Running many seeds on all cores, and going on after an interruption.

use super::naming::{self, Naming};
use super::state_file::{Store, hash};
use super::summary::{Forecast, summarise};
use super::watch::{Run, Strike, watch};
use crate::scenario::model::Scenario;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use unanswered_wire::Span;

/// What a sweep does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The first seed; the others follow it.
    pub first_seed: u64,
    /// How many seeds.
    pub seeds: u64,
    /// How many threads; one for 0.
    pub threads: usize,
    /// In how many runs with a fault (the first ones) captures are explained, for each fault that the
    /// catalogue knows and each variant. None for 0.
    pub explained: u64,
    /// Lengths of the captures that are explained, one after the other until one names the fault.
    pub windows: Vec<Span>,
    /// Most frames of such a capture.
    pub frames_max: usize,
    /// Names of the vantage points that capture. Without: those at interfaces where translated packets
    /// leave; all when there is none. Those for the affected group only capture only there.
    pub vantages: Vec<String>,
    /// How long before and after a reboot is looked for a fault.
    pub reboot_window: Span,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            first_seed: 1,
            seeds: 100,
            threads: 1,
            explained: 100,
            windows: [5, 15, 30, 60, 120, 240, 360].map(|minutes| Span::from_seconds(minutes * 60)).to_vec(),
            frames_max: 20_000,
            vantages: Vec::new(),
            reboot_window: Span::from_seconds(86_400),
        }
    }
}

/// What a sweep is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Running each seed of each variant.
    Running,
    /// Explaining captures of runs with a fault.
    Explaining,
}

/// How far a sweep has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What it is doing.
    pub stage: Stage,
    /// Done of this stage, those of an earlier sweep included.
    pub done: usize,
    /// All of this stage.
    pub total: usize,
}

/// Why there is no forecast.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The state file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is something else than a sweep's state.
    #[error("{}: line {line} is no line of a sweep's state", path.display())]
    NotAState {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// The file belongs to another scenario, or to this one before it was changed.
    #[error(
        "{}: belongs to another scenario ({name}), or to this one as it was before a change", path.display()
    )]
    OtherScenario {
        /// The file.
        path: PathBuf,
        /// Name of the scenario that it is of.
        name: String,
    },
    /// The file is of another version of the program, or of other options.
    #[error("{}: was made with other options or by another version", path.display())]
    OtherOptions {
        /// The file.
        path: PathBuf,
    },
    /// A vantage point of that name is not in the scenario.
    #[error("there is no vantage point {name:?} in the scenario")]
    NoVantage {
        /// The name.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// It was told to stop.
    #[error("stopped after {done} of {total} runs")]
    Stopped {
        /// Done of the stage that it was in.
        done: usize,
        /// All of that stage.
        total: usize,
    },
}

impl SweepError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::File { .. } => "name a file that can be written",
            Self::NotAState { .. } => "name another file",
            Self::OtherScenario { .. } => "name another file, or remove this one to begin anew",
            Self::OtherOptions { .. } => "give the same options again, or name another file",
            Self::NoVantage { known, .. } => return Some(format!("name one of: {known}")),
            Self::Stopped { .. } => "the same command with the same state file goes on from here",
        };
        Some(hint.to_owned())
    }
}

/// Runs `options.seeds` seeds of a scenario and of each of its variants.
///
/// `state` is the file that results are kept in as they come; what is there already is not run again.
/// The answer is the same whatever the number of threads and however often it was interrupted. `stop`
/// ends it within moments when it becomes true.
///
/// # Errors
/// See [`SweepError`]; what was finished before stands in the state file.
pub fn sweep(
    scenario: &Scenario,
    options: &Options,
    state: Option<&Path>,
    progress: &mut dyn FnMut(Progress),
    stop: &AtomicBool,
) -> Result<Forecast, SweepError> {
    for name in &options.vantages {
        if scenario.vantages.iter().all(|vantage| vantage.name != *name) {
            let known: Vec<&str> = scenario.vantages.iter().map(|vantage| vantage.name.as_str()).collect();
            return Err(SweepError::NoVantage { name: name.clone(), known: known.join(", ") });
        }
    }
    let mut store = Store::open(state, scenario, options)?;
    let cases = cases(scenario);
    run_all(&cases, options, &mut store, progress, stop)?;
    name_all(&cases, options, &mut store, progress, stop)?;
    Ok(summarise(&cases, options, &store.results))
}

/// The scenario itself or one of its variants.
pub(super) struct Subject<'s> {
    /// Name of the variant.
    pub(super) name: Option<&'s str>,
    pub(super) scenario: &'s Scenario,
    /// Its hash, by which its results are found.
    pub(super) hash: String,
}

fn cases(scenario: &Scenario) -> Vec<Subject<'_>> {
    let base = Subject { name: None, scenario, hash: hash(scenario) };
    let variants = scenario.variants.iter().map(|variant| Subject {
        name: Some(&variant.name),
        scenario: &variant.scenario,
        hash: hash(&variant.scenario),
    });
    std::iter::once(base).chain(variants).collect()
}

pub(super) fn seeds(options: &Options) -> impl Iterator<Item = u64> + Clone {
    (0..options.seeds).map(|offset| options.first_seed.wrapping_add(offset))
}

fn run_all(
    cases: &[Subject<'_>],
    options: &Options,
    store: &mut Store,
    progress: &mut dyn FnMut(Progress),
    stop: &AtomicBool,
) -> Result<(), SweepError> {
    let tasks: Vec<(&Subject<'_>, u64)> =
        seeds(options).flat_map(|seed| cases.iter().map(move |case| (case, seed))).collect();
    let open: Vec<(&Subject<'_>, u64)> = tasks
        .iter()
        .copied()
        .filter(|(case, seed)| !store.results.runs.contains_key(&(case.hash.clone(), *seed)))
        .collect();
    let meter = Meter::new(Stage::Running, tasks.len(), open.len(), progress);
    let play = |index: usize| -> Option<Run> {
        let (case, seed) = open[index];
        watch(case.scenario, seed, options.reboot_window, stop)
    };
    let mut keep = |index: usize, run: Run| {
        let (case, seed) = open[index];
        store.put_run(&case.hash, seed, run)
    };
    on_all_cores(open.len(), options.threads, stop, &play, &mut keep, meter)
}

fn name_all(
    cases: &[Subject<'_>],
    options: &Options,
    store: &mut Store,
    progress: &mut dyn FnMut(Progress),
    stop: &AtomicBool,
) -> Result<(), SweepError> {
    let mut tasks: Vec<(&Subject<'_>, u64, Strike)> = Vec::new();
    for case in cases {
        let mut counts = std::collections::BTreeMap::<&str, u64>::new();
        for seed in seeds(options) {
            let Some(run) = store.results.runs.get(&(case.hash.clone(), seed)) else { continue };
            for strike in run.faults.iter().filter(|strike| strike.known) {
                let count = counts.entry(&strike.id).or_default();
                if *count < options.explained {
                    *count += 1;
                    tasks.push((case, seed, strike.clone()));
                }
            }
        }
    }
    let total = tasks.len();
    tasks.retain(|(case, seed, strike)| {
        !store.results.namings.contains_key(&(case.hash.clone(), *seed, strike.id.clone()))
    });
    let meter = Meter::new(Stage::Explaining, total, tasks.len(), progress);
    let play = |index: usize| -> Option<Naming> {
        let (case, seed, strike) = &tasks[index];
        naming::name(case.scenario, *seed, strike, options, stop)
    };
    let mut keep = |index: usize, naming: Naming| {
        let (case, seed, strike) = &tasks[index];
        store.put_naming(&case.hash, *seed, &strike.id, naming)
    };
    on_all_cores(tasks.len(), options.threads, stop, &play, &mut keep, meter)
}

/// Tells the caller how far it is.
struct Meter<'p> {
    stage: Stage,
    done: usize,
    total: usize,
    tell: &'p mut dyn FnMut(Progress),
}

impl<'p> Meter<'p> {
    fn new(stage: Stage, total: usize, open: usize, tell: &'p mut dyn FnMut(Progress)) -> Self {
        let mut meter = Self { stage, done: total - open, total, tell };
        meter.show();
        meter
    }

    fn show(&mut self) {
        (self.tell)(Progress { stage: self.stage, done: self.done, total: self.total });
    }

    fn one_more(&mut self) {
        self.done += 1;
        self.show();
    }
}

/// Plays each index once, on some threads; results are kept on this one, in the order in which they
/// come. Ends early when `stop` is set or a result cannot be kept.
fn on_all_cores<T: Send>(
    count: usize,
    threads: usize,
    stop: &AtomicBool,
    play: &(dyn Fn(usize) -> Option<T> + Sync),
    keep: &mut dyn FnMut(usize, T) -> Result<(), SweepError>,
    mut meter: Meter<'_>,
) -> Result<(), SweepError> {
    let next = AtomicUsize::new(0);
    let broken = AtomicBool::new(false);
    let (sender, receiver) = mpsc::channel();
    let result = thread::scope(|scope| {
        for _ in 0..threads.clamp(1, count.max(1)) {
            let sender = sender.clone();
            let (next, broken) = (&next, &broken);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) && !broken.load(Ordering::Relaxed) {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count {
                        return;
                    }
                    let Some(result) = play(index) else { return };
                    // Nobody listens any more when a result could not be kept.
                    if sender.send((index, result)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for (index, result) in receiver {
            if let Err(error) = keep(index, result) {
                broken.store(true, Ordering::Relaxed);
                return Err(error);
            }
            meter.one_more();
        }
        Ok(())
    });
    result?;
    if meter.done < meter.total {
        return Err(SweepError::Stopped { done: meter.done, total: meter.total });
    }
    Ok(())
}
