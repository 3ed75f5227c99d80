//! Sans-IO NTP: how a client sends requests, how a server answers them or does not, and what both show.
//!
//! Whether a request gets a reply depends on who sends it, when, and from which
//! port, and on the exact version that gets it. This crate models real programs
//! closely enough for that: ntpd of any 4.x version, ntpsec, chrony, the Windows
//! Time service and simple clients. A simulator drives it with millions of
//! exchanges per second; real sockets can drive the same code.
//!
//! # Data flow
//!
//! - A [`Client`] is asked for its next deadline (`poll_timeout`) and called when it
//!   has come (`handle_timeout`); it yields requests (`poll_transmit`).
//! - A [`Server`] takes a request and returns one [`Response`] at once.
//! - The client takes the reply (`handle_reply`) through packet checks, clock
//!   filter, selection and discipline, and yields an [`Adjustment`] for the owner of the clock.
//! - [`BillboardLine`] and [`Sysstats`] print what `ntpq` would; [`UpstreamAlarm`] watches for silence.
//!
//! # Entry points
//!
//! [`Client::new`] and [`Server::new`]. [`ClientProfile::by_name`] and [`ServerProfile::by_name`] have the
//! programs, [`Header`] is the packet.
//!
//! ntpd 4.2.6 drops requests from ports below 123. Behind a NAT, a client does not know from which port
//! its request arrives:
//!
//! ```
//! use unanswered_ntp::{Client, ClientConfig, ClientProfile, RandomSource, Received};
//! use unanswered_ntp::{Reason, Response, Server, ServerConfig, ServerProfile};
//! use unanswered_wire::Time;
//!
//! struct Constant;
//! impl RandomSource for Constant {
//!     fn bits(&mut self) -> u64 {
//!         0x9e37_79b9_7f4a_7c15
//!     }
//! }
//!
//! let start = Time::from_nanoseconds(1_795_416_000_000_000_000);
//! let config = ClientConfig {
//!     profile: ClientProfile::by_name("ntpd-4.2.8").expect("a program that is known"),
//!     servers: vec![[192, 0, 2, 21].into()],
//!     minpoll: 6,
//!     maxpoll: 10,
//!     iburst: false,
//!     disciplines: true,
//!     source_port: None,
//! };
//! let mut client = Client::new(config, start, &mut Constant);
//! let profile = ServerProfile::by_name("ntpd-4.2.6").expect("a program that is known");
//! let config = ServerConfig { profile, stratum: 1, reference_id: *b"GPS\0", limit: None };
//! let mut server = Server::new(config, start);
//!
//! // Both hosts' clocks are right, and the network takes no time.
//! let now = client.poll_timeout().expect("the first poll");
//! client.handle_timeout(now, now, &mut Constant);
//! let sent = client.poll_transmit().expect("a request");
//! let mut from_port = |port| server.handle_request(now, now, [198, 51, 100, 7].into(), port, &sent.header);
//! assert_eq!(from_port(121), Response::Ignored(Reason::BadLengthOrFormat));
//! let Response::Reply(reply) = from_port(1024) else { panic!("port 1024 is answered") };
//! let received = client.handle_reply(now, now, sent.association, &reply, &mut Constant);
//! assert_eq!(received, Received::Accepted);
//! ```
//!
//! # Units and clocks
//!
//! Moments and spans are whole nanoseconds (`Time`, `Span`). `now` is monotonic
//! and drives timers; `clock` is the host's own clock and goes into timestamps
//! only. Intervals are poll exponents (log2 seconds), as on the wire. Estimates
//! are seconds in doubles. Logarithms, powers and roots come from `libm`, so
//! results are the same on every machine. Random bits come from the caller's [`RandomSource`].
//!
//! # Cost
//!
//! Headers are `Copy`; nothing is allocated once a client or server exists,
//! except by `billboard`. Work per event is bounded by the number of
//! associations; a server's rate limit is one hash look-up.
//!
//! # What it deliberately does not do
//!
//! No sockets, clocks or threads; no authentication, extension fields, NTS,
//! broadcast, pool, interleaved mode, leap seconds or reference clocks; no
//! answers to `ntpq` packets. chrony, Windows and SNTP clients share ntpd's
//! filter and discipline: their polls and ports are theirs, the fine motion of
//! their clocks is not. Where a file simplifies the standard, its first lines say so;
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
