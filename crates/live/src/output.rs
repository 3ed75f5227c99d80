//! Where packets are written: one file, standard output, or a ring of files, each of them complete.
//!
//! Every file begins with a section and the description of all places, and ends with what was counted at each of them
//! while this file was written.

use crate::places::Chosen;
use crate::privileges::Successor;
use crate::queue::Packet;
use crate::{CaptureError, Place};
use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use unanswered_capture::{InterfaceDescription, PcapngWriter, SectionDescription, Statistics};
use unanswered_wire::{LinkType, Time};

/// Bytes that are buffered before they are written.
const GATHERED: usize = 1 << 18;

/// Where to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Standard output.
    Standard,
    /// A file; with rotation, the name from which the files' names are made.
    File(PathBuf),
}

/// When to begin the next file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// Maximum size of a file in bytes.
    pub bytes: Option<u64>,
    /// How long a file is written to.
    pub time: Option<Duration>,
    /// How many files are kept; default: all.
    pub keep: Option<usize>,
}

/// What was counted at a place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) received: u64,
    pub(crate) dropped: u64,
    pub(crate) written: u64,
}

/// What the beginning of each file contains.
#[derive(Debug)]
pub(crate) struct Heading {
    /// The system, such as `Linux 6.12.0`.
    system: String,
    hardware: String,
    host: String,
    filter: String,
    snap: u32,
    /// Name, description and link type of each place.
    places: Vec<(String, String, LinkType)>,
}

/// Counts what passes through.
#[derive(Debug)]
struct Counting {
    to: BufWriter<File>,
    bytes: u64,
}

/// The file that is being written, and those before it.
#[derive(Debug)]
pub(crate) struct Output {
    target: Target,
    rotation: Option<Rotation>,
    heading: Heading,
    writer: PcapngWriter<Counting>,
    /// Number of this file, from 1.
    number: u64,
    begun: Instant,
    started: Time,
    /// Counts of each place when this file began.
    before: Vec<Counts>,
    kept: VecDeque<PathBuf>,
}

impl Heading {
    pub(crate) fn new(chosen: &Chosen, places: &[Place], host: &str, filter: String, snap: u32) -> Self {
        let about = nix::sys::utsname::uname();
        let word = |word: &std::ffi::OsStr| word.to_string_lossy().into_owned();
        let (system, hardware) = about.as_ref().map_or_else(
            |_| ("Linux".to_owned(), String::new()),
            |about| (format!("{} {}", word(about.sysname()), word(about.release())), word(about.machine())),
        );
        let places = places.iter().map(|place| {
            let description = match chosen.namespace(place) {
                Some(namespace) => format!("host {host}, namespace {namespace}"),
                None => format!("host {host}"),
            };
            let link_type = place.interface.link().map_or(LinkType::Ethernet, |(link_type, _)| link_type);
            (place.name.clone(), description, link_type)
        });
        Self { system, hardware, host: host.to_owned(), filter, snap, places: places.collect() }
    }
}

impl Output {
    /// Opens the first file and writes its beginning.
    pub(crate) fn open(
        target: Target,
        rotation: Option<Rotation>,
        heading: Heading,
        successor: &Successor,
        (now, started): (Instant, Time),
    ) -> Result<Self, CaptureError> {
        let mut kept = VecDeque::new();
        let file = match &target {
            Target::Standard => io::stdout().as_fd().try_clone_to_owned().map(File::from),
            Target::File(path) => {
                let path = rotation.map_or_else(|| path.clone(), |_| numbered(path, 1));
                let file = File::create(&path);
                kept.push_back(path);
                file.inspect(|file| successor.take_over(file))
            }
        };
        let before = vec![Counts::default(); heading.places.len()];
        let begun = file.and_then(|file| heading.begin(file));
        let shown = kept.front().cloned().unwrap_or_else(|| PathBuf::from("-"));
        let writer = begun.map_err(|error| CaptureError::output(shown, error))?;
        Ok(Self { target, rotation, heading, writer, number: 1, begun: now, started, before, kept })
    }

    /// All places are open: from this moment on packets count.
    pub(crate) const fn begin(&mut self, (now, started): (Instant, Time)) {
        (self.begun, self.started) = (now, started);
    }

    /// Writes a packet.
    pub(crate) fn write(&mut self, packet: &Packet<'_>) -> Result<(), CaptureError> {
        let Packet { time, place, length, flags, bytes } = *packet;
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        let written = self.writer.write_flagged(place, time, length, bytes, flags);
        written.map_err(|error| self.failed(error))
    }

    /// Lets readers see what was written so far.
    pub(crate) fn flush(&mut self) -> Result<(), CaptureError> {
        let flushed = self.writer.flush();
        flushed.map_err(|error| self.failed(error))
    }

    /// Whether this file has reached its maximum size.
    pub(crate) fn is_full(&self) -> bool {
        let most = self.rotation.and_then(|rotation| rotation.bytes);
        most.is_some_and(|most| self.writer.stream().bytes >= most)
    }

    /// When the next file is due.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.rotation.and_then(|rotation| rotation.time).map(|time| self.begun + time)
    }

    /// Ends this file and begins the next one.
    pub(crate) fn rotate(&mut self, counts: &[Counts], now: Instant, time: Time) -> Result<(), CaptureError> {
        let Target::File(path) = &self.target else { return Ok(()) };
        let next = numbered(path, self.number + 1);
        self.end(counts, time)?;
        let begun = File::create(&next).and_then(|file| self.heading.begin(file));
        self.writer = begun.map_err(|error| CaptureError::output(&next, error))?;
        self.number += 1;
        self.kept.push_back(next);
        self.before = counts.to_vec();
        (self.begun, self.started) = (now, time);
        let most = self.rotation.and_then(|rotation| rotation.keep).unwrap_or(usize::MAX);
        while self.kept.len() > most {
            if let Some(old) = self.kept.pop_front() {
                fs::remove_file(&old).map_err(|error| CaptureError::output(&old, error))?;
            }
        }
        Ok(())
    }

    /// Ends the file: what each place counted while it was written.
    pub(crate) fn end(&mut self, counts: &[Counts], end: Time) -> Result<(), CaptureError> {
        for (place, (now, before)) in (0..).zip(counts.iter().zip(&self.before)) {
            let statistics = Statistics {
                start: self.started,
                end,
                received: now.received.saturating_sub(before.received),
                dropped: now.dropped - before.dropped,
                delivered: now.written - before.written,
            };
            let written = self.writer.write_statistics(place, &statistics);
            written.map_err(|error| self.failed(error))?;
        }
        self.flush()
    }

    /// How many files there were.
    pub(crate) const fn files(&self) -> u64 {
        self.number
    }

    fn failed(&self, error: io::Error) -> CaptureError {
        let path = self.kept.back().map_or_else(|| Path::new("-"), PathBuf::as_path);
        CaptureError::output(path, error)
    }
}

impl Heading {
    /// Begins a file.
    fn begin(&self, file: File) -> io::Result<PcapngWriter<Counting>> {
        let to = Counting { to: BufWriter::with_capacity(GATHERED, file), bytes: 0 };
        let section = SectionDescription {
            application: concat!("unanswered capture ", env!("CARGO_PKG_VERSION")),
            system: Some(&self.system),
            hardware: Some(&self.hardware).filter(|words| !words.is_empty()).map(String::as_str),
            comment: Some(&format!("host {}", self.host)),
        };
        let mut writer = PcapngWriter::with_section(to, &section)?;
        for (name, description, link_type) in &self.places {
            writer.add_described(&InterfaceDescription {
                description: Some(description),
                filter: Some(self.filter.as_str()).filter(|words| !words.is_empty()),
                system: Some(&self.system),
                ..InterfaceDescription::new(name, *link_type, self.snap)
            })?;
        }
        // The reader of a pipe can begin.
        writer.flush()?;
        Ok(writer)
    }
}

/// `all.pcapng` becomes `all-00001.pcapng`.
fn numbered(path: &Path, number: u64) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let ending = path.extension().map_or_else(|| "pcapng".into(), |ending| ending.to_string_lossy());
    path.with_file_name(format!("{stem}-{number:05}.{ending}"))
}

impl Write for Counting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.bytes += u64::try_from(written).unwrap_or(0);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_a_ring_of_files_are_numbered_before_the_ending() {
        assert_eq!(numbered(Path::new("a/all.pcapng"), 1), Path::new("a/all-00001.pcapng"));
        assert_eq!(numbered(Path::new("all"), 123_456), Path::new("all-123456.pcapng"));
    }
}
