//! Refusals: ICMP errors and RST.

use super::world::World;
use crate::identification;
use crate::observer::Observer;
use crate::sim_packet::{PacketBody, PacketRole, SimPacket};
use std::net::Ipv4Addr;
use unanswered_scenario::model::HostId;
use unanswered_wire::Tcp;

impl<O: Observer> World<'_, O> {
    /// Refuses a packet: RST for TCP, else port unreachable.
    pub(super) fn refuse(&mut self, host: HostId, packet: &SimPacket) {
        if !self.state.scenario.host(host).icmp_errors {
            return;
        }
        let PacketBody::Tcp(segment) = &packet.body else {
            return self.icmp_error(host, packet, 3, 3, 0);
        };
        if segment.flags & Tcp::RST != 0 {
            return;
        }
        let mut reset = Box::new(packet.clone());
        (reset.source, reset.destination) = (packet.destination, packet.source);
        reset.ttl = self.state.scenario.host(host).ttl;
        reset.identification = identification::next(&mut self.state.host_mut(host).identification);
        reset.length = 40;
        reset.role = PacketRole::None;
        let mut answer = *segment;
        (answer.source_port, answer.destination_port) = (segment.destination_port, segment.source_port);
        (answer.sequence, answer.acknowledgement) = (0, segment.sequence.wrapping_add(1));
        answer.flags = Tcp::RST | Tcp::ACK;
        reset.body = PacketBody::Tcp(answer);
        self.transmit(host, reset);
    }

    /// Sends an ICMP error about a packet.
    pub(super) fn icmp_error(&mut self, host: HostId, about: &SimPacket, kind: u8, code: u8, mtu: u16) {
        let model = self.state.scenario.host(host);
        // No errors about errors (RFC 1122 section 3.2.2).
        if !model.icmp_errors || matches!(about.body, PacketBody::Error { .. }) {
            return;
        }
        let identification = identification::next(&mut self.state.host_mut(host).identification);
        // The quote is as long as fits into 576 bytes (RFC 1812 section 4.3.2.3).
        let length = 28_u16.saturating_add(about.length).min(576);
        // Sent by the host itself, not from the address that was asked, unless it is one of its own.
        let owns = self.state.topology.owns(host, about.destination);
        let source = if owns { about.destination } else { Ipv4Addr::UNSPECIFIED };
        let packet = Box::new(SimPacket {
            source,
            destination: about.source,
            ttl: model.ttl,
            dscp: 48,
            ecn: 0,
            identification,
            dont_fragment: false,
            length,
            fragment: 0,
            body: PacketBody::Error { kind, code, mtu, about: Box::new(about.clone()) },
            outer: None,
            role: PacketRole::None,
        });
        self.transmit(host, packet);
    }
}
