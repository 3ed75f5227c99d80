//! A DNS server: a limited number of queries at a time, some kinds never.

use super::behaviour::{Behaviour, Taken};
use super::service_context::ServiceContext;
use crate::ledger::LossReason;
use crate::sim_packet::{DnsMessage, PacketBody, PacketRole, Payload, SimPacket};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use unanswered_clients::DNS_PORT;
use unanswered_scenario::model::{DnsServerSpec, Endpoint, Transport};
use unanswered_table::Step;
use unanswered_wire::{Span, Time};

/// Bytes that an address adds to a message: a compressed name, type, class, TTL, length, address.
const A_RECORD: u16 = 16;
const AAAA_RECORD: u16 = 28;
/// RFC 1035 section 4.1.1.
const REFUSED: u8 = 5;
/// Query type AAAA (RFC 3596).
const AAAA: u16 = 28;

pub(super) struct DnsServerProcess {
    model: DnsServerSpec,
    /// When the queries being worked on are done.
    busy: BinaryHeap<Reverse<Time>>,
}

impl DnsServerProcess {
    pub(super) fn new(model: DnsServerSpec) -> Self {
        Self { model, busy: BinaryHeap::new() }
    }

    fn answer(&self, query: &DnsMessage, rcode: u8) -> DnsMessage {
        let usual = query.size + if query.kind == AAAA { AAAA_RECORD } else { A_RECORD };
        let wanted =
            self.model.answer_size.iter().find(|size| size.kind == query.kind).map(|size| size.bytes);
        let size = if rcode == 0 { wanted.unwrap_or(usual) } else { query.size };
        // Without EDNS no more than 512 bytes go over UDP (RFC 1035 section 4.2.1).
        let most = query.edns.unwrap_or(512).max(512);
        DnsMessage { response: true, rcode, size: size.min(most), ..*query }
    }
}

impl Behaviour for DnsServerProcess {
    fn start(&mut self, context: &mut ServiceContext<'_>) {
        context.bind(Transport::Udp, DNS_PORT);
    }

    fn next(&self) -> Option<Time> {
        None
    }

    fn handle_timeout(&mut self, _context: &mut ServiceContext<'_>) {}

    fn handle_packet(&mut self, context: &mut ServiceContext<'_>, packet: &SimPacket) -> Taken {
        let PacketBody::Udp { source_port, payload: Payload::Dns(query), .. } = &packet.body else {
            return Taken::No;
        };
        if query.response {
            return Taken::No;
        }
        while self.busy.peek().is_some_and(|done| done.0 <= context.now) {
            self.busy.pop();
        }
        let ignored = if self.model.ignores.contains(&query.kind) {
            Some(LossReason::IgnoresType { host: context.host, kind: query.kind })
        } else {
            (query.edns.is_some() && !self.model.edns).then_some(LossReason::IgnoresEdns(context.host))
        };
        if let Some(reason) = ignored {
            context.dropped(packet, Step::ValidateRequest, reason);
            return Taken::Yes;
        }
        let full = self.model.in_flight.is_some_and(|most| self.busy.len() >= most as usize);
        if full && !self.model.refuse {
            context.dropped(packet, Step::ValidateRequest, LossReason::Busy(context.host));
            return Taken::Yes;
        }
        let (after, rcode) = if full {
            context.dropped(packet, Step::ValidateRequest, LossReason::Busy(context.host));
            (Span::default(), REFUSED)
        } else {
            let after = context.draw(self.model.service_time);
            self.busy.push(Reverse(context.now + after));
            (after, 0)
        };
        let role = packet.request().map_or(PacketRole::None, PacketRole::Reply);
        let payload = Payload::Dns(self.answer(query, rcode));
        let to = Endpoint { address: packet.source, port: *source_port };
        context.send_datagram(DNS_PORT, to, payload, role, after);
        let from = self.model.reply_from.unwrap_or(packet.destination);
        if let Some(sent) = context.last_sent() {
            sent.source = from;
        }
        Taken::Yes
    }
}
