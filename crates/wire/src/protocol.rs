//! What a request/reply protocol must declare: the one trait behind which a protocol is one file.
//!
//! A [`Protocol`] declares what is known of it in advance ([`Declaration`]), and looks at one decoded
//! packet: whether it is its own, request or reply, what identity it has, what features it offers. It holds
//! no state; pairing is `unanswered-exchange`'s work. All consumers (pairing, columns, reports, filters, live
//! capture, help) read the declaration, so that a protocol is one file and one line in a list.

use crate::{Packet, Span};
use std::net::IpAddr;
use unanswered_registry::{Feature, Refusal};

/// What pairs a reply with its request on one flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The number both carry: NTP transmit/origin timestamp, DNS id, TCP sequence, ICMP sequence.
    pub key: u64,
    /// What a right reply must also agree in (hash of the DNS question; 0 where there is none).
    /// Equal `key` with a different `check` is a reply that its client rejects.
    pub check: u64,
}

impl Identity {
    /// A `check` that agrees with every other: the packet's question was cut off or left out, so
    /// only `key` can be compared.
    pub const ANY_CHECK: u64 = u64::MAX;

    /// An identity without a check.
    #[must_use]
    pub const fn of(key: u64) -> Self {
        Self { key, check: 0 }
    }

    /// An identity with a hash for its check; hashes with a meaning of their own are moved away from it.
    #[must_use]
    pub const fn checked(key: u64, hash: u64) -> Self {
        let check = if hash == 0 || hash == Self::ANY_CHECK { 1 } else { hash };
        Self { key, check }
    }

    /// An identity whose check agrees with every other.
    #[must_use]
    pub const fn unchecked(key: u64) -> Self {
        Self { key, check: Self::ANY_CHECK }
    }

    /// Whether a reply with this identity answers a request with that one.
    #[must_use]
    pub const fn agrees(self, other: Self) -> bool {
        self.key == other.key
            && (self.check == other.check || self.check == Self::ANY_CHECK || other.check == Self::ANY_CHECK)
    }
}

/// What a reply says about the request it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// The protocol's answer, negative answers (NXDOMAIN) included.
    Given,
    /// The protocol's answer, cut off: the client has to ask again over another transport (DNS's TC bit).
    Truncated,
    /// A refusal, or an error ([`RefusalKind::error`](unanswered_registry::RefusalKind::error)).
    Refused(Refusal),
}

/// Whether a client's bytes inside a TCP connection begin a request of a protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Begins {
    /// They do not.
    No,
    /// Too few bytes were captured to say so.
    TooShort,
    /// They do, as far as they were captured; the rest of the first line may show otherwise.
    Likely,
    /// They do.
    Yes,
}

/// What a server's first bytes after a request inside a TCP connection say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Opening {
    /// They begin the answer.
    Answer(Answer),
    /// They begin an answer, of which too little was captured to say what it says.
    Unread,
    /// That many bytes are no answer yet (HTTP's `100 Continue`, a TLS warning): the answer follows them.
    Interim(u32),
}

impl Opening {
    /// An answer that says nothing of failing.
    pub const GIVEN: Self = Self::Answer(Answer::Given);
}

/// What one packet means to one protocol. A packet may ask and answer at once
/// (NTP symmetric modes).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// Set when the packet is a request.
    pub asks: Option<Identity>,
    /// Set when the packet is a reply.
    pub answers: Option<(Identity, Answer)>,
    /// Fingerprint of the request that survives NAT and tunnels, so that sightings of it at
    /// several vantage points can be joined; a reply carries its request's where it can
    /// (else 0). Zero means none.
    pub fingerprint: u64,
}

/// Takes a request's features, one call each. The sink decides what to keep.
pub trait FeatureSink {
    /// A number; flags are 0 or 1.
    fn number(&mut self, feature: &'static Feature, value: i64);
    /// A name in the protocol's own text form (a DNS name without the final dot, lower case kept as sent).
    fn text(&mut self, feature: &'static Feature, value: &str);
    /// An address.
    fn address(&mut self, feature: &'static Feature, value: IpAddr);
    /// A hardware address; as text unless the sink can take it directly (making text is slow).
    fn hardware(&mut self, feature: &'static Feature, value: [u8; 6]) {
        self.text(feature, crate::text::hardware_text(value).as_str());
    }
}

/// What carries a protocol's messages: decides what stands for its ports, and which packets it is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Carrier {
    /// Datagrams from or to one of these UDP ports.
    Udp(&'static [u16]),
    /// Datagrams of all other UDP ports: only those before them on their flow say which end asks.
    OtherUdp,
    /// The segments that open a TCP connection.
    TcpConnect,
    /// The bytes inside TCP connections; their requests share the connection's flow.
    TcpBytes,
    /// ICMP and ICMPv6 echo: the identifier stands for the client's port; there is none for the server.
    Echo,
    /// ARP and neighbour discovery: neither end has a port.
    Neighbour,
}

impl Carrier {
    /// IANA's protocol number, where both ends have ports.
    #[must_use]
    pub const fn ip_protocol(self) -> Option<u8> {
        match self {
            Self::Udp(_) | Self::OtherUdp => Some(17),
            Self::TcpConnect | Self::TcpBytes => Some(6),
            Self::Echo | Self::Neighbour => None,
        }
    }

    /// Both ends have ports; else the client has an identifier, or neither has any number.
    #[must_use]
    pub const fn has_ports(self) -> bool {
        !matches!(self, Self::Echo | Self::Neighbour)
    }

    /// Its messages stay on one link: no router forwards them, nothing translates them.
    #[must_use]
    pub const fn is_of_link(self) -> bool {
        matches!(self, Self::Neighbour)
    }

    /// It is UDP.
    #[must_use]
    pub const fn is_udp(self) -> bool {
        matches!(self, Self::Udp(_) | Self::OtherUdp)
    }

    /// It is TCP.
    #[must_use]
    pub const fn is_tcp(self) -> bool {
        matches!(self, Self::TcpConnect | Self::TcpBytes)
    }
}

/// How a protocol's client waits and retransmits, and what pairing makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// How long it waits by default before it counts the request as lost.
    pub timeout: Span,
    /// Minimum time after its last transmission that a request can still be retransmitted or get a late reply
    /// (otherwise three time-outs).
    pub retention: Span,
    /// A request that had to be retransmitted is late, however soon the reply came after that: its user had
    /// to wait for the retransmission.
    pub late_when_repeated: bool,
    /// An answered identity may be reused by another request; otherwise it is a retransmission.
    pub identities_come_again: bool,
    /// Each transmission is a request of its own: there is nothing in it that a retransmission repeats and a new question
    /// does not.
    pub each_is_a_request: bool,
    /// The same question may go to any of several servers at once, and the client takes the first answer.
    pub first_answer_wins: bool,
    /// A reply on the right flow whose identity fits no open request still proves that the newest open
    /// request there got a reply that its client must reject (NTP's wrong origin).
    pub rejects_unknown_identity: bool,
}

impl Waiting {
    /// A client with that time-out that may reuse its identities; 10 s of retention.
    #[must_use]
    pub const fn seconds(timeout: i64) -> Self {
        Self {
            timeout: Span::from_seconds(timeout),
            retention: Span::from_seconds(10),
            late_when_repeated: false,
            identities_come_again: true,
            each_is_a_request: false,
            first_answer_wins: false,
            rejects_unknown_identity: false,
        }
    }
}

/// A protocol in other tools' filters: only its requests, as far as the tool can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filters {
    /// Wireshark's display filter. By port and type rather than by dissector: Wireshark takes requests
    /// from rewritten ports for other protocols. A term that can be joined with `||`.
    pub display: &'static str,
    /// tcpdump's filter if everything is IPv4 (pcap-filter(7)); `None` if it cannot express it. A term that can be
    /// joined with `or`.
    pub capture: Option<&'static str>,
    /// tcpdump's filter that handles IPv6 as well.
    pub capture_v6: Option<&'static str>,
}

/// What the kernel's filter of a live capture has to let through for a protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection {
    /// UDP: from or to these ports, or all of it.
    pub udp: UdpSelection,
    /// TCP: from or to these ports, or all of it.
    pub tcp: TcpSelection,
    /// ICMP and ICMPv6 echo.
    pub echo: bool,
    /// ARP and IPv6 neighbour discovery.
    pub neighbours: bool,
}

/// Which datagrams a live capture needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UdpSelection {
    /// Those from or to these ports; none where there is none.
    Ports(&'static [u16]),
    /// All.
    All,
}

/// Which TCP segments a live capture needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TcpSelection {
    /// None.
    None,
    /// Those from or to these ports.
    Ports(&'static [u16]),
    /// All.
    All,
}

/// A part of the words that describe a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Part {
    /// A fixed text.
    Text(&'static str),
    /// The value of a feature; without it the request has no description.
    Value(&'static Feature),
    /// The value of a feature with a blank before it, where the request has it.
    AlsoValue(&'static Feature),
    /// The client's port (or the identifier that stands for it).
    ClientPort,
}

/// What is known of a protocol in advance.
#[derive(Clone, Copy, Debug)]
pub struct Declaration {
    /// Lower-case name in arguments, tables and JSON: `ntp`.
    pub name: &'static str,
    /// Its requests in words: `NTP requests`, `TCP connects`.
    pub requests: &'static str,
    /// What carries its messages.
    pub carrier: Carrier,
    /// How its client waits and retransmits.
    pub waiting: Waiting,
    /// How other tools select its requests.
    pub filters: Filters,
    /// What a live capture selects.
    pub selection: Selection,
    /// Its own features (those of IP and transport are common to all).
    pub features: &'static [&'static [&'static Feature]],
    /// Its ways to refuse a request.
    pub refusals: &'static [&'static unanswered_registry::RefusalKind],
    /// The words that describe a request, in order; empty where there is nothing to describe.
    pub describes: &'static [Part],
    /// The name that a request asks for, if it has one.
    pub asks_for: Option<&'static Feature>,
}

/// Gives a protocol its declaration. Separate from [`Protocol`], so that lists of declarations are constants.
pub trait Declared {
    /// What is known of it in advance.
    const DECLARATION: Declaration;
}

/// A request/reply protocol. Implementations are zero-sized and live in one file each.
pub trait Protocol: Sync {
    /// What the packet means, or `None` when it is not this protocol's. Over UDP, asked only for
    /// packets from or to one of its ports.
    fn message(&self, packet: &Packet<'_>) -> Option<Message>;

    /// Another number that a right reply to this request may carry in place of its identity's; 0 is none.
    fn also_answered_by(&self, packet: &Packet<'_>) -> Option<u64> {
        let _ = packet;
        None
    }

    /// Features of a request, protocol-specific ones only (IP and ports are common ones).
    /// Called only for packets whose message asks.
    fn features(&self, packet: &Packet<'_>, sink: &mut dyn FeatureSink);

    /// Whether a UDP payload can hardly be another protocol's. Decides between two protocols when a
    /// packet goes from a port of one to a port of the other.
    fn is_certain(&self, payload: &[u8]) -> bool {
        let _ = payload;
        false
    }

    /// Whether these bytes, a client's first after the last answer in its connection, begin a request of this protocol.
    /// Only protocols inside connections ([`Carrier::TcpBytes`]) say so.
    fn begins(&self, bytes: &[u8]) -> Begins {
        let _ = bytes;
        Begins::No
    }

    /// What the server's first bytes after such a request say. `on_wire`: how many there are, of which `bytes` were captured.
    fn opening(&self, bytes: &[u8], on_wire: u32) -> Opening {
        let _ = (bytes, on_wire);
        Opening::GIVEN
    }

    /// The feature that is the number of a request in its connection, from 1, where the protocol has one. The connection
    /// knows it, not the packet.
    fn number_in_connection(&self) -> Option<&'static Feature> {
        None
    }
}
