//! What a pause changes: the idle time-out of a mapping, and how soon something may be used again.
//!
//! Data flow: [`Wait`] (a [`Question`]) is a search for a boundary (`threshold::search`) over pauses that grow by a tenth each. A plan opens
//! something, waits, and asks again in the same flow. Where the first request fails, the second says nothing about the pause.
//!
//! *Idle time-out*: fails from some pause on. A request that opens the mapping anew hides it; where the far end can hold a reply back,
//! [`Again::ReplyHeldBack`] asks whether a reply still passes. *Reuse*: fails below some pause.
//!
//! **How it fails.** Long pauses take long: the search asks what says most, not what is quickest. A time-out that differs from flow to flow shows
//! as a failing side that fails partly.

use crate::outcome::{Fate, Outcome};
use crate::question::{Because, Conclusion, Limit, Progress, Question, SURE, Verdict, Weighed};
use crate::request::{Flow, Plan, Role, Send};
use crate::threshold::search::Search;
use crate::threshold::{Boundary, Direction, SearchSpec};
use unanswered_forecast::statistics::ShareInterval;
use unanswered_time::Span;

/// Each pause is this many times the one before it: the answer is known to a tenth.
const STEP: f64 = 1.1;
/// So many first requests in a row that fail, and there is nothing to ask about.
const NO_SETUP: u32 = 6;

/// What is asked after the pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// The next request of the same flow fails when the pause was too long.
    NextRequest,
    /// A reply that the far end has held back does not come through when the pause was too long.
    ReplyHeldBack,
    /// A request with the same port or identifier fails when the pause was too short.
    Reused,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitSpec {
    /// What for.
    pub again: Again,
    /// The shortest pause that is tried.
    pub shortest: Span,
    /// The longest.
    pub longest: Span,
}

/// Which pauses are too long or too short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// None up to the longest that was tried.
    NoneMatters,
    /// All that were tried.
    AllFail,
    /// Those of at least some length between these two: the first still passes, the second does not.
    FailsAfter {
        /// The longest that passes.
        passes: Span,
        /// The shortest that fails.
        fails: Span,
    },
    /// Those shorter than some length between these two.
    FailsBefore {
        /// The longest that fails.
        fails: Span,
        /// The shortest that passes.
        passes: Span,
    },
}

/// One pause and what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PauseTried {
    /// How long.
    pub pause: Span,
    /// How often it was tried, with a first request that was answered.
    pub asked: u32,
    /// How often the second one failed.
    pub failed: u32,
}

/// What the answer rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct WaitEvidence {
    /// The pauses tried, in rising order.
    pub tried: Vec<PauseTried>,
    /// How often a request fails whose pause is too long or too short (95 %).
    pub drop: ShareInterval,
    /// First requests that failed, so that their pair says nothing.
    pub not_opened: u32,
}

/// A question about pauses under way.
#[derive(Clone, Debug)]
pub struct Wait {
    spec: WaitSpec,
    search: Search,
    pending: Option<u64>,
    not_opened: u32,
    not_opened_in_a_row: u32,
}

impl Wait {
    /// The question.
    #[must_use]
    pub fn new(spec: WaitSpec) -> Self {
        let shortest = spec.shortest.nanoseconds().max(1_000_000);
        let spec = WaitSpec {
            shortest: Span::from_nanoseconds(shortest),
            longest: Span::from_nanoseconds(spec.longest.nanoseconds().max(shortest)),
            ..spec
        };
        let steps = libm::ceil(libm::log(spec.longest.seconds() / spec.shortest.seconds()) / libm::log(STEP));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few hundred at most")]
        let high = steps.clamp(0.0, 1000.0) as u64;
        let direction = match spec.again {
            Again::NextRequest | Again::ReplyHeldBack => Direction::Above,
            Again::Reused => Direction::Below,
        };
        let search = Search::new(SearchSpec {
            low: 0,
            high,
            direction,
            known_failing: None,
            known_working: None,
            sure: SURE,
        });
        Self { spec, search, pending: None, not_opened: 0, not_opened_in_a_row: 0 }
    }

    fn pause(&self, index: u64) -> Span {
        let seconds = self.spec.shortest.seconds() * libm::pow(STEP, index as f64);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "no longer than the longest pause, in nanoseconds"
        )]
        let nanoseconds = (seconds * 1e9).min(self.spec.longest.nanoseconds() as f64) as i64;
        Span::from_nanoseconds(nanoseconds)
    }

    fn answer(&self, boundary: Boundary) -> Pause {
        match boundary {
            Boundary::NothingFails => Pause::NoneMatters,
            Boundary::AllFail => Pause::AllFail,
            Boundary::FailsBelow { first_working } => Pause::FailsBefore {
                fails: self.pause(first_working.saturating_sub(1)),
                passes: self.pause(first_working),
            },
            // Windows are not looked for where the direction is known.
            Boundary::FailsFrom { first_failing }
            | Boundary::FailsWithin { first_failing, .. }
            | Boundary::WorksWithin { first_working: first_failing, .. } => Pause::FailsAfter {
                passes: self.pause(first_failing.saturating_sub(1)),
                fails: self.pause(first_failing),
            },
        }
    }

    fn weighed(&self, weighed: Weighed<Boundary>) -> Weighed<Pause> {
        Weighed { answer: self.answer(weighed.answer), probability: weighed.probability }
    }
}

impl Question for Wait {
    type Answer = Pause;
    type Evidence = WaitEvidence;

    fn plan(&mut self, _left: u32) -> Option<Plan> {
        if self.not_opened_in_a_row >= NO_SETUP {
            return None;
        }
        let index = self.search.next_value()?;
        self.pending = Some(index);
        let flow = match self.spec.again {
            Again::NextRequest | Again::Reused => Flow::SameAsBefore,
            Again::ReplyHeldBack => Flow::ReplyOfBefore,
        };
        let first =
            Send { at: Span::from_nanoseconds(0), role: Role::Setup, flow: Flow::Any, settings: Vec::new() };
        let again = Send { at: self.pause(index), role: Role::Trial, flow, settings: Vec::new() };
        Some(Plan { sends: vec![first, again] })
    }

    fn note(&mut self, _began: Span, outcomes: &[Outcome]) {
        let (Some(index), [first, again, ..]) = (self.pending.take(), outcomes) else { return };
        match (first.fate(), again.fate()) {
            (Fate::Passed, Fate::Passed) => self.search.note(index, true),
            (Fate::Passed, Fate::Failed) => self.search.note(index, false),
            (Fate::Failed, Fate::Passed | Fate::Failed | Fate::Unknown) => {
                self.not_opened += 1;
                self.not_opened_in_a_row += 1;
                self.search.note_control(false);
                return;
            }
            (Fate::Passed, Fate::Unknown) | (Fate::Unknown, _) => return,
        }
        // A first request is as good as a control.
        self.not_opened_in_a_row = 0;
        self.search.note_control(true);
    }

    fn note_control(&mut self, _at: Span, fate: Fate) {
        match fate {
            Fate::Passed => self.search.note_control(true),
            Fate::Failed => self.search.note_control(false),
            Fate::Unknown => {}
        }
    }

    fn progress(&self) -> Progress<Pause> {
        let (likeliest, bits_left) = self.search.standing();
        Progress {
            likeliest: likeliest.into_iter().map(|weighed| self.weighed(weighed)).collect(),
            bits_left,
        }
    }

    fn conclusion(&self) -> Conclusion<Pause, WaitEvidence> {
        let verdict = match self.search.found() {
            Some(found) => Verdict::Found(self.weighed(found)),
            None if self.not_opened_in_a_row >= NO_SETUP => Verdict::CannotTell(Because::NoSetup),
            None => Verdict::CannotTell(Because::NotYet),
        };
        let (drop, background) = self.search.rates();
        let tried = self.search.tried().map(|(index, counts)| PauseTried {
            pause: self.pause(index),
            asked: counts.all(),
            failed: counts.failed,
        });
        let evidence = WaitEvidence { tried: tried.collect(), drop, not_opened: self.not_opened };
        let limits = if background.low > 0.001 { vec![Limit::LossBeside(background)] } else { Vec::new() };
        Conclusion { verdict, remaining: self.progress().likeliest, evidence, limits }
    }
}
