//! Loss that rises: the failing rate is flat until a moment and climbs from there, in a straight line
//! or slowly at first (as the square of the time).

/// A fitted ramp.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ramp {
    /// Where the climb begins, in the table's time.
    pub(crate) from: f64,
    /// Power of the time by which it climbs.
    pub(crate) power: i32,
    /// Failing rate before.
    pub(crate) before: f64,
    /// Failing rate at the end.
    pub(crate) end: f64,
    /// The end of the data.
    pub(crate) until: f64,
    /// Log-likelihood over that of a constant rate, nats.
    pub(crate) ratio: f64,
}

impl Ramp {
    /// Failing rate at a time.
    pub(crate) fn rate(&self, time: f64) -> f64 {
        let x = ((time - self.from) / (self.until - self.from)).clamp(0.0, 1.0).powi(self.power);
        self.before * (1.0 - x) + self.end * x
    }
}

/// Bins that the requests are gathered in, by count.
const BINS: usize = 240;
/// Candidate beginnings.
const BEGINNINGS: usize = 40;
/// Shapes of the climb.
const POWERS: [i32; 2] = [1, 2];
/// Logarithm of the number of candidate ramps: the price of naming one.
pub(crate) const CANDIDATES_LN: f64 = 4.382;

struct Bin {
    time: f64,
    n: f64,
    f: f64,
}

/// Fits the ramp by maximum likelihood over a grid of beginnings; `None` when there is too little
/// to fit or the rate does not rise.
#[must_use]
pub(crate) fn fit(times: &[f64], failed: &[bool]) -> Option<Ramp> {
    let n = times.len();
    let f = failed.iter().filter(|&&x| x).count();
    if f < 5 || n < 30 || f == n {
        return None;
    }
    let bins = gather(times, failed);
    let (start, end) = (times[0], times[n - 1]);
    let rate = f as f64 / n as f64;
    let null = (n - f) as f64 * (1.0 - rate).ln() + f as f64 * rate.ln();
    (0..BEGINNINGS)
        .flat_map(|i| {
            POWERS.map(|power| (start + (end - start) * i as f64 / BEGINNINGS as f64 * 0.95, power))
        })
        .filter_map(|(from, power)| {
            let (before, slope_end, likelihood) = fit_from(&bins, (from, end), power, rate)?;
            Some(Ramp { from, power, before, end: slope_end, until: end, ratio: likelihood - null })
        })
        .filter(|r| r.end > r.before)
        .max_by(|a, b| a.ratio.total_cmp(&b.ratio))
}

fn gather(times: &[f64], failed: &[bool]) -> Vec<Bin> {
    let size = times.len().div_ceil(BINS);
    times
        .chunks(size)
        .zip(failed.chunks(size))
        .map(|(t, y)| Bin {
            time: t.iter().sum::<f64>() / t.len() as f64,
            n: t.len() as f64,
            f: y.iter().filter(|&&x| x).count() as f64,
        })
        .collect()
}

/// Iteratively reweighted least squares with identity link for `p = a (1 - x) + b x`.
fn fit_from(bins: &[Bin], (from, end): (f64, f64), power: i32, rate: f64) -> Option<(f64, f64, f64)> {
    let x = |t: f64| ((t - from) / (end - from)).clamp(0.0, 1.0).powi(power);
    let (mut a, mut b) = (rate * 0.5, (rate * 1.5).min(0.9));
    for _ in 0..25 {
        let (mut saa, mut sab, mut sbb, mut sa, mut sb) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for bin in bins {
            let u = x(bin.time);
            let p = (a * (1.0 - u) + b * u).clamp(1e-4, 0.999);
            let weight = bin.n / (p * (1.0 - p));
            let y = bin.f / bin.n;
            saa += weight * (1.0 - u) * (1.0 - u);
            sab += weight * (1.0 - u) * u;
            sbb += weight * u * u;
            sa += weight * (1.0 - u) * y;
            sb += weight * u * y;
        }
        let determinant = saa * sbb - sab * sab;
        if determinant.abs() < 1e-12 {
            return None;
        }
        let next = ((sa * sbb - sb * sab) / determinant, (saa * sb - sab * sa) / determinant);
        let moved = (next.0 - a).abs() + (next.1 - b).abs();
        (a, b) = (next.0.clamp(1e-4, 0.999), next.1.clamp(1e-4, 0.999));
        if moved < 1e-6 {
            break;
        }
    }
    let likelihood = bins
        .iter()
        .map(|bin| {
            let u = x(bin.time);
            let p = (a * (1.0 - u) + b * u).clamp(1e-4, 0.999);
            bin.f * p.ln() + (bin.n - bin.f) * (1.0 - p).ln()
        })
        .sum();
    Some((a, b, likelihood))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_is_found_where_it_begins() {
        let times: Vec<f64> = (0..2000).map(f64::from).collect();
        // Deterministic dithering: failures at the rate of the ramp.
        let mut carry = 0.0;
        let failed: Vec<bool> = times
            .iter()
            .map(|t| {
                carry += ((t - 800.0) / 1200.0).max(0.0) * 0.6;
                let fail = carry >= 1.0;
                carry -= f64::from(u8::from(fail));
                fail
            })
            .collect();
        let ramp = fit(&times, &failed).expect("a ramp");
        assert!((600.0..1000.0).contains(&ramp.from), "{ramp:?}");
        assert!((0.5..0.7).contains(&ramp.end), "{ramp:?}");
        assert!(ramp.ratio > 50.0);
    }

    #[test]
    fn no_failures_have_no_ramp() {
        let times: Vec<f64> = (0..200).map(f64::from).collect();
        assert_eq!(fit(&times, &[false; 200]), None);
        assert_eq!(fit(&[], &[]), None);
    }
}
