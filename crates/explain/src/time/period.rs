//! Recurring windows: failures folded onto candidate periods.

use crate::search::score::{Scorer, Tally};

/// Bins of one period.
const BINS: usize = 60;
/// Periods that people and machines choose, in seconds.
const ROUND: [f64; 22] = [
    2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 60.0, 90.0, 120.0, 180.0, 240.0, 300.0, 600.0, 900.0, 1200.0, 1800.0,
    3600.0, 7200.0, 14400.0, 21600.0, 43200.0, 86400.0,
];

/// A period whose phase tells failures apart better than chance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Folded {
    /// Length of the period.
    pub(crate) every: f64,
    /// Phase at which the quietest stretch lies: fold from here, so that no window wraps around.
    pub(crate) origin: f64,
    /// Log-likelihood ratio of the best window.
    pub(crate) ratio: f64,
}

/// The best period, if any fits: at least three periods must lie in the data, and failures in at
/// least three of them. A multiple of a period fits as well as the period, so the shortest within
/// 2 % of the best ratio is taken.
#[must_use]
pub(crate) fn fold(times: &[f64], failed: &[bool]) -> Option<Folded> {
    let (first, last) = (*times.first()?, *times.last()?);
    let duration = last - first;
    let n = u32::try_from(times.len()).ok()?;
    let f = u32::try_from(failed.iter().filter(|&&x| x).count()).ok()?;
    if f < 8 || n - f < 8 {
        return None;
    }
    let scorer = Scorer::new(Tally { n, f });
    let mut candidates: Vec<f64> = ROUND.to_vec();
    candidates.extend(burst_spacing(times, failed));
    let folded: Vec<Folded> = candidates
        .into_iter()
        .filter(|&every| every * 3.0 <= duration)
        .filter_map(|every| fold_on(times, failed, every, &scorer))
        .collect();
    let best = folded.iter().map(|x| x.ratio).fold(0.0, f64::max);
    folded
        .into_iter()
        .filter(|x| x.ratio >= 0.98 * best && x.ratio > 0.0)
        .min_by(|a, b| a.every.total_cmp(&b.every))
}

/// Median distance between the beginnings of bursts of failures: a candidate for periods that are not round.
fn burst_spacing(times: &[f64], failed: &[bool]) -> Option<f64> {
    let fails: Vec<f64> = times.iter().zip(failed).filter(|(_, f)| **f).map(|(t, _)| *t).collect();
    let mut gaps: Vec<f64> = fails.windows(2).map(|w| w[1] - w[0]).collect();
    gaps.sort_unstable_by(f64::total_cmp);
    let long = gaps.get(gaps.len().saturating_sub(3))? * 0.5;
    let mut starts = vec![*fails.first()?];
    starts.extend(fails.windows(2).filter(|w| w[1] - w[0] > long).map(|w| w[1]));
    let mut spacing: Vec<f64> = starts.windows(2).map(|w| w[1] - w[0]).collect();
    spacing.sort_unstable_by(f64::total_cmp);
    spacing.get(spacing.len() / 2).copied().filter(|s| *s > 0.0 && spacing.len() >= 2)
}

fn fold_on(times: &[f64], failed: &[bool], every: f64, scorer: &Scorer) -> Option<Folded> {
    let mut bins = [Tally::default(); BINS];
    let mut periods: Vec<i64> = Vec::new();
    for (&t, &f) in times.iter().zip(failed) {
        let turns = t / every;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a phase lies in 0..1")]
        let bin = ((turns - turns.floor()) * BINS as f64) as usize;
        bins[bin.min(BINS - 1)] = bins[bin.min(BINS - 1)].plus(Tally { n: 1, f: u32::from(f) });
        if f {
            #[expect(clippy::cast_possible_truncation, reason = "a count of periods")]
            let turn = turns.floor() as i64;
            if periods.last() != Some(&turn) {
                periods.push(turn);
            }
        }
    }
    if periods.len() < 3 {
        return None;
    }
    let mut best: Option<(f64, usize, usize)> = None;
    for from in 0..BINS {
        let mut sum = Tally::default();
        for length in 1..BINS {
            sum = sum.plus(bins[(from + length - 1) % BINS]);
            let ratio = scorer.ratio(sum);
            if best.is_none_or(|b| ratio > b.0 + 1e-9) {
                best = Some((ratio, from, length));
            }
        }
    }
    let (ratio, from, length) = best?;
    // The middle of the quiet stretch opposite the window.
    let quiet = (from + length) as f64 + (BINS - length) as f64 / 2.0;
    Some(Folded { every, origin: quiet / BINS as f64 * every % every, ratio })
}

/// Phase of a time, folded from the origin: 0 up to the period.
#[must_use]
pub(crate) fn phase(time: f64, folded: &Folded) -> f64 {
    (time - folded.origin).rem_euclid(folded.every)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_in_each_minute_is_found() {
        let times: Vec<f64> = (0..3000).map(|i| f64::from(i) * 0.37 + 1e9).collect();
        let failed: Vec<bool> = times.iter().map(|t| (25.0..35.0).contains(&(t % 60.0))).collect();
        let folded = fold(&times, &failed).expect("a period");
        assert!((folded.every - 60.0).abs() < 1e-9, "{folded:?}");
        let inside: Vec<f64> =
            times.iter().zip(&failed).filter(|(_, f)| **f).map(|(t, _)| phase(*t, &folded)).collect();
        let span =
            inside.iter().fold(0.0f64, |a, &b| a.max(b)) - inside.iter().fold(60.0f64, |a, &b| a.min(b));
        assert!(span < 10.1, "the window does not wrap: {span}");
    }

    #[test]
    fn a_single_outage_has_no_period() {
        let times: Vec<f64> = (0..3000).map(f64::from).collect();
        let failed: Vec<bool> = times.iter().map(|t| (1000.0..1040.0).contains(t)).collect();
        // All failures, forty in a row, weigh about 168 nats; what short periods make of them is chance.
        let ratio = fold(&times, &failed).map_or(0.0, |f| f.ratio);
        assert!(ratio < 15.0, "{ratio}");
    }
}
