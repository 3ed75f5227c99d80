//! Which frames of a capture are looked at: a window of time, and a capture filter as tcpdump takes it.
//!
//! It looks at one frame at a time and keeps nothing of it. No I/O, no clock, no allocation for a frame; nothing
//! panics on any text or packet.
//!
//! # Data flow
//!
//! What somebody typed becomes a [`Narrowing`]: two [`Moment`](unanswered_time::dates::Moment)s and a
//! [`CaptureFilter`]. The capture's first frame makes a [`Narrowed`] of it ([`Narrowing::from`]), whose moments are
//! fixed. Each frame's time is then asked about first ([`Narrowed::is_within`]), so that frames outside of the window need
//! not be decoded, and its decoded packet second ([`Narrowed::wants`]).
//!
//! # Entry points
//!
//! - [`CaptureFilter::parse`] reads an expression in the syntax of pcap-filter(7); its documentation says what is
//!   supported and where the meaning differs on purpose.
//! - [`Narrowing`] and [`Narrowed`], as above.
//!
//! ```
//! use unanswered_narrow::CaptureFilter;
//!
//! let filter: CaptureFilter = "host 10.0.0.5 and udp port 53 or 123".parse()?;
//! assert_eq!(filter.to_string(), "host 10.0.0.5 and udp port 53 or udp port 123");
//!
//! let error = CaptureFilter::parse("tcp[13] & 2 != 0").expect_err("bytes are not looked at");
//! assert_eq!(error.to_string(), "column 4: an expression over bytes ([) is not supported");
//! # Ok::<(), unanswered_narrow::FilterError>(())
//! ```
#![warn(clippy::indexing_slicing)]

mod filter;
mod window;

pub use filter::{CaptureFilter, FilterError, FilterProblem};
pub use window::{Backwards, Narrowed, Narrowing};
