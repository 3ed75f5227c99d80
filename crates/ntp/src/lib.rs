//! Sans-IO NTP: how a client asks, how a server answers or does not, and what both show.
//!
//! # Purpose
//!
//! Whether a request gets a reply depends on who sends it, when, and from which
//! port, and on the exact version that gets it. This crate models real programs
//! closely enough for that: ntpd of any 4.x version, ntpsec, chrony, the Windows
//! Time service and simple clients. A simulator drives it with millions of
//! exchanges a second; real sockets can drive the same code.
//!
//! # The way data goes
//!
//! - A [`Client`] is asked for its next deadline (`poll_timeout`) and told when it
//!   has come (`handle_timeout`); it gives requests (`poll_transmit`).
//! - A [`Server`] takes a request and gives one [`Response`] at once.
//! - The client takes the reply (`handle_reply`) through packet checks, clock
//!   filter, selection and discipline, and gives an [`Adjustment`] for the owner of the clock.
//! - [`BillboardLine`] and [`Sysstats`] print what `ntpq` would; [`UpstreamAlarm`] watches for silence.
//!
//! # Units and clocks
//!
//! Moments and spans are whole nanoseconds (`Time`, `Span`). `now` is monotonic
//! and drives timers; `clock` is the host's own clock and goes into timestamps
//! only. Intervals are poll exponents (log2 seconds), as on the wire. Estimates
//! are seconds in doubles. Logarithms, powers and roots come from `libm`, so
//! results are the same on every machine. Chance comes from a [`RandomSource`] of the caller's.
//!
//! # Cost
//!
//! Headers are `Copy`; nothing is allocated after a client or server was made,
//! except by `billboard`. Work per event is bounded by the number of
//! associations; a server's rate limit is one hash look-up.
//!
//! # What it deliberately does not do
//!
//! No sockets, clocks or threads; no authentication, extension fields, NTS,
//! broadcast, pool, interleaved mode, leap seconds or reference clocks; no
//! answers to `ntpq` packets. chrony, Windows and SNTP clients share ntpd's
//! filter and discipline: their polls and ports are theirs, their clocks' fine
//! motion is not. Where a file simplifies the standard, its first lines say so;
//! `profile.rs` lists each fact about real versions with its source.

mod alarm;
mod association;
mod billboard;
mod client;
mod discipline;
mod filter;
mod limit;
mod packet;
mod profile;
mod random;
mod received;
mod seconds;
mod select;
mod server;
mod sysstats;
mod timestamp;

pub use alarm::{Cleared, PRODUCT_THRESHOLD, Raised, UpstreamAlarm};
pub use association::Association;
pub use billboard::{BillboardLine, Tally, render};
pub use client::{Client, ClientConfig, SourcePort, Transmit};
pub use discipline::{Adjustment, Discipline, STEP_THRESHOLD, State, Update};
pub use filter::{ClockFilter, FREQUENCY_TOLERANCE, MAXIMUM_DISPERSION, MAXIMUM_DISTANCE, STAGES, Sample};
pub use limit::{Limit, REMEMBERED};
pub use packet::{
    HEADER_LENGTH, Header, HeaderError, Kiss, LEAP_UNSYNCHRONISED, Mode, PORT, STRATUM_UNSYNCHRONISED,
};
pub use profile::{
    Burst, ClientProfile, Jitter, Limiting, Polling, PortCheck, Program, ServerProfile, Version, names,
};
pub use random::RandomSource;
pub use received::{Received, Rejection};
pub use server::{Reason, Response, Server, ServerConfig};
pub use sysstats::{Statistics, Sysstats};
pub use timestamp::{Timestamp, seconds_to_short, short_to_seconds};
