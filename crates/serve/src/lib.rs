//! Servers that misbehave on purpose, on real sockets: a real client is pointed at one, and the remedy can be watched.
//!
//! # Data flow
//!
//! ```text
//!  "ntpd-4.2.7p273,loss=5%"
//!     |  read        a service and its modifiers             -> Behaviour (plain data)
//!     v
//!  MisbehavingServer   gate     filters: ports, sizes, loss, buckets, ...   each drops, or lets pass
//!     |                server   how many are worked on, then the service:   unanswered_ntp::Server, dns, echo
//!     |                decision Answer, Refuse or Drop with its reason; counted
//!     v
//!  net (Linux)         listeners bound while there are rights, which are then dropped
//!                      workers: one thread, or several on the same ports; each reads many datagrams at once, asks
//!                      the one server that they share, and sends many replies at once, late ones later
//! ```
//!
//! Everything above `net` is sans-IO: moments come in with each request, chance comes from a seed. Threads share one server
//! behind a lock that is taken once for each batch, so that a rate limit means the same with any number of threads.
//!
//! # Entry points
//!
//! A [`Behaviour`] is parsed from text; [`MisbehavingServer::handle_request`] decides about one request. On Linux,
//! `Serving::open` binds, drops rights and says where it listens; `Serving::run` serves until the end.
//!
//! ```
//! use unanswered_serve::{Behaviour, Decision, MisbehavingServer, Reason, Request};
//! use unanswered_wire::Time;
//!
//! let behaviour: Behaviour = "ntpd-4.2.7p273".parse()?;
//! let mut server = MisbehavingServer::new(behaviour, 1, Time::default());
//! let mut payload = [0; 48];
//! payload[0] = 0x23; // version 4, client
//! let mut reply = Vec::new();
//! let mut from_port = |port| {
//!     let from = ([192, 0, 2, 7], port).into();
//!     let request = Request { now: Time::default(), clock: Time::default(), from, port: 123, payload: &payload };
//!     server.handle_request(&request, &mut reply)
//! };
//! assert_eq!(from_port(100), Decision::Drop(Reason::ProgramPort));
//! assert!(matches!(from_port(123), Decision::Answer(_)));
//! # Ok::<(), unanswered_serve::NotABehaviour>(())
//! ```
//!
//! # Errors and limits
//!
//! Text that is no behaviour is a [`NotABehaviour`], a socket that cannot be opened a `ServeError`; both say what to do.
//! Datagrams never cause an error: what cannot be answered is dropped and counted. Memory is bounded whatever arrives:
//! at most [`MOST_AT_ONCE`] replies wait, and what is remembered of clients has a fixed size. No authentication, no
//! NTS, no TCP.

mod behaviour;
mod decision;
mod dns;
mod gate;
#[cfg(target_os = "linux")]
mod net;
mod read;
mod recent;
mod request;
mod server;

pub use behaviour::{
    Behaviour, Bucket, DnsService, Filter, MOST_AT_ONCE, NtpService, Ports, Service, Shared,
};
pub use decision::{Decision, Reason, Tally};
#[cfg(target_os = "linux")]
pub use net::{Job, Listen, ListenError, ServeError, Serving, Summary};
pub use read::{Modifier, NotABehaviour, modifiers, services};
pub use request::Request;
pub use server::MisbehavingServer;
