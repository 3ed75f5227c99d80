//! The path of a packet: out of a host, through routers, into a service.
//!
//! What a host does with a packet follows the order of Linux: capture, ingress rules, decapsulation,
//! reverse path, known flows, DNAT (`tracking`), route, rules, SNAT, capture. How it crosses a network
//! is in `transmission`, what is answered when it does not in `icmp_errors`; what is lost is recorded with the
//! part of the path that it was on (`losses`).

use super::losses::WayPart;
use super::tracking::{KnownFlow, source_rule};
use super::world::World;
use crate::ledger::LossReason;
use crate::observer::{CaptureDirection, CapturedPacket, Observer};
use crate::sim_packet::SimPacket;
use crate::site::{Judgement, NextHop, NoNextHop, judge};
use std::net::Ipv4Addr;
use unanswered_scenario::model::{Chain, Endpoint, HostId, InterfaceId, ReversePath};

impl<O: Observer> World<'_, O> {
    /// A host sends a packet of its own.
    pub(super) fn transmit(&mut self, host: HostId, mut packet: Box<SimPacket>) {
        let hop = match self.hop(host, packet.destination) {
            Ok(hop) => hop,
            Err(reason) => return self.lost_in(host, &packet, WayPart::Sending, reason),
        };
        if packet.source.is_unspecified() {
            packet.source = self.state.attachment(hop.out).address;
        }
        self.state.packets_sent += 1;
        self.note_inside(&packet);
        if !self.passes(host, Chain::Output, &packet, WayPart::Sending) {
            return;
        }
        if self.state.host(host).conntrack.is_some() {
            match self.track_own(host, hop, &mut packet) {
                Ok(()) => {}
                Err(reason) => return self.lost_in(host, &packet, WayPart::Sending, reason),
            }
        }
        self.cross(hop, packet, WayPart::Sending);
    }

    /// A packet comes out of a network at an interface.
    pub(super) fn arrive(&mut self, at: InterfaceId, mut packet: Box<SimPacket>, from: InterfaceId) {
        let host = at.host;
        if !self.state.host(host).up {
            return self.lost_in(host, &packet, WayPart::Transit, LossReason::HostDown(host));
        }
        self.sighted(at, from, at, CaptureDirection::In, &packet);
        let part = if self.state.topology.owns(host, packet.destination) {
            WayPart::Receiving
        } else {
            WayPart::Transit
        };
        if !self.passes(host, Chain::Ingress(at.index), &packet, part) {
            return;
        }
        if let Some(outer) = packet.outer.take() {
            if self.state.topology.owns(host, outer.destination) {
                let (to, sender) = (outer.to, outer.from);
                packet.outer = outer.outer;
                return self.arrive(to, packet, sender);
            }
            let to = outer.destination;
            packet.outer = Some(outer);
            return match self.hop(host, to) {
                Ok(hop) => self.cross(hop, packet, WayPart::Transit),
                Err(reason) => self.lost_in(host, &packet, WayPart::Transit, reason),
            };
        }
        if !self.comes_the_right_way(at, &packet) {
            return self.lost_in(host, &packet, part, LossReason::ReversePath(host));
        }
        self.receive(host, packet);
    }

    /// A host has a packet: for itself, or to be forwarded.
    pub(super) fn receive(&mut self, host: HostId, mut packet: Box<SimPacket>) {
        let known = self.translate_known(host, &mut packet);
        let mut destination = None;
        if known == KnownFlow::No && self.state.host(host).conntrack.is_some() {
            destination = self.backend(host, &packet);
        }
        if let KnownFlow::Lost(reason) = known {
            return self.lost_in(host, &packet, WayPart::Transit, reason);
        }
        let to = destination.map_or(packet.destination, |endpoint: Endpoint| endpoint.address);
        if self.state.topology.owns(host, to) {
            if !self.passes(host, Chain::Input, &packet, WayPart::Receiving) {
                return;
            }
            let original = packet.tuple();
            if known == KnownFlow::No
                && let Err(reason) = self.open(host, &mut packet, original, destination, None)
            {
                return self.lost_in(host, &packet, WayPart::Receiving, reason);
            }
            return self.deliver(host, packet);
        }
        self.forward(host, packet, to, known, destination);
    }

    pub(super) fn forward(
        &mut self,
        host: HostId,
        mut packet: Box<SimPacket>,
        to: Ipv4Addr,
        known: KnownFlow,
        destination: Option<Endpoint>,
    ) {
        let model = self.state.scenario.host(host);
        if !model.forward {
            return self.lost_in(host, &packet, WayPart::Transit, LossReason::NotForwarding(host));
        }
        if packet.ttl <= 1 {
            self.icmp_error(host, &packet, 11, 0, 0);
            return self.lost_in(host, &packet, WayPart::Transit, LossReason::TtlExpired(host));
        }
        packet.ttl -= 1;
        let hop = match self.hop(host, to) {
            Ok(hop) => hop,
            Err(reason) => {
                let code = if matches!(reason, LossReason::NoRoute(_)) { 0 } else { 1 };
                self.icmp_error(host, &packet, 3, code, 0);
                return self.lost_in(host, &packet, WayPart::Transit, reason);
            }
        };
        // Rules on the path see the new destination and the old source, as in netfilter's forward hook.
        let source = if let KnownFlow::Source(translated) = known { Some(translated) } else { None };
        let original = packet.tuple();
        if let (Some(endpoint), Some(tuple)) = (destination, original) {
            packet.set_tuple(&tuple.with_destination(endpoint));
        }
        if !self.passes(host, Chain::Forward, &packet, WayPart::Transit) {
            return;
        }
        match source {
            Some(translated) => packet.set_tuple(&translated),
            None if known == KnownFlow::No => {
                let rule = source_rule(&model.nat, hop.out.index);
                if let Err(reason) = self.open(host, &mut packet, original, destination, rule) {
                    return self.lost_in(host, &packet, WayPart::Transit, reason);
                }
            }
            None => {}
        }
        self.note_outside(&packet);
        self.cross(hop, packet, WayPart::Transit);
    }

    /// The next hop, or why there is none.
    pub(super) fn hop(&mut self, host: HostId, to: Ipv4Addr) -> Result<NextHop, LossReason> {
        self.state.topology.hop(self.state.scenario, host, to).map_err(|no| match no {
            NoNextHop::Route => LossReason::NoRoute(host),
            NoNextHop::Neighbour(network) => LossReason::NoNeighbour(network),
        })
    }

    /// Asks a chain of the host's firewall; what does not pass is recorded.
    pub(super) fn passes(&mut self, host: HostId, chain: Chain, packet: &SimPacket, part: WayPart) -> bool {
        let node = &mut self.state.hosts[host.0 as usize];
        if node.rules.is_empty() {
            return true;
        }
        let model = self.state.scenario.host(host);
        match judge(&mut node.rules, &mut node.rule_chance, model, self.now, chain, packet) {
            Judgement::Passes => true,
            Judgement::Dropped(rule) => {
                self.lost_in(host, packet, part, LossReason::Rule { host, rule });
                false
            }
            Judgement::Rejected(rule) => {
                self.lost_in(host, packet, part, LossReason::Rule { host, rule });
                self.refuse(host, packet);
                false
            }
        }
    }

    pub(super) fn comes_the_right_way(&mut self, at: InterfaceId, packet: &SimPacket) -> bool {
        let mode = self.state.host(at.host).reverse_path;
        if mode == ReversePath::Off {
            return true;
        }
        let back = self.state.topology.hop(self.state.scenario, at.host, packet.source);
        back.is_ok_and(|hop| mode == ReversePath::Loose || hop.out == at)
    }

    pub(super) fn sighted(
        &mut self,
        at: InterfaceId,
        from: InterfaceId,
        to: InterfaceId,
        direction: CaptureDirection,
        packet: &SimPacket,
    ) {
        let watchers = &self.state.hosts[at.host.0 as usize].attachments[usize::from(at.index)].watchers;
        if watchers.is_empty() {
            return;
        }
        let network = self.state.attachment(at).network;
        for vantage in watchers {
            let sighting =
                CapturedPacket { time: self.now, vantage: *vantage, direction, network, from, to, packet };
            self.observer.frame(&self.state, &sighting);
        }
    }
}
