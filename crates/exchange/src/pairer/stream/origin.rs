//! Whether a reset comes from the server.
//!
//! Firewalls and balancers reset connections in the server's name. Their resets start elsewhere, so their time to live
//! differs from that of the server's own packets at the same place.

use crate::lookup::Generations;
use crate::names::AddressId;
use crate::pairer::Seen;
use unanswered_registry::Refusal;
use unanswered_wire::protocols::tcp::{RESET_BY_PEER, RESET_IN_BETWEEN};
use unanswered_wire::{Span, Time};

/// Servers without a SYN-ACK for one to two times this long are forgotten.
const FORGOTTEN_AFTER: Span = Span::from_seconds(3600);

/// A path may become one hop longer or shorter; a difference of two is another sender.
const HOPS_MIN: u8 = 2;

/// The time to live of each server's SYN-ACKs, by place.
#[derive(Clone, Debug)]
pub(in crate::pairer) struct Origins(Generations<(u16, AddressId), u8>);

impl Default for Origins {
    fn default() -> Self {
        Self(Generations::new(FORGOTTEN_AFTER))
    }
}

impl Origins {
    /// Notes a SYN-ACK.
    pub(super) fn note(&mut self, now: Time, seen: &Seen<'_, '_>) {
        let key = (seen.place.0, seen.source);
        let ttl = seen.packet.ip.ttl;
        if self.0.get(now, &key) != Some(ttl) {
            self.0.put(key, ttl);
        }
    }

    /// The refusal that a reset is: the server's, or that of something in between.
    pub(in crate::pairer) fn of_reset(&mut self, now: Time, seen: &Seen<'_, '_>) -> Refusal {
        let known = self.0.get(now, &(seen.place.0, seen.source));
        match known {
            Some(ttl) if ttl.abs_diff(seen.packet.ip.ttl) >= HOPS_MIN => RESET_IN_BETWEEN,
            Some(_) | None => RESET_BY_PEER,
        }
    }
}
