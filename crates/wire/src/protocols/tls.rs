//! TLS hellos (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2): a request inside a TCP connection whose first bytes are a
//! record with a ClientHello, also the second one that a HelloRetryRequest asks for.
//!
//! A server's hello answers it, with or without a certificate; an alert in its place is an error (`alert`). What follows is
//! encrypted and stays `tcp-data`. Features are read from the first captured segment. A hello with a post-quantum key share
//! seldom fits into one segment: its length is in its first bytes, but its server name may stand in the second segment, and is
//! missing then.

mod alert;

use super::tcp::{self, SELECTION, WAITING_INSIDE};
use crate::asking::{CHANGE_CIPHER_SPEC, CLIENT_HELLO, HANDSHAKE, RECORD_HEADER, record};
use crate::bytes::{array_at, u16_at};
use crate::text::bounded;
use crate::{
    Begins, Carrier, Declaration, Declared, FeatureSink, Filters, Message, Opening, Packet, Part, Protocol,
    Tcp, Transport,
};
use unanswered_registry::{Price, Quantity, features};

features! {
    SERVER_NAME = code("tls.handshake.extensions_server_name", "TLS server name").wireshark_text().settable();
    ALPN = code("tls.alpn.first", "first ALPN protocol").price(Price::Plain).settable();
    HELLO_LENGTH = amount("tls.handshake.length", "length of the ClientHello").wireshark().measures(Quantity::Length).settable();
    SEVERAL_SEGMENTS = flag("tls.hello.several_segments", "ClientHello in several segments").price(Price::Near)
        .says("ClientHello needs more than one segment", "ClientHello fits into one segment");
    VERSION = code("tls.version.highest", "highest TLS version offered").price(Price::Plain).settable().named(&[
        (0x300, "SSL 3.0"), (0x301, "TLS 1.0"), (0x302, "TLS 1.1"), (0x303, "TLS 1.2"), (0x304, "TLS 1.3")]);
    POST_QUANTUM = flag("tls.key_share.post_quantum", "post-quantum key share").price(Price::Plain).presence().settable();
}

/// Hellos of TLS over TCP.
#[derive(Clone, Copy, Debug)]
pub struct Tls;

/// The types of the record and of the message in it; in a second hello behind those of the change of cipher.
const CAPTURE: &str = "((tcp[((tcp[12] & 0xf0) >> 2)] = 22 and tcp[(((tcp[12] & 0xf0) >> 2) + 5)] = 1) or \
     (tcp[((tcp[12] & 0xf0) >> 2)] = 20 and tcp[(((tcp[12] & 0xf0) >> 2) + 6)] = 22 and tcp[(((tcp[12] & 0xf0) >> 2) + 11)] = 1))";

impl Declared for Tls {
    const DECLARATION: Declaration = Declaration {
        name: "tls",
        requests: "TLS hellos",
        carrier: Carrier::TcpBytes,
        waiting: WAITING_INSIDE,
        filters: Filters { display: "tls.handshake.type == 1", capture: Some(CAPTURE), capture_v6: None },
        selection: SELECTION,
        features: &[ALL],
        refusals: alert::REFUSALS,
        describes: &[Part::Text("ClientHello"), Part::AlsoValue(&SERVER_NAME)],
        asks_for: Some(&SERVER_NAME),
    };
}

impl Protocol for Tls {
    fn message(&self, _: &Packet<'_>) -> Option<Message> {
        None
    }

    fn features(&self, packet: &Packet<'_>, sink: &mut dyn FeatureSink) {
        let Transport::Tcp(tcp) = packet.transport else { return };
        tcp::segment_features(packet, &tcp, sink);
        if let Some(hello) = Hello::of(tcp.payload) {
            hello.features(&tcp, sink);
        }
    }

    fn begins(&self, bytes: &[u8]) -> Begins {
        let hello = after_change(bytes);
        match (hello, record(hello)) {
            (_, Some((HANDSHAKE, _))) => match hello.get(RECORD_HEADER) {
                Some(&CLIENT_HELLO) => Begins::Yes,
                Some(_) => Begins::No,
                None => Begins::TooShort,
            },
            // The record's header says nothing yet: a hello may follow it.
            (short, _) if CHANGE.starts_with(short) => Begins::TooShort,
            (_, Some(_)) => Begins::No,
            ([] | [HANDSHAKE] | [HANDSHAKE, 3] | [HANDSHAKE, 3, 0..=4] | [HANDSHAKE, 3, 0..=4, _], None) => {
                Begins::TooShort
            }
            (_, None) => Begins::No,
        }
    }

    fn opening(&self, bytes: &[u8], on_wire: u32) -> Opening {
        alert::opening(bytes, on_wire)
    }
}

/// The record that a client of TLS 1.3 may send before its second hello (RFC 8446 appendix D.4).
const CHANGE: [u8; 6] = [CHANGE_CIPHER_SPEC, 3, 3, 0, 1, 1];

fn after_change(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(&CHANGE).unwrap_or(bytes)
}

/// The largest TCP payload of an Ethernet frame: a captured segment that is longer may have been merged by an offload, so that
/// how many went over the wire is not known.
const SEGMENT: u64 = 1460;

/// A handshake message's header: its type and 24 bits of length (RFC 8446 section 4).
const MESSAGE_HEADER: usize = 4;

/// Extensions (IANA "TLS ExtensionType Values").
const SERVER_NAME_EXTENSION: u16 = 0;
const ALPN_EXTENSION: u16 = 16;
const VERSIONS_EXTENSION: u16 = 43;
const KEY_SHARE_EXTENSION: u16 = 51;

/// Groups whose key share holds a post-quantum key (IANA "TLS Supported Groups"): ML-KEM alone and in hybrids, and the draft
/// of X25519 with Kyber that browsers sent before.
const POST_QUANTUM_GROUPS: [u16; 7] = [0x0200, 0x0201, 0x0202, 0x11eb, 0x11ec, 0x11ed, 0x6399];

/// A ClientHello as far as it was captured.
struct Hello<'a> {
    /// Length of its body by its header.
    length: u32,
    /// Bytes of the connection that it takes, headers included.
    takes: u64,
    /// Its body, of which the end may be missing.
    body: &'a [u8],
}

impl<'a> Hello<'a> {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let hello = after_change(bytes);
        let (HANDSHAKE, record) = record(hello)? else { return None };
        let [CLIENT_HELLO, a, b, c] = array_at(hello, RECORD_HEADER)? else { return None };
        let length = u32::from_be_bytes([0, a, b, c]);
        // A hello that goes on in the next record has that one's header between.
        let message = u64::from(length) + MESSAGE_HEADER as u64;
        let takes = (bytes.len() - hello.len() + RECORD_HEADER) as u64 + message.max(record as u64);
        let whole = usize::try_from(length).ok()?.saturating_add(MESSAGE_HEADER).min(record);
        let record = hello.get(RECORD_HEADER..).unwrap_or_default();
        let body = record.get(..whole).unwrap_or(record).get(MESSAGE_HEADER..).unwrap_or_default();
        Some(Self { length, takes, body })
    }

    fn features(&self, tcp: &Tcp<'_>, sink: &mut dyn FeatureSink) {
        sink.number(&HELLO_LENGTH, i64::from(self.length));
        if self.takes > u64::from(tcp.payload_length) {
            sink.number(&SEVERAL_SEGMENTS, 1);
        } else if self.takes <= SEGMENT {
            sink.number(&SEVERAL_SEGMENTS, 0);
        }
        let Some((legacy_version, extensions)) = self.extensions() else { return };
        let mut found = Found::default();
        let whole = found.read(extensions, sink);
        // Without the extension the version stands in the hello (RFC 8446 section 4.2.1).
        if let Some(version) = found.version.or_else(|| whole.then_some(legacy_version)) {
            sink.number(&VERSION, i64::from(version));
        }
        if found.post_quantum || whole {
            sink.number(&POST_QUANTUM, i64::from(found.post_quantum));
        }
    }

    /// The version in the hello, and its extensions as far as they were captured; `None` where it was cut off before them.
    fn extensions(&self) -> Option<(u16, Extensions<'a>)> {
        let version = u16_at(self.body, 0)?;
        let (session, rest) = short(self.body.get(34..)?)?;
        let (ciphers, rest) = long(rest)?;
        let (compression, rest) = short(rest)?;
        if session.is_none() || ciphers.is_none() || compression.is_none() {
            return None;
        }
        if rest.is_empty() {
            // Before TLS 1.2 a hello may end here.
            let ends = usize::try_from(self.length).is_ok_and(|length| length == self.body.len());
            return ends.then_some((version, Extensions { bytes: rest, left: 0 }));
        }
        let left = usize::from(u16_at(rest, 0)?);
        Some((version, Extensions { bytes: rest.get(2..)?, left }))
    }
}

/// What follows a value with a length of one byte before it; the value is `None` where it was cut off.
fn short(bytes: &[u8]) -> Option<(Option<&[u8]>, &[u8])> {
    let length = usize::from(*bytes.first()?);
    Some((bytes.get(1..1 + length), bytes.get(1 + length..).unwrap_or_default()))
}

/// The same with a length of two bytes.
fn long(bytes: &[u8]) -> Option<(Option<&[u8]>, &[u8])> {
    let length = usize::from(u16_at(bytes, 0)?);
    Some((bytes.get(2..2 + length), bytes.get(2 + length..).unwrap_or_default()))
}

/// A list of extensions.
struct Extensions<'a> {
    bytes: &'a [u8],
    /// How many bytes of it there are, captured or not.
    left: usize,
}

/// What is read of the extensions; of a repeated one, which no client may send (RFC 8446 section 4.2), the first.
#[derive(Default)]
struct Found {
    named: bool,
    alpn: bool,
    version: Option<u16>,
    post_quantum: bool,
}

impl Found {
    /// Reads them; whether all were captured, and whole.
    fn read(&mut self, list: Extensions<'_>, sink: &mut dyn FeatureSink) -> bool {
        let Extensions { mut bytes, mut left } = list;
        while left > 0 {
            let (Some(kind), Some(length)) = (u16_at(bytes, 0), u16_at(bytes, 2)) else { return false };
            let length = usize::from(length);
            if length + 4 > left {
                return false;
            }
            let there = bytes.get(4..).unwrap_or_default();
            match there.get(..length) {
                Some(value) => self.take(kind, value, sink),
                None => {
                    // The beginning of a list of key shares that was cut off.
                    self.post_quantum |= kind == KEY_SHARE_EXTENSION && has_post_quantum(there);
                    return false;
                }
            }
            bytes = there.get(length..).unwrap_or_default();
            left -= length + 4;
        }
        true
    }

    fn take(&mut self, kind: u16, value: &[u8], sink: &mut dyn FeatureSink) {
        match kind {
            SERVER_NAME_EXTENSION if !std::mem::replace(&mut self.named, true) => {
                // A list of names, in practice one of type 0, a host (RFC 6066 section 3).
                let name = value.get(2..).filter(|list| list.first() == Some(&0));
                let name = name.and_then(|list| long(list.get(1..)?)?.0);
                if let Some(name) = name.and_then(|name| bounded(name, 255)) {
                    sink.text(&SERVER_NAME, name);
                }
            }
            ALPN_EXTENSION if !std::mem::replace(&mut self.alpn, true) => {
                let first = value.get(2..).and_then(short).and_then(|(first, _)| first);
                if let Some(first) = first.and_then(|first| bounded(first, 64)) {
                    sink.text(&ALPN, first);
                }
            }
            VERSIONS_EXTENSION => {
                let offered = value.get(1..).unwrap_or_default().chunks_exact(2).filter_map(|v| u16_at(v, 0));
                // Others are drafts, and values that only keep servers from choking on unknown ones (RFC 8701).
                let known = offered.filter(|version| (0x300..=0x304).contains(version));
                self.version = self.version.or(known.max());
            }
            KEY_SHARE_EXTENSION => self.post_quantum |= has_post_quantum(value),
            _ => {}
        }
    }
}

/// Whether a list of key shares (RFC 8446 section 4.2.8), as far as it is there, has one of a post-quantum group.
fn has_post_quantum(value: &[u8]) -> bool {
    let mut rest = value.get(2..).unwrap_or_default();
    while let Some(group) = u16_at(rest, 0) {
        if POST_QUANTUM_GROUPS.contains(&group) {
            return true;
        }
        let Some(length) = u16_at(rest, 2) else { return false };
        rest = rest.get(4 + usize::from(length)..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests;
