//! How far the clocks of the vantage points are apart, estimated from the requests they share.

use crate::PlaceId;
use crate::join::groups::Sorted;
use crate::pairer::Legs;
use unanswered_wire::{Span, Time};

/// Requests that two vantage points must share before their clocks are compared.
const SHARED_MIN: usize = 3;

/// Differences kept for each pair: the median of a thousand is as good as that of all.
const SHARED_MAX: usize = 1000;

/// Smaller differences are left alone: they may be the way between the places.
const CORRECTED_FROM: Span = Span::from_milliseconds(500);

/// One clock per vantage point.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clocks {
    /// Ahead of the reference; `None` where it shares too few requests with any other.
    ahead: Vec<Option<Span>>,
}

impl Clocks {
    /// Compares the times of requests that were seen exactly once at each of two vantage points.
    pub(crate) fn of(legs: &Legs, sorted: &Sorted) -> Self {
        let count = legs.times.len();
        let mut differences: Vec<Vec<i64>> = vec![Vec::new(); count * count];
        for run in sorted.runs() {
            collect(legs, run, count, &mut differences);
        }
        let mut ahead: Vec<Option<Span>> = vec![None; count];
        let mut seen = vec![0u64; count];
        for leg in &legs.legs {
            seen[vantage(legs, leg.place)] += 1;
        }
        // From the busiest vantage point outwards, always along the best known pair.
        while let Some(start) =
            (0..count).filter(|&v| ahead[v].is_none()).max_by_key(|&v| (seen[v], count - v))
        {
            ahead[start] = Some(Span::from_nanoseconds(0));
            while let Some((from, to)) = best_link(&ahead, &differences, count) {
                let list = &mut differences[from * count + to];
                list.sort_unstable();
                let median = list[list.len() / 2];
                let base = ahead[from].map_or(0, Span::nanoseconds);
                ahead[to] = Some(Span::from_nanoseconds(base.saturating_add(median)));
            }
        }
        Self { ahead }
    }

    /// How far the place's clock is ahead of the reference, when by more than a path's delay.
    pub(crate) fn ahead(&self, legs: &Legs, place: PlaceId) -> Span {
        let ahead = self.ahead.get(vantage(legs, place)).copied().flatten();
        ahead
            .filter(|a| a.nanoseconds().abs() >= CORRECTED_FROM.nanoseconds())
            .unwrap_or(Span::from_nanoseconds(0))
    }

    /// A time of that place on the reference clock.
    pub(crate) fn correct(&self, legs: &Legs, place: PlaceId, time: Time) -> Time {
        time - self.ahead(legs, place)
    }

    /// The time of a leg on the reference clock.
    pub(crate) fn corrected(&self, legs: &Legs, leg: u32) -> Time {
        let leg = &legs.legs[leg as usize];
        self.correct(legs, leg.place, leg.time)
    }
}

fn vantage(legs: &Legs, place: PlaceId) -> usize {
    usize::from(legs.places[usize::from(place.0)].vantage.0)
}

fn collect(legs: &Legs, run: &[u32], count: usize, differences: &mut [Vec<i64>]) {
    // Long runs are one fingerprint for many requests, which says nothing about clocks.
    if run.len() < 2 || run.len() > 2 * count {
        return;
    }
    for (i, &a) in run.iter().enumerate() {
        for &b in &run[i + 1..] {
            let (a, b) = (&legs.legs[a as usize], &legs.legs[b as usize]);
            let (va, vb) = (vantage(legs, a.place), vantage(legs, b.place));
            // With a repeat, the places may not have seen the same transmission first.
            let repeated = a.transmissions > 1 || b.transmissions > 1;
            if va == vb || repeated || differences[va * count + vb].len() >= SHARED_MAX {
                continue;
            }
            let difference = (b.time - a.time).nanoseconds();
            differences[va * count + vb].push(difference);
            differences[vb * count + va].push(difference.saturating_neg());
        }
    }
}

fn best_link(ahead: &[Option<Span>], differences: &[Vec<i64>], count: usize) -> Option<(usize, usize)> {
    let pairs = (0..count).flat_map(|from| (0..count).map(move |to| (from, to)));
    pairs
        .filter(|&(from, to)| ahead[from].is_some() && ahead[to].is_none())
        .map(|(from, to)| (differences[from * count + to].len(), from, to))
        .filter(|&(shared, ..)| shared >= SHARED_MIN)
        .max_by_key(|&(shared, from, to)| (shared, count - from, count - to))
        .map(|(_, from, to)| (from, to))
}
