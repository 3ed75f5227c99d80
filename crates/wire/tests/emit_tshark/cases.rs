//! One frame of each kind that can be emitted, and what tshark has to find in it.

use std::net::IpAddr;
use unanswered_wire::Tcp;
use unanswered_wire::emit::dns::{Query, Response};
use unanswered_wire::emit::{
    self, CannotEmit, Content, Ethernet, GeneveOption, Inner, IpHeader, Ipv4, Ipv6, Outer, Vlan, dns,
};

/// A frame, its layers as `frame.protocols` has them, and the values of some fields.
pub(crate) struct Case {
    pub(crate) layers: &'static str,
    pub(crate) fields: &'static [(&'static str, &'static str)],
    pub(crate) frame: Vec<u8>,
}

/// All of them. Requests have their replies where tshark would warn of their absence.
pub(crate) fn cases() -> Vec<Case> {
    let groups = [plain(), tagged(), errors(), segments(), messages(), tunnels(), version_6(), fragments()];
    groups.into_iter().flatten().collect()
}

const CLIENT: [u8; 4] = [10, 1, 1, 2];
const SERVER: [u8; 4] = [10, 9, 9, 21];

const PLAIN: Ethernet<'_> =
    Ethernet { destination: [2, 0, 0, 0, 0, 1], source: [2, 0, 0, 0, 0, 2], vlans: &[], padded: false };

fn v4(identification: u16) -> Ipv4 {
    Ipv4 {
        source: CLIENT.into(),
        destination: SERVER.into(),
        ttl: 64,
        dscp: 0,
        ecn: 0,
        identification,
        dont_fragment: true,
    }
}

fn back(identification: u16) -> Ipv4 {
    Ipv4 { source: SERVER.into(), destination: CLIENT.into(), dont_fragment: false, ..v4(identification) }
}

fn v6() -> Ipv6 {
    Ipv6 {
        source: [0x2001, 0xdb8, 0, 0, 0, 0, 0, 1].into(),
        destination: [0x2001, 0xdb8, 0, 0, 0, 0, 0, 7].into(),
        hop_limit: 64,
        dscp: 0,
        ecn: 0,
        flow_label: 0x12345,
    }
}

fn outer(ip: impl Into<IpHeader>) -> Outer<'static> {
    Outer { ethernet: Some(PLAIN), ip: ip.into() }
}

/// A request of an NTP client (RFC 5905 section 7.3).
fn ntp() -> [u8; 48] {
    let mut message = [0; 48];
    message[..4].copy_from_slice(&[0x23, 0, 6, 0xec]);
    message[40..].copy_from_slice(&[0xec, 1, 2, 3, 4, 5, 6, 7]);
    message
}

fn written(write: impl FnOnce(&mut Vec<u8>) -> Result<(), CannotEmit>) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out).expect("what exists can be emitted");
    out
}

fn packet(ip: impl Into<IpHeader>, content: &Content<'_>) -> Vec<u8> {
    written(|out| emit::ip_packet(out, ip, content))
}

fn frame(vlans: &[Vlan], padded: bool, packet: &[u8]) -> Vec<u8> {
    written(|out| emit::ethernet(out, &Ethernet { vlans, padded, ..PLAIN }, packet))
}

fn udp(source_port: u16, destination_port: u16, payload: &[u8]) -> Content<'_> {
    Content::Udp { source_port, destination_port, payload }
}

fn syn(options: &[u8]) -> Content<'_> {
    Content::Tcp {
        source_port: 40_000,
        destination_port: 80,
        sequence: 0x1234_5678,
        acknowledgement: 0,
        flags: Tcp::SYN,
        window: 64_240,
        options,
        payload: &[],
    }
}

fn plain() -> Vec<Case> {
    let request = frame(&[], false, &packet(v4(1), &udp(123, 123, &ntp())));
    let echo = |request, payload| Content::Echo { request, identifier: 7, sequence: 1, payload };
    let ping = frame(&[], false, &packet(v4(2), &echo(true, &[0x5a; 57])));
    let pong = frame(&[], false, &packet(back(3), &echo(false, &[0x5a; 57])));
    vec![
        Case {
            layers: "eth:ethertype:ip:udp:ntp",
            fields: &[("ip.checksum.status", "1"), ("udp.checksum.status", "1"), ("ntp.flags.mode", "3")],
            frame: request,
        },
        Case {
            layers: "eth:ethertype:ip:icmp:data",
            fields: &[("icmp.checksum.status", "1"), ("icmp.type", "8"), ("icmp.seq", "1")],
            frame: ping,
        },
        Case {
            layers: "eth:ethertype:ip:icmp:data",
            fields: &[("icmp.type", "0"), ("icmp.ident", "7"), ("icmp.resp_to", "2")],
            frame: pong,
        },
    ]
}

fn tagged() -> Vec<Case> {
    let request = packet(v4(4), &udp(123, 123, &ntp()));
    let tag = |id, service_tag| Vlan { id, service_tag };
    vec![
        Case {
            layers: "eth:ethertype:vlan:ethertype:ip:udp:ntp",
            fields: &[("vlan.id", "101"), ("vlan.priority", "0")],
            frame: frame(&[tag(101, false)], false, &request),
        },
        Case {
            layers: "eth:ethertype:ieee8021ad:ethertype:vlan:ethertype:ip:udp:ntp",
            fields: &[("ieee8021ad.id", "300"), ("vlan.id", "200")],
            frame: frame(&[tag(300, true), tag(200, false)], false, &request),
        },
        Case {
            layers: "eth:ethertype:ip:udp:data",
            fields: &[
                ("frame.len", "60"),
                ("eth.padding", "00000000000000000000000000000000"),
                ("udp.length", "10"),
            ],
            frame: frame(&[], true, &packet(v4(5), &udp(40_000, 40_001, &[1, 2]))),
        },
    ]
}

fn errors() -> Vec<Case> {
    let asked = packet(v4(6), &udp(123, 123, &ntp()));
    let long = packet(v4(7), &udp(40_000, 40_001, &[7; 1400]));
    let error = |kind, code, quoted| Content::Error { kind, code, next_hop_mtu: 1400, quoted };
    let router = Ipv4 { dscp: 48, ..back(8) };
    vec![
        Case {
            layers: "eth:ethertype:ip:icmp:ip:udp:ntp",
            fields: &[
                ("icmp.type", "3"),
                ("icmp.code", "3"),
                ("icmp.checksum.status", "1"),
                ("udp.srcport", "123"),
            ],
            frame: frame(&[], false, &packet(router, &error(3, 3, &asked))),
        },
        Case {
            layers: "eth:ethertype:ip:icmp:ip:udp:data",
            fields: &[("icmp.code", "4"), ("icmp.mtu", "1400"), ("frame.len", "590"), ("udp.length", "1408")],
            frame: frame(&[], false, &packet(router, &error(3, 4, &long))),
        },
    ]
}

fn segments() -> Vec<Case> {
    let options = emit::syn_options(1460, Some(7), true, Some((1000, 0)));
    let timestamps = emit::timestamp_option(1001, 2001);
    let data = Content::Tcp {
        source_port: 40_000,
        destination_port: 80,
        sequence: 0x1234_5679,
        acknowledgement: 0x1000_0001,
        flags: Tcp::ACK | 8,
        window: 502,
        options: &timestamps,
        payload: b"GET / HTTP/1.1\r\n\r\n",
    };
    let answer = Content::Tcp {
        source_port: 80,
        destination_port: 40_000,
        sequence: 0x1000_0000,
        acknowledgement: 0x1234_5679,
        flags: Tcp::SYN | Tcp::ACK,
        window: 65_160,
        options: &emit::syn_options(1460, Some(7), true, Some((2000, 1000))),
        payload: &[],
    };
    vec![
        Case {
            layers: "eth:ethertype:ip:tcp",
            fields: &[
                ("tcp.checksum.status", "1"),
                ("tcp.flags", "0x0002"),
                ("tcp.options.mss_val", "1460"),
                ("tcp.options.wscale.shift", "7"),
                ("tcp.options.timestamp.tsval", "1000"),
            ],
            frame: frame(&[], false, &packet(v4(9), &syn(&options))),
        },
        Case {
            layers: "eth:ethertype:ip:tcp",
            fields: &[("tcp.flags", "0x0012"), ("tcp.analysis.acks_frame", "9"), ("tcp.hdr_len", "40")],
            frame: frame(&[], false, &packet(back(0), &answer)),
        },
        Case {
            layers: "eth:ethertype:ip:tcp:http",
            fields: &[
                ("tcp.len", "18"),
                ("tcp.options.timestamp.tsecr", "2001"),
                ("http.request.method", "GET"),
            ],
            frame: frame(&[], false, &packet(v4(10), &data)),
        },
    ]
}

/// A question, a response that answers it, and one that is padded.
fn dns_messages() -> [Vec<u8>; 3] {
    let asked =
        Query { id: 0x4d2, name: "www.example.net", kind: 1, recursion_desired: true, edns: Some(1232) };
    let answers: [IpAddr; 2] = [SERVER.into(), CLIENT.into()];
    let response = Response {
        query: asked,
        rcode: 0,
        authoritative: false,
        recursion_available: true,
        truncated: false,
        answers: &answers,
        ttl: 300,
        edns: Some(1232),
        fill_to: 0,
    };
    let other = Query { id: 0x4d3, kind: 16, ..asked };
    let filled = Response { query: other, answers: &[], fill_to: 1200, ..response };
    [
        written(|out| dns::query(out, &asked)),
        written(|out| dns::response(out, &response)),
        written(|out| dns::response(out, &filled)),
    ]
}

fn messages() -> Vec<Case> {
    let [question, answer, long] = dns_messages();
    let over = |ip, ports: [u16; 2], payload: &[u8]| {
        frame(&[], false, &packet(ip, &udp(ports[0], ports[1], payload)))
    };
    vec![
        Case {
            layers: "eth:ethertype:ip:udp:dns",
            fields: &[
                ("dns.qry.name", "www.example.net"),
                ("dns.flags.recdesired", "1"),
                ("dns.rr.udp_payload_size", "1232"),
            ],
            frame: over(v4(11), [40_001, 53], &question),
        },
        Case {
            layers: "eth:ethertype:ip:udp:dns",
            fields: &[
                ("dns.a", "10.1.1.2"),
                ("dns.count.answers", "2"),
                ("dns.response_to", "12"),
                ("dns.resp.ttl", "300"),
            ],
            frame: over(back(12), [53, 40_001], &answer),
        },
        Case {
            layers: "eth:ethertype:ip:udp:dns",
            fields: &[
                ("udp.length", "1208"),
                ("dns.count.answers", "1"),
                ("dns.resp.type", "41"),
                ("dns.txt.length", "119"),
            ],
            frame: over(back(13), [53, 40_003], &long),
        },
    ]
}

fn tunnels() -> Vec<Case> {
    let request = packet(v4(14), &udp(124, 123, &ntp()));
    let inner = frame(&[], false, &request);
    let [question, ..] = dns_messages();
    let asks = frame(&[], false, &packet(v4(15), &udp(40_005, 53, &question)));
    let around = Ipv4 {
        source: [172, 16, 0, 1].into(),
        destination: [172, 16, 0, 2].into(),
        dont_fragment: false,
        ..v4(16)
    };
    let port = emit::flow_source_port(emit::flow_hash(1, 17, (CLIENT.into(), 124), (SERVER.into(), 123)));
    let option = Some(GeneveOption { class: 0x0102, kind: 0x80, data: 0x0001_0002 });
    vec![
        Case {
            layers: "eth:ethertype:ip:udp:vxlan:eth:ethertype:ip:udp:ntp",
            fields: &[("vxlan.vni", "5001"), ("vxlan.flags", "0x0800"), ("udp.checksum.status", "1")],
            frame: written(|out| emit::vxlan(out, &outer(around), port, 5001, &inner)),
        },
        Case {
            layers: "eth:ethertype:ip:udp:vxlan:eth:ethertype:ip:udp:dns",
            fields: &[("vxlan.vni", "16777215"), ("dns.id", "0x04d2")],
            frame: written(|out| emit::vxlan(out, &outer(around), 40_000, 0xff_ffff, &asks)),
        },
        Case {
            layers: "eth:ethertype:ip:udp:geneve:eth:ethertype:ip:udp:ntp",
            fields: &[("geneve.vni", "0x001389"), ("geneve.options", "")],
            frame: written(|out| {
                emit::geneve(out, &outer(around), port, 5001, None, Inner::Ethernet(&inner))
            }),
        },
        Case {
            layers: "eth:ethertype:ip:udp:geneve:eth:ethertype:ip:udp:ntp",
            fields: &[
                ("geneve.flags.critical", "1"),
                ("geneve.option.class", "0x0102"),
                ("geneve.option.length", "8"),
            ],
            frame: written(|out| {
                emit::geneve(out, &outer(around), port, 5001, option, Inner::Ethernet(&inner))
            }),
        },
        Case {
            layers: "eth:ethertype:ip:udp:geneve:ip:udp:ntp",
            fields: &[("geneve.proto_type", "0x0800")],
            frame: written(|out| emit::geneve(out, &outer(around), port, 5001, None, Inner::Ip(&request))),
        },
        Case {
            layers: "eth:ethertype:ip:gre:eth:ethertype:ip:udp:ntp",
            fields: &[("gre.key", "0x00001389"), ("gre.proto", "0x6558")],
            frame: written(|out| emit::gre(out, &outer(around), Some(5001), Inner::Ethernet(&inner))),
        },
        Case {
            layers: "eth:ethertype:ip:gre:ip:udp:ntp",
            fields: &[("gre.key", ""), ("gre.proto", "0x0800")],
            frame: written(|out| emit::gre(out, &outer(around), None, Inner::Ip(&request))),
        },
        Case {
            layers: "eth:ethertype:ip:ip:udp:ntp",
            fields: &[("ip.ttl", "64")],
            frame: written(|out| emit::ip_in_ip(out, &outer(around), &request)),
        },
    ]
}

fn version_6() -> Vec<Case> {
    let request = packet(v6(), &udp(123, 123, &ntp()));
    let inner = frame(&[], false, &request);
    let error = Content::Error { kind: 2, code: 0, next_hop_mtu: 1400, quoted: &request };
    let echo = |request| Content::Echo { request, identifier: 7, sequence: 2, payload: &[0x5a; 57] };
    let Ipv6 { source, destination, .. } = v6();
    let back = Ipv6 { source: destination, destination: source, ..v6() };
    vec![
        Case {
            layers: "eth:ethertype:ipv6:udp:ntp",
            fields: &[("udp.checksum.status", "1"), ("ipv6.flow", "0x012345")],
            frame: inner.clone(),
        },
        Case {
            layers: "eth:ethertype:ipv6:tcp",
            fields: &[("tcp.checksum.status", "1"), ("tcp.options.mss_val", "1440")],
            frame: frame(&[], false, &packet(v6(), &syn(&emit::syn_options(1440, Some(7), true, None)))),
        },
        Case {
            layers: "eth:ethertype:ipv6:icmpv6:data",
            fields: &[("icmpv6.checksum.status", "1"), ("icmpv6.type", "128")],
            frame: frame(&[], false, &packet(v6(), &echo(true))),
        },
        Case {
            layers: "eth:ethertype:ipv6:icmpv6:data",
            fields: &[("icmpv6.checksum.status", "1"), ("icmpv6.type", "129"), ("icmpv6.resp_to", "25")],
            frame: frame(&[], false, &packet(back, &echo(false))),
        },
        Case {
            layers: "eth:ethertype:ipv6:icmpv6:ipv6:udp:ntp",
            fields: &[("icmpv6.checksum.status", "1"), ("icmpv6.mtu", "1400")],
            frame: frame(&[], false, &packet(v6(), &error)),
        },
        Case {
            layers: "eth:ethertype:ipv6:udp:vxlan:eth:ethertype:ipv6:udp:ntp",
            fields: &[("vxlan.vni", "5001"), ("udp.checksum.status", "1")],
            frame: written(|out| emit::vxlan(out, &outer(v6()), 40_000, 5001, &inner)),
        },
        Case {
            layers: "eth:ethertype:ipv6:ipv6:udp:ntp",
            fields: &[("ipv6.plen", "56")],
            frame: written(|out| emit::ip_in_ip(out, &outer(v6()), &request)),
        },
    ]
}

/// The whole of a datagram is checked with its last fragment; tshark treats the others as data.
fn fragments() -> Vec<Case> {
    let [.., long] = dns_messages();
    let packet = packet(back(17), &udp(53, 40_007, &long));
    let (mut buffer, mut frames) = (Vec::new(), Vec::new());
    emit::fragments(&mut buffer, &packet, 620, |fragment| frames.push(frame(&[], false, fragment)))
        .expect("no don't-fragment bit");
    let last = frames.pop().expect("three fragments");
    let first = frames.into_iter().map(|frame| Case {
        layers: "eth:ethertype:ip:data",
        fields: &[("ip.flags.mf", "1"), ("ip.id", "0x0011"), ("ip.len", "620")],
        frame,
    });
    let last = Case {
        layers: "eth:ethertype:ip:udp:dns",
        fields: &[
            ("ip.flags.mf", "0"),
            ("udp.checksum.status", "1"),
            ("udp.length", "1208"),
            ("ip.fragment.count", "3"),
        ],
        frame: last,
    };
    first.chain([last]).collect()
}
