//! From when to when packets count: one span of time for all places.
//!
//! Places are compared with each other. A packet that is shown at one place only because the other did not listen
//! yet, or no longer, would look like a loss on the way between them. So the span begins at a moment when all places
//! have been receiving ([`crate::places::opening`]), and ends at a moment when all still do; a frame with a time outside
//! it is not written, wherever it was seen. It is counted as such, and is no drop of the kernel's.
//!
//! What is on its way at the first or the last moment is cut in two, as it is in any capture: of the packet that
//! crosses the site at the beginning the later places show the rest of its path, at the end the earlier ones show how far it
//! had come.
//!
//! The host's time may be set while a capture runs, and then frames can have times before the beginning that came long
//! after it. So the beginning is only looked at for as long as the kernel can hold back frames from before.

use crate::queue::HOLD;
use std::time::Instant;
use unanswered_wire::Time;

/// From when to when packets count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    /// When all places were open, by the clock that is never set.
    begun: Instant,
    /// The same, as long as frames from before may still come.
    first: Option<Time>,
    /// The moment of the end, and until when the kernel may hold back frames from before it.
    last: Option<(Time, Instant)>,
}

/// Where a frame is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Before all places were open.
    Before,
    /// It counts.
    Within,
    /// After the end.
    After,
}

impl Span {
    /// All places are open.
    pub(crate) const fn new(begun: Instant, first: Time) -> Self {
        Self { begun, first: Some(first), last: None }
    }

    /// Packets from `last` on no longer count. The first end stands.
    pub(crate) fn end(&mut self, now: Instant, last: Time) {
        self.last.get_or_insert((last, now + HOLD));
    }

    /// The end, once there is one.
    pub(crate) fn last(&self) -> Option<Time> {
        self.last.map(|(last, _)| last)
    }

    /// When everything from before the end has been handed over, once there is an end.
    pub(crate) fn over(&self) -> Option<Instant> {
        self.last.map(|(_, until)| until)
    }

    /// Where a frame of this time is.
    pub(crate) fn part(&self, time: Time) -> Part {
        if self.first.is_some_and(|first| time < first) {
            Part::Before
        } else if self.last.is_some_and(|(last, _)| time > last) {
            Part::After
        } else {
            Part::Within
        }
    }

    /// All rings were read, in a turn that began `now`.
    pub(crate) fn read(&mut self, now: Instant) {
        if now.duration_since(self.begun) >= HOLD {
            self.first = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::monotonic;

    const fn at(seconds: i64) -> Time {
        Time::from_nanoseconds(seconds * 1_000_000_000)
    }

    #[test]
    fn frames_from_before_all_were_open_and_from_after_the_end_do_not_count() {
        let begun = monotonic();
        let mut span = Span::new(begun, at(100));
        assert_eq!(
            [99, 100, 200].map(|time| span.part(at(time))),
            [Part::Before, Part::Within, Part::Within]
        );
        span.end(begun + HOLD * 9, at(150));
        // A second signal does not prolong it.
        span.end(begun + HOLD * 20, at(160));
        assert_eq!(
            [100, 150, 151].map(|time| span.part(at(time))),
            [Part::Within, Part::Within, Part::After]
        );
        assert_eq!((span.last(), span.over()), (Some(at(150)), Some(begun + HOLD * 10)));
    }

    #[test]
    fn a_host_whose_time_is_set_back_loses_nothing() {
        let begun = monotonic();
        let mut span = Span::new(begun, at(100));
        span.read(begun + HOLD / 2);
        assert_eq!(span.part(at(99)), Part::Before);
        // This turn may still have found frames from before; later ones cannot.
        assert_eq!(span.part(at(99)), Part::Before);
        span.read(begun + HOLD);
        assert_eq!(span.part(at(5)), Part::Within);
    }
}
