//! Some requests of a source only: those of a time, or those that are compared with it.

use crate::{Captured, Source, Units};
use std::borrow::Cow;
use unanswered_registry::Subject;
use unanswered_table::{Column, Outcome, Table, Viewpoint};

/// A source of which some rows only are looked at. The others keep their numbers; what became of them is
/// [unknown](Outcome::Unknown), and so they are never judged.
pub struct Part<'a> {
    source: &'a dyn Source,
    looked_at: Vec<bool>,
    outcomes: Vec<Outcome>,
}

impl<'a> Part<'a> {
    /// The rows for which `looked_at` is true; rows beyond its end are not.
    #[must_use]
    pub fn new(source: &'a dyn Source, looked_at: Vec<bool>) -> Self {
        let of_row = |(row, &outcome)| counted(outcome, &looked_at, row);
        let outcomes = source.outcomes().iter().enumerate().map(of_row).collect();
        Self { source, looked_at, outcomes }
    }
}

fn counted(outcome: Outcome, looked_at: &[bool], row: usize) -> Outcome {
    if looked_at.get(row).copied().unwrap_or_default() { outcome } else { Outcome::Unknown }
}

impl Source for Part<'_> {
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
        for (outcome, &row) in table.outcomes.iter_mut().zip(rows) {
            *outcome = counted(*outcome, &self.looked_at, row as usize);
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
    fn rows_that_are_not_looked_at_are_not_judged_and_keep_their_numbers() {
        let table =
            Table { outcomes: vec![Outcome::Answered, Outcome::Error, Outcome::Error], ..Table::default() };
        let part = Part::new(&table, vec![true, false]);
        let expected = [Outcome::Answered, Outcome::Unknown, Outcome::Unknown];
        assert_eq!(part.outcomes().as_ref(), expected);
        assert_eq!(part.sample(&[0, 1]).outcomes, expected[..2]);
        assert_eq!(part.rows(), 3);
    }
}
