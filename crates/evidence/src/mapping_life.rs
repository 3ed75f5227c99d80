//! How long a mapping lives without packets, and since when the captures could have seen it.

use unanswered_exchange::{Exchanges, Place, PlaceId};
use unanswered_wire::{Span, Time};

/// Every Linux keeps the mapping of a UDP stream for at least this long after its latest packet
/// (`nf_conntrack_udp_timeout_stream`): a flow with shorter pauses renews its mapping.
pub(crate) const KEPT_AT_LEAST: Span = Span::from_seconds(120);

/// And for at most this long, which is the time-out of older kernels: a mapping from before the capture began
/// shows itself within this time, or it is gone.
pub(crate) const KEPT: Span = Span::from_seconds(180);

/// When each place's capture began, on the shared clock.
pub(crate) fn begun(exchanges: &Exchanges) -> Vec<Time> {
    let places = (0u16..).map(PlaceId).zip(exchanges.places());
    let of = |(id, place): (PlaceId, &Place)| {
        let first = exchanges.captured(place.vantage).map_or(Time::from_nanoseconds(0), |times| times.first);
        first - exchanges.clock_ahead(id)
    };
    places.map(of).collect()
}
