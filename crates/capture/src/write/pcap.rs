//! The classic format with nanoseconds.

use std::io::{self, Write};
use unanswered_wire::{LinkType, Time};

/// Writes a classic pcap file of nanosecond resolution.
#[derive(Debug)]
pub struct PcapWriter<W: Write> {
    to: W,
}

impl<W: Write> PcapWriter<W> {
    /// Writes the file header.
    ///
    /// # Errors
    /// What `to` returns.
    pub fn new(mut to: W, link_type: LinkType, snap_length: u32) -> io::Result<Self> {
        to.write_all(&0xa1b2_3c4d_u32.to_le_bytes())?;
        to.write_all(&2_u16.to_le_bytes())?;
        to.write_all(&4_u16.to_le_bytes())?;
        to.write_all(&[0; 8])?;
        to.write_all(&snap_length.to_le_bytes())?;
        to.write_all(&u32::from(link_type.number()).to_le_bytes())?;
        Ok(Self { to })
    }

    /// Writes one packet of `length` bytes on the wire. Times outside 1970 to 2106, which the format cannot
    /// express, become the nearest that it can.
    ///
    /// # Errors
    /// What `to` returns; [`io::ErrorKind::InvalidInput`] for more than 4 GiB.
    pub fn write(&mut self, time: Time, length: u32, bytes: &[u8]) -> io::Result<()> {
        let nanoseconds = time.nanoseconds().max(0);
        let seconds = u32::try_from(nanoseconds / 1_000_000_000).unwrap_or(u32::MAX);
        let rest = u32::try_from(nanoseconds % 1_000_000_000).unwrap_or(0);
        let captured = u32::try_from(bytes.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        for field in [seconds, rest, captured, length.max(captured)] {
            self.to.write_all(&field.to_le_bytes())?;
        }
        self.to.write_all(bytes)
    }

    /// Flushes and returns the stream.
    ///
    /// # Errors
    /// What the stream returns.
    pub fn finish(mut self) -> io::Result<W> {
        self.to.flush()?;
        Ok(self.to)
    }
}
