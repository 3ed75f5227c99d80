//! What a reduction may cost, and what it results in.

use unanswered_scenario::{Document, Problems};

/// What a reduction may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShrinkOptions {
    /// Maximum number of runs; what is reached by then is the result.
    pub runs_max: usize,
    /// Failed requests that the result must show (in one group of hosts, if the scenario has one that
    /// shows that many), and answered ones of the same server. Fewer if the scenario shows fewer.
    pub requests: u64,
}

impl Default for ShrinkOptions {
    /// 400 runs; ten requests of each kind are enough for `explain` to start with.
    fn default() -> Self {
        Self { runs_max: 400, requests: 10 }
    }
}

/// A reduced scenario.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// The reduced file.
    pub document: Document,
    /// The same as TOML text; it has been read and run again, and showed the fault.
    pub text: String,
    /// The fault that it shows.
    pub fault: String,
    /// The seed with which it shows it; also the file's own.
    pub seed: u64,
    /// Requests that failed because of the fault, until the requested number was reached.
    pub failed: u64,
    /// Requests to the same servers that were answered.
    pub answered: u64,
    /// What was removed, in words and in order.
    pub removed: Vec<String>,
    /// Runs that it took.
    pub runs: usize,
    /// The number of runs was not enough to try everything.
    pub exhausted: bool,
}

/// Why nothing could be reduced.
#[derive(Debug, thiserror::Error)]
pub enum ShrinkError {
    /// The file is wrong.
    #[error(transparent)]
    Problems(#[from] Problems),
    /// The fault does not show.
    #[error("{fault} does not show itself with seed {seed}, but {shown}")]
    NotShown {
        /// The fault, or `no fault`.
        fault: String,
        /// The seed.
        seed: u64,
        /// What shows instead, in words.
        shown: String,
    },
    /// The reduced file does not show the fault when it is read again; an error in the program.
    #[error("the reduced scenario does not show {0} when it is read again")]
    Lost(String),
}

impl ShrinkError {
    /// What to do about it, where that is known. Each of the [`Problems`] has its own.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotShown { .. } => Some("choose another seed or fault".to_owned()),
            Self::Lost(_) => Some("this is an error of the program".to_owned()),
            Self::Problems(_) => None,
        }
    }
}
