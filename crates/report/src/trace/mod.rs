//! Requests followed through every layer: what `unanswered trace` shows.
//!
//! Data flow: [`Follow`] (paths, links, translations) and [`Steps`] (where each failed request failed)
//! -> [`Trace::new`] chooses requests by a [`Selection`] and writes everything down as plain text and
//! numbers -> one renderer each for the terminal, JSON and HTML. Paths are made for the chosen requests
//! only; everything else is counted in one pass. Names of places, addresses and the names asked for
//! are as hostile as the packets they come from: the renderers make them safe.

mod changes;
mod comment;
mod failures;
mod filter;
mod hops;
pub mod html;
pub mod json;
mod ladder;
mod lanes;
mod nat;
pub mod picture;
mod questions;
mod select;
pub mod terminal;

pub(crate) use comment::Comments;
pub use failures::FailedAt;
pub use filter::Filter;
pub use hops::{ClockLine, Direction, Hop};
pub use ladder::{Gap, Header, Ladder, Located, Passage, Rung};
pub use nat::{NatRow, NatTable};
pub use select::{Row, Selection};

use crate::{Input, narrowing, number};
use failures::Failures;
use unanswered_evidence::step::Steps;
use unanswered_exchange::Caveat;
use unanswered_exchange::follow::{Between, Follow};
use unanswered_exchange::{Exchanges, FrameCounts, PlaceId};
use unanswered_narrow::Narrowed;
use unanswered_table::OutcomeCounts;

/// Why the requests asked for cannot be shown; [`Self::hint`] says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TraceError {
    /// There is no request with that number.
    #[error("there is no request {number}: the captures have {requests}")]
    NoSuchRequest {
        /// The number asked for.
        number: u64,
        /// Number of requests.
        requests: usize,
    },
    /// A filter is not valid.
    #[error("--where {text}: {cause}")]
    Filter {
        /// The filter as typed.
        text: String,
        /// What is wrong.
        cause: String,
        /// What would be right.
        hint: String,
    },
    /// A place that has no capture.
    #[error("there is no place {name:?}")]
    NoSuchPlace {
        /// The name.
        name: String,
        /// All places.
        places: String,
    },
}

impl TraceError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NoSuchRequest { .. } => "--list shows all of them".to_owned(),
            Self::Filter { hint, .. } => hint.clone(),
            Self::NoSuchPlace { places, .. } => format!("there are {places}"),
        }
    }
}

/// Everything that is shown, as plain data.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// What was read.
    pub inputs: Vec<Input>,
    /// Which part of it was looked at.
    pub narrowed: Narrowed,
    /// What became of each frame.
    pub frames: FrameCounts,
    /// Names of all places, by number.
    pub places: Vec<String>,
    /// What became of all requests.
    pub totals: OutcomeCounts,
    /// How many requests failed where, largest first.
    pub failures: Vec<FailedAt>,
    /// The chosen requests.
    pub ladders: Vec<Ladder>,
    /// The user asked for the requests by number or filter.
    pub asked_for: bool,
    /// Requests that the filters select; all of them without filters.
    pub matching: usize,
    /// All matching requests, where the list was asked for.
    pub list: Option<Vec<Row>>,
    /// Neighbouring places.
    pub hops: Vec<Hop>,
    /// The translation table.
    pub nat: NatTable,
    /// Places whose clocks differ.
    pub clocks: Vec<ClockLine>,
    /// Neighbouring places whose order is not certain.
    pub doubtful: Vec<Between<String>>,
    /// What the captures cannot show, one sentence each.
    pub notes: Vec<Caveat>,
}

impl Trace {
    /// Chooses the requests and writes everything down.
    ///
    /// # Errors
    /// When the selection names a request or a place that does not exist.
    pub fn new(follow: &Follow<'_>, steps: &Steps<'_>, selection: &Selection) -> Result<Self, TraceError> {
        let exchanges = follow.exchanges();
        selection.check(exchanges)?;
        let names = Names::of(exchanges);
        let failures = Failures::of(exchanges, steps);
        let matching = select::matching(exchanges, &failures, &names, selection);
        let rows = select::shown(exchanges, &failures, &matching, selection);
        let list = selection.list.then(|| select::list(exchanges, &failures, &names, &matching, selection));
        let changes = changes::Changes::of(exchanges);
        let ladders = rows.iter().map(|&row| ladder::ladder(follow, steps, &changes, &names, row));
        Ok(Self {
            inputs: exchanges.inputs().iter().map(Input::of_capture).collect(),
            narrowed: exchanges.narrowed().clone(),
            frames: exchanges.frames().clone(),
            totals: exchanges.totals().outcomes,
            failures: failures.table(&names),
            ladders: ladders.collect(),
            asked_for: selection.asked_for(),
            matching: matching.len(),
            list,
            hops: hops::hops(follow, &names),
            nat: nat::table(follow.nat(), exchanges, &names),
            clocks: hops::clocks(exchanges, &names),
            doubtful: hops::doubtful(follow, &names),
            notes: exchanges.caveats(),
            places: names.0,
        })
    }
}

impl Trace {
    /// How many frames were looked at and why not all; `None` where everything was wanted.
    pub(crate) fn looked_at(&self) -> Option<String> {
        let words = narrowing::looked_at(&self.narrowed, &self.inputs)?;
        let frames = self.inputs.iter().map(|input| input.frames).sum();
        Some(format!("{}, {words}", number::count(frames, "frame")))
    }

    /// Doubts and caveats (those about clocks among them) as sentences without a full stop.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let doubts = self.doubtful.iter().map(hops::doubt);
        doubts.chain(self.notes.iter().map(crate::words::caveat)).collect()
    }
}

/// Rejects names that are neither a place's nor a vantage point's.
///
/// # Errors
/// With the first such name and all places.
pub fn check_path(exchanges: &Exchanges, path: &[String]) -> Result<(), TraceError> {
    let names = Names::of(exchanges);
    let known =
        |name: &String| names.0.contains(name) || exchanges.vantages().iter().any(|v| v.name == *name);
    match path.iter().find(|name| !known(name)) {
        None => Ok(()),
        Some(unknown) => Err(names.unknown(unknown)),
    }
}

/// The names of all places.
struct Names(Vec<String>);

impl Names {
    fn of(exchanges: &Exchanges) -> Self {
        let ids = (0_u16..).map(PlaceId).take(exchanges.places().len());
        Self(ids.map(|id| exchanges.place_name(id)).collect())
    }

    fn name(&self, place: PlaceId) -> &str {
        self.0.get(usize::from(place.0)).map_or("", String::as_str)
    }

    fn unknown(&self, name: &str) -> TraceError {
        TraceError::NoSuchPlace { name: name.to_owned(), places: self.0.join(", ") }
    }
}
