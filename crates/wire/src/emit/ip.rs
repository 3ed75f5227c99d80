//! IP headers without options or extensions: what hosts send.

use super::checksum::Sum;
use super::{CannotEmit, length_16, set, within};
use std::net::{Ipv4Addr, Ipv6Addr};

/// An IPv4 header (RFC 791 section 3.1). Lengths, protocol and checksum follow from the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ipv4 {
    /// Source address.
    pub source: Ipv4Addr,
    /// Destination address.
    pub destination: Ipv4Addr,
    /// Time to live, in hops.
    pub ttl: u8,
    /// Differentiated services code point (RFC 2474), 0 to 63. Linux sends ICMP errors with 48.
    pub dscp: u8,
    /// Explicit congestion notification bits (RFC 3168), 0 to 3.
    pub ecn: u8,
    /// Identification. Linux counts it up, per connected socket or per pair of addresses, and sends 0
    /// in a SYN-ACK.
    pub identification: u16,
    /// The don't-fragment bit. Linux sets it on TCP, UDP and echo requests (path MTU discovery),
    /// not on echo replies and errors.
    pub dont_fragment: bool,
}

/// An IPv6 header (RFC 8200 section 3). Lengths and next header follow from the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ipv6 {
    /// Source address.
    pub source: Ipv6Addr,
    /// Destination address.
    pub destination: Ipv6Addr,
    /// Hop limit.
    pub hop_limit: u8,
    /// Differentiated services code point (RFC 2474), 0 to 63.
    pub dscp: u8,
    /// Explicit congestion notification bits (RFC 3168), 0 to 3.
    pub ecn: u8,
    /// Flow label (RFC 6437), 20 bits.
    pub flow_label: u32,
}

/// A header of either version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IpHeader {
    /// IPv4.
    V4(Ipv4),
    /// IPv6.
    V6(Ipv6),
}

impl From<Ipv4> for IpHeader {
    fn from(header: Ipv4) -> Self {
        Self::V4(header)
    }
}

impl From<&Ipv4> for IpHeader {
    fn from(header: &Ipv4) -> Self {
        Self::V4(*header)
    }
}

impl From<Ipv6> for IpHeader {
    fn from(header: Ipv6) -> Self {
        Self::V6(header)
    }
}

impl From<&Ipv6> for IpHeader {
    fn from(header: &Ipv6) -> Self {
        Self::V6(*header)
    }
}

impl IpHeader {
    /// Appends the header of a packet with `payload_length` bytes after it.
    #[inline]
    pub(super) fn write(
        &self,
        out: &mut Vec<u8>,
        protocol: u8,
        payload_length: usize,
    ) -> Result<(), CannotEmit> {
        match self {
            Self::V4(header) => header.write(out, protocol, payload_length),
            Self::V6(header) => header.write(out, protocol, payload_length),
        }
    }

    /// The sum over the pseudo header (RFC 9293 section 3.1, RFC 8200 section 8.1) of a transport
    /// with `length` bytes of header and payload.
    #[inline]
    pub(super) fn pseudo_header(&self, protocol: u8, length: usize) -> Sum {
        // Lengths that do not fit are rejected when the header is written.
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        let sum = Sum::default().number(u32::from(protocol)).number(length);
        match self {
            Self::V4(header) => sum.bytes(&header.source.octets()).bytes(&header.destination.octets()),
            Self::V6(header) => sum.bytes(&header.source.octets()).bytes(&header.destination.octets()),
        }
    }
}

impl Ipv4 {
    const LENGTH: usize = 20;

    #[inline]
    fn write(&self, out: &mut Vec<u8>, protocol: u8, payload_length: usize) -> Result<(), CannotEmit> {
        let length = length_16("the IPv4 packet", Self::LENGTH.saturating_add(payload_length))?;
        within("DSCP", self.dscp, 63)?;
        within("ECN", self.ecn, 3)?;
        let flags = if self.dont_fragment { 0x40 } else { 0 };
        let mut header = [0; Self::LENGTH];
        set(&mut header, 0, [0x45, self.dscp << 2 | self.ecn]);
        set(&mut header, 2, length.to_be_bytes());
        set(&mut header, 4, self.identification.to_be_bytes());
        set(&mut header, 6, [flags, 0, self.ttl, protocol]);
        set(&mut header, 12, self.source.octets());
        set(&mut header, 16, self.destination.octets());
        let checksum = Sum::default().bytes(&header).finish();
        set(&mut header, 10, checksum.to_be_bytes());
        out.extend_from_slice(&header);
        Ok(())
    }
}

impl Ipv6 {
    const LENGTH: usize = 40;

    #[inline]
    fn write(&self, out: &mut Vec<u8>, protocol: u8, payload_length: usize) -> Result<(), CannotEmit> {
        let length = length_16("the payload of the IPv6 packet", payload_length)?;
        within("DSCP", self.dscp, 63)?;
        within("ECN", self.ecn, 3)?;
        within("flow label", self.flow_label, 0xf_ffff)?;
        let class = u32::from(self.dscp << 2 | self.ecn);
        let mut header = [0; Self::LENGTH];
        set(&mut header, 0, (6 << 28 | class << 20 | self.flow_label).to_be_bytes());
        set(&mut header, 4, length.to_be_bytes());
        set(&mut header, 6, [protocol, self.hop_limit]);
        set(&mut header, 8, self.source.octets());
        set(&mut header, 24, self.destination.octets());
        out.extend_from_slice(&header);
        Ok(())
    }
}
