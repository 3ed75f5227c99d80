//! DHCP for IPv4 (RFC 2131), as far as other requests are to be understood: which address a server is about to give away.

use crate::bytes::array_at;
use crate::{Packet, Transport};
use std::net::{IpAddr, Ipv4Addr};

/// Ports of servers and relays, and of clients (RFC 2131 section 4.1).
const PORTS: (u16, u16) = (67, 68);
/// A reply's operation code (RFC 2131 section 2).
const REPLY: u8 = 2;
/// Where `yiaddr`, the address for the client, stands (RFC 2131 figure 1).
const YOURS: usize = 16;
/// Where the options begin, with their mark (RFC 2131 section 3).
const OPTIONS: usize = 236;
const MARK: [u8; 4] = [99, 130, 83, 99];

/// The address that a DHCP server offers or confirms in this packet, to a client or to its relay. A server has checked before
/// whether anybody has it (RFC 2131 section 3.1: it should, by an echo request).
#[must_use]
pub fn offered_address(packet: &Packet<'_>) -> Option<IpAddr> {
    let Transport::Udp(udp) = packet.transport else { return None };
    let replies = udp.source_port == PORTS.0 && (PORTS.0..=PORTS.1).contains(&udp.destination_port);
    if !replies || udp.payload.first() != Some(&REPLY) || array_at(udp.payload, OPTIONS) != Some(MARK) {
        return None;
    }
    let yours = Ipv4Addr::from(array_at::<4>(udp.payload, YOURS)?);
    (!yours.is_unspecified()).then_some(IpAddr::V4(yours))
}
