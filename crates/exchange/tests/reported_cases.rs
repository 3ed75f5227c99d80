//! Faults that people reported in public, recorded again: what became of each request, as an expert reads it from the
//! packets. What causes them is the diagnosis's work.

#[expect(dead_code, reason = "other tests use the rest")]
mod common;

use common::testdata;
use std::collections::BTreeMap;
use std::io::Cursor;
use unanswered_capture::{InputSpec, PacketFlags, PcapngWriter, Vantages, open, open_stream};
use unanswered_exchange::{Exchanges, PairerConfig, read_all, read_captures};
use unanswered_table::{Outcome, Reason};
use unanswered_wire::{Direction, LinkType, ProtocolId};

/// Requests by protocol, outcome and code of the reason.
type Counts = BTreeMap<(&'static str, Outcome, &'static str), u32>;

fn read(files: &[&str]) -> Exchanges {
    let inputs: Vec<InputSpec> =
        files.iter().map(|file| InputSpec::new(testdata(&format!("cases/{file}")))).collect();
    read_captures(&inputs, &PairerConfig::default(), &mut |_| {})
        .expect("the test data are in the repository")
}

fn counts(all: &Exchanges) -> Counts {
    let mut counts = Counts::new();
    for exchange in all.iter() {
        let reason = exchange.reason();
        let code = reason.refusal().map_or(reason.code(), |refusal| refusal.kind().code);
        *counts.entry((exchange.protocol().declaration().name, exchange.outcome(), code)).or_default() += 1;
    }
    counts
}

/// Reads the files as one input and compares; an answer of which it is not known whether it arrived counts as one.
fn check(files: &[&str], expected: &[(&'static str, Outcome, &'static str, u32)]) -> Exchanges {
    let all = read(files);
    let mut found = Counts::new();
    for ((protocol, outcome, code), count) in counts(&all) {
        let code = if code == "passed_here" { "plain" } else { code };
        *found.entry((protocol, outcome, code)).or_default() += count;
    }
    let expected: Counts = expected.iter().map(|&(p, o, c, count)| ((p, o, c), count)).collect();
    assert_eq!(found, expected, "{files:?}");
    all
}

use Outcome::{Answered, Error, NoneDue, Refused, Rejected, Superseded, Unanswered, Unknown};

/// On a router, on all interfaces, without their names: replies to one client come in and do not go out.
#[test]
fn replies_that_end_in_the_capturing_router() {
    let all = check(
        &["any_sll1.pcap"],
        &[
            ("dns", Answered, "plain", 31),
            ("dns", Unanswered, "plain", 18),
            // Its reply came in with the last frame of the capture.
            ("dns", Unknown, "end_of_capture", 1),
        ],
    );
    for exchange in all.iter().filter(|exchange| exchange.outcome() == Unanswered) {
        let seen: Vec<(String, bool)> =
            exchange.sightings().map(|s| (all.place_name(s.place()), s.reply_seen())).collect();
        let side = |side: &str| format!("any_sll1, towards the {side}");
        assert_eq!(seen, [(side("clients"), false), (side("servers"), true)]);
    }
    check(
        &["tcp_sll1.pcap"],
        &[
            ("tcp", Answered, "plain", 22),
            ("tcp", Unanswered, "plain", 14),
            // Three connections from before the capture, of which the server knows nothing any more.
            ("tcp-data", Refused, "tcp.reset", 3),
        ],
    );
}

/// The same written as pcapng with one interface that has no name, and the direction in each packet's flags.
#[test]
fn a_pcapng_that_says_directions_tells_the_same() {
    for (file, protocol, answered, lost) in
        [("any_sll1.pcap", "dns", 31, 18), ("tcp_sll1.pcap", "tcp", 22, 14)]
    {
        let vantages = Vantages::new();
        let source = Box::new(Cursor::new(flagged(file)));
        let reader =
            open_stream(&InputSpec::new("router.pcapng"), source, None, &vantages).expect("it is pcapng");
        let all = read_all(vec![reader], vantages, &PairerConfig::default(), &mut |_| {});
        let of = |outcome| {
            let mut requests = all.iter().filter(|e| e.protocol().declaration().name == protocol);
            requests.by_ref().filter(|e| e.outcome() == outcome).count()
        };
        assert_eq!((of(Answered), of(Unanswered)), (answered, lost), "{file}");
        for exchange in all.iter().filter(|e| e.outcome() == Unanswered) {
            let seen: Vec<_> =
                exchange.sightings().map(|s| (all.place_name(s.place()), s.reply_seen())).collect();
            let beyond = "router, towards the servers".to_owned();
            assert_eq!(seen, [("router".to_owned(), false), (beyond, true)], "{file}");
        }
    }
}

/// A cooked capture as raw IP packets with the direction beside each.
fn flagged(file: &str) -> Vec<u8> {
    /// Bytes of a cooked header (LINKTYPE_LINUX_SLL); the packet type stands in its first two.
    const COOKED: usize = 16;
    let vantages = Vantages::new();
    let mut reader =
        open(&InputSpec::new(testdata(&format!("cases/{file}"))), &vantages).expect("it is there");
    let mut writer = PcapngWriter::new(Vec::new(), "test").expect("memory takes it");
    let interface = writer.add_interface("", None, LinkType::Raw, 0).expect("memory takes it");
    while let Some(frame) = reader.next_frame() {
        let direction = Some(if frame.bytes[1] == 4 { Direction::Out } else { Direction::In });
        let flags = PacketFlags { direction, ..PacketFlags::default() };
        let length = frame.length - 16;
        writer
            .write_flagged(interface, frame.time, length, &frame.bytes[COOKED..], flags)
            .expect("memory takes it");
    }
    writer.finish().expect("memory takes it")
}

/// At the server: SYN-ACKs to one client are lost on the way back.
#[test]
fn syn_acks_that_do_not_arrive() {
    let all = check(
        &["synack_sv.pcap"],
        &[
            ("tcp", Answered, "plain", 19),
            ("tcp", Unanswered, "reply_lost", 11),
            ("tcp-data", Answered, "plain", 19),
        ],
    );
    let lost = all.iter().filter(|exchange| exchange.reason() == Reason::ReplyLost);
    assert!(lost.into_iter().all(|exchange| exchange.nearest().reply_seen()));
}

#[test]
fn neighbours_that_do_not_answer() {
    check(
        &["arp_cl.pcap"],
        &[
            ("arp", Answered, "plain", 3),
            ("arp", Unanswered, "plain", 47),
            // The last frame of the capture.
            ("arp", Unknown, "end_of_capture", 1),
            ("icmp", Answered, "plain", 8),
        ],
    );
}

#[test]
fn answers_that_say_that_the_server_failed() {
    check(&["servfail_zone.pcap"], &[("dns", Answered, "plain", 40), ("dns", Error, "dns.servfail", 20)]);
    check(&["unsync_srv.pcap"], &[("ntp", Error, "ntp.unsynchronised", 40)]);
}

#[test]
fn a_firewall_on_the_way_refuses() {
    let refused = "icmp.communication_prohibited";
    let all = check(&["rej2_cl.pcap"], &[("dns", Answered, "plain", 37), ("dns", Refused, refused, 13)]);
    let refusals = all.iter().filter(|exchange| exchange.outcome() == Refused);
    for sighting in refusals.map(|exchange| exchange.nearest()) {
        let server = all.addresses()[sighting.server().address.0 as usize];
        assert_ne!(sighting.refusal().expect("it was refused").from, Some(server));
    }
}

/// The kernel takes the requests and the application never answers.
#[test]
fn acknowledged_requests_are_not_lost() {
    check(
        &["hung_cl.pcap"],
        &[
            ("tcp", Answered, "plain", 40),
            ("http", Answered, "plain", 30),
            ("http", Unanswered, "acknowledged", 10),
        ],
    );
}

/// dnsmasq asks both upstream servers and takes the first answer.
#[test]
fn a_second_answer_that_nobody_needs_any_more() {
    check(&["all_servers_up.pcap"], &[("dns", Answered, "plain", 89), ("dns", Superseded, "plain", 11)]);
}

/// Handshakes pass, data does not.
#[test]
fn requests_that_nobody_acknowledges() {
    let all = check(
        &["dpi_cl.pcap", "dpi_sv.pcap"],
        &[("tcp", Answered, "plain", 40), ("http", Unanswered, "plain", 40)],
    );
    let data = all.iter().filter(|exchange| exchange.protocol() == ProtocolId::HTTP);
    assert!(data.into_iter().all(|exchange| exchange.sightings().len() == 1));
    check(&["dpi_sv.pcap"], &[("tcp", Answered, "plain", 40)]);
}

/// Wrong keys: the server drops these requests in silence.
#[test]
fn requests_with_a_wrong_digest() {
    check(
        &["mac_srv.pcap"],
        &[
            ("ntp", Answered, "plain", 33),
            ("ntp", Unanswered, "plain", 40),
            ("ntp", Unknown, "end_of_capture", 7),
        ],
    );
}

/// Truncated answers, whose second try over TCP is dropped.
#[test]
fn a_fallback_that_fails() {
    check(
        &["tc_cl.pcap"],
        &[
            ("dns", Answered, "plain", 12),
            ("dns", Error, "fallback_failed", 12),
            ("tcp", Unanswered, "plain", 12),
        ],
    );
}

/// The server holds the old connection, and the reset that would end it does not arrive.
#[test]
fn challenge_acknowledgements() {
    for files in [&["chal_cl.pcap"][..], &["chal_sv.pcap"], &["chal_cl.pcap", "chal_sv.pcap"]] {
        let all = read(files);
        let connects: Counts =
            counts(&all).into_iter().filter(|((protocol, ..), _)| *protocol == "tcp").collect();
        assert_eq!(connects[&("tcp", Rejected, "old_connection")], 10, "{files:?}: {connects:?}");
        assert!(!connects.keys().any(|(_, outcome, _)| *outcome == Unanswered), "{files:?}: {connects:?}");
    }
}

/// `ping -t 1`, 2 and 3, as traceroute and mtr do.
#[test]
fn probes_of_the_path_want_no_reply() {
    check(&["mtr_cl.pcap"], &[("icmp", Answered, "plain", 40), ("icmp", NoneDue, "path_probe", 20)]);
}

#[test]
fn a_service_that_answers_nobody() {
    check(
        &["one_service_dead.pcap"],
        &[
            ("dns", Answered, "plain", 137),
            ("ntp", Unanswered, "plain", 25),
            ("ntp", Unknown, "end_of_capture", 5),
        ],
    );
}
