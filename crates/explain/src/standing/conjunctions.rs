//! Conjunctions of single values by what fails beyond expectation.

use super::model::Expected;
use crate::search::columns::Ranked;
use rustc_hash::FxHashMap;
use unanswered_table::MISSING;

/// Most clauses of a conjunction.
const CLAUSES_MAX: usize = 3;
/// Rows times sets of features above which starting threads pays off.
const PARALLEL: usize = 100_000;
/// More threads than this are of no use.
const THREADS_MAX: usize = 8;
/// What a clause costs besides naming its feature and value, as in the search.
const CLAUSE_PRICE: f64 = 1.5;

/// So many failures, as many as expected, are added where a combination of values is asked how often it failed when all was
/// well (judgement).
const PRIOR: f64 = 2.0;

/// Rows of a region: how many, how many fail, how many are expected to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Excess {
    /// Rows.
    pub(crate) rows: f64,
    /// Failed ones.
    pub(crate) failed: f64,
    /// Failures expected.
    pub(crate) expected: f64,
}

impl Excess {
    /// Adds a row.
    pub(crate) fn add(&mut self, failed: bool, rate: f64) {
        self.rows += 1.0;
        self.failed += f64::from(u8::from(failed));
        self.expected += rate;
    }

    /// Those of both.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            rows: self.rows + other.rows,
            failed: self.failed + other.failed,
            expected: self.expected + other.expected,
        }
    }

    /// How many times as many fail as expected; few failures say little of it.
    pub(crate) fn times(self) -> f64 {
        (self.failed + PRIOR) / (self.expected + PRIOR)
    }

    /// Log-likelihood ratio of a rate of its own against the expected one, in nats (Poisson counts); 0 where no more failed than
    /// expected. Counts that vary more than independent failures count for less.
    pub(crate) fn ratio(self, dispersion: f64) -> f64 {
        if self.failed <= self.expected || self.expected <= 0.0 {
            return 0.0;
        }
        (self.failed * (self.failed / self.expected).ln() - (self.failed - self.expected)) / dispersion
    }
}

/// A conjunction of single values: features (by their place among those given) and ranks.
pub(crate) type Values = Vec<(usize, u32)>;

/// The conjunction with the best score - ratio minus what it costs to say - and its score.
pub(crate) fn best(
    features: &[&Ranked],
    rows: &[u32],
    failed: &[bool],
    expected: &Expected,
) -> Option<(Values, f64)> {
    let ends: Vec<u64> = features.iter().map(|feature| feature.rank_end() as u64).collect();
    let subsets = subsets(features.len());
    let of = |chosen: &Vec<usize>| of_features((features, &ends), chosen, rows, failed, expected);
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX);
    let found: Vec<Option<(Values, f64)>> = if subsets.len() * rows.len() < PARALLEL {
        subsets.iter().map(of).collect()
    } else {
        std::thread::scope(|scope| {
            let (subsets, of) = (&subsets, &of);
            let share = |thread| move || subsets.iter().skip(thread).step_by(threads).map(of).collect();
            let shares: Vec<_> = (0..threads).map(|thread| scope.spawn(share(thread))).collect();
            let shares: Vec<Vec<_>> =
                shares.into_iter().map(|share| share.join().expect("counting does not panic")).collect();
            (0..subsets.len()).map(|at| shares[at % threads][at / threads].clone()).collect()
        })
    };
    // Of equals, the first is taken, whichever thread was faster.
    let mut best: Option<(Values, f64)> = None;
    for found in found.into_iter().flatten() {
        if best.as_ref().is_none_or(|(_, known)| found.1 > *known) {
            best = Some(found);
        }
    }
    best
}

/// The same for conjunctions on these features.
fn of_features(
    (features, ends): (&[&Ranked], &[u64]),
    chosen: &[usize],
    rows: &[u32],
    failed: &[bool],
    expected: &Expected,
) -> Option<(Values, f64)> {
    let cells_of = |rows: &[u32], rates: &[f64]| {
        let mut cells: FxHashMap<u64, Excess> = FxHashMap::default();
        for (&row, &rate) in rows.iter().zip(rates) {
            if let Some(key) = key(features, ends, chosen, row) {
                cells.entry(key).or_default().add(failed[row as usize], rate);
            }
        }
        cells
    };
    let mut cells = cells_of(rows, &expected.rates);
    if let Some((rows, rates)) = expected.baseline() {
        let before = cells_of(rows, rates);
        cells.iter_mut().for_each(|(key, cell)| {
            cell.expected *= before.get(key).map_or(1.0, |before| before.times());
        });
    }
    let price = price(features, chosen, rows.len());
    // Equal scores are decided by the values, not by the order of a hash table.
    let of_these = cells.into_iter().map(|(key, excess)| (excess.ratio(expected.dispersion) - price, key));
    let (score, key) = of_these.max_by(|(a, x), (b, y)| a.total_cmp(b).then_with(|| y.cmp(x)))?;
    Some((values(ends, chosen, key), score))
}

/// What a conjunction on these features costs to say: which features, which values, one rate.
pub(crate) fn price(features: &[&Ranked], chosen: &[usize], rows: usize) -> f64 {
    let naming = |&index: &usize| {
        let feature = features[index];
        (features.len() as f64).ln()
            + (feature.distinct.max(1) as f64).ln()
            + CLAUSE_PRICE
            + feature.surcharge
    };
    0.5 * (rows.max(1) as f64).ln() + chosen.iter().map(naming).sum::<f64>()
}

/// All sets of one to three features, smaller ones first.
fn subsets(features: usize) -> Vec<Vec<usize>> {
    let mut all: Vec<Vec<usize>> = (0..features).map(|index| vec![index]).collect();
    let mut from = 0;
    for _ in 1..CLAUSES_MAX {
        let until = all.len();
        for index in from..until {
            let last = all[index].last().map_or(0, |last| last + 1);
            for next in last..features {
                let mut larger = all[index].clone();
                larger.push(next);
                all.push(larger);
            }
        }
        from = until;
    }
    all
}

/// The values of a row as one number; `None` where one is missing.
fn key(features: &[&Ranked], ends: &[u64], chosen: &[usize], row: u32) -> Option<u64> {
    chosen.iter().try_fold(0_u64, |key, &index| {
        let rank = features[index].ranks[row as usize];
        (rank != MISSING).then(|| key * ends[index] + u64::from(rank))
    })
}

fn values(ends: &[u64], chosen: &[usize], mut key: u64) -> Values {
    let mut values: Values = Vec::with_capacity(chosen.len());
    for &index in chosen.iter().rev() {
        values.push((index, u32::try_from(key % ends[index]).unwrap_or(MISSING)));
        key /= ends[index];
    }
    values.reverse();
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_of_up_to_three_features_is_there_once() {
        assert_eq!(subsets(1), [vec![0]]);
        let four = subsets(4);
        assert_eq!(four.len(), 4 + 6 + 4);
        assert!(four.iter().all(|set| set.windows(2).all(|two| two[0] < two[1])));
    }

    #[test]
    fn what_is_expected_is_no_excess() {
        let quiet = Excess { rows: 100.0, failed: 10.0, expected: 10.0 };
        assert!(quiet.ratio(1.0).abs() < 1e-12);
        let loud = Excess { failed: 30.0, ..quiet };
        assert!((loud.ratio(1.0) - (30.0 * 3.0_f64.ln() - 20.0)).abs() < 1e-9);
        assert!((loud.ratio(2.0) * 2.0 - loud.ratio(1.0)).abs() < 1e-9);
    }
}
