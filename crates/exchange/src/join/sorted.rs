//! Sightings in runs that may be of one request.

use crate::pairer::Legs;
use unanswered_wire::Time;

/// Legs in runs of equal protocol and fingerprint, each run in time order.
#[derive(Debug, Default)]
pub(crate) struct Sorted {
    legs: Vec<u32>,
    starts: Vec<u32>,
}

impl Sorted {
    pub(crate) fn is_empty(&self) -> bool {
        self.legs.is_empty()
    }

    pub(crate) fn runs(&self) -> impl Iterator<Item = &[u32]> + '_ {
        self.starts.windows(2).map(|w| &self.legs[w[0] as usize..w[1] as usize])
    }
}

/// Sorts the legs that may have to be joined; empty when every request was seen once.
pub(crate) fn by_fingerprint(legs: &Legs) -> Sorted {
    if !legs.seen_again && legs.places.len() < 2 {
        return Sorted::default();
    }
    let mut keyed: Vec<(u8, u64, Time, u32)> = (0u32..)
        .zip(&legs.legs)
        .filter(|(_, leg)| leg.fingerprint != 0)
        .map(|(i, leg)| (leg.protocol, leg.fingerprint, leg.time, i))
        .collect();
    keyed.sort_unstable();
    let mut sorted = Sorted { legs: Vec::with_capacity(keyed.len()), starts: vec![0] };
    for run in keyed.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        sorted.legs.extend(run.iter().map(|k| k.3));
        sorted.starts.push(u32::try_from(sorted.legs.len()).expect("fewer than 2^32 legs"));
    }
    sorted
}
