//! A window over a stream: at least the requested bytes at hand, no seeking, no copy for the caller.
//!
//! One read fetches what the source has at that moment, so a pipe that is
//! still being written to is read as far as it goes. The window grows only to
//! what one record needs.

use crate::Stopped;
use std::io::{self, Read};

/// Read-ahead, and the size of one read from a file.
const CAPACITY: usize = 1 << 18;

pub(crate) struct Buffer {
    source: Box<dyn Read + Send>,
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    /// Stream offset of `start`.
    offset: u64,
    ended: bool,
    stopped: bool,
    failure: Option<io::Error>,
}

impl Buffer {
    pub(crate) fn new(source: Box<dyn Read + Send>) -> Self {
        let bytes = vec![0; CAPACITY];
        Self { source, bytes, start: 0, end: 0, offset: 0, ended: false, stopped: false, failure: None }
    }

    /// Everything at hand.
    pub(crate) fn available(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// `length` bytes from `at` on, counted from the first byte not yet consumed; fewer when there
    /// are fewer at hand.
    pub(crate) fn slice(&self, at: usize, length: usize) -> &[u8] {
        let available = self.available();
        let end = available.len().min(at.saturating_add(length));
        available.get(at..end).unwrap_or_default()
    }

    /// Bytes consumed so far.
    pub(crate) const fn offset(&self) -> u64 {
        self.offset
    }

    /// Why the stream ended early, once.
    pub(crate) fn take_failure(&mut self) -> Option<io::Error> {
        self.failure.take()
    }

    /// Whether the stream ended because nobody wanted more of it.
    pub(crate) const fn stopped(&self) -> bool {
        self.stopped
    }

    /// Gives up the first `length` bytes at hand.
    pub(crate) fn consume(&mut self, length: usize) {
        let length = length.min(self.end - self.start);
        self.start += length;
        self.offset += length as u64;
    }

    /// Gives up `length` bytes, at hand or not; returns whether there were that many.
    pub(crate) fn skip(&mut self, mut length: u64) -> bool {
        loop {
            let step = usize::try_from(length).unwrap_or(usize::MAX).min(self.end - self.start);
            self.consume(step);
            length -= step as u64;
            if length == 0 {
                return true;
            }
            if !self.ensure(1) {
                return false;
            }
        }
    }

    /// Whether `length` bytes are at hand, after reading as much as it takes.
    #[inline]
    pub(crate) fn ensure(&mut self, length: usize) -> bool {
        self.end - self.start >= length || self.fill(length)
    }

    #[cold]
    fn fill(&mut self, length: usize) -> bool {
        if self.ended {
            return false;
        }
        if self.bytes.len() - self.start < length {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        while self.end - self.start < length && !self.ended {
            // Grown step by step: a length field alone must not claim memory for data that never follows.
            if self.end == self.bytes.len() {
                self.bytes.resize(self.bytes.len() * 2, 0);
            }
            let Some(room) = self.bytes.get_mut(self.end..) else { return false };
            match self.source.read(room) {
                Ok(0) => self.ended = true,
                Ok(read) => self.end += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.ended = true;
                    self.stopped = Stopped::is_in(&error);
                    self.failure = Some(error).filter(|_| !self.stopped);
                }
            }
        }
        self.end - self.start >= length
    }
}
