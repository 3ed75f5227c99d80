//! From a name to a reader: what kind of file it is, judged by its first bytes and never by its name.

use crate::buffer::Buffer;
use crate::pcap::{self, Pcap};
use crate::pcapng::{self, Pcapng};
use crate::reader::{Format, Opened, Reader};
use crate::{InputSpec, Vantages};
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use unanswered_inflate::Compression;

/// A file that cannot be read as a capture at all.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no such file.
    #[error("{}: no such file", .0.display())]
    Missing(PathBuf),
    /// It is a directory.
    #[error("{}: is a directory", .0.display())]
    Directory(PathBuf),
    /// Permission denied.
    #[error("{}: permission denied", .0.display())]
    Permission(PathBuf),
    /// It is empty.
    #[error("{}: the file is empty", .0.display())]
    Empty(PathBuf),
    /// It is text.
    #[error("{}: not a capture but text (it begins with {begins:?})", path.display())]
    Text {
        /// The file.
        path: PathBuf,
        /// How it begins.
        begins: String,
    },
    /// A capture or other file of a kind that this crate does not read.
    #[error("{}: {kind}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What it is.
        kind: String,
        /// What to do about it.
        hint: &'static str,
    },
    /// It ends within the header that identifies it.
    #[error("{}: the file ends at byte {found}, inside its header of {expected} bytes", path.display())]
    HeaderCut {
        /// The file.
        path: PathBuf,
        /// Length of the header.
        expected: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// It is compressed and cannot be decompressed even at its start.
    #[error("{}: cannot decompress: {reason}", path.display())]
    Compressed {
        /// The file.
        path: PathBuf,
        /// What the decompressor says.
        reason: String,
    },
    /// Any other failure of the system.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

impl OpenError {
    /// What to do about it, if that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Directory(_) => "name the capture files in it",
            Self::Empty(_) => "was tcpdump stopped before it wrote its header? (-U writes at once)",
            Self::Text { .. } => "write one with tcpdump -w FILE, or give a table of requests as --table",
            Self::Format { hint, .. } => {
                return Some(format!("pcap or pcapng was expected, plain, gzip or zstd ({hint})"));
            }
            Self::Missing(_)
            | Self::Permission(_)
            | Self::HeaderCut { .. }
            | Self::Compressed { .. }
            | Self::Io { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

/// Opens a capture. Its places of capture are added to `vantages` as they are met.
///
/// Waits for the first bytes when the input is a pipe.
///
/// # Errors
/// Says why the file is not a capture that can be read.
pub fn open(input: &InputSpec, vantages: &Vantages) -> Result<Reader, OpenError> {
    let path = &input.path;
    if input.is_stdin() {
        return open_stream(input, Box::new(io::stdin()), None, vantages);
    }
    let failed = |source: io::Error| {
        let path = path.clone();
        if source.kind() == io::ErrorKind::NotFound {
            OpenError::Missing(path)
        } else if source.kind() == io::ErrorKind::PermissionDenied {
            OpenError::Permission(path)
        } else {
            OpenError::Io { path, source }
        }
    };
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err(OpenError::Directory(path.clone()));
    }
    let total = metadata.is_file().then_some(metadata.len());
    open_stream(input, Box::new(file), total, vantages)
}

/// Reads a capture from any stream; `total` is its length if that is known. `input` only names
/// it.
///
/// # Errors
/// Says why the stream is not a capture that can be read.
pub fn open_stream(
    input: &InputSpec,
    source: Box<dyn Read + Send>,
    total: Option<u64>,
    vantages: &Vantages,
) -> Result<Reader, OpenError> {
    let read = Arc::new(AtomicU64::new(0));
    let mut source: Box<dyn Read + Send> = Box::new(Counted { source, read: Arc::clone(&read) });
    let path = input.path.as_path();
    let mut compressed = false;
    for _ in 0..COMPRESSIONS_MAX {
        let (first, failure) = beginning(&mut source, 4);
        if let Some(error) = failure {
            return Err(unreadable(path, compressed, error));
        }
        let again = Box::new(Cursor::new(first.clone()).chain(source));
        let Some(compression) = Compression::of(&first) else {
            source = again;
            break;
        };
        compressed = true;
        source = compression.reader(again);
    }
    let mut buffer = Buffer::new(source);
    let format = format(path, compressed, &mut buffer)?;
    let opened = Opened { buffer, format, compressed, read, total };
    Ok(Reader::new(input.clone(), opened, vantages))
}

/// Maximum number of nested compressions that are undone.
const COMPRESSIONS_MAX: usize = 4;

/// Counts what is read from the file itself.
struct Counted {
    source: Box<dyn Read + Send>,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let length = self.source.read(room)?;
        self.read.fetch_add(length as u64, Ordering::Relaxed);
        Ok(length)
    }
}

/// The first bytes, fewer at the end of the stream.
fn beginning(source: &mut dyn Read, length: u64) -> (Vec<u8>, Option<io::Error>) {
    let mut first = Vec::new();
    let failure = source.take(length).read_to_end(&mut first).err();
    (first, failure)
}

fn unreadable(path: &Path, compressed: bool, source: io::Error) -> OpenError {
    let path = path.to_owned();
    if compressed {
        OpenError::Compressed { path, reason: source.to_string() }
    } else if source.kind() == io::ErrorKind::IsADirectory {
        OpenError::Directory(path)
    } else {
        OpenError::Io { path, source }
    }
}

/// Tells the format and consumes its file header.
fn format(path: &Path, compressed: bool, buffer: &mut Buffer) -> Result<Format, OpenError> {
    let enough = buffer.ensure(pcap::HEADER);
    if buffer.slice(0, 4) == pcapng::SECTION_MAGIC {
        buffer.ensure(SECTION_LEAST);
    }
    if let Some(error) = buffer.take_failure() {
        return Err(unreadable(path, compressed, error));
    }
    let first = buffer.slice(0, TEXT_SAMPLE);
    if first.is_empty() {
        return Err(OpenError::Empty(path.to_owned()));
    }
    if first.starts_with(&pcapng::SECTION_MAGIC) || pcapng::SECTION_MAGIC.starts_with(first) {
        if first.len() < SECTION_LEAST {
            let (expected, found) = (SECTION_LEAST as u64, first.len() as u64);
            return Err(OpenError::HeaderCut { path: path.to_owned(), expected, found });
        }
        return Ok(Format::Pcapng(Pcapng::new()));
    }
    if let Some(pcap) = Pcap::from_header(first) {
        buffer.consume(pcap::HEADER);
        return Ok(Format::Pcap(pcap));
    }
    if !enough && Pcap::is_magic(first) {
        let (expected, found) = (pcap::HEADER as u64, first.len() as u64);
        return Err(OpenError::HeaderCut { path: path.to_owned(), expected, found });
    }
    Err(foreign(path, first))
}

/// Enough of a text to show, and of another format to recognise it.
const TEXT_SAMPLE: usize = 64;

/// The shortest section header block.
const SECTION_LEAST: usize = 28;

/// What a file is, if it is not a capture that we read.
fn foreign(path: &Path, first: &[u8]) -> OpenError {
    let path = path.to_owned();
    let kind = match first {
        [b's', b'n', b'o', b'o', b'p', ..] => "a snoop capture",
        [b'G', b'M', b'B', b'U', ..] | [b'R', b'T', b'S', b'S', ..] => "a Network Monitor capture",
        [b'X', b'C', b'P', 0, ..] => "a NetXRay capture",
        [b'P', b'K', 3, 4, ..] => {
            let kind = "a zip archive".to_owned();
            return OpenError::Format { path, kind, hint: "unzip it first" };
        }
        [b'B', b'Z', b'h', ..] | [0xfd, b'7', b'z', b'X', b'Z', 0] => {
            let kind = "compressed with bzip2 or xz".to_owned();
            return OpenError::Format { path, kind, hint: "decompress it first" };
        }
        _ if is_text(first) => {
            let begins = String::from_utf8_lossy(first).chars().take(24).collect();
            return OpenError::Text { path, begins };
        }
        _ => {
            let magic: String =
                first.iter().take(4).map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
            let kind = format!("not a capture (it begins with bytes {magic})");
            return OpenError::Format { path, kind, hint: "tcpdump -w FILE writes one" };
        }
    };
    OpenError::Format { path, kind: kind.to_owned(), hint: "editcap FILE NEW converts it" }
}

fn is_text(first: &[u8]) -> bool {
    // The sample may end within a character.
    let text = match std::str::from_utf8(first) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            let whole = first.get(..error.valid_up_to()).unwrap_or_default();
            std::str::from_utf8(whole).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.is_empty() && text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'))
}
