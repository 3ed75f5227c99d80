//! One request is one exchange, whatever it is wrapped in along its path: VLAN and QinQ tags, VXLAN, Geneve,
//! GRE, MPLS in UDP, IP in IP, fragments, and behind a translation.

use std::net::Ipv4Addr;
use unanswered_capture::VantageId;
use unanswered_exchange::follow::Follow;
use unanswered_exchange::{Exchanges, FrameId, Pairer, PairerConfig};
use unanswered_table::Outcome;
use unanswered_wire::emit::{self, Content, Ethernet, GeneveOption, Inner, Ipv4, Outer, Vlan};
use unanswered_wire::{LinkType, Time, decode};

const FITS: &str = "it fits";
const CLIENT: Ipv4Addr = Ipv4Addr::new(10, 20, 0, 11);
const OUTSIDE: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 10);
const SERVER: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 21);
/// RFC 7510 section 3.
const MPLS_PORT: u16 = 6635;

/// How a packet looks at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrapped {
    Plain,
    Vlan,
    QinQ,
    Vxlan,
    Geneve,
    GreWithFrame,
    GreWithPacket,
    MplsInUdp,
    IpInIp,
    Fragments,
}

const WAY: [Wrapped; 12] = [
    Wrapped::Plain,
    Wrapped::Vlan,
    Wrapped::QinQ,
    Wrapped::Vxlan,
    Wrapped::Geneve,
    Wrapped::GreWithFrame,
    Wrapped::GreWithPacket,
    Wrapped::MplsInUdp,
    Wrapped::IpInIp,
    Wrapped::Fragments,
    // Behind the translation.
    Wrapped::Fragments,
    Wrapped::Plain,
];
const TRANSLATED_FROM: usize = 10;

fn ip(source: Ipv4Addr, destination: Ipv4Addr, ttl: u8) -> Ipv4 {
    Ipv4 { source, destination, ttl, dscp: 0, ecn: 0, identification: 77, dont_fragment: false }
}

fn ethernet(vlans: &[Vlan]) -> Ethernet<'_> {
    Ethernet { destination: [2, 0, 0, 0, 0, 1], source: [2, 0, 0, 0, 0, 2], vlans, padded: false }
}

/// The frames of a packet at a place.
fn frames(packet: &[u8], wrapped: Wrapped) -> Vec<Vec<u8>> {
    let framed = |packet: &[u8], vlans: &[Vlan]| {
        let mut frame = Vec::new();
        emit::ethernet(&mut frame, &ethernet(vlans), packet).expect(FITS);
        frame
    };
    let (tag, service) = (Vlan { id: 101, service_tag: false }, Vlan { id: 300, service_tag: true });
    let underlay = ip(Ipv4Addr::new(172, 16, 0, 1), Ipv4Addr::new(172, 16, 0, 10), 64);
    let outer = Outer { ethernet: Some(ethernet(&[])), ip: underlay.into() };
    let mut out = Vec::new();
    match wrapped {
        Wrapped::Plain => out = framed(packet, &[]),
        Wrapped::Vlan => out = framed(packet, &[tag]),
        Wrapped::QinQ => out = framed(packet, &[service, tag]),
        Wrapped::Vxlan => emit::vxlan(&mut out, &outer, 41_025, 5001, &framed(packet, &[])).expect(FITS),
        Wrapped::Geneve => {
            let option = Some(GeneveOption { class: 0x0102, kind: 0x80, data: 7 });
            let frame = framed(packet, &[]);
            emit::geneve(&mut out, &outer, 41_025, 5001, option, Inner::Ethernet(&frame)).expect(FITS);
        }
        Wrapped::GreWithFrame => {
            let frame = framed(packet, &[]);
            emit::gre(&mut out, &outer, Some(9), Inner::Ethernet(&frame)).expect(FITS);
        }
        Wrapped::GreWithPacket => emit::gre(&mut out, &outer, None, Inner::Ip(packet)).expect(FITS),
        Wrapped::MplsInUdp => {
            // One label, bottom of stack, time to live 64.
            let payload = [&[0x00, 0x06, 0x41, 0x40], packet].concat();
            let content =
                Content::Udp { source_port: 50_000, destination_port: MPLS_PORT, payload: &payload };
            let mut around = Vec::new();
            emit::ip_packet(&mut around, underlay, &content).expect(FITS);
            out = framed(&around, &[]);
        }
        Wrapped::IpInIp => emit::ip_in_ip(&mut out, &outer, packet).expect(FITS),
        Wrapped::Fragments => {
            let (mut buffer, mut pieces) = (Vec::new(), Vec::new());
            emit::fragments(&mut buffer, packet, 276, |piece| pieces.push(framed(piece, &[]))).expect(FITS);
            assert!(pieces.len() > 1, "the packet is long enough to be cut");
            return pieces;
        }
    }
    vec![out]
}

/// Puts a request through all places, and its reply back to the translation.
fn run(request: impl Fn(usize) -> Vec<u8>, reply: impl Fn(usize) -> Vec<u8>) -> Exchanges {
    let mut pairer = Pairer::new(PairerConfig::default());
    let mut number = 0;
    let mut see = |place: usize, microseconds: i64, packet: &[u8]| {
        for frame in frames(packet, WAY[place]) {
            number += 1;
            let vantage = VantageId(u16::try_from(place).expect("few places"));
            let length = u32::try_from(frame.len()).expect("a short frame");
            let packet = decode(LinkType::Ethernet, &frame, length).expect("a whole packet");
            let time = Time::from_nanoseconds(microseconds * 1000);
            pairer.handle_packet(time, FrameId { vantage, input: 0, number }, &packet);
        }
    };
    for place in 0..WAY.len() {
        see(place, i64::try_from(place).expect("few places") * 50, &request(place));
    }
    for place in (TRANSLATED_FROM..WAY.len()).rev() {
        see(place, 2_000 - i64::try_from(place).expect("few places") * 50, &reply(place));
    }
    // The captures go on.
    for place in 0..WAY.len() {
        see(place, 60_000_000, &note());
    }
    Exchanges::new(pairer, Vec::new(), Vec::new())
}

/// A packet that asks nothing, long enough to be cut.
fn note() -> Vec<u8> {
    let mut packet = Vec::new();
    let content = Content::Udp { source_port: 9, destination_port: 9, payload: &[0; 400] };
    emit::ip_packet(&mut packet, ip(CLIENT, SERVER, 64), &content).expect(FITS);
    packet
}

/// Client address, time to live and port as seen at a place.
fn client(place: usize, port: u16) -> (Ipv4Addr, u8, u16) {
    if place < TRANSLATED_FROM { (CLIENT, 64, port) } else { (OUTSIDE, 63, 466) }
}

fn check(all: &Exchanges) {
    assert_eq!(all.len(), 1);
    let follow = Follow::new(all);
    let path = follow.path(0);
    let places: Vec<u16> = path.stops.iter().map(|s| s.place.0).collect();
    assert_eq!(places, (0..12).collect::<Vec<u16>>());
    assert_eq!(path.exchange.outcome(), Outcome::Unanswered);
    assert_eq!(path.last_reply(), Some(TRANSLATED_FROM));
    let mappings: Vec<(u16, u16)> =
        follow.nat().mappings.iter().map(|m| (m.inside.port, m.outside.port)).collect();
    assert_eq!(mappings.len(), 1);
    assert_eq!(mappings[0].1, 466);
}

fn udp(source: (Ipv4Addr, u16), destination: (Ipv4Addr, u16), ttl: u8, payload: &[u8]) -> Vec<u8> {
    let mut packet = Vec::new();
    let content = Content::Udp { source_port: source.1, destination_port: destination.1, payload };
    emit::ip_packet(&mut packet, ip(source.0, destination.0, ttl), &content).expect(FITS);
    packet
}

#[test]
fn ntp_is_one_exchange_in_all_wrappings() {
    // With a long extension field, so that it can be cut.
    let payload = |mode: u8| {
        let mut bytes = vec![0_u8; 448];
        bytes[0] = 0x20 | mode;
        bytes[1] = 2;
        let stamp = 0xeeae_7138_cd09_35dd_u64.to_be_bytes();
        if mode == 4 {
            bytes[24..32].copy_from_slice(&stamp);
        }
        bytes[40..48].copy_from_slice(&stamp);
        bytes[48..52].copy_from_slice(&[0x01, 0x04, 0x01, 0x90]);
        bytes
    };
    let request = |place| {
        let (address, ttl, port) = client(place, 123);
        udp((address, port), (SERVER, 123), ttl, &payload(3))
    };
    let reply = |place| {
        let (address, _, port) = client(place, 123);
        udp((SERVER, 123), (address, port), 64, &payload(4))
    };
    check(&run(request, reply));
}

#[test]
fn dns_is_one_exchange_in_all_wrappings() {
    let payload = |reply: bool| {
        let mut bytes = vec![0x12, 0x34, if reply { 0x81 } else { 0x01 }, 0, 0, 1, 0, 0, 0, 0, 0, 1];
        bytes.extend(b"\x04host\x07example\x04test\x00\x00\x01\x00\x01");
        // EDNS with padding (RFC 7830), so that it can be cut.
        bytes.extend([0, 0, 41, 0x10, 0, 0, 0, 0, 0, 0x01, 0x94, 0, 12, 0x01, 0x90]);
        bytes.resize(bytes.len() + 400, 0);
        bytes
    };
    let request = |place| {
        let (address, ttl, port) = client(place, 40_053);
        udp((address, port), (SERVER, 53), ttl, &payload(false))
    };
    let reply = |place| {
        let (address, _, port) = client(place, 40_053);
        udp((SERVER, 53), (address, port), 64, &payload(true))
    };
    check(&run(request, reply));
}

#[test]
fn an_echo_is_one_exchange_in_all_wrappings() {
    let echo = |place: usize, request: bool| {
        let (address, ttl, identifier) = client(place, 4660);
        let mut packet = Vec::new();
        let payload = [0x5a; 400];
        let content = Content::Echo { request, identifier, sequence: 3, payload: &payload };
        let header = if request { ip(address, SERVER, ttl) } else { ip(SERVER, address, 64) };
        emit::ip_packet(&mut packet, header, &content).expect(FITS);
        packet
    };
    check(&run(|place| echo(place, true), |place| echo(place, false)));
}

#[test]
fn places_that_see_a_packet_at_one_moment_are_put_in_order_by_their_tunnel() {
    // In at 0 (a virtual switch takes no time), 300 us on the underlay, out at 300 us: a kernel that takes a
    // packet out of a tunnel keeps its time. Places are numbered against the path.
    let path = [
        (3_u16, Wrapped::Plain, 0_i64),
        (2, Wrapped::Vxlan, 0),
        (1, Wrapped::Vxlan, 300),
        (0, Wrapped::Plain, 300),
    ];
    let order = |path: &[(u16, Wrapped, i64)]| {
        let mut pairer = Pairer::new(PairerConfig::default());
        let mut number = 0;
        for i in 0..5_u8 {
            let mut payload = [0_u8; 48];
            payload[0] = 0x23;
            payload[40..].copy_from_slice(&[0xee, 0xae, 1, 2, 3, 4, 5, i]);
            let packet = udp((CLIENT, 123), (SERVER, 123), 64, &payload);
            for &(vantage, wrapped, after) in path {
                let frame = frames(&packet, wrapped).remove(0);
                let length = u32::try_from(frame.len()).expect("a short frame");
                let packet = decode(LinkType::Ethernet, &frame, length).expect("a whole packet");
                number += 1;
                let time = Time::from_nanoseconds((i64::from(i) * 1_000_000 + after) * 1000);
                let id = FrameId { vantage: VantageId(vantage), input: 0, number };
                pairer.handle_packet(time, id, &packet);
            }
        }
        let all = Exchanges::new(pairer, Vec::new(), Vec::new());
        assert_eq!(all.len(), 5);
        let places: Vec<Vec<u16>> =
            all.iter().map(|e| e.sightings().map(|s| s.vantage().0).collect()).collect();
        assert!(places.iter().all(|p| *p == places[0]), "{places:?}");
        places[0].clone()
    };
    assert_eq!(order(&path), [3, 2, 1, 0]);
    // Only the end of the tunnel was captured.
    assert_eq!(order(&path[2..]), [1, 0]);
}
