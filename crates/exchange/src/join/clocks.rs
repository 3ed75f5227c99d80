//! How far the clocks of the vantage points are apart, estimated from the exchanges they share.
//!
//! Of two places, the one nearer to the client sees the request earlier and the reply later. So the
//! difference of their clocks lies between the difference that the request shows and the one that the
//! reply shows, wherever the two places are and however long the path is. Of all these intervals the
//! difference is where most of them meet (Marzullo 1984, as RFC 5905 section 11.2.1 uses it), which
//! a few false matches cannot move. A difference that may as well be zero is zero.
//!
//! One direction alone gives no such interval, only a bound: the packet was in transit for a time that nobody knows. It counts
//! where both directions tell nothing of a pair, and then only a difference that no transit explains is corrected: without that,
//! the places could not be joined.

use super::during::During;
use super::of_link;
use super::sorted::Sorted;
use crate::PlaceId;
use crate::pairer::Legs;
use std::collections::BTreeMap;
use unanswered_wire::{Span, Time};

/// Exchanges that must agree before two clocks are compared.
const AGREEING_MIN: usize = 3;

/// Intervals kept for each pair.
const INTERVALS_MAX: usize = 1000;

/// Fingerprints that are looked at.
const RUNS_MAX: usize = 50_000;

/// Where no reply was seen, packets are at most this long in transit (as in `groups`).
const IN_TRANSIT: i64 = 1_000_000_000;

/// On one host, frames get their times within this of each other in either order: queues of
/// several processors (measured on nested captures: some ten microseconds).
const ONE_HOST: i64 = 100_000;

/// What is known of a place's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockEstimate {
    /// How far it is ahead of the reference clock; zero where the traffic does not exclude that.
    pub ahead: Span,
    /// The true value lies within this of `ahead`, if the clocks did not drift apart.
    pub within: Span,
    /// Exchanges that agree on it.
    pub agreeing: usize,
}

/// One clock per vantage point.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clocks {
    /// `None` where it shares too few exchanges with any other, and for the reference itself.
    estimates: Vec<Option<ClockEstimate>>,
}

type Interval = (i64, i64);
type Intervals = BTreeMap<(usize, usize), Observed>;

/// What the exchanges that two hosts share say of their clocks.
#[derive(Clone, Debug, Default)]
struct Observed {
    /// Of exchanges whose request and reply were seen at both.
    round_trips: Vec<Interval>,
    /// Of those of which one direction was seen at both.
    one_way: Vec<Interval>,
}

impl Observed {
    /// The difference, by both directions if enough exchanges show them.
    fn difference(&self) -> Option<ClockEstimate> {
        if self.round_trips.len() < AGREEING_MIN {
            return meeting(&self.one_way);
        }
        meeting(&self.round_trips)
    }
}

/// What exchanges that were seen at two vantage points say of their clocks.
#[derive(Clone, Debug, Default)]
pub(super) struct Evidence {
    intervals: Intervals,
    /// Requests by host.
    seen: BTreeMap<usize, u64>,
}

impl Evidence {
    /// Compares the times of exchanges that were seen at two vantage points. `hosts` numbers those
    /// that are known to share one clock.
    pub(super) fn add(&mut self, legs: &Legs, sorted: &Sorted, hosts: &[usize], during: During) {
        let count = legs.times.len();
        let host = |v: usize| hosts.get(v).copied().unwrap_or(v);
        let every = sorted.runs().count().div_ceil(RUNS_MAX).max(1);
        let sent_then = |run: &&[u32]| run.first().is_some_and(|&leg| during.has(&legs.legs[leg as usize]));
        for run in sorted.runs().step_by(every).filter(sent_then) {
            collect(legs, run, count, &host, &mut self.intervals);
        }
        for leg in legs.legs.iter().filter(|leg| !of_link(leg) && during.has(leg)) {
            *self.seen.entry(host(vantage(legs, leg.place))).or_default() += 1;
        }
    }

    /// The clocks as far as they are known.
    pub(super) fn clocks(&self, legs: &Legs, hosts: &[usize]) -> Clocks {
        let count = legs.times.len();
        let host = |v: usize| hosts.get(v).copied().unwrap_or(v);
        let found: BTreeMap<(usize, usize), ClockEstimate> =
            self.intervals.iter().filter_map(|(pair, seen)| Some((*pair, seen.difference()?))).collect();
        let mut by_host: BTreeMap<usize, Option<ClockEstimate>> = BTreeMap::new();
        // From the busiest host outwards, always along the pair that most exchanges vouch for.
        while let Some((&start, _)) = self
            .seen
            .iter()
            .filter(|(h, _)| !by_host.contains_key(h))
            .max_by_key(|(h, count)| (**count, std::cmp::Reverse(**h)))
        {
            by_host.insert(start, None);
            while let Some((to, estimate)) = best_link(&by_host, &found) {
                by_host.insert(to, Some(estimate));
            }
        }
        Clocks { estimates: (0..count).map(|v| by_host.get(&host(v)).copied().flatten()).collect() }
    }
}

impl Clocks {
    /// The largest difference between the reference and another clock.
    pub(crate) fn largest(&self) -> Span {
        let size = |estimate: &ClockEstimate| Span::from_nanoseconds(estimate.ahead.nanoseconds().abs());
        self.estimates.iter().flatten().map(size).max().unwrap_or_default()
    }

    /// What is known of the place's clock against the reference; `None` for the reference itself and
    /// where nothing can be known.
    pub(crate) fn estimate(&self, legs: &Legs, place: PlaceId) -> Option<ClockEstimate> {
        self.estimates.get(vantage(legs, place)).copied().flatten()
    }

    /// How far the place's clock is ahead of the reference.
    pub(crate) fn ahead(&self, legs: &Legs, place: PlaceId) -> Span {
        self.estimate(legs, place).map_or(Span::from_nanoseconds(0), |e| e.ahead)
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

fn collect(
    legs: &Legs,
    run: &[u32],
    count: usize,
    host: &impl Fn(usize) -> usize,
    intervals: &mut Intervals,
) {
    // In long runs many requests share one fingerprint, which says nothing about clocks. Questions for a neighbour all have the
    // same, and the places that they are flooded to lie on no path.
    let of_link = run.first().is_some_and(|&leg| of_link(&legs.legs[leg as usize]));
    if of_link || run.len() < 2 || run.len() > 2 * count.max(4) {
        return;
    }
    let at = |&leg: &u32| host(vantage(legs, legs.legs[leg as usize].place));
    // Which of several sightings there is the same transmission as the one here, only the way back tells.
    let once = |of: usize| run.iter().filter(|leg| at(leg) == of).count() == 1;
    for (i, a) in run.iter().enumerate() {
        for b in &run[i + 1..] {
            let (ha, hb) = (at(a), at(b));
            let (a, b) = (&legs.legs[*a as usize], &legs.legs[*b as usize]);
            // With retransmissions, the places may not have seen the same one first.
            if ha == hb || a.transmissions > 1 || b.transmissions > 1 {
                continue;
            }
            let (a, b, pair) = if ha < hb { (a, b, (ha, hb)) } else { (b, a, (hb, ha)) };
            let seen = intervals.entry(pair).or_default();
            let request = (b.time - a.time).nanoseconds();
            let replied = |leg: &crate::leg::Leg| leg.reply_after.nanoseconds() >= 0;
            let (list, interval) = if replied(a) && replied(b) && a.outcome == b.outcome {
                let reply = request + b.reply_after.nanoseconds() - a.reply_after.nanoseconds();
                (&mut seen.round_trips, (request.min(reply), request.max(reply)))
            } else if once(pair.0) && once(pair.1) {
                let bound = (request.saturating_sub(IN_TRANSIT), request.saturating_add(IN_TRANSIT));
                (&mut seen.one_way, bound)
            } else {
                continue;
            };
            if list.len() < INTERVALS_MAX {
                list.push(interval);
            }
        }
    }
}

/// Where most intervals meet, when that is more than half of them.
fn meeting(list: &[Interval]) -> Option<ClockEstimate> {
    // Begins before ends at equal places: intervals that touch do meet.
    let mut edges: Vec<(i64, bool)> = list.iter().flat_map(|i| [(i.0, false), (i.1, true)]).collect();
    edges.sort_unstable();
    let (mut open, mut best, mut range) = (0_usize, 0_usize, (0, 0));
    for (index, &(at, ends)) in edges.iter().enumerate() {
        if ends {
            open -= 1;
            continue;
        }
        open += 1;
        if open > best {
            best = open;
            range = (at, edges[index + 1].0);
        }
    }
    if best < AGREEING_MIN || best * 2 <= list.len() {
        return None;
    }
    let (low, high) = range;
    let nothing = low <= ONE_HOST && high >= -ONE_HOST;
    let ahead = if nothing { 0 } else { low.midpoint(high) };
    let within = (high - ahead).max(ahead - low).max(0);
    Some(ClockEstimate {
        ahead: Span::from_nanoseconds(ahead),
        within: Span::from_nanoseconds(within),
        agreeing: best,
    })
}

/// The host that most exchanges tie to one that is known, with its clock.
fn best_link(
    known: &BTreeMap<usize, Option<ClockEstimate>>,
    found: &BTreeMap<(usize, usize), ClockEstimate>,
) -> Option<(usize, ClockEstimate)> {
    let mut best: Option<(usize, usize, ClockEstimate)> = None;
    for (&(a, b), link) in found {
        let (from, to, sign) = match (known.contains_key(&a), known.contains_key(&b)) {
            (true, false) => (a, b, 1),
            (false, true) => (b, a, -1),
            (true, true) | (false, false) => continue,
        };
        if best.is_some_and(|(agreeing, ..)| agreeing >= link.agreeing) {
            continue;
        }
        let base = known.get(&from).copied().flatten();
        let sum = |x: Span, y: i64| Span::from_nanoseconds(x.nanoseconds().saturating_add(y));
        let zero = Span::from_nanoseconds(0);
        let estimate = ClockEstimate {
            ahead: sum(base.map_or(zero, |e| e.ahead), sign * link.ahead.nanoseconds()),
            within: sum(base.map_or(zero, |e| e.within), link.within.nanoseconds()),
            agreeing: link.agreeing,
        };
        best = Some((link.agreeing, to, estimate));
    }
    best.map(|(_, to, estimate)| (to, estimate))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_false_match_does_not_move_a_clock() {
        let mut list = vec![(-40_000, 60_000); 9];
        list.push((300_000_000_000, 300_000_100_000));
        let met = meeting(&list).expect("nine agree");
        assert_eq!((met.ahead.nanoseconds(), met.agreeing), (0, 9));
        // Three matches that contradict each other say nothing.
        assert_eq!(meeting(&[(0, 10), (5_000_000, 5_000_010), (9_000_000, 9_000_010)]), None);
    }

    #[test]
    fn a_clock_that_is_ahead_is_found_between_its_bounds() {
        // 300 ms ahead, 1 ms one way and 3 ms the other.
        let list: Vec<_> = (0..20).map(|i| (297_000_000 - i * 1000, 301_000_000 + i * 1000)).collect();
        let met = meeting(&list).expect("all agree");
        assert_eq!(met.ahead, Span::from_milliseconds(299));
        assert_eq!(met.within, Span::from_milliseconds(2));
    }
}
