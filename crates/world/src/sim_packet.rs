//! A packet of the simulated world: fields, not bytes.
//!
//! Bytes are made only where packets are captured (the lab does that); the world itself never parses
//! anything. The size fields say what the bytes would be.

use crate::conntrack::Tuple;
use crate::ledger::RequestId;
use std::net::Ipv4Addr;
use unanswered_clients::TcpSegment;
use unanswered_ntp::Header;
use unanswered_scenario::model::{Endpoint, HostId, InterfaceId, NetworkId, Transport};

/// Bytes of an IPv4 header without options.
pub const IP_HEADER: u16 = 20;
/// Bytes of a UDP or ICMP echo header.
pub const UDP_HEADER: u16 = 8;

/// One IP packet.
#[derive(Clone, Debug)]
pub struct SimPacket {
    /// Source address.
    pub source: Ipv4Addr,
    /// Destination address.
    pub destination: Ipv4Addr,
    /// Time to live.
    pub ttl: u8,
    /// Differentiated services code point.
    pub dscp: u8,
    /// Explicit congestion notification bits.
    pub ecn: u8,
    /// IPv4 identification.
    pub identification: u16,
    /// Don't-fragment bit.
    pub dont_fragment: bool,
    /// `ip.len` of the packet before any fragmentation.
    pub length: u16,
    /// Size of the largest fragment (its IP packet) once the packet was fragmented on its path; 0
    /// while it is whole. All fragments share one fate here.
    pub fragment: u16,
    /// What it carries.
    pub body: PacketBody,
    /// The tunnel that carries it at the moment.
    pub outer: Option<Box<Encapsulation>>,
    /// The request to which it belongs, and in which direction it goes.
    pub role: PacketRole,
}

/// The encapsulation around a packet.
#[derive(Clone, Debug)]
pub struct Encapsulation {
    /// Tunnel end point that sent it.
    pub source: Ipv4Addr,
    /// Tunnel end point that it goes to.
    pub destination: Ipv4Addr,
    /// Outer UDP source port: entropy of the inner flow.
    pub source_port: u16,
    /// Outer IPv4 identification.
    pub identification: u16,
    /// The overlay network.
    pub network: NetworkId,
    /// Interface on the overlay that sent it.
    pub from: InterfaceId,
    /// Interface on the overlay that it goes to.
    pub to: InterfaceId,
    /// A tunnel around this tunnel.
    pub outer: Option<Box<Self>>,
}

/// What a packet carries.
#[derive(Clone, Debug)]
pub enum PacketBody {
    /// A UDP datagram.
    Udp {
        /// Source port.
        source_port: u16,
        /// Destination port.
        destination_port: u16,
        /// Its payload.
        payload: Payload,
    },
    /// A TCP segment; only connecting and closing are modelled, so it carries no data.
    Tcp(TcpSegment),
    /// ICMP echo.
    Echo {
        /// Request or reply.
        request: bool,
        /// Identifier.
        identifier: u16,
        /// Sequence number.
        sequence: u16,
    },
    /// An ICMP error about another packet.
    Error {
        /// ICMP type.
        kind: u8,
        /// ICMP code.
        code: u8,
        /// Next-hop MTU (RFC 1191), else 0.
        mtu: u16,
        /// The packet it is about, as its reader knows it.
        about: Box<SimPacket>,
    },
}

/// What a datagram carries.
#[derive(Clone, Debug)]
pub enum Payload {
    /// NTP.
    Ntp(Header),
    /// DNS.
    Dns(DnsMessage),
    /// Something that only its service understands: its number and its size in bytes.
    Opaque {
        /// Number, in its first bytes on the wire.
        number: u64,
        /// Bytes.
        size: u16,
    },
}

/// A name that a DNS client queries: one of those that its scenario lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DnsName {
    /// The client's host.
    pub host: HostId,
    /// Which of its services.
    pub service: u16,
    /// Which of its names.
    pub index: u16,
}

/// A DNS message, as far as the world cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DnsMessage {
    /// Transaction id.
    pub id: u16,
    /// The name that is queried.
    pub name: DnsName,
    /// Query type.
    pub kind: u16,
    /// UDP payload size of the OPT record, if there is one.
    pub edns: Option<u16>,
    /// A response, not a query.
    pub response: bool,
    /// Response code.
    pub rcode: u8,
    /// Bytes of the message.
    pub size: u16,
}

/// Which request a packet belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PacketRole {
    /// None that counts (acknowledgements, closing).
    #[default]
    None,
    /// It is this request.
    Request(RequestId),
    /// It is the reply to this request.
    Reply(RequestId),
}

impl SimPacket {
    /// Source and destination with ports (an ICMP identifier); `None` for ICMP errors.
    #[inline]
    #[must_use]
    pub fn tuple(&self) -> Option<Tuple> {
        let (protocol, source_port, destination_port) = match &self.body {
            PacketBody::Udp { source_port, destination_port, .. } => {
                (Transport::Udp, *source_port, *destination_port)
            }
            PacketBody::Tcp(segment) => (Transport::Tcp, segment.source_port, segment.destination_port),
            PacketBody::Echo { identifier, .. } => (Transport::Icmp, *identifier, *identifier),
            PacketBody::Error { .. } => return None,
        };
        Some(Tuple {
            protocol,
            source: Endpoint { address: self.source, port: source_port },
            destination: Endpoint { address: self.destination, port: destination_port },
        })
    }

    /// Puts another source and destination in, as a translation does.
    #[inline]
    pub fn set_tuple(&mut self, tuple: &Tuple) {
        self.source = tuple.source.address;
        self.destination = tuple.destination.address;
        match &mut self.body {
            PacketBody::Udp { source_port, destination_port, .. } => {
                (*source_port, *destination_port) = (tuple.source.port, tuple.destination.port);
            }
            PacketBody::Tcp(segment) => {
                (segment.source_port, segment.destination_port) = (tuple.source.port, tuple.destination.port);
            }
            // A request's identifier is translated on its source side, a reply's on its destination's.
            PacketBody::Echo { request, identifier, .. } => {
                *identifier = if *request { tuple.source.port } else { tuple.destination.port };
            }
            PacketBody::Error { .. } => {}
        }
    }

    /// The request that it asks or answers.
    #[inline]
    #[must_use]
    pub const fn request(&self) -> Option<RequestId> {
        match self.role {
            PacketRole::None => None,
            PacketRole::Request(id) | PacketRole::Reply(id) => Some(id),
        }
    }

    /// Bytes of the outermost IP packet.
    #[must_use]
    pub fn outer_length(&self, overhead: u16) -> u32 {
        u32::from(self.length) + u32::from(overhead)
    }
}
