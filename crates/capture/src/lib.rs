//! Where frames come from and go to.
//!
//! Data flow: [`open`] looks at the first bytes of a file or of standard
//! input, undoes gzip or zstd, tells pcap from pcapng and yields [`Frame`]s in
//! file order. [`Merged`] draws from several readers and yields frames in time order.
//! Damage gives one [`Warning`] with its offset; everything before it has been
//! yielded, and reading goes on behind it where the next packet can be found.
//!
//! ```no_run
//! use unanswered_capture::{InputSpec, Merged, Vantages, open};
//! let vantages = Vantages::new();
//! let reader = open(&InputSpec::parse("client=a.pcap.zst"), &vantages)?;
//! let mut frames = Merged::new(vec![reader], vantages);
//! while let Some(frame) = frames.next_frame() {
//!     assert!(frame.bytes.len() <= frame.length as usize);
//! }
//! # Ok::<(), unanswered_capture::OpenError>(())
//! ```
#![warn(clippy::indexing_slicing)]

mod buffer;
mod decompress;
mod fields;
mod input;
mod merged;
mod open;
mod pcap;
mod pcapng;
mod reader;
mod step;
mod vantage;
mod warning;
mod write;

pub use input::{InputSpec, InputSummary};
pub use merged::Merged;
pub use open::{OpenError, open, open_stream};
pub use reader::Reader;
pub use vantage::{Vantage, Vantages};
pub use warning::{Damage, Warning};
pub use write::{
    InterfaceDescription, PacketFlags, PcapWriter, PcapngWriter, Reception, SectionDescription, Statistics,
};

use unanswered_wire::{Direction, LinkType, Time};

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
    /// Which way it crossed the interface, where the file says so beside the packet (pcapng's packet flags);
    /// [`Link::direction`](unanswered_wire::Link::direction) is what a cooked link header says.
    pub direction: Option<Direction>,
    /// Bytes captured.
    pub bytes: &'a [u8],
}
