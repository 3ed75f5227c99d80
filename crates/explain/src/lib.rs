//! What tells the unanswered requests from the answered ones.
//!
//! Data flow: a [`Source`] shows requests as rows with an outcome and columns of features;
//! [`explain()`] searches for what tells failed rows from answered ones, weighs it against chance, lists
//! what the data cannot tell apart, and compares findings with the [`catalogue`] of known faults. What
//! only captures can tell (steps, translations) is asked of the source's [`Captured`].
//!
//! Nothing here knows a packet: captures come in through `unanswered-evidence`, a user's table is a
//! source as it is.
mod captured;
pub mod catalogue;
mod clause;
mod constants;
mod diagnose;
mod facts;
mod fate;
mod finding;
mod fit;
mod load;
mod memory;
mod observed;
pub mod population;
mod region;
mod search;
mod source;
mod spread;
mod step_finding;
mod time;
mod why_now;
pub use captured::Captured;
pub use clause::{Bracket, Clause, Condition, Value};
pub use constants::FAILURES_MIN;
pub use diagnose::{Options, explain, explain_population};
pub use facts::{Advice, Remark, VerdictReason};
pub use fate::{Fate, Interface};
pub use finding::*;
pub use fit::{Circumstance, Fit};
pub use memory::Memory;
pub use observed::{Fact, Observed};
pub use region::{Filter, Period, Region};
pub use source::Source;
pub use step_finding::{Passed, Shown, StepFinding};
pub use why_now::{Inside, Outside, Tries, WhyNow};
