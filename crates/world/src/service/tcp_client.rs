//! Makes TCP connections: `unanswered_clients::TcpClient` on a host's ports.

use super::behaviour::{Behaviour, Taken};
use super::pace::Pace;
use super::service_context::ServiceContext;
use crate::ledger::{LossReason, RequestId};
use crate::sim_packet::{PacketBody, PacketRole, SimPacket};
use std::net::Ipv4Addr;
use std::ops::RangeInclusive;
use unanswered_clients::{TcpClient, TcpConfig};
use unanswered_scenario::model::{self, Transport};
use unanswered_table::Step;
use unanswered_wire::Time;

pub(super) struct TcpClientProcess {
    server: Ipv4Addr,
    source_ports: RangeInclusive<u16>,
    pace: Pace,
    client: TcpClient<RequestId>,
}

impl TcpClientProcess {
    pub(super) fn new(model: model::TcpClientSpec) -> Self {
        let model::TcpClientSpec { to, interval, source_ports, syn_retries, ecn } = model;
        let config = TcpConfig { server_port: to.port, syn_retries, ecn };
        Self { server: to.address, source_ports, pace: Pace::new(interval), client: TcpClient::new(config) }
    }

    fn connect(&mut self, context: &mut ServiceContext<'_>) {
        let Some(port) = context.bind_fresh(Transport::Tcp, &self.source_ports) else { return };
        let request = context.open();
        self.client.connect(context.now, port, context.random, request);
    }

    fn carry_out(&mut self, context: &mut ServiceContext<'_>) {
        while let Some(event) = self.client.poll_event() {
            context.heed(Transport::Tcp, event);
        }
        while let Some(sent) = self.client.poll_transmit() {
            let role = sent.tag.map_or(PacketRole::None, PacketRole::Request);
            context.send_segment(self.server, sent.segment, role);
        }
    }
}

impl Behaviour for TcpClientProcess {
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
            self.connect(context);
            self.carry_out(context);
            self.pace.plan(context);
        }
    }

    fn handle_packet(&mut self, context: &mut ServiceContext<'_>, packet: &SimPacket) -> Taken {
        let PacketBody::Tcp(segment) = &packet.body else { return Taken::No };
        match self.client.handle_segment(segment) {
            Ok(()) => self.carry_out(context),
            Err(_) => context.dropped(packet, Step::ValidateReply, LossReason::TooLate(context.host)),
        }
        Taken::Yes
    }

    fn handle_error(&mut self, context: &mut ServiceContext<'_>, about: &SimPacket, _kind: u8, _code: u8) {
        let PacketBody::Tcp(segment) = &about.body else { return };
        self.client.handle_error(segment);
        self.carry_out(context);
    }
}
