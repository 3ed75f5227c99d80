//! The pcapng format (draft-ietf-opsawg-pcapng): sections of either byte order, several interfaces
//! each with its own resolution of time, packets in all three kinds of block, drop counts.

mod options;

use crate::buffer::Buffer;
use crate::fields::{ByteOrder, size};
use crate::step::{Described, LENGTH_LIMIT, Record, Step};
use crate::warning::Damage;
use options::{Options, Resolution};
use unanswered_wire::{Direction, LinkType, Time};

/// First four bytes of every section, the same in either byte order.
pub(crate) const SECTION_MAGIC: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];
const BYTE_ORDER_MAGIC: u32 = 0x1a2b_3c4d;

/// Block types.
mod block {
    pub(super) const SECTION: u32 = 0x0a0d_0d0a;
    pub(super) const INTERFACE: u32 = 1;
    pub(super) const PACKET: u32 = 2;
    pub(super) const SIMPLE: u32 = 3;
    pub(super) const STATISTICS: u32 = 5;
    pub(super) const ENHANCED: u32 = 6;
}

/// Offset of the packet in an enhanced (and an obsolete) packet block.
const ENHANCED_DATA: usize = 28;
/// Offset of the packet in a simple packet block.
const SIMPLE_DATA: usize = 12;
/// Maximum length of blocks that are only skipped, and so cost no memory: 256 MiB.
const SKIPPED_LIMIT: u32 = 1 << 28;
/// A block without a body.
const BLOCK_LEAST: u32 = 12;

#[derive(Debug)]
pub(crate) struct Pcapng {
    order: ByteOrder,
    /// Interfaces of the current section.
    interfaces: Vec<Interface>,
    /// Interfaces of the sections before it.
    earlier: usize,
    last: Time,
    simple_noted: bool,
    /// What wrote the current section (`shb_userappl`).
    application: Option<String>,
}

#[derive(Clone, Copy, Debug)]
struct Interface {
    resolution: Resolution,
    snap_length: u32,
}

impl Pcapng {
    pub(crate) const fn new() -> Self {
        Self {
            order: ByteOrder::Little,
            interfaces: Vec::new(),
            earlier: 0,
            last: Time::from_nanoseconds(0),
            simple_noted: false,
            application: None,
        }
    }

    /// What the block at the front of the buffer means. Packets stay in the buffer; other blocks are
    /// consumed.
    #[inline]
    pub(crate) fn next(&mut self, buffer: &mut Buffer) -> Step {
        loop {
            if !buffer.ensure(8) {
                return ends_inside(buffer, "block header", 8);
            }
            let Some((kind, length)) = self.heading(buffer) else { return not_a_block() };
            if length < BLOCK_LEAST || !length.is_multiple_of(4) {
                return not_a_block();
            }
            let known = matches!(
                kind,
                block::SECTION
                    | block::INTERFACE
                    | block::PACKET
                    | block::SIMPLE
                    | block::STATISTICS
                    | block::ENHANCED
            );
            let limit = if known { LENGTH_LIMIT } else { SKIPPED_LIMIT };
            if length > limit {
                let (value, limit) = (u64::from(length), u64::from(limit));
                return Step::Damaged(Damage::Length { what: "block", value, limit });
            }
            if !known {
                if let Some(step) = skip(buffer, length) {
                    return step;
                }
                continue;
            }
            if !buffer.ensure(size(length)) {
                return ends_inside(buffer, "block", u64::from(length));
            }
            let last = self.order.u32(buffer.slice(size(length) - 4, 4), 0).unwrap_or(0);
            if last != length {
                return Step::Damaged(Damage::Lengths { first: length, last });
            }
            if let Some(step) = self.block(kind, size(length), buffer) {
                return step;
            }
        }
    }

    /// Type and length of the block; a section header first decides the byte order.
    #[inline]
    fn heading(&mut self, buffer: &mut Buffer) -> Option<(u32, u32)> {
        if buffer.slice(0, 4) == SECTION_MAGIC {
            if !buffer.ensure(12) {
                return None;
            }
            self.order = section_order(buffer.slice(8, 4))?;
        }
        let bytes = buffer.slice(0, 8);
        Some((self.order.u32(bytes, 0)?, self.order.u32(bytes, 4)?))
    }

    /// Acts on a whole block; `None` to go on with the one after it.
    #[inline]
    fn block(&mut self, kind: u32, length: usize, buffer: &mut Buffer) -> Option<Step> {
        if kind == block::SIMPLE && !std::mem::replace(&mut self.simple_noted, true) {
            // Not consumed: the block is read again right after.
            return Some(Step::Noted(Damage::NoTime));
        }
        let step = match kind {
            block::ENHANCED | block::PACKET => self.packet(kind, buffer.slice(0, length)),
            block::SIMPLE => self.simple(buffer.slice(0, length)),
            block::INTERFACE => Some(self.interface(buffer.slice(8, length - BODY_FRAME))),
            block::STATISTICS => self.statistics(buffer.slice(8, length - BODY_FRAME)),
            _ => {
                self.section(buffer.slice(8, length - BODY_FRAME));
                None
            }
        };
        if !matches!(step, Some(Step::Record(_))) {
            buffer.consume(length);
        }
        step
    }

    /// A section header: interfaces are numbered anew. The options follow magic, version and
    /// the section's length.
    fn section(&mut self, body: &[u8]) {
        self.earlier += self.interfaces.len();
        self.interfaces.clear();
        let mut options = Options::new(self.order, body.get(16..).unwrap_or_default());
        self.application = options.find(|&(code, _)| code == 4).and_then(|(_, value)| text(value));
    }

    /// An enhanced packet block, or the obsolete one, which differs only in the interface field.
    #[inline]
    fn packet(&mut self, kind: u32, block: &[u8]) -> Option<Step> {
        let order = self.order;
        let index = match kind {
            block::PACKET => u32::from(order.u16(block, 8)?),
            _ => order.u32(block, 8)?,
        };
        let Some(interface) = self.interfaces.get(size(index)) else {
            return Some(Step::Noted(Damage::UnknownInterface(index)));
        };
        let (high, low) = (order.u32(block, 12), order.u32(block, 16));
        let (captured, wire) = (order.u32(block, 20), order.u32(block, 24));
        let room = block.len().saturating_sub(ENHANCED_DATA + 4);
        let (Some(high), Some(low), Some(captured), Some(wire)) = (high, low, captured, wire) else {
            return Some(too_short(block.len()));
        };
        if size(captured) > room {
            let (value, limit) = (u64::from(captured), room as u64);
            return Some(Step::Noted(Damage::Length { what: "packet", value, limit }));
        }
        self.last = interface.resolution.time(u64::from(high) << 32 | u64::from(low));
        let direction = match room - size(captured) {
            // Less than an option's header and value: most packets have no options.
            0..8 => None,
            _ => direction(order, block, size(captured)),
        };
        let Step::Record(record) = self.record(index, captured, wire, ENHANCED_DATA, block.len()) else {
            return None;
        };
        Some(Step::Record(Record { direction, ..record }))
    }

    fn simple(&mut self, block: &[u8]) -> Option<Step> {
        let Some(interface) = self.interfaces.first() else {
            return Some(Step::Noted(Damage::UnknownInterface(0)));
        };
        let wire = self.order.u32(block, 8)?;
        let room = u32::try_from(block.len().checked_sub(SIMPLE_DATA + 4)?).ok()?;
        let limit = if interface.snap_length == 0 { u32::MAX } else { interface.snap_length };
        Some(self.record(0, wire.min(limit).min(room), wire, SIMPLE_DATA, block.len()))
    }

    #[inline]
    fn record(&self, index: u32, captured: u32, wire: u32, at: usize, total: usize) -> Step {
        Step::Record(Record {
            time: self.last,
            interface: self.earlier + size(index),
            at,
            captured: size(captured),
            length: wire.max(captured),
            total,
            direction: None,
        })
    }

    fn interface(&mut self, body: &[u8]) -> Step {
        let order = self.order;
        let (Some(link_type), Some(snap_length)) = (order.u16(body, 0), order.u32(body, 4)) else {
            return too_short(body.len());
        };
        let mut resolution = Resolution::MICROSECONDS;
        let (mut name, mut description) = (None, None);
        for (code, value) in Options::new(order, body.get(8..).unwrap_or_default()) {
            match code {
                2 => name = text(value),
                3 => description = text(value),
                9 => resolution.set_units(value.first().copied().unwrap_or(6)),
                14 => resolution.set_offset(order.u64(value, 0).unwrap_or(0).cast_signed()),
                _ => {}
            }
        }
        let index = u32::try_from(self.interfaces.len()).unwrap_or(u32::MAX);
        self.interfaces.push(Interface { resolution, snap_length });
        let link_type = LinkType::from_number(u32::from(link_type));
        let application = self.application.clone();
        Step::Interface(Described { link_type, snap_length, index, name, description, application })
    }

    /// `isb_ifdrop` and `isb_osdrop`: both count from the start of the capture, so an interface's last
    /// block holds its total.
    fn statistics(&self, body: &[u8]) -> Option<Step> {
        let index = size(self.order.u32(body, 0)?);
        self.interfaces.get(index)?;
        let mut packets = None;
        for (code, value) in Options::new(self.order, body.get(12..).unwrap_or_default()) {
            if matches!(code, 5 | 7) {
                let count = self.order.u64(value, 0).unwrap_or(0);
                packets = Some(packets.unwrap_or(0_u64).saturating_add(count));
            }
        }
        Some(Step::Dropped { interface: self.earlier + index, packets: packets? })
    }

    /// Moves past damage to something that has the shape of a block; returns whether there is one.
    #[cold]
    pub(crate) fn resynchronise(&self, buffer: &mut Buffer) -> bool {
        loop {
            buffer.consume(1);
            if !buffer.ensure(size(BLOCK_LEAST)) {
                return false;
            }
            if self.block_at_front(buffer) == Some(true) {
                return true;
            }
        }
    }

    /// Whether a block of a known type, with equal lengths at both ends, is at the front.
    fn block_at_front(&self, buffer: &mut Buffer) -> Option<bool> {
        let order = match buffer.slice(0, 4) == SECTION_MAGIC {
            true => section_order(buffer.slice(8, 4))?,
            false => self.order,
        };
        let bytes = buffer.slice(0, 8);
        let (kind, length) = (order.u32(bytes, 0)?, order.u32(bytes, 4)?);
        if !(kind <= 16 && kind > 0 || kind == block::SECTION)
            || !(BLOCK_LEAST..=RESYNCHRONISE_LIMIT).contains(&length)
            || !length.is_multiple_of(4)
            || !buffer.ensure(size(length))
        {
            return None;
        }
        Some(order.u32(buffer.slice(size(length) - 4, 4), 0)? == length)
    }
}

/// Type, and both lengths: what surrounds a block's body.
const BODY_FRAME: usize = 12;

/// The longest block that is searched for after damage: an unchecked length must not cause the rest
/// of a big file to be held in memory.
const RESYNCHRONISE_LIMIT: u32 = 1 << 20;

fn section_order(magic: &[u8]) -> Option<ByteOrder> {
    [ByteOrder::Little, ByteOrder::Big]
        .into_iter()
        .find(|order| order.u32(magic, 0) == Some(BYTE_ORDER_MAGIC))
}

/// Skips a block that is not looked into; `None` when it was all there.
fn skip(buffer: &mut Buffer, length: u32) -> Option<Step> {
    let before = buffer.offset();
    if buffer.skip(u64::from(length)) {
        return None;
    }
    let (expected, found) = (u64::from(length), buffer.offset() - before);
    Some(Step::Damaged(Damage::EndsInside { what: "block", expected, found }))
}

fn ends_inside(buffer: &Buffer, what: &'static str, expected: u64) -> Step {
    match buffer.available().len() as u64 {
        0 => Step::End,
        found => Step::Damaged(Damage::EndsInside { what, expected, found }),
    }
}

const fn not_a_block() -> Step {
    Step::Damaged(Damage::NotAHeader)
}

fn too_short(found: usize) -> Step {
    Step::Noted(Damage::EndsInside { what: "block's own fields", expected: 20, found: found as u64 })
}

/// How a packet was received that is addressed to another host.
const PROMISCUOUS: u32 = 4;

/// A packet's direction by its flags (`epb_flags`, `pack_flags`; draft-ietf-opsawg-pcapng section 4.3.1): bits 0 and 1
/// are the direction, 1 in and 2 out; bits 2 to 4 how it was received, 4 in promiscuous mode. What came in that way is
/// addressed to another host: it was seen in passing, as in a cooked capture.
fn direction(order: ByteOrder, block: &[u8], captured: usize) -> Option<Direction> {
    let options = block.get(ENHANCED_DATA + captured.next_multiple_of(4)..block.len() - 4)?;
    let (_, flags) = Options::new(order, options).find(|&(code, _)| code == 2)?;
    let flags = order.u32(flags, 0)?;
    match (flags & 3, flags >> 2 & 7) {
        (1, PROMISCUOUS) => Some(Direction::Other),
        (1, _) => Some(Direction::In),
        (2, _) => Some(Direction::Out),
        _ => None,
    }
}

/// An option's text; writers pad it with zeros now and then.
fn text(value: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(value);
    let text = text.trim_end_matches('\0');
    (!text.is_empty()).then(|| text.to_owned())
}
