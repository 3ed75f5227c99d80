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
mod table;

pub use outcome::{Outcome, Step};
pub use table::{Column, Cut, MISSING, Origin, Table, Values};
