//! Several captures as one, in order of time.

use crate::{Frame, InputSummary, Reader, Vantages};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use unanswered_wire::Time;

/// Draws frames from several readers, earliest first; at equal times, the reader named first.
///
/// A file whose own time goes backwards is read in its own order: its frames
/// come when its next frame is the earliest of all readers' next frames, so one
/// late frame in a file holds back those after it and nothing is lost. Memory
/// use is that of the readers.
pub struct Merged {
    readers: Vec<Reader>,
    vantages: Vantages,
    /// Readers that stand at a frame, the earliest on top.
    waiting: BinaryHeap<Reverse<(Time, usize)>>,
    started: bool,
}

impl Merged {
    /// Merges readers that share `vantages`.
    #[must_use]
    pub const fn new(readers: Vec<Reader>, vantages: Vantages) -> Self {
        Self { readers, vantages, waiting: BinaryHeap::new(), started: false }
    }

    /// The next frame in order of time; `None` when all readers are at their ends.
    #[inline]
    pub fn next_frame(&mut self) -> Option<Frame<'_>> {
        self.next_with_input().map(|(_, frame)| frame)
    }

    /// The next frame, and which of the readers it is from.
    #[inline]
    pub fn next_with_input(&mut self) -> Option<(usize, Frame<'_>)> {
        if self.started {
            let mut top = self.waiting.peek_mut()?;
            let Reverse((_, index)) = *top;
            match self.readers.get_mut(index).and_then(Reader::advance) {
                Some(time) => *top = Reverse((time, index)),
                None => {
                    PeekMut::pop(top);
                }
            }
        } else {
            self.start();
        }
        let Reverse((_, index)) = *self.waiting.peek()?;
        self.readers.get(index)?.frame().map(|frame| (index, frame))
    }

    /// The places of capture.
    #[must_use]
    pub const fn vantages(&self) -> &Vantages {
        &self.vantages
    }

    /// The readers, in the order given.
    #[must_use]
    pub fn readers(&self) -> &[Reader] {
        &self.readers
    }

    /// What there is to report about each input, in the order given.
    #[must_use]
    pub fn summaries(&self) -> Vec<InputSummary> {
        self.readers.iter().map(Reader::summary).collect()
    }

    /// Bytes read of all files so far.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.readers.iter().map(Reader::bytes_read).sum()
    }

    /// Length of all files; `None` when one of them is a pipe.
    #[must_use]
    pub fn bytes_total(&self) -> Option<u64> {
        self.readers.iter().map(Reader::bytes_total).sum()
    }

    #[cold]
    fn start(&mut self) {
        self.started = true;
        for (index, reader) in self.readers.iter_mut().enumerate() {
            if let Some(time) = reader.advance() {
                self.waiting.push(Reverse((time, index)));
            }
        }
    }
}
