//! The ledger: what became of each request, and why.
//!
//! A service opens a request when it first sends it and closes it when it knows the outcome: with
//! the reply, or when it gives up. In between, the part that drops a packet writes a *loss* to the open
//! request: the step, the place and the cause. The last one written counts, because
//! a retransmitted request fails where its last transmission did.

use crate::conntrack::Tuple;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use unanswered_scenario::model::{HostId, InterfaceId, NetworkId};
use unanswered_table::{Outcome, OutcomeCounts, Step};
use unanswered_wire::Time;

/// An open request: a slot, and which of its occupants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestId {
    slot: u32,
    occupant: u32,
}

/// Index of a cause in [`Ledger::causes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LossCauseId(pub u32);

/// Why packets are lost; one for each mechanism and place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LossReason {
    /// Chance on a network's link (or an interface's own link), and in which of its episodes (0: as the
    /// network usually is).
    LinkLoss {
        /// The network.
        network: NetworkId,
        /// Which of its episodes, from 1.
        episode: u32,
    },
    /// The queue before a slow link is full.
    QueueFull(NetworkId),
    /// The network is down.
    NetworkDown(NetworkId),
    /// A bad member of a bundle.
    Member {
        /// The network.
        network: NetworkId,
        /// The member, from 0.
        member: u16,
    },
    /// Larger than the link takes.
    TooBig(NetworkId),
    /// A firewall rule of the host.
    Rule {
        /// The host.
        host: HostId,
        /// Index of the rule.
        rule: u16,
    },
    /// Conntrack table full.
    TableFull(HostId),
    /// No free port for a translation.
    NoPort(HostId),
    /// The port is taken and the translation does not choose another.
    PortTaken(HostId),
    /// Belongs to no known flow.
    Invalid(HostId),
    /// Two packets of a new flow at once; the second lost.
    InsertRace(HostId),
    /// Reverse-path filter.
    ReversePath(HostId),
    /// Time to live ran out.
    TtlExpired(HostId),
    /// The host has no route.
    NoRoute(HostId),
    /// Nobody on the network has the address.
    NoNeighbour(NetworkId),
    /// The host does not forward.
    NotForwarding(HostId),
    /// The host is down.
    HostDown(HostId),
    /// Nothing listens.
    NotListening(HostId),
    /// ntpd's check of the source port: "bad length or format".
    LowPort(HostId),
    /// The service's rate limit.
    RateLimited(HostId),
    /// ntpd's older check: only 123 and unprivileged ports are answered.
    ReservedPort(HostId),
    /// The DNS server ignores queries with an OPT record.
    IgnoresEdns(HostId),
    /// The DNS server ignores queries of this type.
    IgnoresType {
        /// The server's host.
        host: HostId,
        /// The query type.
        kind: u16,
    },
    /// The service ignores such requests.
    Ignored(HostId),
    /// The service is overloaded.
    Busy(HostId),
    /// The client did not accept the reply.
    ReplyRejected(HostId),
    /// The reply came from an address other than the one that was asked; the client does not accept it.
    WrongSource(HostId),
    /// The client had given up when the reply came.
    TooLate(HostId),
}

/// A cause and what it did.
#[derive(Clone, Debug)]
pub struct LossCause {
    /// The mechanism and place.
    pub reason: LossReason,
    /// Packets that it dropped.
    pub packets: u64,
    /// Requests that failed because of it.
    pub requests: u64,
    /// When it first made a request fail.
    pub first: Time,
    /// When it last made a request fail.
    pub last: Time,
    /// Hosts whose requests failed.
    pub clients: BTreeSet<HostId>,
    /// Name of the fault, where the timeline named the episode in which it was lost.
    pub episode: Option<String>,
}

/// Where a packet ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LossPlace {
    /// Between two interfaces.
    Between {
        /// Who sent it.
        from: InterfaceId,
        /// Whom it did not reach.
        to: InterfaceId,
    },
    /// Inside a host.
    Host(HostId),
}

/// The end of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketLoss<'f> {
    /// The step that failed.
    pub step: Step,
    /// Where.
    pub place: LossPlace,
    /// Why.
    pub reason: LossReason,
    /// Name of the fault, where the timeline named the loss episode in which it was lost.
    pub episode: Option<&'f str>,
}

/// What happened to the last transmission of a request or to its reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastLoss {
    /// When.
    pub time: Time,
    /// The step that failed.
    pub step: Step,
    /// Where.
    pub place: LossPlace,
    /// Why.
    pub cause: LossCauseId,
}

/// A request.
#[derive(Clone, Copy, Debug)]
pub struct LedgerRequest {
    /// Number in order of sending, from 0.
    pub number: u64,
    /// When it was first sent.
    pub time: Time,
    /// Who sent it.
    pub client: HostId,
    /// Which service of it.
    pub service: u16,
    /// Source and destination as the client sent it.
    pub inside: Option<Tuple>,
    /// Source and destination after the last translation on its path.
    pub outside: Option<Tuple>,
    /// How often it was sent.
    pub copies: u8,
    /// What happened to it, while it is not answered.
    pub last_loss: Option<LastLoss>,
    /// An ICMP error or a kiss came back.
    pub refused: bool,
}

/// Memory for one request.
#[derive(Clone, Debug, Default)]
struct Slot {
    occupant: u32,
    request: Option<LedgerRequest>,
}

/// The open requests, and the causes of failure so far.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    slots: Vec<Slot>,
    free: Vec<u32>,
    next: u64,
    causes: Vec<LossCause>,
    known: FxHashMap<LossReason, LossCauseId>,
    /// Closed requests.
    counts: OutcomeCounts,
}

impl Ledger {
    /// A new request.
    #[inline]
    pub fn open(&mut self, now: Time, client: HostId, service: u16) -> RequestId {
        let request = LedgerRequest {
            number: self.next,
            time: now,
            client,
            service,
            inside: None,
            outside: None,
            copies: 0,
            last_loss: None,
            refused: false,
        };
        self.next += 1;
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::default());
            u32::try_from(self.slots.len() - 1).expect("fewer than four billion requests are open")
        });
        let room = &mut self.slots[slot as usize];
        room.request = Some(request);
        RequestId { slot, occupant: room.occupant }
    }

    /// The request, while it is open.
    #[inline]
    pub fn get_mut(&mut self, id: RequestId) -> Option<&mut LedgerRequest> {
        let room = self.slots.get_mut(id.slot as usize)?;
        if room.occupant == id.occupant { room.request.as_mut() } else { None }
    }

    /// A packet was dropped; `id` is the request to which it belonged.
    pub fn lost(&mut self, id: Option<RequestId>, now: Time, loss: &PacketLoss<'_>) {
        let cause = self.cause(loss, now);
        self.causes[cause.0 as usize].packets += 1;
        if let Some(request) = id.and_then(|id| self.get_mut(id)) {
            request.last_loss = Some(LastLoss { time: now, step: loss.step, place: loss.place, cause });
        }
    }

    /// Closes a request; `None` when it is already closed.
    #[inline]
    pub fn close(&mut self, id: RequestId, outcome: Outcome) -> Option<LedgerRequest> {
        let room = self.slots.get_mut(id.slot as usize).filter(|room| room.occupant == id.occupant)?;
        let request = room.request.take()?;
        // The slot gets another occupant at once, so that nothing writes to this one any more.
        room.occupant = room.occupant.wrapping_add(1);
        self.free.push(id.slot);
        self.counts.add(outcome);
        if outcome.failed()
            && let Some(last_loss) = request.last_loss
        {
            let cause = &mut self.causes[last_loss.cause.0 as usize];
            if cause.requests == 0 {
                cause.first = request.time;
            }
            cause.requests += 1;
            cause.last = request.time;
            cause.clients.insert(request.client);
        }
        Some(request)
    }

    /// Requests that are still open, in the order of their numbers.
    #[must_use]
    pub fn still_open(&self) -> Vec<LedgerRequest> {
        let mut open: Vec<LedgerRequest> = self.slots.iter().filter_map(|room| room.request).collect();
        open.sort_by_key(|request| request.number);
        open
    }

    /// Forgets the open requests of a host (or of one of its services), whose end nobody will see.
    pub fn abandon(&mut self, client: HostId, service: Option<u16>) -> Vec<LedgerRequest> {
        let ids: Vec<RequestId> = (0..)
            .zip(&self.slots)
            .filter(|(_, room)| {
                room.request.is_some_and(|r| r.client == client && service.is_none_or(|s| s == r.service))
            })
            .map(|(slot, room)| RequestId { slot, occupant: room.occupant })
            .collect();
        ids.into_iter().filter_map(|id| self.close(id, Outcome::Unknown)).collect()
    }

    /// Causes in the order in which they first struck.
    #[must_use]
    pub fn causes(&self) -> &[LossCause] {
        &self.causes
    }

    /// Closed requests by outcome.
    #[must_use]
    pub const fn counts(&self) -> OutcomeCounts {
        self.counts
    }

    fn cause(&mut self, loss: &PacketLoss<'_>, now: Time) -> LossCauseId {
        let next = LossCauseId(u32::try_from(self.causes.len()).unwrap_or(u32::MAX));
        let id = *self.known.entry(loss.reason).or_insert(next);
        if id == next {
            self.causes.push(LossCause {
                reason: loss.reason,
                packets: 0,
                requests: 0,
                first: now,
                last: now,
                clients: BTreeSet::new(),
                episode: loss.episode.map(str::to_owned),
            });
        }
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_ends_once_and_its_slot_serves_another() {
        let mut ledger = Ledger::default();
        let now = Time::from_nanoseconds(1);
        let first = ledger.open(now, HostId(0), 0);
        let loss = PacketLoss {
            step: Step::DeliverRequest,
            place: LossPlace::Host(HostId(1)),
            reason: LossReason::TtlExpired(HostId(1)),
            episode: None,
        };
        ledger.lost(Some(first), now, &loss);
        assert_eq!(
            ledger.close(first, Outcome::Unanswered).and_then(|r| r.last_loss).map(|f| f.cause),
            Some(LossCauseId(0))
        );
        assert!(ledger.close(first, Outcome::Answered).is_none());
        let second = ledger.open(now, HostId(0), 0);
        assert!(ledger.get_mut(first).is_none() && ledger.get_mut(second).is_some());
        assert_eq!(ledger.still_open().len(), 1);
        assert_eq!((ledger.causes()[0].requests, ledger.counts().of(Outcome::Unanswered)), (1, 1));
    }
}
