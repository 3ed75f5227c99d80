//! Replies that are sent later, because an answer takes its time. There are never more than the server works on at a time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::{IpAddr, SocketAddr};
use unanswered_wire::Time;

/// A reply.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Reply {
    /// Which listener it leaves from.
    pub(super) listener: usize,
    /// Who gets it.
    pub(super) to: SocketAddr,
    /// The address that it comes from, if not the listener's own.
    pub(super) from: Option<IpAddr>,
    /// Its UDP payload.
    pub(super) payload: Vec<u8>,
}

/// The replies that wait, those that are due first in front; in the order in which they came where that is the same.
#[derive(Debug, Default)]
pub(super) struct Pending {
    waiting: BinaryHeap<Reverse<(Time, u64, Reply)>>,
    number: u64,
}

impl Pending {
    /// Adds one.
    pub(super) fn push(&mut self, due: Time, reply: Reply) {
        self.number += 1;
        self.waiting.push(Reverse((due, self.number, reply)));
    }

    /// When the next one is due.
    pub(super) fn due(&self) -> Option<Time> {
        self.waiting.peek().map(|Reverse((due, ..))| *due)
    }

    /// Takes out the next one, if it is due.
    pub(super) fn pop(&mut self, now: Time) -> Option<Reply> {
        let due = self.due().is_some_and(|due| due <= now);
        if due { self.waiting.pop().map(|Reverse((_, _, reply))| reply) } else { None }
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_leave_when_they_are_due_and_in_their_order() {
        let reply =
            |mark| Reply { listener: 0, to: ([192, 0, 2, 1], 9).into(), from: None, payload: vec![mark] };
        let at = Time::from_nanoseconds;
        let mut pending = Pending::default();
        for (due, mark) in [(5, 9), (3, 8), (3, 1)] {
            pending.push(at(due), reply(mark));
        }
        assert_eq!((pending.due(), pending.pop(at(2))), (Some(at(3)), None));
        let popped: Vec<u8> =
            std::iter::from_fn(|| pending.pop(at(4))).map(|reply| reply.payload[0]).collect();
        assert_eq!((popped, pending.len()), (vec![8, 1], 1));
        assert_eq!(pending.pop(at(5)), Some(reply(9)));
    }
}
