//! All requests with what became of them, in the order of their times.

mod by_protocol;
mod capture_metadata;
mod lookups;
mod said_no;
mod sighting;
mod sign;
mod window;

pub use by_protocol::{ProtocolTotals, ReasonCount};
pub(crate) use lookups::LookupsSoFar;
pub use said_no::{SaidNo, Speaker};
pub use sign::Sign;
pub(crate) use window::{Cut, Sorted};

use crate::PlaceId;
use crate::feature_store::Meaning;
use crate::join::{Carried, ClockEstimate, During, Joined, join};
use crate::leg::{Flags, Leg, Place};
use crate::names::AddressId;
use crate::pairer::{FrameCounts, Legs, PacketCounts, Pairer, is_initial};
use crate::wanted;
pub use lookups::Lookups;
use std::net::IpAddr;
use unanswered_capture::{InputSummary, Vantage, VantageId};
use unanswered_narrow::Narrowed;
use unanswered_registry::{Feature, Refusal};
use unanswered_table::Reason;
use unanswered_table::{Outcome, OutcomeCounts};
use unanswered_wire::{PROTOCOLS, ProtocolId, Span, Time};

/// Requests by outcome, and orphan replies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// What became of them.
    pub outcomes: OutcomeCounts,
    /// Replies whose request no place saw.
    pub orphan_replies: u64,
}

/// Requests paired and joined over all places. Row numbers go from 0 in the order of time.
#[derive(Clone, Debug)]
pub struct Exchanges {
    legs: Legs,
    joined: Joined,
    vantages: Vec<Vantage>,
    inputs: Vec<InputSummary>,
    narrowed: Narrowed,
    lookups: LookupsSoFar,
    /// Where this is a window that others follow, its end: lookups may go on after it.
    goes_on_after: Option<Time>,
}

/// One request with its replies: a view of one row.
#[derive(Clone, Copy, Debug)]
pub struct Exchange<'a> {
    all: &'a Exchanges,
    row: u32,
}

/// One request as one place saw it.
#[derive(Clone, Copy, Debug)]
pub struct Sighting<'a> {
    all: &'a Exchanges,
    leg: &'a Leg,
    number: u32,
}

/// A frame of one of the inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputFrame {
    /// Index of the input file.
    pub input: usize,
    /// Number within the file, from 1.
    pub number: u64,
}

/// A refusal as one place saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefusalSeen {
    /// What was said.
    pub refusal: Refusal,
    /// Who sent it, where that was somebody other than the server or an error names its sender.
    pub from: Option<IpAddr>,
}

/// First and last frame of a vantage point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaptureTimes {
    /// Time of the first frame.
    pub first: Time,
    /// Time of the last one.
    pub last: Time,
}

/// A reply that a place saw without its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrphanReply {
    /// Where.
    pub place: PlaceId,
    /// When, on the clock that the places share.
    pub time: Time,
    /// Index of the input file.
    pub input: usize,
    /// Frame number in that file.
    pub frame: u64,
    /// Time to live, as seen there.
    pub ttl: u8,
    /// Its sender.
    pub server: AddressId,
}

impl OrphanReply {
    /// No router has lowered its time to live.
    #[must_use]
    pub const fn unrouted(&self) -> bool {
        is_initial(self.ttl)
    }
}

/// A feature that requests of a protocol have.
#[derive(Clone, Copy, Debug)]
pub struct StoredFeature {
    /// The protocol.
    pub protocol: ProtocolId,
    /// The feature.
    pub feature: &'static Feature,
    /// What its numbers stand for.
    pub meaning: Meaning,
    index: u16,
}

impl Exchanges {
    /// Ends the pairing and joins the places; both lists are in the order of their numbers.
    ///
    /// Questions for neighbours (ARP, neighbour discovery) are among the requests only where one of them failed, or there is nothing else: answered ones
    /// go before the first packet to each machine, and beside the requests that somebody asks about they would be noise.
    #[must_use]
    pub fn new(pairer: Pairer, vantages: Vec<Vantage>, inputs: Vec<InputSummary>) -> Self {
        let mut legs = pairer.finish();
        let mut joined = judge(&mut legs, &vantages, During::ALWAYS, &mut Carried::default());
        joined.set_quiet_neighbours_aside(&legs);
        Self {
            legs,
            joined,
            vantages,
            inputs,
            narrowed: Narrowed::default(),
            lookups: LookupsSoFar::default(),
            goes_on_after: None,
        }
    }

    /// Notes which frames of the inputs the pairer was given, and how many it was not.
    ///
    /// # Panics
    /// When a frame that was read is not counted, or twice.
    pub(crate) fn of_frames(mut self, narrowed: Narrowed, not_understood: u64, left_out: u64) -> Self {
        let frames = &mut self.legs.frames;
        (frames.not_understood, frames.left_out) = (not_understood, left_out);
        frames.read = self.inputs.iter().map(|input| input.frames).sum();
        assert_eq!(frames.read, frames.sum(), "every frame that was read went somewhere");
        Self { narrowed, ..self }
    }

    /// Number of requests.
    #[must_use]
    pub fn len(&self) -> usize {
        self.joined.outcomes.len()
    }

    /// Whether there are no requests.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One request.
    ///
    /// # Panics
    /// When there is no such row.
    #[must_use]
    pub fn get(&self, row: u32) -> Exchange<'_> {
        assert!((row as usize) < self.len(), "row {row} of {}", self.len());
        Exchange { all: self, row }
    }

    /// All requests in the order of time.
    pub fn iter(&self) -> impl Iterator<Item = Exchange<'_>> + '_ {
        (0u32..).take(self.len()).map(|row| Exchange { all: self, row })
    }

    /// What became of lookups: requests of one client that ask for the same until one is answered. `None` where each request
    /// is a lookup of its own.
    #[must_use]
    pub fn lookups(&self) -> Option<Lookups> {
        let mut before = self.lookups.clone();
        before.add(self, self.goes_on_after).filter(|(_, several)| *several).map(|(lookups, _)| lookups)
    }

    /// What became of the lookups that were over by the end of this window, also where each request was one of its own; `None`
    /// where no protocol has any.
    #[must_use]
    pub fn lookups_ended(&self) -> Option<Lookups> {
        let mut before = self.lookups.clone();
        before.add(self, self.goes_on_after).map(|(lookups, _)| lookups)
    }

    /// How long clients of the protocol wait for a reply.
    #[must_use]
    pub fn timeout(&self, protocol: ProtocolId) -> Span {
        self.legs.config.timeout(protocol)
    }

    /// The requests with that outcome for that reason, in the order of time.
    pub(crate) fn because(
        &self,
        outcome: Outcome,
        reason: Reason,
    ) -> impl Iterator<Item = Exchange<'_>> + '_ {
        let number = self.legs.reasons.number(reason);
        let rows = (0u32..).zip(self.joined.outcomes.iter().zip(&self.joined.reasons));
        let like = rows.filter(move |(_, (o, r))| **o == outcome && Some(**r) == number);
        like.map(|(row, _)| Exchange { all: self, row })
    }

    /// All outcomes.
    #[must_use]
    pub fn outcomes(&self) -> &[Outcome] {
        &self.joined.outcomes
    }

    /// What was read of each input file.
    #[must_use]
    pub fn inputs(&self) -> &[InputSummary] {
        &self.inputs
    }

    /// Which frames of the inputs were looked at.
    #[must_use]
    pub const fn narrowed(&self) -> &Narrowed {
        &self.narrowed
    }

    /// The vantage points: files, or interfaces of pcapng files.
    #[must_use]
    pub fn vantages(&self) -> &[Vantage] {
        &self.vantages
    }

    /// The places at which packets were seen.
    #[must_use]
    pub fn places(&self) -> &[Place] {
        &self.legs.places
    }

    /// The name of a place: its vantage point's, with the interface index in a capture on all interfaces.
    #[must_use]
    pub fn place_name(&self, place: PlaceId) -> String {
        self.legs
            .places
            .get(usize::from(place.0))
            .map_or_else(String::new, |p| capture_metadata::name_of(p, &self.legs.places, &self.vantages))
    }

    /// Places that see requests and never one of the replies that places nearer to the clients see.
    #[must_use]
    pub fn is_blind(&self, place: PlaceId) -> bool {
        self.joined.blind.get(usize::from(place.0)).copied().unwrap_or(false)
    }

    /// When the vantage point captured; `None` where it has no frame.
    #[must_use]
    pub fn captured(&self, vantage: VantageId) -> Option<CaptureTimes> {
        let times = self.legs.times.get(usize::from(vantage.0)).copied().flatten();
        times.map(|(first, last)| CaptureTimes { first, last })
    }

    /// What the exchanges say about a place's clock against the busiest place's; `None` for that one
    /// itself, and where too few exchanges were seen at both.
    #[must_use]
    pub fn clock(&self, place: PlaceId) -> Option<ClockEstimate> {
        self.joined.clocks.estimate(&self.legs, place)
    }

    /// How far a place's clock is ahead of most others, where it matters.
    #[must_use]
    pub fn clock_ahead(&self, place: PlaceId) -> Span {
        self.joined.clocks.ahead(&self.legs, place)
    }

    /// Requests by outcome.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let alone = |reply: u32| &self.legs.alone[reply as usize];
        let routed = |found: &&(u32, u32)| !ProtocolId(alone(found.1).protocol).carrier().is_of_link();
        Totals {
            outcomes: self.joined.outcomes.iter().collect(),
            orphan_replies: self.legs.orphans() - self.joined.alone.iter().filter(routed).count() as u64,
        }
    }

    /// What went in and where it went, packet by packet.
    #[must_use]
    pub fn tally(&self) -> PacketCounts {
        self.legs.tally
    }

    /// What became of every frame of the inputs.
    #[must_use]
    pub fn frames(&self) -> &FrameCounts {
        &self.legs.frames
    }

    /// All addresses, by [`AddressId`](crate::AddressId).
    #[must_use]
    pub fn addresses(&self) -> &[IpAddr] {
        self.legs.addresses.list()
    }

    /// All texts that features have, by number.
    #[must_use]
    pub fn texts(&self) -> &[String] {
        self.legs.texts.list()
    }

    /// The features that any request has, besides addresses, ports, TTL and IP identification, which
    /// sightings carry themselves.
    #[must_use]
    pub fn features(&self) -> Vec<StoredFeature> {
        let mut all = Vec::new();
        for (number, store) in (0u8..).take(PROTOCOLS.len()).zip(&self.legs.stores) {
            for (index, feature, meaning) in store.features() {
                all.push(StoredFeature { protocol: ProtocolId(number), feature, meaning, index });
            }
        }
        all
    }

    /// The one value that all requests of its protocol have at all places; `None` when they differ.
    #[must_use]
    pub fn constant(&self, feature: &StoredFeature) -> Option<i64> {
        self.legs.stores.get(usize::from(feature.protocol.0))?.constant(usize::from(feature.index))
    }

    /// A feature of one request, from its nearest sighting.
    #[must_use]
    pub fn value(&self, row: u32, feature: &StoredFeature) -> Option<i64> {
        self.leg_value(self.first_leg(row), feature)
    }

    fn leg_value(&self, leg: &Leg, feature: &StoredFeature) -> Option<i64> {
        if leg.protocol != feature.protocol.0 {
            return None;
        }
        let store = self.legs.stores.get(usize::from(leg.protocol))?;
        store.value(usize::from(feature.index), leg.row, leg.shape)
    }

    fn range(&self, row: u32) -> &[u32] {
        let starts = &self.joined.starts;
        &self.joined.legs[starts[row as usize] as usize..starts[row as usize + 1] as usize]
    }

    fn first_leg(&self, row: u32) -> &Leg {
        &self.legs.legs[self.joined.legs[self.joined.starts[row as usize] as usize] as usize]
    }

    fn sighting(&self, number: u32) -> Sighting<'_> {
        Sighting { all: self, leg: &self.legs.legs[number as usize], number }
    }
}

/// Joins the places, and gives every request its outcome.
fn judge(legs: &mut Legs, vantages: &[Vantage], during: During, carried: &mut Carried) -> Joined {
    let known = capture_metadata::known(legs, vantages, during, carried);
    let mut joined = join(legs, &known, during, carried);
    wanted::judge(legs, &mut joined);
    joined
}

impl<'a> Exchange<'a> {
    /// Its number.
    #[must_use]
    pub fn row(&self) -> u32 {
        self.row
    }

    /// What became of it.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.all.joined.outcomes[self.row as usize]
    }

    /// Why.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.all.legs.reasons.get(self.all.joined.reasons[self.row as usize])
    }

    /// When it was sent, on the clock that most places share.
    #[must_use]
    pub fn time(&self) -> Time {
        let leg = self.all.range(self.row)[0];
        self.all.joined.clocks.corrected(&self.all.legs, leg)
    }

    /// From the first transmission to the reply that decided the outcome.
    #[must_use]
    pub fn reply_after(&self) -> Option<Span> {
        let after = self.all.joined.reply_after[self.row as usize];
        (after.nanoseconds() >= 0).then_some(after)
    }

    /// Its protocol.
    #[must_use]
    pub fn protocol(&self) -> ProtocolId {
        ProtocolId(self.all.first_leg(self.row).protocol)
    }

    /// The sighting nearest to the client.
    #[must_use]
    pub fn nearest(&self) -> Sighting<'a> {
        self.all.sighting(self.all.range(self.row)[0])
    }

    /// The sighting farthest from the client on the request's path.
    #[must_use]
    pub fn farthest(&self) -> Sighting<'a> {
        let legs = self.all.range(self.row);
        let on_path = |leg: &&u32| !self.all.legs.legs[**leg as usize].flags.has(Flags::BESIDE);
        self.all.sighting(*legs.iter().rev().find(on_path).unwrap_or(&legs[0]))
    }

    /// Where it was seen, in the order of its path: nearest to the client first, places beside the
    /// path last.
    pub fn sightings(&self) -> impl DoubleEndedIterator<Item = Sighting<'a>> + ExactSizeIterator + use<'a> {
        let all = self.all;
        all.range(self.row).iter().map(move |&leg| all.sighting(leg))
    }

    /// Its replies at places that did not see the request.
    pub fn orphan_replies(&self) -> impl Iterator<Item = OrphanReply> + 'a {
        let (all, row) = (self.all, self.row);
        let from = all.joined.alone.partition_point(|e| e.0 < row);
        let found = all.joined.alone[from..].iter().take_while(move |e| e.0 == row);
        found.map(move |e| {
            let reply = &all.legs.alone[e.1 as usize];
            OrphanReply {
                place: reply.place,
                time: all.joined.clocks.correct(&all.legs, reply.place, reply.time),
                input: usize::from(reply.input),
                frame: u64::from(reply.frame),
                ttl: reply.ttl,
                server: reply.server,
            }
        })
    }

    /// The time of one of its sightings on the clock that the places share.
    #[must_use]
    pub fn on_shared_clock(&self, sighting: &Sighting<'a>) -> Time {
        self.all.joined.clocks.corrected(&self.all.legs, sighting.number)
    }

    /// How often the request was sent, capture duplicates not counted.
    #[must_use]
    pub fn transmissions(&self) -> u8 {
        self.sightings().map(|s| s.leg.transmissions).max().unwrap_or(1)
    }
}
