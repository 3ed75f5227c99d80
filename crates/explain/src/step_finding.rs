//! Where failed requests failed, and how that is known.

use crate::{Behind, Fate};
use unanswered_table::Step;

/// The step that failed, and how that is known.
#[derive(Clone, Debug, PartialEq)]
pub struct StepFinding {
    /// The step; `None` when the places captured cannot tell.
    pub step: Option<Step>,
    /// What the followed requests show, the most frequent of each step: of the one step if it is known, of all
    /// steps if they differ; empty without failed requests.
    pub shown: Vec<Shown>,
    /// What each place on the path saw of the requests that were followed, from the clients on.
    pub funnel: Vec<Passed>,
    /// Requests that were followed: all, or an evenly spread sample of very many.
    pub followed: u64,
    /// What their servers asked in vain themselves.
    pub behind: Option<Behind>,
}

/// What one place saw of some requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    /// The place.
    pub place: String,
    /// Requests seen there.
    pub requests: u64,
    /// Of the same requests, those of which a reply (right or wrong, or an error) was seen there.
    pub replies: u64,
}

/// What some of the followed requests have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// What became of most of them.
    pub fate: Fate<String>,
    /// How many share its kind, wherever.
    pub requests: u64,
    /// How many share it with its places.
    pub here: u64,
    /// The same at other places with how many, the most frequent first.
    pub elsewhere: Vec<(Fate<String>, u64)>,
}
