//! Exchanges window by window, while packets still come.
//!
//! # Data flow
//!
//! The caller feeds a [`Pairer`] and asks [`Windows::poll`] now and then. A window is a stretch of the packets' time. Once
//! all requests sent in it, and for an overlap after it, are settled, the requests of both are taken out of the pairer,
//! joined over all places, and those that began in the window are handed out as [`Exchanges`]: each request once, in the
//! window in which its first sighting was sent. The overlap is as long as the longest time for which a protocol remembers
//! a request, plus the largest known difference of two clocks, so that one request at several places, a question and its
//! fallback, and a reply that came the other way are in one window together. For the same end the requests shortly before
//! the window are joined again, and not handed out again.
//!
//! # What is carried over
//!
//! The pairer goes on, and with it flows, connections and habits. Evidence on what does not change from request to request
//! (clocks, the order of places, places that see one direction, hardware addresses, answered neighbours) is
//! [`Carried`]; lookups that are not over are continued; a [`Nat`](crate::follow::Nat) takes one window after another.
//!
//! # Limits
//!
//! A window is judged by the evidence up to its end, a file by all of it. So the first windows may show less: two clocks are
//! known to differ after three shared exchanges, and exchanges whose sightings lie farther apart than the overlap before
//! that are not joined: the same request is handed out once for each place then. A request of plain UDP is handed out if its
//! conversation asks and answers as far as it has gone. Counts of frames, packets and requests by place are those since the beginning.

use crate::exchanges::{Cut, Exchanges, LookupsSoFar, Sorted};
use crate::join::{Carried, During};
use crate::pairer::{From, Pairer};
use std::collections::VecDeque;
use unanswered_capture::{InputSummary, Vantage};
use unanswered_wire::{Span, Time};

/// Cuts a pairing into windows. See the module's documentation.
#[derive(Debug)]
pub struct Windows {
    length: Span,
    /// The window that is next, once anything was seen of it.
    next: Option<During>,
    /// The end of the latest one.
    ended: Time,
    /// The first requests and lone replies that are still of use.
    from: From,
    /// Whether requests were handed out, from `from` on.
    told: VecDeque<bool>,
    /// Requests before that one are settled, of those in the next window and its overlap.
    settled_until: u32,
    carried: Carried,
    lookups: LookupsSoFar,
    late: u64,
}

impl Windows {
    /// Windows of that length, which begin at its multiples.
    ///
    /// # Panics
    /// When the length is not positive.
    #[must_use]
    pub fn new(length: Span) -> Self {
        assert!(length.nanoseconds() > 0, "a window has a length");
        Self {
            length,
            next: None,
            ended: During::ALWAYS.from,
            from: From::default(),
            told: VecDeque::new(),
            settled_until: 0,
            carried: Carried::default(),
            lookups: LookupsSoFar::default(),
            late: 0,
        }
    }

    /// How often a place turned out to have seen a request that had been handed out without it, since its clock was farther off
    /// than anything had shown so far. Those sightings are left out.
    #[must_use]
    pub const fn late_sightings(&self) -> u64 {
        self.late
    }

    /// Whether [`Self::poll`] has something: the requests of the next window and of the overlap are settled.
    pub fn is_due(&mut self, pairer: &Pairer) -> bool {
        self.look_for_next(pairer);
        let Some(window) = self.next else { return false };
        let overlap = self.overlap(pairer);
        let end = window.to + overlap;
        if pairer.now() < end {
            return false;
        }
        // A request settles once or twice its retention after its last packet; one that goes on, or whose place has become
        // silent, is not waited for.
        if pairer.now() >= end + overlap + overlap {
            return true;
        }
        let open = pairer.open_before(self.settled_until.max(self.from.leg), end);
        self.settled_until = open.unwrap_or(self.settled_until);
        open.is_none()
    }

    /// The exchanges of the next window that is over; windows without any are skipped. The two lists are in the order of
    /// their numbers.
    pub fn poll(
        &mut self,
        pairer: &mut Pairer,
        vantages: &[Vantage],
        inputs: &[InputSummary],
    ) -> Option<Exchanges> {
        while self.is_due(pairer) {
            let exchanges = self.take(pairer, vantages, inputs, false)?;
            if !exchanges.shows_nothing() {
                return Some(exchanges);
            }
        }
        None
    }

    /// The same after the input has ended ([`Pairer::handle_end`]), when nothing is waited for.
    pub fn poll_rest(
        &mut self,
        pairer: &mut Pairer,
        vantages: &[Vantage],
        inputs: &[InputSummary],
    ) -> Option<Exchanges> {
        loop {
            self.look_for_next(pairer);
            let end = self.next?.to;
            let last = pairer.latest_sighting(self.from).is_none_or(|latest| latest < end);
            let exchanges = self.take(pairer, vantages, inputs, last)?;
            if !exchanges.shows_nothing() {
                return Some(exchanges);
            }
        }
    }

    fn overlap(&self, pairer: &Pairer) -> Span {
        let sum = pairer.longest_retention().nanoseconds().saturating_add(self.carried.apart().nanoseconds());
        Span::from_nanoseconds(sum)
    }

    /// The window of the first request, or lone reply, that was not handed out.
    fn look_for_next(&mut self, pairer: &Pairer) {
        if self.next.is_some() {
            return;
        }
        let untold = self.told.iter().position(|told| !told).unwrap_or(self.told.len());
        let leg = self.from.leg.saturating_add(u32::try_from(untold).unwrap_or(u32::MAX));
        let reply = pairer.first_alone(self.from.alone, self.ended);
        let first = [pairer.sent_at(leg), reply].into_iter().flatten().min();
        self.next = first.map(|time| {
            let late = time.nanoseconds().rem_euclid(self.length.nanoseconds());
            let from = (time - Span::from_nanoseconds(late)).max(self.ended);
            During { from, to: from + self.length }
        });
    }

    fn take(
        &mut self,
        pairer: &mut Pairer,
        vantages: &[Vantage],
        inputs: &[InputSummary],
        last: bool,
    ) -> Option<Exchanges> {
        let window = self.next.take()?;
        let overlap = self.overlap(pairer);
        let part = pairer.part(self.from, window.to + overlap);
        let told = |number: u32| self.told.get((number - self.from.leg) as usize).copied().unwrap_or(false);
        let cut = Cut { during: window, told: &told, last };
        let (exchanges, sorted) = Exchanges::of_part(
            part,
            (vantages.to_vec(), inputs.to_vec()),
            &cut,
            &mut self.carried,
            &mut self.lookups,
        );
        self.late += sorted.late;
        self.mark_told(pairer, window.to, &sorted);
        self.forget(pairer, window.to - overlap);
        self.ended = window.to;
        self.settled_until = 0;
        Some(exchanges)
    }

    /// All requests sent before the end of the window have been handed out, or are none, apart from those that belong to
    /// a later one.
    fn mark_told(&mut self, pairer: &Pairer, to: Time, sorted: &Sorted) {
        for index in 0.. {
            let number = self.from.leg + index;
            let Some(sent) = pairer.sent_at(number) else { break };
            let in_window = sorted.told.binary_search(&number).is_ok();
            let told = in_window || (sent < to && sorted.later.binary_search(&number).is_err());
            match self.told.get_mut(index as usize) {
                Some(known) => *known |= told,
                None => self.told.push_back(told),
            }
        }
    }

    /// Forgets what lies before that time, but nothing that was not handed out.
    fn forget(&mut self, pairer: &Pairer, before: Time) {
        while self.told.front() == Some(&true) && pairer.sent_at(self.from.leg).is_some_and(|t| t < before) {
            self.told.pop_front();
            self.from.leg += 1;
        }
        while pairer.alone_at(self.from.alone).is_some_and(|time| time < before) {
            self.from.alone += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_packets::{At, ntp};
    use crate::{FrameId, PairerConfig};
    use unanswered_capture::VantageId;
    use unanswered_table::Outcome;

    const MINUTE: Span = Span::from_seconds(60);

    /// A request each second at two places, of which the second has a clock that is ahead; each tenth gets no reply.
    fn packets(seconds: i64, ahead: i64) -> Vec<At> {
        let mut packets = Vec::new();
        for second in 0..seconds {
            let (at, stamp) = (second * 1_000, second.unsigned_abs() + 1);
            let ask = ntp("10.0.0.1", 123, "10.9.0.1", 123, 3, stamp);
            packets.extend([At(at, 0, ask.clone()), At(at + 1 + ahead, 1, ask)]);
            if second % 10 != 0 {
                let answer = ntp("10.9.0.1", 123, "10.0.0.1", 123, 4, stamp);
                packets.extend([At(at + 2 + ahead, 1, answer.clone()), At(at + 3, 0, answer)]);
            }
        }
        packets.sort_by_key(|packet| packet.0);
        packets
    }

    fn feed(pairer: &mut Pairer, packets: &[At], mut after: impl FnMut(&mut Pairer)) {
        for (At(milliseconds, vantage, made), number) in packets.iter().zip(1..) {
            let id = FrameId { vantage: VantageId(*vantage), input: 0, number };
            made.with(|packet| {
                pairer.handle_packet(Time::from_nanoseconds(milliseconds * 1_000_000), id, packet);
            });
            after(pairer);
        }
    }

    /// Requests, those of them without a reply, and sightings; window by window.
    fn run(packets: &[At]) -> (Vec<[usize; 3]>, u64) {
        let mut pairer = Pairer::new(PairerConfig::default());
        let mut windows = Windows::new(MINUTE);
        let mut counts = Vec::new();
        let mut count = |all: &Exchanges| {
            let unanswered = all.iter().filter(|e| e.outcome() == Outcome::Unanswered).count();
            let sightings = all.iter().map(|e| e.sightings().len()).sum();
            counts.push([all.len(), unanswered, sightings]);
        };
        feed(&mut pairer, packets, |pairer| {
            while let Some(all) = windows.poll(pairer, &[], &[]) {
                count(&all);
            }
        });
        pairer.handle_end();
        while let Some(all) = windows.poll_rest(&mut pairer, &[], &[]) {
            count(&all);
        }
        (counts, windows.late_sightings())
    }

    #[test]
    fn a_clock_that_is_ahead_by_less_than_the_overlap_is_known_from_the_first_window_on() {
        let (windows, late) = run(&packets(300, 20_000));
        assert_eq!((windows, late), (vec![[60, 6, 120]; 5], 0));
    }

    #[test]
    fn a_request_between_clocks_farther_apart_is_two() {
        let (windows, late) = run(&packets(120, 300_000));
        let sum = windows.iter().fold([0; 3], |sum, one| [sum[0] + one[0], sum[1] + one[1], sum[2] + one[2]]);
        assert_eq!((sum, late), ([240, 24, 240], 0));
    }

    #[test]
    fn the_time_alone_ends_a_window() {
        let mut pairer = Pairer::new(PairerConfig::default());
        let mut windows = Windows::new(MINUTE);
        feed(&mut pairer, &packets(60, 0), |_| {});
        pairer.handle_timeout(Time::from_nanoseconds(80_000_000_000));
        assert!(!windows.is_due(&pairer), "the overlap has not passed");
        pairer.handle_timeout(Time::from_nanoseconds(300_000_000_000));
        assert_eq!(windows.poll(&mut pairer, &[], &[]).map(|all| all.len()), Some(60));
        assert!(windows.poll(&mut pairer, &[], &[]).is_none());
    }

    #[test]
    fn a_pause_of_a_year_has_no_windows() {
        let mut packets = packets(60, 0);
        let again = self::packets(60, 0);
        packets.extend(again.into_iter().map(|At(at, place, made)| At(at + 365 * 86_400_000, place, made)));
        let (windows, _) = run(&packets);
        assert_eq!(windows, [[60, 6, 120]; 2]);
    }
}
