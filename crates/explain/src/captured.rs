//! What only captures can tell: where requests failed, and what the packets show besides their features.

use crate::{Finding, Observed, StepFinding, WhyNow};

/// Requests that were captured, at one place or several. Rows are those of the [`Source`](crate::Source).
pub trait Captured {
    /// The step at which the given (failed) requests failed, as far as the places captured show.
    fn step(&self, failed: &[u32]) -> StepFinding;

    /// What happened to the translation that the given (failed) requests of a finding go through.
    fn why_now(&self, finding: &Finding, failed: &[u32]) -> Vec<WhyNow>;

    /// What is known about the given (failed) requests besides their features, for the catalogue.
    fn observed(&self, failed: &[u32]) -> Observed;
}
