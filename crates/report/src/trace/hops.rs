//! What happened between neighbouring places, and how far their clocks can be trusted.

use super::Names;
use unanswered_exchange::follow::{Between, Follow, Link, Traffic};
use unanswered_exchange::{Exchanges, PlaceId};
use unanswered_wire::Span;

/// Two neighbouring places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// The place nearer to the clients.
    pub near: String,
    /// The place nearer to the servers.
    pub far: String,
    /// Requests, from `near` to `far`.
    pub requests: Direction,
    /// Replies, from `far` to `near`.
    pub replies: Direction,
    /// Which of the two comes first is not certain.
    pub order_doubtful: bool,
}

/// One direction of a hop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Direction {
    /// Seen at the first place and expected at the second.
    pub sent: u64,
    /// Seen at the second place.
    pub arrived: u64,
    /// Not seen there, for sure.
    pub lost: u64,
    /// Not seen there, and the captures cannot tell why.
    pub unsure: u64,
    /// Median delay.
    pub median: Option<Span>,
    /// 99th percentile of the delay.
    pub p99: Option<Span>,
}

impl Direction {
    fn of(traffic: &Traffic) -> Self {
        Self {
            sent: traffic.sent,
            arrived: traffic.arrived,
            lost: traffic.lost(),
            unsure: traffic.unsure,
            median: traffic.median,
            p99: traffic.p99,
        }
    }
}

/// A place whose clock differs from most others'.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockLine {
    /// The place.
    pub place: String,
    /// How far its clock is ahead.
    pub ahead: Span,
    /// The true value lies within this of `ahead`.
    pub within: Span,
    /// Exchanges that agree on it.
    pub agreeing: usize,
}

pub(super) fn hops(follow: &Follow<'_>, names: &Names) -> Vec<Hop> {
    let of = |link: &Link| Hop {
        near: names.name(link.near).to_owned(),
        far: names.name(link.far).to_owned(),
        requests: Direction::of(&link.requests),
        replies: Direction::of(&link.replies),
        order_doubtful: link.order_doubtful,
    };
    follow.links().iter().map(of).collect()
}

/// Places whose clock differs, once for each vantage point.
pub(super) fn clocks(exchanges: &Exchanges, names: &Names) -> Vec<ClockLine> {
    let mut lines = Vec::new();
    for place in (0_u16..).map(PlaceId).take(exchanges.places().len()) {
        let Some(clock) = exchanges.clock(place).filter(|c| c.ahead.nanoseconds() != 0) else { continue };
        lines.push(ClockLine {
            place: names.name(place).to_owned(),
            ahead: clock.ahead,
            within: clock.within,
            agreeing: clock.agreeing,
        });
    }
    lines
}

pub(super) fn doubtful(follow: &Follow<'_>, names: &Names) -> Vec<Between<String>> {
    let pairs = follow.doubtful_order().into_iter();
    let named = |place| names.name(place).to_owned();
    pairs.map(|pair| Between { near: named(pair.near), far: named(pair.far) }).collect()
}

/// The sentence about places in doubtful order, with what would settle it.
pub(super) fn doubt(Between { near, far }: &Between<String>) -> String {
    let quote = if near.contains(' ') || far.contains(' ') { "\"" } else { "" };
    format!(
        "whether {near} comes before {far} is not certain: the time to live is equal, and the times do not \
         agree; --path {quote}{near},{far}{quote} (or the other way round) settles it"
    )
}
