//! Emitted DNS messages are read as what they were meant to be.

mod common;

use common::{Kept, raw, udp4};
use proptest::prelude::*;
use std::net::IpAddr;
use unanswered_wire::emit::CannotEmit;
use unanswered_wire::emit::dns::{Query, Response, query, response};
use unanswered_wire::{Answer, Message, ProtocolId, recognise};

const A: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 53));
const AAAA: IpAddr = IpAddr::V6(std::net::Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x53));

fn asked(name: &str) -> Query<'_> {
    Query { id: 0x1234, name, kind: 1, recursion_desired: true, edns: None }
}

fn answered<'a>(query: Query<'a>, answers: &'a [IpAddr]) -> Response<'a> {
    Response {
        query,
        rcode: 0,
        authoritative: false,
        recursion_available: true,
        truncated: false,
        answers,
        ttl: 300,
        edns: None,
        fill_to: 0,
    }
}

fn message(written: impl FnOnce(&mut Vec<u8>) -> Result<(), CannotEmit>) -> Vec<u8> {
    let mut out = Vec::new();
    written(&mut out).expect("what exists can be written");
    out
}

fn features(message: &[u8], ports: [u16; 2]) -> (Message, Kept) {
    let packet = udp4(ports, message);
    let packet = raw(&packet);
    let (id, message) = recognise(&packet).expect("DNS");
    assert_eq!(id, ProtocolId::DNS);
    let mut kept = Kept::default();
    id.protocol().features(&packet, &mut kept);
    (message, kept)
}

/// Walks a message to its end (RFC 1035 section 4.1) and returns the section and type of each record.
fn records(message: &[u8]) -> Vec<(usize, u16)> {
    let field = |at: usize| u16::from_be_bytes([message[at], message[at + 1]]);
    let mut at = 12;
    while message[at] != 0 {
        at += 1 + usize::from(message[at]);
    }
    at += 5;
    let mut found = Vec::new();
    for section in 1..4 {
        for _ in 0..field(4 + 2 * section) {
            at += if message[at] == 0 { 1 } else { 2 };
            found.push((section, field(at)));
            let end = at + 10 + usize::from(field(at + 8));
            if field(at) == 16 {
                let mut string = at + 10;
                while string < end {
                    string += 1 + usize::from(message[string]);
                }
                assert_eq!(string, end, "strings end where the record does");
            }
            at = end;
        }
    }
    assert_eq!(at, message.len(), "records end where the message does");
    found
}

proptest! {
    #[test]
    fn a_message_has_the_length_that_was_asked_for(
        fill_to: u16,
        kind in prop::sample::select(vec![1_u16, 16, 255]),
        answers in prop::collection::vec(prop::sample::select(vec![A, AAAA]), 0..5),
        edns in prop::sample::select(vec![None, Some(1232)]),
    ) {
        let query = Query { kind, ..asked("www.example.net") };
        let bare = message(|out| response(out, &Response { edns, ..answered(query, &answers) })).len();
        let wanted = Response { edns, fill_to, ..answered(query, &answers) };
        let mut filled = Vec::new();
        match response(&mut filled, &wanted) {
            Ok(()) => {}
            Err(error) => {
                prop_assert!(matches!(error, CannotEmit::TooLong { .. }) && fill_to > 65_522, "{error}");
                return Ok(());
            }
        }
        let fill_to = usize::from(fill_to);
        let expected = match fill_to.saturating_sub(bare) {
            0 => bare,
            1..=12 => bare + 13,
            _ => fill_to,
        };
        prop_assert_eq!(filled.len(), expected);
        let texts: Vec<usize> = records(&filled).iter().filter(|record| record.1 == 16).map(|r| r.0).collect();
        let section = if kind == 1 { 3 } else { 1 };
        prop_assert_eq!(texts, if fill_to > bare { vec![section] } else { vec![] });
    }

    #[test]
    fn any_name_is_written_or_refused(name: String) {
        let mut out = vec![9];
        match query(&mut out, &asked(&name)) {
            Ok(()) => prop_assert_eq!(records(&out[1..]), vec![]),
            Err(_) => prop_assert_eq!(out, vec![9]),
        }
    }
}

#[test]
fn a_query_is_recognised_with_what_was_asked() {
    let edns = Query { edns: Some(1232), kind: 28, recursion_desired: false, ..asked("a.example.net.") };
    let sent = message(|out| query(out, &edns));
    let (read, kept) = features(&sent, [40_000, 53]);
    assert!(read.asks.is_some() && read.answers.is_none(), "{read:?}");
    for (name, value) in [
        ("dns.id", "4660"),
        ("dns.qry.name", "a.example.net"),
        ("dns.qry.type", "28"),
        ("dns.flags.recdesired", "0"),
        ("dns.count.queries", "1"),
        ("dns.count.answers", "0"),
        ("dns.count.add_rr", "1"),
        ("dns.rr.udp_payload_size", "1232"),
        ("dns.resp.edns0_version", "0"),
    ] {
        assert_eq!(kept.get(name), Some(value), "{name}");
    }
    assert_eq!(records(&sent), [(3, 41)]);
}

#[test]
fn a_response_pairs_with_its_query() {
    let question = asked("a.example.net");
    let (sent, _) = features(&message(|out| query(out, &question)), [40_000, 53]);
    let reply = Response { edns: Some(4096), rcode: 3, ..answered(question, &[A, AAAA]) };
    let bytes = message(|out| response(out, &reply));
    let (read, _) = features(&bytes, [53, 40_000]);
    assert_eq!(read.asks, None);
    assert_eq!(read.answers, sent.asks.map(|identity| (identity, Answer::Given)));
    assert_eq!(records(&bytes), [(1, 1), (1, 28), (3, 41)]);
    assert_eq!(bytes[2..4], [0x81, 0x83]);
}

#[test]
fn flags_and_codes_stand_where_they_belong() {
    let query = Query { recursion_desired: false, ..asked("") };
    let plain = answered(query, &[]);
    let flags = |response_: Response<'_>| message(|out| response(out, &response_))[2..4].to_vec();
    assert_eq!(flags(plain), [0x80, 0x80]);
    assert_eq!(flags(Response { recursion_available: false, authoritative: true, ..plain }), [0x84, 0x00]);
    assert_eq!(flags(Response { truncated: true, rcode: 5, ..plain }), [0x82, 0x85]);
    // BADVERS, 16: the upper bits go into the EDNS record.
    let extended = message(|out| response(out, &Response { rcode: 16, edns: Some(512), ..plain }));
    assert_eq!(extended[12..], [0, 0, 1, 0, 1, 0, 0, 41, 2, 0, 1, 0, 0, 0, 0, 0]);
    let refused = response(&mut Vec::new(), &Response { rcode: 16, ..plain });
    assert_eq!(refused, Err(CannotEmit::OutOfRange { field: "response code", value: 16, most: 15 }));
}

#[test]
fn names_beyond_the_limits_are_refused() {
    let label = "a".repeat(63);
    // Four labels of 63 would make 257 bytes with lengths and root; 61 in the last make 255.
    let longest = format!("{label}.{label}.{label}.{}", "a".repeat(61));
    let sent = message(|out| query(out, &asked(&longest)));
    assert_eq!(sent.len(), 12 + 255 + 4);
    let mut out = vec![9];
    for (name, error) in [
        (format!("{longest}a"), CannotEmit::TooLong { what: "the name", length: 256, most: 255 }),
        (format!("{label}a.net"), CannotEmit::TooLong { what: "a label", length: 64, most: 63 }),
        ("a..net".to_owned(), CannotEmit::EmptyLabel),
        (".net".to_owned(), CannotEmit::EmptyLabel),
        ("..".to_owned(), CannotEmit::EmptyLabel),
    ] {
        assert_eq!(query(&mut out, &asked(&name)), Err(error), "{name}");
        assert_eq!(response(&mut out, &answered(asked(&name), &[])), Err(error), "{name}");
    }
    assert_eq!(out, [9]);
    for root in ["", "."] {
        assert_eq!(message(|out| query(out, &asked(root)))[12..], [0, 0, 1, 0, 1]);
    }
}

#[test]
fn more_answers_than_a_message_holds_are_refused() {
    for count in [5000, 70_000] {
        let answers = vec![A; count];
        let mut out = vec![9];
        let refused = response(&mut out, &answered(asked("a"), &answers));
        assert!(matches!(refused, Err(CannotEmit::TooLong { .. })), "{refused:?}");
        assert_eq!(out, [9]);
    }
}
