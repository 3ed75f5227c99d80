//! What a frame is that pairs with nothing: by port, protocol number or ICMP type, and the names that those have.
//!
//! The names are for people: no protocol is recognised by them, and what stands here is not read any further. Ports of
//! declared protocols have no name here: what goes to them and is not understood is not theirs.
//!
//! Sources: IANA's registries "Service Name and Transport Protocol Port Number" (RFC 6335), "Protocol Numbers", "ICMP
//! Type Numbers" and "ICMPv6 type Numbers".

use crate::{Neighbour, Other, Packet, Transport};

/// What a frame is that pairs with nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unpaired {
    /// UDP from or to the service of that port.
    Udp(u16),
    /// UDP between two ports of which neither is a service's.
    UdpBetween,
    /// SCTP from or to the service of that port.
    Sctp(u16),
    /// ICMP of that type.
    Icmp(u8),
    /// ICMPv6 of that type.
    IcmpV6(u8),
    /// IP of that protocol number.
    Ip(u8),
    /// ARP that asks nobody and answers nothing (RFC 5227).
    Arp,
    /// Neighbour discovery that asks nobody and answers nothing (RFC 4861 section 7.2.6, RFC 4862 section 5.4).
    Discovery,
    /// A fragment after the first: what it belongs to stands in the first.
    Fragment,
}

impl Unpaired {
    /// What the packet is, if it pairs with nothing. TCP is none of these: its segments belong to connections.
    #[must_use]
    pub fn of(packet: &Packet<'_>) -> Self {
        match &packet.transport {
            Transport::Udp(udp) => Self::of_ports(udp.source_port, udp.destination_port),
            Transport::Neighbour(Neighbour { .. }) if packet.has_ip_header() => Self::Discovery,
            Transport::Neighbour(_) => Self::Arp,
            Transport::LaterFragment => Self::Fragment,
            Transport::Error(error) if error.v6 => Self::IcmpV6(error.kind),
            Transport::Error(error) => Self::Icmp(error.kind),
            Transport::Echo(echo) => match (packet.ip.source.is_ipv4(), echo.request) {
                (true, true) => Self::Icmp(8),
                (true, false) => Self::Icmp(0),
                (false, true) => Self::IcmpV6(128),
                (false, false) => Self::IcmpV6(129),
            },
            Transport::Other(Other::Icmp(kind)) if packet.ip.source.is_ipv4() => Self::Icmp(*kind),
            Transport::Other(Other::Icmp(kind)) => Self::IcmpV6(*kind),
            Transport::Other(Other::Sctp { source_port, destination_port }) => Self::Sctp(
                service(*source_port, *destination_port).unwrap_or(*source_port.min(destination_port)),
            ),
            Transport::Tcp(_) | Transport::Other(Other::Ip) => Self::Ip(packet.ip.protocol),
        }
    }

    fn of_ports(source: u16, destination: u16) -> Self {
        service(source, destination).map_or(Self::UdpBetween, Self::Udp)
    }

    /// Its stable code in JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Udp(_) => "udp",
            Self::UdpBetween => "udp_between",
            Self::Sctp(_) => "sctp",
            Self::Icmp(_) => "icmp",
            Self::IcmpV6(_) => "icmpv6",
            Self::Ip(_) => "ip",
            Self::Arp => "arp",
            Self::Discovery => "nd",
            Self::Fragment => "fragment",
        }
    }

    /// The service's port.
    #[must_use]
    pub const fn port(self) -> Option<u16> {
        match self {
            Self::Udp(port) | Self::Sctp(port) => Some(port),
            Self::UdpBetween
            | Self::Icmp(_)
            | Self::IcmpV6(_)
            | Self::Ip(_)
            | Self::Arp
            | Self::Discovery
            | Self::Fragment => None,
        }
    }

    /// The ICMP type or the protocol number.
    #[must_use]
    pub const fn number(self) -> Option<u8> {
        match self {
            Self::Icmp(number) | Self::IcmpV6(number) | Self::Ip(number) => Some(number),
            Self::Udp(_)
            | Self::UdpBetween
            | Self::Sctp(_)
            | Self::Arp
            | Self::Discovery
            | Self::Fragment => None,
        }
    }

    /// Its name, as it stands before "frames": `DHCP`, `OSPF`, `ICMP redirect`.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Udp(port) => Service::of(port).map(|service| service.name),
            Self::Icmp(kind) => named(&ICMP, kind),
            Self::IcmpV6(kind) => named(&ICMPV6, kind),
            Self::Ip(number) => named(&IP, number),
            Self::Arp => Some("ARP announcement"),
            Self::Discovery => Some("neighbour announcement"),
            Self::UdpBetween | Self::Sctp(_) | Self::Fragment => None,
        }
    }
}

/// A service over UDP with a port of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its port.
    pub port: u16,
    /// Its name.
    pub name: &'static str,
    /// What it carries goes both ways without one datagram answering another: streams, tunnels, logs.
    pub streams: bool,
}

impl Service {
    /// The service of that port, if it has a name here.
    #[must_use]
    pub fn of(port: u16) -> Option<&'static Self> {
        SERVICES.iter().find(|service| service.port == port)
    }
}

const fn asks(port: u16, name: &'static str) -> Service {
    Service { port, name, streams: false }
}

const fn streams(port: u16, name: &'static str) -> Service {
    Service { port, name, streams: true }
}

/// Services over UDP that many networks have (IANA; 8472 is Linux's VXLAN from before RFC 7348).
pub static SERVICES: [Service; 37] = [
    asks(67, "DHCP"),
    asks(68, "DHCP"),
    asks(69, "TFTP"),
    asks(111, "portmapper"),
    asks(137, "NetBIOS name service"),
    streams(138, "NetBIOS datagram"),
    streams(443, "QUIC"),
    asks(500, "IKE"),
    streams(514, "syslog"),
    streams(520, "RIP"),
    streams(521, "RIPng"),
    asks(546, "DHCPv6"),
    asks(547, "DHCPv6"),
    asks(623, "IPMI"),
    streams(1194, "OpenVPN"),
    asks(1434, "SQL Server browser"),
    streams(1701, "L2TP"),
    asks(1900, "SSDP"),
    asks(2123, "GTP control"),
    streams(2152, "GTP"),
    asks(3478, "STUN"),
    asks(3702, "WS-Discovery"),
    asks(3784, "BFD"),
    streams(4500, "IPsec NAT traversal"),
    streams(4739, "IPFIX"),
    streams(4789, "VXLAN"),
    asks(5060, "SIP"),
    streams(5246, "CAPWAP control"),
    streams(5247, "CAPWAP data"),
    asks(5353, "mDNS"),
    asks(5355, "LLMNR"),
    asks(5683, "CoAP"),
    streams(6081, "Geneve"),
    streams(6343, "sFlow"),
    streams(6635, "MPLS in UDP"),
    streams(8472, "VXLAN"),
    asks(11211, "memcached"),
];

/// Types of ICMP (RFC 792, RFC 1256, RFC 950).
static ICMP: [(u8, &str); 12] = [
    (0, "ICMP echo reply"),
    (3, "ICMP unreachable"),
    (4, "ICMP source quench"),
    (5, "ICMP redirect"),
    (8, "ICMP echo"),
    (9, "ICMP router advertisement"),
    (10, "ICMP router solicitation"),
    (11, "ICMP time exceeded"),
    (12, "ICMP parameter problem"),
    (13, "ICMP timestamp"),
    (14, "ICMP timestamp reply"),
    (17, "ICMP address mask"),
];

/// Types of ICMPv6 (RFC 4443, RFC 4861, RFC 2710, RFC 3810).
static ICMPV6: [(u8, &str); 15] = [
    (1, "ICMPv6 unreachable"),
    (2, "ICMPv6 packet too big"),
    (3, "ICMPv6 time exceeded"),
    (4, "ICMPv6 parameter problem"),
    (128, "ICMPv6 echo"),
    (129, "ICMPv6 echo reply"),
    (130, "multicast listener query"),
    (131, "multicast listener report"),
    (132, "multicast listener done"),
    (133, "router solicitation"),
    (134, "router advertisement"),
    (135, "neighbour solicitation"),
    (136, "neighbour advertisement"),
    (137, "ICMPv6 redirect"),
    (143, "multicast listener report"),
];

/// Protocols over IP.
static IP: [(u8, &str); 13] = [
    (2, "IGMP"),
    (4, "IP-in-IP"),
    (41, "IPv6-in-IP"),
    (46, "RSVP"),
    (47, "GRE"),
    (50, "ESP"),
    (51, "AH"),
    (88, "EIGRP"),
    (89, "OSPF"),
    (103, "PIM"),
    (112, "VRRP"),
    (115, "L2TP"),
    (132, "SCTP"),
];

fn named(names: &'static [(u8, &'static str)], number: u8) -> Option<&'static str> {
    names.iter().find(|(of, _)| *of == number).map(|(_, name)| *name)
}

/// Ports from here on are ephemeral on most systems (RFC 6335 section 6 begins at 49152, Linux at 32768).
pub const EPHEMERAL_FROM: u16 = 32768;

/// Ports below are the system's (RFC 6335 section 6): no client is given one.
pub const WELL_KNOWN_BELOW: u16 = 1024;

/// Whether the source is the client, as far as port numbers show.
#[must_use]
pub const fn asks_by_port(source: u16, destination: u16) -> Option<bool> {
    let (low, high) = if source < destination { (source, destination) } else { (destination, source) };
    if low < WELL_KNOWN_BELOW && high >= WELL_KNOWN_BELOW || low < EPHEMERAL_FROM && high >= EPHEMERAL_FROM {
        Some(source > destination)
    } else {
        None
    }
}

/// The same where a port with a name tells more: between two of its kind, the one that has a name is the server's.
#[must_use]
pub fn asks_by_service(source: u16, destination: u16) -> Option<bool> {
    let named = |port: u16| port < EPHEMERAL_FROM && Service::of(port).is_some();
    match (named(source), named(destination)) {
        (true, false) => Some(false),
        (false, true) => Some(true),
        (true, true) | (false, false) => asks_by_port(source, destination),
    }
}

/// The port that is the service's: one with a name, the lower of two; else the lower one. `None` between two ephemeral
/// ports.
fn service(source: u16, destination: u16) -> Option<u16> {
    let (low, high) = if source < destination { (source, destination) } else { (destination, source) };
    let named = [low, high].into_iter().find(|port| Service::of(*port).is_some());
    named.filter(|port| *port < EPHEMERAL_FROM).or((low < EPHEMERAL_FROM).then_some(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_found_on_either_side() {
        assert_eq!(Unpaired::of_ports(50_000, 161), Unpaired::Udp(161));
        assert_eq!(Unpaired::of_ports(161, 50_000), Unpaired::Udp(161));
        assert_eq!(Unpaired::of_ports(68, 67), Unpaired::Udp(67));
        assert_eq!(Unpaired::of_ports(1025, 5060), Unpaired::Udp(5060));
        assert_eq!(Unpaired::of_ports(50_000, 33_434), Unpaired::UdpBetween);
    }

    #[test]
    fn each_port_and_number_is_named_once() {
        assert!(SERVICES.is_sorted_by(|a, b| a.port < b.port));
        for names in [ICMP.as_slice(), ICMPV6.as_slice(), IP.as_slice()] {
            assert!(names.is_sorted_by(|a, b| a.0 < b.0), "{names:?}");
        }
    }
}
