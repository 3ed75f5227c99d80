//! Who is addressed, and over what.

use std::net::Ipv4Addr;

/// A transport over which requests are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
    /// ICMP echo; its identifier takes the place of ports.
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
