//! Whether a reset comes from the server.
//!
//! Firewalls and balancers reset connections in the server's name. Their resets start elsewhere, so they have passed another
//! number of routers than the server's own packets at the same place. An address behind which several machines answer has
//! several such numbers; a reset that lies between them may be any machine's.

use crate::lookup::Generations;
use crate::names::AddressId;
use crate::pairer::{FORGOTTEN_AFTER, Seen};
use unanswered_registry::Refusal;
use unanswered_wire::protocols::tcp::{RESET_BY_PEER, RESET_IN_BETWEEN};
use unanswered_wire::{Time, routers_passed};

/// A path may become one hop longer or shorter; a difference of two is another sender.
const HOPS_MIN: u8 = 2;

/// The fewest and the most routers that each server's SYN-ACKs passed before a place.
#[derive(Clone, Debug)]
pub(in crate::pairer) struct Origins(Generations<(u16, AddressId), (u8, u8)>);

impl Default for Origins {
    fn default() -> Self {
        Self(Generations::new(FORGOTTEN_AFTER))
    }
}

impl Origins {
    /// Notes a SYN-ACK.
    pub(super) fn note(&mut self, now: Time, seen: &Seen<'_, '_>) {
        let key = (seen.place.0, seen.source);
        let passed = routers_passed(seen.packet.ip.ttl);
        let known = self.0.get(now, &key);
        let (fewest, most) = known.unwrap_or((passed, passed));
        let both = (fewest.min(passed), most.max(passed));
        if known != Some(both) {
            self.0.put(key, both);
        }
    }

    /// The refusal that a reset is: the server's, or that of something in between.
    pub(in crate::pairer) fn of_reset(&mut self, now: Time, seen: &Seen<'_, '_>) -> Refusal {
        let passed = routers_passed(seen.packet.ip.ttl);
        match self.0.get(now, &(seen.place.0, seen.source)) {
            Some((fewest, most))
                if passed + HOPS_MIN <= fewest || passed >= most.saturating_add(HOPS_MIN) =>
            {
                RESET_IN_BETWEEN
            }
            Some(_) | None => RESET_BY_PEER,
        }
    }
}
