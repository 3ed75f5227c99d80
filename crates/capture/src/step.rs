//! What reading a format gives, step by step.

use crate::warning::Damage;
use unanswered_wire::{Direction, LinkType, Time};

/// Packets and the blocks that are looked into count as damaged above this, whatever follows: 16 MiB,
/// like Wireshark. A length must not claim memory.
pub(crate) const LENGTH_LIMIT: u32 = 1 << 24;

/// Where a packet lies in the buffer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record {
    pub(crate) time: Time,
    /// Number of the interface within the file.
    pub(crate) interface: usize,
    /// First byte of the packet, counted from the start of the record.
    pub(crate) at: usize,
    pub(crate) captured: usize,
    pub(crate) length: u32,
    /// Bytes of the whole record.
    pub(crate) total: usize,
    /// Which way it crossed the interface, if the record says so.
    pub(crate) direction: Option<Direction>,
}

/// What a format finds at the front of the buffer.
#[derive(Debug)]
pub(crate) enum Step {
    Record(Record),
    /// A new interface; the format has consumed what described it.
    Interface(Described),
    /// The number of packets lost at an interface so far.
    Dropped {
        interface: usize,
        packets: u64,
    },
    /// Something wrong that did not stop reading.
    Noted(Damage),
    /// Reading cannot go on from here.
    Damaged(Damage),
    End,
}

/// What an interface description block says.
#[derive(Clone, Debug)]
pub(crate) struct Described {
    pub(crate) link_type: LinkType,
    pub(crate) snap_length: u32,
    /// Number within its section.
    pub(crate) index: u32,
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    /// What wrote its section.
    pub(crate) application: Option<String>,
}
