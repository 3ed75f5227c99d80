//! A service of no known protocol over UDP: a queue with workers.

use super::behaviour::{Behaviour, Taken};
use super::service_context::ServiceContext;
use crate::ledger::LossReason;
use crate::sim_packet::{PacketBody, PacketRole, Payload, SimPacket};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use unanswered_scenario::model::{EchoServerSpec, Endpoint, Transport};
use unanswered_table::Step;
use unanswered_wire::Time;

pub(super) struct EchoServerProcess {
    model: EchoServerSpec,
    /// When each worker is free again.
    workers: BinaryHeap<Reverse<Time>>,
    /// When the requests that wait for a worker begin to be served.
    waiting: BinaryHeap<Reverse<Time>>,
}

impl EchoServerProcess {
    pub(super) fn new(model: EchoServerSpec) -> Self {
        Self { model, workers: BinaryHeap::new(), waiting: BinaryHeap::new() }
    }

    /// When a request that arrives now is done; `None` when the queue is full.
    fn done(&mut self, context: &mut ServiceContext<'_>) -> Option<Time> {
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

impl Behaviour for EchoServerProcess {
    fn start(&mut self, context: &mut ServiceContext<'_>) {
        context.bind(Transport::Udp, self.model.port);
    }

    fn next(&self) -> Option<Time> {
        None
    }

    fn handle_timeout(&mut self, _context: &mut ServiceContext<'_>) {}

    fn handle_packet(&mut self, context: &mut ServiceContext<'_>, packet: &SimPacket) -> Taken {
        let PacketBody::Udp { source_port, payload: Payload::Opaque { number, .. }, .. } = &packet.body
        else {
            return Taken::No;
        };
        let Some(done) = self.done(context) else {
            context.dropped(packet, Step::ValidateRequest, LossReason::Busy(context.host));
            return Taken::Yes;
        };
        let role = packet.request().map_or(PacketRole::None, PacketRole::Reply);
        let payload = Payload::Opaque { number: *number, size: self.model.size };
        let after = done - context.now;
        let to = Endpoint { address: packet.source, port: *source_port };
        context.send_datagram(self.model.port, to, payload, role, after);
        if let Some(sent) = context.last_sent() {
            sent.source = packet.destination;
        }
        Taken::Yes
    }
}
