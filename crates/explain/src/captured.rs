//! What only captures can tell: where requests failed, and what the packets show besides their features.

use crate::{Class, Finding, HopLoss, Observed, Repeats, StepFinding, WhyNow};

/// Requests that were captured, at one place or several. Rows are those of the [`Source`](crate::Source).
pub trait Captured {
    /// The step at which the given (failed) requests failed, as far as the places captured show.
    fn step(&self, failed: &[u32]) -> StepFinding;

    /// What happened to the translation that the given (failed) requests of a finding go through.
    fn why_now(&self, finding: &Finding, failed: &[u32]) -> Vec<WhyNow>;

    /// The given (failed) requests by what their packets say themselves, the largest class first. Requests whose packets say
    /// nothing are in none.
    fn classes(&self, failed: &[u32]) -> Vec<(Class, Vec<u32>)>;

    /// What became of repeats between the machines of the given (failed) requests: in the same flow, and in others.
    fn repeats(&self, failed: &[u32]) -> Repeats;

    /// What was lost between neighbouring places, in each direction; empty with one place.
    fn hop_losses(&self) -> Vec<HopLoss>;

    /// What is known about the given (failed) requests besides their features, for the catalogue.
    fn observed(&self, failed: &[u32]) -> Observed;
}
