//! What a sweep is asked for, what it reports meanwhile, and why it may end without an answer.

use std::path::PathBuf;
use unanswered_wire::Span;

/// What a sweep does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepOptions {
    /// The first seed; the others follow on from it.
    pub first_seed: u64,
    /// How many seeds.
    pub seeds: u64,
    /// How many threads; 0 means one.
    pub threads: usize,
    /// For each fault in the catalogue and each variant: in how many runs with the fault (the first ones)
    /// captures are explained. 0 means none.
    pub explained: u64,
    /// Lengths of the captures that are explained, one after the other until one names the fault.
    pub windows: Vec<Span>,
    /// Maximum number of frames in such a capture.
    pub frames_max: usize,
    /// Names of the vantage points that capture. Default: those at interfaces where translated packets
    /// leave, or all if there are none. Those for the affected group only capture only there.
    pub vantages: Vec<String>,
    /// How long before and after a reboot to look for a fault.
    pub reboot_window: Span,
}

impl Default for SweepOptions {
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
pub enum SweepStage {
    /// Running each seed of each variant.
    Running,
    /// Explaining captures of runs with a fault.
    Explaining,
}

/// How far a sweep has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SweepProgress {
    /// What it is doing.
    pub stage: SweepStage,
    /// Done in this stage, including those of an earlier sweep.
    pub done: usize,
    /// Total of this stage.
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
        /// What the system reported.
        source: std::io::Error,
    },
    /// The file is something other than a sweep's state.
    #[error("{}: line {line} is not a line of a sweep's state", path.display())]
    NotAState {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// The file belongs to another scenario, or to an earlier version of this one.
    #[error(
        "{}: belongs to another scenario ({name}), or to this one as it was before a change", path.display()
    )]
    OtherScenario {
        /// The file.
        path: PathBuf,
        /// Name of the scenario to which it belongs.
        name: String,
    },
    /// The file is from another version of the program, or from other options.
    #[error("{}: was made with other options or by another version", path.display())]
    OtherOptions {
        /// The file.
        path: PathBuf,
    },
    /// No vantage point in the scenario has that name.
    #[error("there is no vantage point {name:?} in the scenario")]
    NoVantage {
        /// The name.
        name: String,
        /// Those that exist.
        known: String,
    },
    /// It was stopped.
    #[error("stopped after {done} of {total} runs")]
    Stopped {
        /// Done in the stage that it was in.
        done: usize,
        /// Total of that stage.
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
            Self::OtherScenario { .. } => "name another file, or remove this one to start over",
            Self::OtherOptions { .. } => "give the same options again, or name another file",
            Self::NoVantage { known, .. } => return Some(format!("name one of: {known}")),
            Self::Stopped { .. } => "the same command with the same state file resumes from here",
        };
        Some(hint.to_owned())
    }
}

/// The seeds.
pub(super) fn seeds(options: &SweepOptions) -> impl Iterator<Item = u64> + Clone {
    (0..options.seeds).map(|offset| options.first_seed.wrapping_add(offset))
}
