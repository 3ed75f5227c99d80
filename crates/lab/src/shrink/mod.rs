//! The smallest scenario that still shows a fault.
//!
//! Delta debugging (Zeller and Hildebrandt 2002, "Simplifying and isolating failure-inducing input"):
//! parts of the file are removed, the rest is run with the same seed, and what still shows the
//! fault is reduced further (`ddmin`). First what only describes and compares, then events, groups, hosts, services
//! and networks (`parts`), finally the length of the run; what is left is written more briefly (`rewrite`). Each name
//! has its own stream of random numbers,
//! so a removed host shifts nothing for the others; only what it did to them is gone, and that
//! may end the fault. A run ends as soon as the fault has shown itself often enough (`trial`).
//!
//! The result is minimal in that no single part of it can be removed, within the number of runs that
//! is allowed; there may be a smaller one that cannot be reached step by step.

mod ddmin;
mod options;
mod parts;
mod reduction;
mod rewrite;
mod trial;

pub use options::{ShrinkError, ShrinkOptions, Shrunk};
pub use reduction::shrink;
