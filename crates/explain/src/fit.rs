//! How an entry fits a finding, part by part.

use crate::Fact;
use unanswered_registry::{Refusal, Subject};
use unanswered_table::{Outcome, Step};

/// A part of an entry's symptom, or something that a finding shows and the symptom does not mention.
#[derive(Clone, Debug, PartialEq)]
pub enum Circumstance {
    /// A pattern of the entry, in the words of its file.
    Pattern(String),
    /// The step at which requests failed.
    Step(Step),
    /// Their protocol, by name.
    Protocol(String),
    /// What became of them.
    Outcome(Outcome),
    /// How they were refused.
    Refusal(Refusal),
    /// What the captures show besides clauses.
    Fact(Fact),
    /// Nearly all requests that the telltale selects fail.
    Always,
    /// The finding has a clause about this, and the symptom says nothing of it.
    Unmentioned(Subject),
    /// The step, which is not known.
    SomeStep,
    /// How requests were refused, which is not known.
    SomeRefusal,
    /// What the mechanism needs and packets never show, in the words of the entry's file.
    Outside(String),
}

/// What agrees, what does not, and what could not be seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fit {
    /// The rival (by index) in whose words the entry fits; `None` for the finding's own.
    pub through_rival: Option<usize>,
    /// What agrees.
    pub fits: Vec<Circumstance>,
    /// What the finding says and the symptom does not; it rules nothing out.
    pub does_not: Vec<Circumstance>,
    /// What would speak for it and could not be seen here; the mechanism does not need it.
    pub unknown: Vec<Circumstance>,
    /// What the mechanism needs and could not be seen here. Where there is any, the fault is compatible, and
    /// nothing more is said.
    pub unseen: Vec<Circumstance>,
}
