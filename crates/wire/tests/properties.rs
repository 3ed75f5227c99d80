//! Properties of decoding: nothing panics on any bytes, and fields come back as they were written.

mod common;

use common::Kept;
use etherparse::PacketBuilder;
use proptest::prelude::*;
use std::net::IpAddr;
use unanswered_wire::{
    LinkType, Opening, PROTOCOLS, Protocol, SaidBy, Transport, TurnProtocol, Wants, common_features, decode,
    is_tls_alert, link_type_from_number, recognise,
};

const LINK_TYPES: [u32; 9] = [0, 1, 101, 108, 113, 228, 229, 276, 147];

/// Everything that can be asked of a frame.
fn ask_all(link_type: LinkType, bytes: &[u8], length: u32) {
    let Ok(packet) = decode(link_type, bytes, length) else { return };
    let mut kept = Kept::default();
    common_features(&packet, &mut kept);
    if let Transport::Tcp(tcp) = &packet.transport {
        let _ = (Wants::of(tcp), SaidBy::of(tcp), is_tls_alert(tcp));
        let turn = TurnProtocol::of(tcp.payload);
        for protocol in PROTOCOLS {
            read_opening(protocol, tcp.payload, tcp.payload_length);
        }
        turn.protocol.protocol().features(&packet, &mut kept);
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

/// Reads an answer to its end; what is no answer yet ends within the segment.
fn read_opening(protocol: &dyn Protocol, mut bytes: &[u8], mut on_wire: u32) {
    while let Opening::Interim(length) = protocol.opening(bytes, on_wire) {
        assert!(0 < length && length <= on_wire, "{length} of {on_wire}: {bytes:?}");
        on_wire -= length;
        bytes = bytes.get(length as usize..).unwrap_or_default();
    }
}

/// Beginnings of requests and answers inside connections, which make random bytes behind them reach the depths.
const BEGINNINGS: [&[u8]; 8] = [
    b"GET /",
    b"POST /search?q HTTP/1.1\r\nHost: a\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 5",
    &[22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3],
    // As far as its extensions, with a server name.
    &[
        22, 3, 1, 0, 90, 1, 0, 0, 86, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 2, 19, 1, 1, 0, 0, 43, 0, 0, 0,
    ],
    &[20, 3, 3, 0, 1, 1, 22, 3, 3, 0, 99, 1],
    &[21, 3, 1, 0, 2, 1, 112],
];

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
    fn no_bytes_inside_connections_panic_and_fewer_of_them_never_say_something_else(
        beginning in prop::sample::select(&BEGINNINGS[..]),
        rest in prop::collection::vec(any::<u8>(), 0..200),
        cut in 0_usize..250,
    ) {
        let bytes = [beginning, &rest].concat();
        let captured = &bytes[..bytes.len().saturating_sub(cut)];
        let on_wire = u32::try_from(bytes.len()).unwrap();
        let (whole, part) = (TurnProtocol::of(&bytes), TurnProtocol::of(captured));
        prop_assert!(!part.sure || part == whole, "{part:?} {whole:?}");
        for protocol in PROTOCOLS {
            read_opening(protocol, captured, on_wire);
        }
        let header = [0, 9, 0, 80, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 16, 1, 0, 0, 0, 0, 0];
        let frame = common::ip4(6, &[&header[..], &bytes].concat());
        let length = u32::try_from(frame.len()).unwrap();
        let segment = |captured: usize| decode(LinkType::Raw, &frame[..40 + captured], length).unwrap();
        let (mut of_whole, mut of_part) = (Kept::default(), Kept::default());
        if part.protocol == whole.protocol {
            whole.protocol.protocol().features(&segment(bytes.len()), &mut of_whole);
            part.protocol.protocol().features(&segment(captured.len()), &mut of_part);
            for kept in &of_part.0 {
                prop_assert!(of_whole.0.contains(kept), "{kept:?} not in {:?}", of_whole.0);
            }
        }
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
