//! Pairs requests with replies at each place, by the protocols' own identities.
//!
//! Sans-IO: packets and their times come in through `handle_*`, the only clock
//! is the packet's. [`Pairer::finish`] gives [`Legs`]: each request once for
//! each place that saw it, with exactly one outcome there. Joining the places
//! is the next stage's work.
//!
//! Within one place: a packet that asks with the identity and flow of a
//! request that is still remembered is that request again: a duplicate when
//! it is the same packet captured twice, else a retransmission. A packet that
//! answers goes to the newest request of its identity at its client; whether
//! it is right, late, refused or rejected follows from flow, question and
//! time. A better outcome replaces a worse one (answered, error, refused, late,
//! rejected, unanswered), never the other way round.

mod agree;
mod conclude;
mod datagrams;
mod errors;
mod fragments;
mod frames;
mod habits;
mod hardware;
mod packets;
mod part;
#[cfg(test)]
mod properties;
mod replies;
mod requests;
mod settling;
mod sides;
mod stream;
#[cfg(test)]
mod tests;
mod window;
mod withdraw;

use crate::config::PairerConfig;
use crate::copies::Copies;
use crate::feature_store::FeatureStore;
use crate::leg::{Flags, Leg, OrphanLeg, Place, PlaceId, Reasons, Side};
use crate::lookup::Lookup;
use crate::names::{AddressId, Addresses, NONE, Texts};
use datagrams::Datagrams;
use fragments::{Fragments, Part, PieceKey};
use frames::Frames;
pub use frames::{FrameCounts, UnpairedFrames};
use habits::Habits;
pub(crate) use hardware::{Hardware, Own, Question};
use packets::segment;
pub(crate) use part::From;
pub(crate) use replies::{is_initial, refused};
use settling::Settling;
pub use settling::{Deadline, Settled};
use sides::Sides;
use stream::{Origins, Streams};
use unanswered_capture::{Frame, VantageId};
use unanswered_table::Outcome;
use unanswered_wire::{
    Message, PROTOCOLS, Packet, ProtocolId, Span, Time, Transport, offered_address, recognise,
};
use window::Window;
pub(crate) use withdraw::PROBES_UP_TO;

/// The same packet captured twice at one place follows itself this fast: a bridge, a mirror port and a
/// router's two sides take microseconds, and no client retransmits within a millisecond.
const DUPLICATE: Span = Span::from_milliseconds(1);

/// With the same (non-zero) IP identification it may also be delayed by a queue.
const DUPLICATE_SAME_ID: Span = Span::from_milliseconds(100);

/// No client asks again sooner for want of a reply, and no TCP retransmits (Linux's `TCP_RTO_MIN`; RFC 6298 section 2.4 asks
/// for 1 s): what comes again sooner was not waited for, or crossed its reply.
pub(crate) const RETRANSMITTED_AFTER: Span = Span::from_milliseconds(200);

/// Connections, clients and servers of which nothing was seen for one to two times this long are forgotten.
const FORGOTTEN_AFTER: Span = Span::from_seconds(3600);

/// Slots for the fingerprints of the latest requests: a NAT's two sides come within microseconds.
const RECENT: usize = 4096;

/// How many packets asked and answered, and where each was counted: in equals out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PacketCounts {
    /// Packets that ask.
    pub asks: u64,
    /// Requests among them: one for each identity, flow and place.
    pub requests: u64,
    /// Those of conversations over UDP that turned out not to be questions and answers.
    pub withdrawn: u64,
    /// Retransmissions among them.
    pub repeats: u64,
    /// The same packet captured again at the same place.
    pub duplicates: u64,
    /// Packets that answer.
    pub answers: u64,
    /// Those attached to a request, right or wrong.
    pub attached: u64,
    /// Those whose request is not in the capture of that place.
    pub alone: u64,
    /// ICMP errors about a request or reply of a known protocol.
    pub errors: u64,
    /// Those attached to a request.
    pub errors_attached: u64,
    /// Requests that had to settle before their time, since too many were open.
    pub hurried: u64,
}

/// What the pairing of each place hands to the joining of places.
#[derive(Clone, Debug)]
pub(crate) struct Legs {
    pub(crate) legs: Vec<Leg>,
    /// The number of each in the whole pairing; empty where these are all.
    pub(crate) numbers: Vec<u32>,
    pub(crate) alone: Vec<OrphanLeg>,
    /// When TCP connections were seen to end, by leg.
    pub(crate) closings: Vec<(u32, Time)>,
    /// Addresses that DHCP servers offered.
    pub(crate) offers: Vec<Offer>,
    pub(crate) stores: [FeatureStore; PROTOCOLS.len()],
    pub(crate) addresses: Addresses,
    pub(crate) texts: Texts,
    pub(crate) reasons: Reasons,
    pub(crate) places: Vec<Place>,
    /// First and last frame of each vantage point.
    pub(crate) times: Vec<Option<(Time, Time)>>,
    /// The longest time without a frame at each vantage point, between two that it has.
    pub(crate) quiet: Vec<Span>,
    pub(crate) tally: PacketCounts,
    /// Where each frame went.
    pub(crate) frames: FrameCounts,
    /// Questions for neighbours.
    pub(crate) questions: Vec<Question>,
    /// By place.
    pub(crate) hardware: Vec<Hardware>,
    /// A place saw one fingerprint on two flows: both sides of a NAT in one capture.
    pub(crate) seen_again: bool,
    pub(crate) config: PairerConfig,
    /// Which recordings are in the input twice.
    pub(crate) copies: Copies,
}

impl Legs {
    /// Replies whose request was not seen at their place; those to questions for neighbours are not counted.
    pub(crate) fn orphans(&self) -> u64 {
        self.alone.iter().filter(|reply| !ProtocolId(reply.protocol).carrier().is_of_link()).count() as u64
    }
}

/// A DHCP server gave an address away.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offer {
    pub(crate) time: Time,
    pub(crate) server: AddressId,
    pub(crate) address: AddressId,
}

/// Pairs packets. See the module's documentation.
#[derive(Debug)]
pub struct Pairer {
    out: Legs,
    windows: [Window; PROTOCOLS.len()],
    retentions: [Span; PROTOCOLS.len()],
    fragments: Fragments,
    /// TCP connections with data.
    streams: Streams,
    /// Requests inside connections whose first bytes were not all captured, so that another place may know their protocol.
    unsure: Vec<u32>,
    /// Requests inside connections of whose answers too little was captured to read what they say.
    unread: Vec<u32>,
    settling: Settling,
    habits: Habits,
    origins: Origins,
    /// Addresses that end like a network's broadcast address, and have answered themselves: each is one machine's.
    one_machine: Lookup<AddressId, ()>,
    /// Conversations over UDP that no protocol claims.
    datagrams: Datagrams,
    frames: Frames,
    /// The interface or side in a capture on all interfaces -> place.
    known_places: Lookup<(u16, u32, Option<Side>), u16>,
    sides: Sides,
    last_place: PlaceId,
    /// Frames whose hardware addresses were looked at.
    hardware_noted: u32,
    /// Fingerprints of the latest requests, each in the slot of its low bits.
    recent: Vec<(u64, Time)>,
    now: Time,
}

/// Which frame of which input, seen from where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameId {
    /// Where it was captured.
    pub vantage: VantageId,
    /// Index of the input file.
    pub input: u16,
    /// Number within the file, from 1.
    pub number: u64,
}

/// A packet while the pairer handles it.
struct Seen<'a, 'p> {
    now: Time,
    place: PlaceId,
    input: u16,
    number: u32,
    packet: &'a Packet<'p>,
    source: AddressId,
    destination: AddressId,
}

impl Pairer {
    /// A pairer that has seen no packets.
    #[must_use]
    pub fn new(config: PairerConfig) -> Self {
        let id = |index| u8::try_from(index).map(ProtocolId).expect("there are fewer than 256 protocols");
        let retentions = std::array::from_fn(|index| config.retention(id(index)));
        Self {
            retentions,
            out: Legs {
                legs: Vec::new(),
                numbers: Vec::new(),
                alone: Vec::new(),
                closings: Vec::new(),
                offers: Vec::new(),
                stores: Default::default(),
                addresses: Addresses::default(),
                texts: Texts::default(),
                reasons: Reasons::default(),
                places: Vec::new(),
                times: Vec::new(),
                quiet: Vec::new(),
                tally: PacketCounts::default(),
                frames: FrameCounts::default(),
                questions: Vec::new(),
                hardware: Vec::new(),
                seen_again: false,
                config,
                copies: Copies::default(),
            },
            recent: vec![(0, Time::from_nanoseconds(0)); RECENT],
            windows: Default::default(),
            fragments: Fragments::default(),
            streams: Streams::default(),
            unsure: Vec::new(),
            unread: Vec::new(),
            settling: Settling::new(retentions),
            habits: Habits::default(),
            origins: Origins::default(),
            one_machine: Lookup::default(),
            datagrams: Datagrams::default(),
            frames: Frames::default(),
            known_places: Lookup::default(),
            sides: Sides::default(),
            last_place: PlaceId(0),
            hardware_noted: 0,
            now: Time::from_nanoseconds(i64::MIN),
        }
    }

    /// Notes that the vantage point saw a frame, understood or not: it was capturing then.
    pub fn handle_frame(&mut self, now: Time, vantage: VantageId) {
        let index = usize::from(vantage.0);
        if self.out.times.len() <= index {
            self.out.times.resize(index + 1, None);
            self.out.quiet.resize(index + 1, Span::default());
        }
        let span = self.out.times[index].get_or_insert((now, now));
        self.out.quiet[index] = self.out.quiet[index].max(now - span.1);
        *span = (span.0.min(now), span.1.max(now));
    }

    /// Compares a frame with those of other inputs: a recording may be there twice. Frames come in order of time.
    pub(crate) fn handle_recording(&mut self, input: u16, frame: &Frame<'_>) {
        self.out.copies.handle(input, frame);
    }

    /// Takes one packet, captured at `now`.
    ///
    /// Times may go back a little between packets of different places; what is forgotten depends on the
    /// latest time seen.
    pub fn handle_packet(&mut self, now: Time, frame: FrameId, packet: &Packet<'_>) {
        self.handle_frame(now, frame.vantage);
        self.now = self.now.max(now);
        self.settle_due();
        self.frames.handled += 1;
        let message = recognise(packet);
        let is_error = matches!(packet.transport, Transport::Error(_));
        let segment = segment(packet);
        let fragment = packet.ip.more_fragments || packet.ip.fragment_offset > 0;
        let claimed = message.is_some();
        self.note_offer(now, packet);
        if claimed {
            self.frames.paired += 1;
        } else if segment.is_some() {
            self.count_segment();
        } else if !is_error && self.is_unpaired(now, frame, packet) {
            return;
        }
        let (source, destination) = packet.ends();
        let source = self.out.addresses.intern(source);
        let destination = self.out.addresses.intern(destination);
        let place =
            self.place_of(frame.vantage, packet, message.as_ref().map(|m| &m.1), [source, destination]);
        let seen = Seen {
            now,
            place,
            input: frame.input,
            // Frame numbers beyond 2^32 would need a file of more than 60 GB of empty frames.
            number: u32::try_from(frame.number).unwrap_or(u32::MAX),
            packet,
            source,
            destination,
        };
        self.note_hardware(&seen);
        let mut part = None;
        if let Some((protocol, message)) = message {
            self.forget(protocol);
            part = self.on_message(&seen, protocol, &message, fragment);
        }
        if let Transport::Error(error) = &packet.transport {
            let errors = self.out.tally.errors_attached;
            self.on_error(&seen, error);
            self.count_error(now, frame, packet, errors);
        }
        if let Some(tcp) = segment {
            self.on_segment(&seen, tcp);
        }
        if fragment {
            self.on_fragment(&seen, part, claimed);
        }
    }

    /// Ends the capture: gives every request's outcome at every place.
    ///
    /// # Panics
    /// When a packet that came in is not counted: a bug in the pairer.
    pub(crate) fn finish(mut self) -> Legs {
        self.handle_end();
        self.out.agree(&self.unsure, &self.unread);
        self.withdraw();
        self.out.frames = self.frames.counts();
        let t = self.out.tally;
        assert_eq!(t.asks, t.requests + t.repeats + t.duplicates, "every packet that asks went somewhere");
        assert_eq!(t.answers, t.attached + t.alone, "every packet that answers went somewhere");
        let legs = self.out.legs.len() as u64;
        assert_eq!(t.requests, legs + t.withdrawn, "every request has its one leg, or was withdrawn");
        self.out.closings.sort_unstable();
        for store in &mut self.out.stores {
            store.shrink();
        }
        self.out
    }

    fn note_offer(&mut self, now: Time, packet: &Packet<'_>) {
        let Some(address) = offered_address(packet) else { return };
        let addresses = &mut self.out.addresses;
        let (server, address) = (addresses.intern(packet.ends().0), addresses.intern(address));
        self.out.offers.push(Offer { time: now, server, address });
    }

    fn place_of(
        &mut self,
        vantage: VantageId,
        packet: &Packet<'_>,
        message: Option<&Message>,
        [source, destination]: [AddressId; 2],
    ) -> PlaceId {
        let interface = packet.link.interface_index;
        let side = if packet.link.direction.is_some() || packet.link.flagged_direction.is_some() {
            self.sides.of(self.now, vantage.0, packet, message, [source, destination])
        } else {
            None
        };
        let same =
            |place: &Place| place.vantage == vantage && place.interface == interface && place.side == side;
        if self.out.places.get(usize::from(self.last_place.0)).is_some_and(same) {
            return self.last_place;
        }
        let places = &mut self.out.places;
        let id = self.known_places.or_insert_with((vantage.0, interface.unwrap_or(NONE), side), || {
            places.push(Place {
                vantage,
                interface,
                side,
                requests: 0,
                replies: 0,
                orphan_replies: 0,
                errors: 0,
                segments: false,
            });
            u16::try_from(places.len() - 1).expect("fewer than 65,536 interfaces")
        });
        self.last_place = PlaceId(id);
        self.last_place
    }

    fn forget(&mut self, protocol: ProtocolId) {
        let before = self.now - self.retentions[usize::from(protocol.0)];
        self.windows[usize::from(protocol.0)].expire(before);
    }

    fn on_message(
        &mut self,
        seen: &Seen<'_, '_>,
        protocol: ProtocolId,
        message: &Message,
        fragment: bool,
    ) -> Option<Part> {
        let mut part = None;
        if let Some((identity, answer)) = message.answers {
            part = self.on_answer(seen, protocol, identity, answer, message.fingerprint, fragment);
        }
        if let Some(identity) = message.asks {
            part = self.on_request(seen, protocol, identity, message.fingerprint, fragment);
        }
        part
    }

    fn on_fragment(&mut self, seen: &Seen<'_, '_>, part: Option<Part>, claimed: bool) {
        let ip = &seen.packet.ip;
        let key = PieceKey {
            place: seen.place,
            source: seen.source,
            destination: seen.destination,
            identification: ip.identification.unwrap_or(0),
            protocol: ip.protocol,
        };
        let whole = self.fragments.handle_fragment(seen.now, key, ip, part, claimed);
        self.claim_fragments(self.fragments.found);
        match whole {
            Some(Part::Request { leg }) => {
                self.out.legs[leg as usize].flags.clear(Flags::REQUEST_INCOMPLETE);
            }
            Some(Part::Reply { leg, frame, answer }) => {
                self.on_right_reply(leg, seen.now, frame, answer);
            }
            None => {}
        }
    }
}

/// The order in which outcomes win over each other at one place.
pub(crate) const fn rank(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Answered => 0,
        Outcome::Error => 1,
        Outcome::Refused => 2,
        Outcome::Late => 3,
        Outcome::Rejected => 4,
        Outcome::Unanswered => 5,
        Outcome::Superseded | Outcome::NoneDue | Outcome::Unknown => 6,
    }
}
