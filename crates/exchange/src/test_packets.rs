//! Packets made by hand for the tests of this crate.

use crate::{Exchanges, FrameId, Pairer, PairerConfig};
use std::net::IpAddr;
use unanswered_capture::{Vantage, VantageId};
use unanswered_table::Outcome;
use unanswered_table::Reason;
use unanswered_wire::{
    Direction, IcmpEcho, IcmpError, Ip, Link, LinkType, Packet, QuotedTransport, TUNNELS_MAX, Tcp, Time,
    Transport, Udp,
};

/// A packet at a vantage point, with its time in milliseconds.
#[derive(Clone, Debug)]
pub(crate) struct At(pub(crate) i64, pub(crate) u16, pub(crate) Made);

#[derive(Clone, Debug)]
pub(crate) struct Made {
    link: Link,
    ip: Ip,
    body: Body,
}

#[derive(Clone, Debug)]
enum Body {
    Udp { from: u16, to: u16, payload: Vec<u8> },
    Tcp { from: u16, to: u16, flags: u16, sequence: u32, acknowledgement: u32, data: u32, payload: Vec<u8> },
    Echo { request: bool, identifier: u16, sequence: u16 },
    Error { kind: u8, code: u8, quoted: Box<Made> },
    LaterFragment,
}

impl Made {
    pub(crate) fn set_identification(&mut self, id: u32) {
        self.ip.identification = Some(id);
    }

    /// Hardware addresses, told apart by their last byte.
    pub(crate) fn hardware(mut self, source: u8, destination: u8) -> Self {
        self.link.source = Some([2, 0, 0, 0, 0, source]);
        self.link.destination = Some([2, 0, 0, 0, 0, destination]);
        self
    }

    /// The direction that a pcapng file says beside it.
    pub(crate) fn flagged(mut self, direction: Direction) -> Self {
        self.link.flagged_direction = Some(direction);
        self
    }

    /// A frame to all on the link.
    pub(crate) fn hardware_to_all(mut self) -> Self {
        self.link.destination = Some([0xff; 6]);
        self
    }

    /// TCP data of this many bytes (none of them captured).
    pub(crate) fn data(mut self, bytes: u32) -> Self {
        if let Body::Tcp { data, .. } = &mut self.body {
            *data = bytes;
        }
        self
    }

    /// TCP data that was captured.
    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        if let Body::Tcp { data, payload, .. } = &mut self.body {
            *data = u32::try_from(bytes.len()).unwrap();
            *payload = bytes.to_vec();
        }
        self
    }

    /// Other bytes at that place of a UDP payload.
    pub(crate) fn overwritten(mut self, at: usize, bytes: &[u8]) -> Self {
        if let Body::Udp { payload, .. } = &mut self.body {
            payload[at..at + bytes.len()].copy_from_slice(bytes);
        }
        self
    }

    pub(crate) fn ttl(mut self, ttl: u8) -> Self {
        self.ip.ttl = ttl;
        self
    }

    pub(crate) fn fragment(mut self, id: u32, offset: u32, length: u32, more: bool) -> Self {
        self.ip.identification = Some(id);
        self.ip.fragment_offset = offset;
        self.ip.payload_length = length;
        self.ip.more_fragments = more;
        if offset > 0 {
            self.body = Body::LaterFragment;
        }
        self
    }

    /// Lends the packet.
    pub(crate) fn with<R>(&self, take: impl FnOnce(&Packet<'_>) -> R) -> R {
        let transport = match &self.body {
            Body::Udp { from, to, payload } => Transport::Udp(Udp {
                source_port: *from,
                destination_port: *to,
                length: u16::try_from(payload.len() + 8).unwrap(),
                checksum: 1,
                payload,
            }),
            Body::Tcp { from, to, flags, sequence, acknowledgement, data, payload } => Transport::Tcp(Tcp {
                source_port: *from,
                destination_port: *to,
                sequence: *sequence,
                acknowledgement: *acknowledgement,
                flags: *flags,
                window: 1000,
                options: &[],
                payload_length: *data,
                payload,
            }),
            Body::Echo { request, identifier, sequence } => Transport::Echo(IcmpEcho {
                request: *request,
                identifier: *identifier,
                sequence: *sequence,
                payload: b"payload",
            }),
            Body::Error { kind, code, quoted } => {
                let quoted_transport = match &quoted.body {
                    Body::Udp { from, to, payload } => {
                        QuotedTransport::Udp { source_port: *from, destination_port: *to, payload }
                    }
                    Body::Echo { identifier, sequence, .. } => {
                        QuotedTransport::Echo { identifier: *identifier, sequence: *sequence }
                    }
                    Body::Tcp { .. } | Body::Error { .. } | Body::LaterFragment => QuotedTransport::Other,
                };
                Transport::Error(IcmpError {
                    v6: false,
                    kind: *kind,
                    code: *code,
                    quoted: quoted.ip,
                    quoted_transport,
                })
            }
            Body::LaterFragment => Transport::LaterFragment,
        };
        take(&Packet {
            link: self.link,
            tunnels: [None; TUNNELS_MAX],
            ip: self.ip,
            transport,
            frame_length: 100,
            cut_short: false,
        })
    }
}

fn ip(source: &str, destination: &str, protocol: u8, payload: usize) -> Ip {
    let source: IpAddr = source.parse().unwrap();
    let length = u32::try_from(payload).unwrap();
    Ip {
        source,
        destination: destination.parse().unwrap(),
        ttl: 64,
        dscp: 0,
        ecn: 0,
        total_length: length + 20,
        header_length: 20,
        identification: Some(0),
        dont_fragment: false,
        more_fragments: false,
        fragment_offset: 0,
        flow_label: None,
        protocol,
        payload_length: length,
    }
}

/// UDP with any payload.
pub(crate) fn udp(source: &str, from: u16, destination: &str, to: u16, payload: Vec<u8>) -> Made {
    Made {
        link: Link::default(),
        ip: ip(source, destination, 17, payload.len() + 8),
        body: Body::Udp { from, to, payload },
    }
}

/// NTP of that mode; `stamp` is the request's transmit timestamp.
pub(crate) fn ntp(source: &str, from: u16, destination: &str, to: u16, mode: u8, stamp: u64) -> Made {
    let mut payload = vec![0u8; 48];
    payload[0] = 0x20 | mode;
    payload[1] = 2;
    let stamp = (0xe000_0000_0000_0000 + stamp).to_be_bytes();
    if mode == 4 {
        payload[24..32].copy_from_slice(&stamp);
        payload[40..48].copy_from_slice(&0xe000_0000_1234_5678_u64.to_be_bytes());
    } else {
        payload[40..48].copy_from_slice(&stamp);
    }
    udp(source, from, destination, to, payload)
}

/// A DNS query for an address, or a reply to it with a response code.
pub(crate) fn dns(
    source: &str,
    from: u16,
    destination: &str,
    to: u16,
    id: u16,
    name: &str,
    code: Option<u8>,
) -> Made {
    let mut payload = id.to_be_bytes().to_vec();
    payload.extend(code.map_or([0x01, 0x00], |c| [0x81, 0x80 | c]));
    payload.extend([0, 1, 0, 0, 0, 0, 0, 0]);
    for label in name.split('.') {
        payload.push(u8::try_from(label.len()).unwrap());
        payload.extend(label.as_bytes());
    }
    payload.extend([0, 0, 1, 0, 1]);
    udp(source, from, destination, to, payload)
}

pub(crate) fn tcp(
    source: &str,
    from: u16,
    destination: &str,
    to: u16,
    flags: u16,
    sequence: u32,
    acknowledgement: u32,
) -> Made {
    Made {
        link: Link::default(),
        ip: ip(source, destination, 6, 20),
        body: Body::Tcp { from, to, flags, sequence, acknowledgement, data: 0, payload: Vec::new() },
    }
}

pub(crate) fn echo(source: &str, destination: &str, request: bool, identifier: u16, sequence: u16) -> Made {
    Made {
        link: Link::default(),
        ip: ip(source, destination, 1, 15),
        body: Body::Echo { request, identifier, sequence },
    }
}

/// An ICMP error about a packet, sent to its source.
pub(crate) fn icmp_error(source: &str, kind: u8, code: u8, about: &Made) -> Made {
    Made {
        link: Link::default(),
        ip: ip(source, &about.ip.source.to_string(), 1, 60),
        body: Body::Error { kind, code, quoted: Box::new(about.clone()) },
    }
}

/// Pairs the packets and compares outcomes and reasons, request by request; a reply that only passed counts as one.
pub(crate) fn check(packets: &[At], expected: &[(Outcome, Reason)]) -> Exchanges {
    let all = read(packets, PairerConfig::default(), Vec::new());
    // Hand-made packets have one time to live, so that none says whether the reply arrived.
    let plain = |reason| if reason == Reason::PassedHere { Reason::Plain } else { reason };
    let found: Vec<_> = all.iter().map(|e| (e.outcome(), plain(e.reason()))).collect();
    assert_eq!(found, expected);
    all
}

/// Pairs and joins the packets.
pub(crate) fn read(packets: &[At], config: PairerConfig, vantages: Vec<Vantage>) -> Exchanges {
    let mut pairer = Pairer::new(config);
    for (At(milliseconds, vantage, made), number) in packets.iter().zip(1..) {
        let now = Time::from_nanoseconds(milliseconds * 1_000_000);
        let id = FrameId { vantage: VantageId(*vantage), input: 0, number };
        made.with(|packet| pairer.handle_packet(now, id, packet));
    }
    Exchanges::new(pairer, vantages, Vec::new())
}

/// A vantage point of that name whose capture lost this many packets.
pub(crate) fn vantage(name: &str, dropped: Option<u64>) -> Vantage {
    Vantage {
        name: name.to_owned(),
        file: name.into(),
        interface: None,
        description: None,
        link_type: LinkType::Ethernet,
        application: None,
        dropped,
        frames: 0,
    }
}
