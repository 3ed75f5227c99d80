//! Known flows and translations, in a host that tracks connections.

use super::world::World;
use crate::conntrack::{Conntrack, FlowDirection, FlowRefusal, PacketKind, Tuple};
use crate::header_fields::is_syn;
use crate::ledger::LossReason;
use crate::observer::{Observer, Rewritten};
use crate::sim_packet::{PacketBody, SimPacket};
use crate::site::NextHop;
use unanswered_scenario::model::{DestinationNat, Endpoint, HostId, NatRule, SourceNat, Transport};
use unanswered_wire::{Tcp, Time};

/// What connection tracking knows of a packet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum KnownFlow {
    /// There is no tracking, or it does not concern the packet.
    Untracked,
    /// A new flow.
    No,
    /// A flow whose source stays.
    Yes,
    /// A flow whose source is to be translated as well.
    Source(Tuple),
    /// A known flow, but the packet is lost anyway.
    Lost(LossReason),
}

impl<O: Observer> World<'_, O> {
    /// Looks for the flow and immediately translates what concerns the destination.
    pub(super) fn translate_known(&mut self, host: HostId, packet: &mut SimPacket) -> KnownFlow {
        let now = self.now;
        let node = &mut self.state.hosts[host.0 as usize];
        let Some(conntrack) = &mut node.conntrack else { return KnownFlow::Untracked };
        let Some(tuple) = packet.tuple() else {
            translate_error(conntrack, now, packet);
            return KnownFlow::Untracked;
        };
        let Some(hit) = conntrack.lookup(now, &tuple, kind_of(packet)) else { return KnownFlow::No };
        if hit.direction == FlowDirection::Original && self.loses_race(host, &tuple, hit.seen_reply) {
            return KnownFlow::Lost(LossReason::InsertRace(host));
        }
        // An ICMP identifier is translated with the source, which is done later.
        let ahead = Tuple { source: tuple.source, ..hit.translated };
        if tuple.protocol == Transport::Icmp {
            packet.destination = ahead.destination.address;
        } else {
            packet.set_tuple(&ahead);
        }
        if hit.translated.source == tuple.source && tuple.protocol != Transport::Icmp {
            return KnownFlow::Yes;
        }
        if self.state.topology.owns(host, packet.destination) {
            packet.set_tuple(&hit.translated);
        }
        KnownFlow::Source(hit.translated)
    }

    /// Two packets of one new flow at once: the kernel may find the first one's entry unconfirmed and
    /// lose the second (`nf_conntrack_confirm`, "insert_failed").
    pub(super) fn loses_race(&mut self, host: HostId, tuple: &Tuple, seen_reply: bool) -> bool {
        let Some(config) = &self.state.scenario.host(host).conntrack else { return false };
        let Some(race) = config.insert_race.filter(|_| !seen_reply) else { return false };
        let just_opened = self
            .last_opened
            .is_some_and(|(at, flow, time)| at == host && flow == *tuple && self.now - time < race.within);
        just_opened && self.state.hosts[host.0 as usize].race_chance.chance(race.probability.0)
    }

    /// Keeps a new flow and translates its first packet.
    pub(super) fn open(
        &mut self,
        host: HostId,
        packet: &mut SimPacket,
        original: Option<Tuple>,
        destination: Option<Endpoint>,
        rule: Option<&SourceNat>,
    ) -> Result<(), LossReason> {
        let now = self.now;
        let (Some(conntrack), Some(original)) = (&mut self.state.hosts[host.0 as usize].conntrack, original)
        else {
            return Ok(());
        };
        match conntrack.open(now, original, kind_of(packet), destination, rule) {
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
            Err(FlowRefusal::TableFull) => Err(LossReason::TableFull(host)),
            Err(FlowRefusal::NoPort) => Err(LossReason::NoPort(host)),
            Err(FlowRefusal::PortTaken { .. }) => Err(LossReason::PortTaken(host)),
            Err(FlowRefusal::Invalid) => {
                let drops = self.state.scenario.host(host).conntrack.as_ref().is_some_and(|c| c.drop_invalid);
                if drops { Err(LossReason::Invalid(host)) } else { Ok(()) }
            }
        }
    }

    /// Tracks a packet that the tracking host sends itself.
    pub(super) fn track_own(
        &mut self,
        host: HostId,
        hop: NextHop,
        packet: &mut SimPacket,
    ) -> Result<(), LossReason> {
        match self.translate_known(host, packet) {
            KnownFlow::Source(translated) => packet.set_tuple(&translated),
            KnownFlow::No => {
                let rule = source_rule(&self.state.scenario.host(host).nat, hop.out.index);
                let original = packet.tuple();
                self.open(host, packet, original, None, rule)?;
            }
            KnownFlow::Lost(reason) => return Err(reason),
            KnownFlow::Yes | KnownFlow::Untracked => {}
        }
        Ok(())
    }

    /// Where DNAT sends a packet of a new flow.
    pub(super) fn backend(&mut self, host: HostId, packet: &SimPacket) -> Option<Endpoint> {
        let tuple = packet.tuple()?;
        let rules = &self.state.scenario.host(host).nat;
        let rule = rules.iter().position(
            |rule| matches!(rule, NatRule::Destination(destination) if is_for(destination, &tuple)),
        )?;
        let node = &mut self.state.hosts[host.0 as usize];
        let backends = &node.backends[rule];
        let pick = usize::try_from(node.backend_choice.below(backends.len() as u64)).ok()?;
        backends.get(pick).copied()
    }
}

/// What the packet is to connection tracking.
fn kind_of(packet: &SimPacket) -> PacketKind {
    let PacketBody::Tcp(segment) = &packet.body else { return PacketKind::Datagram };
    if segment.flags & Tcp::RST != 0 {
        PacketKind::Reset
    } else if segment.flags & Tcp::FIN != 0 {
        PacketKind::Fin
    } else if is_syn(segment.flags) {
        PacketKind::Syn
    } else {
        PacketKind::Established
    }
}

fn translate_error(conntrack: &Conntrack, now: Time, packet: &mut SimPacket) {
    let PacketBody::Error { about, .. } = &mut packet.body else { return };
    let Some(quoted) = about.tuple() else { return };
    let Some(known) = conntrack.translate_error(now, &quoted).map(|known| known.tuple) else { return };
    about.set_tuple(&known);
    // Sent from the address that was asked, if its holder sends it.
    if packet.source == quoted.destination.address {
        packet.source = known.destination.address;
    }
    packet.destination = known.source.address;
}

pub(super) fn source_rule(rules: &[NatRule], out: u16) -> Option<&SourceNat> {
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
