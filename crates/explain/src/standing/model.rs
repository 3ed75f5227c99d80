//! How often each row is expected to fail, from its values one by one.
//!
//! A multiplicative model: a rate for all rows times a factor for each value, fitted by iterative proportional fitting
//! (Deming and Stephan 1940). A value that fails far more often than the other values of its feature is what is searched for, so
//! it must not be explained away: factors are limited from above to what is usual among their siblings. One that fails less
//! often than its siblings is no cause of anything, and is not limited. Where few failures say little of a value, its factor is drawn
//! to that of its siblings. The numbers below are judgement; together they were tried on `bench/incidents.py`.

use crate::search::columns::Ranked;
use unanswered_table::MISSING;

/// Rounds over all features.
const ROUNDS: usize = 6;
/// A factor may be this many standard deviations of its siblings' above their median.
const USUAL: f64 = 2.0;
/// Smallest standard deviation of the factors of a feature, of their logarithms: values differ by a few percent always.
const SPREAD_MIN: f64 = 0.1;
/// Fewest values whose spread says what is usual for their feature; else the spread is at most [`SPREAD_FEW`].
const SIBLINGS_MIN: usize = 5;
/// Largest standard deviation taken for a feature of few values.
const SPREAD_FEW: f64 = 0.3;
/// What is added to counts, so that a value without failures gets a small factor and not none.
const ADDED: f64 = 0.5;
/// A value counts among its siblings where at least this many failures are expected.
const TELLING: f64 = 2.0;
/// Rows times features above which starting a thread pays off.
const PARALLEL: usize = 100_000;
/// Largest rate that is expected of a row.
const RATE_MAX: f64 = 0.95;

/// What became of rows, by their numbers.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a> {
    /// Whether each failed.
    pub(crate) failed: &'a [bool],
    /// How many requests each stands for, beside a failed one.
    pub(crate) weights: &'a [f64],
}

impl Seen<'_> {
    fn weight(self, row: u32) -> f64 {
        self.weights.get(row as usize).copied().unwrap_or(1.0)
    }

    /// Failures expected of a row at a rate, which is given as its logarithm.
    fn expected(self, row: u32, log: f64) -> f64 {
        log.exp().min(RATE_MAX) * self.weight(row)
    }
}

/// The expected rates of some rows.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    /// Failures expected of each of the rows, in their order: its rate times the number of requests that it stands for.
    pub(crate) rates: Vec<f64>,
    /// Variance of what is left over its expectation, for counts of the same values; at least 1.
    pub(crate) dispersion: f64,
    /// For each feature, how many times as often as the middle ones a value may fail at all times.
    pub(crate) usual: Vec<f64>,
    /// Rows of a time when all was well and their rates, where these are from there.
    baseline: Option<(Vec<u32>, Vec<f64>)>,
}

impl Expected {
    /// Fits the model to the rows.
    pub(crate) fn new(features: &[&Ranked], rows: &[u32], seen: Seen<'_>) -> Self {
        Self::at_most(features, rows, seen, USUAL)
    }

    /// The same, with factors at most so many standard deviations of their siblings' above their median.
    pub(crate) fn at_most(features: &[&Ranked], rows: &[u32], seen: Seen<'_>, usual: f64) -> Self {
        // A cause that the limited factors leave over is no scatter: without limits the factors of its values take it up.
        let scatter = || dispersion(features, rows, seen.failed, &fitted(features, rows, seen, None).0);
        let rates = || {
            let (rates, _, factors) = fitted(features, rows, seen, Some(usual));
            (rates, factors.iter().map(Factors::usual).collect())
        };
        if features.len() * rows.len() < PARALLEL {
            let (rates, usual) = rates();
            return Self { rates, dispersion: scatter(), usual, baseline: None };
        }
        std::thread::scope(|scope| {
            let scatter = scope.spawn(scatter);
            let (rates, usual) = rates();
            let dispersion = scatter.join().expect("fitting does not panic");
            Self { rates, dispersion, usual, baseline: None }
        })
    }

    /// Fits the model to the rows that a suspected cause leaves out, and expects the same of all: what it adds must not pass for usual. A
    /// value that only the suspect has is expected to be at most what is usual among its siblings.
    pub(crate) fn beside(
        features: &[&Ranked],
        rows: &[u32],
        seen: Seen<'_>,
        suspect: &dyn Fn(&u32) -> bool,
    ) -> Self {
        let outside: Vec<u32> = rows.iter().copied().filter(|row| !suspect(row)).collect();
        let (_, base, all) = fitted(features, &outside, seen, Some(USUAL));
        let mut logs: Vec<f64> =
            rows.iter().map(|&row| base + all.iter().map(|factors| factors.log(row)).sum::<f64>()).collect();
        for factors in &all {
            factors.add_unseen(&outside, rows, seen, &mut logs);
        }
        let rates = rows.iter().zip(&logs).map(|(&row, &log)| seen.expected(row, log)).collect();
        let without = fitted(features, &outside, seen, None).0;
        let dispersion = dispersion(features, &outside, seen.failed, &without);
        Self { rates, dispersion, usual: all.iter().map(Factors::usual).collect(), baseline: None }
    }

    /// Expects so many times as many failures, if that is fewer.
    pub(crate) fn lower(&mut self, times: f64) {
        self.rates.iter_mut().for_each(|rate| *rate *= times.min(1.0));
    }

    /// Rows of a time when all was well and their rates, where the rates are from there.
    pub(crate) fn baseline(&self) -> Option<(&[u32], &[f64])> {
        self.baseline.as_ref().map(|(rows, rates)| (rows.as_slice(), rates.as_slice()))
    }

    /// Fits the model to rows of a time when all was well, and expects the same of others; how much fails in all may have changed.
    pub(crate) fn of_baseline(features: &[&Ranked], baseline: &[u32], rows: &[u32], seen: Seen<'_>) -> Self {
        let (before, base, all) = fitted(features, baseline, seen, Some(f64::INFINITY));
        let log = |row: u32| base + all.iter().map(|factors| factors.log(row)).sum::<f64>();
        let mut rates: Vec<f64> = rows.iter().map(|&row| seen.expected(row, log(row))).collect();
        let level = level(features, rows, seen.failed, &rates);
        for (expected, &row) in rates.iter_mut().zip(rows) {
            *expected = (*expected * level).min(RATE_MAX * seen.weight(row));
        }
        let dispersion = dispersion(features, baseline, seen.failed, &before);
        let usual = all.iter().map(Factors::usual).collect();
        Self { rates, dispersion, usual, baseline: Some((baseline.to_vec(), before)) }
    }
}

/// The factors of one feature's values.
struct Factors<'a> {
    feature: &'a Ranked,
    /// Logarithms, by rank.
    logs: Vec<f64>,
    /// Values that were limited, by rank: rows that have one may be what is searched for.
    limited: Vec<bool>,
    /// What is usual among them.
    siblings: Siblings,
}

impl Factors<'_> {
    /// How many times as often as the middle ones a value may fail at all times.
    fn usual(&self) -> f64 {
        (USUAL * self.siblings.spread).exp()
    }

    fn rank(&self, row: u32) -> Option<usize> {
        let rank = self.feature.ranks[row as usize];
        (rank != MISSING).then_some(rank as usize)
    }

    /// Logarithm of a row's factor; 0 where it has no value.
    fn log(&self, row: u32) -> f64 {
        self.rank(row).map_or(0.0, |rank| self.logs[rank])
    }

    /// Gives rows with values that hardly occurred in the rows fitted what these values show, up to the limit.
    fn add_unseen(&self, fitted: &[u32], rows: &[u32], seen: Seen<'_>, logs: &mut [f64]) {
        let mut known = vec![0.0; self.logs.len()];
        for rank in fitted.iter().filter_map(|&row| self.rank(row)) {
            known[rank] += 1.0;
        }
        let mut of = vec![(0.0, 0.0); self.logs.len()];
        for (&row, log) in rows.iter().zip(logs.iter()) {
            if let Some(rank) = self.rank(row).filter(|rank| known[*rank] == 0.0) {
                of[rank].0 += f64::from(u8::from(seen.failed[row as usize]));
                of[rank].1 += seen.expected(row, *log);
            }
        }
        let prior = 1.0 / (self.siblings.spread * self.siblings.spread);
        for (&row, log) in rows.iter().zip(logs) {
            if let Some(rank) = self.rank(row).filter(|rank| known[*rank] == 0.0) {
                // Fitting left the factor of a value that it did not see at the median.
                let (failures, expected) = of[rank];
                *log += ((failures + prior) / (expected + prior)).ln().min(USUAL * self.siblings.spread);
            }
        }
    }

    fn is_limited(&self, row: u32) -> bool {
        self.rank(row).is_some_and(|rank| self.limited[rank])
    }
}

/// The rate of each row, the logarithm of the rate of all, and the factors, which are limited from above.
fn fitted<'a>(
    features: &[&'a Ranked],
    rows: &[u32],
    seen: Seen<'_>,
    usual: Option<f64>,
) -> (Vec<f64>, f64, Vec<Factors<'a>>) {
    let total = rows.iter().filter(|&&row| seen.failed[row as usize]).count() as f64;
    let base = (total + ADDED) / (rows.iter().map(|&row| seen.weight(row)).sum::<f64>() + 1.0);
    let mut logs = vec![base.ln(); rows.len()];
    let mut all: Vec<Factors<'a>> = features
        .iter()
        .map(|feature| Factors {
            feature,
            logs: vec![0.0; feature.rank_end()],
            limited: vec![false; feature.rank_end()],
            siblings: Siblings { median: 0.0, spread: SPREAD_MIN },
        })
        .collect();
    // Of each row, how many of its values are limited.
    let mut limits = vec![0_u32; rows.len()];
    for _ in 0..ROUNDS {
        for factors in &mut all {
            // What fails beyond the limit of one feature's values must not be taken up by those of another.
            let struck: Vec<bool> = rows
                .iter()
                .zip(&limits)
                .map(|(&row, &limits)| limits > u32::from(factors.is_limited(row)))
                .collect();
            let ordinary = struck.iter().filter(|struck| !**struck).count();
            let without = ordinary * 2 >= rows.len();
            let counted = |place: usize| !(without && struck[place]);
            let before = factors.limited.clone();
            refit(factors, rows, seen, &mut logs, (&counted, usual));
            if factors.limited != before {
                for (&row, limits) in rows.iter().zip(&mut limits) {
                    if let Some(rank) = factors.rank(row) {
                        *limits = *limits + u32::from(factors.limited[rank]) - u32::from(before[rank]);
                    }
                }
            }
        }
    }
    let rates = rows.iter().zip(&logs).map(|(&row, &log)| seen.expected(row, log)).collect();
    (rates, base.ln(), all)
}

/// How many times as many fail as expected, of the values in the middle: what is new strikes some of them.
fn level(features: &[&Ranked], rows: &[u32], failed: &[bool], rates: &[f64]) -> f64 {
    let failures = rows.iter().filter(|&&row| failed[row as usize]).count() as f64;
    let all = failures / rates.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    let mut levels = Vec::new();
    for feature in features {
        let mut values = vec![(0.0, 0.0); feature.rank_end()];
        for (&row, rate) in rows.iter().zip(rates) {
            if let Some(value) = values.get_mut(feature.ranks[row as usize] as usize) {
                value.0 += f64::from(u8::from(failed[row as usize]));
                value.1 += rate;
            }
        }
        // Where hardly anything failed, values tell by what would be expected of them now.
        let telling = values.into_iter().filter(|(_, expected)| *expected * all >= TELLING);
        levels.extend(telling.map(|(seen, expected)| (seen + ADDED) / (expected + ADDED / all)));
    }
    lower_median(&mut levels).unwrap_or(all)
}

/// Fits the factors of one feature, given those of the others, on the rows that are counted.
fn refit(
    factors: &mut Factors<'_>,
    rows: &[u32],
    of: Seen<'_>,
    logs: &mut [f64],
    (counted, usual): (&dyn Fn(usize) -> bool, Option<f64>),
) {
    let mut seen = vec![0.0; factors.logs.len()];
    let mut expected = vec![0.0; factors.logs.len()];
    for (place, (&row, log)) in rows.iter().zip(logs.iter()).enumerate() {
        if let Some(rank) = factors.rank(row).filter(|_| counted(place)) {
            expected[rank] += of.expected(row, *log);
            seen[rank] += f64::from(u8::from(of.failed[row as usize]));
        }
    }
    // What would be expected if the value made no difference.
    let plain: Vec<f64> =
        expected.iter().zip(&factors.logs).map(|(expected, log)| expected / log.exp()).collect();
    let raw: Vec<f64> = seen.iter().zip(&plain).map(|(s, p)| ((s + ADDED) / (p + ADDED)).ln()).collect();
    let telling = |value: &(&f64, &f64)| *value.1 >= TELLING;
    let siblings: Vec<f64> = raw.iter().zip(&plain).filter(telling).map(|(raw, _)| *raw).collect();
    let scatter = plain.iter().filter(|plain| **plain >= TELLING).map(|plain| 1.0 / plain).collect();
    factors.siblings = Siblings::of(siblings, scatter);
    let Siblings { median, spread } = factors.siblings;
    // Few failures say little of a value: its factor is drawn to the median of its siblings (a gamma prior with their spread).
    // What is to show how much is left over takes up all that it can.
    let prior = if usual.is_some() { 1.0 / (spread * spread) } else { ADDED };
    let limit = usual.map_or(f64::INFINITY, |usual| usual.mul_add(spread, median));
    let new: Vec<f64> = seen
        .iter()
        .zip(&plain)
        .map(|(seen, plain)| median + ((seen + prior) / (plain * median.exp() + prior)).ln())
        .collect();
    factors.limited = new.iter().map(|new| *new > limit).collect();
    let new: Vec<f64> = new.into_iter().map(|new| new.min(limit)).collect();
    for (&row, log) in rows.iter().zip(logs) {
        if let Some(rank) = factors.rank(row) {
            *log += new[rank] - factors.logs[rank];
        }
    }
    factors.logs = new;
}

/// What is usual among the values of a feature.
#[derive(Clone, Copy, Debug)]
struct Siblings {
    /// Of the logarithms of their factors.
    median: f64,
    /// Their standard deviation, without what chance alone makes.
    spread: f64,
}

impl Siblings {
    /// From raw factors, and the variance of each that is chance.
    fn of(mut raw: Vec<f64>, mut scatter: Vec<f64>) -> Self {
        let count = raw.len();
        let median = lower_median(&mut raw).unwrap_or(0.0);
        let mut distances: Vec<f64> = raw.iter().map(|factor| (factor - median).abs()).collect();
        let all = 1.4826 * lower_median(&mut distances).unwrap_or(0.0);
        let chance = lower_median(&mut scatter).unwrap_or(0.0);
        let spread = (all * all - chance).max(SPREAD_MIN * SPREAD_MIN).sqrt();
        Self { median, spread: if count < SIBLINGS_MIN { spread.min(SPREAD_FEW) } else { spread } }
    }
}

/// The median; of an even number, the smaller one of the two in the middle: of two values one may be the cause.
fn lower_median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len().checked_sub(1)? / 2).copied()
}

/// How much more the counts of pairs of values vary than independent failures would (quasi-likelihood; McCullagh and Nelder
/// 1989, section 9.2.4): the median over the pairs, which one cause does not move.
fn dispersion(features: &[&Ranked], rows: &[u32], failed: &[bool], rates: &[f64]) -> f64 {
    /// The median of the square of a standard normal value.
    const MEDIAN: f64 = 0.455;
    let mut squares: Vec<f64> = Vec::new();
    for (index, first) in features.iter().enumerate() {
        for second in features.iter().skip(index + 1) {
            let width = second.rank_end();
            // Two columns of many names have more pairs than there are rows, and more than there is memory.
            let Some(pairs) = first.rank_end().checked_mul(width).filter(|pairs| *pairs <= rows.len()) else {
                continue;
            };
            let mut cells = vec![(0.0, 0.0); pairs];
            for (&row, rate) in rows.iter().zip(rates) {
                let (a, b) = (first.ranks[row as usize], second.ranks[row as usize]);
                if a != MISSING && b != MISSING {
                    let cell = &mut cells[a as usize * width + b as usize];
                    cell.0 += f64::from(u8::from(failed[row as usize]));
                    cell.1 += rate;
                }
            }
            let telling = cells.into_iter().filter(|(_, expected)| *expected >= 5.0);
            squares.extend(telling.map(|(seen, expected)| (seen - expected).powi(2) / expected));
        }
    }
    lower_median(&mut squares).map_or(1.0, |median| (median / MEDIAN).max(1.0))
}

#[cfg(test)]
mod tests {
    use super::{Expected, Ranked, Seen};
    use unanswered_registry::Subject;
    use unanswered_table::{Column, Values, Viewpoint};

    /// A column in which only the first and the last of very many names occur.
    fn ranked(index: usize, names: u32) -> Ranked {
        let column = Column {
            subject: Subject::Column(format!("column {index}")),
            at: Viewpoint::Client,
            values: Values::Codes {
                codes: [0, names - 1].into_iter().cycle().take(64).collect(),
                labels: (0..names).map(|_| String::new()).collect(),
            },
        };
        Ranked::new(index, &column, crate::constants::meaningful(&column.subject)).expect("two values")
    }

    /// A million names times a million names are 16 TB.
    #[test]
    fn pairs_of_more_names_than_rows_are_not_counted() {
        let (first, second) = (ranked(0, 1 << 20), ranked(1, 1 << 20));
        let rows: Vec<u32> = (0..64).collect();
        let failed: Vec<bool> = rows.iter().map(|row| row % 4 == 0).collect();
        let expected = Expected::new(&[&first, &second], &rows, Seen { failed: &failed, weights: &[] });
        assert!((expected.dispersion - 1.0).abs() < f64::EPSILON);
        assert_eq!(expected.rates.len(), rows.len());
    }
}
