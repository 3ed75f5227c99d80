//! What a request inside a connection means that got no answer.
//!
//! Not all that a client sends asks for something. What asks nothing must not count as a failure, and a server that hangs
//! must. On the wire both look alike: bytes, an acknowledgement, silence. What separates them is what the bytes are, where
//! they can be read ([`Wants`]), how this connection behaved, and whether the client was seen to give up. Where nothing
//! separates them, the request is unknown. See `docs/decisions/what-asks-nothing.md`.

use super::turn::{Talk, Turn};
use super::{Connection, Key};
use crate::leg::{Flags, Leg};
use crate::names::Endpoint;
use crate::pairer::Pairer;
use crate::pairer::conclude::Concluded;
use unanswered_table::{Outcome, Reason};
use unanswered_wire::{Span, Time, Wants};

/// As long as any common client waits for an answer on an open connection: browsers, which wait longest (Chrome and Firefox,
/// 300 s). So long a request stays open that the server's host has acknowledged, if neither end closes.
const PATIENCE: Span = Span::from_seconds(300);

/// What the connection says of its newest request.
#[derive(Clone, Copy, Debug)]
struct Manner {
    wants: Wants,
    talk: Talk,
    /// This connection carries messages that are no replies and want none.
    pushes: bool,
    /// Which end asks is a guess.
    guessed: bool,
    /// An earlier answer took longer than the time-out, and the client took it.
    patient: bool,
    /// Bytes of the server crossed it.
    crossed: bool,
    /// It is a TLS alert.
    alert: bool,
    /// Some of it was sent again.
    repeated: bool,
    /// Something of the server passed here in this connection.
    server_seen: bool,
    /// The client has acknowledged what never passed here.
    half: bool,
}

impl Manner {
    const fn of(connection: &Connection, turn: &Turn) -> Self {
        Self {
            wants: turn.wants,
            talk: turn.talk,
            pushes: connection.pushes,
            guessed: connection.guessed,
            patient: connection.patient,
            crossed: turn.crossed,
            alert: turn.alert,
            repeated: turn.repeated,
            server_seen: connection.server_seen,
            half: connection.half,
        }
    }

    /// Nothing is known of the connection any more.
    const UNKNOWN: Self = Self {
        wants: Wants::Unsaid,
        talk: Talk::Once,
        pushes: false,
        guessed: false,
        patient: false,
        crossed: false,
        alert: false,
        repeated: true,
        server_seen: true,
        half: false,
    };

    /// Why silence after such bytes is no failure, or may be none, though the server's host has them.
    fn excuse(&self) -> Option<(Outcome, Reason)> {
        let doubt = |reason| Some((Outcome::Unknown, reason));
        match self.wants {
            _ if self.guessed => doubt(Reason::WhoAsks),
            Wants::Nothing => Some((Outcome::NoneDue, Reason::AsksNothing)),
            _ if self.crossed => doubt(Reason::MayBePush),
            Wants::Reply => None,
            Wants::Perhaps | Wants::Unsaid if self.talk > Talk::Once => doubt(Reason::Streaming),
            Wants::Perhaps => doubt(Reason::MayBePush),
            Wants::Unsaid => self.pushes.then_some((Outcome::Unknown, Reason::MayBePush)),
        }
    }

    /// The outcome of a silent request with its reason; `None` when they are right already. `waited`: since its last byte, as
    /// long as the capture shows.
    fn judge(&self, leg: &Leg, reason: Reason, waited: Span, timeout: Span) -> Option<(Outcome, Reason)> {
        let has = |bit| leg.flags.has(bit);
        let unanswered = |reason| Some((Outcome::Unanswered, reason));
        let acknowledged = has(Flags::ACKNOWLEDGED);
        let excuse = self.excuse();
        if self.guessed || self.wants == Wants::Nothing {
            return excuse;
        }
        let ended = has(Flags::GAVE_UP) || has(Flags::CLOSED);
        if self.alert && (ended || has(Flags::CROSSED)) {
            return Some((Outcome::NoneDue, Reason::Closing));
        }
        if has(Flags::CROSSED) {
            return unanswered(Reason::CrossedClose);
        }
        if self.talk == Talk::Streams {
            return Some((Outcome::Unknown, Reason::Streaming));
        }
        if !ended && waited < timeout {
            return Some((Outcome::Unknown, Reason::EndOfCapture));
        }
        let one_way = self.half && !self.server_seen;
        let silent_for = if ended { active_until(leg) - asked_at(leg) } else { waited };
        if !acknowledged && (one_way || !self.repeated && silent_for >= timeout) {
            // A host sends again what nobody acknowledges (RFC 6298 section 5.4): the acknowledgement passed elsewhere.
            let reason = if self.server_seen { Reason::CaptureDropped } else { Reason::OneDirection };
            return Some((Outcome::Unknown, reason));
        }
        if acknowledged && excuse.is_some() {
            return excuse;
        }
        if has(Flags::GAVE_UP) {
            return unanswered(if acknowledged { Reason::Acknowledged } else { Reason::GaveUp });
        }
        if has(Flags::CLOSED) {
            return unanswered(Reason::ClosedWithoutReply);
        }
        if acknowledged && (self.patient || self.wants != Wants::Reply) {
            return Some((Outcome::Unknown, Reason::StillOpen));
        }
        if acknowledged && reason == Reason::Plain { unanswered(Reason::Acknowledged) } else { None }
    }
}

impl Pairer {
    /// The outcome of a request without an answer, when it settles or the capture ends.
    pub(in crate::pairer) fn conclude_silent_turn(
        &mut self,
        index: u32,
        end: Time,
        timeout: Span,
        last: bool,
    ) -> Result<Option<(Outcome, Reason)>, Concluded> {
        let leg = self.out.legs[index as usize];
        let manner =
            self.turn_of(index).map_or(Manner::UNKNOWN, |(connection, turn)| Manner::of(&connection, &turn));
        let waited = end - asked_at(&leg);
        let open = !leg.flags.has(Flags::GAVE_UP) && !leg.flags.has(Flags::CLOSED);
        let has_it = leg.flags.has(Flags::ACKNOWLEDGED);
        if !last && open && has_it && manner.excuse().is_none() && self.now - asked_at(&leg) < PATIENCE {
            return Err(Concluded::NotYet);
        }
        Ok(manner.judge(&leg, self.out.reasons.get(leg.reason), waited, timeout))
    }

    /// An answer of which the client has not acknowledged all, and that the server did not send again, though a host does
    /// (RFC 6298 section 5.4): the acknowledgement passed elsewhere, unless the client waits for a piece that is missing.
    pub(in crate::pairer) fn lacks_acknowledgement(&mut self, index: u32) -> bool {
        let flags = self.out.legs[index as usize].flags;
        let sent_again = flags.has(Flags::SENT_AGAIN) || flags.has(Flags::ASKED_AGAIN);
        let in_doubt = flags.has(Flags::UNCOVERED) && !flags.has(Flags::ARRIVED) && !sent_again;
        in_doubt && self.turn_of(index).is_some_and(|(_, turn)| turn.hole.is_none())
    }

    /// The connection of a request that is its newest.
    fn turn_of(&mut self, index: u32) -> Option<(Connection, Turn)> {
        let leg = self.out.legs[index as usize];
        let client = Endpoint { address: leg.client, port: leg.client_port };
        let server = Endpoint { address: leg.server, port: leg.server_port };
        let key: Key = (leg.place, client.min(server), client.max(server));
        // By the request's own time: after a long pause the connection is still known.
        let connection = self.streams.0.get(active_until(&leg), &key)?;
        connection.turn.filter(|turn| turn.leg == index).map(|turn| (connection, turn))
    }

    /// The client uses the ports of a connection for another one: it waits for no answer on the old one any more.
    pub(super) fn abandoned(&mut self, connection: &Connection) {
        let Some(turn) = connection.turn.filter(|turn| turn.reply_end.is_none()) else { return };
        if self.outcome_of(turn.leg) != Outcome::Unanswered {
            return;
        }
        self.flag(turn.leg, Flags::GAVE_UP);
        self.excused(connection, &turn);
    }

    /// Gives a request that an end of the connection leaves without an answer its outcome, where that is no failure for sure.
    pub(super) fn excused(&mut self, connection: &Connection, turn: &Turn) -> bool {
        let has_it = self.out.legs[turn.leg as usize].flags.has(Flags::ACKNOWLEDGED);
        let excuse = Manner::of(connection, turn).excuse().filter(|_| has_it || connection.guessed);
        if let Some((outcome, reason)) = excuse {
            self.give(turn.leg, outcome, reason);
        }
        excuse.is_some()
    }
}

/// When the last packet of a request and its answer passed.
fn active_until(leg: &Leg) -> Time {
    leg.time + Span::from_nanoseconds(i64::from(leg.active_for_us) * 1000)
}

/// When the newest byte of a request was sent.
fn asked_at(leg: &Leg) -> Time {
    leg.time + leg.sending_for()
}
