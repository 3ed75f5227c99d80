//! A flow that still goes to a server that new flows to the same address no longer get: its
//! destination was translated once, and the translator remembers.

use super::{address, inside, most};
use std::collections::BTreeMap;
use std::net::IpAddr;
use unanswered_exchange::Endpoint;
use unanswered_exchange::follow::{Mapping, Nat};
use unanswered_exchange::{AddressId, Exchanges};
use unanswered_explain::FAILURES_MIN;
use unanswered_explain::WhyNow;
use unanswered_wire::{ProtocolId, Time};

/// Of the new server's requests, at most one in this many fails.
const WORKS: u64 = 10;

/// A flow inside: protocol, client, and server as the client names it.
type Flow = (ProtocolId, Endpoint, Endpoint);

/// What is reported when most of the failed requests belong to such flows.
pub(super) fn stale(exchanges: &Exchanges, nat: &Nat, failed: &[u32]) -> Option<WhyNow> {
    let newest: BTreeMap<Flow, &Mapping> =
        nat.mappings.iter().map(|m| ((m.protocol, m.inside, m.inside_server), m)).collect();
    let mut counts: BTreeMap<Flow, u64> = BTreeMap::new();
    for &row in failed {
        let exchange = exchanges.get(row);
        let near = exchange.nearest();
        // Requests that the translator no longer lets through belong to the same flow.
        *counts.entry((exchange.protocol().of_flow(), near.client(), near.server())).or_default() += 1;
    }
    let left_behind = |flow: &Flow| {
        let mapping = newest.get(flow).filter(|m| m.inside_server.address != m.outside_server.address)?;
        Some((*mapping, switched(nat, mapping)?))
    };
    let mut told: Option<(u64, &Mapping, (Time, AddressId))> = None;
    let mut all = 0;
    for (flow, count) in &counts {
        let Some((mapping, now)) = left_behind(flow) else { continue };
        all += count;
        if told.is_none_or(|(most, ..)| *count > most) {
            told = Some((*count, mapping, now));
        }
    }
    let (failed_here, mapping, (since, to)) = told?;
    let ip = |id: AddressId| -> IpAddr { address(exchanges, Endpoint { address: id, port: 0 }) };
    (all >= u64::from(FAILURES_MIN) && most(all, failed.len() as u64)).then(|| WhyNow::LeftBehind {
        flow: inside(exchanges, mapping),
        to: ip(mapping.outside_server.address),
        others_to: ip(to),
        since: since.seconds(),
        failed: failed_here,
    })
}

/// When new flows to the same address began to go to another server, and to which: after the last new
/// one to this mapping's server. A server that is still given out is not a server of the past.
fn switched(nat: &Nat, mapping: &Mapping) -> Option<(Time, AddressId)> {
    let same = |m: &&Mapping| (m.protocol, m.inside_server) == (mapping.protocol, mapping.inside_server);
    let here = |m: &&Mapping| m.outside_server == mapping.outside_server;
    let last = nat.mappings.iter().filter(same).filter(here).map(|m| m.since).max()?;
    let others = || nat.mappings.iter().filter(same).filter(|m| !here(m) && m.since > last);
    let first = others().next()?;
    let (requests, failed) = others().fold((0, 0), |sum, m| (sum.0 + m.requests, sum.1 + m.failed));
    (failed * WORKS <= requests).then_some((first.since, first.outside_server.address))
}
