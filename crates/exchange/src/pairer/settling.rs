//! When outcomes become final, as packets pass.
//!
//! A request stays open for its protocol's retention after the last packet of its exchange: so long it can be sent
//! again, answered late, or show by what follows that its reply arrived. Then its outcome is concluded, and nothing that
//! comes later changes it. The only clock is the packets': a request settles before the first packet after its time, or when
//! [`Pairer::handle_timeout`] is told that this time has come, with the same result.
//!
//! Open requests stand in one queue for each protocol in the order in which they are looked at next. One that was
//! active in the meantime goes to the end of its queue again; so does one whose place has shown no frame since its time-out, since
//! only another frame says that the capture there went on.
//!
//! The queues are bounded: where more than [`OPEN_MAX`] requests of a protocol are open (a scan, a dead server under load),
//! the oldest settles at once, as what is known of it then, and is counted in
//! [`PacketCounts::hurried`](super::PacketCounts::hurried).

use super::conclude::Concluded;
use super::window::OPEN_MAX;
use super::{PacketCounts, Pairer};
use crate::leg::{Leg, PlaceId};
use std::collections::VecDeque;
use std::net::IpAddr;
use unanswered_table::{Outcome, Reason};
use unanswered_wire::{PROTOCOLS, ProtocolId, Span, Time};

/// Requests settle together, those of a quarter of a second: one by one they would cost more than pairing them.
const TOGETHER_NS: i64 = 250_000_000;

/// When something happens without a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline {
    /// The packets' time at which it does.
    pub at: Time,
}

/// A request at one place whose outcome is final.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Its number among the requests at all places, in order of arrival.
    pub number: u32,
    /// Where it was seen.
    pub place: PlaceId,
    /// Its protocol.
    pub protocol: ProtocolId,
    /// First transmission.
    pub time: Time,
    /// Client address and port (identifier, for echo).
    pub client: (IpAddr, u16),
    /// Server address and port.
    pub server: (IpAddr, u16),
    /// What became of it, as far as this place shows.
    pub outcome: Outcome,
    /// Why.
    pub reason: Reason,
    /// From the first transmission to the reply that decided the outcome.
    pub reply_after: Option<Span>,
    /// How often it was sent.
    pub transmissions: u8,
}

/// A request that is looked at again at that time.
type Waiting = (Time, u32);

/// The open requests, and those that have settled and were not polled yet.
#[derive(Clone, Debug)]
pub(super) struct Settling {
    queues: [VecDeque<Waiting>; PROTOCOLS.len()],
    retentions: [Span; PROTOCOLS.len()],
    /// The earliest time of all queues.
    next: Option<Time>,
    settled: VecDeque<u32>,
}

impl Settling {
    pub(super) fn new(retentions: [Span; PROTOCOLS.len()]) -> Self {
        Self {
            queues: std::array::from_fn(|_| VecDeque::new()),
            retentions,
            next: None,
            settled: VecDeque::new(),
        }
    }

    /// Takes a new request, sent `now` (the latest time of any packet).
    #[inline]
    pub(super) fn push(&mut self, leg: u32, protocol: ProtocolId, now: Time) {
        let index = usize::from(protocol.0);
        let at = now + self.retentions[index];
        self.queues[index].push_back((at, leg));
        if self.next.is_none_or(|next| at < next) {
            self.next = Some(together(at));
        }
    }

    fn look_for_next(&mut self) {
        let first = self.queues.iter().filter_map(|queue| queue.front().map(|waiting| waiting.0)).min();
        self.next = first.map(together);
    }

    fn open(&self) -> usize {
        self.queues.iter().map(VecDeque::len).sum()
    }
}

/// The moment at which all that are due in the same quarter of a second settle: its end.
const fn together(at: Time) -> Time {
    let late = at.nanoseconds().rem_euclid(TOGETHER_NS);
    Time::from_nanoseconds(at.nanoseconds().saturating_add((TOGETHER_NS - late) % TOGETHER_NS))
}

impl Pairer {
    /// Tells the pairer the time, where no packet does; early or repeated calls do nothing.
    pub fn handle_timeout(&mut self, now: Time) {
        self.now = self.now.max(now);
        self.settle_due();
    }

    /// When a request settles next without another packet; `None` when none is open.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Deadline> {
        self.settling.next.map(|at| Deadline { at })
    }

    /// The next request whose outcome is final, in the order of settling; `None` when there is no more. Requests of plain UDP
    /// are left out.
    ///
    /// # Panics
    /// Never: what is handed out exists.
    pub fn poll_settled(&mut self) -> Option<Settled> {
        // Whether a datagram of no known protocol asked at all is known only when the input has ended.
        let stands = |leg: &Leg| leg.protocol != ProtocolId::UDP.0;
        let (number, leg) = loop {
            let number = self.settling.settled.pop_front()?;
            let leg = self.out.legs[number as usize];
            if stands(&leg) {
                break (number, leg);
            }
        };
        let address = |id| self.out.addresses.get(id).expect("every leg's addresses are known");
        Some(Settled {
            number,
            place: leg.place,
            protocol: ProtocolId(leg.protocol),
            time: leg.time,
            client: (address(leg.client), leg.client_port),
            server: (address(leg.server), leg.server_port),
            outcome: leg.outcome,
            reason: self.out.reasons.get(leg.reason),
            reply_after: (leg.reply_after.nanoseconds() >= 0).then_some(leg.reply_after),
            transmissions: leg.transmissions,
        })
    }

    /// Ends the input: everything that is still open settles, as far as the capture shows.
    pub fn handle_end(&mut self) {
        for protocol in 0..self.settling.queues.len() {
            while let Some((_, leg)) = self.settling.queues[protocol].pop_front() {
                self.conclude(leg, true);
                self.settling.settled.push_back(leg);
            }
        }
        self.settling.next = None;
    }

    /// Forgets what was settled and is not going to be polled.
    pub(crate) fn skip_settled(&mut self) {
        self.settling.settled.clear();
    }

    /// Settles what is due at the latest time of any packet.
    #[inline]
    pub(super) fn settle_due(&mut self) {
        if self.settling.next.is_some_and(|next| next <= self.now) {
            self.settle_all_due();
        }
    }

    #[cold]
    fn settle_all_due(&mut self) {
        for protocol in 0..self.settling.queues.len() {
            let retention = self.settling.retentions[protocol];
            while let Some(&(at, leg)) = self.settling.queues[protocol].front().filter(|w| w.0 <= self.now) {
                self.settling.queues[protocol].pop_front();
                debug_assert!(at <= self.now, "only what is due");
                let active_until = self.active_until(leg);
                let quiet = active_until + retention <= self.now;
                if quiet && matches!(self.conclude(leg, false), Concluded::Yes) {
                    self.settling.settled.push_back(leg);
                } else {
                    self.settling.queues[protocol].push_back((self.now + retention, leg));
                }
            }
        }
        self.settling.look_for_next();
    }

    fn active_until(&self, leg: u32) -> Time {
        let leg = &self.out.legs[leg as usize];
        leg.time + Span::from_nanoseconds(i64::from(leg.active_for_us) * 1000)
    }

    /// Settles the oldest request of the protocol where too many are open.
    pub(super) fn keep_bounded(&mut self, protocol: ProtocolId) {
        let index = usize::from(protocol.0);
        if self.settling.queues[index].len() < OPEN_MAX {
            return;
        }
        if let Some((_, leg)) = self.settling.queues[index].pop_front() {
            self.conclude(leg, true);
            self.out.tally.hurried += 1;
            self.settling.settled.push_back(leg);
        }
    }

    /// What memory use grows with, besides the results: open requests, and connections and habits that are remembered.
    #[must_use]
    pub fn open(&self) -> usize {
        self.settling.open() + self.streams.len() + self.habits.len()
    }

    /// Whether a request's outcome is final.
    pub(super) fn is_settled(&self, leg: u32) -> bool {
        self.out.legs.get(leg as usize).is_none_or(|leg| leg.settled)
    }

    /// How many packets went where so far.
    #[must_use]
    pub fn counts(&self) -> PacketCounts {
        self.out.tally
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_packets::{At, dns, ntp, tcp};
    use crate::{Exchanges, FrameId, PairerConfig};
    use unanswered_capture::VantageId;
    use unanswered_wire::Tcp;

    fn feed(pairer: &mut Pairer, packets: &[At], mut between: impl FnMut(&mut Pairer)) {
        for (At(milliseconds, vantage, made), number) in packets.iter().zip(1..) {
            let id = FrameId { vantage: VantageId(*vantage), input: 0, number };
            made.with(|packet| {
                pairer.handle_packet(Time::from_nanoseconds(milliseconds * 1_000_000), id, packet);
            });
            between(pairer);
        }
    }

    fn drain(pairer: &mut Pairer) -> Vec<(u32, Outcome)> {
        std::iter::from_fn(|| pairer.poll_settled())
            .map(|settled| (settled.number, settled.outcome))
            .collect()
    }

    #[test]
    fn a_request_settles_once_after_its_retention_in_the_packets_time() {
        let ask = |at, stamp| At(at, 0, ntp("10.0.0.1", 123, "10.9.0.1", 123, 3, stamp));
        let answer = |at, stamp| At(at, 0, ntp("10.9.0.1", 123, "10.0.0.1", 123, 4, stamp));
        let mut pairer = Pairer::new(PairerConfig::default());
        feed(&mut pairer, &[ask(0, 1), answer(1, 1), ask(1_000, 2)], |_| {});
        assert_eq!(drain(&mut pairer), []);
        // 15 s after the last packet of the exchange.
        assert_eq!(pairer.poll_timeout(), Some(Deadline { at: Time::from_nanoseconds(15_000_000_000) }));
        pairer.handle_timeout(Time::from_nanoseconds(14_999_000_000));
        assert_eq!(drain(&mut pairer), []);
        feed(&mut pairer, &[ask(40_000, 3)], |_| {});
        assert_eq!(drain(&mut pairer), [(0, Outcome::Answered), (1, Outcome::Unanswered)]);
        pairer.handle_timeout(Time::from_nanoseconds(41_000_000_000));
        assert_eq!(drain(&mut pairer), []);
        pairer.handle_end();
        assert_eq!(drain(&mut pairer), [(2, Outcome::Unknown)]);
        assert_eq!((pairer.poll_timeout(), pairer.open()), (None, 0));
    }

    #[test]
    fn nothing_that_comes_after_settling_changes_an_outcome() {
        let ask = At(0, 0, dns("10.0.0.1", 4000, "10.9.0.1", 53, 7, "a.test", None));
        let late = At(60_000, 0, dns("10.9.0.1", 53, "10.0.0.1", 4000, 7, "a.test", Some(0)));
        let mut pairer = Pairer::new(PairerConfig::default());
        feed(&mut pairer, &[ask, late], |_| {});
        let all = Exchanges::new(pairer, Vec::new(), Vec::new());
        assert_eq!(all.outcomes(), [Outcome::Unanswered]);
    }

    #[test]
    fn a_scan_and_a_pause_of_a_year_leave_nothing_open() {
        let mut pairer = Pairer::new(PairerConfig::default());
        let syn = |at, client: u32| {
            let [a, b, c, d] = (0x0a00_0000 + client).to_be_bytes();
            At(at, 0, tcp(&format!("{a}.{b}.{c}.{d}"), 40_000, "10.9.0.1", 80, Tcp::SYN, client, 0))
        };
        let mut most = 0;
        let scan: Vec<At> = (0..100_000_u32).map(|i| syn(i64::from(i) * 10, i)).collect();
        feed(&mut pairer, &scan, |pairer| most = most.max(pairer.settling.open()));
        // 100 a second for one to two retentions of 33 s.
        assert!(most <= 6_700, "{most}");
        feed(&mut pairer, &[syn(365 * 86_400_000, 7)], |_| {});
        assert!(pairer.open() <= 3, "{} open", pairer.open());
        assert_eq!(pairer.counts().hurried, 0);
    }

    #[test]
    fn a_day_of_traffic_leaves_no_more_open_than_an_afternoon() {
        let mut pairer = Pairer::new(PairerConfig::default());
        // Each second a poll that every third time gets no reply, and a connection that is never closed.
        let second = |number: u32| {
            let (at, stamp) = (i64::from(number) * 1_000, u64::from(number));
            let port = u16::try_from(10_000 + number % 50_000).unwrap();
            let answered = !number.is_multiple_of(3);
            let mut packets = vec![At(at, 0, ntp("10.0.0.1", 123, "10.9.0.1", 123, 3, stamp))];
            packets.extend(answered.then(|| At(at + 1, 0, ntp("10.9.0.1", 123, "10.0.0.1", 123, 4, stamp))));
            packets.push(At(at + 2, 0, tcp("10.0.0.2", port, "10.9.0.1", 80, Tcp::SYN, number, 0)));
            let answer =
                tcp("10.9.0.1", 80, "10.0.0.2", port, Tcp::SYN | Tcp::ACK, 7, number.wrapping_add(1));
            packets.push(At(at + 3, 0, answer));
            packets.push(At(at + 4, 0, tcp("10.0.0.2", port, "10.9.0.1", 80, Tcp::ACK, number + 1, 8)));
            packets
        };
        let mut most_by_hour = Vec::new();
        let mut settled = 0;
        for hour in 0..24_u32 {
            let mut most = 0;
            for number in hour * 3_600..(hour + 1) * 3_600 {
                feed(&mut pairer, &second(number), |_| {});
                most = most.max(pairer.open());
                settled += drain(&mut pairer).len();
            }
            most_by_hour.push(most);
        }
        let (early, late) = (most_by_hour[..6].iter().max(), most_by_hour[6..].iter().max());
        assert!(late <= early, "{most_by_hour:?}");
        assert!(settled > 2 * 86_000, "{settled}");
    }

    #[test]
    fn too_many_open_requests_settle_before_their_time_and_are_counted() {
        let mut pairer = Pairer::new(PairerConfig::default());
        let more = 1_000;
        let asks = u32::try_from(OPEN_MAX).unwrap() + more;
        for number in 0..asks {
            let [a, b, c, d] = (0x0a00_0000 + number).to_be_bytes();
            let made = ntp(&format!("{a}.{b}.{c}.{d}"), 123, "10.9.0.1", 123, 3, u64::from(number));
            let id = FrameId { vantage: VantageId(0), input: 0, number: u64::from(number) + 1 };
            made.with(|packet| pairer.handle_packet(Time::from_nanoseconds(i64::from(number)), id, packet));
        }
        assert_eq!(pairer.counts().hurried, u64::from(more));
        assert_eq!(drain(&mut pairer).len(), more as usize);
    }
}
