//! Connection tracking and translations.

use super::endpoint::{Endpoint, Transport};
use super::ids::Probability;
use std::net::Ipv4Addr;
use std::ops::RangeInclusive;
use unanswered_wire::Span;

/// Connection tracking.
#[derive(Clone, Debug, PartialEq)]
pub struct ConntrackConfig {
    /// Maximum number of entries; `None`: no limit. A new flow beyond it is dropped.
    pub table_size: Option<u32>,
    /// How long entries live.
    pub timeouts: Timeouts,
    /// Packets that belong to no known flow and do not begin one (a TCP segment that is not a SYN) are
    /// dropped, as a rule on state `INVALID` does.
    pub drop_invalid: bool,
    /// Of two simultaneous packets of a new flow the second can be lost (Linux before 5.9 or so).
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

/// Timeouts of conntrack entries (`net.netfilter.nf_conntrack_*_timeout*`).
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
    /// Outside addresses; for masquerade the interface's own.
    pub address: Ipv4Addr,
    /// How the outside port is chosen.
    pub policy: PortPolicy,
    /// Ports that may be used, where the rule names them (`masquerade to :1024-65535`).
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
    /// Kept if free; on a collision the port that was rolled once for this inside source (1-511 for
    /// ports below 512, else as `Linux`) and is kept in memory until reboot, as some vRouters do.
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

/// Destination NAT: a virtual address and the servers behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct DestinationNat {
    /// Name, for the timeline to change it.
    pub name: String,
    /// The virtual address.
    pub address: Ipv4Addr,
    /// Transport to which it applies; `None`: all.
    pub protocol: Option<Transport>,
    /// The virtual port; `None`: all.
    pub port: Option<u16>,
    /// Where new flows go, each to one at random.
    pub to: Vec<Endpoint>,
}
