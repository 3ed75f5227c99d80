//! The exchanges of one window, from a part of a pairing that goes on.

use super::{Exchanges, LookupsSoFar, judge};
use crate::join::{Carried, During};
use crate::pairer::Legs;
use unanswered_capture::{InputSummary, Vantage};
use unanswered_narrow::Narrowed;
use unanswered_wire::Time;

/// Which exchanges of a part make up the window.
pub(crate) struct Cut<'a> {
    /// When they begin.
    pub(crate) during: During,
    /// Whether a request, by its number in the whole pairing, was in an earlier window.
    pub(crate) told: &'a dyn Fn(u32) -> bool,
    /// No window follows.
    pub(crate) last: bool,
}

/// What became of the requests of a part, by their numbers in the whole pairing.
#[derive(Debug, Default)]
pub(crate) struct Sorted {
    /// Those in the window, in ascending order.
    pub(crate) told: Vec<u32>,
    /// Those that begin after it, in ascending order.
    pub(crate) later: Vec<u32>,
    /// Sightings of requests that were in an earlier window without them.
    pub(crate) late: u64,
}

impl Exchanges {
    /// Joins a part, and leaves out the exchanges that were in an earlier window or begin after this one; the second result
    /// is what became of those.
    pub(crate) fn of_part(
        mut legs: Legs,
        (vantages, inputs): (Vec<Vantage>, Vec<InputSummary>),
        cut: &Cut<'_>,
        carried: &mut Carried,
        lookups: &mut LookupsSoFar,
    ) -> (Self, Sorted) {
        let mut joined = judge(&mut legs, &vantages, cut.during, carried);
        let number = |leg: u32| legs.numbers[leg as usize];
        let rows = joined.starts.windows(2).map(|w| &joined.legs[w[0] as usize..w[1] as usize]);
        let mut stays = Vec::with_capacity(joined.outcomes.len());
        let mut sorted = Sorted::default();
        for row in rows {
            let known = row.iter().any(|&leg| (cut.told)(number(leg)));
            let begins = row.first().map(|&leg| joined.clocks.corrected(&legs, leg));
            let in_time = begins.is_none_or(|begins| begins < cut.during.to);
            if known {
                sorted.late += row.iter().filter(|&&leg| !(cut.told)(number(leg))).count() as u64;
            } else if in_time {
                sorted.told.extend(row.iter().map(|&leg| number(leg)));
            } else {
                sorted.later.extend(row.iter().map(|&leg| number(leg)));
            }
            stays.push(!known && in_time);
        }
        sorted.told.sort_unstable();
        sorted.later.sort_unstable();
        let mut belongs = vec![false; legs.alone.len()];
        for &(_, reply) in &joined.alone {
            belongs[reply as usize] = true;
        }
        joined.keep(|row| stays[row]);
        joined.leave_replies_out(&mut legs, cut.during, &belongs);
        let exchanges = Self {
            legs,
            joined,
            vantages,
            inputs,
            narrowed: Narrowed::default(),
            lookups: lookups.clone(),
            goes_on_after: (!cut.last).then_some(cut.during.to),
        };
        lookups.add(&exchanges, exchanges.goes_on_after);
        (exchanges, sorted)
    }

    /// No requests and no lone replies.
    pub(crate) fn shows_nothing(&self) -> bool {
        self.is_empty() && self.legs.alone.is_empty()
    }

    /// The end of the window, where these are the exchanges of one that others may follow.
    #[must_use]
    pub const fn goes_on_after(&self) -> Option<Time> {
        self.goes_on_after
    }
}
