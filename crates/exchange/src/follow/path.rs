//! The places that one request and its reply passed, and those that usually come next.

use crate::lookup::Lookup;
use crate::{AddressId, Exchange, Exchanges, InputFrame, PlaceId, Sighting};
use unanswered_table::Outcome;
use unanswered_wire::Time;

/// One request's path, nearest to the client first.
#[derive(Clone, Debug)]
pub struct RequestPath<'a> {
    /// The request.
    pub exchange: Exchange<'a>,
    /// Places on the path.
    pub stops: Vec<Stop<'a>>,
    /// Places beside the path that saw copies which a switch flooded: being seen there is no delivery.
    pub beside: Vec<Sighting<'a>>,
    /// Where requests that come this far are seen next, judging by others; `None` when nothing was
    /// captured beyond the last stop that saw the request.
    pub expected: Option<PlaceId>,
}

/// One place on the path.
#[derive(Clone, Copy, Debug)]
pub struct Stop<'a> {
    /// Where.
    pub place: PlaceId,
    /// The request as seen here: its headers, time and frame. `None` where only the reply came by.
    pub request: Option<Sighting<'a>>,
    /// When the request passed, on the clock that the places share.
    pub request_at: Option<Time>,
    /// When a reply passed (right or wrong, or the error that refused the request), on the shared clock.
    pub reply_at: Option<Time>,
    /// The frame of that reply.
    pub reply_frame: Option<InputFrame>,
}

impl<'a> RequestPath<'a> {
    /// Follows the request.
    #[must_use]
    pub fn of(exchange: &Exchange<'a>, onward: &Onward) -> Self {
        let (beside, on_path): (Vec<_>, Vec<_>) = exchange.sightings().partition(Sighting::beside);
        let mut stops: Vec<Stop<'a>> = on_path.iter().map(|s| stop(exchange, *s)).collect();
        for reply in exchange.orphan_replies() {
            if stops.iter().any(|s| s.place == reply.place && s.reply_at.is_some()) {
                continue;
            }
            let alone = Stop {
                place: reply.place,
                request: None,
                request_at: None,
                reply_at: Some(reply.time),
                reply_frame: Some(InputFrame { input: reply.input, number: reply.frame }),
            };
            // A reply comes from the server's end: the place where more routers have lowered its time to live is nearer to the
            // client, else the one that saw it later.
            let nearer = |s: &Stop<'_>| match s.request.and_then(|request| request.reply_ttl()) {
                Some(ttl) if ttl != reply.ttl => ttl < reply.ttl,
                Some(_) | None => s.reply_at.is_none_or(|at| at > reply.time),
            };
            let index = stops.iter().position(|s| !nearer(s)).unwrap_or(stops.len());
            stops.insert(index, alone);
        }
        let expected = on_path.last().and_then(|last| onward.after(last));
        let expected = expected.filter(|place| !stops.iter().any(|s| s.place == *place));
        Self { exchange: *exchange, stops, beside, expected }
    }

    /// Index of the last stop that the request was seen at.
    #[must_use]
    pub fn last_request(&self) -> Option<usize> {
        self.stops.iter().rposition(|s| s.request.is_some())
    }

    /// Index of the stop nearest to the client that a reply was seen at.
    #[must_use]
    pub fn last_reply(&self) -> Option<usize> {
        self.stops.iter().position(|s| s.reply_at.is_some())
    }
}

fn stop<'a>(exchange: &Exchange<'a>, sighting: Sighting<'a>) -> Stop<'a> {
    let at = exchange.on_shared_clock(&sighting);
    let reply_at = sighting.reply_seen().then(|| sighting.reply_after().map(|after| at + after)).flatten();
    Stop {
        place: sighting.place(),
        request: Some(sighting),
        request_at: Some(at),
        reply_at,
        reply_frame: sighting.reply_input_frame(),
    }
}

/// What usually comes behind each place.
#[derive(Clone, Debug, Default)]
pub struct Onward {
    /// By place, server and client as seen there.
    flows: Lookup<(PlaceId, AddressId, AddressId), Favourite>,
    /// By place and server.
    servers: Lookup<(PlaceId, AddressId), Favourite>,
    /// By place, where all requests go on to one other place: `None` where they do not.
    places: Lookup<PlaceId, Option<PlaceId>>,
    /// By place, from when to when it surely captured.
    captured: Vec<Option<(Time, Time)>>,
}

/// The leader of a running vote (Boyer and Moore 1991): the place with more than half of the votes,
/// if there is one, in no more memory than that. `None` is "ends here, answered".
#[derive(Clone, Copy, Debug)]
struct Favourite {
    place: Option<PlaceId>,
    lead: u32,
}

impl Favourite {
    fn vote(self, place: Option<PlaceId>) -> Self {
        match (self.place == place, self.lead) {
            (true, lead) => Self { place, lead: lead.saturating_add(1) },
            (false, 0) => Self { place, lead: 1 },
            (false, lead) => Self { place: self.place, lead: lead - 1 },
        }
    }
}

impl Onward {
    /// Looks through all exchanges.
    #[must_use]
    pub fn of(exchanges: &Exchanges) -> Self {
        let ids = (0u16..).take(exchanges.places().len()).map(PlaceId);
        let captured = ids.map(|place| exchanges.captured_at(place)).collect();
        let mut onward = Self { captured, ..Self::default() };
        // Behind the only place there is nothing.
        if exchanges.places().len() < 2 {
            return onward;
        }
        // Where questions for neighbours are heard says nothing of where others go.
        for exchange in exchanges.iter().filter(|e| !e.protocol().carrier().is_of_link()) {
            let mut before: Option<Sighting<'_>> = None;
            for sighting in exchange.sightings().filter(|s| !s.beside()) {
                if let Some(before) = before {
                    onward.add(&before, Some(sighting.place()));
                }
                before = Some(sighting);
            }
            if let Some(last) = before.filter(|_| exchange.outcome() == Outcome::Answered) {
                onward.add(&last, None);
            }
        }
        onward
    }

    fn add(&mut self, from: &Sighting<'_>, to: Option<PlaceId>) {
        let (place, server, client) = (from.place(), from.server().address, from.client().address);
        let first = Favourite { place: to, lead: 0 };
        let flow = self.flows.get(&(place, server, client)).unwrap_or(first);
        self.flows.insert((place, server, client), flow.vote(to));
        let by_server = self.servers.get(&(place, server)).unwrap_or(first);
        self.servers.insert((place, server), by_server.vote(to));
        let only = self.places.get(&place).unwrap_or(to);
        self.places.insert(place, only.filter(|known| Some(*known) == to));
    }

    /// Whether the place captured when the request was seen at another one.
    fn captured(&self, place: PlaceId, from: &Sighting<'_>) -> bool {
        let times = self.captured.get(usize::from(place.0)).copied().flatten();
        let at = from.on_shared_clock();
        times.is_some_and(|(first, last)| first <= at && at <= last)
    }

    /// The place that requests like this one reach next, if they do and it captured then.
    #[must_use]
    pub fn after(&self, from: &Sighting<'_>) -> Option<PlaceId> {
        if from.protocol().carrier().is_of_link() {
            return None;
        }
        let (place, server, client) = (from.place(), from.server().address, from.client().address);
        let known = self.flows.get(&(place, server, client)).or_else(|| self.servers.get(&(place, server)));
        let next = known.map_or_else(|| self.places.get(&place).flatten(), |f| f.place);
        next.filter(|next| self.captured(*next, from))
    }
}
