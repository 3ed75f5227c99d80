//! What every renderer is given.

use std::path::Path;
use unanswered_exchange::table_io::{TableSummary, TimeUnit};
use unanswered_exchange::{Outcome, Table};
use unanswered_explain::{Diagnosis, Source};

/// How times are to be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// Seconds since the Unix epoch: captures. Shown in UTC.
    #[default]
    Epoch,
    /// A table's own unit: shown as plain numbers.
    Plain,
}

/// Which IP versions the requests use: decides how the merged address and hop-limit features are
/// spelled in filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Families {
    /// There are IPv4 requests.
    pub v4: bool,
    /// There are IPv6 requests.
    pub v6: bool,
}

impl Default for Families {
    fn default() -> Self {
        Self { v4: true, v6: false }
    }
}

/// One capture file or table, as far as it was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Input {
    /// The name that the user gave.
    pub name: String,
    /// Frames (or rows) read.
    pub frames: u64,
    /// Frames that were not understood, by reason.
    pub not_understood: Vec<(String, u64)>,
    /// Time of the first frame.
    pub from: Option<f64>,
    /// Time of the last frame.
    pub to: Option<f64>,
    /// Damage and the like, one sentence each.
    pub warnings: Vec<String>,
}

impl Input {
    /// Frames that were not understood, whatever the reason.
    #[must_use]
    pub fn not_understood_total(&self) -> u64 {
        self.not_understood.iter().map(|(_, n)| n).sum()
    }
}

/// Requests by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Counts in the order of [`Outcome::ALL`].
    pub by_outcome: [u64; 6],
}

impl Totals {
    /// Counts outcomes.
    #[must_use]
    pub fn of(outcomes: &[Outcome]) -> Self {
        let mut by_outcome = [0; 6];
        for outcome in outcomes {
            by_outcome[*outcome as usize] += 1;
        }
        Self { by_outcome }
    }

    /// All requests.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.by_outcome.iter().sum()
    }

    /// Requests with that outcome.
    #[must_use]
    pub fn count(&self, outcome: Outcome) -> u64 {
        self.by_outcome[outcome as usize]
    }
}

/// A diagnosis with what its reader must know of the inputs.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    /// The answer.
    pub diagnosis: &'a Diagnosis,
    /// What was read.
    pub inputs: Vec<Input>,
    /// What became of the requests.
    pub totals: Totals,
    /// How times are to be read.
    pub clock: Clock,
    /// IP versions among the requests.
    pub families: Families,
    /// What one unit of evidence is: `NAT mapping`, `flow`; empty when each request is its own.
    pub unit_words: String,
    /// What the inputs cannot show, one sentence each.
    pub caveats: Vec<String>,
}

impl<'a> Report<'a> {
    /// A report on captures without inputs named; fill in the rest.
    #[must_use]
    pub fn new(diagnosis: &'a Diagnosis, totals: Totals) -> Self {
        Self {
            diagnosis,
            inputs: Vec::new(),
            totals,
            clock: Clock::Epoch,
            families: Families::default(),
            unit_words: String::new(),
            caveats: Vec::new(),
        }
    }

    /// A report on a table of requests.
    #[must_use]
    pub fn on_table(diagnosis: &'a Diagnosis, path: &Path, table: &Table, summary: &TableSummary) -> Self {
        let times = table.times.iter().copied().filter(|t| t.is_finite());
        let skipped = (summary.skipped > 0).then(|| ("line left out".to_owned(), summary.skipped as u64));
        let input = Input {
            name: path.display().to_string(),
            frames: (summary.rows + summary.skipped) as u64,
            not_understood: skipped.into_iter().collect(),
            from: times.clone().reduce(f64::min),
            to: times.reduce(f64::max),
            warnings: summary.warnings.clone(),
        };
        let clock = match summary.time {
            Some(TimeUnit::SecondsSinceEpoch) => Clock::Epoch,
            Some(TimeUnit::Own) | None => Clock::Plain,
        };
        Self {
            inputs: vec![input],
            clock,
            caveats: table.caveats(),
            ..Self::new(diagnosis, Totals::of(&table.outcomes))
        }
    }
}
