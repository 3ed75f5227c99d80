//! The status line of an answer of HTTP/1 (RFC 9112 section 4), and which statuses are failures.
//!
//! A 5xx says that the server failed at the request, 408 and 429 that it did not take it; all others are answers, those of
//! which the client is the cause (4xx) included. A 503 is not counted as "too often": it says overload or maintenance alike
//! (RFC 9110 section 15.6.4).

use super::super::tcp::RESET;
use crate::asking::{ALERT, record};
use crate::{Answer, Opening};
use unanswered_registry::{Refusal, RefusalKind, RefusedBy};

/// Statuses that are errors, each with its declaration: IANA's registry of RFC 9110 section 16.2.1, those in common use.
static STATUSES: [(u16, &RefusalKind); 10] = [
    (408, &REQUEST_TIMEOUT),
    (429, &TOO_MANY_REQUESTS),
    (500, &INTERNAL_SERVER_ERROR),
    (501, &NOT_IMPLEMENTED),
    (502, &BAD_GATEWAY),
    (503, &SERVICE_UNAVAILABLE),
    (504, &GATEWAY_TIMEOUT),
    (505, &VERSION_NOT_SUPPORTED),
    (507, &INSUFFICIENT_STORAGE),
    (511, &AUTHENTICATION_REQUIRED),
];

static REQUEST_TIMEOUT: RefusalKind =
    RefusalKind::new("http.408", "HTTP 408 Request Timeout", RefusedBy::Service).error();
static TOO_MANY_REQUESTS: RefusalKind =
    RefusalKind::new("http.429", "HTTP 429 Too Many Requests", RefusedBy::Service).error().too_often();
static INTERNAL_SERVER_ERROR: RefusalKind = failed("http.500", "HTTP 500 Internal Server Error");
static NOT_IMPLEMENTED: RefusalKind = failed("http.501", "HTTP 501 Not Implemented");
static BAD_GATEWAY: RefusalKind = failed("http.502", "HTTP 502 Bad Gateway");
static SERVICE_UNAVAILABLE: RefusalKind = failed("http.503", "HTTP 503 Service Unavailable");
static GATEWAY_TIMEOUT: RefusalKind = failed("http.504", "HTTP 504 Gateway Timeout");
static VERSION_NOT_SUPPORTED: RefusalKind = failed("http.505", "HTTP 505 HTTP Version Not Supported");
static INSUFFICIENT_STORAGE: RefusalKind = failed("http.507", "HTTP 507 Insufficient Storage");
static AUTHENTICATION_REQUIRED: RefusalKind = failed("http.511", "HTTP 511 Network Authentication Required");

/// All other statuses of 500 and more.
static OTHER: RefusalKind = failed("http.5xx", "HTTP server error").numbered(&["status"]);

/// A server of TLS says so to a client that speaks clear text.
static TLS_ALERT: RefusalKind =
    RefusalKind::new("http.tls_alert", "TLS alert to clear-text HTTP", RefusedBy::Service).error();

const fn failed(code: &'static str, words: &'static str) -> RefusalKind {
    RefusalKind::new(code, words, RefusedBy::FailedService).error()
}

/// All of them, and the reset of the connection.
pub(super) const REFUSALS: &[&RefusalKind] = &[
    &RESET,
    &REQUEST_TIMEOUT,
    &TOO_MANY_REQUESTS,
    &INTERNAL_SERVER_ERROR,
    &NOT_IMPLEMENTED,
    &BAD_GATEWAY,
    &SERVICE_UNAVAILABLE,
    &GATEWAY_TIMEOUT,
    &VERSION_NOT_SUPPORTED,
    &INSUFFICIENT_STORAGE,
    &AUTHENTICATION_REQUIRED,
    &OTHER,
    &TLS_ALERT,
];

/// Switching Protocols (RFC 9110 section 15.2.2): the one 1xx after which no other status follows.
const SWITCHING: u16 = 101;

/// `HTTP/1.1 504`: so much of a status line says its status.
const STATUS_END: usize = 12;

/// What a server's first bytes after a request are. What is no status line is some answer.
pub(super) fn opening(bytes: &[u8], on_wire: u32) -> Opening {
    if matches!(record(bytes), Some((ALERT, 2))) {
        return Opening::Answer(Answer::Refused(Refusal::of(&TLS_ALERT)));
    }
    if bytes.len() < STATUS_END && u32::try_from(bytes.len()).is_ok_and(|captured| captured < on_wire) {
        return Opening::Unread;
    }
    match status(bytes) {
        None | Some(SWITCHING | 200..=407 | 409..=428 | 430..=499) => Opening::GIVEN,
        Some(100..=199) => interim(bytes, on_wire),
        Some(code) => Opening::Answer(Answer::Refused(refusal(code))),
    }
}

fn refusal(code: u16) -> Refusal {
    let named = STATUSES.iter().find(|(known, _)| *known == code);
    named.map_or(Refusal::with_numbers(&OTHER, [code, 0]), |(_, kind)| Refusal::of(kind))
}

/// The status of a status line; `None` for anything else, and for codes that no client knows (RFC 9110 section 15).
fn status(bytes: &[u8]) -> Option<u16> {
    let [b'0'..=b'9', b' ', digits @ ..] = bytes.strip_prefix(b"HTTP/1.")? else { return None };
    if digits.get(3).is_some_and(|next| !matches!(next, b' ' | b'\r' | b'\n')) {
        return None;
    }
    let code = match digits {
        [a @ b'1'..=b'5', b @ b'0'..=b'9', c @ b'0'..=b'9', ..] => [a, b, c],
        _ => return None,
    };
    Some(code.iter().fold(0, |code, digit| code * 10 + u16::from(**digit - b'0')))
}

/// The whole head of a 1xx answer (RFC 9110 section 15.2: it has no content). One whose end was not captured may have the final
/// answer behind it.
fn interim(bytes: &[u8], on_wire: u32) -> Opening {
    let end = bytes.windows(4).position(|mark| mark == b"\r\n\r\n").map(|at| at + 4);
    let length = end.and_then(|end| u32::try_from(end).ok()).filter(|length| *length <= on_wire);
    length.map_or(Opening::Unread, Opening::Interim)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocols::test_readers::refusal_words;

    fn read(bytes: &[u8]) -> Opening {
        opening(bytes, u32::try_from(bytes.len()).unwrap())
    }

    fn words(bytes: &[u8]) -> Option<&'static str> {
        refusal_words(&read(bytes))
    }

    #[test]
    fn server_errors_time_outs_and_too_many_requests_are_errors_and_all_else_is_an_answer() {
        for code in 200..600_u16 {
            let line = format!("HTTP/1.1 {code} Reason\r\n");
            let error = code >= 500 || code == 408 || code == 429;
            assert_eq!(words(line.as_bytes()).is_some(), error, "{line}");
        }
        assert_eq!(words(b"HTTP/1.0 504"), Some("HTTP 504 Gateway Timeout"));
        let other = Opening::Answer(Answer::Refused(Refusal::with_numbers(&OTHER, [521, 0])));
        assert_eq!(read(b"HTTP/1.1 521 \r\n"), other);
        assert_eq!(read(b"HTTP/1.1 101 Switching Protocols\r\n\r\n"), Opening::GIVEN);
    }

    #[test]
    fn what_is_no_status_line_is_some_answer_and_what_was_cut_before_its_status_is_not_read() {
        for end in 0..STATUS_END {
            assert_eq!(opening(&b"HTTP/1.1 504 Gateway Timeout\r\n"[..end], 90), Opening::Unread, "{end}");
        }
        for bytes in [
            &b""[..],
            b"HTTP/1.1 50",
            b"HTTP/1.1 5040",
            b"HTTP/2 504",
            b"HTTP/1.1 999 x",
            b"hello",
            b"HTTP/1.",
        ] {
            assert_eq!(read(bytes), Opening::GIVEN, "{bytes:?}");
        }
    }

    #[test]
    fn an_interim_answer_ends_where_its_head_ends() {
        assert_eq!(read(b"HTTP/1.1 100 Continue\r\n\r\n"), Opening::Interim(25));
        assert_eq!(read(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 500 x"), Opening::Interim(37));
        // Cut: what follows the head is not known.
        assert_eq!(opening(b"HTTP/1.1 100 Continue\r\n", 200), Opening::Unread);
    }

    #[test]
    fn a_tls_alert_in_place_of_a_status_line_is_an_error() {
        assert_eq!(words(&[21, 3, 3, 0, 2, 2, 10]), Some("TLS alert to clear-text HTTP"));
        assert_eq!(read(&[22, 3, 3, 0, 2, 2, 10]), Opening::GIVEN);
    }
}
