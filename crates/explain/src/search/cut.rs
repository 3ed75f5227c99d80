//! The best ways to cut one feature, given the rows that the other clauses leave.

use super::columns::{Profile, Ranked, SET_NUMBERS_MAX, SET_VALUES_MAX, Shape};
use super::score::{Scorer, Tally, ln_choose};

/// What a clause says of its feature, in ranks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Cut {
    /// Ranks from the first to the second, both inside; open at an end of the feature's ranks.
    Range { low: u32, high: u32, open_low: bool, open_high: bool },
    /// One of these ranks (ascending).
    In(Vec<u32>),
    /// Any rank but these (ascending).
    NotIn(Vec<u32>),
    /// A whole number with this remainder.
    Remainder { modulus: u32, remainder: u32 },
}

impl Cut {
    /// Whether the cut is a set of several values: several causes may hide in one.
    pub(crate) const fn several(&self) -> bool {
        match self {
            Self::In(set) | Self::NotIn(set) => set.len() > 1,
            Self::Range { .. } | Self::Remainder { .. } => false,
        }
    }

    /// Whether a rank (not missing) is inside.
    pub(crate) fn holds(&self, feature: &Ranked, rank: u32) -> bool {
        match self {
            Self::Range { low, high, .. } => (*low..=*high).contains(&rank),
            Self::In(set) => set.binary_search(&rank).is_ok(),
            Self::NotIn(set) => set.binary_search(&rank).is_err(),
            Self::Remainder { modulus, remainder } => feature.whole[rank as usize] % modulus == *remainder,
        }
    }
}

/// Remainder of a whole number.
pub(crate) fn remainder_of(value: f64, modulus: u32) -> u32 {
    let r = value.rem_euclid(f64::from(modulus));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a remainder lies between 0 and the modulus"
    )]
    let r = r as u32;
    r
}

/// A cut with what it selects among the rows given, and its price.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) cut: Cut,
    pub(crate) inside: Tally,
    /// Price of this clause in nats.
    pub(crate) price: f64,
}

/// What every clause costs for being there, in nats.
const CLAUSE_PRICE: f64 = 1.5;
/// What a modulus costs on top of choosing its remainder: it is a feature that is not in the packet.
const MODULUS_SURCHARGE: f64 = 3.0;
/// Moduli worth trying: parity, powers of two (hashes over few members), small member counts.
const MODULI: [u32; 7] = [2, 3, 4, 5, 8, 10, 16];
/// What a bound saves if it may lie at a constant that means something for the feature.
const MEANINGFUL_DISCOUNT: f64 = 2.5;
/// What every member of a set costs on top of being chosen.
const MEMBER_PRICE: f64 = 0.7;
/// Minimum cost of a bound: even at a constant it has a side.
const BOUND_PRICE_MIN: f64 = std::f64::consts::LN_2;
/// Minimum cost of the second bound of an interval.
const SECOND_BOUND_PRICE: f64 = 1.5;
/// What "after a long gap" costs on top of "after a short one".
const LONG_GAP_PRICE: f64 = 1.5;
/// Fewest requests with a value for it to be a member of a set: "always" and "never" take two.
const MEMBER_REQUESTS: u32 = 2;
/// How many single values per feature are handed on.
const EQUALITIES: usize = 3;

/// Prices of the cuts of one feature.
pub(crate) struct Prices {
    /// Of naming the feature at all.
    base: f64,
    values: f64,
    bound: f64,
    interval: f64,
}

impl Prices {
    /// Prices for a feature among `features`, whose outcome changes at `boundaries` places.
    pub(crate) fn new(feature: &Ranked, features: usize, boundaries: usize) -> Self {
        let u = (boundaries.max(1)) as f64;
        Self {
            base: (features.max(1) as f64).ln() + CLAUSE_PRICE + feature.surcharge,
            values: (feature.distinct.max(1) as f64).ln(),
            bound: (2.0 * u).ln(),
            interval: (1.5 * u * u).max(1.0).ln(),
        }
    }
}

/// Finds the best cuts of one feature.
pub(crate) struct Cutter<'a> {
    pub(crate) scorer: &'a Scorer,
    pub(crate) feature: &'a Ranked,
    pub(crate) prices: Prices,
    pub(crate) sets: bool,
}

impl Cutter<'_> {
    /// The best cuts of each sort, unordered. `profile` tallies the rows that the other clauses leave.
    pub(crate) fn candidates(&self, profile: &Profile, out: &mut Vec<Candidate>) {
        let failures: u32 = profile.iter().map(|(_, t)| t.f).sum();
        if failures == 0 || profile.is_empty() {
            return;
        }
        match self.feature.shape {
            Shape::Amount => {
                self.ranges(profile, out);
                self.equalities(profile, out);
                if !self.feature.whole.is_empty() {
                    self.moduli(profile, out);
                }
                if self.sets && self.feature.distinct <= SET_NUMBERS_MAX {
                    self.set(profile, out);
                }
            }
            Shape::Time => self.ranges(profile, out),
            Shape::Code => {
                self.equalities(profile, out);
                if self.sets && profile.len() <= SET_VALUES_MAX {
                    self.set(profile, out);
                }
            }
        }
    }

    fn ranges(&self, profile: &Profile, out: &mut Vec<Candidate>) {
        let end = u32::try_from(self.feature.numbers.len()).expect("ranks have 32 bits").saturating_sub(1);
        if let Some(best) = self.upper_bound(profile) {
            out.push(best);
        }
        if let Some(best) = self.lower_bound(profile, end) {
            out.push(best);
        }
        if profile.len() >= 3
            && let Some(best) = self.interval(profile, end)
        {
            out.push(best);
        }
    }

    /// What a bound saves where a meaningful constant lies between the last value inside and the
    /// first outside.
    fn discount(&self, inside: u32, outside: Option<u32>) -> f64 {
        let a = self.feature.numbers[inside as usize];
        let b = outside.map_or(a, |r| self.feature.numbers[r as usize]);
        let (low, high) = if a < b { (a, b) } else { (b, a) };
        if self.feature.meaningful.within(low, high) { MEANINGFUL_DISCOUNT } else { 0.0 }
    }

    /// For gaps, short ones fail more often than long ones.
    const fn long_gap(&self) -> f64 {
        if self.feature.missing_is_longest { LONG_GAP_PRICE } else { 0.0 }
    }

    fn upper_bound(&self, profile: &Profile) -> Option<Candidate> {
        let mut sum = Tally::default();
        let mut best: Option<(f64, Tally, u32, f64)> = None;
        for (i, &(rank, t)) in profile.iter().enumerate() {
            sum = sum.plus(t);
            // A bound is best only after a failure and before an answer.
            let next = profile.get(i + 1);
            let changes = next.map_or(self.feature.missing_is_longest, |next| next.1.f < next.1.n);
            if t.f == 0 || !changes {
                continue;
            }
            let price = (self.prices.bound - self.discount(rank, next.map(|n| n.0))).max(BOUND_PRICE_MIN);
            let gain = self.scorer.ratio(sum) - price;
            if best.as_ref().is_none_or(|b| gain > b.0) {
                best = Some((gain, sum, rank, price));
            }
        }
        let (_, inside, high, price) = best?;
        let cut = Cut::Range { low: 0, high, open_low: true, open_high: false };
        Some(Candidate { cut, inside, price: self.prices.base + price })
    }

    fn lower_bound(&self, profile: &Profile, end: u32) -> Option<Candidate> {
        let mut sum = Tally::default();
        let mut best: Option<(f64, Tally, u32, f64)> = None;
        for i in (1..profile.len()).rev() {
            let (rank, t) = profile[i];
            sum = sum.plus(t);
            let (before, b) = profile[i - 1];
            if t.f == 0 || b.f == b.n {
                continue;
            }
            let price = (self.prices.bound - self.discount(rank, Some(before))).max(BOUND_PRICE_MIN)
                + self.long_gap();
            let gain = self.scorer.ratio(sum) - price;
            if best.as_ref().is_none_or(|b| gain > b.0) {
                best = Some((gain, sum, rank, price));
            }
        }
        let (_, inside, low, price) = best?;
        let cut = Cut::Range { low, high: end, open_low: false, open_high: true };
        Some(Candidate { cut, inside, price: self.prices.base + price })
    }

    /// Kadane's maximum-sum segment on the log-likelihood weights, rates re-estimated.
    fn interval(&self, profile: &Profile, end: u32) -> Option<Candidate> {
        let total = self.scorer.total();
        let base = total.rate();
        let here: Tally = profile.iter().fold(Tally::default(), |a, &(_, t)| a.plus(t));
        let mut best: Option<(f64, Tally, usize, usize)> = None;
        for start in [0.95, 0.5, 0.5 * here.rate() + 0.1] {
            let (mut inside, mut outside) = (start.max(base * 1.5).min(0.98), (base * 0.5).max(1e-4));
            for _ in 0..4 {
                let (segment, from, to) = heaviest_segment(profile, inside, outside);
                if segment.f == 0 {
                    break;
                }
                let ratio = self.scorer.ratio(segment);
                let better = best.as_ref().is_none_or(|b| ratio > b.0 + 1e-9);
                if better {
                    best = Some((ratio, segment, from, to));
                }
                let rest = total.minus(segment);
                let floor = 0.5 / f64::from(total.n + 1);
                inside = segment.rate().clamp(floor, 1.0 - 1e-3);
                outside = rest.rate().clamp(floor, 1.0 - 1e-3);
                if inside <= outside || !better {
                    break;
                }
            }
        }
        let (_, segment, from, to) = best?;
        let (low, high) = (profile[from].0, profile[to].0);
        let (open_low, open_high) = (from == 0, to + 1 == profile.len());
        // A single value is an equality and is priced as one.
        if (open_low && open_high) || from == to {
            return None;
        }
        let discount = if open_low { 0.0 } else { self.discount(low, Some(profile[from - 1].0)) }
            + if open_high { 0.0 } else { self.discount(high, Some(profile[to + 1].0)) };
        // Two bounds at constants are still two bounds: never as cheap as one.
        let price = if open_low || open_high {
            (self.prices.bound - discount).max(BOUND_PRICE_MIN)
        } else {
            (self.prices.interval - discount).max(self.prices.bound + SECOND_BOUND_PRICE)
        };
        let cut = Cut::Range {
            low: if open_low { 0 } else { low },
            high: if open_high { end } else { high },
            open_low,
            open_high,
        };
        Some(Candidate { cut, inside: segment, price: self.prices.base + price })
    }

    fn equalities(&self, profile: &Profile, out: &mut Vec<Candidate>) {
        if profile.len() < 2 && self.feature.distinct < 2 {
            // Only one value among the rows: the clause may still exclude rows where it is missing.
            return;
        }
        let mut best: Vec<(f64, u32, Tally)> = Vec::with_capacity(EQUALITIES + 1);
        for &(rank, t) in profile {
            if t.f == 0 {
                continue;
            }
            let ratio = self.scorer.ratio(t);
            let place = best.iter().position(|b| ratio > b.0).unwrap_or(best.len());
            if place < EQUALITIES {
                best.insert(place, (ratio, rank, t));
                best.truncate(EQUALITIES);
            }
        }
        for (_, rank, t) in best {
            out.push(Candidate {
                cut: Cut::In(vec![rank]),
                inside: t,
                price: self.prices.base + self.prices.values,
            });
        }
    }

    /// The best set: values in order of their failing rate, best prefix (Breiman et al. 1984:
    /// for two classes no other subset can be better).
    fn set(&self, profile: &Profile, out: &mut Vec<Candidate>) {
        let v = profile.len();
        if v < 3 {
            return;
        }
        // Values seen once come last: "fails always" cannot be said of them.
        let repeated = |t: Tally| t.n >= MEMBER_REQUESTS;
        let mut order: Vec<&(u32, Tally)> = profile.iter().collect();
        order.sort_unstable_by(|(a, s), (b, t)| {
            let (x, y) = (u64::from(s.f) * u64::from(t.n), u64::from(t.f) * u64::from(s.n));
            repeated(*t).cmp(&repeated(*s)).then(y.cmp(&x)).then(t.n.cmp(&s.n)).then(a.cmp(b))
        });
        let mut sum = Tally::default();
        let mut best: Option<(f64, usize, Tally, f64)> = None;
        for (i, &&(_, t)) in order.iter().enumerate().take(v - 1) {
            sum = sum.plus(t);
            if t.f == 0 || !repeated(t) {
                break;
            }
            let k = i + 1;
            if k < 2 && v - k > 1 {
                continue;
            }
            let price =
                ln_choose(v, k) + (v as f64).ln().max(1.0).ln() + 1.0 + MEMBER_PRICE * k.min(v - k) as f64;
            let gain = self.scorer.ratio(sum) - price;
            if best.as_ref().is_none_or(|b| gain > b.0) {
                best = Some((gain, k, sum, price));
            }
        }
        let Some((_, k, inside, price)) = best else { return };
        let ranks = |slice: &[&(u32, Tally)]| {
            let mut r: Vec<u32> = slice.iter().map(|x| x.0).collect();
            r.sort_unstable();
            r
        };
        let cut = if k <= v - k { Cut::In(ranks(&order[..k])) } else { Cut::NotIn(ranks(&order[k..])) };
        out.push(Candidate { cut, inside, price: self.prices.base + price });
    }

    fn moduli(&self, profile: &Profile, out: &mut Vec<Candidate>) {
        let mut tallies = [Tally::default(); 16];
        for modulus in MODULI {
            if profile.len() < 4 * modulus as usize {
                continue;
            }
            tallies.fill(Tally::default());
            for &(rank, t) in profile {
                let r = (self.feature.whole[rank as usize] % modulus) as usize;
                tallies[r] = tallies[r].plus(t);
            }
            let m = modulus as usize;
            let used = tallies.iter().take(m).filter(|t| t.n > 0).count();
            let best = tallies
                .iter()
                .take(m)
                .zip(0u32..)
                .max_by(|a, b| self.scorer.ratio(*a.0).total_cmp(&self.scorer.ratio(*b.0)));
            if let Some((&inside, remainder)) = best
                && inside.f > 0
                && used >= 2
            {
                let price = self.prices.base
                    + MODULUS_SURCHARGE
                    + (MODULI.len() as f64).ln() * 0.5
                    + f64::from(modulus).ln();
                out.push(Candidate { cut: Cut::Remainder { modulus, remainder }, inside, price });
            }
        }
    }
}

/// Contiguous values whose log-likelihood weights sum highest, given failing rates inside and outside.
fn heaviest_segment(profile: &Profile, inside: f64, outside: f64) -> (Tally, usize, usize) {
    let failed = (inside / outside).ln();
    let answered = ((1.0 - inside) / (1.0 - outside)).ln();
    let mut best = (f64::NEG_INFINITY, Tally::default(), 0, 0);
    let (mut weight, mut sum, mut from) = (0.0f64, Tally::default(), 0);
    for (i, &(_, t)) in profile.iter().enumerate() {
        if weight <= 0.0 {
            (weight, sum, from) = (0.0, Tally::default(), i);
        }
        weight += failed * f64::from(t.f) + answered * f64::from(t.n - t.f);
        sum = sum.plus(t);
        if weight > best.0 {
            best = (weight, sum, from, i);
        }
    }
    (best.1, best.2, best.3)
}
