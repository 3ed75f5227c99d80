//! An interval for a mean that holds at every moment, however long one goes on: confidence sequences by betting.
//!
//! Waudby-Smith and Ramdas ("Estimating means of bounded random variables by betting", JRSS B 2024), section 4: for a value m, somebody
//! bets a part of a fortune that the next observation is above m, somebody else that it is below. If m is the true mean, no way of betting makes
//! a fortune grow on average, so that one above 1/α comes about with probability α at most, ever (Ville 1939). The interval is all
//! m against which no fortune has grown that large. Nothing is assumed but that each observation lies in [−1, 1] and has that mean
//! given those before it: the rates may drift, as long as their difference does not.

use super::Difference;

/// Means that are tried: −1 to 1 in steps of 1/100.
const STEPS: usize = 200;

/// Parts of what could be bet at most; the fortune is the average of those of all of them, which is a fair bet as well.
const PARTS: [f64; 4] = [0.05, 0.2, 0.5, 0.9];

/// One fortune for each mean, direction and part.
#[derive(Clone, Debug)]
pub(super) struct Betting {
    /// Logarithms of the fortunes: for each mean, those of bets on "above", then on "below".
    logs: Vec<[f64; 2 * PARTS.len()]>,
    /// A mean is excluded when its fortune was once that large (logarithm).
    limit: f64,
    excluded: Vec<bool>,
}

impl Betting {
    /// `error` is the probability that the interval ever misses the true mean.
    pub(super) fn new(error: f64) -> Self {
        Self {
            logs: vec![[0.0; 2 * PARTS.len()]; STEPS + 1],
            limit: -libm::log(error),
            excluded: vec![false; STEPS + 1],
        }
    }

    /// Takes one observation in [−1, 1].
    pub(super) fn note(&mut self, observed: f64) {
        for (index, (logs, excluded)) in self.logs.iter_mut().zip(&mut self.excluded).enumerate() {
            let mean = mean(index);
            let off = observed - mean;
            let (above, below) = logs.split_at_mut(PARTS.len());
            for ((up, down), part) in above.iter_mut().zip(below).zip(PARTS) {
                // The largest bet that cannot lose everything, whatever comes: off is at least −1 − mean, at most 1 − mean.
                *up += libm::log((1.0 + part / (1.0 + mean).max(1e-9) * off).max(1e-300));
                *down += libm::log((1.0 - part / (1.0 - mean).max(1e-9) * off).max(1e-300));
            }
            let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = logs.iter().map(|log| libm::exp(log - largest)).sum();
            let fortune = largest + libm::log(sum / logs.len() as f64);
            *excluded |= fortune >= self.limit;
        }
    }

    /// The interval.
    pub(super) fn interval(&self) -> Difference {
        let left = |index: &usize| !self.excluded[*index];
        let first = (0..=STEPS).find(left);
        let last = (0..=STEPS).rev().find(left);
        // Means between the steps are not tried: the interval reaches to the excluded ones beside it.
        match (first, last) {
            (Some(first), Some(last)) => {
                Difference { low: mean(first.saturating_sub(1)), high: mean((last + 1).min(STEPS)) }
            }
            // All excluded: that happens with probability `error` at most.
            _ => Difference { low: -1.0, high: 1.0 },
        }
    }
}

fn mean(index: usize) -> f64 {
    -1.0 + 2.0 * index as f64 / STEPS as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn the_interval_holds_the_mean_at_all_times_in_nearly_all_runs() {
        let mut missed = 0;
        for seed in 0..200 {
            let mut random = Random::new(seed);
            let mut betting = Betting::new(0.05);
            let mut ever = false;
            for _ in 0..60 {
                let (a, b) = (random.fraction() < 0.4, random.fraction() < 0.1);
                betting.note(f64::from(u8::from(a)) - f64::from(u8::from(b)));
                let interval = betting.interval();
                ever |= interval.low > 0.3 || interval.high < 0.3;
            }
            missed += u32::from(ever);
        }
        // 5 % of 200 is 10; more than 20 would be chance less than once in 500.
        assert!(missed <= 20, "{missed} of 200");
    }

    #[test]
    fn the_interval_narrows_around_what_is_always_seen() {
        let mut betting = Betting::new(0.01);
        assert!(betting.interval().low <= -1.0 && betting.interval().high >= 1.0);
        (0..12).for_each(|_| betting.note(1.0));
        // The boldest of eight bettors against 0 has 1.9^12 = 2,213 times its stake: 277 times that of all, more than 100.
        assert!(betting.interval().low > 0.0, "{:?}", betting.interval());
    }
}
