//! The way of a packet: out of a host, through routers, into a service.
//!
//! What a host does with a packet follows the order of Linux: capture, ingress rules, decapsulation,
//! reverse path, known flows, DNAT (`tracking`), route, rules, SNAT, capture. How it gets over a network
//! is in `crossing`, what is said when it does not in `icmp`; what is lost is written down with the leg
//! of the way that it was on.

use super::firewall::{Judgement, judge};
use super::ledger::{Place, Reason};
use super::observer::{Observer, Sighting, Way};
use super::packet::{Packet, Trace};
use super::topology::{Hop, NoHop};
use super::tracking::{Known, source_rule};
use super::world::World;
use std::net::Ipv4Addr;
use unanswered_scenario::model::{Chain, Endpoint, HostId, InterfaceId, NetworkId, ReversePath};
use unanswered_table::Step;

/// On which part of its way a packet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leg {
    /// In the host that sends it.
    Sending,
    /// Between hosts, or in one that forwards it.
    Transit,
    /// In the host that it is for.
    Receiving,
}

/// The step that fails when a packet ends on this leg.
pub(super) const fn step(trace: Trace, leg: Leg) -> Step {
    match (trace, leg) {
        (Trace::Reply(_), Leg::Sending) => Step::PostReply,
        (Trace::Reply(_), Leg::Transit) => Step::DeliverReply,
        (Trace::Reply(_), Leg::Receiving) => Step::ValidateReply,
        (_, Leg::Sending) => Step::PostRequest,
        (_, Leg::Transit) => Step::DeliverRequest,
        (_, Leg::Receiving) => Step::ValidateRequest,
    }
}

impl<O: Observer> World<'_, O> {
    /// A host sends a packet of its own.
    pub(super) fn transmit(&mut self, host: HostId, mut packet: Box<Packet>) {
        let hop = match self.hop(host, packet.destination) {
            Ok(hop) => hop,
            Err(reason) => return self.lost_in(host, &packet, Leg::Sending, reason),
        };
        if packet.source.is_unspecified() {
            packet.source = self.state.attachment(hop.out).address;
        }
        self.state.packets_sent += 1;
        self.note_inside(&packet);
        if !self.passes(host, Chain::Output, &packet, Leg::Sending) {
            return;
        }
        if self.state.node(host).conntrack.is_some() {
            match self.track_own(host, hop, &mut packet) {
                Ok(()) => {}
                Err(reason) => return self.lost_in(host, &packet, Leg::Sending, reason),
            }
        }
        self.cross(hop, packet, Leg::Sending);
    }

    /// A packet comes out of a network at an interface.
    pub(super) fn arrive(&mut self, at: InterfaceId, mut packet: Box<Packet>, from: InterfaceId) {
        let host = at.host;
        if !self.state.node(host).up {
            return self.lost_in(host, &packet, Leg::Transit, Reason::HostDown(host));
        }
        self.sighted(at, from, at, Way::In, &packet);
        let leg =
            if self.state.topology.owns(host, packet.destination) { Leg::Receiving } else { Leg::Transit };
        if !self.passes(host, Chain::Ingress(at.index), &packet, leg) {
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
                Ok(hop) => self.cross(hop, packet, Leg::Transit),
                Err(reason) => self.lost_in(host, &packet, Leg::Transit, reason),
            };
        }
        if !self.comes_the_right_way(at, &packet) {
            return self.lost_in(host, &packet, leg, Reason::ReversePath(host));
        }
        self.receive(host, packet);
    }

    /// A host has a packet: for itself, or to forward.
    pub(super) fn receive(&mut self, host: HostId, mut packet: Box<Packet>) {
        let known = self.translate_known(host, &mut packet);
        let mut destination = None;
        if known == Known::No && self.state.node(host).conntrack.is_some() {
            destination = self.backend(host, &packet);
        }
        if let Known::Lost(reason) = known {
            return self.lost_in(host, &packet, Leg::Transit, reason);
        }
        let to = destination.map_or(packet.destination, |endpoint: Endpoint| endpoint.address);
        if self.state.topology.owns(host, to) {
            if !self.passes(host, Chain::Input, &packet, Leg::Receiving) {
                return;
            }
            let original = packet.tuple();
            if known == Known::No
                && let Err(reason) = self.open(host, &mut packet, original, destination, None)
            {
                return self.lost_in(host, &packet, Leg::Receiving, reason);
            }
            return self.deliver(host, packet);
        }
        self.forward(host, packet, to, known, destination);
    }

    pub(super) fn forward(
        &mut self,
        host: HostId,
        mut packet: Box<Packet>,
        to: Ipv4Addr,
        known: Known,
        destination: Option<Endpoint>,
    ) {
        let model = self.state.scenario.host(host);
        if !model.forward {
            return self.lost_in(host, &packet, Leg::Transit, Reason::NotForwarding(host));
        }
        if packet.ttl <= 1 {
            self.icmp_error(host, &packet, 11, 0, 0);
            return self.lost_in(host, &packet, Leg::Transit, Reason::TtlExpired(host));
        }
        packet.ttl -= 1;
        let hop = match self.hop(host, to) {
            Ok(hop) => hop,
            Err(reason) => {
                let code = if matches!(reason, Reason::NoRoute(_)) { 0 } else { 1 };
                self.icmp_error(host, &packet, 3, code, 0);
                return self.lost_in(host, &packet, Leg::Transit, reason);
            }
        };
        // Rules on the way see the new destination and the old source, as in netfilter's forward hook.
        let source = if let Known::Source(translated) = known { Some(translated) } else { None };
        let original = packet.tuple();
        if let (Some(endpoint), Some(tuple)) = (destination, original) {
            packet.set_tuple(&tuple.with_destination(endpoint));
        }
        if !self.passes(host, Chain::Forward, &packet, Leg::Transit) {
            return;
        }
        match source {
            Some(translated) => packet.set_tuple(&translated),
            None if known == Known::No => {
                let rule = source_rule(&model.nat, hop.out.index);
                if let Err(reason) = self.open(host, &mut packet, original, destination, rule) {
                    return self.lost_in(host, &packet, Leg::Transit, reason);
                }
            }
            None => {}
        }
        self.note_outside(&packet);
        self.cross(hop, packet, Leg::Transit);
    }

    /// The next hop, or why there is none.
    pub(super) fn hop(&mut self, host: HostId, to: Ipv4Addr) -> Result<Hop, Reason> {
        self.state.topology.hop(self.state.scenario, host, to).map_err(|no| match no {
            NoHop::Route => Reason::NoRoute(host),
            NoHop::Neighbour(network) => Reason::NoNeighbour(network),
        })
    }

    /// Asks a chain of the host's firewall; what does not pass is accounted for.
    pub(super) fn passes(&mut self, host: HostId, chain: Chain, packet: &Packet, leg: Leg) -> bool {
        if self.state.nodes[host.0 as usize].rules.is_empty() {
            return true;
        }
        let model = self.state.scenario.host(host);
        match judge(&mut self.state.nodes[host.0 as usize], model, self.now, chain, packet) {
            Judgement::Passes => true,
            Judgement::Dropped(rule) => {
                self.lost_in(host, packet, leg, Reason::Rule(host, rule));
                false
            }
            Judgement::Rejected(rule) => {
                self.lost_in(host, packet, leg, Reason::Rule(host, rule));
                self.refuse(host, packet);
                false
            }
        }
    }

    pub(super) fn comes_the_right_way(&mut self, at: InterfaceId, packet: &Packet) -> bool {
        let mode = self.state.node(at.host).reverse_path;
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
        way: Way,
        packet: &Packet,
    ) {
        let watchers = &self.state.nodes[at.host.0 as usize].attachments[usize::from(at.index)].watchers;
        if watchers.is_empty() {
            return;
        }
        let network = self.state.attachment(at).network;
        for vantage in watchers {
            let sighting = Sighting { time: self.now, vantage: *vantage, way, network, from, to, packet };
            self.observer.frame(&self.state, &sighting);
        }
    }

    pub(super) fn note_inside(&mut self, packet: &Packet) {
        if let Trace::Request(id) = packet.trace
            && let Some(request) = self.state.ledger.get_mut(id)
        {
            request.copies = request.copies.saturating_add(1);
            if request.inside.is_none() {
                request.inside = packet.tuple();
            }
        }
    }

    pub(super) fn note_outside(&mut self, packet: &Packet) {
        if let Trace::Request(id) = packet.trace
            && let Some(request) = self.state.ledger.get_mut(id)
        {
            request.outside = packet.tuple();
        }
    }

    pub(super) fn lost_in(&mut self, host: HostId, packet: &Packet, leg: Leg, reason: Reason) {
        let step = step(packet.trace, leg);
        self.state.ledger.lost(packet.request(), self.now, step, Place::Host(host), reason);
    }

    pub(super) fn lost_by_chance(&mut self, hop: Hop, id: NetworkId, packet: &Packet) {
        let network = &self.state.networks[id.0 as usize];
        let episode = if network.fault.is_some() { network.changes } else { 0 };
        let place = Place::Between(hop.out, hop.to);
        let step = step(packet.trace, Leg::Transit);
        let reason = Reason::LinkLoss(id, episode);
        let fault = network.fault.as_deref();
        self.state.ledger.lost_in_episode(packet.request(), self.now, step, place, reason, fault);
    }

    pub(super) fn lost_on(&mut self, hop: Hop, packet: &Packet, reason: Reason) {
        let step = step(packet.trace, Leg::Transit);
        let place = Place::Between(hop.out, hop.to);
        self.state.ledger.lost(packet.request(), self.now, step, place, reason);
    }
}
