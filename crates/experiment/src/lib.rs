//! Requests of an experiment on a real network: what can be set in them, how they are made and sent, and what came back.
//!
//! `unanswered-probe` plans an experiment and draws the conclusions; it knows no protocol and has no sockets. Here its numbered
//! fields get a meaning, its plans become packets, and packets that arrive become outcomes.
//!
//! # Data flow
//!
//! ```text
//! Session ── Plan ──> Maker ── Request (packet, key) ──> Batch ── when due ──> Link ──> network
//!    ^                                                     │                     │
//!    └───────────────── Outcome per request ───────────────┘ <── Incoming ───────┘
//! ```
//!
//! - [`FIELDS`] declares what can be set: code, words, range, which protocols have it, and whether it takes a raw socket.
//! - [`Asking`] is a protocol: the bytes of a request, and what a reply says ([`Reply`]).
//! - [`Maker`] turns the settings of a planned request into an IP packet, with fresh ports and identifiers where none are set.
//! - [`Batch`] holds the requests of one plan: when each is due, which arrival belongs to which, when it is given up. It has no
//!   clock and no sockets.
//! - [`Link`] sends and receives: [`RawLink`] whole packets (root or `CAP_NET_RAW`), [`PlainLink`] datagrams of ordinary
//!   sockets. [`run`] drives a session over one.
//!
//! # Limits
//!
//! Raw links speak IPv4 only. TCP is asked with a SYN, and the kernel, which knows nothing of it, resets the connection that the
//! server opens. A reply that comes after the time-out of its request is counted as late, and its request stays silent.

mod asking;
mod batch;
mod field;
#[cfg(target_os = "linux")]
mod link;
mod maker;
#[cfg(target_os = "linux")]
mod run;

pub use asking::{Asking, Reply};
pub use batch::{Batch, Incoming};
pub use field::{Declaration, FIELDS, Needs, Settable};
#[cfg(target_os = "linux")]
pub use link::{Link, LinkError, PlainLink, RawLink, local_address};
pub use maker::{CannotMake, Key, Maker, Request, Target};
#[cfg(target_os = "linux")]
pub use run::{CannotRun, Event, Ran, Shell, run};
