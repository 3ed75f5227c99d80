//! What is recorded of a packet: where it ended and why, and what its request looked like.

use super::world::World;
use crate::ledger::{LossPlace, LossReason, PacketLoss};
use crate::observer::Observer;
use crate::sim_packet::{PacketRole, SimPacket};
use crate::site::NextHop;
use unanswered_scenario::model::{HostId, NetworkId};
use unanswered_table::Step;

/// Which part of its path a packet is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WayPart {
    /// In the host that sends it.
    Sending,
    /// Between hosts, or in one that forwards it.
    Transit,
    /// In the host that it is for.
    Receiving,
}

/// The step that fails when a packet ends on this part.
pub(super) const fn step(role: PacketRole, part: WayPart) -> Step {
    match (role, part) {
        (PacketRole::Reply(_), WayPart::Sending) => Step::PostReply,
        (PacketRole::Reply(_), WayPart::Transit) => Step::DeliverReply,
        (PacketRole::Reply(_), WayPart::Receiving) => Step::ValidateReply,
        (_, WayPart::Sending) => Step::PostRequest,
        (_, WayPart::Transit) => Step::DeliverRequest,
        (_, WayPart::Receiving) => Step::ValidateRequest,
    }
}

impl<O: Observer> World<'_, O> {
    pub(super) fn note_inside(&mut self, packet: &SimPacket) {
        if let PacketRole::Request(id) = packet.role
            && let Some(request) = self.state.ledger.get_mut(id)
        {
            request.copies = request.copies.saturating_add(1);
            if request.inside.is_none() {
                request.inside = packet.tuple();
            }
        }
    }

    pub(super) fn note_outside(&mut self, packet: &SimPacket) {
        if let PacketRole::Request(id) = packet.role
            && let Some(request) = self.state.ledger.get_mut(id)
        {
            request.outside = packet.tuple();
        }
    }

    pub(super) fn lost_in(&mut self, host: HostId, packet: &SimPacket, part: WayPart, reason: LossReason) {
        let step = step(packet.role, part);
        let loss = PacketLoss { step, place: LossPlace::Host(host), reason, episode: None };
        self.state.ledger.lost(packet.request(), self.now, &loss);
    }

    pub(super) fn lost_by_chance(&mut self, hop: NextHop, id: NetworkId, packet: &SimPacket) {
        let network = &self.state.networks[id.0 as usize];
        let episode = network.fault.as_deref();
        let number = if episode.is_some() { network.changes } else { 0 };
        let step = step(packet.role, WayPart::Transit);
        let place = LossPlace::Between { from: hop.out, to: hop.to };
        let reason = LossReason::LinkLoss { network: id, episode: number };
        let loss = PacketLoss { step, place, reason, episode };
        self.state.ledger.lost(packet.request(), self.now, &loss);
    }

    pub(super) fn lost_on(&mut self, hop: NextHop, packet: &SimPacket, reason: LossReason) {
        let step = step(packet.role, WayPart::Transit);
        let place = LossPlace::Between { from: hop.out, to: hop.to };
        let loss = PacketLoss { step, place, reason, episode: None };
        self.state.ledger.lost(packet.request(), self.now, &loss);
    }
}
