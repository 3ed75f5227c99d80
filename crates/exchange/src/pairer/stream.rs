//! Requests inside TCP connections, by byte ranges.
//!
//! A request is a turn: the client's bytes from the first one after the server's last answer up to
//! the server's next bytes. It is named by the sequence number of its first byte, which is the same
//! at every place, however offloads cut or merged the segments between. The first server bytes that
//! acknowledge anything of it are its reply.
//!
//! The client is the end that sent the SYN; where that was not captured, the one with the
//! ephemeral port; else the one that speaks first. A server that closes after the whole request has
//! answered, if only with that; one that resets has refused. A client that goes on sending for longer
//! than it would wait is streaming, not asking: such a turn stays unknown.
//!
//! A reply whose request was not seen at the same place pairs with none: its acknowledgement names
//! the end of the request, not its beginning.

use super::packets::{microseconds, ports};
use super::window::Flow;
use super::{DUPLICATE, DUPLICATE_SAME_ID, Pairer, Seen};
use crate::leg::{Flags, PlaceId};
use crate::lookup::Lookup;
use crate::names::{Endpoint, NONE};
use unanswered_table::Outcome;
use unanswered_table::Reason;
use unanswered_wire::protocols::tcp::RESET_BY_PEER;
use unanswered_wire::{ProtocolId, Span, Tcp, TcpData, Time};

/// Connections without data for one to two times this long are forgotten.
const FORGOTTEN_AFTER: Span = Span::from_seconds(600);

/// Ports from here on are ephemeral on most systems (RFC 6335 section 6 begins at 49152, Linux at
/// 32768), ports below 1024 never are.
const EPHEMERAL_FROM: u16 = 32768;
const WELL_KNOWN_BELOW: u16 = 1024;

/// A connection at one place: the lower end first.
type Key = (PlaceId, Endpoint, Endpoint);

/// The connections with data, in two generations by their last use.
#[derive(Clone, Debug, Default)]
pub(super) struct Streams {
    young: Lookup<Key, Connection>,
    old: Lookup<Key, Connection>,
    turned: Option<Time>,
}

#[derive(Clone, Copy, Debug)]
struct Connection {
    /// The client is the first of the key's two ends.
    client_is_first: bool,
    turn: Option<Turn>,
}

/// The newest request of a connection.
#[derive(Clone, Copy, Debug)]
struct Turn {
    leg: u32,
    /// Sequence number of its first byte, and the one after its last so far.
    start: u32,
    end: u32,
    /// When its newest byte passed.
    last: Time,
    /// Last transmission of its first segment.
    sent: Time,
    ip_id: u32,
    replied: bool,
}

impl Streams {
    fn get(&mut self, key: &Key, now: Time) -> Option<Connection> {
        let turned = *self.turned.get_or_insert(now);
        if now - turned > FORGOTTEN_AFTER {
            self.old = std::mem::take(&mut self.young);
            self.turned = Some(now);
        }
        self.young.get(key).or_else(|| self.old.get(key))
    }

    fn put(&mut self, key: Key, connection: Connection) {
        self.young.insert(key, connection);
    }
}

impl Pairer {
    /// Takes a segment that carries data or begins or ends a connection.
    pub(super) fn on_segment(&mut self, seen: &Seen<'_, '_>, tcp: &Tcp<'_>) {
        let source = Endpoint { address: seen.source, port: tcp.source_port };
        let destination = Endpoint { address: seen.destination, port: tcp.destination_port };
        let key = (seen.place, source.min(destination), source.max(destination));
        let source_is_first = source == key.1;
        if tcp.flags & Tcp::SYN != 0 {
            let client_is_first = source_is_first == (tcp.flags & Tcp::ACK == 0);
            // A retransmitted SYN-ACK must not cause a turn to be forgotten.
            if tcp.flags & Tcp::ACK == 0 || self.streams.get(&key, seen.now).is_none() {
                self.streams.put(key, Connection { client_is_first, turn: None });
            }
            return;
        }
        let known = self.streams.get(&key, seen.now);
        if known.is_none() && tcp.payload_length == 0 {
            return;
        }
        let guessed = || {
            let source_asks = asks_by_port(tcp.source_port, tcp.destination_port).unwrap_or(true);
            Connection { client_is_first: source_is_first == source_asks, turn: None }
        };
        let mut connection = known.unwrap_or_else(guessed);
        connection.turn = if source_is_first == connection.client_is_first {
            if tcp.flags & Tcp::RST != 0 {
                self.given_up(seen, connection.turn);
            }
            self.on_client_segment(seen, tcp, connection.turn)
        } else {
            self.on_server_segment(seen, tcp, connection.turn)
        };
        self.streams.put(key, connection);
    }

    /// The client's host resets what came late: nothing was waiting for it any more.
    fn given_up(&mut self, seen: &Seen<'_, '_>, turn: Option<Turn>) {
        let leg = match turn {
            Some(turn) => turn.replied.then_some(turn.leg),
            None => self.live.get(&flow_of(seen)),
        };
        let leg = leg.and_then(|leg| self.out.legs.get_mut(leg as usize));
        if let Some(leg) = leg.filter(|leg| leg.outcome == Outcome::Late) {
            leg.flags.set(Flags::CLIENT_COMPLAINED);
        }
    }

    fn on_client_segment(&mut self, seen: &Seen<'_, '_>, tcp: &Tcp<'_>, turn: Option<Turn>) -> Option<Turn> {
        if tcp.payload_length == 0 {
            return turn;
        }
        let (start, end) = (tcp.sequence, tcp.sequence.wrapping_add(tcp.payload_length));
        let Some(mut turn) = turn else { return Some(self.open_turn(seen, start, end)) };
        if start == turn.start {
            self.again(seen, &mut turn);
            if before(turn.end, end) && !turn.replied {
                turn.end = end;
            }
            return Some(turn);
        }
        if turn.replied {
            if !before(turn.end, end) {
                // Bytes of an answered request again.
                return Some(turn);
            }
            let fresh = if before(start, turn.end) { turn.end } else { start };
            return Some(self.open_turn(seen, fresh, end));
        }
        if before(start, turn.start) {
            // The first segment passed here after a later one.
            turn.start = start;
            self.out.legs[turn.leg as usize].fingerprint = TcpData::fingerprint(start);
        }
        if before(turn.end, end) {
            turn.end = end;
            turn.last = seen.now;
            self.touch(turn.leg, seen.now);
            self.streams_on(seen.now, turn.leg);
        }
        Some(turn)
    }

    /// A client that sends more after its time-out has passed is not waiting for a reply.
    fn streams_on(&mut self, now: Time, leg: u32) {
        let index = leg as usize;
        let waited = now - self.out.legs[index].time;
        if waited > self.out.config.timeout(ProtocolId::TCP_DATA)
            && self.out.legs[index].outcome == Outcome::Unanswered
        {
            self.out.legs[index].outcome = Outcome::Unknown;
            self.out.legs[index].reason = self.out.reasons.intern(Reason::Streaming);
        }
    }

    fn open_turn(&mut self, seen: &Seen<'_, '_>, start: u32, end: u32) -> Turn {
        self.out.tally.asks += 1;
        let leg = self.new_leg(seen, ProtocolId::TCP_DATA, &flow_of(seen), TcpData::fingerprint(start));
        let ip_id = seen.packet.ip.identification.unwrap_or(NONE);
        Turn { leg, start, end, last: seen.now, sent: seen.now, ip_id, replied: false }
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
        let leg = &mut self.out.legs[turn.leg as usize];
        leg.transmissions = leg.transmissions.saturating_add(1);
        leg.active_for_us = microseconds(seen.now - leg.time);
        turn.sent = seen.now;
        turn.ip_id = ip_id;
    }

    fn on_server_segment(&mut self, seen: &Seen<'_, '_>, tcp: &Tcp<'_>, turn: Option<Turn>) -> Option<Turn> {
        let mut turn = turn?;
        if turn.replied {
            return Some(turn);
        }
        let reset = tcp.flags & Tcp::RST != 0;
        let acknowledged = tcp.flags & Tcp::ACK != 0 && before(turn.start, tcp.acknowledgement);
        let closes = tcp.flags & Tcp::FIN != 0 && !before(tcp.acknowledgement, turn.end);
        let (outcome, reason) = if reset {
            (Outcome::Refused, Reason::Refused(RESET_BY_PEER))
        } else if acknowledged && (tcp.payload_length > 0 || closes) {
            if seen.now - turn.last > self.out.config.timeout(ProtocolId::TCP_DATA) {
                (Outcome::Late, Reason::AfterTimeout)
            } else {
                (Outcome::Answered, Reason::Plain)
            }
        } else {
            return Some(turn);
        };
        self.out.tally.answers += 1;
        self.out.tally.attached += 1;
        self.touch(turn.leg, seen.now);
        self.note_ttl(turn.leg, seen);
        let server = self.out.legs[turn.leg as usize].server;
        self.settle(turn.leg, seen.now, seen.number, outcome, reason, server);
        turn.replied = true;
        Some(turn)
    }
}

fn flow_of(seen: &Seen<'_, '_>) -> Flow {
    let (client_port, server_port) = ports(seen.packet);
    Flow { place: seen.place, client: seen.source, client_port, server: seen.destination, server_port }
}

/// Whether the source is the client, as far as port numbers show.
const fn asks_by_port(source: u16, destination: u16) -> Option<bool> {
    let (low, high) = if source < destination { (source, destination) } else { (destination, source) };
    if low < WELL_KNOWN_BELOW && high >= WELL_KNOWN_BELOW || low < EPHEMERAL_FROM && high >= EPHEMERAL_FROM {
        Some(source > destination)
    } else {
        None
    }
}

/// Whether one sequence number comes before another (RFC 9293 section 3.4: modulo 2^32).
const fn before(a: u32, b: u32) -> bool {
    b.wrapping_sub(a).wrapping_sub(1) < 0x7fff_ffff
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PlaceId;
    use crate::test_packets::{At, Made, check, tcp};

    const CLIENT: (&str, u16) = ("10.0.0.1", 40_000);
    const SERVER: (&str, u16) = ("10.9.0.1", 80);
    const ANSWERED: (Outcome, Reason) = (Outcome::Answered, Reason::Plain);

    /// From the client: its bytes begin at 100.
    fn asks(sequence: u32, bytes: u32) -> Made {
        tcp(CLIENT.0, CLIENT.1, SERVER.0, SERVER.1, Tcp::ACK, sequence, 500).data(bytes)
    }

    fn says(flags: u16, acknowledgement: u32, bytes: u32) -> Made {
        let flags = flags | Tcp::ACK;
        tcp(SERVER.0, SERVER.1, CLIENT.0, CLIENT.1, flags, 500, acknowledgement).data(bytes)
    }

    /// Something much later, so that the capture goes on.
    fn later() -> At {
        At(60_000, 0, tcp("10.0.0.7", 40_007, "10.9.0.7", 80, Tcp::FIN, 1, 1))
    }

    #[test]
    fn each_turn_of_a_connection_is_a_request() {
        let packets = [
            At(0, 0, asks(100, 50)),
            At(1, 0, says(0, 150, 1000)),
            At(2, 0, says(0, 150, 1000)),
            At(10, 0, asks(150, 20)),
            // Only acknowledged, then answered.
            At(11, 0, says(0, 170, 0)),
            At(12, 0, says(0, 170, 5)),
            later(),
        ];
        let all = check(&packets, &[ANSWERED, ANSWERED]);
        assert_eq!(all.get(1).reply_after(), Some(Span::from_milliseconds(2)));
    }

    #[test]
    fn a_request_in_pieces_is_one_however_they_were_cut() {
        // The same bytes in three segments at one place and merged at the other.
        let packets = [
            At(0, 0, asks(100, 50)),
            At(0, 0, asks(150, 50)),
            At(0, 0, asks(200, 50)),
            At(1, 1, asks(100, 150)),
            At(2, 1, says(0, 250, 10)),
            At(3, 0, says(0, 250, 10)),
            later(),
        ];
        let all = check(&packets, &[ANSWERED]);
        let places: Vec<PlaceId> = all.get(0).sightings().map(|s| s.place()).collect();
        assert_eq!(places, [PlaceId(0), PlaceId(1)]);
    }

    #[test]
    fn a_first_piece_that_comes_late_still_names_the_request() {
        let packets = [
            At(0, 0, asks(100, 50)),
            At(0, 0, asks(150, 50)),
            // Its first segment was lost in between and retransmitted.
            At(1, 1, asks(150, 50)),
            At(200, 0, asks(100, 50)),
            At(201, 1, asks(100, 50)),
            At(202, 1, says(0, 200, 10)),
            At(203, 0, says(0, 200, 10)),
            later(),
        ];
        let all = check(&packets, &[ANSWERED]);
        assert_eq!((all.get(0).sightings().len(), all.get(0).transmissions()), (2, 2));
    }

    #[test]
    fn bytes_of_an_answered_request_are_no_new_one() {
        let packets = [
            At(0, 0, asks(100, 50)),
            At(1, 0, says(0, 150, 10)),
            // The answer was lost behind this place; the client retransmits, whole and in part.
            At(300, 0, asks(100, 50)),
            At(301, 0, asks(120, 30)),
            later(),
        ];
        let all = check(&packets, &[ANSWERED]);
        assert_eq!(all.get(0).transmissions(), 2);
    }

    #[test]
    fn silence_is_unanswered_and_a_reset_refuses() {
        let reset = (Outcome::Refused, Reason::Refused(RESET_BY_PEER));
        check(&[At(0, 0, asks(100, 50)), At(1, 0, says(Tcp::RST, 150, 0)), later()], &[reset]);
        let silent = [At(0, 0, asks(100, 50)), At(1, 0, says(0, 150, 0)), later()];
        check(&silent, &[(Outcome::Unanswered, Reason::Plain)]);
        let slow = [At(0, 0, asks(100, 50)), At(7_000, 0, says(0, 150, 9)), later()];
        check(&slow, &[(Outcome::Late, Reason::AfterTimeout)]);
    }

    #[test]
    fn a_server_that_closes_behind_the_request_has_answered() {
        check(&[At(0, 0, asks(100, 50)), At(1, 0, says(Tcp::FIN, 150, 0)), later()], &[ANSWERED]);
        // It closed before it had the request.
        let crossed = [At(0, 0, asks(100, 50)), At(1, 0, says(Tcp::FIN, 100, 0)), later()];
        check(&crossed, &[(Outcome::Unanswered, Reason::Plain)]);
    }

    #[test]
    fn a_client_that_goes_on_sending_is_streaming() {
        let packets: Vec<At> = (0..20_u32)
            .map(|i| At(i64::from(i) * 1_000, 0, asks(100 + i * 50, 50)))
            .chain([later()])
            .collect();
        check(&packets, &[(Outcome::Unknown, Reason::Streaming)]);
    }

    #[test]
    fn a_late_reply_that_the_client_resets_is_marked() {
        let reset = tcp(CLIENT.0, CLIENT.1, SERVER.0, SERVER.1, Tcp::RST, 150, 0);
        let packets =
            [At(0, 0, asks(100, 50)), At(9_000, 0, says(0, 150, 9)), At(9_001, 0, reset.clone()), later()];
        let all = check(&packets, &[(Outcome::Late, Reason::AfterTimeout)]);
        assert!(all.get(0).nearest().client_complained());
        let syn = |at| At(at, 0, tcp(CLIENT.0, CLIENT.1, SERVER.0, SERVER.1, Tcp::SYN, 99, 0));
        let syn_ack = tcp(SERVER.0, SERVER.1, CLIENT.0, CLIENT.1, Tcp::SYN | Tcp::ACK, 499, 100);
        let packets = [syn(0), syn(1_000), At(1_500, 0, syn_ack), At(1_501, 0, reset), later()];
        let all = check(&packets, &[(Outcome::Late, Reason::Repeated)]);
        assert!(all.get(0).nearest().client_complained());
    }

    #[test]
    fn the_client_is_known_by_its_syn_or_its_port() {
        // From port 443 to 442: only the SYN says who is the client.
        let end = |from: u16, to: u16, flags, sequence, acknowledgement, bytes| {
            let (source, destination) = if from == 443 { (CLIENT.0, SERVER.0) } else { (SERVER.0, CLIENT.0) };
            tcp(source, from, destination, to, flags, sequence, acknowledgement).data(bytes)
        };
        let packets = [
            At(0, 0, end(443, 442, Tcp::SYN, 99, 0, 0)),
            At(1, 0, end(442, 443, Tcp::SYN | Tcp::ACK, 499, 100, 0)),
            // A greeting of the server asks nothing.
            At(2, 0, end(442, 443, Tcp::ACK, 500, 100, 30)),
            At(3, 0, end(443, 442, Tcp::ACK, 100, 530, 10)),
            At(4, 0, end(442, 443, Tcp::ACK, 530, 110, 30)),
            later(),
        ];
        check(&packets, &[ANSWERED, ANSWERED]);
        assert_eq!(asks_by_port(40_000, 80), Some(true));
        assert_eq!(asks_by_port(80, 40_000), Some(false));
        assert_eq!(asks_by_port(8080, 40_000), Some(false));
        assert_eq!(asks_by_port(443, 442), None);
    }

    #[test]
    fn sequence_numbers_wrap() {
        assert!(before(u32::MAX, 0) && before(0, 1) && !before(1, 1) && !before(1, 0));
        let packets = [At(0, 0, asks(u32::MAX - 9, 50)), At(1, 0, says(0, 40, 10)), later()];
        check(&packets, &[ANSWERED]);
    }
}
