//! Requests of HTTP and hellos of TLS, made by hand: their protocol, their answers, and the same at all places.

use crate::test_packets::{At, Made, check, read, tcp};
use crate::{Exchanges, PairerConfig};
use unanswered_table::{Outcome, Reason};
use unanswered_wire::{ProtocolId, Span, Tcp};

const GET: &[u8] = b"GET /search?q=1 HTTP/1.1\r\nHost: shop.test\r\n\r\n";
const HELLO: &[u8] = &[22, 3, 1, 0, 60, 1, 0, 0, 56, 3, 3, 9, 9, 9];
const ANSWERED: (Outcome, Reason) = (Outcome::Answered, Reason::Plain);

/// From the client: its bytes begin at 100, the server's at 500.
fn asks(sequence: u32, acknowledgement: u32, bytes: &[u8]) -> Made {
    tcp("10.0.0.1", 40_000, "10.9.0.1", 80, Tcp::ACK, sequence, acknowledgement).bytes(bytes)
}

fn says(sequence: u32, acknowledgement: u32, bytes: &[u8]) -> Made {
    tcp("10.9.0.1", 80, "10.0.0.1", 40_000, Tcp::ACK, sequence, acknowledgement).bytes(bytes)
}

fn later() -> At {
    At(60_000, 0, tcp("10.0.0.7", 40_007, "10.9.0.7", 80, Tcp::FIN, 1, 1))
}

/// Only the first bytes of it were captured.
fn cut(bytes: &[u8], made: impl Fn(&[u8]) -> Made, captured: usize) -> Made {
    let length = u32::try_from(bytes.len()).unwrap();
    made(&bytes[..captured]).data(length)
}

fn protocols(all: &Exchanges) -> Vec<ProtocolId> {
    all.iter().map(|exchange| exchange.protocol()).collect()
}

/// The value of a feature of a request at the place nearest to its client, as a number or in words.
fn value(all: &Exchanges, row: u32, name: &str) -> Option<String> {
    let exchange = all.get(row);
    let stored = all.features();
    let stored = stored.iter().find(|f| f.protocol == exchange.protocol() && f.feature.name == name)?;
    let value = all.value(row, stored)?;
    Some(match stored.meaning {
        crate::Meaning::Text => all.texts()[usize::try_from(value).unwrap()].clone(),
        crate::Meaning::Number | crate::Meaning::Address | crate::Meaning::Hardware => value.to_string(),
    })
}

/// The words of each request's error.
fn errors(all: &Exchanges) -> Vec<Option<&'static str>> {
    let error = |reason| if let Reason::Error(refusal) = reason { Some(refusal.kind().words) } else { None };
    all.iter().map(|exchange| error(exchange.reason())).collect()
}

fn end_of(start: u32, bytes: &[u8]) -> u32 {
    start + u32::try_from(bytes.len()).unwrap()
}

fn ask_and_answer(request: &[u8], after: i64, answer: &[u8]) -> Exchanges {
    let packets = [
        At(0, 0, asks(100, 500, request)),
        At(after, 0, says(500, end_of(100, request), answer)),
        At(after + 1, 0, asks(end_of(100, request), end_of(500, answer), b"")),
        later(),
    ];
    read(&packets, PairerConfig::default(), Vec::new())
}

#[test]
fn a_request_of_http_is_known_by_its_first_bytes_and_a_status_of_failure_is_an_error() {
    let all = ask_and_answer(GET, 3_000, b"HTTP/1.1 504 Gateway Timeout\r\n\r\n");
    assert_eq!(protocols(&all), [ProtocolId::HTTP]);
    assert_eq!(
        (all.get(0).outcome(), errors(&all)),
        (Outcome::Error, vec![Some("HTTP 504 Gateway Timeout")])
    );
    assert_eq!(all.get(0).reply_after(), Some(Span::from_milliseconds(3_000)));
    let feature = |name| value(&all, 0, name);
    assert_eq!(feature("http.path.first").as_deref(), Some("/search"));
    assert_eq!(feature("http.host").as_deref(), Some("shop.test"));
    assert_eq!(feature("tcp.len").as_deref(), Some("45"));
    // Where the connection began is not in the capture.
    assert_eq!(feature("http.number"), None);
    for answer in [&b"HTTP/1.1 404 Not Found\r\n\r\n"[..], b"HTTP/1.1 302 Found\r\n\r\n", b"hello"] {
        let all = ask_and_answer(GET, 5, answer);
        assert_eq!((protocols(&all), all.get(0).outcome()), (vec![ProtocolId::HTTP], Outcome::Answered));
    }
}

#[test]
fn a_status_is_read_where_little_was_captured() {
    // 80 bytes of each frame, with the timestamps option.
    let bad = b"HTTP/1.1 502 Bad Gateway\r\n\r\n";
    let packets = [
        At(0, 0, cut(GET, |bytes| asks(100, 500, bytes), 14)),
        At(5, 0, cut(bad, |bytes| says(500, end_of(100, GET), bytes), 14)),
        later(),
    ];
    let all = read(&packets, PairerConfig::default(), Vec::new());
    assert_eq!((protocols(&all), errors(&all)), (vec![ProtocolId::HTTP], vec![Some("HTTP 502 Bad Gateway")]));
}

#[test]
fn an_error_that_comes_late_is_an_error_all_the_same() {
    let all = ask_and_answer(GET, 30_000, b"HTTP/1.1 504 Gateway Timeout\r\n\r\n");
    assert_eq!(errors(&all), [Some("HTTP 504 Gateway Timeout")]);
}

#[test]
fn a_hello_is_answered_by_a_hello_and_refused_by_an_alert() {
    let all = ask_and_answer(HELLO, 5, &[22, 3, 3, 0, 90, 2, 0, 0, 86]);
    assert_eq!((protocols(&all), all.get(0).outcome()), (vec![ProtocolId::TLS], Outcome::Answered));
    assert_eq!(value(&all, 0, "tls.handshake.length").as_deref(), Some("56"));
    assert_eq!(value(&all, 0, "tls.hello.several_segments").as_deref(), Some("1"));
    let all = ask_and_answer(HELLO, 5, &[21, 3, 3, 0, 2, 2, 40]);
    assert_eq!(errors(&all), [Some("TLS alert handshake_failure")]);
    let all = ask_and_answer(HELLO, 5, b"HTTP/1.1 400 Bad Request\r\n");
    assert_eq!(errors(&all), [Some("something other than TLS")]);
}

#[test]
fn a_warning_before_the_hello_is_no_answer_and_one_before_the_end_is_none_either() {
    let warning = [21, 3, 1, 0, 2, 1, 112];
    let hello = [22, 3, 1, 0, 90, 2, 0, 0, 86];
    let all = ask_and_answer(HELLO, 5, &[&warning[..], &hello].concat());
    assert_eq!(all.get(0).outcome(), Outcome::Answered);
    let end = end_of(100, HELLO);
    let fin = tcp("10.9.0.1", 80, "10.0.0.1", 40_000, Tcp::FIN | Tcp::ACK, 507, end);
    let packets =
        [At(0, 0, asks(100, 500, HELLO)), At(1, 0, says(500, end, &warning)), At(2, 0, fin), later()];
    check(&packets, &[(Outcome::Unanswered, Reason::ClosedWithoutReply)]);
}

#[test]
fn the_body_behind_a_continue_belongs_to_its_request() {
    let post = b"POST /upload HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n";
    let head_end = end_of(100, post);
    let go_on = b"HTTP/1.1 100 Continue\r\n\r\n";
    let asked = [
        At(0, 0, asks(100, 500, post)),
        At(5, 0, says(500, head_end, go_on)),
        At(300, 0, asks(head_end, 525, b"some body")),
    ];
    let answer = b"HTTP/1.1 503 Service Unavailable\r\n\r\n";
    let answered =
        [At(900, 0, says(525, head_end + 9, answer)), At(901, 0, asks(head_end + 9, 561, b"")), later()];
    let all = read(&[&asked[..], &answered].concat(), PairerConfig::default(), Vec::new());
    assert_eq!(errors(&all), [Some("HTTP 503 Service Unavailable")]);
    assert_eq!(all.get(0).reply_after(), Some(Span::from_milliseconds(900)));
    // Nothing but that comes: the server has the body, and is silent.
    let silent = [At(301, 0, says(525, head_end + 9, b"")), At(360_000, 0, later().2)];
    check(&[&asked[..], &silent].concat(), &[(Outcome::Unanswered, Reason::Acknowledged)]);
    // Both in one segment.
    let both = [&go_on[..], answer].concat();
    assert_eq!(errors(&ask_and_answer(GET, 5, &both)), [Some("HTTP 503 Service Unavailable")]);
}

#[test]
fn each_request_of_a_connection_has_its_number_and_its_own_status() {
    let syn = tcp("10.0.0.1", 40_000, "10.9.0.1", 80, Tcp::SYN, 99, 0);
    let accepted = tcp("10.9.0.1", 80, "10.0.0.1", 40_000, Tcp::SYN | Tcp::ACK, 499, 100);
    let (ok, bad) = (b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 502 Bad Gateway\r\n\r\n");
    let (second, answered) = (end_of(100, GET), end_of(500, ok));
    let packets = [
        At(0, 0, syn),
        At(1, 0, accepted),
        At(2, 0, asks(100, 500, b"")),
        At(3, 0, asks(100, 500, GET)),
        At(4, 0, says(500, second, ok)),
        At(5, 0, asks(second, answered, GET)),
        At(6, 0, says(answered, end_of(second, GET), bad)),
        At(7, 0, asks(end_of(second, GET), end_of(answered, bad), b"")),
        later(),
    ];
    let all = read(&packets, PairerConfig::default(), Vec::new());
    assert_eq!(protocols(&all), [ProtocolId::TCP, ProtocolId::HTTP, ProtocolId::HTTP]);
    assert_eq!(errors(&all), [None, None, Some("HTTP 502 Bad Gateway")]);
    assert_eq!([1, 2].map(|row| value(&all, row, "http.number").unwrap()), ["1", "2"]);
}

#[test]
fn a_status_whose_line_comes_after_other_bytes_of_the_answer_is_read_then() {
    let (end, bad) = (end_of(100, GET), b"HTTP/1.1 500 Internal Server Error\r\n\r\n");
    let body = end_of(500, bad);
    let packets = [
        At(0, 0, asks(100, 500, GET)),
        At(5, 0, says(body, end, b"body")),
        At(6, 0, says(500, end, bad)),
        At(7, 0, asks(end, body + 4, b"")),
        later(),
    ];
    let all = read(&packets, PairerConfig::default(), Vec::new());
    assert_eq!(errors(&all), [Some("HTTP 500 Internal Server Error")]);
}

#[test]
fn what_crosses_a_request_is_not_its_status() {
    // The end of an earlier answer looks like one.
    let old = b"HTTP/1.1 500 x\r\n\r\n";
    let end = end_of(100, GET);
    let packets = [
        At(0, 0, asks(100, 500, GET)),
        At(1, 0, says(500, 100, old)),
        At(2, 0, says(end_of(500, old), end, b"HTTP/1.1 200 OK\r\n\r\n")),
        At(3, 0, asks(end, end_of(500, old) + 19, b"")),
        later(),
    ];
    check(&packets, &[ANSWERED]);
}

#[test]
fn a_request_whose_first_segment_comes_after_a_later_one_is_recognised_then() {
    let (first, second) = GET.split_at(30);
    let end = end_of(100, GET);
    let packets = [
        At(0, 0, asks(130, 500, second)),
        At(1, 0, asks(100, 500, first)),
        At(2, 0, says(500, end, b"HTTP/1.1 502 Bad Gateway\r\n\r\n")),
        later(),
    ];
    let all = read(&packets, PairerConfig::default(), Vec::new());
    assert_eq!((protocols(&all), errors(&all)), (vec![ProtocolId::HTTP], vec![Some("HTTP 502 Bad Gateway")]));
    assert_eq!(value(&all, 0, "http.path.first").as_deref(), Some("/search"));
    assert_eq!(value(&all, 0, "tcp.len").as_deref(), Some("30"));
}

/// Two places, of which the first (the client's) captured only so many bytes of each payload.
fn at_two_places(request: &[u8], captured: usize) -> Exchanges {
    let answer = b"HTTP/1.1 504 Gateway Timeout\r\n\r\n";
    let end = end_of(100, request);
    let shorter = captured.min(answer.len());
    let packets = [
        At(0, 0, cut(request, |bytes| asks(100, 500, bytes), captured)),
        At(1, 1, asks(100, 500, request)),
        At(5, 1, says(500, end, answer)),
        At(6, 0, cut(answer, |bytes| says(500, end, bytes), shorter)),
        later(),
    ];
    read(&packets, PairerConfig::default(), Vec::new())
}

#[test]
fn places_that_captured_less_join_with_those_that_captured_more() {
    for captured in 0..GET.len() {
        let all = at_two_places(GET, captured);
        assert_eq!(protocols(&all), [ProtocolId::HTTP], "{captured} bytes");
        assert_eq!(all.get(0).sightings().count(), 2, "{captured} bytes");
        // Whether the client's place could read the status or not.
        assert_eq!(errors(&all), [Some("HTTP 504 Gateway Timeout")], "{captured} bytes");
        // Each place keeps what it saw itself.
        let length = value(&all, 0, "tcp.len");
        assert_eq!(length.as_deref(), Some("45"), "{captured} bytes");
    }
    for captured in 0..HELLO.len() {
        let all = at_two_places(HELLO, captured);
        assert_eq!(
            (protocols(&all), all.get(0).sightings().count()),
            (vec![ProtocolId::TLS], 2),
            "{captured}"
        );
    }
}

#[test]
fn a_place_that_sees_the_whole_line_decides_against_one_that_saw_its_beginning() {
    let old = b"GET /index.html\r\n";
    for captured in 0..old.len() {
        let all = at_two_places(old, captured);
        assert_eq!((protocols(&all), all.get(0).sightings().count()), (vec![ProtocolId::TCP_DATA], 2));
    }
}

#[test]
fn places_that_saw_enough_are_never_overruled() {
    // The same number in two connections.
    let other =
        tcp("10.0.0.2", 41_000, "10.9.0.2", 81, Tcp::ACK, 100, 500).bytes(b"no request of HTTP at all");
    let packets = [At(0, 0, asks(100, 500, GET)), At(1, 1, other), later()];
    let all = read(&packets, PairerConfig::default(), Vec::new());
    assert_eq!(protocols(&all), [ProtocolId::HTTP, ProtocolId::TCP_DATA]);
}
