//! The translation table, read off the two sides of the translator.

use super::Between;
use crate::lookup::Lookup;
use crate::{Endpoint, Exchange, Exchanges, PlaceId, Sighting};
use std::collections::BTreeMap;
use unanswered_wire::{ProtocolId, Span, Time};

/// How long after its last request another client's mapping may still hold a port: Linux keeps a UDP
/// stream for 120 s (`nf_conntrack_udp_timeout_stream`), older kernels 180 s.
const HELD_FOR: Span = Span::from_seconds(180);

/// One row of the table: how the requests of one inside flow continued outside.
///
/// A flow whose outside changes gets a new row each time. TCP connects and the data behind them
/// share their flow's row.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// Protocol of the requests.
    pub protocol: ProtocolId,
    /// The places between which the translation happened.
    pub between: Between<PlaceId>,
    /// Client as seen inside.
    pub inside: Endpoint,
    /// Server as the client names it.
    pub inside_server: Endpoint,
    /// Client as seen outside.
    pub outside: Endpoint,
    /// Server as seen outside; differs from inside for a virtual address (DNAT).
    pub outside_server: Endpoint,
    /// First request through it that was seen, on the shared clock.
    pub since: Time,
    /// Last request through it that was seen.
    pub until: Time,
    /// Requests through it.
    pub requests: u64,
    /// Of these, those that failed.
    pub failed: u64,
    /// Index of the flow's mapping before this one: the translator chose anew.
    pub before: Option<usize>,
    /// Index of the mapping of another client that held the port which this client's would have
    /// kept: the reason for the rewriting, where the captures show it.
    pub holder: Option<usize>,
}

impl Mapping {
    /// Whether the client's port is different outside.
    #[must_use]
    pub const fn rewritten(&self) -> bool {
        self.inside.port != self.outside.port
    }
}

/// The translations that a request went through: its sightings at the places before and behind each.
pub fn translations<'a>(
    exchange: &Exchange<'a>,
) -> impl Iterator<Item = (Sighting<'a>, Sighting<'a>)> + use<'a> {
    let mut before: Option<Sighting<'a>> = None;
    exchange.sightings().filter(|s| !s.beside()).filter_map(move |here| {
        let inside = before.replace(here)?;
        let changed = (inside.client(), inside.server()) != (here.client(), here.server());
        changed.then_some((inside, here))
    })
}

/// The key of a row: protocol, client, server, and the place before the translator.
type Flow = (ProtocolId, Endpoint, Endpoint, PlaceId);

/// All mappings, in order of their first requests.
#[derive(Clone, Debug, Default)]
pub struct Nat {
    /// See [`Mapping`].
    pub mappings: Vec<Mapping>,
    newest: Lookup<Flow, usize>,
}

impl Nat {
    /// Looks through all exchanges.
    #[must_use]
    pub fn of(exchanges: &Exchanges) -> Self {
        let mut nat = Self::default();
        nat.go_on(exchanges);
        nat
    }

    /// Goes on with the exchanges of the next window of the same pairing ([`Windows`](crate::Windows)).
    pub fn go_on(&mut self, exchanges: &Exchanges) {
        if exchanges.places().len() < 2 {
            return;
        }
        for exchange in exchanges.iter() {
            for (inside, outside) in translations(&exchange) {
                self.add(&exchange, &inside, &outside);
            }
        }
        self.find_holders();
    }

    fn add(&mut self, exchange: &Exchange<'_>, inside: &Sighting<'_>, outside: &Sighting<'_>) {
        let protocol = exchange.protocol().of_flow();
        let time = exchange.on_shared_clock(inside);
        let failed = u64::from(exchange.outcome().failed());
        let flow = (protocol, inside.client(), inside.server(), inside.place());
        let known = self.newest.get(&flow);
        if let Some(mapping) = known.and_then(|index| self.mappings.get_mut(index))
            && (mapping.outside, mapping.outside_server) == (outside.client(), outside.server())
        {
            mapping.until = mapping.until.max(time);
            mapping.requests += 1;
            mapping.failed += failed;
            return;
        }
        self.newest.insert(flow, self.mappings.len());
        self.mappings.push(Mapping {
            protocol,
            between: Between { near: inside.place(), far: outside.place() },
            inside: inside.client(),
            inside_server: inside.server(),
            outside: outside.client(),
            outside_server: outside.server(),
            since: time,
            until: time,
            requests: 1,
            failed,
            before: known,
            holder: None,
        });
    }

    /// For each rewritten port, who held it.
    fn find_holders(&mut self) {
        let mut by_outside: BTreeMap<(ProtocolId, Endpoint), Vec<usize>> = BTreeMap::new();
        for (index, mapping) in self.mappings.iter().enumerate() {
            by_outside.entry((mapping.protocol, mapping.outside)).or_default().push(index);
        }
        for index in 0..self.mappings.len() {
            let own = &self.mappings[index];
            if !own.rewritten() {
                continue;
            }
            let wanted = (own.protocol, Endpoint { address: own.outside.address, port: own.inside.port });
            let holds = |other: &&usize| {
                let other = &self.mappings[**other];
                // The capture may show the holder's first request only later: its mapping is older than that.
                other.inside != own.inside && other.since <= own.until && other.until + HELD_FOR >= own.since
            };
            let candidates = by_outside.get(&wanted).into_iter().flatten().filter(holds);
            let same_server = |other: usize| self.mappings[other].outside_server == own.outside_server;
            self.mappings[index].holder =
                candidates.copied().min_by_key(|&other| (!same_server(other), other));
        }
    }

    /// The mapping that a flow had at a time: the newest one that began by then.
    #[must_use]
    pub fn at(
        &self,
        protocol: ProtocolId,
        inside: Endpoint,
        server: Endpoint,
        time: Time,
    ) -> Option<&Mapping> {
        let of_flow =
            |m: &&Mapping| m.protocol == protocol && m.inside == inside && m.inside_server == server;
        self.mappings.iter().filter(of_flow).rfind(|m| m.since <= time)
    }

    /// How often the flow's mapping had changed before this one.
    #[must_use]
    pub fn generation(&self, index: usize) -> usize {
        std::iter::successors(self.mappings.get(index), |m| self.mappings.get(m.before?)).count() - 1
    }
}
