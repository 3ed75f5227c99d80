//! The protocols, one file each, and which of them a packet belongs to.
//!
//! A new one is a file with a [`Protocol`], its `mod` line and its line in the list below; everything
//! else asks its [`Declaration`].

pub mod arp;
pub mod dns;
pub mod http;
pub mod icmp;
pub mod nd;
pub mod ntp;
pub mod radius;
pub mod snmp;
pub mod tcp;
#[cfg(test)]
mod test_readers;
pub mod tls;
pub mod udp;

use crate::{Begins, Carrier, Declaration, Declared, Message, Packet, Protocol, Transport, Udp};

/// Makes the list and a named [`ProtocolId`] for each of its lines.
macro_rules! protocols {
    ($($id:ident = $protocol:path;)*) => {
        /// Every protocol, most specific first; [`ProtocolId`] is the index.
        pub static PROTOCOLS: [&dyn Protocol; COUNT] = [$(&$protocol),*];
        const COUNT: usize = [$(stringify!($id)),*].len();
        const DECLARATIONS: [&Declaration; COUNT] = [$(&<$protocol as Declared>::DECLARATION),*];
        protocols!(@ids 0; $($id)*);
    };
    (@ids $index:expr;) => {};
    (@ids $index:expr; $id:ident $($rest:ident)*) => {
        impl ProtocolId {
            #[doc = concat!("The protocol `", stringify!($id), "` of the list.")]
            pub const $id: Self = Self($index);
        }
        protocols!(@ids $index + 1; $($rest)*);
    };
}

protocols! {
    NTP = ntp::Ntp;
    DNS = dns::Dns;
    RADIUS = radius::Radius;
    SNMP = snmp::Snmp;
    TCP = tcp::TcpConnect;
    ICMP = icmp::Icmp;
    HTTP = http::Http;
    TLS = tls::Tls;
    TCP_DATA = tcp::TcpData;
    ARP = arp::Arp;
    ND = nd::NeighbourDiscovery;
    UDP = udp::OtherUdp;
}

/// Which of [`PROTOCOLS`] a message belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProtocolId(pub u8);

impl ProtocolId {
    /// All of them, in the order of the list.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..=u8::MAX).take(PROTOCOLS.len()).map(Self)
    }

    /// The protocol with that number.
    ///
    /// # Panics
    /// When the list has no such number: ids come from the list.
    #[must_use]
    pub fn protocol(self) -> &'static dyn Protocol {
        PROTOCOLS.get(usize::from(self.0)).copied().expect("ids come from the list")
    }

    /// What is known of the protocol in advance.
    ///
    /// # Panics
    /// Like [`protocol`](Self::protocol).
    #[must_use]
    pub fn declaration(self) -> &'static Declaration {
        DECLARATIONS.get(usize::from(self.0)).copied().expect("ids come from the list")
    }

    /// What carries it.
    ///
    /// # Panics
    /// Like [`protocol`](Self::protocol).
    #[must_use]
    pub fn carrier(self) -> Carrier {
        self.declaration().carrier
    }

    /// The protocol whose flow the requests travel on: TCP for those inside its connections, else itself.
    #[must_use]
    pub fn of_flow(self) -> Self {
        if self.carrier() == Carrier::TcpBytes { Self::TCP } else { self }
    }

    /// The protocol of that [name](Declaration::name).
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::all().find(|id| id.declaration().name == name)
    }

    /// The names of all protocols, in the order of the list.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        Self::all().map(|id| id.declaration().name).collect()
    }
}

/// Which protocol the packet belongs to, and what it means.
#[must_use]
#[inline]
pub fn recognise(packet: &Packet<'_>) -> Option<(ProtocolId, Message)> {
    let id = match packet.transport {
        Transport::Udp(udp) => return recognise_datagram(packet, &udp),
        Transport::Tcp(_) => ProtocolId::TCP,
        Transport::Echo(_) => ProtocolId::ICMP,
        Transport::Neighbour(_) if packet.has_ip_header() => ProtocolId::ND,
        Transport::Neighbour(_) => ProtocolId::ARP,
        Transport::Error(_) | Transport::LaterFragment | Transport::Other(_) => return None,
    };
    id.protocol().message(packet).map(|message| (id, message))
}

/// The protocol of a request inside a TCP connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TurnProtocol {
    /// The protocol; [`ProtocolId::TCP_DATA`] where none is recognised.
    pub protocol: ProtocolId,
    /// More bytes cannot show another one.
    pub sure: bool,
}

impl TurnProtocol {
    /// Nothing is known of the request's first bytes.
    pub const UNKNOWN: Self = Self { protocol: ProtocolId::TCP_DATA, sure: false };

    /// By a request's first bytes, as far as they were captured.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut found = Self { protocol: ProtocolId::TCP_DATA, sure: true };
        for protocol in ProtocolId::all().filter(|id| id.carrier() == Carrier::TcpBytes) {
            match protocol.protocol().begins(bytes) {
                Begins::Yes => return Self { protocol, sure: true },
                Begins::Likely => return Self { protocol, sure: false },
                Begins::TooShort => found.sure = false,
                Begins::No => {}
            }
        }
        found
    }
}

/// Protocols with a port of their own on either side are asked in the order of the list, those that are certain first.
#[inline]
fn recognise_datagram(packet: &Packet<'_>, udp: &Udp<'_>) -> Option<(ProtocolId, Message)> {
    let (from, to) = (well_known(udp.source_port), well_known(udp.destination_port));
    let candidates = from | to;
    if candidates == 0 {
        return None;
    }
    let ask = |id: ProtocolId| id.protocol().message(packet).map(|message| (id, message));
    let of = |candidates: u32| ProtocolId::all().filter(move |id| candidates >> id.0 & 1 == 1);
    if candidates.is_power_of_two() {
        #[expect(clippy::cast_possible_truncation, reason = "at most 31")]
        return ask(ProtocolId(candidates.trailing_zeros() as u8));
    }
    let certain = of(candidates).find(|id| id.protocol().is_certain(udp.payload));
    certain.map_or_else(|| of(candidates).find_map(ask), ask)
}

/// The protocols that use the port, one bit each.
#[inline]
fn well_known(port: u16) -> u32 {
    if MAYBE >> (port % 64) & 1 == 0 {
        return 0;
    }
    let found = WELL_KNOWN.iter().find(|(known, _)| *known == port);
    found.map_or(0, |(_, protocols)| *protocols)
}

/// Whether the port belongs to a protocol of the list.
pub(crate) fn is_declared(port: u16) -> bool {
    well_known(port) != 0
}

/// The last six bits of every port below: most ephemeral ports match none of them.
#[expect(clippy::indexing_slicing, reason = "made when this is compiled")]
const MAYBE: u64 = {
    let (mut index, mut bits) = (0, 0);
    while index < PORTS {
        bits |= 1 << (ports()[index].0 % 64);
        index += 1;
    }
    bits
};

/// UDP ports with the protocols that they belong to.
static WELL_KNOWN: [(u16, u32); PORTS] = ports();

/// Ports of all protocols over UDP; those shared by two count twice.
#[expect(clippy::indexing_slicing, reason = "made when this is compiled")]
const PORTS: usize = {
    let (mut index, mut count) = (0, 0);
    while index < COUNT {
        if let Carrier::Udp(ports) = DECLARATIONS[index].carrier {
            count += ports.len();
        }
        index += 1;
    }
    count
};

/// Each port once with all its protocols; unused entries at the end say port 0 and none.
#[expect(clippy::indexing_slicing, reason = "made when this is compiled")]
const fn ports() -> [(u16, u32); PORTS] {
    let mut table = [(0, 0); PORTS];
    let mut index = 0;
    while index < COUNT {
        if let Carrier::Udp(ports) = DECLARATIONS[index].carrier {
            let mut port = 0;
            while port < ports.len() {
                let mut at = 0;
                while table[at].1 != 0 && table[at].0 != ports[port] {
                    at += 1;
                }
                table[at] = (ports[port], table[at].1 | 1 << index);
                port += 1;
            }
        }
        index += 1;
    }
    table
}
