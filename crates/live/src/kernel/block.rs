//! Reading a block of the ring: frames with time, direction and the VLAN tag that the kernel removed.
//!
//! Offsets are those of `struct tpacket_block_desc`, `struct tpacket3_hdr` and `struct sockaddr_ll`
//! (linux/if_packet.h), which are part of the kernel's stable interface. Numbers are in the host's byte order.

use unanswered_capture::{PacketFlags, Reception};
use unanswered_wire::{Direction, Time};

/// Number of frames in the block.
const COUNT: usize = 12;
/// Where the first frame's header begins.
const FIRST: usize = 16;

/// `tpacket3_hdr`.
mod header {
    pub(super) const NEXT: usize = 0;
    pub(super) const SECONDS: usize = 4;
    pub(super) const NANOSECONDS: usize = 8;
    pub(super) const CAPTURED: usize = 12;
    pub(super) const LENGTH: usize = 16;
    pub(super) const STATUS: usize = 20;
    pub(super) const FRAME: usize = 24;
    pub(super) const TAG: usize = 32;
    pub(super) const TAG_PROTOCOL: usize = 36;
    /// `sockaddr_ll` follows, aligned to 16.
    pub(super) const PACKET_TYPE: usize = 48 + 10;
}

/// `TP_STATUS_VLAN_VALID` and `TP_STATUS_VLAN_TPID_VALID`.
const TAG_VALID: u32 = 1 << 4;
const TAG_PROTOCOL_VALID: u32 = 1 << 6;

/// Bytes before a VLAN tag: two hardware addresses.
const ADDRESSES: usize = 12;

/// A block as it was handed over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Received<'a>(&'a [u8]);

/// How a frame arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arrival {
    /// When the kernel saw it.
    pub(crate) time: Time,
    /// Bytes on the wire.
    pub(crate) length: u32,
    /// Direction and addressee.
    pub(crate) flags: PacketFlags,
}

impl<'a> Received<'a> {
    pub(crate) const fn new(block: &'a [u8]) -> Self {
        Self(block)
    }

    /// Passes on each frame: how it arrived, and its bytes in up to three parts, between which a VLAN tag that the kernel
    /// removed is put back. Ends early where a header contradicts the block.
    pub(crate) fn each(self, tagged: bool, mut see: impl FnMut(Arrival, [&[u8]; 3])) {
        let count = u32_at(self.0, COUNT).unwrap_or(0);
        let mut at = u32_at(self.0, FIRST).unwrap_or(0);
        for _ in 0..count {
            let Some(next) = usize::try_from(at)
                .ok()
                .and_then(|at| self.0.get(at..))
                .and_then(|from| frame(from, tagged, &mut see))
            else {
                return;
            };
            at = at.saturating_add(next);
        }
    }
}

/// Passes on the frame whose header `from` begins with; returns the distance to the next one.
fn frame(from: &[u8], tagged: bool, see: &mut impl FnMut(Arrival, [&[u8]; 3])) -> Option<u32> {
    let captured = usize::try_from(u32_at(from, header::CAPTURED)?).ok()?;
    let start = usize::from(u16_at(from, header::FRAME)?);
    let bytes = from.get(start..start.checked_add(captured)?)?;
    let length = u32_at(from, header::LENGTH)?;
    let seconds = i64::from(u32_at(from, header::SECONDS)?);
    let time = seconds * 1_000_000_000 + i64::from(u32_at(from, header::NANOSECONDS)?);
    let flags = flags(*from.get(header::PACKET_TYPE)?);
    let mut arrival = Arrival { time: Time::from_nanoseconds(time), length, flags };
    match tag(from).filter(|_| tagged && bytes.len() >= ADDRESSES) {
        Some(tag) => {
            let (addresses, rest) = bytes.split_at_checked(ADDRESSES)?;
            arrival.length = length.saturating_add(4);
            see(arrival, [addresses, &tag, rest]);
        }
        None => see(arrival, [bytes, &[], &[]]),
    }
    u32_at(from, header::NEXT)
}

/// The VLAN tag of the frame, as its four bytes on the wire. A kernel that does not say which kind of tag
/// it is means 802.1Q (as libpcap assumes).
fn tag(from: &[u8]) -> Option<[u8; 4]> {
    let status = u32_at(from, header::STATUS)?;
    let control = u32_at(from, header::TAG)?;
    if control == 0 && status & TAG_VALID == 0 {
        return None;
    }
    let protocol = match u16_at(from, header::TAG_PROTOCOL)? {
        0 if status & TAG_PROTOCOL_VALID == 0 => 0x8100,
        protocol => protocol,
    };
    let [a, b] = protocol.to_be_bytes();
    let [_, _, c, d] = control.to_be_bytes();
    Some([a, b, c, d])
}

/// `PACKET_HOST`, `BROADCAST`, `MULTICAST`, `OTHERHOST`, `OUTGOING` (linux/if_packet.h). For an outgoing frame the
/// kernel does not say to whom it is addressed.
const fn flags(packet_type: u8) -> PacketFlags {
    let (direction, reception) = match packet_type {
        0 => (Some(Direction::In), Reception::Unicast),
        1 => (Some(Direction::In), Reception::Broadcast),
        2 => (Some(Direction::In), Reception::Multicast),
        3 => (Some(Direction::In), Reception::Promiscuous),
        4 => (Some(Direction::Out), Reception::Unspecified),
        _ => (None, Reception::Unspecified),
    };
    PacketFlags { direction, reception }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests;
