//! Hosts: interfaces, routes, translations, firewalls, clocks.

use super::{HostId, Link, NetworkId, Probability, Service, Subnet};
use std::net::Ipv4Addr;
use std::ops::RangeInclusive;
use unanswered_wire::Span;

/// Anything with an address: a server, a VM, a router, a router inside a VM.
#[derive(Clone, Debug, PartialEq)]
pub struct Host {
    /// Its name, unique.
    pub name: String,
    /// The group (template instance) that it belongs to, e.g. the cluster `osa`; empty for none.
    pub group: String,
    /// The host that it lives on: when that goes down, this one goes down too.
    pub on: Option<HostId>,
    /// Its interfaces.
    pub interfaces: Vec<Interface>,
    /// Routes beyond its own networks, most specific first; the default route is 0.0.0.0/0.
    pub routes: Vec<Route>,
    /// Forwards packets that are not its own.
    pub forward: bool,
    /// Connection tracking; translations need it.
    pub conntrack: Option<ConntrackConfig>,
    /// Translations.
    pub nat: Vec<NatRule>,
    /// Firewall rules, the first that matches decides.
    pub firewall: Vec<FirewallRule>,
    /// Reverse-path filter.
    pub rp_filter: ReversePath,
    /// Oscillator.
    pub clock: Oscillator,
    /// Time to live of packets that it sends.
    pub ttl: u8,
    /// How long after switching on its services start: this much, and up to as much again.
    pub boot: Span,
    /// Sends ICMP errors (port unreachable, time exceeded, fragmentation needed).
    pub icmp_errors: bool,
    /// What runs on it.
    pub services: Vec<Service>,
}

/// An attachment to a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Interface {
    /// Its name, unique on the host.
    pub name: String,
    /// The network.
    pub network: NetworkId,
    /// Its address.
    pub address: Ipv4Addr,
    /// A further link between this interface and the network, both ways.
    pub link: Option<Link>,
}

/// A route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// Destinations.
    pub to: Subnet,
    /// Next hop, an address on one of the host's networks.
    pub via: Ipv4Addr,
}

/// Reverse-path filtering (RFC 3704; `net.ipv4.conf.*.rp_filter`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReversePath {
    /// None.
    Off,
    /// The route back must leave through the interface that the packet came in by.
    Strict,
    /// There must be a route back.
    Loose,
}

/// An oscillator: `offset + frequency x t` plus a random walk of the frequency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Oscillator {
    /// Largest offset at the start, drawn evenly from -offset to offset.
    pub offset: Span,
    /// Standard deviation of the frequency error, in parts per million.
    pub frequency_ppm: f64,
    /// Standard deviation of the change of frequency in an hour, in parts per million.
    pub wander_ppm: f64,
}

/// Connection tracking.
#[derive(Clone, Debug, PartialEq)]
pub struct ConntrackConfig {
    /// Most entries; `None`: no limit. A new flow beyond it is dropped.
    pub table_size: Option<u32>,
    /// How long entries live.
    pub timeouts: Timeouts,
    /// Packets that belong to no known flow and do not begin one (a TCP segment that is no SYN) are
    /// dropped, as a rule on state `INVALID` does.
    pub drop_invalid: bool,
    /// Two packets of a new flow at once can lose the second (Linux before 5.9 or so).
    pub insert_race: Option<InsertRace>,
}

/// The race of two packets of one new flow on two processors (`insert_failed`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InsertRace {
    /// The second packet comes within this time after the first.
    pub within: Span,
    /// How often it is then lost.
    pub probability: Probability,
}

/// Lives of conntrack entries (`net.netfilter.nf_conntrack_*_timeout*`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// UDP that got no reply, or is younger than `udp_stream_after`: 30 s on Linux.
    pub udp: Span,
    /// UDP stream: 120 s since Linux 5.0 or so, 180 s before.
    pub udp_stream: Span,
    /// Age beyond which a packet of a flow with replies makes it a stream: 2 s; 0 on older kernels, where
    /// the packet after the first reply does.
    pub udp_stream_after: Span,
    /// TCP after the first SYN: 120 s.
    pub tcp_syn: Span,
    /// TCP established: 5 days.
    pub tcp_established: Span,
    /// TCP that is being closed: 120 s.
    pub tcp_closing: Span,
    /// ICMP: 30 s.
    pub icmp: Span,
}

impl Default for Timeouts {
    /// Linux since 5.0.
    fn default() -> Self {
        Self {
            udp: Span::from_seconds(30),
            udp_stream: Span::from_seconds(120),
            udp_stream_after: Span::from_seconds(2),
            tcp_syn: Span::from_seconds(120),
            tcp_established: Span::from_seconds(432_000),
            tcp_closing: Span::from_seconds(120),
            icmp: Span::from_seconds(30),
        }
    }
}

/// A translation.
#[derive(Clone, Debug, PartialEq)]
pub enum NatRule {
    /// Masquerade or SNAT of what leaves through an interface.
    Source(SourceNat),
    /// DNAT of what is addressed to a virtual address.
    Destination(DestinationNat),
}

/// Source NAT.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceNat {
    /// Index of the interface that packets leave through.
    pub out: u16,
    /// Addresses that stand outside; the interface's own for masquerade.
    pub address: Ipv4Addr,
    /// How the outside port is chosen.
    pub policy: PortPolicy,
    /// Ports that may be given out, where the rule names them (`masquerade to :1024-65535`).
    pub ports: Option<RangeInclusive<u16>>,
    /// RFC 4787 mapping behaviour.
    pub mapping: NatBehaviour,
    /// RFC 4787 filtering behaviour.
    pub filtering: NatBehaviour,
}

/// How a translation chooses the outside port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PortPolicy {
    /// Linux since 5.0: kept if free, else random in the same class (1-511, 600-1023, 1024-65535); a
    /// living mapping of the same inside source is reused for a new destination.
    Linux,
    /// Linux before 5.0: as above, but the search begins at a rover kept in memory for each protocol.
    LinuxRover,
    /// Kept if free; on a collision the port that was once rolled for this inside source (1-511 for
    /// ports below 512, else as `Linux`) and is kept in memory until reboot. The story's vRouter.
    Sticky,
    /// Random from the range each time, never kept (`--random-fully`).
    Random,
    /// The next free one of the range.
    Sequential,
    /// Kept if free, else the packet is dropped.
    PreserveOrDrop,
}

/// RFC 4787 section 4.1 (mapping) and 5 (filtering).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NatBehaviour {
    /// The same for all peers.
    EndpointIndependent,
    /// For each peer's address.
    AddressDependent,
    /// For each peer's address and port, as Linux does.
    AddressAndPortDependent,
}

/// Destination NAT: a virtual address and what stands behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct DestinationNat {
    /// Name, for the timeline to change it.
    pub name: String,
    /// The virtual address.
    pub address: Ipv4Addr,
    /// Transport that it is about; `None`: all.
    pub protocol: Option<Transport>,
    /// The virtual port; `None`: all.
    pub port: Option<u16>,
    /// Where new flows go, one at random each.
    pub to: Vec<Endpoint>,
}

/// A transport that can be asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
    /// ICMP echo; its identifier stands where ports are spoken of.
    Icmp,
}

/// An address and a port (an ICMP identifier).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    /// Address.
    pub address: Ipv4Addr,
    /// Port, or ICMP identifier.
    pub port: u16,
}

/// A firewall rule.
#[derive(Clone, Debug, PartialEq)]
pub struct FirewallRule {
    /// Name, unique on the host: the timeline turns it on and off by it.
    pub name: String,
    /// Where it looks.
    pub chain: Chain,
    /// Conditions, all of which must hold.
    pub when: Vec<HeaderCondition>,
    /// Only this share of those that match.
    pub probability: Probability,
    /// What then happens.
    pub action: Action,
    /// In force at the start.
    pub enabled: bool,
    /// Catalogue id of the fault that the rule stands for, for the truth.
    pub fault: Option<String>,
}

/// Where a firewall rule looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chain {
    /// Packets for the host itself.
    Input,
    /// Packets of the host itself.
    Output,
    /// Packets that it forwards.
    Forward,
    /// Whatever comes in through an interface, seen after the capture point.
    Ingress(u16),
    /// Whatever leaves through an interface (after translation), seen before the capture point.
    Egress(u16),
}

/// What a firewall rule does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Action {
    /// Lets the packet pass; no later rule is asked.
    Accept,
    /// Silence.
    Drop,
    /// ICMP port unreachable (type 3, code 3), or RST for TCP.
    Reject,
    /// A token bucket: up to `burst` at once and `rate` a second pass, the rest is dropped.
    Limit {
        /// Packets a second.
        rate: f64,
        /// Packets at once.
        burst: u32,
    },
}

/// A condition on a header field.
#[derive(Clone, Debug, PartialEq)]
pub struct HeaderCondition {
    /// The field.
    pub field: HeaderField,
    /// What it must be.
    pub test: HeaderTest,
}

/// What a field's value must be. A packet without the field fails every test.
#[derive(Clone, Debug, PartialEq)]
pub enum HeaderTest {
    /// One of these (addresses as their 32 bits, flags as Wireshark numbers them).
    In(Vec<u64>),
    /// None of these.
    NotIn(Vec<u64>),
    /// In the closed range.
    Range(u64, u64),
    /// In the prefix (addresses only).
    Subnet(Subnet),
    /// `value mod divisor` is one of these.
    Modulus(u64, Vec<u64>),
}

/// A header field, named as Wireshark does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HeaderField {
    /// `ip.src`
    IpSource,
    /// `ip.dst`
    IpDestination,
    /// `ip.ttl`
    IpTtl,
    /// `ip.dsfield.dscp`
    IpDscp,
    /// `ip.dsfield.ecn`
    IpEcn,
    /// `ip.len`, before fragmentation
    IpLength,
    /// `ip.proto`
    IpProtocol,
    /// `ip.id`
    IpId,
    /// 1 when the packet is fragmented here (`ip.flags.mf` or an offset)
    IpFragmented,
    /// `udp.srcport`
    UdpSourcePort,
    /// `udp.dstport`
    UdpDestinationPort,
    /// `udp.length`
    UdpLength,
    /// `tcp.srcport`
    TcpSourcePort,
    /// `tcp.dstport`
    TcpDestinationPort,
    /// `tcp.flags`, the low 9 bits
    TcpFlags,
    /// `icmp.type`
    IcmpType,
    /// `icmp.ident`
    IcmpId,
    /// `icmp.seq`
    IcmpSequence,
    /// `ntp.flags.vn`
    NtpVersion,
    /// `ntp.flags.mode`
    NtpMode,
    /// `dns.qry.type`
    DnsType,
    /// `dns.id`
    DnsId,
    /// 1 when the message has an OPT record, else 0
    DnsEdns,
    /// `dns.flags.response`
    DnsResponse,
}
