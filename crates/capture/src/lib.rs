//! Where frames come from and go to: pcap and pcapng, plain, gzip or zstd.
//!
//! It reads and writes frames and decides nothing about their content. Memory does not grow with the file.
//!
//! # Data flow
//!
//! [`open`] looks at the first bytes of a file or of standard input, undoes gzip or zstd, tells pcap from pcapng
//! and yields [`Frame`]s in file order. [`Merged`] draws from several readers and yields frames in time order.
//! Damage gives one [`Warning`] with its offset; everything before it has been yielded, and reading goes on
//! after it if the next packet can be found.
//!
//! # Entry points
//!
//! - [`open`] takes an [`InputSpec`] (`NAME=FILE`, `-`), [`open_stream`] any stream; one that is not wanted any longer fails
//!   with [`Stopped`].
//! - [`Merged::next_frame`] is the loop, [`Merged::summaries`] says afterwards what was read of each input.
//! - [`Vantages`] are the places where frames were captured, by [`VantageId`].
//! - [`PcapWriter`] and [`PcapngWriter`] write.
//!
//! ```
//! use unanswered_capture::{InputSpec, Merged, Vantages, open};
//!
//! let vantages = Vantages::new();
//! let client = open(&InputSpec::parse("client=../../testdata/captures/asym/cpn2.pcap.zst"), &vantages)?;
//! let server = open(&InputSpec::parse("server=../../testdata/captures/asym/ntp-a.pcap.zst"), &vantages)?;
//! let mut frames = Merged::new(vec![client, server], vantages);
//!
//! let mut last = None;
//! while let Some(frame) = frames.next_frame() {
//!     assert!(last <= Some(frame.time), "both files' frames come in order of time");
//!     last = Some(frame.time);
//! }
//! let read = frames.summaries();
//! assert_eq!(read[0].name, "client");
//! assert!(read.iter().all(|input| input.frames > 0 && input.warnings.is_empty()));
//! # Ok::<(), unanswered_capture::OpenError>(())
//! ```
#![warn(clippy::indexing_slicing)]

mod buffer;
mod fields;
mod input;
mod merged;
mod open;
mod pcap;
mod pcapng;
mod reader;
mod step;
mod stopped;
mod vantage;
mod warning;
mod write;

pub use input::{InputSpec, InputSummary, LeftOut};
pub use merged::Merged;
pub use open::{OpenError, open, open_stream};
pub use reader::Reader;
pub use stopped::Stopped;
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
    /// Which way it crossed the interface, if the file says so beside the packet (pcapng's packet flags);
    /// [`Link::direction`](unanswered_wire::Link::direction) is what a cooked link header says.
    pub direction: Option<Direction>,
    /// Bytes captured.
    pub bytes: &'a [u8],
}
