//! Where does the answer change along a numeric field?
//!
//! Data flow: [`Threshold`] (a [`Question`]) wraps `search`, which keeps the outcomes by value and asks where an outcome says most
//! about the boundary; `posterior` has the probabilities. One request a plan.
//!
//! The likelihoods are asymmetric, see `chance::rates`. That is what makes the difference: bisection that repeats each value
//! takes twice as many requests, and is wrong where the failing side does not always fail.
//!
//! **How it fails.** A window of failing values inside a working range has no boundary that bisection could find, unless a value inside is
//! known (`known_failing`) or hit by chance; [`Limit::Untested`] says how wide a window may have been missed. Loss
//! above 20 % is outside of the grid. A failing side that drops less than a third mostly stays open
//! (at a fifth, 5 of 100 runs said that nothing fails).

pub(crate) mod posterior;
pub(crate) mod search;

use crate::chance::channel::requests_at_least;
use crate::chance::rates::Counts;
use crate::outcome::{Fate, Outcome};
use crate::question::{Because, Conclusion, Limit, Progress, Question, Tried, Verdict, Weighed};
use crate::request::{Field, Plan, Role, Setting};
pub use search::{Boundary, Direction, SearchSpec};
use unanswered_forecast::statistics::ShareInterval;
use unanswered_time::Span;

/// Where the answer changes along one field.
#[derive(Clone, Debug)]
pub struct Threshold {
    field: Field,
    search: search::Search,
    pending: Option<u64>,
}

/// What a threshold rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct ThresholdEvidence {
    /// The values asked, in rising order, with how often each failed.
    pub tried: Vec<Tried>,
    /// How often a failing value fails (95 %).
    pub drop: ShareInterval,
    /// How often a working value fails (95 %).
    pub background: ShareInterval,
    /// Requests that said something, controls not counted.
    pub requests: u32,
    /// The least average number of requests with which any method can find one boundary in that range at these rates (their
    /// middle), wrong once in a hundred (information theory: see `chance::channel`).
    pub at_least: f64,
}

impl Threshold {
    /// The question for a field. Values outside of the range of `spec` are never asked.
    #[must_use]
    pub fn new(field: Field, spec: SearchSpec) -> Self {
        Self { field, search: search::Search::new(spec), pending: None }
    }

    /// The question over all 65,536 values of a port, nothing known beforehand.
    #[must_use]
    pub fn over_ports(field: Field) -> Self {
        Self::new(field, SearchSpec::default())
    }
}

impl Default for SearchSpec {
    fn default() -> Self {
        Self {
            low: 0,
            high: u64::from(u16::MAX),
            direction: Direction::Unknown,
            known_failing: None,
            known_working: None,
            sure: crate::question::SURE,
        }
    }
}

impl Question for Threshold {
    type Answer = Boundary;
    type Evidence = ThresholdEvidence;

    fn plan(&mut self, _left: u32) -> Option<Plan> {
        if self.search.contradicted() != (false, false) {
            return None;
        }
        self.pending = self.search.next_value();
        self.pending.map(|value| Plan::one(Role::Trial, vec![Setting { field: self.field, value }]))
    }

    fn note(&mut self, _began: Span, outcomes: &[Outcome]) {
        if let (Some(value), Some(outcome)) = (self.pending.take(), outcomes.first()) {
            match outcome.fate() {
                Fate::Passed => self.search.note(value, true),
                Fate::Failed => self.search.note(value, false),
                Fate::Unknown => {}
            }
        }
    }

    fn note_control(&mut self, _at: Span, fate: Fate) {
        match fate {
            Fate::Passed => self.search.note_control(true),
            Fate::Failed => self.search.note_control(false),
            Fate::Unknown => {}
        }
    }

    fn progress(&self) -> Progress<Boundary> {
        let (likeliest, bits_left) = self.search.standing();
        Progress { likeliest, bits_left }
    }

    fn conclusion(&self) -> Conclusion<Boundary, ThresholdEvidence> {
        let found = self.search.found();
        let verdict = match (self.search.contradicted(), found) {
            ((true, _), _) => Verdict::CannotTell(Because::KnownFailingAnswered),
            ((false, true), _) => Verdict::CannotTell(Because::KnownWorkingFails),
            ((false, false), Some(found)) => Verdict::Found(found),
            ((false, false), None) => Verdict::CannotTell(Because::NotYet),
        };
        let (remaining, _) = self.search.standing();
        let limits = limits(&self.search, &verdict);
        Conclusion { verdict, remaining, evidence: self.evidence(), limits }
    }
}

impl Threshold {
    fn evidence(&self) -> ThresholdEvidence {
        let (drop, background) = self.search.rates();
        let middle = |interval: ShareInterval| f64::midpoint(interval.low, interval.high);
        let inside = 1.0 - (1.0 - middle(drop)) * (1.0 - middle(background));
        let tried: Vec<Tried> = self
            .search
            .tried()
            .map(|(value, counts)| tried(vec![Setting { field: self.field, value }], counts))
            .collect();
        ThresholdEvidence {
            requests: tried.iter().map(|tried| tried.asked).sum(),
            tried,
            at_least: requests_at_least(self.search.bits(), 0.01, inside, middle(background)),
            drop,
            background,
        }
    }
}

fn tried(settings: Vec<Setting>, counts: Counts) -> Tried {
    Tried { settings, asked: counts.all(), failed: counts.failed }
}

/// What the outcomes cannot show. A failing side that may always fail has no limit of its own.
fn limits(search: &search::Search, verdict: &Verdict<Boundary>) -> Vec<Limit> {
    let mut limits = Vec::new();
    let one_sided =
        |weighed: &Weighed<Boundary>| matches!(weighed.answer, Boundary::NothingFails | Boundary::AllFail);
    if let Verdict::Found(weighed) = verdict {
        limits.extend(search.widest_gap().map(|(from, to)| Limit::Untested { from, to }));
        let (drop, _) = search.rates();
        if !one_sided(weighed) && drop.high < 1.0 {
            limits.push(Limit::FailsPartly(drop));
        }
    }
    let (_, background) = search.rates();
    if background.low > 0.001 {
        limits.push(Limit::LossBeside(background));
    }
    limits
}
