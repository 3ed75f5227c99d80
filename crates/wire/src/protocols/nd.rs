//! IPv6 neighbour discovery (RFC 4861): who on this link has that IPv6 address, and is it still there.
//!
//! A neighbour solicitation asks, a solicited advertisement answers. Its server is the address asked for, not the
//! multicast group that the question goes to. Not requests: solicitations of an address by whoever wants to use it (RFC 4862
//! section 5.4.2), which silence answers well. All else is as with ARP.

use super::arp;
use crate::{Carrier, Declaration, Declared, FeatureSink, Filters, Message, Packet, Protocol, Transport};

/// Neighbour solicitation and advertisement.
#[derive(Clone, Copy, Debug)]
pub struct NeighbourDiscovery;

impl Declared for NeighbourDiscovery {
    const DECLARATION: Declaration = Declaration {
        name: "nd",
        requests: "neighbour solicitations",
        carrier: Carrier::Neighbour,
        waiting: arp::WAITING,
        filters: Filters {
            display: "(icmpv6.type == 135 && ipv6.src != ::)",
            capture: Some(CAPTURE),
            capture_v6: Some(CAPTURE),
        },
        selection: arp::SELECTION,
        features: &[],
        refusals: &[],
        // The server is all that it asks about.
        describes: &[],
        asks_for: None,
    };
}

/// One that is not about an address that its sender wants to use.
const CAPTURE: &str = "(icmp6[icmp6type] = icmp6-neighborsolicit and not src host ::)";

impl Protocol for NeighbourDiscovery {
    fn message(&self, packet: &Packet<'_>) -> Option<Message> {
        let Transport::Neighbour(neighbour) = &packet.transport else { return None };
        arp::message(packet, neighbour)
    }

    fn features(&self, _: &Packet<'_>, _: &mut dyn FeatureSink) {}
}
