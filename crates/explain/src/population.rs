//! Requests that can be counted.
//!
//! The diagnosis looks at a sample of rows one by one and asks for exact counts of the rest. Everything that
//! it asks about *all* requests goes through [`Population`], in terms of clauses and counts, so that the same
//! search runs on columns in memory ([`Memory`](crate::Memory) makes one of any [`Source`](crate::Source))
//! and on an engine that answers queries. If such an engine fails, the result is a [`PopulationError`].

use crate::{Captured, Clause, Counts, Filter, Value};
use unanswered_registry::Subject;
use unanswered_table::{Outcome, OutcomeCounts, Table, Viewpoint};

/// A question that could not be answered.
#[derive(Debug, thiserror::Error)]
#[error("the requests cannot be counted: {what}")]
pub struct PopulationError {
    /// What was asked, of which engine, and what came back.
    pub what: String,
    /// The underlying error.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Rows of a population.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Judged requests in order of time, with all features.
    pub table: Table,
    /// They are all judged requests, not a sample.
    pub complete: bool,
    /// The number of each among all requests; empty where they have none.
    pub rows: Vec<u32>,
    /// How many requests an answered row stands for, for each that a failed one does; 1 where they are all.
    pub answered_weight: f64,
}

/// Requests of a filter by what became of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Split {
    /// Those in the region.
    pub inside: Counts,
    /// Those outside it, and outside the regions that the filter excludes.
    pub outside: Counts,
}

/// Values of a feature at a bound: what the data say about where it lies.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Extremes {
    /// At the lower bound.
    pub low: Option<Bound>,
    /// At the upper bound.
    pub high: Option<Bound>,
}

/// The values next to one bound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    /// The extreme failing value inside.
    pub failing: f64,
    /// The nearest answered value beyond the bound.
    pub working: Option<f64>,
}

/// How far a bound may be moved when it is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The extreme failing value lies inside the bound.
    Inside,
    /// The bound was found on a sample: the extreme failing value before the first answered one may lie beyond it.
    UpToAnswered,
}

/// Requests with one value of a feature.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The value; `None` for requests without one.
    pub value: Option<Value>,
    /// Requests judged.
    pub requests: u64,
    /// Those of them that failed.
    pub failed: u64,
}

/// Requests that can be counted under a filter. Requests whose outcome is unknown are counted only in
/// [`totals`](Self::totals).
pub trait Population {
    /// All requests by outcome.
    ///
    /// # Errors
    /// When the population cannot be reached or does not answer.
    fn totals(&self) -> Result<OutcomeCounts, PopulationError>;

    /// At most `size` judged requests: every failed one, up to half of `size`, and evenly spread answered ones.
    ///
    /// # Errors
    /// As [`totals`](Self::totals).
    fn sample(&self, size: usize) -> Result<Sample, PopulationError>;

    /// Exact counts inside and outside the filter's region.
    ///
    /// # Errors
    /// As [`totals`](Self::totals).
    fn tally(&self, filter: &Filter, failing: &[Outcome]) -> Result<Split, PopulationError>;

    /// The values next to the bounds of one of the region's clauses, among requests that satisfy the others; `None`
    /// where it has no bounds.
    ///
    /// # Errors
    /// As [`totals`](Self::totals).
    fn extremes(
        &self,
        filter: &Filter,
        clause: usize,
        failing: &[Outcome],
        reach: Reach,
    ) -> Result<Option<Extremes>, PopulationError>;

    /// Requests of the filter by the values of a feature, most requests first; `None` where there is no such feature.
    ///
    /// # Errors
    /// As [`totals`](Self::totals).
    fn breakdown(
        &self,
        filter: &Filter,
        by: &Subject,
        at: Viewpoint,
        failing: &[Outcome],
    ) -> Result<Option<Vec<Group>>, PopulationError>;

    /// Requests of a time when all was well, if there are any to compare with.
    fn baseline(&self) -> Option<&dyn Population> {
        None
    }

    /// What only captures can tell of these requests; `None` for others.
    fn captured(&self) -> Option<&dyn Captured> {
        None
    }

    /// Rows of the failed requests in the filter's region, for [`captured`](Self::captured); none if nothing
    /// was captured.
    ///
    /// # Errors
    /// As [`totals`](Self::totals).
    fn failed_rows(&self, filter: &Filter, failing: &[Outcome]) -> Result<Vec<u32>, PopulationError> {
        let _ = (filter, failing);
        Ok(Vec::new())
    }
}

/// The ends of a clause's condition, where its values are numbers: of a range, or the smallest and largest of
/// a set, which say whether it could be part of a range.
pub(crate) fn ends(clause: &Clause) -> Option<(Option<f64>, Option<f64>)> {
    match &clause.condition {
        crate::Condition::Range { at_least, at_most } => Some((*at_least, *at_most)),
        crate::Condition::In(values) => {
            let numbers = values.iter().map(|v| match v {
                Value::Number(n) => Some(*n),
                Value::Text(_) => None,
            });
            let numbers = numbers.collect::<Option<Vec<f64>>>().filter(|numbers| !numbers.is_empty())?;
            let low = numbers.iter().copied().fold(f64::INFINITY, f64::min);
            Some((Some(low), Some(numbers.into_iter().fold(f64::NEG_INFINITY, f64::max))))
        }
        crate::Condition::NotIn(_) | crate::Condition::Modulus { .. } => None,
    }
}
