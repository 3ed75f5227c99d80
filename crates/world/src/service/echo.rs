//! A service of no known protocol over UDP: a queue with workers, and its client.

use super::transactions::{Transaction, Transactions};
use super::{Behaviour, Context, Taken};
use crate::ledger::Reason;
use crate::packet::{Body, Packet, Payload, Trace};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use unanswered_scenario::model::{self, Transport};
use unanswered_table::{Outcome, Step};
use unanswered_wire::{Span, Time};

pub(super) struct ServerProcess {
    model: model::GenericServer,
    /// When each worker is free again.
    workers: BinaryHeap<Reverse<Time>>,
    /// When the requests that wait for a worker begin to be served.
    waiting: BinaryHeap<Reverse<Time>>,
}

impl ServerProcess {
    pub(super) fn new(model: model::GenericServer) -> Self {
        Self { model, workers: BinaryHeap::new(), waiting: BinaryHeap::new() }
    }

    /// When a request that comes now is done; `None` when the queue is full.
    fn done(&mut self, context: &mut Context<'_>) -> Option<Time> {
        let now = context.now;
        for heap in [&mut self.workers, &mut self.waiting] {
            while heap.peek().is_some_and(|at| at.0 <= now) {
                heap.pop();
            }
        }
        let mut begin = now;
        if self.workers.len() >= self.model.workers.max(1) as usize {
            if self.waiting.len() >= self.model.queue as usize {
                return None;
            }
            begin = self.workers.pop().map_or(now, |free| free.0);
            self.waiting.push(Reverse(begin));
        }
        let done = begin + context.draw(self.model.service_time);
        self.workers.push(Reverse(done));
        Some(done)
    }
}

impl Behaviour for ServerProcess {
    fn start(&mut self, context: &mut Context<'_>) {
        context.bind(Transport::Udp, self.model.port);
    }

    fn next(&self) -> Option<Time> {
        None
    }

    fn handle_timeout(&mut self, _context: &mut Context<'_>) {}

    fn handle_packet(&mut self, context: &mut Context<'_>, packet: &Packet) -> Taken {
        let Body::Udp { source_port, payload: Payload::Opaque { number, .. }, .. } = &packet.body else {
            return Taken::No;
        };
        let Some(done) = self.done(context) else {
            context.dropped(packet, Step::ValidateRequest, Reason::Busy(context.host));
            return Taken::Yes;
        };
        let trace = packet.request().map_or(Trace::None, Trace::Reply);
        let payload = Payload::Opaque { number: *number, size: self.model.size };
        let after = done - context.now;
        context.send_datagram(self.model.port, (packet.source, *source_port), payload, trace, after);
        if let Some(sent) = context.last_sent() {
            sent.source = packet.destination;
        }
        Taken::Yes
    }
}

pub(super) struct ClientProcess {
    model: model::GenericClient,
    number: u64,
    next_request: Time,
    /// By port and number.
    open: Transactions<(u16, u64)>,
}

impl ClientProcess {
    pub(super) fn new(model: model::GenericClient) -> Self {
        Self { model, number: 0, next_request: Time::default(), open: Transactions::default() }
    }

    fn ask(&mut self, context: &mut Context<'_>) {
        self.number += 1;
        let sizes = &self.model.sizes;
        let turn = usize::try_from(self.number).unwrap_or(0) % sizes.len().max(1);
        let size = sizes.get(turn).copied().unwrap_or(64);
        let Some(port) = context.bind_fresh(Transport::Udp, &self.model.source_ports) else { return };
        let request = context.open();
        let deadline = context.now + self.model.timeout;
        self.open.add(Transaction { key: (port, self.number), request, deadline, attempts: 1 });
        let payload = Payload::Opaque { number: self.number, size };
        let to = (self.model.to.address, self.model.to.port);
        context.send_datagram(port, to, payload, Trace::Request(request), Span::default());
    }
}

impl Behaviour for ClientProcess {
    fn start(&mut self, context: &mut Context<'_>) {
        let first = context.draw(self.model.interval);
        self.next_request = context.now + context.random.span_below(first);
    }

    fn next(&self) -> Option<Time> {
        Some(self.open.next().map_or(self.next_request, |deadline| deadline.min(self.next_request)))
    }

    fn handle_timeout(&mut self, context: &mut Context<'_>) {
        while let Some(transaction) = self.open.due(context.now) {
            context.close(transaction.request, Outcome::Unanswered);
            context.unbind(Transport::Udp, transaction.key.0);
        }
        if self.next_request <= context.now {
            self.ask(context);
            self.next_request = context.now + context.draw(self.model.interval);
        }
    }

    fn handle_packet(&mut self, context: &mut Context<'_>, packet: &Packet) -> Taken {
        let Body::Udp { destination_port, payload: Payload::Opaque { number, .. }, .. } = &packet.body else {
            return Taken::No;
        };
        let key = (*destination_port, *number);
        let of_server = packet.source == self.model.to.address;
        match Some(key).filter(|_| of_server).and_then(|key| self.open.take(key)) {
            Some(transaction) => {
                context.close(transaction.request, Outcome::Answered);
                context.unbind(Transport::Udp, key.0);
            }
            None => context.dropped(packet, Step::ValidateReply, Reason::ReplyRejected(context.host)),
        }
        Taken::Yes
    }

    fn handle_error(&mut self, context: &mut Context<'_>, about: &Packet, _kind: u8, _code: u8) {
        let Body::Udp { source_port, payload: Payload::Opaque { number, .. }, .. } = &about.body else {
            return;
        };
        if let Some(transaction) = self.open.take((*source_port, *number)) {
            context.close(transaction.request, Outcome::Refused);
            context.unbind(Transport::Udp, *source_port);
        }
    }
}
