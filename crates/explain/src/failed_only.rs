//! Some outcomes only count as failed, because whoever asks said so.

use crate::{Captured, Source, Units};
use std::borrow::Cow;
use unanswered_registry::Subject;
use unanswered_table::{Column, Outcome, Table, Viewpoint};

/// A source whose failures are those of the chosen outcomes only; the other failures count as answered.
///
/// Everything that is made from it (counts, findings, pictures) sees the requests like this.
pub struct FailedOnly<'a> {
    source: &'a dyn Source,
    failed: Vec<Outcome>,
    outcomes: Vec<Outcome>,
}

impl<'a> FailedOnly<'a> {
    /// The same requests, with these outcomes as the only failures.
    #[must_use]
    pub fn new(source: &'a dyn Source, failed: &[Outcome]) -> Self {
        let failed = failed.to_vec();
        let outcomes = source.outcomes().iter().map(|&outcome| counted(outcome, &failed)).collect();
        Self { source, failed, outcomes }
    }
}

/// What an outcome counts as.
fn counted(outcome: Outcome, failed: &[Outcome]) -> Outcome {
    let chosen = !outcome.failed() || failed.contains(&outcome);
    if chosen { outcome } else { Outcome::Answered }
}

impl Source for FailedOnly<'_> {
    fn rows(&self) -> usize {
        self.source.rows()
    }

    fn outcomes(&self) -> Cow<'_, [Outcome]> {
        Cow::Borrowed(&self.outcomes)
    }

    fn times(&self) -> Cow<'_, [f64]> {
        self.source.times()
    }

    fn units(&self) -> Units<'_> {
        self.source.units()
    }

    fn affordable(&self) -> usize {
        self.source.affordable()
    }

    fn sample(&self, rows: &[u32]) -> Table {
        let mut table = self.source.sample(rows);
        for outcome in &mut table.outcomes {
            *outcome = counted(*outcome, &self.failed);
        }
        table
    }

    fn column(&self, subject: &Subject, at: Viewpoint) -> Option<Cow<'_, Column>> {
        self.source.column(subject, at)
    }

    fn captured(&self) -> Option<&dyn Captured> {
        self.source.captured()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_that_were_not_chosen_count_as_answered_and_nothing_else_changes() {
        let table = Table {
            outcomes: vec![Outcome::Answered, Outcome::Error, Outcome::Unanswered, Outcome::Unknown],
            ..Table::default()
        };
        let source = FailedOnly::new(&table, &[Outcome::Unanswered]);
        let expected = [Outcome::Answered, Outcome::Answered, Outcome::Unanswered, Outcome::Unknown];
        assert_eq!(source.outcomes().as_ref(), expected);
        assert_eq!(source.sample(&[1, 2]).outcomes, expected[1..3]);
    }
}
