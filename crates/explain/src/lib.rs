//! What tells the unanswered requests from the answered ones.
//!
//! Nothing here knows about packets: captures come in through `unanswered-evidence`, a user's table is a source
//! as it is. Nothing is read except, on request, a directory of known faults; there is no clock, and the
//! permutations take a seed.
//!
//! # Data flow
//!
//! A [`Source`] shows requests as rows with an outcome and columns of features; [`explain()`] searches for what
//! tells failed rows from answered ones, weighs it against chance, lists what the data cannot tell apart, and
//! compares findings with the [`catalogue`] of known faults. What only captures can tell (steps, translations) is
//! asked of the source's [`Captured`]. Out comes a [`Diagnosis`]: a [`Verdict`], and [`Finding`]s with their
//! [`Clause`]s, counts and rivals.
//!
//! # Entry points
//!
//! - [`explain()`] with [`Options`]; [`explain_population`] for requests that can be counted but are not in
//!   memory ([`population`]).
//! - [`Source`] is what a new kind of input implements; [`Table`](unanswered_table::Table) implements it.
//! - [`explain_against`] says what is new beside a time when all was well.
//! - [`Recounted`] is a source of which some requests only are looked at, or some outcomes only count as failed.
//! - [`Diagnosis`] is the answer.
//!
//! ```
//! use unanswered_explain::{Condition, Options, explain};
//! use unanswered_registry::Subject;
//! use unanswered_table::{Column, Outcome, Table, Values, Viewpoint};
//!
//! // Source ports from 60 to 203 in no order of size; requests from ports below 123 fail.
//! let ports = (0..144).map(|n| f64::from(60 + n * 5 % 144));
//! let outcome = |port| if port < 123.0 { Outcome::Unanswered } else { Outcome::Answered };
//! let table = Table {
//!     outcomes: ports.clone().map(outcome).collect(),
//!     columns: vec![Column {
//!         subject: Subject::Column("port".into()),
//!         at: Viewpoint::Client,
//!         values: Values::Numbers(ports.collect()),
//!     }],
//!     ..Table::default()
//! };
//!
//! let diagnosis = explain(&table, &Options::default());
//! let clause = &diagnosis.findings[0].clauses[0];
//! assert_eq!(clause.subject.name(), "port");
//! assert_eq!(clause.condition, Condition::Range { at_least: None, at_most: Some(122.0) });
//! // What the data say about the threshold: it is above 122, and not above 123.
//! let bracket = clause.bracket_high.expect("there is an upper bound");
//! assert_eq!((bracket.failing, bracket.working), (122.0, Some(123.0)));
//! ```
mod affected;
mod behind;
mod captured;
pub mod catalogue;
mod class;
mod clause;
mod constants;
mod diagnose;
mod facts;
mod fate;
mod finding;
mod fit;
mod hop_loss;
mod load;
pub mod mechanism;
mod memory;
mod network;
mod observed;
pub mod population;
mod recounted;
mod region;
mod repeats;
mod search;
mod source;
mod spread;
mod standing;
mod step_finding;
mod time;
mod why_now;
pub use affected::{Affected, Course, Named};
pub use behind::Behind;
pub use captured::Captured;
pub use class::Class;
pub use clause::{Bracket, Clause, Condition, Value};
pub use constants::FAILURES_MIN;
pub use diagnose::{Options, explain, explain_against, explain_population};
pub use facts::{Advice, Remark, VerdictReason};
pub use fate::{Fate, Interface};
pub use finding::*;
pub use fit::{Circumstance, Fit};
pub use hop_loss::HopLoss;
pub use memory::Memory;
pub use observed::{Fact, Observed};
pub use recounted::Recounted;
pub use region::{Filter, Period, Region};
pub use repeats::Repeats;
pub use source::{Source, Units};
pub use step_finding::{Passed, Shown, StepFinding};
pub use why_now::{Inside, Outside, Tries, WhyNow};
