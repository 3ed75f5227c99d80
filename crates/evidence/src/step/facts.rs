//! What the captures say about their places: what comes behind each, and whose interface it is.

use super::replies::ReplyPaths;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use unanswered_exchange::follow::Onward;
use unanswered_exchange::{AddressId, Exchange, Exchanges, PlaceId, Sighting, StoredFeature};
use unanswered_registry::Feature;
use unanswered_table::Outcome;
use unanswered_wire::features;

/// Maximum number of exchanges looked at: more say nothing new about places.
const LOOKED_AT_MAX: usize = 50_000;

/// Different pairs of hardware addresses kept for each place.
const HARDWARE_MAX: usize = 4096;

/// What is looked at of each request.
static WANTED: [&Feature; 5] = [
    &features::ETH_SOURCE,
    &features::ETH_DESTINATION,
    &features::DIRECTION,
    &features::OUTER_SOURCE,
    &features::OUTER_DESTINATION,
];

/// Linux's number for packets that the capturing host received (`PACKET_HOST`).
const RECEIVED: i64 = 0;

/// Whose interface a place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Own {
    /// The server's: all that is seen there goes to or comes from its hardware address.
    Surely,
    /// The server's or its neighbour's: a link with two ends.
    Perhaps,
    /// Another machine's: traffic passes there that has nothing to do with the server.
    No,
}

/// How the replies of one server came to a place.
#[derive(Clone, Copy, Debug, Default)]
struct Replied {
    /// Some straight from a host: no router had lowered their time to live.
    unrouted: bool,
    /// Some through routers.
    routed: bool,
}

type Hardware = (Option<i64>, Option<i64>);

/// Facts about all places.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// What comes behind each place.
    pub(super) onward: Onward,
    /// The paths of replies.
    pub(super) replies: ReplyPaths,
    /// How replies of a server (as the place names it) came to a place.
    replied: BTreeMap<(PlaceId, AddressId), Replied>,
    /// Places that saw anything come back, an error at least.
    reverse: BTreeSet<PlaceId>,
    /// Servers that requests to a hardware address at a place were for.
    behind: BTreeMap<(PlaceId, i64), BTreeSet<AddressId>>,
    /// Hardware addresses (from, to) of the requests at each place.
    hardware: BTreeMap<PlaceId, BTreeSet<Hardware>>,
    /// Where answered requests to an address (as the client addresses it) went: address and last time.
    reached: BTreeMap<AddressId, BTreeMap<AddressId, f64>>,
    /// A request that was seen at both of two neighbouring places.
    examples: BTreeMap<(PlaceId, PlaceId), u32>,
    features: Vec<StoredFeature>,
    addresses: Vec<IpAddr>,
}

impl Facts {
    /// Looks through the exchanges.
    pub(crate) fn of(exchanges: &Exchanges) -> Self {
        let features = exchanges.features().into_iter().filter(|f| WANTED.contains(&f.feature)).collect();
        let replies = ReplyPaths::of(exchanges);
        let mut facts = Self { features, onward: Onward::of(exchanges), replies, ..Self::default() };
        facts.addresses = exchanges.addresses().to_vec();
        let step = exchanges.len().div_ceil(LOOKED_AT_MAX).max(1);
        let routed = |e: &Exchange<'_>| !e.protocol().carrier().is_of_link();
        for exchange in exchanges.iter().step_by(step).filter(routed) {
            facts.add(&exchange);
        }
        facts
    }

    fn add(&mut self, exchange: &Exchange<'_>) {
        let mut before = None;
        for sighting in exchange.sightings().filter(|s| !s.beside()) {
            if let Some(before) = before.replace(sighting.place()) {
                self.examples.entry((before, sighting.place())).or_insert(exchange.row());
            }
            if sighting.reply_seen() {
                self.reverse.insert(sighting.place());
            }
            if sighting.reply_ttl().is_some() {
                self.came(sighting.place(), sighting.server().address, sighting.reply_unrouted());
            }
            let pair = (
                self.value(&sighting, &features::ETH_SOURCE),
                self.value(&sighting, &features::ETH_DESTINATION),
            );
            let known = self.hardware.entry(sighting.place()).or_default();
            if known.len() < HARDWARE_MAX {
                known.insert(pair);
            }
            if let Some(to) = pair.1 {
                let behind = self.behind.entry((sighting.place(), to)).or_default();
                if behind.len() < HARDWARE_MAX {
                    behind.insert(sighting.server().address);
                }
            }
        }
        self.replies.add(exchange);
        for reply in exchange.orphan_replies() {
            self.reverse.insert(reply.place);
            self.came(reply.place, reply.server, reply.unrouted());
        }
        if exchange.outcome() == Outcome::Answered {
            let (near, far) = (exchange.nearest().server().address, exchange.farthest().server().address);
            self.reached.entry(near).or_default().insert(far, exchange.time().seconds());
        }
    }

    fn came(&mut self, place: PlaceId, server: AddressId, unrouted: bool) {
        let replied = self.replied.entry((place, server)).or_default();
        replied.unrouted |= unrouted;
        replied.routed |= !unrouted;
    }

    fn value(&self, sighting: &Sighting<'_>, feature: &Feature) -> Option<i64> {
        self.features.iter().filter(|f| f.feature.is(feature)).find_map(|f| sighting.value(f))
    }

    /// A request that was seen at both places, neighbours on its path.
    pub(super) fn example(&self, near: PlaceId, far: PlaceId) -> Option<u32> {
        self.examples.get(&(near, far)).copied()
    }

    /// The outer addresses of the tunnel that the request is in at this place.
    pub(super) fn tunnel_ends(&self, sighting: &Sighting<'_>) -> Option<(IpAddr, IpAddr)> {
        let end = |feature| self.value(sighting, feature).and_then(|v| self.address(v));
        Some((end(&features::OUTER_SOURCE)?, end(&features::OUTER_DESTINATION)?))
    }

    fn address(&self, id: i64) -> Option<IpAddr> {
        self.addresses.get(usize::try_from(id).ok()?).copied()
    }

    /// Whether the place is the server's own interface: it is only where the replies of this server left straight from its host,
    /// and hardware addresses or directions fit. Where it never replied, nothing tells it from a router's port with a dead server
    /// behind, so that a router's sign is enough to say no.
    pub(super) fn own(&self, sighting: &Sighting<'_>) -> Own {
        let place = sighting.place();
        // Where nothing ever comes back, one direction may have been captured only, and a missing reply says nothing.
        if !self.reverse.contains(&place) || self.replies.is_blind(place) {
            return Own::No;
        }
        let replied = self.replied.get(&(place, sighting.server().address)).copied().unwrap_or_default();
        let hardware = self.value(sighting, &features::ETH_DESTINATION);
        if replied.routed || (!replied.unrouted && self.forwards(place, hardware)) {
            return Own::No;
        }
        if let Some(direction) = self.value(sighting, &features::DIRECTION) {
            // Received by the capturing host, which is the server where it also sends replies that no router has
            // lowered; a router has received it as well.
            return match (direction == RECEIVED, replied.unrouted) {
                (true, true) => Own::Surely,
                (true, false) => Own::Perhaps,
                (false, _) => Own::No,
            };
        }
        let Some(server) = hardware else { return Own::Perhaps };
        let Some(pairs) = self.hardware.get(&place) else { return Own::Perhaps };
        let in_all = |address: i64| pairs.iter().all(|p| p.0 == Some(address) || p.1 == Some(address));
        if !in_all(server) {
            return Own::No;
        }
        let other = pairs.iter().next().and_then(|p| if p.0 == Some(server) { p.1 } else { p.0 });
        if !replied.unrouted || other.is_some_and(in_all) { Own::Perhaps } else { Own::Surely }
    }

    /// Whether the machine that requests here are handed to looks like a router: it has several servers behind it, or replies come
    /// through it that a router has forwarded.
    fn forwards(&self, place: PlaceId, hardware: Option<i64>) -> bool {
        let routed = |server: &AddressId| self.replied.get(&(place, *server)).is_some_and(|r| r.routed);
        match hardware.and_then(|address| self.behind.get(&(place, address))) {
            Some(servers) => servers.len() > 1 || servers.iter().any(routed),
            None => {
                self.replied.range((place, AddressId(0))..).take_while(|r| r.0.0 == place).any(|r| r.1.routed)
            }
        }
    }

    /// Another address that answered requests to the same destination went to, up to that time or later.
    pub(super) fn reached_elsewhere(&self, exchange: &Exchange<'_>) -> Option<AddressId> {
        let (near, far) = (exchange.nearest().server().address, exchange.farthest().server().address);
        if near == far {
            return None;
        }
        let reached = self.reached.get(&near)?;
        let until = |address: &AddressId| reached.get(address).copied().unwrap_or(f64::NEG_INFINITY);
        let others = reached.keys().filter(|a| **a != far && **a != near);
        let latest = others.max_by(|a, b| until(a).total_cmp(&until(b)))?;
        if !reached.contains_key(&far) {
            // It never answered: a dead member of a group, not a misdirection.
            return None;
        }
        let now = exchange.time().seconds();
        (until(latest) > now && until(&far) < until(latest)).then_some(*latest)
    }
}
