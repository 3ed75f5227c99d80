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
    /// Requests of another protocol fail alike.
    OtherProtocol(String),
    /// What became of them.
    Outcome(Outcome),
    /// How they were refused.
    Refusal(Refusal),
    /// What the captures show besides clauses.
    Fact(Fact),
    /// The finding has a clause about this, and the symptom says nothing of it.
    Unmentioned(Subject),
    /// The step, which is not known.
    SomeStep,
    /// How requests were refused, which is not known.
    SomeRefusal,
}

/// What fits, what does not, and what is not known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fit {
    /// The rival (by index) in whose words the entry fits; `None` for the finding's own.
    pub through_rival: Option<usize>,
    /// What fits.
    pub fits: Vec<Circumstance>,
    /// What does not.
    pub does_not: Vec<Circumstance>,
    /// What is not known.
    pub unknown: Vec<Circumstance>,
}
