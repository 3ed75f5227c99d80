//! How far replies came, also by places that requests do not pass: a server may answer by another leg.
//!
//! Of the places that saw a reply, the one where more routers have lowered its time to live is nearer to the client; where that
//! is equal, the one that saw it later.

use std::collections::BTreeMap;
use unanswered_exchange::{AddressId, Exchange, Exchanges, OrphanReply, PlaceId, Sighting};
use unanswered_explain::Fate;
use unanswered_table::{Outcome, Reason};
use unanswered_wire::routers_passed;

/// What the captures say of the paths that replies take.
#[derive(Debug, Default)]
pub(super) struct ReplyPaths {
    /// Where replies go on to, by the place and the server as its clients name it: how many.
    onward: BTreeMap<(PlaceId, AddressId), BTreeMap<PlaceId, u32>>,
    /// Two neighbouring places of a reply's path, nearest to the server first: its time to live there.
    lived: BTreeMap<(PlaceId, PlaceId), (u8, u8)>,
    /// Places that see requests and never their replies.
    blind: Vec<bool>,
}

impl ReplyPaths {
    pub(super) fn of(exchanges: &Exchanges) -> Self {
        let places = (0u16..).zip(exchanges.places()).map(|(id, _)| PlaceId(id));
        Self { blind: places.map(|place| exchanges.is_blind(place)).collect(), ..Self::default() }
    }

    /// Whether the place sees requests and never their replies.
    pub(super) fn is_blind(&self, place: PlaceId) -> bool {
        self.blind.get(usize::from(place.0)) == Some(&true)
    }

    /// Learns from one exchange. Replies that pass the places of their requests say nothing new.
    pub(super) fn add(&mut self, exchange: &Exchange<'_>) {
        let mut alone = exchange.orphan_replies().peekable();
        if alone.peek().is_none() {
            return;
        }
        let alone = alone.map(|reply| (std::cmp::Reverse(reply.ttl), reply.time, reply.place, true));
        let paired = exchange.sightings().filter(|s| !s.beside()).filter_map(|s| {
            let at = exchange.on_shared_clock(&s) + s.reply_after()?;
            Some((std::cmp::Reverse(s.reply_ttl()?), at, s.place(), false))
        });
        let mut passed: Vec<_> = alone.chain(paired).collect();
        passed.sort_unstable();
        passed.dedup_by_key(|p| p.2);
        let server = exchange.nearest().server().address;
        for pair in passed.windows(2).filter(|pair| pair[0].3 || pair[1].3) {
            let (from, to) = (pair[0].2, pair[1].2);
            *self.onward.entry((from, server)).or_default().entry(to).or_default() += 1;
            self.lived.entry((from, to)).or_insert((pair[0].0.0, pair[1].0.0));
        }
    }

    /// The time to live of a reply at two neighbouring places of its path, nearest to the server first.
    pub(super) fn lived(&self, from: PlaceId, to: PlaceId) -> Option<(u8, u8)> {
        self.lived.get(&(from, to)).copied()
    }

    /// The reply came to a place and not to the next one nearer to the client, or passed all places and did not arrive.
    pub(super) fn lost(&self, exchange: &Exchange<'_>) -> Option<Fate<PlaceId>> {
        let sightings: Vec<Sighting<'_>> = exchange.sightings().filter(|s| !s.beside()).collect();
        let lost = |s: &Sighting<'_>| matches!(s.reason(), Reason::ReplyLost | Reason::ReplyIncomplete);
        let passed = |s: &Sighting<'_>| matches!(s.outcome(), Outcome::Answered | Outcome::Late) || lost(s);
        let paired = sightings.iter().position(passed);
        if paired == Some(0) {
            return lost(&sightings[0]).then(|| Fate::ReplyLostBehind(sightings[0].place()));
        }
        let alone = exchange.orphan_replies().min_by_key(|r| (r.ttl, std::cmp::Reverse(r.time)));
        let beyond = |reply: &OrphanReply| {
            paired.is_none_or(|index| sightings[index].reply_ttl().is_some_and(|ttl| reply.ttl < ttl))
        };
        let (from, to) = match (paired, alone.filter(beyond)) {
            (_, Some(reply)) => (reply.place, self.missing(exchange, &sightings, &reply)),
            (Some(index), None) => {
                // A place that saw both sides of a translator is not contrasted with itself.
                let here = sightings[index].place();
                let next =
                    sightings[..index].iter().rfind(|s| s.place() != here && !self.is_blind(s.place()));
                (here, next.map(Sighting::place))
            }
            (None, None) => return None,
        };
        let nearest = sightings.first().is_some_and(|s| s.place() == from);
        match to {
            Some(to) => Some(Fate::ReplyLost(from, to)),
            None if nearest && paired.is_none() => None,
            None => Some(Fate::ReplyLostBehind(from)),
        }
    }

    /// Where a reply that came alone is seen next if it is not lost: where others of that server are, or else the first place
    /// towards the client that sees both directions and has more routers between it and the server than the reply has
    /// passed.
    fn missing(
        &self,
        exchange: &Exchange<'_>,
        sightings: &[Sighting<'_>],
        reply: &OrphanReply,
    ) -> Option<PlaceId> {
        let open = |place: PlaceId| {
            place != reply.place && !exchange.orphan_replies().any(|other| other.place == place)
        };
        let server = exchange.nearest().server().address;
        let others = self.onward.get(&(reply.place, server));
        let usual = others.and_then(|next| next.iter().max_by_key(|(_, count)| **count)).map(|(p, _)| *p);
        if let Some(usual) = usual.filter(|place| open(*place)) {
            return Some(usual);
        }
        let passed = routers_passed(reply.ttl);
        let last = sightings.last()?.ttl();
        let sees = |s: &&Sighting<'_>| !self.is_blind(s.place()) && open(s.place());
        let farther = |s: &&Sighting<'_>| s.ttl().saturating_sub(last) > passed;
        let next =
            sightings.iter().rev().filter(sees).find(farther).or_else(|| sightings.first().filter(sees));
        next.map(Sighting::place)
    }
}
