//! What a mechanism is worth: the currency of rules.

use super::Mechanism;
use super::history::{History, Key, Keyed};
use crate::constants::FAILURES_MIN;
use crate::search::score::{Scorer, Tally};
use crate::time::serial;

/// A fitted parameter, with what the data say about it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The value that the prediction was made with.
    pub value: f64,
    /// Least value that explains the data nearly as well (within 3 nats).
    pub low: f64,
    /// Greatest such value.
    pub high: f64,
}

impl Estimate {
    /// A value that is known exactly.
    pub(super) const fn exactly(value: f64) -> Self {
        Self { value, low: value, high: value }
    }

    /// How many values could have been told apart between two limits, on a scale of ratios: the logarithm of this is
    /// what it costs to say which (Rissanen 1978: a parameter is worth saying as exactly as the data know it).
    pub(super) fn distinguishable(&self, from: f64, to: f64) -> f64 {
        let range = (to / from).ln();
        let width = (self.high / self.low).ln().max(NARROWEST);
        if range.is_finite() && width.is_finite() { (range / width).max(1.0) } else { 1.0 }
    }
}

/// Two values of a parameter nearer to each other than this share are not told apart.
const NARROWEST: f64 = 1e-3;
/// How many nats below the best a value of a parameter may lie: a twentieth of the likelihood, as for rivals. More than the two
/// nats of a regular parameter, because most of these are places where something changes.
pub(super) const TOLERANCE: f64 = 3.0;
/// What every clause costs; a mechanism is told in one.
const CLAUSE_PRICE: f64 = 1.5;
/// Stretches of time that may each have a failing rate of their own.
const STRETCHES: usize = 16;
/// How often a state must have been able to build up and pass away while it was watched: nothing that lasts longer than
/// this part of the whole is fitted.
pub(super) const TIMES_OVER: f64 = 4.0;
/// How often a mechanism must be seen at work. Fewer episodes are what any outage looks like.
const EPISODES_MIN: usize = 3;

/// A mechanism with what it explains.
#[derive(Clone, Debug)]
pub struct Fit {
    /// What is at work, and with which parameters.
    pub mechanism: Mechanism,
    /// Which requests it predicts to fail, all of them in their order.
    pub predicted: Vec<bool>,
    /// Counted requests that are predicted to fail.
    pub inside: u32,
    /// Failures among them.
    pub inside_failed: u32,
    /// Log-likelihood ratio of "fails more often where it is predicted", nats.
    pub ratio: f64,
    /// Description length of the mechanism, nats.
    pub price: f64,
    /// How many dependent failures count as one among what is left once the prediction is known; 1 where nothing is.
    pub inflation: f64,
    /// How often the mechanism set in: runs of requests with one key that are all predicted to fail.
    pub episodes: usize,
}

impl Fit {
    /// What the mechanism is worth, nats: to be compared with the score of a rule, and with the same gate.
    #[must_use]
    pub fn score(&self) -> f64 {
        self.ratio / self.inflation - self.price
    }
}

/// Judges predictions over one history.
pub(super) struct Judge<'a> {
    pub(super) history: &'a History<'a>,
    pub(super) scorer: Scorer,
    /// What it costs to say which mechanism, by which key.
    naming: f64,
}

impl<'a> Judge<'a> {
    /// A judge of predictions over a sound history, when `ways` mechanisms and keys are tried.
    pub(super) fn new(history: &'a History<'a>, ways: usize) -> Self {
        let mut total = Tally::default();
        for (&counted, &failed) in history.counted.iter().zip(history.failed) {
            total.n += u32::from(counted);
            total.f += u32::from(counted && failed);
        }
        Self { history, scorer: Scorer::new(total), naming: (ways.max(1) as f64).ln() + CLAUSE_PRICE }
    }

    /// Whether there is anything to explain, and anything to compare with.
    pub(super) const fn has_both(&self) -> bool {
        let total = self.scorer.total();
        total.f >= FAILURES_MIN && total.f < total.n
    }

    /// What a prediction selects.
    pub(super) fn tally(&self, predicted: &[bool]) -> Tally {
        let mut inside = Tally::default();
        for (row, &fails) in predicted.iter().enumerate() {
            if fails && self.history.counted[row] {
                inside.n += 1;
                inside.f += u32::from(self.history.failed[row]);
            }
        }
        inside
    }

    /// Keys that divide the requests differently, with their numbers: the simplest of those that divide them alike.
    pub(super) fn partitions(&self, keys: &[Key]) -> Vec<(Key, Keyed)> {
        let mut kept: Vec<(Key, Keyed)> = Vec::new();
        for &key in keys {
            let Some(keyed) = Keyed::new(self.history, key) else { continue };
            // A finer key with as many values as a coarser one divides alike.
            if keyed.count > 0 && kept.iter().all(|(_, k)| k.codes != keyed.codes && !refines(&keyed, k)) {
                kept.push((key, keyed));
            }
        }
        kept
    }

    /// The worth of a prediction; `None` where it explains nothing, or less than it costs. `parameters` is what it
    /// costs to say the parameters, nats.
    pub(super) fn judge(
        &self,
        mechanism: impl Into<Mechanism>,
        predicted: Vec<bool>,
        keyed: &Keyed,
        parameters: f64,
    ) -> Option<Fit> {
        let inside = self.tally(&predicted);
        let ratio = self.scorer.ratio(inside);
        let price = self.scorer.rates_price + self.naming + parameters.max(0.0);
        let episodes = self.episodes(&predicted, keyed);
        if inside.f < FAILURES_MIN || ratio <= price || episodes < EPISODES_MIN {
            return None;
        }
        // Loss that rises, or that begins and stays, agrees with any state that fills up while it is watched.
        if self.ratio_at_one_time(&predicted) <= price {
            return None;
        }
        let inflation = self.inflation(&predicted, inside);
        let fit = Fit {
            mechanism: mechanism.into(),
            predicted,
            inside: inside.n,
            inside_failed: inside.f,
            ratio,
            price,
            inflation,
            episodes,
        };
        (fit.score() > 0.0).then_some(fit)
    }

    /// The same where a decision is made once for several requests: the requests of one unit with one prediction share
    /// their fate and count as one, failed when most of them did.
    pub(super) fn by_unit(&self, mut fit: Fit, units: &Keyed) -> Option<Fit> {
        let mut tallies = vec![[Tally::default(); 2]; units.count];
        for (row, &fails) in fit.predicted.iter().enumerate() {
            if let Some(unit) = units.of_row(row).filter(|_| self.history.counted[row]) {
                let tally = &mut tallies[unit][usize::from(fails)];
                tally.n += 1;
                tally.f += u32::from(self.history.failed[row]);
            }
        }
        let whole = |side: usize| {
            let mut sum = Tally::default();
            for tally in tallies.iter().map(|t| t[side]).filter(|t| t.n > 0) {
                sum = sum.plus(Tally { n: 1, f: u32::from(2 * tally.f > tally.n) });
            }
            sum
        };
        let (outside, inside) = (whole(0), whole(1));
        let ratio = Scorer::new(inside.plus(outside)).ratio(inside);
        // Without any ratio between units it explains nothing at all.
        fit.inflation = fit.inflation.max(fit.ratio / ratio.max(1e-9));
        (fit.score() > 0.0).then_some(fit)
    }

    /// The log-likelihood ratio that is left when each stretch of time has a failing rate of its own: within stretches of
    /// as many requests each, summed, with half a nat a stretch for its rate (what chance is expected to find). Where
    /// the prediction fails less often than the rest it counts against it.
    fn ratio_at_one_time(&self, predicted: &[bool]) -> f64 {
        let rows: Vec<usize> = (0..predicted.len()).filter(|&row| self.history.counted[row]).collect();
        let stretches = rows.chunks(rows.len().div_ceil(STRETCHES).max(1));
        stretches
            .map(|stretch| {
                let mut sides = [Tally::default(); 2];
                for &row in stretch {
                    let side = &mut sides[usize::from(predicted[row])];
                    *side = side.plus(Tally { n: 1, f: u32::from(self.history.failed[row]) });
                }
                let [outside, inside] = sides;
                if outside.n == 0 || inside.n == 0 {
                    return 0.0;
                }
                let scorer = Scorer::new(outside.plus(inside));
                scorer.ratio(inside) - scorer.ratio(outside) - 0.5
            })
            .sum()
    }

    /// How many dependent failures count as one, about the rates inside and outside: a prediction that only meets
    /// bursts by chance leaves them correlated.
    fn inflation(&self, predicted: &[bool], inside: Tally) -> f64 {
        let outside = self.scorer.total().minus(inside);
        let rows = || (0..predicted.len()).filter(|&row| self.history.counted[row]);
        let failed: Vec<bool> = rows().map(|row| self.history.failed[row]).collect();
        let expected: Vec<f64> =
            rows().map(|row| if predicted[row] { inside.rate() } else { outside.rate() }).collect();
        // Nothing is left: the residuals are zero, and have no correlation.
        if (inside.f == inside.n && outside.f == 0) || failed.len() < 2 {
            return 1.0;
        }
        serial::inflation_about(&failed, &expected).max(1.0)
    }

    /// Runs of requests of one key that are all predicted to fail.
    fn episodes(&self, predicted: &[bool], keyed: &Keyed) -> usize {
        let mut before = vec![false; keyed.count];
        let mut episodes = 0;
        for (row, &fails) in predicted.iter().enumerate() {
            if let Some(key) = keyed.of_row(row).filter(|_| self.history.counted[row]) {
                episodes += usize::from(fails && !before[key]);
                before[key] = fails;
            }
        }
        episodes
    }
}

/// The requests in a row, of at most so many, with the most failures: parameters that take many replays are fitted on them.
pub(super) fn busiest(history: &History<'_>, most: usize) -> (usize, usize) {
    let n = history.len();
    if n <= most {
        return (0, n);
    }
    let failures = |from: usize| (from..from + most).filter(|&row| history.counted_failure(row)).count();
    let step = (most / 8).max(1);
    let from = (0..=n - most).step_by(step).max_by_key(|&from| (failures(from), n - from)).unwrap_or(0);
    (from, from + most)
}

/// Whether two keys divide the requests alike although they number the parts differently.
fn refines(finer: &Keyed, coarser: &Keyed) -> bool {
    if finer.count != coarser.count {
        return false;
    }
    let mut partner = vec![None; finer.count];
    (0..finer.codes.len()).all(|row| match (finer.of_row(row), coarser.of_row(row)) {
        (Some(a), b @ Some(_)) => *partner[a].get_or_insert(b) == b,
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    })
}
