//! Alerts of a server in place of its hello (RFC 8446 section 6, RFC 5246 section 7.2).

use super::super::tcp::RESET;
use crate::asking::{ALERT, RECORD_HEADER, record};
use crate::{Answer, Opening};
use unanswered_registry::{Refusal, RefusalKind, RefusedBy};

/// Alerts that servers send to a hello, each with its declaration (IANA "TLS Alerts").
static ALERTS: [(u8, &RefusalKind); 16] = [
    (10, &UNEXPECTED_MESSAGE),
    (22, &RECORD_OVERFLOW),
    (40, &HANDSHAKE_FAILURE),
    (47, &ILLEGAL_PARAMETER),
    (49, &ACCESS_DENIED),
    (50, &DECODE_ERROR),
    (70, &PROTOCOL_VERSION),
    (71, &INSUFFICIENT_SECURITY),
    (80, &INTERNAL_ERROR),
    (86, &INAPPROPRIATE_FALLBACK),
    (109, &MISSING_EXTENSION),
    (110, &UNSUPPORTED_EXTENSION),
    (112, &UNRECOGNIZED_NAME),
    (115, &UNKNOWN_PSK_IDENTITY),
    (120, &NO_APPLICATION_PROTOCOL),
    (121, &ECH_REQUIRED),
];

static UNEXPECTED_MESSAGE: RefusalKind = alert("tls.unexpected_message", "TLS alert unexpected_message");
static RECORD_OVERFLOW: RefusalKind = alert("tls.record_overflow", "TLS alert record_overflow");
static HANDSHAKE_FAILURE: RefusalKind = alert("tls.handshake_failure", "TLS alert handshake_failure");
static ILLEGAL_PARAMETER: RefusalKind = alert("tls.illegal_parameter", "TLS alert illegal_parameter");
static ACCESS_DENIED: RefusalKind = alert("tls.access_denied", "TLS alert access_denied");
static DECODE_ERROR: RefusalKind = alert("tls.decode_error", "TLS alert decode_error");
static PROTOCOL_VERSION: RefusalKind = alert("tls.protocol_version", "TLS alert protocol_version");
static INSUFFICIENT_SECURITY: RefusalKind =
    alert("tls.insufficient_security", "TLS alert insufficient_security");
static INTERNAL_ERROR: RefusalKind =
    RefusalKind::new("tls.internal_error", "TLS alert internal_error", RefusedBy::FailedService).error();
static INAPPROPRIATE_FALLBACK: RefusalKind =
    alert("tls.inappropriate_fallback", "TLS alert inappropriate_fallback");
static MISSING_EXTENSION: RefusalKind = alert("tls.missing_extension", "TLS alert missing_extension");
static UNSUPPORTED_EXTENSION: RefusalKind =
    alert("tls.unsupported_extension", "TLS alert unsupported_extension");
static UNRECOGNIZED_NAME: RefusalKind = alert("tls.unrecognized_name", "TLS alert unrecognized_name");
static UNKNOWN_PSK_IDENTITY: RefusalKind =
    alert("tls.unknown_psk_identity", "TLS alert unknown_psk_identity");
static NO_APPLICATION_PROTOCOL: RefusalKind =
    alert("tls.no_application_protocol", "TLS alert no_application_protocol");
static ECH_REQUIRED: RefusalKind = alert("tls.ech_required", "TLS alert ech_required");

/// All others.
static OTHER: RefusalKind = alert("tls.alert", "TLS alert").numbered(&["description"]);

/// The server speaks something else.
static NOT_TLS: RefusalKind = alert("tls.not_tls", "something other than TLS");

const fn alert(code: &'static str, words: &'static str) -> RefusalKind {
    RefusalKind::new(code, words, RefusedBy::Service).error()
}

/// All of them, and the reset of the connection.
pub(super) const REFUSALS: &[&RefusalKind] = &[
    &RESET,
    &UNEXPECTED_MESSAGE,
    &RECORD_OVERFLOW,
    &HANDSHAKE_FAILURE,
    &ILLEGAL_PARAMETER,
    &ACCESS_DENIED,
    &DECODE_ERROR,
    &PROTOCOL_VERSION,
    &INSUFFICIENT_SECURITY,
    &INTERNAL_ERROR,
    &INAPPROPRIATE_FALLBACK,
    &MISSING_EXTENSION,
    &UNSUPPORTED_EXTENSION,
    &UNRECOGNIZED_NAME,
    &UNKNOWN_PSK_IDENTITY,
    &NO_APPLICATION_PROTOCOL,
    &ECH_REQUIRED,
    &OTHER,
    &NOT_TLS,
];

/// The level of an alert that ends the connection (RFC 5246 section 7.2).
const FATAL: u8 = 2;

/// An alert in clear text: its record has two bytes.
const ALERT_LENGTH: usize = 2;

/// Its record's header and itself.
const ALERT_RECORD: u32 = 7;

/// What a server's first bytes after a hello are. A warning is no answer yet: a hello may follow it (RFC 6066 section 3).
pub(super) fn opening(bytes: &[u8], on_wire: u32) -> Opening {
    match (record(bytes), bytes.get(RECORD_HEADER..)) {
        (Some((ALERT, ALERT_LENGTH)), Some(&[FATAL, description, ..])) => {
            Opening::Answer(Answer::Refused(refusal(description)))
        }
        (Some((ALERT, ALERT_LENGTH)), Some(&[_, _, ..])) => Opening::Interim(ALERT_RECORD.min(on_wire)),
        (None, Some([_, ..])) => Opening::Answer(Answer::Refused(Refusal::of(&NOT_TLS))),
        (Some((ALERT, ALERT_LENGTH)) | None, Some(_) | None) => {
            let cut = u32::try_from(bytes.len()).is_ok_and(|captured| captured < on_wire);
            if cut { Opening::Unread } else { Opening::GIVEN }
        }
        (Some(_), Some(_) | None) => Opening::GIVEN,
    }
}

fn refusal(description: u8) -> Refusal {
    let named = ALERTS.iter().find(|(known, _)| *known == description);
    let other = Refusal::with_numbers(&OTHER, [u16::from(description), 0]);
    named.map_or(other, |(_, kind)| Refusal::of(kind))
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
    fn a_fatal_alert_is_an_error_in_its_own_words_and_a_hello_is_an_answer() {
        assert_eq!(words(&[21, 3, 1, 0, 2, 2, 40]), Some("TLS alert handshake_failure"));
        assert_eq!(words(&[21, 3, 3, 0, 2, 2, 70]), Some("TLS alert protocol_version"));
        let other = Opening::Answer(Answer::Refused(Refusal::with_numbers(&OTHER, [200, 0])));
        assert_eq!(read(&[21, 3, 3, 0, 2, 2, 200]), other);
        assert_eq!(read(&[22, 3, 3, 0, 90, 2, 0, 0, 86]), Opening::GIVEN);
        // An encrypted one says nothing that can be read.
        assert_eq!(read(&[21, 3, 3, 0, 26, 2, 40, 9, 9]), Opening::GIVEN);
    }

    #[test]
    fn a_warning_is_no_answer_yet() {
        assert_eq!(read(&[21, 3, 1, 0, 2, 1, 112]), Opening::Interim(7));
        assert_eq!(read(&[21, 3, 1, 0, 2, 1, 112, 22, 3, 1, 0, 90]), Opening::Interim(7));
    }

    #[test]
    fn what_is_not_tls_is_an_error_and_what_was_cut_before_it_says_so_is_not_read() {
        assert_eq!(words(b"HTTP/1.1 400 Bad Request\r\n"), Some("something other than TLS"));
        assert_eq!(words(b"SSH-2.0-x\r\n"), Some("something other than TLS"));
        for cut in [&b""[..], b"HTTP/", &[21, 3, 1, 0, 2], &[21, 3, 1, 0, 2, 2], &[22, 3]] {
            assert_eq!(opening(cut, 90), Opening::Unread, "{cut:?}");
            assert_eq!(read(cut), Opening::GIVEN, "{cut:?}");
        }
    }
}
