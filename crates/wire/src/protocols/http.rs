//! HTTP/1 in clear text (RFC 9112): a request inside a TCP connection whose first bytes are a request line.
//!
//! What is read stands in the first captured segment of the request; the pairer finds where a request begins. A header that
//! the segment or the snap length cut off is missing, never guessed. The answer's status line decides the outcome:
//! `answer` reads it. HTTP/2 in clear text stays `tcp-data`: its requests share the connection and are answered in any order.
//!
//! Several requests in one turn (pipelining, RFC 9112 section 9.3.2) are one request here, and the first answer is its answer;
//! [`PIPELINED`] says so as far as the first segment shows.

mod answer;

use super::tcp::{self, SELECTION, WAITING_INSIDE};
use crate::asking::begins_http;
use crate::text::bounded;
use crate::{
    Begins, Carrier, Declaration, Declared, FeatureSink, Filters, Message, Opening, Packet, Part, Protocol,
    Tcp, Transport,
};
use unanswered_registry::{DisplayTerm, Feature, Price, Quantity, features};

/// What may stand before a path in a request to a proxy (RFC 9112 section 3.2.2), as a regular expression.
const AUTHORITY: &str = "([a-z]+://[^/?]*)?";

features! {
    METHOD = code("http.request.method", "HTTP method").wireshark_text().settable();
    HOST = code("http.host", "HTTP host").wireshark_text().settable();
    PREFIX = code("http.path.first", "first part of the path").price(Price::Plain).settable()
        .displayed(DisplayTerm::Begins { field: "http.request.uri", after: AUTHORITY, followed_by: "/?" });
    PATH = code("http.path", "path").price(Price::Near).settable()
        .displayed(DisplayTerm::Begins { field: "http.request.uri", after: AUTHORITY, followed_by: "?" });
    QUERY = flag("http.query.present", "query in the URL").presence().price(Price::Plain).settable();
    HEAD_LENGTH = amount("http.head.length", "length of the HTTP request's head").measures(Quantity::Length).settable();
    CONTENT_LENGTH = amount("http.content_length", "HTTP content length").wireshark().measures(Quantity::Length).settable();
    BODY_LENGTH = amount("http.body.first_segment", "length of the body in the first segment").measures(Quantity::Length);
    PIPELINED = flag("http.pipelined", "pipelined requests").presence();
    NUMBER = amount("http.number", "number of the HTTP request in its connection");
}

/// HTTP/1.0 and HTTP/1.1.
#[derive(Clone, Copy, Debug)]
pub struct Http;

/// The longest host (RFC 1035 section 3.1 bounds a name; a port follows it), first part of a path and path that are kept.
/// A longer one is missing: a piece of it would be another name.
const HOST_MAX: usize = 262;
const PREFIX_MAX: usize = 64;
const PATH_MAX: usize = 256;

impl Declared for Http {
    const DECLARATION: Declaration = Declaration {
        name: "http",
        requests: "HTTP requests",
        carrier: Carrier::TcpBytes,
        waiting: WAITING_INSIDE,
        // A capture filter would have to name every method.
        filters: Filters { display: "http.request", capture: None, capture_v6: None },
        selection: SELECTION,
        features: &[ALL],
        refusals: answer::REFUSALS,
        describes: &[Part::Value(&METHOD), Part::AlsoValue(&PATH)],
        asks_for: Some(&PATH),
    };
}

impl Protocol for Http {
    fn message(&self, _: &Packet<'_>) -> Option<Message> {
        None
    }

    fn features(&self, packet: &Packet<'_>, sink: &mut dyn FeatureSink) {
        let Transport::Tcp(tcp) = packet.transport else { return };
        tcp::segment_features(packet, &tcp, sink);
        if begins_http(tcp.payload) >= Begins::Likely {
            request_features(&tcp, sink);
        }
    }

    fn begins(&self, bytes: &[u8]) -> Begins {
        begins_http(bytes)
    }

    fn opening(&self, bytes: &[u8], on_wire: u32) -> Opening {
        answer::opening(bytes, on_wire)
    }

    fn number_in_connection(&self) -> Option<&'static Feature> {
        Some(&NUMBER)
    }
}

/// The next line without its end, and what follows it; `None` where its end was not captured.
fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let text = bytes.get(..end)?;
    Some((text.strip_suffix(b"\r").unwrap_or(text), bytes.get(end + 1..)?))
}

fn request_features(tcp: &Tcp<'_>, sink: &mut dyn FeatureSink) {
    let method = tcp.payload.split(|byte| *byte == b' ').next().unwrap_or_default();
    if let Some(method) = bounded(method, PREFIX_MAX) {
        sink.text(&METHOD, method);
    }
    let Some((request, mut rest)) = line(tcp.payload) else { return };
    let target = request.get(method.len() + 1..).unwrap_or_default();
    if let Some(end) = target.windows(8).rposition(|word| word == b" HTTP/1.") {
        target_features(method, target.get(..end).unwrap_or_default(), sink);
    }
    let mut headers = Headers::default();
    while let Some((header, after)) = line(rest) {
        rest = after;
        if header.is_empty() {
            headers.offer(sink);
            let head = tcp.payload.len().saturating_sub(after.len());
            return body_features(tcp, head, &headers, after, sink);
        }
        headers.read(header);
    }
    headers.offer(sink);
}

/// What is read of the header fields.
#[derive(Default)]
struct Headers<'a> {
    host: Option<&'a [u8]>,
    content_length: Option<i64>,
    /// How long the body is does not stand in the head (RFC 9112 section 6.1), or not so that it can be read.
    encoded: bool,
}

impl<'a> Headers<'a> {
    /// Takes a field (RFC 9112 section 5: names without regard to case, blanks around the value). Of a repeated one the first.
    fn read(&mut self, field: &'a [u8]) {
        let Some(colon) = field.iter().position(|byte| *byte == b':') else { return };
        let (name, value) =
            (field.get(..colon).unwrap_or_default(), field.get(colon + 1..).unwrap_or_default());
        let value = value.trim_ascii();
        if name.eq_ignore_ascii_case(b"host") {
            self.host = self.host.or(Some(value));
        } else if name.eq_ignore_ascii_case(b"content-length") {
            self.content_length = self.content_length.or_else(|| number(value));
            self.encoded |= self.content_length.is_none();
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.encoded = true;
        }
    }

    fn offer(&self, sink: &mut dyn FeatureSink) {
        if let Some(host) = self.host.and_then(|host| bounded(host, HOST_MAX)) {
            sink.text(&HOST, host);
        }
        if let Some(length) = self.content_length {
            sink.number(&CONTENT_LENGTH, length);
        }
    }
}

/// A decimal number of at most 18 digits.
fn number(digits: &[u8]) -> Option<i64> {
    let short = (1..=18).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(digits).ok().filter(|_| short)?.parse().ok()
}

/// Path and query of a request's target (RFC 9112 section 3.2): of what follows the authority, where it is named. A CONNECT has
/// neither.
fn target_features(method: &[u8], target: &[u8], sink: &mut dyn FeatureSink) {
    if method == b"CONNECT" {
        return;
    }
    let query = target.iter().position(|byte| *byte == b'?');
    let whole = target.get(..query.unwrap_or(target.len())).unwrap_or_default();
    let authority = whole.windows(3).position(|mark| mark == b"://").map(|at| at + 3);
    let path = match authority.filter(|_| !whole.starts_with(b"/")) {
        // `http://a.test` stands for the path `/`.
        Some(from) => {
            let after = whole.get(from..).unwrap_or_default();
            after.iter().position(|byte| *byte == b'/').and_then(|at| after.get(at..)).unwrap_or(b"/")
        }
        None => whole,
    };
    let first = path.get(1..).unwrap_or_default().iter().position(|byte| *byte == b'/');
    let prefix = path.get(..first.map_or(path.len(), |at| at + 1)).unwrap_or_default();
    if let Some(prefix) = bounded(prefix, PREFIX_MAX) {
        sink.text(&PREFIX, prefix);
    }
    if let Some(path) = bounded(path, PATH_MAX) {
        sink.text(&PATH, path);
    }
    sink.number(&QUERY, i64::from(query.is_some()));
}

/// Of a head that was captured whole: its length, and what follows it in the segment (`body`: as far as it was captured).
fn body_features(tcp: &Tcp<'_>, head: usize, headers: &Headers<'_>, body: &[u8], sink: &mut dyn FeatureSink) {
    let on_wire = i64::from(tcp.payload_length);
    let Ok(head) = i64::try_from(head) else { return };
    sink.number(&HEAD_LENGTH, head);
    if headers.encoded {
        return;
    }
    let after = on_wire.saturating_sub(head);
    let own = headers.content_length.unwrap_or(0);
    sink.number(&BODY_LENGTH, after.min(own));
    if after <= own {
        sink.number(&PIPELINED, 0);
        return;
    }
    let next = usize::try_from(own).ok().and_then(|own| body.get(own..)).unwrap_or_default();
    if begins_http(next) == Begins::Yes {
        sink.number(&PIPELINED, 1);
    }
}

#[cfg(test)]
mod tests;
