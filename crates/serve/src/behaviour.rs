//! What a server does wrong, as plain data: a service, and what happens to requests before and after it.
//!
//! [`crate::read`] makes it of text; [`crate::MisbehavingServer`] carries it out. A request meets the filters in
//! their order, then the limit on what is worked on at a time, then the service; its reply meets the limit of its size.

use std::ops::RangeInclusive;
use unanswered_ntp::{Kiss, Limit, ServerProfile};
use unanswered_wire::Span;

/// The most requests that are worked on at a time, and so the most replies that wait to be sent. Judgement: with the
/// largest datagrams they take 64 MiB.
pub const MOST_AT_ONCE: usize = 1024;

/// A server and what it does wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Behaviour {
    /// What answers.
    pub service: Service,
    /// What requests meet before they are answered, in this order.
    pub filters: Vec<Filter>,
    /// The longest reply that gets out, in bytes of UDP payload.
    pub reply_size: Option<usize>,
    /// How long an answer takes.
    pub takes: Span,
    /// How many requests are worked on at a time, 1 to [`MOST_AT_ONCE`]; further ones are dropped.
    pub at_once: usize,
}

/// What answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Service {
    /// A time server (RFC 5905).
    Ntp(NtpService),
    /// A name server (RFC 1035).
    Dns(DnsService),
    /// Sends back what it gets (RFC 862).
    Echo,
}

impl Service {
    /// The port that it has unless another one is asked for.
    #[must_use]
    pub const fn port(&self) -> u16 {
        match self {
            Self::Ntp(_) => unanswered_ntp::PORT,
            Self::Dns(_) => 53,
            Self::Echo => 7,
        }
    }
}

/// A time server.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NtpService {
    /// The program and version.
    pub profile: ServerProfile,
    /// Stratum, 1 to 15; 16 for a server without time.
    pub stratum: u8,
    /// The program's own rate limit, if it is configured.
    pub limit: Option<Limit>,
    /// The kiss that every client gets instead of time.
    pub refuses: Option<Kiss>,
}

/// A name server that knows one address for every name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DnsService {
    /// Query types that it never answers.
    pub ignored_types: Vec<u16>,
    /// Whether it drops queries with EDNS (RFC 6891).
    pub ignores_edns: bool,
    /// Whether it answers every query with REFUSED (RFC 1035 section 4.1.1).
    pub refuses: bool,
}

/// What a request meets on the way to the service.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// Drops requests from other source ports than these.
    Ports(Vec<Ports>),
    /// Drops requests that are longer, in bytes of UDP payload.
    RequestSize(usize),
    /// Drops this share of requests by chance, 0 to 1.
    Loss(f64),
    /// Drops requests for which a token bucket has no token.
    Bucket(Bucket),
    /// Drops the first request of a flow after it paused longer: the idle time-out of a mapping that only the
    /// dropped packet sets up again.
    Forgets(Span),
    /// Drops the flows whose hash falls on one of so many links, which is dead.
    DeadLink(u16),
}

/// Some source ports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ports {
    /// Those from here to there.
    Range(RangeInclusive<u16>),
    /// Those divisible by two.
    Even,
    /// The others.
    Odd,
}

impl Ports {
    /// Whether a port is one of them.
    #[must_use]
    pub fn has(&self, port: u16) -> bool {
        match self {
            Self::Range(range) => range.contains(&port),
            Self::Even => port.is_multiple_of(2),
            Self::Odd => !port.is_multiple_of(2),
        }
    }
}

/// A token bucket: full in the beginning, a token a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// Tokens a second.
    pub rate: f64,
    /// Tokens that it holds.
    pub depth: u32,
    /// Who shares it.
    pub shared: Shared,
}

/// Who shares a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shared {
    /// All clients.
    All,
    /// Nobody: each client address has its own.
    Client,
}
