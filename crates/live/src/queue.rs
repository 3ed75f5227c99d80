//! Packets of all places in a single order of time.
//!
//! The kernel hands a packet over up to [`HOLD`] after it stamped it, at each place at a different moment. So a packet
//! waits here until everything that was stamped before it must have arrived as well: that is the case when it was read
//! `HOLD` ago. Then it leaves together with all packets that were stamped no later. Only a monotonic clock is
//! used, so a host whose time is set in the meantime loses nothing.

use std::collections::VecDeque;
use std::time::{Duration, Instant};
use unanswered_capture::PacketFlags;
use unanswered_wire::Time;

/// How late the kernel may hand a packet over: twice the block's time-out
/// ([`BLOCK_TIMEOUT_MS`](crate::places::opening::BLOCK_TIMEOUT_MS)), plus half of it for a busy processor.
pub(crate) const HOLD: Duration = Duration::from_millis(250);

/// A packet that waits; its bytes are in the chunk of the turn in which it was read.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    time: Time,
    place: usize,
    chunk: u64,
    start: usize,
    captured: usize,
    length: u32,
    flags: PacketFlags,
}

/// A packet that is being released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Packet<'a> {
    pub(crate) time: Time,
    /// Number of the place.
    pub(crate) place: usize,
    /// Bytes on the wire.
    pub(crate) length: u32,
    pub(crate) flags: PacketFlags,
    /// Bytes captured.
    pub(crate) bytes: &'a [u8],
}

/// The bytes that were read in one turn.
#[derive(Debug, Default)]
struct Chunk {
    bytes: Vec<u8>,
    waiting: usize,
    /// When the turn began, and the latest timestamp in it.
    read: Option<Instant>,
    latest: Option<Time>,
}

/// Packets that wait for others.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    waiting: Vec<Waiting>,
    /// Chunks in the order of their turns; the last one is being filled.
    chunks: VecDeque<Chunk>,
    /// Number of the first of them.
    first: u64,
    /// A chunk whose memory is reused.
    spare: Option<Vec<u8>>,
}

impl Queue {
    /// Whether nothing waits.
    pub(crate) const fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// When the earliest of those that wait was stamped.
    pub(crate) fn earliest(&self) -> Option<Time> {
        self.waiting.iter().map(|packet| packet.time).min()
    }

    /// Begins a turn of reading.
    pub(crate) fn begin(&mut self, now: Instant) {
        let bytes = self.spare.take().unwrap_or_default();
        self.chunks.push_back(Chunk { bytes, read: Some(now), ..Chunk::default() });
    }

    /// Adds a packet, whose bytes come in parts; at most `snap` of them.
    pub(crate) fn push(
        &mut self,
        place: usize,
        (time, length, flags): (Time, u32, PacketFlags),
        parts: [&[u8]; 3],
        snap: usize,
    ) {
        let number = self.first + u64::try_from(self.chunks.len()).unwrap_or(0);
        let Some(chunk) = self.chunks.back_mut() else { return };
        let start = chunk.bytes.len();
        for part in parts {
            chunk.bytes.extend_from_slice(part);
        }
        chunk.bytes.truncate(start + snap);
        let captured = chunk.bytes.len() - start;
        chunk.waiting += 1;
        chunk.latest = chunk.latest.max(Some(time));
        let chunk = number.saturating_sub(1);
        self.waiting.push(Waiting { time, place, chunk, start, captured, length, flags });
    }

    /// Releases, in order of time, all packets that nothing can precede any more.
    pub(crate) fn release<E>(
        &mut self,
        now: Instant,
        each: impl FnMut(Packet<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let ripe = |chunk: &&Chunk| chunk.read.is_some_and(|read| now.duration_since(read) >= HOLD);
        let until = self.chunks.iter().take_while(ripe).filter_map(|chunk| chunk.latest).max();
        let Some(until) = until else {
            self.forget();
            return Ok(());
        };
        // Stable: packets of the same time stay in the order in which they were read. What is left from before is in
        // order already, which makes this a merge.
        self.waiting.sort_by_key(|packet| packet.time);
        let count = self.waiting.partition_point(|packet| packet.time <= until);
        self.give_out(count, each)
    }

    /// Releases everything, in order of time.
    pub(crate) fn release_all<E>(&mut self, each: impl FnMut(Packet<'_>) -> Result<(), E>) -> Result<(), E> {
        self.waiting.sort_by_key(|packet| packet.time);
        self.give_out(self.waiting.len(), each)
    }

    fn give_out<E>(
        &mut self,
        count: usize,
        mut each: impl FnMut(Packet<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        for waiting in self.waiting.drain(..count) {
            let Waiting { time, place, chunk, start, captured, length, flags } = waiting;
            let index = usize::try_from(chunk - self.first).unwrap_or(usize::MAX);
            let Some(chunk) = self.chunks.get_mut(index) else { continue };
            chunk.waiting -= 1;
            let bytes = chunk.bytes.get(start..start + captured).unwrap_or_default();
            each(Packet { time, place, length, flags, bytes })?;
        }
        self.forget();
        Ok(())
    }

    /// Frees chunks whose packets have all left.
    fn forget(&mut self) {
        while let Some(chunk) = self.chunks.pop_front_if(|chunk| chunk.waiting == 0) {
            self.first += 1;
            let mut bytes = chunk.bytes;
            bytes.clear();
            if self.spare.as_ref().is_none_or(|spare| spare.capacity() < bytes.capacity()) {
                self.spare = Some(bytes);
            }
        }
    }
}

#[cfg(test)]
mod tests;
