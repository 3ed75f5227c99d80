//! One request as one place saw it.

use crate::names::AddressId;
use std::fmt;
use unanswered_capture::VantageId;
use unanswered_table::Outcome;
use unanswered_wire::{Refusal, Span, Time};

/// Number of a place: index into the list of places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlaceId(pub u16);

/// Where packets were seen: a vantage point, or one interface of a capture on all interfaces
/// (Linux cooked v2 says which), because such a capture sees a packet once for each interface it crosses.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Its vantage point.
    pub vantage: VantageId,
    /// The interface index within a capture on all interfaces.
    pub interface: Option<u32>,
    /// Requests seen, repeats not counted.
    pub requests: u64,
    /// Replies and refusals seen for them.
    pub replies: u64,
    /// Replies whose request was not seen here.
    pub replies_alone: u64,
}

/// Why the outcome is what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Nothing to add to the outcome.
    Plain,
    /// Somebody said no, like this.
    Refused(Refusal),
    /// The reply came from another address or port than the request went to.
    WrongSource,
    /// The reply carries the identity and answers another question.
    WrongQuestion,
    /// The reply's origin fits no request of this flow.
    WrongOrigin,
    /// The client's kernel refused the reply: nobody was waiting for it any more.
    PortClosed,
    /// Not all fragments of the reply came by.
    IncompleteFragments,
    /// The reply did not reach the client: a router (or its host) sent an error about it back.
    ReplyBounced(Refusal),
    /// It took a second transmission.
    Repeated,
    /// The reply took longer than the client waits.
    AfterTimeout,
    /// The capture ended before the time-out.
    EndOfCapture,
    /// The place sees one direction only.
    OneDirection,
    /// The client goes on sending without waiting for a reply.
    Streaming,
    /// The capture lost packets here, so that the reply may have come by unseen.
    CaptureDropped,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain => Ok(()),
            Self::Refused(refusal) => write!(f, "{}", RefusalWords(*refusal)),
            Self::WrongSource => f.write_str("the reply came from another address or port"),
            Self::WrongQuestion => f.write_str("the reply answers another question"),
            Self::WrongOrigin => f.write_str("the reply's origin timestamp is not the request's"),
            Self::PortClosed => f.write_str("the client's port was closed when the reply came"),
            Self::IncompleteFragments => f.write_str("fragments of the reply are missing"),
            Self::ReplyBounced(refusal) => write!(f, "the reply came back: {}", RefusalWords(*refusal)),
            Self::Repeated => f.write_str("it took more than one transmission"),
            Self::AfterTimeout => f.write_str("the reply came after the time-out"),
            Self::EndOfCapture => f.write_str("the capture ended before the time-out"),
            Self::OneDirection => f.write_str("the capture shows one direction only"),
            Self::Streaming => f.write_str("the client goes on sending without waiting for a reply"),
            Self::CaptureDropped => f.write_str("the capture lost packets here"),
        }
    }
}

struct RefusalWords(Refusal);

impl fmt::Display for RefusalWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Refusal::KissOfDeath(code) => {
                write!(f, "kiss-o'-death {}", String::from_utf8_lossy(&code).trim_end_matches('\0'))
            }
            Refusal::DnsCode(5) => f.write_str("DNS REFUSED"),
            Refusal::DnsCode(code) => write!(f, "DNS response code {code}"),
            Refusal::TcpReset => f.write_str("TCP reset"),
            Refusal::NtpControlError(code) => write!(f, "NTP control error {code}"),
            Refusal::Icmp(kind, code) => f.write_str(&icmp_words(kind, code)),
            Refusal::Icmpv6(kind, code) => f.write_str(&icmpv6_words(kind, code)),
        }
    }
}

/// The names of RFC 792, RFC 1122 section 3.2.2.1 and RFC 1812 section 5.2.7.1.
fn icmp_words(kind: u8, code: u8) -> String {
    let what = match (kind, code) {
        (3, 0) => "network unreachable",
        (3, 1) => "host unreachable",
        (3, 2) => "protocol unreachable",
        (3, 3) => "port unreachable",
        (3, 4) => "fragmentation needed",
        (3, 9 | 10 | 13) => "administratively prohibited",
        (11, 0) => "time to live exceeded",
        (11, 1) => "fragment reassembly time exceeded",
        _ => return format!("ICMP type {kind} code {code}"),
    };
    format!("ICMP {what}")
}

/// The names of RFC 4443.
fn icmpv6_words(kind: u8, code: u8) -> String {
    let what = match (kind, code) {
        (1, 0) => "no route to destination",
        (1, 1) => "administratively prohibited",
        (1, 3) => "address unreachable",
        (1, 4) => "port unreachable",
        (2, _) => "packet too big",
        (3, 0) => "hop limit exceeded",
        (3, 1) => "fragment reassembly time exceeded",
        _ => return format!("ICMPv6 type {kind} code {code}"),
    };
    format!("ICMPv6 {what}")
}

/// One request at one place, in 80 bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leg {
    /// First transmission.
    pub(crate) time: Time,
    /// Survives NAT and tunnels; 0 when the protocol has none.
    pub(crate) transit: u64,
    /// From the first transmission to the reply that decided the outcome; negative when none came.
    pub(crate) reply_after: Span,
    /// From the first transmission to the last packet of the exchange here, in microseconds.
    pub(crate) active_for_us: u32,
    /// Frame number of the first transmission.
    pub(crate) frame: u32,
    /// Frame number of the deciding reply or error; 0 when there is none.
    pub(crate) reply_frame: u32,
    /// Client address, as seen here.
    pub(crate) client: AddressId,
    /// Server address, as seen here.
    pub(crate) server: AddressId,
    /// Who refused, or where the wrong reply came from.
    pub(crate) other: AddressId,
    /// The repeating features.
    pub(crate) shape: u32,
    /// Row in its protocol's feature store.
    pub(crate) row: u32,
    /// Identification of the IP packet; [`crate::names::NONE`] where there is none.
    pub(crate) ip_id: u32,
    /// Client port (identifier for echo).
    pub(crate) client_port: u16,
    /// Server port.
    pub(crate) server_port: u16,
    /// Where it was seen.
    pub(crate) place: PlaceId,
    /// Index of the input file.
    pub(crate) input: u16,
    /// Index into the list of protocols.
    pub(crate) protocol: u8,
    /// Time to live, as seen here.
    pub(crate) ttl: u8,
    /// What became of it, as seen here.
    pub(crate) outcome: Outcome,
    /// Index into the list of reasons.
    pub(crate) reason: u8,
    /// Transmissions, duplicates not counted; stays at 255.
    pub(crate) transmissions: u8,
    /// See the constants of [`Flags`].
    pub(crate) flags: Flags,
}

/// Small facts about a leg.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags(u8);

impl Flags {
    /// Not all fragments of the request came by here.
    pub(crate) const REQUEST_INCOMPLETE: u8 = 1;
    /// A right or wrong reply, or its first fragment, was seen here.
    pub(crate) const REPLY_SEEN: u8 = 2;
    /// The client's kernel said that nobody waits for the reply.
    pub(crate) const CLIENT_COMPLAINED: u8 = 4;
    /// More than one reply.
    pub(crate) const REPLIED_AGAIN: u8 = 8;
    /// The request came here in a tunnel.
    pub(crate) const TUNNELLED: u8 = 16;
    /// A reply came with a time to live that hosts send with: no router between here and the server.
    pub(crate) const REPLY_UNROUTED: u8 = 32;
    /// A switch flooded the request to this place, which is not on its path.
    pub(crate) const BESIDE: u8 = 64;

    pub(crate) const fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }

    pub(crate) const fn set(&mut self, bit: u8) {
        self.0 |= bit;
    }

    pub(crate) const fn clear(&mut self, bit: u8) {
        self.0 &= !bit;
    }
}

/// A reply whose request was not seen at the same place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReplyAlone {
    pub(crate) time: Time,
    pub(crate) transit: u64,
    pub(crate) client: AddressId,
    pub(crate) client_port: u16,
    pub(crate) place: PlaceId,
    pub(crate) input: u16,
    /// Frame number in its file.
    pub(crate) frame: u32,
    pub(crate) protocol: u8,
    /// `None` for the protocol's answer.
    pub(crate) refusal: Option<Refusal>,
}

/// A handful of reasons, numbered.
#[derive(Clone, Debug)]
pub(crate) struct Reasons(Vec<Reason>);

impl Default for Reasons {
    fn default() -> Self {
        Self(vec![Reason::Plain])
    }
}

impl Reasons {
    /// The number of the reason. Codes beyond the 255th different one are all kept as plain.
    pub(crate) fn intern(&mut self, reason: Reason) -> u8 {
        let known = self.0.iter().position(|r| *r == reason);
        let index = known.unwrap_or_else(|| {
            if self.0.len() > usize::from(u8::MAX) {
                return 0;
            }
            self.0.push(reason);
            self.0.len() - 1
        });
        u8::try_from(index).unwrap_or(0)
    }

    pub(crate) fn get(&self, index: u8) -> Reason {
        self.0.get(usize::from(index)).copied().unwrap_or(Reason::Plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leg_is_small() {
        assert!(size_of::<Leg>() <= 80, "{} bytes", size_of::<Leg>());
    }

    #[test]
    fn reasons_are_said_in_words() {
        let kiss = Reason::Refused(Refusal::KissOfDeath(*b"RATE"));
        assert_eq!(kiss.to_string(), "kiss-o'-death RATE");
        assert_eq!(Reason::Refused(Refusal::Icmp(3, 3)).to_string(), "ICMP port unreachable");
        assert_eq!(Reason::Refused(Refusal::Icmpv6(1, 4)).to_string(), "ICMPv6 port unreachable");
        assert_eq!(Reason::Refused(Refusal::Icmp(12, 0)).to_string(), "ICMP type 12 code 0");
    }
}
