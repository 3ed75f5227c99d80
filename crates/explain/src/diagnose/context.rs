//! The rows that the search looks at, ranked once.

use super::services::Services;
use crate::constants;
use crate::population::{Reach, Sample};
use crate::search::columns::Ranked;
use crate::standing::Seen;
use crate::time::period::{self, Folded};
use unanswered_table::{Column, Outcome, Table};

/// A sample of the judged rows with ranked features.
pub(crate) struct Context {
    /// The sample, in time order.
    pub(crate) table: Table,
    /// The sample is all judged requests.
    pub(crate) complete: bool,
    /// The number of each row among all requests.
    pub(crate) rows: Vec<u32>,
    /// Ranked features; the last may be time and the phase of a period.
    pub(crate) features: Vec<Ranked>,
    /// Index of the time feature.
    pub(crate) time: Option<usize>,
    /// Index of the phase feature with its period.
    pub(crate) phase: Option<(usize, Folded)>,
    /// Outcomes that occur among the failed rows.
    pub(crate) failing: Vec<Outcome>,
    /// Which rows are compared with each other.
    pub(crate) services: Services,
    /// Outcomes of a time when all was well: rows of the features that follow those of the table.
    pub(crate) baseline: Vec<Outcome>,
    /// How many requests each row stands for, those of the baseline at the end: a sample has fewer of the answered ones.
    pub(crate) weights: Vec<f64>,
}

/// Fewest rows with times for which time is a feature.
const TIME_ROWS_MIN: usize = 16;
/// What a phase costs above other features: only the clock knows it.
const PHASE_SURCHARGE: f64 = 6.0;

impl Context {
    pub(crate) fn new(sample: Sample, baseline: Option<Sample>) -> Self {
        let Sample { table, complete, rows, answered_weight } = sample;
        let (baseline, weight_then) =
            baseline.map_or_else(|| (Table::default(), 1.0), |sample| (sample.table, sample.answered_weight));
        let mut features =
            if baseline.rows() == 0 { ranked(&table) } else { ranked(&joined(&table, &baseline)) };
        let mut time = None;
        let mut phase = None;
        let ordered = table.times.len() == table.rows() && table.times.is_sorted();
        if ordered && table.rows() >= TIME_ROWS_MIN && table.times.first() < table.times.last() {
            time = Some(features.len());
            features.push(Ranked::of_times(&table.times));
            let failed: Vec<bool> = table.outcomes.iter().map(|o| o.failed()).collect();
            if let Some(folded) = period::fold(&table.times, &failed) {
                let phases: Vec<f64> = table.times.iter().map(|t| period::phase(*t, &folded)).collect();
                let mut ranked = Ranked::of_times(&phases);
                ranked.surcharge = PHASE_SURCHARGE;
                phase = Some((features.len(), folded));
                features.push(ranked);
            }
        }
        let failing = Outcome::ALL.into_iter().filter(|o| o.failed() && table.outcomes.contains(o)).collect();
        let services = Services::of(&table);
        let baseline = baseline.outcomes;
        let weight = |outcome: &Outcome, answered: f64| if outcome.failed() { 1.0 } else { answered };
        let weights = (table.outcomes.iter().map(|outcome| weight(outcome, answered_weight)))
            .chain(baseline.iter().map(|outcome| weight(outcome, weight_then)));
        let weights = weights.collect();
        Self { table, complete, rows, features, time, phase, failing, services, baseline, weights }
    }

    /// What became of the rows, by a notion of failure.
    pub(crate) fn seen<'a>(&'a self, failed: &'a [bool]) -> Seen<'a> {
        Seen { failed, weights: &self.weights }
    }

    /// The rows of the features that are a time when all was well.
    pub(crate) fn baseline_rows(&self) -> Vec<u32> {
        let row = |row: usize| u32::try_from(row).expect("rows are numbered with 32 bits");
        (row(self.table.rows())..row(self.table.rows() + self.baseline.len())).collect()
    }

    /// Whether each row has one of these outcomes, those of the baseline at the end.
    pub(crate) fn failed(&self, outcomes: &[Outcome]) -> Vec<bool> {
        self.table.outcomes.iter().chain(&self.baseline).map(|outcome| outcomes.contains(outcome)).collect()
    }

    /// Whether a feature is one of time.
    pub(crate) fn in_time(&self, feature: usize) -> bool {
        self.time == Some(feature) || self.phase.is_some_and(|(i, _)| i == feature)
    }

    /// Whether a feature may tell requests apart that failed in these ways: what a reply was like, only where none arrived.
    pub(crate) fn may_tell(&self, feature: usize, outcomes: &[Outcome]) -> bool {
        let column = self.features[feature].column.map(|index| &self.table.columns[index]);
        let of_reply =
            column.and_then(|column| column.subject.feature()).is_some_and(|feature| feature.of_reply);
        !of_reply || outcomes == [Outcome::Unanswered]
    }

    /// How far a bound may be moved.
    pub(crate) const fn reach(&self) -> Reach {
        if self.complete { Reach::Inside } else { Reach::UpToAnswered }
    }
}

/// The columns of a table, each followed by the rows of the other's column of the same name; missing where there is none.
fn joined(table: &Table, other: &Table) -> Table {
    let column = |column: &Column| {
        let same = other.column(&column.subject, column.at);
        Column {
            values: column.values.joined(same.map(|column| &column.values), other.rows()),
            ..column.clone()
        }
    };
    Table { columns: table.columns.iter().map(column).collect(), ..Table::default() }
}

/// Ranks the columns, on as many threads as there are.
fn ranked(table: &Table) -> Vec<Ranked> {
    let rank = |i: usize| {
        let column = &table.columns[i];
        Ranked::new(i, column, constants::meaningful(&column.subject))
    };
    let columns = table.columns.len();
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    if threads < 2 || columns * table.rows() < 500_000 {
        return (0..columns).filter_map(rank).collect();
    }
    let mut all: Vec<Ranked> = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads)
            .map(|t| scope.spawn(move || (t..columns).step_by(threads).filter_map(rank).collect::<Vec<_>>()))
            .collect();
        handles.into_iter().flat_map(|h| h.join().expect("ranking does not panic")).collect()
    });
    all.sort_by_key(|r| r.column);
    all
}
