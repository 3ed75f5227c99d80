//! ICMP errors: who said no to a request, and who could not take or carry a reply.

use super::packets::{ports, reply_ports};
use super::window::{Flow, Key};
use super::{Pairer, Seen};
use crate::leg::Flags;
use crate::names::AddressId;
use unanswered_registry::Refusal;
use unanswered_table::Outcome;
use unanswered_table::Reason;
use unanswered_wire::{
    IcmpEcho, IcmpError, Link, Packet, ProtocolId, QuotedTransport, TUNNELS_MAX, Tcp, Transport, Udp,
    recognise,
};

/// Which packet of the exchange the error quotes.
pub(super) enum About {
    Request(u32),
    Reply(u32),
}

impl Pairer {
    pub(super) fn on_error(&mut self, seen: &Seen<'_, '_>, error: &IcmpError<'_>) {
        let Some(refusal) = error.refusal() else { return };
        let Some(quoted) = quoted_packet(error) else { return };
        self.out.tally.errors += 1;
        let Some(about) = self.about(seen, &quoted) else { return };
        self.out.tally.errors_attached += 1;
        match about {
            About::Request(leg) => {
                self.touch(leg, seen.now);
                let reason = Reason::Refused(refusal);
                let silent = !self.out.legs[leg as usize].flags.has(Flags::REPLY_SEEN);
                self.out.places[usize::from(seen.place.0)].errors += u64::from(silent);
                self.settle(leg, seen.now, seen.number, Outcome::Refused, reason, seen.source);
            }
            About::Reply(leg) => self.on_error_about_reply(seen, leg, refusal, error.quoted.destination),
        }
    }

    fn about(&mut self, seen: &Seen<'_, '_>, quoted: &Packet<'_>) -> Option<About> {
        let source = self.out.addresses.intern(quoted.ip.source);
        let destination = self.out.addresses.intern(quoted.ip.destination);
        let flow = |client, client_port, server, server_port| Flow {
            place: seen.place,
            client,
            client_port,
            server,
            server_port,
        };
        let (client_port, server_port) = ports(quoted);
        let as_request = flow(source, client_port, destination, server_port);
        let (server_port, client_port) = reply_ports(quoted);
        let as_reply = flow(destination, client_port, source, server_port);
        if let Some((protocol, message)) = recognise(quoted) {
            let asked = message.asks.and_then(|i| self.by_key(protocol, &as_request, i.key));
            let answered = || {
                message.answers.and_then(|(i, _)| self.by_key(protocol, &as_reply, i.key)).map(About::Reply)
            };
            if let Some(about) = asked.map(About::Request).or_else(answered) {
                return Some(about);
            }
        }
        // Only the ports were quoted, or a TCP segment without its flags.
        let request = self.newest(&as_request).map(About::Request);
        let paired = request.or_else(|| self.newest(&as_reply).map(About::Reply));
        paired.or_else(|| self.about_datagram(&as_request))
    }

    /// The newest request with that key at that client; on that flow if there is one.
    fn by_key(&self, protocol: ProtocolId, flow: &Flow, key: u64) -> Option<u32> {
        let window = &self.windows[usize::from(protocol.0)];
        let key = Key { place: flow.place, client: flow.client, client_port: flow.client_port, key };
        let exact = window.of_key(&key).find(|(_, open)| open.flow == *flow);
        exact.or_else(|| window.of_key(&key).next()).map(|(_, open)| open.leg)
    }

    fn newest(&self, flow: &Flow) -> Option<u32> {
        self.windows.iter().find_map(|w| w.of_flow(flow).next().map(|(_, open)| open.leg))
    }

    fn on_error_about_reply(
        &mut self,
        seen: &Seen<'_, '_>,
        leg: u32,
        refusal: Refusal,
        client: std::net::IpAddr,
    ) {
        let from_client = seen.packet.ip.source == client;
        let l = &mut self.out.legs[leg as usize];
        if l.settled {
            return;
        }
        l.flags.set(Flags::CLIENT_COMPLAINED);
        if l.outcome != Outcome::Answered || l.flags.has(Flags::REPLIED_AGAIN) {
            // Wrong and late replies have their outcome; a second reply rightly finds the port closed.
            return;
        }
        let (outcome, reason) = if from_client {
            (Outcome::Rejected, Reason::PortClosed)
        } else {
            (Outcome::Unanswered, Reason::ReplyBounced(refusal))
        };
        l.outcome = outcome;
        l.reason = self.out.reasons.intern(reason);
        l.other = AddressId(seen.source.0);
    }
}

/// The packet that the error quotes, as far as it was quoted.
fn quoted_packet<'a>(error: &IcmpError<'a>) -> Option<Packet<'a>> {
    let transport = match error.quoted_transport {
        QuotedTransport::Udp { source_port, destination_port, payload } => Transport::Udp(Udp {
            source_port,
            destination_port,
            length: u16::try_from(error.quoted.payload_length).unwrap_or(u16::MAX),
            checksum: 0,
            payload,
        }),
        QuotedTransport::Tcp { source_port, destination_port, sequence } => Transport::Tcp(Tcp {
            source_port,
            destination_port,
            sequence,
            acknowledgement: 0,
            flags: 0,
            window: 0,
            options: &[],
            payload_length: 0,
            payload: &[],
        }),
        QuotedTransport::Echo { identifier, sequence } => {
            Transport::Echo(IcmpEcho { request: true, identifier, sequence, payload: &[] })
        }
        QuotedTransport::Other => return None,
    };
    Some(Packet {
        link: Link::default(),
        tunnels: [None; TUNNELS_MAX],
        ip: error.quoted,
        transport,
        frame_length: 0,
        cut_short: true,
    })
}
