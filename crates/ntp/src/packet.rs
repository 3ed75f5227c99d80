//! The 48-byte NTP header (RFC 5905 section 7.3) and the meaning of its bits.
//!
//! Parsing reads only the first 48 bytes: extension fields
//! and the authenticator are for the capture to decode, not for this core.

use crate::Timestamp;

/// Bytes of a header without extension fields or authenticator (RFC 5905 figure 8).
pub const HEADER_LENGTH: usize = 48;

/// UDP port of NTP (RFC 5905 section 7.2, PORT).
pub const PORT: u16 = 123;

/// Leap indicator "clock not synchronised" (RFC 5905 figure 9).
pub const LEAP_UNSYNCHRONISED: u8 = 3;

/// Stratum inside for "unsynchronised"; zero on the wire (RFC 5905 section 7.3, MAXSTRAT).
pub const STRATUM_UNSYNCHRONISED: u8 = 16;

/// Association modes (RFC 5905 figure 10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// 0: reserved; version 1 clients send it.
    Reserved = 0,
    /// 1: a peer that offers time and asks for it.
    SymmetricActive = 1,
    /// 2: the answer to a symmetric active peer.
    SymmetricPassive = 2,
    /// 3: a client's request.
    Client = 3,
    /// 4: a server's reply.
    Server = 4,
    /// 5: broadcast.
    Broadcast = 5,
    /// 6: control messages (ntpq), not a time request.
    Control = 6,
    /// 7: private use (ntpdc).
    Private = 7,
}

impl Mode {
    /// The mode in the three low bits of the first byte.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        match bits & 7 {
            0 => Self::Reserved,
            1 => Self::SymmetricActive,
            2 => Self::SymmetricPassive,
            3 => Self::Client,
            4 => Self::Server,
            5 => Self::Broadcast,
            6 => Self::Control,
            _ => Self::Private,
        }
    }
}

/// Why bytes are not an NTP header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// Fewer bytes than a header has.
    #[error(
        "{length} bytes of NTP, expected at least {HEADER_LENGTH}; the packet was cut or is something else"
    )]
    Short {
        /// Number of bytes.
        length: usize,
    },
}

/// An NTP header. Plain data: what the fields mean together is decided elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Leap indicator, 0 to 3; 3 is unsynchronised.
    pub leap: u8,
    /// Version number, 0 to 7; 4 is current.
    pub version: u8,
    /// Association mode.
    pub mode: Mode,
    /// Stratum on the wire: 0 is unspecified or a kiss, 1 primary, 2 to 15 secondary.
    pub stratum: u8,
    /// Poll exponent: log2 seconds.
    pub poll: i8,
    /// Precision of the sender's clock: log2 seconds.
    pub precision: i8,
    /// Round trip to the reference clock: 16.16 seconds.
    pub root_delay: u32,
    /// Dispersion to the reference clock: 16.16 seconds.
    pub root_dispersion: u32,
    /// Reference identifier: IPv4 address of the source, a clock's name, or a kiss code.
    pub reference_id: [u8; 4],
    /// When the sender's clock was last set.
    pub reference: Timestamp,
    /// T1: the request's transmit timestamp, returned by the server.
    pub origin: Timestamp,
    /// T2: when the request arrived at the server.
    pub receive: Timestamp,
    /// T3: when this packet left.
    pub transmit: Timestamp,
}

impl Header {
    /// A version 4 header with everything else zero.
    #[must_use]
    pub const fn new(mode: Mode) -> Self {
        Self {
            leap: 0,
            version: 4,
            mode,
            stratum: 0,
            poll: 0,
            precision: 0,
            root_delay: 0,
            root_dispersion: 0,
            reference_id: [0; 4],
            reference: Timestamp::ZERO,
            origin: Timestamp::ZERO,
            receive: Timestamp::ZERO,
            transmit: Timestamp::ZERO,
        }
    }

    /// Reads the first 48 bytes.
    ///
    /// # Errors
    /// `Short` when there are fewer.
    pub fn parse(bytes: &[u8]) -> Result<Self, HeaderError> {
        let Some(&bytes) = bytes.first_chunk::<HEADER_LENGTH>() else {
            return Err(HeaderError::Short { length: bytes.len() });
        };
        let [first, stratum, poll, precision, rest @ ..] = bytes;
        Ok(Self {
            leap: first >> 6,
            version: (first >> 3) & 7,
            mode: Mode::from_bits(first),
            stratum,
            poll: i8::from_be_bytes([poll]),
            precision: i8::from_be_bytes([precision]),
            root_delay: u32::from_be_bytes(word(&rest, 0)),
            root_dispersion: u32::from_be_bytes(word(&rest, 4)),
            reference_id: word(&rest, 8),
            reference: Timestamp::from_bits(u64::from_be_bytes(word(&rest, 12))),
            origin: Timestamp::from_bits(u64::from_be_bytes(word(&rest, 20))),
            receive: Timestamp::from_bits(u64::from_be_bytes(word(&rest, 28))),
            transmit: Timestamp::from_bits(u64::from_be_bytes(word(&rest, 36))),
        })
    }

    /// The 48 bytes on the wire; leap and version are cut to their two and three bits.
    #[must_use]
    pub fn emit(&self) -> [u8; HEADER_LENGTH] {
        let mut bytes = [0; HEADER_LENGTH];
        let [poll] = self.poll.to_be_bytes();
        let [precision] = self.precision.to_be_bytes();
        let first = (self.leap & 3) << 6 | (self.version & 7) << 3 | self.mode as u8;
        bytes[..4].copy_from_slice(&[first, self.stratum, poll, precision]);
        bytes[4..8].copy_from_slice(&self.root_delay.to_be_bytes());
        bytes[8..12].copy_from_slice(&self.root_dispersion.to_be_bytes());
        bytes[12..16].copy_from_slice(&self.reference_id);
        let stamps = [self.reference, self.origin, self.receive, self.transmit];
        for (place, stamp) in bytes[16..].chunks_exact_mut(8).zip(stamps) {
            place.copy_from_slice(&stamp.bits().to_be_bytes());
        }
        bytes
    }

    /// The kiss in this packet, if it is one (RFC 5905 section 7.4).
    ///
    /// An unsynchronised reply has the same leap and stratum; only its
    /// reference id (`INIT`, `STEP`) distinguishes it, and it is not a kiss.
    #[must_use]
    pub fn kiss(&self) -> Option<Kiss> {
        if self.leap != LEAP_UNSYNCHRONISED || self.stratum != 0 {
            return None;
        }
        [Kiss::Rate, Kiss::Deny, Kiss::Restrict].into_iter().find(|kiss| kiss.code() == self.reference_id)
    }
}

/// The kiss codes that a client acts on (RFC 5905 section 7.4, figure 13).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kiss {
    /// `RATE`: asked too often; slow down.
    Rate,
    /// `DENY`: access denied; stop.
    Deny,
    /// `RSTR`: access restricted; stop.
    Restrict,
}

impl Kiss {
    /// The four letters that stand for it in a reference identifier.
    #[must_use]
    pub const fn code(self) -> [u8; 4] {
        match self {
            Self::Rate => *b"RATE",
            Self::Deny => *b"DENY",
            Self::Restrict => *b"RSTR",
        }
    }
}

fn word<const N: usize>(bytes: &[u8; HEADER_LENGTH - 4], at: usize) -> [u8; N] {
    let mut word = [0; N];
    word.copy_from_slice(&bytes[at..at + N]);
    word
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_48_bytes_survive_parsing_and_emitting(bytes in proptest::array::uniform32(any::<u8>()), tail in proptest::array::uniform16(any::<u8>())) {
            let mut packet = [0; HEADER_LENGTH];
            packet[..32].copy_from_slice(&bytes);
            packet[32..].copy_from_slice(&tail);
            prop_assert_eq!(Header::parse(&packet).unwrap().emit(), packet);
        }

        #[test]
        fn no_bytes_make_the_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            prop_assert_eq!(Header::parse(&bytes).is_ok(), bytes.len() >= HEADER_LENGTH);
        }
    }

    #[test]
    fn a_request_of_ntpd_4_2_7_is_read_field_by_field() {
        // First bytes of a request in captures/asym/cpn2.pcap: leap 3, version 4, client, poll 4, precision -24.
        let mut bytes = [0_u8; HEADER_LENGTH];
        bytes[..16].copy_from_slice(&[0xe3, 0, 4, 0xe8, 0, 0, 0, 0, 0, 0, 0, 16, b'I', b'N', b'I', b'T']);
        let header = Header::parse(&bytes).unwrap();
        assert_eq!((header.leap, header.version, header.mode, header.stratum), (3, 4, Mode::Client, 0));
        assert_eq!((header.poll, header.precision, header.root_dispersion), (4, -24, 16));
        assert_eq!(&header.reference_id, b"INIT");
    }

    #[test]
    fn an_unsynchronised_reply_is_no_kiss() {
        let mut header = Header::new(Mode::Server);
        header.leap = 3;
        header.reference_id = *b"INIT";
        assert_eq!(header.kiss(), None);
        header.reference_id = *b"RATE";
        assert_eq!(header.kiss(), Some(Kiss::Rate));
        header.leap = 0;
        assert_eq!(header.kiss(), None);
    }
}
