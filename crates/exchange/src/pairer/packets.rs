//! What the pairer needs to know of a packet.

use unanswered_wire::{Packet, Span, Tcp, Transport};

/// Whole microseconds, as legs keep them.
pub(super) fn microseconds(span: Span) -> u32 {
    u32::try_from(span.nanoseconds().max(0) / 1000).unwrap_or(u32::MAX)
}

/// The TCP segment.
pub(super) const fn segment<'a, 'p>(packet: &'a Packet<'p>) -> Option<&'a Tcp<'p>> {
    if let Transport::Tcp(tcp) = &packet.transport { Some(tcp) } else { None }
}

/// Source and destination port of a request; for echo the identifier stands for the client's.
pub(super) fn ports(packet: &Packet<'_>) -> (u16, u16) {
    match packet.transport {
        Transport::Udp(udp) => (udp.source_port, udp.destination_port),
        Transport::Tcp(tcp) => (tcp.source_port, tcp.destination_port),
        Transport::Echo(echo) => (echo.identifier, 0),
        Transport::Error(_) | Transport::Neighbour(_) | Transport::LaterFragment | Transport::Other(_) => {
            (0, 0)
        }
    }
}

/// Source and destination port of a reply; for echo the identifier stands for the client's.
pub(super) fn reply_ports(packet: &Packet<'_>) -> (u16, u16) {
    match packet.transport {
        Transport::Echo(echo) => (0, echo.identifier),
        Transport::Udp(_)
        | Transport::Tcp(_)
        | Transport::Error(_)
        | Transport::Neighbour(_)
        | Transport::LaterFragment
        | Transport::Other(_) => ports(packet),
    }
}
