//! Weights of hypotheses: from logarithms to probabilities, their entropy, intervals of a number.

use unanswered_forecast::statistics::ShareInterval;

/// Turns log-weights into probabilities that sum to 1; gives the logarithm of their sum. All are 0 where there is none to begin with.
pub(crate) fn normalise(logs: &mut [f64]) -> f64 {
    /// Below this, in nats from the largest, a weight changes no sum in double precision.
    const NEGLIGIBLE: f64 = -40.0;
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !largest.is_finite() {
        logs.fill(0.0);
        return f64::NEG_INFINITY;
    }
    let mut sum = 0.0;
    for log in logs.iter_mut() {
        let above = *log - largest;
        *log = if above < NEGLIGIBLE { 0.0 } else { libm::exp(above) };
        sum += *log;
    }
    for weight in logs.iter_mut() {
        *weight /= sum;
    }
    largest + libm::log(sum)
}

/// Entropy of one yes-or-no in bits, from the probability of yes.
pub(crate) fn binary_entropy(p: f64) -> f64 {
    term(p) + term(1.0 - p)
}

/// Entropy of a distribution in bits.
pub(crate) fn entropy(weights: impl IntoIterator<Item = f64>) -> f64 {
    weights.into_iter().map(term).sum()
}

fn term(p: f64) -> f64 {
    if p <= 0.0 { 0.0 } else { -p * libm::log2(p) }
}

/// The central 95 % of a distribution over values in rising order: the values at 2.5 % and at 97.5 %.
pub(crate) fn central(values: &[f64], weights: &[f64]) -> ShareInterval {
    let total: f64 = weights.iter().sum();
    let at = |share: f64| {
        let mut sum = 0.0;
        let found = values.iter().zip(weights).find(|(_, weight)| {
            sum += **weight;
            sum >= share * total
        });
        found.or_else(|| values.iter().zip(weights).next_back()).map_or(0.0, |(value, _)| *value)
    };
    ShareInterval { low: at(0.025), high: at(0.975) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_far_below_the_largest_are_none_and_the_rest_sum_to_one() {
        let mut logs = [-1000.0, -1000.0 - std::f64::consts::LN_2, -2000.0];
        normalise(&mut logs);
        assert!((logs[0] - 2.0 / 3.0).abs() < 1e-12);
        assert!((logs[1] - 1.0 / 3.0).abs() < 1e-12);
        assert!(logs[2].abs() < f64::MIN_POSITIVE);
        let mut impossible = [f64::NEG_INFINITY; 2];
        normalise(&mut impossible);
        assert!(impossible.iter().all(|weight| weight.abs() < f64::MIN_POSITIVE));
    }

    #[test]
    fn a_fair_coin_has_one_bit() {
        assert!((binary_entropy(0.5) - 1.0).abs() < 1e-12);
        assert!((entropy([0.25; 4]) - 2.0).abs() < 1e-12);
        assert!(binary_entropy(0.0).abs() < 1e-12);
    }
}
