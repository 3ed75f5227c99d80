//! The classic pcap format (draft-ietf-opsawg-pcap), both byte orders, micro- and nanoseconds, and
//! the "modified" variant whose record headers are 24 bytes long.
//!
//! The format has no markers by which to find a record again after damage. Reading resumes
//! where two headers in a row look right.

use crate::buffer::Buffer;
use crate::fields::{ByteOrder, size};
use crate::step::{LENGTH_LIMIT, Record, Step};
use crate::warning::Damage;
use unanswered_wire::{LinkType, Time};

/// Length of the file header.
pub(crate) const HEADER: usize = 24;

/// `MAXIMUM_SNAPLEN` of libpcap: longer packets are believed only when another record follows them.
const SNAP_USUAL: u32 = 262_144;

/// How far apart two neighbouring packets are believed to be when the file is damaged between them.
const GAP_LIMIT_SECONDS: i64 = 30 * 86_400;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Pcap {
    order: ByteOrder,
    /// Nanoseconds per unit of the fraction field.
    unit: i64,
    record_header: usize,
    snap_length: u32,
    link_type: LinkType,
    last_seconds: Option<i64>,
}

/// A record header's fields.
#[derive(Clone, Copy, Debug)]
struct Header {
    seconds: u32,
    fraction: u32,
    captured: u32,
    length: u32,
}

impl Pcap {
    /// Reads the file header; `None` when the magic number is not one of pcap's.
    pub(crate) fn from_header(bytes: &[u8]) -> Option<Self> {
        let (order, magic) = match *bytes.first_chunk::<4>()? {
            magic @ [0xa1, ..] => (ByteOrder::Big, u32::from_be_bytes(magic)),
            magic => (ByteOrder::Little, u32::from_le_bytes(magic)),
        };
        let (unit, record_header) = match magic {
            0xa1b2_c3d4 => (1_000, 16),
            0xa1b2_3c4d => (1, 16),
            0xa1b2_cd34 => (1_000, 24),
            _ => return None,
        };
        Some(Self {
            order,
            unit,
            record_header,
            snap_length: order.u32(bytes, 16)?,
            link_type: LinkType::from_number(order.u32(bytes, 20)?),
            last_seconds: None,
        })
    }

    /// Whether a file that is too short for a header begins like a pcap file.
    pub(crate) fn is_magic(bytes: &[u8]) -> bool {
        let magics: [u32; 3] = [0xa1b2_c3d4, 0xa1b2_3c4d, 0xa1b2_cd34];
        let shown = bytes.get(..4).unwrap_or(bytes);
        magics
            .iter()
            .any(|magic| magic.to_be_bytes().starts_with(shown) || magic.to_le_bytes().starts_with(shown))
    }

    pub(crate) const fn link_type(&self) -> LinkType {
        self.link_type
    }

    pub(crate) const fn snap_length(&self) -> u32 {
        self.snap_length
    }

    /// The record at the front of the buffer, which stays there.
    #[inline]
    pub(crate) fn next(&mut self, buffer: &mut Buffer) -> Step {
        let Some(header) = self.header(buffer, 0) else { return self.at_end(buffer) };
        let suspicious = !self.sound(&header);
        let total = self.record_header + size(header.captured);
        if suspicious && !(header.captured <= LENGTH_LIMIT && self.followed(buffer, total)) {
            return Step::Damaged(self.damage(&header));
        }
        if !buffer.ensure(total) {
            return Step::Damaged(Damage::EndsInside {
                what: "packet",
                expected: total as u64,
                found: buffer.available().len() as u64,
            });
        }
        let seconds = i64::from(header.seconds);
        self.last_seconds = Some(seconds);
        let time = seconds * 1_000_000_000 + i64::from(header.fraction) * self.unit;
        Step::Record(Record {
            time: Time::from_nanoseconds(time),
            interface: 0,
            at: self.record_header,
            captured: size(header.captured),
            length: header.length.max(header.captured),
            total,
            direction: None,
        })
    }

    /// Moves past damage to the next record; returns whether there is one.
    #[cold]
    pub(crate) fn resynchronise(&self, buffer: &mut Buffer) -> bool {
        loop {
            buffer.consume(1);
            let Some(header) = self.header(buffer, 0) else { return false };
            if self.believable(&header) && self.followed(buffer, self.record_header + size(header.captured)) {
                return true;
            }
        }
    }

    fn at_end(&self, buffer: &Buffer) -> Step {
        match buffer.available().len() {
            0 => Step::End,
            found => Step::Damaged(Damage::EndsInside {
                what: "packet header",
                expected: self.record_header as u64,
                found: found as u64,
            }),
        }
    }

    fn damage(&self, header: &Header) -> Damage {
        let limit = self.snap_length.max(SNAP_USUAL);
        if header.captured > limit {
            let (value, limit) = (u64::from(header.captured), u64::from(limit));
            return Damage::Length { what: "packet", value, limit };
        }
        Damage::NotAHeader
    }

    #[inline]
    fn header(&self, buffer: &mut Buffer, at: usize) -> Option<Header> {
        if !buffer.ensure(at + self.record_header) {
            return None;
        }
        let bytes = buffer.slice(at, 16);
        Some(Header {
            seconds: self.order.u32(bytes, 0)?,
            fraction: self.order.u32(bytes, 4)?,
            captured: self.order.u32(bytes, 8)?,
            length: self.order.u32(bytes, 12)?,
        })
    }

    /// Whether all fields are within what writers produce.
    #[inline]
    fn sound(&self, header: &Header) -> bool {
        header.captured <= self.snap_length.max(SNAP_USUAL)
            && header.captured <= header.length
            && i64::from(header.fraction) * self.unit < 1_000_000_000
    }

    /// Whether it is plausible and near the packets before it: for headers that were searched for.
    fn believable(&self, header: &Header) -> bool {
        let seconds = i64::from(header.seconds);
        self.sound(header)
            && header.captured > 0
            && header.length <= LENGTH_LIMIT
            && self.last_seconds.is_none_or(|last| (seconds - last).abs() <= GAP_LIMIT_SECONDS)
    }

    /// Whether a plausible header, or the end of the file, comes `at` bytes further on.
    fn followed(&self, buffer: &mut Buffer, at: usize) -> bool {
        match self.header(buffer, at) {
            Some(header) => self.believable(&header) || (header.captured == 0 && self.sound(&header)),
            None => buffer.available().len() == at,
        }
    }
}
