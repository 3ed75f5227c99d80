//! The tree asked about a packet.
//!
//! A frame may hold several packets: the innermost, the one that an ICMP error quotes, and those of the tunnels
//! around. What is asked of one holds if it holds for any of them.

use super::tree::{Carrier, Chain, Direction, Join, Network, Primitive, Term, number};
use std::net::IpAddr;
use unanswered_wire::{Ip, Link, Packet, QuotedTransport, Transport, Tunnel, TunnelKind};

/// What is known of an answer, from least to most: `and` is the least of two, `or` the greatest, `not` the mirror.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Answer {
    No,
    /// Only ports could tell, and a later fragment has none.
    Perhaps,
    Yes,
}

impl From<bool> for Answer {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

/// The ports of one packet.
#[derive(Clone, Copy)]
enum Ports {
    None,
    /// It has some, in another fragment.
    Elsewhere,
    Known(u16, u16),
    /// A tunnel over UDP: the source, and all ports that such a tunnel goes to.
    Tunnel(u16, &'static [u16]),
}

/// One of the packets in a frame.
#[derive(Clone, Copy)]
struct Layer {
    source: IpAddr,
    destination: IpAddr,
    /// The transport's number; two where the decoded packet does not say which.
    protocols: [u8; 2],
    ports: Ports,
    /// ARP has addresses and no IP.
    arp: bool,
}

pub(super) fn chain(chain: &Chain, packet: &Packet<'_>) -> Answer {
    chain.rest.iter().fold(term(&chain.first, packet), |so_far, (join, next)| match (join, so_far) {
        (Join::And, Answer::No) | (Join::Or, Answer::Yes) => so_far,
        (Join::And, _) => so_far.min(term(next, packet)),
        (Join::Or, _) => so_far.max(term(next, packet)),
    })
}

fn term(asked: &Term, packet: &Packet<'_>) -> Answer {
    match asked {
        Term::Is(asked) => primitive(asked, packet),
        Term::Not(asked) => match term(asked, packet) {
            Answer::No => Answer::Yes,
            Answer::Perhaps => Answer::Perhaps,
            Answer::Yes => Answer::No,
        },
        Term::Group(asked) => chain(asked, packet),
    }
}

fn primitive(asked: &Primitive, packet: &Packet<'_>) -> Answer {
    match *asked {
        Primitive::Address { network, direction, prefix } => any(packet, |layer| {
            let ends = either(direction, prefix.contains(layer.source), prefix.contains(layer.destination));
            (ends && layer.is_of(network)).into()
        }),
        Primitive::Port { carrier, direction, low, high } => any(packet, |layer| {
            let transports: &[u8] = match carrier {
                Carrier::Any => &[number::TCP, number::UDP],
                Carrier::Tcp => &[number::TCP],
                Carrier::Udp => &[number::UDP],
            };
            if !layer.protocols.iter().any(|protocol| transports.contains(protocol)) {
                return Answer::No;
            }
            let within = |port| (low..=high).contains(&port);
            match layer.ports {
                Ports::None => Answer::No,
                Ports::Elsewhere => Answer::Perhaps,
                Ports::Known(source, destination) => {
                    either(direction, within(source), within(destination)).into()
                }
                Ports::Tunnel(source, destinations) => {
                    either(direction, within(source), destinations.iter().any(|port| within(*port))).into()
                }
            }
        }),
        Primitive::Protocol { network, number } => any(packet, |layer| {
            (layer.protocols.contains(&number) && !layer.arp && layer.is_of(network)).into()
        }),
        Primitive::Network(network) => any(packet, |layer| layer.is_of(network).into()),
        Primitive::Vlan(id) => {
            let Link { vlan_outer, vlan_inner, .. } = packet.link;
            id.map_or(vlan_outer.is_some(), |_| vlan_outer == id || vlan_inner == id).into()
        }
        Primitive::Hardware { direction, address } => {
            let is = |end| end == Some(address);
            either(direction, is(packet.link.source), is(packet.link.destination)).into()
        }
        Primitive::Less(length) => (packet.frame_length <= length).into(),
        Primitive::Greater(length) => (packet.frame_length >= length).into(),
    }
}

const fn either(direction: Direction, source: bool, destination: bool) -> bool {
    match direction {
        Direction::Either => source || destination,
        Direction::Source => source,
        Direction::Destination => destination,
        Direction::Both => source && destination,
    }
}

/// The best answer of all packets in the frame.
fn any(packet: &Packet<'_>, ask: impl Fn(&Layer) -> Answer) -> Answer {
    let innermost = Layer::of(&packet.ip, ports(&packet.ip, &packet.transport));
    let mut best = ask(&Layer { arp: is_arp(packet), ..innermost });
    if best < Answer::Yes
        && let Transport::Error(error) = &packet.transport
    {
        best = best.max(ask(&Layer::of(&error.quoted, quoted_ports(&error.quoted, &error.quoted_transport))));
    }
    let mut tunnels = packet.tunnels.iter().flatten().peekable();
    while best < Answer::Yes
        && let Some(tunnel) = tunnels.next()
    {
        let inside = tunnels.peek().map_or(packet.ip.source, |inside| inside.source);
        best = best.max(ask(&Layer::around(tunnel, inside)));
    }
    best
}

impl Layer {
    fn of(ip: &Ip, ports: Ports) -> Self {
        Self {
            source: ip.source,
            destination: ip.destination,
            protocols: [ip.protocol; 2],
            ports,
            arp: false,
        }
    }

    /// The packet of a tunnel; `inside` is an address of the packet that it carries.
    fn around(tunnel: &Tunnel, inside: IpAddr) -> Self {
        let destinations: &[u16] = match tunnel.kind {
            TunnelKind::Vxlan => &[4789, 8472],
            TunnelKind::Geneve => &[6081],
            TunnelKind::Mpls => &[6635],
            TunnelKind::Gre | TunnelKind::IpInIp => &[],
        };
        let protocols = match tunnel.kind {
            _ if tunnel.source_port.is_some() => [number::UDP; 2],
            TunnelKind::IpInIp if inside.is_ipv4() => [number::IPV4; 2],
            TunnelKind::IpInIp => [number::IPV6; 2],
            TunnelKind::Gre => [number::GRE; 2],
            TunnelKind::Mpls | TunnelKind::Vxlan | TunnelKind::Geneve => [number::GRE, number::MPLS],
        };
        let ports = tunnel.source_port.map_or(Ports::None, |source| Ports::Tunnel(source, destinations));
        Self { source: tunnel.source, destination: tunnel.destination, protocols, ports, arp: false }
    }

    const fn is_of(&self, network: Network) -> bool {
        match network {
            Network::Any => true,
            Network::V4 => self.source.is_ipv4() && !self.arp,
            Network::V6 => self.source.is_ipv6(),
            Network::Arp => self.arp,
        }
    }
}

/// Whether it is ARP, which has addresses and no IP.
const fn is_arp(packet: &Packet<'_>) -> bool {
    !packet.has_ip_header()
}

fn ports(ip: &Ip, transport: &Transport<'_>) -> Ports {
    match transport {
        Transport::Udp(udp) => Ports::Known(udp.source_port, udp.destination_port),
        Transport::Tcp(tcp) => Ports::Known(tcp.source_port, tcp.destination_port),
        Transport::LaterFragment => elsewhere(ip),
        Transport::Echo(_) | Transport::Error(_) | Transport::Neighbour(_) | Transport::Other(_) => {
            Ports::None
        }
    }
}

fn quoted_ports(ip: &Ip, transport: &QuotedTransport<'_>) -> Ports {
    match *transport {
        QuotedTransport::Udp { source_port, destination_port, .. }
        | QuotedTransport::Tcp { source_port, destination_port, .. } => {
            Ports::Known(source_port, destination_port)
        }
        QuotedTransport::Echo { .. } => Ports::None,
        QuotedTransport::Other => elsewhere(ip),
    }
}

/// The ports of a packet whose beginning is not here.
const fn elsewhere(ip: &Ip) -> Ports {
    match ip.protocol {
        number::TCP | number::UDP => Ports::Elsewhere,
        _ => Ports::None,
    }
}
