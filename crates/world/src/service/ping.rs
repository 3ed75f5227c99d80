//! ICMP echo requests, one after the other; the host itself answers those of others.

use super::transactions::{Transaction, Transactions};
use super::{Behaviour, Context, Taken};
use crate::ledger::Reason;
use crate::packet::{Body, IP_HEADER, Packet, Trace, UDP_HEADER};
use unanswered_scenario::model::{self, Transport};
use unanswered_table::{Outcome, Step};
use unanswered_wire::{Span, Time};

/// How long `ping` waits for the last reply is long; for the one in between the next request counts.
const TIMEOUT: Span = Span::from_seconds(2);

pub(super) struct Process {
    model: model::Ping,
    identifier: u16,
    sequence: u16,
    next_request: Time,
    open: Transactions<u16>,
}

impl Process {
    pub(super) fn new(model: model::Ping) -> Self {
        Self {
            model,
            identifier: 0,
            sequence: 0,
            next_request: Time::default(),
            open: Transactions::default(),
        }
    }

    fn ask(&mut self, context: &mut Context<'_>) {
        self.sequence = self.sequence.wrapping_add(1);
        let sizes = &self.model.sizes;
        let size = sizes.get(usize::from(self.sequence) % sizes.len().max(1)).copied().unwrap_or(56);
        let request = context.open();
        self.open.add(Transaction {
            key: self.sequence,
            request,
            deadline: context.now + TIMEOUT,
            attempts: 1,
        });
        let body = Body::Echo { request: true, identifier: self.identifier, sequence: self.sequence };
        let length = IP_HEADER.saturating_add(UDP_HEADER).saturating_add(size);
        let dont_fragment = self.model.dont_fragment;
        context.send(self.model.to, body, length, dont_fragment, Trace::Request(request), Span::default());
        if let (Some(ttl), Some(sent)) = (self.model.ttl, context.last_sent()) {
            sent.ttl = ttl;
        }
    }
}

impl Behaviour for Process {
    fn start(&mut self, context: &mut Context<'_>) {
        self.identifier = match self.model.identifier {
            Some(identifier) => identifier,
            None => u16::try_from(context.random.below(0x1_0000)).unwrap_or(1),
        };
        context.bind(Transport::Icmp, self.identifier);
        let first = context.draw(self.model.interval);
        self.next_request = context.now + context.random.span_below(first);
    }

    fn next(&self) -> Option<Time> {
        Some(self.open.next().map_or(self.next_request, |deadline| deadline.min(self.next_request)))
    }

    fn handle_timeout(&mut self, context: &mut Context<'_>) {
        while let Some(transaction) = self.open.due(context.now) {
            context.close(transaction.request, Outcome::Unanswered);
        }
        if self.next_request <= context.now {
            self.ask(context);
            self.next_request = context.now + context.draw(self.model.interval);
        }
    }

    fn handle_packet(&mut self, context: &mut Context<'_>, packet: &Packet) -> Taken {
        let Body::Echo { request: false, sequence, .. } = packet.body else { return Taken::No };
        match self.open.take(sequence) {
            Some(transaction) => context.close(transaction.request, Outcome::Answered),
            None => context.dropped(packet, Step::ValidateReply, Reason::TooLate(context.host)),
        }
        Taken::Yes
    }

    fn handle_error(&mut self, context: &mut Context<'_>, about: &Packet, _kind: u8, _code: u8) {
        let Body::Echo { sequence, .. } = about.body else { return };
        if let Some(transaction) = self.open.take(sequence) {
            context.close(transaction.request, Outcome::Refused);
        }
    }
}
