//! Which rows a finding, or some of its clauses, is about.

use std::borrow::Cow;
use unanswered_explain::{Clause, Finding, Memory, Region, Source};
use unanswered_registry::{Feature, Subject};
use unanswered_table::{Column, Values, Viewpoint};

/// Rows that satisfy all of the clauses.
pub(crate) fn all_of<'a>(source: &dyn Source, clauses: impl Iterator<Item = &'a Clause>) -> Vec<bool> {
    let region = Region { clauses: clauses.cloned().collect(), ..Region::default() };
    Memory::new(source).selects(&region)
}

/// Rows that a finding is about: its clauses hold and, for findings in time, so does its window.
pub(crate) fn rows_of(source: &dyn Source, finding: &Finding) -> Vec<bool> {
    Memory::new(source).selects(&finding.region())
}

/// The column of a feature seen at the client's side, as names; `None` for numbers.
pub(crate) fn names<'a>(source: &'a dyn Source, feature: &'static Feature) -> Option<Cow<'a, Column>> {
    source
        .column(&Subject::Feature(feature), Viewpoint::Client)
        .filter(|c| matches!(c.values, Values::Codes { .. }))
}
