//! All hypotheses about a limit, and what the outcomes leave of them.
//!
//! Data flow: [`Beliefs::take`] replays each request under each hypothesis; [`Beliefs::settle`], after each plan, forgets what is far too
//! unlikely, lays a finer grid of rates where few are left (and replays everything on it), and sums up by family.

use super::replay::{Kind, Replay, Seen};
use crate::chance::distribution::{central, entropy, normalise};
use crate::chance::rates::Chance;
use unanswered_forecast::statistics::ShareInterval;

/// Slowest and fastest rate that is tried, tokens a second.
const ALL_RATES: ShareInterval = ShareInterval { low: 0.1, high: 100.0 };
/// Rates that are tried at a time.
const GRID: usize = 56;
/// Hypotheses that are so many nats worse than the best are forgotten.
const FORGOTTEN: f64 = 18.0;
/// A finer grid reaches so far beyond what the coarser one left, at least: the truth lies between two of its rates, and either may fit
/// badly.
const REFINED: f64 = 1.35;
/// Loss beside the limit, and how likely each is beforehand (judgement; with more of them nothing changed but the time it took).
const LOSS: [(f64, f64); 2] = [(0.01, 0.6), (0.06, 0.4)];

/// The kinds, without their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    None,
    Bucket,
    Paying,
    Open,
}

const FAMILIES: [Family; 4] = [Family::None, Family::Bucket, Family::Paying, Family::Open];

const fn family(kind: Kind) -> Family {
    match kind {
        Kind::None => Family::None,
        Kind::Bucket { all_pay: false, .. } => Family::Bucket,
        Kind::Bucket { all_pay: true, .. } => Family::Paying,
        Kind::Open { .. } => Family::Open,
    }
}

/// The numbers of one family.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbers {
    pub(super) probability: f64,
    pub(super) rate: ShareInterval,
    pub(super) depth: ShareInterval,
}

/// What is known.
#[derive(Clone, Debug)]
pub(super) struct Beliefs {
    hypotheses: Vec<Replay>,
    seen: Vec<Seen>,
    /// Whether requests stay open.
    held: bool,
    largest_burst: f64,
    spacing: f64,
    standing: [(Family, Numbers); 4],
    /// Room for `Replay::note`.
    room: Vec<(f64, f64)>,
}

impl Beliefs {
    /// Nothing seen yet; `spacing` in seconds.
    pub(super) fn new(held: bool, largest_burst: u32, spacing: f64) -> Self {
        let nothing = Numbers {
            probability: 0.0,
            rate: ShareInterval { low: 0.0, high: 0.0 },
            depth: ShareInterval { low: 0.0, high: 0.0 },
        };
        let mut beliefs = Self {
            hypotheses: Vec::new(),
            seen: Vec::new(),
            held,
            largest_burst: f64::from(largest_burst),
            spacing,
            standing: FAMILIES.map(|family| (family, nothing)),
            room: Vec::new(),
        };
        let depths = ShareInterval { low: 1.0, high: beliefs.largest_burst };
        beliefs.hypotheses = beliefs.grid([ALL_RATES; 2], depths);
        beliefs.sum_up();
        beliefs
    }

    /// The requests so far.
    pub(super) fn last(&self) -> Option<Seen> {
        self.seen.last().copied()
    }

    /// After a plan: forgets, refines and sums up.
    pub(super) fn settle(&mut self) {
        self.prune();
        self.sum_up();
        self.refine();
    }

    /// All families with their numbers.
    pub(super) const fn standing(&self) -> &[(Family, Numbers); 4] {
        &self.standing
    }

    /// The likeliest family.
    pub(super) fn likeliest(&self) -> (Family, Numbers) {
        let [first, rest @ ..] = self.standing;
        rest.into_iter()
            .fold(first, |best, next| if next.1.probability > best.1.probability { next } else { best })
    }

    /// Probability that dropped requests pay.
    pub(super) fn paying(&self) -> f64 {
        self.standing.iter().filter(|(family, _)| *family == Family::Paying).map(|(_, n)| n.probability).sum()
    }

    /// Bits that are unknown, over all hypotheses of the grid.
    pub(super) fn bits(&self) -> f64 {
        let mut logs: Vec<f64> = self.hypotheses.iter().map(|replay| replay.log).collect();
        normalise(&mut logs);
        entropy(logs)
    }

    fn sum_up(&mut self) {
        let mut logs: Vec<f64> = self.hypotheses.iter().map(|replay| replay.log).collect();
        normalise(&mut logs);
        self.standing = FAMILIES.map(|family| (family, self.numbers(family, &logs)));
    }

    /// Hypotheses for these rates and depths, nothing seen yet. The rates are those of buckets into which only requests pay that pass,
    /// and of those into which all do: the same outcomes mean different rates.
    fn grid(&self, rates: [ShareInterval; 2], depths: ShareInterval) -> Vec<Replay> {
        let rate_at = |of: &ShareInterval, index: usize| {
            let (low, high) = (of.low.max(1e-3), of.high.max(1.1e-3));
            low * libm::exp(libm::log(high / low) * index as f64 / (GRID - 1) as f64)
        };
        let mut kinds: Vec<(Kind, f64)> = vec![(Kind::None, 0.3)];
        let mut depth = depths.low;
        let count = self.largest_burst;
        while depth <= depths.high {
            // Whether dropped requests pay does not matter where they are held open: the question is then which of the two limits it is.
            let kinds_of_pay = [(&rates[0], false, 0.4), (&rates[1], true, 0.1)];
            for (of, all_pay, prior) in kinds_of_pay.into_iter().take(if self.held { 1 } else { 2 }) {
                // The prior of a rate is that of the whole range, however fine the grid is.
                let share = libm::log(of.high / of.low) / libm::log(ALL_RATES.high / ALL_RATES.low);
                for rate in (0..GRID).map(|index| rate_at(of, index)) {
                    // One that lets the largest burst through is no limit that can be met.
                    let passes = depth + rate * self.spacing * self.largest_burst;
                    if passes <= self.largest_burst - 2.0 {
                        let each = prior * share / (count * GRID as f64);
                        kinds.push((Kind::Bucket { rate, depth, all_pay }, each));
                    }
                }
            }
            if self.held && depth < self.largest_burst - 1.0 {
                kinds.push((Kind::Open { limit: depth }, 0.4 / count));
            }
            depth += 1.0;
        }
        kinds
            .into_iter()
            .flat_map(|(kind, prior)| {
                let log = libm::log(prior);
                LOSS.iter().map(move |(rate, before)| {
                    Replay::new(kind, Chance::new(*rate), log + libm::log(*before))
                })
            })
            .collect()
    }

    /// Takes one request.
    pub(super) fn take(&mut self, seen: Seen) {
        self.seen.push(seen);
        for replay in &mut self.hypotheses {
            replay.note(seen, &mut self.room);
        }
    }

    fn prune(&mut self) {
        let best = self.hypotheses.iter().map(|replay| replay.log).fold(f64::NEG_INFINITY, f64::max);
        self.hypotheses.retain(|replay| replay.log > best - FORGOTTEN);
    }

    /// Where few rates of the grid are left, a finer one around them is replayed from the beginning.
    fn refine(&mut self) {
        let (family, numbers) = self.likeliest();
        let limited = matches!(family, Family::Bucket | Family::Paying);
        let mut rates: Vec<f64> = self
            .hypotheses
            .iter()
            .filter(|replay| self::family(replay.kind) == family)
            .filter_map(|replay| match replay.kind {
                Kind::Bucket { rate, .. } => Some(rate),
                Kind::None | Kind::Open { .. } => None,
            })
            .filter(|rate| (numbers.rate.low..=numbers.rate.high).contains(rate))
            .collect();
        rates.sort_by(f64::total_cmp);
        rates.dedup();
        if !limited || rates.len() > 8 {
            return;
        }
        let wider = libm::pow(numbers.rate.high / numbers.rate.low, 0.5).max(REFINED);
        let rate = ShareInterval { low: numbers.rate.low / wider, high: numbers.rate.high * wider };
        let depth = ShareInterval {
            low: (numbers.depth.low - 3.0).max(1.0),
            high: (numbers.depth.high + 3.0).min(self.largest_burst),
        };
        let rates = if family == Family::Bucket { [rate, ALL_RATES] } else { [ALL_RATES, rate] };
        self.hypotheses = self.grid(rates, depth);
        for seen in self.seen.clone() {
            for replay in &mut self.hypotheses {
                replay.note(seen, &mut self.room);
            }
        }
        self.prune();
        self.sum_up();
    }

    fn numbers(&self, of: Family, weights: &[f64]) -> Numbers {
        let (mut rates, mut depths) = (Vec::new(), Vec::new());
        for (replay, weight) in
            self.hypotheses.iter().zip(weights).filter(|(r, w)| **w > 0.0 && family(r.kind) == of)
        {
            let (rate, depth) = match replay.kind {
                Kind::None => (0.0, 0.0),
                Kind::Bucket { rate, depth, .. } => (rate, depth),
                Kind::Open { limit } => (0.0, limit),
            };
            rates.push((rate, *weight));
            depths.push((depth, *weight));
        }
        let probability = rates.iter().map(|(_, weight)| weight).sum();
        let interval = |mut list: Vec<(f64, f64)>| {
            list.sort_by(|a, b| a.0.total_cmp(&b.0));
            let (values, weights): (Vec<f64>, Vec<f64>) = list.into_iter().unzip();
            central(&values, &weights)
        };
        Numbers { probability, rate: interval(rates), depth: interval(depths) }
    }
}
