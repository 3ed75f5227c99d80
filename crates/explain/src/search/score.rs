//! The score of a telltale: a Bernoulli log-likelihood ratio minus what the telltale costs to say.
//!
//! Reference: Kulldorff, "A spatial scan statistic" (1997), one-sided, both rates free; the price
//! is a description length in nats (Rissanen). All counts are whole, so `x ln x` comes from a table.

/// Requests and failures in a region.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Requests.
    pub(crate) n: u32,
    /// Failures among them.
    pub(crate) f: u32,
}

impl Tally {
    /// The region together with another, disjoint one.
    pub(crate) const fn plus(self, other: Self) -> Self {
        Self { n: self.n + other.n, f: self.f + other.f }
    }

    /// The region without a part of it.
    pub(crate) const fn minus(self, part: Self) -> Self {
        Self { n: self.n - part.n, f: self.f - part.f }
    }

    /// Share of failures; 0 for no requests.
    pub(crate) fn rate(self) -> f64 {
        if self.n == 0 { 0.0 } else { f64::from(self.f) / f64::from(self.n) }
    }
}

/// Log-likelihood ratios over one fixed set of rows.
pub(crate) struct Scorer {
    total: Tally,
    x_ln_x: Vec<f64>,
    null: f64,
    /// The price of every telltale's two free rates.
    pub(crate) rates_price: f64,
}

impl Scorer {
    /// A scorer for regions of rows that tally `total`.
    pub(crate) fn new(total: Tally) -> Self {
        let x_ln_x: Vec<f64> =
            (0..=total.n).map(|x| if x == 0 { 0.0 } else { f64::from(x) * f64::from(x).ln() }).collect();
        let mut scorer = Self { total, x_ln_x, null: 0.0, rates_price: 0.5 * f64::from(total.n.max(1)).ln() };
        scorer.null = scorer.log_likelihood(total);
        scorer
    }

    /// All rows.
    pub(crate) const fn total(&self) -> Tally {
        self.total
    }

    /// Largest log-likelihood of Bernoulli outcomes with one free rate.
    fn log_likelihood(&self, t: Tally) -> f64 {
        self.x_ln_x[t.f as usize] + self.x_ln_x[(t.n - t.f) as usize] - self.x_ln_x[t.n as usize]
    }

    /// One-sided log-likelihood ratio of "fails more often inside" in nats; 0 when it does not.
    pub(crate) fn ratio(&self, inside: Tally) -> f64 {
        let outside = self.total.minus(inside);
        if u64::from(inside.f) * u64::from(outside.n) <= u64::from(outside.f) * u64::from(inside.n) {
            return 0.0;
        }
        (self.log_likelihood(inside) + self.log_likelihood(outside) - self.null).max(0.0)
    }
}

/// `ln(n choose k)` by Stirling's series; exact enough for prices.
pub(crate) fn ln_choose(n: usize, k: usize) -> f64 {
    let k = k.min(n - k);
    if k == 0 {
        return 0.0;
    }
    if k <= 32 {
        return (0..k).map(|i| ((n - i) as f64 / (i + 1) as f64).ln()).sum();
    }
    let ln_gamma = |x: f64| {
        let x1 = x + 1.0;
        0.5 * (std::f64::consts::TAU / x1).ln() + x1 * ((x1 + 1.0 / (12.0 * x1)).ln() - 1.0)
    };
    ln_gamma(n as f64) - ln_gamma(k as f64) - ln_gamma((n - k) as f64)
}

/// How much more likely two rates are than one, nats; negative when the first is the smaller.
pub(crate) fn log_likelihood_ratio(inside: Tally, outside: Tally) -> f64 {
    let x_ln_x = |x: u32| if x == 0 { 0.0 } else { f64::from(x) * f64::from(x).ln() };
    let largest = |t: Tally| x_ln_x(t.f) + x_ln_x(t.n - t.f) - x_ln_x(t.n);
    let ratio = (largest(inside) + largest(outside) - largest(inside.plus(outside))).max(0.0);
    if inside.rate() >= outside.rate() { ratio } else { -ratio }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratio_of_a_perfect_split_is_the_entropy_of_the_outcomes() {
        let scorer = Scorer::new(Tally { n: 100, f: 25 });
        let entropy = -(25.0 * 0.25f64.ln() + 75.0 * 0.75f64.ln());
        assert!((scorer.ratio(Tally { n: 25, f: 25 }) - entropy).abs() < 1e-9);
    }

    #[test]
    fn a_region_that_fails_less_often_scores_nothing() {
        let scorer = Scorer::new(Tally { n: 100, f: 25 });
        assert!(scorer.ratio(Tally { n: 40, f: 4 }).abs() < 1e-12);
        assert!(scorer.ratio(Tally { n: 0, f: 0 }).abs() < 1e-12);
    }

    #[test]
    fn large_binomials_agree_with_the_product_form() {
        let product: f64 = (0..100u32).map(|i| (f64::from(300 - i) / f64::from(i + 1)).ln()).sum();
        assert!((ln_choose(300, 100) - product).abs() < 1e-3, "{} {product}", ln_choose(300, 100));
    }
}
