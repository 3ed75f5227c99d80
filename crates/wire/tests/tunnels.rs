//! Encapsulations: the inner packet is the packet, the outer headers are kept.

mod common;

use common::{CLIENT, Kept, SERVER, ethernet, ip4, ip6, raw, udp4, udp6, whole};
use std::net::IpAddr;
use unanswered_wire::{LinkType, NotUnderstood, Packet, Transport, TunnelKind, common_features, decode};

fn ports(packet: &Packet<'_>) -> [u16; 2] {
    let Transport::Udp(udp) = packet.transport else { panic!("{:?}", packet.transport) };
    [udp.source_port, udp.destination_port]
}

fn inner() -> Vec<u8> {
    udp6([11, 123], &[0x23; 48])
}

fn vxlan(frame: &[u8]) -> Vec<u8> {
    [&[8, 0, 0, 0, 0, 0x12, 0x34, 0][..], frame].concat()
}

#[test]
fn each_encapsulation_is_entered_and_kept() {
    let inner = inner();
    let frame = ethernet(&[(0x8100, 7)], 0x86dd, &inner);
    let with = |head: &[u8], tail: &[u8]| [head, tail].concat();
    let geneve = with(&[1, 0, 0x65, 0x58, 0, 0x12, 0x34, 0, 9, 9, 9, 9], &frame);
    let geneve_ip = with(&[0, 0, 0x86, 0xdd, 0, 0x12, 0x34, 0], &inner);
    let gre_full = with(&[0xb0, 0, 0x86, 0xdd, 1, 2, 0, 0, 0, 0, 0, 9, 0, 0, 0, 1], &inner);
    let labels = [0, 1, 0x10, 64, 0, 2, 0x21, 64];
    let mpls = with(&labels, &inner);
    let mpls_ethernet = with(&labels, &with(&[0, 0, 0, 0], &frame));
    let cases = [
        (TunnelKind::Vxlan, udp4([49_152, 4789], &vxlan(&frame)), Some(0x1234)),
        (TunnelKind::Vxlan, udp6([49_152, 8472], &vxlan(&frame)), Some(0x1234)),
        (TunnelKind::Geneve, udp4([49_152, 6081], &geneve), Some(0x1234)),
        (TunnelKind::Geneve, udp4([49_152, 6081], &geneve_ip), Some(0x1234)),
        (TunnelKind::Gre, ip4(47, &with(&[0, 0, 0x86, 0xdd], &inner)), None),
        (TunnelKind::Gre, ip4(47, &gre_full), Some(9)),
        (TunnelKind::Gre, ip6(47, &with(&[0x20, 0, 0x65, 0x58, 0, 0, 0, 9], &frame)), Some(9)),
        (TunnelKind::Mpls, ip4(47, &with(&[0, 0, 0x88, 0x47], &mpls)), Some(0x22)),
        (TunnelKind::Mpls, udp4([49_152, 6635], &mpls), Some(0x22)),
        (TunnelKind::Mpls, udp4([49_152, 6635], &mpls_ethernet), Some(0x22)),
        (TunnelKind::Mpls, ip4(137, &mpls), Some(0x22)),
        (TunnelKind::IpInIp, ip4(41, &inner), None),
        (TunnelKind::IpInIp, ip6(4, &udp4([11, 123], &[0x23; 48])), None),
    ];
    for (kind, packet, identifier) in cases {
        let read = raw(&packet);
        assert_eq!(ports(&read), [11, 123], "{kind:?}");
        let tunnel = read.tunnels[0].unwrap();
        assert_eq!((tunnel.kind, tunnel.identifier), (kind, identifier));
        let over_udp =
            packet.len() > 40 && matches!((packet[0] >> 4, packet[9], packet[6]), (4, 17, _) | (6, _, 17));
        assert_eq!(tunnel.source_port, over_udp.then_some(49_152), "{kind:?}");
        assert_eq!(read.tunnels[1], None);
    }
}

#[test]
fn outer_headers_are_features() {
    let frame = ethernet(&[], 0x86dd, &inner());
    let packet = ip4(47, &[&[0x20, 0, 0x65, 0x58, 0, 0, 0, 9][..], &frame].concat());
    let packet = ip6(4, &packet);
    let read = raw(&packet);
    let kinds: Vec<TunnelKind> = read.tunnels.iter().flatten().map(|tunnel| tunnel.kind).collect();
    assert_eq!(kinds, [TunnelKind::IpInIp, TunnelKind::Gre]);
    assert_eq!(read.tunnels[1].unwrap().source, IpAddr::from(CLIENT));
    assert_eq!(read.tunnels[1].unwrap().destination, IpAddr::from(SERVER));
    let mut kept = Kept::default();
    common_features(&read, &mut kept);
    assert_eq!(kept.get("tunnel"), Some("ip-in-ip+gre"));
    assert_eq!(kept.get("gre.key"), Some("9"));
    assert_eq!(kept.get("tunnel.ip.dsfield.dscp"), Some("46"));
    assert_eq!(kept.get("ip.src"), Some("2001:db8::1"));
}

#[test]
fn a_tunnel_port_that_carries_something_else_is_plain_udp() {
    // A DNS reply, an NTP reply and garbage to clients whose ports happen to be those of tunnels.
    let dns = [&[0x12, 0x34, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0, 1, b'x', 0, 0, 1, 0, 1][..]].concat();
    let mut ntp = [0; 48];
    ntp[..4].copy_from_slice(&[0x24, 2, 6, 0xe9]);
    for port in [4789, 8472, 6081, 6635] {
        for payload in [dns.as_slice(), &ntp, &[0x08], &[0xff; 100], &vxlan(&[1; 9])] {
            let packet = udp4([53, port], payload);
            let read = raw(&packet);
            assert_eq!(ports(&read), [53, port]);
            assert_eq!(read.tunnels, [None; 4]);
        }
    }
}

#[test]
fn a_tunnel_without_an_ip_packet_inside_is_not_understood() {
    let packet = udp4([49_152, 4789], &vxlan(&ethernet(&[], 0x0806, &[0; 28])));
    assert_eq!(whole(LinkType::Raw, &packet), Err(NotUnderstood::NotIp));
}

#[test]
fn an_inner_header_that_the_snap_length_cut_is_said_to_be_cut() {
    let packet = udp4([49_152, 4789], &vxlan(&ethernet(&[], 0x86dd, &inner())));
    let length = u32::try_from(packet.len()).unwrap();
    let cut = decode(LinkType::Raw, &packet[..28 + 8 + 14 + 30], length);
    assert_eq!(cut, Err(NotUnderstood::CutShort));
}

#[test]
fn more_encapsulations_than_are_followed_are_said() {
    let mut packet = udp4([11, 123], &[0; 48]);
    for _ in 0..4 {
        packet = ip4(4, &packet);
    }
    assert_eq!(raw(&packet).tunnels.iter().flatten().count(), 4);
    let packet = ip4(4, &packet);
    assert_eq!(whole(LinkType::Raw, &packet), Err(NotUnderstood::TooDeep));
}

#[test]
fn an_error_about_a_tunnels_own_packet_quotes_the_tunnels_packet() {
    let outer = udp4([49_152, 4789], &vxlan(&ethernet(&[], 0x86dd, &inner())));
    let packet = ip4(1, &[&[3, 4, 0, 0, 0, 0, 5, 0xdc][..], &outer].concat());
    let read = raw(&packet);
    assert_eq!(ports(&read.quoted().unwrap()), [49_152, 4789]);
    assert_eq!(read.tunnels, [None; 4]);
}
