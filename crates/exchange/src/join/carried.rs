//! What one window of requests says of places, clocks and paths, kept for the windows after it.
//!
//! A window shows too little of what does not change between requests: which clock is ahead, which of two places is nearer
//! to the client, whose replies take another way. Each window adds its own requests once; those that it shares with its
//! neighbours for the sake of joining count where they were sent.

use super::beside::{Elsewhere, Shared};
use super::clocks::Evidence;
use super::neighbours::Asked;
use super::order::{Pair, Votes};
use crate::lookup::Lookup;
use std::collections::BTreeSet;
use unanswered_wire::Span;

/// The evidence of all windows so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Carried {
    pub(super) clocks: Evidence,
    pub(super) votes: Lookup<Pair, Votes>,
    /// By place: requests whose reply was seen nearer to the client and not there.
    pub(super) passed_by: Vec<u64>,
    /// By place: the hardware addresses that all answered requests share.
    pub(super) own: Vec<Shared>,
    /// Requests that two machines had answered past a place.
    pub(super) elsewhere: Elsewhere,
    /// Questions for neighbours that were seen to be answered.
    pub(super) answered: BTreeSet<Asked>,
    /// By place: requests without a reply.
    pub(crate) unanswered: Vec<u64>,
    /// The largest known difference between two clocks.
    pub(super) apart: Span,
}

impl Carried {
    /// The largest known difference between two clocks.
    pub(crate) const fn apart(&self) -> Span {
        self.apart
    }
}
