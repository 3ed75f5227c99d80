//! Link layers: down to the bytes of the first network header.
//!
//! Only the two outermost VLAN tags are kept, any more are skipped: what
//! tells a fault apart is the tag that switches look at.

use crate::bytes::{array_at, u16_at, u32_at};
use crate::{Direction, Link, LinkType, NotUnderstood};
use etherparse::{EtherType, Ethernet2HeaderSlice, SingleVlanHeaderSlice};

/// What a link header says comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Network<'a> {
    /// IPv4 or IPv6; the version field decides.
    Ip(&'a [u8]),
    /// A stack of MPLS labels.
    Mpls(&'a [u8]),
    /// ARP.
    Arp(&'a [u8]),
}

impl LinkType {
    /// The link type of a `LINKTYPE_*` number as pcap and pcapng files carry it. The upper 16 bits
    /// (length of the frame check sequence) are ignored.
    #[must_use]
    pub const fn from_number(number: u32) -> Self {
        match (number & 0xffff) as u16 {
            0 => Self::Null,
            1 => Self::Ethernet,
            12 | 14 | 101 => Self::Raw,
            108 => Self::Loop,
            113 => Self::LinuxSll,
            228 => Self::Ipv4,
            229 => Self::Ipv6,
            276 => Self::LinuxSll2,
            other => Self::Other(other),
        }
    }

    /// The `LINKTYPE_*` number.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::Null => 0,
            Self::Ethernet => 1,
            Self::Raw => 101,
            Self::Loop => 108,
            Self::LinuxSll => 113,
            Self::Ipv4 => 228,
            Self::Ipv6 => 229,
            Self::LinuxSll2 => 276,
            Self::Other(number) => number,
        }
    }
}

/// The link type of a `LINKTYPE_*` number; see [`LinkType::from_number`].
#[must_use]
pub const fn link_type_from_number(number: u32) -> LinkType {
    LinkType::from_number(number)
}

/// Reads the link header of an outermost frame.
#[inline(always)]
pub(crate) fn read(link_type: LinkType, bytes: &[u8]) -> Result<(Link, Network<'_>), NotUnderstood> {
    let ip = |bytes| Ok((Link::default(), Network::Ip(bytes)));
    match link_type {
        LinkType::Ethernet => ethernet(bytes),
        LinkType::LinuxSll => cooked_v1(bytes),
        LinkType::LinuxSll2 => cooked_v2(bytes),
        LinkType::Raw | LinkType::Ipv4 | LinkType::Ipv6 => ip(bytes),
        LinkType::Null | LinkType::Loop => ip(loopback(bytes)?),
        LinkType::Other(number) => Err(NotUnderstood::LinkType(number)),
    }
}

/// Ethernet II (and LLC/SNAP that carries an ether type), with VLAN tags.
#[inline(always)]
pub(crate) fn ethernet(bytes: &[u8]) -> Result<(Link, Network<'_>), NotUnderstood> {
    let header = Ethernet2HeaderSlice::from_slice(bytes).map_err(|_| NotUnderstood::CutShort)?;
    let mut link =
        Link { destination: Some(header.destination()), source: Some(header.source()), ..Link::default() };
    let rest = bytes.get(header.slice().len()..).unwrap_or_default();
    let network = network(header.ether_type(), rest, &mut link)?;
    Ok((link, network))
}

/// `LINKTYPE_LINUX_SLL`. By hand: etherparse rejects packet and hardware types that it has no name
/// for.
fn cooked_v1(bytes: &[u8]) -> Result<(Link, Network<'_>), NotUnderstood> {
    const LENGTH: usize = 16;
    let rest = bytes.get(LENGTH..).ok_or(NotUnderstood::CutShort)?;
    let mut link = Link {
        source: cooked_address(bytes, u16_at(bytes, 4), 6),
        direction: u16_at(bytes, 0).and_then(direction),
        ..Link::default()
    };
    let ether_type = u16_at(bytes, 14).ok_or(NotUnderstood::CutShort)?;
    let network = network(EtherType(ether_type), rest, &mut link)?;
    Ok((link, network))
}

/// `LINKTYPE_LINUX_SLL2`, which etherparse does not have.
fn cooked_v2(bytes: &[u8]) -> Result<(Link, Network<'_>), NotUnderstood> {
    const LENGTH: usize = 20;
    let rest = bytes.get(LENGTH..).ok_or(NotUnderstood::CutShort)?;
    let [kind, address_length] = array_at(bytes, 10).ok_or(NotUnderstood::CutShort)?;
    let mut link = Link {
        source: cooked_address(bytes, Some(u16::from(address_length)), 12),
        direction: direction(u16::from(kind)),
        interface_index: u32_at(bytes, 4),
        ..Link::default()
    };
    let ether_type = u16_at(bytes, 0).ok_or(NotUnderstood::CutShort)?;
    let network = network(EtherType(ether_type), rest, &mut link)?;
    Ok((link, network))
}

fn cooked_address(bytes: &[u8], length: Option<u16>, offset: usize) -> Option<[u8; 6]> {
    if length == Some(6) { array_at(bytes, offset) } else { None }
}

/// `PACKET_*` in `linux/if_packet.h`: host, broadcast, multicast, other host, outgoing.
const fn direction(packet_type: u16) -> Option<Direction> {
    match packet_type {
        0..=2 => Some(Direction::In),
        3 => Some(Direction::Other),
        4 => Some(Direction::Out),
        _ => None,
    }
}

/// `LINKTYPE_NULL` and `LINKTYPE_LOOP`: an address family, 2 for IPv4; IPv6 is 24, 28 or 30 on the
/// BSDs and 10 on Linux. Small numbers are told apart from byte-swapped ones by their size.
fn loopback(bytes: &[u8]) -> Result<&[u8], NotUnderstood> {
    let family = u32_at(bytes, 0).ok_or(NotUnderstood::CutShort)?;
    match family.min(family.swap_bytes()) {
        2 | 10 | 24 | 28 | 30 => Ok(bytes.get(4..).unwrap_or_default()),
        _ => Err(NotUnderstood::NotIp),
    }
}

/// Follows VLAN tags and LLC/SNAP to the network header.
#[inline]
fn network<'a>(
    ether_type: EtherType,
    bytes: &'a [u8],
    link: &mut Link,
) -> Result<Network<'a>, NotUnderstood> {
    match ether_type.0 {
        0x0800 | 0x86dd => Ok(Network::Ip(bytes)),
        _ => {
            let (tags, network) = tagged(ether_type, bytes)?;
            [link.vlan_outer, link.vlan_inner] = tags;
            Ok(network)
        }
    }
}

/// The two outermost VLAN ids, and what comes after all of them.
fn tagged(
    mut ether_type: EtherType,
    mut bytes: &[u8],
) -> Result<([Option<u16>; 2], Network<'_>), NotUnderstood> {
    let mut tags = [None; 2];
    loop {
        match ether_type.0 {
            0x0800 | 0x86dd => return Ok((tags, Network::Ip(bytes))),
            0x8847 | 0x8848 => return Ok((tags, Network::Mpls(bytes))),
            0x0806 => return Ok((tags, Network::Arp(bytes))),
            0x8100 | 0x88a8 | 0x9100 => {
                let tag = SingleVlanHeaderSlice::from_slice(bytes).map_err(|_| NotUnderstood::CutShort)?;
                let id = tag.vlan_identifier().value();
                if let Some(slot) = tags.iter_mut().find(|slot| slot.is_none()) {
                    *slot = Some(id);
                }
                ether_type = tag.ether_type();
                bytes = bytes.get(tag.slice().len()..).unwrap_or_default();
            }
            // Below 0x600 the field is a length (IEEE 802.3); SNAP then has the ether type.
            0..0x600 => {
                if array_at(bytes, 0) != Some([0xaa, 0xaa, 3, 0, 0, 0]) {
                    return Err(NotUnderstood::NotIp);
                }
                ether_type = EtherType(u16_at(bytes, 6).ok_or(NotUnderstood::CutShort)?);
                if ether_type.0 < 0x600 {
                    return Err(NotUnderstood::NotIp);
                }
                bytes = bytes.get(8..).unwrap_or_default();
            }
            _ => return Err(NotUnderstood::NotIp),
        }
    }
}
