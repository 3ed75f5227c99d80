//! A frame that gets a comment, and what every such comment says of its request.

use crate::words;
use unanswered_exchange::Exchange;
use unanswered_table::Reason;
use unanswered_time::spans::measured;

/// One commented frame: which request it belongs to, and as what.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mark {
    pub(crate) input: usize,
    pub(crate) frame: u64,
    pub(crate) row: u32,
    /// Which of the request's places.
    pub(crate) sighting: u16,
    pub(crate) reply: bool,
}

/// Outcome, reason, who said no and how long it took. The outcome's word comes first, so that
/// `frame.comment contains "unanswered"` finds it.
pub(crate) fn fate(exchange: &Exchange<'_>) -> String {
    let mut fate = exchange.outcome().word().to_owned();
    let why = words::why(exchange.outcome(), exchange.reason());
    if exchange.reason() == Reason::PassedHere {
        // Most requests of a capture may have it: as short as possible.
        fate.push_str(" (passed here)");
    } else if !why.is_empty() {
        fate = format!("{fate}: {why}");
    }
    if let Some(said) = exchange.said_no() {
        fate = format!("{fate}, {}", words::said_no(&said));
    }
    if let Some(after) = exchange.reply_after() {
        fate = format!("{fate}, after {}", measured(after));
    }
    fate
}
