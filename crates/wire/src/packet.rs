//! A decoded packet: borrowed, allocation-free, every layer named.

use std::net::IpAddr;

/// The link-layer type of a frame, as libpcap numbers them (`LINKTYPE_*`,
/// <https://www.tcpdump.org/linktypes.html>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LinkType {
    /// `LINKTYPE_NULL` (0): BSD loopback, address family in the capturing host's byte order.
    Null,
    /// `LINKTYPE_ETHERNET` (1).
    Ethernet,
    /// `LINKTYPE_RAW` (101; also 12 and 14, as some systems write): IPv4 or IPv6, no link header.
    Raw,
    /// `LINKTYPE_LOOP` (108): OpenBSD loopback, address family in network byte order.
    Loop,
    /// `LINKTYPE_LINUX_SLL` (113): Linux cooked capture v1.
    LinuxSll,
    /// `LINKTYPE_IPV4` (228).
    Ipv4,
    /// `LINKTYPE_IPV6` (229).
    Ipv6,
    /// `LINKTYPE_LINUX_SLL2` (276): Linux cooked capture v2.
    LinuxSll2,
    /// Any other number: frames are counted, not understood.
    Other(u16),
}

/// Which way a frame crossed the capturing interface, where the link header says so
/// (Linux cooked captures).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Received by the capturing host.
    In,
    /// Sent by the capturing host.
    Out,
    /// Seen in passing: addressed to another host.
    Other,
}

/// What the link layer said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Destination hardware address.
    pub destination: Option<[u8; 6]>,
    /// Source hardware address.
    pub source: Option<[u8; 6]>,
    /// Outermost VLAN id (802.1Q or the S-tag of 802.1ad).
    pub vlan_outer: Option<u16>,
    /// Second VLAN id (the C-tag) where there are two.
    pub vlan_inner: Option<u16>,
    /// Direction, from cooked captures only.
    pub direction: Option<Direction>,
    /// Direction as the capture file says it beside the packet (`epb_flags` of pcapng), at the interface of that record. The
    /// decoder sees the packet's bytes only: whoever reads the file fills it in.
    pub flagged_direction: Option<Direction>,
    /// Interface index on the capturing host, from cooked captures v2 only.
    pub interface_index: Option<u32>,
}

/// The kind of an encapsulation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TunnelKind {
    /// VXLAN (RFC 7348).
    Vxlan,
    /// Geneve (RFC 8926).
    Geneve,
    /// GRE (RFC 2784, RFC 2890).
    Gre,
    /// MPLS in UDP (RFC 7510) or in GRE (RFC 4023).
    Mpls,
    /// IP in IP (RFC 2003, RFC 4213, RFC 2473).
    IpInIp,
}

/// One encapsulation around the analysed packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tunnel {
    /// The kind.
    pub kind: TunnelKind,
    /// Outer IP source.
    pub source: IpAddr,
    /// Outer IP destination.
    pub destination: IpAddr,
    /// Outer UDP source port, where the tunnel runs over UDP: the entropy that ECMP and LAG hash.
    pub source_port: Option<u16>,
    /// VNI, GRE key or MPLS label.
    pub identifier: Option<u32>,
    /// Outer time to live.
    pub ttl: u8,
    /// Outer differentiated services code point.
    pub dscp: u8,
}

/// The IP header of the analysed (innermost) packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ip {
    /// Source address.
    pub source: IpAddr,
    /// Destination address.
    pub destination: IpAddr,
    /// Time to live, or hop limit.
    pub ttl: u8,
    /// Differentiated services code point.
    pub dscp: u8,
    /// Explicit congestion notification bits.
    pub ecn: u8,
    /// IPv4 total length, or IPv6 payload length + 40: bytes on the wire.
    pub total_length: u32,
    /// Bytes of the IP header with its options or extension headers; more than 20 (IPv4) or
    /// 40 (IPv6) when there are any.
    pub header_length: u32,
    /// IPv4 identification, or that of an IPv6 fragment header.
    pub identification: Option<u32>,
    /// IPv4 don't-fragment bit.
    pub dont_fragment: bool,
    /// More fragments follow.
    pub more_fragments: bool,
    /// Offset of this fragment in bytes; 0 for whole packets and first fragments.
    pub fragment_offset: u32,
    /// IPv6 flow label.
    pub flow_label: Option<u32>,
    /// Protocol number of the transport.
    pub protocol: u8,
    /// Bytes of IP payload that this packet (or fragment) carries on the wire.
    pub payload_length: u32,
}

impl Ip {
    /// What stands for the header that ARP does not have. Its time to live is that which neighbour discovery proves with
    /// that no router forwarded a message (RFC 4861 section 7.1.1): both are equally bound to their link.
    pub(crate) const fn of_arp(source: IpAddr, destination: IpAddr) -> Self {
        Self {
            source,
            destination,
            ttl: Neighbour::HOP_LIMIT,
            dscp: 0,
            ecn: 0,
            total_length: 0,
            header_length: 0,
            identification: None,
            dont_fragment: false,
            more_fragments: false,
            fragment_offset: 0,
            flow_label: None,
            protocol: Self::NO_PROTOCOL,
            payload_length: 0,
        }
    }

    /// IANA's reserved protocol number.
    const NO_PROTOCOL: u8 = 255;
}

/// How many routers a packet has passed, by its time to live: what is missing to the lowest initial value that hosts of
/// today use and that is not exceeded (64 on Linux and BSD, 128 on Windows, 255 on routers).
#[must_use]
pub const fn routers_passed(ttl: u8) -> u8 {
    match ttl {
        0..=64 => 64 - ttl,
        65..=128 => 128 - ttl,
        129..=255 => 255 - ttl,
    }
}

/// A UDP datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Udp<'a> {
    /// Source port.
    pub source_port: u16,
    /// Destination port.
    pub destination_port: u16,
    /// The length field: header and payload as sent, even where the capture or a fragment holds less.
    pub length: u16,
    /// The checksum field; 0 means none (RFC 768). Never judged: offload leaves it unfinished.
    pub checksum: u16,
    /// Captured payload; may be shorter than `length - 8`.
    pub payload: &'a [u8],
}

impl Udp<'_> {
    /// Bytes of the header, which [`length`](Self::length) counts too (RFC 768).
    const HEADER: usize = 8;

    /// Bytes of the payload as sent.
    #[must_use]
    pub fn sent(&self) -> usize {
        usize::from(self.length).saturating_sub(Self::HEADER)
    }

    /// Whether all of the payload is here: neither the snap length nor a fragment's end cut it off.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.payload.len() >= self.sent()
    }
}

/// A TCP segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tcp<'a> {
    /// Source port.
    pub source_port: u16,
    /// Destination port.
    pub destination_port: u16,
    /// Sequence number.
    pub sequence: u32,
    /// Acknowledgement number.
    pub acknowledgement: u32,
    /// Flags, low 9 bits as in Wireshark's `tcp.flags`: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128.
    pub flags: u16,
    /// Window, unscaled.
    pub window: u16,
    /// Captured option bytes.
    pub options: &'a [u8],
    /// Payload bytes on the wire (from IP's length, not from what was captured).
    pub payload_length: u32,
    /// Captured payload.
    pub payload: &'a [u8],
}

impl Tcp<'_> {
    /// The FIN bit of [`flags`](Self::flags).
    pub const FIN: u16 = 1;
    /// The SYN bit.
    pub const SYN: u16 = 2;
    /// The RST bit.
    pub const RST: u16 = 4;
    /// The ACK bit.
    pub const ACK: u16 = 16;
    /// The ECE bit (RFC 3168).
    pub const ECE: u16 = 64;
    /// The CWR bit (RFC 3168).
    pub const CWR: u16 = 128;
    /// The AE bit (RFC 9768; formerly NS).
    pub const AE: u16 = 256;
}

/// An ICMP or ICMPv6 message that is not an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IcmpEcho<'a> {
    /// `true` for echo request, `false` for echo reply.
    pub request: bool,
    /// Identifier.
    pub identifier: u16,
    /// Sequence number.
    pub sequence: u16,
    /// Captured data after the 8-byte header.
    pub payload: &'a [u8],
}

/// An ICMP or ICMPv6 error with what it quotes of the packet it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IcmpError<'a> {
    /// `true` for ICMPv6.
    pub v6: bool,
    /// Type field.
    pub kind: u8,
    /// Code field.
    pub code: u8,
    /// IP header of the quoted packet.
    pub quoted: Ip,
    /// Transport of the quoted packet, as far as it was quoted (RFC 792: at least 8 bytes).
    pub quoted_transport: QuotedTransport<'a>,
}

/// The quoted transport header: ports and whatever payload came along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuotedTransport<'a> {
    /// UDP.
    Udp {
        /// Source port of the quoted packet.
        source_port: u16,
        /// Destination port of the quoted packet.
        destination_port: u16,
        /// Quoted payload, may be empty.
        payload: &'a [u8],
    },
    /// TCP.
    Tcp {
        /// Source port of the quoted packet.
        source_port: u16,
        /// Destination port of the quoted packet.
        destination_port: u16,
        /// Sequence number of the quoted packet.
        sequence: u32,
    },
    /// ICMP echo request.
    Echo {
        /// Identifier.
        identifier: u16,
        /// Sequence number.
        sequence: u16,
    },
    /// Something else, or too little was quoted.
    Other,
}

/// What an ARP packet or a message of IPv6 neighbour discovery does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NeighbourKind {
    /// Asks for the target's hardware address, or whether it is still there (who-has, neighbour solicitation).
    Request,
    /// Answers such a question (ARP reply, solicited neighbour advertisement).
    Reply,
    /// Asks whether anybody has an address that the sender wants to use (RFC 5227 section 2.1.1, RFC 4862 section
    /// 5.4): silence is success.
    Probe,
    /// Tells without having been asked: a gratuitous ARP (RFC 5227 section 3), an unsolicited advertisement (RFC 4861
    /// section 7.2.6), an answer to a probe.
    Announcement,
}

/// A packet by which the machines of one link find each other's hardware addresses: ARP (RFC 826), where
/// [`Ip::source`] is IPv4, or neighbour discovery (RFC 4861). No router forwards either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// What it does.
    pub kind: NeighbourKind,
    /// The address that is asked for or told.
    pub target: IpAddr,
    /// Hardware address of the sender, as the message itself says it.
    pub hardware: Option<[u8; 6]>,
    /// Hardware address of whoever asks: the sender of a request, the one whom a reply is for. Only ARP says both.
    pub asker: Option<[u8; 6]>,
    /// Whether it went to all machines on the link (or all of a multicast group) rather than to one; `None` where the
    /// link header does not say.
    pub to_all: Option<bool>,
}

impl Neighbour {
    /// The hop limit of every message of neighbour discovery; those with another one came from elsewhere (RFC 4861 section
    /// 7.1.1).
    pub const HOP_LIMIT: u8 = 255;
}

/// What the IP packet carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport<'a> {
    /// UDP (of a first fragment too: the header is there, the payload is the first part).
    Udp(Udp<'a>),
    /// TCP.
    Tcp(Tcp<'a>),
    /// ICMP/ICMPv6 echo.
    Echo(IcmpEcho<'a>),
    /// ICMP/ICMPv6 error.
    Error(IcmpError<'a>),
    /// ARP (in place of IP) or IPv6 neighbour discovery.
    Neighbour(Neighbour),
    /// A fragment other than the first: no transport header.
    LaterFragment,
    /// Anything else.
    Other(Other),
}

/// A transport that is not read any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Other {
    /// An ICMP or ICMPv6 message of this type: neither echo, nor an error, nor a question for a neighbour.
    Icmp(u8),
    /// SCTP (RFC 9260 section 3.1).
    Sctp {
        /// Source port.
        source_port: u16,
        /// Destination port.
        destination_port: u16,
    },
    /// Another protocol over IP: [`Ip::protocol`] says which.
    Ip,
}

/// Maximum number of encapsulations that are followed; deeper nesting is not understood.
pub const TUNNELS_MAX: usize = 4;

/// One frame, decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Link layer of the outermost frame.
    pub link: Link,
    /// Encapsulations, outermost first.
    pub tunnels: [Option<Tunnel>; TUNNELS_MAX],
    /// Innermost IP header. ARP has none: the addresses of its sender and target stand in it, and what else is there was not
    /// in the packet; its time to live is then 255.
    pub ip: Ip,
    /// Innermost transport.
    pub transport: Transport<'a>,
    /// `frame.len`: bytes of the frame on the wire.
    pub frame_length: u32,
    /// Some of the frame was cut off by the snap length.
    pub cut_short: bool,
}

impl Packet<'_> {
    /// Who speaks to whom: the addresses of IP, except that neighbours are known by the address that is asked for. A
    /// solicitation goes to a multicast group, and an advertisement may come from another address of the same machine.
    #[must_use]
    #[inline]
    pub const fn ends(&self) -> (IpAddr, IpAddr) {
        let Ip { source, destination, .. } = self.ip;
        match &self.transport {
            Transport::Neighbour(Neighbour {
                kind: NeighbourKind::Request | NeighbourKind::Probe,
                target,
                ..
            }) => (source, *target),
            Transport::Neighbour(Neighbour { target, .. }) => (*target, destination),
            Transport::Udp(_)
            | Transport::Tcp(_)
            | Transport::Echo(_)
            | Transport::Error(_)
            | Transport::LaterFragment
            | Transport::Other(_) => (source, destination),
        }
    }

    /// The packet is meant for several machines, which answer or not as they like: its address is one of multicast or
    /// broadcast. The broadcast address of a network is not known from packets. `.255` is taken for one, as nearly all networks
    /// have it there; and one that ends in set bits (RFC 919 section 7), of a network that the sender is in, where the frame
    /// went to all on the link. That alone is no sign: packets made by hand often go to all and mean one machine.
    #[must_use]
    pub fn goes_to_many(&self) -> bool {
        const ALL: [u8; 6] = [0xff; 6];
        // Inside a tunnel the frame's addresses are those of its ends.
        let to_all = self.link.destination == Some(ALL) && self.tunnels.first().is_some_and(Option::is_none);
        to_all && may_be_broadcast(self.ip.source, self.ip.destination)
            || !is_one_machine(self.ip.destination)
    }

    /// The packet has an IP header; ARP has none.
    #[must_use]
    pub const fn has_ip_header(&self) -> bool {
        !matches!((&self.transport, self.ip.source), (Transport::Neighbour(_), IpAddr::V4(_)))
    }
}

/// Whether `destination` may be the broadcast address of a network that `source` is in: the smallest has four addresses.
const fn may_be_broadcast(source: IpAddr, destination: IpAddr) -> bool {
    let (IpAddr::V4(source), IpAddr::V4(destination)) = (source, destination) else { return false };
    let (source, destination) = (source.to_bits(), destination.to_bits());
    let of_host = destination.trailing_ones();
    of_host >= 2
        && of_host < u32::BITS
        && source != destination
        && source >> of_host == destination >> of_host
}

/// Whether the address is one machine's, as far as it shows: [`Packet::goes_to_many`].
#[must_use]
pub const fn is_one_machine(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let directed = v4.octets()[3] == u8::MAX;
            !(v4.is_multicast() || v4.is_unspecified() || directed)
        }
        IpAddr::V6(v6) => !(v6.is_multicast() || v6.is_unspecified()),
    }
}

/// Why a frame was not understood. Bad input is data: it is counted and is not an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum NotUnderstood {
    /// This crate does not read the link type.
    #[error("link type {0} is not supported")]
    LinkType(u16),
    /// The frame carries something other than IP or ARP for it (LLDP, RARP, ...).
    #[error("not an IP packet")]
    NotIp,
    /// The capture's snap length ends inside a header.
    #[error("the snap length cut off a header")]
    CutShort,
    /// A length or version field contradicts the bytes.
    #[error("a header contradicts itself")]
    Malformed,
    /// More than [`TUNNELS_MAX`] encapsulations.
    #[error("too many encapsulations")]
    TooDeep,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_s_broadcast_address_is_one_of_the_sender_s_network() {
        let address = |text: &str| text.parse::<IpAddr>().expect("it is one");
        let of = |source: &str, destination: &str| may_be_broadcast(address(source), address(destination));
        assert!(of("10.0.0.1", "10.0.0.63"));
        assert!(of("10.0.0.1", "10.0.0.3"));
        assert!(of("10.1.0.1", "10.1.255.255"));
        for (source, destination) in [
            ("10.0.0.1", "10.0.0.2"),
            ("10.0.0.1", "10.0.0.5"),
            ("10.0.0.65", "10.0.0.63"),
            ("10.0.0.63", "10.0.0.63"),
            ("172.22.214.60", "192.0.78.212"),
            ("10.0.0.1", "255.255.255.255"),
            ("fe80::1", "fe80::ffff"),
        ] {
            assert!(!of(source, destination), "{source} {destination}");
        }
    }
}
