//! Where the meaning is not tcpdump's: quotes, tunnels, tags and fragments count.

use std::net::Ipv4Addr;
use unanswered_narrow::{CaptureFilter, Narrowed};
use unanswered_wire::{LinkType, Packet, Transport, decode, emit};

const CLIENT: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const SERVER: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 53);
const ROUTER: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 9);

fn ip(source: Ipv4Addr, destination: Ipv4Addr) -> emit::Ipv4 {
    emit::Ipv4 { source, destination, ttl: 64, dscp: 0, ecn: 0, identification: 7, dont_fragment: false }
}

/// A datagram from port 40000 of the client to port 53 of the server.
fn query(length: usize) -> Vec<u8> {
    let payload = vec![0; length];
    let content = emit::Content::Udp { source_port: 40_000, destination_port: 53, payload: &payload };
    let mut packet = Vec::new();
    emit::ip_packet(&mut packet, ip(CLIENT, SERVER), &content).expect("it fits");
    packet
}

fn ethernet(packet: &[u8], vlans: &[emit::Vlan]) -> Vec<u8> {
    let header =
        emit::Ethernet { destination: [2, 0, 0, 0, 0, 1], source: [2, 0, 0, 0, 0, 2], vlans, padded: false };
    let mut frame = Vec::new();
    emit::ethernet(&mut frame, &header, packet).expect("an IP packet");
    frame
}

fn read(link_type: LinkType, bytes: &[u8]) -> Packet<'_> {
    decode(link_type, bytes, u32::try_from(bytes.len()).expect("short")).expect("it is understood")
}

/// Checks which of the expressions match.
fn check(packet: &Packet<'_>, matching: &[&str], others: &[&str]) {
    for (expressions, expected) in [(matching, true), (others, false)] {
        for text in expressions {
            let filter = CaptureFilter::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(filter.matches(packet), expected, "{text}");
        }
    }
}

#[test]
fn an_icmp_error_belongs_to_the_packet_that_it_quotes_too() {
    let quoted = query(20);
    let content = emit::Content::Error { kind: 3, code: 3, next_hop_mtu: 0, quoted: &quoted };
    let mut bytes = Vec::new();
    emit::ip_packet(&mut bytes, ip(ROUTER, CLIENT), &content).expect("it fits");
    let packet = read(LinkType::Raw, &bytes);
    let own = ["icmp", "src host 203.0.113.9", "dst host 192.0.2.1", "host 203.0.113.9 and icmp"];
    let of_the_quoted = ["port 53", "udp dst port 53", "dst host 198.51.100.53", "udp", "icmp and port 53"];
    check(
        &packet,
        &[&own[..], &of_the_quoted].concat(),
        &["not port 53", "tcp", "src port 53", "tcp port 53", "not icmp"],
    );
}

#[test]
fn the_packet_in_a_tunnel_counts_and_those_around_it() {
    let outer = emit::Outer { ip: emit::IpHeader::V4(ip(ROUTER, SERVER)), ethernet: None };
    let mut bytes = Vec::new();
    emit::vxlan(&mut bytes, &outer, 50_001, 42, &ethernet(&query(20), &[])).expect("it fits");
    let packet = read(LinkType::Raw, &bytes);
    let inside = ["port 53", "src host 192.0.2.1", "udp src port 40000 and dst port 53"];
    let around =
        ["udp dst port 4789", "src port 50001", "src net 203.0.113.0/24", "src 203.0.113.9 and port 53"];
    check(
        &packet,
        &[&inside[..], &around].concat(),
        &["not port 53", "not host 203.0.113.9", "proto 4 or 47", "port 6081"],
    );

    let mut bytes = Vec::new();
    emit::ip_in_ip(&mut bytes, &outer, &query(20)).expect("it fits");
    check(
        &read(LinkType::Raw, &bytes),
        &["proto 4", "udp", "port 53", "host 203.0.113.9"],
        &["proto 41", "port 4789"],
    );
}

#[test]
fn tags_are_looked_through_and_either_of_two_is_found() {
    let tags = [emit::Vlan { id: 7, service_tag: true }, emit::Vlan { id: 9, service_tag: false }];
    let frame = ethernet(&query(20), &tags);
    let packet = read(LinkType::Ethernet, &frame);
    check(
        &packet,
        &["vlan", "vlan 7", "vlan 9", "vlan 7 and vlan 9", "port 53", "ether src 2:0:0:0:0:2"],
        &["vlan 8", "not vlan", "ether dst 2:0:0:0:0:2", "ether src and dst 2:0:0:0:0:2"],
    );
    let plain = ethernet(&query(20), &[]);
    check(&read(LinkType::Ethernet, &plain), &["not vlan", "ether host 2:0:0:0:0:1"], &["vlan", "vlan 0"]);
}

#[test]
fn a_later_fragment_is_kept_where_only_its_ports_could_exclude_it() {
    let packet = query(2000);
    let mut later = Vec::new();
    emit::fragments(&mut Vec::new(), &packet, 1500, |piece| later.push(piece.to_vec()))
        .expect("it may be cut");
    let packet = read(LinkType::Raw, &later[1]);
    assert_eq!(packet.transport, Transport::LaterFragment);
    check(
        &packet,
        &[
            "port 53",
            "port 99",
            "not port 53",
            "udp port 99",
            "host 192.0.2.1 and port 99",
            "udp",
            "port 99 or tcp",
        ],
        &[
            "host 203.0.113.9 and port 53",
            "tcp port 53",
            "not udp",
            "tcp and port 53",
            "not (udp or port 53)",
        ],
    );
}

#[test]
fn what_cannot_be_decoded_matches_nothing() {
    let only = |text: &str| Narrowed {
        only: Some(CaptureFilter::parse(text).expect("a filter")),
        ..Narrowed::default()
    };
    assert!(!only("not port 53").wants(None) && !only("arp").wants(None));
    assert!(Narrowed::default().wants(None));
}
