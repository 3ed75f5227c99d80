//! What clients wanted beyond a reply to each request: requests that only together, or not at all, mean loss.
//!
//! After the places are joined, seven things change the outcome of single requests: a question that went to several
//! servers at once needs one answer (`parallel`); a client that asks the next server shows whether an answer arrived in time (`patience`); a probe of the path is meant to end on its way (`probes`); a scan is meant to find what is not there (`sweep`); a DHCP server asks whether an address is free (`offers`); an
//! answer that was cut off is worth what asking again over TCP brings (`fallback`); and an error that tells the client
//! how to ask rightly is a step where it does so (`steps`). Each looks only at the requests
//! that show its sign, so that ordinary traffic costs nothing.

mod fallback;
mod offers;
mod parallel;
mod patience;
mod probes;
mod steps;
mod sweep;

use crate::join::Joined;
use crate::leg::Leg;
use crate::pairer::Legs;
use unanswered_table::{Outcome, Reason};

/// The requests of all places with their outcomes.
struct Requests<'a> {
    legs: &'a mut Legs,
    joined: &'a mut Joined,
}

/// Changes the outcomes that other requests of the same client decide.
pub(crate) fn judge(legs: &mut Legs, joined: &mut Joined) {
    let mut requests = Requests { legs, joined };
    probes::mark(&mut requests);
    sweep::mark(&mut requests);
    offers::mark(&mut requests);
    parallel::mark(&mut requests);
    patience::mark(&mut requests);
    fallback::mark(&mut requests);
    steps::mark(&mut requests);
}

impl Requests<'_> {
    fn rows(&self) -> impl Iterator<Item = u32> + use<> {
        (0u32..).take(self.joined.outcomes.len())
    }

    /// The sighting nearest to the client.
    fn nearest(&self, row: u32) -> &Leg {
        let leg = self.joined.legs[self.joined.starts[row as usize] as usize];
        &self.legs.legs[leg as usize]
    }

    fn outcome(&self, row: u32) -> Outcome {
        self.joined.outcomes[row as usize]
    }

    fn reason(&self, row: u32) -> Reason {
        self.legs.reasons.get(self.joined.reasons[row as usize])
    }

    fn give(&mut self, row: u32, outcome: Outcome, reason: Reason) {
        self.joined.outcomes[row as usize] = outcome;
        self.joined.reasons[row as usize] = self.legs.reasons.intern(reason);
    }

    /// Rows whose reason is one of those that `wanted` chooses; nothing is looked at where no request has one.
    fn with_reason(&self, wanted: impl Fn(Reason) -> bool) -> Vec<u32> {
        let chosen: Vec<bool> = (0..=u8::MAX).map(|index| wanted(self.legs.reasons.get(index))).collect();
        if !chosen.contains(&true) {
            return Vec::new();
        }
        self.rows().filter(|&row| chosen[usize::from(self.joined.reasons[row as usize])]).collect()
    }
}
