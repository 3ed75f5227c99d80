//! The state file of a sweep: JSON lines, so that an interrupted sweep resumes where it stopped.
//!
//! The first line says what the results belong to, each other line is one result, appended as soon as it
//! is known. An incomplete last line was being written when the machine stopped; it is cut off.
//! Results carry the hash of their scenario, the variant's own for a variant: a variant
//! that has changed is run again, the others are not.

use super::observed_run::ObservedRun;
use super::options::{SweepError, SweepOptions};
use super::swept_case::scenario_hash;
use super::time_to_diagnosis::TimeToDiagnosis;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use unanswered_scenario::model::Scenario;

/// Name and version of the format.
const SCHEMA: &str = "unanswered.lab.sweep/1";

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StateHeader {
    schema: String,
    program: String,
    name: String,
    scenario: String,
    reboot_window: i64,
    windows: Vec<i64>,
    frames_max: usize,
    vantages: Vec<String>,
}

/// Any other line.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StateLine {
    scenario: String,
    seed: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    run: Option<ObservedRun>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "naming")]
    time: Option<TimeToDiagnosis>,
}

/// Results by scenario (its hash) and seed; times to diagnosis also by fault.
#[derive(Debug, Default)]
pub(super) struct Results {
    pub(super) runs: BTreeMap<(String, u64), ObservedRun>,
    pub(super) times_to_diagnosis: BTreeMap<(String, u64, String), TimeToDiagnosis>,
}

/// The results so far, and the file to which they are appended, if there is one.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) results: Results,
    file: Option<(PathBuf, File)>,
}

impl Store {
    /// Reads what is already there.
    pub(super) fn open(
        path: Option<&Path>,
        scenario: &Scenario,
        options: &SweepOptions,
    ) -> Result<Self, SweepError> {
        let Some(path) = path else { return Ok(Self { results: Results::default(), file: None }) };
        let failed = |source| SweepError::File { path: path.to_owned(), source };
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(failed)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let header = StateHeader::new(scenario, options);
        let results = if whole == 0 { Results::default() } else { read(&bytes[..whole], path, &header)? };
        if whole < bytes.len() {
            // Only what a sweep began to write is cut off, never another file that was named by mistake.
            if whole == 0 && !begins_like_a_header(&bytes) {
                return Err(not_a_state(path, 1));
            }
            file.set_len(whole as u64).map_err(failed)?;
        }
        let mut store = Self { results, file: Some((path.to_owned(), file)) };
        if whole == 0 {
            store.append(&header)?;
        }
        Ok(store)
    }

    pub(super) fn put_run(&mut self, scenario: &str, seed: u64, run: ObservedRun) -> Result<(), SweepError> {
        let scenario = scenario.to_owned();
        let line = StateLine { scenario, seed, run: Some(run), fault: None, time: None };
        self.append(&line)?;
        let StateLine { scenario, run, .. } = line;
        self.results.runs.extend(run.map(|run| ((scenario, seed), run)));
        Ok(())
    }

    pub(super) fn put_time_to_diagnosis(
        &mut self,
        scenario: &str,
        seed: u64,
        fault: &str,
        time: TimeToDiagnosis,
    ) -> Result<(), SweepError> {
        let (scenario, fault) = (scenario.to_owned(), fault.to_owned());
        let line = StateLine {
            scenario: scenario.clone(),
            seed,
            run: None,
            fault: Some(fault.clone()),
            time: Some(time),
        };
        self.append(&line)?;
        self.results.times_to_diagnosis.insert((scenario, seed, fault), time);
        Ok(())
    }

    fn append(&mut self, line: &impl Serialize) -> Result<(), SweepError> {
        let Some((path, file)) = &mut self.file else { return Ok(()) };
        let mut bytes = serde_json::to_vec(line).expect("plain numbers and texts have a JSON form");
        bytes.push(b'\n');
        file.write_all(&bytes).map_err(|source| SweepError::File { path: path.clone(), source })
    }
}

impl StateHeader {
    fn new(scenario: &Scenario, options: &SweepOptions) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            name: scenario.name.clone(),
            scenario: scenario_hash(scenario),
            reboot_window: options.reboot_window.nanoseconds(),
            windows: options.windows.iter().map(|window| window.nanoseconds()).collect(),
            frames_max: options.frames_max,
            vantages: options.vantages.clone(),
        }
    }
}

fn begins_like_a_header(bytes: &[u8]) -> bool {
    let start = format!("{{\"schema\":\"{SCHEMA}");
    let length = bytes.len().min(start.len());
    bytes[..length] == start.as_bytes()[..length]
}

fn not_a_state(path: &Path, line: usize) -> SweepError {
    SweepError::NotAState { path: path.to_owned(), line }
}

fn read(bytes: &[u8], path: &Path, expected: &StateHeader) -> Result<Results, SweepError> {
    let mut lines = (1..).zip(bytes.split(|byte| *byte == b'\n'));
    let header: StateHeader = lines
        .next()
        .and_then(|(_, line)| serde_json::from_slice(line).ok())
        .filter(|header: &StateHeader| header.schema == SCHEMA)
        .ok_or_else(|| not_a_state(path, 1))?;
    if header.scenario != expected.scenario {
        return Err(SweepError::OtherScenario { path: path.to_owned(), name: header.name });
    }
    if header != *expected {
        return Err(SweepError::OtherOptions { path: path.to_owned() });
    }
    let mut results = Results::default();
    for (number, line) in lines.filter(|(_, line)| !line.is_empty()) {
        let line: StateLine = serde_json::from_slice(line).map_err(|_| not_a_state(path, number))?;
        let StateLine { scenario, seed, run, fault, time } = line;
        match (run, fault, time) {
            (Some(run), None, None) => {
                results.runs.insert((scenario, seed), run);
            }
            (None, Some(fault), Some(time)) => {
                results.times_to_diagnosis.insert((scenario, seed, fault), time);
            }
            _ => return Err(not_a_state(path, number)),
        }
    }
    Ok(results)
}
