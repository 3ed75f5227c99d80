//! Ways in which failing values can be chosen, and how likely each is, given the outcomes.
//!
//! Data flow: [`Outcomes`] (by value) -> [`Beliefs::new`] -> the probability of each [`FailingSet`], and what each predicts for a value.
//!
//! Four kinds compete. A *rule* says which values fail (odd ones, those with a remainder, a bit). *Ordered*: there is a boundary or a
//! window somewhere. *Fixed fate*: each value has a fate of its own, a share of them fails, and the next time is like the first: a hash whose
//! formula is not known. *Random*: each request is decided anew. Only repeats tell the last two apart.

use crate::chance::distribution::normalise;
use crate::chance::rates::{Chance, Counts, Rates, backgrounds, grid};
use crate::threshold::posterior::{Points, Posterior, Prior};
use std::collections::BTreeMap;

/// Largest modulus that is tried: round robins and link bundles have 16 members at most, as a rule (judgement).
const LARGEST_MODULUS: u64 = 16;
/// Shares of failing values, and rates of random loss, are tried in steps of 1/40.
const STEPS: u32 = 40;
/// Loss up to a tenth is background, and "nothing fails"; above nine tenths it is as good as all. Between them it is random loss.
const RANDOM: std::ops::RangeInclusive<u32> = 7..=36;
const BACKGROUND: f64 = 0.11;
/// A fate is one only where it is mostly the same.
const SAME_FATE: f64 = 0.8;
/// All values fail only where nearly each request does.
const ALL_FAIL: f64 = 0.9;
/// A share of failing values below one in eight or above nine in ten would take hundreds of requests to exclude.
const SHARES: std::ops::RangeInclusive<u32> = 5..=36;

/// Which values fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FailingSet {
    /// None.
    Nothing,
    /// All.
    All,
    /// Those with this remainder. Modulus 2: the odd ones (remainder 1) or the even ones.
    Remainder {
        /// The modulus.
        modulus: u64,
        /// The remainder.
        remainder: u64,
    },
    /// All but those with this remainder.
    AllButRemainder {
        /// The modulus, 3 or greater.
        modulus: u64,
        /// The remainder of those that work.
        remainder: u64,
    },
    /// Those in which a bit is set, or is not.
    Bit {
        /// The bit; 0 would be the one that makes a value odd.
        bit: u32,
        /// Whether those fail in which it is set.
        set: bool,
    },
    /// Those on one side of a boundary, or in a window: ask [`crate::Threshold`].
    Ordered,
    /// Each value has a fate that stays the same, and no rule that is known: a hash, or single values.
    FixedFate,
    /// Each request is decided anew, whatever its value.
    RandomPerRequest,
}

impl FailingSet {
    /// Whether a value fails; `None` where the kind alone does not say.
    pub(super) const fn holds(self, value: u64) -> Option<bool> {
        match self {
            Self::Nothing => Some(false),
            Self::All => Some(true),
            Self::Remainder { modulus, remainder } => Some(value % modulus == remainder),
            Self::AllButRemainder { modulus, remainder } => Some(value % modulus != remainder),
            Self::Bit { bit, set } => Some((value >> bit & 1 == 1) == set),
            Self::Ordered | Self::FixedFate | Self::RandomPerRequest => None,
        }
    }
}

/// All kinds with their prior (judgement: parity is what people and load balancers use; each modulus is as likely as another).
fn kinds(high: u64) -> Vec<(FailingSet, f64)> {
    let mut list = vec![
        (FailingSet::Nothing, 0.1),
        (FailingSet::All, 0.05),
        (FailingSet::Ordered, 0.15),
        (FailingSet::FixedFate, 0.2),
        (FailingSet::RandomPerRequest, 0.25),
    ];
    for remainder in 0..2 {
        list.push((FailingSet::Remainder { modulus: 2, remainder }, 0.075));
    }
    for modulus in 3..=LARGEST_MODULUS {
        for remainder in 0..modulus {
            let each = 0.1 / ((LARGEST_MODULUS - 2) * modulus) as f64;
            list.push((FailingSet::Remainder { modulus, remainder }, each * 0.7));
            list.push((FailingSet::AllButRemainder { modulus, remainder }, each * 0.3));
        }
    }
    let bits = u64::BITS - high.leading_zeros();
    for bit in 1..bits {
        for set in [false, true] {
            list.push((FailingSet::Bit { bit, set }, 0.05 / f64::from(2 * (bits - 1))));
        }
    }
    list
}

/// Outcomes by value.
#[derive(Clone, Debug)]
pub(super) struct Outcomes {
    pub(super) low: u64,
    pub(super) high: u64,
    pub(super) by_value: BTreeMap<u64, Counts>,
    pub(super) controls: Counts,
    /// Whether only listed values can be asked: then a single failing one can be met.
    pub(super) listed: bool,
}

/// One kind and what it says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Belief {
    pub(super) set: FailingSet,
    pub(super) probability: f64,
    /// Probability that a request fails inside and outside of the set; both alike for random loss.
    inside: f64,
    outside: f64,
}

/// What the outcomes say of all kinds.
#[derive(Clone, Debug)]
pub(super) struct Beliefs {
    pub(super) list: Vec<Belief>,
    fates: Fates,
    ordered: Posterior,
    points: Points,
}

impl Beliefs {
    /// The beliefs; `also` are values that predictions are wanted for. Windows cost time and are looked at when asked for.
    pub(super) fn new(outcomes: &Outcomes, also: &[u64], windows: bool) -> Self {
        let rates: Vec<Rates> = grid().collect();
        let points = points(outcomes, also);
        let prior = Prior {
            below: 0.4,
            above: 0.4,
            none: 0.0,
            all: 0.0,
            window: if windows { 0.2 } else { 0.0 },
            gap: 0.0,
        };
        let ordered = Posterior::new(&points, &prior);
        let fates = Fates::new(outcomes, &rates);
        let random = random(outcomes);
        let mut list = Vec::new();
        let mut logs = Vec::new();
        for (set, prior) in kinds(outcomes.high) {
            let (log, inside, outside) = match set {
                FailingSet::Ordered => (ordered.log_evidence, 0.0, 0.0),
                FailingSet::FixedFate => (fates.log_evidence, 0.0, 0.0),
                FailingSet::RandomPerRequest => (random.0, random.1, random.1),
                FailingSet::Nothing
                | FailingSet::All
                | FailingSet::Remainder { .. }
                | FailingSet::AllButRemainder { .. }
                | FailingSet::Bit { .. } => rule(outcomes, set, &rates),
            };
            logs.push(log + libm::log(prior));
            list.push(Belief { set, probability: 0.0, inside, outside });
        }
        normalise(&mut logs);
        for (belief, probability) in list.iter_mut().zip(logs) {
            belief.probability = probability;
        }
        Self { list, fates, ordered, points }
    }

    /// Probability that a value with these outcomes fails the next time, if fates are fixed.
    pub(super) fn fate_fails(&self, counts: Counts) -> f64 {
        self.fates.fails(counts)
    }

    /// Probability that a request with the value fails, if a kind is true; `fate` is that of fixed fates.
    pub(super) fn fails(&self, belief: &Belief, value: u64, fate: f64) -> f64 {
        match belief.set {
            FailingSet::Ordered => {
                let index = self.points.list.binary_search_by_key(&value, |point| point.value);
                index.map_or(0.5, |index| self.ordered.fails(index))
            }
            FailingSet::FixedFate => fate,
            FailingSet::RandomPerRequest => belief.inside,
            FailingSet::Nothing
            | FailingSet::All
            | FailingSet::Remainder { .. }
            | FailingSet::AllButRemainder { .. }
            | FailingSet::Bit { .. } => {
                if belief.set.holds(value) == Some(true) {
                    belief.inside
                } else {
                    belief.outside
                }
            }
        }
    }

    /// Shares of failing values with their probabilities, if fates are fixed.
    pub(super) fn shares(&self) -> (Vec<f64>, Vec<f64>) {
        (self.fates.shares.clone(), self.fates.by_share.clone())
    }
}

fn steps(steps: std::ops::RangeInclusive<u32>) -> Vec<f64> {
    steps.map(|step| f64::from(step) / f64::from(STEPS)).collect()
}

fn points(outcomes: &Outcomes, also: &[u64]) -> Points {
    let mut points =
        Points { low: outcomes.low, high: outcomes.high, list: Vec::new(), controls: outcomes.controls };
    for (value, counts) in &outcomes.by_value {
        points.at(*value).counts = *counts;
    }
    for value in also {
        points.at(*value);
    }
    points
}

/// Evidence for a rule, and the rates inside and outside of it.
fn rule(outcomes: &Outcomes, set: FailingSet, rates: &[Rates]) -> (f64, f64, f64) {
    let (mut inside, mut outside) = (Counts::default(), outcomes.controls);
    for (value, counts) in &outcomes.by_value {
        let side = if set.holds(*value) == Some(true) { &mut inside } else { &mut outside };
        side.failed += counts.failed;
        side.passed += counts.passed;
    }
    let rates: Vec<Rates> = rates
        .iter()
        .filter(|rates| match set {
            FailingSet::Nothing => rates.outside.fails < BACKGROUND,
            // All, or all but a few, that fail half of the time: that is each request decided anew.
            FailingSet::All | FailingSet::AllButRemainder { .. } => rates.drop >= ALL_FAIL,
            FailingSet::Remainder { .. }
            | FailingSet::Bit { .. }
            | FailingSet::Ordered
            | FailingSet::FixedFate
            | FailingSet::RandomPerRequest => true,
        })
        .copied()
        .collect();
    let log = |r: &Rates| r.log_prior + inside.log_likelihood(r.inside) + outside.log_likelihood(r.outside);
    let mut weights: Vec<f64> = rates.iter().map(log).collect();
    let evidence = normalise(&mut weights);
    let mean = |rate: fn(&Rates) -> f64| rates.iter().zip(&weights).map(|(r, w)| rate(r) * w).sum();
    (evidence, mean(|r| r.inside.fails), mean(|r| r.outside.fails))
}

/// Evidence for "each request is decided anew", and the rate.
fn random(outcomes: &Outcomes) -> (f64, f64) {
    let mut all = Counts::default();
    for counts in outcomes.by_value.values() {
        all.failed += counts.failed;
        all.passed += counts.passed;
    }
    let rates: Vec<f64> = steps(RANDOM);
    let prior = -libm::log(rates.len() as f64);
    let mut weights: Vec<f64> =
        rates.iter().map(|rate| prior + all.log_likelihood(Chance::new(*rate))).collect();
    let evidence = normalise(&mut weights);
    // Controls are lost at a rate of their own.
    let mut controls: Vec<f64> =
        backgrounds().map(|(rate, prior)| prior + outcomes.controls.log_likelihood(rate)).collect();
    let beside = normalise(&mut controls);
    (evidence + beside, rates.iter().zip(&weights).map(|(rate, weight)| rate * weight).sum())
}

/// "Each value has a fate of its own".
#[derive(Clone, Debug)]
struct Fates {
    log_evidence: f64,
    /// Shares of failing values, and the probability of each.
    shares: Vec<f64>,
    by_share: Vec<f64>,
    /// The likeliest rates: failing, working, share, probability.
    cases: Vec<(Chance, Chance, f64, f64)>,
}

impl Fates {
    fn new(outcomes: &Outcomes, rates: &[Rates]) -> Self {
        let rates: Vec<Rates> = rates.iter().filter(|rates| rates.drop >= SAME_FATE).copied().collect();
        // Values with the same outcomes are alike.
        let mut alike: BTreeMap<(u32, u32), u32> = BTreeMap::new();
        for counts in outcomes.by_value.values() {
            *alike.entry((counts.failed, counts.passed)).or_default() += 1;
        }
        let shares: Vec<f64> = steps(if outcomes.listed { 1..=STEPS - 1 } else { SHARES });
        let prior = -libm::log(shares.len() as f64);
        let mut logs = Vec::with_capacity(rates.len() * shares.len());
        for r in &rates {
            let base = prior + r.log_prior + outcomes.controls.log_likelihood(r.outside);
            let groups: Vec<(f64, f64, f64)> = alike
                .iter()
                .map(|((failed, passed), times)| {
                    let counts = Counts { failed: *failed, passed: *passed };
                    let fates = (counts.log_likelihood(r.inside), counts.log_likelihood(r.outside));
                    (libm::exp(fates.0), libm::exp(fates.1), f64::from(*times))
                })
                .collect();
            logs.extend(shares.iter().map(|share| {
                let each = |(fails, works, times): &(f64, f64, f64)| {
                    times * libm::log((share * fails + (1.0 - share) * works).max(1e-300))
                };
                base + groups.iter().map(each).sum::<f64>()
            }));
        }
        let log_evidence = normalise(&mut logs);
        let mut by_share = vec![0.0; shares.len()];
        let mut cases = Vec::new();
        for (r, weights) in rates.iter().zip(logs.chunks_exact(shares.len())) {
            for ((sum, share), weight) in by_share.iter_mut().zip(&shares).zip(weights) {
                *sum += weight;
                if *weight > 1e-3 {
                    cases.push((r.inside, r.outside, *share, *weight));
                }
            }
        }
        Self { log_evidence, shares, by_share, cases }
    }

    /// Probability that a value with these outcomes fails the next time.
    fn fails(&self, counts: Counts) -> f64 {
        let (mut sum, mut all) = (0.0, 0.0);
        for (inside, outside, share, weight) in &self.cases {
            let fails = share * libm::exp(counts.log_likelihood(*inside));
            let works = (1.0 - share) * libm::exp(counts.log_likelihood(*outside));
            let fate = fails / (fails + works).max(1e-300);
            sum += weight * (fate * inside.fails + (1.0 - fate) * outside.fails);
            all += weight;
        }
        if all > 0.0 { sum / all } else { 0.5 }
    }
}
