//! What became of a packet that a client received.

use crate::packet::Kiss;

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// A valid reply: it sets the reach bit and gives a sample.
    Accepted,
    /// A kiss-o'-death.
    Kiss(Kiss),
    /// Nothing that makes the server count as reachable.
    Rejected(Rejection),
}

/// Why a packet does not count (RFC 5905 section 9.2 has the tests' numbers).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rejection {
    /// TEST1: the transmit timestamp is that of the previous packet.
    Duplicate,
    /// TEST2: the origin timestamp is not that of the request in flight.
    Bogus,
    /// TEST3: the transmit or receive timestamp is zero.
    Zero,
    /// TEST6: leap 3, or no valid stratum; answered, but without time to give.
    Unsynchronised,
    /// TEST7: root delay and dispersion come to 16 s.
    Distance,
    /// Not the mode of a reply.
    Mode,
    /// A kiss ended this association, or there is none with that number.
    Demobilised,
}
