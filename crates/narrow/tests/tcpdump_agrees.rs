//! Filters keep the frames that tcpdump keeps, frame by frame, on recorded captures.
//!
//! Frames whose meaning differs on purpose (ICMP errors, later fragments, tunnels, VLAN tags; see the documentation of
//! `CaptureFilter`) are told apart: on all others both must agree exactly, and of those none may be lost that tcpdump
//! keeps, unless the expression negates.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use unanswered_capture::{InputSpec, PcapWriter, Reader, Vantages, open};
use unanswered_narrow::CaptureFilter;
use unanswered_wire::{LinkType, Packet, Span, Time, Transport, decode};

/// What the address of the file's busiest sender stands in for.
const ADDRESS: &str = "ADDRESS";

/// Expressions for every file.
const EXPRESSIONS: [&str; 44] = [
    "host ADDRESS",
    "src ADDRESS",
    "dst host ADDRESS",
    "src and dst host ADDRESS",
    "not host ADDRESS",
    "net NET",
    "src net NET and not src host ADDRESS",
    "dst net NET or port 53",
    "net 10",
    "net 192.168",
    "net 0.0.0.0/1",
    "ip host ADDRESS",
    "ip",
    "ip6",
    "arp",
    "tcp",
    "udp",
    "icmp",
    "icmp6",
    "not udp",
    "proto 17 or 1",
    "ip proto 6",
    "ip6 proto 58",
    "port 53",
    "port 123",
    "port 53 or 123",
    "src port 123",
    "dst port 53 or 1812",
    "src and dst port 123",
    "udp port 161 or tcp port 53",
    "tcp dst port 80 or 53 or 8080",
    "udp src portrange 1-1023",
    "portrange 1024-65535 and not portrange 30000-40000",
    "port (53 or not 123)",
    "port 53 and udp or icmp and less 100",
    "icmp or udp and port 53 or tcp",
    "(icmp or udp) and (port 53 or host ADDRESS)",
    "!(udp && port 123) || tcp",
    "not (not port 123)",
    "less 90",
    "greater 90",
    "less 200 and greater 91",
    "ether src ff:ff:ff:ff:ff:ff or 1:2:3:4:5:6",
    "host not ADDRESS and port not 123",
];

/// With a VLAN tag, a tunnel, a quote or no ports, a frame means more than tcpdump reads of it.
fn is_plain(packet: &Packet<'_>) -> bool {
    let tunnel = packet.tunnels.iter().any(Option::is_some);
    let special = matches!(packet.transport, Transport::Error(_) | Transport::LaterFragment);
    let extended = packet.ip.source.is_ipv6() && packet.ip.header_length > 40;
    !tunnel && !special && !extended && packet.link.vlan_outer.is_none()
}

/// A frame that can be decoded.
struct Kept {
    length: u32,
    bytes: Vec<u8>,
    plain: bool,
}

/// The decoded frames of the capture's first link type.
fn frames(file: &Path) -> (LinkType, Vec<Kept>) {
    let mut reader = open(&InputSpec::new(file), &Vantages::new()).expect("test data can be read");
    let mut link_type = None;
    let mut found = Vec::new();
    while let Some(frame) = reader.next_frame() {
        let Ok(packet) = decode(frame.link_type, frame.bytes, frame.length) else { continue };
        if *link_type.get_or_insert(frame.link_type) == frame.link_type {
            let (bytes, plain) = (frame.bytes.to_vec(), is_plain(&packet));
            found.push(Kept { length: frame.length, bytes, plain });
        }
    }
    (link_type.expect("test data has frames"), found)
}

/// A plain pcap in a temporary place, removed at the end. The microsecond of each frame is its number.
struct Numbered(PathBuf);

impl Numbered {
    fn new(link_type: LinkType, frames: &[Kept]) -> Self {
        let path = std::env::temp_dir().join(format!("unanswered-narrow-{}.pcap", std::process::id()));
        let mut writer = PcapWriter::new(File::create(&path).expect("a temporary file"), link_type, 262_144)
            .expect("a file");
        for (number, frame) in frames.iter().enumerate() {
            let time = Time::from_nanoseconds(0)
                + Span::from_nanoseconds(i64::try_from(number).expect("few") * 1000);
            writer.write(time, frame.length, &frame.bytes).expect("a file");
        }
        writer.finish().expect("a file");
        Self(path)
    }

    /// Which frames tcpdump keeps.
    fn kept_by_tcpdump(&self, expression: &str, total: usize) -> Vec<bool> {
        let output = Command::new("tcpdump").arg("-r").arg(&self.0).args(["-w", "-", expression]).output();
        let output = output.expect("tcpdump runs");
        assert!(output.status.success(), "{expression}: {}", String::from_utf8_lossy(&output.stderr));
        let mut kept = vec![false; total];
        let spec = InputSpec::new("tcpdump's output");
        let source = Box::new(std::io::Cursor::new(output.stdout));
        let mut reader: Reader = unanswered_capture::open_stream(&spec, source, None, &Vantages::new())
            .expect("tcpdump writes a capture");
        while let Some(frame) = reader.next_frame() {
            kept[usize::try_from(frame.time.nanoseconds() / 1000).expect("a number")] = true;
        }
        kept
    }
}

impl Drop for Numbered {
    fn drop(&mut self) {
        // A leftover in the temporary folder does no harm.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// The busiest IPv4 sender and its network.
fn busiest(link_type: LinkType, frames: &[Kept]) -> (String, String) {
    let mut counts: BTreeMap<[u8; 4], usize> = BTreeMap::new();
    for frame in frames {
        let packet = decode(link_type, &frame.bytes, frame.length).expect("it was decoded before");
        if let std::net::IpAddr::V4(source) = packet.ip.source {
            *counts.entry(source.octets()).or_default() += 1;
        }
    }
    let [a, b, c, d] =
        counts.iter().max_by_key(|(_, count)| **count).map_or([10, 0, 0, 1], |(address, _)| *address);
    (format!("{a}.{b}.{c}.{d}"), format!("{a}.{b}.{c}.0/24"))
}

#[test]
fn filters_keep_what_tcpdump_keeps() {
    if Command::new("tcpdump").arg("--version").output().is_err() {
        assert!(
            std::env::var_os("UNANSWERED_REQUIRE_TOOLS").is_none_or(|v| v != "1"),
            "tcpdump is required (UNANSWERED_REQUIRE_TOOLS=1) and not installed"
        );
        eprintln!("skipped: tcpdump is not installed, so filters are not compared with it");
        return;
    }
    let files = [
        "captures/dns/vrouter-out.pcap.zst",
        "captures/story-osa/ntp-a.pcap.zst",
        "battery/snat-port-exhaustion/c1.pcap.zst",
        "battery/dns-fragments-dropped/s2.pcap.zst",
        "protocols/radius/busy.pcap.zst",
        "protocols/snmp/fragments/agent.pcap.zst",
        "nested/n2/nn-und.pcap.zst",
        "nested/n2/nn-any.pcap.zst",
        "nested/n3/merged.pcapng.zst",
    ];
    let (mut plain_kept, mut special_kept, mut more) = (0, 0, 0);
    for name in files {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata").join(name);
        let (link_type, frames) = frames(&file);
        let capture = Numbered::new(link_type, &frames);
        let (address, net) = busiest(link_type, &frames);
        for expression in EXPRESSIONS {
            // A cooked header has no destination, which tcpdump refuses to compare.
            if expression.starts_with("ether") && link_type != LinkType::Ethernet {
                continue;
            }
            let expression = expression.replace(ADDRESS, &address).replace("NET", &net);
            let filter = CaptureFilter::parse(&expression).expect("a filter");
            let negates = expression.contains("not") || expression.contains('!');
            let theirs = capture.kept_by_tcpdump(&expression, frames.len());
            for (number, (frame, theirs)) in frames.iter().zip(theirs).enumerate() {
                let packet = decode(link_type, &frame.bytes, frame.length).expect("it was decoded before");
                let ours = filter.matches(&packet);
                let place = || format!("{name}, frame {number}, {expression}: {packet:?}");
                if frame.plain {
                    assert_eq!(ours, theirs, "{}", place());
                    plain_kept += u32::from(ours);
                } else if theirs && !negates {
                    assert!(ours, "{}", place());
                    special_kept += 1;
                } else if ours && !theirs {
                    more += 1;
                }
            }
        }
    }
    eprintln!(
        "{plain_kept} plain frames kept by both; of the others {special_kept} by both, {more} only by us"
    );
    assert!(
        plain_kept > 50_000 && special_kept > 1_000 && more > 1_000,
        "{plain_kept} {special_kept} {more}"
    );
}
