//! What asks and what answers.

use super::endpoint::Endpoint;
use std::net::Ipv4Addr;
use std::ops::RangeInclusive;
use unanswered_wire::Span;

/// Something that asks or answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// Name, unique on the host; default: the kind.
    pub name: String,
    /// Runs when the host has booted.
    pub enabled: bool,
    /// What it is.
    pub kind: ServiceKind,
}

/// The kinds of service.
#[derive(Clone, Debug, PartialEq)]
pub enum ServiceKind {
    /// An NTP server.
    NtpServer(NtpServerSpec),
    /// An NTP client.
    NtpClient(NtpClientSpec),
    /// A DNS server.
    DnsServer(DnsServerSpec),
    /// A DNS client.
    DnsClient(DnsClientSpec),
    /// Accepts TCP connections.
    TcpServer(TcpServerSpec),
    /// Makes TCP connections.
    TcpClient(TcpClientSpec),
    /// Sends ICMP echo requests; every host answers them.
    Ping(PingSpec),
    /// Answers datagrams of no known protocol.
    EchoServer(EchoServerSpec),
    /// Sends requests to such a server.
    EchoClient(EchoClientSpec),
}

/// An NTP server.
#[derive(Clone, Debug, PartialEq)]
pub struct NtpServerSpec {
    /// Behaviour profile: `ntpd-4.2.4`, `ntpd-4.2.7p273`, `ntpd-4.2.8`, `ntpd-4.1.1`, `chrony`,
    /// `windows`, ... (`unanswered_ntp::ServerProfile`).
    pub profile: String,
    /// Stratum that it announces.
    pub stratum: u8,
    /// Reference id: four letters for stratum 1, an address above.
    pub reference: String,
    /// `restrict limited` with this average and minimum headway (and `kod`).
    pub limit: Option<NtpLimit>,
    /// How long it takes to answer (exponential mean).
    pub service_time: Span,
}

/// ntpd's `discard` and `restrict limited kod`; chrony's `ratelimit`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NtpLimit {
    /// log2 of the average headway in seconds (`discard average`, default 3; chrony `interval`).
    pub average: u8,
    /// Minimum headway (`discard minimum`, default 2 s).
    pub minimum: Span,
    /// chrony: packets at once (`burst`, default 8).
    pub burst: u8,
    /// Answers with a kiss-o'-death RATE instead of silence (at most one per headway).
    pub kod: bool,
}

/// An NTP client.
#[derive(Clone, Debug, PartialEq)]
pub struct NtpClientSpec {
    /// Behaviour profile: `ntpd-4.2.4`, `ntpd-4.2.6`, `ntpd-4.2.8`, `chrony`, `windows`, `sntp`.
    pub profile: String,
    /// Servers by address.
    pub servers: Vec<Ipv4Addr>,
    /// Minimum poll exponent.
    pub minpoll: u8,
    /// Maximum poll exponent.
    pub maxpoll: u8,
    /// `iburst`.
    pub iburst: bool,
    /// Sets the host's clock (slews and steps it); without it the clock drifts freely.
    pub disciplines: bool,
    /// Source port where the profile leaves it open (chrony `acquisitionport`).
    pub source_port: Option<u16>,
}

/// How long something takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Duration {
    /// Always the same.
    Fixed(Span),
    /// Exponentially distributed with this mean.
    Exponential(Span),
    /// Evenly between two bounds.
    Uniform {
        /// Shortest.
        low: Span,
        /// Longest.
        high: Span,
    },
}

/// A DNS server.
#[derive(Clone, Debug, PartialEq)]
pub struct DnsServerSpec {
    /// Time to answer.
    pub service_time: Duration,
    /// Maximum number of open queries; more get no answer (dnsmasq `dns-forward-max`) or REFUSED.
    pub in_flight: Option<u32>,
    /// Answers REFUSED beyond `in_flight` instead of nothing.
    pub refuse: bool,
    /// Answers queries with an OPT record.
    pub edns: bool,
    /// Query types that are never answered.
    pub ignores: Vec<u16>,
    /// Answers of another size than usual.
    pub answer_size: Vec<AnswerSize>,
    /// Address that answers come from, if not the one that was asked (a multihomed host).
    pub reply_from: Option<Ipv4Addr>,
}

/// How large answers to queries of a type are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnswerSize {
    /// Query type.
    pub kind: u16,
    /// Bytes of the DNS message.
    pub bytes: u16,
}

/// A DNS client.
#[derive(Clone, Debug, PartialEq)]
pub struct DnsClientSpec {
    /// The server.
    pub server: Ipv4Addr,
    /// Names queried, in turn.
    pub names: Vec<String>,
    /// Query types of one lookup, sent at once from one socket (A = 1, AAAA = 28).
    pub types: Vec<u16>,
    /// Time between lookups.
    pub interval: Duration,
    /// How long it waits.
    pub timeout: Span,
    /// How often it tries.
    pub attempts: u8,
    /// Source ports; each lookup uses a new random one.
    pub source_ports: RangeInclusive<u16>,
    /// UDP payload size in an OPT record; `None`: no such record.
    pub edns: Option<u16>,
    /// Maximum number of open lookups; more wait.
    pub in_flight: u32,
}

/// A TCP server.
#[derive(Clone, Debug, PartialEq)]
pub struct TcpServerSpec {
    /// Port.
    pub port: u16,
    /// Connections that may wait to be accepted; a SYN beyond it is dropped.
    pub backlog: u32,
    /// Time until a connection is accepted and served.
    pub service_time: Duration,
    /// Connections served at once.
    pub workers: u32,
}

/// A TCP client.
#[derive(Clone, Debug, PartialEq)]
pub struct TcpClientSpec {
    /// Server and port.
    pub to: Endpoint,
    /// Time between connections.
    pub interval: Duration,
    /// Source ports; each connection uses a new random one.
    pub source_ports: RangeInclusive<u16>,
    /// How often a SYN is retransmitted (after 1, 2, 4, ... s).
    pub syn_retries: u8,
    /// Asks for ECN (SYN with ECE and CWR).
    pub ecn: bool,
}

/// ICMP echo requests.
#[derive(Clone, Debug, PartialEq)]
pub struct PingSpec {
    /// Whom.
    pub to: Ipv4Addr,
    /// Time between requests.
    pub interval: Duration,
    /// Identifier; `None`: random at each start.
    pub identifier: Option<u16>,
    /// Bytes of data, in turn.
    pub sizes: Vec<u16>,
    /// Don't-fragment bit.
    pub dont_fragment: bool,
    /// Time to live, where it is not the host's.
    pub ttl: Option<u8>,
}

/// A generic server over UDP with a queue.
#[derive(Clone, Debug, PartialEq)]
pub struct EchoServerSpec {
    /// Port.
    pub port: u16,
    /// Time to answer.
    pub service_time: Duration,
    /// Requests served at once.
    pub workers: u32,
    /// Requests that may wait; more are dropped.
    pub queue: u32,
    /// Bytes of an answer.
    pub size: u16,
}

/// A generic client over UDP.
#[derive(Clone, Debug, PartialEq)]
pub struct EchoClientSpec {
    /// Server and port.
    pub to: Endpoint,
    /// Time between requests.
    pub interval: Duration,
    /// How long it waits.
    pub timeout: Span,
    /// Source ports; each request uses a new random one.
    pub source_ports: RangeInclusive<u16>,
    /// Bytes of a request, in turn.
    pub sizes: Vec<u16>,
}
