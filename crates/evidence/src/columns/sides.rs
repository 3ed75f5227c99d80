//! Which side of an address translation a request was seen on.

use super::dense::dense;
use std::collections::BTreeSet;
use std::sync::OnceLock;
use unanswered_exchange::{AddressId, Endpoint, Exchange, Exchanges, PlaceId, Sighting};
use unanswered_table::{MISSING, Values};
use unanswered_wire::ProtocolId;

/// From which sighting a feature is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// The nearest one to the client.
    Client,
    /// The farthest one, where it lies beyond a translation.
    Server,
    /// The first one in a tunnel.
    Tunnel,
}

/// Places by the side of the translation that they are on.
#[derive(Debug, Default)]
pub(crate) struct Sides {
    /// Places that see requests only after their translation.
    beyond: Vec<bool>,
    /// Some request was seen on both sides of a translation.
    pub(crate) translated: bool,
    /// Both ends of each request's flow as the server sees them, numbered; found when first asked for.
    outside_flows: OnceLock<(Vec<u32>, u32)>,
    /// Number of inside clients seen behind each outside address, by [`AddressId`].
    behind: Vec<u32>,
}

impl Sides {
    /// Finds the translations.
    pub(crate) fn of(exchanges: &Exchanges) -> Self {
        let places = exchanges.places().len();
        let (mut after, mut before) = (vec![0u64; places], vec![0u64; places]);
        let mut pairs: BTreeSet<(AddressId, AddressId)> = BTreeSet::new();
        // Questions for neighbours are never translated, and begin on either side.
        for exchange in exchanges.iter().filter(|e| !e.protocol().carrier().is_of_link()) {
            let near = exchange.nearest();
            if exchange.sightings().len() < 2 {
                continue;
            }
            before[index(near.place())] += 1;
            for sighting in exchange.sightings().skip(1) {
                if differ(&near, &sighting) {
                    after[index(sighting.place())] += 1;
                }
                if near.client().address != sighting.client().address {
                    pairs.insert((sighting.client().address, near.client().address));
                }
            }
        }
        let beyond: Vec<bool> = after.iter().zip(&before).map(|(&a, &b)| a > 0 && b == 0).collect();
        let mut behind = vec![0u32; exchanges.addresses().len()];
        for (outside, _) in &pairs {
            behind[outside.0 as usize] += 1;
        }
        Self { translated: after.iter().any(|&a| a > 0), beyond, behind, outside_flows: OnceLock::new() }
    }

    /// The sighting on that side, if there is one.
    pub(crate) fn sighting<'a>(&self, exchange: &Exchange<'a>, side: Side) -> Option<Sighting<'a>> {
        match side {
            Side::Client => Some(exchange.nearest()),
            Side::Server => {
                let far = Some(exchange.farthest()).filter(|far| !far.protocol().carrier().is_of_link())?;
                (self.is_beyond(far.place()) || differ(&exchange.nearest(), &far)).then_some(far)
            }
            Side::Tunnel => exchange.sightings().find(Sighting::tunnelled),
        }
    }

    /// The sighting whose addresses and ports the server sees, as far as is known.
    pub(crate) fn at_the_server<'a>(&self, exchange: &Exchange<'a>) -> Sighting<'a> {
        self.sighting(exchange, Side::Server).unwrap_or_else(|| exchange.nearest())
    }

    /// Whether more than one outside address has a known number of clients behind it.
    pub(crate) fn behind_differs(&self) -> bool {
        let mut counts = self.behind.iter().filter(|&&c| c > 0);
        counts.next().is_some_and(|first| counts.any(|c| c != first))
    }

    /// 1 where the source was changed on the path, 0 where it was not, missing where only one side was seen.
    pub(crate) fn translated_column(&self, exchanges: &Exchanges, rows: &[u32]) -> Values {
        let codes = rows.iter().map(|&row| {
            let both = self.both(&exchanges.get(row));
            both.map_or(MISSING, |(near, far)| u32::from(differ(&near, &far)))
        });
        Values::Codes { codes: codes.collect(), labels: vec!["no".to_owned(), "yes".to_owned()] }
    }

    /// 1 where the client's port was changed on the path, 0 where it was not, missing where only one side
    /// was seen.
    pub(crate) fn rewritten_column(&self, exchanges: &Exchanges, rows: &[u32]) -> Values {
        let codes = rows.iter().map(|&row| {
            let both = self.both(&exchanges.get(row));
            both.map_or(MISSING, |(near, far)| u32::from(near.client().port != far.client().port))
        });
        Values::Codes { codes: codes.collect(), labels: vec!["no".to_owned(), "yes".to_owned()] }
    }

    /// The sightings before and beyond the translation, where the request was seen on both sides.
    ///
    /// A request that never came out of the translation does not count as "not translated": that would
    /// reveal its outcome.
    pub(crate) fn both<'a>(&self, exchange: &Exchange<'a>) -> Option<(Sighting<'a>, Sighting<'a>)> {
        if exchange.protocol().carrier().is_of_link() {
            return None;
        }
        let (near, far) = (exchange.nearest(), exchange.farthest());
        let through = differ(&near, &far) || self.is_beyond(far.place());
        (through && !self.is_beyond(near.place())).then_some((near, far))
    }

    /// How many clients were seen behind the request's outside address.
    pub(crate) fn clients_behind_column(&self, exchanges: &Exchanges, rows: &[u32]) -> Values {
        let of = |row: u32| {
            let far = self.sighting(&exchanges.get(row), Side::Server)?;
            self.behind.get(far.client().address.0 as usize).copied().filter(|&c| c > 0)
        };
        Values::Numbers(rows.iter().map(|&row| of(row).map_or(f64::NAN, f64::from)).collect())
    }

    fn is_beyond(&self, place: PlaceId) -> bool {
        self.beyond.get(index(place)).copied().unwrap_or(false)
    }
}

fn index(place: PlaceId) -> usize {
    usize::from(place.0)
}

/// Whether a translation lies between two sightings.
pub(crate) fn differ(a: &Sighting<'_>, b: &Sighting<'_>) -> bool {
    a.client() != b.client() || a.server() != b.server()
}

/// Both ends of the flow as the server sees them, numbered; every row has one.
pub(crate) fn outside_flows<'a>(exchanges: &Exchanges, sides: &'a Sides) -> &'a (Vec<u32>, u32) {
    sides.outside_flows.get_or_init(|| {
        dense(exchanges.iter().map(|e| {
            let s = if sides.translated { sides.at_the_server(&e) } else { e.nearest() };
            Some(flow_key(e.protocol(), s.client(), s.server()))
        }))
    })
}

/// A flow in a few machine words, which hash fast.
pub(crate) fn flow_key(protocol: ProtocolId, client: Endpoint, server: Endpoint) -> (u64, u64) {
    let end = |of: Endpoint| u64::from(of.address.0) << 16 | u64::from(of.port);
    (end(client), end(server) << 8 | u64::from(protocol.0))
}
