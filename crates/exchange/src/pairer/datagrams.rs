//! Conversations over UDP that no protocol claims: which of them ask and answer.
//!
//! Nothing in such a datagram says whether it asks. What does is the order on its flow, and only a strict one is believed,
//! since what goes both ways at its own pace (media, games, tunnels) and what goes one way (logs, flows of measurements)
//! must never be taken for questions without an answer:
//!
//! - The client is the end whose port is no service's, else the one that speaks first. Where the server is heard first, the
//!   flow is none of ours.
//! - A datagram of the client is a question, one of the server after it its reply. The same payload again before the reply is
//!   a retransmission, and each of those may bring a reply of its own. The same packet captured twice is one.
//! - Another payload before the reply ends it: the flow does not ask and answer. So does a datagram of the server without a
//!   question, or after the question is no longer remembered. But a client that has waited for its time-out, or for
//!   [`GIVES_UP`] where it has had [`KNOWN_ANSWERS`], may ask something else.
//! - Two datagrams of the client numbered like those of a media stream (RTP), or [`PACED`] of them at one pace, end it too.
//! - An ICMP error about a question is its answer.
//! - A short datagram of the client soon after a reply may acknowledge it and ask nothing (Rx, TFTP): where it gets nothing, is
//!   not sent again, and none of its length was ever answered on its flow, it is unknown whether a reply was due.
//! - What comes to a port that has just sent to many machines, from the port that it sent to, is the answer of one of them: the
//!   flow was begun by the server, however alike its two ports are (NetBIOS names, mDNS).
//!
//! What ended is counted as not paired, and in the end all its requests are withdrawn, and those without a reply where
//! nothing else shows that they were due one: [`withdraw`](super::withdraw).
//!
//! **Memory.** One entry a flow, forgotten ten to twenty minutes after its last datagram. Each first datagram is a request
//! until the end: some 130 bytes for each port of a port scan.

#[cfg(test)]
mod tests;

use super::errors::About;
use super::frames::Heard;
use super::window::Flow;
use super::{DUPLICATE, DUPLICATE_SAME_ID, FrameId, Pairer, Seen};
use crate::leg::PlaceId;
use crate::lookup::Generations;
use crate::names::{Endpoint, NONE};
use unanswered_table::{Outcome, Reason};
use unanswered_wire::{
    Answer, Datagram, Media, Packet, ProtocolId, Span, Time, Transport, Unpaired, asks_by_service,
};

/// Answers after which a flow, or a service, is known to answer.
pub(super) const KNOWN_ANSWERS: u32 = 3;

/// No resolver, poller or game asks something else within a second of a question that it still waits for (resolv.conf's
/// `timeout` is whole seconds).
const GIVES_UP: Span = Span::from_seconds(1);

/// Questions in a row at one pace that show a stream: half a second of a call at 20 ms a packet, twice.
const PACED: u8 = 50;

/// Acknowledgements are sent at once or delayed by less than that (RFC 1122 section 4.2.3.2, which Rx follows as well).
const ACKNOWLEDGED_WITHIN: Span = Span::from_milliseconds(500);

/// IP packets of this length pass every network (RFC 791): a longer datagram may be lost because it is long.
const SHORT: u16 = 576 - 28;

/// Streams send more often than that.
const PACED_WITHIN: Span = Span::from_milliseconds(100);

/// The traceroute programs count their ports up from 33434: there equal payloads are told apart by the port, which below
/// a translation may change.
const PORT_TELLS_FROM: u16 = 32768;

/// A flow at one place: the lower end first.
type Key = (PlaceId, Endpoint, Endpoint);

/// How far a conversation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Talk {
    /// The client waits for a reply.
    Asking,
    /// It has one; so many more may come, for its retransmissions.
    Told(u8),
    /// It does not ask and answer.
    Ended,
}

/// One conversation.
#[derive(Clone, Copy, Debug)]
struct Conversation {
    client_is_first: bool,
    talk: Talk,
    heard: Heard,
    /// The kind that its frames are counted as.
    group: u32,
    /// Index of its newest request in [`Datagrams::asked`], of itself in [`Datagrams::fates`]; [`NONE`] where none was asked.
    asked: u32,
    fate: u32,
    answered: u32,
    /// The length of the newest question, and one bit for those that were answered, by their remainder of 64.
    length: u16,
    answered_lengths: u64,
    /// The newest datagram of either end.
    client: Last,
    server: Last,
    media: Option<Media>,
    /// The client's latest gap, in microseconds, and how many in a row were like it.
    gap: u32,
    paced: u8,
}

/// A datagram that may come again.
#[derive(Clone, Copy, Debug)]
struct Last {
    content: u64,
    at: Time,
    ip_id: u32,
}

impl Last {
    fn of(seen: &Seen<'_, '_>, datagram: &Datagram) -> Self {
        let ip_id = seen.packet.ip.identification.unwrap_or(NONE);
        Self { content: datagram.content, at: seen.now, ip_id }
    }

    /// The same packet, captured again.
    fn is_again(self, earlier: Self) -> bool {
        let gap = Span::from_nanoseconds((self.at - earlier.at).nanoseconds().abs());
        let same_id = self.ip_id != NONE && self.ip_id != 0 && self.ip_id == earlier.ip_id;
        self.content == earlier.content && (gap < DUPLICATE || same_id && gap < DUPLICATE_SAME_ID)
    }
}

/// A request of such a conversation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) leg: u32,
    pub(super) fate: u32,
    /// Its frames, with those of its replies.
    pub(super) frames: u32,
    /// ICMP errors about it, and the kind that they are counted as.
    pub(super) errors: u32,
    pub(super) error_group: u32,
}

/// What became of a conversation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fate {
    pub(super) group: u32,
    /// It does not ask and answer.
    pub(super) ended: bool,
    /// Both ends were heard.
    pub(super) both: bool,
}

/// The conversations of all places.
#[derive(Clone, Debug, Default)]
pub(super) struct Datagrams {
    conversations: Generations<Key, Conversation>,
    pub(super) asked: Vec<Asked>,
    pub(super) fates: Vec<Fate>,
    /// The request that the latest ICMP error is about.
    pub(super) latest_error: Option<u32>,
    /// When a port last sent to many machines, and to which port: vantage point, sender, port sent to.
    called: Generations<(u16, Endpoint, u16), Time>,
}

impl Datagrams {
    /// Notes an error about a request; `false` when there are other errors about it already.
    pub(super) fn note_error(&mut self, asked: u32, group: u32) -> bool {
        let asked = &mut self.asked[asked as usize];
        let first = asked.errors == 0;
        if first {
            asked.error_group = group;
        }
        let same = asked.error_group == group;
        asked.errors += u32::from(same);
        same
    }
}

fn index(length: usize) -> u32 {
    u32::try_from(length).expect("fewer than 2^32 requests fit in memory")
}

impl Pairer {
    /// Takes a datagram that no protocol claims.
    pub(super) fn on_datagram(&mut self, now: Time, frame: FrameId, packet: &Packet<'_>, datagram: Datagram) {
        let Transport::Udp(udp) = packet.transport else { return };
        let source = self.out.addresses.intern(packet.ip.source);
        let destination = self.out.addresses.intern(packet.ip.destination);
        let seen = Seen {
            now,
            place: self.place_of(frame.vantage, packet, None, [source, destination]),
            input: frame.input,
            number: u32::try_from(frame.number).unwrap_or(u32::MAX),
            packet,
            source,
            destination,
        };
        let from = Endpoint { address: source, port: udp.source_port };
        let to = Endpoint { address: destination, port: udp.destination_port };
        let key = (seen.place, from.min(to), from.max(to));
        let is_first = from == key.1;
        let known = self.datagrams.conversations.get(now, &key);
        let mut talk = known.unwrap_or_else(|| self.begin(&seen, &datagram, [from, to], is_first));
        self.frames.count_heard(talk.group, &mut talk.heard, is_first);
        if talk.talk != Talk::Ended {
            if is_first == talk.client_is_first {
                self.on_question(&seen, &datagram, &mut talk, known.is_none());
            } else {
                self.on_told(&seen, &datagram, &mut talk);
            }
        }
        if let Some(fate) = self.datagrams.fates.get_mut(talk.fate as usize) {
            fate.ended = talk.talk == Talk::Ended;
            fate.both = talk.heard.both;
        }
        self.datagrams.conversations.put(key, talk);
    }

    /// A conversation of which nothing was heard; one that the server begins has ended.
    fn begin(
        &mut self,
        seen: &Seen<'_, '_>,
        datagram: &Datagram,
        [from, to]: [Endpoint; 2],
        is_first: bool,
    ) -> Conversation {
        let group = self.frames.group(Unpaired::of(seen.packet));
        let vantage = self.out.places[usize::from(seen.place.0)].vantage.0;
        let called = self.datagrams.called.get(seen.now, &(vantage, to, from.port));
        let answers = called.is_some_and(|at| seen.now - at <= self.out.config.retention(ProtocolId::UDP));
        let asks = !answers && asks_by_service(from.port, to.port).unwrap_or(true);
        let last = Last::of(seen, datagram);
        let fate = if asks { index(self.datagrams.fates.len()) } else { NONE };
        if asks {
            self.datagrams.fates.push(Fate { group, ended: false, both: false });
        }
        Conversation {
            client_is_first: is_first == asks,
            talk: if asks { Talk::Told(0) } else { Talk::Ended },
            heard: Heard::nothing(is_first),
            group,
            asked: NONE,
            fate,
            answered: 0,
            length: 0,
            answered_lengths: 0,
            client: last,
            server: last,
            media: datagram.media,
            gap: 0,
            paced: 0,
        }
    }

    fn on_question(
        &mut self,
        seen: &Seen<'_, '_>,
        datagram: &Datagram,
        talk: &mut Conversation,
        begins: bool,
    ) {
        let last = Last::of(seen, datagram);
        if begins {
            self.ask(seen, datagram, talk);
            return;
        }
        if last.is_again(talk.client) {
            self.out.tally.asks += 1;
            self.out.tally.duplicates += 1;
            self.belongs(talk);
            return;
        }
        let gap = last.at - talk.client.at;
        let media = talk.media.zip(datagram.media).is_some_and(|(old, new)| new.follows(old));
        if media || talk.is_paced(gap) {
            talk.talk = Talk::Ended;
            return;
        }
        match talk.talk {
            Talk::Asking if last.content == talk.client.content => self.repeat(seen, talk),
            Talk::Asking => {
                let waits = self.out.config.timeout(ProtocolId::UDP);
                if gap >= waits || (talk.answered >= KNOWN_ANSWERS && gap >= GIVES_UP) {
                    self.ask(seen, datagram, talk);
                } else {
                    talk.talk = Talk::Ended;
                }
            }
            Talk::Told(_) => self.ask(seen, datagram, talk),
            Talk::Ended => {}
        }
        talk.client = last;
        talk.media = datagram.media;
    }

    /// The same question, sent again.
    fn repeat(&mut self, seen: &Seen<'_, '_>, talk: &Conversation) {
        self.out.tally.asks += 1;
        self.out.tally.repeats += 1;
        let asked = self.datagrams.asked[talk.asked as usize];
        self.touch(asked.leg, seen.now);
        let leg = &mut self.out.legs[asked.leg as usize];
        leg.transmissions = leg.transmissions.saturating_add(1);
        if leg.outcome == Outcome::Unanswered {
            // What is sent again wants an answer.
            leg.reason = self.out.reasons.intern(Reason::Plain);
        }
        self.belongs(talk);
    }

    fn ask(&mut self, seen: &Seen<'_, '_>, datagram: &Datagram, talk: &mut Conversation) {
        let (client_port, server_port) = super::packets::ports(seen.packet);
        let flow = Flow {
            place: seen.place,
            client: seen.source,
            client_port,
            server: seen.destination,
            server_port,
        };
        let by_port = if server_port >= PORT_TELLS_FROM { u64::from(server_port) << 48 } else { 0 };
        let fingerprint = if datagram.tells { (datagram.content ^ by_port).max(1) } else { 0 };
        self.out.tally.asks += 1;
        let leg = self.new_leg(seen, ProtocolId::UDP, &flow, fingerprint);
        talk.asked = index(self.datagrams.asked.len());
        let asked = Asked { leg, fate: talk.fate, frames: 1, errors: 0, error_group: NONE };
        self.datagrams.asked.push(asked);
        if talk.may_acknowledge(seen) {
            self.out.legs[leg as usize].reason = self.out.reasons.intern(Reason::Streaming);
        }
        talk.length = length(seen);
        talk.talk = Talk::Asking;
    }

    fn on_told(&mut self, seen: &Seen<'_, '_>, datagram: &Datagram, talk: &mut Conversation) {
        let last = Last::of(seen, datagram);
        let waited = last.at - talk.client.at;
        let open = waited <= self.out.config.retention(ProtocolId::UDP);
        let again = talk.heard.both && talk.answered > 0 && last.is_again(talk.server);
        let due = match talk.talk {
            Talk::Asking if open => {
                talk.answered += 1;
                talk.answered_lengths |= bit(talk.length);
                let leg = self.datagrams.asked[talk.asked as usize].leg;
                self.out.legs[leg as usize].transmissions.saturating_sub(1)
            }
            Talk::Told(due) if again => due,
            Talk::Told(due) if due > 0 && open => due - 1,
            Talk::Asking | Talk::Told(_) | Talk::Ended => {
                talk.talk = Talk::Ended;
                return;
            }
        };
        talk.talk = Talk::Told(due);
        talk.server = last;
        self.out.tally.answers += 1;
        self.out.tally.attached += 1;
        self.belongs(talk);
        let leg = self.datagrams.asked[talk.asked as usize].leg;
        self.touch(leg, seen.now);
        self.note_ttl(leg, seen);
        self.on_right_reply(leg, seen.now, seen.number, Answer::Given);
    }

    /// Notes that a port has sent to many machines: each may answer it, from its own address.
    pub(super) fn note_call(&mut self, now: Time, vantage: u16, packet: &Packet<'_>) {
        let Transport::Udp(udp) = packet.transport else { return };
        if packet.goes_to_many() {
            let address = self.out.addresses.intern(packet.ip.source);
            let from = Endpoint { address, port: udp.source_port };
            let key = (vantage, from, udp.destination_port);
            // Looking at it also lets what is too old be forgotten.
            self.datagrams.called.get(now, &key);
            self.datagrams.called.put(key, now);
        }
    }

    /// The frame is one of the newest request's.
    fn belongs(&mut self, talk: &Conversation) {
        self.datagrams.asked[talk.asked as usize].frames += 1;
    }

    /// The request that an ICMP error is about, by the ends of the datagram that it quotes.
    pub(super) fn about_datagram(&mut self, quoted: &Flow) -> Option<About> {
        let from = Endpoint { address: quoted.client, port: quoted.client_port };
        let to = Endpoint { address: quoted.server, port: quoted.server_port };
        let key = (quoted.place, from.min(to), from.max(to));
        let mut talk = self.datagrams.conversations.get(self.now, &key)?;
        let asked = *self.datagrams.asked.get(talk.asked as usize)?;
        self.datagrams.latest_error = Some(talk.asked);
        if (from == key.1) != talk.client_is_first {
            return Some(About::Reply(asked.leg));
        }
        if talk.talk == Talk::Asking {
            // A router may have said it, and a retransmission may come through.
            talk.talk = Talk::Told(self.out.legs[asked.leg as usize].transmissions);
            self.datagrams.conversations.put(key, talk);
        }
        Some(About::Request(asked.leg))
    }
}

/// The datagram's length with its header.
const fn length(seen: &Seen<'_, '_>) -> u16 {
    if let Transport::Udp(udp) = &seen.packet.transport { udp.length } else { 0 }
}

const fn bit(length: u16) -> u64 {
    1 << (length % 64)
}

impl Conversation {
    /// Whether a datagram of the client may acknowledge the reply before it.
    fn may_acknowledge(&self, seen: &Seen<'_, '_>) -> bool {
        let length = length(seen);
        let soon = self.answered > 0 && seen.now - self.server.at < ACKNOWLEDGED_WITHIN;
        soon && length <= SHORT && self.answered_lengths & bit(length) == 0
    }

    /// Notes the gap between two questions; whether so many were alike that nobody waits for a reply between them.
    fn is_paced(&mut self, gap: Span) -> bool {
        let gap_us = super::packets::microseconds(gap);
        let alike = gap_us.abs_diff(self.gap) <= self.gap / 4 && gap <= PACED_WITHIN && gap_us > 0;
        self.paced = if alike { self.paced.saturating_add(1) } else { 0 };
        self.gap = gap_us;
        self.paced >= PACED
    }
}

/// Whether the request got something that is kept: a reply or an error.
pub(super) const fn was_told(outcome: Outcome) -> bool {
    !matches!(outcome, Outcome::Unanswered | Outcome::Unknown)
}
