//! From a frame's bytes to the innermost packet.

use crate::bytes::length_of;
use crate::link::Network;
use crate::tunnel::{self, Found, Inside};
use crate::{Ip, Link, LinkType, NotUnderstood, Packet, QuotedTransport, TUNNELS_MAX, Transport, Tunnel};
use crate::{Tcp, Udp, ip, link, neighbour, transport};

/// Reads one frame down to its innermost IP packet (or ARP packet). Encapsulations are kept in
/// [`Packet::tunnels`], outermost first. An ICMP error about a tunnel's own packet stays an error
/// that quotes the tunnel's packet.
///
/// # Errors
/// Returns why the frame is not understood. [`NotUnderstood::CutShort`] is only returned when the capture
/// holds fewer bytes than were on the wire; otherwise a header that ends early is
/// [`NotUnderstood::Malformed`].
///
/// ```
/// use unanswered_wire::{LinkType, NotUnderstood, decode};
/// assert_eq!(decode(LinkType::Ethernet, &[0; 10], 60), Err(NotUnderstood::CutShort));
/// ```
pub fn decode(link_type: LinkType, bytes: &[u8], length_on_wire: u32) -> Result<Packet<'_>, NotUnderstood> {
    let cut_short = length_of(bytes) < length_on_wire;
    let blame = |reason| {
        if reason == NotUnderstood::CutShort && !cut_short { NotUnderstood::Malformed } else { reason }
    };
    let (link, network) = link::read(link_type, bytes).map_err(blame)?;
    let bytes = match network {
        Network::Ip(bytes) => bytes,
        Network::Mpls(bytes) => under_labels(bytes).map_err(blame)?,
        Network::Arp(bytes) => return arp(link, bytes, length_on_wire, cut_short).map_err(blame),
    };
    let (ip, payload) = ip::read(bytes).map_err(blame)?;
    let transport = transport::read(&ip, payload).map_err(blame)?;
    let tunnels = [None; TUNNELS_MAX];
    let frame_length = length_on_wire;
    if let Some(found) = tunnel::find(&ip, &transport, payload) {
        let packet = Packet { link, tunnels, ip, transport, frame_length, cut_short };
        return inside(&packet, &found).map_err(blame);
    }
    Ok(Packet { link, tunnels, ip, transport, frame_length, cut_short })
}

/// A packet of ARP. Apart from [`decode`] so that IP stays on a short path.
#[cold]
#[inline(never)]
fn arp<'a>(
    link: Link,
    bytes: &'a [u8],
    frame_length: u32,
    cut_short: bool,
) -> Result<Packet<'a>, NotUnderstood> {
    let (ip, transport) = neighbour::arp(bytes, &link)?;
    Ok(Packet { link, tunnels: [None; TUNNELS_MAX], ip, transport, frame_length, cut_short })
}

/// The packet inside the outermost encapsulation, or the outer one if that is not an encapsulation after
/// all. Apart from [`decode`] so that packets without any stay on a short path.
#[cold]
fn inside<'a>(outer: &Packet<'a>, found: &Found<'a>) -> Result<Packet<'a>, NotUnderstood> {
    let mut packet = *outer;
    Ok(if enter_or_stay(&mut packet, &outer.ip, found, 0)? { packet } else { *outer })
}

/// Reads the IP packet at `bytes`, and the one inside it while there is one.
fn descend<'a>(packet: &mut Packet<'a>, bytes: &'a [u8], depth: usize) -> Result<(), NotUnderstood> {
    let (ip, payload) = ip::read(bytes)?;
    let transport = transport::read(&ip, payload)?;
    if let Some(found) = tunnel::find(&ip, &transport, payload)
        && enter_or_stay(packet, &ip, &found, depth)?
    {
        return Ok(());
    }
    packet.ip = ip;
    packet.transport = transport;
    Ok(())
}

/// Reads what an encapsulation carries; `false` when it is not one after all, or has garbage inside:
/// then the outer packet is the packet.
fn enter_or_stay<'a>(
    packet: &mut Packet<'a>,
    ip: &Ip,
    found: &Found<'a>,
    depth: usize,
) -> Result<bool, NotUnderstood> {
    match enter(packet, ip, found, depth) {
        Ok(()) => return Ok(true),
        Err(NotUnderstood::Malformed) => {}
        Err(NotUnderstood::CutShort) if !packet.cut_short => {}
        Err(NotUnderstood::CutShort | NotUnderstood::NotIp) if !found.certain => {}
        Err(reason) => return Err(reason),
    }
    for slot in packet.tunnels.iter_mut().skip(depth) {
        *slot = None;
    }
    Ok(false)
}

/// Reads what an encapsulation carries.
fn enter<'a>(packet: &mut Packet<'a>, ip: &Ip, found: &Found<'a>, depth: usize) -> Result<(), NotUnderstood> {
    let bytes = match found.inside {
        Inside::Guess(bytes) => tunnel::guess(bytes).ok_or(NotUnderstood::CutShort)?,
        Inside::Ip(_) | Inside::Ethernet(_) | Inside::NotIp => found.inside,
    };
    let bytes = match bytes {
        Inside::Ip(bytes) => bytes,
        Inside::Ethernet(bytes) => {
            let (link, network) = link::ethernet(bytes)?;
            match network {
                Network::Ip(bytes) => bytes,
                Network::Mpls(bytes) => under_labels(bytes)?,
                Network::Arp(bytes) => {
                    (packet.ip, packet.transport) = neighbour::arp(bytes, &link)?;
                    return keep(packet, ip, found, depth);
                }
            }
        }
        Inside::Guess(_) | Inside::NotIp => return Err(NotUnderstood::NotIp),
    };
    keep(packet, ip, found, depth)?;
    descend(packet, bytes, depth + 1)
}

/// Keeps the encapsulation's own header.
fn keep(packet: &mut Packet<'_>, ip: &Ip, found: &Found<'_>, depth: usize) -> Result<(), NotUnderstood> {
    *packet.tunnels.get_mut(depth).ok_or(NotUnderstood::TooDeep)? = Some(Tunnel {
        kind: found.kind,
        source: ip.source,
        destination: ip.destination,
        source_port: found.source_port,
        identifier: found.identifier,
        ttl: ip.ttl,
        dscp: ip.dscp,
    });
    Ok(())
}

/// MPLS straight on a link has no outer IP header to keep: only the path to the IP packet counts.
fn under_labels(bytes: &[u8]) -> Result<&[u8], NotUnderstood> {
    let found = tunnel::mpls(bytes).ok_or(NotUnderstood::CutShort)?;
    let Inside::Guess(bytes) = found.inside else { return Err(NotUnderstood::NotIp) };
    match tunnel::guess(bytes).ok_or(NotUnderstood::CutShort)? {
        Inside::Ip(bytes) => Ok(bytes),
        Inside::Ethernet(bytes) => match link::ethernet(bytes)?.1 {
            Network::Ip(bytes) => Ok(bytes),
            Network::Mpls(_) => Err(NotUnderstood::TooDeep),
            Network::Arp(_) => Err(NotUnderstood::NotIp),
        },
        Inside::Guess(_) | Inside::NotIp => Err(NotUnderstood::NotIp),
    }
}

impl<'a> Packet<'a> {
    /// The packet that an ICMP error quotes, as far as it was quoted, so that a protocol can be
    /// asked for its identity. `None` when this is not an error or the quote has no transport. A quoted
    /// TCP segment counts as a SYN (flags, options and acknowledgement are not quoted).
    #[must_use]
    pub fn quoted(&self) -> Option<Self> {
        let Transport::Error(error) = self.transport else { return None };
        let transport = match error.quoted_transport {
            QuotedTransport::Udp { source_port, destination_port, payload } => Transport::Udp(Udp {
                source_port,
                destination_port,
                length: u16::try_from(error.quoted.payload_length).unwrap_or(0),
                checksum: 0,
                payload,
            }),
            QuotedTransport::Tcp { source_port, destination_port, sequence } => Transport::Tcp(Tcp {
                source_port,
                destination_port,
                sequence,
                acknowledgement: 0,
                flags: Tcp::SYN,
                window: 0,
                options: &[],
                payload_length: 0,
                payload: &[],
            }),
            QuotedTransport::Echo { identifier, sequence } => {
                Transport::Echo(crate::IcmpEcho { request: true, identifier, sequence, payload: &[] })
            }
            QuotedTransport::Other => return None,
        };
        Some(Self {
            link: Link::default(),
            tunnels: [None; TUNNELS_MAX],
            ip: error.quoted,
            transport,
            frame_length: error.quoted.total_length,
            cut_short: true,
        })
    }
}
