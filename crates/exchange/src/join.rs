//! One request seen at several places becomes one exchange.
//!
//! Sightings are joined by the protocol's fingerprint of the request (which
//! survives NAT and tunnels), by time and by the addresses that a NAT leaves
//! alone. They are put in the order of the request's path: a higher time to
//! live is nearer to the client; where it is equal, the place that measures
//! the longer round trip is (whatever its clock says); then time. The outcome
//! is the one seen at the place nearest to the client that sees both directions.

mod alone;
mod beside;
mod carried;
mod clocks;
mod copies;
mod during;
mod groups;
mod neighbours;
mod order;
mod sorted;
#[cfg(test)]
mod tests;

use crate::copies::CopyOf;
use crate::leg::{Flags, Leg, Place};
use crate::pairer::Legs;
pub(crate) use carried::Carried;
pub use clocks::ClockEstimate;
use clocks::Clocks;
pub(crate) use during::During;
use unanswered_registry::Refusal;
use unanswered_table::Outcome;
use unanswered_table::Reason;
use unanswered_wire::{ProtocolId, Span};

/// From one side of a host to the other.
const WITHIN_ONE_HOST: Span = Span::from_milliseconds(100);

/// Sightings of one transmission lie within the time that packets stay in a network's queues.
const IN_TRANSIT: Span = Span::from_seconds(1);

/// A place with one error for this many requests may still capture one direction only (judgement).
const ERRORS_FEW: u64 = 10;

/// Exchanges as ranges of legs in path order, in the order of their times.
#[derive(Clone, Debug, Default)]
pub(crate) struct Joined {
    /// Legs by exchange, nearest to the client first.
    pub(crate) legs: Vec<u32>,
    /// Where each exchange's legs begin, and the end of the last.
    pub(crate) starts: Vec<u32>,
    pub(crate) outcomes: Vec<Outcome>,
    /// Index into the reasons.
    pub(crate) reasons: Vec<u8>,
    /// From request to deciding reply; negative when there is none.
    pub(crate) reply_after: Vec<Span>,
    /// Exchange and index of a reply seen where its request was not, sorted.
    pub(crate) alone: Vec<(u32, u32)>,
    /// Places that never see the replies of the requests that pass by.
    pub(crate) blind: Vec<bool>,
    /// How far each vantage point's clock is ahead of the busiest one's, where it is known.
    pub(crate) clocks: Clocks,
    /// Recordings that were set aside because another one is the same.
    pub(crate) copies: Vec<CopyOf>,
}

impl Joined {
    /// Leaves out all questions for neighbours if none of them failed and there are other requests.
    pub(crate) fn set_quiet_neighbours_aside(&mut self, legs: &Legs) {
        let first = |row: usize| &legs.legs[self.legs[self.starts[row] as usize] as usize];
        let neighbours: Vec<bool> = (0..self.outcomes.len()).map(|row| of_link(first(row))).collect();
        let failed = |(outcome, &neighbour): (&Outcome, &bool)| neighbour && outcome.failed();
        if !neighbours.contains(&true)
            || !neighbours.contains(&false)
            || self.outcomes.iter().zip(&neighbours).any(failed)
        {
            return;
        }
        self.keep(|row| !neighbours[row]);
    }

    /// Leaves out all other exchanges.
    pub(crate) fn keep(&mut self, stays: impl Fn(usize) -> bool) {
        let mut kept = Self { starts: vec![0], ..Self::default() };
        let mut number = vec![None; self.outcomes.len()];
        for row in (0..self.outcomes.len()).filter(|&row| stays(row)) {
            number[row] = u32::try_from(kept.outcomes.len()).ok();
            kept.legs.extend(&self.legs[self.starts[row] as usize..self.starts[row + 1] as usize]);
            kept.starts.push(u32::try_from(kept.legs.len()).expect("fewer than 2^32 legs"));
            kept.outcomes.push(self.outcomes[row]);
            kept.reasons.push(self.reasons[row]);
            kept.reply_after.push(self.reply_after[row]);
        }
        let alone = self.alone.iter().filter_map(|&(row, reply)| Some((number[row as usize]?, reply)));
        kept.alone = alone.collect();
        kept.blind = std::mem::take(&mut self.blind);
        kept.clocks = std::mem::take(&mut self.clocks);
        kept.copies = std::mem::take(&mut self.copies);
        *self = kept;
    }
}

impl Joined {
    /// Leaves out the replies without a request that belong to no exchange here, apart from those of that time that belong to
    /// none at all.
    pub(crate) fn leave_replies_out(&mut self, legs: &mut Legs, during: During, belongs: &[bool]) {
        let mut stays: Vec<bool> = legs.alone.iter().map(|reply| during.contains(reply.time)).collect();
        for (stays, belongs) in stays.iter_mut().zip(belongs) {
            *stays &= !belongs;
        }
        for &(_, reply) in &self.alone {
            stays[reply as usize] = true;
        }
        let mut next = 0;
        let numbers: Vec<u32> = stays
            .iter()
            .map(|&stays| {
                next += u32::from(stays);
                next.saturating_sub(1)
            })
            .collect();
        for (_, reply) in &mut self.alone {
            *reply = numbers[*reply as usize];
        }
        let mut stays = stays.iter();
        legs.alone.retain(|_| stays.next().copied().unwrap_or(true));
    }
}

/// What is known of vantage points and places from sources other than their packets.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// Vantage points with equal numbers share one clock.
    pub(crate) hosts: Vec<usize>,
    /// Position of each place in the path that the user gave.
    pub(crate) ranks: Vec<Option<u16>>,
    /// Places whose capture lost packets.
    pub(crate) lossy: Vec<bool>,
}

/// Joins the legs. Every leg is in exactly one exchange. Those of requests sent during that time add to the evidence, which
/// is that of earlier windows as well.
pub(crate) fn join(legs: &mut Legs, known: &Known, during: During, carried: &mut Carried) -> Joined {
    let copies = copies::set_aside(legs);
    doubt_lossy_places(legs, &known.lossy);
    let sorted = sorted::by_fingerprint(legs);
    carried.clocks.add(legs, &sorted, &known.hosts, during);
    let clocks = carried.clocks.clocks(legs, &known.hosts);
    carried.apart = clocks.largest();
    let mut groups = groups::build(legs, &sorted, &clocks);
    beside::mark(legs, &groups, during, &mut carried.own, &mut carried.elsewhere);
    neighbours::mark(legs, &mut carried.answered);
    order::along_the_path(legs, &mut groups, &clocks, &known.ranks, during, &mut carried.votes);
    let blind = blind_places(legs, &groups, during, &mut carried.passed_by);
    groups.sort_by_time(|leg| clocks.corrected(legs, leg));
    let mut joined = Joined { blind, clocks, copies, ..Joined::default() };
    joined.alone = alone::attach(legs, &groups, &joined.clocks);
    decide(legs, &groups, &mut joined);
    joined.legs = groups.legs;
    joined.starts = groups.starts;
    assert_eq!(joined.legs.len(), legs.legs.len(), "every sighting is in exactly one exchange");
    joined
}

/// Where the capture lost packets, a missing reply may have passed unseen.
fn doubt_lossy_places(legs: &mut Legs, lossy: &[bool]) {
    if !lossy.contains(&true) {
        return;
    }
    let dropped = legs.reasons.intern(Reason::CaptureDropped);
    for leg in &mut legs.legs {
        if leg.outcome == Outcome::Unanswered && lossy.get(usize::from(leg.place.0)) == Some(&true) {
            leg.outcome = Outcome::Unknown;
            leg.reason = dropped;
        }
    }
}

/// A place is blind when it sees requests and never one of their replies, although places nearer
/// to the clients do: the replies take another path. A few errors by routers are no replies.
fn blind_places(legs: &Legs, groups: &groups::Groups, during: During, passed_by: &mut Vec<u64>) -> Vec<bool> {
    passed_by.resize(legs.places.len().max(passed_by.len()), 0);
    for group in groups.iter().filter(|group| during.has(&legs.legs[group[0] as usize])) {
        let mut replied_nearer = false;
        for leg in group.iter().map(|&leg| &legs.legs[leg as usize]).filter(|leg| !of_link(leg)) {
            let seen = leg.flags.has(Flags::REPLY_SEEN);
            passed_by[usize::from(leg.place.0)] += u64::from(replied_nearer && !seen);
            replied_nearer |= seen && from_the_server(leg);
        }
    }
    let silent = |place: &Place, passed: u64| {
        place.answers() == 0 && passed > 0 && place.errors.saturating_mul(ERRORS_FEW) <= passed
    };
    let each = legs.places.iter().zip(passed_by.iter());
    each.map(|(place, passed)| place.requests > 0 && silent(place, *passed)).collect()
}

/// Whether nothing at the place contradicts that it captures one direction only: no request there has a reply, and errors,
/// which come by any way, are few.
fn shows_one_direction(place: &Place) -> bool {
    place.answers() == 0 && place.errors.saturating_mul(ERRORS_FEW) <= place.requests
}

/// Whether it is a question for a neighbour.
fn of_link(leg: &Leg) -> bool {
    ProtocolId(leg.protocol).carrier().is_of_link()
}

/// Whether what came back passed the whole path: an error may come from a router in between.
fn from_the_server(leg: &Leg) -> bool {
    leg.outcome != Outcome::Refused || leg.other == leg.server
}

fn decide(legs: &mut Legs, groups: &groups::Groups, joined: &mut Joined) {
    let one_direction = legs.reasons.intern(Reason::OneDirection);
    let mut alone = joined.alone.iter().peekable();
    for (row, group) in (0u32..).zip(groups.iter()) {
        let sees_both = |&&leg: &&u32| {
            let leg = &legs.legs[leg as usize];
            let blind = joined.blind[usize::from(leg.place.0)] && !of_link(leg);
            let unseen = legs.reasons.get(leg.reason) == Reason::OneDirection;
            !blind && !unseen && !leg.flags.has(Flags::BESIDE)
        };
        let mut seeing = group.iter().filter(sees_both).map(|&leg| legs.legs[leg as usize]);
        let nearest = seeing.next();
        // Where the nearest capture has holes, one that has none may still show that no reply came this far.
        let doubted = nearest.filter(|leg| legs.reasons.get(leg.reason) == Reason::CaptureDropped);
        let surer = doubted.and_then(|_| seeing.find(|leg| leg.outcome == Outcome::Unanswered));
        let deciding = surer.or(nearest);
        let mut decided = deciding
            .map_or((Outcome::Unknown, one_direction, Span::from_nanoseconds(-1)), |leg| {
                (leg.outcome, leg.reason, leg.reply_after)
            });
        if legs.reasons.get(decided.1) == Reason::EndOfCapture
            && let Some(nearest) = nearest
            && replied_in_vain(legs, group, &nearest, &joined.clocks)
        {
            decided = (Outcome::Unanswered, legs.reasons.intern(Reason::Plain), Span::from_nanoseconds(-1));
        }
        while let Some(&&(_, reply)) = alone.peek().filter(|(r, _)| *r == row) {
            alone.next();
            // A place that sees both directions knows better than one that sees replies only, which
            // may be anywhere on their path.
            let one_way =
                deciding.is_none_or(|leg| shows_one_direction(&legs.places[usize::from(leg.place.0)]));
            // What became of a reply that was seen is known better from the packets that followed it.
            let known = deciding.is_some_and(|leg| leg.flags.has(Flags::REPLY_SEEN));
            if known || legs.reasons.get(decided.1) == Reason::ReplyLost {
                continue;
            }
            if let Some(better) =
                alone::other_direction(legs, group, reply, decided.0, one_way, &joined.clocks)
            {
                decided = (better.0, legs.reasons.intern(better.1), better.2);
            }
        }
        joined.outcomes.push(decided.0);
        joined.reasons.push(decided.1);
        joined.reply_after.push(decided.2);
    }
}

/// Whether a reply was seen at a place farther from the client so long before the nearest capture ended that it would have
/// come there: the request cannot be answered any more.
fn replied_in_vain(legs: &Legs, group: &[u32], nearest: &Leg, clocks: &Clocks) -> bool {
    let vantage = legs.places[usize::from(nearest.place.0)].vantage;
    let Some((_, end)) = legs.times.get(usize::from(vantage.0)).copied().flatten() else { return false };
    let end = clocks.correct(legs, nearest.place, end);
    group.iter().any(|&leg| {
        let seen = &legs.legs[leg as usize];
        let same_host = legs.places[usize::from(seen.place.0)].vantage == vantage;
        let transit = if same_host { WITHIN_ONE_HOST } else { IN_TRANSIT };
        seen.place != nearest.place
            && matches!(seen.outcome, Outcome::Answered | Outcome::Late)
            && end - (clocks.corrected(legs, leg) + seen.reply_after) >= transit
    })
}

/// The refusal of the request in a reason, if it is one.
pub(crate) const fn refusal_of(reason: Reason) -> Option<Refusal> {
    if let Reason::Refused(refusal) | Reason::Error(refusal) = reason { Some(refusal) } else { None }
}
