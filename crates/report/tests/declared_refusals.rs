//! Every way to refuse: stable codes, words, and that what packets are decoded to is declared.

#[path = "../../evidence/tests/common/declared.rs"]
mod declared;

use std::collections::BTreeSet;
use unanswered_registry::{Refusal, RefusalKind};
use unanswered_report::words;
use unanswered_table::Reason;
use unanswered_wire::emit::{self, Content};
use unanswered_wire::{Answer, Carrier, LinkType, Opening, ProtocolId, Tcp, decode, errors, recognise};

#[test]
fn codes_are_unique_and_in_the_form_that_programs_rely_on() {
    let mut seen = BTreeSet::new();
    for RefusalKind { code, .. } in declared::refusals() {
        assert!(seen.insert(*code), "{code} is declared twice");
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.');
        assert!(!code.is_empty() && code.chars().all(plain), "{code:?}");
        assert!(code.split('.').count() >= 2 && code.split('.').all(|part| !part.is_empty()), "{code:?}");
    }
}

#[test]
fn each_is_said_in_words_without_an_article_or_full_stop() {
    for kind in declared::refusals() {
        let numbers = [3, 250];
        let said = words::refusal(Refusal::with_numbers(kind, numbers));
        assert!(said.starts_with(kind.words) && !kind.words.trim().is_empty(), "{}: {said:?}", kind.code);
        assert!(
            said.trim() == said && !said.ends_with('.') && !said.contains("  "),
            "{}: {said:?}",
            kind.code
        );
        for article in ["the ", "a ", "an "] {
            assert!(!said.starts_with(article), "{}: {said:?}", kind.code);
        }
        assert!(kind.numbered.len() <= numbers.len(), "{}: only two numbers are kept", kind.code);
        for (word, number) in kind.numbered.iter().zip(numbers) {
            assert!(
                !word.is_empty() && said.contains(&format!(" {word} {number}")),
                "{}: {said:?}",
                kind.code
            );
        }
        let bounced = words::reason(Reason::ReplyBounced(Refusal::with_numbers(kind, numbers)));
        assert!(bounced.ends_with(&said), "{bounced:?}");
    }
}

#[test]
fn every_error_of_icmp_that_refuses_is_declared_and_every_declared_one_comes() {
    let mut met: Vec<&RefusalKind> = Vec::new();
    for (v6, kind, code) in [false, true]
        .into_iter()
        .flat_map(|v6| (0..=u8::MAX).flat_map(move |kind| (0..=u8::MAX).map(move |code| (v6, kind, code))))
    {
        let Some(refusal) = errors::refusal(v6, kind, code) else { continue };
        if !met.contains(&refusal.kind()) {
            met.push(refusal.kind());
        }
    }
    let declared: Vec<&RefusalKind> = errors::refusals().collect();
    assert!(met.iter().all(|kind| declared.contains(kind)), "{met:?}");
    assert!(declared.iter().all(|kind| met.contains(kind)), "{declared:?}");
}

/// An IPv4 packet with the content.
fn packet(content: &Content<'_>) -> Vec<u8> {
    let ip = emit::Ipv4 {
        source: [10, 0, 0, 1].into(),
        destination: [10, 0, 0, 2].into(),
        ttl: 64,
        dscp: 0,
        ecn: 0,
        identification: 0,
        dont_fragment: false,
    };
    let mut bytes = Vec::new();
    emit::ip_packet(&mut bytes, ip, content).expect("it fits");
    bytes
}

/// How the packet refuses, if it does. Checksums do not matter here.
fn refusal(bytes: &[u8]) -> Option<(ProtocolId, &'static RefusalKind)> {
    let length = u32::try_from(bytes.len()).expect("short");
    let packet = decode(LinkType::Ipv4, bytes, length).expect("it is understood");
    let (id, message) = recognise(&packet)?;
    match message.answers?.1 {
        Answer::Refused(refusal) => Some((id, refusal.kind())),
        Answer::Given | Answer::Truncated => None,
    }
}

/// UDP from that port, with a payload modified by `change`.
fn from_port(port: u16, payload: &[u8]) -> Vec<u8> {
    packet(&Content::Udp { source_port: port, destination_port: 40_000, payload })
}

/// A value in BER with a short length.
fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    [&[tag, u8::try_from(value.len()).expect("short")], value].concat()
}

/// An SNMP Report about a counter of the user-based security model (RFC 3414 section 5).
fn report(counter: u8) -> Vec<u8> {
    let global = [tlv(2, &[7]), tlv(2, &[5, 0]), tlv(4, &[0]), tlv(2, &[3])].concat();
    let user = [tlv(4, &[1]), tlv(2, &[1]), tlv(2, &[1]), tlv(4, b"u"), tlv(4, &[]), tlv(4, &[])].concat();
    let name = tlv(6, &[0x2b, 6, 1, 6, 3, 15, 1, 1, counter, 0]);
    let bindings = tlv(0x30, &tlv(0x30, &[name, tlv(0x41, &[1])].concat()));
    let pdu = tlv(0xa8, &[tlv(2, &[0]), tlv(2, &[0]), tlv(2, &[0]), bindings].concat());
    let scoped = tlv(0x30, &[tlv(4, &[1]), tlv(4, &[]), pdu].concat());
    let security = tlv(4, &tlv(0x30, &user));
    tlv(0x30, &[tlv(2, &[3]), tlv(0x30, &global), security, scoped].concat())
}

/// First bytes of answers inside connections: every status of HTTP, every alert of TLS, and each to the other's requests.
fn turns() -> Vec<(ProtocolId, Vec<u8>)> {
    let statuses = (100..600_u16).map(|code| format!("HTTP/1.1 {code} x\r\n\r\n").into_bytes());
    let alerts = (0..=u8::MAX).map(|description| vec![21, 3, 3, 0, 2, 2, description]);
    let answers: Vec<Vec<u8>> = statuses.chain(alerts).collect();
    let inside = ProtocolId::all().filter(|id| id.carrier() == Carrier::TcpBytes);
    inside.flat_map(|id| answers.iter().map(move |answer| (id, answer.clone())).collect::<Vec<_>>()).collect()
}

#[test]
fn what_replies_refuse_with_is_declared_by_their_protocol_and_every_declared_one_comes() {
    const PAYLOAD: usize = 28;
    let mut met: Vec<(ProtocolId, &RefusalKind)> = Vec::new();
    let mut note = |found: Option<(ProtocolId, &'static RefusalKind)>| {
        if let Some(found) = found.filter(|found| !met.contains(found)) {
            met.push(found);
        }
    };
    // A reply of stratum 0 with every kiss code of four letters.
    let mut time = from_port(123, &[0; 48]);
    time[PAYLOAD] = 0x24;
    for number in 0..26_u32.pow(4) {
        for (at, letter) in time[PAYLOAD + 12..PAYLOAD + 16].iter_mut().zip(0..) {
            *at = b'A' + u8::try_from(number / 26_u32.pow(letter) % 26).expect("a letter");
        }
        note(refusal(&time));
    }
    for error in 0..=u8::MAX {
        let control = [0x26, 0xc1, 0, 1, error, 0, 0, 0, 0, 0, 0, 0];
        note(refusal(&from_port(123, &control)));
        let private = [0x97, 0, 3, 42, error, 0, 0, 0];
        note(refusal(&from_port(123, &private)));
    }
    for rcode in 0..16_u8 {
        let response = [0, 7, 0x81, 0x80 | rcode, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1];
        note(refusal(&from_port(53, &response)));
    }
    for code in 0..=u8::MAX {
        let mut reply = vec![code, 7, 0, 20];
        reply.extend([9; 16]);
        note(refusal(&from_port(3799, &reply)));
        // With an Error-Cause.
        reply[3] = 26;
        reply.extend([101, 6, 0, 0, 1, 0xf7]);
        note(refusal(&from_port(3799, &reply)));
    }
    for status in 0..=19 {
        let binding = tlv(0x30, &[]);
        let response = tlv(0xa2, &[tlv(2, &[7]), tlv(2, &[status]), tlv(2, &[0]), binding].concat());
        let message = tlv(0x30, &[tlv(2, &[1]), tlv(4, b"public"), response].concat());
        note(refusal(&from_port(161, &message)));
    }
    for counter in 0..=7 {
        note(refusal(&from_port(161, &report(counter))));
    }
    for flags in 0..512 {
        note(refusal(&packet(&Content::Tcp {
            source_port: 80,
            destination_port: 40_000,
            sequence: 0,
            acknowledgement: if flags & Tcp::ACK == 0 { 0 } else { 8 },
            flags,
            window: 0,
            options: &[],
            payload: &[],
        })));
    }
    for (protocol, answer) in turns() {
        let on_wire = u32::try_from(answer.len()).expect("short");
        if let Opening::Answer(Answer::Refused(refusal)) = protocol.protocol().opening(&answer, on_wire) {
            note(Some((protocol, refusal.kind())));
        }
    }
    for (id, kind) in &met {
        let declaration = id.declaration();
        assert!(declaration.refusals.contains(kind), "{}: {} is not declared", declaration.name, kind.code);
    }
    let came = |kind: &RefusalKind| met.iter().any(|(_, found)| *found == kind);
    for id in ProtocolId::all() {
        for kind in id.declaration().refusals {
            assert!(came(kind), "{}: {} never comes", id.declaration().name, kind.code);
        }
    }
}
