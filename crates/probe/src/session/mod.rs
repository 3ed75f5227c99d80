//! One question asked with manners, with controls between its requests.
//!
//! Data flow: [`Session::next`] hands out a plan and when it may begin, or says that all is done. The caller sends it, waits at most
//! the time-out for each request, and hands the outcomes to [`Session::note`]. [`Session::conclusion`] may be asked at any time.
//!
//! **Controls.** A request that is known to work is sent first, after every [`Controls::every`] requests and after
//! [`Controls::after_failures`] that failed in a row; and before a question may end on failures. An answer to any request
//! shows as well as a control that there is no outage: the question's state is kept then. When three controls in a row fail,
//! this is an outage: the question goes back to that state, so that nothing asked since counts. The session goes
//! on asking for the control alone, ever more slowly, and the question goes on once it is answered.
//!
//! **How it fails.** An outage shorter than the run of failures that calls for a control is counted as loss. (Tried with a threshold and outages
//! of 0.5 to 8 s, 200 runs each with 0 and 5 % loss: wrong once in 2,000, because what failed only once is asked again.) Without a control
//! none is recognised, and the conclusion says so.

mod manners;
mod round_trip;

pub use manners::Manners;
pub use round_trip::RoundTrip;

use crate::outcome::{Fate, Outcome, Refusal};
use crate::question::{Because, Conclusion, Limit, Question, Verdict};
use crate::request::{Plan, Role, Setting};
use manners::Pace;
use unanswered_time::Span;

/// The request that is known to work, and how often to send it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Controls {
    /// Its values; all other requests take theirs from it where they set none.
    pub settings: Vec<Setting>,
    /// After so many requests without one.
    pub every: u32,
    /// After so many failures in a row.
    pub after_failures: u32,
}

impl Controls {
    /// The usual rhythm: after 16 requests, and after 4 failures in a row (judgement: half of a threshold's requests fail, so
    /// that this costs one request in eight or so).
    #[must_use]
    pub const fn usual(settings: Vec<Setting>) -> Self {
        Self { settings, every: 16, after_failures: 4 }
    }
}

/// So many controls that fail in a row are an outage: at 20 % loss chance does this once in 125 times.
const OUTAGE: u32 = 3;
/// So many that fail before anything was ever answered, and the session ends.
const SILENT: u32 = 5;
/// So many that fail in an outage, and the session ends. With doubling pauses up to 8 s this is about a minute.
const PATIENCE: u32 = 12;
/// Longest pause between controls in an outage.
const LONGEST_PAUSE: i64 = 8_000_000_000;

/// What the caller does next.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Send this, and hand back the outcomes.
    Send {
        /// When it may begin, since the session's beginning.
        not_before: Span,
        /// How long to wait for each reply; a later one is late.
        time_out: Span,
        /// What to send.
        plan: Plan,
    },
    /// Nothing more is to be sent.
    Finished,
}

/// How many requests there were, by what came of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// All that were sent, controls among them.
    pub sent: u32,
    /// Controls.
    pub controls: u32,
    /// Controls that failed.
    pub controls_failed: u32,
    /// Answered, in time or late.
    pub answered: u32,
    /// Answered late.
    pub late: u32,
    /// Without anything coming back.
    pub silent: u32,
    /// Turned away.
    pub refused: u32,
    /// Requests of the question that were not counted, because they fell into an outage.
    pub not_counted: u32,
    /// Outages.
    pub outages: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pending {
    Nothing,
    Control,
    Trial,
}

/// A question under way.
#[derive(Clone, Debug)]
pub struct Session<Q> {
    question: Q,
    /// The question as it was when something was last answered.
    kept: Q,
    controls: Option<Controls>,
    manners: Manners,
    pace: Pace,
    round_trip: RoundTrip,
    tally: Tally,
    pending: Pending,
    not_before: Span,
    /// The question has nothing more to ask.
    finished: bool,
    /// Why the session ended before that.
    stopped: Option<Because>,
    /// Requests since the last control.
    since_control: u32,
    /// Requests of the question since anything was answered, and how many of them failed at the end in a row.
    since_answer: u32,
    failures: u32,
    /// Controls that failed in a row.
    doubt: u32,
    in_outage: bool,
}

impl<Q: Question> Session<Q> {
    /// A session that has sent nothing yet. Without controls no outage is recognised.
    #[must_use]
    pub fn new(question: Q, controls: Option<Controls>, manners: Manners) -> Self {
        Self {
            kept: question.clone(),
            question,
            controls,
            manners,
            pace: Pace::new(manners),
            round_trip: RoundTrip::default(),
            tally: Tally::default(),
            pending: Pending::Nothing,
            not_before: Span::from_nanoseconds(0),
            finished: false,
            stopped: None,
            since_control: u32::MAX,
            since_answer: 0,
            failures: 0,
            doubt: 0,
            in_outage: false,
        }
    }

    /// What to do at the time `now` since the beginning. A plan that was handed out and whose outcomes never came is taken
    /// for not sent.
    pub fn next(&mut self, now: Span) -> Action {
        let left = self.manners.budget.saturating_sub(self.tally.sent);
        if self.finished || self.stopped.is_some() {
            return Action::Finished;
        }
        if left == 0 {
            self.stopped = Some(Because::BudgetSpent);
            return Action::Finished;
        }
        if let Some(control) = self.control_due() {
            return self.send(now, Pending::Control, control);
        }
        let planned = self.question.plan(left);
        if planned.is_none()
            && self.failures > 0
            && let Some(control) = self.control()
        {
            return self.send(now, Pending::Control, control);
        }
        match planned {
            None => {
                self.finished = true;
                Action::Finished
            }
            Some(plan) if plan.requests() > left || plan.sends.is_empty() => {
                self.stopped = Some(Because::BudgetSpent);
                Action::Finished
            }
            Some(plan) => self.send(now, Pending::Trial, plan),
        }
    }

    /// Takes the outcomes of the plan that was handed out last and began at `began`. Outcomes that are missing count as not sent.
    pub fn note(&mut self, began: Span, outcomes: &[Outcome]) {
        for outcome in outcomes {
            self.count(*outcome);
        }
        match std::mem::replace(&mut self.pending, Pending::Nothing) {
            Pending::Nothing => {}
            Pending::Control => {
                if let Some(outcome) = outcomes.first() {
                    self.note_control(began, outcome.fate());
                }
            }
            Pending::Trial => self.note_trial(began, outcomes),
        }
        if self.pace.turned_away() {
            self.stopped = Some(Because::TurnedAway);
        }
    }

    /// The question, for its progress.
    #[must_use]
    pub const fn question(&self) -> &Q {
        &self.question
    }

    /// Requests so far, by what came of them.
    #[must_use]
    pub const fn tally(&self) -> Tally {
        self.tally
    }

    /// What the question has come to, given what the session saw around it.
    #[must_use]
    pub fn conclusion(&self) -> Conclusion<Q::Answer, Q::Evidence> {
        let mut conclusion = self.question.conclusion();
        if self.tally.answered == 0 && self.tally.sent > 0 {
            conclusion.verdict = Verdict::CannotTell(match self.stopped {
                Some(Because::TurnedAway) => Because::TurnedAway,
                Some(_) | None => Because::SilentFromTheStart,
            });
        } else if let (Verdict::CannotTell(Because::NotYet), Some(because)) =
            (&conclusion.verdict, self.stopped)
        {
            conclusion.verdict = Verdict::CannotTell(because);
        }
        if self.controls.is_none() {
            conclusion.limits.push(Limit::NoControl);
        }
        if self.tally.outages > 0 {
            conclusion.limits.push(Limit::OutagesLeftOut {
                outages: self.tally.outages,
                requests: self.tally.not_counted,
            });
        }
        if self.tally.late > 0 {
            conclusion.limits.push(Limit::LateReplies(self.tally.late));
        }
        conclusion
    }

    fn control(&self) -> Option<Plan> {
        self.controls.as_ref().map(|controls| Plan::one(Role::Control, controls.settings.clone()))
    }

    fn control_due(&self) -> Option<Plan> {
        let controls = self.controls.as_ref()?;
        // One that needs a rest would disturb the question: then only doubt is worth it.
        let disturbs = self.tally.sent > 0 && self.question.rest().nanoseconds() > 0;
        let due = self.in_outage
            || self.doubt > 0
            || (self.since_control >= controls.every && !disturbs)
            || self.failures >= controls.after_failures;
        due.then(|| self.control()).flatten()
    }

    fn send(&mut self, now: Span, pending: Pending, plan: Plan) -> Action {
        self.pending = pending;
        let requests = plan.requests();
        self.tally.sent = self.tally.sent.saturating_add(requests);
        match pending {
            Pending::Control => {
                self.tally.controls += 1;
                self.since_control = 0;
            }
            Pending::Nothing | Pending::Trial => {
                self.since_control = self.since_control.saturating_add(requests)
            }
        }
        let mut not_before = self.not_before.max(now);
        if pending == Pending::Control {
            not_before = Span::from_nanoseconds(
                not_before.nanoseconds().saturating_add(self.question.rest().nanoseconds()),
            );
        }
        let ends = not_before.nanoseconds().saturating_add(plan.duration().nanoseconds());
        self.not_before = Span::from_nanoseconds(ends.saturating_add(self.pause().nanoseconds()));
        Action::Send { not_before, time_out: self.round_trip.time_out(), plan }
    }

    /// The pause after what is sent now. In an outage it doubles with each control.
    fn pause(&self) -> Span {
        let usual = self.pace.pause().nanoseconds();
        if !self.in_outage {
            return Span::from_nanoseconds(usual);
        }
        let doubled = usual.saturating_mul(1 << self.doubt.saturating_sub(OUTAGE).min(16));
        Span::from_nanoseconds(doubled.min(LONGEST_PAUSE.max(usual)))
    }

    fn count(&mut self, outcome: Outcome) {
        self.pace.note(outcome);
        if let Some(after) = outcome.round_trip() {
            self.round_trip = self.round_trip.measured(after);
        }
        match outcome {
            Outcome::Answered { .. } => self.tally.answered += 1,
            Outcome::Late { .. } => {
                self.tally.answered += 1;
                self.tally.late += 1;
            }
            Outcome::Silent => self.tally.silent += 1,
            Outcome::Refused(_) => self.tally.refused += 1,
            Outcome::Elsewhere { .. }
            | Outcome::TimeExceeded { .. }
            | Outcome::Unreachable { .. }
            | Outcome::NotSent => {}
        }
    }

    fn note_control(&mut self, at: Span, fate: Fate) {
        match fate {
            Fate::Passed => {
                if !self.in_outage {
                    // Those that failed just before were lost by chance.
                    (0..self.doubt).for_each(|_| self.question.note_control(at, Fate::Failed));
                }
                self.question.note_control(at, Fate::Passed);
                self.in_outage = false;
                self.doubt = 0;
                self.keep();
            }
            Fate::Failed => {
                self.tally.controls_failed += 1;
                self.doubt += 1;
                if self.doubt >= OUTAGE && !self.in_outage {
                    self.in_outage = true;
                    self.tally.outages += u32::from(self.tally.answered > 0);
                    self.tally.not_counted += self.since_answer;
                    self.question = self.kept.clone();
                    self.since_answer = 0;
                    self.failures = 0;
                }
                if self.tally.answered == 0 && self.doubt >= SILENT {
                    self.stopped = Some(Because::SilentFromTheStart);
                } else if self.doubt >= PATIENCE {
                    self.stopped = Some(Because::Outage);
                }
            }
            Fate::Unknown => {}
        }
    }

    fn note_trial(&mut self, began: Span, outcomes: &[Outcome]) {
        self.question.note(began, outcomes);
        for outcome in outcomes {
            self.since_answer += 1;
            match outcome {
                // A router that answers shows that the path up to it works. It is no answer of the target: nothing is kept.
                Outcome::Answered { .. }
                | Outcome::Late { .. }
                | Outcome::TimeExceeded { .. }
                | Outcome::Unreachable { .. } => self.failures = 0,
                Outcome::Silent
                | Outcome::Refused(Refusal::Prohibited | Refusal::Closed)
                | Outcome::Elsewhere { .. } => self.failures += 1,
                Outcome::Refused(Refusal::TooFast) | Outcome::NotSent => {}
            }
        }
        if outcomes.iter().any(|outcome| outcome.fate() == Fate::Passed) {
            self.keep();
        }
    }

    fn keep(&mut self) {
        self.kept = self.question.clone();
        self.since_answer = 0;
        self.failures = 0;
    }
}
