//! What an IP packet carries: UDP, TCP, and ICMP echo and errors.

use super::checksum::Sum;
use super::{CannotEmit, IpHeader, all_or_nothing, set, within};
use crate::ip::number;

/// What an IP packet carries. Lengths and checksums follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content<'a> {
    /// A UDP datagram (RFC 768).
    Udp {
        /// Source port.
        source_port: u16,
        /// Destination port.
        destination_port: u16,
        /// Payload.
        payload: &'a [u8],
    },
    /// A TCP segment (RFC 9293 section 3.1) without urgent data.
    Tcp {
        /// Source port.
        source_port: u16,
        /// Destination port.
        destination_port: u16,
        /// Sequence number.
        sequence: u32,
        /// Acknowledgement number; 0 where there is no ACK flag.
        acknowledgement: u32,
        /// Flags, low 9 bits as in [`Tcp::flags`](crate::Tcp::flags).
        flags: u16,
        /// Window, unscaled.
        window: u16,
        /// Options, at most 40 bytes; padded to whole words with zeros (end of options).
        options: &'a [u8],
        /// Payload.
        payload: &'a [u8],
    },
    /// ICMP or ICMPv6 echo (RFC 792, RFC 4443 section 4).
    Echo {
        /// `true` for echo request, `false` for echo reply.
        request: bool,
        /// Identifier.
        identifier: u16,
        /// Sequence number.
        sequence: u16,
        /// Data after the header.
        payload: &'a [u8],
    },
    /// An ICMP or ICMPv6 error (RFC 792, RFC 4443 section 3).
    Error {
        /// Type field.
        kind: u8,
        /// Code field.
        code: u8,
        /// MTU of the next hop in bytes, for fragmentation needed (RFC 1191 section 4) and ICMPv6's
        /// packet too big (RFC 4443 section 3.2). Other errors lack the field, so it is not written.
        next_hop_mtu: u16,
        /// The packet that the error is about, from its IP header on. As much of it is quoted as
        /// fits into 576 bytes (IPv4: RFC 1812 section 4.3.2.3) or 1280 bytes (IPv6: RFC 4443
        /// section 2.4), as Linux does.
        quoted: &'a [u8],
    },
}

/// Maximum bytes of an IPv4 error: every host accepts packets of that size (RFC 1122 section 3.3.2).
const ERROR_V4_MOST: usize = 576;

/// Maximum bytes of an IPv6 error: the smallest MTU of IPv6 (RFC 8200 section 5).
const ERROR_V6_MOST: usize = 1280;

/// Maximum bytes of TCP options: the header's length field counts 15 words, 5 of which are fixed.
const OPTIONS_MOST: usize = 40;

/// Appends one IP packet.
///
/// # Errors
/// A packet of more than 65535 bytes, TCP options of more than 40, and fields beyond their range.
#[inline]
pub fn ip_packet(
    out: &mut Vec<u8>,
    header: impl Into<IpHeader>,
    content: &Content<'_>,
) -> Result<(), CannotEmit> {
    let ip = header.into();
    match *content {
        Content::Udp { source_port, destination_port, payload } => {
            udp(out, &ip, [source_port, destination_port], true, [payload, &[]])
        }
        Content::Tcp {
            source_port,
            destination_port,
            sequence,
            acknowledgement,
            flags,
            window,
            options,
            payload,
        } => {
            within("TCP flags", flags, 0x1ff)?;
            let mut header = [0; 20];
            set(&mut header, 0, source_port.to_be_bytes());
            set(&mut header, 2, destination_port.to_be_bytes());
            set(&mut header, 4, sequence.to_be_bytes());
            set(&mut header, 8, acknowledgement.to_be_bytes());
            set(&mut header, 12, flags.to_be_bytes());
            set(&mut header, 14, window.to_be_bytes());
            tcp(out, &ip, header, options, payload)
        }
        Content::Echo { request, identifier, sequence, payload } => {
            let kind = match (&ip, request) {
                (IpHeader::V4(_), true) => 8,
                (IpHeader::V4(_), false) => 0,
                (IpHeader::V6(_), true) => 128,
                (IpHeader::V6(_), false) => 129,
            };
            let [identifier, sequence] = [identifier, sequence].map(u16::to_be_bytes);
            let rest = [identifier[0], identifier[1], sequence[0], sequence[1]];
            icmp(out, &ip, [kind, 0], rest, payload)
        }
        Content::Error { kind, code, next_hop_mtu, quoted } => {
            error(out, &ip, [kind, code], next_hop_mtu, quoted)
        }
    }
}

/// Appends a UDP datagram whose payload is in two pieces, the first of even length. Without a
/// checksum, the field is 0.
#[inline]
pub(super) fn udp(
    out: &mut Vec<u8>,
    ip: &IpHeader,
    ports: [u16; 2],
    checksum: bool,
    payload: [&[u8]; 2],
) -> Result<(), CannotEmit> {
    let mut header = [0; 8];
    let length = payload.iter().fold(header.len(), |sum, piece| sum.saturating_add(piece.len()));
    set(&mut header, 0, ports[0].to_be_bytes());
    set(&mut header, 2, ports[1].to_be_bytes());
    // One that does not fit is rejected by the IP header, whose length is never less.
    set(&mut header, 4, u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes());
    packet(out, ip, number::UDP, header, checksum.then_some(6), payload)
}

/// Appends a TCP segment whose header lacks its own length and the checksum.
fn tcp(
    out: &mut Vec<u8>,
    ip: &IpHeader,
    mut header: [u8; 20],
    options: &[u8],
    payload: &[u8],
) -> Result<(), CannotEmit> {
    let mut padded = [0; OPTIONS_MOST];
    let room = padded.get_mut(..options.len()).ok_or(CannotEmit::TooLong {
        what: "the TCP options",
        length: options.len(),
        most: OPTIONS_MOST,
    })?;
    room.copy_from_slice(options);
    let options = padded.get(..options.len().next_multiple_of(4)).unwrap_or_default();
    // The length in words is in the upper half of the byte, above one flag; it is 15 at the most.
    let words = u8::try_from(header.len().saturating_add(options.len()) / 4).unwrap_or(15);
    let offset_and_flag = words << 4 | header[12];
    set(&mut header, 12, [offset_and_flag]);
    packet(out, ip, number::TCP, header, Some(16), [options, payload])
}

fn error(
    out: &mut Vec<u8>,
    ip: &IpHeader,
    kind: [u8; 2],
    next_hop_mtu: u16,
    quoted: &[u8],
) -> Result<(), CannotEmit> {
    let [high, low] = next_hop_mtu.to_be_bytes();
    let (has_mtu, most) = match ip {
        IpHeader::V4(_) => (kind == [3, 4], ERROR_V4_MOST - 20 - 8),
        IpHeader::V6(_) => (kind[0] == 2, ERROR_V6_MOST - 40 - 8),
    };
    let rest = if has_mtu { [0, 0, high, low] } else { [0; 4] };
    icmp(out, ip, kind, rest, quoted.get(..most).unwrap_or(quoted))
}

/// Appends an ICMP or ICMPv6 message: type and code, the second word of the header, and the rest.
fn icmp(
    out: &mut Vec<u8>,
    ip: &IpHeader,
    kind: [u8; 2],
    second: [u8; 4],
    rest: &[u8],
) -> Result<(), CannotEmit> {
    let protocol = match ip {
        IpHeader::V4(_) => number::ICMP,
        IpHeader::V6(_) => number::ICMPV6,
    };
    let mut header = [0; 8];
    set(&mut header, 0, kind);
    set(&mut header, 4, second);
    packet(out, ip, protocol, header, Some(2), [rest, &[]])
}

/// Appends an IP packet: the header of its transport, in which the checksum (of the whole, where it
/// has one) is set at `checksum_at`, and the payload in two pieces, the first of even length where
/// the second is not empty.
#[inline]
pub(super) fn packet<const N: usize>(
    out: &mut Vec<u8>,
    ip: &IpHeader,
    protocol: u8,
    mut header: [u8; N],
    checksum_at: Option<usize>,
    payload: [&[u8]; 2],
) -> Result<(), CannotEmit> {
    let length = payload.iter().fold(N, |sum, piece| sum.saturating_add(piece.len()));
    all_or_nothing(out, |out| {
        ip.write(out, protocol, length)?;
        if let Some(at) = checksum_at {
            // ICMP for IPv4 is the one without a pseudo header (RFC 792).
            let pseudo = match protocol {
                number::ICMP => Sum::default(),
                _ => ip.pseudo_header(protocol, length),
            };
            let checksum = match pseudo.bytes(&header).bytes(payload[0]).bytes(payload[1]).finish() {
                // 0 would say that there is none (RFC 768).
                0 if protocol == number::UDP => u16::MAX,
                checksum => checksum,
            };
            set(&mut header, at, checksum.to_be_bytes());
        }
        out.extend_from_slice(&header);
        out.extend_from_slice(payload[0]);
        out.extend_from_slice(payload[1]);
        Ok(())
    })
}
