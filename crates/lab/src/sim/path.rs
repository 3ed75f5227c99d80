//! The way of a packet: out of a host, over networks, through routers, into a service.
//!
//! Each crossing of a network is one event: what can happen on it is drawn when the packet is sent,
//! and the packet comes out at the other end at its time - or not at all. What a host does with a
//! packet follows the order of Linux: capture, ingress rules, decapsulation, reverse path, known
//! flows, DNAT, route, rules, SNAT, capture.

use super::fields;
use super::firewall::{Judgement, judge};
use super::identification;
use super::ledger::{Place, Reason};
use super::link::Passage;
use super::observer::{Observer, Rewritten, Sighting, Way};
use super::packet::{Body, Outer, Packet, Trace};
use super::topology::{Hop, NoHop, Topology};
use super::world::{Event, World};
use crate::conntrack::{Direction, Refusal, Stage, Tuple};
use crate::scenario::model::{
    Chain, DestinationNat, Endpoint, HostId, InterfaceId, NatRule, NetworkId, ReversePath, SourceNat,
    Transport,
};
use std::net::Ipv4Addr;
use unanswered_exchange::Step;
use unanswered_wire::{Span, Tcp, TunnelKind};

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

/// Time that a bridge inside a host takes.
const BRIDGE: Span = Span::from_nanoseconds(10_000);

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
    fn receive(&mut self, host: HostId, mut packet: Box<Packet>) {
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

    fn forward(
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

    /// Sends a packet out of an interface to the next one.
    pub(super) fn cross(&mut self, hop: Hop, mut packet: Box<Packet>, leg: Leg) {
        let id = self.state.attachment(hop.out).network;
        let network = self.state.scenario.network(id);
        if !self.passes(hop.out.host, Chain::Egress(hop.out.index), &packet, leg) {
            return;
        }
        self.sighted(hop.out, hop.out, hop.to, Way::Out, &packet);
        self.state.crossings += 1;
        if !self.state.networks[id.0 as usize].up {
            return self.lost_on(hop, &packet, Reason::NetworkDown(id));
        }
        if !self.fits(hop, id, &mut packet, leg) {
            return;
        }
        if self.hits_bad_member(hop, id, &packet) {
            let member = self.member(id, &packet);
            return self.lost_on(hop, &packet, Reason::Member(id, member));
        }
        let (after, copy) = match self.pass(hop, id, &packet) {
            Passage::Arrives(after, copy) => (after, copy),
            Passage::Lost => return self.lost_by_chance(hop, id, &packet),
            Passage::QueueFull => return self.lost_on(hop, &packet, Reason::QueueFull(id)),
        };
        if let Some(tunnel) = network.tunnel {
            return self.encapsulate(hop, id, tunnel.over, packet, after);
        }
        if let Some(copy_after) = copy {
            self.schedule_arrival(hop, packet.clone(), copy_after);
        }
        self.schedule_arrival(hop, packet, after);
    }

    /// Puts a packet of an overlay into its tunnel and sends that.
    fn encapsulate(
        &mut self,
        hop: Hop,
        overlay: NetworkId,
        over: NetworkId,
        mut packet: Box<Packet>,
        after: Span,
    ) {
        let scenario = self.state.scenario;
        let ends = [hop.out.host, hop.to.host].map(|host| Topology::tunnel_end(scenario, host, over));
        let [Some(source), Some(end)] = ends else {
            return self.lost_on(hop, &packet, Reason::NoRoute(hop.out.host));
        };
        if source.host == end.host {
            let local = if after > Span::default() { after } else { BRIDGE };
            return self.schedule_arrival(hop, packet, local);
        }
        let destination = scenario.interface(end).address;
        let next = match self.hop(source.host, destination) {
            Ok(next) => next,
            Err(reason) => return self.lost_in(source.host, &packet, Leg::Transit, reason),
        };
        let node = self.state.node_mut(source.host);
        let identification = identification::next(&mut node.identification);
        packet.outer = Some(Box::new(Outer {
            source: scenario.interface(source).address,
            destination,
            source_port: unanswered_wire::emit::flow_source_port(fields::entropy(&packet)),
            identification,
            network: overlay,
            from: hop.out,
            to: hop.to,
            outer: packet.outer.take(),
        }));
        self.cross(next, packet, Leg::Transit);
    }

    /// Link, own links of both ends.
    fn pass(&mut self, hop: Hop, id: NetworkId, packet: &Packet) -> Passage {
        let now = self.now;
        let bytes = u32::from(packet.length) + u32::from(overhead(self.state.scenario, packet));
        let link = &self.state.networks[id.0 as usize].link;
        let attachment = |interface: InterfaceId| (interface.host.0 as usize, usize::from(interface.index));
        let (host, index) = attachment(hop.out);
        let mut passage = self.state.nodes[host].attachments[index].link.pass(now, link, bytes);
        for end in [hop.out, hop.to] {
            let (host, index) = attachment(end);
            let Some(state) = &mut self.state.nodes[host].attachments[index].own else { continue };
            let Some(own) = &self.state.scenario.interface(end).link else { continue };
            passage = joined(passage, Some(state.pass(now, own, bytes)));
        }
        passage
    }

    /// Whether the packet fits through a network, after fragmentation where that is allowed.
    fn fits(&mut self, hop: Hop, id: NetworkId, packet: &mut Packet, leg: Leg) -> bool {
        let link = &self.state.networks[id.0 as usize].link;
        let (mtu, silent) = (link.mtu, link.silent_mtu);
        let piece = if packet.fragment > 0 { packet.fragment.min(packet.length) } else { packet.length };
        if u32::from(piece) + u32::from(overhead(self.state.scenario, packet)) <= u32::from(mtu) {
            return true;
        }
        if !silent && packet.outer.is_some() {
            // Linux does not set DF on tunnels by default: the outer packet is fragmented.
            return true;
        }
        if !silent && !packet.dont_fragment {
            packet.fragment = mtu;
            return true;
        }
        if !silent && leg != Leg::Sending {
            self.icmp_error(hop.out.host, packet, 3, 4, mtu);
        }
        self.lost_on(hop, packet, Reason::TooBig(id));
        false
    }

    fn hits_bad_member(&mut self, hop: Hop, id: NetworkId, packet: &Packet) -> bool {
        let network = self.state.scenario.network(id);
        let Some(bundle) = &network.bundle else { return false };
        let member = self.member(id, packet);
        if !self.state.networks[id.0 as usize].bad.contains(&member) {
            return false;
        }
        let node = self.state.node_mut(hop.out.host);
        node.attachments[usize::from(hop.out.index)].link.member_loses(bundle.loss)
    }

    fn member(&self, id: NetworkId, packet: &Packet) -> u16 {
        let Some(bundle) = &self.state.scenario.network(id).bundle else { return 0 };
        let kind = packet.outer.as_ref().and_then(|outer| tunnel_kind(self.state.scenario, outer.network));
        let hash = fields::hash(packet, kind, &bundle.hash);
        u16::try_from(hash % u64::from(bundle.members.max(1))).unwrap_or(0)
    }

    fn schedule_arrival(&mut self, hop: Hop, packet: Box<Packet>, after: Span) {
        let packet = self.packets.put((packet, hop.out));
        let event = Event::Arrive { packet, host: hop.to.host.0, interface: hop.to.index };
        self.schedule(self.now + after, event);
    }

    /// The next hop, or why there is none.
    pub(super) fn hop(&mut self, host: HostId, to: Ipv4Addr) -> Result<Hop, Reason> {
        self.state.topology.hop(self.state.scenario, host, to).map_err(|no| match no {
            NoHop::Route => Reason::NoRoute(host),
            NoHop::Neighbour(network) => Reason::NoNeighbour(network),
        })
    }

    /// Asks a chain of the host's firewall; what does not pass is accounted for.
    fn passes(&mut self, host: HostId, chain: Chain, packet: &Packet, leg: Leg) -> bool {
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

    fn comes_the_right_way(&mut self, at: InterfaceId, packet: &Packet) -> bool {
        let mode = self.state.node(at.host).reverse_path;
        if mode == ReversePath::Off {
            return true;
        }
        let back = self.state.topology.hop(self.state.scenario, at.host, packet.source);
        back.is_ok_and(|hop| mode == ReversePath::Loose || hop.out == at)
    }

    /// Looks for the flow and translates what concerns the destination at once.
    fn translate_known(&mut self, host: HostId, packet: &mut Packet) -> Known {
        let now = self.now;
        let node = &mut self.state.nodes[host.0 as usize];
        let Some(conntrack) = &mut node.conntrack else { return Known::Untracked };
        let Some(tuple) = packet.tuple() else {
            translate_error(conntrack, now, packet);
            return Known::Untracked;
        };
        let Some(hit) = conntrack.lookup(now, &tuple, stage(packet)) else { return Known::No };
        if hit.direction == Direction::Original && self.loses_race(host, &tuple, hit.seen_reply) {
            return Known::Lost(Reason::InsertRace(host));
        }
        // An ICMP identifier is translated with the source, which is done later on.
        let ahead = Tuple { source: tuple.source, ..hit.translated };
        if tuple.protocol == Transport::Icmp {
            packet.destination = ahead.destination.address;
        } else {
            packet.set_tuple(&ahead);
        }
        if hit.translated.source == tuple.source && tuple.protocol != Transport::Icmp {
            return Known::Yes;
        }
        if self.state.topology.owns(host, packet.destination) {
            packet.set_tuple(&hit.translated);
        }
        Known::Source(hit.translated)
    }

    /// Two packets of one new flow at once: the kernel may find the first one's entry unconfirmed and
    /// lose the second (`nf_conntrack_confirm`, "insert_failed").
    fn loses_race(&mut self, host: HostId, tuple: &Tuple, seen_reply: bool) -> bool {
        let Some(config) = &self.state.scenario.host(host).conntrack else { return false };
        let Some(race) = config.insert_race.filter(|_| !seen_reply) else { return false };
        let just_opened = self
            .last_opened
            .is_some_and(|(at, flow, time)| at == host && flow == *tuple && self.now - time < race.within);
        just_opened && self.state.nodes[host.0 as usize].race_chance.chance(race.probability.0)
    }

    /// Keeps a new flow and translates its first packet.
    fn open(
        &mut self,
        host: HostId,
        packet: &mut Packet,
        original: Option<Tuple>,
        destination: Option<Endpoint>,
        rule: Option<&SourceNat>,
    ) -> Result<(), Reason> {
        let now = self.now;
        let (Some(conntrack), Some(original)) = (&mut self.state.nodes[host.0 as usize].conntrack, original)
        else {
            return Ok(());
        };
        match conntrack.open(now, original, stage(packet), destination, rule) {
            Ok(opened) => {
                packet.set_tuple(&opened.translated);
                self.last_opened = Some((host, original, now));
                if opened.translated.source.port != original.source.port {
                    let rewritten =
                        Rewritten { time: now, nat: host, inside: original, outside: opened.translated };
                    self.observer.rewritten(&self.state, &rewritten);
                }
                Ok(())
            }
            Err(Refusal::TableFull) => Err(Reason::TableFull(host)),
            Err(Refusal::NoPort) => Err(Reason::NoPort(host)),
            Err(Refusal::PortTaken { .. }) => Err(Reason::PortTaken(host)),
            Err(Refusal::Invalid) => {
                let drops = self.state.scenario.host(host).conntrack.as_ref().is_some_and(|c| c.drop_invalid);
                if drops { Err(Reason::Invalid(host)) } else { Ok(()) }
            }
        }
    }

    /// Tracks a packet that the tracking host sends itself.
    fn track_own(&mut self, host: HostId, hop: Hop, packet: &mut Packet) -> Result<(), Reason> {
        match self.translate_known(host, packet) {
            Known::Source(translated) => packet.set_tuple(&translated),
            Known::No => {
                let rule = source_rule(&self.state.scenario.host(host).nat, hop.out.index);
                let original = packet.tuple();
                self.open(host, packet, original, None, rule)?;
            }
            Known::Lost(reason) => return Err(reason),
            Known::Yes | Known::Untracked => {}
        }
        Ok(())
    }

    /// Where DNAT sends a packet of a new flow.
    fn backend(&mut self, host: HostId, packet: &Packet) -> Option<Endpoint> {
        let tuple = packet.tuple()?;
        let rules = &self.state.scenario.host(host).nat;
        let rule = rules.iter().position(
            |rule| matches!(rule, NatRule::Destination(destination) if is_for(destination, &tuple)),
        )?;
        let node = &mut self.state.nodes[host.0 as usize];
        let backends = &node.backends[rule];
        let pick = usize::try_from(node.backend_choice.below(backends.len() as u64)).ok()?;
        backends.get(pick).copied()
    }

    /// Says no to a packet: RST for TCP, else port unreachable.
    pub(super) fn refuse(&mut self, host: HostId, packet: &Packet) {
        if !self.state.scenario.host(host).icmp_errors {
            return;
        }
        let Body::Tcp(segment) = &packet.body else {
            return self.icmp_error(host, packet, 3, 3, 0);
        };
        if segment.flags & Tcp::RST != 0 {
            return;
        }
        let mut reset = Box::new(packet.clone());
        (reset.source, reset.destination) = (packet.destination, packet.source);
        reset.ttl = self.state.scenario.host(host).ttl;
        reset.identification = identification::next(&mut self.state.node_mut(host).identification);
        reset.length = 40;
        reset.trace = Trace::None;
        let mut answer = *segment;
        (answer.source_port, answer.destination_port) = (segment.destination_port, segment.source_port);
        (answer.sequence, answer.acknowledgement) = (0, segment.sequence.wrapping_add(1));
        answer.flags = Tcp::RST | Tcp::ACK;
        reset.body = Body::Tcp(answer);
        self.transmit(host, reset);
    }

    /// Sends an ICMP error about a packet.
    pub(super) fn icmp_error(&mut self, host: HostId, about: &Packet, kind: u8, code: u8, mtu: u16) {
        let model = self.state.scenario.host(host);
        // No errors about errors (RFC 1122 section 3.2.2).
        if !model.icmp_errors || matches!(about.body, Body::Error { .. }) {
            return;
        }
        let identification = identification::next(&mut self.state.node_mut(host).identification);
        // As much is quoted as makes 576 bytes at most (RFC 1812 section 4.3.2.3).
        let length = 28_u16.saturating_add(about.length).min(576);
        // Said by the host itself, not by the address that was asked, unless it is one of its own.
        let owns = self.state.topology.owns(host, about.destination);
        let source = if owns { about.destination } else { Ipv4Addr::UNSPECIFIED };
        let packet = Box::new(Packet {
            source,
            destination: about.source,
            ttl: model.ttl,
            dscp: 48,
            ecn: 0,
            identification,
            dont_fragment: false,
            length,
            fragment: 0,
            body: Body::Error { kind, code, mtu, about: Box::new(about.clone()) },
            outer: None,
            trace: Trace::None,
        });
        self.transmit(host, packet);
    }

    fn sighted(&mut self, at: InterfaceId, from: InterfaceId, to: InterfaceId, way: Way, packet: &Packet) {
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

    fn note_inside(&mut self, packet: &Packet) {
        if let Trace::Request(id) = packet.trace
            && let Some(request) = self.state.ledger.get_mut(id)
        {
            request.copies = request.copies.saturating_add(1);
            if request.inside.is_none() {
                request.inside = packet.tuple();
            }
        }
    }

    fn note_outside(&mut self, packet: &Packet) {
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

    fn lost_by_chance(&mut self, hop: Hop, id: NetworkId, packet: &Packet) {
        let network = &self.state.networks[id.0 as usize];
        let episode = if network.fault.is_some() { network.changes } else { 0 };
        let place = Place::Between(hop.out, hop.to);
        let step = step(packet.trace, Leg::Transit);
        let reason = Reason::LinkLoss(id, episode);
        let fault = network.fault.as_deref();
        self.state.ledger.lost_in_episode(packet.request(), self.now, step, place, reason, fault);
    }

    fn lost_on(&mut self, hop: Hop, packet: &Packet, reason: Reason) {
        let step = step(packet.trace, Leg::Transit);
        let place = Place::Between(hop.out, hop.to);
        self.state.ledger.lost(packet.request(), self.now, step, place, reason);
    }
}

/// What connection tracking knows of a packet.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Known {
    /// There is no tracking, or it does not concern the packet.
    Untracked,
    /// A new flow.
    No,
    /// A flow whose source stays.
    Yes,
    /// A flow whose source is to be translated as well.
    Source(Tuple),
    /// A known flow, but the packet is lost all the same.
    Lost(Reason),
}

/// What the packet is for connection tracking.
fn stage(packet: &Packet) -> Stage {
    let Body::Tcp(segment) = &packet.body else { return Stage::Datagram };
    if segment.flags & Tcp::RST != 0 {
        Stage::Reset
    } else if segment.flags & Tcp::FIN != 0 {
        Stage::Fin
    } else if fields::is_syn(segment.flags) {
        Stage::Syn
    } else {
        Stage::Established
    }
}

fn translate_error(conntrack: &crate::conntrack::Conntrack, now: unanswered_wire::Time, packet: &mut Packet) {
    let Body::Error { about, .. } = &mut packet.body else { return };
    let Some(quoted) = about.tuple() else { return };
    let Some((known, _)) = conntrack.translate_error(now, &quoted) else { return };
    about.set_tuple(&known);
    // Said in the name of the address that was asked, where its holder says it.
    if packet.source == quoted.destination.address {
        packet.source = known.destination.address;
    }
    packet.destination = known.source.address;
}

fn source_rule(rules: &[NatRule], out: u16) -> Option<&SourceNat> {
    rules.iter().find_map(|rule| match rule {
        NatRule::Source(source) => (source.out == out).then_some(source),
        NatRule::Destination(_) => None,
    })
}

fn is_for(rule: &DestinationNat, tuple: &Tuple) -> bool {
    rule.address == tuple.destination.address
        && rule.protocol.is_none_or(|protocol| protocol == tuple.protocol)
        && rule.port.is_none_or(|port| port == tuple.destination.port)
}

/// Both links, one after the other.
fn joined(first: Passage, second: Option<Passage>) -> Passage {
    match (first, second) {
        (Passage::Arrives(a, copy), Some(Passage::Arrives(b, other))) => {
            let sum = |x: Span| Span::from_nanoseconds(x.nanoseconds().saturating_add(b.nanoseconds()));
            Passage::Arrives(sum(a), copy.map(sum).or(other.map(|_| sum(a))))
        }
        (Passage::Arrives(..), Some(ended)) => ended,
        (first, _) => first,
    }
}

fn tunnel_kind(scenario: &crate::scenario::model::Scenario, network: NetworkId) -> Option<TunnelKind> {
    scenario.network(network).tunnel.map(|tunnel| tunnel.kind)
}

/// Bytes of all encapsulations around a packet: outer IP, UDP, tunnel header and inner Ethernet header.
pub(crate) fn overhead(scenario: &crate::scenario::model::Scenario, packet: &Packet) -> u16 {
    let mut bytes = 0;
    let mut outer = packet.outer.as_deref();
    while let Some(tunnel) = outer {
        bytes += match tunnel_kind(scenario, tunnel.network) {
            Some(TunnelKind::Gre) => 20 + 8 + 14,
            Some(TunnelKind::IpInIp) => 20,
            _ => 20 + 8 + 8 + 14,
        };
        outer = tunnel.outer.as_deref();
    }
    bytes
}
