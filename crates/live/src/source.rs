//! A place while it is captured: its socket and ring, what was counted, and whether its interface still exists.

use crate::kernel::{BLOCK, Tally, bound, statistics};
use crate::output::Counts;
use crate::places::Place;
use crate::places::opening::Opened;
use crate::queue::Queue;
use crate::span::{Part, Span};
use crate::{CaptureError, Notice, PlaceSummary};
use nix::sys::socket::{getsockopt, sockopt};
use std::os::fd::{AsFd, BorrowedFd};
use unanswered_wire::{Direction, LinkType};

/// A place while it is captured.
pub(crate) struct Source {
    pub(crate) name: String,
    opened: Opened,
    /// Outgoing frames are left out.
    loopback: bool,
    /// Its frames have room for a VLAN tag.
    tagged: bool,
    /// It went down, and may disappear without further notice.
    pub(crate) down: bool,
    pub(crate) gone: bool,
    /// What the kernel counted, frames outside the span among them.
    tally: Tally,
    /// Frames before and after the span.
    early: u64,
    late: u64,
    /// Packets written.
    pub(crate) written: u64,
}

impl Source {
    pub(crate) fn new(place: Place, opened: Opened) -> Self {
        let loopback = place.interface.is_loopback();
        let tagged = matches!(place.interface.link(), Some((LinkType::Ethernet, _)));
        Self {
            name: place.name,
            opened,
            loopback,
            tagged,
            down: false,
            gone: false,
            tally: Tally::default(),
            early: 0,
            late: 0,
            written: 0,
        }
    }

    /// Lets all places receive, one directly after the other; returns what happened to some of them meanwhile.
    pub(crate) fn start(sources: &mut [Self]) -> Result<Vec<Notice>, CaptureError> {
        // Nothing else is in this loop: it decides how long some receive and others do not.
        for source in &mut *sources {
            source.gone = !source
                .opened
                .receive()
                .map_err(|errno| CaptureError::system(format!("listen at {}", source.name), errno))?;
        }
        for source in &mut *sources {
            // An interface that is already down says so now; that is not news.
            let error = getsockopt(&source.opened.socket, sockopt::SocketError);
            source.down = error.is_ok_and(|error| error != 0);
        }
        let gone = sources.iter().filter(|source| source.gone);
        Ok(gone.map(|source| Notice::Gone(source.name.clone())).collect())
    }

    /// Lets no place receive any more, one directly after the other.
    pub(crate) fn stop(sources: &[Self]) {
        sources.iter().for_each(|source| source.opened.refuse());
    }

    /// The size of its ring in bytes.
    pub(crate) const fn ring(&self) -> usize {
        self.opened.ring.bytes()
    }

    /// What tells that something has come, or that its interface changed.
    pub(crate) fn handle(&self) -> BorrowedFd<'_> {
        self.opened.socket.as_fd()
    }

    /// Takes out of its ring what is there, but no more than it holds; returns the number of blocks.
    pub(crate) fn read(&mut self, number: usize, span: &Span, snap: usize, queue: &mut Queue) -> usize {
        let Self { opened, loopback, tagged, early, late, .. } = self;
        let ring = &mut opened.ring;
        for blocks in 0..ring.bytes() / BLOCK {
            let one = ring.next_block(|block| {
                block.each(*tagged, |arrival, parts| {
                    if *loopback && arrival.flags.direction == Some(Direction::Out) {
                        return;
                    }
                    match span.part(arrival.time) {
                        Part::Before => *early += 1,
                        Part::After => *late += 1,
                        Part::Within => {
                            let about = (arrival.time, arrival.length, arrival.flags);
                            queue.push(number, about, parts, snap);
                        }
                    }
                });
            });
            if !one {
                return blocks;
            }
        }
        ring.bytes() / BLOCK
    }

    /// Adds what the kernel counted since the last time.
    pub(crate) fn count(&mut self) {
        // An open socket can be asked; otherwise there would be nothing to add.
        let Tally { received, dropped } = statistics(&self.opened.socket).unwrap_or_default();
        self.tally.received += received;
        self.tally.dropped += dropped;
    }

    /// What was counted so far, without the frames outside the span.
    pub(crate) const fn counts(&self) -> Counts {
        let Tally { received, dropped } = self.tally;
        // What was read a moment ago may not be in the kernel's count of a moment earlier.
        let received = received.saturating_sub(self.early + self.late);
        Counts { received, dropped, written: self.written }
    }

    /// What an error at the socket means, or that its interface is down.
    pub(crate) fn troubled(&mut self) -> Option<Notice> {
        let error = getsockopt(&self.opened.socket, sockopt::SocketError).unwrap_or(0);
        self.down |= error != 0;
        // The kernel sets the index to -1 when the interface is unregistered.
        if !bound(&self.opened.socket).is_ok_and(|index| index > 0) {
            self.gone = true;
            return Some(Notice::Gone(self.name.clone()));
        }
        (error != 0).then(|| Notice::Down(self.name.clone()))
    }

    /// What there is to report of it in the end.
    pub(crate) fn summary(&self) -> PlaceSummary {
        let Counts { received, dropped, written } = self.counts();
        let (early, late) = (self.early, self.late);
        PlaceSummary { name: self.name.clone(), received, dropped, written, early, late }
    }
}
