//! Running many seeds on all cores, and resuming after an interruption.

use super::observed_run::{ObservedRun, Strike, observe};
use super::options::{SweepError, SweepOptions, SweepProgress, SweepStage, seeds};
use super::state_file::Store;
use super::summary::summarise;
use super::swept_case::{SweptCase, cases};
use super::time_to_diagnosis::{TimeToDiagnosis, measure};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use unanswered_forecast::Forecast;
use unanswered_scenario::model::Scenario;

/// Runs `options.seeds` seeds of a scenario and of each of its variants.
///
/// `state` is the file in which results are kept as they come; what it already has is not run again.
/// The answer is the same whatever the number of threads and however often it was interrupted. `stop`
/// ends it within moments when it becomes true.
///
/// See [`SweepError`]; what was finished before is in the state file.
/// See [`SweepError`]; what was finished before is in the state file.
pub fn sweep(
    scenario: &Scenario,
    options: &SweepOptions,
    state: Option<&Path>,
    progress: &mut dyn FnMut(SweepProgress),
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
    observe_all(&cases, options, &mut store, progress, stop)?;
    diagnose_all(&cases, options, &mut store, progress, stop)?;
    Ok(summarise(&cases, options, &store.results))
}

fn observe_all(
    cases: &[SweptCase<'_>],
    options: &SweepOptions,
    store: &mut Store,
    progress: &mut dyn FnMut(SweepProgress),
    stop: &AtomicBool,
) -> Result<(), SweepError> {
    let tasks: Vec<(&SweptCase<'_>, u64)> =
        seeds(options).flat_map(|seed| cases.iter().map(move |case| (case, seed))).collect();
    let open: Vec<(&SweptCase<'_>, u64)> = tasks
        .iter()
        .copied()
        .filter(|(case, seed)| !store.results.runs.contains_key(&(case.hash.clone(), *seed)))
        .collect();
    let meter = Meter::new(SweepStage::Running, tasks.len(), open.len(), progress);
    let play = |index: usize| -> Option<ObservedRun> {
        let (case, seed) = open[index];
        observe(case.scenario, seed, options.reboot_window, stop)
    };
    let mut keep = |index: usize, run: ObservedRun| {
        let (case, seed) = open[index];
        store.put_run(&case.hash, seed, run)
    };
    on_all_cores(open.len(), options.threads, stop, &play, &mut keep, meter)
}

fn diagnose_all(
    cases: &[SweptCase<'_>],
    options: &SweepOptions,
    store: &mut Store,
    progress: &mut dyn FnMut(SweepProgress),
    stop: &AtomicBool,
) -> Result<(), SweepError> {
    let mut tasks: Vec<(&SweptCase<'_>, u64, Strike)> = Vec::new();
    for case in cases {
        let mut counts = BTreeMap::<&str, u64>::new();
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
        !store.results.times_to_diagnosis.contains_key(&(case.hash.clone(), *seed, strike.id.clone()))
    });
    let meter = Meter::new(SweepStage::Explaining, total, tasks.len(), progress);
    let play = |index: usize| -> Option<TimeToDiagnosis> {
        let (case, seed, strike) = &tasks[index];
        measure(case.scenario, *seed, strike, options, stop)
    };
    let mut keep = |index: usize, time: TimeToDiagnosis| {
        let (case, seed, strike) = &tasks[index];
        store.put_time_to_diagnosis(&case.hash, *seed, &strike.id, time)
    };
    on_all_cores(tasks.len(), options.threads, stop, &play, &mut keep, meter)
}

/// Reports progress to the caller.
struct Meter<'p> {
    stage: SweepStage,
    done: usize,
    total: usize,
    tell: &'p mut dyn FnMut(SweepProgress),
}

impl<'p> Meter<'p> {
    fn new(stage: SweepStage, total: usize, open: usize, tell: &'p mut dyn FnMut(SweepProgress)) -> Self {
        let mut meter = Self { stage, done: total - open, total, tell };
        meter.show();
        meter
    }

    fn show(&mut self) {
        (self.tell)(SweepProgress { stage: self.stage, done: self.done, total: self.total });
    }

    fn one_more(&mut self) {
        self.done += 1;
        self.show();
    }
}

/// Runs each index once, on some threads; results are kept on this one, in the order in which they
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
                    // The receiver is gone when a result could not be kept.
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
