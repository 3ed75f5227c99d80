//! TCP connections: requests by byte ranges, and what the next segments of both ends show.
//!
//! # Data flow
//!
//! Every segment finds its [`Connection`] at its place. `connect` follows the handshake: whether the SYN-ACK
//! arrived is shown by what the client sends next. `turn` follows the requests inside: a request is a *turn*, the
//! client's bytes from the first one after the server's last answer up to the server's next bytes, named by the sequence
//! number of its first byte, which is the same at every place, however offloads cut or merged the segments between.
//! The first server bytes that acknowledge anything of it are its reply; whether the reply arrived is shown by the
//! client's acknowledgements. What the segments show is kept as [`Flags`] of the request, and
//! [`conclude`](super::conclude) makes the outcome of it.
//!
//! The client is the end that sent the SYN; where that was not captured, `ends` looks for what shows it.
//!
//! An end is no answer: a server that closes has left open what was asked. A client that goes on sending for longer
//! than it would wait is streaming, not asking: such a turn stays unknown. `silence` decides what a turn without an answer
//! means.
//!
//! A client that acknowledges bytes which never passed here has an answer that this place did not capture: its request is
//! unknown, for want of the other direction, and not unanswered. The same for a SYN that the client's next segment
//! shows to have been answered.
//!
//! What the first bytes of a request are makes its protocol (`opening`: HTTP, a TLS hello, or any bytes), and the first bytes of
//! its answer may say that the server failed at it. All else is the same for all of them.
//!
//! A reply whose request was not seen at the same place pairs with none: its acknowledgement names
//! the end of the request, not its beginning.

mod connect;
mod ends;
mod opening;
mod origin;
mod silence;
#[cfg(test)]
mod silence_tests;
#[cfg(test)]
mod tests;
mod turn;

use super::window::Flow;
use super::{FORGOTTEN_AFTER, Pairer, Seen};
use crate::leg::{Flags, PlaceId};
use crate::lookup::Generations;
use crate::names::Endpoint;
use connect::Connect;
use ends::Ends;
pub(super) use origin::Origins;
use turn::Turn;
use unanswered_table::{Outcome, Reason};
use unanswered_wire::{SaidBy, Tcp};

/// A connection at one place: the lower end first.
type Key = (PlaceId, Endpoint, Endpoint);

/// The connections, and what is known of their ends.
#[derive(Clone, Debug)]
pub(super) struct Streams(Generations<Key, Connection>, Ends);

impl Default for Streams {
    fn default() -> Self {
        Self(Generations::new(FORGOTTEN_AFTER), Ends::default())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Connection {
    /// The client is the first of the key's two ends.
    client_is_first: bool,
    /// Nothing says so but that it spoke first.
    guessed: bool,
    /// The connect that opened it, until its end is seen.
    opened_by: Option<u32>,
    /// The handshake, until its answer is known to have arrived.
    connect: Option<Connect>,
    /// The newest request.
    turn: Option<Turn>,
    /// The client's first byte, where its SYN was seen.
    client_next: Option<u32>,
    /// How many requests it has carried, as far as it was seen.
    requests: u32,
    /// The sequence number after the newest byte of the server that passed here.
    server_end: Option<u32>,
    /// Something of the server passed here.
    server_seen: bool,
    /// The client has acknowledged what never passed here.
    half: bool,
    /// A request before that one was answered.
    answered_before: bool,
    /// An earlier answer came after the time-out, and the client went on waiting for it.
    patient: bool,
    /// It carries messages that are no replies and want none: the client sent something that stayed without a reply and
    /// went on, or the server spoke unasked.
    pushes: bool,
    /// The client sent FIN or RST.
    client_ended: bool,
    /// It sent FIN at once behind a request, and did not wait for an answer.
    closed_at_once: bool,
    /// The sequence number after the server's FIN.
    server_closing: Option<u32>,
    /// The server sent RST: what comes now belongs to no connection.
    reset: bool,
}

impl Connection {
    const fn new(client_is_first: bool) -> Self {
        Self {
            client_is_first,
            guessed: false,
            opened_by: None,
            connect: None,
            turn: None,
            client_next: None,
            requests: 0,
            server_end: None,
            server_seen: false,
            half: false,
            answered_before: false,
            patient: false,
            pushes: false,
            client_ended: false,
            closed_at_once: false,
            server_closing: None,
            reset: false,
        }
    }
}

impl Streams {
    pub(super) fn len(&self) -> usize {
        self.0.len() + self.1.len()
    }
}

impl Pairer {
    /// Takes a TCP segment, after its SYN or SYN-ACK was paired.
    pub(super) fn on_segment(&mut self, seen: &Seen<'_, '_>, tcp: &Tcp<'_>) {
        let source = Endpoint { address: seen.source, port: tcp.source_port };
        let destination = Endpoint { address: seen.destination, port: tcp.destination_port };
        let key = (seen.place, source.min(destination), source.max(destination));
        let source_is_first = source == key.1;
        let known = self.streams.0.get(self.now, &key);
        if tcp.flags & Tcp::SYN != 0 {
            let connection = if tcp.flags & Tcp::ACK == 0 {
                self.streams.1.note_listener(self.now, seen.place, destination);
                self.on_syn(seen, tcp, source_is_first, known)
            } else {
                self.on_syn_ack(seen, tcp, !source_is_first, known)
            };
            self.streams.0.put(key, connection);
            return;
        }
        if known.is_none() && (tcp.payload_length == 0 || tcp.flags & Tcp::RST != 0) {
            return;
        }
        if tcp.flags & (Tcp::FIN | Tcp::RST) == 0
            && let Some(place) = self.out.places.get_mut(usize::from(seen.place.0))
        {
            place.segments = true;
        }
        let mut connection = match known {
            Some(connection) => self.known_better(tcp, source_is_first, connection),
            None => {
                let guess = self.streams.1.guess(self.now, seen.place, [source, destination], tcp);
                let guessed = guess.guessed;
                Connection { guessed, ..Connection::new(source_is_first == guess.source_asks) }
            }
        };
        if source_is_first == connection.client_is_first {
            self.on_client_segment(seen, tcp, &mut connection);
        } else {
            self.on_server_segment(seen, tcp, &mut connection);
        }
        if tcp.flags & (Tcp::FIN | Tcp::RST) != 0
            && let Some(opened_by) = connection.opened_by.take()
        {
            self.out.closings.push((opened_by, seen.now));
        }
        if known != Some(connection) {
            self.streams.0.put(key, connection);
        }
    }

    /// A connection whose ends were a guess, with what the bytes of a segment say of them.
    fn known_better(&mut self, tcp: &Tcp<'_>, source_is_first: bool, connection: Connection) -> Connection {
        if !connection.guessed {
            return connection;
        }
        let Some(by) = SaidBy::of(tcp) else { return connection };
        let client_is_first = source_is_first == (by == SaidBy::Client);
        if client_is_first == connection.client_is_first {
            return Connection { guessed: false, ..connection };
        }
        // What was taken for a request came from the server.
        if let Some(turn) = connection.turn {
            self.give(turn.leg, Outcome::Unknown, Reason::WhoAsks);
        }
        Connection { opened_by: connection.opened_by, ..Connection::new(client_is_first) }
    }

    fn on_client_segment(&mut self, seen: &Seen<'_, '_>, tcp: &Tcp<'_>, connection: &mut Connection) {
        self.client_shows_connect(seen, tcp, connection);
        if tcp.flags & Tcp::RST != 0 {
            self.complained(connection);
        }
        if connection.reset {
            return;
        }
        self.acknowledges_unseen(seen, tcp, connection);
        self.client_acknowledges(tcp, connection);
        // What a reset carries is a text about it (RFC 9293 section 3.5.3), and asks nothing.
        if tcp.payload_length > 0 && tcp.flags & Tcp::RST == 0 {
            self.on_client_bytes(seen, tcp, connection);
        }
        if tcp.flags & (Tcp::FIN | Tcp::RST) != 0 {
            self.on_client_end(seen, tcp, connection);
        }
    }

    fn on_server_segment(&mut self, seen: &Seen<'_, '_>, tcp: &Tcp<'_>, connection: &mut Connection) {
        self.server_shows_connect(seen, tcp, connection);
        let end = tcp.sequence.wrapping_add(tcp.payload_length);
        connection.server_seen = true;
        if tcp.payload_length > 0 {
            connection.server_end = connection.server_end.filter(|known| !before(*known, end)).or(Some(end));
        }
        // A server that goes on has not reset the connection: somebody else said so, and was not believed.
        connection.reset &= tcp.payload_length == 0 || tcp.flags & Tcp::RST != 0;
        if connection.reset {
            return;
        }
        if tcp.flags & Tcp::RST != 0 {
            self.on_server_reset(seen, connection);
            return;
        }
        self.on_server_bytes(seen, tcp, connection);
        if tcp.flags & Tcp::FIN != 0 {
            self.on_server_fin(seen, tcp, connection);
        }
    }

    fn flag(&mut self, leg: u32, bit: u16) {
        if let Some(leg) = self.out.legs.get_mut(leg as usize).filter(|leg| !leg.settled) {
            leg.flags.set(bit);
        }
    }

    fn outcome_of(&self, leg: u32) -> Outcome {
        self.out.legs.get(leg as usize).map_or(Outcome::Unknown, |leg| leg.outcome)
    }

    fn give(&mut self, leg: u32, outcome: Outcome, reason: Reason) {
        let reason = self.out.reasons.intern(reason);
        if let Some(leg) = self.out.legs.get_mut(leg as usize).filter(|leg| !leg.settled) {
            leg.outcome = outcome;
            leg.reason = reason;
        }
    }

    /// The client's host resets what came late: nothing was waiting for it any more.
    fn complained(&mut self, connection: &Connection) {
        let leg = match connection.turn {
            Some(turn) => turn.reply_end.map(|_| turn.leg),
            None => connection.opened_by.or_else(|| connection.connect.map(|connect| connect.leg())),
        };
        let Some(leg) = leg else { return };
        if connection.turn.is_some() && connection.closed_at_once {
            // It closed at once behind its request, and does not want the answer that came.
            if !self.out.legs[leg as usize].flags.has(Flags::ARRIVED) {
                self.give(leg, Outcome::NoneDue, Reason::Closing);
            }
            return;
        }
        let gave_up = self.out.legs.get(leg as usize).is_some_and(|leg| leg.flags.has(Flags::GAVE_UP));
        if gave_up && self.outcome_of(leg) == Outcome::Answered {
            self.give(leg, Outcome::Late, Reason::AfterTimeout);
        }
        if self.outcome_of(leg) == Outcome::Late {
            self.flag(leg, Flags::CLIENT_COMPLAINED);
        }
    }
}

fn flow_of(seen: &Seen<'_, '_>) -> Flow {
    let (client_port, server_port) = super::packets::ports(seen.packet);
    Flow { place: seen.place, client: seen.source, client_port, server: seen.destination, server_port }
}

/// Whether one sequence number comes before another (RFC 9293 section 3.4: modulo 2^32).
const fn before(a: u32, b: u32) -> bool {
    b.wrapping_sub(a).wrapping_sub(1) < 0x7fff_ffff
}
