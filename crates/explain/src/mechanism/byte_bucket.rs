//! A token bucket that counts bytes: so many bytes a second, after a burst of so many.
//!
//! Tokens flow in continuously up to the depth; a request costs as many as it has bytes, and one that finds fewer is dropped and
//! costs nothing. That is how `nft limit rate R bytes/second`, `tc` policers and the token bucket filter (tc-tbf(8))
//! work. Small requests still pass where large ones fail, so that it looks like a limit of size that holds now and then. Counted
//! are the requests alone, at the length that their column has; a device may count the link header too.
//!
//! Fit: with known charges (who was answered passed) what a request needs depends on the rate alone, and the depth is a
//! threshold on it. The best are refined with the replay by arrivals, which alone decides what the bucket is worth.

use super::history::{History, Key, Keyed};
use super::judge::{Estimate, Fit, Judge, TOLERANCE, busiest};
use super::{Mechanism, Replayed, threshold};
use crate::search::score::Tally;

/// Only so many bytes a second pass, after a burst; others fail.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ByteBucket {
    /// Whose requests share a bucket.
    pub key: Key,
    /// Bytes a second.
    pub rate: Estimate,
    /// Most bytes that a bucket holds: the burst.
    pub depth: Estimate,
}

const KEYS: [Key; 5] = [Key::All, Key::ClientNetwork, Key::Client, Key::Server, Key::ClientAndServer];
/// Requests in a row that the parameters are fitted on; all requests are predicted and scored.
const STRETCH: usize = 4_096;
/// Step of the grid of rates.
const RATE_STEP: f64 = 1.25;
/// Most rates of the grid.
const RATES_MAX: f64 = 100.0;
/// Steps of refinement, as shares of each parameter.
const SCALES: [f64; 9] = [0.2, 0.1, 0.05, 0.025, 0.01, 0.005, 0.002, 0.001, 5e-4];
/// Least log-likelihood ratio that is worth refining.
const PROMISING: f64 = 8.0;
/// Least ratio of the longest request to the median: where all are as long, bytes say no more than requests.
const UNEVEN: f64 = 1.5;
/// Steps away from the best parameters in which intervals are looked for.
const AWAY_STEPS: i32 = 14;
const AWAY_FIRST: f64 = 0.0001;
const AWAY_GROWTH: f64 = 1.9;
/// How exactly a parameter can be known at all, as a share: clocks, and headers that are counted or not.
const CLOCKS: f64 = 0.0025;

impl Replayed for ByteBucket {
    const CODE: &'static str = "byte_bucket";
    const OVERLOAD: bool = true;
    const WAYS: usize = KEYS.len();

    fn fit(judge: &Judge<'_>, found: &mut Vec<Fit>) {
        let history = judge.history;
        if !uneven(history.bytes) {
            return;
        }
        let (from, to) = busiest(history, STRETCH);
        let part = history.part(from, to);
        let part_judge = Judge::new(&part, 1);
        if !part_judge.has_both() {
            return;
        }
        // A bucket of requests that says nearly as much is the plainer one.
        let requests = |fit: &&Fit| matches!(fit.mechanism, Mechanism::Bucket(_));
        let plainer = found.iter().filter(requests).map(Fit::score).fold(f64::NEG_INFINITY, f64::max);
        // A bucket that is always full is a limit of size. What is left over must pay for the whole bucket.
        let size =
            threshold::best(&threshold::groups(history.bytes, judge), judge).map_or(0.0, |cut| cut.ratio);
        for (key, keyed) in judge.partitions(&KEYS) {
            let stretch = Stretch { judge: &part_judge, keyed: keyed.part(from, to) };
            let Some(best) = stretch.best() else { continue };
            let (rate, depth) = stretch.intervals(best);
            // One that could not fill up again while it was watched is an outage from some moment on.
            if rate.value * history.span() < depth.value {
                continue;
            }
            let mechanism = Self { key, rate, depth };
            let predicted = predicted(history, &keyed, rate.value, depth.value);
            let (slow, fast) = stretch.rates();
            let most = part.bytes.iter().sum::<f64>();
            let parameters =
                rate.distinguishable(slow, fast).ln() + depth.distinguishable(1.0, most.max(2.0)).ln();
            let fit = judge.judge(mechanism, predicted, &keyed, None, parameters);
            found.extend(fit.filter(|fit| fit.score() > plainer + TOLERANCE && fit.ratio - size > fit.price));
        }
    }

    fn replay(&self, history: &History<'_>) -> Option<Vec<bool>> {
        let keyed = Keyed::new(history, self.key)?;
        (history.bytes.len() == history.len())
            .then(|| predicted(history, &keyed, self.rate.value, self.depth.value))
    }
}

/// Whether lengths differ so much that bytes are another measure than requests.
fn uneven(bytes: &[f64]) -> bool {
    let mut known: Vec<f64> = bytes.iter().copied().filter(|b| b.is_finite() && *b > 0.0).collect();
    known.sort_unstable_by(f64::total_cmp);
    let median = known.get(known.len() / 2).copied().unwrap_or(f64::INFINITY);
    known.last().is_some_and(|&longest| longest >= UNEVEN * median)
}

fn predicted(history: &History<'_>, keyed: &Keyed, rate: f64, depth: f64) -> Vec<bool> {
    let mut predicted = vec![false; history.len()];
    run(history, keyed, (rate, depth), |row, dropped| predicted[row] = dropped);
    predicted
}

/// Runs buckets over requests; `each` is told of every request whether it is dropped. One without a length costs nothing.
fn run(history: &History<'_>, keyed: &Keyed, (rate, depth): (f64, f64), mut each: impl FnMut(usize, bool)) {
    let start = history.times.first().copied().unwrap_or(0.0);
    let mut buckets = vec![(depth, start); keyed.count];
    for (row, (&now, &cost)) in history.times.iter().zip(history.bytes).enumerate() {
        let Some((tokens, last)) = keyed.of_row(row).and_then(|key| buckets.get_mut(key)) else { continue };
        *tokens = (*tokens + (now - *last) * rate).min(depth);
        *last = now;
        // Sums of differences of times: what is short by the rounding is not short.
        let dropped = *tokens < cost - 1e-6;
        if !dropped && cost.is_finite() {
            *tokens = (*tokens - cost).max(0.0);
        }
        each(row, dropped);
    }
}

/// Two parameters with what they explain.
#[derive(Clone, Copy, Debug)]
struct Point {
    rate: f64,
    depth: f64,
    ratio: f64,
}

/// The requests that the parameters are fitted on.
struct Stretch<'a> {
    judge: &'a Judge<'a>,
    keyed: Keyed,
}

impl Stretch<'_> {
    fn point(&self, rate: f64, depth: f64) -> Point {
        let history = self.judge.history;
        let mut inside = Tally::default();
        run(history, &self.keyed, (rate, depth), |row, dropped| {
            if dropped && history.counted[row] {
                inside = inside.plus(Tally { n: 1, f: u32::from(history.failed[row]) });
            }
        });
        Point { rate, depth, ratio: self.judge.scorer.ratio(inside) }
    }

    /// From a rate at which the whole stretch passes one small request, to one at which all of it passes in a hundredth of
    /// its time.
    fn rates(&self) -> (f64, f64) {
        let history = self.judge.history;
        let sum: f64 = history.bytes.iter().copied().filter(|b| b.is_finite()).sum();
        let mean = (sum / history.span().max(1e-3)).max(1e-3);
        (mean / 200.0, mean * 20.0)
    }

    fn best(&self) -> Option<Point> {
        let (slow, fast) = self.rates();
        let mut starts: Vec<Point> = Vec::new();
        let mut step = 0.0;
        while step < RATES_MAX && slow * RATE_STEP.powf(step) <= fast {
            let rate = slow * RATE_STEP.powf(step);
            let needs = self.needs(rate);
            if let Some(cut) = threshold::best(&threshold::groups(&needs, self.judge), self.judge) {
                starts.push(self.point(rate, f64::midpoint(cut.outside, cut.inside)));
            }
            step += 1.0;
        }
        starts.sort_by(|a, b| b.ratio.total_cmp(&a.ratio));
        starts.truncate(3);
        let climbed = starts.into_iter().filter(|s| s.ratio >= PROMISING).map(|start| self.climb(start));
        climbed.max_by(|a, b| a.ratio.total_cmp(&b.ratio))
    }

    /// How deep a bucket would have to be for each request to pass, when it is known who passed before.
    fn needs(&self, rate: f64) -> Vec<f64> {
        let history = self.judge.history;
        let start = history.times.first().copied().unwrap_or(0.0);
        let mut used = vec![(0.0f64, start); self.keyed.count];
        let mut needs = vec![f64::NAN; history.len()];
        for (row, (&now, &cost)) in history.times.iter().zip(history.bytes).enumerate() {
            let Some((level, last)) = self.keyed.of_row(row).and_then(|key| used.get_mut(key)) else {
                continue;
            };
            *level = (*level - (now - *last) * rate).max(0.0);
            *last = now;
            needs[row] = *level + cost;
            if !history.failed[row] && cost.is_finite() {
                *level += cost;
            }
        }
        needs
    }

    /// The best pair near another, by steps that grow smaller.
    fn climb(&self, start: Point) -> Point {
        let mut best = start;
        for scale in SCALES {
            for _ in 0..6 {
                let (up, down) = (1.0 + scale, 1.0 / (1.0 + scale));
                let steps = [(up, 1.0), (down, 1.0), (1.0, up), (1.0, down), (up, down), (down, up)];
                let around = steps.map(|(r, d)| self.point(best.rate * r, best.depth * d));
                let next = around.into_iter().max_by(|a, b| a.ratio.total_cmp(&b.ratio));
                let Some(next) = next.filter(|next| next.ratio > best.ratio) else { break };
                best = next;
            }
        }
        best
    }

    /// Profile likelihood: how far each parameter may go, the other one following, before more than the tolerance is lost.
    fn intervals(&self, best: Point) -> (Estimate, Estimate) {
        let mut rate = Estimate::exactly(best.rate);
        let mut depth = Estimate::exactly(best.depth);
        let away = |step: i32| if step == 0 { 0.0 } else { AWAY_FIRST * AWAY_GROWTH.powi(step - 1) };
        let aside = |step: i32| (away(step.abs()) * f64::from(step.signum())).exp();
        for r in -AWAY_STEPS..=AWAY_STEPS {
            for d in -AWAY_STEPS..=AWAY_STEPS {
                let point = self.point(best.rate * aside(r), best.depth * aside(d));
                if point.ratio >= best.ratio - TOLERANCE {
                    rate.low = rate.low.min(point.rate);
                    rate.high = rate.high.max(point.rate);
                    depth.low = depth.low.min(point.depth);
                    depth.high = depth.high.max(point.depth);
                }
            }
        }
        for parameter in [&mut rate, &mut depth] {
            parameter.low = parameter.low.min(parameter.value * (1.0 - CLOCKS));
            parameter.high = parameter.high.max(parameter.value * (1.0 + CLOCKS));
        }
        (rate, depth)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Dice, Made, best_of, traffic};
    use super::super::{Bucket, Charge, replay};
    use super::*;

    /// Small requests, and some large ones.
    fn lengths(made: &mut Made, seed: u64) {
        let mut dice = Dice::new(seed ^ 0xB17E5);
        made.bytes = made
            .times
            .iter()
            .map(|_| if dice.unit() < 0.25 { 400.0 + 600.0 * dice.unit() } else { 60.0 + 20.0 * dice.unit() })
            .collect();
    }

    #[test]
    fn a_limit_of_bytes_is_found_with_its_rate_and_burst() {
        for (seed, key, rate, depth) in
            [(0, Key::All, 1500.0, 3000.0), (1, Key::Client, 400.0, 2500.0), (2, Key::Server, 700.0, 4000.0)]
        {
            let mut made = traffic(seed, 1500, 4, 2, 2.0);
            lengths(&mut made, seed);
            let keyed = Keyed::new(&made.history(), key).expect("the columns are there");
            made.failed = predicted(&made.history(), &keyed, rate, depth);
            assert!(made.failures() > 50, "{}", made.failures());
            made.lose(seed, 0.01);
            let fit = best_of(&made).expect("a mechanism");
            let Mechanism::ByteBucket(bucket) = fit.mechanism else { panic!("{:?}", fit.mechanism) };
            assert_eq!(bucket.key, key);
            assert!((bucket.rate.value / rate).ln().abs() < 0.03, "{rate} {bucket:?}");
            assert!(bucket.depth.low <= depth && depth <= bucket.depth.high, "{depth} {bucket:?}");
            assert_eq!(replay(&fit.mechanism, &made.history()), fit.predicted);
        }
    }

    #[test]
    fn a_limit_of_requests_is_none_of_bytes() {
        for seed in 0..6 {
            let mut made = traffic(seed, 1300, 4, 3, 2.0);
            lengths(&mut made, seed);
            let exactly = Estimate::exactly;
            let (rate, depth) = (exactly(5.0), exactly(12.0));
            let bucket = Bucket { key: Key::Client, charge: Charge::Passed, rate, depth };
            made.failed = replay(&bucket.into(), &made.history());
            made.lose(seed, 0.01);
            let fit = best_of(&made).expect("a mechanism");
            assert!(matches!(fit.mechanism, Mechanism::Bucket(_)), "{:?}", fit.mechanism);
        }
    }

    #[test]
    fn a_limit_of_size_is_none_of_bytes() {
        for seed in 0..6 {
            let mut made = traffic(seed, 1300, 4, 3, 2.0);
            lengths(&mut made, seed);
            made.failed = made.bytes.iter().map(|&bytes| bytes > 700.0).collect();
            made.lose(seed, 0.02);
            let fit = best_of(&made);
            // A bucket no deeper than that which always is full is that limit.
            assert!(fit.is_none(), "{fit:?}");
        }
    }
}
