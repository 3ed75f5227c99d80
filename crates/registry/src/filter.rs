//! How other tools' filters name a feature.
//!
//! Only what selects the same packets is declared: a filter that selects others is left out.

/// A term for IPv6, and by how much its values are smaller than the feature's (IPv6's payload length
/// does not count the 40 bytes of the header, RFC 8200 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shifted {
    /// Field or expression.
    pub term: &'static str,
    /// The feature's value minus the term's.
    pub shift: i64,
}

/// How Wireshark's display filters (wireshark-filter(4)) express a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DisplayTerm {
    /// They cannot.
    None,
    /// By a field with numbers (or hardware addresses) for values.
    Number {
        /// The field, for IPv4 where the versions differ.
        field: &'static str,
        /// The field for IPv6, if it is a different one.
        v6: Option<Shifted>,
    },
    /// By a field whose values are texts even where they look like numbers.
    Text {
        /// The field.
        field: &'static str,
    },
    /// By how the text of a field begins: the value, then its end or one of these characters.
    Begins {
        /// The field.
        field: &'static str,
        /// What may come before the value, as a regular expression.
        after: &'static str,
        /// What may follow the value, as the inside of a class of characters in a regular expression.
        followed_by: &'static str,
    },
    /// By a field with addresses or prefixes for values.
    Address {
        /// The field for IPv4.
        v4: &'static str,
        /// The field for IPv6.
        v6: &'static str,
    },
    /// The feature is the protocol: its declaration has the filter.
    Protocol,
}

/// Source or destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// Where the packet comes from.
    Source,
    /// Where it goes.
    Destination,
}

impl Direction {
    /// pcap-filter(7)'s word.
    #[must_use]
    pub const fn keyword(self) -> &'static str {
        match self {
            Self::Source => "src",
            Self::Destination => "dst",
        }
    }
}

/// A transport with ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
}

impl Transport {
    /// pcap-filter(7)'s word.
    #[must_use]
    pub const fn keyword(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
        }
    }
}

/// An expression over a packet's bytes (pcap-filter(7)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Bytes {
    /// For IPv4, or for both where `v6` is the same.
    pub v4: &'static str,
    /// For IPv6; `None` where libpcap has no expression (it cannot index past IPv6's headers).
    pub v6: Option<Shifted>,
}

/// How tcpdump's filters express a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CaptureTerm {
    /// They cannot.
    None,
    /// By bytes of the packet.
    Bytes(Bytes),
    /// By its address.
    Address(Direction),
    /// By its hardware address.
    Hardware(Direction),
    /// By its port.
    Port(Transport, Direction),
    /// By the VLAN tag, which moves the offsets of everything that follows in a filter.
    Vlan,
    /// The feature is the protocol: its declaration has the filter.
    Protocol,
}
