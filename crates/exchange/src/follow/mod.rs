//! One request along its path: where it and its reply passed, what was lost between which places, how
//! addresses were translated, and how far the places' clocks can be trusted.
//!
//! Data flow: [`Exchanges`] (joined sightings, already in path order) -> [`Follow::new`] reads all
//! of them once and gathers what usually comes behind each place -> [`RequestPath`] (one request, made
//! when asked for), [`Link`] (every pair of neighbouring places), [`Nat`] (the translation table).
//! Nothing here decides which step failed; that is `evidence`'s work, from these facts.

mod link;
mod nat;
mod path;

pub use link::{Link, Traffic};
pub use nat::{Mapping, Nat, translations};
pub use path::{Onward, RequestPath, Stop};

use crate::{Exchanges, PlaceId};

/// Two places of which something is said together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Between<P> {
    /// The place nearer to the client.
    pub near: P,
    /// The place nearer to the server.
    pub far: P,
}

/// The exchanges, followed.
#[derive(Debug)]
pub struct Follow<'a> {
    exchanges: &'a Exchanges,
    onward: Onward,
    links: Vec<Link>,
    nat: Nat,
}

impl<'a> Follow<'a> {
    /// Looks through all exchanges.
    #[must_use]
    pub fn new(exchanges: &'a Exchanges) -> Self {
        let onward = Onward::of(exchanges);
        let links = link::links(exchanges, &onward);
        Self { exchanges, onward, links, nat: Nat::of(exchanges) }
    }

    /// What is followed.
    #[must_use]
    pub fn exchanges(&self) -> &'a Exchanges {
        self.exchanges
    }

    /// One request's path.
    ///
    /// # Panics
    /// When there is no such row.
    #[must_use]
    pub fn path(&self, row: u32) -> RequestPath<'a> {
        RequestPath::of(&self.exchanges.get(row), &self.onward)
    }

    /// All pairs of neighbouring places that requests or replies passed between, from the clients on.
    #[must_use]
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// The translation table as the captures show it.
    #[must_use]
    pub fn nat(&self) -> &Nat {
        &self.nat
    }

    /// Pairs of neighbouring places whose order along the path is not certain: the time to live is
    /// equal and neither times nor round trips agree.
    #[must_use]
    pub fn doubtful_order(&self) -> Vec<Between<PlaceId>> {
        self.links.iter().filter(|l| l.order_doubtful).map(|l| Between { near: l.near, far: l.far }).collect()
    }
}
