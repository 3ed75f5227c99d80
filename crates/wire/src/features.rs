//! Features that every request has, whatever its protocol: link, tunnels, IP and ports.
//!
//! IPv4 and IPv6 share a name (`ip.src` carries either kind of address,
//! `ip.ttl` the hop limit too); who prints a display filter looks at the
//! address family.

use crate::protocols::declare;
use crate::{Direction, FeatureSink, Packet, Transport, Tunnel, TunnelKind};
use std::fmt::Write as _;

declare!(FRAME_LENGTH, "frame.len", "frame length", Amount, true);
declare!(ETH_SOURCE, "eth.src", "hardware source address", Code, true);
declare!(ETH_DESTINATION, "eth.dst", "hardware destination address", Code, true);
declare!(VLAN, "vlan.id", "VLAN id", Code, true);
declare!(VLAN_INNER, "vlan.id.inner", "inner VLAN id", Code, false);
declare!(INTERFACE, "sll.ifindex", "interface index", Code, true);
declare!(DIRECTION, "sll.pkttype", "direction at the capturing host", Code, true);
declare!(IP_VERSION, "ip.version", "IP version", Code, true);
declare!(SOURCE, "ip.src", "source address", Code, true);
declare!(DESTINATION, "ip.dst", "destination address", Code, true);
declare!(TTL, "ip.ttl", "time to live", Amount, true);
declare!(IP_LENGTH, "ip.len", "IP length", Amount, true);
declare!(IP_HEADER_LENGTH, "ip.hdr_len", "IP header length", Amount, true);
declare!(IP_EXTENSIONS, "ipv6.extensions.length", "length of the IPv6 extension headers", Amount, false);
declare!(DSCP, "ip.dsfield.dscp", "DSCP", Code, true);
declare!(ECN, "ip.dsfield.ecn", "ECN bits", Code, true);
declare!(DONT_FRAGMENT, "ip.flags.df", "don't-fragment flag", Flag, true);
declare!(MORE_FRAGMENTS, "ip.flags.mf", "more-fragments flag", Flag, true);
declare!(IP_ID, "ip.id", "IP identification", Amount, true);
declare!(FLOW_LABEL, "ipv6.flow", "flow label", Amount, true);
declare!(UDP_SOURCE, "udp.srcport", "source port", Amount, true);
declare!(UDP_DESTINATION, "udp.dstport", "destination port", Amount, true);
declare!(UDP_LENGTH, "udp.length", "UDP length", Amount, true);
declare!(UDP_CHECKSUM, "udp.checksum", "UDP checksum", Amount, true);
declare!(UDP_NO_CHECKSUM, "udp.checksum.zero", "missing UDP checksum", Flag, false);
declare!(TCP_SOURCE, "tcp.srcport", "source port", Amount, true);
declare!(TCP_DESTINATION, "tcp.dstport", "destination port", Amount, true);
declare!(TUNNEL, "tunnel", "encapsulation", Code, false);
declare!(VXLAN_VNI, "vxlan.vni", "VXLAN network", Code, true);
declare!(GENEVE_VNI, "geneve.vni", "Geneve network", Code, true);
declare!(GRE_KEY, "gre.key", "GRE key", Code, true);
declare!(MPLS_LABEL, "mpls.label", "MPLS label", Code, true);
declare!(OUTER_SOURCE, "tunnel.ip.src", "tunnel's source address", Code, false);
declare!(OUTER_DESTINATION, "tunnel.ip.dst", "tunnel's destination address", Code, false);
declare!(OUTER_PORT, "tunnel.udp.srcport", "tunnel's UDP source port", Amount, false);
declare!(OUTER_TTL, "tunnel.ip.ttl", "tunnel's time to live", Amount, false);
declare!(OUTER_DSCP, "tunnel.ip.dsfield.dscp", "tunnel's DSCP", Code, false);

/// Gives the sink every common feature that the packet has.
pub fn common_features(packet: &Packet<'_>, sink: &mut dyn FeatureSink) {
    link_features(packet, sink);
    tunnel_features(packet, sink);
    ip_features(packet, sink);
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
        Transport::Echo(_) | Transport::Error(_) | Transport::LaterFragment | Transport::Other => {}
    }
}

fn link_features(packet: &Packet<'_>, sink: &mut dyn FeatureSink) {
    let link = &packet.link;
    sink.number(&FRAME_LENGTH, i64::from(packet.frame_length));
    for (address, feature) in [(link.source, &ETH_SOURCE), (link.destination, &ETH_DESTINATION)] {
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
        // The kernel's numbers, so that the display filter says the same.
        let number = match direction {
            Direction::In => 0,
            Direction::Other => 3,
            Direction::Out => 4,
        };
        sink.number(&DIRECTION, number);
    }
}

/// A hardware address as Wireshark writes it. By hand: formatting macros take longer than decoding the packet.
pub(crate) fn hardware_text(address: [u8; 6]) -> Text<17> {
    let digit = |value: u8| if value < 10 { b'0' + value } else { b'a' + value - 10 };
    let mut bytes = [b':'; 17];
    for (place, byte) in bytes.chunks_mut(3).zip(address) {
        if let [high, low, ..] = place {
            (*high, *low) = (digit(byte >> 4), digit(byte & 0xf));
        }
    }
    Text { bytes, length: bytes.len() }
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

/// Text on the stack: features are read without allocation. What does not fit is left out.
pub(crate) struct Text<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Default for Text<N> {
    fn default() -> Self {
        Self { bytes: [0; N], length: 0 }
    }
}

impl<const N: usize> Text<N> {
    pub(crate) fn make_lower_case(&mut self) {
        self.bytes.make_ascii_lowercase();
    }

    pub(crate) fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..self.length).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }
}

impl<const N: usize> std::fmt::Write for Text<N> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let end = self.length + text.len();
        let room = self.bytes.get_mut(self.length..end).ok_or(std::fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}
