//! ARP and IPv6 neighbour discovery: what is a question, what answers it, and what is neither.

mod common;

use common::{Kept, ethernet, udp4, whole};
use unanswered_wire::NeighbourKind::{Announcement, Probe, Reply, Request};
use unanswered_wire::{
    LinkType, Neighbour, NeighbourKind, NotUnderstood, Other, Packet, ProtocolId, Transport, common_features,
    decode, recognise,
};

const ASKER: [u8; 6] = [2, 0, 0, 0, 0, 0x0a];
const OTHER: [u8; 6] = [2, 0, 0, 0, 0, 0x0b];

/// An ARP packet of that operation between these last bytes of 192.0.2.0/24; 0 is 0.0.0.0.
fn arp(operation: u8, sender: u8, target: u8) -> Vec<u8> {
    let address = |last: u8| if last == 0 { [0; 4] } else { [192, 0, 2, last] };
    let head = [0, 1, 8, 0, 6, 4, 0, operation];
    [&head[..], &ASKER, &address(sender), &OTHER, &address(target)].concat()
}

/// An IPv6 address of the link that ends so.
fn link_local(last: u8) -> [u8; 16] {
    let mut address = [0; 16];
    [address[0], address[1], address[15]] = [0xfe, 0x80, last];
    address
}

fn solicited_node(last: u8) -> [u8; 16] {
    let mut address = [0; 16];
    [address[0], address[1], address[11], address[12], address[15]] = [0xff, 2, 1, 0xff, last];
    address
}

/// An IPv6 packet with a message about that target, and the sender's hardware address as an option behind another one.
fn discovery(kind: u8, flags: u8, ends: ([u8; 16], [u8; 16]), target: u8, hop_limit: u8) -> Vec<u8> {
    let mut message = vec![kind, 0, 0, 0, flags, 0, 0, 0];
    message.extend(link_local(target));
    message.extend([14, 1, 1, 2, 3, 4, 5, 6]);
    message.extend([if kind == 135 { 1 } else { 2 }, 1]);
    message.extend(ASKER);
    let length = u8::try_from(message.len()).expect("it is short");
    let header = [0x60, 0, 0, 0, 0, length, 58, hop_limit];
    [&header[..], &ends.0, &ends.1, &message].concat()
}

fn neighbour(packet: &Packet<'_>) -> Neighbour {
    let Transport::Neighbour(neighbour) = packet.transport else { panic!("{:?}", packet.transport) };
    neighbour
}

fn read(frame: &[u8]) -> Packet<'_> {
    whole(LinkType::Ethernet, frame).expect("it is understood")
}

#[test]
fn an_arp_packet_asks_answers_or_only_tells() {
    let cases: [(u8, u8, u8, NeighbourKind, u8); 6] = [
        (1, 1, 7, Request, 7),
        (2, 7, 1, Reply, 7),
        (1, 0, 7, Probe, 7),
        (1, 7, 7, Announcement, 7),
        (2, 7, 7, Announcement, 7),
        // Somebody defends the address that a probe asked for.
        (2, 7, 0, Announcement, 7),
    ];
    for (operation, sender, target, kind, about) in cases {
        let frame = ethernet(&[(0x8100, 7)], 0x0806, &arp(operation, sender, target));
        let packet = read(&frame);
        let found = neighbour(&packet);
        assert_eq!((found.kind, found.target.to_string()), (kind, format!("192.0.2.{about}")));
        assert_eq!(found.hardware, Some(ASKER));
        assert_eq!(packet.link.vlan_outer, Some(7));
        let message = recognise(&packet);
        assert_eq!(message.is_some(), matches!(kind, Request | Reply), "{kind:?}");
    }
}

#[test]
fn a_reply_has_the_identity_and_the_fingerprint_of_its_question() {
    let (question, mut answer) = (arp(1, 1, 7), arp(2, 7, 1));
    answer[8..14].copy_from_slice(&OTHER);
    answer[18..24].copy_from_slice(&ASKER);
    let discovery = [
        discovery(135, 0, (link_local(1), solicited_node(7)), 7, 255),
        discovery(136, 0x60, (link_local(9), link_local(1)), 7, 255),
    ];
    let pairs = [
        (ProtocolId::ARP, 0x0806, [question, answer], "192.0.2.1", "192.0.2.7"),
        (ProtocolId::ND, 0x86dd, discovery, "fe80::1", "fe80::7"),
    ];
    for (protocol, ether_type, [question, answer], client, server) in pairs {
        let frames = [question, answer].map(|packet| ethernet(&[], ether_type, &packet));
        let [question, answer] = [read(&frames[0]), read(&frames[1])];
        let ends = question.ends();
        assert_eq!((ends.0.to_string(), ends.1.to_string()), (client.to_owned(), server.to_owned()));
        assert_eq!(answer.ends(), (ends.1, ends.0));
        let (of, asks) = recognise(&question).unwrap();
        let (of_answer, answers) = recognise(&answer).unwrap();
        assert_eq!((of, of_answer), (protocol, protocol));
        assert_eq!(asks.asks.unwrap(), answers.answers.unwrap().0);
        assert_eq!(asks.fingerprint, answers.fingerprint);
        assert!(asks.answers.is_none() && answers.asks.is_none());
    }
}

#[test]
fn discovery_that_hosts_must_ignore_means_nothing() {
    let ends = (link_local(1), solicited_node(7));
    let unspecified = ([0; 16], solicited_node(7));
    let told = (link_local(7), link_local(1));
    for (packet, kind) in [
        (discovery(135, 0, ends, 7, 255), Some(Request)),
        (discovery(135, 0, (ends.0, link_local(7)), 7, 255), Some(Request)),
        (discovery(135, 0, unspecified, 7, 255), Some(Probe)),
        (discovery(136, 0x40, told, 7, 255), Some(Reply)),
        (discovery(136, 0x20, told, 7, 255), Some(Announcement)),
        (discovery(136, 0x40, (told.0, solicited_node(1)), 7, 255), Some(Announcement)),
        (discovery(135, 0, ends, 7, 254), None),
    ] {
        let frame = ethernet(&[], 0x86dd, &packet);
        match kind {
            Some(kind) => assert_eq!(neighbour(&read(&frame)).kind, kind),
            None => assert_eq!(read(&frame).transport, Transport::Other(Other::Icmp(135))),
        }
    }
    let frame = ethernet(&[], 0x86dd, &discovery(135, 0, ends, 7, 255));
    let found = neighbour(&read(&frame));
    assert_eq!((found.hardware, found.to_all), (Some(ASKER), Some(true)));
}

#[test]
fn arp_in_a_tunnel_and_in_cooked_captures_is_read() {
    let inner = ethernet(&[(0x8100, 9)], 0x0806, &arp(1, 1, 7));
    let vxlan = udp4([50_000, 4789], &[&[8, 0, 0, 0, 0, 0, 5, 0][..], &inner].concat());
    let geneve = udp4([50_000, 6081], &[&[0, 0, 0x65, 0x58, 0, 0, 5, 0][..], &inner].concat());
    for packet in [vxlan, geneve] {
        let packet = whole(LinkType::Raw, &packet).unwrap();
        assert_eq!(packet.tunnels[0].unwrap().identifier, Some(5));
        assert_eq!(neighbour(&packet).kind, Request);
    }
    let mut first = vec![0, 4, 0, 1, 0, 6];
    first.extend(ASKER);
    first.extend([0, 0, 8, 6]);
    first.extend(arp(1, 1, 7));
    let mut second = vec![8, 6, 0, 0, 0, 0, 0, 3, 0, 1, 4, 6];
    second.extend(ASKER);
    second.extend([0, 0]);
    second.extend(arp(1, 1, 7));
    for (link_type, frame) in [(LinkType::LinuxSll, first), (LinkType::LinuxSll2, second)] {
        let packet = whole(link_type, &frame).unwrap();
        assert_eq!((neighbour(&packet).kind, neighbour(&packet).to_all), (Request, None));
    }
}

#[test]
fn other_address_resolution_is_not_understood() {
    let changed = |at: usize, value: u8| {
        let mut packet = arp(1, 1, 7);
        packet[at] = value;
        whole(LinkType::Ethernet, &ethernet(&[], 0x0806, &packet)).unwrap_err()
    };
    // RARP and InARP by operation, tokens and chaos by family.
    for (at, value) in [(7, 3), (7, 8), (1, 4), (3, 1)] {
        assert_eq!(changed(at, value), NotUnderstood::NotIp);
    }
    assert_eq!(changed(4, 8), NotUnderstood::Malformed);
    let frame = ethernet(&[], 0x0806, &arp(1, 1, 7));
    for cut in 0..frame.len() {
        assert_eq!(whole(LinkType::Ethernet, &frame[..cut]), Err(NotUnderstood::Malformed));
        assert_eq!(decode(LinkType::Ethernet, &frame[..cut], 60), Err(NotUnderstood::CutShort));
    }
    let frame = ethernet(&[], 0x86dd, &discovery(135, 0, (link_local(1), solicited_node(7)), 7, 255));
    for cut in 54..frame.len() {
        let read = decode(LinkType::Ethernet, &frame[..cut], u32::try_from(frame.len()).unwrap());
        assert_eq!(read.is_ok(), cut >= 14 + 40 + 24, "{cut}: {read:?}");
    }
}

#[test]
fn arp_has_no_features_of_ip() {
    let features = |frame: &[u8]| {
        let (packet, mut kept) = (read(frame), Kept::default());
        common_features(&packet, &mut kept);
        recognise(&packet).unwrap().0.protocol().features(&packet, &mut kept);
        kept
    };
    let arp = features(&ethernet(&[], 0x0806, &arp(1, 1, 7)));
    assert_eq!(arp.get("neighbour.sender"), Some("192.0.2.1"));
    assert_eq!(arp.get("neighbour.target"), Some("192.0.2.7"));
    assert!(arp.0.iter().all(|(name, _)| !name.starts_with("ip")), "{:?}", arp.0);
    let packet = discovery(135, 0, (link_local(1), solicited_node(7)), 7, 255);
    let nd = features(&ethernet(&[], 0x86dd, &packet));
    assert_eq!(nd.get("neighbour.target"), Some("fe80::7"));
    assert_eq!(nd.get("ip.dst"), Some("ff02::1:ff00:7"));
    // Asked of all is what was not answered by one.
    assert_eq!((nd.get("eth.dst"), nd.get("eth.src").is_some()), (None, true));
}
