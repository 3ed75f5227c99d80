//! From frames to packets: link layers, IP, transports, ICMP errors.

mod common;

use common::{CLIENT, SERVER, ethernet, ip4, ip6, raw, udp4, udp6, whole};
use etherparse::{PacketBuilder, TcpOptionElement};
use std::net::IpAddr;
use unanswered_wire::{
    Direction, LinkType, NotUnderstood, Other, QuotedTransport, Tcp, Transport, decode, link_type_from_number,
};

fn ports(transport: &Transport<'_>) -> [u16; 2] {
    let Transport::Udp(udp) = transport else { panic!("{transport:?}") };
    [udp.source_port, udp.destination_port]
}

#[test]
fn every_link_layer_leads_to_the_packet() {
    let packet = udp4([5000, 53], b"payload");
    let cooked = |head: &[u8]| [head, &packet].concat();
    let v1 = cooked(&[0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 5, 0, 0, 8, 0]);
    let v2 = cooked(&[8, 0, 0, 0, 0, 0, 0, 3, 0, 1, 0, 6, 2, 0, 0, 0, 0, 5, 0, 0]);
    let cases = [
        (LinkType::Ethernet, ethernet(&[], 0x0800, &packet)),
        (LinkType::LinuxSll, v1),
        (LinkType::LinuxSll2, v2),
        (LinkType::Raw, packet.clone()),
        (LinkType::Ipv4, packet.clone()),
        (LinkType::Null, cooked(&[2, 0, 0, 0])),
        (LinkType::Null, cooked(&[0, 0, 0, 2])),
        (LinkType::Loop, cooked(&[0, 0, 0, 2])),
        (LinkType::Ethernet, ethernet(&[], 20, &cooked(&[0xaa, 0xaa, 3, 0, 0, 0, 8, 0]))),
        (LinkType::Ethernet, ethernet(&[], 0x8847, &cooked(&[0, 0, 0x11, 64]))),
    ];
    for (link_type, frame) in cases {
        let read = whole(link_type, &frame).unwrap_or_else(|e| panic!("{link_type:?}: {e}"));
        assert_eq!(ports(&read.transport), [5000, 53], "{link_type:?}");
        assert_eq!(link_type_from_number(u32::from(link_type.number())), link_type);
    }
}

#[test]
fn cooked_captures_tell_direction_interface_and_address() {
    let packet = udp6([5000, 53], b"");
    let v2 = [&[0x86, 0xdd, 0, 0, 0, 0, 0, 3, 0, 1, 0, 6, 2, 0, 0, 0, 0, 5, 0, 0][..], &packet].concat();
    let link = whole(LinkType::LinuxSll2, &v2).unwrap().link;
    assert_eq!(link.interface_index, Some(3));
    assert_eq!(link.direction, Some(Direction::In));
    assert_eq!(link.source, Some([2, 0, 0, 0, 0, 5]));
    let v1 = [&[0, 4, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x86, 0xdd][..], &packet].concat();
    let link = whole(LinkType::LinuxSll, &v1).unwrap().link;
    assert_eq!((link.direction, link.source), (Some(Direction::Out), None));
}

#[test]
fn two_vlan_tags_are_kept_and_more_are_skipped() {
    let packet = udp4([5000, 53], b"");
    let cases: [(&[(u16, u16)], _); 4] = [
        (&[], (None, None)),
        (&[(0x8100, 7)], (Some(7), None)),
        (&[(0x88a8, 0xe064), (0x8100, 7)], (Some(100), Some(7))),
        (&[(0x9100, 1), (0x8100, 2), (0x8100, 3)], (Some(1), Some(2))),
    ];
    for (tags, expected) in cases {
        let frame = ethernet(tags, 0x0800, &packet);
        let link = whole(LinkType::Ethernet, &frame).unwrap().link;
        assert_eq!((link.vlan_outer, link.vlan_inner), expected);
        assert_eq!(link.destination, Some([2, 0, 0, 0, 0, 9]));
    }
}

#[test]
fn ip_fields_are_those_of_the_header() {
    let read = raw_owned(&ip4(17, &[0x13, 0x88, 0, 53, 0, 8, 0xab, 0xcd]));
    assert_eq!((read.source, read.destination), (IpAddr::from(CLIENT), IpAddr::from(SERVER)));
    assert_eq!((read.ttl, read.dscp, read.ecn), (63, 46, 1));
    assert_eq!((read.total_length, read.header_length, read.payload_length), (28, 20, 8));
    assert_eq!(read.identification, Some(0x1234));
    assert!(read.dont_fragment && !read.more_fragments);
    let read = raw_owned(&ip6(17, &[0x13, 0x88, 0, 53, 0, 8, 0xab, 0xcd]));
    assert_eq!((read.ttl, read.dscp, read.ecn), (63, 46, 1));
    assert_eq!((read.total_length, read.header_length, read.payload_length), (48, 40, 8));
    assert_eq!((read.flow_label, read.identification), (Some(0x12345), None));
}

fn raw_owned(bytes: &[u8]) -> unanswered_wire::Ip {
    raw(bytes).ip
}

#[test]
fn extension_headers_are_walked() {
    let udp = [0x13, 0x88, 0, 53, 0, 9, 0, 0, b'x'];
    let mut chain = vec![60, 0, 1, 4, 0, 0, 0, 0]; // hop by hop
    chain.extend([43, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]); // destination options
    chain.extend([44, 0, 0, 0, 0, 0, 0, 0]); // routing
    chain.extend([51, 0, 0, 1, 0, 0, 0, 9]); // first fragment
    chain.extend([17, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 9]); // AH
    chain.extend(udp);
    let packet = ip6(0, &chain);
    let read = raw(&packet);
    assert_eq!(ports(&read.transport), [5000, 53]);
    assert_eq!((read.ip.header_length, read.ip.payload_length, read.ip.protocol), (104, 9, 17));
    assert_eq!((read.ip.identification, read.ip.more_fragments), (Some(9), true));
    let packet = ip4(51, &[&[17, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1][..], &udp].concat());
    assert_eq!(ports(&raw(&packet).transport), [5000, 53]);
}

#[test]
fn a_first_fragment_has_the_header_and_a_later_one_has_none() {
    let mut packet = udp4([5000, 53], &[1; 32]);
    packet[6] = 0x20;
    packet[25] = 200;
    let read = raw(&packet);
    let Transport::Udp(udp) = read.transport else { panic!("{:?}", read.transport) };
    assert_eq!((udp.length, udp.payload.len(), read.ip.more_fragments), (200, 32, true));
    packet[6..8].copy_from_slice(&[0, 5]);
    let read = raw(&packet);
    assert_eq!((read.transport, read.ip.fragment_offset), (Transport::LaterFragment, 40));
    let packet = ip6(44, &[17, 0, 0, 8, 0, 0, 0, 9, 1, 2, 3]);
    let read = raw(&packet);
    assert_eq!((read.transport, read.ip.fragment_offset), (Transport::LaterFragment, 8));
    assert_eq!((read.ip.protocol, read.ip.payload_length), (17, 3));
}

#[test]
fn padding_behind_the_ip_packet_is_not_payload() {
    let mut frame = ethernet(&[], 0x0800, &udp4([5000, 53], b"abc"));
    frame.resize(60, 0xee);
    let read = whole(LinkType::Ethernet, &frame).unwrap();
    let Transport::Udp(udp) = read.transport else { panic!("{:?}", read.transport) };
    assert_eq!(udp.payload, b"abc");
}

#[test]
fn tcp_payload_length_comes_from_ip() {
    let mut packet = Vec::new();
    PacketBuilder::ipv4(CLIENT, SERVER, 64)
        .tcp(5000, 443, 77, 1024)
        .syn()
        .ece()
        .options(&[TcpOptionElement::MaximumSegmentSize(1460), TcpOptionElement::Noop])
        .expect("few options")
        .write(&mut packet, b"early data")
        .expect("memory");
    let length = u32::try_from(packet.len()).unwrap();
    let cut = decode(LinkType::Raw, &packet[..packet.len() - 10], length).unwrap();
    let Transport::Tcp(tcp) = cut.transport else { panic!("{:?}", cut.transport) };
    assert_eq!((tcp.payload_length, tcp.payload), (10, b"".as_slice()));
    assert_eq!((tcp.sequence, tcp.flags, tcp.window), (77, Tcp::SYN | Tcp::ECE, 1024));
    assert!(cut.cut_short);
    let options = raw(&packet).transport;
    // The snap length ends in the options: the fixed part is enough to pair by.
    let short = decode(LinkType::Raw, &packet[..42], length).unwrap();
    let (Transport::Tcp(full), Transport::Tcp(tcp)) = (options, short.transport) else { panic!() };
    assert_eq!((tcp.sequence, tcp.options), (77, &full.options[..2]));
}

/// An ICMP error: type and code, and what follows the checksum.
fn error(kind: u8, code: u8, rest: [u8; 4], quote: &[u8]) -> Vec<u8> {
    [&[kind, code, 0, 0][..], &rest, quote].concat()
}

#[test]
fn an_icmp_error_quotes_the_packet_it_is_about() {
    let quoted = udp4([11, 123], &[0x23; 48]);
    let packet = ip4(1, &error(3, 3, [0; 4], &quoted));
    let read = raw(&packet);
    let Transport::Error(error) = read.transport else { panic!("{:?}", read.transport) };
    assert_eq!((error.v6, error.kind, error.code), (false, 3, 3));
    assert_eq!((error.quoted.ttl, error.quoted.destination), (61, IpAddr::from(SERVER)));
    let QuotedTransport::Udp { source_port, destination_port, payload } = error.quoted_transport else {
        panic!("{:?}", error.quoted_transport)
    };
    assert_eq!((source_port, destination_port, payload), (11, 123, [0x23; 48].as_slice()));
    assert_eq!(ports(&read.quoted().unwrap().transport), [11, 123]);
}

#[test]
fn an_icmpv6_error_quotes_too() {
    let quoted = udp6([11, 123], &[0x23; 48]);
    let packet = ip6(58, &error(1, 4, [0; 4], &quoted));
    let read = raw(&packet);
    let Transport::Error(error) = read.transport else { panic!("{:?}", read.transport) };
    assert_eq!((error.v6, error.kind, error.code), (true, 1, 4));
    assert_eq!(ports(&read.quoted().unwrap().transport), [11, 123]);
}

#[test]
fn eight_quoted_bytes_are_enough_for_ports_and_sequence() {
    let udp = udp4([11, 123], &[0x23; 48]);
    let packet = ip4(1, &error(11, 0, [0; 4], &udp[..28]));
    assert_eq!(ports(&raw(&packet).quoted().unwrap().transport), [11, 123]);

    let tcp = ip4(6, &[0x13, 0x88, 1, 187, 0, 0, 0, 77]);
    let packet = ip4(1, &error(3, 1, [0; 4], &tcp));
    let Transport::Tcp(tcp) = raw(&packet).quoted().unwrap().transport else { panic!() };
    assert_eq!((tcp.source_port, tcp.sequence, tcp.flags), (5000, 77, Tcp::SYN));

    let echo = ip4(1, &[8, 0, 0, 0, 0, 5, 0, 6]);
    let packet = ip4(1, &error(3, 1, [0; 4], &echo));
    let Transport::Echo(echo) = raw(&packet).quoted().unwrap().transport else { panic!() };
    assert_eq!((echo.identifier, echo.sequence, echo.request), (5, 6, true));
}

#[test]
fn quotes_that_hold_no_header_are_said_to_hold_none() {
    let mut fragment = udp4([11, 123], &[0x23; 48]);
    fragment[7] = 9;
    let cases = [fragment, udp4([11, 123], b"")[..22].to_vec(), ip4(1, &[0, 0, 0, 0, 0, 5, 0, 6])];
    for quote in cases {
        let packet = ip4(1, &error(3, 1, [0; 4], &quote));
        let read = raw(&packet);
        let Transport::Error(error) = read.transport else { panic!("{:?}", read.transport) };
        assert_eq!(error.quoted_transport, QuotedTransport::Other);
        assert_eq!(read.quoted(), None);
    }
}

#[test]
fn extensions_behind_a_quote_are_not_part_of_it() {
    let mut quote = udp4([11, 123], &[0x23; 200])[..128].to_vec();
    quote.extend([0x20, 0, 0, 0, 0, 8, 1, 1, 9, 9, 9, 9]);
    let packet = ip4(1, &error(11, 0, [0, 32, 0, 0], &quote));
    let Transport::Udp(udp) = raw(&packet).quoted().unwrap().transport else { panic!() };
    assert_eq!(udp.payload.len(), 100);
}

#[test]
fn redirects_are_no_errors() {
    let packet = ip4(1, &error(5, 1, [192, 0, 2, 9], &udp4([11, 123], &[0; 48])));
    assert_eq!(raw(&packet).transport, Transport::Other(Other::Icmp(5)));
}

#[test]
fn a_header_that_the_snap_length_cut_is_said_to_be_cut() {
    let frame = ethernet(&[(0x8100, 7)], 0x0800, &udp4([5000, 53], b"payload"));
    let length = u32::try_from(frame.len()).unwrap();
    let headers = 14 + 4 + 20 + 8;
    for cut in 0..frame.len() {
        match decode(LinkType::Ethernet, &frame[..cut], length) {
            Ok(read) => assert!(cut >= headers && read.cut_short),
            Err(reason) => assert!(cut < headers && reason == NotUnderstood::CutShort),
        }
    }
    let cut = whole(LinkType::Ethernet, &frame[..30]);
    assert_eq!(cut, Err(NotUnderstood::Malformed), "captured whole, yet too short");
}

#[test]
fn what_is_not_understood_has_a_reason() {
    let arp = ethernet(&[], 0x0806, &[0; 28]);
    let mut short = udp4([5000, 53], b"");
    short[3] = 19;
    let mut udp = udp4([5000, 53], b"");
    udp[25] = 7;
    let cases = [
        (LinkType::Ethernet, arp.clone(), NotUnderstood::NotIp),
        (LinkType::Other(147), arp, NotUnderstood::LinkType(147)),
        (LinkType::Null, vec![1, 2, 3, 4, 5], NotUnderstood::NotIp),
        (LinkType::Raw, vec![0x30; 40], NotUnderstood::Malformed),
        (LinkType::Raw, short, NotUnderstood::Malformed),
        (LinkType::Raw, udp, NotUnderstood::Malformed),
    ];
    for (link_type, frame, reason) in cases {
        assert_eq!(whole(link_type, &frame), Err(reason));
    }
}
