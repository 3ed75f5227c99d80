//! Requests of which some count as something else, because whoever asks said so.

use crate::{Captured, Source, Units};
use std::borrow::Cow;
use unanswered_registry::Subject;
use unanswered_table::{Column, Outcome, Table, Viewpoint};

/// A source whose requests have other outcomes, and the same numbers.
///
/// Everything that is made from it (counts, findings, pictures) sees the requests like this.
pub struct Recounted<'a> {
    source: &'a dyn Source,
    outcomes: Vec<Outcome>,
}

impl<'a> Recounted<'a> {
    /// The same requests, with these outcomes as the only failures; the other failures count as answered.
    #[must_use]
    pub fn failed_only(source: &'a dyn Source, failed: &[Outcome]) -> Self {
        let chosen = |outcome: &Outcome| !outcome.failed() || failed.contains(outcome);
        let counted = |&outcome: &Outcome| if chosen(&outcome) { outcome } else { Outcome::Answered };
        Self { source, outcomes: source.outcomes().iter().map(counted).collect() }
    }

    /// The rows for which `looked_at` is true; what became of others, and of rows beyond its end, is
    /// [unknown](Outcome::Unknown), and so they are never judged.
    #[must_use]
    pub fn part(source: &'a dyn Source, looked_at: &[bool]) -> Self {
        let is_looked_at = |row: usize| looked_at.get(row).copied().unwrap_or_default();
        let counted = |(row, &outcome)| if is_looked_at(row) { outcome } else { Outcome::Unknown };
        Self { source, outcomes: source.outcomes().iter().enumerate().map(counted).collect() }
    }
}

impl Source for Recounted<'_> {
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
        table.outcomes = rows.iter().filter_map(|&row| self.outcomes.get(row as usize)).copied().collect();
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
        let source = Recounted::failed_only(&table, &[Outcome::Unanswered]);
        let expected = [Outcome::Answered, Outcome::Answered, Outcome::Unanswered, Outcome::Unknown];
        assert_eq!(source.outcomes().as_ref(), expected);
        assert_eq!(source.sample(&[1, 2]).outcomes, expected[1..3]);
    }

    #[test]
    fn rows_that_are_not_looked_at_are_not_judged_and_keep_their_numbers() {
        let table =
            Table { outcomes: vec![Outcome::Answered, Outcome::Error, Outcome::Error], ..Table::default() };
        let part = Recounted::part(&table, &[true, false]);
        let expected = [Outcome::Answered, Outcome::Unknown, Outcome::Unknown];
        assert_eq!(part.outcomes().as_ref(), expected);
        assert_eq!(part.sample(&[0, 1]).outcomes, expected[..2]);
        assert_eq!(part.rows(), 3);
    }
}
