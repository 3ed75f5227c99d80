//! What a service may do when it is called.

use super::sockets::Sockets;
use crate::host_clock::HostClock;
use crate::identification;
use crate::ledger::{Ledger, LedgerRequest, LossPlace, LossReason, PacketLoss, RequestId};
use crate::sim_packet::{IP_HEADER, PacketBody, PacketRole, Payload, SimPacket, UDP_HEADER};
use crate::streams::Stream;
use std::net::Ipv4Addr;
use std::ops::RangeInclusive;

use unanswered_clients::{ClientEvent, TcpSegment};
use unanswered_scenario::model::{Duration, Endpoint, HostId, Transport};
use unanswered_table::{Outcome, Step};
use unanswered_wire::{Span, Time};

/// Bytes of an NTP header without extensions (RFC 5905 figure 8).
const NTP_HEADER: u16 = 48;
/// Bytes of a TCP header without options, and with those of a SYN.
const TCP_HEADER: u16 = 20;
const TCP_SYN_HEADER: u16 = 40;

/// A packet that a service sends.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    /// The packet; an unspecified source address stands for that of the outgoing interface.
    pub(crate) packet: Box<SimPacket>,
    /// How long until it is sent.
    pub(crate) after: Span,
}

/// What a service can use while it is called.
pub(crate) struct ServiceContext<'a> {
    /// True time.
    pub(crate) now: Time,
    /// The host.
    pub(crate) host: HostId,
    /// Which service of the host.
    pub(crate) service: u16,
    /// Time to live of packets.
    pub(crate) ttl: u8,
    /// The host's clock.
    pub(crate) clock: &'a mut HostClock,
    /// The service's random numbers.
    pub(crate) random: &'a mut Stream,
    /// Requests.
    pub(crate) ledger: &'a mut Ledger,
    /// Ports.
    pub(crate) sockets: &'a mut Sockets,
    /// Counter of IPv4 identifications.
    pub(crate) identification: &'a mut u16,
    /// Memory of packets that have arrived.
    #[expect(clippy::vec_box, reason = "it is the boxes that are kept")]
    pub(crate) spare: &'a mut Vec<Box<SimPacket>>,
    /// What is sent.
    pub(crate) outbox: &'a mut Vec<Outgoing>,
    /// Requests that ended during the call.
    pub(crate) closed: &'a mut Vec<(LedgerRequest, Outcome)>,
    /// Upstream servers that answered during the call.
    pub(crate) answered: &'a mut Vec<Ipv4Addr>,
}

impl ServiceContext<'_> {
    /// Listens on a port.
    pub(crate) fn bind(&mut self, transport: Transport, port: u16) {
        self.sockets.bind(transport, port, self.service);
    }

    /// Listens on a random free port of the range; `None` when 64 tries find none.
    pub(crate) fn bind_fresh(&mut self, transport: Transport, ports: &RangeInclusive<u16>) -> Option<u16> {
        self.sockets.bind_fresh(transport, ports, self.service, self.random)
    }

    /// Returns a port from [`ServiceContext::bind_fresh`].
    pub(crate) fn unbind(&mut self, transport: Transport, port: u16) {
        self.sockets.unbind(transport, port);
    }

    /// Opens a request.
    pub(crate) fn open(&mut self) -> RequestId {
        self.ledger.open(self.now, self.host, self.service)
    }

    /// Ends a request; one that was refused ends as refused even if its client notices only silence.
    pub(crate) fn close(&mut self, id: RequestId, outcome: Outcome) {
        let refused = self.ledger.get_mut(id).is_some_and(|request| request.refused);
        let outcome = if refused && outcome == Outcome::Unanswered { Outcome::Refused } else { outcome };
        if let Some(request) = self.ledger.close(id, outcome) {
            self.closed.push((request, outcome));
        }
    }

    /// What a client reports: its request has ended, or one of its ports is free.
    pub(crate) fn heed(&mut self, transport: Transport, event: ClientEvent<RequestId>) {
        match event {
            ClientEvent::Ended { tag, outcome } => self.close(tag, outcome),
            ClientEvent::PortFree(port) => self.unbind(transport, port),
        }
    }

    /// An ICMP error about a request whose client does not see it; it is recorded anyway.
    pub(crate) fn refused(&mut self, about: &SimPacket) {
        if let Some(request) = about.request().and_then(|id| self.ledger.get_mut(id)) {
            request.refused = true;
        }
    }

    /// Records that this service did not take a packet.
    pub(crate) fn dropped(&mut self, packet: &SimPacket, step: Step, reason: LossReason) {
        let loss = PacketLoss { step, place: LossPlace::Host(self.host), reason, episode: None };
        self.ledger.lost(packet.request(), self.now, &loss);
    }

    /// An amount of time.
    pub(crate) fn draw(&mut self, duration: Duration) -> Span {
        match duration {
            Duration::Fixed(span) => span,
            Duration::Exponential(mean) => self.random.exponential_span(mean),
            Duration::Uniform { low, high } => {
                let width = Span::from_nanoseconds(high.nanoseconds().saturating_sub(low.nanoseconds()) + 1);
                Span::from_nanoseconds(low.nanoseconds() + self.random.span_below(width).nanoseconds())
            }
        }
    }

    /// Sends a datagram from a port to an address and port.
    pub(crate) fn send_datagram(
        &mut self,
        source_port: u16,
        to: Endpoint,
        payload: Payload,
        role: PacketRole,
        after: Span,
    ) {
        let size = match &payload {
            Payload::Ntp(_) => NTP_HEADER,
            Payload::Dns(message) => message.size,
            Payload::Opaque { size, .. } => *size,
        };
        // A large DNS answer may be fragmented; everything else has DF set, as Linux does by default.
        let dont_fragment = !matches!(&payload, Payload::Dns(message) if message.response);
        let body = PacketBody::Udp { source_port, destination_port: to.port, payload };
        let length = IP_HEADER.saturating_add(UDP_HEADER).saturating_add(size);
        self.send(to.address, body, length, dont_fragment, role, after);
    }

    /// Sends a segment.
    pub(crate) fn send_segment(&mut self, to: Ipv4Addr, segment: TcpSegment, role: PacketRole) {
        let syn = segment.flags & unanswered_wire::Tcp::SYN != 0;
        let length = IP_HEADER + if syn { TCP_SYN_HEADER } else { TCP_HEADER };
        self.send(to, PacketBody::Tcp(segment), length, true, role, Span::default());
    }

    /// Sends a packet with this body and `ip.len`.
    pub(crate) fn send(
        &mut self,
        destination: Ipv4Addr,
        body: PacketBody,
        length: u16,
        dont_fragment: bool,
        role: PacketRole,
        after: Span,
    ) {
        let identification = identification::next(self.identification);
        let packet = SimPacket {
            source: Ipv4Addr::UNSPECIFIED,
            destination,
            ttl: self.ttl,
            dscp: 0,
            ecn: 0,
            identification,
            dont_fragment,
            length,
            fragment: 0,
            body,
            outer: None,
            role,
        };
        let packet = match self.spare.pop() {
            Some(mut room) => {
                *room = packet;
                room
            }
            None => Box::new(packet),
        };
        self.outbox.push(Outgoing { packet, after });
    }

    /// The packet that was sent last, to change something about it.
    pub(crate) fn last_sent(&mut self) -> Option<&mut SimPacket> {
        self.outbox.last_mut().map(|outgoing| outgoing.packet.as_mut())
    }
}
