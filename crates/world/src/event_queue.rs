//! The event queue: a monotone radix queue, first in first out among equal times.
//!
//! An event is kept in a level and a slot: the level is the highest of the base-64 digits in which
//! its time differs from the time of the last event taken, the slot that digit. Taking an event
//! opens the lowest slot and deals its events to lower levels, so each is moved at most a few
//! times, whatever the number of events (Ahuja, Mehlhorn, Orlin and Tarjan 1990). Events of the same
//! time are always in the same slot and keep their order: the slot is a function of the event's time
//! and the last time alone.

/// Bits of a digit.
const DIGIT: u32 = 6;
/// Slots of a level.
const SLOTS: usize = 1 << DIGIT;
/// Levels that 64 bits need.
const LEVELS: usize = 11;

/// Events in order of time; the time of a new one is never before the last one taken.
#[derive(Clone, Debug)]
pub(crate) struct EventQueue<T> {
    /// Time of the last event taken.
    last: u64,
    /// Events of exactly the time `last`, in order; `next` is the first not taken.
    due: Vec<T>,
    next: usize,
    /// Which slots of a level hold anything.
    occupied: [u64; LEVELS],
    slots: Vec<Vec<(u64, T)>>,
    /// A slot's memory while it is dealt out, to be reused.
    spare: Vec<(u64, T)>,
}

impl<T: Copy> Default for EventQueue<T> {
    fn default() -> Self {
        Self {
            last: 0,
            due: Vec::new(),
            next: 0,
            occupied: [0; LEVELS],
            slots: (0..LEVELS * SLOTS).map(|_| Vec::new()).collect(),
            spare: Vec::new(),
        }
    }
}

impl<T: Copy> EventQueue<T> {
    /// Adds an event. A time before the last event taken counts as that time.
    #[inline]
    pub(crate) fn push(&mut self, time: u64, event: T) {
        self.place(time.max(self.last), event);
    }

    /// Takes the earliest event; among equal ones the one that was added first.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<(u64, T)> {
        if self.next == self.due.len() {
            self.due.clear();
            self.next = 0;
            if !self.advance() {
                return None;
            }
        }
        let event = *self.due.get(self.next)?;
        self.next += 1;
        Some((self.last, event))
    }

    #[inline]
    fn place(&mut self, time: u64, event: T) {
        let differing = time ^ self.last;
        if differing == 0 {
            self.due.push(event);
            return;
        }
        let level = (63 - differing.leading_zeros()) / DIGIT;
        let digit = (time >> (level * DIGIT)) & (SLOTS as u64 - 1);
        let index = level as usize * SLOTS + usize::try_from(digit).unwrap_or(0);
        self.occupied[level as usize] |= 1 << digit;
        self.slots[index].push((time, event));
    }

    /// Advances to the earliest waiting time: fills `due`, or says that nothing waits.
    fn advance(&mut self) -> bool {
        while self.due.is_empty() {
            let Some(level) = self.occupied.iter().position(|slots| *slots != 0) else { return false };
            let digit = self.occupied[level].trailing_zeros() as usize;
            self.occupied[level] &= self.occupied[level] - 1;
            std::mem::swap(&mut self.spare, &mut self.slots[level * SLOTS + digit]);
            // Straight to the earliest of them: an event alone in its slot is not moved further.
            self.last = self.spare.iter().map(|(time, _)| *time).min().unwrap_or(self.last);
            for index in 0..self.spare.len() {
                let (time, event) = self.spare[index];
                self.place(time, event);
            }
            self.spare.clear();
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn events_come_in_order_of_time_and_of_adding(
            gaps in prop::collection::vec((0_u64..4, 0_u32..40, 1_usize..4), 1..400)
        ) {
            let (mut queue, mut model) = (EventQueue::default(), std::collections::BTreeMap::new());
            let (mut now, mut number) = (0, 0_u64);
            for (ahead, shift, takes) in gaps {
                for copy in 0..2 {
                    let time = now + ((ahead + copy) << shift);
                    queue.push(time, number);
                    model.insert((time, number), ());
                    number += 1;
                }
                for _ in 0..takes {
                    let taken = queue.pop();
                    let expected = model.pop_first().map(|(key, ())| key);
                    prop_assert_eq!(taken, expected);
                    now = taken.map_or(now, |(time, _)| time);
                }
            }
        }
    }

    #[test]
    fn an_event_for_the_past_happens_now() {
        let mut queue = EventQueue::default();
        queue.push(10, 'a');
        assert_eq!(queue.pop(), Some((10, 'a')));
        queue.push(3, 'b');
        assert_eq!(queue.pop(), Some((10, 'b')));
        assert!(queue.pop().is_none());
    }
}
