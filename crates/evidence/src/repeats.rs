//! Attempts after one without a reply: what a repeat in the same flow met with, and one in another flow.

use std::collections::{BTreeMap, BTreeSet};
use unanswered_exchange::{AddressId, Exchange, Exchanges};
use unanswered_explain::{Repeats, Tries};
use unanswered_table::Outcome;
use unanswered_wire::{Span, Time};

/// What comes later than this after a failure is no repeat: what decided may have changed.
const SOON: Span = Span::from_seconds(30);

/// Client, server and protocol.
type Pair = (AddressId, AddressId, u8);
/// The two ports.
type Ports = (u16, u16);

/// The last requests of a pair.
#[derive(Default)]
struct Before {
    /// By flow: when it was sent, and whether it failed.
    flows: BTreeMap<Ports, (Time, bool)>,
    /// The last one: of which flow.
    last: Option<Ports>,
}

/// Attempts between the machines and in the protocols of the given requests that got no reply. Requests of which it is not known
/// whether the network or the server left them unanswered (refused, rejected, undecided) are no attempts.
pub(crate) fn repeats(exchanges: &Exchanges, failed: &[u32]) -> Repeats {
    let silent = |exchange: &Exchange<'_>| exchange.outcome() == Outcome::Unanswered;
    let asked = failed.iter().map(|&row| exchanges.get(row)).filter(silent);
    let pairs: BTreeSet<Pair> = asked.map(|exchange| pair(&exchange)).collect();
    let mut before: BTreeMap<Pair, Before> = BTreeMap::new();
    let mut repeats = Repeats::default();
    for exchange in exchanges.iter() {
        let pair = pair(&exchange);
        let answered = match exchange.outcome() {
            Outcome::Answered | Outcome::Late => true,
            Outcome::Unanswered => false,
            Outcome::Refused
            | Outcome::Error
            | Outcome::Rejected
            | Outcome::Superseded
            | Outcome::NoneDue
            | Outcome::Unknown => continue,
        };
        if pairs.contains(&pair) {
            count(&mut repeats, before.entry(pair).or_default(), &exchange, answered);
        }
    }
    repeats
}

fn count(repeats: &mut Repeats, before: &mut Before, exchange: &Exchange<'_>, answered: bool) {
    let (near, time) = (exchange.nearest(), exchange.time());
    let ports = (near.client().port, near.server().port);
    let again = u64::from(exchange.transmissions().saturating_sub(1));
    // The last transmission is the one that was answered.
    let first_failed = !answered || again > 0;
    add(&mut repeats.first, 1, u64::from(first_failed));
    add(&mut repeats.same_flow, again, again - u64::from(answered && again > 0));
    let failed_soon_before =
        |flow: Option<&(Time, bool)>| flow.is_some_and(|&(sent, failed)| failed && time - sent <= SOON);
    if failed_soon_before(before.flows.get(&ports)) {
        add(&mut repeats.same_flow, 1, u64::from(first_failed));
    }
    let other = before.last.filter(|last| *last != ports);
    if failed_soon_before(other.and_then(|flow| before.flows.get(&flow))) {
        add(&mut repeats.other_flow, 1, u64::from(first_failed));
    }
    before.flows.insert(ports, (time, !answered));
    before.last = Some(ports);
}

const fn add(tries: &mut Tries, requests: u64, failed: u64) {
    tries.requests += requests;
    tries.failed += failed;
}

fn pair(exchange: &Exchange<'_>) -> Pair {
    let near = exchange.nearest();
    (near.client().address, near.server().address, exchange.protocol().0)
}
