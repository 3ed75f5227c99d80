//! Who is spoken to, and over what.

use std::net::Ipv4Addr;

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
