//! ARP (RFC 826) and IPv6 neighbour discovery (RFC 4861): who on this link has that address.

use crate::bytes::{array_at, u16_at};
use crate::{Ip, Link, Neighbour, NeighbourKind, NotUnderstood, Other, Transport};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Types of ICMPv6 (RFC 4861 sections 4.3 and 4.4).
pub(crate) const SOLICITATION: u8 = 135;
pub(crate) const ADVERTISEMENT: u8 = 136;

/// Bytes of either message before its options.
const MESSAGE: usize = 24;

/// Reads an ARP packet. Only Ethernet addresses for IPv4 ones are read, and only requests and replies: RARP (RFC 903),
/// `InARP` (RFC 2390) and other address families ask something else.
#[cold]
pub(crate) fn arp<'a>(bytes: &[u8], link: &Link) -> Result<(Ip, Transport<'a>), NotUnderstood> {
    const ETHERNET: u16 = 1;
    const IPV4: u16 = 0x0800;
    let field = |offset| u16_at(bytes, offset).ok_or(NotUnderstood::CutShort);
    if (field(0)?, field(2)?) != (ETHERNET, IPV4) {
        return Err(NotUnderstood::NotIp);
    }
    if field(4)? != 0x0604 {
        return Err(NotUnderstood::Malformed);
    }
    let asks = match field(6)? {
        1 => true,
        2 => false,
        _ => return Err(NotUnderstood::NotIp),
    };
    let hardware = |offset| array_at::<6>(bytes, offset).ok_or(NotUnderstood::CutShort);
    let address = |offset| array_at(bytes, offset).map(Ipv4Addr::from).ok_or(NotUnderstood::CutShort);
    let (sender, sender_hardware) = (address(14)?, hardware(8)?);
    let (target, target_hardware) = (address(24)?, hardware(18)?);
    let kind = match (asks, sender.is_unspecified()) {
        (_, false) if sender == target => NeighbourKind::Announcement,
        (true, true) => NeighbourKind::Probe,
        (true, false) => NeighbourKind::Request,
        // Somebody defends the address that a probe asked about.
        (false, _) if target.is_unspecified() => NeighbourKind::Announcement,
        (false, _) => NeighbourKind::Reply,
    };
    let neighbour = Neighbour {
        kind,
        target: IpAddr::V4(if asks { target } else { sender }),
        hardware: Some(sender_hardware),
        asker: Some(if asks { sender_hardware } else { target_hardware }),
        to_all: link.destination.map(is_group),
    };
    Ok((Ip::of_arp(IpAddr::V4(sender), IpAddr::V4(target)), Transport::Neighbour(neighbour)))
}

/// The group bit of a hardware address: broadcast or multicast (IEEE 802 section 8.2).
const fn is_group([first, ..]: [u8; 6]) -> bool {
    first & 1 == 1
}

/// Reads an ICMPv6 message of one of the two types. Those that hosts must ignore (RFC 4861 sections 7.1.1 and 7.1.2; RFC 6980
/// for fragments) mean nothing.
#[cold]
pub(crate) fn discovery<'a>(ip: &Ip, bytes: &[u8]) -> Result<Transport<'a>, NotUnderstood> {
    let whole = ip.payload_length >= u32::try_from(MESSAGE).unwrap_or(u32::MAX) && !ip.more_fragments;
    let [kind, code] = array_at(bytes, 0).ok_or(NotUnderstood::CutShort)?;
    if !whole || code != 0 || ip.ttl != Neighbour::HOP_LIMIT {
        return Ok(Transport::Other(Other::Icmp(kind)));
    }
    let flags = bytes.get(4).ok_or(NotUnderstood::CutShort)?;
    let target = Ipv6Addr::from(array_at::<16>(bytes, 8).ok_or(NotUnderstood::CutShort)?);
    if target.is_multicast() {
        return Ok(Transport::Other(Other::Icmp(kind)));
    }
    let asks = kind == SOLICITATION;
    let to_all = ip.destination.is_multicast();
    let solicited = flags & 0x40 != 0;
    let kind = match (asks, ip.source.is_unspecified()) {
        (true, true) => NeighbourKind::Probe,
        (true, false) => NeighbourKind::Request,
        (false, _) if solicited && !to_all => NeighbourKind::Reply,
        (false, _) => NeighbourKind::Announcement,
    };
    let hardware = option(bytes.get(MESSAGE..).unwrap_or_default(), if asks { 1 } else { 2 });
    Ok(Transport::Neighbour(Neighbour {
        kind,
        target: IpAddr::V6(target),
        hardware,
        asker: hardware.filter(|_| asks),
        to_all: Some(to_all),
    }))
}

/// The hardware address in the first option of that type (RFC 4861 section 4.6.1: 1 for the source's, 2 for the target's).
fn option(mut bytes: &[u8], wanted: u8) -> Option<[u8; 6]> {
    loop {
        let [kind, words] = array_at(bytes, 0)?;
        if kind == wanted && words == 1 {
            return array_at(bytes, 2);
        }
        // A length of zero makes the message invalid, and would keep this loop going.
        let length = usize::from(words) * 8;
        bytes = bytes.get(length..).filter(|_| length > 0)?;
    }
}
