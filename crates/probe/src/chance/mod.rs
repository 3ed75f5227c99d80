//! Probability that several questions share.
//!
//! [`rates`] says how likely a request fails on either side of a boundary, for a grid of unknown rates; [`channel`] how many
//! requests an answer takes at least; [`distribution`] has weights, entropies and intervals.

pub(crate) mod channel;
pub(crate) mod distribution;
pub(crate) mod rates;
