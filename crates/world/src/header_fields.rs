//! Header fields of a simulated packet: what firewall rules and hashes look at.

use crate::sim_packet::{DnsMessage, Encapsulation, IP_HEADER, PacketBody, Payload, SimPacket};
use std::net::Ipv4Addr;
use unanswered_clients::TcpSegment;
use unanswered_ntp::Header;
use unanswered_scenario::model::{HeaderCondition, HeaderField, HeaderTest, Subnet};
use unanswered_wire::{Tcp, TunnelKind};

/// The value of a field, as a number; `None` when the packet lacks it.
#[must_use]
pub(crate) fn value(packet: &SimPacket, field: HeaderField) -> Option<u64> {
    use HeaderField as F;
    match field {
        F::IpSource => Some(u64::from(u32::from(packet.source))),
        F::IpDestination => Some(u64::from(u32::from(packet.destination))),
        F::IpTtl => Some(u64::from(packet.ttl)),
        F::IpDscp => Some(u64::from(packet.dscp)),
        F::IpEcn => Some(u64::from(packet.ecn)),
        F::IpLength => Some(u64::from(packet.length)),
        F::IpProtocol => Some(protocol(&packet.body)),
        F::IpId => Some(u64::from(packet.identification)),
        F::IpFragmented => Some(u64::from(packet.fragment > 0)),
        F::UdpSourcePort => udp(&packet.body).map(|(source, _)| source),
        F::UdpDestinationPort => udp(&packet.body).map(|(_, destination)| destination),
        F::UdpLength => udp(&packet.body).map(|_| u64::from(packet.length - IP_HEADER)),
        F::TcpSourcePort => tcp(&packet.body).map(|segment| u64::from(segment.source_port)),
        F::TcpDestinationPort => tcp(&packet.body).map(|segment| u64::from(segment.destination_port)),
        F::TcpFlags => tcp(&packet.body).map(|segment| u64::from(segment.flags)),
        F::IcmpType => icmp_type(&packet.body),
        F::IcmpId => echo(&packet.body).map(|(identifier, _)| identifier),
        F::IcmpSequence => echo(&packet.body).map(|(_, sequence)| sequence),
        F::NtpVersion => ntp(&packet.body).map(|header| u64::from(header.version)),
        F::NtpMode => ntp(&packet.body).map(|header| header.mode as u64),
        F::DnsType => dns(&packet.body).map(|message| u64::from(message.kind)),
        F::DnsId => dns(&packet.body).map(|message| u64::from(message.id)),
        F::DnsEdns => dns(&packet.body).map(|message| u64::from(message.edns.is_some())),
        F::DnsResponse => dns(&packet.body).map(|message| u64::from(message.response)),
    }
}

/// IP protocol number.
#[must_use]
pub(crate) const fn protocol(body: &PacketBody) -> u64 {
    match body {
        PacketBody::Udp { .. } => 17,
        PacketBody::Tcp(_) => 6,
        PacketBody::Echo { .. } | PacketBody::Error { .. } => 1,
    }
}

/// Source and destination port.
fn udp(body: &PacketBody) -> Option<(u64, u64)> {
    let PacketBody::Udp { source_port, destination_port, .. } = body else { return None };
    Some((u64::from(*source_port), u64::from(*destination_port)))
}

const fn tcp(body: &PacketBody) -> Option<&TcpSegment> {
    if let PacketBody::Tcp(segment) = body { Some(segment) } else { None }
}

/// Identifier and sequence number.
fn echo(body: &PacketBody) -> Option<(u64, u64)> {
    let PacketBody::Echo { identifier, sequence, .. } = body else { return None };
    Some((u64::from(*identifier), u64::from(*sequence)))
}

fn icmp_type(body: &PacketBody) -> Option<u64> {
    match body {
        PacketBody::Echo { request, .. } => Some(if *request { 8 } else { 0 }),
        PacketBody::Error { kind, .. } => Some(u64::from(*kind)),
        PacketBody::Udp { .. } | PacketBody::Tcp(_) => None,
    }
}

const fn ntp(body: &PacketBody) -> Option<&Header> {
    if let PacketBody::Udp { payload: Payload::Ntp(header), .. } = body { Some(header) } else { None }
}

const fn dns(body: &PacketBody) -> Option<&DnsMessage> {
    if let PacketBody::Udp { payload: Payload::Dns(message), .. } = body { Some(message) } else { None }
}

/// Whether all conditions hold.
#[must_use]
pub(crate) fn matches(packet: &SimPacket, conditions: &[HeaderCondition]) -> bool {
    conditions
        .iter()
        .all(|condition| value(packet, condition.field).is_some_and(|value| holds(&condition.test, value)))
}

fn holds(test: &HeaderTest, value: u64) -> bool {
    match test {
        HeaderTest::In(values) => values.contains(&value),
        HeaderTest::NotIn(values) => !values.contains(&value),
        HeaderTest::Range { low, high } => (*low..=*high).contains(&value),
        HeaderTest::Subnet(subnet) => in_subnet(*subnet, value),
        HeaderTest::Modulus { divisor, remainders } => {
            value.checked_rem(*divisor).is_some_and(|rest| remainders.contains(&rest))
        }
    }
}

fn in_subnet(subnet: Subnet, value: u64) -> bool {
    u32::try_from(value).is_ok_and(|bits| subnet.contains(Ipv4Addr::from(bits)))
}

/// The hash over some fields, as a switch computes it: of the outermost packet, where of a tunnel only
/// addresses, ports, the protocol and lengths can be seen.
#[must_use]
pub(crate) fn hash(packet: &SimPacket, kind: Option<TunnelKind>, fields: &[HeaderField]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for field in fields {
        let value = match &packet.outer {
            Some(outer) => outer_value(outer, kind, *field),
            None => value(packet, *field),
        };
        hash = (hash ^ value.unwrap_or(0)).wrapping_mul(0x0100_0000_01b3);
        hash ^= hash >> 29;
    }
    // A finaliser (SplitMix64's), so that the low digits depend on all fields.
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash ^ (hash >> 31)
}

fn outer_value(outer: &Encapsulation, kind: Option<TunnelKind>, field: HeaderField) -> Option<u64> {
    let udp = !matches!(kind, Some(TunnelKind::Gre | TunnelKind::IpInIp));
    let port = if kind == Some(TunnelKind::Geneve) { 6081 } else { 4789 };
    let visible = [
        (HeaderField::IpSource, Some(u64::from(u32::from(outer.source)))),
        (HeaderField::IpDestination, Some(u64::from(u32::from(outer.destination)))),
        (HeaderField::IpProtocol, Some(if udp { 17 } else { 47 })),
        (HeaderField::UdpSourcePort, udp.then_some(u64::from(outer.source_port))),
        (HeaderField::UdpDestinationPort, udp.then_some(port)),
    ];
    visible.into_iter().find(|(known, _)| *known == field).and_then(|(_, value)| value)
}

/// Entropy of a flow for the outer source port of its tunnel; the same in both directions, like the
/// kernel's flow hash of unconnected sockets.
#[must_use]
pub(crate) fn entropy(packet: &SimPacket) -> u32 {
    let [a, b] = match packet.tuple() {
        Some(tuple) => [tuple.source, tuple.destination]
            .map(|end| (u64::from(u32::from(end.address)) << 16) | u64::from(end.port)),
        None => [packet.source, packet.destination].map(|address| u64::from(u32::from(address))),
    };
    let mut mixed = (a ^ b).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ a.wrapping_add(b) ^ protocol(&packet.body);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    u32::try_from(mixed >> 32).unwrap_or(0)
}

/// Whether the packet opens a TCP connection.
#[must_use]
pub(crate) const fn is_syn(segment_flags: u16) -> bool {
    segment_flags & (Tcp::SYN | Tcp::ACK) == Tcp::SYN
}
