//! What the reply was like, of requests whose reply was seen somewhere: also of those whose reply was lost behind that place.

use unanswered_exchange::{Exchange, Exchanges};
use unanswered_table::{Outcome, Values};

/// Whether some reply was seen and lost: else its properties explain nothing.
pub(super) fn some_were_lost(exchanges: &Exchanges) -> bool {
    let lost = |exchange: &Exchange<'_>| {
        exchange.outcome() == Outcome::Unanswered
            && exchange.sightings().any(|sighting| sighting.reply_seen())
    };
    exchanges.iter().any(|exchange| lost(&exchange))
}

/// The length of each reply at the place nearest to the server that saw it.
pub(super) fn lengths(exchanges: &Exchanges, rows: &[u32]) -> Values {
    let length =
        |exchange: Exchange<'_>| exchange.sightings().rev().find_map(|sighting| sighting.reply_length());
    numbers(exchanges, rows, |exchange| length(exchange).map(f64::from))
}

/// From the request to its reply there, in seconds.
pub(super) fn times(exchanges: &Exchanges, rows: &[u32]) -> Values {
    let after =
        |exchange: Exchange<'_>| exchange.sightings().rev().find_map(|sighting| sighting.reply_after());
    numbers(exchanges, rows, |exchange| after(exchange).map(|after| after.seconds()))
}

fn numbers(exchanges: &Exchanges, rows: &[u32], of: impl Fn(Exchange<'_>) -> Option<f64>) -> Values {
    Values::Numbers(rows.iter().map(|&row| of(exchanges.get(row)).unwrap_or(f64::NAN)).collect())
}
