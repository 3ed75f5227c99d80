//! Replies: which request they belong to, and what they make of it.

use super::fragments::Part;
use super::packets::{microseconds, reply_ports};
use super::window::{Flow, Key};
use super::{Pairer, RETRANSMITTED_AFTER, Seen, rank};
use crate::leg::{Flags, OrphanLeg};
use crate::names::AddressId;
use unanswered_registry::Refusal;
use unanswered_table::Outcome;
use unanswered_table::Reason;
use unanswered_wire::protocols::tcp::RESET_BY_PEER;
use unanswered_wire::{Answer, Carrier, Identity, Packet, ProtocolId, Time, Transport};

/// Whether a time to live is an initial one, so that no router can have forwarded the packet:
/// 64 (Linux, BSD), 128 (Windows), 255 (Solaris, routers), 32 (old stacks).
pub(crate) const fn is_initial(ttl: u8) -> bool {
    matches!(ttl, 32 | 64 | 128 | 255)
}

/// What an answer that refuses makes of its request.
pub(crate) const fn refused(refusal: Refusal) -> (Outcome, Reason) {
    if refusal.kind().error {
        (Outcome::Error, Reason::Error(refusal))
    } else {
        (Outcome::Refused, Reason::Refused(refusal))
    }
}

/// Bytes of the IP packet before it was cut into fragments.
fn whole_length(packet: &Packet<'_>) -> u32 {
    if let Transport::Udp(udp) = packet.transport {
        return packet.ip.header_length + u32::from(udp.length);
    }
    packet.ip.total_length
}

impl Pairer {
    pub(super) fn on_answer(
        &mut self,
        seen: &Seen<'_, '_>,
        protocol: ProtocolId,
        identity: Identity,
        answer: Answer,
        fingerprint: u64,
        fragment: bool,
    ) -> Option<Part> {
        self.out.tally.answers += 1;
        let (server_port, client_port) = reply_ports(seen.packet);
        let flow = Flow {
            place: seen.place,
            client: seen.destination,
            client_port,
            server: seen.source,
            server_port,
        };
        let Some((leg, fit)) = self.find(protocol, identity, &flow) else {
            self.reply_alone(seen, protocol, &flow, answer, fingerprint);
            return None;
        };
        self.out.tally.attached += 1;
        let asked = &self.out.legs[leg as usize];
        let by_itself = asked.server == flow.server && seen.packet.ip.source.is_ipv4();
        if by_itself && self.out.reasons.get(asked.reason) == Reason::ToMany {
            self.one_machine.insert(flow.server, ());
        }
        self.touch(leg, seen.now);
        self.note_ttl(leg, seen);
        let answer = if answer == Answer::Refused(RESET_BY_PEER) {
            Answer::Refused(self.origins.of_reset(self.now, seen))
        } else {
            answer
        };
        if fit != Reason::Plain {
            self.settle(leg, seen.now, seen.number, Outcome::Rejected, fit, seen.source);
        } else if fragment {
            self.on_reply_in_fragments(leg, seen.number);
            return Some(Part::Reply { leg, frame: seen.number, answer });
        } else {
            self.on_right_reply(leg, seen.now, seen.number, answer);
        }
        None
    }

    /// The request that a reply belongs to, and what is wrong with it ([`Reason::Plain`]: nothing).
    fn find(&self, protocol: ProtocolId, identity: Identity, flow: &Flow) -> Option<(u32, Reason)> {
        let window = &self.windows[usize::from(protocol.0)];
        let key =
            Key { place: flow.place, client: flow.client, client_port: flow.client_port, key: identity.key };
        let mut best: Option<(u32, Reason)> = None;
        let mut to_many = None;
        for (_, open) in window.of_key(&key) {
            let agrees = identity.agrees(Identity { key: open.key, check: open.check });
            let fit = match (open.flow == *flow, agrees) {
                (true, true) => return Some((open.leg, Reason::Plain)),
                (true, false) => Reason::WrongQuestion,
                (false, true) if open.to_many && open.flow.server_port == flow.server_port => {
                    to_many = to_many.or(Some((open.leg, Reason::Plain)));
                    continue;
                }
                (false, true) => Reason::WrongSource,
                (false, false) => continue,
            };
            let settled = self.out.legs[open.leg as usize].outcome == Outcome::Answered;
            if best.is_none() && !settled {
                best = Some((open.leg, fit));
            }
        }
        if to_many.is_some() {
            return to_many;
        }
        if best.is_some() {
            return best;
        }
        let mut of_flow = window.of_flow(flow).map(|(_, open)| open).peekable();
        let newest = of_flow.peek()?.leg;
        if let Some(also) = of_flow.find(|open| open.also != 0 && open.also == identity.key) {
            return Some((also.leg, Reason::Plain));
        }
        if !protocol.declaration().waiting.rejects_unknown_identity {
            return None;
        }
        let open = self.out.legs[newest as usize].outcome == Outcome::Unanswered;
        open.then_some((newest, Reason::WrongOrigin))
    }

    fn reply_alone(
        &mut self,
        seen: &Seen<'_, '_>,
        protocol: ProtocolId,
        flow: &Flow,
        answer: Answer,
        fingerprint: u64,
    ) {
        self.out.tally.alone += 1;
        let refusal = match answer {
            Answer::Given | Answer::Truncated => None,
            Answer::Refused(refusal) if !refusal.kind().alone => return,
            Answer::Refused(refusal) => Some(refusal),
        };
        let routed = !protocol.carrier().is_of_link();
        self.out.places[usize::from(flow.place.0)].orphan_replies += u64::from(routed);
        self.out.alone.push(OrphanLeg {
            time: seen.now,
            fingerprint,
            client: flow.client,
            server: flow.server,
            client_port: flow.client_port,
            server_port: flow.server_port,
            place: flow.place,
            input: seen.input,
            frame: seen.number,
            protocol: protocol.0,
            ttl: seen.packet.ip.ttl,
            refusal,
        });
    }

    /// Notes how many routers a reply has passed, as far as its time to live shows, and how long it is.
    pub(super) fn note_ttl(&mut self, leg: u32, seen: &Seen<'_, '_>) {
        let leg = &mut self.out.legs[leg as usize];
        leg.reply_ttl = seen.packet.ip.ttl;
        if ProtocolId(leg.protocol).carrier() != Carrier::TcpBytes {
            leg.extent = u16::try_from(whole_length(seen.packet)).unwrap_or(u16::MAX);
        }
        if is_initial(seen.packet.ip.ttl) {
            leg.flags.set(Flags::REPLY_UNROUTED);
        }
    }

    pub(super) fn touch(&mut self, leg: u32, now: Time) {
        let leg = &mut self.out.legs[leg as usize];
        if leg.settled {
            return;
        }
        leg.active_for_us = leg.active_for_us.max(microseconds(now - leg.time));
    }

    /// The first fragment of a right reply, which counts once the others are there.
    fn on_reply_in_fragments(&mut self, leg: u32, number: u32) {
        let waiting = &mut self.out.legs[leg as usize];
        waiting.flags.set(Flags::REPLY_SEEN);
        if waiting.outcome == Outcome::Unanswered {
            waiting.reason = self.out.reasons.intern(Reason::IncompleteFragments);
            waiting.reply_frame = number;
        }
    }

    pub(super) fn on_right_reply(&mut self, leg: u32, now: Time, number: u32, answer: Answer) {
        let index = leg as usize;
        let known = &mut self.out.legs[index];
        if known.settled {
            return;
        }
        if matches!(known.outcome, Outcome::Answered | Outcome::Late) {
            known.flags.set(Flags::REPLIED_AGAIN);
            return;
        }
        let protocol = ProtocolId(known.protocol);
        let timeout = self.out.config.timeout(protocol);
        let repeated = protocol.declaration().waiting.late_when_repeated
            && known.transmissions > 1
            && now - known.time >= RETRANSMITTED_AFTER;
        let (outcome, reason) = match answer {
            Answer::Refused(refusal) => refused(refusal),
            Answer::Given | Answer::Truncated if repeated => (Outcome::Late, Reason::Repeated),
            Answer::Given | Answer::Truncated if now - known.time > timeout => {
                (Outcome::Late, Reason::AfterTimeout)
            }
            Answer::Truncated => (Outcome::Answered, Reason::Truncated),
            Answer::Given => (Outcome::Answered, Reason::Plain),
        };
        let other = self.out.legs[index].server;
        self.settle(leg, now, number, outcome, reason, other);
    }

    /// Gives the leg the outcome if it is a better one than it has.
    pub(super) fn settle(
        &mut self,
        leg: u32,
        now: Time,
        number: u32,
        outcome: Outcome,
        reason: Reason,
        other: AddressId,
    ) {
        let l = &mut self.out.legs[leg as usize];
        if l.settled {
            return;
        }
        if !l.flags.has(Flags::REPLY_SEEN) {
            self.habits.replied(now, l);
        }
        let counts = !ProtocolId(l.protocol).carrier().is_of_link()
            && self.out.reasons.get(l.reason) != Reason::ToMany;
        if !l.flags.has(Flags::REPLY_SEEN) && counts {
            self.out.places[usize::from(l.place.0)].replies += 1;
        }
        l.flags.set(Flags::REPLY_SEEN);
        if rank(outcome) >= rank(l.outcome) {
            return;
        }
        l.outcome = outcome;
        l.reason = self.out.reasons.intern(reason);
        l.reply_after = now - l.time;
        l.reply_frame = number;
        l.other = other;
    }
}
