//! The path that a request took: where it came from, and which of several branches it took.
//!
//! Only being seen behind a branching says which branch a request took. One that was lost before it
//! is missing, so that the column cannot reveal what became of it.

use super::header::coded;
use std::collections::{BTreeMap, BTreeSet};
use unanswered_exchange::{AddressId, Exchange, Exchanges, PlaceId};
use unanswered_explain::FAILURES_MIN;
use unanswered_table::Values;

/// Requests that are looked at for branchings: looking at more finds none that matter.
const LOOKED_AT_MAX: usize = 50_000;

/// A place, and a server as it is addressed there.
type Crossing = (PlaceId, AddressId);

/// Where the paths of requests with one destination part.
#[derive(Debug, Default)]
pub(crate) struct Branches {
    /// The places that come next, where they are alternatives.
    parting: BTreeMap<Crossing, BTreeSet<PlaceId>>,
}

impl Branches {
    /// Finds the branchings.
    pub(crate) fn of(exchanges: &Exchanges) -> Self {
        if exchanges.places().len() < 3 {
            return Self::default();
        }
        let mut next: BTreeMap<Crossing, BTreeMap<PlaceId, u32>> = BTreeMap::new();
        // Pairs of places that one request passed: one lies behind the other, and when a place is
        // skipped, its capture missed the request.
        let mut together: BTreeSet<(PlaceId, PlaceId)> = BTreeSet::new();
        let every = exchanges.len().div_ceil(LOOKED_AT_MAX).max(1);
        let mut passed = Vec::new();
        for exchange in exchanges.iter().step_by(every) {
            passed.clear();
            passed.extend(on_path(&exchange));
            for (index, &(crossing, place)) in passed.iter().enumerate() {
                if let Some(&(_, behind)) = passed.get(index + 1) {
                    *next.entry(crossing).or_default().entry(behind).or_default() += 1;
                }
                together.extend(passed[..index].iter().map(|(_, before)| ordered(*before, place)));
            }
        }
        let mut parting = BTreeMap::new();
        for (crossing, places) in next {
            let used: Vec<PlaceId> = places
                .into_iter()
                .filter(|(_, requests)| *requests >= FAILURES_MIN)
                .map(|(p, _)| p)
                .collect();
            let alone = |place: &PlaceId| {
                used.iter().all(|other| other == place || !together.contains(&ordered(*place, *other)))
            };
            let alternatives: BTreeSet<PlaceId> = used.iter().copied().filter(alone).collect();
            if alternatives.len() > 1 {
                parting.insert(crossing, alternatives);
            }
        }
        Self { parting }
    }

    /// The first branch that each request was seen on.
    pub(crate) fn via_column(&self, exchanges: &Exchanges, rows: &[u32]) -> Values {
        let via = rows.iter().map(|&row| self.via(&exchanges.get(row)));
        coded(via, |place| exchanges.place_name(place))
    }

    fn via(&self, exchange: &Exchange<'_>) -> Option<PlaceId> {
        if self.parting.is_empty() {
            return None;
        }
        let mut before: Option<Crossing> = None;
        for (crossing, place) in on_path(exchange) {
            if before.is_some_and(|b| self.parting.get(&b).is_some_and(|branches| branches.contains(&place)))
            {
                return Some(place);
            }
            before = Some(crossing);
        }
        None
    }
}

/// The places that a request was seen at, each with the server as it is addressed there. Questions for neighbours have no
/// path: all on a link hear them.
fn on_path(exchange: &Exchange<'_>) -> impl Iterator<Item = (Crossing, PlaceId)> {
    let on_path = exchange.sightings().filter(|s| !s.beside() && !s.protocol().carrier().is_of_link());
    on_path.map(|s| ((s.place(), s.server().address), s.place()))
}

fn ordered(a: PlaceId, b: PlaceId) -> (PlaceId, PlaceId) {
    (a.min(b), a.max(b))
}

/// Whether the nearest places say more than the clients' addresses; they do not where each client has
/// its own.
pub(crate) fn from_says_more(exchanges: &Exchanges) -> bool {
    let mut clients: BTreeMap<PlaceId, AddressId> = BTreeMap::new();
    let mut places: BTreeMap<AddressId, PlaceId> = BTreeMap::new();
    exchanges.iter().filter(|e| !e.protocol().carrier().is_of_link()).any(|exchange| {
        let near = exchange.nearest();
        let (place, client) = (near.place(), near.client().address);
        *clients.entry(place).or_insert(client) != client || *places.entry(client).or_insert(place) != place
    })
}

/// The place nearest to the client that saw each request.
pub(crate) fn from_column(exchanges: &Exchanges, rows: &[u32]) -> Values {
    let from = rows.iter().map(|&row| Some(exchanges.get(row).nearest().place()));
    coded(from, |place| exchanges.place_name(place))
}
