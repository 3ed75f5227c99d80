//! What a request/reply protocol must tell: the one trait behind which a
//! protocol is one file.
//!
//! A [`Protocol`] looks at one decoded packet and answers five questions: is it
//! mine, request or reply, what is its identity, what features does it offer,
//! how long does its client wait. It holds no state; pairing is
//! `unanswered-exchange`'s work.

use crate::{Packet, Span};
use std::net::IpAddr;

/// What pairs a reply with its request on one flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The number both carry: NTP transmit/origin timestamp, DNS id, TCP sequence, ICMP sequence.
    pub key: u64,
    /// What a right reply must also agree in (hash of the DNS question; 0 where there is none).
    /// Equal `key` with another `check` is a reply that its client rejects.
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

    /// Whether a reply of this identity answers a request of that one.
    #[must_use]
    pub const fn agrees(self, other: Self) -> bool {
        self.key == other.key
            && (self.check == other.check || self.check == Self::ANY_CHECK || other.check == Self::ANY_CHECK)
    }
}

/// What a reply says of the request it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// The protocol's answer, negative answers (NXDOMAIN) included.
    Given,
    /// Somebody said no.
    Refused(Refusal),
}

/// Who said no, and how. Displayed in words; `code` names are the RFCs'.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Refusal {
    /// NTP kiss-o'-death with its four-character code (RFC 5905 section 7.4).
    KissOfDeath([u8; 4]),
    /// DNS response code (5 REFUSED; RFC 1035 section 4.1.1).
    DnsCode(u16),
    /// TCP reset.
    TcpReset,
    /// NTP mode 6 or mode 7 error code.
    NtpControlError(u8),
    /// ICMP (v4) error: type, code. Attached by the pairer, never by a protocol.
    Icmp(u8, u8),
    /// ICMPv6 error: type, code.
    Icmpv6(u8, u8),
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
    pub transit: u64,
}

/// In what manner the engine may cut a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FeatureKind {
    /// An amount: intervals make sense (lengths, TTL, ports, ...).
    Amount,
    /// A code without order (addresses, names, types): sets make sense.
    Code,
    /// A set bit or its absence.
    Flag,
}

/// A property of a request known when it was sent.
#[derive(Debug, PartialEq, Eq)]
pub struct Feature {
    /// Wireshark's field name where Wireshark has the field.
    pub name: &'static str,
    /// The same in plain words, fitting "the ... is 5": `source port`.
    pub words: &'static str,
    /// How it may be cut.
    pub kind: FeatureKind,
    /// `name` is a Wireshark display-filter field.
    pub wireshark: bool,
}

/// Takes a request's features, one call each. The sink decides what to keep.
pub trait FeatureSink {
    /// A number; flags are 0 or 1.
    fn number(&mut self, feature: &'static Feature, value: i64);
    /// A name in the protocol's own text form (a DNS name without the final dot, lower case kept as sent).
    fn text(&mut self, feature: &'static Feature, value: &str);
    /// An address.
    fn address(&mut self, feature: &'static Feature, value: IpAddr);
    /// A hardware address; as text unless the sink knows better (making text of it is slow).
    fn hardware(&mut self, feature: &'static Feature, value: [u8; 6]) {
        self.text(feature, crate::features::hardware_text(value).as_str());
    }
}

/// A request/reply protocol. Implementations are zero-sized and live in one file each.
pub trait Protocol: Sync {
    /// Lower-case name: `ntp`, `dns`, `tcp`, `icmp`.
    fn name(&self) -> &'static str;

    /// How long its client waits by default before it counts the request as lost.
    fn timeout(&self) -> Span;

    /// What the packet means, or `None` when it is not this protocol's.
    fn message(&self, packet: &Packet<'_>) -> Option<Message>;

    /// Features of a request, protocol-specific ones only (IP and ports are common ones).
    /// Called only for packets whose message asks.
    fn features(&self, packet: &Packet<'_>, sink: &mut dyn FeatureSink);

    /// Whether a reply on the right flow whose identity fits no open request still proves that
    /// the newest open request there got a reply that its client must reject (NTP's wrong origin).
    fn rejects_unknown_identity(&self) -> bool {
        false
    }
}
