//! What is emitted is what `decode` reads, with right checksums; what cannot be emitted is rejected.

mod common;

use common::{CLIENT, CLIENT6, SERVER, SERVER6, raw, whole};
use proptest::prelude::*;
use unanswered_wire::emit::{self, CannotEmit, Content, Ethernet, IpHeader, Ipv4, Ipv6, Vlan};
use unanswered_wire::{IcmpEcho, LinkType, Packet, QuotedTransport, Transport};

/// The Internet checksum as RFC 1071 puts it: 16 bits at a time, carries added at once.
fn plain_sum(bytes: &[u8]) -> u16 {
    bytes.chunks(2).fold(0_u16, |sum, pair| {
        let word = u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or(0)]);
        let (sum, carry) = sum.overflowing_add(word);
        sum + u16::from(carry)
    })
}

/// Sums over data that holds its own checksum are all ones, of the IP header and of the transport.
fn assert_checksums(packet: &[u8]) {
    let (protocol, body, mut pseudo) = match packet[0] >> 4 {
        4 => {
            assert_eq!(plain_sum(&packet[..20]), 0xffff, "IPv4 header");
            (packet[9], &packet[20..], packet[12..20].to_vec())
        }
        _ => (packet[6], &packet[40..], packet[8..40].to_vec()),
    };
    pseudo.extend(u32::try_from(body.len()).expect("short").to_be_bytes());
    pseudo.extend([0, 0, 0, protocol]);
    if protocol == 1 {
        pseudo.clear();
    }
    pseudo.extend(body);
    assert_eq!(plain_sum(&pseudo), 0xffff, "protocol {protocol}");
}

fn v4() -> Ipv4 {
    Ipv4 {
        source: CLIENT.into(),
        destination: SERVER.into(),
        ttl: 64,
        dscp: 46,
        ecn: 1,
        identification: 0x1234,
        dont_fragment: true,
    }
}

fn v6() -> Ipv6 {
    Ipv6 {
        source: CLIENT6.into(),
        destination: SERVER6.into(),
        hop_limit: 64,
        dscp: 46,
        ecn: 1,
        flow_label: 0xabcde,
    }
}

fn packet(header: impl Into<IpHeader>, content: &Content<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    emit::ip_packet(&mut out, header, content).expect("what fits");
    assert_checksums(&out);
    out
}

fn udp(destination_port: u16, payload: &[u8]) -> Content<'_> {
    Content::Udp { source_port: 40_000, destination_port, payload }
}

fn headers() -> impl Strategy<Value = IpHeader> {
    let v4 =
        (any::<[u8; 4]>(), any::<[u8; 4]>(), any::<u8>(), 0_u8..64, 0_u8..4, any::<u16>(), any::<bool>())
            .prop_map(|(source, destination, ttl, dscp, ecn, identification, dont_fragment)| {
                let (source, destination) = (source.into(), destination.into());
                IpHeader::V4(Ipv4 { source, destination, ttl, dscp, ecn, identification, dont_fragment })
            });
    let v6 = (any::<[u8; 16]>(), any::<[u8; 16]>(), any::<u8>(), 0_u8..64, 0_u8..4, 0_u32..0x10_0000)
        .prop_map(|(source, destination, hop_limit, dscp, ecn, flow_label)| {
            let (source, destination) = (source.into(), destination.into());
            IpHeader::V6(Ipv6 { source, destination, hop_limit, dscp, ecn, flow_label })
        });
    prop_oneof![v4, v6]
}

fn payloads() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..100),
        // Sums of many carries.
        (0_usize..3000).prop_map(|length| vec![0xff; length])
    ]
}

/// Every field of the header is as given.
fn assert_header(packet: &Packet<'_>, header: &IpHeader, bytes: &[u8]) {
    let ip = packet.ip;
    assert_eq!(usize::try_from(ip.total_length), Ok(bytes.len()));
    match header {
        IpHeader::V4(given) => {
            assert_eq!((ip.source, ip.destination), (given.source.into(), given.destination.into()));
            assert_eq!((ip.ttl, ip.dscp, ip.ecn), (given.ttl, given.dscp, given.ecn));
            assert_eq!(ip.identification, Some(u32::from(given.identification)));
            assert_eq!((ip.dont_fragment, ip.header_length), (given.dont_fragment, 20));
        }
        IpHeader::V6(given) => {
            assert_eq!((ip.source, ip.destination), (given.source.into(), given.destination.into()));
            assert_eq!((ip.ttl, ip.dscp, ip.ecn), (given.hop_limit, given.dscp, given.ecn));
            assert_eq!((ip.flow_label, ip.header_length), (Some(given.flow_label), 40));
        }
    }
    assert!(!ip.more_fragments && ip.fragment_offset == 0);
}

proptest! {
    #[test]
    fn a_datagram_comes_back(header in headers(), ports: [u16; 2], payload in payloads()) {
        // Tunnel ports lead elsewhere if the payload looks like a tunnel's.
        prop_assume!(![4789, 8472, 6081, 6635].contains(&ports[1]));
        let [source_port, destination_port] = ports;
        let bytes = packet(header, &Content::Udp { source_port, destination_port, payload: &payload });
        let read = raw(&bytes);
        assert_header(&read, &header, &bytes);
        let Transport::Udp(udp) = read.transport else { panic!("{read:?}") };
        prop_assert_eq!([udp.source_port, udp.destination_port], ports);
        prop_assert_eq!(udp.payload, payload.as_slice());
        prop_assert_eq!(usize::from(udp.length), 8 + payload.len());
        prop_assert_ne!(udp.checksum, 0);
    }

    #[test]
    fn a_segment_comes_back(
        header in headers(),
        ports: [u16; 2],
        numbers: [u32; 2],
        flags in 0_u16..0x200,
        window: u16,
        options in prop::collection::vec(any::<u8>(), 0..=40),
        payload in payloads(),
    ) {
        let bytes = packet(header, &Content::Tcp {
            source_port: ports[0],
            destination_port: ports[1],
            sequence: numbers[0],
            acknowledgement: numbers[1],
            flags,
            window,
            options: &options,
            payload: &payload,
        });
        let read = raw(&bytes);
        assert_header(&read, &header, &bytes);
        let Transport::Tcp(tcp) = read.transport else { panic!("{read:?}") };
        prop_assert_eq!([tcp.source_port, tcp.destination_port], ports);
        prop_assert_eq!([tcp.sequence, tcp.acknowledgement], numbers);
        prop_assert_eq!((tcp.flags, tcp.window), (flags, window));
        prop_assert_eq!(tcp.options.len(), options.len().next_multiple_of(4));
        prop_assert_eq!(&tcp.options[..options.len()], options.as_slice());
        prop_assert!(tcp.options[options.len()..].iter().all(|byte| *byte == 0));
        prop_assert_eq!(tcp.payload, payload.as_slice());
    }

    #[test]
    fn an_echo_comes_back(
        header in headers(),
        request: bool,
        identifier: u16,
        sequence: u16,
        payload in payloads(),
    ) {
        let bytes = packet(header, &Content::Echo { request, identifier, sequence, payload: &payload });
        let read = raw(&bytes);
        assert_header(&read, &header, &bytes);
        let echo = IcmpEcho { request, identifier, sequence, payload: &payload };
        prop_assert_eq!(read.transport, Transport::Echo(echo));
    }

    #[test]
    fn an_error_comes_back_with_the_quoted_ports(
        about in headers(),
        code: u8,
        ports: [u16; 2],
        payload in payloads(),
    ) {
        let [source_port, destination_port] = ports;
        let quoted = packet(about, &Content::Udp { source_port, destination_port, payload: &payload });
        let (header, kind) = match about {
            IpHeader::V4(_) => (IpHeader::V4(v4()), 11),
            IpHeader::V6(_) => (IpHeader::V6(v6()), 3),
        };
        let bytes = packet(header, &Content::Error { kind, code, next_hop_mtu: 0, quoted: &quoted });
        let read = raw(&bytes);
        let Transport::Error(error) = read.transport else { panic!("{read:?}") };
        prop_assert_eq!((error.kind, error.code), (kind, code));
        assert_header(&Packet { ip: error.quoted, ..read }, &about, &quoted);
        let QuotedTransport::Udp { source_port: a, destination_port: b, payload: part } = error.quoted_transport
        else { panic!("{error:?}") };
        prop_assert_eq!([a, b], ports);
        prop_assert!(payload.starts_with(part));
    }

    #[test]
    fn addresses_and_tags_of_a_frame_come_back(
        destination: [u8; 6],
        source: [u8; 6],
        ids in prop::collection::vec((0_u16..4095, any::<bool>()), 0..=2),
        length in 0_usize..30,
        padded: bool,
    ) {
        let vlans: Vec<Vlan> = ids.iter().map(|&(id, service_tag)| Vlan { id, service_tag }).collect();
        let inside = packet(v4(), &udp(123, &vec![1; length]));
        let mut frame = vec![9];
        let header = Ethernet { destination, source, vlans: &vlans, padded };
        emit::ethernet(&mut frame, &header, &inside).unwrap();
        prop_assert_eq!(frame.remove(0), 9);
        let least = if padded { 60 } else { 0 };
        prop_assert_eq!(frame.len(), least.max(14 + 4 * vlans.len() + inside.len()));
        let read = whole(LinkType::Ethernet, &frame).unwrap();
        prop_assert_eq!((read.link.destination, read.link.source), (Some(destination), Some(source)));
        prop_assert_eq!(read.link.vlan_outer, vlans.first().map(|vlan| vlan.id));
        prop_assert_eq!(read.link.vlan_inner, vlans.get(1).map(|vlan| vlan.id));
        let Transport::Udp(udp) = read.transport else { panic!("{read:?}") };
        prop_assert_eq!(udp.payload.len(), length);
    }
}

#[test]
fn a_datagram_whose_checksum_comes_out_as_zero_says_all_ones() {
    // The word that makes the sum all ones, found by trying.
    let mut seen = 0;
    for word in 0..=u16::MAX {
        let bytes = packet(v4(), &udp(123, &word.to_be_bytes()));
        seen += u32::from(bytes[26..28] == [0xff, 0xff]);
        assert_ne!(bytes[26..28], [0, 0]);
    }
    assert_eq!(seen, 1);
}

#[test]
fn an_error_quotes_as_much_as_linux_does() {
    let long4 = packet(v4(), &udp(123, &[7; 1400]));
    let long6 = packet(v6(), &udp(123, &[7; 1400]));
    let error = |kind, code, quoted| Content::Error { kind, code, next_hop_mtu: 1400, quoted };
    let bytes = packet(v4(), &error(3, 4, &long4));
    assert_eq!(bytes.len(), 576);
    assert_eq!(bytes[24..28], [0, 0, 0x05, 0x78]);
    assert_eq!(bytes[28..], long4[..548]);
    let bytes = packet(v6(), &error(2, 0, &long6));
    assert_eq!(bytes.len(), 1280);
    assert_eq!(bytes[44..48], [0, 0, 0x05, 0x78]);
    assert_eq!(bytes[48..], long6[..1232]);
    // Other errors have no such field.
    assert_eq!(packet(v4(), &error(3, 3, &long4))[24..28], [0; 4]);
    assert_eq!(packet(v6(), &error(1, 4, &long6))[44..48], [0; 4]);
    // A short packet is quoted whole.
    let short = packet(v4(), &udp(123, &[]));
    assert_eq!(packet(v4(), &error(11, 0, &short)).len(), 28 + 28);
}

#[test]
fn the_longest_packets_fit_and_longer_ones_are_refused() {
    let payload = vec![0; 65_536];
    let mut out = vec![9];
    for (header, most) in [(IpHeader::V4(v4()), 65_535 - 28), (IpHeader::V6(v6()), 65_535 - 8)] {
        assert_eq!(
            packet(header, &udp(123, &payload[..most])).len() - most,
            8 + if most > 65_507 { 40 } else { 20 }
        );
        for content in [
            udp(123, &payload[..=most]),
            Content::Echo { request: true, identifier: 1, sequence: 1, payload: &payload[..=most] },
        ] {
            let refused = emit::ip_packet(&mut out, header, &content);
            assert!(matches!(refused, Err(CannotEmit::TooLong { .. })), "{refused:?}");
        }
    }
    assert_eq!(out, [9]);
}

#[test]
fn values_beyond_their_fields_are_refused_and_leave_the_buffer_alone() {
    let segment = |flags, options| Content::Tcp {
        source_port: 1,
        destination_port: 2,
        sequence: 3,
        acknowledgement: 4,
        flags,
        window: 5,
        options,
        payload: &[],
    };
    let refusals: [(IpHeader, Content<'_>, &str); 6] = [
        (Ipv4 { dscp: 64, ..v4() }.into(), udp(1, &[]), "DSCP 64 is out of range; the maximum is 63"),
        (Ipv4 { ecn: 4, ..v4() }.into(), udp(1, &[]), "ECN 4 is out of range; the maximum is 3"),
        (Ipv6 { dscp: 64, ..v6() }.into(), udp(1, &[]), "DSCP 64 is out of range; the maximum is 63"),
        (
            Ipv6 { flow_label: 1 << 20, ..v6() }.into(),
            udp(1, &[]),
            "flow label 1048576 is out of range; the maximum is 1048575",
        ),
        (v4().into(), segment(0x200, &[]), "TCP flags 512 is out of range; the maximum is 511"),
        (v4().into(), segment(2, &[1; 41]), "the TCP options would have 41 bytes; the maximum is 40"),
    ];
    for (header, content, words) in refusals {
        let mut out = vec![9; 3];
        assert_eq!(emit::ip_packet(&mut out, header, &content).unwrap_err().to_string(), words);
        assert_eq!(out, [9; 3]);
    }
    let mut out = vec![9; 3];
    let vlans = [Vlan { id: 4095, service_tag: false }];
    let tagged = Ethernet { destination: [0; 6], source: [0; 6], vlans: &vlans, padded: true };
    let refused = emit::ethernet(&mut out, &tagged, &packet(v4(), &udp(1, &[])));
    assert_eq!(refused, Err(CannotEmit::OutOfRange { field: "VLAN id", value: 4095, most: 4094 }));
    let plain = Ethernet { vlans: &[], ..tagged };
    for no_packet in [&[][..], &[0x55; 40]] {
        assert_eq!(emit::ethernet(&mut out, &plain, no_packet), Err(CannotEmit::NotIp));
    }
    assert_eq!(out, [9; 3]);
}

#[test]
fn a_header_is_taken_by_value_and_by_reference() {
    let (v4, v6) = (&v4(), &v6());
    assert_eq!(packet(v4, &udp(123, &[])), packet(*v4, &udp(123, &[])));
    assert_eq!(packet(v6, &udp(123, &[])), packet(*v6, &udp(123, &[])));
}
