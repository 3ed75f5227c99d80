//! Where frames come from and go to.
//!
//! Data flow: `open` looks at the first bytes of a file or of standard
//! input, undoes gzip or zstd, tells pcap from pcapng and yields [`Frame`]s in
//! file order. `Merged` draws from several readers and yields frames in time order.
//! Damage ends a file with one warning that carries the offset; everything
//! before it has been yielded.
#![warn(clippy::indexing_slicing)]

use unanswered_wire::{LinkType, Time};

/// Number of a vantage point within one run: index into the list of vantage points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VantageId(pub u16);

/// One captured packet, borrowed from the reader's buffer.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// When it was captured.
    pub time: Time,
    /// Where it was captured: a file, or one interface of a pcapng file.
    pub vantage: VantageId,
    /// Its link layer.
    pub link_type: LinkType,
    /// Number within its file, from 1, as Wireshark numbers it.
    pub number: u64,
    /// Bytes on the wire.
    pub length: u32,
    /// Bytes captured.
    pub bytes: &'a [u8],
}
