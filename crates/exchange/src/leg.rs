//! One request as one place saw it.

use crate::names::AddressId;
use unanswered_capture::VantageId;
use unanswered_registry::Refusal;
use unanswered_table::Outcome;
use unanswered_table::Reason;
use unanswered_wire::{Carrier, ProtocolId, Span, Time};

/// Number of a place: index into the list of places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlaceId(pub u16);

/// One of the two sides of a host that forwards: see [`Place::side`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Requests come in here, replies go out.
    Clients,
    /// Requests go out here, replies come in.
    Servers,
}

/// Where packets were seen: a vantage point, or one interface of a capture on all interfaces
/// (Linux cooked v2 says which), because such a capture sees a packet once for each interface it crosses.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Its vantage point.
    pub vantage: VantageId,
    /// The interface index within a capture on all interfaces.
    pub interface: Option<u32>,
    /// The side of the capturing host, in a capture on all interfaces that says only whether packets came or went; of an
    /// interface in a pcapng file that says so beside the packets, [`Side::Servers`] for what went on through it.
    pub side: Option<Side>,
    /// Requests seen, retransmissions not counted. Questions for neighbours are counted nowhere here: that they are answered
    /// on the link says nothing of where the replies to others pass.
    pub requests: u64,
    /// Replies and refusals seen for them.
    pub replies: u64,
    /// Replies whose request was not seen here.
    pub orphan_replies: u64,
    /// Requests here that first got an ICMP error and nothing else; they are among the `replies`. Errors come from any machine on the
    /// path and by any way: they do not show that the place sees both directions.
    pub(crate) errors: u64,
    /// Segments of TCP connections were seen here that neither open nor end one: a missing acknowledgement is missing,
    /// and not left out by a filter for SYN, FIN and RST.
    pub(crate) segments: bool,
}

/// One request at one place, in 80 bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leg {
    /// First transmission.
    pub(crate) time: Time,
    /// Survives NAT and tunnels; 0 when the protocol has none.
    pub(crate) fingerprint: u64,
    /// From the first transmission to the reply that decided the outcome; negative when none came.
    pub(crate) reply_after: Span,
    /// From the first transmission to the last packet of the exchange here, in microseconds.
    pub(crate) active_for_us: u32,
    /// Frame number of the first transmission.
    pub(crate) frame: u32,
    /// Frame number of the deciding reply or error; 0 when there is none.
    pub(crate) reply_frame: u32,
    /// Client address, as seen here.
    pub(crate) client: AddressId,
    /// Server address, as seen here.
    pub(crate) server: AddressId,
    /// Who refused, or where the wrong reply came from.
    pub(crate) other: AddressId,
    /// The repeating features.
    pub(crate) shape: u32,
    /// Row in its protocol's feature store.
    pub(crate) row: u32,
    /// Identification of the IP packet; [`crate::names::NONE`] where there is none.
    pub(crate) ip_id: u32,
    /// Client port (identifier, for echo).
    pub(crate) client_port: u16,
    /// Server port.
    pub(crate) server_port: u16,
    /// Where it was seen.
    pub(crate) place: PlaceId,
    /// Index of the input file.
    pub(crate) input: u16,
    /// Of a request inside a connection, from the first transmission to its newest byte in milliseconds: they take time to
    /// send. Of others, the length of the newest reply in bytes, with its IP header; 0 where none came. Stays at 65535.
    pub(crate) extent: u16,
    /// Index into the list of protocols.
    pub(crate) protocol: u8,
    /// Time to live, as seen here.
    pub(crate) ttl: u8,
    /// Time to live of the newest reply seen here; 0 where none came. ICMP errors are no replies here.
    pub(crate) reply_ttl: u8,
    /// What became of it, as seen here.
    pub(crate) outcome: Outcome,
    /// Index into the list of reasons.
    pub(crate) reason: u8,
    /// Transmissions, duplicates not counted; stays at 255.
    pub(crate) transmissions: u8,
    /// See the constants of [`Flags`].
    pub(crate) flags: Flags,
    /// Its outcome is final: packets that come now are no evidence for it any more.
    pub(crate) settled: bool,
}

impl Leg {
    /// From the first transmission to the newest byte of the request: nothing, but inside connections.
    pub(crate) fn sending_for(&self) -> Span {
        let inside = ProtocolId(self.protocol).carrier() == Carrier::TcpBytes;
        Span::from_milliseconds(if inside { i64::from(self.extent) } else { 0 })
    }

    /// The length of its reply in bytes, with the IP header, as far as one packet has it; 0 where that is not known.
    pub(crate) fn reply_length(&self) -> u16 {
        if ProtocolId(self.protocol).carrier() == Carrier::TcpBytes { 0 } else { self.extent }
    }
}

impl Place {
    /// Replies seen for requests seen here that are no mere errors.
    pub(crate) const fn answers(&self) -> u64 {
        self.replies.saturating_sub(self.errors)
    }
}

/// Small facts about a leg.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags(u16);

impl Flags {
    /// Not all fragments of the request were seen here.
    pub(crate) const REQUEST_INCOMPLETE: u16 = 1;
    /// A reply (right or wrong), or its first fragment, was seen here.
    pub(crate) const REPLY_SEEN: u16 = 2;
    /// The client's kernel said that nothing waits for the reply.
    pub(crate) const CLIENT_COMPLAINED: u16 = 4;
    /// More than one reply.
    pub(crate) const REPLIED_AGAIN: u16 = 8;
    /// The request came here in a tunnel.
    pub(crate) const TUNNELLED: u16 = 16;
    /// A reply came with an initial time to live: no router between here and the server.
    pub(crate) const REPLY_UNROUTED: u16 = 32;
    /// A switch flooded the request to this place, which is not on its path.
    pub(crate) const BESIDE: u16 = 64;
    /// The client asked again after a reply had passed here.
    pub(crate) const ASKED_AGAIN: u16 = 128;
    /// What the client sent next shows that the reply arrived.
    pub(crate) const ARRIVED: u16 = 256;
    /// The server sent its reply again (TCP).
    pub(crate) const SENT_AGAIN: u16 = 512;
    /// The server acknowledged the whole request (TCP).
    pub(crate) const ACKNOWLEDGED: u16 = 1024;
    /// The client ended the connection before any answer.
    pub(crate) const GAVE_UP: u16 = 2048;
    /// The server closed the connection behind the request, without an answer.
    pub(crate) const CLOSED: u16 = 4096;
    /// The server was closing when the request was sent.
    pub(crate) const CROSSED: u16 = 8192;
    /// After the reply the client sent something that does not acknowledge all of it.
    pub(crate) const UNCOVERED: u16 = 16384;
    /// The client acknowledged a part of the reply, or its beginning is missing here.
    pub(crate) const PARTLY: u16 = 32768;

    pub(crate) const fn has(self, bit: u16) -> bool {
        self.0 & bit != 0
    }

    pub(crate) const fn set(&mut self, bit: u16) {
        self.0 |= bit;
    }

    pub(crate) const fn clear(&mut self, bit: u16) {
        self.0 &= !bit;
    }
}

/// A reply whose request was not seen at the same place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OrphanLeg {
    pub(crate) time: Time,
    pub(crate) fingerprint: u64,
    pub(crate) client: AddressId,
    pub(crate) server: AddressId,
    pub(crate) client_port: u16,
    pub(crate) server_port: u16,
    pub(crate) place: PlaceId,
    pub(crate) input: u16,
    /// Frame number in its file.
    pub(crate) frame: u32,
    pub(crate) protocol: u8,
    /// Time to live.
    pub(crate) ttl: u8,
    /// `None` for the protocol's answer.
    pub(crate) refusal: Option<Refusal>,
}

/// A handful of reasons, numbered.
#[derive(Clone, Debug)]
pub(crate) struct Reasons(Vec<Reason>);

impl Default for Reasons {
    fn default() -> Self {
        Self(vec![Reason::Plain])
    }
}

impl Reasons {
    /// The number of the reason. Distinct reasons beyond the 255th are all kept as plain.
    pub(crate) fn intern(&mut self, reason: Reason) -> u8 {
        let known = self.0.iter().position(|r| *r == reason);
        let index = known.unwrap_or_else(|| {
            if self.0.len() > usize::from(u8::MAX) {
                return 0;
            }
            self.0.push(reason);
            self.0.len() - 1
        });
        u8::try_from(index).unwrap_or(0)
    }

    /// The number of the reason, if anything has it.
    pub(crate) fn number(&self, reason: Reason) -> Option<u8> {
        self.0.iter().position(|known| *known == reason).and_then(|index| u8::try_from(index).ok())
    }

    pub(crate) fn get(&self, index: u8) -> Reason {
        self.0.get(usize::from(index)).copied().unwrap_or(Reason::Plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leg_is_small() {
        assert!(size_of::<Leg>() <= 80, "{} bytes", size_of::<Leg>());
    }
}
