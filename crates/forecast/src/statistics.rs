//! The statistics of a sweep: shares, differences of paired shares, waiting times.
//!
//! One pure function per method; all intervals are at 95 %. Roots, logarithms and powers come
//! from `libm`, so that every machine prints the same digits.

use unanswered_time::Span;

/// The standard normal quantile of 97.5 %, for intervals at 95 %.
const Z: f64 = 1.959_963_984_540_054;

/// Ends of a confidence interval at 95 %.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShareInterval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Ends of a confidence interval of a time at 95 %; an end that was not reached is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeInterval {
    /// Lower end.
    pub low: Option<Span>,
    /// Upper end.
    pub high: Option<Span>,
}

/// A part of a whole, as counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// The part.
    pub part: u64,
    /// All of them.
    pub all: u64,
}

impl Share {
    /// The share itself; 0 for an empty whole.
    #[must_use]
    pub fn value(self) -> f64 {
        if self.all == 0 { 0.0 } else { self.part as f64 / self.all as f64 }
    }

    /// Its interval, see [`wilson`].
    #[must_use]
    pub fn interval(self) -> ShareInterval {
        wilson(self)
    }
}

/// The score interval of a share (Wilson 1927, "Probable inference").
///
/// Assumes that each of the `all` is independent of the others and equally likely to be one of the
/// `part`: true of runs with different seeds. For an empty whole it is 0 to 1. Its coverage swings around
/// 95 % (Brown, Cai and DasGupta 2001) and falls below 90 % only for shares near 0 and 1 that are
/// rarer than about one in `all`.
#[must_use]
pub fn wilson(share: Share) -> ShareInterval {
    if share.all == 0 {
        return ShareInterval { low: 0.0, high: 1.0 };
    }
    let (n, p, z2) = (share.all as f64, share.value(), Z * Z);
    let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z / (1.0 + z2 / n) * libm::sqrt(p * (1.0 - p) / n + z2 / (4.0 * n * n));
    // The ends for "none" and "all" are exact in the formula, but not in its rounding.
    let low = if share.part == 0 { 0.0 } else { (middle - half).max(0.0) };
    let high = if share.part >= share.all { 1.0 } else { (middle + half).min(1.0) };
    ShareInterval { low, high }
}

/// Pairs of runs (with the same seed) by whether something showed in the first and in the second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pairs {
    /// In both.
    pub both: u64,
    /// Only in the first.
    pub first: u64,
    /// Only in the second.
    pub second: u64,
    /// In neither.
    pub neither: u64,
}

impl Pairs {
    /// The first share minus the second one.
    #[must_use]
    pub fn difference(self) -> f64 {
        let all = self.both + self.first + self.second + self.neither;
        Share { part: self.first, all }.value() - Share { part: self.second, all }.value()
    }
}

/// The interval of a difference of paired shares, first minus second (Newcombe 1998, "Improved
/// confidence intervals ... paired data", method 10): the score intervals of the two shares, joined
/// with their correlation.
///
/// Assumes that pairs are independent of each other. For no pairs it is -1 to 1.
#[must_use]
pub fn newcombe(pairs: Pairs) -> ShareInterval {
    let Pairs { both, first, second, neither } = pairs;
    let all = both + first + second + neither;
    if all == 0 {
        return ShareInterval { low: -1.0, high: 1.0 };
    }
    let (one, two) = (Share { part: both + first, all }, Share { part: both + second, all });
    let (a, b) = (one.interval(), two.interval());
    let (p, q) = (one.value(), two.value());
    let phi = correlation(pairs);
    let joined = |x: f64, y: f64| libm::sqrt((x * x - 2.0 * phi * x * y + y * y).max(0.0));
    ShareInterval {
        low: (p - q - joined(p - a.low, b.high - q)).max(-1.0),
        high: (p - q + joined(a.high - p, q - b.low)).min(1.0),
    }
}

/// The correlation in Newcombe's method 10: phi, with a continuity correction where it is positive.
fn correlation(pairs: Pairs) -> f64 {
    let [a, b, c, d] = [pairs.both, pairs.first, pairs.second, pairs.neither].map(|n| n as f64);
    let below = (a + b) * (c + d) * (a + c) * (b + d);
    if below <= 0.0 {
        return 0.0;
    }
    let above = a * d - b * c;
    let corrected = if above > 0.0 { (above - (a + b + c + d) / 2.0).max(0.0) } else { above };
    corrected / libm::sqrt(below)
}

/// How long something took to happen, or how long it was awaited in vain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WaitingTime {
    /// The time.
    pub time: Span,
    /// Whether it happened then; `false`: it had not happened until then.
    pub happened: bool,
}

/// A step of a waiting-time curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurveStep {
    /// When.
    pub time: Span,
    /// The share in which it has happened by then.
    pub share: f64,
    /// Interval of that share.
    pub interval: ShareInterval,
}

/// The share in which something has happened by each time (Kaplan and Meier 1958, one minus their
/// survival curve), one step for each time at which it happened.
///
/// What was awaited in vain for some time counts as "could still happen" until then. Assumes that
/// the end of waiting says nothing about what would have come after. The interval is that of the
/// log-minus-log transformation (Kalbfleisch and Prentice 1980) of Greenwood's variance; where the
/// share is 1 it has no width, and for one observation it is meaningless.
#[must_use]
pub fn kaplan_meier(waits: &[WaitingTime]) -> Vec<CurveStep> {
    let mut sorted = waits.to_vec();
    // At equal times, what happened comes before what ended in vain.
    sorted.sort_by_key(|wait| (wait.time, !wait.happened));
    let mut steps = Vec::new();
    let (mut survival, mut variance, mut passed) = (1.0_f64, 0.0_f64, 0);
    for same in sorted.chunk_by(|a, b| a.time == b.time) {
        let at_risk = (sorted.len() - passed) as f64;
        let events = same.iter().filter(|wait| wait.happened).count() as f64;
        passed += same.len();
        if events > 0.0 {
            survival *= 1.0 - events / at_risk;
            variance += events / (at_risk * (at_risk - events));
            let interval = log_log(survival, variance);
            steps.push(CurveStep { time: same[0].time, share: 1.0 - survival, interval });
        }
    }
    steps
}

/// The interval of one minus a survival probability.
fn log_log(survival: f64, variance: f64) -> ShareInterval {
    if survival <= 0.0 {
        return ShareInterval { low: 1.0, high: 1.0 };
    }
    let log = libm::log(survival);
    let width = libm::exp(Z * libm::sqrt(variance) / -log);
    ShareInterval { low: 1.0 - libm::exp(log / width), high: 1.0 - libm::exp(log * width) }
}

/// The time by which it has happened in the given share: the first step that reaches it.
#[must_use]
pub fn quantile(steps: &[CurveStep], share: f64) -> Option<Span> {
    // A share of 1 - (1 - 1/4) is not quite 1/4.
    const ROUNDING: f64 = 1e-12;
    steps.iter().find(|step| step.share + ROUNDING >= share).map(|step| step.time)
}

/// The interval of [`quantile`] (Brookmeyer and Crowley 1982): the times at which the ends of the
/// curve's interval reach the share. `None` for an end that was not reached.
#[must_use]
pub fn quantile_interval(steps: &[CurveStep], share: f64) -> TimeInterval {
    let first =
        |end: &dyn Fn(&CurveStep) -> f64| steps.iter().find(|step| end(step) >= share).map(|step| step.time);
    TimeInterval { low: first(&|step| step.interval.high), high: first(&|step| step.interval.low) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unanswered_world::streams::Stream;

    fn close(interval: ShareInterval, low: f64, high: f64) {
        assert!((interval.low - low).abs() < 5e-5 && (interval.high - high).abs() < 5e-5, "{interval:?}");
    }

    #[test]
    fn score_intervals_are_the_published_ones() {
        // Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3.
        close(wilson(Share { part: 81, all: 263 }), 0.2553, 0.3662);
        close(wilson(Share { part: 15, all: 148 }), 0.0624, 0.1605);
        close(wilson(Share { part: 0, all: 20 }), 0.0, 0.1611);
        close(wilson(Share { part: 1, all: 29 }), 0.0061, 0.1718);
        close(wilson(Share { part: 0, all: 0 }), 0.0, 1.0);
        assert!(wilson(Share { part: 1, all: 1 }).high >= 1.0);
    }

    #[test]
    fn score_intervals_cover_the_truth_in_about_95_percent() {
        // Exact: the sum of the binomial probabilities whose interval holds the true share.
        let all = 60_u64;
        let mut total = 0.0;
        for percent in 5..=95 {
            let p = f64::from(percent) / 100.0;
            let mut probability = libm::pow(1.0 - p, all as f64);
            let mut covered = 0.0;
            for part in 0..=all {
                let interval = wilson(Share { part, all });
                covered += if (interval.low..=interval.high).contains(&p) { probability } else { 0.0 };
                probability *= (all - part) as f64 / (part + 1) as f64 * p / (1.0 - p);
            }
            assert!(covered > 0.91, "{covered} at {p}");
            total += covered / 91.0;
        }
        assert!((0.94..0.96).contains(&total), "{total}");
    }

    #[test]
    fn paired_differences_are_the_published_ones() {
        // Newcombe 1998, paired data, table II: 36, 12, 2, 0 gives 0.0569 to 0.3404 by method 10.
        let pairs = Pairs { both: 36, first: 12, second: 2, neither: 0 };
        close(newcombe(pairs), 0.0569, 0.3404);
        assert!((pairs.difference() - 0.2).abs() < 1e-12);
        close(newcombe(Pairs::default()), -1.0, 1.0);
        let none = newcombe(Pairs { neither: 10, ..Pairs::default() });
        assert!((none.low + none.high).abs() < 1e-12, "{none:?}");
    }

    #[test]
    fn paired_differences_cover_the_truth_in_about_95_percent() {
        let mut stream = Stream::new(5, &["pairs"]);
        let covered = (0..2000).filter(|_| {
            let mut pairs = Pairs::default();
            for _ in 0..80 {
                // 0.30 against 0.10 with 0.08 in both: the true difference is 0.2.
                match stream.unit() {
                    u if u < 0.08 => pairs.both += 1,
                    u if u < 0.30 => pairs.first += 1,
                    u if u < 0.32 => pairs.second += 1,
                    _ => pairs.neither += 1,
                }
            }
            let interval = newcombe(pairs);
            (interval.low..=interval.high).contains(&0.2)
        });
        // 0.95 in 2000 draws has a standard error of 0.005; four of them, and 0.01 for the method.
        let share = covered.count() as f64 / 2000.0;
        assert!((0.92..0.98).contains(&share), "{share}");
    }

    fn wait(seconds: i64, happened: bool) -> WaitingTime {
        WaitingTime { time: Span::from_seconds(seconds), happened }
    }

    #[test]
    fn waiting_times_without_a_cut_are_the_plain_shares() {
        let steps = kaplan_meier(&[3, 1, 2, 4].map(|seconds| wait(seconds, true)));
        let shares: Vec<f64> = steps.iter().map(|step| (step.share * 1e9).round() / 1e9).collect();
        assert_eq!(format!("{shares:?}"), "[0.25, 0.5, 0.75, 1.0]");
        assert_eq!(quantile(&steps, 0.5), Some(Span::from_seconds(2)));
        assert_eq!(quantile(&steps, 0.25), Some(Span::from_seconds(1)));
    }

    #[test]
    fn waiting_times_with_a_cut_are_the_published_ones() {
        // The 6-MP arm of the leukaemia trial (Freireich 1963; Kalbfleisch and Prentice, table 1.2):
        // survival 0.857 at 6, 0.807 at 7, 0.753 at 10, 0.448 at 23 weeks; median 23.
        let happened = [6, 6, 6, 7, 10, 13, 16, 22, 23].map(|t| wait(t, true));
        let cut = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35].map(|t| wait(t, false));
        let steps = kaplan_meier(&[&happened[..], &cut[..]].concat());
        let survival =
            |t: i64| steps.iter().find(|step| step.time == Span::from_seconds(t)).map(|s| 1.0 - s.share);
        for (time, expected) in [(6, 0.857), (7, 0.807), (10, 0.753), (23, 0.448)] {
            assert!((survival(time).unwrap() - expected).abs() < 5e-4, "{time}: {:?}", survival(time));
        }
        assert_eq!(quantile(&steps, 0.5), Some(Span::from_seconds(23)));
        assert_eq!(quantile(&steps, 0.75), None);
        // Log-minus-log limits of the survival at 6 weeks, as R's survfit gives them: 0.620 to 0.952.
        let first = steps[0].interval;
        assert!(
            (1.0 - first.high - 0.620).abs() < 5e-4 && (1.0 - first.low - 0.952).abs() < 5e-4,
            "{first:?}"
        );
        let median = TimeInterval { low: Some(Span::from_seconds(13)), high: None };
        assert_eq!(quantile_interval(&steps, 0.5), median);
    }

    #[test]
    fn waiting_times_of_nothing_and_of_one_run_are_no_error() {
        assert_eq!(kaplan_meier(&[]), []);
        assert_eq!(kaplan_meier(&[wait(5, false)]), []);
        assert_eq!(quantile(&kaplan_meier(&[wait(5, true)]), 0.5), Some(Span::from_seconds(5)));
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn cut_waiting_times_are_not_biased() {
        // Exponential waits with mean 1000 s, cut at exponential times with mean 1500 s: the share by
        // 500 s is 1 - exp(-0.5) = 0.3935.
        let mut stream = Stream::new(9, &["cuts"]);
        let (rounds, runs) = (400, 60);
        let mut covered = 0;
        let mut mean = 0.0;
        for _ in 0..rounds {
            let waits: Vec<WaitingTime> = (0..runs)
                .map(|_| {
                    let time = stream.exponential_span(Span::from_seconds(1000));
                    let cut = stream.exponential_span(Span::from_seconds(1500));
                    WaitingTime { time: time.min(cut), happened: time <= cut }
                })
                .collect();
            let steps = kaplan_meier(&waits);
            let last = steps.iter().take_while(|step| step.time <= Span::from_seconds(500)).last().unwrap();
            mean += last.share / f64::from(rounds);
            covered += u32::from((last.interval.low..=last.interval.high).contains(&0.393_469));
        }
        // Standard error of one estimate: below 0.07, of the mean below 0.0035; five of them.
        assert!((mean - 0.393_469).abs() < 0.0175, "{mean}");
        // 0.95 of 400 has a standard error of 4.4; five of them.
        assert!((358..=400).contains(&covered), "{covered}");
    }
}
