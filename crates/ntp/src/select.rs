//! From several sources to one offset: selection, clustering, combining
//! (RFC 5905 section 11.2, appendix A.5.5).
//!
//! Candidates with an offset and a root distance come in; each gets a
//! tally, and the survivors give the system offset.
//!
//! Simplified: no preferred peer, no orphan mode, no reference clocks, and the
//! system peer changes only when it does not survive or another has a lower
//! stratum.

use crate::billboard::Tally;

/// Minimum number of survivors after clustering (RFC 5905 section 7.2, NMIN).
const MINIMUM_SURVIVORS: usize = 3;
/// Weight of a stratum in the order of survivors: seconds (ntpd multiplies by its `maxdist`).
const STRATUM_WEIGHT: f64 = crate::filter::MAXIMUM_DISTANCE;

/// A source fit to be used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Candidate {
    /// Index of the association.
    pub(crate) association: usize,
    /// Its stratum.
    pub(crate) stratum: u8,
    /// Its offset: seconds.
    pub(crate) offset: f64,
    /// Its root distance, by which the truth may differ from the offset: seconds.
    pub(crate) distance: f64,
    /// Its jitter: seconds.
    pub(crate) jitter: f64,
    /// What became of it.
    pub(crate) tally: Tally,
}

/// What the survivors say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Selected {
    /// Index of the system peer's association.
    pub(crate) peer: usize,
    /// Weighted offset of the survivors: seconds.
    pub(crate) offset: f64,
}

/// Sets every candidate's tally and combines the survivors; none when there is no majority.
pub(crate) fn select(candidates: &mut [Candidate], current: Option<usize>) -> Option<Selected> {
    let (low, high) = intersection(candidates)?;
    for candidate in &mut *candidates {
        let true_chimer =
            candidate.offset + candidate.distance >= low && candidate.offset - candidate.distance <= high;
        candidate.tally = if true_chimer { Tally::Candidate } else { Tally::FalseTicker };
    }
    cluster(candidates);
    let peer = system_peer(candidates, current)?;
    let (mut weight, mut sum) = (0.0, 0.0);
    for candidate in survivors(candidates) {
        weight += 1.0 / candidate.distance;
        sum += candidate.offset / candidate.distance;
    }
    for candidate in &mut *candidates {
        if candidate.association == peer {
            candidate.tally = Tally::SystemPeer;
        }
    }
    Some(Selected { peer, offset: sum / weight })
}

fn survivors(candidates: &[Candidate]) -> impl Iterator<Item = &Candidate> {
    candidates.iter().filter(|candidate| candidate.tally == Tally::Candidate)
}

/// The smallest interval with points from the most correctness intervals,
/// as long as fewer than half are outside (RFC 5905 section 11.2.1).
fn intersection(candidates: &[Candidate]) -> Option<(f64, f64)> {
    let count = candidates.len();
    for allowed in 0..count.div_ceil(2) {
        let wanted = count - allowed;
        // The lowest lower end that `wanted` intervals cover, and the highest upper end likewise.
        let low =
            ends(candidates, -1.0).filter(|&end| covering(candidates, end) >= wanted).min_by(f64::total_cmp);
        let high =
            ends(candidates, 1.0).filter(|&end| covering(candidates, end) >= wanted).max_by(f64::total_cmp);
        let (Some(low), Some(high)) = (low, high) else { continue };
        let outside = candidates.iter().filter(|one| one.offset < low || one.offset > high).count();
        if outside <= allowed && low <= high {
            return Some((low, high));
        }
    }
    None
}

fn ends(candidates: &[Candidate], side: f64) -> impl Iterator<Item = f64> {
    candidates.iter().map(move |one| one.offset + side * one.distance)
}

fn covering(candidates: &[Candidate], point: f64) -> usize {
    candidates
        .iter()
        .filter(|one| one.offset - one.distance <= point && point <= one.offset + one.distance)
        .count()
}

/// Discards the survivor furthest from the others while that helps (RFC 5905 section 11.2.2).
fn cluster(candidates: &mut [Candidate]) {
    loop {
        let count = survivors(candidates).count();
        if count <= MINIMUM_SURVIVORS {
            return;
        }
        let least = survivors(candidates).map(|one| one.jitter).min_by(f64::total_cmp).unwrap_or(0.0);
        let worst = (0..candidates.len())
            .filter(|&at| candidates[at].tally == Tally::Candidate)
            .map(|at| (at, selection_jitter(candidates, at, count)))
            .max_by(|left, right| left.1.total_cmp(&right.1));
        match worst {
            Some((at, jitter)) if jitter > least => candidates[at].tally = Tally::Outlier,
            _ => return,
        }
    }
}

fn selection_jitter(candidates: &[Candidate], at: usize, count: usize) -> f64 {
    let differences = survivors(candidates).map(|one| one.offset - candidates[at].offset);
    let squares: f64 = differences.map(|difference| difference * difference).sum();
    (squares / (count as f64 - 1.0)).sqrt()
}

/// The best survivor, or the previous system peer if it is as good in stratum (RFC 5905 section 11.2.3).
fn system_peer(candidates: &[Candidate], current: Option<usize>) -> Option<usize> {
    let order = |one: &Candidate| f64::from(one.stratum) * STRATUM_WEIGHT + one.distance;
    let best = survivors(candidates).min_by(|left, right| order(left).total_cmp(&order(right)))?;
    let stays =
        survivors(candidates).find(|one| Some(one.association) == current && one.stratum <= best.stratum);
    Some(stays.unwrap_or(best).association)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(association: usize, offset: f64, distance: f64) -> Candidate {
        Candidate { association, stratum: 2, offset, distance, jitter: 0.001, tally: Tally::Reject }
    }

    #[test]
    fn a_single_source_is_the_system_peer() {
        let mut one = [candidate(0, 0.010, 0.050)];
        let selected = select(&mut one, None).unwrap();
        assert!(selected.peer == 0 && (selected.offset - 0.010).abs() < 1e-12);
        assert_eq!(one[0].tally, Tally::SystemPeer);
    }

    #[test]
    fn one_false_ticker_of_three_is_outvoted() {
        let mut three = [candidate(0, 0.001, 0.010), candidate(1, 0.500, 0.010), candidate(2, 0.002, 0.020)];
        let selected = select(&mut three, None).unwrap();
        assert_eq!(three.map(|one| one.tally), [Tally::SystemPeer, Tally::FalseTicker, Tally::Candidate]);
        // 0.001 with twice the weight of 0.002.
        assert!((selected.offset - 0.004 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn two_sources_that_contradict_each_other_give_no_time() {
        let mut two = [candidate(0, 0.0, 0.010), candidate(1, 0.5, 0.010)];
        assert_eq!(select(&mut two, None), None);
    }

    #[test]
    fn the_system_peer_stays_while_it_survives() {
        let mut two = [candidate(0, 0.001, 0.010), candidate(1, 0.002, 0.011)];
        assert_eq!(select(&mut two, Some(1)).unwrap().peer, 1);
        assert_eq!(select(&mut two, None).unwrap().peer, 0);
    }

    #[test]
    fn an_outlier_among_many_is_cast_off() {
        let mut five = [0.001, 0.0011, 0.0009, 0.001, 0.015].map(|offset| candidate(0, offset, 0.050));
        for (at, one) in five.iter_mut().enumerate() {
            one.association = at;
        }
        select(&mut five, None).unwrap();
        assert_eq!(five[4].tally, Tally::Outlier);
    }
}
