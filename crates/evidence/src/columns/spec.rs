//! The list of features that some exchanges have.

use super::end::End;
use super::features as derived;
use super::hash::Bucket;
use super::measure::Measure;
use super::sides::{Side, Sides, differ};
use super::{network, path, reply};
use unanswered_exchange::{Exchanges, StoredFeature};
use unanswered_registry::{Feature, Layer, PROTOCOL, Transport};
use unanswered_table::Viewpoint;
use unanswered_wire::features;

/// What a column is made from.
#[derive(Clone, Debug)]
pub(crate) enum What {
    Protocol,
    Stored { features: Vec<StoredFeature>, side: Side },
    Address { end: End, side: Side },
    Prefix { end: End },
    Port { end: End, side: Side, transport: Transport },
    Ttl(Side),
    IpId,
    Flow,
    Pair,
    Translated,
    Rewritten,
    ClientsBehind,
    From,
    Via,
    ReplyLength,
    ReplyTime,
    Hash(Bucket),
    Measure(Measure),
}

/// A column that can be made.
#[derive(Clone, Debug)]
pub(crate) struct Spec {
    pub(crate) feature: &'static Feature,
    pub(crate) at: Viewpoint,
    pub(crate) what: What,
}

impl Spec {
    pub(crate) fn measure(&self) -> Option<Measure> {
        if let What::Measure(measure) = self.what { Some(measure) } else { None }
    }

    /// Whether only its values say something. Where one value stands beside missing ones, it would say no
    /// more than where a request was seen, which other columns say more plainly.
    pub(crate) fn tells_by_values(&self) -> bool {
        matches!(self.what, What::Rewritten | What::From | What::Via | What::Measure(Measure::New))
    }

    fn near(feature: &'static Feature, what: What) -> Self {
        Self { feature, at: Viewpoint::Client, what }
    }
}

/// Exchanges that are looked at for features that a translation changes.
const COMPARED_MAX: usize = 20_000;

/// All columns that the exchanges can have. Constant ones are dropped when they are made.
pub(crate) fn all(exchanges: &Exchanges, sides: &Sides) -> Vec<Spec> {
    let mut specs = vec![Spec::near(&PROTOCOL, What::Protocol)];
    endpoints(&mut specs, Side::Client);
    let stored = stored(exchanges);
    for (feature, list) in &stored {
        let side = if feature.layer == Layer::Tunnel { Side::Tunnel } else { Side::Client };
        specs.push(Spec::near(feature, What::Stored { features: list.clone(), side }));
    }
    specs.push(Spec::near(&features::IP_ID, What::IpId));
    if sides.translated {
        translated(&mut specs, exchanges, sides, &stored);
    }
    let networks = network::that_say_more(exchanges).into_iter();
    specs.extend(networks.map(|(end, feature)| Spec::near(feature, What::Prefix { end })));
    if path::from_says_more(exchanges) {
        specs.push(Spec::near(&derived::FROM, What::From));
    }
    if exchanges.places().len() > 2 {
        specs.push(Spec::near(&derived::VIA, What::Via));
    }
    if reply::some_were_lost(exchanges) {
        specs.push(Spec::near(&derived::REPLY_LENGTH, What::ReplyLength));
        specs.push(Spec::near(&derived::REPLY_TIME, What::ReplyTime));
    }
    specs.push(Spec::near(&derived::PAIR, What::Pair));
    specs.push(Spec::near(&derived::FLOW, What::Flow));
    specs.extend(Bucket::all().map(|bucket| Spec::near(bucket.feature(), What::Hash(bucket))));
    let measures = Measure::all(sides.translated).into_iter();
    specs.extend(measures.map(|measure| Spec::near(measure.feature(), What::Measure(measure))));
    specs
}

/// What lies beyond a translation, and what it did.
fn translated(
    specs: &mut Vec<Spec>,
    exchanges: &Exchanges,
    sides: &Sides,
    stored: &[(&'static Feature, Vec<StoredFeature>)],
) {
    endpoints(specs, Side::Server);
    for (feature, list) in stored {
        if !feature.per_hop && changes_on_the_way(exchanges, sides, list) {
            let what = What::Stored { features: list.clone(), side: Side::Server };
            specs.push(Spec { feature, at: Viewpoint::BeyondNat, what });
        }
    }
    specs.push(Spec::near(&derived::TRANSLATED, What::Translated));
    specs.push(Spec::near(&derived::REWRITTEN, What::Rewritten));
    if sides.behind_differs() {
        specs.push(Spec::near(&derived::CLIENTS, What::ClientsBehind));
    }
}

/// Addresses, ports and time to live of one side. Beyond a translation, only what it changes.
fn endpoints(specs: &mut Vec<Spec>, side: Side) {
    let at = if side == Side::Client { Viewpoint::Client } else { Viewpoint::BeyondNat };
    let ends = [
        (End::Source, &features::SOURCE, &features::UDP_SOURCE, &features::TCP_SOURCE),
        (End::Destination, &features::DESTINATION, &features::UDP_DESTINATION, &features::TCP_DESTINATION),
    ];
    for (end, address, udp, tcp) in ends {
        specs.push(Spec { feature: address, at, what: What::Address { end, side } });
        for (feature, transport) in [(udp, Transport::Udp), (tcp, Transport::Tcp)] {
            specs.push(Spec { feature, at, what: What::Port { end, side, transport } });
        }
    }
    if side == Side::Client {
        specs.push(Spec::near(&features::TTL, What::Ttl(side)));
    }
}

/// Stored features: several protocols share those of IP and UDP.
fn stored(exchanges: &Exchanges) -> Vec<(&'static Feature, Vec<StoredFeature>)> {
    let mut all: Vec<(&'static Feature, Vec<StoredFeature>)> = Vec::new();
    for stored in exchanges.features() {
        match all.iter_mut().find(|(f, _)| f.is(stored.feature)) {
            // A column has values of one kind; a second meaning would be another column's.
            Some((_, list)) if list[0].meaning == stored.meaning => list.push(stored),
            Some(_) => {}
            None => all.push((stored.feature, vec![stored])),
        }
    }
    all.retain(|(_, list)| varies(exchanges, list));
    all
}

/// Whether any two requests of the protocols that have the feature differ in it.
fn varies(exchanges: &Exchanges, list: &[StoredFeature]) -> bool {
    let mut constants = list.iter().map(|f| exchanges.constant(f));
    let first = constants.next().flatten();
    first.is_none() || !constants.all(|c| c == first)
}

fn changes_on_the_way(exchanges: &Exchanges, sides: &Sides, list: &[StoredFeature]) -> bool {
    let mut compared = 0;
    for exchange in exchanges.iter() {
        let near = exchange.nearest();
        let Some(far) = sides.sighting(&exchange, Side::Server) else { continue };
        if !differ(&near, &far) {
            continue;
        }
        if list.iter().any(|f| near.value(f) != far.value(f)) {
            return true;
        }
        compared += 1;
        if compared >= COMPARED_MAX {
            break;
        }
    }
    false
}
