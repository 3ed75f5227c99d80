//! Findings for people and programs: terminal, JSON, HTML, annotated pcapng.
//!
//! Data flow: a [`Report`] borrows the diagnosis and adds what only the reader
//! of the inputs knows (their names, the totals, what was not understood); each
//! renderer is one function from a `Report` to text. Nothing in here decides
//! anything about requests. Everything that came out of a packet, a table or a
//! file name is hostile until [`text::safe`] or the format's own escaping has
//! been over it.

pub mod annotate;
pub mod catalogue;
pub mod filter;
pub mod forecast;
pub mod html;
pub mod json;
pub mod number;
pub mod plot;
pub mod terminal;
pub mod text;
pub mod time;
pub mod trace;
pub mod words;

mod headline;
mod mark;
pub mod page;
mod paint;
mod report;
mod select;

pub use report::{Families, Input, PlaceSummary, Record, Report, Totals};
pub use time::Clock;
