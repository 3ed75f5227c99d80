//! What the exchanges themselves say about failed requests, besides any clause.

use std::collections::{BTreeMap, BTreeSet};
use unanswered_exchange::{AddressId, Exchange, Exchanges};
use unanswered_explain::{Fact, Observed};
use unanswered_table::Reason;
use unanswered_wire::Carrier;

/// Failed requests that are looked at, spread evenly: facts hold for most of them or not at all.
const FAILED_MAX: usize = 2_000;
/// Requests that are looked at for clients behind one address.
const SHARED_MAX: usize = 50_000;

/// What is known about the given (failed) requests. A fact holds when it does for at least half
/// of them; `shared_address` when any of their translated addresses has several clients, and
/// `says_too_often` when any of them got that reply: servers limit those too.
pub(crate) fn observed(exchanges: &Exchanges, failed: &[u32]) -> Observed {
    let step = failed.len().div_ceil(FAILED_MAX).max(1);
    let looked: Vec<Exchange<'_>> = failed.iter().step_by(step).map(|&row| exchanges.get(row)).collect();
    let mut protocols = BTreeSet::new();
    let mut refusals = BTreeSet::new();
    let mut counts: BTreeMap<Fact, usize> = BTreeMap::new();
    for exchange in &looked {
        // What is known of a TCP connection holds for the requests inside it.
        protocols.insert(exchange.protocol().of_flow().declaration().name.to_owned());
        refusals.extend(exchange.reason().refusal());
        for fact in facts_of(exchange) {
            *counts.entry(fact).or_default() += 1;
        }
    }
    let most = |count: usize| count * 2 >= looked.len();
    let mut facts: Vec<Fact> = counts
        .into_iter()
        .filter(|&(fact, count)| most(count) || fact == Fact::SaysTooOften)
        .map(|(fact, _)| fact)
        .collect();
    if is_shared(exchanges, &looked) {
        facts.push(Fact::SharedAddress);
    }
    Observed { protocols: protocols.into_iter().collect(), refusals: refusals.into_iter().collect(), facts }
}

fn facts_of(exchange: &Exchange<'_>) -> Vec<Fact> {
    let mut facts = Vec::new();
    if is_translated(exchange) {
        facts.push(Fact::Translated);
    }
    if exchange.sightings().any(|sighting| sighting.reply_seen()) {
        facts.push(Fact::ReplySeen);
    }
    if exchange.protocol().carrier() == Carrier::TcpConnect {
        facts.push(Fact::NewFlow);
    }
    // Other places may know more than the one that decided the outcome.
    for sighting in exchange.sightings() {
        let fact = match sighting.reason() {
            Reason::WrongSource => Fact::WrongSource,
            Reason::WrongQuestion | Reason::WrongOrigin => Fact::WrongIdentity,
            Reason::IncompleteFragments => Fact::ReplyFragmented,
            Reason::Repeated => Fact::RetryAnswered,
            Reason::Refused(refusal) if refusal.kind().too_often => Fact::SaysTooOften,
            Reason::Plain
            | Reason::Refused(_)
            | Reason::Error(_)
            | Reason::Truncated
            | Reason::FallbackFailed
            | Reason::PassedHere
            | Reason::ReplyLost
            | Reason::ReplyIncomplete
            | Reason::Acknowledged
            | Reason::GaveUp
            | Reason::ClosedWithoutReply
            | Reason::CrossedClose
            | Reason::OldConnection
            | Reason::PathProbe
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
            | Reason::CaptureDropped => continue,
        };
        if !facts.contains(&fact) {
            facts.push(fact);
        }
    }
    facts
}

fn is_translated(exchange: &Exchange<'_>) -> bool {
    let (near, far) = (exchange.nearest(), exchange.farthest());
    near.client() != far.client()
}

/// Whether several clients stand behind one of the translated addresses of these requests.
fn is_shared(exchanges: &Exchanges, looked: &[Exchange<'_>]) -> bool {
    let translated: BTreeSet<AddressId> =
        looked.iter().filter(|e| is_translated(e)).map(|e| e.farthest().client().address).collect();
    if translated.is_empty() {
        return false;
    }
    let mut behind: BTreeMap<AddressId, AddressId> = BTreeMap::new();
    exchanges.iter().take(SHARED_MAX).any(|exchange| {
        let (inside, outside) = (exchange.nearest().client().address, exchange.farthest().client().address);
        translated.contains(&outside) && *behind.entry(outside).or_insert(inside) != inside
    })
}
