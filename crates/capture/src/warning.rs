//! What was wrong with a file that could be read nevertheless.

use std::fmt;
use std::path::PathBuf;

/// One damage of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The file; `-` for standard input.
    pub path: PathBuf,
    /// Where the damage begins: bytes from the start of the (decompressed) stream.
    pub offset: u64,
    /// Frames read before it.
    pub frames_before: u64,
    /// What was found.
    pub damage: Damage,
    /// Bytes given up to where reading went on; `None` when it did not go on.
    pub skipped: Option<u64>,
}

/// What is wrong, and what was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// The stream ends early.
    #[error("the file ends inside a {what}: {found} of {expected} bytes are there")]
    EndsInside {
        /// The part of the file.
        what: &'static str,
        /// Its length as announced.
        expected: u64,
        /// What is there of it.
        found: u64,
    },
    /// A length field with an implausible value.
    #[error("a {what} claims {value} bytes; at most {limit} were expected")]
    Length {
        /// The part of the file.
        what: &'static str,
        /// The length it claims.
        value: u64,
        /// The highest value that is believed.
        limit: u64,
    },
    /// A record header whose fields fit no packet and that is not followed by another record.
    #[error("expected a packet header, found other bytes")]
    NotAHeader,
    /// A block whose two lengths differ.
    #[error("a block begins with length {first} and ends with length {last}")]
    Lengths {
        /// The length before the block's body.
        first: u32,
        /// The length after it.
        last: u32,
    },
    /// A packet of an interface that was not described.
    #[error("a packet of interface {0}, which the section does not describe")]
    UnknownInterface(u32),
    /// Packets without a time.
    #[error("simple packet blocks carry no time; their packets get the time of the packet before them")]
    NoTime,
    /// More of the same, too many to be reported one by one.
    #[error("{0} more damaged places")]
    Further(u64),
    /// The compressed data are damaged or end early.
    #[error("cannot decompress further: {0}")]
    Compressed(String),
    /// The system could not read any further.
    #[error("cannot read further: {0}")]
    Read(String),
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, offset, frames_before, damage, skipped } = self;
        write!(f, "{}: at byte {offset}, after packet {frames_before}: {damage}", path.display())?;
        match skipped {
            Some(0) => Ok(()),
            Some(bytes) => write!(f, "; {bytes} bytes skipped"),
            None => f.write_str("; the rest is not read"),
        }
    }
}
