//! The handshake: which SYN was answered, and whether the answer arrived.

use super::{Connection, before, flow_of};
use crate::leg::Flags;
use crate::pairer::{Pairer, RETRANSMITTED_AFTER, Seen};
use unanswered_table::{Outcome, Reason};
use unanswered_wire::{ProtocolId, Tcp, Time};

/// A SYN with its answer so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Connect {
    leg: u32,
    /// The SYN's sequence number.
    syn: u32,
    /// Bytes that the SYN carried (RFC 7413, fast open).
    data: u32,
    /// The SYN-ACK's sequence number, and when it was last sent.
    answer: Option<(u32, Time)>,
}

impl Connect {
    pub(super) const fn leg(&self) -> u32 {
        self.leg
    }

    /// Whether that acknowledgement is of this SYN, with all, some or none of its data.
    const fn acknowledged_by(&self, acknowledgement: u32) -> bool {
        acknowledgement.wrapping_sub(self.syn.wrapping_add(1)) <= self.data
    }
}

impl Pairer {
    pub(super) fn on_syn(
        &mut self,
        seen: &Seen<'_, '_>,
        tcp: &Tcp<'_>,
        client_is_first: bool,
        known: Option<Connection>,
    ) -> Connection {
        let next = tcp.sequence.wrapping_add(1);
        let same = |connection: &Connection| connection.client_next == Some(next);
        if let Some(connection) = known.filter(same) {
            return connection;
        }
        let window = &self.windows[usize::from(ProtocolId::TCP.0)];
        let leg = window.of_flow(&flow_of(seen)).next().map(|(_, open)| open.leg);
        let connect =
            leg.map(|leg| Connect { leg, syn: tcp.sequence, data: tcp.payload_length, answer: None });
        if let Some(old) = known.and_then(|connection| connection.opened_by) {
            // The ports are used again, so the old connection ended unseen.
            self.out.closings.push((old, seen.now));
        }
        if let Some(old) = &known {
            self.abandoned(old);
        }
        Connection { connect, client_next: Some(next), ..Connection::new(client_is_first) }
    }

    pub(super) fn on_syn_ack(
        &mut self,
        seen: &Seen<'_, '_>,
        tcp: &Tcp<'_>,
        client_is_first: bool,
        known: Option<Connection>,
    ) -> Connection {
        self.origins.note(self.now, seen);
        // A retransmitted SYN-ACK must not cause a turn to be forgotten.
        let mut connection = known.unwrap_or_else(|| Connection::new(client_is_first));
        connection.server_seen = true;
        if let Some(connect) = &mut connection.connect
            && connect.acknowledged_by(tcp.acknowledgement)
        {
            let again = connect.answer.is_some_and(|(sequence, last)| {
                sequence == tcp.sequence && seen.now - last >= RETRANSMITTED_AFTER
            });
            connect.answer = Some((tcp.sequence, seen.now));
            let leg = connect.leg;
            connection.opened_by = Some(leg);
            if again {
                self.touch(leg, seen.now);
                self.flag(leg, Flags::SENT_AGAIN);
            }
        }
        connection
    }

    /// What a client's segment shows of the SYN-ACK: one that acknowledges it, or resets its connection, has it.
    pub(super) fn client_shows_connect(
        &mut self,
        seen: &Seen<'_, '_>,
        tcp: &Tcp<'_>,
        connection: &mut Connection,
    ) {
        let Some(connect) = connection.connect else { return };
        let reset = tcp.flags & Tcp::RST != 0;
        match connect.answer {
            Some((answer, _)) => {
                let acknowledges = tcp.flags & Tcp::ACK != 0 && before(answer, tcp.acknowledgement);
                if acknowledges || (reset && tcp.sequence == connect.syn.wrapping_add(1)) {
                    self.touch(connect.leg, seen.now);
                    self.flag(connect.leg, Flags::ARRIVED);
                    connection.connect = None;
                }
            }
            // The reset of an older connection has that one's sequence number.
            None if reset && tcp.sequence == connect.syn.wrapping_add(1) => {
                self.flag(connect.leg, Flags::GAVE_UP);
            }
            // No client acknowledges what it did not get: the SYN-ACK came, and passed elsewhere or was not captured.
            None if !reset
                && tcp.flags & Tcp::ACK != 0
                && tcp.sequence == connect.syn.wrapping_add(1)
                && self.outcome_of(connect.leg) == Outcome::Unanswered =>
            {
                self.touch(connect.leg, seen.now);
                self.give(connect.leg, Outcome::Unknown, Reason::OneDirection);
                connection.connect = None;
                connection.half = true;
            }
            None => {}
        }
    }

    /// An acknowledgement of something else than the SYN: the server holds an older connection
    /// (RFC 9293 section 3.10.7.4, RFC 5961 section 4).
    pub(super) fn server_shows_connect(
        &mut self,
        seen: &Seen<'_, '_>,
        tcp: &Tcp<'_>,
        connection: &mut Connection,
    ) {
        let Some(connect) = connection.connect else { return };
        let challenges = tcp.flags & (Tcp::ACK | Tcp::RST | Tcp::FIN) == Tcp::ACK
            && tcp.payload_length == 0
            && !connect.acknowledged_by(tcp.acknowledgement);
        if connect.answer.is_none() && challenges {
            self.touch(connect.leg, seen.now);
            self.note_ttl(connect.leg, seen);
            self.settle(
                connect.leg,
                seen.now,
                seen.number,
                Outcome::Rejected,
                Reason::OldConnection,
                seen.source,
            );
        }
    }
}
