//! Requests: new ones and retransmissions.

use super::fragments::Part;
use super::packets::{microseconds, ports};
use super::window::{Flow, Key, Open};
use super::{DUPLICATE, DUPLICATE_SAME_ID, Pairer, RECENT, RETRANSMITTED_AFTER, Seen};
use crate::leg::{Flags, Leg};
use crate::names::{AddressId, NONE};
use unanswered_table::{Outcome, Reason};
use unanswered_wire::{Carrier, Identity, ProtocolId, Span, common_features};

impl Pairer {
    pub(super) fn on_request(
        &mut self,
        seen: &Seen<'_, '_>,
        protocol: ProtocolId,
        identity: Identity,
        fingerprint: u64,
        fragment: bool,
    ) -> Option<Part> {
        self.out.tally.asks += 1;
        let (client_port, server_port) = ports(seen.packet);
        let flow = Flow {
            place: seen.place,
            client: seen.source,
            client_port,
            server: seen.destination,
            server_port,
        };
        let ip_id = seen.packet.ip.identification.unwrap_or(NONE);
        if self.repeats(seen, protocol, identity, &flow, ip_id) {
            return None;
        }
        let leg = self.new_leg(seen, protocol, &flow, fingerprint);
        self.note_question(seen, leg);
        let mut open = Open::new(leg, identity.key, identity.check, flow, seen.now);
        open.last_ip_id = ip_id;
        open.also = protocol.protocol().also_answered_by(seen.packet).unwrap_or(0);
        open.to_many = match protocol.carrier() {
            Carrier::Udp(_) | Carrier::Echo => {
                seen.packet.goes_to_many() && self.one_machine.get(&seen.destination).is_none()
            }
            Carrier::OtherUdp | Carrier::TcpConnect | Carrier::TcpBytes | Carrier::Neighbour => false,
        };
        if open.to_many {
            // That nobody answers says nothing of what the place can see.
            self.out.legs[leg as usize].reason = self.out.reasons.intern(Reason::ToMany);
            self.out.places[usize::from(seen.place.0)].requests -= 1;
        }
        self.windows[usize::from(protocol.0)].push(open);
        fragment.then(|| {
            self.out.legs[leg as usize].flags.set(Flags::REQUEST_INCOMPLETE);
            Part::Request { leg }
        })
    }

    /// Whether the packet is a request that is already known; if so, it is counted there.
    pub(super) fn repeats(
        &mut self,
        seen: &Seen<'_, '_>,
        protocol: ProtocolId,
        identity: Identity,
        flow: &Flow,
        ip_id: u32,
    ) -> bool {
        let window = &mut self.windows[usize::from(protocol.0)];
        let key =
            Key { place: flow.place, client: flow.client, client_port: flow.client_port, key: identity.key };
        let same = window
            .of_key(&key)
            .find(|(_, open)| {
                open.flow == *flow && identity.agrees(Identity { key: open.key, check: open.check })
            })
            .map(|(sequence, _)| sequence);
        let Some(open) = same.and_then(|sequence| window.get_mut(sequence)) else { return false };
        let gap = Span::from_nanoseconds((seen.now - open.last).nanoseconds().abs());
        let leg = &mut self.out.legs[open.leg as usize];
        let same_packet = ip_id != NONE && ip_id != 0 && ip_id == open.last_ip_id;
        if gap < DUPLICATE || (same_packet && gap < DUPLICATE_SAME_ID) {
            self.out.tally.duplicates += 1;
            return true;
        }
        let done = matches!(leg.outcome, Outcome::Answered | Outcome::Refused);
        let may_come_again = protocol.declaration().waiting.identities_come_again;
        let id_used_again = done && may_come_again && gap >= self.out.config.timeout(protocol);
        // A client that always sends zero (SNTP without a transmit timestamp) identifies nothing with it.
        if identity.key == 0 || protocol.declaration().waiting.each_is_a_request || id_used_again {
            return false;
        }
        open.last = open.last.max(seen.now);
        open.last_ip_id = ip_id;
        self.out.tally.repeats += 1;
        if leg.settled {
            return true;
        }
        leg.transmissions = leg.transmissions.saturating_add(1);
        leg.active_for_us = microseconds(seen.now - leg.time);
        if open.to_many {
            // It asks again for those that have not answered yet: discovery does so whatever came.
            return true;
        }
        let replied = leg.time + leg.reply_after;
        let again = matches!(leg.outcome, Outcome::Answered | Outcome::Late)
            && seen.now - replied >= RETRANSMITTED_AFTER;
        let first = again && !leg.flags.has(Flags::ASKED_AGAIN);
        if again {
            leg.flags.set(Flags::ASKED_AGAIN);
        }
        self.habits.sent_again(seen.now, leg, first);
        true
    }

    pub(super) fn new_leg(
        &mut self,
        seen: &Seen<'_, '_>,
        protocol: ProtocolId,
        flow: &Flow,
        fingerprint: u64,
    ) -> u32 {
        self.new_leg_numbered(seen, protocol, flow, fingerprint, None)
    }

    /// The same for a request with a number in its connection.
    pub(super) fn new_leg_numbered(
        &mut self,
        seen: &Seen<'_, '_>,
        protocol: ProtocolId,
        flow: &Flow,
        fingerprint: u64,
        number: Option<u32>,
    ) -> u32 {
        self.keep_bounded(protocol);
        let (row, shape) = self.store(seen, protocol, number);
        let out = &mut self.out;
        let packet = seen.packet;
        let mut flags = Flags::default();
        if packet.tunnels.first().is_some_and(Option::is_some) {
            flags.set(Flags::TUNNELLED);
        }
        let of_link = protocol.carrier().is_of_link();
        if fingerprint != 0 && !of_link {
            #[expect(clippy::cast_possible_truncation, reason = "only the low bits choose the slot")]
            let slot = &mut self.recent[fingerprint as usize % RECENT];
            out.seen_again |= slot.0 == fingerprint && seen.now - slot.1 < DUPLICATE_SAME_ID;
            *slot = (fingerprint, seen.now);
        }
        out.tally.requests += 1;
        out.places[usize::from(flow.place.0)].requests += u64::from(!of_link);
        out.legs.push(Leg {
            time: seen.now,
            fingerprint,
            reply_after: Span::from_nanoseconds(-1),
            active_for_us: 0,
            extent: 0,
            frame: seen.number,
            reply_frame: 0,
            client: flow.client,
            server: flow.server,
            other: AddressId::NONE,
            shape,
            row,
            ip_id: packet.ip.identification.unwrap_or(NONE),
            client_port: flow.client_port,
            server_port: flow.server_port,
            place: flow.place,
            input: seen.input,
            protocol: protocol.0,
            ttl: packet.ip.ttl,
            reply_ttl: 0,
            outcome: Outcome::Unanswered,
            reason: 0,
            transmissions: 1,
            flags,
            settled: false,
        });
        let leg = u32::try_from(out.legs.len() - 1).expect("fewer than 2^32 requests fit in memory");
        self.settling.push(leg, protocol, self.now);
        leg
    }

    /// Keeps the features of a request with its protocol: its row there, and its shape.
    pub(super) fn store(
        &mut self,
        seen: &Seen<'_, '_>,
        protocol: ProtocolId,
        number: Option<u32>,
    ) -> (u32, u32) {
        let out = &mut self.out;
        let store = &mut out.stores[usize::from(protocol.0)];
        let row = store.rows();
        let shape = store.push(&mut out.addresses, &mut out.texts, |sink| {
            common_features(seen.packet, sink);
            protocol.protocol().features(seen.packet, sink);
            if let Some((number, feature)) = number.zip(protocol.protocol().number_in_connection()) {
                sink.number(feature, i64::from(number));
            }
        });
        (row, shape)
    }
}
