//! Fitting a rate and a depth to a stretch of requests, coarse to fine.

use super::Bucket;
use super::replay::{Charge, run, run_corrected};
use crate::mechanism::history::{Key, Keyed};
use crate::mechanism::judge::{Estimate, Fit, Judge, TOLERANCE, busiest};
use crate::mechanism::threshold;
use crate::search::score::Tally;
use unanswered_table::MISSING;

/// Requests in a row that the coarse search over both parameters looks at.
const COARSE: usize = 2_048;
/// Step of the grid of rates, for known charges.
const RATE_STEP: f64 = 1.2;
/// Step of the grids of the coarse search over both parameters.
const COARSE_STEP: f64 = 1.5;
/// Keys whose own rates under overload are tried.
const MEASURED_KEYS: usize = 3;
/// Depths that are tried with those rates.
const DEPTHS: [f64; 12] = [1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0, 32.0, 50.0, 80.0, 150.0, 300.0];
/// Steps of refinement, as shares of the rate.
const SCALES: [f64; 14] =
    [0.3, 0.15, 0.08, 0.04, 0.02, 0.01, 0.005, 0.002, 0.001, 5e-4, 2e-4, 1e-4, 5e-5, 2e-5];
/// Rates on either side of a nearly right one that the replay is tried with, and the step between them, as a share.
const FINE_STEPS: i32 = 16;
const FINE_STEP: f64 = 2e-4;
/// How exactly a rate can be known at all, as a share.
const CLOCKS: f64 = 0.0025;
/// Steps away from the best rate, growing, in which the interval is looked for: from 0.005 % to a factor of 2.
const AWAY_STEPS: i32 = 18;
const AWAY_FIRST: f64 = 0.00005;
const AWAY_GROWTH: f64 = 1.75;
/// A pair of parameters with what it explains.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    pub(super) rate: f64,
    pub(super) depth: f64,
    pub(super) ratio: f64,
}

/// The requests that one sort of bucket is fitted on.
pub(super) struct Stretch<'a> {
    pub(super) judge: &'a Judge<'a>,
    pub(super) key: Key,
    pub(super) keyed: Keyed,
    pub(super) charge: Charge,
}

impl Stretch<'_> {
    /// What two parameters explain.
    pub(super) fn point(&self, rate: f64, depth: f64) -> Point {
        let mut inside = Tally::default();
        let times = self.judge.history.times;
        run(&self.keyed, times, (rate, depth), self.charge, |row, dropped| {
            self.count(row, dropped, &mut inside)
        });
        Point { rate, depth, ratio: self.judge.scorer.ratio(inside) }
    }

    /// What they explain when each outcome is known afterwards.
    fn point_corrected(&self, rate: f64, depth: f64) -> Point {
        let mut inside = Tally::default();
        run_corrected(&self.keyed, self.judge.history, (rate, depth), |row, dropped| {
            self.count(row, dropped, &mut inside);
        });
        Point { rate, depth, ratio: self.judge.scorer.ratio(inside) }
    }

    fn count(&self, row: usize, dropped: bool, inside: &mut Tally) {
        let history = self.judge.history;
        if dropped && history.counted[row] {
            inside.n += 1;
            inside.f += u32::from(history.failed[row]);
        }
    }

    /// Rates between which a bucket could be told from none: less than a token in the whole stretch never refills, and
    /// one that has a token for each of the shortest pauses never empties.
    fn rates(&self) -> (f64, f64) {
        let history = self.judge.history;
        let mut last = vec![f64::NEG_INFINITY; self.keyed.count];
        let mut pauses: Vec<f64> = Vec::new();
        for (row, &now) in history.times.iter().enumerate() {
            let Some(key) = self.keyed.of_row(row) else { continue };
            if history.counted_failure(row) && last[key].is_finite() {
                pauses.push(now - last[key]);
            }
            last[key] = now;
        }
        pauses.sort_unstable_by(f64::total_cmp);
        let short = pauses.get(pauses.len() / 10).copied().unwrap_or(0.0).max(1e-6);
        let low = 1.0 / history.span().max(1e-3);
        (low, (1.0 / short).max(low * 2.0))
    }

    /// Most requests that any key has: no deeper bucket ever empties.
    fn deepest(&self) -> f64 {
        let mut counts = vec![0u32; self.keyed.count];
        for &code in self.keyed.codes.iter().filter(|&&code| code != MISSING) {
            counts[code as usize] += 1;
        }
        f64::from(counts.into_iter().max().unwrap_or(1).max(2))
    }

    /// Where refinement begins: the best pairs of a coarse search.
    pub(super) fn starts(&self) -> Vec<Point> {
        match self.charge {
            Charge::Passed => self.by_known_charges(),
            Charge::All => self.coarse(),
        }
    }

    fn by_known_charges(&self) -> Vec<Point> {
        let (low, high) = self.rates();
        let steps = ((high / low).ln() / RATE_STEP.ln()).ceil().min(200.0);
        let grid = std::iter::successors(Some(0.0), |i| Some(i + 1.0)).take_while(|i| *i <= steps);
        let mut levels = vec![MISSING; self.keyed.codes.len()];
        let mut points: Vec<Point> = Vec::new();
        for rate in grid.map(|i| low * RATE_STEP.powf(i)) {
            self.levels(rate, &mut levels);
            let groups = threshold::counted_groups(&levels, self.judge);
            if let Some(cut) = threshold::best(&groups, self.judge) {
                points.push(Point { rate, depth: cut.inside.max(1.0), ratio: cut.ratio });
            }
        }
        points.sort_by(|a, b| b.ratio.total_cmp(&a.ratio));
        points.truncate(12);
        let deepest = self.deepest();
        for rate in self.measured() {
            let depths = DEPTHS.into_iter().filter(|depth| *depth <= deepest);
            points.extend(depths.map(|depth| Point { rate, depth, ratio: 0.0 }));
        }
        let better = |a: &Point, b: &Point| a.ratio.total_cmp(&b.ratio);
        let free = points.iter().take(12).map(|p| self.point(p.rate, p.depth)).max_by(better);
        let corrected = points.iter().map(|p| self.point_corrected(p.rate, p.depth)).max_by(better);
        let Some(corrected) = corrected.map(|start| self.climb(start, &Self::point_corrected)) else {
            return Vec::new();
        };
        let depths = points.iter().map(|p| p.depth);
        free.into_iter().chain(self.near_rate(corrected.rate, depths.chain([corrected.depth]))).collect()
    }

    /// The best of the true replay near a rate that is nearly right. Known charges tell the rate far better than the depth;
    /// and in a long overload the replay tells rates apart that differ by less than a token in the whole stretch.
    fn near_rate(&self, rate: f64, depths: impl Iterator<Item = f64>) -> Vec<Point> {
        let mut depths: Vec<f64> = depths.collect();
        depths.sort_unstable_by(f64::total_cmp);
        depths.dedup_by(|a, b| a.total_cmp(b).is_eq());
        let better = |a: &Point, b: &Point| b.ratio.total_cmp(&a.ratio);
        let mut points: Vec<Point> = depths.into_iter().map(|depth| self.point(rate, depth)).collect();
        points.sort_by(better);
        // Depths next to the best two, then rates.
        let beside =
            |point: &Point| [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0].map(|d| (point.depth + d).max(1.0));
        let nearer: Vec<f64> = points.iter().take(2).flat_map(beside).collect();
        points.extend(nearer.into_iter().map(|depth| self.point(rate, depth)));
        points.sort_by(better);
        points.dedup_by(|a, b| a.depth.total_cmp(&b.depth).is_eq());
        points.truncate(3);
        let scan = |point: &Point| {
            let rates = (-FINE_STEPS..=FINE_STEPS).map(|step| rate * (1.0 + FINE_STEP * f64::from(step)));
            rates.map(|rate| self.point(rate, point.depth)).min_by(better)
        };
        points.iter().filter_map(scan).collect()
    }

    /// Tokens in use, rounded up, in a bucket of any depth when each request comes: it is dropped where the depth is no greater.
    fn levels(&self, rate: f64, levels: &mut [u32]) {
        let ceiling = self.deepest();
        let history = self.judge.history;
        let start = history.times.first().copied().unwrap_or(0.0);
        let mut used = vec![(0.0f64, start); self.keyed.count];
        for (row, (&code, &now)) in self.keyed.codes.iter().zip(history.times).enumerate() {
            let Some((level, last)) = used.get_mut(code as usize) else { continue };
            *level = (*level - (now - *last) * rate).clamp(0.0, ceiling);
            *last = now;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
            let whole = (*level - 1e-9).max(0.0).ceil() as u32;
            levels[row] = whole;
            if !history.failed[row] {
                *level += 1.0;
            }
        }
    }

    /// The rates at which the keys that fail most passed while they were failing.
    fn measured(&self) -> Vec<f64> {
        let history = self.judge.history;
        let mut failures = vec![0u32; self.keyed.count];
        for row in 0..history.len() {
            if let Some(key) = self.keyed.of_row(row).filter(|_| history.counted_failure(row)) {
                failures[key] += 1;
            }
        }
        let mut order: Vec<usize> = (0..self.keyed.count).filter(|&key| failures[key] > 1).collect();
        order.sort_unstable_by_key(|&key| (std::cmp::Reverse(failures[key]), key));
        order.truncate(MEASURED_KEYS);
        order.into_iter().flat_map(|key| self.measured_of(key)).flatten().collect()
    }

    /// The rate at which one key passed between its first and its last failure, and in its longest run of failures
    /// that are not far from each other.
    fn measured_of(&self, key: usize) -> [Option<f64>; 2] {
        let history = self.judge.history;
        // Moments of failures, with how many requests of the key had passed before.
        let mut fails: Vec<(f64, f64)> = Vec::new();
        let mut passed = 0.0;
        for (row, &now) in history.times.iter().enumerate() {
            if self.keyed.of_row(row) == Some(key) {
                if history.counted_failure(row) {
                    fails.push((now, passed));
                } else {
                    passed += 1.0;
                }
            }
        }
        let rate = |from: (f64, f64), to: (f64, f64)| {
            let (time, count) = (to.0 - from.0, to.1 - from.1);
            (time > 0.0 && count > 0.0).then(|| count / time)
        };
        let (Some(&first), Some(&last)) = (fails.first(), fails.last()) else { return [None; 2] };
        let mut gaps: Vec<f64> = fails.windows(2).map(|w| w[1].0 - w[0].0).collect();
        gaps.sort_unstable_by(f64::total_cmp);
        let far = gaps.get(gaps.len() / 2).copied().unwrap_or(0.0) * 8.0;
        let mut longest = (first, first);
        let mut begin = first;
        for pair in fails.windows(2) {
            if pair[1].0 - pair[0].0 > far {
                begin = pair[1];
            }
            if pair[1].1 - begin.1 > longest.1.1 - longest.0.1 {
                longest = (begin, pair[1]);
            }
        }
        [rate(first, last), rate(longest.0, longest.1)]
    }

    fn coarse(&self) -> Vec<Point> {
        let (from, to) = busiest(self.judge.history, COARSE);
        let part = self.judge.history.part(from, to);
        let judge = Judge::new(&part, 1);
        let coarse =
            Stretch { judge: &judge, key: self.key, keyed: self.keyed.part(from, to), charge: self.charge };
        let ((low, high), deepest) = (coarse.rates(), coarse.deepest());
        let mut points: Vec<Point> = Vec::new();
        let mut rate = low;
        while rate <= high {
            let mut depth = 1.0f64;
            while depth <= deepest {
                points.push(coarse.point(rate, depth));
                depth = (depth * COARSE_STEP).round().max(depth + 1.0);
            }
            rate *= COARSE_STEP;
        }
        points.sort_by(|a, b| b.ratio.total_cmp(&a.ratio));
        points.truncate(2);
        points.into_iter().map(|p| self.point(p.rate, p.depth)).collect()
    }

    /// The best pair near another, by steps that grow smaller.
    pub(super) fn climb(&self, start: Point, explained: &dyn Fn(&Self, f64, f64) -> Point) -> Point {
        let mut best = start;
        for scale in SCALES {
            for _ in 0..4 {
                let deeper = (best.depth * scale).round().max(1.0);
                let (up, down) = (best.rate * (1.0 + scale), best.rate / (1.0 + scale));
                let (more, less) = (best.depth + deeper, (best.depth - deeper).max(1.0));
                let steps = [
                    (up, best.depth),
                    (down, best.depth),
                    (best.rate, more),
                    (best.rate, less),
                    (up, less),
                    (down, more),
                ];
                let around = steps.map(|(rate, depth)| explained(self, rate, depth));
                let Some(next) = around.into_iter().max_by(|a, b| a.ratio.total_cmp(&b.ratio)) else { break };
                if next.ratio <= best.ratio {
                    break;
                }
                best = next;
            }
        }
        best
    }

    /// Intervals, price and worth over all requests.
    pub(super) fn finish(&self, best: Point, judge: &Judge<'_>, keyed: &Keyed) -> Option<Fit> {
        let (rate, depth) = self.intervals(best);
        // One that could not fill up again while it was watched is an outage from some moment on.
        if rate.value * judge.history.span() < depth.value {
            return None;
        }
        let bucket = Bucket { key: self.key, charge: self.charge, rate, depth };
        let mut predicted = vec![false; judge.history.len()];
        run(keyed, judge.history.times, (rate.value, depth.value), self.charge, |row, dropped| {
            predicted[row] = dropped;
        });
        let (low, high) = self.rates();
        let depths = Estimate { low: depth.low - 0.5, high: depth.high + 0.5, ..depth };
        let parameters =
            rate.distinguishable(low, high).ln() + depths.distinguishable(0.5, self.deepest()).ln();
        judge.judge(bucket, predicted, keyed, None, parameters)
    }

    /// Profile likelihood: how far each parameter may go, the other one following, before more than the tolerance is lost.
    /// The value is the middle of the rates around the best that explain the data as well: nobody configures the edge.
    fn intervals(&self, best: Point) -> (Estimate, Estimate) {
        let mut rate = Estimate::exactly(best.rate);
        let mut depth = Estimate::exactly(best.depth);
        let mut plateau = (best.rate, best.rate);
        for change in [0, -1, 1, -2, 2, -3, 3] {
            let here = best.depth + f64::from(change);
            if here < 1.0 {
                continue;
            }
            for sign in [-1.0, 1.0] {
                let (mut level, mut before) = (change == 0, false);
                for step in 0..AWAY_STEPS {
                    let away = if step == 0 { 0.0 } else { AWAY_FIRST * AWAY_GROWTH.powi(step - 1) };
                    let point = self.point(best.rate * f64::exp(sign * away), here);
                    level &= point.ratio >= best.ratio - 1e-9;
                    if level {
                        plateau = (plateau.0.min(point.rate), plateau.1.max(point.rate));
                    }
                    let near = point.ratio >= best.ratio - TOLERANCE;
                    if near {
                        depth.low = depth.low.min(here);
                        depth.high = depth.high.max(here);
                    }
                    // Up to the first rate that was tried and does not explain as much: between them nothing was.
                    if near || before {
                        rate.low = rate.low.min(point.rate);
                        rate.high = rate.high.max(point.rate);
                    }
                    before = near;
                }
            }
        }
        let middle = self.point(f64::midpoint(plateau.0, plateau.1), best.depth);
        if middle.ratio >= best.ratio - 1e-9 {
            rate.value = middle.rate;
        }
        // A device measures with its own clock, at moments a little after those that were captured.
        rate.low = rate.low.min(rate.value * (1.0 - CLOCKS));
        rate.high = rate.high.max(rate.value * (1.0 + CLOCKS));
        (rate, depth)
    }
}
