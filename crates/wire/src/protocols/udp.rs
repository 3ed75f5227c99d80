//! Any other conversation over UDP, known by its two ends and nothing else.
//!
//! A datagram of an unknown protocol does not say whether it asks or answers: only the datagrams before it on its flow
//! do. So [`Protocol::message`] recognises nothing, and pairing asks [`datagram`] about what no protocol of the list
//! claims. What has to hold for a flow to ask and answer stands there (`unanswered-exchange`, `pairer/datagrams`) and in
//! `docs/decisions/plain-udp.md`; here is what one packet shows: whether it may belong to such a flow, and what tells
//! its payload from another.
//!
//! Never plain UDP: what goes to several machines, which answer or not as they like; the ports of declared protocols, of
//! which what is not understood is not theirs; services that carry streams or tunnels ([`Service::streams`]).

use crate::bytes::{at_most, hash, u16_at, u32_at};
use crate::packet::is_one_machine;
use crate::services::Service;
use crate::{
    Carrier, Declaration, Declared, FeatureSink, Filters, Message, Packet, Protocol, Selection, Span,
    TcpSelection, Transport, UdpSelection, Waiting,
};
/// Other UDP.
#[derive(Clone, Copy, Debug)]
pub struct OtherUdp;

/// What one datagram shows of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Datagram {
    /// Hash of its payload as far as it was captured, and of its length. Equal for a retransmission.
    pub content: u64,
    /// The payload is long enough to tell requests apart at several places.
    pub tells: bool,
    /// How a media stream numbers its datagrams, if this looks like one.
    pub media: Option<Media>,
}

/// The numbers of a datagram that looks like RTP (RFC 3550 section 5.1): whoever sends one after the other asks nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Media {
    /// Sequence number: one more with each datagram.
    pub sequence: u16,
    /// The source's number: always the same.
    pub source: u32,
}

impl Media {
    /// Whether this follows that one in a stream; some between may be lost.
    #[must_use]
    pub const fn follows(self, earlier: Self) -> bool {
        self.source == earlier.source && matches!(self.sequence.wrapping_sub(earlier.sequence), 1..=8)
    }
}

/// Shorter payloads repeat in other requests: they join no places.
const TELLING_BYTES: usize = 4;

/// Payload bytes that are compared: few, so that captures with different snap lengths agree.
const COMPARED_BYTES: u32 = 64;

impl Declared for OtherUdp {
    const DECLARATION: Declaration = Declaration {
        name: "udp",
        requests: "other UDP requests",
        carrier: Carrier::OtherUdp,
        // As long as DNS's client; three times that until an answer is another datagram.
        waiting: Waiting { retention: Span::from_seconds(15), ..Waiting::seconds(5) },
        filters: Filters {
            // Which end asks is not in the packet.
            display: "(udp && !(udp.port in {53, 123, 161, 162, 1645, 1646, 1812, 1813, 3799}))",
            capture: Some(CAPTURE),
            capture_v6: Some(CAPTURE),
        },
        selection: Selection {
            udp: UdpSelection::All,
            tcp: TcpSelection::None,
            echo: false,
            neighbours: false,
        },
        features: &[],
        refusals: &[],
        describes: &[],
        asks_for: None,
    };
}

const CAPTURE: &str = "(udp and not port 53 and not port 123 and not port 161 and not port 162 and not port 1645 and not \
                       port 1646 and not port 1812 and not port 1813 and not port 3799)";

impl Protocol for OtherUdp {
    fn message(&self, _: &Packet<'_>) -> Option<Message> {
        None
    }

    fn features(&self, _: &Packet<'_>, _: &mut dyn FeatureSink) {}
}

/// What the packet shows, if it may belong to a conversation that no protocol of the list knows.
#[must_use]
pub fn datagram(packet: &Packet<'_>) -> Option<Datagram> {
    let Transport::Udp(udp) = packet.transport else { return None };
    let ports = [udp.source_port, udp.destination_port];
    let streams = |port: &u16| Service::of(*port).is_some_and(|service| service.streams);
    let one_machine = is_one_machine(packet.ip.source) && !packet.goes_to_many();
    if !one_machine || ports.iter().any(|port| super::is_declared(*port) || *port == 0 || streams(port)) {
        return None;
    }
    let begins = at_most(udp.payload, COMPARED_BYTES);
    let media = (begins.first().is_some_and(|first| first >> 6 == 2))
        .then(|| Some(Media { sequence: u16_at(begins, 2)?, source: u32_at(begins, 8)? }))
        .flatten();
    Some(Datagram {
        content: hash(u64::from(udp.length), begins).max(1),
        tells: begins.len() >= TELLING_BYTES,
        media,
    })
}
