//! What an expression asks, and how it is written.

use std::fmt;
use std::net::IpAddr;

/// Terms joined from left to right: `and` and `or` bind equally (pcap-filter(7)), so no order is hidden in a tree, and a
/// long chain is not a deep one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chain {
    pub(super) first: Term,
    pub(super) rest: Vec<(Join, Term)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Join {
    And,
    Or,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Term {
    Is(Primitive),
    Not(Box<Self>),
    Group(Box<Chain>),
}

/// Which of two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Either,
    Source,
    Destination,
    Both,
}

/// Whose addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Network {
    Any,
    V4,
    V6,
    Arp,
}

/// Whose ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carrier {
    Any,
    Tcp,
    Udp,
}

/// Addresses that begin alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Prefix {
    pub(super) address: IpAddr,
    /// Bits that count.
    pub(super) length: u8,
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Primitive {
    Address {
        network: Network,
        direction: Direction,
        prefix: Prefix,
    },
    Port {
        carrier: Carrier,
        direction: Direction,
        low: u16,
        high: u16,
    },
    /// The transport's number, in one version of IP or in both.
    Protocol {
        network: Network,
        number: u8,
    },
    Network(Network),
    Vlan(Option<u16>),
    Hardware {
        direction: Direction,
        address: [u8; 6],
    },
    /// At most so many bytes on the wire.
    Less(u32),
    /// At least so many bytes on the wire.
    Greater(u32),
}

/// Numbers of protocols (IANA).
pub(super) mod number {
    pub(crate) const ICMP: u8 = 1;
    pub(crate) const IPV4: u8 = 4;
    pub(crate) const TCP: u8 = 6;
    pub(crate) const UDP: u8 = 17;
    pub(crate) const IPV6: u8 = 41;
    pub(crate) const GRE: u8 = 47;
    pub(crate) const ICMP6: u8 = 58;
    pub(crate) const MPLS: u8 = 137;
}

impl Prefix {
    /// Bits of an address of that version.
    pub(super) const fn bits(address: IpAddr) -> u8 {
        if address.is_ipv4() { 32 } else { 128 }
    }

    /// Whether nothing is set behind the prefix.
    pub(super) fn is_clean(self) -> bool {
        let behind = match self.address {
            IpAddr::V4(a) => u128::from(a.to_bits().checked_shl(u32::from(self.length)).unwrap_or(0)),
            IpAddr::V6(a) => a.to_bits().checked_shl(u32::from(self.length)).unwrap_or(0),
        };
        behind == 0
    }

    /// Whether the address begins so.
    #[inline]
    pub(super) fn contains(self, other: IpAddr) -> bool {
        let differing = match (self.address, other) {
            (IpAddr::V4(a), IpAddr::V4(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
            (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return false,
        };
        differing >= u32::from(self.length)
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first.fmt(f)?;
        for (join, term) in &self.rest {
            let join = match join {
                Join::And => "and",
                Join::Or => "or",
            };
            write!(f, " {join} {term}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(primitive) => primitive.fmt(f),
            Self::Not(term) => write!(f, "not {term}"),
            Self::Group(chain) => write!(f, "({chain})"),
        }
    }
}

/// Qualifiers are written with the blank behind them.
impl Direction {
    const fn word(self) -> &'static str {
        match self {
            Self::Either => "",
            Self::Source => "src ",
            Self::Destination => "dst ",
            Self::Both => "src and dst ",
        }
    }
}

impl Network {
    const fn word(self) -> &'static str {
        match self {
            Self::Any => "",
            Self::V4 => "ip ",
            Self::V6 => "ip6 ",
            Self::Arp => "arp ",
        }
    }
}

impl fmt::Display for Primitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Address { network, direction, prefix: Prefix { address, length } } => {
                let (network, direction) = (network.word(), direction.word());
                if length == Prefix::bits(address) {
                    write!(f, "{network}{direction}host {address}")
                } else {
                    write!(f, "{network}{direction}net {address}/{length}")
                }
            }
            Self::Port { carrier, direction, low, high } => {
                let carrier = match carrier {
                    Carrier::Any => "",
                    Carrier::Tcp => "tcp ",
                    Carrier::Udp => "udp ",
                };
                let direction = direction.word();
                if low == high {
                    write!(f, "{carrier}{direction}port {low}")
                } else {
                    write!(f, "{carrier}{direction}portrange {low}-{high}")
                }
            }
            Self::Protocol { network, number } => match (network, number) {
                (Network::Any, number::TCP) => f.write_str("tcp"),
                (Network::Any, number::UDP) => f.write_str("udp"),
                (Network::V4, number::ICMP) => f.write_str("icmp"),
                (Network::V6, number::ICMP6) => f.write_str("icmp6"),
                _ => write!(f, "{}proto {number}", network.word()),
            },
            Self::Network(network) => f.write_str(network.word().trim_end()),
            Self::Vlan(None) => f.write_str("vlan"),
            Self::Vlan(Some(id)) => write!(f, "vlan {id}"),
            Self::Hardware { direction, address: [a, b, c, d, e, g] } => {
                let direction = if direction == Direction::Either { "host " } else { direction.word() };
                write!(f, "ether {direction}{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
            }
            Self::Less(length) => write!(f, "less {length}"),
            Self::Greater(length) => write!(f, "greater {length}"),
        }
    }
}
