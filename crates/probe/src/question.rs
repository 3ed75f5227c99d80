//! What all questions have in common: they plan requests, take outcomes, and say what is known.

use crate::outcome::{Fate, Outcome};
use crate::request::{Plan, Setting};
use unanswered_forecast::statistics::ShareInterval;
use unanswered_time::Span;

/// How sure a conclusion has to be, unless the caller wants something else.
pub const SURE: f64 = 0.99;

/// A question that requests can answer.
///
/// It is `Clone` because [`crate::Session`] goes back to an earlier state when what came since turns out to be an outage.
pub trait Question: Clone {
    /// One possible answer.
    type Answer: Clone + PartialEq + std::fmt::Debug;
    /// What the answer rests on, as data.
    type Evidence: Clone + std::fmt::Debug;

    /// What to send next; `None` when nothing more is to be asked. At most `left` requests can still be sent; a question
    /// whose next plan is longer hands it out all the same, and the session then stops.
    fn plan(&mut self, left: u32) -> Option<Plan>;

    /// Takes the outcomes of the plan that was handed out last, one for each request, in order. It began at `began`, since the
    /// beginning of the session.
    fn note(&mut self, began: Span, outcomes: &[Outcome]);

    /// Takes what came of a control that was sent at `at`: it teaches how often a request is lost that nothing is wrong with.
    fn note_control(&mut self, at: Span, fate: Fate);

    /// How long to rest before a control, so that what the question has just done does not make it fail.
    fn rest(&self) -> Span {
        Span::from_nanoseconds(0)
    }

    /// The answers that are possible now, likeliest first, with their probabilities, and how many bits are still unknown.
    fn progress(&self) -> Progress<Self::Answer>;

    /// What is known now. May be asked at any time.
    fn conclusion(&self) -> Conclusion<Self::Answer, Self::Evidence>;
}

/// An answer and how likely it is, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weighed<A> {
    /// The answer.
    pub answer: A,
    /// Its probability, given all outcomes.
    pub probability: f64,
}

/// Where a question stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress<A> {
    /// The likeliest answers, at most [`SHOWN`].
    pub likeliest: Vec<Weighed<A>>,
    /// Entropy of the answer: bits that are still unknown.
    pub bits_left: f64,
}

/// How many answers progress and conclusions list.
pub const SHOWN: usize = 8;

/// What a question has come to.
#[derive(Clone, Debug, PartialEq)]
pub struct Conclusion<A, E> {
    /// The answer, or why there is none.
    pub verdict: Verdict<A>,
    /// Answers that are left, likeliest first; with a verdict of [`Verdict::Found`] the first is the one found.
    pub remaining: Vec<Weighed<A>>,
    /// What it rests on.
    pub evidence: E,
    /// What it cannot show.
    pub limits: Vec<Limit>,
}

/// The answer, or why there is none.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict<A> {
    /// This is the answer, with its probability or, where the method says so, one minus its error rate.
    Found(Weighed<A>),
    /// It cannot be told.
    CannotTell(Because),
}

impl<A> Verdict<A> {
    /// The answer, if there is one.
    #[must_use]
    pub const fn found(&self) -> Option<&A> {
        match self {
            Self::Found(weighed) => Some(&weighed.answer),
            Self::CannotTell(_) => None,
        }
    }
}

/// Why it cannot be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// The question goes on: more outcomes are needed.
    NotYet,
    /// Not one request was answered, not even the control where there is one.
    SilentFromTheStart,
    /// The control stopped being answered, and stayed so.
    Outage,
    /// All requests that may be sent were sent.
    BudgetSpent,
    /// The other side said too often that it does not want to be asked.
    TurnedAway,
    /// The answers that are left predict the same of every request that can be made.
    NotSeparable,
    /// A value that was said to fail is answered.
    KnownFailingAnswered,
    /// A value that was said to work is not answered.
    KnownWorkingFails,
    /// What came back fits none of the answers.
    NothingFits,
    /// Requests that are dropped count against the limit as well, so that asking keeps it shut: its numbers cannot be found so.
    DroppedRequestsPay,
    /// What was to be prepared (a mapping, an open connection, the way to a hop) never came about.
    NoSetup,
}

/// What a conclusion cannot show, or rests on.
#[derive(Clone, Debug, PartialEq)]
pub enum Limit {
    /// There was no request known to work beside: an outage looks like failing.
    NoControl,
    /// Outages were seen, and what was asked during them was not counted.
    OutagesLeftOut {
        /// How many.
        outages: u32,
        /// Requests that were not counted.
        requests: u32,
    },
    /// Replies came after the time-out; they count as answers.
    LateReplies(u32),
    /// No value strictly between these two was asked. What happens there is taken from both sides.
    Untested {
        /// The value below.
        from: u64,
        /// The value above.
        to: u64,
    },
    /// What fails does not always fail: this share of such requests is dropped (95 %).
    FailsPartly(ShareInterval),
    /// Requests that should work are lost at this rate (95 %).
    LossBeside(ShareInterval),
    /// A smaller share of failing values than this may have been missed (95 %: so many different values worked).
    SharesBelow(f64),
    /// Nothing larger than this was tried.
    OnlyUpTo(u64),
    /// About this many more requests may be needed at the present rates.
    MoreNeeded(u32),
}

/// What came of all requests with the same settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// The settings.
    pub settings: Vec<Setting>,
    /// How many were sent and say something.
    pub asked: u32,
    /// How many of these failed.
    pub failed: u32,
}
