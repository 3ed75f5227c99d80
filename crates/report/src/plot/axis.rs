//! From values to positions along an axis, and where its ticks are.

use crate::{number, time};

/// How an axis lays out values.
#[derive(Clone, Debug, PartialEq)]
pub enum Axis {
    /// Equal distances for equal differences.
    Linear {
        /// Value at the start.
        low: f64,
        /// Value at the end.
        high: f64,
    },
    /// Equal distances for equal ratios; values below `low` are drawn at the start.
    Log {
        /// Value at the start, above zero.
        low: f64,
        /// Value at the end.
        high: f64,
    },
    /// Seconds since the epoch, labelled with the time of day in UTC.
    Time {
        /// First moment.
        low: f64,
        /// Last moment.
        high: f64,
    },
    /// One row for each name; value `i` is the middle of row `i`.
    Names(Vec<String>),
}

/// Spread (ratio of largest to smallest value) from which a logarithmic axis shows more.
const LOG_SPREAD: f64 = 100.0;

impl Axis {
    /// An axis for the amounts: logarithmic if their spread calls for it.
    #[must_use]
    pub fn amounts(values: impl IntoIterator<Item = f64>) -> Self {
        let (mut low, mut high, mut least_positive) = (f64::INFINITY, f64::NEG_INFINITY, f64::INFINITY);
        for v in values.into_iter().filter(|v| v.is_finite()) {
            low = low.min(v);
            high = high.max(v);
            if v > 0.0 {
                least_positive = least_positive.min(v);
            }
        }
        if low > high {
            return Self::Linear { low: 0.0, high: 1.0 };
        }
        if low >= 0.0 && high / least_positive >= LOG_SPREAD {
            let floor = if low > 0.0 { low } else { least_positive / 2.0 };
            return Self::Log { low: floor / 1.3, high: high * 1.3 };
        }
        let pad = if high > low { (high - low) * 0.05 } else { 1.0 };
        Self::Linear { low: low - pad, high: high + pad }
    }

    /// Times from first to last, in UTC or plain.
    #[must_use]
    pub fn times(low: f64, high: f64, clock: crate::Clock) -> Self {
        let high = if high > low { high } else { low + 1.0 };
        match clock {
            crate::Clock::Epoch | crate::Clock::OfDay => Self::Time { low, high },
            crate::Clock::Plain => Self::Linear { low, high },
        }
    }

    /// Position from 0 (start) to 1 (end), clamped.
    #[must_use]
    pub fn position(&self, value: f64) -> f64 {
        let position = match self {
            Self::Linear { low, high } | Self::Time { low, high } => (value - low) / (high - low),
            Self::Log { low, high } => (value.max(*low) / low).ln() / (high / low).ln(),
            // Rows are read from the top down.
            Self::Names(names) => 1.0 - (value + 0.5) / names.len().max(1) as f64,
        };
        if position.is_finite() { position.clamp(0.0, 1.0) } else { 0.0 }
    }

    /// Ticks: value and label, at most about `most`.
    #[must_use]
    pub fn ticks(&self, most: usize) -> Vec<(f64, String)> {
        match self {
            Self::Linear { low, high } => {
                steps(*low, *high, nice((high - low) / most as f64)).map(|v| (v, number::short(v))).collect()
            }
            Self::Time { low, high } => steps(*low, *high, nice_seconds((high - low) / most as f64))
                .map(|v| (v, time::of_day(v)))
                .collect(),
            Self::Log { low, high } => log_ticks(*low, *high),
            Self::Names(names) => names.iter().enumerate().map(|(i, n)| (i as f64, n.clone())).collect(),
        }
    }
}

/// Multiples of `step` from `low` to `high`; bounded, whatever the arguments.
fn steps(low: f64, high: f64, step: f64) -> impl Iterator<Item = f64> {
    let first = (low / step).ceil();
    (0..100).map(move |i| (first + f64::from(i)) * step).take_while(move |v| *v <= high)
}

/// The next of 1, 2 and 5 times a power of ten.
fn nice(rough: f64) -> f64 {
    if !rough.is_finite() || rough <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(rough.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|f| f * power >= rough).unwrap_or(10.0);
    factor * power
}

/// The next length of time that suits a clock.
fn nice_seconds(rough: f64) -> f64 {
    const STEPS: [f64; 17] = [
        1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 14_400.0,
        21_600.0, 43_200.0,
    ];
    let days = || nice(rough / 86_400.0).max(1.0) * 86_400.0;
    STEPS.into_iter().find(|s| *s >= rough).unwrap_or_else(days)
}

fn log_ticks(low: f64, high: f64) -> Vec<(f64, String)> {
    let decades = (high / low).log10();
    let factors: &[f64] = if decades < 2.5 { &[1.0, 2.0, 5.0] } else { &[1.0] };
    let mut power = 10_f64.powf(low.log10().floor());
    let mut ticks = Vec::new();
    while power <= high && ticks.len() < 60 {
        let inside = factors.iter().map(|f| f * power).filter(|v| (low..=high).contains(v));
        ticks.extend(inside.map(|v| (v, number::short(v))));
        power *= 10.0;
    }
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_spread_gets_a_logarithmic_axis_and_a_narrow_one_does_not() {
        assert!(matches!(Axis::amounts([11.0, 421.0, 60_000.0]), Axis::Log { .. }));
        assert!(matches!(Axis::amounts([61.0, 64.0]), Axis::Linear { .. }));
        assert!(matches!(Axis::amounts([-5.0, 60_000.0]), Axis::Linear { .. }));
        assert!(matches!(Axis::amounts([0.0, 0.01, 60.0]), Axis::Log { .. }));
        assert_eq!(Axis::amounts([f64::NAN]), Axis::Linear { low: 0.0, high: 1.0 });
    }

    #[test]
    fn positions_keep_the_order_and_stay_inside() {
        for axis in [Axis::amounts([1.0, 1e5]), Axis::amounts([1.0, 5.0]), Axis::amounts([3.0])] {
            let positions: Vec<f64> = [-1e9, 1.0, 3.0, 5.0, 1e9].iter().map(|v| axis.position(*v)).collect();
            assert!(positions.is_sorted(), "{axis:?}: {positions:?}");
            assert!(positions.iter().all(|p| (0.0..=1.0).contains(p)));
        }
        assert_eq!(Axis::Names(vec!["a".into(), "b".into()]).position(0.0).to_bits(), 0.75_f64.to_bits());
    }

    #[test]
    fn ticks_are_round_and_bounded_whatever_the_range() {
        let labels = |axis: Axis| axis.ticks(6).into_iter().map(|t| t.1).collect::<Vec<_>>();
        assert_eq!(labels(Axis::Linear { low: 0.0, high: 10.0 }), ["0", "2", "4", "6", "8", "10"]);
        assert_eq!(labels(Axis::Log { low: 8.0, high: 70_000.0 }), ["10", "100", "1000", "10000"]);
        assert_eq!(
            labels(Axis::Time { low: 0.0, high: 120.0 }).first().map(String::as_str),
            Some("00:00:00")
        );
        assert!(Axis::Linear { low: 0.0, high: f64::MAX }.ticks(6).len() <= 100);
        assert!(Axis::Linear { low: 1e18, high: 1e18 }.ticks(6).len() <= 100);
    }
}
