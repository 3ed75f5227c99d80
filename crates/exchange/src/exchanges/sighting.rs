//! One request as one place saw it: a view.

use super::{InputFrame, RefusalSeen, Sighting, StoredFeature};
use crate::PlaceId;
use crate::leg::Flags;
use crate::names::{AddressId, Endpoint};
use std::net::IpAddr;
use unanswered_capture::VantageId;
use unanswered_table::Outcome;
use unanswered_table::Reason;
use unanswered_wire::{Span, Time};

impl<'a> Sighting<'a> {
    /// Where.
    #[must_use]
    pub fn place(&self) -> PlaceId {
        self.leg.place
    }

    /// The vantage point (file or interface) of the place.
    #[must_use]
    pub fn vantage(&self) -> VantageId {
        self.all.legs.places[usize::from(self.leg.place.0)].vantage
    }

    /// When, by that place's clock.
    #[must_use]
    pub fn time(&self) -> Time {
        self.leg.time
    }

    /// When, on the clock that the places share.
    pub(crate) fn on_shared_clock(&self) -> Time {
        self.all.joined.clocks.corrected(&self.all.legs, self.number)
    }

    /// Index of the input file: see [`Exchanges::inputs`](crate::Exchanges::inputs).
    #[must_use]
    pub fn input(&self) -> usize {
        usize::from(self.leg.input)
    }

    /// Frame number of the request in its file.
    #[must_use]
    pub fn frame(&self) -> u64 {
        u64::from(self.leg.frame)
    }

    /// Frame number of the reply or error that decided the outcome here.
    #[must_use]
    pub fn reply_frame(&self) -> Option<u64> {
        (self.leg.reply_frame != 0).then(|| u64::from(self.leg.reply_frame))
    }

    /// From the first transmission seen here to the deciding reply seen here.
    #[must_use]
    pub fn reply_after(&self) -> Option<Span> {
        (self.leg.reply_after.nanoseconds() >= 0).then_some(self.leg.reply_after)
    }

    /// Bytes of the newest reply seen here, with its IP header, as one packet before it was fragmented; `None` where there was
    /// none, and inside connections.
    #[must_use]
    pub fn reply_length(&self) -> Option<u16> {
        let length = self.leg.reply_length();
        (self.reply_seen() && length > 0).then_some(length)
    }

    /// From the first transmission to the last packet of the exchange here, whole microseconds.
    #[must_use]
    pub fn active_for(&self) -> Span {
        Span::from_nanoseconds(i64::from(self.leg.active_for_us) * 1000)
    }

    /// Its protocol.
    #[must_use]
    pub fn protocol(&self) -> unanswered_wire::ProtocolId {
        unanswered_wire::ProtocolId(self.leg.protocol)
    }

    /// What became of it, as far as this place shows.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.leg.outcome
    }

    /// Why.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.all.legs.reasons.get(self.leg.reason)
    }

    /// The frame of the request with its input.
    #[must_use]
    pub fn input_frame(&self) -> InputFrame {
        InputFrame { input: self.input(), number: self.frame() }
    }

    /// The frame of the reply, where one was seen, with its input.
    #[must_use]
    pub fn reply_input_frame(&self) -> Option<InputFrame> {
        self.reply_frame().map(|number| InputFrame { input: self.input(), number })
    }

    /// The refusal, if somebody refused.
    #[must_use]
    pub fn refusal(&self) -> Option<RefusalSeen> {
        let refusal = crate::join::refusal_of(self.reason())?;
        Some(RefusalSeen { refusal, from: self.other() })
    }

    /// Who sent the refusal or the wrong reply.
    #[must_use]
    pub fn other_id(&self) -> Option<AddressId> {
        (self.leg.other != AddressId::NONE).then_some(self.leg.other)
    }

    /// Where a wrong reply came from.
    #[must_use]
    pub fn other(&self) -> Option<IpAddr> {
        self.all.legs.addresses.get(self.leg.other)
    }

    /// A reply, right or wrong, or a refusal was seen here.
    #[must_use]
    pub fn reply_seen(&self) -> bool {
        self.leg.flags.has(Flags::REPLY_SEEN)
    }

    /// A switch flooded the request to this place: it is not on the request's path.
    #[must_use]
    pub fn beside(&self) -> bool {
        self.leg.flags.has(Flags::BESIDE)
    }

    /// A reply was seen here with a time to live that no router has lowered.
    #[must_use]
    pub fn reply_unrouted(&self) -> bool {
        self.leg.flags.has(Flags::REPLY_UNROUTED)
    }

    /// Time to live of the newest reply seen here; an ICMP error is none.
    #[must_use]
    pub fn reply_ttl(&self) -> Option<u8> {
        (self.leg.reply_ttl != 0).then_some(self.leg.reply_ttl)
    }

    /// The client's kernel complained about the reply.
    #[must_use]
    pub fn client_complained(&self) -> bool {
        self.leg.flags.has(Flags::CLIENT_COMPLAINED)
    }

    /// Not all fragments of the request were seen here.
    #[must_use]
    pub fn request_incomplete(&self) -> bool {
        self.leg.flags.has(Flags::REQUEST_INCOMPLETE)
    }

    /// The request came in a tunnel.
    #[must_use]
    pub fn tunnelled(&self) -> bool {
        self.leg.flags.has(Flags::TUNNELLED)
    }

    /// Client address and port (identifier for echo), as seen here.
    #[must_use]
    pub fn client(&self) -> Endpoint {
        Endpoint { address: self.leg.client, port: self.leg.client_port }
    }

    /// Server address and port, as seen here.
    #[must_use]
    pub fn server(&self) -> Endpoint {
        Endpoint { address: self.leg.server, port: self.leg.server_port }
    }

    /// Time to live, as seen here.
    #[must_use]
    pub fn ttl(&self) -> u8 {
        self.leg.ttl
    }

    /// Identification of the IP packet.
    #[must_use]
    pub fn ip_id(&self) -> Option<u32> {
        (self.leg.ip_id != crate::names::NONE).then_some(self.leg.ip_id)
    }

    /// Transmissions seen here.
    #[must_use]
    pub fn transmissions(&self) -> u8 {
        self.leg.transmissions
    }

    /// A feature as seen here.
    #[must_use]
    pub fn value(&self, feature: &StoredFeature) -> Option<i64> {
        self.all.leg_value(self.leg, feature)
    }

    /// When the TCP connection that it opened was seen to end here.
    #[must_use]
    pub fn connection_closed(&self) -> Option<Time> {
        let closings = &self.all.legs.closings;
        let at = closings.partition_point(|c| c.0 < self.number);
        closings.get(at).filter(|c| c.0 == self.number).map(|c| c.1)
    }
}
