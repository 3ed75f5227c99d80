//! An NTP server: `unanswered_ntp::Server` between the host's port and its clock.

use super::behaviour::{Behaviour, Taken};
use super::service_context::ServiceContext;
use crate::ledger::LossReason;
use crate::sim_packet::{PacketBody, PacketRole, Payload, SimPacket};
use std::net::{IpAddr, Ipv4Addr};
use unanswered_ntp as ntp;
use unanswered_scenario::model::{Endpoint, NtpServerSpec, Transport};
use unanswered_table::Step;
use unanswered_wire::{Span, Time};

/// An NTP server.
pub(super) struct NtpServerProcess {
    server: ntp::Server,
    service_time: Span,
}

impl NtpServerProcess {
    pub(super) fn new(model: &NtpServerSpec, now: Time) -> Option<Self> {
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

impl Behaviour for NtpServerProcess {
    fn start(&mut self, context: &mut ServiceContext<'_>) {
        context.bind(Transport::Udp, ntp::PORT);
    }

    fn next(&self) -> Option<Time> {
        None
    }

    fn handle_timeout(&mut self, _context: &mut ServiceContext<'_>) {}

    fn handle_packet(&mut self, context: &mut ServiceContext<'_>, packet: &SimPacket) -> Taken {
        let PacketBody::Udp { source_port, destination_port, payload: Payload::Ntp(header) } = &packet.body
        else {
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
                context.dropped(packet, Step::ValidateRequest, LossReason::RateLimited(context.host));
                reply
            }
            ntp::Response::Ignored(reason) => {
                let reason = match reason {
                    ntp::Reason::BadLengthOrFormat => match self.server.profile().ports {
                        ntp::PortCheck::NtpOrUnprivileged => LossReason::ReservedPort(context.host),
                        ntp::PortCheck::From123 | ntp::PortCheck::Any => LossReason::LowPort(context.host),
                    },
                    ntp::Reason::RateLimited => LossReason::RateLimited(context.host),
                    ntp::Reason::Version | ntp::Reason::Mode => LossReason::Ignored(context.host),
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
        let role = packet.request().map_or(PacketRole::None, PacketRole::Reply);
        let to = Endpoint { address: packet.source, port: *source_port };
        context.send_datagram(*destination_port, to, Payload::Ntp(reply), role, after);
        if let Some(sent) = context.last_sent() {
            sent.source = packet.destination;
        }
        Taken::Yes
    }

    fn ntp_server(&self) -> Option<&ntp::Server> {
        Some(&self.server)
    }
}

/// Four letters for stratum 1, an address's bytes above.
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
