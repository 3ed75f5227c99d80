//! The running world: takes events in order of time and lets hosts, services and the timeline act.

use super::alarm::Alarms;
use super::identification;
use super::ledger::{Reason, Request};
use super::observer::{Happening, Observer};
use super::packet::{Body, Packet, Trace};
use super::path::Leg;
use super::queue::Queue;
use super::service::{self, Context, Outgoing, Taken};
use super::state::State;
use super::timeline::Timeline;
use crate::conntrack::Tuple;
use std::net::Ipv4Addr;
use unanswered_scenario::model::{HostId, InterfaceId, Scenario, Transport};
use unanswered_table::Outcome;
use unanswered_wire::{Span, Time};

/// What waits in the queue. Small and `Copy`; packets stand in a slab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// A packet comes out of a network.
    Arrive { packet: u32, host: u32, interface: u16 },
    /// A packet that a service took its time for is sent.
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
    /// An alarm looks whether it has to be raised.
    Watch { watch: u32 },
    /// The observer asked for this.
    Wake,
}

/// Packets whose room is kept.
const SPARE_MAX: usize = 1024;

/// A slab of what is on its way.
#[derive(Debug)]
pub(super) struct Slab<T> {
    items: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Slab<T> {
    const fn new() -> Self {
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
    fn take(&mut self, index: u32) -> Option<T> {
        let item = self.items.get_mut(index as usize)?.take();
        if item.is_some() {
            self.free.push(index);
        }
        item
    }
}

/// A scenario while it runs.
pub struct World<'s, O: Observer> {
    pub(super) state: State<'s>,
    pub(super) observer: O,
    pub(super) now: Time,
    pub(super) packets: Slab<(Box<Packet>, InterfaceId)>,
    pub(super) last_opened: Option<(HostId, Tuple, Time)>,
    pub(super) alarms: Alarms,
    pub(super) timeline: Timeline,
    queue: Queue<Event>,
    start: Time,
    end: Time,
    wake: Option<Time>,
    /// Room of packets that have arrived, for the next ones.
    #[expect(clippy::vec_box, reason = "it is the boxes that are kept")]
    spare: Vec<Box<Packet>>,
    outbox: Vec<Outgoing>,
    closed: Vec<(Request, Outcome)>,
    answered: Vec<Ipv4Addr>,
}

impl<'s, O: Observer> World<'s, O> {
    /// A world before its first event.
    #[must_use]
    pub fn new(scenario: &'s Scenario, seed: u64, observer: O) -> Self {
        let mut world = Self {
            state: State::new(scenario, seed),
            observer,
            now: scenario.start,
            packets: Slab::new(),
            last_opened: None,
            alarms: Alarms::new(scenario),
            timeline: Timeline::new(scenario, seed),
            queue: Queue::default(),
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

    /// Runs to the end of the scenario, or until the observer has seen enough; gives the observer and
    /// the state back. Requests that are open then end as unknown.
    pub fn run(mut self) -> (O, State<'s>) {
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
        (self.observer, self.state)
    }

    /// The state, for tests and pictures while the world stands still.
    #[must_use]
    pub const fn state(&self) -> &State<'s> {
        &self.state
    }

    fn begin(&mut self) {
        for host in 0..self.state.nodes.len() {
            let host = u32::try_from(host).unwrap_or(u32::MAX);
            if self.state.scenario.host(HostId(host)).on.is_none() {
                self.schedule(self.now, Event::Boot { host, generation: 0 });
            }
        }
        self.begin_timeline();
        self.plan_wake();
    }

    #[inline]
    pub(super) fn schedule(&mut self, at: Time, event: Event) {
        let since = (at - self.start).nanoseconds();
        self.queue.push(u64::try_from(since).unwrap_or(0), event);
    }

    #[inline]
    fn handle(&mut self, event: Event) {
        match event {
            Event::Arrive { packet, host, interface } => {
                if let Some((packet, from)) = self.packets.take(packet) {
                    self.arrive(InterfaceId { host: HostId(host), index: interface }, packet, from);
                }
            }
            Event::Send { packet, host, generation } => {
                let Some((packet, _)) = self.packets.take(packet) else { return };
                if self.state.node(HostId(host)).generation == generation {
                    self.transmit(HostId(host), packet);
                }
            }
            Event::Service { host, service, generation } => self.timeout(HostId(host), service, generation),
            Event::Boot { host, generation } => self.boot(HostId(host), generation),
            Event::Start { host, generation } => self.start_services(HostId(host), generation),
            Event::Item { item } => self.item(item),
            Event::LinkEnds { network, changes } => self.link_ends(network, changes),
            Event::CaptureEnds { vantage } => self.capture_ends(vantage),
            Event::Watch { watch } => self.watch(watch),
            Event::Wake => {
                self.wake = None;
                self.observer.woken(&mut self.state, self.now);
                self.plan_wake();
            }
        }
    }

    fn plan_wake(&mut self) {
        let wanted = self.observer.wakes();
        if let Some(at) = wanted.filter(|_| self.wake != wanted) {
            self.wake = wanted;
            self.schedule(at, Event::Wake);
        }
    }

    /// A packet has reached the host it is for.
    pub(super) fn deliver(&mut self, host: HostId, packet: Box<Packet>) {
        match &packet.body {
            Body::Echo { request: true, .. } => self.echo(host, &packet),
            Body::Echo { identifier, .. } => {
                let port = *identifier;
                self.hand_over(host, Transport::Icmp, port, &packet);
            }
            Body::Udp { destination_port, .. } => {
                let port = *destination_port;
                if !self.hand_over(host, Transport::Udp, port, &packet) {
                    self.nobody(host, &packet);
                }
            }
            Body::Tcp(segment) => {
                let port = segment.destination_port;
                if !self.hand_over(host, Transport::Tcp, port, &packet) {
                    self.nobody(host, &packet);
                }
            }
            Body::Error { kind, code, about, .. } => self.error(host, *kind, *code, about),
        }
        if self.spare.len() < SPARE_MAX {
            self.spare.push(packet);
        }
    }

    /// The host answers an echo request.
    fn echo(&mut self, host: HostId, request: &Packet) {
        let Body::Echo { identifier, sequence, .. } = request.body else { return };
        let identification = identification::next(&mut self.state.node_mut(host).identification);
        let reply = Box::new(Packet {
            source: request.destination,
            destination: request.source,
            ttl: self.state.scenario.host(host).ttl,
            identification,
            dont_fragment: false,
            fragment: 0,
            body: Body::Echo { request: false, identifier, sequence },
            outer: None,
            trace: request.request().map_or(Trace::None, Trace::Reply),
            ..*request
        });
        self.transmit(host, reply);
    }

    /// Nothing listens.
    fn nobody(&mut self, host: HostId, packet: &Packet) {
        // A late packet of a closed connection is no failure of anybody's.
        if matches!(&packet.body, Body::Tcp(segment) if !super::fields::is_syn(segment.flags)) {
            return;
        }
        self.lost_in(host, packet, Leg::Receiving, Reason::NotListening(host));
        if matches!(packet.trace, Trace::Request(_)) {
            self.refuse(host, packet);
        }
    }

    /// Gives a packet to the services of a port; whether one took it.
    fn hand_over(&mut self, host: HostId, transport: Transport, port: u16, packet: &Packet) -> bool {
        let mut listeners = [None; 4];
        for (slot, service) in
            listeners.iter_mut().zip(self.state.node(host).sockets.listeners(transport, port))
        {
            *slot = Some(service);
        }
        listeners.into_iter().flatten().any(|service| {
            let mut taken = Taken::No;
            self.call(host, service, |process, context| taken = process.handle_packet(context, packet));
            taken == Taken::Yes
        })
    }

    /// An ICMP error for the service that sent the packet it is about.
    fn error(&mut self, host: HostId, kind: u8, code: u8, about: &Packet) {
        let Some(tuple) = about.tuple() else { return };
        if !self.state.topology.owns(host, tuple.source.address) {
            return;
        }
        let listener = self.state.node(host).sockets.listeners(tuple.protocol, tuple.source.port).next();
        if let Some(service) = listener {
            self.call(host, service, |process, context| process.handle_error(context, about, kind, code));
        }
    }

    fn timeout(&mut self, host: HostId, service: u16, generation: u16) {
        let node = self.state.node_mut(host);
        if node.generation != generation {
            return;
        }
        let Some(running) = node.services.get_mut(usize::from(service)) else { return };
        // Superseded by an earlier call, or the process is another one.
        if running.scheduled != Some(self.now) {
            return;
        }
        running.scheduled = None;
        self.call(host, service, |process, context| process.handle_timeout(context));
    }

    /// Calls a service and carries out what it wants.
    #[inline]
    pub(super) fn call(
        &mut self,
        host: HostId,
        service: u16,
        act: impl FnOnce(&mut dyn service::Behaviour, &mut Context<'_>),
    ) {
        let node = &mut self.state.nodes[host.0 as usize];
        let Some(running) = node.services.get_mut(usize::from(service)) else { return };
        let Some(process) = &mut running.process else { return };
        let mut context = Context {
            now: self.now,
            host,
            service,
            ttl: self.state.scenario.host(host).ttl,
            clock: &mut node.clock,
            random: &mut running.random,
            ledger: &mut self.state.ledger,
            sockets: &mut node.sockets,
            identification: &mut node.identification,
            spare: &mut self.spare,
            outbox: &mut self.outbox,
            closed: &mut self.closed,
            answered: &mut self.answered,
        };
        act(process.as_mut(), &mut context);
        let next = process.next();
        let generation = node.generation;
        if let Some(at) = next.filter(|at| running.scheduled.is_none_or(|scheduled| *at < scheduled)) {
            let at = at.max(self.now);
            running.scheduled = Some(at);
            self.schedule(at, Event::Service { host: host.0, service, generation });
        }
        self.carry_out(host, generation);
    }

    #[inline]
    fn carry_out(&mut self, host: HostId, generation: u16) {
        let mut closed = std::mem::take(&mut self.closed);
        for (request, outcome) in closed.drain(..) {
            self.observer.request(&self.state, &request, outcome);
        }
        self.closed = closed;
        let mut answered = std::mem::take(&mut self.answered);
        for server in answered.drain(..) {
            self.upstream_answered(host, server);
        }
        self.answered = answered;
        // What is sent can come to call again (a host that speaks to itself), so the box is taken out.
        let mut outbox = std::mem::take(&mut self.outbox);
        for Outgoing { packet, after } in outbox.drain(..) {
            if after > Span::default() {
                let packet = self.packets.put((packet, InterfaceId { host, index: 0 }));
                self.schedule(self.now + after, Event::Send { packet, host: host.0, generation });
            } else {
                self.transmit(host, packet);
            }
        }
        if self.outbox.is_empty() {
            self.outbox = outbox;
        }
    }

    pub(super) fn tell(&mut self, what: &Happening) {
        self.observer.happened(&mut self.state, self.now, what);
        self.plan_wake();
    }
}
