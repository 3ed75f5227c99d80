//! The list of features that some exchanges have.

use super::AFTER_NAT;
use super::hash::Bucket;
use super::measure::Measure;
use super::sides::{Side, Sides, differ};
use super::{network, path};
use unanswered_exchange::{Exchanges, Meaning, StoredFeature};
use unanswered_table::{Cut, Origin};
use unanswered_wire::{Feature, FeatureKind, ProtocolId, features};

/// An end of a request's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Source,
    Destination,
}

/// What a column is made from.
#[derive(Clone, Debug)]
pub(crate) enum What {
    Protocol,
    Stored { features: Vec<StoredFeature>, side: Side },
    Address { end: End, side: Side },
    Prefix { end: End },
    Port { end: End, side: Side, protocols: &'static [ProtocolId] },
    Ttl(Side),
    IpId,
    Flow,
    Pair,
    Translated,
    Rewritten,
    ClientsBehind,
    From,
    Via,
    Hash(Bucket),
    Measure(Measure),
}

/// A column that can be made.
#[derive(Clone, Debug)]
pub(crate) struct Spec {
    pub(crate) name: String,
    pub(crate) at: Option<&'static str>,
    pub(crate) words: String,
    pub(crate) origin: Origin,
    pub(crate) cut: Cut,
    pub(crate) what: What,
}

impl Spec {
    pub(crate) fn measure(&self) -> Option<Measure> {
        if let What::Measure(measure) = self.what { Some(measure) } else { None }
    }

    /// Whether it says something by its values only. Where one value stands beside missing ones, it
    /// would say no more than where a request was seen, which others say more plainly.
    pub(crate) fn tells_by_values(&self) -> bool {
        matches!(self.what, What::Rewritten | What::From | What::Via | What::Measure(Measure::New))
    }

    fn header(feature: &'static Feature, at: Option<&'static str>, what: What) -> Self {
        Self {
            name: feature.name.to_owned(),
            at,
            words: feature.words.to_owned(),
            origin: if feature.wireshark { Origin::Header } else { Origin::Derived },
            cut: if feature.kind == FeatureKind::Amount { Cut::Amount } else { Cut::Code },
            what,
        }
    }

    fn derived(name: impl Into<String>, words: &str, cut: Cut, what: What) -> Self {
        let words = words.to_owned();
        Self { name: name.into(), at: None, words, origin: Origin::Derived, cut, what }
    }
}

/// Protocols over UDP and over TCP, for the names of their ports.
const UDP: &[ProtocolId] = &[ProtocolId::NTP, ProtocolId::DNS];
const TCP: &[ProtocolId] = &[ProtocolId::TCP, ProtocolId::TCP_DATA];

/// Features of the link: they differ from place to place and say nothing of a translation.
const LINK: [&str; 8] =
    ["frame.", "eth.", "vlan.", "sll.", "udp.checksum", "tcp.checksum", "ip.flags.mf", "ip.hdr_len"];

/// Features of tunnels: the outer headers.
const TUNNEL: [&str; 6] = ["tunnel", "vxlan.", "geneve.", "gre.", "mpls.", "erspan."];

/// Exchanges that are looked at for features that a translation changes.
const COMPARED_MAX: usize = 20_000;

/// All columns that the exchanges can have. Constant ones fall away when they are made.
pub(crate) fn all(exchanges: &Exchanges, sides: &Sides) -> Vec<Spec> {
    let mut specs = vec![Spec::derived("protocol", "protocol", Cut::Code, What::Protocol)];
    endpoints(&mut specs, Side::Client, None);
    let stored = stored(exchanges);
    for (feature, list) in &stored {
        let side = if is_one_of(feature, &TUNNEL) { Side::Tunnel } else { Side::Client };
        specs.push(Spec::header(feature, None, What::Stored { features: list.clone(), side }));
    }
    specs.push(Spec::header(&features::IP_ID, None, What::IpId));
    if sides.translated {
        endpoints(&mut specs, Side::Server, Some(AFTER_NAT));
        for (feature, list) in &stored {
            let fixed = is_one_of(feature, &LINK) || is_one_of(feature, &TUNNEL);
            if !fixed && changes_on_the_way(exchanges, sides, list) {
                let what = What::Stored { features: list.clone(), side: Side::Server };
                specs.push(Spec::header(feature, Some(AFTER_NAT), what));
            }
        }
        let words = "source's translation";
        specs.push(Spec::derived("nat.translated", words, Cut::Code, What::Translated));
        let words = "translation of the source port";
        specs.push(Spec::derived("nat.rewritten", words, Cut::Code, What::Rewritten));
        if sides.behind_differs() {
            let words = "number of clients behind the source address";
            specs.push(Spec::derived("nat.clients", words, Cut::Amount, What::ClientsBehind));
        }
    }
    specs.extend(network::specs(exchanges));
    if path::from_says_more(exchanges) {
        let words = "place nearest to the client";
        specs.push(Spec::derived("path.from", words, Cut::Code, What::From));
    }
    if exchanges.places().len() > 2 {
        let words = "branch of the path";
        specs.push(Spec::derived("path.via", words, Cut::Code, What::Via));
    }
    specs.push(Spec::derived("client>server", "pair of client and server", Cut::Code, What::Pair));
    specs.push(Spec::derived("flow", "flow", Cut::Code, What::Flow));
    for bucket in Bucket::all() {
        specs.push(Spec::derived(bucket.name(), &bucket.words(), Cut::Code, What::Hash(bucket)));
    }
    for measure in Measure::all(sides.translated) {
        specs.push(Spec {
            name: measure.name().to_owned(),
            at: None,
            words: measure.words().to_owned(),
            origin: Origin::History,
            cut: measure.cut(),
            what: What::Measure(measure),
        });
    }
    specs
}

pub(super) fn prefix_spec(name: String, words: &str, end: End) -> Spec {
    Spec::derived(name, words, Cut::Code, What::Prefix { end })
}

/// Addresses, ports and time to live of one side. Beyond a translation only what it changes.
fn endpoints(specs: &mut Vec<Spec>, side: Side, at: Option<&'static str>) {
    let ends = [
        (End::Source, &features::SOURCE, &features::UDP_SOURCE, &features::TCP_SOURCE),
        (End::Destination, &features::DESTINATION, &features::UDP_DESTINATION, &features::TCP_DESTINATION),
    ];
    for (end, address, udp, tcp) in ends {
        specs.push(Spec::header(address, at, What::Address { end, side }));
        specs.push(Spec::header(udp, at, What::Port { end, side, protocols: UDP }));
        specs.push(Spec::header(tcp, at, What::Port { end, side, protocols: TCP }));
    }
    if side == Side::Client {
        specs.push(Spec::header(&features::TTL, at, What::Ttl(side)));
    }
}

/// Stored features by name: several protocols share those of IP and UDP.
fn stored(exchanges: &Exchanges) -> Vec<(&'static Feature, Vec<StoredFeature>)> {
    let mut all: Vec<(&'static Feature, Vec<StoredFeature>)> = Vec::new();
    for stored in exchanges.features() {
        match all.iter_mut().find(|(f, _)| f.name == stored.feature.name) {
            // A column has values of one kind; a second meaning of a name would be another column's.
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

fn is_one_of(feature: &Feature, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|p| feature.name.starts_with(p))
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

/// Whether a meaning's numbers are amounts.
pub(crate) fn is_number(meaning: Meaning) -> bool {
    meaning == Meaning::Number
}
