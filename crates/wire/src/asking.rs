//! What the bytes of one TCP segment say of a reply: whether one is due, and which end sent them.
//!
//! Only what is recognised by its form at any port, without state: HTTP/1 request and status lines, HTTP/2 frames in clear
//! text, TLS records. All else says nothing, and then the connection's behaviour has to decide. Nothing here names a
//! protocol's requests; it only keeps the question "was a reply due" from being answered wrongly.

use crate::bytes::u16_at;
use crate::{Begins, Tcp};

/// What a client's bytes want, from the weakest to the strongest: of several segments the strongest counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wants {
    /// No reply: HTTP/2 frames that need none, the end of a TLS handshake.
    Nothing,
    /// Encrypted, and too small for a request of HTTP: it may be an HTTP/2 frame that needs no reply, or an end.
    Perhaps,
    /// Nothing is known.
    Unsaid,
    /// A reply, by the protocol's rules: an HTTP request, a TLS hello.
    Reply,
}

/// Which end of a connection sent some bytes, as far as they show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SaidBy {
    /// The end that connected: an HTTP request, a TLS client's hello.
    Client,
    /// The end that listened: an HTTP status line, a TLS server's hello.
    Server,
}

/// Record types of TLS (RFC 8446 section 5.1).
pub(crate) const CHANGE_CIPHER_SPEC: u8 = 20;
pub(crate) const ALERT: u8 = 21;
pub(crate) const HANDSHAKE: u8 = 22;
const APPLICATION_DATA: u8 = 23;

/// Messages of a TLS handshake (RFC 8446 section 4, RFC 5246 section 7.4).
pub(crate) const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
const CLIENT_KEY_EXCHANGE: u8 = 16;

/// A TLS record's header (RFC 8446 section 5.1).
pub(crate) const RECORD_HEADER: usize = 5;

/// An alert of two bytes inside TLS 1.3's encryption: its type and a tag of 16 bytes are added (RFC 8446 sections 5.2, 5.4).
const ENCRYPTED_ALERT: usize = 2 + 1 + 16;

/// The longest HTTP/2 frame that wants no reply and is common, PING or GOAWAY without text (17 bytes), in the longest form of an
/// AEAD: an explicit nonce of 8 bytes and a tag of 16 (RFC 9113 sections 6.7 and 6.8, RFC 5288 section 3). Two of a kind may
/// share a record; a request of HTTP is longer.
const SMALL_RECORD: usize = 17 + 8 + 16;

/// The header of an HTTP/2 frame (RFC 9113 section 4.1).
const FRAME_HEADER: usize = 9;

/// What an HTTP/2 client sends first (RFC 9113 section 3.4).
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n";

/// Methods of HTTP with their space (IANA's registry of RFC 9110 section 16.1, those that are in use).
static METHODS: [&[u8]; 16] = [
    b"GET ",
    b"HEAD ",
    b"POST ",
    b"PUT ",
    b"DELETE ",
    b"CONNECT ",
    b"OPTIONS ",
    b"TRACE ",
    b"PATCH ",
    b"PROPFIND ",
    b"PROPPATCH ",
    b"MKCOL ",
    b"COPY ",
    b"MOVE ",
    b"REPORT ",
    b"SEARCH ",
];

impl Wants {
    /// What a client's segment wants; its first byte need not be a message's first.
    #[must_use]
    pub fn of(tcp: &Tcp<'_>) -> Self {
        let bytes = tcp.payload;
        let on_wire = usize::try_from(tcp.payload_length).unwrap_or(usize::MAX);
        if is_http_request(bytes) || bytes.starts_with(HTTP2_PREFACE) {
            Self::Reply
        } else if is_tls(bytes) {
            of_records(bytes, on_wire)
        } else {
            of_frames(bytes, on_wire)
        }
    }
}

impl SaidBy {
    /// Who sent a segment; `None` where its bytes do not show it.
    #[must_use]
    pub fn of(tcp: &Tcp<'_>) -> Option<Self> {
        let bytes = tcp.payload;
        if is_http_request(bytes) || bytes.starts_with(HTTP2_PREFACE) {
            return Some(Self::Client);
        }
        if bytes.starts_with(b"HTTP/1.") {
            return Some(Self::Server);
        }
        match (is_tls(bytes).then_some(bytes)?.first()?, bytes.get(RECORD_HEADER)?) {
            (&HANDSHAKE, &CLIENT_HELLO) => Some(Self::Client),
            (&HANDSHAKE, &SERVER_HELLO) => Some(Self::Server),
            _ => None,
        }
    }
}

/// Whether the segment is one TLS alert, encrypted or not, and nothing else: mostly `close_notify`, which ends a connection
/// (RFC 8446 section 6.1). An encrypted one is known by its length only.
#[must_use]
pub fn is_tls_alert(tcp: &Tcp<'_>) -> bool {
    let Some((kind, length)) = record(tcp.payload) else { return false };
    let alone = u32::try_from(RECORD_HEADER + length).is_ok_and(|whole| whole == tcp.payload_length);
    alone && (kind == ALERT || kind == APPLICATION_DATA && length == ENCRYPTED_ALERT)
}

/// A request line of HTTP/1 (RFC 9112 section 3), as far as it was captured.
fn is_http_request(bytes: &[u8]) -> bool {
    begins_http(bytes) >= Begins::Likely
}

/// Whether bytes begin with a request line of HTTP/1 (RFC 9112 section 3).
pub(crate) fn begins_http(bytes: &[u8]) -> Begins {
    let Some(method) = METHODS.iter().find(|method| bytes.starts_with(method)) else {
        let short = METHODS.iter().any(|method| method.starts_with(bytes));
        return if short { Begins::TooShort } else { Begins::No };
    };
    let rest = bytes.get(method.len()..).unwrap_or_default();
    let whole = match rest.iter().position(|byte| *byte == b'\n') {
        Some(end) => rest.get(..end).is_some_and(|line| line.windows(8).any(|word| word == b" HTTP/1.")),
        None if rest.is_empty() => return Begins::TooShort,
        None if matches!(rest, [b'/' | b'*', ..]) || rest.starts_with(b"http") || *method == b"CONNECT " => {
            return Begins::Likely;
        }
        None => false,
    };
    if whole { Begins::Yes } else { Begins::No }
}

/// A TLS record's type and length.
pub(crate) fn record(bytes: &[u8]) -> Option<(u8, usize)> {
    match bytes {
        [kind @ CHANGE_CIPHER_SPEC..=APPLICATION_DATA, 3, 0..=4, _, _, ..] => {
            Some((*kind, usize::from(u16_at(bytes, 3)?)))
        }
        _ => None,
    }
}

fn is_tls(bytes: &[u8]) -> bool {
    record(bytes).is_some()
}

/// What TLS records want. After a change of the cipher comes the client's last message of the handshake (RFC 8446 appendix
/// D.4, RFC 5246 section 7.3), which wants nothing, unless a full handshake of TLS 1.2 shows by its key exchange before.
fn of_records(bytes: &[u8], on_wire: usize) -> Wants {
    let (mut rest, mut at) = (bytes, 0);
    let mut wants = Wants::Nothing;
    let mut before = None;
    while at < on_wire {
        let Some((kind, length)) = record(rest) else {
            return wants.max(Wants::Unsaid);
        };
        let message = rest.get(RECORD_HEADER).copied();
        wants = wants.max(match kind {
            HANDSHAKE if before != Some(CHANGE_CIPHER_SPEC) => match message {
                Some(CLIENT_HELLO | CLIENT_KEY_EXCHANGE) => Wants::Reply,
                Some(_) | None => Wants::Unsaid,
            },
            APPLICATION_DATA if before != Some(CHANGE_CIPHER_SPEC) => {
                if length <= SMALL_RECORD {
                    Wants::Perhaps
                } else {
                    Wants::Unsaid
                }
            }
            _ => Wants::Nothing,
        });
        before = Some(kind);
        at = at.saturating_add(RECORD_HEADER + length);
        rest = rest.get(RECORD_HEADER + length..).unwrap_or_default();
    }
    // A record that goes on in the next segment is not all here.
    if at == on_wire { wants } else { wants.max(Wants::Unsaid) }
}

/// What HTTP/2 frames in clear text want (RFC 9113 section 6): nothing, where each of them is one that needs no reply.
fn of_frames(bytes: &[u8], on_wire: usize) -> Wants {
    let (mut rest, mut at) = (bytes, 0);
    while at < on_wire {
        let [a, b, c, kind, flags, stream @ 0..=0x7f, x, y, z, ..] = *rest else { return Wants::Unsaid };
        let length = usize::try_from(u32::from_be_bytes([0, a, b, c])).unwrap_or(usize::MAX);
        let on_connection = [stream, x, y, z] == [0; 4];
        let no_reply = match (kind, length) {
            // PRIORITY and RST_STREAM, of a stream.
            (2, 5) | (3, 4) => flags == 0 && !on_connection,
            // SETTINGS and PING that acknowledge.
            (4, 0) | (6, 8) => flags == 1 && on_connection,
            // GOAWAY.
            (7, 8..) => flags == 0 && on_connection,
            // WINDOW_UPDATE.
            (8, 4) => flags == 0,
            _ => false,
        };
        if !no_reply {
            return Wants::Unsaid;
        }
        at = at.saturating_add(FRAME_HEADER + length);
        rest = rest.get(FRAME_HEADER + length..).unwrap_or_default();
    }
    if at == on_wire && on_wire > 0 { Wants::Nothing } else { Wants::Unsaid }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(payload: &[u8]) -> Tcp<'_> {
        Tcp {
            source_port: 40_000,
            destination_port: 40_001,
            sequence: 1,
            acknowledgement: 1,
            flags: Tcp::ACK,
            window: 1,
            options: &[],
            payload_length: u32::try_from(payload.len()).unwrap(),
            payload,
        }
    }

    fn wants(parts: &[&[u8]]) -> Wants {
        Wants::of(&segment(&parts.concat()))
    }

    fn tls(kind: u8, body: &[u8]) -> Vec<u8> {
        let mut record = vec![kind, 3, 3];
        record.extend(u16::try_from(body.len()).unwrap().to_be_bytes());
        record.extend(body);
        record
    }

    #[test]
    fn an_http_request_wants_a_reply_and_says_who_is_the_client() {
        for line in [
            "GET / HTTP/1.1\r\n",
            "POST http://a.test/x HTTP/1.0\r\n",
            "CONNECT a:1 HTTP/1.1\r\n",
            "GET /cut",
        ] {
            assert_eq!(wants(&[line.as_bytes()]), Wants::Reply, "{line}");
            assert_eq!(SaidBy::of(&segment(line.as_bytes())), Some(SaidBy::Client), "{line}");
        }
        for line in ["GET key\r\n", "get / HTTP/1.1\r\n", "GET /\r\n", "OPTIONS sip:a SIP/2.0\r\n", ""] {
            assert_eq!(wants(&[line.as_bytes()]), Wants::Unsaid, "{line}");
            assert_eq!(SaidBy::of(&segment(line.as_bytes())), None, "{line}");
        }
        assert_eq!(SaidBy::of(&segment(b"HTTP/1.1 200 OK\r\n")), Some(SaidBy::Server));
    }

    #[test]
    fn http2_frames_that_need_no_reply_want_nothing() {
        let acknowledged = [0, 0, 0, 4, 1, 0, 0, 0, 0];
        let window = [0, 0, 4, 8, 0, 0, 0, 0, 1, 0, 0, 16, 0];
        let reset = [0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 8];
        let pong = [&[0, 0, 8, 6, 1, 0, 0, 0, 0][..], &[7; 8]].concat();
        let goaway = [&[0, 0, 8, 7, 0, 0, 0, 0, 0][..], &[0; 8]].concat();
        let priority = [0, 0, 5, 2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 7];
        for frame in [&acknowledged[..], &window, &reset, &pong, &goaway, &priority] {
            assert_eq!(wants(&[frame]), Wants::Nothing, "{frame:?}");
            assert_eq!(wants(&[frame, &window]), Wants::Nothing, "{frame:?}");
            assert_eq!(wants(&[&frame[..frame.len() - 1]]), Wants::Unsaid, "{frame:?} cut");
        }
        let ping = [&[0, 0, 8, 6, 0, 0, 0, 0, 0][..], &[7; 8]].concat();
        assert_eq!(wants(&[&acknowledged, &ping]), Wants::Unsaid);
        assert_eq!(wants(&[HTTP2_PREFACE, b"\r\nSM\r\n\r\n"]), Wants::Reply);
    }

    #[test]
    fn a_tls_handshake_wants_replies_until_its_last_message() {
        let hello = tls(HANDSHAKE, &[CLIENT_HELLO, 0, 0, 1, 0]);
        let exchange = tls(HANDSHAKE, &[CLIENT_KEY_EXCHANGE, 0, 0, 1, 0]);
        let change = tls(CHANGE_CIPHER_SPEC, &[1]);
        let finished = tls(HANDSHAKE, &[9; 40]);
        let finished_13 = tls(APPLICATION_DATA, &[9; 53]);
        let request = tls(APPLICATION_DATA, &[9; 300]);
        assert_eq!(wants(&[&hello]), Wants::Reply);
        assert_eq!(wants(&[&exchange, &change, &finished]), Wants::Reply);
        assert_eq!(wants(&[&change, &finished]), Wants::Nothing);
        assert_eq!(wants(&[&change, &finished_13]), Wants::Nothing);
        assert_eq!(wants(&[&change, &finished_13, &request]), Wants::Unsaid);
        assert_eq!(wants(&[&finished_13]), Wants::Unsaid);
        assert_eq!(SaidBy::of(&segment(&hello)), Some(SaidBy::Client));
        assert_eq!(SaidBy::of(&segment(&tls(HANDSHAKE, &[SERVER_HELLO, 0]))), Some(SaidBy::Server));
    }

    #[test]
    fn small_records_may_want_nothing_and_an_alert_is_known_by_its_size() {
        let record = |length: usize| tls(APPLICATION_DATA, &vec![9; length]);
        assert_eq!(wants(&[&record(26)]), Wants::Perhaps);
        assert_eq!(wants(&[&record(26), &record(41)]), Wants::Perhaps);
        assert_eq!(wants(&[&record(26), &record(42)]), Wants::Unsaid);
        assert_eq!(wants(&[&record(26)[..20]]), Wants::Unsaid);
        let alert = |bytes: &[u8]| is_tls_alert(&segment(bytes));
        assert!(alert(&record(19)) && alert(&tls(ALERT, &[1, 0])) && alert(&tls(ALERT, &[9; 26])));
        assert!(!alert(&record(20)) && !alert(&[record(19), record(19)].concat()) && !alert(b""));
    }

    #[test]
    fn what_was_not_captured_says_nothing() {
        let cut = Tcp { payload_length: 500, payload: &[], ..segment(&[]) };
        assert_eq!((Wants::of(&cut), SaidBy::of(&cut), is_tls_alert(&cut)), (Wants::Unsaid, None, false));
        let longer = tls(APPLICATION_DATA, &[9; 20]);
        let cut = Tcp { payload_length: 500, ..segment(&longer) };
        assert_eq!(Wants::of(&cut), Wants::Unsaid);
    }
}
