//! What the exchanges themselves say about failed requests, besides any clause.
//!
//! A fact is about the failed requests alone (this file), or about what they have beside them (`beside`): other requests
//! of the same machines, other flows, other places.

mod beside;

use beside::Beside;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use unanswered_exchange::{AddressId, Exchange, Exchanges, StoredFeature};
use unanswered_explain::{Fact, Observed};
use unanswered_registry::Feature;
use unanswered_table::Reason;
use unanswered_wire::Carrier;
use unanswered_wire::features::DONT_FRAGMENT;
use unanswered_wire::protocols::tcp;

/// Failed requests that are looked at, spread evenly: facts hold for most of them or not at all.
const FAILED_MAX: usize = 2_000;
/// A protocol with fewer than one in this many of the failed requests is there by the way.
const PROTOCOL_SHARE: usize = 20;

/// What two sides of a translation, or two ways, would have to show.
const OF_SEVERAL_PLACES: [Fact; 9] = [
    Fact::Translated,
    Fact::BehindTranslation,
    Fact::PassesTranslation,
    Fact::PortRewritten,
    Fact::SharedAddress,
    Fact::SharedIdentity,
    Fact::SentElsewhere,
    Fact::WaysDiffer,
    Fact::OtherInterface,
];

/// What is known about the given (failed) requests, in the order of rows. A fact holds when it does for at least half
/// of them; `shared_address` when any of their translated addresses has several clients, and
/// `says_too_often` when any of them got that reply: servers limit those too.
pub(crate) fn observed(exchanges: &Exchanges, failed: &[u32]) -> Observed {
    let step = failed.len().div_ceil(FAILED_MAX).max(1);
    let looked: Vec<Exchange<'_>> = failed.iter().step_by(step).map(|&row| exchanges.get(row)).collect();
    if looked.is_empty() {
        return Observed::default();
    }
    let headers = Headers::of(exchanges);
    let mut protocols: BTreeMap<&str, usize> = BTreeMap::new();
    let mut refusals = BTreeSet::new();
    let mut counts: BTreeMap<Fact, usize> = BTreeMap::new();
    for exchange in &looked {
        // What is known of a TCP connection holds for the requests inside it.
        *protocols.entry(exchange.protocol().of_flow().declaration().name).or_default() += 1;
        refusals.extend(exchange.reason().refusal());
        for fact in facts_of(exchanges, &headers, exchange) {
            *counts.entry(fact).or_default() += 1;
        }
    }
    let most = |count: usize| count * 2 >= looked.len();
    let alone = counts
        .into_iter()
        .filter(|&(fact, count)| most(count) || fact == Fact::SaysTooOften)
        .map(|(fact, _)| fact);
    let mut facts: BTreeSet<Fact> = alone.collect();
    facts.extend(Beside::of(exchanges, &looked, failed).facts());
    let named = protocols.into_iter().filter(|&(_, count)| count * PROTOCOL_SHARE >= looked.len());
    let hidden = if exchanges.places().len() > 1 { Vec::new() } else { OF_SEVERAL_PLACES.to_vec() };
    Observed {
        protocols: named.map(|(name, _)| name.to_owned()).collect(),
        refusals: refusals.into_iter().collect(),
        facts: facts.into_iter().collect(),
        hidden,
    }
}

/// Header fields that facts are about.
struct Headers {
    dont_fragment: Vec<StoredFeature>,
    data_length: Vec<StoredFeature>,
}

impl Headers {
    fn of(exchanges: &Exchanges) -> Self {
        let stored = exchanges.features();
        Self { dont_fragment: fields(&stored, &DONT_FRAGMENT), data_length: fields(&stored, &tcp::LENGTH) }
    }
}

/// A header field as each protocol stores it.
fn fields(stored: &[StoredFeature], feature: &Feature) -> Vec<StoredFeature> {
    stored.iter().filter(|one| one.feature.is(feature)).cloned().collect()
}

/// A header field of a request; `None` where its protocol does not have it.
fn value_of(exchanges: &Exchanges, list: &[StoredFeature], exchange: &Exchange<'_>) -> Option<i64> {
    let feature = list.iter().find(|one| one.protocol == exchange.protocol())?;
    exchanges.constant(feature).or_else(|| exchanges.value(exchange.row(), feature))
}

fn facts_of(exchanges: &Exchanges, headers: &Headers, exchange: &Exchange<'_>) -> BTreeSet<Fact> {
    let mut facts = BTreeSet::new();
    let (near, far) = (exchange.nearest(), exchange.farthest());
    let connect = exchange.protocol().carrier() == Carrier::TcpConnect;
    let value = |list: &[StoredFeature]| value_of(exchanges, list, exchange);
    let holding = [
        (Fact::Translated, is_translated(exchange)),
        (Fact::PassesTranslation, is_translated(exchange) && far.transmissions() >= near.transmissions()),
        (Fact::PortRewritten, is_translated(exchange) && near.client().port != far.client().port),
        (Fact::ReplySeen, exchange.sightings().any(|sighting| sighting.reply_seen())),
        (Fact::WaysDiffer, exchange.orphan_replies().next().is_some()),
        (Fact::NewFlow, connect),
        (Fact::SynData, connect && value(&headers.data_length).is_some_and(|length| length > 0)),
        (Fact::DontFragment, value(&headers.dont_fragment) == Some(1)),
        (Fact::LinkLocalServer, address(exchanges, near.server().address).is_some_and(is_link_local)),
    ];
    facts.extend(holding.into_iter().filter(|(_, holds)| *holds).map(|(fact, _)| fact));
    // Other places may know more than the one that decided the outcome.
    facts.extend(exchange.sightings().filter_map(|sighting| said_by(sighting.reason())));
    facts
}

/// What the reason of an outcome says besides it.
const fn said_by(reason: Reason) -> Option<Fact> {
    match reason {
        Reason::WrongSource => Some(Fact::WrongSource),
        Reason::WrongQuestion | Reason::WrongOrigin => Some(Fact::WrongIdentity),
        Reason::IncompleteFragments => Some(Fact::ReplyFragmented),
        Reason::Repeated => Some(Fact::RetryAnswered),
        Reason::Acknowledged => Some(Fact::Acknowledged),
        Reason::OldConnection => Some(Fact::OldConnection),
        Reason::Refused(refusal) | Reason::Error(refusal) if refusal.kind().too_often => {
            Some(Fact::SaysTooOften)
        }
        Reason::Plain
        | Reason::Refused(_)
        | Reason::Error(_)
        | Reason::Truncated
        | Reason::FallbackFailed
        | Reason::PassedHere
        | Reason::ReplyLost
        | Reason::ReplyIncomplete
        | Reason::GaveUp
        | Reason::ClosedWithoutReply
        | Reason::CrossedClose
        | Reason::PathProbe
        | Reason::Scan
        | Reason::AddressCheck
        | Reason::Closing
        | Reason::AsksNothing
        | Reason::MayBePush
        | Reason::StillOpen
        | Reason::WhoAsks
        | Reason::ToMany
        | Reason::PortClosed
        | Reason::ReplyBounced(_)
        | Reason::AfterTimeout
        | Reason::EndOfCapture
        | Reason::OneDirection
        | Reason::Streaming
        | Reason::CaptureDropped => None,
    }
}

fn is_translated(exchange: &Exchange<'_>) -> bool {
    let (near, far) = (exchange.nearest(), exchange.farthest());
    near.client() != far.client()
}

fn address(exchanges: &Exchanges, id: AddressId) -> Option<IpAddr> {
    exchanges.addresses().get(id.0 as usize).copied()
}

/// IPv4 link-local (RFC 3927) or IPv6 link-local (RFC 4291 section 2.5.6).
const fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    }
}
