//! The client of a service of no known protocol: `unanswered_clients::EchoClient` on a host's ports.

use super::behaviour::{Behaviour, Taken};
use super::pace::Pace;
use super::service_context::ServiceContext;
use crate::ledger::{LossReason, RequestId};
use crate::sim_packet::{PacketBody, PacketRole, Payload, SimPacket};
use std::net::IpAddr;
use std::ops::RangeInclusive;
use unanswered_clients::{EchoClient, EchoConfig};
use unanswered_scenario::model::{EchoClientSpec, Endpoint, Transport};
use unanswered_table::Step;
use unanswered_wire::{Span, Time};

pub(super) struct EchoClientProcess {
    server: Endpoint,
    source_ports: RangeInclusive<u16>,
    pace: Pace,
    client: EchoClient<RequestId>,
}

impl EchoClientProcess {
    pub(super) fn new(model: EchoClientSpec) -> Self {
        let EchoClientSpec { to, interval, timeout, source_ports, sizes } = model;
        let config = EchoConfig { server: IpAddr::V4(to.address), timeout, sizes };
        Self { server: to, source_ports, pace: Pace::new(interval), client: EchoClient::new(config) }
    }

    fn ask(&mut self, context: &mut ServiceContext<'_>) {
        match context.bind_fresh(Transport::Udp, &self.source_ports) {
            Some(port) => self.client.ask(context.now, port, context.open()),
            None => self.client.skip(),
        }
    }

    fn carry_out(&mut self, context: &mut ServiceContext<'_>) {
        while let Some(event) = self.client.poll_event() {
            context.heed(Transport::Udp, event);
        }
        while let Some(sent) = self.client.poll_transmit() {
            let payload = Payload::Opaque { number: sent.number, size: sent.size };
            context.send_datagram(
                sent.port,
                self.server,
                payload,
                PacketRole::Request(sent.tag),
                Span::default(),
            );
        }
    }
}

impl Behaviour for EchoClientProcess {
    fn start(&mut self, context: &mut ServiceContext<'_>) {
        self.pace.start(context);
    }

    fn next(&self) -> Option<Time> {
        self.pace.or_earlier(self.client.poll_timeout())
    }

    fn handle_timeout(&mut self, context: &mut ServiceContext<'_>) {
        self.client.handle_timeout(context.now);
        self.carry_out(context);
        if self.pace.is_due(context) {
            self.ask(context);
            self.carry_out(context);
            self.pace.plan(context);
        }
    }

    fn handle_packet(&mut self, context: &mut ServiceContext<'_>, packet: &SimPacket) -> Taken {
        let PacketBody::Udp { destination_port, payload: Payload::Opaque { number, .. }, .. } = &packet.body
        else {
            return Taken::No;
        };
        match self.client.handle_reply(IpAddr::V4(packet.source), *destination_port, *number) {
            Ok(()) => self.carry_out(context),
            Err(_) => context.dropped(packet, Step::ValidateReply, LossReason::ReplyRejected(context.host)),
        }
        Taken::Yes
    }

    fn handle_error(&mut self, context: &mut ServiceContext<'_>, about: &SimPacket, _kind: u8, _code: u8) {
        let PacketBody::Udp { source_port, payload: Payload::Opaque { number, .. }, .. } = &about.body else {
            return;
        };
        self.client.handle_error(*source_port, *number);
        self.carry_out(context);
    }
}
