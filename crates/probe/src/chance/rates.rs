//! How often a request fails: where something is wrong, and where nothing is.
//!
//! Both rates are unknown, so that each question carries a grid of them. A request that nothing is wrong with is lost with the
//! *background* rate b. What is wrong drops a request with probability d. Such a request fails with 1 − (1 − d)(1 − b). That
//! makes the evidence asymmetric: where d is near 1, an answer nearly proves "nothing wrong here", while a
//! loss at 5 % background says only 20 to 1 for the opposite.

/// Background rates, and how likely each is before anything was asked (judgement: most paths lose little).
const BACKGROUND: [(f64, f64); 6] =
    [(0.0, 0.25), (0.01, 0.2), (0.02, 0.2), (0.05, 0.2), (0.1, 0.1), (0.2, 0.05)];

/// Drop rates of what is wrong, and how likely each is beforehand (judgement: most faults drop everything).
const DROP: [(f64, f64); 6] = [(0.3, 0.02), (0.5, 0.02), (0.65, 0.03), (0.8, 0.06), (0.9, 0.05), (1.0, 0.82)];

/// No outcome is taken for impossible: a stray duplicate may look like an answer, one packet is always lost somewhere (judgement).
const STRAY: f64 = 1e-4;

/// The probability that a request fails, with the logarithms that likelihoods are made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chance {
    /// Probability that it fails.
    pub(crate) fails: f64,
    log_fails: f64,
    log_passes: f64,
}

impl Chance {
    /// A probability, kept away from 0 and 1: no outcome is taken for impossible.
    pub(crate) fn new(fails: f64) -> Self {
        let fails = fails.clamp(STRAY, 1.0 - STRAY);
        Self { fails, log_fails: libm::log(fails), log_passes: libm::log(1.0 - fails) }
    }
}

/// One pair of rates.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rates {
    /// Probability that a request fails that nothing is wrong with.
    pub(crate) outside: Chance,
    /// Probability that a request fails that something is wrong with.
    pub(crate) inside: Chance,
    /// Share of requests that the fault itself drops.
    pub(crate) drop: f64,
    /// Logarithm of the prior probability of the pair.
    pub(crate) log_prior: f64,
}

/// All pairs of rates: for each background rate, all drop rates.
pub(crate) fn grid() -> impl Iterator<Item = Rates> {
    BACKGROUND.iter().flat_map(|(background, before)| {
        DROP.iter().map(move |(drop, drop_before)| Rates {
            outside: Chance::new(*background),
            inside: Chance::new(1.0 - (1.0 - drop) * (1.0 - background)),
            drop: *drop,
            log_prior: libm::log(before * drop_before),
        })
    })
}

/// The background rates with the logarithm of their prior probability.
pub(crate) fn backgrounds() -> impl Iterator<Item = (Chance, f64)> {
    BACKGROUND.iter().map(|(rate, before)| (Chance::new(*rate), libm::log(*before)))
}

/// How many requests failed and how many passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Failed.
    pub(crate) failed: u32,
    /// Answered.
    pub(crate) passed: u32,
}

impl Counts {
    /// Adds one request.
    pub(crate) const fn add(&mut self, passed: bool) {
        if passed {
            self.passed = self.passed.saturating_add(1);
        } else {
            self.failed = self.failed.saturating_add(1);
        }
    }

    /// All of them.
    pub(crate) const fn all(self) -> u32 {
        self.failed.saturating_add(self.passed)
    }

    /// Logarithm of the probability of these, each failing with that chance.
    pub(crate) fn log_likelihood(self, chance: Chance) -> f64 {
        f64::from(self.failed) * chance.log_fails + f64::from(self.passed) * chance.log_passes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_more_than_a_loss() {
        let sure =
            grid().find(|r| (r.drop - 1.0).abs() < 1e-9 && (r.outside.fails - 0.05).abs() < 1e-9).unwrap();
        let (answered, lost) = (Counts { failed: 0, passed: 1 }, Counts { failed: 1, passed: 0 });
        let says = |counts: Counts| counts.log_likelihood(sure.inside) - counts.log_likelihood(sure.outside);
        assert!(says(answered) < -9.0, "{}", says(answered));
        assert!((2.9..3.1).contains(&says(lost)), "{}", says(lost));
    }

    #[test]
    fn the_prior_of_the_grid_sums_to_one() {
        let sum: f64 = grid().map(|rates| libm::exp(rates.log_prior)).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{sum}");
    }
}
