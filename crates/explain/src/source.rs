//! Where the search gets its columns: one trait, so that the same search runs on a table in
//! memory and on millions of exchanges, of which it sees one sample at a time.

use crate::Captured;
use std::borrow::Cow;
use unanswered_registry::Subject;
use unanswered_table::{Column, Outcome, Table, Unit, Viewpoint};

/// Which requests share their fate and count as one piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Units<'a> {
    /// The unit of each request; empty where each is its own.
    pub of: Cow<'a, [u32]>,
    /// What a unit is.
    pub unit: Unit,
}

/// Requests with features, all or some of which can be asked for.
pub trait Source: Sync {
    /// Number of requests, in time order.
    fn rows(&self) -> usize;

    /// What became of each request.
    fn outcomes(&self) -> Cow<'_, [Outcome]>;

    /// Time of each request; empty when there is none.
    fn times(&self) -> Cow<'_, [f64]>;

    /// Independent units of evidence.
    fn units(&self) -> Units<'_>;

    /// Maximum number of rows for which all features are quick to get.
    fn affordable(&self) -> usize {
        usize::MAX
    }

    /// All features of the given rows (ascending).
    fn sample(&self, rows: &[u32]) -> Table;

    /// One feature of all rows, for exact counts; `None` when there is no such feature.
    fn column(&self, subject: &Subject, at: Viewpoint) -> Option<Cow<'_, Column>>;

    /// What only captures can tell of these requests; `None` for other sources.
    fn captured(&self) -> Option<&dyn Captured> {
        None
    }
}

impl Source for Table {
    fn rows(&self) -> usize {
        self.outcomes.len()
    }

    fn outcomes(&self) -> Cow<'_, [Outcome]> {
        Cow::Borrowed(&self.outcomes)
    }

    fn times(&self) -> Cow<'_, [f64]> {
        Cow::Borrowed(&self.times)
    }

    fn units(&self) -> Units<'_> {
        Units { of: Cow::Borrowed(&self.units), unit: self.unit.clone() }
    }

    fn sample(&self, rows: &[u32]) -> Table {
        let pick_u32 = |v: &[u32]| rows.iter().filter_map(|&r| v.get(r as usize).copied()).collect();
        let pick = |v: &[f64]| rows.iter().filter_map(|&r| v.get(r as usize).copied()).collect();
        Self {
            columns: self
                .columns
                .iter()
                .map(|c| Column { subject: c.subject.clone(), at: c.at, values: c.values.select(rows) })
                .collect(),
            outcomes: rows.iter().map(|&r| self.outcomes[r as usize]).collect(),
            times: rows.iter().filter_map(|&r| self.times.get(r as usize).copied()).collect(),
            units: pick_u32(&self.units),
            unit: self.unit.clone(),
            until: pick(&self.until),
            replied: pick(&self.replied),
        }
    }

    fn column(&self, subject: &Subject, at: Viewpoint) -> Option<Cow<'_, Column>> {
        Self::column(self, subject, at).map(Cow::Borrowed)
    }
}
