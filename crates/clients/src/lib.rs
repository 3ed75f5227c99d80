//! Sans-IO clients that send requests over DNS, TCP, UDP and ICMP echo. NTP's is `unanswered-ntp`.
//!
//! No sockets, no clock, no random source. When to send the next request, from which port and which address a name has
//! is for the owner to decide.
//!
//! # Data flow
//!
//! All clients have the same shape. The owner has the sockets, the clock and the random numbers. It
//!
//! - starts a request (`lookup`, `connect`, `ask`), with `now` and a name of its own for it,
//! - sends what `poll_transmit` returns, until it returns nothing,
//! - calls `handle_timeout` at the time that `poll_timeout` returns,
//! - passes in what arrives (`handle_reply`, `handle_segment`) and ICMP errors (`handle_error`),
//! - learns from `poll_event` which requests have ended, with which [`Outcome`], and which ports are
//!   free again. A reply that no request waits for is a [`Stray`].
//!
//! Messages are structs with the fields that a client uses; `unanswered_wire::emit` makes their bytes. Random bits come from
//! the owner's [`RandomSource`]. The simulated world drives these clients; real sockets can drive the same code.
//!
//! # Entry points
//!
//! [`DnsClient`], [`TcpClient`], [`PingClient`] (ICMP echo) and [`EchoClient`] (for a UDP service that returns
//! the number in the request); [`ClientEvent`] is what became of a request.
//!
//! ```
//! use unanswered_clients::{ClientEvent, DnsClient, DnsConfig, DnsReply, RandomSource};
//! use unanswered_table::Outcome;
//! use unanswered_wire::{Span, Time, emit};
//!
//! struct Dice(u64);
//! impl RandomSource for Dice {
//!     fn bits(&mut self) -> u64 {
//!         self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
//!         self.0
//!     }
//! }
//!
//! let server = "192.0.2.53".parse().unwrap();
//! let timeout = Span::from_seconds(5);
//! let mut client =
//!     DnsClient::new(DnsConfig { server, kinds: vec![1], edns: None, timeout, attempts: 2 });
//! let now = Time::from_nanoseconds(0);
//! client.lookup(now, &"example.com", 40_000, &mut Dice(7), || "the first request");
//! let sent = client.poll_transmit().expect("a question");
//! let (id, name, kind) = (sent.question.id, sent.question.name, sent.question.kind);
//! let mut bytes = Vec::new();
//! let query = emit::dns::Query { id, name, kind, recursion_desired: true, edns: None };
//! emit::dns::query(&mut bytes, &query).expect("a name that can be asked for");
//! assert_eq!(bytes.len(), usize::from(client.config().query_size(name.len())));
//!
//! assert_eq!(client.poll_timeout(), Some(now + timeout));
//! let reply = DnsReply { question: sent.question, from: server, port: 40_000, rcode: 0 };
//! client.handle_reply(&reply).expect("it was asked for");
//! let ended = ClientEvent::Ended { tag: "the first request", outcome: Outcome::Answered };
//! assert_eq!(client.poll_event(), Some(ended));
//! assert_eq!(client.poll_event(), Some(ClientEvent::PortFree(40_000)));
//! ```
//!
//! [`Outcome`]: unanswered_table::Outcome

mod dns;
mod echo;
mod event;
mod ping;
mod tcp;
mod transactions;

pub use dns::{DNS_PORT, DnsClient, DnsConfig, DnsQuestion, DnsReply, DnsTransmit};
pub use echo::{EchoClient, EchoConfig, EchoTransmit};
pub use event::{ClientEvent, Stray};
pub use ping::{PingClient, PingConfig, PingTransmit};
pub use tcp::{TcpClient, TcpConfig, TcpSegment, TcpTransmit};
pub use unanswered_ntp::RandomSource;
