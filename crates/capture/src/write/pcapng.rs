//! pcapng: one section, named interfaces, packets with comments and flags, statistics.

use super::describe::{InterfaceDescription, PacketFlags, SectionDescription, Statistics};
use std::io::{self, Write};
use unanswered_wire::{LinkType, Time};

/// Writes a pcapng file of one section.
///
/// ```
/// use unanswered_capture::PcapngWriter;
/// use unanswered_wire::{LinkType, Time};
/// let mut writer = PcapngWriter::new(Vec::new(), "unanswered")?;
/// let eth0 = writer.add_interface("eth0", None, LinkType::Ethernet, 0)?;
/// writer.write(eth0, Time::from_nanoseconds(1), 60, &[0; 60], &["no reply"])?;
/// let bytes = writer.finish()?;
/// assert!(bytes.len().is_multiple_of(4));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct PcapngWriter<W: Write> {
    to: W,
    interfaces: u32,
    block: Vec<u8>,
}

/// Option codes. Those below 100 have a different meaning in each kind of block.
mod option {
    pub(super) const END: u16 = 0;
    pub(super) const COMMENT: u16 = 1;
    /// Of a section.
    pub(super) const HARDWARE: u16 = 2;
    pub(super) const SYSTEM: u16 = 3;
    pub(super) const APPLICATION: u16 = 4;
    /// Of an interface.
    pub(super) const NAME: u16 = 2;
    pub(super) const DESCRIPTION: u16 = 3;
    pub(super) const RESOLUTION: u16 = 9;
    pub(super) const FILTER: u16 = 11;
    pub(super) const INTERFACE_SYSTEM: u16 = 12;
    /// Of a packet.
    pub(super) const FLAGS: u16 = 2;
    /// Of statistics.
    pub(super) const START: u16 = 2;
    pub(super) const STOP: u16 = 3;
    pub(super) const RECEIVED: u16 = 4;
    pub(super) const DROPPED: u16 = 5;
    pub(super) const DELIVERED: u16 = 8;
}

impl<W: Write> PcapngWriter<W> {
    /// Writes the section header; `application` is what wrote the file.
    ///
    /// # Errors
    /// What `to` returns.
    pub fn new(to: W, application: &str) -> io::Result<Self> {
        Self::with_section(to, &SectionDescription { application, ..SectionDescription::default() })
    }

    /// Writes the section header with everything there is to say about the section.
    ///
    /// # Errors
    /// What `to` returns.
    pub fn with_section(to: W, section: &SectionDescription<'_>) -> io::Result<Self> {
        let mut writer = Self { to, interfaces: 0, block: Vec::new() };
        writer.begin(0x0a0d_0d0a);
        writer.u32(0x1a2b_3c4d);
        writer.u16(1);
        writer.u16(0);
        // Length of the section: not known beforehand.
        writer.block.extend_from_slice(&[0xff; 8]);
        writer.text(option::COMMENT, section.comment);
        writer.text(option::HARDWARE, section.hardware);
        writer.text(option::SYSTEM, section.system);
        writer.option(option::APPLICATION, section.application.as_bytes());
        writer.option(option::END, &[]);
        writer.end()?;
        Ok(writer)
    }

    /// Describes an interface and returns its number. A `snap_length` of 0 means no limit.
    ///
    /// # Errors
    /// What the stream returns.
    pub fn add_interface(
        &mut self,
        name: &str,
        description: Option<&str>,
        link_type: LinkType,
        snap_length: u32,
    ) -> io::Result<u32> {
        let interface = InterfaceDescription::new(name, link_type, snap_length);
        self.add_described(&InterfaceDescription { description, ..interface })
    }

    /// Describes an interface with everything there is to say about it, and returns its number.
    ///
    /// # Errors
    /// What the stream returns.
    pub fn add_described(&mut self, interface: &InterfaceDescription<'_>) -> io::Result<u32> {
        self.begin(1);
        self.u16(interface.link_type.number());
        self.u16(0);
        self.u32(interface.snap_length);
        self.option(option::NAME, interface.name.as_bytes());
        self.text(option::DESCRIPTION, interface.description);
        self.option(option::RESOLUTION, &[9]);
        if let Some(filter) = interface.filter {
            // A leading 0 says that text follows, not byte code.
            self.option(option::FILTER, &[&[0], filter.as_bytes()].concat());
        }
        self.text(option::INTERFACE_SYSTEM, interface.system);
        self.option(option::END, &[]);
        self.end()?;
        self.interfaces += 1;
        Ok(self.interfaces - 1)
    }

    /// Writes one packet of `length` bytes on the wire with its comments. Times before 1970 become the
    /// beginning of 1970.
    ///
    /// # Errors
    /// What the stream returns; [`io::ErrorKind::InvalidInput`] for an interface that was not added or
    /// more than 4 GiB.
    pub fn write(
        &mut self,
        interface: u32,
        time: Time,
        length: u32,
        bytes: &[u8],
        comments: &[&str],
    ) -> io::Result<()> {
        self.packet(interface, time, length, bytes)?;
        for comment in comments {
            self.option(option::COMMENT, comment.as_bytes());
        }
        if !comments.is_empty() {
            self.option(option::END, &[]);
        }
        self.end()
    }

    /// Writes one packet with its flags; otherwise like [`write`](Self::write).
    ///
    /// # Errors
    /// Like [`write`](Self::write).
    pub fn write_flagged(
        &mut self,
        interface: u32,
        time: Time,
        length: u32,
        bytes: &[u8],
        flags: PacketFlags,
    ) -> io::Result<()> {
        self.packet(interface, time, length, bytes)?;
        if let Some(bits) = flags.bits() {
            self.option(option::FLAGS, &bits.to_le_bytes());
            self.option(option::END, &[]);
        }
        self.end()
    }

    /// Writes what an interface counted so far. If an interface has several blocks, the last counts.
    ///
    /// # Errors
    /// What the stream returns; [`io::ErrorKind::InvalidInput`] for an interface that was not added.
    pub fn write_statistics(&mut self, interface: u32, statistics: &Statistics) -> io::Result<()> {
        if interface >= self.interfaces {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        self.begin(5);
        let [high, low] = moment(statistics.end);
        for field in [interface, high, low] {
            self.u32(field);
        }
        for (code, time) in [(option::START, statistics.start), (option::STOP, statistics.end)] {
            let value = moment(time).map(u32::to_le_bytes).concat();
            self.option(code, &value);
        }
        for (code, count) in [
            (option::RECEIVED, statistics.received),
            (option::DROPPED, statistics.dropped),
            (option::DELIVERED, statistics.delivered),
        ] {
            self.option(code, &count.to_le_bytes());
        }
        self.option(option::END, &[]);
        self.end()
    }

    /// Flushes, so that what was written so far can be read.
    ///
    /// # Errors
    /// What the stream returns.
    pub fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }

    /// The stream, to ask it something.
    pub const fn stream(&self) -> &W {
        &self.to
    }

    /// Flushes and returns the stream.
    ///
    /// # Errors
    /// What the stream returns.
    pub fn finish(mut self) -> io::Result<W> {
        self.to.flush()?;
        Ok(self.to)
    }

    /// Begins the block of a packet: everything but its options.
    #[inline]
    fn packet(&mut self, interface: u32, time: Time, length: u32, bytes: &[u8]) -> io::Result<()> {
        if interface >= self.interfaces {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let captured = u32::try_from(bytes.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        let [high, low] = moment(time);
        self.begin(6);
        for field in [interface, high, low, captured, length.max(captured)] {
            self.u32(field);
        }
        self.padded(bytes);
        Ok(())
    }

    fn begin(&mut self, kind: u32) {
        self.block.clear();
        self.u32(kind);
        self.u32(0);
    }

    /// Fills in the length and writes the block.
    fn end(&mut self) -> io::Result<()> {
        let length = u32::try_from(self.block.len() + 4).map_err(|_| io::ErrorKind::InvalidInput)?;
        if let Some(field) = self.block.get_mut(4..8) {
            field.copy_from_slice(&length.to_le_bytes());
        }
        self.u32(length);
        self.to.write_all(&self.block)
    }

    fn u16(&mut self, value: u16) {
        self.block.extend_from_slice(&value.to_le_bytes());
    }

    fn u32(&mut self, value: u32) {
        self.block.extend_from_slice(&value.to_le_bytes());
    }

    fn padded(&mut self, bytes: &[u8]) {
        self.block.extend_from_slice(bytes);
        self.block.resize(self.block.len().next_multiple_of(4), 0);
    }

    /// An option with text, if there is any.
    fn text(&mut self, code: u16, value: Option<&str>) {
        if let Some(value) = value {
            self.option(code, value.as_bytes());
        }
    }

    /// An option; a value beyond the 64 KiB that its length field can express is cut off.
    fn option(&mut self, code: u16, value: &[u8]) {
        let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
        self.u16(code);
        self.u16(length);
        self.padded(value.get(..usize::from(length)).unwrap_or_default());
    }
}

/// A time as its upper and lower 32 bits, in nanoseconds; before 1970, the beginning of 1970.
fn moment(time: Time) -> [u32; 2] {
    let value = u64::try_from(time.nanoseconds()).unwrap_or(0);
    [value >> 32, value & 0xffff_ffff].map(|half| u32::try_from(half).unwrap_or(u32::MAX))
}
