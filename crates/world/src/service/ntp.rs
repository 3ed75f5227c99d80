//! NTP: the cores of `unanswered_ntp` between the host's ports and its clock.

use super::{Behaviour, Context, Taken};
use crate::ledger::{Reason, RequestId};
use crate::packet::{Body, Packet, Payload, Trace};
use std::net::{IpAddr, Ipv4Addr};
use unanswered_ntp as ntp;
use unanswered_scenario::model::{self, Transport};
use unanswered_table::{Outcome, Step};
use unanswered_wire::{Span, Time};

/// NTP's port.
const PORT: u16 = 123;
/// Ports of clients that take a new one for each request: Linux `net.ipv4.ip_local_port_range`.
const FRESH: std::ops::RangeInclusive<u16> = 32768..=60999;

/// An NTP client daemon.
pub(super) struct ClientProcess {
    config: ntp::ClientConfig,
    client: Option<ntp::Client>,
    /// The open request of each association, and the port it was sent from.
    open: Vec<Option<(RequestId, u16)>>,
}

impl ClientProcess {
    pub(super) fn new(model: &model::NtpClient) -> Option<Self> {
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
    fn association(&self, packet: &Packet, port: u16) -> Option<usize> {
        let from = IpAddr::V4(packet.source);
        let servers = self.config.servers.iter().zip(&self.open);
        let of_port = servers.enumerate().find(|(_, (server, open))| {
            **server == from && open.is_none_or(|(_, sent_from)| sent_from == port)
        });
        of_port.map(|(index, _)| index)
    }

    /// Ends the open request of an association.
    fn end(&mut self, context: &mut Context<'_>, association: usize, outcome: Outcome) {
        if let Some((request, port)) = self.open[association].take() {
            context.close(request, outcome);
            if port != PORT {
                context.unbind(Transport::Udp, port);
            }
        }
    }

    fn transmit(&mut self, context: &mut Context<'_>, transmit: &ntp::Transmit) {
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
        self.open[association] = Some((request, port));
        let payload = Payload::Ntp(transmit.header);
        context.send_datagram(port, (to, PORT), payload, Trace::Request(request), Span::default());
    }

    fn adjust(&mut self, context: &mut Context<'_>) {
        while let Some(adjustment) = self.client.as_mut().and_then(ntp::Client::poll_adjustment) {
            match adjustment {
                ntp::Adjustment::Step(by) => context.clock.step(context.now, by),
                ntp::Adjustment::Frequency { ppm } => context.clock.set_correction(context.now, ppm),
            }
        }
    }
}

impl Behaviour for ClientProcess {
    fn start(&mut self, context: &mut Context<'_>) {
        context.bind(Transport::Udp, self.config.source_port.unwrap_or(PORT));
        self.client = Some(ntp::Client::new(self.config.clone(), context.now, context.random));
    }

    fn next(&self) -> Option<Time> {
        self.client.as_ref().and_then(ntp::Client::poll_timeout)
    }

    fn handle_timeout(&mut self, context: &mut Context<'_>) {
        let clock = context.clock.read(context.now);
        let Some(client) = &mut self.client else { return };
        client.handle_timeout(context.now, clock, context.random);
        while let Some(transmit) = self.client.as_mut().and_then(ntp::Client::poll_transmit) {
            self.transmit(context, &transmit);
        }
        self.adjust(context);
    }

    fn handle_packet(&mut self, context: &mut Context<'_>, packet: &Packet) -> Taken {
        let Body::Udp { destination_port, payload: Payload::Ntp(header), .. } = &packet.body else {
            return Taken::No;
        };
        if header.mode == ntp::Mode::Client {
            return Taken::No;
        }
        let Some(association) = self.association(packet, *destination_port) else {
            context.dropped(packet, Step::ValidateReply, Reason::ReplyRejected(context.host));
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
                context.dropped(packet, Step::ValidateReply, Reason::ReplyRejected(context.host));
            }
        }
        self.adjust(context);
        Taken::Yes
    }

    fn handle_error(&mut self, context: &mut Context<'_>, about: &Packet, _kind: u8, _code: u8) {
        // A daemon on an unconnected socket does not see it; it is written down all the same.
        if let Some(request) = about.request().and_then(|id| context.ledger.get_mut(id)) {
            request.refused = true;
        }
    }

    fn ntp_client(&self) -> Option<&ntp::Client> {
        self.client.as_ref()
    }
}

/// An NTP server.
pub(super) struct ServerProcess {
    server: ntp::Server,
    service_time: Span,
}

impl ServerProcess {
    pub(super) fn new(model: &model::NtpServer, now: Time) -> Option<Self> {
        let config = ntp::ServerConfig {
            profile: ntp::ServerProfile::by_name(&model.profile)?,
            stratum: model.stratum,
            reference_id: reference_id(&model.reference),
            limit: model.limit.map(|limit| ntp::Limit {
                average: limit.average,
                minimum: limit.minimum,
                burst: limit.burst,
                kod: limit.kod,
            }),
        };
        Some(Self { server: ntp::Server::new(config, now), service_time: model.service_time })
    }
}

impl Behaviour for ServerProcess {
    fn start(&mut self, context: &mut Context<'_>) {
        context.bind(Transport::Udp, PORT);
    }

    fn next(&self) -> Option<Time> {
        None
    }

    fn handle_timeout(&mut self, _context: &mut Context<'_>) {}

    fn handle_packet(&mut self, context: &mut Context<'_>, packet: &Packet) -> Taken {
        let Body::Udp { source_port, destination_port, payload: Payload::Ntp(header) } = &packet.body else {
            return Taken::No;
        };
        if matches!(header.mode, ntp::Mode::Server | ntp::Mode::SymmetricPassive) {
            return Taken::No;
        }
        let clock = context.clock.read(context.now);
        let from = IpAddr::V4(packet.source);
        let response = self.server.handle_request(context.now, clock, from, *source_port, header);
        let mut reply = match response {
            ntp::Response::Reply(reply) => reply,
            ntp::Response::Kiss(reply) => {
                context.dropped(packet, Step::ValidateRequest, Reason::RateLimited(context.host));
                reply
            }
            ntp::Response::Ignored(reason) => {
                let reason = match reason {
                    ntp::Reason::BadLengthOrFormat => match self.server.profile().ports {
                        ntp::PortCheck::NtpOrUnprivileged => Reason::ReservedPort(context.host),
                        ntp::PortCheck::From123 | ntp::PortCheck::Any => Reason::LowPort(context.host),
                    },
                    ntp::Reason::RateLimited => Reason::RateLimited(context.host),
                    ntp::Reason::Version | ntp::Reason::Mode => Reason::Ignored(context.host),
                };
                context.dropped(packet, Step::ValidateRequest, reason);
                return Taken::Yes;
            }
        };
        let after = if self.service_time > Span::default() {
            context.random.exponential_span(self.service_time)
        } else {
            Span::default()
        };
        if reply.transmit != ntp::Timestamp::ZERO {
            reply.transmit = ntp::Timestamp::from_time(clock + after);
        }
        let trace = packet.request().map_or(Trace::None, Trace::Reply);
        context.send_datagram(
            *destination_port,
            (packet.source, *source_port),
            Payload::Ntp(reply),
            trace,
            after,
        );
        if let Some(sent) = context.last_sent() {
            sent.source = packet.destination;
        }
        Taken::Yes
    }

    fn ntp_server(&self) -> Option<&ntp::Server> {
        Some(&self.server)
    }
}

/// Four letters for stratum 1, an address' bytes above.
fn reference_id(words: &str) -> [u8; 4] {
    if let Ok(address) = words.parse::<Ipv4Addr>() {
        return address.octets();
    }
    let mut id = [0; 4];
    for (slot, byte) in id.iter_mut().zip(words.bytes()) {
        *slot = byte;
    }
    id
}
