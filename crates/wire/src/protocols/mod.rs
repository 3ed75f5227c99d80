//! The protocols, one file each, and the question whose a packet is.

pub mod dns;
pub mod icmp;
pub mod ntp;
pub mod tcp;

pub use dns::Dns;
pub use icmp::Icmp;
pub use ntp::Ntp;
pub use tcp::{TcpConnect, TcpData};

use crate::{Message, Packet, Protocol, Transport};

/// Every protocol, most specific first; [`ProtocolId`] is the index.
pub static PROTOCOLS: [&dyn Protocol; 5] = [&Ntp, &Dns, &TcpConnect, &Icmp, &TcpData];

/// Which of [`PROTOCOLS`] a message belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProtocolId(pub u8);

impl ProtocolId {
    /// NTP.
    pub const NTP: Self = Self(0);
    /// DNS over UDP.
    pub const DNS: Self = Self(1);
    /// TCP connect.
    pub const TCP: Self = Self(2);
    /// ICMP and ICMPv6 echo.
    pub const ICMP: Self = Self(3);
    /// Requests inside a TCP connection.
    pub const TCP_DATA: Self = Self(4);

    /// The protocol behind the number.
    #[must_use]
    pub fn protocol(self) -> &'static dyn Protocol {
        PROTOCOLS.get(usize::from(self.0)).copied().unwrap_or(&Ntp)
    }

    /// The protocol whose flow the requests travel on: TCP for those inside its connections, else itself.
    #[must_use]
    pub const fn of_flow(self) -> Self {
        match self {
            Self::TCP_DATA => Self::TCP,
            other => other,
        }
    }

    /// The protocol of that [`Protocol::name`].
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        let index = PROTOCOLS.iter().position(|protocol| protocol.name() == name)?;
        u8::try_from(index).ok().map(Self)
    }
}

/// Whose the packet is and what it means: the same answer as asking [`PROTOCOLS`] in order, with
/// the transport deciding first who is asked at all.
#[must_use]
#[inline]
pub fn recognise(packet: &Packet<'_>) -> Option<(ProtocolId, Message)> {
    let (id, message) = match packet.transport {
        Transport::Udp(_) => match Ntp.message(packet) {
            Some(message) => (ProtocolId::NTP, Some(message)),
            None => (ProtocolId::DNS, Dns.message(packet)),
        },
        Transport::Tcp(_) => (ProtocolId::TCP, TcpConnect.message(packet)),
        Transport::Echo(_) => (ProtocolId::ICMP, Icmp.message(packet)),
        Transport::Error(_) | Transport::LaterFragment | Transport::Other => return None,
    };
    message.map(|message| (id, message))
}

/// Declares a feature: name, words, kind, and whether Wireshark has the field.
macro_rules! declare {
    ($id:ident, $name:literal, $words:literal, $kind:ident, $wireshark:literal) => {
        #[doc = concat!("`", $name, "`: the ", $words, ".")]
        pub static $id: crate::Feature = crate::Feature {
            name: $name,
            words: $words,
            kind: crate::FeatureKind::$kind,
            wireshark: $wireshark,
        };
    };
}
pub(crate) use declare;
