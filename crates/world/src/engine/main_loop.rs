//! Takes events in order of time and lets hosts, services and the timeline act.

use super::agenda::Agenda;
use super::alarm_states::AlarmStates;
use super::world::{QueuedEvent, Slab, World};
use crate::event_queue::EventQueue;
use crate::observer::Observer;
use crate::site::SiteState;
use unanswered_scenario::model::{HostId, InterfaceId, Scenario};
use unanswered_table::Outcome;
use unanswered_wire::Span;

/// What is left of a run.
pub struct FinishedRun<'s, O> {
    /// The observer.
    pub observer: O,
    /// The site at the end.
    pub state: SiteState<'s>,
}

impl<'s, O: Observer> World<'s, O> {
    /// A world before its first event.
    #[must_use]
    pub fn new(scenario: &'s Scenario, seed: u64, observer: O) -> Self {
        let mut world = Self {
            state: SiteState::new(scenario, seed),
            observer,
            now: scenario.start,
            packets: Slab::new(),
            last_opened: None,
            alarms: AlarmStates::new(scenario),
            agenda: Agenda::new(scenario, seed),
            queue: EventQueue::default(),
            start: scenario.start,
            end: scenario.start + scenario.duration,
            wake: None,
            spare: Vec::new(),
            outbox: Vec::new(),
            closed: Vec::new(),
            answered: Vec::new(),
        };
        world.begin();
        world
    }

    /// Runs to the end of the scenario, or until the observer has seen enough; returns the observer and
    /// the state. Requests that are open then end as unknown.
    pub fn run(mut self) -> FinishedRun<'s, O> {
        while let Some((time, event)) = self.queue.pop() {
            let time = self.start + Span::from_nanoseconds(i64::try_from(time).unwrap_or(i64::MAX));
            if time > self.end || self.observer.finished() {
                break;
            }
            self.now = time;
            self.handle(event);
        }
        self.now = if self.observer.finished() { self.now } else { self.end };
        for request in self.state.ledger.still_open() {
            self.observer.request(&self.state, &request, Outcome::Unknown);
        }
        FinishedRun { observer: self.observer, state: self.state }
    }

    fn begin(&mut self) {
        for host in 0..self.state.hosts.len() {
            let host = u32::try_from(host).unwrap_or(u32::MAX);
            if self.state.scenario.host(HostId(host)).on.is_none() {
                self.schedule(self.now, QueuedEvent::Boot { host, generation: 0 });
            }
        }
        self.begin_timeline();
        self.plan_wake();
    }

    #[inline]
    fn handle(&mut self, event: QueuedEvent) {
        match event {
            QueuedEvent::Arrive { packet, host, interface } => {
                if let Some((packet, from)) = self.packets.take(packet) {
                    self.arrive(InterfaceId { host: HostId(host), index: interface }, packet, from);
                }
            }
            QueuedEvent::Send { packet, host, generation } => {
                let Some((packet, _)) = self.packets.take(packet) else { return };
                if self.state.host(HostId(host)).generation == generation {
                    self.transmit(HostId(host), packet);
                }
            }
            QueuedEvent::Service { host, service, generation } => {
                self.timeout(HostId(host), service, generation)
            }
            QueuedEvent::Boot { host, generation } => self.boot(HostId(host), generation),
            QueuedEvent::Start { host, generation } => self.start_services(HostId(host), generation),
            QueuedEvent::Item { item } => self.item(item),
            QueuedEvent::LinkEnds { network, changes } => self.link_ends(network, changes),
            QueuedEvent::CaptureEnds { vantage } => self.capture_ends(vantage),
            QueuedEvent::Alarm { alarm } => self.look_at_alarm(alarm),
            QueuedEvent::Wake => {
                self.wake = None;
                self.observer.woken(&mut self.state, self.now);
                self.plan_wake();
            }
        }
    }
}
