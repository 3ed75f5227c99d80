//! UDP, TCP and ICMP, and what an ICMP error quotes.

use crate::bytes::{array_at, at_most, length_of, u16_at, u32_at};
use crate::ip::{self, number};
use crate::{IcmpEcho, IcmpError, Ip, NotUnderstood, Other, QuotedTransport, Tcp, Transport, Udp, neighbour};
use etherparse::{TcpHeaderSlice, UdpHeaderSlice};

/// Reads the transport of an IP packet whose captured payload is `bytes`.
#[inline(always)]
pub(crate) fn read<'a>(ip: &Ip, bytes: &'a [u8]) -> Result<Transport<'a>, NotUnderstood> {
    if ip.fragment_offset > 0 {
        return Ok(Transport::LaterFragment);
    }
    if ip.protocol == number::UDP {
        return udp(bytes).map(Transport::Udp);
    }
    other(ip, bytes)
}

fn other<'a>(ip: &Ip, bytes: &'a [u8]) -> Result<Transport<'a>, NotUnderstood> {
    match ip.protocol {
        number::TCP => tcp(ip, bytes).map(Transport::Tcp),
        number::ICMP if ip.source.is_ipv4() => icmp(bytes, false),
        number::ICMPV6 if ip.source.is_ipv6() => icmp_v6(ip, bytes),
        number::SCTP => Ok(Transport::Other(sctp(bytes))),
        _ => Ok(Transport::Other(Other::Ip)),
    }
}

/// Only its ports are read; without them it is some SCTP.
fn sctp(bytes: &[u8]) -> Other {
    match (u16_at(bytes, 0), u16_at(bytes, 2)) {
        (Some(source_port), Some(destination_port)) => Other::Sctp { source_port, destination_port },
        (None, _) | (_, None) => Other::Ip,
    }
}

/// Payload left over by link-layer padding or a shorter UDP length is not the datagram's.
#[inline(always)]
pub(crate) fn udp(bytes: &[u8]) -> Result<Udp<'_>, NotUnderstood> {
    let header = UdpHeaderSlice::from_slice(bytes).map_err(|_| NotUnderstood::CutShort)?;
    let rest = bytes.get(header.slice().len()..).unwrap_or_default();
    let payload = match u32::from(header.length()) {
        // Jumbograms (RFC 2675 section 4) and segmentation offload.
        0 => rest,
        length => at_most(rest, length.checked_sub(8).ok_or(NotUnderstood::Malformed)?),
    };
    Ok(Udp {
        source_port: header.source_port(),
        destination_port: header.destination_port(),
        length: header.length(),
        checksum: header.checksum(),
        payload,
    })
}

/// A segment whose options the snap length cut is still understood, with the options that are there:
/// the fixed part pairs it.
fn tcp<'a>(ip: &Ip, bytes: &'a [u8]) -> Result<Tcp<'a>, NotUnderstood> {
    let [offset, flags] = array_at(bytes, 12).ok_or(NotUnderstood::CutShort)?;
    let header_length = u32::from(offset >> 4) * 4;
    if header_length < 20 {
        return Err(NotUnderstood::Malformed);
    }
    let payload_length = ip.payload_length.checked_sub(header_length).ok_or(NotUnderstood::Malformed)?;
    let header = at_most(bytes, header_length);
    let payload = usize::try_from(header_length).ok().and_then(|at| bytes.get(at..)).unwrap_or_default();
    let flags = u16::from(offset & 1) << 8 | u16::from(flags);
    let fixed = |sequence, acknowledgement, source_port, destination_port, window| Tcp {
        source_port,
        destination_port,
        sequence,
        acknowledgement,
        flags,
        window,
        options: header.get(20..).unwrap_or_default(),
        payload_length,
        payload,
    };
    if let Ok(slice) = TcpHeaderSlice::from_slice(bytes) {
        return Ok(fixed(
            slice.sequence_number(),
            slice.acknowledgment_number(),
            slice.source_port(),
            slice.destination_port(),
            slice.window_size(),
        ));
    }
    let field = |offset| u16_at(bytes, offset).ok_or(NotUnderstood::CutShort);
    let number = |offset| u32_at(bytes, offset).ok_or(NotUnderstood::CutShort);
    if bytes.len() < 20 {
        return Err(NotUnderstood::CutShort);
    }
    Ok(fixed(number(4)?, number(8)?, field(0)?, field(2)?, field(14)?))
}

fn icmp_v6<'a>(ip: &Ip, bytes: &'a [u8]) -> Result<Transport<'a>, NotUnderstood> {
    match bytes.first() {
        Some(&(neighbour::SOLICITATION | neighbour::ADVERTISEMENT)) => neighbour::discovery(ip, bytes),
        Some(_) | None => icmp(bytes, true),
    }
}

/// Echo and the errors that mean "your packet did not arrive". Redirect and source quench quote a
/// packet too, but it was forwarded: they are `Other`.
fn icmp(bytes: &[u8], v6: bool) -> Result<Transport<'_>, NotUnderstood> {
    let [kind, code] = array_at(bytes, 0).ok_or(NotUnderstood::CutShort)?;
    let (echo, error) = if v6 {
        (matches!(kind, 128 | 129).then_some(kind == 128), matches!(kind, 1..=4))
    } else {
        (matches!(kind, 0 | 8).then_some(kind == 8), matches!(kind, 3 | 11 | 12))
    };
    if let Some(request) = echo {
        return Ok(Transport::Echo(IcmpEcho {
            request,
            identifier: u16_at(bytes, 4).ok_or(NotUnderstood::CutShort)?,
            sequence: u16_at(bytes, 6).ok_or(NotUnderstood::CutShort)?,
            payload: bytes.get(8..).unwrap_or_default(),
        }));
    }
    if !error {
        return Ok(Transport::Other(Other::Icmp(kind)));
    }
    let quote = bytes.get(8..).ok_or(NotUnderstood::CutShort)?;
    let (quoted, quoted_transport) = quoted(at_most(quote, quote_length(bytes, v6)))?;
    Ok(Transport::Error(IcmpError { v6, kind, code, quoted, quoted_transport }))
}

/// Length of the quote if the error states it because extensions follow (RFC 4884 section 4).
fn quote_length(bytes: &[u8], v6: bool) -> u32 {
    let stated = if v6 {
        bytes.get(4).map(|&words| u32::from(words) * 8)
    } else {
        bytes.get(5).map(|&words| u32::from(words) * 4)
    };
    match stated {
        // Some senders leave garbage in what used to be an unused field; below 128 it is that.
        Some(length) if length >= 128 => length,
        _ => length_of(bytes),
    }
}

/// The quoted packet. Its lengths are those it was sent with, so it may be there only in part.
fn quoted(bytes: &[u8]) -> Result<(Ip, QuotedTransport<'_>), NotUnderstood> {
    let (ip, bytes) = ip::read(bytes)?;
    if ip.fragment_offset > 0 {
        return Ok((ip, QuotedTransport::Other));
    }
    let transport = match ip.protocol {
        number::UDP => quoted_udp(bytes),
        number::TCP => quoted_tcp(bytes),
        number::ICMP | number::ICMPV6 => quoted_echo(bytes),
        _ => None,
    };
    Ok((ip, transport.unwrap_or(QuotedTransport::Other)))
}

fn quoted_udp(bytes: &[u8]) -> Option<QuotedTransport<'_>> {
    let length = u16_at(bytes, 4).map_or(0, u32::from).saturating_sub(8);
    Some(QuotedTransport::Udp {
        source_port: u16_at(bytes, 0)?,
        destination_port: u16_at(bytes, 2)?,
        payload: at_most(bytes.get(8..).unwrap_or_default(), length),
    })
}

fn quoted_tcp(bytes: &[u8]) -> Option<QuotedTransport<'_>> {
    Some(QuotedTransport::Tcp {
        source_port: u16_at(bytes, 0)?,
        destination_port: u16_at(bytes, 2)?,
        sequence: u32_at(bytes, 4)?,
    })
}

/// Only echo requests: an error about an echo reply says nothing about a request.
fn quoted_echo(bytes: &[u8]) -> Option<QuotedTransport<'_>> {
    matches!(bytes.first()?, 8 | 128).then_some(())?;
    Some(QuotedTransport::Echo { identifier: u16_at(bytes, 4)?, sequence: u16_at(bytes, 6)? })
}
