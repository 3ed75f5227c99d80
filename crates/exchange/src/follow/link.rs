//! What was sent, what arrived and how long it took between neighbouring places.

use super::path::{Onward, RequestPath, Stop};
use crate::{Exchanges, PlaceId};
use std::collections::BTreeMap;
use unanswered_table::Outcome;
use unanswered_wire::{Span, Time};

/// Exchanges whose delays are kept: percentiles of this many are as good as those of all.
const DELAYS_MAX: usize = 100_000;

/// Share of the requests that must agree on which of two places comes first.
const AGREED: f64 = 0.9;

/// Two neighbouring places on some requests' path.
#[derive(Clone, Debug)]
pub struct Link {
    /// The place nearer to the client.
    pub near: PlaceId,
    /// The place nearer to the server.
    pub far: PlaceId,
    /// Requests, from `near` to `far`.
    pub requests: Traffic,
    /// Replies, from `far` to `near`.
    pub replies: Traffic,
    /// Which of the two places comes first is not certain: the time to live is equal, and neither
    /// times nor round trips agree.
    pub order_doubtful: bool,
}

/// One direction of a link. Retransmissions are not counted separately.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Seen at the first place and, judging by others of their kind, to be expected at the second.
    pub sent: u64,
    /// Of those, seen at the second place.
    pub arrived: u64,
    /// Of those that were not seen, the ones that were in transit when the capture ended, that
    /// the capture may have dropped, or that were seen farther on.
    pub unsure: u64,
    /// Median delay; below zero where the clocks differ.
    pub median: Option<Span>,
    /// 99th percentile of the delay.
    pub p99: Option<Span>,
}

impl Traffic {
    /// Seen at the first place and not at the second, for sure.
    #[must_use]
    pub const fn lost(&self) -> u64 {
        self.sent - self.arrived - self.unsure
    }
}

/// What is gathered of one direction.
#[derive(Debug, Default)]
struct Gathered {
    sent: u64,
    arrived: u64,
    unsure: u64,
    delays: Vec<i64>,
}

impl Gathered {
    fn arrived(&mut self, from: Time, to: Time, keep: bool) {
        self.sent += 1;
        self.arrived += 1;
        if keep {
            self.delays.push((to - from).nanoseconds());
        }
    }

    fn missed(&mut self, unsure: bool) {
        self.sent += 1;
        self.unsure += u64::from(unsure);
    }

    fn traffic(&mut self) -> Traffic {
        self.delays.sort_unstable();
        let at = |hundredths: usize| {
            let index = (self.delays.len() * hundredths).div_ceil(100).saturating_sub(1);
            self.delays.get(index).copied().map(Span::from_nanoseconds)
        };
        Traffic { sent: self.sent, arrived: self.arrived, unsure: self.unsure, median: at(50), p99: at(99) }
    }
}

/// What is gathered of one link.
#[derive(Debug, Default)]
struct Pair {
    requests: Gathered,
    replies: Gathered,
    /// Requests with another time to live at the two places: the order is certain.
    routed: u64,
    /// By times, and by round trips: requests that show this order, and those that show any.
    by_time: (u64, u64),
    by_round_trip: (u64, u64),
}

impl Pair {
    fn doubtful(&self) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "a share")]
        let agreed = |(for_it, all): (u64, u64)| all > 0 && for_it as f64 >= AGREED * all as f64;
        // Where all times are equal, one point was captured twice, and there is no order to doubt.
        let told = self.by_time.1 > 0 || self.by_round_trip.1 > 0;
        told && self.routed == 0 && !agreed(self.by_time) && !agreed(self.by_round_trip)
    }
}

/// All links, in the order of the paths: a place's links come before those of the places behind it
/// where that is possible.
pub(super) fn links(exchanges: &Exchanges, onward: &Onward) -> Vec<Link> {
    let mut pairs: BTreeMap<(PlaceId, PlaceId), Pair> = BTreeMap::new();
    // How far from the client each place is, at most.
    let mut depth: BTreeMap<PlaceId, usize> = BTreeMap::new();
    let every = exchanges.len().div_ceil(DELAYS_MAX).max(1);
    let routed = exchanges.iter().filter(|e| !e.protocol().carrier().is_of_link());
    for (row, exchange) in routed.enumerate() {
        let way = RequestPath::of(&exchange, onward);
        for (index, stop) in way.stops.iter().enumerate() {
            let deepest = depth.entry(stop.place).or_default();
            *deepest = index.max(*deepest);
        }
        add(&mut pairs, &way, onward, row % every == 0);
    }
    let mut links: Vec<Link> = pairs
        .into_iter()
        .map(|((near, far), mut pair)| Link {
            near,
            far,
            order_doubtful: pair.doubtful(),
            requests: pair.requests.traffic(),
            replies: pair.replies.traffic(),
        })
        .collect();
    let of = |place: PlaceId| depth.get(&place).copied().unwrap_or(usize::MAX);
    links.sort_by_key(|l| (of(l.near), of(l.far), l.near, l.far));
    links
}

fn add(pairs: &mut BTreeMap<(PlaceId, PlaceId), Pair>, way: &RequestPath<'_>, onward: &Onward, keep: bool) {
    let unknown = way.exchange.outcome() == Outcome::Unknown;
    let mut seen: Vec<&Stop<'_>> = way.stops.iter().filter(|s| s.request.is_some()).collect();
    // A place that sees both sides of a translator is no pair of places: its farther sighting stands for what lies behind it.
    seen.dedup_by(|far, near| {
        let same = far.place == near.place;
        if same {
            *near = far;
        }
        same
    });
    for pair in seen.windows(2) {
        let [near, far] = [pair[0], pair[1]];
        let usual = near.request.as_ref().and_then(|s| onward.after(s));
        if let Some(skipped) = usual.filter(|p| *p != far.place && !seen.iter().any(|s| s.place == *p)) {
            // Seen before and behind a place and not there: the capture missed it.
            pairs.entry((near.place, skipped)).or_default().requests.missed(true);
            continue;
        }
        let entry = pairs.entry((near.place, far.place)).or_default();
        // The two places may have seen different transmissions of a request first.
        let repeated = [near, far].iter().any(|s| s.request.is_some_and(|r| r.transmissions() > 1));
        let keep = keep && !repeated;
        if let (Some(from), Some(to)) = (near.request_at, far.request_at) {
            entry.requests.arrived(from, to, keep);
        }
        vote(entry, near, far);
        match (far.reply_at, near.reply_at) {
            (Some(from), Some(to)) => entry.replies.arrived(from, to, keep),
            (Some(_), None) => entry.replies.missed(unknown),
            (None, _) => {}
        }
    }
    if let (Some(last), Some(expected)) = (seen.last(), way.expected) {
        // What was answered went on, by another path or unseen.
        let answered = way.exchange.outcome() == Outcome::Answered;
        pairs.entry((last.place, expected)).or_default().requests.missed(unknown || answered);
    }
}

fn vote(pair: &mut Pair, near: &Stop<'_>, far: &Stop<'_>) {
    let (Some(a), Some(b)) = (&near.request, &far.request) else { return };
    pair.routed += u64::from(a.ttl() != b.ttl());
    if let (Some(from), Some(to)) = (near.request_at, far.request_at)
        && from != to
    {
        pair.by_time.0 += u64::from(from < to);
        pair.by_time.1 += 1;
    }
    if let (Some(outer), Some(inner)) = (a.reply_after(), b.reply_after())
        && outer != inner
    {
        pair.by_round_trip.0 += u64::from(outer > inner);
        pair.by_round_trip.1 += 1;
    }
}
