//! Features that every request has, whatever its protocol: link, tunnels, IP and ports, or what neighbours have instead.
//!
//! IPv4 and IPv6 share a name (`ip.src` carries either kind of address,
//! `ip.ttl` the hop limit too); code that prints a display filter looks at the
//! address family.

use crate::text::Text;
use crate::{Direction, FeatureSink, Neighbour, Packet, Transport, Tunnel, TunnelKind};
use std::fmt::Write as _;
use unanswered_registry::{
    CaptureTerm, Direction as End, DisplayTerm, Feature, Layer, Price, Quantity, Role, Transport as Ports,
    features,
};

features! {
    FRAME_LENGTH = amount("frame.len", "frame length").layer(Layer::Link).per_hop().measures(Quantity::Length)
        .wireshark().price(Price::Near).tcpdump_v6("len", "len", 0);
    ETH_SOURCE = code("eth.src", "hardware source address").layer(Layer::Link).per_hop().says_where()
        .wireshark().price(Price::Identifier).captured(CaptureTerm::Hardware(End::Source));
    ETH_DESTINATION = code("eth.dst", "hardware destination address").layer(Layer::Link).per_hop().says_where()
        .wireshark().price(Price::Identifier).captured(CaptureTerm::Hardware(End::Destination));
    VLAN = code("vlan.id", "VLAN id").layer(Layer::Link).per_hop().says_where().wireshark().captured(CaptureTerm::Vlan);
    VLAN_INNER = code("vlan.id.inner", "inner VLAN id").layer(Layer::Link).per_hop().says_where();
    INTERFACE = code("sll.ifindex", "interface index").layer(Layer::Link).per_hop().says_where().wireshark();
    DIRECTION = code("sll.pkttype", "direction at the capturing host").layer(Layer::Link).per_hop().says_where().wireshark()
        .named(&[(0, "received"), (3, "seen in passing"), (4, "sent")]);
    IP_VERSION = code("ip.version", "IP version").layer(Layer::Network).wireshark().settable();
    SOURCE = code("ip.src", "source address").layer(Layer::Network).says_where().settable().tells(Role::Client)
        .displayed(DisplayTerm::Address { v4: "ip.src", v6: "ipv6.src" }).captured(CaptureTerm::Address(End::Source));
    DESTINATION = code("ip.dst", "destination address").layer(Layer::Network).says_where().settable().tells(Role::Server)
        .displayed(DisplayTerm::Address { v4: "ip.dst", v6: "ipv6.dst" }).captured(CaptureTerm::Address(End::Destination));
    TTL = amount("ip.ttl", "time to live").layer(Layer::Network).wireshark_v6("ipv6.hlim", 0).tcpdump_v6("ip[8]", "ip6[7]", 0).settable();
    IP_LENGTH = amount("ip.len", "IP length").layer(Layer::Network).measures(Quantity::Length).tells(Role::Size)
        .wireshark_v6("ipv6.plen", 40).tcpdump_v6("ip[2:2]", "ip6[4:2]", 40).settable();
    IP_HEADER_LENGTH = amount("ip.hdr_len", "IP header length").layer(Layer::Network).per_hop().measures(Quantity::Length).wireshark();
    IP_EXTENSIONS = amount("ipv6.extensions.length", "length of the IPv6 extension headers").layer(Layer::Network)
        .measures(Quantity::Length);
    DSCP = code("ip.dsfield.dscp", "DSCP").layer(Layer::Network).wireshark_v6("ipv6.tclass.dscp", 0)
        .tcpdump_v6("(ip[1] >> 2)", "((ip6[0:2] >> 6) & 63)", 0).settable().named(DSCPS);
    ECN = code("ip.dsfield.ecn", "ECN bits").layer(Layer::Network).wireshark_v6("ipv6.tclass.ecn", 0)
        .tcpdump_v6("(ip[1] & 3)", "((ip6[1] >> 4) & 3)", 0).settable()
        .named(&[(0, "not ECN-capable"), (1, "ECT(1)"), (2, "ECT(0)"), (3, "CE")]);
    DONT_FRAGMENT = flag("ip.flags.df", "don't-fragment flag").layer(Layer::Network).wireshark().tcpdump("((ip[6] >> 6) & 1)").settable();
    MORE_FRAGMENTS = flag("ip.flags.mf", "more-fragments flag").layer(Layer::Network).per_hop().wireshark()
        .tcpdump("((ip[6] >> 5) & 1)").settable();
    IP_ID = amount("ip.id", "IP identification").layer(Layer::Network).wireshark_v6("ipv6.fraghdr.ident", 0)
        .price(Price::Identifier).tcpdump("ip[4:2]").settable();
    FLOW_LABEL = amount("ipv6.flow", "flow label").layer(Layer::Network).wireshark().settable();
    UDP_SOURCE = amount("udp.srcport", "source port").layer(Layer::Transport).measures(Quantity::Port).wireshark()
        .captured(CaptureTerm::Port(Ports::Udp, End::Source)).settable();
    UDP_DESTINATION = amount("udp.dstport", "destination port").layer(Layer::Transport).measures(Quantity::Port).says_where()
        .tells(Role::Service).wireshark().captured(CaptureTerm::Port(Ports::Udp, End::Destination)).settable();
    UDP_LENGTH = amount("udp.length", "UDP length").layer(Layer::Transport).measures(Quantity::Length).wireshark()
        .tcpdump("udp[4:2]").settable();
    UDP_CHECKSUM = amount("udp.checksum", "UDP checksum").layer(Layer::Transport).per_hop().wireshark().tcpdump("udp[6:2]").settable();
    UDP_NO_CHECKSUM = flag("udp.checksum.zero", "missing UDP checksum").layer(Layer::Transport).per_hop()
        .says("UDP checksum was missing", "UDP checksum was there").settable();
    TCP_SOURCE = amount("tcp.srcport", "source port").layer(Layer::Transport).measures(Quantity::Port).wireshark()
        .captured(CaptureTerm::Port(Ports::Tcp, End::Source)).settable();
    TCP_DESTINATION = amount("tcp.dstport", "destination port").layer(Layer::Transport).measures(Quantity::Port).says_where()
        .tells(Role::Service).wireshark().captured(CaptureTerm::Port(Ports::Tcp, End::Destination)).settable();
    NEIGHBOUR_SENDER = code("neighbour.sender", "asking address").layer(Layer::Network).says_where().tells(Role::Client)
        .displayed(DisplayTerm::Address { v4: "arp.src.proto_ipv4", v6: "ipv6.src" })
        .captured(CaptureTerm::Address(End::Source));
    NEIGHBOUR_TARGET = code("neighbour.target", "address asked for").layer(Layer::Network).says_where().settable()
        .tells(Role::Server)
        .displayed(DisplayTerm::Address { v4: "arp.dst.proto_ipv4", v6: "icmpv6.nd.ns.target_address" });
    TUNNEL = code("tunnel", "encapsulation").layer(Layer::Tunnel).per_hop();
    VXLAN_VNI = code("vxlan.vni", "VXLAN network").layer(Layer::Tunnel).per_hop().says_where().wireshark();
    GENEVE_VNI = code("geneve.vni", "Geneve network").layer(Layer::Tunnel).per_hop().wireshark();
    GRE_KEY = code("gre.key", "GRE key").layer(Layer::Tunnel).per_hop().wireshark();
    MPLS_LABEL = code("mpls.label", "MPLS label").layer(Layer::Tunnel).per_hop().wireshark();
    OUTER_SOURCE = code("tunnel.ip.src", "tunnel's source address").layer(Layer::Tunnel).per_hop().says_where();
    OUTER_DESTINATION = code("tunnel.ip.dst", "tunnel's destination address").layer(Layer::Tunnel).per_hop().says_where();
    OUTER_PORT = amount("tunnel.udp.srcport", "tunnel's UDP source port").layer(Layer::Tunnel).per_hop().measures(Quantity::Port);
    OUTER_TTL = amount("tunnel.ip.ttl", "tunnel's time to live").layer(Layer::Tunnel).per_hop();
    OUTER_DSCP = code("tunnel.ip.dsfield.dscp", "tunnel's DSCP").layer(Layer::Tunnel).per_hop().named(DSCPS);
}

/// Identifiers of the network inside a tunnel, with the word that precedes one.
pub static TUNNEL_NETWORKS: [(&Feature, &str); 4] =
    [(&VXLAN_VNI, "VXLAN"), (&GENEVE_VNI, "Geneve"), (&GRE_KEY, "GRE key"), (&MPLS_LABEL, "MPLS label")];

/// Code points with names (RFC 2474, RFC 2597, RFC 3246, RFC 5865, RFC 8622).
const DSCPS: &[(i64, &str)] = &[
    (0, "CS0"),
    (1, "LE"),
    (8, "CS1"),
    (10, "AF11"),
    (12, "AF12"),
    (14, "AF13"),
    (16, "CS2"),
    (18, "AF21"),
    (20, "AF22"),
    (22, "AF23"),
    (24, "CS3"),
    (26, "AF31"),
    (28, "AF32"),
    (30, "AF33"),
    (32, "CS4"),
    (34, "AF41"),
    (36, "AF42"),
    (38, "AF43"),
    (40, "CS5"),
    (44, "VA"),
    (46, "EF"),
    (48, "CS6"),
    (56, "CS7"),
];

/// Passes every common feature that the packet has to the sink.
pub fn common_features(packet: &Packet<'_>, sink: &mut dyn FeatureSink) {
    link_features(packet, sink);
    tunnel_features(packet, sink);
    if packet.has_ip_header() {
        ip_features(packet, sink);
    }
    match packet.transport {
        Transport::Udp(udp) => {
            sink.number(&UDP_SOURCE, i64::from(udp.source_port));
            sink.number(&UDP_DESTINATION, i64::from(udp.destination_port));
            sink.number(&UDP_LENGTH, i64::from(udp.length));
            sink.number(&UDP_CHECKSUM, i64::from(udp.checksum));
            sink.number(&UDP_NO_CHECKSUM, i64::from(udp.checksum == 0));
        }
        Transport::Tcp(tcp) => {
            sink.number(&TCP_SOURCE, i64::from(tcp.source_port));
            sink.number(&TCP_DESTINATION, i64::from(tcp.destination_port));
        }
        Transport::Neighbour(neighbour) => neighbour_features(packet, &neighbour, sink),
        Transport::Echo(_) | Transport::Error(_) | Transport::LaterFragment | Transport::Other(_) => {}
    }
}

/// ARP and neighbour discovery name their ends alike, by other names than IP's: elsewhere these are other fields.
fn neighbour_features(packet: &Packet<'_>, neighbour: &Neighbour, sink: &mut dyn FeatureSink) {
    sink.address(&NEIGHBOUR_SENDER, packet.ip.source);
    sink.address(&NEIGHBOUR_TARGET, neighbour.target);
}

fn link_features(packet: &Packet<'_>, sink: &mut dyn FeatureSink) {
    let link = &packet.link;
    sink.number(&FRAME_LENGTH, i64::from(packet.frame_length));
    // Whoever asks a neighbour in vain asks all on the link next: that would tell the outcome.
    let question = matches!(packet.transport, Transport::Neighbour(_));
    let destination = link.destination.filter(|_| !question);
    for (address, feature) in [(link.source, &ETH_SOURCE), (destination, &ETH_DESTINATION)] {
        if let Some(address) = address {
            sink.hardware(feature, address);
        }
    }
    if let Some(id) = link.vlan_outer {
        sink.number(&VLAN, i64::from(id));
    }
    if let Some(id) = link.vlan_inner {
        sink.number(&VLAN_INNER, i64::from(id));
    }
    if let Some(index) = link.interface_index {
        sink.number(&INTERFACE, i64::from(index));
    }
    if let Some(direction) = link.direction {
        // The kernel's numbers, so that the display filter agrees.
        let number = match direction {
            Direction::In => 0,
            Direction::Other => 3,
            Direction::Out => 4,
        };
        sink.number(&DIRECTION, number);
    }
}

fn ip_features(packet: &Packet<'_>, sink: &mut dyn FeatureSink) {
    let ip = &packet.ip;
    sink.number(&IP_VERSION, if ip.source.is_ipv4() { 4 } else { 6 });
    sink.address(&SOURCE, ip.source);
    sink.address(&DESTINATION, ip.destination);
    sink.number(&TTL, i64::from(ip.ttl));
    sink.number(&IP_LENGTH, i64::from(ip.total_length));
    sink.number(&DSCP, i64::from(ip.dscp));
    sink.number(&ECN, i64::from(ip.ecn));
    sink.number(&MORE_FRAGMENTS, i64::from(ip.more_fragments));
    if ip.source.is_ipv6() {
        sink.number(&IP_EXTENSIONS, i64::from(ip.header_length) - 40);
    } else {
        sink.number(&IP_HEADER_LENGTH, i64::from(ip.header_length));
        sink.number(&DONT_FRAGMENT, i64::from(ip.dont_fragment));
    }
    if let Some(id) = ip.identification {
        sink.number(&IP_ID, i64::from(id));
    }
    if let Some(label) = ip.flow_label {
        sink.number(&FLOW_LABEL, i64::from(label));
    }
}

fn tunnel_features(packet: &Packet<'_>, sink: &mut dyn FeatureSink) {
    let Some(outer) = packet.tunnels.first().copied().flatten() else { return };
    sink.address(&OUTER_SOURCE, outer.source);
    sink.address(&OUTER_DESTINATION, outer.destination);
    sink.number(&OUTER_TTL, i64::from(outer.ttl));
    sink.number(&OUTER_DSCP, i64::from(outer.dscp));
    if let Some(port) = outer.source_port {
        sink.number(&OUTER_PORT, i64::from(port));
    }
    let mut kinds = Text::<64>::default();
    for Tunnel { kind, identifier, .. } in packet.tunnels.iter().flatten() {
        let separator = if kinds.as_str().is_empty() { "" } else { "+" };
        let _ = write!(kinds, "{separator}{}", kind.name());
        let feature = match kind {
            TunnelKind::Vxlan => &VXLAN_VNI,
            TunnelKind::Geneve => &GENEVE_VNI,
            TunnelKind::Gre => &GRE_KEY,
            TunnelKind::Mpls => &MPLS_LABEL,
            TunnelKind::IpInIp => continue,
        };
        if let Some(identifier) = identifier {
            sink.number(feature, i64::from(*identifier));
        }
    }
    sink.text(&TUNNEL, kinds.as_str());
}

impl TunnelKind {
    /// Lower-case name: `vxlan`, `geneve`, `gre`, `mpls`, `ip-in-ip`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Vxlan => "vxlan",
            Self::Geneve => "geneve",
            Self::Gre => "gre",
            Self::Mpls => "mpls",
            Self::IpInIp => "ip-in-ip",
        }
    }
}
