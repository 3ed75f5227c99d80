//! IPv4 and IPv6 headers with their extensions, down to the transport.

use crate::bytes::{at_most, length_of, u16_at, u32_at};
use crate::{Ip, NotUnderstood};
use etherparse::err::{ipv4, ipv6};
use etherparse::{Ipv4HeaderSlice, Ipv6HeaderSlice};
use std::net::IpAddr;

/// Protocol numbers (IANA) that the walk handles.
pub(crate) mod number {
    pub(crate) const HOP_BY_HOP: u8 = 0;
    pub(crate) const ICMP: u8 = 1;
    pub(crate) const IPV4: u8 = 4;
    pub(crate) const TCP: u8 = 6;
    pub(crate) const UDP: u8 = 17;
    pub(crate) const IPV6: u8 = 41;
    pub(crate) const ROUTING: u8 = 43;
    pub(crate) const FRAGMENT: u8 = 44;
    pub(crate) const GRE: u8 = 47;
    pub(crate) const AUTHENTICATION: u8 = 51;
    pub(crate) const ICMPV6: u8 = 58;
    pub(crate) const DESTINATION: u8 = 60;
    pub(crate) const SCTP: u8 = 132;
    pub(crate) const MOBILITY: u8 = 135;
    pub(crate) const MPLS: u8 = 137;
    pub(crate) const HIP: u8 = 139;
    pub(crate) const SHIM6: u8 = 140;
}

/// An IP header and its captured payload, link-layer padding removed.
pub(crate) type IpPacket<'a> = (Ip, &'a [u8]);

/// Reads an IP header of either version. Too few bytes are [`NotUnderstood::CutShort`].
#[inline(always)]
pub(crate) fn read(bytes: &[u8]) -> Result<IpPacket<'_>, NotUnderstood> {
    match bytes.first().ok_or(NotUnderstood::CutShort)? >> 4 {
        4 => v4(bytes),
        6 => v6(bytes),
        _ => Err(NotUnderstood::Malformed),
    }
}

#[inline(always)]
fn v4(bytes: &[u8]) -> Result<IpPacket<'_>, NotUnderstood> {
    let header = Ipv4HeaderSlice::from_slice(bytes).map_err(|error| match error {
        ipv4::HeaderSliceError::Len(_) => NotUnderstood::CutShort,
        ipv4::HeaderSliceError::Content(_) => NotUnderstood::Malformed,
    })?;
    let header_length = length_of(header.slice());
    let rest = bytes.get(header.slice().len()..).unwrap_or_default();
    // A zero total length is what segmentation offload leaves for a packet of more than 64 KiB.
    let total_length = match u32::from(header.total_len()) {
        0 => length_of(bytes),
        length => length,
    };
    let payload_length = total_length.checked_sub(header_length).ok_or(NotUnderstood::Malformed)?;
    let ip = Ip {
        source: IpAddr::V4(header.source_addr()),
        destination: IpAddr::V4(header.destination_addr()),
        ttl: header.ttl(),
        dscp: header.dcp().value(),
        ecn: header.ecn().value(),
        total_length,
        header_length,
        identification: Some(u32::from(header.identification())),
        dont_fragment: header.dont_fragment(),
        more_fragments: header.more_fragments(),
        fragment_offset: u32::from(header.fragments_offset().value()) * 8,
        flow_label: None,
        protocol: header.protocol().0,
        payload_length,
    };
    let payload = at_most(rest, payload_length);
    if ip.protocol == number::AUTHENTICATION && ip.fragment_offset == 0 {
        return extensions(ip, payload);
    }
    Ok((ip, payload))
}

fn v6(bytes: &[u8]) -> Result<IpPacket<'_>, NotUnderstood> {
    let header = Ipv6HeaderSlice::from_slice(bytes).map_err(|error| match error {
        ipv6::HeaderSliceError::Len(_) => NotUnderstood::CutShort,
        ipv6::HeaderSliceError::Content(_) => NotUnderstood::Malformed,
    })?;
    let rest = bytes.get(header.slice().len()..).unwrap_or_default();
    // Zero is a jumbogram (RFC 2675) or what segmentation offload leaves.
    let payload_length = match u32::from(header.payload_length()) {
        0 => length_of(rest),
        length => length,
    };
    let ip = Ip {
        source: IpAddr::V6(header.source_addr()),
        destination: IpAddr::V6(header.destination_addr()),
        ttl: header.hop_limit(),
        dscp: header.dscp().value(),
        ecn: header.ecn().value(),
        total_length: payload_length + 40,
        header_length: 40,
        identification: None,
        dont_fragment: false,
        more_fragments: false,
        fragment_offset: 0,
        flow_label: Some(header.flow_label().value()),
        protocol: header.next_header().0,
        payload_length,
    };
    extensions(ip, at_most(rest, payload_length))
}

/// Walks extension headers (RFC 8200 section 4, RFC 4302) until the transport or a fragment that
/// is not the first. Each takes at least 8 bytes, so the walk ends.
fn extensions(mut ip: Ip, mut bytes: &[u8]) -> Result<IpPacket<'_>, NotUnderstood> {
    loop {
        let unit = match ip.protocol {
            number::HOP_BY_HOP
            | number::ROUTING
            | number::DESTINATION
            | number::MOBILITY
            | number::HIP
            | number::SHIM6 => 8,
            number::AUTHENTICATION => 4,
            number::FRAGMENT => 0,
            _ => return Ok((ip, bytes)),
        };
        let [next, size] = u16_at(bytes, 0).ok_or(NotUnderstood::CutShort)?.to_be_bytes();
        let length = match unit {
            0 => 8,
            4 => (u32::from(size) + 2) * 4,
            _ => (u32::from(size) + 1) * 8,
        };
        if ip.protocol == number::FRAGMENT {
            // By hand: etherparse 0.19.0 takes the offset and the flag from the wrong bits.
            let field = u16_at(bytes, 2).ok_or(NotUnderstood::CutShort)?;
            ip.identification = Some(u32_at(bytes, 4).ok_or(NotUnderstood::CutShort)?);
            ip.more_fragments = field & 1 != 0;
            ip.fragment_offset = u32::from(field & 0xfff8);
        }
        ip.protocol = next;
        ip.header_length += length;
        ip.payload_length = ip.payload_length.checked_sub(length).ok_or(NotUnderstood::Malformed)?;
        bytes = usize::try_from(length)
            .ok()
            .and_then(|length| bytes.get(length..))
            .ok_or(NotUnderstood::CutShort)?;
        if ip.fragment_offset > 0 {
            return Ok((ip, bytes));
        }
    }
}
