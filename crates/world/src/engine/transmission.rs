//! Over a network: capture, size, bundle member, link, tunnel.
//!
//! Each crossing is one event: what can happen on it is drawn when the packet is sent, and the packet
//! arrives at the other end at its time, or not at all.

use super::losses::WayPart;
use super::world::{QueuedEvent, World};
use crate::header_fields;
use crate::identification;
use crate::ledger::LossReason;
use crate::observer::{CaptureDirection, Observer};
use crate::sim_packet::{Encapsulation, SimPacket};
use crate::site::{LinkResult, NextHop, Topology};
use unanswered_scenario::model::{Chain, InterfaceId, NetworkId, Scenario};
use unanswered_wire::{Span, TunnelKind};

/// Time that a bridge inside a host takes.
const BRIDGE: Span = Span::from_nanoseconds(10_000);

impl<O: Observer> World<'_, O> {
    /// Sends a packet out of an interface to the next one.
    pub(super) fn cross(&mut self, hop: NextHop, mut packet: Box<SimPacket>, part: WayPart) {
        let id = self.state.attachment(hop.out).network;
        let network = self.state.scenario.network(id);
        if !self.passes(hop.out.host, Chain::Egress(hop.out.index), &packet, part) {
            return;
        }
        self.sighted(hop.out, hop.out, hop.to, CaptureDirection::Out, &packet);
        self.state.crossings += 1;
        if !self.state.networks[id.0 as usize].up {
            return self.lost_on(hop, &packet, LossReason::NetworkDown(id));
        }
        if !self.fits(hop, id, &mut packet, part) {
            return;
        }
        if self.hits_bad_member(hop, id, &packet) {
            let member = self.member(id, &packet);
            return self.lost_on(hop, &packet, LossReason::Member { network: id, member });
        }
        let (after, copy) = match self.pass(hop, id, &packet) {
            LinkResult::Arrives { after, copy } => (after, copy),
            LinkResult::Lost => return self.lost_by_chance(hop, id, &packet),
            LinkResult::QueueFull => return self.lost_on(hop, &packet, LossReason::QueueFull(id)),
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
    pub(super) fn encapsulate(
        &mut self,
        hop: NextHop,
        overlay: NetworkId,
        over: NetworkId,
        mut packet: Box<SimPacket>,
        after: Span,
    ) {
        let scenario = self.state.scenario;
        let ends = [hop.out.host, hop.to.host].map(|host| Topology::tunnel_end(scenario, host, over));
        let [Some(source), Some(end)] = ends else {
            return self.lost_on(hop, &packet, LossReason::NoRoute(hop.out.host));
        };
        if source.host == end.host {
            let local = if after > Span::default() { after } else { BRIDGE };
            return self.schedule_arrival(hop, packet, local);
        }
        let destination = scenario.interface(end).address;
        let next = match self.hop(source.host, destination) {
            Ok(next) => next,
            Err(reason) => return self.lost_in(source.host, &packet, WayPart::Transit, reason),
        };
        let node = self.state.host_mut(source.host);
        let identification = identification::next(&mut node.identification);
        packet.outer = Some(Box::new(Encapsulation {
            source: scenario.interface(source).address,
            destination,
            source_port: unanswered_wire::emit::flow_source_port(header_fields::entropy(&packet)),
            identification,
            network: overlay,
            from: hop.out,
            to: hop.to,
            outer: packet.outer.take(),
        }));
        self.cross(next, packet, WayPart::Transit);
    }

    /// Link, and the interfaces' own links at both ends.
    pub(super) fn pass(&mut self, hop: NextHop, id: NetworkId, packet: &SimPacket) -> LinkResult {
        let now = self.now;
        let bytes = u32::from(packet.length) + u32::from(overhead(self.state.scenario, packet));
        let link = &self.state.networks[id.0 as usize].link;
        let attachment = |interface: InterfaceId| (interface.host.0 as usize, usize::from(interface.index));
        let (host, index) = attachment(hop.out);
        let mut passage = self.state.hosts[host].attachments[index].link.pass(now, link, bytes);
        for end in [hop.out, hop.to] {
            let (host, index) = attachment(end);
            let Some(state) = &mut self.state.hosts[host].attachments[index].own else { continue };
            let Some(own) = &self.state.scenario.interface(end).link else { continue };
            passage = joined(passage, state.pass(now, own, bytes));
        }
        passage
    }

    /// Whether the packet fits through a network, after fragmentation where that is allowed.
    pub(super) fn fits(
        &mut self,
        hop: NextHop,
        id: NetworkId,
        packet: &mut SimPacket,
        part: WayPart,
    ) -> bool {
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
        if !silent && part != WayPart::Sending {
            self.icmp_error(hop.out.host, packet, 3, 4, mtu);
        }
        self.lost_on(hop, packet, LossReason::TooBig(id));
        false
    }

    pub(super) fn hits_bad_member(&mut self, hop: NextHop, id: NetworkId, packet: &SimPacket) -> bool {
        let network = self.state.scenario.network(id);
        let Some(bundle) = &network.bundle else { return false };
        let member = self.member(id, packet);
        if !self.state.networks[id.0 as usize].bad.contains(&member) {
            return false;
        }
        let node = self.state.host_mut(hop.out.host);
        node.attachments[usize::from(hop.out.index)].link.member_loses(bundle.loss)
    }

    pub(super) fn member(&self, id: NetworkId, packet: &SimPacket) -> u16 {
        let Some(bundle) = &self.state.scenario.network(id).bundle else { return 0 };
        let kind = packet.outer.as_ref().and_then(|outer| tunnel_kind(self.state.scenario, outer.network));
        let hash = header_fields::hash(packet, kind, &bundle.hash);
        u16::try_from(hash % u64::from(bundle.members.max(1))).unwrap_or(0)
    }

    pub(super) fn schedule_arrival(&mut self, hop: NextHop, packet: Box<SimPacket>, after: Span) {
        let packet = self.packets.put((packet, hop.out));
        let event = QueuedEvent::Arrive { packet, host: hop.to.host.0, interface: hop.to.index };
        self.schedule(self.now + after, event);
    }
}

/// Both links, one after the other.
fn joined(first: LinkResult, second: LinkResult) -> LinkResult {
    match (first, second) {
        (LinkResult::Arrives { after, copy }, LinkResult::Arrives { after: more, copy: other }) => {
            let sum = |x: Span| Span::from_nanoseconds(x.nanoseconds().saturating_add(more.nanoseconds()));
            let copy = copy.map(sum).or(other.map(|_| sum(after)));
            LinkResult::Arrives { after: sum(after), copy }
        }
        (LinkResult::Arrives { .. }, ended) => ended,
        (first, _) => first,
    }
}

fn tunnel_kind(scenario: &Scenario, network: NetworkId) -> Option<TunnelKind> {
    scenario.network(network).tunnel.map(|tunnel| tunnel.kind)
}

/// Bytes of all encapsulations around a packet: outer IP, UDP, tunnel header and inner Ethernet header.
fn overhead(scenario: &Scenario, packet: &SimPacket) -> u16 {
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
