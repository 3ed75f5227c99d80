//! Connections open to a server and requests overdue there, as time passes.

use super::measure::HELD_SECONDS;
use super::request::{Request, count};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

const SECOND: i64 = 1_000_000_000;

/// Open connections by server.
#[derive(Debug)]
pub(crate) struct Connections(Vec<OfServer>);

#[derive(Clone, Debug, Default)]
struct OfServer {
    /// Connections whose SYN was sent and whose answer is still to come: when it comes, when they end.
    opening: BinaryHeap<Reverse<(i64, i64)>>,
    /// Ends of open connections.
    open: BinaryHeap<Reverse<i64>>,
    /// Ends of closed ones, in order.
    closed: VecDeque<i64>,
}

impl Connections {
    pub(crate) fn new(servers: u32) -> Self {
        Self(vec![OfServer::default(); servers as usize])
    }

    /// Lets time pass.
    pub(crate) fn pass(&mut self, server: u32, now: i64) {
        let Some(of) = self.0.get_mut(server as usize) else { return };
        while let Some(&Reverse((opens, closes))) = of.opening.peek().filter(|o| o.0.0 <= now) {
            of.opening.pop();
            debug_assert!(opens <= now);
            of.open.push(Reverse(closes));
        }
        while let Some(&Reverse(closes)) = of.open.peek().filter(|c| c.0 <= now) {
            of.open.pop();
            of.closed.push_back(closes);
        }
        let longest = HELD_SECONDS.into_iter().max().unwrap_or(0);
        while of.closed.front().is_some_and(|&t| t <= now - i64::from(longest) * SECOND) {
            of.closed.pop_front();
        }
    }

    pub(crate) fn open(&self, server: u32) -> Option<f64> {
        self.0.get(server as usize).map(|of| count(of.open.len()))
    }

    pub(crate) fn held(&self, server: u32, now: i64, span: u8) -> Option<f64> {
        let of = self.0.get(server as usize)?;
        let after = now - i64::from(span) * SECOND;
        Some(count(of.open.len() + of.closed.iter().filter(|&&t| t > after).count()))
    }

    pub(crate) fn add(&mut self, request: &Request) {
        let (Some(opens), Some(closes)) = (request.replied, request.closed) else { return };
        if let Some(of) = self.0.get_mut(request.server as usize) {
            of.opening.push(Reverse((opens, closes.max(opens))));
        }
    }
}

/// Requests without a reply for one to ten seconds, by server.
#[derive(Debug)]
pub(crate) struct Overdue(Vec<Late>);

#[derive(Clone, Debug, Default)]
struct Late {
    /// Requests younger than a second: when sent, when replied.
    young: VecDeque<(i64, i64)>,
    /// When each request ceases to be overdue: by its reply, or ten seconds after it was sent.
    ends: BinaryHeap<Reverse<i64>>,
}

impl Overdue {
    pub(crate) fn new(servers: u32) -> Self {
        Self(vec![Late::default(); servers as usize])
    }

    /// Lets time pass.
    pub(crate) fn pass(&mut self, server: u32, now: i64) {
        let Some(late) = self.0.get_mut(server as usize) else { return };
        while let Some(&(sent, replied)) = late.young.front().filter(|y| y.0 <= now - SECOND) {
            late.young.pop_front();
            if replied > sent + SECOND {
                late.ends.push(Reverse(replied.min(sent + 10 * SECOND)));
            }
        }
        while late.ends.peek().is_some_and(|e| e.0 <= now) {
            late.ends.pop();
        }
    }

    pub(crate) fn count(&self, server: u32) -> Option<f64> {
        self.0.get(server as usize).map(|late| count(late.ends.len()))
    }

    pub(crate) fn add(&mut self, request: &Request) {
        if let Some(late) = self.0.get_mut(request.server as usize) {
            late.young.push_back((request.now, request.replied.unwrap_or(i64::MAX)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(seconds: i64, replied: Option<i64>, closed: Option<i64>) -> Request {
        let at = |s: i64| s * SECOND;
        Request::for_test(at(seconds), replied.map(at), closed.map(at))
    }

    #[test]
    fn a_connection_counts_from_its_answer_to_its_end_and_is_held_for_a_while() {
        let mut connections = Connections::new(1);
        connections.add(&request(0, Some(1), Some(10)));
        let at = |connections: &mut Connections, now: i64| {
            connections.pass(0, now * SECOND);
            (connections.open(0), connections.held(0, now * SECOND, 3))
        };
        assert_eq!(at(&mut connections, 0), (Some(0.0), Some(0.0)));
        assert_eq!(at(&mut connections, 5), (Some(1.0), Some(1.0)));
        assert_eq!(at(&mut connections, 11), (Some(0.0), Some(1.0)));
        assert_eq!(at(&mut connections, 14), (Some(0.0), Some(0.0)));
    }

    #[test]
    fn requests_are_overdue_from_one_to_ten_seconds_or_until_answered() {
        let mut overdue = Overdue::new(1);
        overdue.add(&request(0, None, None));
        overdue.add(&request(0, Some(4), None));
        let mut at = |now: i64| {
            overdue.pass(0, now * SECOND);
            overdue.count(0)
        };
        assert_eq!(at(0), Some(0.0));
        assert_eq!(at(2), Some(2.0));
        assert_eq!(at(5), Some(1.0));
        assert_eq!(at(11), Some(0.0));
    }
}
