//! ARP (RFC 826): who on this link has that IPv4 address.
//!
//! A host asks at most once a second (RFC 1122 section 2.3.2.1), Linux exactly so often and three times. The packet has no
//! number, so each transmission is a request, and a reply goes to the newest one. Not requests: probes and
//! announcements (RFC 5227), to which silence is the good answer.

use crate::bytes::{hash, mix};
use crate::{
    Answer, Carrier, Declaration, Declared, FeatureSink, Filters, Identity, Message, Neighbour,
    NeighbourKind, Packet, Protocol, Selection, Span, TcpSelection, Transport, UdpSelection, Waiting,
};
use std::net::IpAddr;

/// ARP.
#[derive(Clone, Copy, Debug)]
pub struct Arp;

/// How both protocols' clients wait: a second between transmissions (RFC 4861 section 10, `RETRANS_TIMER`; Linux
/// `retrans_time_ms` for either), and whoever has three of them unanswered gives up.
pub(super) const WAITING: Waiting =
    Waiting { retention: Span::from_seconds(3), each_is_a_request: true, ..Waiting::seconds(1) };

/// What a live capture lets through for either.
pub(super) const SELECTION: Selection =
    Selection { udp: UdpSelection::Ports(&[]), tcp: TcpSelection::None, echo: false, neighbours: true };

impl Declared for Arp {
    const DECLARATION: Declaration = Declaration {
        name: "arp",
        requests: "ARP requests",
        carrier: Carrier::Neighbour,
        waiting: WAITING,
        filters: Filters {
            display: "(arp.opcode == 1 && !arp.isgratuitous && !arp.isprobe)",
            capture: Some(CAPTURE),
            capture_v6: Some(CAPTURE),
        },
        selection: SELECTION,
        features: &[],
        refusals: &[],
        // The server is all that it asks about.
        describes: &[],
        asks_for: None,
    };
}

/// A request that is neither a probe nor an announcement (RFC 5227).
const CAPTURE: &str = "(arp[6:2] = 1 and arp[14:4] != 0 and arp[14:4] != arp[24:4])";

impl Protocol for Arp {
    fn message(&self, packet: &Packet<'_>) -> Option<Message> {
        let Transport::Neighbour(neighbour) = &packet.transport else { return None };
        message(packet, neighbour)
    }

    fn features(&self, _: &Packet<'_>, _: &mut dyn FeatureSink) {}
}

/// What a packet of either protocol means.
pub(super) fn message(packet: &Packet<'_>, neighbour: &Neighbour) -> Option<Message> {
    let (from, to) = packet.ends();
    let identity = Identity::of(number(0, neighbour.target));
    // Both ends and, where it is known of the reply too, the asker's hardware address: tenants of
    // one tunnel may have equal addresses.
    let asker = neighbour.asker.filter(|_| neighbour.target.is_ipv4()).unwrap_or_default();
    let fingerprint = |client, server| number(number(hash(0xa4, &asker), client), server).max(1);
    match neighbour.kind {
        NeighbourKind::Request => {
            Some(Message { asks: Some(identity), answers: None, fingerprint: fingerprint(from, to) })
        }
        NeighbourKind::Reply => {
            let answers = Some((identity, Answer::Given));
            Some(Message { asks: None, answers, fingerprint: fingerprint(to, from) })
        }
        NeighbourKind::Probe | NeighbourKind::Announcement => None,
    }
}

fn number(seed: u64, address: IpAddr) -> u64 {
    match address {
        IpAddr::V4(address) => mix(seed ^ u64::from(address.to_bits())),
        IpAddr::V6(address) => hash(seed, &address.octets()),
    }
}
