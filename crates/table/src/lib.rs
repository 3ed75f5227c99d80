//! Requests as rows: what the diagnosis reads, wherever the requests came from.
//!
//! Data flow: a [`Table`] has a row for each request in order of time, a [`Column`] for each feature
//! known when the request was sent, and one [`Outcome`] for each row. [`io`] reads tables from files
//! of other programs (CSV, JSON lines) and writes them. What makes rows of packets lives above
//! (`unanswered-evidence`).
//!
//! This room knows no packet and no cause.

pub mod io;
mod outcome;
mod reason;
mod table;
mod unit;

pub use outcome::{Outcome, Step};
pub use reason::Reason;
pub use table::{Column, MISSING, Table, Values, Viewpoint};
pub use unit::Unit;
