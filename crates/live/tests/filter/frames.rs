//! Frames of every kind: synthetic ones, and those of the recorded captures.

use std::path::Path;
use unanswered_capture::{InputSpec, Vantages, open};
use unanswered_wire::LinkType;
use unanswered_wire::emit::{
    Content, Ethernet, GeneveOption, Inner, IpHeader, Ipv4, Ipv6, Outer, Vlan, ethernet, fragments, geneve,
    gre, ip_in_ip, ip_packet, vxlan,
};

pub(crate) type Named = (String, Vec<u8>);

const PLAIN: Ethernet<'static> =
    Ethernet { destination: [2, 0, 0, 0, 0, 1], source: [2, 0, 0, 0, 0, 2], vlans: &[], padded: false };

fn v4(source: &str, destination: &str) -> IpHeader {
    let [source, destination] = [source, destination].map(|address| address.parse().expect("an address"));
    Ipv4 { source, destination, ttl: 64, dscp: 0, ecn: 0, identification: 9, dont_fragment: false }.into()
}

fn v6(source: &str, destination: &str) -> IpHeader {
    let [source, destination] = [source, destination].map(|address| address.parse().expect("an address"));
    IpHeader::V6(Ipv6 { source, destination, hop_limit: 64, dscp: 0, ecn: 0, flow_label: 0 })
}

fn emitted(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut bytes);
    bytes
}

fn packet(header: IpHeader, content: &Content<'_>) -> Vec<u8> {
    emitted(|out| ip_packet(out, header, content).expect("it can be made"))
}

fn framed(packet: &[u8]) -> Vec<u8> {
    emitted(|out| ethernet(out, &PLAIN, packet).expect("it can be made"))
}

/// IP packets with all kinds of content, from and to several hosts, in both versions.
fn packets() -> Vec<Named> {
    let quoted = packet(v4("192.0.2.1", "198.51.100.7"), &udp(1023, 123));
    let quoted_v6 = packet(v6("2001:db8::1", "2001:db8:1::7"), &udp(1023, 123));
    let mut packets = Vec::new();
    for (name, header) in [
        ("v4", v4("192.0.2.1", "198.51.100.7")),
        ("v4 back", v4("198.51.100.7", "192.0.2.1")),
        ("v4 others", v4("203.0.113.5", "203.0.113.6")),
        ("v6", v6("2001:db8::1", "2001:db8:1::7")),
        ("v6 others", v6("2001:db8:ff::5", "2001:db8:ff::6")),
    ] {
        let quoted = if name.starts_with("v6") { &quoted_v6 } else { &quoted };
        let error = if name.starts_with("v6") { 1 } else { 3 };
        for (kind, content) in [
            ("ntp", udp(40_000, 123)),
            ("dns", udp(53, 40_001)),
            ("udp", udp(40_000, 40_001)),
            ("tcp", tcp(40_000, 443)),
            ("dns over tcp", tcp(40_002, 53)),
            ("echo", Content::Echo { request: true, identifier: 1, sequence: 2, payload: &[1; 20] }),
            ("error", Content::Error { kind: error, code: 3, next_hop_mtu: 0, quoted }),
        ] {
            packets.push((format!("{name} {kind}"), packet(header, &content)));
        }
        if name.starts_with("v6") {
            for kind in [135, 136] {
                packets.push((format!("{name} discovery {kind}"), discovery(header, kind)));
            }
        }
    }
    packets
}

fn udp(source_port: u16, destination_port: u16) -> Content<'static> {
    Content::Udp { source_port, destination_port, payload: &[0x23; 48] }
}

fn tcp(source_port: u16, destination_port: u16) -> Content<'static> {
    Content::Tcp {
        source_port,
        destination_port,
        sequence: 1,
        acknowledgement: 2,
        flags: 2,
        window: 100,
        options: &[],
        payload: &[],
    }
}

/// A message of neighbour discovery about 2001:db8:1::9.
fn discovery(header: IpHeader, kind: u8) -> Vec<u8> {
    let body = Content::Echo { request: true, identifier: 0, sequence: 0, payload: &[0; 20] };
    let mut bytes = packet(header, &body);
    let target = "2001:db8:1::9".parse::<std::net::Ipv6Addr>().expect("an address");
    [bytes[7], bytes[40], bytes[41]] = [255, kind, 0];
    bytes[48..64].copy_from_slice(&target.octets());
    bytes
}

/// Frames of ARP: plain, tagged, behind LLC, in a tunnel.
fn arp() -> Vec<Named> {
    let around = Outer { ethernet: Some(PLAIN), ip: v4("203.0.113.9", "203.0.113.10") };
    let hardware = [PLAIN.destination, PLAIN.source].concat();
    let mut frames = Vec::new();
    for (sender, target) in [([192, 0, 2, 1], [198, 51, 100, 7]), ([203, 0, 113, 5], [192, 0, 2, 1])] {
        let head = [0, 1, 8, 0, 6, 4, 0, 1];
        let packet = [&head[..], &PLAIN.source, &sender, &[0; 6], &target, &[0; 18]].concat();
        for (name, types) in [
            ("plain", &[8, 6][..]),
            ("tag", &[0x81, 0, 0, 5, 8, 6]),
            ("two tags", &[0x88, 0xa8, 0, 5, 0x81, 0, 0, 6, 8, 6]),
            ("LLC", &[0, 54, 0xaa, 0xaa, 3, 0, 0, 0, 8, 6]),
        ] {
            let frame = [&hardware[..], types, &packet].concat();
            let inside = emitted(|o| vxlan(o, &around, 50_000, 5, &frame).expect("it can be made"));
            frames.push((format!("ARP for {target:?}, {name}, VXLAN"), inside));
            frames.push((format!("ARP for {target:?}, {name}"), frame));
        }
    }
    frames
}

/// Each packet plain, tagged, in each tunnel, and in a tunnel in a tunnel.
pub(crate) fn frames() -> Vec<Named> {
    let tag = |id, service_tag| Vlan { id, service_tag };
    let (one, two) = ([tag(5, false)], [tag(6, true), tag(7, false)]);
    let around = Outer { ethernet: Some(PLAIN), ip: v4("203.0.113.9", "203.0.113.10") };
    let bare = Outer { ethernet: None, ip: v4("203.0.113.19", "203.0.113.20") };
    let around_v6 = Outer { ethernet: Some(PLAIN), ip: v6("2001:db8:5::1", "2001:db8:5::2") };
    let option = GeneveOption { class: 0x0102, kind: 0x80, data: 7 };
    let mut frames = Vec::new();
    for (name, packet) in packets() {
        let inner = framed(&packet);
        let with = |vlans| {
            emitted(|out| ethernet(out, &Ethernet { vlans, ..PLAIN }, &packet).expect("it can be made"))
        };
        let in_gre = emitted(|out| gre(out, &bare, Some(9), Inner::Ip(&packet)).expect("it can be made"));
        let in_vxlan = emitted(|out| vxlan(out, &around, 50_000, 5, &inner).expect("it can be made"));
        let mut old_vxlan = in_vxlan.clone();
        old_vxlan[36..38].copy_from_slice(&8472_u16.to_be_bytes());
        let frame = |kind: &str, bytes: Vec<u8>| (format!("{name}, {kind}"), bytes);
        frames.extend([
            frame("tag", with(&one)),
            frame("two tags", with(&two)),
            frame("VXLAN", in_vxlan),
            frame("VXLAN at 8472", old_vxlan),
            frame(
                "VXLAN over IPv6",
                emitted(|o| vxlan(o, &around_v6, 50_000, 5, &inner).expect("it can be made")),
            ),
            frame(
                "tag in VXLAN",
                emitted(|o| vxlan(o, &around, 50_000, 5, &with(&one)).expect("it can be made")),
            ),
            frame(
                "Geneve",
                emitted(|o| {
                    geneve(o, &around, 50_000, 5, None, Inner::Ethernet(&inner)).expect("it can be made")
                }),
            ),
            frame(
                "Geneve, option",
                emitted(|o| {
                    geneve(o, &around, 50_000, 5, Some(option), Inner::Ip(&packet)).expect("it can be made")
                }),
            ),
            frame("GRE", emitted(|o| gre(o, &around, None, Inner::Ip(&packet)).expect("it can be made"))),
            frame(
                "GRE, key",
                emitted(|o| gre(o, &around, Some(3), Inner::Ethernet(&inner)).expect("it can be made")),
            ),
            frame("GRE, all flags", all_of_gre(&packet)),
            frame("IP in IP", emitted(|o| ip_in_ip(o, &around, &packet).expect("it can be made"))),
            frame(
                "GRE in VXLAN",
                emitted(|o| vxlan(o, &around, 50_000, 5, &framed(&in_gre)).expect("it can be made")),
            ),
        ]);
        if packet[0] >> 4 == 4 && !name.ends_with("error") {
            frames.extend(cut(&name, &packet));
        }
        if packet[0] >> 4 == 6 {
            frames.push((format!("{name}, extensions"), framed(&extended(&packet, false))));
            frames.push((format!("{name}, later fragment"), framed(&extended(&packet, true))));
        }
        frames.push((name, inner));
    }
    frames.extend(arp());
    frames
}

/// The packet in GRE with checksum, key and sequence number.
fn all_of_gre(packet: &[u8]) -> Vec<u8> {
    let outer = Outer { ethernet: Some(PLAIN), ip: v4("203.0.113.9", "203.0.113.10") };
    let mut frame = emitted(|out| gre(out, &outer, Some(3), Inner::Ip(packet)).expect("it can be made"));
    frame[34] = 0xb0;
    // The key is at 38 now; a checksum before it, a sequence number after it.
    frame.splice(38..38, [0; 4]);
    frame.splice(46..46, [0, 0, 0, 1]);
    let length = u16::try_from(frame.len() - 14).expect("it can be made");
    frame[16..18].copy_from_slice(&length.to_be_bytes());
    frame
}

/// The fragments of a packet (without those whose transport header is truncated, which nothing can read, including an error's quote).
fn cut(name: &str, packet: &[u8]) -> Vec<Named> {
    let mut buffer = packet.to_vec();
    let mut pieces = Vec::new();
    // Short enough for most packets, long enough for a whole transport header.
    fragments(&mut buffer, packet, 44, |piece| pieces.push(framed(piece))).expect("it can be made");
    let named = pieces.into_iter().enumerate();
    named.map(|(number, frame)| (format!("{name}, fragment {number}"), frame)).collect()
}

/// The IPv6 packet after a destination options header and a fragment header.
fn extended(packet: &[u8], later: bool) -> Vec<u8> {
    let mut long = packet.to_vec();
    let protocol = std::mem::replace(&mut long[6], 60);
    let fragment = [protocol, 0, 0, if later { 8 } else { 0 }, 0, 0, 0, 1];
    let options = [44, 0, 1, 4, 0, 0, 0, 0];
    long.splice(40..40, [options, fragment].concat());
    let length = u16::try_from(long.len() - 40).expect("it can be made");
    long[4..6].copy_from_slice(&length.to_be_bytes());
    long
}

/// Ethernet frames of the captures in `testdata`, some of each file.
pub(crate) fn recorded() -> Vec<Vec<u8>> {
    let mut files = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata"), &mut files);
    files.sort();
    let mut frames = Vec::new();
    for file in files {
        let Ok(mut reader) = open(&InputSpec::new(file), &Vantages::new()) else { continue };
        let mut number = 0;
        while let Some(frame) = reader.next_frame() {
            if frame.link_type == LinkType::Ethernet && number % 7 == 0 {
                frames.push(frame.bytes.to_vec());
            }
            number += 1;
            if number > 2_000 {
                break;
            }
        }
    }
    frames
}

fn collect(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("it can be made") {
        let path = entry.expect("it can be made").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.to_string_lossy().contains(".pcap") {
            files.push(path);
        }
    }
}
