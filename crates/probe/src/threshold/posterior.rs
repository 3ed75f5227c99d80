//! What is known of where the answer changes along a field, from the outcomes at the values that were asked.
//!
//! A shape says which values fail: those below a boundary, those from one on, none, all, a window, all but a window. Boundaries
//! between the same two asked values have the same likelihood, so that the posterior over all boundaries, however wide the
//! range, is exact with one cell between neighbouring asked values. A cell stands for as many
//! boundaries as it is wide.
//!
//! Data flow: [`Points`] (outcomes by value) -> [`Posterior::new`] (cells, shapes, a likelihood for each pair of rates) ->
//! probabilities of [`Shape`]s, of the rates, and the information that a request with a value would give.

use crate::chance::distribution::{binary_entropy, normalise};
use crate::chance::rates::{Counts, Rates, grid};

/// A value is known beforehand to fail or to work: contradicting it costs this many nats, a thousand to one (judgement: what a
/// capture showed is good evidence, but five outcomes to the contrary are better).
const KNOWN: f64 = 7.0;

/// Outcomes at one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    /// The value.
    pub(crate) value: u64,
    /// What came back.
    pub(crate) counts: Counts,
    /// Whether it is known beforehand to fail (`Some(true)`) or to work.
    pub(crate) known_failing: Option<bool>,
}

/// The values that were asked, in rising order, within the range `low..=high`.
#[derive(Clone, Debug)]
pub(crate) struct Points {
    /// First value of the range.
    pub(crate) low: u64,
    /// Last value of the range.
    pub(crate) high: u64,
    /// Outcomes at values within the range, in rising order.
    pub(crate) list: Vec<Point>,
    /// Outcomes of controls.
    pub(crate) controls: Counts,
}

impl Points {
    /// The point of a value, made where there is none.
    pub(crate) fn at(&mut self, value: u64) -> &mut Point {
        let index = match self.list.binary_search_by_key(&value, |point| point.value) {
            Ok(index) => index,
            Err(index) => {
                self.list.insert(index, Point { value, counts: Counts::default(), known_failing: None });
                index
            }
        };
        &mut self.list[index]
    }

    /// The first values of the upper side that lie in a cell: cell 0 is below the first point, cell k behind the k-th.
    /// The cell is empty where the first is greater than the second.
    pub(crate) fn cuts(&self, cell: usize) -> (u64, u64) {
        let before = cell.checked_sub(1).and_then(|index| self.list.get(index));
        let lowest = before.map_or(self.low, |point| point.value).saturating_add(1);
        (lowest, self.list.get(cell).map_or(self.high, |point| point.value))
    }

    /// How many boundaries lie in a cell.
    pub(crate) fn width(&self, cell: usize) -> u64 {
        let (first, last) = self.cuts(cell);
        last.saturating_add(1).saturating_sub(first)
    }
}

/// How likely shapes are before anything was asked. They need not sum to 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Prior {
    /// Values below a boundary fail.
    pub(crate) below: f64,
    /// Values from a boundary on fail.
    pub(crate) above: f64,
    /// No value fails.
    pub(crate) none: f64,
    /// All values fail.
    pub(crate) all: f64,
    /// A window within the range fails.
    pub(crate) window: f64,
    /// All but a window fail.
    pub(crate) gap: f64,
}

/// Which values fail, up to where exactly in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// None.
    None,
    /// All.
    All,
    /// Those below a boundary in this cell.
    Below(usize),
    /// Those from a boundary in this cell on.
    Above(usize),
    /// Those between boundaries in these two cells.
    Window(usize, usize),
    /// Those not between boundaries in these two cells.
    Gap(usize, usize),
}

/// One shape with what the outcomes say about it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hypothesis {
    /// Which values fail.
    pub(crate) shape: Shape,
    /// Its probability.
    pub(crate) probability: f64,
    /// How many exact answers it stands for.
    pub(crate) width: f64,
    /// Points `from..to` lie between its boundaries.
    from: usize,
    to: usize,
    /// Whether the points outside are those that fail.
    inverted: bool,
    /// Probability that a request fails inside and outside of what fails, over all rates.
    inside: f64,
    outside: f64,
}

impl Hypothesis {
    fn fails_at(&self, index: usize) -> bool {
        (self.from..self.to).contains(&index) != self.inverted
    }

    fn new(shape: Shape, points: usize, width: f64) -> Self {
        let (from, to, inverted) = match shape {
            Shape::None => (0, 0, false),
            Shape::All => (0, points, false),
            Shape::Below(cell) => (0, cell, false),
            Shape::Above(cell) => (cell, points, false),
            Shape::Window(first, last) => (first, last, false),
            Shape::Gap(first, last) => (first, last, true),
        };
        Self { shape, probability: 0.0, width, from, to, inverted, inside: 0.0, outside: 0.0 }
    }
}

/// Everything that the outcomes say.
#[derive(Clone, Debug)]
pub(crate) struct Posterior {
    /// All shapes.
    pub(crate) hypotheses: Vec<Hypothesis>,
    /// Probability of each pair of rates.
    pub(crate) rates: Vec<(Rates, f64)>,
    /// Logarithm of the probability of all outcomes, times the sum of the prior.
    pub(crate) log_evidence: f64,
}

impl Posterior {
    /// The posterior of all shapes that have a prior.
    pub(crate) fn new(points: &Points, prior: &Prior) -> Self {
        let mut rates: Vec<(Rates, f64)> = grid().map(|rates| (rates, 0.0)).collect();
        let tables: Vec<Sums> = rates.iter().map(|(rates, _)| Sums::new(points, rates)).collect();
        let mut hypotheses = Vec::new();
        let mut logs = Vec::new();
        for (shape, width, log_prior) in shapes(points, prior) {
            let hypothesis = Hypothesis::new(shape, points.list.len(), width);
            logs.extend(tables.iter().map(|sums| log_prior + sums.log_likelihood(&hypothesis)));
            hypotheses.push(hypothesis);
        }
        let log_evidence = normalise(&mut logs);
        for (hypothesis, weights) in hypotheses.iter_mut().zip(logs.chunks_exact(rates.len())) {
            let (mut inside, mut outside, mut sum) = (0.0, 0.0, 0.0);
            for ((rates, total), weight) in rates.iter_mut().zip(weights) {
                inside += weight * rates.inside.fails;
                outside += weight * rates.outside.fails;
                sum += weight;
                *total += weight;
            }
            hypothesis.probability = sum;
            if sum > 0.0 {
                hypothesis.inside = inside / sum;
                hypothesis.outside = outside / sum;
            }
        }
        Self { hypotheses, rates, log_evidence }
    }

    /// For each point, the bits that one more request there says about which shape is true: the mutual information of
    /// its outcome and the shape (Lindley 1956).
    pub(crate) fn information(&self, points: &Points) -> Vec<f64> {
        let entropies: Vec<(f64, f64)> =
            self.hypotheses.iter().map(|h| (binary_entropy(h.inside), binary_entropy(h.outside))).collect();
        let at = |index: usize| {
            let (mut fails, mut known) = (0.0, 0.0);
            for (h, (inside, outside)) in self.hypotheses.iter().zip(&entropies) {
                let (rate, entropy) =
                    if h.fails_at(index) { (h.inside, inside) } else { (h.outside, outside) };
                fails += h.probability * rate;
                known += h.probability * entropy;
            }
            binary_entropy(fails) - known
        };
        (0..points.list.len()).map(at).collect()
    }

    /// Probability that a request at a point fails.
    pub(crate) fn fails(&self, index: usize) -> f64 {
        self.hypotheses
            .iter()
            .map(|h| h.probability * if h.fails_at(index) { h.inside } else { h.outside })
            .sum()
    }

    /// Probability that a boundary lies in each of the cells.
    pub(crate) fn by_cell(&self, cells: usize) -> Vec<f64> {
        let mut sums = vec![0.0; cells];
        for h in &self.hypotheses {
            let (first, second) = match h.shape {
                Shape::None | Shape::All => (None, None),
                Shape::Below(cell) | Shape::Above(cell) => (Some(cell), None),
                Shape::Window(first, last) | Shape::Gap(first, last) => (Some(first), Some(last)),
            };
            for cell in [first, second].into_iter().flatten() {
                sums[cell] += h.probability;
            }
        }
        sums
    }
}

/// All shapes with how many exact answers each stands for and the logarithm of its prior.
fn shapes(points: &Points, prior: &Prior) -> Vec<(Shape, f64, f64)> {
    let cells = points.list.len() + 1;
    let boundaries = points.high.saturating_sub(points.low).max(1) as f64;
    let mut list = Vec::new();
    let mut add = |shape, width: f64, of: f64, weight: f64| {
        if width > 0.0 && weight > 0.0 {
            list.push((shape, width, libm::log(weight * width / of)));
        }
    };
    add(Shape::None, 1.0, 1.0, prior.none);
    add(Shape::All, 1.0, 1.0, prior.all);
    for cell in 0..cells {
        let width = points.width(cell) as f64;
        add(Shape::Below(cell), width, boundaries, prior.below);
        add(Shape::Above(cell), width, boundaries, prior.above);
    }
    if prior.window > 0.0 || prior.gap > 0.0 {
        // A window that holds no asked value is not listed: nothing asked could show it.
        let pairs = (boundaries * (boundaries - 1.0) / 2.0).max(1.0);
        for first in 0..cells {
            for last in first + 1..cells {
                let width = points.width(first) as f64 * points.width(last) as f64;
                add(Shape::Window(first, last), width, pairs, prior.window);
                add(Shape::Gap(first, last), width, pairs, prior.gap);
            }
        }
    }
    list
}

/// For one pair of rates: sums over the points, so that the likelihood of any shape is a difference.
struct Sums {
    /// Of the first k points: how much better "fails" explains them than "works".
    failing: Vec<f64>,
    /// All points, controls and the prior of the rates, if no value fails.
    none: f64,
}

impl Sums {
    fn new(points: &Points, rates: &Rates) -> Self {
        let mut failing = Vec::with_capacity(points.list.len() + 1);
        failing.push(0.0);
        let mut none = rates.log_prior + points.controls.log_likelihood(rates.outside);
        let mut sum = 0.0;
        for point in &points.list {
            let works = point.counts.log_likelihood(rates.outside);
            let known = match point.known_failing {
                Some(true) => KNOWN,
                Some(false) => -KNOWN,
                None => 0.0,
            };
            none += works - if known > 0.0 { KNOWN } else { 0.0 };
            sum += point.counts.log_likelihood(rates.inside) - works + known;
            failing.push(sum);
        }
        Self { failing, none }
    }

    fn log_likelihood(&self, h: &Hypothesis) -> f64 {
        let between = self.failing[h.to] - self.failing[h.from];
        let all = self.failing.last().copied().unwrap_or(0.0);
        self.none + if h.inverted { all - between } else { between }
    }
}
