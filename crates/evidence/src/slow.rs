//! Replies that came in time for a patient client and not for an impatient one.
//!
//! A capture does not show how long a client waits. The protocols' own time-outs are those of patient clients; a
//! server that stands still for two seconds then shows no failure at all. So replies that took much longer than those
//! to other requests of their protocol are counted, and `unanswered explain` looks a second time with them as late where
//! nothing else is wrong.

use std::collections::BTreeMap;
use unanswered_exchange::{Exchanges, PairerConfig};
use unanswered_table::Outcome;
use unanswered_wire::{Carrier, ProtocolId, Span};

/// How long an impatient client waits: the shortest time-out of resolv.conf(5), the default of Net-SNMP's tools
/// (snmpcmd(1)), and the first retransmission of TCP (RFC 6298 section 2.1).
const IMPATIENT: Span = Span::from_seconds(1);

/// A reply is slow only where the usual one takes less than this share of the wait: a tenth.
const USUAL_SHARE: i64 = 10;

/// Slow replies of one protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlowReplies {
    /// The protocol.
    pub protocol: ProtocolId,
    /// How long an impatient client waits.
    pub patience: Span,
    /// Requests that were answered later than that, and in time for a patient client.
    pub slow: u64,
    /// All requests that were answered in time for a patient client.
    pub answered: u64,
    /// Median time from request to reply.
    pub median: Span,
}

/// The protocols with slow replies, among those whose answers come at once: datagrams and echoes. Answers inside TCP
/// connections take what they take, and nobody gives up after a second.
#[must_use]
pub fn slow_replies(exchanges: &Exchanges, config: &PairerConfig) -> Vec<SlowReplies> {
    // Hardly any replies are slow, so that only these are looked at more closely.
    let mut slow: BTreeMap<ProtocolId, u64> = BTreeMap::new();
    for exchange in exchanges.iter().filter(|exchange| exchange.reply_after() > Some(IMPATIENT)) {
        let protocol = exchange.protocol();
        let patient = config.timeout(protocol) > IMPATIENT && exchange.outcome() == Outcome::Answered;
        if patient && at_once(protocol.carrier()) {
            *slow.entry(protocol).or_default() += 1;
        }
    }
    slow.into_iter().filter_map(|(protocol, slow)| beside(exchanges, protocol, slow)).collect()
}

const fn at_once(carrier: Carrier) -> bool {
    match carrier {
        Carrier::Udp(_) | Carrier::Echo => true,
        Carrier::OtherUdp | Carrier::TcpConnect | Carrier::TcpBytes | Carrier::Neighbour => false,
    }
}

/// The slow replies of a protocol beside all of it; `None` where such waits are usual.
fn beside(exchanges: &Exchanges, protocol: ProtocolId, slow: u64) -> Option<SlowReplies> {
    let of_it = exchanges.iter().filter(|exchange| exchange.protocol() == protocol);
    let answered = of_it.filter(|exchange| exchange.outcome() == Outcome::Answered);
    let mut times: Vec<Span> = answered.filter_map(|exchange| exchange.reply_after()).collect();
    let answered = times.len() as u64;
    let middle = times.len() / 2;
    let (_, median, _) = (!times.is_empty()).then(|| times.select_nth_unstable(middle))?;
    let median = *median;
    let usual = median.nanoseconds().saturating_mul(USUAL_SHARE) <= IMPATIENT.nanoseconds();
    usual.then_some(SlowReplies { protocol, patience: IMPATIENT, slow, answered, median })
}
