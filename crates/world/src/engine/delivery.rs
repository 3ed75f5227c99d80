//! A packet has reached its host: answered by the host itself, given to a service, or refused.

use super::losses::WayPart;
use super::world::{QueuedEvent, SPARE_MAX, World};
use crate::header_fields::is_syn;
use crate::identification;
use crate::ledger::LossReason;
use crate::observer::Observer;
use crate::service::{Behaviour, Outgoing, ServiceContext, Taken};
use crate::sim_packet::{PacketBody, PacketRole, SimPacket};
use unanswered_scenario::model::{HostId, InterfaceId, Transport};
use unanswered_wire::Span;

impl<O: Observer> World<'_, O> {
    /// A packet has reached the host it is for.
    pub(super) fn deliver(&mut self, host: HostId, packet: Box<SimPacket>) {
        match &packet.body {
            PacketBody::Echo { request: true, .. } => self.echo(host, &packet),
            PacketBody::Echo { identifier, .. } => {
                let port = *identifier;
                self.hand_over(host, Transport::Icmp, port, &packet);
            }
            PacketBody::Udp { destination_port, .. } => {
                let port = *destination_port;
                if !self.hand_over(host, Transport::Udp, port, &packet) {
                    self.nobody(host, &packet);
                }
            }
            PacketBody::Tcp(segment) => {
                let port = segment.destination_port;
                if !self.hand_over(host, Transport::Tcp, port, &packet) {
                    self.nobody(host, &packet);
                }
            }
            PacketBody::Error { kind, code, about, .. } => self.error(host, *kind, *code, about),
        }
        if self.spare.len() < SPARE_MAX {
            self.spare.push(packet);
        }
    }

    /// The host answers an echo request.
    fn echo(&mut self, host: HostId, request: &SimPacket) {
        let PacketBody::Echo { identifier, sequence, .. } = request.body else { return };
        let identification = identification::next(&mut self.state.host_mut(host).identification);
        let reply = Box::new(SimPacket {
            source: request.destination,
            destination: request.source,
            ttl: self.state.scenario.host(host).ttl,
            identification,
            dont_fragment: false,
            fragment: 0,
            body: PacketBody::Echo { request: false, identifier, sequence },
            outer: None,
            role: request.request().map_or(PacketRole::None, PacketRole::Reply),
            ..*request
        });
        self.transmit(host, reply);
    }

    /// Nothing listens.
    fn nobody(&mut self, host: HostId, packet: &SimPacket) {
        // A late packet of a closed connection does not count as a failure.
        if matches!(&packet.body, PacketBody::Tcp(segment) if !is_syn(segment.flags)) {
            return;
        }
        self.lost_in(host, packet, WayPart::Receiving, LossReason::NotListening(host));
        if matches!(packet.role, PacketRole::Request(_)) {
            self.refuse(host, packet);
        }
    }

    /// Gives a packet to the services of a port; returns whether one took it.
    fn hand_over(&mut self, host: HostId, transport: Transport, port: u16, packet: &SimPacket) -> bool {
        let mut listeners = [None; 4];
        for (slot, service) in
            listeners.iter_mut().zip(self.state.host(host).sockets.listeners(transport, port))
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
    fn error(&mut self, host: HostId, kind: u8, code: u8, about: &SimPacket) {
        let Some(tuple) = about.tuple() else { return };
        if !self.state.topology.owns(host, tuple.source.address) {
            return;
        }
        let listener = self.state.host(host).sockets.listeners(tuple.protocol, tuple.source.port).next();
        if let Some(service) = listener {
            self.call(host, service, |process, context| process.handle_error(context, about, kind, code));
        }
    }

    pub(super) fn timeout(&mut self, host: HostId, service: u16, generation: u16) {
        let node = self.state.host_mut(host);
        if node.generation != generation {
            return;
        }
        let Some(running) = node.services.get_mut(usize::from(service)) else { return };
        // Superseded by an earlier call, or it is another process by now.
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
        act: impl FnOnce(&mut dyn Behaviour, &mut ServiceContext<'_>),
    ) {
        let node = &mut self.state.hosts[host.0 as usize];
        let Some(running) = node.services.get_mut(usize::from(service)) else { return };
        let Some(process) = &mut running.process else { return };
        let mut context = ServiceContext {
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
            self.schedule(at, QueuedEvent::Service { host: host.0, service, generation });
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
        // What is sent can lead to another call (a host that sends to itself), so the box is taken out.
        let mut outbox = std::mem::take(&mut self.outbox);
        for Outgoing { packet, after } in outbox.drain(..) {
            if after > Span::default() {
                let packet = self.packets.put((packet, InterfaceId { host, index: 0 }));
                self.schedule(self.now + after, QueuedEvent::Send { packet, host: host.0, generation });
            } else {
                self.transmit(host, packet);
            }
        }
        if self.outbox.is_empty() {
            self.outbox = outbox;
        }
    }
}
