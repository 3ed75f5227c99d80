//! What several fuzz targets share.

use std::net::IpAddr;
use unanswered_registry::Feature;
use unanswered_wire::{FeatureSink, LinkType, PROTOCOLS, Packet, common_features, decode, recognise};

/// The link layers, by the number in the first byte of an input.
pub const LINK_TYPES: [LinkType; 9] = [
    LinkType::Ethernet,
    LinkType::LinuxSll,
    LinkType::LinuxSll2,
    LinkType::Raw,
    LinkType::Null,
    LinkType::Loop,
    LinkType::Ipv4,
    LinkType::Ipv6,
    LinkType::Other(147),
];

/// Takes features and holds them to what the trait promises.
#[derive(Default)]
pub struct Sink(pub usize);

impl FeatureSink for Sink {
    fn number(&mut self, feature: &'static Feature, _: i64) {
        assert!(!feature.name.is_empty());
        self.0 += 1;
    }

    fn text(&mut self, feature: &'static Feature, _: &str) {
        assert!(!feature.name.is_empty());
        self.0 += 1;
    }

    fn address(&mut self, feature: &'static Feature, _: IpAddr) {
        assert!(!feature.name.is_empty());
        self.0 += 1;
    }
}

/// Decodes a frame and asks everything that can be asked about it.
pub fn frame(link_type: LinkType, bytes: &[u8], length: u32) {
    if let Ok(packet) = decode(link_type, bytes, length) {
        everything(&packet);
        if let Some(inner) = packet.quoted() {
            everything(&inner);
        }
    }
}

/// Asks everything that can be asked about a packet.
pub fn everything(packet: &Packet<'_>) {
    let mut sink = Sink::default();
    common_features(packet, &mut sink);
    if let Some((id, message)) = recognise(packet) {
        assert_eq!(id.protocol().message(packet), Some(message), "the list and the protocol agree");
    }
    for protocol in PROTOCOLS {
        if protocol.message(packet).is_some_and(|message| message.asks.is_some()) {
            protocol.features(packet, &mut sink);
        }
    }
}
