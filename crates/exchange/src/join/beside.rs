//! Copies of requests that a switch flooded to a machine which they are not for.
//!
//! A host's own interface sees its own hardware address in everything it sends
//! or is sent. A request there without that address is somebody else's: that
//! no reply follows it there says nothing.

use crate::Outcome;
use crate::leg::{Leg, PlaceId};
use crate::pairer::Legs;
use unanswered_wire::PROTOCOLS;

/// Answered requests that must agree on a place's own address.
const AGREED_MIN: u32 = 8;

/// Requests looked at: a place whose address a hundred thousand of them share is a host's.
const LOOKED_AT_MAX: usize = 100_000;

/// The own hardware addresses of each place, where everything answered there shares one or two.
#[derive(Clone, Debug, Default)]
pub(crate) struct Own {
    by_place: Vec<Shared>,
    /// Index of the source and destination address among the features of each protocol.
    features: Vec<Option<(usize, usize)>>,
}

#[derive(Clone, Debug, Default)]
struct Shared {
    /// Addresses that all answered requests so far have.
    addresses: Vec<i64>,
    answered: u32,
}

impl Own {
    pub(crate) fn of(legs: &Legs) -> Self {
        let index = |store: &crate::feature_store::FeatureStore, name: &str| {
            store.features().find(|(_, f, _)| f.name == name).map(|(i, ..)| usize::from(i))
        };
        let features: Vec<_> =
            legs.stores.iter().map(|s| Some((index(s, "eth.src")?, index(s, "eth.dst")?))).collect();
        debug_assert_eq!(features.len(), PROTOCOLS.len());
        let mut own = Self { by_place: vec![Shared::default(); legs.places.len()], features };
        if own.features.iter().all(Option::is_none) {
            return own;
        }
        let step = legs.legs.len().div_ceil(LOOKED_AT_MAX).max(1);
        for leg in legs.legs.iter().step_by(step).filter(|leg| leg.outcome == Outcome::Answered) {
            let Some(pair) = own.addresses(legs, leg) else { continue };
            let shared = &mut own.by_place[usize::from(leg.place.0)];
            if shared.answered == 0 {
                shared.addresses = pair.to_vec();
            } else {
                shared.addresses.retain(|a| pair.contains(a));
            }
            shared.answered += 1;
        }
        own
    }

    /// Whether the leg is a copy of a request that is not for this place.
    pub(crate) fn is_beside(&self, legs: &Legs, leg: &Leg) -> bool {
        let shared = self.shared(leg.place);
        let known = shared.answered >= AGREED_MIN && !shared.addresses.is_empty();
        leg.outcome != Outcome::Answered
            && known
            && self
                .addresses(legs, leg)
                .is_some_and(|pair| !shared.addresses.iter().any(|a| pair.contains(a)))
    }

    fn shared(&self, place: PlaceId) -> &Shared {
        &self.by_place[usize::from(place.0)]
    }

    fn addresses(&self, legs: &Legs, leg: &Leg) -> Option<[i64; 2]> {
        let protocol = usize::from(leg.protocol);
        let (source, destination) = self.features.get(protocol).copied().flatten()?;
        let store = legs.stores.get(protocol)?;
        Some([store.value(source, leg.row, leg.shape)?, store.value(destination, leg.row, leg.shape)?])
    }
}
