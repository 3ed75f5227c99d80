//! What is known of each request's translation.

use crate::columns::Sides;
use unanswered_exchange::{Exchange, Exchanges, Place, PlaceId, Sighting};
use unanswered_wire::{Span, Time};

/// A mapping that was there before the capture began shows itself within this time, or it is gone:
/// Linux keeps a UDP stream for 120 s (`nf_conntrack_udp_timeout_stream`), older kernels 180 s.
pub(crate) const KEPT: Span = Span::from_seconds(180);

/// What both sides of the translation show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Translation {
    /// Seen on one side of it only, or there is none.
    OneSide,
    /// Seen on both sides, so early that the mapping may be older than the captures.
    Early,
    /// Seen on both sides.
    Known,
}

/// That of all requests.
pub(crate) fn translations(exchanges: &Exchanges, sides: &Sides) -> Vec<Translation> {
    let begun = begun(exchanges);
    exchanges.iter().map(|e| translation(sides, &begun, &e)).collect()
}

fn translation(sides: &Sides, begun: &[Time], exchange: &Exchange<'_>) -> Translation {
    let both = if sides.translated { sides.both(exchange) } else { None };
    let Some((near, far)) = both else { return Translation::OneSide };
    let since = |s: &Sighting<'_>| begun.get(usize::from(s.place().0)).copied();
    let early = since(&near).max(since(&far)).is_some_and(|begun| exchange.time() <= begun + KEPT);
    if early { Translation::Early } else { Translation::Known }
}

/// When each place's capture began, on the shared clock.
pub(crate) fn begun(exchanges: &Exchanges) -> Vec<Time> {
    let places = (0u16..).map(PlaceId).zip(exchanges.places());
    let of = |(id, place): (PlaceId, &Place)| {
        let first = exchanges.captured(place.vantage).map_or(Time::from_nanoseconds(0), |(first, _)| first);
        first - exchanges.clock_ahead(id)
    };
    places.map(of).collect()
}
