//! How a flow is identified: the five values by which a packet's flow is found.
//!
//! A tuple is packed into two words before it is looked up, because hashing thirteen bytes one by one
//! costs more than everything else that is done for a packet.

use unanswered_scenario::model::{Endpoint, Transport};

/// A packet's protocol and its two ends. For ICMP echo the identifier takes the place of both ports, so that
/// reversing a tuple and changing its ends works as for UDP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tuple {
    /// Protocol.
    pub protocol: Transport,
    /// Who sends.
    pub source: Endpoint,
    /// Who is addressed.
    pub destination: Endpoint,
}

/// Which way a packet of a flow goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FlowDirection {
    /// As the packet that opened the flow.
    Original,
    /// In the other direction.
    Reply,
}

impl Tuple {
    /// The tuple of an answer.
    #[must_use]
    #[inline]
    pub const fn inverted(self) -> Self {
        Self { protocol: self.protocol, source: self.destination, destination: self.source }
    }

    /// The same with another source. An ICMP identifier is one number, so it changes at both ends.
    #[must_use]
    pub const fn with_source(self, source: Endpoint) -> Self {
        let mut changed = Self { source, ..self };
        if matches!(self.protocol, Transport::Icmp) {
            changed.destination.port = source.port;
        }
        changed
    }

    /// The same with another destination; an ICMP identifier stays, since nothing chooses by it.
    #[must_use]
    pub const fn with_destination(self, destination: Endpoint) -> Self {
        let mut changed = Self { destination, ..self };
        if matches!(self.protocol, Transport::Icmp) {
            changed.destination.port = self.destination.port;
        }
        changed
    }

    /// For looking it up.
    #[inline]
    pub(super) fn key(&self) -> TupleKey {
        TupleKey(end_key(self.protocol, self.source), end_key(self.protocol, self.destination))
    }
}

/// A packed tuple.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct TupleKey(u64, u64);

/// A packed protocol and endpoint: protocol, address and port in 8, 32 and 16 bits.
#[inline]
pub(super) fn end_key(protocol: Transport, end: Endpoint) -> u64 {
    (u64::from(number(protocol)) << 48) | (u64::from(end.address.to_bits()) << 16) | u64::from(end.port)
}

/// The protocol's number in the IP header (IANA).
pub(super) const fn number(protocol: Transport) -> u8 {
    match protocol {
        Transport::Icmp => 1,
        Transport::Tcp => 6,
        Transport::Udp => 17,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn end(last: u8, port: u16) -> Endpoint {
        Endpoint { address: Ipv4Addr::new(10, 0, 0, last), port }
    }

    #[test]
    fn an_icmp_identifier_is_one_number() {
        let echo = Tuple { protocol: Transport::Icmp, source: end(1, 7), destination: end(2, 7) };
        assert_eq!(echo.with_source(end(9, 8)).destination, end(2, 8));
        assert_eq!(echo.with_destination(end(3, 0)).destination, end(3, 7));
    }

    #[test]
    fn every_part_of_a_tuple_is_in_its_key() {
        let tuple = Tuple { protocol: Transport::Udp, source: end(1, 2), destination: end(3, 4) };
        let others = [
            Tuple { protocol: Transport::Tcp, ..tuple },
            tuple.inverted(),
            tuple.with_source(end(1, 3)),
            tuple.with_source(end(2, 2)),
            tuple.with_destination(end(3, 5)),
            tuple.with_destination(end(4, 4)),
        ];
        assert!(others.iter().all(|other| other.key() != tuple.key()));
    }
}
