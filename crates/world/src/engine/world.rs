//! The running world: what it holds, and what waits to happen.

use super::agenda::Agenda;
use super::alarm_states::AlarmStates;
use crate::conntrack::Tuple;
use crate::event_queue::EventQueue;
use crate::ledger::LedgerRequest;
use crate::observer::{Happening, Observer};
use crate::service::Outgoing;
use crate::sim_packet::SimPacket;
use crate::site::SiteState;
use std::net::Ipv4Addr;
use unanswered_scenario::model::{HostId, InterfaceId};
use unanswered_table::Outcome;
use unanswered_wire::Time;

/// What waits in the queue. Small and `Copy`; packets are kept in a slab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum QueuedEvent {
    /// A packet comes out of a network.
    Arrive { packet: u32, host: u32, interface: u16 },
    /// A packet that a service took time for is sent.
    Send { packet: u32, host: u32, generation: u16 },
    /// A service wants to be called.
    Service { host: u32, service: u16, generation: u16 },
    /// A host is switched on.
    Boot { host: u32, generation: u16 },
    /// A host has booted: its services start.
    Start { host: u32, generation: u16 },
    /// An item of the timeline.
    Item { item: u32 },
    /// A loss episode ends.
    LinkEnds { network: u32, changes: u32 },
    /// A capture ends.
    CaptureEnds { vantage: u32 },
    /// An alarm is checked.
    Alarm { alarm: u32 },
    /// The observer asked to be woken.
    Wake,
}

/// Packets whose memory is kept.
pub(super) const SPARE_MAX: usize = 1024;

/// A slab of packets in flight.
#[derive(Debug)]
pub(super) struct Slab<T> {
    items: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Slab<T> {
    pub(super) const fn new() -> Self {
        Self { items: Vec::new(), free: Vec::new() }
    }

    #[inline]
    pub(super) fn put(&mut self, item: T) -> u32 {
        if let Some(index) = self.free.pop() {
            self.items[index as usize] = Some(item);
            return index;
        }
        self.items.push(Some(item));
        u32::try_from(self.items.len() - 1).expect("fewer than four billion packets are on their way")
    }

    #[inline]
    pub(super) fn take(&mut self, index: u32) -> Option<T> {
        let item = self.items.get_mut(index as usize)?.take();
        if item.is_some() {
            self.free.push(index);
        }
        item
    }
}

/// A scenario while it runs.
pub struct World<'s, O: Observer> {
    pub(super) state: SiteState<'s>,
    pub(super) observer: O,
    pub(super) now: Time,
    pub(super) packets: Slab<(Box<SimPacket>, InterfaceId)>,
    pub(super) last_opened: Option<(HostId, Tuple, Time)>,
    pub(super) alarms: AlarmStates,
    pub(super) agenda: Agenda,
    pub(super) queue: EventQueue<QueuedEvent>,
    pub(super) start: Time,
    pub(super) end: Time,
    pub(super) wake: Option<Time>,
    /// Memory of packets that have arrived, for the next ones.
    #[expect(clippy::vec_box, reason = "it is the boxes that are kept")]
    pub(super) spare: Vec<Box<SimPacket>>,
    pub(super) outbox: Vec<Outgoing>,
    pub(super) closed: Vec<(LedgerRequest, Outcome)>,
    pub(super) answered: Vec<Ipv4Addr>,
}

impl<'s, O: Observer> World<'s, O> {
    /// The state, for tests and pictures while the world is paused.
    #[must_use]
    pub const fn state(&self) -> &SiteState<'s> {
        &self.state
    }

    #[inline]
    pub(super) fn schedule(&mut self, at: Time, event: QueuedEvent) {
        let since = (at - self.start).nanoseconds();
        self.queue.push(u64::try_from(since).unwrap_or(0), event);
    }

    pub(super) fn tell(&mut self, what: &Happening) {
        self.observer.happened(&mut self.state, self.now, what);
        self.plan_wake();
    }

    pub(super) fn plan_wake(&mut self) {
        let wanted = self.observer.wakes();
        if let Some(at) = wanted.filter(|_| self.wake != wanted) {
            self.wake = wanted;
            self.schedule(at, QueuedEvent::Wake);
        }
    }
}
