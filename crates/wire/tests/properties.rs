//! Properties of decoding: nothing panics on any bytes, and fields come back as they were written.

mod common;

use common::Kept;
use etherparse::PacketBuilder;
use proptest::prelude::*;
use std::net::IpAddr;
use unanswered_wire::{
    LinkType, PROTOCOLS, SaidBy, Transport, Wants, common_features, decode, is_tls_alert,
    link_type_from_number, recognise,
};

const LINK_TYPES: [u32; 9] = [0, 1, 101, 108, 113, 228, 229, 276, 147];

/// Everything that can be asked of a frame.
fn ask_all(link_type: LinkType, bytes: &[u8], length: u32) {
    let Ok(packet) = decode(link_type, bytes, length) else { return };
    let mut kept = Kept::default();
    common_features(&packet, &mut kept);
    if let Transport::Tcp(tcp) = &packet.transport {
        let _ = (Wants::of(tcp), SaidBy::of(tcp), is_tls_alert(tcp));
    }
    if let Some((id, message)) = recognise(&packet) {
        assert_eq!(id.protocol().message(&packet), Some(message), "{packet:?}");
    }
    for protocol in PROTOCOLS {
        let _ = protocol.message(&packet);
        if let Transport::Udp(udp) = packet.transport {
            let _ = protocol.is_certain(udp.payload);
        }
        protocol.features(&packet, &mut kept);
    }
    if let Some(quoted) = packet.quoted() {
        let _ = recognise(&quoted);
    }
}

/// Valid headers in front make random bytes reach the depths.
fn shell(choice: u8, payload: &[u8]) -> Vec<u8> {
    match choice % 10 {
        0 => payload.to_vec(),
        1 => common::udp4([40_000, 123], payload),
        2 => common::udp4([53, 123], payload),
        3 => common::udp4([40_000, 53], payload),
        4 => common::udp6([40_000, 4789], &[&[8, 0, 0, 0, 0, 0, 1, 0], payload].concat()),
        5 => common::udp4([40_000, 6081], payload),
        6 => common::udp4([40_000, 6635], payload),
        7 => common::ip4(47, payload),
        8 => common::ip6(44, payload),
        _ => common::ip4(1, &[&[3, 3, 0, 0, 0, 0, 0, 0], payload].concat()),
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(
        link in prop::sample::select(&LINK_TYPES[..]),
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        cut in 0_u32..100,
    ) {
        let length = u32::try_from(bytes.len()).unwrap() + cut;
        ask_all(link_type_from_number(link), &bytes, length);
    }

    #[test]
    fn no_bytes_inside_valid_headers_panic(
        choice in any::<u8>(),
        payload in prop::collection::vec(any::<u8>(), 0..200),
        cut in 0_usize..60,
        second in any::<u8>(),
    ) {
        let packet = shell(second, &shell(choice, &payload));
        let length = u32::try_from(packet.len()).unwrap();
        let captured = &packet[..packet.len().saturating_sub(cut)];
        ask_all(LinkType::Raw, captured, length);
        ask_all(LinkType::Ethernet, &common::ethernet(&[(0x8100, 5)], 0x0800, captured), length + 18);
    }

    #[test]
    fn udp_fields_come_back(
        source: [u8; 4],
        destination: [u8; 4],
        ports: [u16; 2],
        ttl: u8,
        payload in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        // Tunnel ports lead elsewhere if the payload looks like a tunnel's.
        prop_assume!(![4789, 8472, 6081, 6635].contains(&ports[1]));
        let mut frame = Vec::new();
        PacketBuilder::ethernet2([1; 6], [2; 6])
            .ipv4(source, destination, ttl)
            .udp(ports[0], ports[1])
            .write(&mut frame, &payload)
            .unwrap();
        let packet = decode(LinkType::Ethernet, &frame, u32::try_from(frame.len()).unwrap()).unwrap();
        prop_assert_eq!(packet.link.source, Some([1; 6]));
        prop_assert_eq!(packet.ip.source, IpAddr::from(source));
        prop_assert_eq!(packet.ip.destination, IpAddr::from(destination));
        prop_assert_eq!(packet.ip.ttl, ttl);
        let Transport::Udp(udp) = packet.transport else { panic!("{packet:?}") };
        prop_assert_eq!([udp.source_port, udp.destination_port], ports);
        prop_assert_eq!(udp.payload, payload.as_slice());
        prop_assert_eq!(usize::from(udp.length), 8 + payload.len());
    }

    #[test]
    fn tcp_fields_come_back(
        source: [u8; 16],
        destination: [u8; 16],
        ports: [u16; 2],
        sequence: u32,
        acknowledgement: u32,
        window: u16,
        payload in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        let mut bytes = Vec::new();
        PacketBuilder::ipv6(source, destination, 64)
            .tcp(ports[0], ports[1], sequence, window)
            .ack(acknowledgement)
            .write(&mut bytes, &payload)
            .unwrap();
        let packet = decode(LinkType::Raw, &bytes, u32::try_from(bytes.len()).unwrap()).unwrap();
        prop_assert_eq!(packet.ip.source, IpAddr::from(source));
        let Transport::Tcp(tcp) = packet.transport else { panic!("{packet:?}") };
        prop_assert_eq!([tcp.source_port, tcp.destination_port], ports);
        prop_assert_eq!((tcp.sequence, tcp.acknowledgement), (sequence, acknowledgement));
        prop_assert_eq!((tcp.flags, tcp.window), (16, window));
        prop_assert_eq!(tcp.payload, payload.as_slice());
        prop_assert_eq!(tcp.payload_length as usize, payload.len());
    }

    #[test]
    fn a_quoted_packet_has_the_ports_it_was_sent_with(
        ports: [u16; 2],
        payload in prop::collection::vec(any::<u8>(), 0..60),
        quoted in 28_usize..88,
    ) {
        let packet = common::udp4(ports, &payload);
        let quote = &packet[..quoted.min(packet.len())];
        let error = common::ip4(1, &[&[3, 1, 0, 0, 0, 0, 0, 0], quote].concat());
        let packet = decode(LinkType::Raw, &error, u32::try_from(error.len()).unwrap()).unwrap();
        let quoted = packet.quoted().unwrap();
        let Transport::Udp(udp) = quoted.transport else { panic!("{packet:?}") };
        prop_assert_eq!([udp.source_port, udp.destination_port], ports);
        prop_assert!(payload.starts_with(udp.payload));
    }
}
