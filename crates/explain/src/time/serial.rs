//! Serial dependence: a burst of losses is one event, not as many observations as it has requests.

/// How many failures count as one where they come in bursts.
pub(crate) const BURSTS: f64 = 1.5;

/// Longest lag looked at, in requests.
const LAGS: usize = 40;

/// Factor by which the variance of a sum of these outcomes exceeds that of independent losses: `1 + 2 sum
/// of autocorrelations` up to the first lag whose autocorrelation is within noise. At least 1.
///
/// Outcomes are in time order, `true` for failed. Newey and West (1987) without the taper: the
/// lags end where the dependence does. Fails for dependence at long lags only (a daily period).
#[must_use]
pub(crate) fn inflation(failed: &[bool]) -> f64 {
    let n = failed.len();
    let f = failed.iter().filter(|&&x| x).count();
    if f < 3 || n - f < 3 || n < 20 {
        return 1.0;
    }
    let rate = f as f64 / n as f64;
    let variance = rate * (1.0 - rate) * n as f64;
    let positions: Vec<usize> = (0..n).filter(|&i| failed[i]).collect();
    let correlation = |lag: usize| {
        let pairs = positions.iter().filter(|&&p| p + lag < n && failed[p + lag]).count();
        // Sum of (y_i - rate)(y_{i+lag} - rate), with the products that contain a 0 in closed form.
        (pairs as f64 - rate * rate * n as f64) / variance
    };
    summed(n, f, correlation)
}

/// Failures in the largest burst: failures with at most two answered requests between each and the next.
#[must_use]
pub(crate) fn largest_burst(failed: &[bool]) -> usize {
    let (mut largest, mut here, mut quiet) = (0, 0, 0);
    for &fails in failed {
        if fails {
            (here, quiet) = (here + 1, 0);
            largest = largest.max(here);
        } else {
            quiet += 1;
            if quiet > 2 {
                here = 0;
            }
        }
    }
    largest
}

/// The same where the failing rate is expected to change: computed on what remains once the rate expected
/// of each request is subtracted.
#[must_use]
pub(crate) fn inflation_about(failed: &[bool], expected: &[f64]) -> f64 {
    let n = failed.len();
    let f = failed.iter().filter(|&&x| x).count();
    if f < 3 || n - f < 3 || n < 20 {
        return 1.0;
    }
    let residual: Vec<f64> = failed.iter().zip(expected).map(|(&y, p)| f64::from(u8::from(y)) - p).collect();
    let variance: f64 = residual.iter().map(|r| r * r).sum();
    let correlation =
        |lag: usize| residual.iter().zip(&residual[lag..]).map(|(a, b)| a * b).sum::<f64>() / variance;
    summed(n, f, correlation)
}

/// `1 + 2 sum of autocorrelations` up to the lag where the dependence ends.
fn summed(n: usize, f: usize, correlation: impl Fn(usize) -> f64) -> f64 {
    // Under independence the autocorrelation at one lag has standard deviation 1/sqrt(n); for rare
    // failures the count of pairs is Poisson, and a single pair must not pass for dependence.
    let noise = 2.0 / (n as f64).sqrt() + 1.5 / f as f64;
    let mut sum = 0.0;
    let mut misses = 0;
    for lag in 1..=LAGS.min(n / 4) {
        let here = correlation(lag);
        if here > noise {
            sum += here;
            misses = 0;
        } else {
            misses += 1;
            if misses > 2 {
                break;
            }
        }
    }
    1.0 + 2.0 * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn independent_losses_are_not_inflated() {
        // A fixed multiplicative congruence: no structure at the lags looked at.
        let mut state = 12345u64;
        let failed: Vec<bool> = (0..5000)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                state >> 33 < (1u64 << 31) / 20
            })
            .collect();
        assert!(inflation(&failed) < 1.3, "{}", inflation(&failed));
    }

    #[test]
    fn bursts_of_five_count_about_once() {
        let failed: Vec<bool> = (0..5000).map(|i| i % 250 < 5).collect();
        let c = inflation(&failed);
        assert!((3.5..6.0).contains(&c), "{c}");
    }

    #[test]
    fn the_largest_burst_spans_short_recoveries() {
        let failed: Vec<bool> = "x..x.x.....xx...x".chars().map(|c| c == 'x').collect();
        assert_eq!(largest_burst(&failed), 3);
        assert_eq!(largest_burst(&[]), 0);
    }

    #[test]
    fn nothing_failed_is_no_dependence() {
        assert!((inflation(&[false; 50]) - 1.0).abs() < 1e-12);
        assert!((inflation(&[]) - 1.0).abs() < 1e-12);
    }
}
