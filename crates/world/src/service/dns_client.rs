//! A stub resolver: a lookup sends its questions at once from one socket and repeats those that get
//! no answer, from the same socket with the same id, as glibc does.

use super::transactions::{Transaction, Transactions};
use super::{Behaviour, Context, Taken};
use crate::ledger::Reason;
use crate::packet::{Body, Dns, Name, Packet, Payload, Trace};
use unanswered_scenario::model::{self, Transport};
use unanswered_table::{Outcome, Step};
use unanswered_wire::{Span, Time};

/// DNS's port.
pub(super) const PORT: u16 = 53;
/// Bytes of a query's fixed part: header, root label, type and class; and of an OPT record.
const QUERY: usize = 17;
const OPT: usize = 11;
/// Between two questions of one lookup: one system call each, or two messages of one; judgement.
const BETWEEN: Span = Span::from_nanoseconds(5_000);
/// RFC 1035 section 4.1.1.
const REFUSED: u8 = 5;

/// What an answer is known by.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Key {
    port: u16,
    query: Dns,
}

pub(super) struct ClientProcess {
    model: model::DnsClient,
    next_lookup: Time,
    lookups: u64,
    open: Transactions<Key>,
}

impl ClientProcess {
    pub(super) fn new(model: model::DnsClient) -> Self {
        Self { model, next_lookup: Time::default(), lookups: 0, open: Transactions::default() }
    }

    fn lookup(&mut self, context: &mut Context<'_>) {
        let names = self.model.names.len().max(1) as u64;
        let index = u16::try_from(self.lookups % names).unwrap_or(0);
        let name = Name { host: context.host, service: context.service, index };
        self.lookups += 1;
        let Some(port) = context.bind_fresh(Transport::Udp, &self.model.source_ports) else { return };
        let bytes = self.model.names.get(usize::from(index)).map_or(0, String::len) + QUERY + 1;
        let size = bytes + if self.model.edns.is_some() { OPT } else { 0 };
        let mut after = Span::default();
        for kind in self.model.types.clone() {
            let query = Dns {
                id: u16::try_from(context.random.below(0x1_0000)).unwrap_or(0),
                name,
                kind,
                edns: self.model.edns,
                response: false,
                rcode: 0,
                size: u16::try_from(size).unwrap_or(512),
            };
            let request = context.open();
            let transaction =
                Transaction { key: Key { port, query }, request, deadline: context.now, attempts: 0 };
            self.ask(context, transaction, after);
            after = Span::from_nanoseconds(after.nanoseconds() + BETWEEN.nanoseconds());
        }
    }

    fn ask(&mut self, context: &mut Context<'_>, mut transaction: Transaction<Key>, after: Span) {
        let Key { port, query } = transaction.key;
        transaction.attempts += 1;
        transaction.deadline = context.now + self.model.timeout;
        let trace = Trace::Request(transaction.request);
        context.send_datagram(port, (self.model.server, PORT), Payload::Dns(query), trace, after);
        self.open.add(transaction);
    }

    fn end(&mut self, context: &mut Context<'_>, transaction: &Transaction<Key>, outcome: Outcome) {
        context.close(transaction.request, outcome);
        let port = transaction.key.port;
        if !self.open.any(|key| key.port == port) {
            context.unbind(Transport::Udp, port);
        }
    }
}

impl Behaviour for ClientProcess {
    fn start(&mut self, context: &mut Context<'_>) {
        let first = context.draw(self.model.interval);
        self.next_lookup = context.now + context.random.span_below(first);
    }

    fn next(&self) -> Option<Time> {
        match self.open.next() {
            Some(deadline) => Some(deadline.min(self.next_lookup)),
            None => Some(self.next_lookup),
        }
    }

    fn handle_timeout(&mut self, context: &mut Context<'_>) {
        while let Some(transaction) = self.open.due(context.now) {
            if transaction.attempts < self.model.attempts {
                self.ask(context, transaction, Span::default());
            } else {
                self.end(context, &transaction, Outcome::Unanswered);
            }
        }
        if self.next_lookup <= context.now {
            if self.open.len() < self.model.in_flight as usize {
                self.lookup(context);
            }
            self.next_lookup = context.now + context.draw(self.model.interval);
        }
    }

    fn handle_packet(&mut self, context: &mut Context<'_>, packet: &Packet) -> Taken {
        let Body::Udp { destination_port, payload: Payload::Dns(message), .. } = &packet.body else {
            return Taken::No;
        };
        if !message.response {
            return Taken::No;
        }
        let asked = |key: &Key| {
            key.port == *destination_port
                && (key.query.id, key.query.name, key.query.kind) == (message.id, message.name, message.kind)
        };
        let of_server = packet.source == self.model.server;
        let key = self.open.find(asked).filter(|_| of_server);
        let Some(transaction) = key.and_then(|key| self.open.take(key)) else {
            let reason = if of_server { Reason::TooLate } else { Reason::WrongSource };
            context.dropped(packet, Step::ValidateReply, reason(context.host));
            return Taken::Yes;
        };
        let outcome = match message.rcode {
            REFUSED => Outcome::Refused,
            _ if transaction.attempts > 1 => Outcome::Late,
            _ => Outcome::Answered,
        };
        self.end(context, &transaction, outcome);
        Taken::Yes
    }

    fn handle_error(&mut self, context: &mut Context<'_>, about: &Packet, _kind: u8, _code: u8) {
        if let Some(request) = about.request().and_then(|id| context.ledger.get_mut(id)) {
            request.refused = true;
        }
    }
}
