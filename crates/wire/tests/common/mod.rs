//! Packets made in memory.
#![allow(dead_code, reason = "each test binary uses its part")]

use etherparse::PacketBuilder;
use std::net::IpAddr;
use unanswered_registry::Feature;
use unanswered_wire::{FeatureSink, LinkType, NotUnderstood, Packet, decode};

pub(crate) const CLIENT: [u8; 4] = [192, 0, 2, 1];
pub(crate) const SERVER: [u8; 4] = [198, 51, 100, 7];
pub(crate) const CLIENT6: [u8; 16] = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
pub(crate) const SERVER6: [u8; 16] = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7];

/// An IPv4 packet with UDP.
pub(crate) fn udp4(ports: [u16; 2], payload: &[u8]) -> Vec<u8> {
    let mut packet = Vec::new();
    let builder = PacketBuilder::ipv4(CLIENT, SERVER, 61).udp(ports[0], ports[1]);
    builder.write(&mut packet, payload).expect("memory");
    packet
}

/// An IPv6 packet with UDP.
pub(crate) fn udp6(ports: [u16; 2], payload: &[u8]) -> Vec<u8> {
    let mut packet = Vec::new();
    let builder = PacketBuilder::ipv6(CLIENT6, SERVER6, 61).udp(ports[0], ports[1]);
    builder.write(&mut packet, payload).expect("memory");
    packet
}

/// An IPv4 packet of any protocol.
pub(crate) fn ip4(protocol: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(20 + payload.len()).expect("short").to_be_bytes();
    let mut packet = vec![0x45, 0xb9, length[0], length[1], 0x12, 0x34, 0x40, 0, 63, protocol, 0, 0];
    packet.extend(CLIENT);
    packet.extend(SERVER);
    packet.extend(payload);
    packet
}

/// An IPv6 packet whose first next-header is `next`.
pub(crate) fn ip6(next: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).expect("short").to_be_bytes();
    let mut packet = vec![0x6b, 0x91, 0x23, 0x45, length[0], length[1], next, 63];
    packet.extend(CLIENT6);
    packet.extend(SERVER6);
    packet.extend(payload);
    packet
}

/// An Ethernet frame, with VLAN tags as (ether type, id).
pub(crate) fn ethernet(tags: &[(u16, u16)], ether_type: u16, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 5];
    for (kind, id) in tags {
        frame.extend(kind.to_be_bytes());
        frame.extend(id.to_be_bytes());
    }
    frame.extend(ether_type.to_be_bytes());
    frame.extend(payload);
    frame
}

/// Decodes a frame that was captured whole.
pub(crate) fn whole(link_type: LinkType, bytes: &[u8]) -> Result<Packet<'_>, NotUnderstood> {
    decode(link_type, bytes, u32::try_from(bytes.len()).expect("short"))
}

/// Decodes an IP packet that was captured whole.
pub(crate) fn raw(bytes: &[u8]) -> Packet<'_> {
    whole(LinkType::Raw, bytes).expect("a packet")
}

/// Keeps features as text.
#[derive(Default)]
pub(crate) struct Kept(pub(crate) Vec<(&'static str, String)>);

impl Kept {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(kept, _)| *kept == name).map(|(_, value)| value.as_str())
    }
}

impl FeatureSink for Kept {
    fn number(&mut self, feature: &'static Feature, value: i64) {
        self.0.push((feature.name, value.to_string()));
    }

    fn text(&mut self, feature: &'static Feature, value: &str) {
        self.0.push((feature.name, value.to_owned()));
    }

    fn address(&mut self, feature: &'static Feature, value: IpAddr) {
        self.0.push((feature.name, value.to_string()));
    }
}
