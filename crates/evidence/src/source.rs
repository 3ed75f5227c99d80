//! Captured requests as a source of the diagnosis: columns for any source's questions, places and
//! translations for what only captures can tell.

use crate::columns::Columns;
use crate::step::{Facts, step_with};
use crate::{classes, hop_loss, mapping_history, observed, repeats};
use std::borrow::Cow;
use std::sync::OnceLock;
use unanswered_exchange::Exchanges;
use unanswered_explain::{
    Captured, Class, Finding, HopLoss, Observed, Repeats, Source, StepFinding, Units, WhyNow,
};
use unanswered_registry::Subject;
use unanswered_table::{Column, Outcome, Table, Viewpoint};

/// Maximum number of requests for which all features are made: some sixty at a few tens of nanoseconds each.
const AFFORDABLE: usize = 30_000;

/// Requests of captures as a [`Source`].
#[derive(Debug)]
pub struct ExchangeSource<'a> {
    exchanges: &'a Exchanges,
    columns: Columns<'a>,
    facts: OnceLock<Facts>,
}

impl<'a> ExchangeSource<'a> {
    /// Looks through the exchanges for the features they have.
    #[must_use]
    pub fn new(exchanges: &'a Exchanges) -> Self {
        Self { exchanges, columns: Columns::of(exchanges), facts: OnceLock::new() }
    }

    /// The exchanges behind the rows.
    #[must_use]
    pub const fn exchanges(&self) -> &'a Exchanges {
        self.exchanges
    }
}

impl Source for ExchangeSource<'_> {
    fn rows(&self) -> usize {
        self.exchanges.len()
    }

    fn outcomes(&self) -> Cow<'_, [Outcome]> {
        Cow::Borrowed(self.exchanges.outcomes())
    }

    fn times(&self) -> Cow<'_, [f64]> {
        Cow::Borrowed(self.columns.times())
    }

    fn units(&self) -> Units<'_> {
        let (units, unit) = self.columns.units();
        Units { of: Cow::Borrowed(units), unit: unit.clone() }
    }

    fn affordable(&self) -> usize {
        AFFORDABLE
    }

    fn sample(&self, rows: &[u32]) -> Table {
        self.columns.sample(rows)
    }

    fn column(&self, subject: &Subject, at: Viewpoint) -> Option<Cow<'_, Column>> {
        self.columns.column(subject, at).map(Cow::Owned)
    }

    fn captured(&self) -> Option<&dyn Captured> {
        Some(self)
    }
}

impl Captured for ExchangeSource<'_> {
    fn step(&self, failed: &[u32]) -> StepFinding {
        let facts = self.facts.get_or_init(|| Facts::of(self.exchanges));
        step_with(self.exchanges, facts, failed)
    }

    fn why_now(&self, finding: &Finding, failed: &[u32]) -> Vec<WhyNow> {
        mapping_history::why_now(self.exchanges, finding, failed)
    }

    fn classes(&self, failed: &[u32]) -> Vec<(Class, Vec<u32>)> {
        classes::classes(self.exchanges, failed)
    }

    fn repeats(&self, failed: &[u32]) -> Repeats {
        repeats::repeats(self.exchanges, failed)
    }

    fn hop_losses(&self) -> Vec<HopLoss> {
        hop_loss::hop_losses(self.exchanges)
    }

    fn observed(&self, failed: &[u32]) -> Observed {
        observed::observed(self.exchanges, failed)
    }
}
