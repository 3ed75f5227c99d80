//! gzip and zstd, of one member or many, known by their first bytes.

use flate2::read::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use std::io::{self, BufRead, BufReader, Read};

/// How much is read from a compressed file at a time.
const CHUNK: usize = 1 << 16;

/// The largest zstd window that is decoded (`zstd --long=27`, its decoder's default limit).
const WINDOW_MAX: u64 = 1 << 27;

/// A compression, known by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// gzip (RFC 1952).
    Gzip,
    /// Zstandard (RFC 8878).
    Zstd,
}

impl Compression {
    /// The compression that an input with these first bytes has; `None` for one that is not compressed.
    #[must_use]
    pub fn of(first: &[u8]) -> Option<Self> {
        match first {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstd),
            // A skippable frame: pzstd begins with one.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Self::Zstd),
            _ => None,
        }
    }

    /// What is inside. Data that end early give [`io::ErrorKind::UnexpectedEof`] after all that could be read.
    #[must_use]
    pub fn reader(self, source: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
        match self {
            Self::Gzip => Box::new(MultiGzDecoder::new(BufReader::with_capacity(CHUNK, source))),
            Self::Zstd => Box::new(Zstd::new(source)),
        }
    }
}

/// Frames one after the other; the decoder itself stops after each.
struct Zstd {
    source: BufReader<Box<dyn Read + Send>>,
    decoder: FrameDecoder,
    /// A frame is being decoded.
    inside: bool,
    failure: Option<io::Error>,
}

/// An empty last block and space for a checksum: ends a frame that was cut off, so that the
/// decoder releases what it kept as its window.
const CLOSING: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];

impl Zstd {
    fn new(source: Box<dyn Read + Send>) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(WINDOW_MAX);
        let source = BufReader::with_capacity(CHUNK, source);
        Self { source, decoder, inside: false, failure: None }
    }

    /// Starts the next frame; `false` at the end.
    fn next_frame(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.decoder.init(&mut self.source) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    io::copy(&mut (&mut self.source).take(u64::from(length)), &mut io::sink())?;
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
        Ok(false)
    }

    /// Decodes until there is something to hand out or the frame ends.
    fn decode(&mut self) {
        while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
            let one = BlockDecodingStrategy::UptoBlocks(1);
            if let Err(error) = self.decoder.decode_blocks(&mut self.source, one) {
                self.failure = Some(match self.source.fill_buf() {
                    Ok([]) => io::Error::new(io::ErrorKind::UnexpectedEof, "the data end early"),
                    Ok(_) => io::Error::other(error),
                    // The source's own reason, in which the decoder's is only that it has one.
                    Err(reason) => reason,
                });
                // Cannot fail: an empty raw block needs nothing that the failure may have broken.
                let _ = self.decoder.decode_blocks(CLOSING.as_slice(), BlockDecodingStrategy::All);
                return;
            }
        }
    }
}

impl Read for Zstd {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.inside && self.failure.is_none() {
                self.decode();
            }
            if self.inside && self.decoder.can_collect() > 0 {
                return self.decoder.read(room);
            }
            if let Some(error) = self.failure.take() {
                self.inside = false;
                return Err(error);
            }
            self.inside = self.next_frame()?;
            if !self.inside {
                return Ok(0);
            }
        }
    }
}
