//! IPv4 fragmentation, as a Linux host or router does it (`ip_do_fragment` in
//! `net/ipv4/ip_output.c`): every fragment but the last as long as the MTU and
//! multiples of eight bytes allow, in order, all with the packet's identification.

use super::checksum::Sum;
use super::{CannotEmit, set};
use crate::bytes::{array_at, u16_at};

/// Header bytes; packets with options are rejected.
const HEADER: usize = 20;

/// The don't-fragment bit in the flags and offset field (RFC 791 section 3.1).
const DONT_FRAGMENT: u16 = 0x4000;
/// The more-fragments bit.
const MORE_FRAGMENTS: u16 = 0x2000;
/// The offset, in units of eight bytes.
const OFFSET: u16 = 0x1fff;

/// Hands each fragment of an IPv4 packet to `each`, in order; a packet of at most `mtu` bytes is handed
/// over as it is. The packet may be a fragment itself (a second router cuts further). Each fragment
/// is built in `buffer`, which is cleared before.
///
/// # Errors
/// [`CannotEmit::DontFragment`] when the packet must not be cut, [`CannotEmit::NotWhole`] when it is not
/// an IPv4 packet without options, [`CannotEmit::MtuTooSmall`] below 28 bytes; `each` is not called then.
pub fn fragments(
    buffer: &mut Vec<u8>,
    packet: &[u8],
    mtu: u16,
    mut each: impl FnMut(&[u8]),
) -> Result<(), CannotEmit> {
    let header: [u8; HEADER] = array_at(packet, 0).ok_or(CannotEmit::NotWhole)?;
    let field = u16_at(packet, 6).ok_or(CannotEmit::NotWhole)?;
    let mut rest = packet.get(HEADER..).ok_or(CannotEmit::NotWhole)?;
    let mut offset = field & OFFSET;
    let end = usize::from(offset) * 8 + rest.len();
    let stated = u16_at(packet, 2).map(usize::from);
    if header.first() != Some(&0x45) || stated != Some(packet.len()) || end > usize::from(u16::MAX) {
        return Err(CannotEmit::NotWhole);
    }
    if packet.len() <= usize::from(mtu) {
        each(packet);
        return Ok(());
    }
    if field & DONT_FRAGMENT != 0 {
        return Err(CannotEmit::DontFragment { length: packet.len(), mtu });
    }
    let room = usize::from(mtu).saturating_sub(HEADER);
    // Offsets count eight bytes. The last fragment need not be a multiple of that.
    let step = room / 8 * 8;
    let units = u16::try_from(step / 8).unwrap_or(OFFSET);
    if step == 0 {
        return Err(CannotEmit::MtuTooSmall(mtu));
    }
    while rest.len() > room {
        let (piece, behind) = rest.split_at(step);
        build(buffer, header, offset | MORE_FRAGMENTS, piece);
        each(buffer);
        rest = behind;
        offset = offset.saturating_add(units);
    }
    build(buffer, header, offset | field & MORE_FRAGMENTS, rest);
    each(buffer);
    Ok(())
}

/// One fragment: the packet's header with another length, other flags and another checksum.
fn build(buffer: &mut Vec<u8>, mut header: [u8; HEADER], flags_and_offset: u16, piece: &[u8]) {
    let length = u16::try_from(HEADER + piece.len()).unwrap_or(u16::MAX);
    set(&mut header, 2, length.to_be_bytes());
    set(&mut header, 6, flags_and_offset.to_be_bytes());
    set(&mut header, 10, [0, 0]);
    let checksum = Sum::default().bytes(&header).finish();
    set(&mut header, 10, checksum.to_be_bytes());
    buffer.clear();
    buffer.extend_from_slice(&header);
    buffer.extend_from_slice(piece);
}
