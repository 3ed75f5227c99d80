//! What is asked: the bytes of a request, and what a reply to it says.

use unanswered_ntp::{Header, Kiss, Mode, Timestamp};
use unanswered_wire::emit;

/// A protocol to ask in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asking {
    /// NTP (RFC 5905), UDP port 123.
    Ntp,
    /// DNS over UDP (RFC 1035), port 53.
    Dns {
        /// The name asked for.
        name: String,
    },
    /// ICMP echo (RFC 792).
    Echo,
    /// TCP: a SYN, which a SYN-ACK answers (RFC 9293, section 3.5).
    Tcp,
    /// A UDP datagram; any datagram that comes back is an answer.
    Udp {
        /// Its payload.
        payload: Vec<u8>,
    },
}

/// What a reply says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// It is what a client waits for.
    Answer,
    /// "You ask too often": kiss-o'-death RATE (RFC 5905, section 7.4).
    TooFast,
    /// "You may not ask": kiss-o'-death DENY or RSTR, DNS REFUSED.
    Prohibited,
}

/// What can be set in a payload; what is not set has the usual value.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PayloadSettings {
    pub(crate) length: Option<usize>,
    pub(crate) ntp_version: Option<u8>,
    pub(crate) ntp_mode: Option<u8>,
    pub(crate) ntp_poll: Option<u8>,
    pub(crate) dns_type: Option<u16>,
    pub(crate) dns_edns: Option<u16>,
    pub(crate) dns_recursion: Option<bool>,
}

/// DNS type A.
const A: u16 = 1;
/// What a query announces today (DNS flag day 2020).
const EDNS_USUAL: u16 = 1232;
/// Data bytes of ping(8).
const ECHO_DATA: usize = 56;
/// An NTP extension field for experiments (RFC 9748, table 1: 0xF000 to 0xFFFF).
const NTP_EXPERIMENTAL: u16 = 0xf000;
/// DNS response code REFUSED (RFC 1035, section 4.1.1).
const REFUSED: u8 = 5;

impl Asking {
    /// The port that its servers listen on, where it has ports and one is usual.
    #[must_use]
    pub const fn usual_port(&self) -> Option<u16> {
        match self {
            Self::Ntp => Some(unanswered_ntp::PORT),
            Self::Dns { .. } => Some(53),
            Self::Echo | Self::Tcp | Self::Udp { .. } => None,
        }
    }

    /// Its name, as people write it.
    #[must_use]
    pub const fn words(&self) -> &'static str {
        match self {
            Self::Ntp => "NTP",
            Self::Dns { .. } => "DNS",
            Self::Echo => "ICMP echo",
            Self::Tcp => "TCP",
            Self::Udp { .. } => "UDP",
        }
    }

    /// The payload of a request. `token` is what the reply brings back.
    pub(crate) fn payload(&self, set: &PayloadSettings, token: u64) -> Result<Vec<u8>, emit::CannotEmit> {
        let mut bytes = Vec::new();
        match self {
            Self::Ntp => bytes = ntp(set, token),
            Self::Dns { name } => {
                let edns = match set.dns_edns {
                    None => Some(EDNS_USUAL),
                    Some(0) => None,
                    Some(size) => Some(size),
                };
                let query = emit::dns::Query {
                    id: low_16(token),
                    name,
                    kind: set.dns_type.unwrap_or(A),
                    recursion_desired: set.dns_recursion.unwrap_or(true),
                    edns,
                };
                emit::dns::query(&mut bytes, &query)?;
            }
            Self::Echo => bytes.resize(set.length.unwrap_or(ECHO_DATA), 0),
            Self::Tcp => bytes.resize(set.length.unwrap_or(0), 0),
            Self::Udp { payload } => {
                bytes.extend_from_slice(payload);
                bytes.resize(set.length.unwrap_or(payload.len()), 0);
            }
        }
        Ok(bytes)
    }

    /// What a datagram says as a reply to the request with that token; `None`: it is no reply to it.
    pub(crate) fn reply(&self, token: u64, payload: &[u8]) -> Option<Reply> {
        match self {
            Self::Ntp => {
                let header = Header::parse(payload).ok()?;
                let replies = matches!(header.mode, Mode::Server | Mode::SymmetricPassive);
                if !replies || header.origin != Timestamp::from_bits(token) {
                    return None;
                }
                Some(match header.kiss() {
                    Some(Kiss::Rate) => Reply::TooFast,
                    Some(Kiss::Deny | Kiss::Restrict) => Reply::Prohibited,
                    None => Reply::Answer,
                })
            }
            Self::Dns { .. } => {
                let [a, b, flags, code, ..] = payload else { return None };
                let answers = u16::from_be_bytes([*a, *b]) == low_16(token) && flags & 0x80 != 0;
                answers.then_some(if code & 15 == REFUSED { Reply::Prohibited } else { Reply::Answer })
            }
            Self::Echo | Self::Tcp => None,
            Self::Udp { .. } => Some(Reply::Answer),
        }
    }
}

/// An NTP request whose transmit timestamp is the token: what the server returns as the origin timestamp. Clients do so to give
/// nothing away (RFC 9109 has the port, draft-ietf-ntp-data-minimization the timestamp).
fn ntp(set: &PayloadSettings, token: u64) -> Vec<u8> {
    let header = Header {
        version: set.ntp_version.unwrap_or(4),
        poll: set.ntp_poll.and_then(|poll| i8::try_from(poll).ok()).unwrap_or(6),
        transmit: Timestamp::from_bits(token),
        ..Header::new(Mode::from_bits(set.ntp_mode.unwrap_or(3)))
    };
    let mut bytes = header.emit().to_vec();
    let length = set.length.unwrap_or(bytes.len());
    let extra = length.saturating_sub(bytes.len());
    if let (4.., Ok(size)) = (extra, u16::try_from(extra)) {
        bytes.extend(NTP_EXPERIMENTAL.to_be_bytes());
        bytes.extend(size.to_be_bytes());
    }
    bytes.resize(length, 0);
    bytes
}

/// The low 16 bits.
pub(crate) const fn low_16(token: u64) -> u16 {
    let bytes = token.to_le_bytes();
    u16::from_le_bytes([bytes[0], bytes[1]])
}
