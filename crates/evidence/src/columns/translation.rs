//! What is known of each request's translation.

use super::sides::Sides;
use crate::mapping_life::{KEPT, begun};
use unanswered_exchange::{Exchange, Exchanges, Sighting};
use unanswered_wire::Time;

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
