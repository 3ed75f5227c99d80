//! A capture filter: parsed once, asked about each packet.
//!
//! `words` cuts the text, `parser` makes a `tree` of it with the help of `value` (addresses and numbers), `answer`
//! asks the tree about a packet.

mod answer;
mod error;
mod parser;
mod tree;
mod value;
mod words;

pub use error::{FilterError, FilterProblem};

use answer::Answer;
use std::fmt;
use std::str::FromStr;
use unanswered_wire::Packet;

/// A filter in the syntax of pcap-filter(7), over decoded packets.
///
/// # What is supported
///
/// - `[src|dst|src or dst|src and dst] host|net|port|portrange VALUE`, with `ip`, `ip6` or `arp` before `host` and
///   `net`, and `tcp` or `udp` before `port` and `portrange`; `src ADDRESS`, and an address alone;
/// - values: IPv4 and IPv6 addresses, `net 10.0.0.0/8`, `net 10.1`, `net 10.0.0.0 mask 255.0.0.0`, numbers. No names: a
///   capture comes from another network or another day, where a name may stand for another address;
/// - `ether [src|dst|host] MAC`, `vlan`, `vlan NUMBER`, `less LENGTH`, `greater LENGTH`;
/// - `ip`, `ip6`, `arp`, `tcp`, `udp`, `icmp`, `icmp6`, `[ip|ip6] proto NUMBER`;
/// - `and`, `or`, `not`, `&&`, `||`, `!` and parentheses. As in tcpdump, `and` and `or` bind equally and from the left, and
///   a value without qualifiers takes those before it: `port 53 or 67`.
///
/// # Where the meaning differs from tcpdump's, on purpose
///
/// tcpdump compares bytes at fixed places of a frame. Here a frame is all the packets that are in it, and what is
/// asked holds if it holds for one of them:
///
/// - *ICMP errors* belong to the packet that they quote as well: `port 53` has the port-unreachable about a DNS request,
///   which is an answer to it.
/// - *Tunnels*: the packet inside and those around it count, and `not port 53` leaves out a frame with port 53 in
///   any of them. VLAN tags and MPLS labels are looked through, without `vlan` before.
/// - *Later fragments* have no ports. Where only a port could decide, they are kept, since without them a reply would
///   not be whole; the address and the protocol still decide. `port` is that of TCP and UDP.
/// - *IPv6 extension headers* are looked through: `proto` is the transport's.
/// - Frames that cannot be decoded match nothing, not even `not port 53`: those that carry neither IP nor ARP for it.
///
/// ```
/// use unanswered_narrow::CaptureFilter;
/// use unanswered_wire::{LinkType, decode, emit};
///
/// let ip = emit::Ipv4 {
///     source: [192, 0, 2, 1].into(),
///     destination: [192, 0, 2, 53].into(),
///     ttl: 64,
///     dscp: 0,
///     ecn: 0,
///     identification: 1,
///     dont_fragment: false,
/// };
/// let mut frame = Vec::new();
/// let query = emit::Content::Udp { source_port: 40_000, destination_port: 53, payload: b"..." };
/// emit::ip_packet(&mut frame, ip, &query)?;
/// let packet = decode(LinkType::Raw, &frame, frame.len() as u32).expect("an IP packet");
///
/// for (filter, matches) in [("dst port 53 and net 192.0.2.0/24", true), ("tcp", false), ("not src host 192.0.2.1", false)] {
///     assert_eq!(CaptureFilter::parse(filter).expect("a filter").matches(&packet), matches, "{filter}");
/// }
/// # Ok::<(), emit::CannotEmit>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptureFilter(tree::Chain);

impl CaptureFilter {
    /// Reads an expression.
    ///
    /// # Errors
    /// With the column of what is wrong or not supported.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        parser::parse(text).map(Self)
    }

    /// Whether the frame is wanted. Where only the ports of a later fragment could tell, it is.
    #[must_use]
    pub fn matches(&self, packet: &Packet<'_>) -> bool {
        answer::chain(&self.0, packet) > Answer::No
    }
}

impl FromStr for CaptureFilter {
    type Err = FilterError;
    fn from_str(text: &str) -> Result<Self, FilterError> {
        Self::parse(text)
    }
}

/// As it was understood: every value with its qualifiers.
impl fmt::Display for CaptureFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
