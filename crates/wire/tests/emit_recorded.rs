//! Frames recorded from Linux 6.18 are rebuilt byte by byte.

use std::net::Ipv4Addr;
use unanswered_wire::Tcp;
use unanswered_wire::emit::dns::{Query, query};
use unanswered_wire::emit::{self, CannotEmit, Content, Ethernet, Ipv4, Outer, Vlan};

/// An ICMP port unreachable for a query of `dig`.
const ERROR: &str = "fa163e64000a 525400640053 0800 45c0005d5c0a00004001c92fc6336435c633640a 030351e200000000
    4500004166104000 3f1180f5c633640ac6336435 9c750035002df534
    a4fa01000001000000000000 06766d322d3231076578616d706c650474657374 00001c0001";

/// A SYN-ACK of a web server, from a host without checksum offload.
const SYN_ACK: &str = "fa163e64000a 525400640080 0800 4500003c000040004006e5fac6336450c633640a
    0050afba49837ad5d25b315da012fe8886160000 020405b40402080ad301813ee9b4b87a0103030a";

/// An echo request through a router, with a service tag 300 and a customer tag 200.
const ECHO: &str = "525400640080 fa163e64000a 88a8012c 810000c8 0800 4500002b4df940003f019917c633640ac6336450
    0800d76c25c00001 4e4553542d766d312d3030303030 31";

/// A request of ntpd in VXLAN 5001, as sent by a Linux VXLAN device.
const VXLAN: &str = "52540000000a 525400000001 0800 4500007efa3d000040112806ac100001ac10000a
    92c912b5006a2c93 0800000000138900
    fa163e200001 fa163e20000b 0800 45c0004c1240400040 11f3390a14000bc6336415 007b007b003834b1
    e30004e80000000000000000494e49540000000000000000000000000000000000000000 00000000eeae713e1260e389";

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let digits: Vec<u8> = hexadecimal
        .chars()
        .filter(|digit| !digit.is_whitespace())
        .map(|digit| u8::try_from(digit.to_digit(16).expect("a digit")).expect("less than 16"))
        .collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn ip(source: [u8; 4], destination: [u8; 4], identification: u16) -> Ipv4 {
    Ipv4 {
        source: Ipv4Addr::from(source),
        destination: Ipv4Addr::from(destination),
        ttl: 64,
        dscp: 0,
        ecn: 0,
        identification,
        dont_fragment: true,
    }
}

/// The frame with the addresses of `recorded`.
fn frame(recorded: &[u8], vlans: &[Vlan], ip: Ipv4, content: &Content<'_>) -> Result<Vec<u8>, CannotEmit> {
    let (mut packet, mut frame) = (Vec::new(), Vec::new());
    emit::ip_packet(&mut packet, ip, content)?;
    emit::ethernet(&mut frame, &header(recorded, vlans), &packet)?;
    Ok(frame)
}

fn header<'a>(recorded: &[u8], vlans: &'a [Vlan]) -> Ethernet<'a> {
    let [destination, source] = [0, 6].map(|at| *recorded[at..].first_chunk().expect("a frame"));
    Ethernet { destination, source, vlans, padded: false }
}

#[test]
fn an_error_and_the_query_that_it_quotes() {
    let recorded = bytes(ERROR);
    let mut message = Vec::new();
    let name = "vm2-21.example.test";
    query(&mut message, &Query { id: 0xa4fa, name, kind: 28, recursion_desired: true, edns: None }).unwrap();
    assert_eq!(message, recorded[70..]);
    let router =
        Ipv4 { dscp: 48, dont_fragment: false, ..ip([198, 51, 100, 53], [198, 51, 100, 10], 0x5c0a) };
    let content = Content::Error { kind: 3, code: 3, next_hop_mtu: 0, quoted: &recorded[42..] };
    assert_eq!(frame(&recorded, &[], router, &content), Ok(recorded));
}

#[test]
fn a_syn_ack_with_the_options_of_linux() {
    let recorded = bytes(SYN_ACK);
    let content = Content::Tcp {
        source_port: 80,
        destination_port: 44_986,
        sequence: 0x4983_7ad5,
        acknowledgement: 0xd25b_315d,
        flags: Tcp::SYN | Tcp::ACK,
        window: 65_160,
        options: &emit::syn_options(1460, Some(10), true, Some((0xd301_813e, 0xe9b4_b87a))),
        payload: &[],
    };
    let server = ip([198, 51, 100, 80], [198, 51, 100, 10], 0);
    assert_eq!(frame(&recorded, &[], server, &content), Ok(recorded));
}

#[test]
fn an_echo_request_with_two_tags() {
    let recorded = bytes(ECHO);
    let vlans = [Vlan { id: 300, service_tag: true }, Vlan { id: 200, service_tag: false }];
    let payload = b"NEST-vm1-000001";
    let content = Content::Echo { request: true, identifier: 0x25c0, sequence: 1, payload };
    let routed = Ipv4 { ttl: 63, ..ip([198, 51, 100, 10], [198, 51, 100, 80], 0x4df9) };
    assert_eq!(frame(&recorded, &vlans, routed, &content), Ok(recorded));
}

#[test]
fn a_request_in_vxlan_but_for_the_outer_checksum() {
    let mut recorded = bytes(VXLAN);
    let around = Ipv4 { dont_fragment: false, ..ip([172, 16, 0, 1], [172, 16, 0, 10], 0xfa3d) };
    let outer = Outer { ethernet: Some(header(&recorded, &[])), ip: around.into() };
    let mut out = Vec::new();
    emit::vxlan(&mut out, &outer, 37_577, 5001, &recorded[50..]).unwrap();
    // Recorded unfinished, for the network card to do.
    recorded[40..42].fill(0);
    assert_eq!(out, recorded);
}
