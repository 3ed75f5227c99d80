//! Requests inside a connection: their bytes, their answers, and whether those arrived.

use super::{Connection, before, flow_of};
use crate::leg::Flags;
use crate::names::NONE;
use crate::pairer::packets::microseconds;
use crate::pairer::{DUPLICATE, DUPLICATE_SAME_ID, Pairer, RETRANSMITTED_AFTER, Seen, refused};
use unanswered_registry::Refusal;
use unanswered_table::{Outcome, Reason};
use unanswered_wire::{ProtocolId, Span, Tcp, TcpData, Time, TurnProtocol, Wants, is_tls_alert};

/// A client that closes this soon after its last bytes did not wait for an answer to them.
const AT_ONCE: Span = RETRANSMITTED_AFTER;

/// TLS record type 21 (RFC 8446 section 5.1): an alert, of which `close_notify` ends a connection.
const TLS_ALERT: u8 = 21;

/// Whether a client sent more of its own accord, in place of waiting for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Talk {
    /// It did not.
    Once,
    /// It sent more a moment after the server had acknowledged everything, and did not wait for the answer before.
    SendsOn,
    /// It went on for longer than it would wait.
    Streams,
}

/// The newest request of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) leg: u32,
    /// Sequence number of its first byte, and the one after its last so far.
    pub(super) start: u32,
    end: u32,
    /// The server's next byte, as the client expected it when it asked.
    expects: Option<u32>,
    /// When its newest byte passed.
    last: Time,
    /// Last transmission of its first segment.
    sent: Time,
    ip_id: u32,
    /// The sequence number after the last byte of the answer so far.
    pub(super) reply_end: Option<u32>,
    /// When the answer's newest byte passed.
    replied_at: Time,
    /// What its bytes want.
    pub(super) wants: Wants,
    /// Whether the client sent more in place of waiting.
    pub(super) talk: Talk,
    /// Since when the server's host has all bytes so far.
    acknowledged_at: Option<Time>,
    /// Its newest bytes came after a pause.
    paused: bool,
    /// It is one TLS alert, by its length, and nothing else.
    pub(super) alert: bool,
    /// Some of it was sent again.
    pub(super) repeated: bool,
    /// Bytes of the server passed after it that do not acknowledge it: sent before, or an answer whose sender had not looked.
    pub(super) crossed: bool,
    /// The client closed when it had all of the answer that there was.
    taken: bool,
    /// The first byte of the answer that is missing here, between others that passed, and that the client has not acknowledged.
    pub(super) hole: Option<u32>,
    /// The client's TLS has ended the connection.
    ending: bool,
    /// Its protocol is known by its first bytes.
    pub(super) recognised: bool,
    /// Its number in the connection, where that was seen from its beginning.
    pub(super) number: Option<u32>,
    /// The first byte of the answer, until what it says has been read.
    pub(super) unread: Option<u32>,
}

/// What the first bytes of an answer say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// There is no answer in the segment yet.
    NothingYet,
    /// It is an answer, as far as it can be read.
    Answer,
    /// The server failed at the request.
    Failed(Refusal),
}

/// The protocol of a request that begins with that byte, by its first segment.
pub(super) fn beginning(tcp: &Tcp<'_>, start: u32) -> TurnProtocol {
    if start == tcp.sequence { TurnProtocol::of(tcp.payload) } else { TurnProtocol::UNKNOWN }
}

impl Pairer {
    pub(super) fn on_client_bytes(
        &mut self,
        seen: &Seen<'_, '_>,
        tcp: &Tcp<'_>,
        connection: &mut Connection,
    ) {
        let (start, end) = (tcp.sequence, tcp.sequence.wrapping_add(tcp.payload_length));
        let Some(mut turn) = connection.turn else {
            // Where bytes are missing here before these, the request begins with those.
            let begins = connection.client_next.filter(|next| before(*next, start)).unwrap_or(start);
            connection.turn = Some(self.open_turn(seen, tcp, begins, connection));
            return;
        };
        let replied = turn.reply_end.is_some();
        if start == turn.start {
            self.recognise_late(seen, tcp, &mut turn);
            self.again(seen, &mut turn);
            if before(turn.end, end) && !replied {
                turn.end = end;
            }
        } else if replied {
            if before(turn.end, end) {
                let outcome = self.outcome_of(turn.leg);
                connection.answered_before |= matches!(outcome, Outcome::Answered | Outcome::Error);
                self.leave(turn.leg);
                turn = self.open_turn(seen, tcp, turn.end, connection);
            }
        } else {
            if before(start, turn.start) {
                // The first segment passed here after a later one.
                turn.start = start;
                self.out.legs[turn.leg as usize].fingerprint = TcpData::fingerprint(start);
                turn.recognised = false;
                self.recognise_late(seen, tcp, &mut turn);
            }
            if before(turn.end, end) && is_tls_alert(tcp) {
                // The client's TLS ends the connection. That is no further message; after a while it is giving up.
                self.touch(turn.leg, seen.now);
                turn.ending = true;
                if seen.now - turn.last >= AT_ONCE && !turn.alert {
                    self.flag(turn.leg, Flags::GAVE_UP);
                }
            } else if before(turn.end, end) {
                self.more(seen, tcp, &mut turn);
            } else {
                turn.repeated |= seen.now - turn.last >= DUPLICATE;
            }
        }
        connection.turn = Some(turn);
    }

    /// Notes when the newest byte of a request was sent.
    fn sent_until(&mut self, leg: u32, now: Time) {
        let leg = &mut self.out.legs[leg as usize];
        if leg.settled {
            return;
        }
        leg.extent = u16::try_from(microseconds(now - leg.time).div_ceil(1000)).unwrap_or(u16::MAX);
    }

    /// The client sends more before it has an answer.
    fn more(&mut self, seen: &Seen<'_, '_>, tcp: &Tcp<'_>, turn: &mut Turn) {
        let leg = &mut self.out.legs[turn.leg as usize];
        let moment = |since: Time| seen.now - since >= AT_ONCE;
        if seen.now - leg.time > self.out.config.timeout(ProtocolId(leg.protocol)) {
            // It is not waiting any more for what it asked first.
            turn.talk = Talk::Streams;
        } else if turn.acknowledged_at.is_some_and(moment) {
            turn.talk = turn.talk.max(Talk::SendsOn);
        }
        if !leg.settled {
            leg.flags.clear(Flags::ACKNOWLEDGED);
        }
        turn.repeated |= before(tcp.sequence, turn.end);
        turn.wants = turn.wants.max(Wants::of(tcp));
        turn.paused = moment(turn.last);
        turn.alert = false;
        turn.acknowledged_at = None;
        turn.end = tcp.sequence.wrapping_add(tcp.payload_length);
        turn.last = seen.now;
        self.touch(turn.leg, seen.now);
        self.sent_until(turn.leg, seen.now);
    }

    fn open_turn(
        &mut self,
        seen: &Seen<'_, '_>,
        tcp: &Tcp<'_>,
        start: u32,
        connection: &mut Connection,
    ) -> Turn {
        self.out.tally.asks += 1;
        connection.requests = connection.requests.saturating_add(1);
        let number = connection.client_next.map(|_| connection.requests);
        let found = beginning(tcp, start);
        let fingerprint = TcpData::fingerprint(start);
        let leg = self.new_leg_numbered(seen, found.protocol, &flow_of(seen), fingerprint, number);
        if !found.sure {
            self.unsure.push(leg);
        }
        if let Some(closed) = connection.server_closing {
            // Who has acknowledged the FIN knows that no answer can come.
            if tcp.flags & Tcp::ACK != 0 && !before(tcp.acknowledgement, closed) {
                self.give(leg, Outcome::NoneDue, Reason::Closing);
            } else {
                self.flag(leg, Flags::CROSSED);
            }
        }
        if matches!(tcp.payload, [TLS_ALERT, 3, ..]) {
            self.give(leg, Outcome::NoneDue, Reason::Closing);
        }
        Turn {
            leg,
            start,
            end: tcp.sequence.wrapping_add(tcp.payload_length),
            expects: (tcp.flags & Tcp::ACK != 0).then_some(tcp.acknowledgement),
            last: seen.now,
            sent: seen.now,
            ip_id: seen.packet.ip.identification.unwrap_or(NONE),
            reply_end: None,
            replied_at: seen.now,
            wants: Wants::of(tcp),
            talk: Talk::Once,
            acknowledged_at: None,
            paused: false,
            alert: is_tls_alert(tcp),
            repeated: false,
            // What the client has not seen when it asks may answer something else; in a capture that is out of order, this.
            crossed: connection.server_end.is_some_and(|end| before(tcp.acknowledgement, end)),
            taken: false,
            hole: None,
            ending: false,
            recognised: found.sure,
            number,
            unread: (tcp.flags & Tcp::ACK != 0).then_some(tcp.acknowledgement).map(|next| {
                // What passed before the request is no answer to it.
                connection.server_end.filter(|end| before(next, *end)).unwrap_or(next)
            }),
        }
    }

    /// The first segment again: captured twice, or retransmitted.
    fn again(&mut self, seen: &Seen<'_, '_>, turn: &mut Turn) {
        self.out.tally.asks += 1;
        let gap = Span::from_nanoseconds((seen.now - turn.sent).nanoseconds().abs());
        let ip_id = seen.packet.ip.identification.unwrap_or(NONE);
        let same_packet = ip_id != NONE && ip_id != 0 && ip_id == turn.ip_id;
        if gap < DUPLICATE || (same_packet && gap < DUPLICATE_SAME_ID) {
            self.out.tally.duplicates += 1;
            return;
        }
        self.out.tally.repeats += 1;
        turn.repeated = true;
        turn.sent = seen.now;
        turn.ip_id = ip_id;
        let leg = &mut self.out.legs[turn.leg as usize];
        if leg.settled {
            return;
        }
        leg.transmissions = leg.transmissions.saturating_add(1);
        leg.active_for_us = microseconds(seen.now - leg.time);
        if turn.reply_end.is_some() && gap >= RETRANSMITTED_AFTER {
            leg.flags.set(Flags::ASKED_AGAIN);
        }
    }

    /// The client acknowledges bytes of the server that never passed here: the answer exists, and this place shows one direction
    /// of the connection only, or lost it. When it came is not known, so that it is no answered request here; another place
    /// may know better.
    pub(super) fn acknowledges_unseen(
        &mut self,
        seen: &Seen<'_, '_>,
        tcp: &Tcp<'_>,
        connection: &mut Connection,
    ) {
        let Some(mut turn) = connection.turn.filter(|turn| turn.reply_end.is_none()) else { return };
        let Some(expects) = turn.expects.filter(|_| tcp.flags & Tcp::ACK != 0) else { return };
        let passed = connection.server_end.filter(|end| before(expects, *end)).unwrap_or(expects);
        // A FIN takes one number, and is no answer.
        let unseen = before(passed.wrapping_add(1), tcp.acknowledgement);
        if !unseen || self.outcome_of(turn.leg) != Outcome::Unanswered {
            return;
        }
        connection.half = true;
        self.touch(turn.leg, seen.now);
        let reason = if connection.server_seen { Reason::CaptureDropped } else { Reason::OneDirection };
        self.give(turn.leg, Outcome::Unknown, reason);
        turn.reply_end = Some(tcp.acknowledgement);
        turn.replied_at = seen.now;
        connection.turn = Some(turn);
    }

    /// The client's acknowledgement of an answer: all of it, or less.
    pub(super) fn client_acknowledges(&mut self, tcp: &Tcp<'_>, connection: &mut Connection) {
        let Some((turn, end)) =
            connection.turn.as_mut().and_then(|turn| turn.reply_end.map(|end| (turn, end)))
        else {
            return;
        };
        if tcp.flags & Tcp::ACK == 0 {
            return;
        }
        // What the client has is missing only here.
        turn.hole = turn.hole.filter(|hole| !before(*hole, tcp.acknowledgement));
        self.touch(turn.leg, self.now);
        if !before(tcp.acknowledgement, end) {
            self.flag(turn.leg, Flags::ARRIVED);
            return;
        }
        self.flag(turn.leg, Flags::UNCOVERED);
        if turn.expects.is_some_and(|next| before(next, tcp.acknowledgement)) {
            self.flag(turn.leg, Flags::PARTLY);
        }
    }

    /// The client has asked the next thing: it has taken as much of the answer as it wanted, if it has any of it; later
    /// acknowledgements are not watched.
    fn leave(&mut self, leg: u32) {
        let flags = &mut self.out.legs[leg as usize].flags;
        if flags.has(Flags::PARTLY) {
            flags.set(Flags::ARRIVED);
        }
        flags.clear(Flags::UNCOVERED);
    }

    /// The client ends the connection: it has given up what it asked, or never waited for it.
    pub(super) fn on_client_end(&mut self, seen: &Seen<'_, '_>, tcp: &Tcp<'_>, connection: &mut Connection) {
        let first = !std::mem::replace(&mut connection.client_ended, true);
        let Some(mut turn) = connection.turn else { return };
        if turn.reply_end.is_some() {
            turn.taken |= first && self.out.legs[turn.leg as usize].flags.has(Flags::ARRIVED);
            connection.turn = Some(turn);
            return;
        }
        if !first || self.outcome_of(turn.leg) == Outcome::NoneDue {
            return;
        }
        let waited = seen.now - turn.last >= AT_ONCE;
        if waited && self.out.legs[turn.leg as usize].flags.has(Flags::CLOSED) {
            // It answers the server's end, which came first.
            return;
        }
        if turn.alert {
            self.give(turn.leg, Outcome::NoneDue, Reason::Closing);
        } else if waited || turn.paused && turn.wants == Wants::Reply {
            self.touch(turn.leg, seen.now);
            self.flag(turn.leg, Flags::GAVE_UP);
        } else if connection.answered_before && turn.paused {
            // A message, a pause, a word of farewell: a client that has given up does the same as one that wanted nothing.
            self.give(turn.leg, Outcome::Unknown, Reason::MayBePush);
        } else if connection.answered_before {
            self.give(turn.leg, Outcome::NoneDue, Reason::Closing);
        } else if tcp.flags & Tcp::RST != 0 {
            self.flag(turn.leg, Flags::GAVE_UP);
        } else {
            // It may still wait for an answer, having closed its own half.
            connection.closed_at_once = true;
        }
    }

    pub(super) fn on_server_reset(&mut self, seen: &Seen<'_, '_>, connection: &mut Connection) {
        connection.reset = true;
        let Some(turn) = connection.turn.filter(|turn| turn.reply_end.is_none()) else { return };
        let leg = &self.out.legs[turn.leg as usize];
        let closed = leg.flags.has(Flags::CROSSED) || leg.flags.has(Flags::CLOSED);
        if closed || leg.outcome == Outcome::NoneDue {
            return;
        }
        if connection.client_ended {
            // It answers the client's end, not its request.
            if connection.closed_at_once && leg.flags.has(Flags::ACKNOWLEDGED) {
                // The client did not wait; the server's host has what it sent.
                self.give(turn.leg, Outcome::Unknown, Reason::MayBePush);
            } else {
                self.flag(turn.leg, Flags::GAVE_UP);
            }
            return;
        }
        if self.excused(connection, &turn) {
            return;
        }
        let refusal = self.origins.of_reset(self.now, seen);
        self.answer(seen, turn.leg, Outcome::Refused, Reason::Refused(refusal));
    }

    pub(super) fn on_server_bytes(
        &mut self,
        seen: &Seen<'_, '_>,
        tcp: &Tcp<'_>,
        connection: &mut Connection,
    ) {
        let Some(mut turn) = connection.turn else { return };
        let acknowledged = tcp.flags & Tcp::ACK != 0 && before(turn.start, tcp.acknowledgement);
        if acknowledged && !before(tcp.acknowledgement, turn.end) && turn.acknowledged_at.is_none() {
            self.flag(turn.leg, Flags::ACKNOWLEDGED);
            turn.acknowledged_at = Some(seen.now);
            connection.turn = Some(turn);
        }
        let end = tcp.sequence.wrapping_add(tcp.payload_length);
        let old = turn.expects.is_some_and(|next| !before(next, end));
        if tcp.payload_length == 0 || old {
            return;
        }
        let farewell = turn.ending && turn.reply_end.is_none() && is_tls_alert(tcp);
        if turn.taken || farewell {
            // The client has closed and needs nothing more, or its TLS has, and the server's does the same.
            return;
        }
        match turn.reply_end {
            None if acknowledged => {
                let said = self.read_opening(tcp, &mut turn);
                if said == Said::NothingYet {
                    // The server has said that it goes on with the request, and not more.
                    self.touch(turn.leg, seen.now);
                    turn.expects = Some(end);
                    turn.acknowledged_at = Some(seen.now);
                    connection.turn = Some(turn);
                    return;
                }
                let late = seen.now - turn.last > self.timeout_of(turn.leg);
                let (outcome, reason) = match said {
                    Said::Failed(refusal) => refused(refusal),
                    Said::Answer | Said::NothingYet if late => (Outcome::Late, Reason::AfterTimeout),
                    Said::Answer | Said::NothingYet => (Outcome::Answered, Reason::Plain),
                };
                self.answer(seen, turn.leg, outcome, reason);
                connection.patient |= late;
                connection.pushes |= turn.talk > Talk::Once && turn.wants < Wants::Reply;
                turn.hole = turn.expects.filter(|next| before(*next, tcp.sequence));
                if turn.hole.is_some() {
                    self.flag(turn.leg, Flags::PARTLY);
                }
                turn.reply_end = Some(end);
                turn.replied_at = seen.now;
            }
            None => {
                // What does not acknowledge the request is not the beginning of its answer.
                turn.unread = turn.unread.map(|next| if before(next, end) { end } else { next });
                turn.crossed = true;
                connection.pushes = true;
            }
            Some(known) if before(known, end) => {
                self.read_opening_late(tcp, &mut turn);
                connection.pushes |= self.is_unasked(seen.now, &turn);
                turn.hole = turn.hole.or(before(known, tcp.sequence).then_some(known));
                if !self.is_settled(turn.leg) {
                    self.out.legs[turn.leg as usize].flags.clear(Flags::ARRIVED);
                }
                self.touch(turn.leg, seen.now);
                turn.reply_end = Some(end);
                turn.replied_at = seen.now;
            }
            Some(_) => {
                self.read_opening_late(tcp, &mut turn);
                if seen.now - turn.replied_at >= RETRANSMITTED_AFTER {
                    self.flag(turn.leg, Flags::SENT_AGAIN);
                }
            }
        }
        connection.turn = Some(turn);
    }

    /// Whether more of the server, after all of its answer has arrived and the client would have stopped waiting for more, is
    /// of its own accord.
    fn is_unasked(&self, now: Time, turn: &Turn) -> bool {
        let leg = &self.out.legs[turn.leg as usize];
        let paused = now - turn.replied_at > self.timeout_of(turn.leg);
        paused && (leg.settled || leg.flags.has(Flags::ARRIVED))
    }

    /// A server that closes behind the whole request has left it open; one that closed before it had the request was
    /// about to close anyway.
    pub(super) fn on_server_fin(&mut self, seen: &Seen<'_, '_>, tcp: &Tcp<'_>, connection: &mut Connection) {
        let number = tcp.sequence.wrapping_add(tcp.payload_length).wrapping_add(1);
        let first = connection.server_closing.replace(number).is_none();
        let Some(turn) = connection.turn.filter(|turn| turn.reply_end.is_none()) else { return };
        if first && self.outcome_of(turn.leg) != Outcome::NoneDue {
            self.touch(turn.leg, seen.now);
            let soon = seen.now - turn.last <= self.timeout_of(turn.leg);
            if !before(tcp.acknowledgement, turn.end) {
                if connection.closed_at_once && soon {
                    self.give(turn.leg, Outcome::NoneDue, Reason::Closing);
                } else {
                    self.flag(turn.leg, Flags::CLOSED);
                }
            } else if seen.now - turn.last < AT_ONCE {
                self.flag(turn.leg, Flags::CROSSED);
            }
            // Later, the request was lost, and the server tired of waiting for it.
        }
    }

    fn answer(&mut self, seen: &Seen<'_, '_>, leg: u32, outcome: Outcome, reason: Reason) {
        self.out.tally.answers += 1;
        self.out.tally.attached += 1;
        self.touch(leg, seen.now);
        self.note_ttl(leg, seen);
        let server = self.out.legs[leg as usize].server;
        self.settle(leg, seen.now, seen.number, outcome, reason, server);
    }
}
