//! What can be set in a request, declared once.

use crate::asking::Asking;
use unanswered_probe::Field;
use unanswered_registry::Quantity;

/// A field that the sender can set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Settable {
    /// UDP or TCP source port.
    SourcePort,
    /// Time to live (IPv4) or hop limit (IPv6).
    Ttl,
    /// Differentiated services code point (RFC 2474).
    Dscp,
    /// Explicit congestion notification bits (RFC 3168).
    Ecn,
    /// IPv4 identification.
    Identification,
    /// IPv4 don't-fragment bit.
    DontFragment,
    /// Whether UDP has a checksum (RFC 768).
    UdpChecksum,
    /// Bytes of payload: of UDP, of an ICMP echo, of data in a SYN.
    PayloadLength,
    /// NTP version (RFC 5905, section 7.3).
    NtpVersion,
    /// NTP mode.
    NtpMode,
    /// NTP poll exponent, log2 seconds.
    NtpPoll,
    /// DNS query type (IANA).
    DnsType,
    /// UDP payload size that EDNS announces (RFC 6891, section 6.2.3), bytes; 0 is without EDNS.
    DnsEdns,
    /// DNS recursion desired.
    DnsRecursion,
}

/// What it takes to set a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// An ordinary socket.
    Nothing,
    /// A raw socket, which needs root or `CAP_NET_RAW`.
    RawSocket,
}

/// A field's declaration.
#[derive(Clone, Copy, Debug)]
pub struct Declaration {
    /// The field.
    pub settable: Settable,
    /// Its name on the command line and in JSON.
    pub code: &'static str,
    /// Its name in sentences.
    pub words: &'static str,
    /// What it measures.
    pub quantity: Quantity,
    /// Smallest value.
    pub low: u64,
    /// Largest value.
    pub high: u64,
    /// What it takes.
    pub needs: Needs,
    /// The features of a capture that show it, by their names in the registry.
    pub seen_as: &'static [&'static str],
    /// By how much these are larger than the field: lengths count headers.
    pub beyond: u64,
}

const fn field(settable: Settable, code: &'static str, words: &'static str, range: [u64; 2]) -> Declaration {
    let [low, high] = range;
    Declaration {
        settable,
        code,
        words,
        quantity: Quantity::Other,
        low,
        high,
        needs: Needs::RawSocket,
        seen_as: &[],
        beyond: 0,
    }
}

impl Declaration {
    const fn measures(mut self, quantity: Quantity) -> Self {
        self.quantity = quantity;
        self
    }

    const fn seen_as(mut self, features: &'static [&'static str]) -> Self {
        self.seen_as = features;
        self
    }

    const fn beyond(mut self, header: u64) -> Self {
        self.beyond = header;
        self
    }

    const fn plain(mut self) -> Self {
        self.needs = Needs::Nothing;
        self
    }
}

/// All fields; [`Field`] is the index of one.
pub static FIELDS: [Declaration; 14] = [
    field(Settable::SourcePort, "source-port", "source port", [1, 65_535])
        .seen_as(&["udp.srcport", "tcp.srcport"])
        .measures(Quantity::Port)
        .plain(),
    field(Settable::Ttl, "ttl", "time to live", [1, 255]).seen_as(&["ip.ttl"]).plain(),
    field(Settable::Dscp, "dscp", "DSCP", [0, 63]).seen_as(&["ip.dsfield.dscp"]),
    field(Settable::Ecn, "ecn", "ECN", [0, 3]).seen_as(&["ip.dsfield.ecn"]),
    field(Settable::Identification, "ip-id", "IP identification", [1, 65_535]).seen_as(&["ip.id"]),
    field(Settable::DontFragment, "df", "don't-fragment flag", [0, 1]).seen_as(&["ip.flags.df"]),
    field(Settable::UdpChecksum, "udp-checksum", "UDP checksum", [0, 1]),
    field(Settable::PayloadLength, "length", "payload length", [0, 65_000])
        .seen_as(&["udp.length"])
        .beyond(8)
        .measures(Quantity::Length)
        .plain(),
    field(Settable::NtpVersion, "ntp-version", "NTP version", [1, 7]).seen_as(&["ntp.flags.vn"]).plain(),
    field(Settable::NtpMode, "ntp-mode", "NTP mode", [0, 5]).seen_as(&["ntp.flags.mode"]).plain(),
    field(Settable::NtpPoll, "ntp-poll", "NTP poll exponent", [0, 17]).seen_as(&["ntp.ppoll"]).plain(),
    field(Settable::DnsType, "dns-type", "DNS query type", [1, 65_535]).seen_as(&["dns.qry.type"]).plain(),
    field(Settable::DnsEdns, "edns", "EDNS payload size", [0, 65_535])
        .seen_as(&["dns.rr.udp_payload_size"])
        .measures(Quantity::Length)
        .plain(),
    field(Settable::DnsRecursion, "dns-rd", "recursion-desired flag", [0, 1])
        .seen_as(&["dns.flags.recdesired"])
        .plain(),
];

impl Settable {
    /// Its number in plans.
    #[must_use]
    pub fn field(self) -> Field {
        let index = FIELDS.iter().position(|declaration| declaration.settable == self);
        Field(index.and_then(|index| u16::try_from(index).ok()).unwrap_or(u16::MAX))
    }

    /// Its declaration.
    #[must_use]
    pub fn declaration(self) -> Option<&'static Declaration> {
        FIELDS.iter().find(|declaration| declaration.settable == self)
    }

    /// The field of that name.
    #[must_use]
    pub fn by_code(code: &str) -> Option<Self> {
        FIELDS.iter().find(|declaration| declaration.code == code).map(|declaration| declaration.settable)
    }

    /// The declaration of the field that a feature of a capture shows.
    #[must_use]
    pub fn seen_as(feature: &str) -> Option<&'static Declaration> {
        FIELDS.iter().find(|declaration| declaration.seen_as.contains(&feature))
    }

    /// Whether requests of that protocol have the field.
    #[must_use]
    pub const fn is_of(self, asking: &Asking) -> bool {
        match self {
            Self::Ttl | Self::Dscp | Self::Ecn | Self::Identification | Self::DontFragment => true,
            Self::SourcePort => !matches!(asking, Asking::Echo),
            Self::UdpChecksum => matches!(asking, Asking::Ntp | Asking::Dns { .. } | Asking::Udp { .. }),
            Self::PayloadLength => !matches!(asking, Asking::Dns { .. }),
            Self::NtpVersion | Self::NtpMode | Self::NtpPoll => matches!(asking, Asking::Ntp),
            Self::DnsType | Self::DnsEdns | Self::DnsRecursion => matches!(asking, Asking::Dns { .. }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_finds_itself_by_number_and_by_code() {
        for (index, declaration) in FIELDS.iter().enumerate() {
            assert_eq!(usize::from(declaration.settable.field().0), index);
            assert_eq!(Settable::by_code(declaration.code), Some(declaration.settable));
            assert!(declaration.low <= declaration.high);
        }
        assert_eq!(Settable::by_code("port"), None);
    }
}
