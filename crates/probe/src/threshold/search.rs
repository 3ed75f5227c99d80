//! The search for a boundary without a plan: which value next, and what is known. Others use it too (idle time-outs).
//!
//! Data flow: [`Search::next_value`] -> a request somewhere -> [`Search::note`], until it returns `None`. In the first phase there is at
//! most one boundary. When the outcomes fit a window of failing values better (or a value inside one is known), both its
//! edges are looked for.

use super::posterior::{Hypothesis, Point, Points, Posterior, Prior, Shape};
use crate::chance::distribution::{central, entropy};
use crate::chance::rates::{Counts, Rates};
use crate::question::{SHOWN, Weighed};
use unanswered_forecast::statistics::ShareInterval;

/// "Nothing fails" and "all fail" need so many different values (judgement): the ends of the range alone would do for a
/// single boundary, but a window that no request was in has no boundary there.
const SPREAD: usize = 12;

/// A request in the middle of these cells is considered, the likeliest ones (measured: more cells change nothing).
const CELLS_TRIED: usize = 5;

/// While one boundary is looked for, it is checked after every so many outcomes whether a window fits better.
const FIT_EVERY: u32 = 6;

/// Which side of a boundary can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Either.
    Unknown,
    /// Values below the boundary, such as low source ports.
    Below,
    /// Values from the boundary on, such as lengths.
    Above,
}

/// Where the answer changes along a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boundary {
    /// No value of the range fails.
    NothingFails,
    /// All values of the range fail.
    AllFail,
    /// Values below this one fail; the last failing value is the one before it.
    FailsBelow {
        /// The first value that works.
        first_working: u64,
    },
    /// Values from this one on fail.
    FailsFrom {
        /// The first value that fails; the last working one is the one before it.
        first_failing: u64,
    },
    /// A window of values fails.
    FailsWithin {
        /// The first value that fails.
        first_failing: u64,
        /// The last value that fails.
        last_failing: u64,
    },
    /// Only a window of values works.
    WorksWithin {
        /// The first value that works.
        first_working: u64,
        /// The last value that works.
        last_working: u64,
    },
}

/// What is looked for.
#[derive(Clone, Copy, Debug)]
pub struct SearchSpec {
    /// First value that can be asked.
    pub low: u64,
    /// Last value that can be asked.
    pub high: u64,
    /// Which side can fail.
    pub direction: Direction,
    /// A value that is known to fail, if there is one. A window of failing values can be found only from inside.
    pub known_failing: Option<u64>,
    /// A value that is known to work, if there is one.
    pub known_working: Option<u64>,
    /// Probability at which the search ends.
    pub sure: f64,
}

/// A search under way.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    spec: SearchSpec,
    points: Points,
    /// Whether windows are considered.
    windows: bool,
    asked: u32,
}

impl Search {
    pub(crate) fn new(spec: SearchSpec) -> Self {
        let spec = SearchSpec { high: spec.high.max(spec.low), ..spec };
        let mut points =
            Points { low: spec.low, high: spec.high, list: Vec::new(), controls: Counts::default() };
        let inside = |value: &u64| (spec.low..=spec.high).contains(value);
        for (known, failing) in [(spec.known_failing, true), (spec.known_working, false)] {
            if let Some(value) = known.filter(inside) {
                points.at(value).known_failing = Some(failing);
            }
        }
        let windows = spec.known_failing.is_some() && spec.direction == Direction::Unknown;
        Self { spec, points, windows, asked: 0 }
    }

    pub(crate) fn note(&mut self, value: u64, passed: bool) {
        let value = value.clamp(self.spec.low, self.spec.high);
        self.points.at(value).counts.add(passed);
        self.asked += 1;
        if !self.windows && self.asked.is_multiple_of(FIT_EVERY) {
            self.windows = self.window_fits_better();
        }
    }

    pub(crate) fn note_control(&mut self, passed: bool) {
        self.points.controls.add(passed);
    }

    /// The value at which an outcome says most; `None` when it is known.
    pub(crate) fn next_value(&mut self) -> Option<u64> {
        // What was said beforehand is checked once: all else rests on it.
        let unchecked = |point: &&Point| point.known_failing.is_some() && point.counts.all() == 0;
        if let Some(point) = self.points.list.iter().find(unchecked) {
            return Some(point.value);
        }
        let posterior = Posterior::new(&self.points, &self.prior());
        let best = likeliest(&posterior)?;
        if self.is_sure(best) {
            if matches!(best.shape, Shape::None | Shape::All)
                && let Some(value) = self.middle_of_widest_gap()
            {
                return Some(value);
            }
            if self.windows || !self.window_fits_better() {
                return None;
            }
            self.windows = true;
        }
        self.most_informative(&posterior)
    }

    /// The answer and its probability, if it is sure enough.
    pub(crate) fn found(&self) -> Option<Weighed<Boundary>> {
        let posterior = Posterior::new(&self.points, &self.prior());
        let best = likeliest(&posterior)?;
        let spread = !matches!(best.shape, Shape::None | Shape::All) || self.middle_of_widest_gap().is_none();
        (self.is_sure(best) && spread && (self.windows || !self.window_fits_better()))
            .then(|| Weighed { answer: self.boundary(best.shape), probability: best.probability })
    }

    /// The likeliest answers, those of one cell as the one in its middle, and the entropy over all exact answers in bits.
    pub(crate) fn standing(&self) -> (Vec<Weighed<Boundary>>, f64) {
        let posterior = Posterior::new(&self.points, &self.prior());
        let mut order: Vec<&Hypothesis> =
            posterior.hypotheses.iter().filter(|h| h.probability > 0.0).collect();
        order.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        let likeliest = order
            .iter()
            .take(SHOWN)
            .map(|h| Weighed { answer: self.boundary(h.shape), probability: h.probability / h.width })
            .collect();
        let within: f64 = order.iter().map(|h| h.probability * libm::log2(h.width)).sum();
        (likeliest, entropy(order.iter().map(|h| h.probability)) + within)
    }

    /// Whether what was said beforehand is contradicted: that a value fails, that a value works.
    pub(crate) fn contradicted(&self) -> (bool, bool) {
        let of = |known: bool| {
            self.points.list.iter().filter(|point| point.known_failing == Some(known)).any(|point| {
                let (against, with) = if known {
                    (point.counts.passed, point.counts.failed)
                } else {
                    (point.counts.failed, point.counts.passed)
                };
                // Five outcomes to the contrary and none for it: beyond what the prior says of either rate.
                against >= 5 && with == 0
            })
        };
        (of(true), of(false))
    }

    /// Intervals of how often a failing value fails, and of how often a working one does.
    pub(crate) fn rates(&self) -> (ShareInterval, ShareInterval) {
        let posterior = Posterior::new(&self.points, &self.prior());
        let of = |rate: fn(&Rates) -> f64| {
            let mut pairs: Vec<(f64, f64)> = posterior.rates.iter().map(|(r, w)| (rate(r), *w)).collect();
            pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
            let (values, weights): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            central(&values, &weights)
        };
        (of(|rates| rates.drop), of(|rates| rates.outside.fails))
    }

    /// Values with their outcomes, in rising order; only those that were asked.
    pub(crate) fn tried(&self) -> impl Iterator<Item = (u64, Counts)> {
        self.points.list.iter().filter(|p| p.counts.all() > 0).map(|p| (p.value, p.counts))
    }

    /// How many exact boundaries were possible, in bits: what a single boundary costs at least.
    pub(crate) fn bits(&self) -> f64 {
        let boundaries = (self.spec.high - self.spec.low).max(1) as f64;
        let directions = if self.spec.direction == Direction::Unknown { 1.0 } else { 0.0 };
        libm::log2(boundaries) + directions
    }

    /// The widest stretch of values between two asked ones.
    pub(crate) fn widest_gap(&self) -> Option<(u64, u64)> {
        let asked: Vec<u64> = self.tried().map(|(value, _)| value).collect();
        let gaps = asked.windows(2).filter_map(|pair| match pair {
            [from, to] if to - from > 1 => Some((*from, *to)),
            _ => None,
        });
        // The first of equally wide ones.
        gaps.rev().max_by_key(|(from, to)| to - from)
    }

    /// Where to ask so that "nothing fails" rests on enough different values; `None` when it does.
    fn middle_of_widest_gap(&self) -> Option<u64> {
        // Where one side is known to be the failing one, the ends of the range say all.
        if self.spec.direction != Direction::Unknown || self.tried().count() >= SPREAD {
            return None;
        }
        self.widest_gap().map(|(from, to)| u64::midpoint(from, to))
    }

    fn is_sure(&self, best: &Hypothesis) -> bool {
        best.width < 1.5 && best.probability >= self.spec.sure
    }

    fn most_informative(&self, posterior: &Posterior) -> Option<u64> {
        let mut points = self.points.clone();
        for value in [self.spec.low, self.spec.high] {
            points.at(value);
        }
        let cells = posterior.by_cell(self.points.list.len() + 1);
        let mut order: Vec<usize> = (0..cells.len()).filter(|cell| self.points.width(*cell) > 1).collect();
        order.sort_by(|a, b| cells[*b].total_cmp(&cells[*a]));
        for cell in order.into_iter().take(CELLS_TRIED) {
            let (first, last) = self.points.cuts(cell);
            points.at(u64::midpoint(first, last - 1));
        }
        let information = Posterior::new(&points, &self.prior()).information(&points);
        let best = information.iter().enumerate().rev().max_by(|a, b| a.1.total_cmp(b.1));
        best.and_then(|(index, _)| points.list.get(index)).map(|point| point.value)
    }

    fn window_fits_better(&self) -> bool {
        if self.spec.direction != Direction::Unknown {
            return false;
        }
        let posterior = Posterior::new(&self.points, &both(self.spec.direction, true));
        let windows =
            posterior.hypotheses.iter().filter(|h| matches!(h.shape, Shape::Window(..) | Shape::Gap(..)));
        windows.map(|h| h.probability).sum::<f64>() > 1.0 - self.spec.sure
    }

    fn prior(&self) -> Prior {
        both(self.spec.direction, self.windows)
    }

    fn boundary(&self, shape: Shape) -> Boundary {
        let middle = |cell: usize| {
            let (first, last) = self.points.cuts(cell);
            u64::midpoint(first, last)
        };
        match shape {
            Shape::None => Boundary::NothingFails,
            Shape::All => Boundary::AllFail,
            Shape::Below(cell) => Boundary::FailsBelow { first_working: middle(cell) },
            Shape::Above(cell) => Boundary::FailsFrom { first_failing: middle(cell) },
            Shape::Window(first, last) => {
                Boundary::FailsWithin { first_failing: middle(first), last_failing: middle(last) - 1 }
            }
            Shape::Gap(first, last) => {
                Boundary::WorksWithin { first_working: middle(first), last_working: middle(last) - 1 }
            }
        }
    }
}

/// The prior of shapes (judgement): one boundary is the rule, a window the exception.
fn both(direction: Direction, windows: bool) -> Prior {
    let (below, above) = match direction {
        Direction::Unknown => (0.4, 0.4),
        Direction::Below => (0.8, 0.0),
        Direction::Above => (0.0, 0.8),
    };
    let (window, gap) = if windows { (0.1, 0.05) } else { (0.0, 0.0) };
    Prior { below, above, none: 0.1, all: 0.1, window, gap }
}

fn likeliest(posterior: &Posterior) -> Option<&Hypothesis> {
    posterior.hypotheses.iter().max_by(|a, b| (a.probability / a.width).total_cmp(&(b.probability / b.width)))
}
