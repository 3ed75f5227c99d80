//! Replies that came in time for a patient client and not for an impatient one.
//!
//! A capture does not show how long a client waits. The protocols' own time-outs are those of patient clients; a
//! server that stands still for two seconds then shows no failure at all. So replies that took much longer than those
//! to other requests of their protocol are counted, and `unanswered explain` looks a second time with them as late where
//! nothing else is wrong.

use unanswered_exchange::{Exchanges, PairerConfig};
use unanswered_table::Outcome;
use unanswered_wire::{Carrier, ProtocolId, Span};

/// How long an impatient client waits: the shortest time-out of resolv.conf(5), the default of Net-SNMP's tools
/// (snmpcmd(1)), and the first retransmission of TCP and of ICE (RFC 6298 section 2.1).
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
    ProtocolId::all()
        .filter(|protocol| at_once(protocol.carrier()) && config.timeout(*protocol) > IMPATIENT)
        .filter_map(|protocol| of_protocol(exchanges, protocol))
        .collect()
}

const fn at_once(carrier: Carrier) -> bool {
    match carrier {
        Carrier::Udp(_) | Carrier::Echo => true,
        Carrier::OtherUdp | Carrier::TcpConnect | Carrier::TcpBytes | Carrier::Neighbour => false,
    }
}

fn of_protocol(exchanges: &Exchanges, protocol: ProtocolId) -> Option<SlowReplies> {
    let of_it = exchanges.iter().filter(|exchange| exchange.protocol() == protocol);
    let answered = of_it.filter(|exchange| exchange.outcome() == Outcome::Answered);
    let mut times: Vec<Span> = answered.filter_map(|exchange| exchange.reply_after()).collect();
    times.sort_unstable();
    let slow = times.len() - times.partition_point(|time| *time <= IMPATIENT);
    let median = *times.get(times.len() / 2)?;
    let usual = median.nanoseconds().saturating_mul(USUAL_SHARE) <= IMPATIENT.nanoseconds();
    let (slow, answered) = (slow as u64, times.len() as u64);
    (slow > 0 && usual).then_some(SlowReplies { protocol, patience: IMPATIENT, slow, answered, median })
}
