//! Moments and lengths of time: the types, and how people write them.
//!
//! All code that shows a time or takes one from a file goes through here, so that all crates agree. There is no
//! clock in here, no I/O and no zone but UTC (offsets in a text are understood); nothing panics on any text or
//! number.
//!
//! # Data flow
//!
//! [`Time`] and [`Span`] are the project's time line, in whole nanoseconds. Text goes in at the readers of
//! [`dates`] and [`spans`], which return numbers, or `None`, or the mistake; the caller knows the place
//! in its file and what to write instead. Numbers come out of the writers as text; what no calendar holds is
//! `None`, and the caller writes the plain number.
//!
//! # Entry points
//!
//! - [`Time`] and [`Span`], and arithmetic with them.
//! - [`dates::rfc3339`], [`dates::logged`], [`dates::typed`] and [`dates::moment`] read a date from files, logs and
//!   command lines; [`dates::full`] and [`dates::precise`] write one.
//! - [`spans::read`] reads a length of time, [`spans::measured`] and [`spans::written`] write one.
//!
//! ```
//! use unanswered_time::{dates, spans};
//!
//! let sent = dates::rfc3339("2026-03-02T07:00:00.25+01:00").expect("a date");
//! let timeout = spans::read("1.5 s").expect("a length of time");
//! assert_eq!(dates::precise(sent + timeout), "2026-03-02 06:00:01.750000 UTC");
//! assert_eq!(spans::written(timeout), "1500ms");
//! assert!(spans::read("1.5").is_err(), "a number needs its unit");
//! ```
//!
//! The calendar is that of the crate `time`, without its features that ask the machine for the time or its zone
//! (docs/decisions/calendar.md); only the module `calendar` uses it.
#![warn(clippy::indexing_slicing)]

mod calendar;
pub mod dates;
mod line;
pub mod spans;

pub use line::{Span, Time};
