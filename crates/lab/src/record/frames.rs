//! The bytes of a simulated packet, as a real stack would have sent them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use unanswered_clients::TcpSegment;
use unanswered_scenario::model::{InterfaceId, NetworkId, Scenario, ServiceKind};
use unanswered_wire::emit::{self, CannotEmit, Content, Ethernet, Vlan};
use unanswered_wire::{Tcp, TunnelKind};
use unanswered_world::sim_packet::{
    DnsMessage, DnsName, Encapsulation, IP_HEADER, PacketBody, Payload, SimPacket, UDP_HEADER,
};

/// Maximum segment size that hosts announce on Ethernet.
const MSS: u16 = 1460;
/// Window of every segment, the value with which Linux begins.
const WINDOW: u16 = 64_240;
/// Window scale that Linux announces by default.
const WINDOW_SCALE: u8 = 7;
/// Time to live of tunnel packets on Linux.
const TUNNEL_TTL: u8 = 64;
/// Time to live of DNS records, in seconds.
const DNS_TTL: u32 = 300;

/// What frames cross.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crossed {
    /// The network.
    pub network: NetworkId,
    /// Who sends.
    pub from: InterfaceId,
    /// To whom.
    pub to: InterfaceId,
}

/// Makes frames; its buffers are reused.
#[derive(Debug, Default)]
pub struct FrameMaker {
    payload: Vec<u8>,
    packet: Vec<u8>,
    inner: Vec<u8>,
    frame: Vec<u8>,
    pieces: Vec<u8>,
}

impl FrameMaker {
    /// Returns the frames (several when the packet is fragmented) that cross a network.
    ///
    /// # Errors
    /// A packet that cannot exist, e.g. a DNS name that is too long.
    pub fn frames(
        &mut self,
        scenario: &Scenario,
        packet: &SimPacket,
        link: Crossed,
        mut each: impl FnMut(&[u8]),
    ) -> Result<(), CannotEmit> {
        self.packet.clear();
        ip_bytes(scenario, packet, &mut self.payload, &mut self.packet)?;
        let vlans = vlans(scenario, link.network);
        let ethernet = Ethernet {
            destination: hardware_address(link.to),
            source: hardware_address(link.from),
            vlans: &vlans,
            padded: false,
        };
        if let Some(outer) = &packet.outer {
            return self.tunnelled(scenario, outer, &ethernet, &mut each);
        }
        if packet.fragment > 0 && packet.fragment < packet.length {
            let Self { packet: bytes, frame, pieces, .. } = self;
            let mut result = Ok(());
            emit::fragments(pieces, bytes, packet.fragment, |piece| {
                frame.clear();
                match emit::ethernet(frame, &ethernet, piece) {
                    Ok(()) => each(frame),
                    Err(error) => result = Err(error),
                }
            })?;
            return result;
        }
        self.frame.clear();
        emit::ethernet(&mut self.frame, &ethernet, &self.packet)?;
        each(&self.frame);
        Ok(())
    }

    fn tunnelled(
        &mut self,
        scenario: &Scenario,
        outer: &Encapsulation,
        ethernet: &Ethernet<'_>,
        each: &mut impl FnMut(&[u8]),
    ) -> Result<(), CannotEmit> {
        // Innermost tunnel first: each wraps what there is so far.
        let mut chain = Vec::new();
        let mut at = Some(outer);
        while let Some(tunnel) = at {
            chain.push(tunnel);
            at = tunnel.outer.as_deref();
        }
        self.inner.clone_from(&self.packet);
        while let Some(tunnel) = chain.pop() {
            let last = chain.is_empty();
            self.wrap(scenario, tunnel, last.then_some(*ethernet))?;
            self.inner.clone_from(&self.frame);
        }
        each(&self.frame);
        Ok(())
    }

    /// Puts the IP packet in `inner` into an Ethernet frame and that into a tunnel, to `frame`.
    fn wrap(
        &mut self,
        scenario: &Scenario,
        outer: &Encapsulation,
        ethernet: Option<Ethernet<'_>>,
    ) -> Result<(), CannotEmit> {
        let Some(tunnel) = scenario.network(outer.network).tunnel else { return Err(CannotEmit::NotIp) };
        let vlans = vlans(scenario, outer.network);
        let inner = Ethernet {
            destination: hardware_address(outer.to),
            source: hardware_address(outer.from),
            vlans: &vlans,
            padded: false,
        };
        self.payload.clear();
        emit::ethernet(&mut self.payload, &inner, &self.inner)?;
        let ip = emit::Ipv4 {
            source: outer.source,
            destination: outer.destination,
            ttl: TUNNEL_TTL,
            dscp: 0,
            ecn: 0,
            identification: outer.identification,
            dont_fragment: false,
        };
        let around = emit::Outer { ethernet, ip: ip.into() };
        self.frame.clear();
        let frame = &mut self.frame;
        match tunnel.kind {
            TunnelKind::Geneve => emit::geneve(
                frame,
                &around,
                outer.source_port,
                tunnel.identifier,
                None,
                emit::Inner::Ethernet(&self.payload),
            ),
            TunnelKind::Gre => {
                emit::gre(frame, &around, Some(tunnel.identifier), emit::Inner::Ethernet(&self.payload))
            }
            TunnelKind::IpInIp => emit::ip_in_ip(frame, &around, &self.inner),
            TunnelKind::Vxlan | TunnelKind::Mpls => {
                emit::vxlan(frame, &around, outer.source_port, tunnel.identifier, &self.payload)
            }
        }
    }
}

/// The IP packet, whole.
fn ip_bytes(
    scenario: &Scenario,
    packet: &SimPacket,
    payload: &mut Vec<u8>,
    out: &mut Vec<u8>,
) -> Result<(), CannotEmit> {
    let ip = emit::Ipv4 {
        source: packet.source,
        destination: packet.destination,
        ttl: packet.ttl,
        dscp: packet.dscp,
        ecn: packet.ecn,
        identification: packet.identification,
        dont_fragment: packet.dont_fragment && packet.fragment == 0,
    };
    payload.clear();
    match &packet.body {
        PacketBody::Udp { source_port, destination_port, payload: what } => {
            datagram(scenario, what, payload)?;
            let (source_port, destination_port) = (*source_port, *destination_port);
            emit::ip_packet(out, ip, &Content::Udp { source_port, destination_port, payload })
        }
        PacketBody::Tcp(segment) => tcp(ip, segment, out),
        PacketBody::Echo { request, identifier, sequence } => {
            let size = packet.length.saturating_sub(IP_HEADER + UDP_HEADER);
            // As `ping` fills it: 0, 1, 2, ...
            payload.extend((0..size).map(|index| index.to_be_bytes()[1]));
            let (request, identifier, sequence) = (*request, *identifier, *sequence);
            emit::ip_packet(out, ip, &Content::Echo { request, identifier, sequence, payload })
        }
        PacketBody::Error { kind, code, mtu, about } => {
            let mut quoted = Vec::new();
            ip_bytes(scenario, about, payload, &mut quoted)?;
            let content = Content::Error { kind: *kind, code: *code, next_hop_mtu: *mtu, quoted: &quoted };
            emit::ip_packet(out, ip, &content)
        }
    }
}

fn tcp(ip: emit::Ipv4, segment: &TcpSegment, out: &mut Vec<u8>) -> Result<(), CannotEmit> {
    let options = emit::syn_options(MSS, Some(WINDOW_SCALE), true, Some((1, 0)));
    let syn = segment.flags & Tcp::SYN != 0;
    let content = Content::Tcp {
        source_port: segment.source_port,
        destination_port: segment.destination_port,
        sequence: segment.sequence,
        acknowledgement: segment.acknowledgement,
        flags: segment.flags,
        window: if segment.flags & Tcp::RST != 0 { 0 } else { WINDOW },
        options: if syn { &options } else { &[] },
        payload: &[],
    };
    emit::ip_packet(out, ip, &content)
}

fn datagram(scenario: &Scenario, payload: &Payload, out: &mut Vec<u8>) -> Result<(), CannotEmit> {
    match payload {
        Payload::Ntp(header) => out.extend_from_slice(&header.emit()),
        Payload::Dns(message) => dns(scenario, message, out)?,
        Payload::Opaque { number, size } => {
            out.extend_from_slice(&number.to_be_bytes());
            out.resize(usize::from(*size), 0);
        }
    }
    Ok(())
}

fn dns(scenario: &Scenario, message: &DnsMessage, out: &mut Vec<u8>) -> Result<(), CannotEmit> {
    let query = emit::dns::Query {
        id: message.id,
        name: name(scenario, message.name),
        kind: message.kind,
        recursion_desired: true,
        edns: message.edns,
    };
    if !message.response {
        return emit::dns::query(out, &query);
    }
    let address = match message.kind {
        28 => IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
        _ => IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
    };
    let answers = [address];
    let response = emit::dns::Response {
        query,
        rcode: u16::from(message.rcode),
        authoritative: false,
        recursion_available: true,
        truncated: false,
        answers: if message.rcode == 0 { &answers } else { &[] },
        ttl: DNS_TTL,
        edns: message.edns,
        fill_to: message.size,
    };
    emit::dns::response(out, &response)
}

fn name(scenario: &Scenario, name: DnsName) -> &str {
    let service = scenario.host(name.host).services.get(usize::from(name.service));
    match service.map(|service| &service.kind) {
        Some(ServiceKind::DnsClient(client)) => {
            client.names.get(usize::from(name.index)).map_or("", String::as_str)
        }
        _ => "",
    }
}

/// VLAN tags of a network; with two, the outer one is a service tag.
fn vlans(scenario: &Scenario, network: NetworkId) -> Vec<Vlan> {
    let ids = &scenario.network(network).vlans;
    ids.iter()
        .enumerate()
        .map(|(index, id)| Vlan { id: *id, service_tag: ids.len() > 1 && index == 0 })
        .collect()
}

/// A locally administered address that identifies the interface.
#[must_use]
pub fn hardware_address(interface: InterfaceId) -> [u8; 6] {
    let [_, a, b, c] = interface.host.0.to_be_bytes();
    let [_, index] = interface.index.to_be_bytes();
    [0x02, 0x00, a, b, c, index]
}
