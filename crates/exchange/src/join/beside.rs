//! Copies of requests that a switch flooded to a machine that they are not for.
//!
//! A host's own interface sees its own hardware address in everything it sends
//! or receives. A request there without that address is somebody else's: being
//! seen there is not delivery, and the missing reply says nothing.
//!
//! Which of the two addresses of a link is the host's own: the one that all answered requests there
//! share. Where they share both (the host talks to one router only), the side decides: next to a
//! client requests come from it, next to a server they go to it. That alone would also fit a trunk
//! where one machine of several gets no reply at all, so the two machines must be known to talk
//! past the place.

use super::during::During;
use super::groups::Groups;
use crate::leg::{Flags, Leg, PlaceId};
use crate::pairer::{Legs, is_initial};
use std::collections::{BTreeMap, BTreeSet};
use unanswered_table::Outcome;
use unanswered_wire::{PROTOCOLS, ProtocolId};

/// Answered requests that must agree on a place's own address.
const AGREED_MIN: u32 = 8;

/// Requests looked at: a place whose address a hundred thousand requests share is a host's.
const LOOKED_AT_MAX: usize = 100_000;

/// The own hardware addresses of each place, where everything answered there shares one or two.
#[derive(Debug)]
struct Own<'a> {
    by_place: &'a mut Vec<Shared>,
    /// Indexes of the source and destination address among the features of each protocol.
    features: Vec<Option<(usize, usize)>>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Shared {
    /// The source and the destination that all answered requests so far have.
    source: Option<i64>,
    destination: Option<i64>,
    /// Addresses that all of them have, as source or destination.
    either: Vec<i64>,
    answered: u32,
    /// All of them came straight from their client; all replies straight from the server.
    at_client: bool,
    at_server: bool,
}

impl Shared {
    fn add(&mut self, [source, destination]: [i64; 2], leg: &Leg) {
        let (at_client, at_server) = (is_initial(leg.ttl), leg.flags.has(Flags::REPLY_UNROUTED));
        if self.answered == 0 {
            *self = Self {
                source: Some(source),
                destination: Some(destination),
                either: vec![source, destination],
                answered: 1,
                at_client,
                at_server,
            };
            return;
        }
        self.source = self.source.filter(|s| *s == source);
        self.destination = self.destination.filter(|d| *d == destination);
        self.either.retain(|a| *a == source || *a == destination);
        self.at_client &= at_client;
        self.at_server &= at_server;
        self.answered += 1;
    }

    /// Whether a request between these addresses is not for this place.
    fn excludes(&self, [source, destination]: [i64; 2]) -> Excluded {
        if self.answered < AGREED_MIN || self.either.is_empty() {
            return Excluded::No;
        }
        if !self.either.iter().any(|a| *a == source || *a == destination) {
            return Excluded::Surely;
        }
        let other_end = match (self.at_client, self.at_server, self.source, self.destination) {
            (true, false, Some(own), _) => source != own,
            (false, true, _, Some(own)) => destination != own,
            _ => false,
        };
        if other_end { Excluded::Perhaps } else { Excluded::No }
    }
}

/// Whether a frame is another machine's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Excluded {
    No,
    /// It has the router's address and not the place's own; or the place is a trunk, where only one
    /// machine gets replies.
    Perhaps,
    /// It has no address that belongs here.
    Surely,
}

/// Both hardware addresses of a frame, the lower one first.
type Pair = (i64, i64);

/// Requests that two machines had answered without the place seeing them, for pairs that it saw without a reply.
pub(super) type Elsewhere = BTreeMap<(PlaceId, Pair), u32>;

const fn pair(addresses: [i64; 2]) -> Pair {
    let [a, b] = addresses;
    if a < b { (a, b) } else { (b, a) }
}

/// Marks the copies that are not on their request's path: the place's own address is not in them,
/// and the two machines they go between talk without this place seeing it.
pub(super) fn mark(
    legs: &mut Legs,
    groups: &Groups,
    during: During,
    by_place: &mut Vec<Shared>,
    elsewhere: &mut Elsewhere,
) {
    let own = Own::of(legs, during, by_place);
    if own.features.iter().all(Option::is_none) {
        return;
    }
    let excluded = |leg: &Leg| {
        let addresses = own.addresses(legs, leg).filter(|_| leg.outcome != Outcome::Answered)?;
        let excluded = own.by_place[usize::from(leg.place.0)].excludes(addresses);
        (excluded != Excluded::No).then(|| (pair(addresses), excluded))
    };
    let mut sure: Vec<usize> = Vec::new();
    let mut candidates: Vec<(usize, PlaceId, Pair)> = Vec::new();
    for (index, leg) in legs.legs.iter().enumerate() {
        match excluded(leg) {
            Some((_, Excluded::Surely)) => sure.push(index),
            Some((pair, _)) => candidates.push((index, leg.place, pair)),
            None => {}
        }
    }
    for index in sure {
        legs.legs[index].flags.set(Flags::BESIDE);
    }
    for candidate in &candidates {
        elsewhere.entry((candidate.1, candidate.2)).or_default();
    }
    let pairs: BTreeSet<Pair> = elsewhere.keys().map(|key| key.1).collect();
    if pairs.is_empty() {
        return;
    }
    for group in groups.iter().filter(|group| during.has(&legs.legs[group[0] as usize])) {
        let answered =
            group.iter().map(|&leg| &legs.legs[leg as usize]).filter(|leg| leg.outcome == Outcome::Answered);
        let mut between: Vec<Pair> = answered.filter_map(|leg| own.addresses(legs, leg).map(pair)).collect();
        between.retain(|pair| pairs.contains(pair));
        between.sort_unstable();
        between.dedup();
        for pair in between {
            for (key, count) in elsewhere.iter_mut().filter(|(key, _)| key.1 == pair) {
                let here = group.iter().any(|&leg| legs.legs[leg as usize].place == key.0);
                *count += u32::from(!here);
            }
        }
    }
    for (index, place, pair) in candidates {
        if elsewhere.get(&(place, pair)).is_some_and(|count| *count >= AGREED_MIN) {
            legs.legs[index].flags.set(Flags::BESIDE);
        }
    }
}

impl<'a> Own<'a> {
    fn of(legs: &Legs, during: During, by_place: &'a mut Vec<Shared>) -> Self {
        // All on a link hear some questions for neighbours, and their addresses are nobody's own.
        let routed = |protocol: u8| !ProtocolId(protocol).carrier().is_of_link();
        let index = |store: &crate::feature_store::FeatureStore, name: &str| {
            store.features().find(|(_, f, _)| f.name == name).map(|(i, ..)| usize::from(i))
        };
        let features: Vec<_> = (0u8..)
            .zip(&legs.stores)
            .map(|(p, s)| routed(p).then(|| Some((index(s, "eth.src")?, index(s, "eth.dst")?)))?)
            .collect();
        debug_assert_eq!(features.len(), PROTOCOLS.len());
        by_place.resize(legs.places.len().max(by_place.len()), Shared::default());
        let own = Self { by_place, features };
        if own.features.iter().all(Option::is_none) {
            return own;
        }
        let step = legs.legs.len().div_ceil(LOOKED_AT_MAX).max(1);
        let answered = |leg: &&Leg| leg.outcome == Outcome::Answered && during.has(leg);
        for leg in legs.legs.iter().step_by(step).filter(answered) {
            if let Some(pair) = own.addresses(legs, leg) {
                own.by_place[usize::from(leg.place.0)].add(pair, leg);
            }
        }
        own
    }

    fn addresses(&self, legs: &Legs, leg: &Leg) -> Option<[i64; 2]> {
        let protocol = usize::from(leg.protocol);
        let (source, destination) = self.features.get(protocol).copied().flatten()?;
        let store = legs.stores.get(protocol)?;
        Some([store.value(source, leg.row, leg.shape)?, store.value(destination, leg.row, leg.shape)?])
    }
}
