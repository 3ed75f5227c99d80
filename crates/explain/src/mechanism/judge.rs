//! What a mechanism is worth: the currency of rules.

use super::Mechanism;
use super::history::{History, Key, Keyed};
use crate::constants::FAILURES_MIN;
use crate::search::score::{Scorer, Tally, log_likelihood_ratio};
use crate::time::serial;
use unanswered_table::MISSING;

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
/// Fewest requests on average for which the strata of a key are compared within.
const STRATUM_MIN: usize = 8;
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
    /// Mechanisms that predict the same of every request and cost no less: these data cannot tell them apart.
    pub twins: Vec<Mechanism>,
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
    /// The same of requests alone, where `inflation` counts flows as one.
    pub dependence: f64,
    /// How often the mechanism set in: runs of requests with one key that are all predicted to fail.
    pub episodes: usize,
}

impl Fit {
    /// The same where each request counts for itself and no flow for its requests, nats: as rules are scored.
    pub(crate) fn score_by_request(&self) -> f64 {
        self.ratio / self.dependence - self.price
    }

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
    /// costs to say the parameters, nats. `units` are what decisions are made for, where one holds for several requests.
    pub(super) fn judge(
        &self,
        mechanism: impl Into<Mechanism>,
        predicted: Vec<bool>,
        keyed: &Keyed,
        units: Option<&Keyed>,
        parameters: f64,
    ) -> Option<Fit> {
        let inside = self.tally(&predicted);
        let ratio = self.scorer.ratio(inside);
        let price = self.scorer.rates_price + self.naming + parameters.max(0.0);
        let episodes = self.episodes(&predicted, keyed);
        if inside.f < FAILURES_MIN || ratio <= price || episodes < EPISODES_MIN {
            return None;
        }
        if !self.holds_within(&predicted, price, units.is_some()) {
            return None;
        }
        let inflation = self.inflation(&predicted, inside);
        let fit = Fit {
            mechanism: mechanism.into(),
            twins: Vec::new(),
            predicted,
            inside: inside.n,
            inside_failed: inside.f,
            ratio,
            price,
            inflation,
            dependence: inflation,
            episodes,
        };
        match units {
            Some(units) => self.by_unit(fit, units),
            None => Some(fit).filter(|fit| fit.score() > 0.0),
        }
    }

    /// The same where a decision is made once for several requests.
    fn by_unit(&self, mut fit: Fit, units: &Keyed) -> Option<Fit> {
        // Without any ratio between units it explains nothing at all.
        let ratio = self.ratio_by_unit(&fit.predicted, units).max(1e-9);
        fit.inflation = fit.inflation.max(fit.ratio / ratio);
        (fit.score() > 0.0).then_some(fit)
    }

    /// The log-likelihood ratio when the requests of one unit with one prediction share their fate and count as one, failed
    /// when most of them did.
    fn ratio_by_unit(&self, predicted: &[bool], units: &Keyed) -> f64 {
        let [mut outside, mut inside] = [Tally::default(); 2];
        for sides in self.tallies(predicted, units) {
            for (sum, side) in
                [&mut outside, &mut inside].into_iter().zip(sides).filter(|(_, side)| side.n > 0)
            {
                *sum = sum.plus(Tally { n: 1, f: u32::from(2 * side.f > side.n) });
            }
        }
        log_likelihood_ratio(inside, outside).max(0.0)
    }

    /// What is not predicted to fail and what is, of each key.
    fn tallies(&self, predicted: &[bool], keyed: &Keyed) -> Vec<[Tally; 2]> {
        let mut tallies = vec![[Tally::default(); 2]; keyed.count];
        for (row, &fails) in predicted.iter().enumerate() {
            if let Some(key) = keyed.of_row(row).filter(|_| self.history.counted[row]) {
                let side = &mut tallies[key][usize::from(fails)];
                *side = side.plus(Tally { n: 1, f: u32::from(self.history.failed[row]) });
            }
        }
        tallies
    }

    /// Whether the prediction is worth its price also when each stretch of time, each client, each server and each pair of
    /// them has a failing rate of its own. Loss that rises, or begins and stays, agrees with any state that fills up
    /// while it is watched; and whoever is cut off for another reason may also be the one who asks most.
    ///
    /// Unless it is `decided` once for all requests of a flow, it must hold for first tries alone: a client repeats in its flow
    /// what failed, so that there is more traffic, and sooner, where there are failures.
    fn holds_within(&self, predicted: &[bool], price: f64, decided: bool) -> bool {
        let counted = self.scorer.total().n as usize;
        let mut earlier = 0;
        let stretches = (0..predicted.len()).map(|row| {
            let stretch = earlier * STRETCHES / counted.max(1);
            earlier += usize::from(self.history.counted[row]);
            u32::try_from(stretch).unwrap_or(MISSING)
        });
        let stretches = Keyed { codes: stretches.collect(), count: STRETCHES + 1 };
        let within = |keyed: &Keyed| self.ratio_within(predicted, keyed) > price;
        let keys = [Key::Client, Key::Server, Key::ClientAndServer];
        within(&stretches)
            && keys.into_iter().filter_map(|key| Keyed::new(self.history, key)).all(|keyed| {
                // Those that ask only now and then have nothing to be compared with.
                keyed.known() < STRATUM_MIN * keyed.count || within(&keyed)
            })
            && (decided
                || Keyed::new(self.history, Key::Flow)
                    .is_none_or(|flows| self.ratio_of_first_tries(predicted, &flows) > price))
    }

    /// The log-likelihood ratio without requests behind one that failed in their flow.
    fn ratio_of_first_tries(&self, predicted: &[bool], flows: &Keyed) -> f64 {
        let [mut outside, mut inside] = [Tally::default(); 2];
        let mut behind_failure = vec![false; flows.count];
        for (row, &fails) in predicted.iter().enumerate() {
            let flow = flows.of_row(row);
            let again = flow.is_some_and(|flow| behind_failure[flow]);
            if let Some(flow) = flow {
                behind_failure[flow] = !self.history.answered(row);
            }
            if self.history.counted[row] && !again {
                let side = if fails { &mut inside } else { &mut outside };
                *side = side.plus(Tally { n: 1, f: u32::from(self.history.failed[row]) });
            }
        }
        log_likelihood_ratio(inside, outside)
    }

    /// The log-likelihood ratio within strata, summed. Where the prediction fails less often than the rest of its stratum it
    /// counts against it; two standard deviations of what chance makes of so many strata are taken off.
    fn ratio_within(&self, predicted: &[bool], strata: &Keyed) -> f64 {
        let (mut sum, mut compared) = (0.0, 0.0f64);
        for [outside, inside] in self.tallies(predicted, strata) {
            if outside.n > 0 && inside.n > 0 {
                sum += log_likelihood_ratio(inside, outside);
                compared += 1.0;
            }
        }
        // Half a chi square with a sign has the variance 3/4.
        sum - 2.0 * (0.75 * compared).sqrt()
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
