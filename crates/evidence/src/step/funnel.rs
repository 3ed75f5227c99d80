//! How many of some requests, and of their replies, each place saw.

use std::collections::BTreeMap;
use unanswered_exchange::follow::RequestPath;
use unanswered_exchange::{Exchanges, PlaceId};
use unanswered_explain::Passed;

/// What the places saw so far.
#[derive(Debug, Default)]
pub(super) struct Funnel {
    places: BTreeMap<PlaceId, Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// How far from the client the place is, at most.
    depth: usize,
    requests: u64,
    replies: u64,
}

impl Funnel {
    /// Adds one request: the places on its path, and the one where it was expected next.
    pub(super) fn add(&mut self, way: &RequestPath<'_>) {
        for (depth, stop) in way.stops.iter().enumerate() {
            let seen = self.at(stop.place, depth);
            seen.requests += u64::from(stop.request.is_some());
            seen.replies += u64::from(stop.reply_at.is_some());
        }
        if let Some(expected) = way.expected {
            self.at(expected, way.stops.len());
        }
    }

    fn at(&mut self, place: PlaceId, depth: usize) -> &mut Seen {
        let seen = self.places.entry(place).or_default();
        seen.depth = seen.depth.max(depth);
        seen
    }

    /// The places, from the clients on.
    pub(super) fn places(self, exchanges: &Exchanges) -> Vec<Passed> {
        let mut places: Vec<(PlaceId, Seen)> = self.places.into_iter().collect();
        places.sort_by_key(|(place, seen)| (seen.depth, *place));
        let passed = |(place, seen): (PlaceId, Seen)| Passed {
            place: exchanges.place_name(place),
            requests: seen.requests,
            replies: seen.replies,
        };
        places.into_iter().map(passed).collect()
    }
}
