//! The smallest scenario that still shows a fault.
//!
//! Delta debugging (Zeller and Hildebrandt 2002, "Simplifying and isolating failure-inducing input"):
//! parts of the file are taken away, the rest is run with the same seed, and what still shows the
//! fault goes on (`ddmin`). First what only tells and compares, then events, groups, hosts, services
//! and networks (`parts`), at last the length of the run; what is left is written in fewer words (`rewrite`). Random numbers have a stream for each name,
//! so a host that is gone shifts nothing for the others; what it did to them is gone with it, and that
//! may end the fault. A run ends as soon as the fault has shown itself often enough (`trial`).
//!
//! The result is minimal in that no single part of it can go any more, within the number of runs that
//! is allowed; there may be a smaller one that cannot be reached step by step.

mod ddmin;
mod options;
mod parts;
mod reduction;
mod rewrite;
mod trial;

pub use options::{ShrinkError, ShrinkOptions, Shrunk};
pub use reduction::shrink;
