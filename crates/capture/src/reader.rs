//! One file or stream: its frames in file order, and what was wrong with it.

use crate::buffer::Buffer;
use crate::pcap::Pcap;
use crate::pcapng::Pcapng;
use crate::step::{Described, Record, Step};
use crate::vantage::{Entry, Vantages, stem};
use crate::warning::{Damage, Warning};
use crate::{Frame, InputSpec, InputSummary, LeftOut, VantageId};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use unanswered_wire::{LinkType, Time};

/// Maximum number of warnings kept per file; one more counts any further damage.
const WARNINGS_MAX: usize = 100;

#[derive(Debug)]
pub(crate) enum Format {
    Pcap(Pcap),
    Pcapng(Pcapng),
}

#[derive(Clone, Copy, Debug)]
struct Interface {
    vantage: VantageId,
    link_type: LinkType,
    frames: u64,
    dropped: Option<u64>,
}

/// Reads one capture, frame by frame; made by [`open`](crate::open).
///
/// Call [`next_frame`](Self::next_frame) until it gives `None`, then ask for
/// [`summary`](Self::summary). Memory is one buffer of 256 KiB, more only
/// where a single packet is longer.
pub struct Reader {
    input: Arc<InputSpec>,
    buffer: Buffer,
    format: Format,
    vantages: Vantages,
    interfaces: Vec<Interface>,
    record: Option<Record>,
    frames: u64,
    times: Option<(Time, Time)>,
    snap_length: Option<u32>,
    link_types: Vec<LinkType>,
    warnings: Vec<Warning>,
    ended: bool,
    compressed: bool,
    read: Arc<AtomicU64>,
    total: Option<u64>,
}

/// What opening found out.
pub(crate) struct Opened {
    pub(crate) buffer: Buffer,
    pub(crate) format: Format,
    pub(crate) compressed: bool,
    pub(crate) read: Arc<AtomicU64>,
    pub(crate) total: Option<u64>,
}

impl Reader {
    pub(crate) fn new(input: InputSpec, opened: Opened, vantages: &Vantages) -> Self {
        let Opened { buffer, format, compressed, read, total } = opened;
        let mut reader = Self {
            input: Arc::new(input),
            buffer,
            format,
            vantages: vantages.clone(),
            interfaces: Vec::new(),
            record: None,
            frames: 0,
            times: None,
            snap_length: None,
            link_types: Vec::new(),
            warnings: Vec::new(),
            ended: false,
            compressed,
            read,
            total,
        };
        if let Format::Pcap(pcap) = &reader.format {
            reader.add_interface(Described {
                link_type: pcap.link_type(),
                snap_length: pcap.snap_length(),
                index: 0,
                name: None,
                description: None,
                application: None,
            });
        }
        reader
    }

    /// The next frame; `None` at the end, or where damage ends the file.
    #[inline]
    pub fn next_frame(&mut self) -> Option<Frame<'_>> {
        self.advance()?;
        self.frame()
    }

    /// Moves to the next frame and returns its time. The frame before it is given up.
    #[inline]
    pub(crate) fn advance(&mut self) -> Option<Time> {
        if let Some(record) = self.record.take() {
            self.buffer.consume(record.total);
        }
        while !self.ended {
            let step = match &mut self.format {
                Format::Pcap(pcap) => pcap.next(&mut self.buffer),
                Format::Pcapng(pcapng) => pcapng.next(&mut self.buffer),
            };
            if let Step::Record(record) = step {
                self.count(&record);
                self.record = Some(record);
                return Some(record.time);
            }
            if !self.handle(step) {
                self.finish();
            }
        }
        None
    }

    /// The frame that was last moved to.
    #[inline]
    pub(crate) fn frame(&self) -> Option<Frame<'_>> {
        let record = self.record.as_ref()?;
        let interface = self.interfaces.get(record.interface)?;
        Some(Frame {
            time: record.time,
            vantage: interface.vantage,
            link_type: interface.link_type,
            number: self.frames,
            length: record.length,
            direction: record.direction,
            bytes: self.buffer.slice(record.at, record.captured),
        })
    }

    #[inline]
    fn count(&mut self, record: &Record) {
        self.frames += 1;
        if let Some(interface) = self.interfaces.get_mut(record.interface) {
            interface.frames += 1;
        }
        let (first, last) = self.times.unwrap_or((record.time, record.time));
        self.times = Some((first.min(record.time), last.max(record.time)));
    }

    /// Acts on anything but a record; returns whether to read on.
    #[cold]
    fn handle(&mut self, step: Step) -> bool {
        match step {
            Step::Record(_) => true,
            Step::Interface(described) => {
                self.add_interface(described);
                true
            }
            Step::Dropped { interface, packets } => {
                if let Some(interface) = self.interfaces.get_mut(interface) {
                    interface.dropped = Some(packets);
                }
                true
            }
            Step::Noted(damage) => {
                self.warn(self.buffer.offset(), damage, Some(0));
                true
            }
            Step::Damaged(damage) => self.recover(damage),
            Step::End => {
                if let Some(damage) = self.failure() {
                    self.warn(self.buffer.offset(), damage, None);
                }
                false
            }
        }
    }

    /// Looks for the next record after damage.
    fn recover(&mut self, damage: Damage) -> bool {
        let offset = self.buffer.offset();
        let ends = matches!(damage, Damage::EndsInside { .. });
        if ends && self.buffer.stopped() {
            return false;
        }
        let found = match &mut self.format {
            // Records have no markers: what looks like one in the last packet's bytes is not one.
            Format::Pcap(_) if ends => false,
            Format::Pcap(pcap) => pcap.resynchronise(&mut self.buffer),
            Format::Pcapng(pcapng) => pcapng.resynchronise(&mut self.buffer),
        };
        let damage = self.failure().filter(|_| ends).unwrap_or(damage);
        self.warn(offset, damage, found.then(|| self.buffer.offset() - offset));
        found
    }

    /// The reason, if the stream itself failed rather than ended.
    fn failure(&mut self) -> Option<Damage> {
        let error = self.buffer.take_failure()?.to_string();
        Some(if self.compressed { Damage::Compressed(error) } else { Damage::Read(error) })
    }

    fn warn(&mut self, offset: u64, damage: Damage, skipped: Option<u64>) {
        let room = WARNINGS_MAX.checked_sub(self.warnings.len());
        if let (None, Some(last)) = (room, self.warnings.last_mut()) {
            if let Damage::Further(count) = &mut last.damage {
                *count += 1;
            }
            last.skipped = last.skipped.zip(skipped).map(|(before, more)| before + more);
            return;
        }
        let damage = if room == Some(0) { Damage::Further(1) } else { damage };
        let path = self.input.path.clone();
        self.warnings.push(Warning { path, offset, frames_before: self.frames, damage, skipped });
    }

    fn add_interface(&mut self, described: Described) {
        let Described { link_type, snap_length, index, name, description, application } = described;
        let vantage = self.vantages.register(Entry {
            given: self.input.name.clone(),
            file: self.input.path.clone(),
            interface: name,
            index,
            description,
            application,
            link_type,
            dropped: None,
            frames: 0,
        });
        if snap_length > 0 {
            self.snap_length = Some(self.snap_length.map_or(snap_length, |s| s.min(snap_length)));
        }
        if !self.link_types.contains(&link_type) {
            self.link_types.push(link_type);
        }
        self.interfaces.push(Interface { vantage, link_type, frames: 0, dropped: None });
    }

    /// Hands the counts to the list of places, once.
    #[cold]
    fn finish(&mut self) {
        if !std::mem::replace(&mut self.ended, true) {
            for interface in &self.interfaces {
                self.vantages.add(interface.vantage, interface.frames, interface.dropped);
            }
        }
    }

    /// What was wrong with the file so far; all of it once `next_frame` gave `None`.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Bytes read from the file so far (compressed ones of a compressed file), read-ahead included.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Length of the file; `None` for standard input and pipes.
    #[must_use]
    pub const fn bytes_total(&self) -> Option<u64> {
        self.total
    }

    /// The file; `-` for standard input.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.input.path
    }

    /// What there is to report about the input as far as it was read.
    #[must_use]
    pub fn summary(&self) -> InputSummary {
        InputSummary {
            name: self.input.name.clone().unwrap_or_else(|| stem(&self.input.path)),
            path: self.input.path.clone(),
            frames: self.frames,
            bytes_read: self.bytes_read(),
            not_understood: BTreeMap::new(),
            left_out: LeftOut::default(),
            from: self.times.map(|(first, _)| first),
            to: self.times.map(|(_, last)| last),
            warnings: self.warnings.clone(),
            link_types: self.link_types.clone(),
            dropped: self.dropped(),
            snap_length: self.snap_length,
        }
    }

    /// Packets lost at all interfaces of the file, from the list of places once reading is done.
    fn dropped(&self) -> Option<u64> {
        self.interfaces.iter().filter_map(|interface| interface.dropped).reduce(|a, b| a + b)
    }
}
