//! Encapsulations: what is inside, if it is one.
//!
//! A UDP port alone proves nothing (4789 is an ephemeral port of some client
//! too), so a header must also have its fixed bits right, and the caller goes
//! back to the outer packet when the inside does not parse.

use crate::bytes::{at_most, length_of, u16_at, u32_at};
use crate::ip::number;
use crate::{Ip, Transport, TunnelKind};

/// What an encapsulation carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inside<'a> {
    /// An Ethernet frame.
    Ethernet(&'a [u8]),
    /// An IP packet.
    Ip(&'a [u8]),
    /// Under the labels there is no type field: IP by its version, or Ethernet behind a control word.
    Guess(&'a [u8]),
    /// A payload type that is not followed.
    NotIp,
}

/// An encapsulation's own header, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found<'a> {
    pub(crate) kind: TunnelKind,
    pub(crate) source_port: Option<u16>,
    pub(crate) identifier: Option<u32>,
    pub(crate) inside: Inside<'a>,
    /// The header alone proves the kind; a failure inside is then the inner packet's.
    pub(crate) certain: bool,
}

/// The encapsulation that the packet is, if it looks like one.
#[inline]
pub(crate) fn find<'a>(ip: &Ip, transport: &Transport<'a>, payload: &'a [u8]) -> Option<Found<'a>> {
    match transport {
        Transport::Udp(udp) => {
            let found = match udp.destination_port {
                4789 | 8472 => vxlan(udp.payload),
                6081 => geneve(udp.payload),
                6635 => mpls(udp.payload),
                _ => None,
            }?;
            Some(Found { source_port: Some(udp.source_port), ..found })
        }
        Transport::Other(_) => match ip.protocol {
            number::IPV4 | number::IPV6 => Some(Found {
                kind: TunnelKind::IpInIp,
                source_port: None,
                identifier: None,
                inside: Inside::Ip(payload),
                certain: true,
            }),
            number::GRE => gre(payload),
            number::MPLS => mpls(payload),
            _ => None,
        },
        Transport::Tcp(_)
        | Transport::Echo(_)
        | Transport::Error(_)
        | Transport::Neighbour(_)
        | Transport::LaterFragment => None,
    }
}

/// RFC 7348 section 5: the I flag set, reserved bits zero. Port 8472 is Linux's default from before
/// the standard.
fn vxlan(bytes: &[u8]) -> Option<Found<'_>> {
    let (flags, vni) = (u32_at(bytes, 0)?, u32_at(bytes, 4)?);
    // Group policy (draft-smith-vxlan-group-policy) uses bits 0, 9, 12 and the low half.
    let standard = flags == 0x0800_0000 && vni & 0xff == 0;
    let group_policy = flags & 0xff00_0000 == 0x8800_0000 && vni & 0xff == 0;
    (standard || group_policy).then_some(Found {
        kind: TunnelKind::Vxlan,
        source_port: None,
        identifier: Some(vni >> 8),
        inside: Inside::Ethernet(bytes.get(8..)?),
        certain: true,
    })
}

/// RFC 8926 section 3.4: version 0, options in words of 4 bytes, reserved bits zero.
fn geneve(bytes: &[u8]) -> Option<Found<'_>> {
    let [first, second] = u16_at(bytes, 0)?.to_be_bytes();
    let vni = u32_at(bytes, 4)?;
    if first >> 6 != 0 || second & 0x3f != 0 || vni & 0xff != 0 {
        return None;
    }
    let rest = bytes.get(8 + usize::from(first & 0x3f) * 4..)?;
    Some(Found {
        kind: TunnelKind::Geneve,
        source_port: None,
        identifier: Some(vni >> 8),
        inside: by_ether_type(u16_at(bytes, 2)?, rest)?,
        certain: true,
    })
}

/// RFC 2784 and RFC 2890: version 0 with checksum, key and sequence number as flagged. Routing
/// (RFC 1701) and PPTP's version 1 are not followed.
fn gre(bytes: &[u8]) -> Option<Found<'_>> {
    let flags = u16_at(bytes, 0)?;
    if flags & 0x4fff != 0 {
        return None;
    }
    let mut offset = 4;
    let mut word = |flag: u16| {
        (flags & flag != 0).then(|| {
            offset += 4;
            offset - 4
        })
    };
    let _checksum = word(0x8000);
    let key = word(0x2000).and_then(|at| u32_at(bytes, at));
    let _sequence = word(0x1000);
    let ether_type = u16_at(bytes, 2)?;
    let rest = bytes.get(offset..)?;
    if matches!(ether_type, 0x8847 | 0x8848) {
        return mpls(rest);
    }
    Some(Found {
        kind: TunnelKind::Gre,
        source_port: None,
        identifier: key,
        inside: by_ether_type(ether_type, rest)?,
        certain: true,
    })
}

/// A payload type of 0 (Geneve, GRE keep-alives) or one that is not registered is no proof.
fn by_ether_type(ether_type: u16, rest: &[u8]) -> Option<Inside<'_>> {
    match ether_type {
        0x6558 => Some(Inside::Ethernet(rest)),
        0x0800 | 0x86dd => Some(Inside::Ip(rest)),
        0x0600.. => Some(Inside::NotIp),
        _ => None,
    }
}

/// A label stack (RFC 3032); the identifier is the label at its bottom, the service's.
pub(crate) fn mpls(mut bytes: &[u8]) -> Option<Found<'_>> {
    for _ in 0..MPLS_LABELS_MAX {
        let entry = u32_at(bytes, 0)?;
        bytes = bytes.get(4..)?;
        if entry & 0x100 != 0 {
            return Some(Found {
                kind: TunnelKind::Mpls,
                source_port: None,
                identifier: Some(entry >> 12),
                inside: Inside::Guess(bytes),
                certain: false,
            });
        }
    }
    None
}

/// Deeper stacks than this are not seen; the bound keeps garbage from being walked.
const MPLS_LABELS_MAX: usize = 16;

/// What lies under MPLS labels: IP whose own length fits what is there, or Ethernet, behind a
/// control word (RFC 4385: first nibble 0) or not.
pub(crate) fn guess(bytes: &[u8]) -> Option<Inside<'_>> {
    let room = length_of(bytes);
    match bytes.first()? >> 4 {
        4 if u16_at(bytes, 2).is_some_and(|length| length >= 20) => Some(Inside::Ip(bytes)),
        6 => Some(Inside::Ip(bytes)),
        0 if u16_at(bytes, 0) == Some(0) => Some(Inside::Ethernet(at_most(bytes.get(4..)?, room))),
        _ => Some(Inside::Ethernet(bytes)),
    }
}
