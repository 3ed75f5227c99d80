//! What is emitted into a tunnel is decoded with the tunnel around it.

mod common;

use common::{CLIENT, CLIENT6, SERVER, SERVER6, whole};
use proptest::prelude::*;
use unanswered_wire::emit::{
    self, CannotEmit, Content, Ethernet, GeneveOption, Inner, IpHeader, Ipv4, Ipv6, Outer,
};
use unanswered_wire::{LinkType, Transport, Tunnel, TunnelKind};

fn v4() -> Ipv4 {
    Ipv4 {
        source: CLIENT.into(),
        destination: SERVER.into(),
        ttl: 61,
        dscp: 8,
        ecn: 0,
        identification: 5,
        dont_fragment: false,
    }
}

fn v6() -> Ipv6 {
    Ipv6 {
        source: CLIENT6.into(),
        destination: SERVER6.into(),
        hop_limit: 61,
        dscp: 8,
        ecn: 0,
        flow_label: 7,
    }
}

const ETHERNET: Ethernet<'_> = Ethernet { destination: [2; 6], source: [4; 6], vlans: &[], padded: false };

/// An IP packet with `payload`, and a frame around it.
fn inner(payload: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let (mut packet, mut frame) = (Vec::new(), Vec::new());
    let content = Content::Udp { source_port: 123, destination_port: 123, payload };
    emit::ip_packet(&mut packet, v4(), &content).expect("what fits");
    emit::ethernet(&mut frame, &ETHERNET, &packet).expect("what fits");
    (packet, frame)
}

/// Decodes, compares the tunnel and the payload inside.
fn assert_inside(
    out: &[u8],
    link_type: LinkType,
    outer: &Outer<'_>,
    kind: TunnelKind,
    fields: (Option<u16>, Option<u32>),
    payload: &[u8],
) {
    let read = whole(link_type, out).expect("what fits");
    let (source, destination) = match outer.ip {
        IpHeader::V4(ip) => (ip.source.into(), ip.destination.into()),
        IpHeader::V6(ip) => (ip.source.into(), ip.destination.into()),
    };
    let (source_port, identifier) = fields;
    let tunnel = Tunnel { kind, source, destination, source_port, identifier, ttl: 61, dscp: 8 };
    assert_eq!(read.tunnels, [Some(tunnel), None, None, None]);
    let Transport::Udp(udp) = read.transport else { panic!("{read:?}") };
    assert_eq!(udp.payload, payload);
}

proptest! {
    #[test]
    fn each_tunnel_comes_back(
        payload in prop::collection::vec(any::<u8>(), 0..100),
        source_port: u16,
        vni in 0_u32..0x100_0000,
        key: Option<u32>,
        option: Option<(u16, u8, u32)>,
        framed: bool,
        over_v6: bool,
    ) {
        let (packet, frame) = inner(&payload);
        let outer = Outer {
            ethernet: framed.then_some(ETHERNET),
            ip: if over_v6 { v6().into() } else { v4().into() },
        };
        let link_type = if framed { LinkType::Ethernet } else { LinkType::Raw };
        let over_udp = (Some(source_port), Some(vni));
        let check = |out: &mut Vec<u8>, kind, fields| {
            assert_inside(out, link_type, &outer, kind, fields, &payload);
            out.clear();
        };
        let mut out = Vec::new();
        emit::vxlan(&mut out, &outer, source_port, vni, &frame).unwrap();
        check(&mut out, TunnelKind::Vxlan, over_udp);
        let option = option.map(|(class, kind, data)| GeneveOption { class, kind, data });
        emit::ip_in_ip(&mut out, &outer, &packet).unwrap();
        check(&mut out, TunnelKind::IpInIp, (None, None));
        for inner in [Inner::Ethernet(&frame), Inner::Ip(&packet)] {
            emit::geneve(&mut out, &outer, source_port, vni, option, inner).unwrap();
            check(&mut out, TunnelKind::Geneve, over_udp);
            emit::gre(&mut out, &outer, key, inner).unwrap();
            check(&mut out, TunnelKind::Gre, (None, key));
        }
    }
}

#[test]
fn the_outer_checksum_is_left_out_over_ipv4_only() {
    let (_, frame) = inner(&[0x23; 48]);
    let mut out = Vec::new();
    emit::vxlan(&mut out, &Outer { ethernet: None, ip: v4().into() }, 50_000, 5001, &frame).unwrap();
    assert_eq!(out[26..36], [0, 0, 8, 0, 0, 0, 0x00, 0x13, 0x89, 0]);
    out.clear();
    emit::vxlan(&mut out, &Outer { ethernet: None, ip: v6().into() }, 50_000, 5001, &frame).unwrap();
    assert_ne!(out[46..48], [0, 0]);
}

#[test]
fn a_geneve_option_of_ovn_has_the_critical_bit() {
    let (_, frame) = inner(&[]);
    let mut out = Vec::new();
    let option = Some(GeneveOption { class: 0x0102, kind: 0x80, data: 0x0001_0002 });
    let outer = Outer { ethernet: None, ip: v4().into() };
    emit::geneve(&mut out, &outer, 50_000, 1, option, Inner::Ethernet(&frame)).unwrap();
    // RFC 8926 sections 3.4 and 3.5, by hand.
    assert_eq!(out[28..44], [0x02, 0x40, 0x65, 0x58, 0, 0, 1, 0, 0x01, 0x02, 0x80, 0x01, 0, 1, 0, 2]);
}

#[test]
fn what_does_not_fit_into_a_tunnel_is_refused() {
    let outer = Outer { ethernet: Some(ETHERNET), ip: v4().into() };
    let mut out = vec![9];
    let vni = CannotEmit::OutOfRange { field: "VNI", value: 1 << 24, most: (1 << 24) - 1 };
    assert_eq!(emit::vxlan(&mut out, &outer, 1, 1 << 24, &[]), Err(vni));
    assert_eq!(emit::geneve(&mut out, &outer, 1, 1 << 24, None, Inner::Ip(&[0x45])), Err(vni));
    assert_eq!(emit::gre(&mut out, &outer, None, Inner::Ip(&[])), Err(CannotEmit::NotIp));
    assert_eq!(emit::ip_in_ip(&mut out, &outer, &[0x10]), Err(CannotEmit::NotIp));
    let long = vec![0x45; 65_536];
    let too_long =
        |done: Result<(), CannotEmit>| assert!(matches!(done, Err(CannotEmit::TooLong { .. })), "{done:?}");
    too_long(emit::vxlan(&mut out, &outer, 1, 1, &long));
    too_long(emit::geneve(&mut out, &outer, 1, 1, None, Inner::Ethernet(&long)));
    too_long(emit::gre(&mut out, &outer, Some(1), Inner::Ip(&long)));
    too_long(emit::ip_in_ip(&mut out, &outer, &long));
    assert_eq!(out, [9]);
}
