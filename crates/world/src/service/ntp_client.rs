//! An NTP client: `unanswered_ntp::Client` between the host's ports and its clock.

use super::behaviour::{Behaviour, Taken};
use super::service_context::ServiceContext;
use crate::ledger::{LossReason, RequestId};
use crate::sim_packet::{PacketBody, PacketRole, Payload, SimPacket};
use std::net::IpAddr;
use unanswered_ntp as ntp;
use unanswered_scenario::model::{Endpoint, NtpClientSpec, Transport};
use unanswered_table::{Outcome, Step};
use unanswered_wire::{Span, Time};

/// Ports of clients that take a new one for each request: Linux `net.ipv4.ip_local_port_range`.
const FRESH: std::ops::RangeInclusive<u16> = 32768..=60999;

/// An NTP client daemon.
pub(super) struct NtpClientProcess {
    config: ntp::ClientConfig,
    client: Option<ntp::Client>,
    /// The open request of each association.
    open: Vec<Option<OpenRequest>>,
}

#[derive(Clone, Copy)]
struct OpenRequest {
    request: RequestId,
    /// The port it was sent from.
    port: u16,
}

impl NtpClientProcess {
    pub(super) fn new(model: &NtpClientSpec) -> Option<Self> {
        Some(Self {
            config: ntp::ClientConfig {
                profile: ntp::ClientProfile::by_name(&model.profile)?,
                servers: model.servers.iter().map(|address| IpAddr::V4(*address)).collect(),
                minpoll: model.minpoll,
                maxpoll: model.maxpoll,
                iburst: model.iburst,
                disciplines: model.disciplines,
                source_port: model.source_port,
            },
            client: None,
            open: vec![None; model.servers.len()],
        })
    }

    /// The association that a packet belongs to, by its server and the port it was sent from.
    fn association(&self, packet: &SimPacket, port: u16) -> Option<usize> {
        let from = IpAddr::V4(packet.source);
        let servers = self.config.servers.iter().zip(&self.open);
        let of_port = servers
            .enumerate()
            .find(|(_, (server, open))| **server == from && open.is_none_or(|open| open.port == port));
        of_port.map(|(index, _)| index)
    }

    /// Ends the open request of an association.
    fn end(&mut self, context: &mut ServiceContext<'_>, association: usize, outcome: Outcome) {
        if let Some(OpenRequest { request, port }) = self.open[association].take() {
            context.close(request, outcome);
            if port != ntp::PORT {
                context.unbind(Transport::Udp, port);
            }
        }
    }

    fn transmit(&mut self, context: &mut ServiceContext<'_>, transmit: &ntp::Transmit) {
        let association = usize::from(transmit.association);
        self.end(context, association, Outcome::Unanswered);
        let port = match transmit.source_port {
            ntp::SourcePort::Fixed(port) => port,
            ntp::SourcePort::Fresh => match context.bind_fresh(Transport::Udp, &FRESH) {
                Some(port) => port,
                None => return,
            },
        };
        let IpAddr::V4(to) = transmit.to else { return };
        let request = context.open();
        self.open[association] = Some(OpenRequest { request, port });
        let payload = Payload::Ntp(transmit.header);
        let to = Endpoint { address: to, port: ntp::PORT };
        context.send_datagram(port, to, payload, PacketRole::Request(request), Span::default());
    }

    fn adjust(&mut self, context: &mut ServiceContext<'_>) {
        while let Some(adjustment) = self.client.as_mut().and_then(ntp::Client::poll_adjustment) {
            match adjustment {
                ntp::Adjustment::Step(by) => context.clock.step(context.now, by),
                ntp::Adjustment::Frequency { ppm } => context.clock.set_correction(context.now, ppm),
            }
        }
    }
}

impl Behaviour for NtpClientProcess {
    fn start(&mut self, context: &mut ServiceContext<'_>) {
        context.bind(Transport::Udp, self.config.source_port.unwrap_or(ntp::PORT));
        self.client = Some(ntp::Client::new(self.config.clone(), context.now, context.random));
    }

    fn next(&self) -> Option<Time> {
        self.client.as_ref().and_then(ntp::Client::poll_timeout)
    }

    fn handle_timeout(&mut self, context: &mut ServiceContext<'_>) {
        let clock = context.clock.read(context.now);
        let Some(client) = &mut self.client else { return };
        client.handle_timeout(context.now, clock, context.random);
        while let Some(transmit) = self.client.as_mut().and_then(ntp::Client::poll_transmit) {
            self.transmit(context, &transmit);
        }
        self.adjust(context);
    }

    fn handle_packet(&mut self, context: &mut ServiceContext<'_>, packet: &SimPacket) -> Taken {
        let PacketBody::Udp { destination_port, payload: Payload::Ntp(header), .. } = &packet.body else {
            return Taken::No;
        };
        if header.mode == ntp::Mode::Client {
            return Taken::No;
        }
        let Some(association) = self.association(packet, *destination_port) else {
            context.dropped(packet, Step::ValidateReply, LossReason::ReplyRejected(context.host));
            return Taken::Yes;
        };
        let number = u16::try_from(association).unwrap_or(u16::MAX);
        let clock = context.clock.read(context.now);
        let Some(client) = &mut self.client else { return Taken::No };
        match client.handle_reply(context.now, clock, number, header, context.random) {
            ntp::Received::Accepted => {
                self.end(context, association, Outcome::Answered);
                context.answered.push(packet.source);
            }
            ntp::Received::Kiss(_) => {
                self.end(context, association, Outcome::Refused);
            }
            ntp::Received::Rejected(_) => {
                context.dropped(packet, Step::ValidateReply, LossReason::ReplyRejected(context.host));
            }
        }
        self.adjust(context);
        Taken::Yes
    }

    fn handle_error(&mut self, context: &mut ServiceContext<'_>, about: &SimPacket, _kind: u8, _code: u8) {
        // A daemon with an unconnected socket does not see it; it is recorded anyway.
        context.refused(about);
    }

    fn ntp_client(&self) -> Option<&ntp::Client> {
        self.client.as_ref()
    }
}
