//! ICMP echo requests: `unanswered_clients::PingClient`; the host itself answers those of others.

use super::behaviour::{Behaviour, Taken};
use super::pace::Pace;
use super::service_context::ServiceContext;
use crate::ledger::{LossReason, RequestId};
use crate::sim_packet::{IP_HEADER, PacketBody, PacketRole, SimPacket, UDP_HEADER};
use unanswered_clients::{PingClient, PingConfig};
use unanswered_scenario::model::{PingSpec, Transport};
use unanswered_table::Step;
use unanswered_wire::{Span, Time};

pub(super) struct PingProcess {
    model: PingSpec,
    pace: Pace,
    client: Option<PingClient<RequestId>>,
}

impl PingProcess {
    pub(super) fn new(model: PingSpec) -> Self {
        let pace = Pace::new(model.interval);
        Self { model, pace, client: None }
    }

    fn carry_out(&mut self, context: &mut ServiceContext<'_>) {
        let Some(client) = &mut self.client else { return };
        while let Some(event) = client.poll_event() {
            context.heed(Transport::Icmp, event);
        }
        while let Some(sent) = client.poll_transmit() {
            let body =
                PacketBody::Echo { request: true, identifier: client.identifier(), sequence: sent.sequence };
            let length = IP_HEADER.saturating_add(UDP_HEADER).saturating_add(sent.size);
            let (to, dont_fragment) = (self.model.to, self.model.dont_fragment);
            context.send(to, body, length, dont_fragment, PacketRole::Request(sent.tag), Span::default());
            if let (Some(ttl), Some(packet)) = (self.model.ttl, context.last_sent()) {
                packet.ttl = ttl;
            }
        }
    }
}

impl Behaviour for PingProcess {
    fn start(&mut self, context: &mut ServiceContext<'_>) {
        let config = PingConfig { identifier: self.model.identifier, sizes: self.model.sizes.clone() };
        let client = PingClient::new(config, context.random);
        context.bind(Transport::Icmp, client.identifier());
        self.client = Some(client);
        self.pace.start(context);
    }

    fn next(&self) -> Option<Time> {
        self.pace.or_earlier(self.client.as_ref().and_then(PingClient::poll_timeout))
    }

    fn handle_timeout(&mut self, context: &mut ServiceContext<'_>) {
        if let Some(client) = &mut self.client {
            client.handle_timeout(context.now);
        }
        self.carry_out(context);
        if self.pace.is_due(context) {
            if let Some(client) = &mut self.client {
                client.ask(context.now, context.open());
            }
            self.carry_out(context);
            self.pace.plan(context);
        }
    }

    fn handle_packet(&mut self, context: &mut ServiceContext<'_>, packet: &SimPacket) -> Taken {
        let (PacketBody::Echo { request: false, sequence, .. }, Some(client)) =
            (&packet.body, &mut self.client)
        else {
            return Taken::No;
        };
        match client.handle_reply(*sequence) {
            Ok(()) => self.carry_out(context),
            Err(_) => context.dropped(packet, Step::ValidateReply, LossReason::TooLate(context.host)),
        }
        Taken::Yes
    }

    fn handle_error(&mut self, context: &mut ServiceContext<'_>, about: &SimPacket, _kind: u8, _code: u8) {
        if let (PacketBody::Echo { sequence, .. }, Some(client)) = (&about.body, &mut self.client) {
            client.handle_error(*sequence);
            self.carry_out(context);
        }
    }
}
