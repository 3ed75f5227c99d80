//! What is left out is counted, and changes nothing about what is looked at but where the capture ends.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use unanswered_capture::{InputSpec, LeftOut, PcapWriter, Reader, Vantages, open, open_stream};
use unanswered_exchange::{Exchanges, PairerConfig, read_narrowed};
use unanswered_narrow::{CaptureFilter, Narrowing};
use unanswered_table::{Outcome, Reason};
use unanswered_time::dates;
use unanswered_wire::{LinkType, Span, Time, emit};

/// A request's frame, what became of it, and the frame of its reply.
type Fare = (u64, Outcome, Reason, Option<u64>);

const CLIENT: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const OTHER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);
const SERVER: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 53);

/// `date -u -d '2026-11-28 18:33:00' +%s`
const FIRST: Time = Time::from_nanoseconds(1_795_890_780_000_000_000);

/// An echo request of a client, or its reply, so many milliseconds after the first frame.
struct Ping(i64, Ipv4Addr, u16, bool);

fn capture(pings: &[Ping]) -> Vec<u8> {
    let mut writer = PcapWriter::new(Vec::new(), LinkType::Raw, 262_144).expect("memory takes it");
    for &Ping(milliseconds, client, sequence, request) in pings {
        let (source, destination) = if request { (client, SERVER) } else { (SERVER, client) };
        let ip = emit::Ipv4 {
            source,
            destination,
            ttl: 64,
            dscp: 0,
            ecn: 0,
            identification: 1,
            dont_fragment: false,
        };
        let echo = emit::Content::Echo { request, identifier: 1, sequence, payload: &[] };
        let mut packet = Vec::new();
        emit::ip_packet(&mut packet, ip, &echo).expect("it fits");
        let length = u32::try_from(packet.len()).expect("short");
        writer
            .write(FIRST + Span::from_milliseconds(milliseconds), length, &packet)
            .expect("memory takes it");
    }
    writer.finish().expect("memory takes it")
}

fn narrowing(since: &str, until: &str, only: &str) -> Narrowing {
    let moment = |text: &str| (!text.is_empty()).then(|| dates::moment(text).expect("a moment"));
    let only = (!only.is_empty()).then(|| CaptureFilter::parse(only).expect("a filter"));
    Narrowing { since: moment(since), until: moment(until), only }
}

fn read(reader: Reader, vantages: Vantages, narrowing: &Narrowing) -> Exchanges {
    read_narrowed(vec![reader], vantages, &PairerConfig::default(), narrowing, &mut |_| {}).expect("a window")
}

fn paired(pings: &[Ping], narrowing: &Narrowing) -> Exchanges {
    let vantages = Vantages::new();
    let source = Box::new(Cursor::new(capture(pings)));
    let reader = open_stream(&InputSpec::new("pings.pcap"), source, None, &vantages).expect("a capture");
    read(reader, vantages, narrowing)
}

/// Milliseconds after the first frame, outcome and reason of each request.
fn outcomes(exchanges: &Exchanges) -> Vec<(i64, Outcome, Reason)> {
    exchanges
        .iter()
        .map(|e| ((e.time() - FIRST).nanoseconds() / 1_000_000, e.outcome(), e.reason()))
        .collect()
}

#[test]
fn the_end_of_the_window_is_the_end_of_the_capture() {
    // A ping is waited for for ten seconds at most.
    let timeout =
        PairerConfig::default().timeout(unanswered_wire::ProtocolId::ICMP).nanoseconds() / 1_000_000;
    let until = 2 * timeout;
    let pings = [
        Ping(0, CLIENT, 1, true),
        Ping(1, CLIENT, 1, false),
        Ping(until - timeout, CLIENT, 2, true),
        Ping(until - timeout + 1, CLIENT, 3, true),
        Ping(until - 5, CLIENT, 4, true),
        Ping(until, CLIENT, 4, false),
    ];
    let whole = paired(&pings, &Narrowing::default());
    assert_eq!(outcomes(&whole)[3], (until - 5, Outcome::Answered, Reason::PassedHere));

    let narrowed = paired(&pings, &narrowing("", &format!("+{until}ms"), ""));
    let expected = [
        (0, Outcome::Answered, Reason::PassedHere),
        // Its time-out ends with the window; that the capture went on until then is known from a frame behind it.
        (until - timeout, Outcome::Unanswered, Reason::Plain),
        (until - timeout + 1, Outcome::Unknown, Reason::EndOfCapture),
        (until - 5, Outcome::Unknown, Reason::EndOfCapture),
    ];
    assert_eq!(outcomes(&narrowed), expected);
    let input = &narrowed.inputs()[0];
    assert_eq!((input.frames, input.left_out), (6, LeftOut { by_time: 1, by_filter: 0 }));
    assert_eq!(input.to, Some(FIRST + Span::from_milliseconds(until)), "what was read is not narrowed");
    assert_eq!(narrowed.narrowed().until, Some(FIRST + Span::from_milliseconds(until)));
}

#[test]
fn frames_before_the_window_are_not_paired() {
    let pings = [
        Ping(0, CLIENT, 1, true),
        Ping(1000, CLIENT, 1, false),
        Ping(2000, CLIENT, 2, true),
        Ping(2001, CLIENT, 2, false),
    ];
    for since in ["+1s", "18:33:01", "2026-11-28 19:33:01+01:00", "1795890781"] {
        let narrowed = paired(&pings, &narrowing(since, "", ""));
        assert_eq!(outcomes(&narrowed), [(2000, Outcome::Answered, Reason::PassedHere)], "{since}");
        assert_eq!(narrowed.totals().orphan_replies, 1, "its request was left out");
        assert_eq!(narrowed.inputs()[0].left_out, LeftOut { by_time: 1, by_filter: 0 });
    }
}

#[test]
fn frames_that_the_filter_leaves_out_show_that_the_capture_went_on() {
    let pings = [
        Ping(0, CLIENT, 1, true),
        Ping(10, OTHER, 1, true),
        Ping(20, OTHER, 1, false),
        Ping(60_000, OTHER, 2, true),
        Ping(60_001, OTHER, 2, false),
    ];
    let narrowed = paired(&pings, &narrowing("", "+60001ms", "host 192.0.2.1"));
    assert_eq!(outcomes(&narrowed), [(0, Outcome::Unanswered, Reason::Plain)]);
    assert_eq!(narrowed.inputs()[0].left_out, LeftOut { by_time: 1, by_filter: 3 });
    assert_eq!(narrowed.narrowed().only.as_ref().map(ToString::to_string).as_deref(), Some("host 192.0.2.1"));
}

#[test]
fn a_window_that_ends_before_it_begins_is_refused_when_the_first_frame_is_known() {
    let vantages = Vantages::new();
    let source = Box::new(Cursor::new(capture(&[Ping(0, CLIENT, 1, true)])));
    let reader = open_stream(&InputSpec::new("pings.pcap"), source, None, &vantages).expect("a capture");
    let backwards = narrowing("+1h", "2026-11-28 18:40", "");
    let refused = read_narrowed(vec![reader], vantages, &PairerConfig::default(), &backwards, &mut |_| {});
    assert!(refused.is_err());
}

#[test]
fn the_requests_of_one_client_fare_as_they_do_among_all() {
    let mut compared = 0;
    for name in [
        "captures/dns/dns.pcap.zst",
        "captures/dns/vrouter-out.pcap.zst",
        "captures/loss/ntp-a.pcap.zst",
        "battery/multihomed-reply-source/r-in.pcap.zst",
        "protocols/snmp/fragments/agent.pcap.zst",
    ] {
        let input = InputSpec::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata").join(name));
        let all_of = |narrowing: &Narrowing| {
            let vantages = Vantages::new();
            read(open(&input, &vantages).expect("test data can be read"), vantages, narrowing)
        };
        let whole = all_of(&Narrowing::default());
        let mut clients: BTreeMap<IpAddr, Vec<_>> = BTreeMap::new();
        let fares = |all: &Exchanges| -> Vec<(IpAddr, Fare)> {
            all.iter()
                .map(|e| {
                    let s = e.nearest();
                    (
                        all.addresses()[s.client().address.0 as usize],
                        (s.frame(), e.outcome(), e.reason(), s.reply_frame()),
                    )
                })
                .collect()
        };
        for (client, fare) in fares(&whole) {
            clients.entry(client).or_default().push(fare);
        }
        for (client, expected) in clients {
            let narrowed = all_of(&narrowing("", "", &format!("host {client}")));
            let own: Vec<_> =
                fares(&narrowed).into_iter().filter(|(c, _)| *c == client).map(|(_, fare)| fare).collect();
            assert_eq!(own, expected, "{name}: {client}");
            compared += own.len();
        }
    }
    assert!(compared > 1000, "{compared}");
}
