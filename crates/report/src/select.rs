//! Which rows satisfy a clause, and which a finding is about.

use std::borrow::Cow;
use unanswered_explain::{Clause, Finding, Kind, Source};
use unanswered_registry::{Feature, Subject};
use unanswered_table::{Column, Values, Viewpoint};

/// One flag per row, or `None` when the source has no such feature.
pub(crate) fn mask(source: &dyn Source, clause: &Clause) -> Option<Vec<bool>> {
    let column = source.column(&clause.subject, clause.at)?;
    Some(clause.condition.mask(&column))
}

/// Rows that satisfy all of the clauses; unknown features hold everywhere.
pub(crate) fn all_of<'a>(source: &dyn Source, clauses: impl Iterator<Item = &'a Clause>) -> Vec<bool> {
    let mut all = vec![true; source.rows()];
    for clause in clauses {
        for (kept, holds) in all.iter_mut().zip(mask(source, clause).unwrap_or_default()) {
            *kept &= holds;
        }
    }
    all
}

/// Rows that a finding is about: its clauses hold and, for findings in time, so does its window.
pub(crate) fn rows_of(source: &dyn Source, finding: &Finding) -> Vec<bool> {
    let mut rows = all_of(source, finding.clauses.iter());
    if matches!(finding.kind, Kind::Outage | Kind::Degradation) {
        for (kept, moment) in rows.iter_mut().zip(source.times().iter()) {
            *kept &= in_window(finding, *moment);
        }
    }
    rows
}

fn in_window(finding: &Finding, moment: f64) -> bool {
    let within = finding.from.is_none_or(|from| moment >= from) && finding.to.is_none_or(|to| moment <= to);
    let recurring = finding.period.is_none_or(|p| (moment - p.offset).rem_euclid(p.every) <= p.length);
    within && recurring
}

/// The column of a feature seen at the client's side, as names; `None` for numbers.
pub(crate) fn names<'a>(source: &'a dyn Source, feature: &'static Feature) -> Option<Cow<'a, Column>> {
    source
        .column(&Subject::Feature(feature), Viewpoint::Client)
        .filter(|c| matches!(c.values, Values::Codes { .. }))
}
