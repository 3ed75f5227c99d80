//! The best threshold on something that a mechanism's state says of each request, and how exactly it is known.

use super::judge::{Estimate, Judge, TOLERANCE};
use crate::search::score::Tally;
use unanswered_table::MISSING;

/// A threshold: requests with a greater value are predicted to fail.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Threshold {
    /// Greatest value that is not predicted to fail.
    pub(super) outside: f64,
    /// Least value that is.
    pub(super) inside: f64,
    /// Least `outside` of the thresholds that explain the data nearly as well.
    pub(super) low: f64,
    /// Greatest `inside` of them.
    pub(super) high: f64,
    /// Log-likelihood ratio, nats.
    pub(super) ratio: f64,
    /// Places where the outcome changes: how many thresholds could have been best.
    pub(super) places: usize,
}

impl Threshold {
    /// The threshold as a number between the two values next to it.
    pub(super) const fn between(&self) -> Estimate {
        Estimate { value: f64::midpoint(self.outside, self.inside), low: self.low, high: self.high }
    }

    /// The threshold as the least whole number that fails.
    pub(super) fn whole(&self) -> Estimate {
        Estimate { value: self.inside, low: self.low + 1.0, high: self.high }
    }

    /// What it costs to say the threshold, nats.
    pub(super) fn price(&self) -> f64 {
        (self.places.max(1) as f64).ln()
    }
}

/// Values with what the requests at each of them tally, greatest value first.
pub(super) type Groups = Vec<(f64, Tally)>;

/// Groups of the counted requests by value. Requests whose value is not a number are never predicted to fail and are left out.
pub(super) fn groups(values: &[f64], judge: &Judge<'_>) -> Groups {
    let history = judge.history;
    let mut rows: Vec<(f64, bool)> = values
        .iter()
        .enumerate()
        .filter(|(row, value)| history.counted[*row] && !value.is_nan())
        .map(|(row, &value)| (value, history.failed[row]))
        .collect();
    rows.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let mut groups: Groups = Vec::new();
    for (value, failed) in rows {
        let one = Tally { n: 1, f: u32::from(failed) };
        match groups.last_mut() {
            Some((last, tally)) if last.total_cmp(&value).is_eq() => *tally = tally.plus(one),
            Some(_) | None => groups.push((value, one)),
        }
    }
    groups
}

/// The same for counts, without sorting. [`MISSING`] is never predicted to fail.
pub(super) fn counted_groups(counts: &[u32], judge: &Judge<'_>) -> Groups {
    let greatest = counts.iter().copied().filter(|&c| c != MISSING).max().unwrap_or(0);
    let mut tallies = vec![Tally::default(); greatest as usize + 1];
    for (row, &count) in counts.iter().enumerate() {
        if judge.history.counted[row] && count != MISSING {
            let tally = &mut tallies[count as usize];
            *tally = tally.plus(Tally { n: 1, f: u32::from(judge.history.failed[row]) });
        }
    }
    let all = (0..=greatest).rev().zip(tallies.into_iter().rev());
    all.filter(|(_, tally)| tally.n > 0).map(|(count, tally)| (f64::from(count), tally)).collect()
}

/// The best threshold: exact, since only where the outcome changes can one be best (Fayyad and Irani 1992). `None` when
/// there is none with something on both sides that fails more often above.
pub(super) fn best(groups: &Groups, judge: &Judge<'_>) -> Option<Threshold> {
    let mut sum = Tally::default();
    let mut cuts: Vec<(f64, usize)> = Vec::new();
    for (place, pair) in groups.windows(2).enumerate() {
        let (here, next) = (pair[0].1, pair[1].1);
        sum = sum.plus(here);
        if here.f > 0 && next.f < next.n {
            cuts.push((judge.scorer.ratio(sum), place));
        }
    }
    let &(ratio, place) = cuts.iter().max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))?;
    if ratio <= 0.0 {
        return None;
    }
    let near = || cuts.iter().filter(|cut| cut.0 >= ratio - TOLERANCE).map(|cut| cut.1);
    let (first, last) = (near().min()?, near().max()?);
    Some(Threshold {
        outside: groups[place + 1].0,
        inside: groups[place].0,
        low: groups[last + 1].0,
        high: groups[first].0,
        ratio,
        places: cuts.len(),
    })
}
