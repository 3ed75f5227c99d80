//! Accepts TCP connections: SYN, accept queue, workers, close. No data is carried.

use super::behaviour::{Behaviour, Taken};
use super::service_context::ServiceContext;
use crate::ledger::LossReason;
use crate::sim_packet::{PacketBody, PacketRole, SimPacket};
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use unanswered_clients::TcpSegment;
use unanswered_scenario::model::{Endpoint, TcpServerSpec, Transport};
use unanswered_table::Step;
use unanswered_wire::{Tcp, Time};

/// A living connection.
#[derive(Clone, Copy, Debug)]
struct Connection {
    /// Initial sequence number that was chosen for it.
    initial: u32,
    /// Its handshake is complete, and a worker has it or will have it.
    accepted: bool,
}

pub(super) struct TcpServerProcess {
    model: TcpServerSpec,
    connections: FxHashMap<Endpoint, Connection>,
    /// When the connections that were accepted are done.
    workers: BinaryHeap<Reverse<Time>>,
    /// When the connections that wait begin to be served.
    waiting: BinaryHeap<Reverse<Time>>,
}

impl TcpServerProcess {
    pub(super) fn new(model: TcpServerSpec) -> Self {
        Self {
            model,
            connections: FxHashMap::default(),
            workers: BinaryHeap::new(),
            waiting: BinaryHeap::new(),
        }
    }

    fn settle(&mut self, now: Time) {
        for heap in [&mut self.workers, &mut self.waiting] {
            while heap.peek().is_some_and(|at| at.0 <= now) {
                heap.pop();
            }
        }
    }

    fn syn(&mut self, context: &mut ServiceContext<'_>, packet: &SimPacket, segment: &TcpSegment) {
        self.settle(context.now);
        // Linux drops a SYN while the accept queue is full (tcp_conn_request in net/ipv4/tcp_input.c).
        if self.waiting.len() >= self.model.backlog.max(1) as usize {
            context.dropped(packet, Step::ValidateRequest, LossReason::Busy(context.host));
            return;
        }
        let client = Endpoint { address: packet.source, port: segment.source_port };
        let fresh = u32::try_from(context.random.below(1 << 32)).unwrap_or(0);
        let fresh = Connection { initial: fresh, accepted: false };
        let initial = self.connections.entry(client).or_insert(fresh).initial;
        let role = packet.request().map_or(PacketRole::None, PacketRole::Reply);
        answer(context, packet, segment, initial, Tcp::SYN | Tcp::ACK, role);
    }

    /// The handshake is complete: a worker takes the connection now or later.
    fn accept(&mut self, context: &mut ServiceContext<'_>) {
        self.settle(context.now);
        let mut begin = context.now;
        if self.workers.len() >= self.model.workers.max(1) as usize {
            begin = self.workers.pop().map_or(context.now, |free| free.0);
            self.waiting.push(Reverse(begin));
        }
        let done = begin + context.draw(self.model.service_time);
        self.workers.push(Reverse(done));
    }
}

impl Behaviour for TcpServerProcess {
    fn start(&mut self, context: &mut ServiceContext<'_>) {
        context.bind(Transport::Tcp, self.model.port);
    }

    fn next(&self) -> Option<Time> {
        None
    }

    fn handle_timeout(&mut self, _context: &mut ServiceContext<'_>) {}

    fn handle_packet(&mut self, context: &mut ServiceContext<'_>, packet: &SimPacket) -> Taken {
        let PacketBody::Tcp(segment) = &packet.body else { return Taken::No };
        if crate::header_fields::is_syn(segment.flags) {
            self.syn(context, packet, segment);
            return Taken::Yes;
        }
        let client = Endpoint { address: packet.source, port: segment.source_port };
        if segment.flags & Tcp::RST != 0 {
            self.connections.remove(&client);
        } else if segment.flags & Tcp::FIN != 0 {
            if let Some(Connection { initial, accepted }) = self.connections.remove(&client) {
                // A FIN that overtook the ACK completes the handshake as well.
                if !accepted && initial.wrapping_add(1) == segment.acknowledgement {
                    self.accept(context);
                }
                answer(
                    context,
                    packet,
                    segment,
                    initial.wrapping_add(1),
                    Tcp::FIN | Tcp::ACK,
                    PacketRole::None,
                );
            }
        } else if let Some(connection) = self.connections.get_mut(&client)
            && !connection.accepted
            && connection.initial.wrapping_add(1) == segment.acknowledgement
        {
            connection.accepted = true;
            self.accept(context);
        }
        Taken::Yes
    }
}

/// Answers a segment that takes one sequence number (SYN, FIN).
fn answer(
    context: &mut ServiceContext<'_>,
    packet: &SimPacket,
    segment: &TcpSegment,
    sequence: u32,
    flags: u16,
    role: PacketRole,
) {
    let reply = TcpSegment {
        source_port: segment.destination_port,
        destination_port: segment.source_port,
        sequence,
        acknowledgement: segment.sequence.wrapping_add(1),
        flags,
    };
    context.send_segment(packet.source, reply, role);
    if let Some(sent) = context.last_sent() {
        sent.source = packet.destination;
    }
}
