//! Do two or more values fail differently often?
//!
//! Data flow: [`Comparison`] (a [`Question`]) asks all values once in random order, a *block*, then again (a randomised complete block design:
//! Fisher 1935), so that whatever drifts strikes all of them alike. A block gives one observation for each value: whether it failed,
//! minus whether the first value failed. `betting` turns these into an interval of the difference that holds at every moment; so the
//! test may stop whenever it has said enough. The error rate is that of the interval, shared among the pairs (Bonferroni).
//!
//! *Different*: an interval lies above or below 0. *The same within a margin*: all intervals lie within the margin. Else undecided, with
//! an estimate of how many requests are missing.
//!
//! **How it fails.** A block with a request that says nothing is left out. Values are compared with the first one only.

mod betting;

use crate::chance::rates::Counts;
use crate::outcome::{Fate, Outcome};
use crate::question::{Because, Conclusion, Limit, Progress, Question, Tried, Verdict, Weighed};
use crate::random::Random;
use crate::request::{Plan, Role, Setting};
use betting::Betting;
use unanswered_forecast::statistics::{Share, ShareInterval};
use unanswered_time::Span;

/// An interval of the difference of two failure rates, −1 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// What a comparison comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Compared {
    /// This value fails more often or less often than the first.
    Different {
        /// Which, by its index.
        value: usize,
        /// How much more often than the first value.
        by: Difference,
    },
    /// All fail equally often, up to this difference of rates.
    SameWithin {
        /// The margin.
        margin: f64,
    },
}

/// What is compared.
#[derive(Clone, Debug, PartialEq)]
pub struct ComparisonSpec {
    /// The values: each is a request's settings. The first is the one that the others are compared with.
    pub values: Vec<Vec<Setting>>,
    /// Differences of failure rates below this do not matter.
    pub margin: f64,
    /// Probability that "different" or "the same" is wrong.
    pub error: f64,
}

impl ComparisonSpec {
    /// A comparison that takes differences below 25 percentage points for none, wrong once in a hundred. Measured: at 5 % loss it takes
    /// about 100 requests to show that there is no such difference. For half the margin it takes about four times as many.
    #[must_use]
    pub const fn of(values: Vec<Vec<Setting>>) -> Self {
        Self { values, margin: 0.25, error: 0.01 }
    }
}

/// How often each value failed.
#[derive(Clone, Debug, PartialEq)]
pub struct ComparisonEvidence {
    /// Each value, in the order given.
    pub tried: Vec<Tried>,
    /// The failure rate of each, with its interval for that value alone (95 %, Wilson).
    pub rates: Vec<ShareInterval>,
    /// For each value but the first: how much more often it fails, at all times (1 − error).
    pub differences: Vec<Difference>,
    /// Complete blocks.
    pub blocks: u32,
}

/// A comparison under way.
#[derive(Clone, Debug)]
pub struct Comparison {
    spec: ComparisonSpec,
    random: Random,
    /// Values of this block that are still to be asked, and what came of those that were (`None`: it says nothing).
    open: Vec<usize>,
    block: Vec<Option<bool>>,
    pending: Option<usize>,
    counts: Vec<Counts>,
    bets: Vec<Betting>,
    blocks: u32,
}

impl Comparison {
    /// A comparison of at least two values; with fewer it asks nothing.
    #[must_use]
    pub fn new(spec: ComparisonSpec, seed: u64) -> Self {
        let values = spec.values.len();
        let pairs = values.saturating_sub(1).max(1);
        let bets = vec![Betting::new(spec.error / pairs as f64); values.saturating_sub(1)];
        Self {
            random: Random::new(seed),
            open: Vec::new(),
            block: vec![None; values],
            pending: None,
            counts: vec![Counts::default(); values],
            bets,
            blocks: 0,
            spec,
        }
    }

    fn differences(&self) -> Vec<Difference> {
        self.bets.iter().map(Betting::interval).collect()
    }

    fn compared(&self) -> Option<Compared> {
        let differences = self.differences();
        let other = |(index, by): (usize, &Difference)| {
            (by.low > 0.0 || by.high < 0.0).then_some(Compared::Different { value: index + 1, by: *by })
        };
        let different = differences.iter().enumerate().filter_map(other);
        // The one that is farthest off.
        let farthest = different.max_by(|a, b| distance(a).total_cmp(&distance(b)));
        let within = |by: &Difference| by.low > -self.spec.margin && by.high < self.spec.margin;
        let same = !differences.is_empty() && differences.iter().all(within);
        farthest.or_else(|| same.then_some(Compared::SameWithin { margin: self.spec.margin }))
    }

    fn block_is_complete(&mut self) {
        let failed: Vec<Option<bool>> = self.block.iter_mut().map(Option::take).collect();
        let [Some(first), others @ ..] = failed.as_slice() else { return };
        if others.iter().any(Option::is_none) {
            return;
        }
        self.blocks += 1;
        for (bets, other) in self.bets.iter_mut().zip(others.iter().flatten()) {
            bets.note(f64::from(u8::from(*other)) - f64::from(u8::from(*first)));
        }
    }

    /// How many more requests the widest interval may need: its width shrinks with the root of the number of blocks.
    fn missing(&self) -> u32 {
        let widest = self.differences().iter().map(|by| by.high - by.low).fold(0.0, f64::max);
        let wanted = 2.0 * self.spec.margin.max(0.01);
        let times = (widest / wanted) * (widest / wanted);
        let blocks = f64::from(self.blocks.max(1)) * (times - 1.0).max(0.1);
        let requests = (blocks * self.spec.values.len() as f64).ceil().min(1e6);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and a million"
        )]
        let requests = requests as u32;
        requests
    }
}

fn distance(compared: &Compared) -> f64 {
    match compared {
        Compared::Different { by, .. } => by.low.max(-by.high),
        Compared::SameWithin { .. } => 0.0,
    }
}

impl Question for Comparison {
    type Answer = Compared;
    type Evidence = ComparisonEvidence;

    fn plan(&mut self, _left: u32) -> Option<Plan> {
        if self.spec.values.len() < 2 || (self.open.is_empty() && self.compared().is_some()) {
            return None;
        }
        if self.open.is_empty() {
            self.open = (0..self.spec.values.len()).collect();
            self.random.shuffle(&mut self.open);
        }
        self.pending = self.open.pop();
        let settings = self.spec.values.get(self.pending?)?.clone();
        Some(Plan::one(Role::Trial, settings))
    }

    fn note(&mut self, _began: Span, outcomes: &[Outcome]) {
        if let (Some(value), Some(outcome)) = (self.pending.take(), outcomes.first()) {
            let passed = match outcome.fate() {
                Fate::Passed => Some(true),
                Fate::Failed => Some(false),
                Fate::Unknown => None,
            };
            if let Some(passed) = passed {
                self.counts[value].add(passed);
            }
            self.block[value] = passed.map(|passed| !passed);
            if self.open.is_empty() {
                self.block_is_complete();
            }
        }
    }

    /// A comparison has its control in itself: the values are compared with each other.
    fn note_control(&mut self, _at: Span, _fate: Fate) {}

    fn progress(&self) -> Progress<Compared> {
        let likeliest = self
            .compared()
            .map(|answer| Weighed { answer, probability: 1.0 - self.spec.error })
            .into_iter()
            .collect();
        // Widths of the intervals, in bits of their grid.
        let widths =
            self.differences().into_iter().map(|by| libm::log2(((by.high - by.low) * 100.0).max(1.0)));
        Progress { likeliest, bits_left: widths.sum() }
    }

    fn conclusion(&self) -> Conclusion<Compared, ComparisonEvidence> {
        let found = self.compared().map(|answer| Weighed { answer, probability: 1.0 - self.spec.error });
        let limits = if found.is_none() && self.blocks > 0 {
            vec![Limit::MoreNeeded(self.missing())]
        } else {
            Vec::new()
        };
        let tried = self.spec.values.iter().zip(&self.counts).map(|(settings, counts)| Tried {
            settings: settings.clone(),
            asked: counts.all(),
            failed: counts.failed,
        });
        let rate = |counts: &Counts| {
            Share { part: u64::from(counts.failed), all: u64::from(counts.all()) }.interval()
        };
        Conclusion {
            remaining: found.into_iter().collect(),
            verdict: found.map_or(Verdict::CannotTell(Because::NotYet), Verdict::Found),
            evidence: ComparisonEvidence {
                tried: tried.collect(),
                rates: self.counts.iter().map(rate).collect(),
                differences: self.differences(),
                blocks: self.blocks,
            },
            limits,
        }
    }
}
