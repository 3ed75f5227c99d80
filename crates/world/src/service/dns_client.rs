//! A stub resolver: `unanswered_clients::DnsClient` on a host's ports.

use super::behaviour::{Behaviour, Taken};
use super::pace::Pace;
use super::service_context::ServiceContext;
use crate::ledger::{LossReason, RequestId};
use crate::sim_packet::{DnsMessage, DnsName, PacketBody, PacketRole, Payload, SimPacket};
use std::net::IpAddr;
use unanswered_clients::{DNS_PORT, DnsClient, DnsConfig, DnsQuestion, DnsReply, Stray};
use unanswered_scenario::model::{self, Endpoint, Transport};
use unanswered_table::Step;
use unanswered_wire::Time;

pub(super) struct DnsClientProcess {
    model: model::DnsClientSpec,
    pace: Pace,
    lookups: u64,
    client: DnsClient<DnsName, RequestId>,
}

impl DnsClientProcess {
    pub(super) fn new(model: model::DnsClientSpec) -> Self {
        let config = DnsConfig {
            server: IpAddr::V4(model.server),
            kinds: model.types.clone(),
            edns: model.edns,
            timeout: model.timeout,
            attempts: model.attempts,
        };
        let pace = Pace::new(model.interval);
        Self { model, pace, lookups: 0, client: DnsClient::new(config) }
    }

    /// Queries the next of its names.
    fn lookup(&mut self, context: &mut ServiceContext<'_>) {
        let names = self.model.names.len().max(1) as u64;
        let index = u16::try_from(self.lookups % names).unwrap_or(0);
        let name = DnsName { host: context.host, service: context.service, index };
        self.lookups += 1;
        let Some(port) = context.bind_fresh(Transport::Udp, &self.model.source_ports) else { return };
        let ServiceContext { now, host, service, random, ledger, .. } = context;
        self.client.lookup(*now, &name, port, *random, || ledger.open(*now, *host, *service));
    }

    fn carry_out(&mut self, context: &mut ServiceContext<'_>) {
        while let Some(event) = self.client.poll_event() {
            context.heed(Transport::Udp, event);
        }
        let server = Endpoint { address: self.model.server, port: DNS_PORT };
        while let Some(sent) = self.client.poll_transmit() {
            let DnsQuestion { id, name, kind } = sent.question;
            let length = self.model.names.get(usize::from(name.index)).map_or(0, String::len);
            let query = DnsMessage {
                id,
                name,
                kind,
                edns: self.model.edns,
                response: false,
                rcode: 0,
                size: self.client.config().query_size(length),
            };
            let role = PacketRole::Request(sent.tag);
            context.send_datagram(sent.port, server, Payload::Dns(query), role, sent.after);
        }
    }
}

impl Behaviour for DnsClientProcess {
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
            if self.client.open() < self.model.in_flight as usize {
                self.lookup(context);
                self.carry_out(context);
            }
            self.pace.plan(context);
        }
    }

    fn handle_packet(&mut self, context: &mut ServiceContext<'_>, packet: &SimPacket) -> Taken {
        let PacketBody::Udp { destination_port, payload: Payload::Dns(message), .. } = &packet.body else {
            return Taken::No;
        };
        if !message.response {
            return Taken::No;
        }
        let DnsMessage { id, name, kind, rcode, .. } = *message;
        let question = DnsQuestion { id, name, kind };
        let from = IpAddr::V4(packet.source);
        let stray = self.client.handle_reply(&DnsReply { question, from, port: *destination_port, rcode });
        match stray {
            Ok(()) => self.carry_out(context),
            Err(stray) => {
                let reason = match stray {
                    Stray::NotOpen => LossReason::TooLate(context.host),
                    Stray::WrongSource => LossReason::WrongSource(context.host),
                };
                context.dropped(packet, Step::ValidateReply, reason);
            }
        }
        Taken::Yes
    }

    fn handle_error(&mut self, context: &mut ServiceContext<'_>, about: &SimPacket, _kind: u8, _code: u8) {
        context.refused(about);
    }
}
