//! Moments and lengths of time: what they are, and how people write them.
//!
//! [`Time`] and [`Span`] are the project's time line, in whole nanoseconds. [`dates`] reads and writes
//! moments as dates of the calendar, in UTC; [`spans`] reads and writes lengths of time. Whoever shows a time
//! or takes one from a file goes through here, so that all of them agree.
//!
//! Data flow: text goes in at the readers of [`dates`] and [`spans`], which give numbers or say `None` (or
//! which mistake it is); the caller knows the place in its file and what to write instead. Numbers come out
//! of the writers as text; what no calendar holds is `None`, and the caller writes the plain number.
//!
//! The calendar is the crate `time`'s, without its features that ask the machine for the time or its zone
//! (docs/decisions/calendar.md); only the module `calendar` knows it. No I/O, no clock; nothing in here
//! panics on any text or number.
#![warn(clippy::indexing_slicing)]

mod calendar;
pub mod dates;
mod line;
pub mod spans;

pub use line::{Span, Time};
