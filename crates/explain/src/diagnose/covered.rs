//! What the search found and accepted, before it becomes findings.

use crate::mechanism::Fit;
use crate::search::Rule;
use crate::time::ramp::Ramp;
use unanswered_table::Outcome;

/// Score that a cause must reach, ln 100. On independent losses the 99th percentile of a search's best
/// score was measured below zero (docs/METHODS.md); the margin is for what is not independent.
pub(super) const GATE: f64 = 4.6;

/// What one round found.
#[derive(Clone, Debug)]
pub(crate) enum Cause {
    /// A conjunction (perhaps with time in it), with the runners-up.
    Rule(Rule, Vec<Rule>),
    /// Rising loss.
    Ramp(Ramp),
    /// A mechanism, with the rule that it looks like.
    Mechanism(Fit, Option<Rule>),
    /// Everything that a service was asked: there is nothing to compare.
    Service,
}

/// One accepted cause.
#[derive(Clone, Debug)]
pub(crate) struct Covered {
    pub(crate) cause: Cause,
    /// Outcomes counted as failures.
    pub(crate) outcomes: Vec<Outcome>,
    /// Rows of the sample that were searched: what earlier findings left.
    pub(crate) rows: Vec<u32>,
    /// Those of them that the search looked at.
    pub(crate) searched: Vec<u32>,
    /// Score as if failures were independent. Causes are compared by it, since the allowance for dependence
    /// is an estimate that differs between causes.
    pub(crate) plain: f64,
    /// Score after serial dependence was taken into account, nats.
    pub(crate) score: f64,
    /// How many dependent failures count as one.
    pub(crate) inflation: f64,
    /// The services that it is about; empty: all.
    pub(crate) services: Vec<u32>,
    /// What became of it beside standing differences. These depend on what was found before, and so does the order of such causes.
    pub(crate) beyond: Beyond,
}

/// Whether a cause says more than that some values fail more often at all times.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Beyond {
    /// It was not asked.
    NotAsked,
    /// More fails than standing differences make.
    More,
    /// Values may differ so at all times.
    MayBeStanding,
    /// As many failed when all was well.
    AsBefore,
}

/// All causes found, in that order, and what the gate turned away at the end.
pub(crate) struct Covers {
    pub(crate) accepted: Vec<Covered>,
    pub(crate) turned_away: Option<Covered>,
    /// Rows of the sample that no cause covers.
    pub(crate) rest: Vec<u32>,
}
