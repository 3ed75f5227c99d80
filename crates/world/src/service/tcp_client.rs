//! Makes TCP connections: SYN repeated after 1, 2, 4, ... s (RFC 6298), then close at once.

use super::transactions::{Transaction, Transactions};
use super::{Behaviour, Context, Taken};
use crate::ledger::Reason;
use crate::packet::{Body, Packet, Segment, Trace};
use unanswered_scenario::model::{self, Transport};
use unanswered_table::{Outcome, Step};
use unanswered_wire::{Span, Tcp, Time};

/// First retransmission time-out (RFC 6298 section 2.1).
const FIRST_TIMEOUT: Span = Span::from_seconds(1);

/// What the reply is known by: source port and initial sequence number.
type Key = (u16, u32);

pub(super) struct ClientProcess {
    model: model::TcpClient,
    next_connection: Time,
    open: Transactions<Key>,
}

impl ClientProcess {
    pub(super) fn new(model: model::TcpClient) -> Self {
        Self { model, next_connection: Time::default(), open: Transactions::default() }
    }

    fn syn(&mut self, context: &mut Context<'_>, mut transaction: Transaction<Key>) {
        let wait = FIRST_TIMEOUT.nanoseconds() << transaction.attempts.min(16);
        transaction.deadline = context.now + Span::from_nanoseconds(wait);
        transaction.attempts += 1;
        let ecn = if self.model.ecn { Tcp::ECE | Tcp::CWR } else { 0 };
        let segment = self.segment(transaction.key.0, transaction.key.1, 0, Tcp::SYN | ecn);
        context.send_segment(self.model.to.address, segment, Trace::Request(transaction.request));
        self.open.add(transaction);
    }

    fn segment(&self, port: u16, sequence: u32, acknowledgement: u32, flags: u16) -> Segment {
        Segment { source_port: port, destination_port: self.model.to.port, sequence, acknowledgement, flags }
    }

    fn connect(&mut self, context: &mut Context<'_>) {
        let Some(port) = context.bind_fresh(Transport::Tcp, &self.model.source_ports) else { return };
        let initial = u32::try_from(context.random.below(1 << 32)).unwrap_or(0);
        let request = context.open();
        let key = (port, initial);
        self.syn(context, Transaction { key, request, deadline: context.now, attempts: 0 });
    }

    /// SYN and ACK came: the handshake is completed and the connection closed.
    fn connected(&mut self, context: &mut Context<'_>, segment: &Segment) {
        let (port, sequence) = (segment.destination_port, segment.acknowledgement);
        let acknowledgement = segment.sequence.wrapping_add(1);
        let ack = self.segment(port, sequence, acknowledgement, Tcp::ACK);
        context.send_segment(self.model.to.address, ack, Trace::None);
        let fin = self.segment(port, sequence, acknowledgement, Tcp::FIN | Tcp::ACK);
        context.send_segment(self.model.to.address, fin, Trace::None);
    }

    fn end(&mut self, context: &mut Context<'_>, transaction: &Transaction<Key>, outcome: Outcome) {
        context.close(transaction.request, outcome);
        if outcome == Outcome::Unanswered || outcome == Outcome::Refused {
            context.unbind(Transport::Tcp, transaction.key.0);
        }
    }
}

impl Behaviour for ClientProcess {
    fn start(&mut self, context: &mut Context<'_>) {
        let first = context.draw(self.model.interval);
        self.next_connection = context.now + context.random.span_below(first);
    }

    fn next(&self) -> Option<Time> {
        Some(self.open.next().map_or(self.next_connection, |deadline| deadline.min(self.next_connection)))
    }

    fn handle_timeout(&mut self, context: &mut Context<'_>) {
        while let Some(transaction) = self.open.due(context.now) {
            if transaction.attempts <= self.model.syn_retries {
                self.syn(context, transaction);
            } else {
                self.end(context, &transaction, Outcome::Unanswered);
            }
        }
        if self.next_connection <= context.now {
            self.connect(context);
            self.next_connection = context.now + context.draw(self.model.interval);
        }
    }

    fn handle_packet(&mut self, context: &mut Context<'_>, packet: &Packet) -> Taken {
        let Body::Tcp(segment) = &packet.body else { return Taken::No };
        let port = segment.destination_port;
        let initial = segment.acknowledgement.wrapping_sub(1);
        if segment.flags & Tcp::RST != 0 {
            if let Some(transaction) = self.open.take((port, initial)) {
                self.end(context, &transaction, Outcome::Refused);
            }
        } else if segment.flags & (Tcp::SYN | Tcp::ACK) == Tcp::SYN | Tcp::ACK {
            match self.open.take((port, initial)) {
                Some(transaction) => {
                    let outcome = if transaction.attempts > 1 { Outcome::Late } else { Outcome::Answered };
                    self.connected(context, segment);
                    self.end(context, &transaction, outcome);
                }
                None => context.dropped(packet, Step::ValidateReply, Reason::TooLate(context.host)),
            }
        } else if segment.flags & Tcp::FIN != 0 {
            let acknowledgement = segment.sequence.wrapping_add(1);
            let last = self.segment(port, segment.acknowledgement, acknowledgement, Tcp::ACK);
            context.send_segment(self.model.to.address, last, Trace::None);
            context.unbind(Transport::Tcp, port);
        }
        Taken::Yes
    }

    fn handle_error(&mut self, context: &mut Context<'_>, about: &Packet, _kind: u8, _code: u8) {
        let Body::Tcp(segment) = &about.body else { return };
        // A hard error ends the attempt to connect (tcp_v4_err in net/ipv4/tcp_ipv4.c).
        if let Some(transaction) = self.open.take((segment.source_port, segment.sequence)) {
            self.end(context, &transaction, Outcome::Refused);
        }
    }
}
