//! Every failed request of the recorded overlay networks failed at the step, and between the places,
//! that its ground truth names.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use unanswered_capture::InputSpec;
use unanswered_evidence::step::{Narrow, Segment, Steps};
use unanswered_exchange::{Endpoint, Exchange, Exchanges, PairerConfig, read_captures};
use unanswered_table::Step;
use unanswered_wire::ProtocolId;

const COMPLETE: &str = "the recorded truth is complete";

fn testdata(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata").join(path)
}

fn read(files: &[PathBuf]) -> Exchanges {
    let inputs: Vec<InputSpec> = files.iter().map(InputSpec::new).collect();
    read_captures(&inputs, &PairerConfig::default(), &mut |_| {}).expect("captures can be read")
}

/// Rows of a packed CSV file of plain cells.
fn table(path: &str) -> Vec<BTreeMap<String, String>> {
    let packed = std::fs::File::open(testdata(path)).expect(COMPLETE);
    let mut text = String::new();
    let mut plain = ruzstd::decoding::StreamingDecoder::new(packed).expect(COMPLETE);
    plain.read_to_string(&mut text).expect(COMPLETE);
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().expect(COMPLETE).split(',').collect();
    let row = |line: &str| names.iter().zip(line.split(',')).map(|(n, v)| ((*n).into(), v.into())).collect();
    lines.map(row).collect()
}

fn find<'a>(all: &'a Exchanges, row: &BTreeMap<String, String>) -> Exchange<'a> {
    let protocol = match row["kind"].as_str() {
        "tcp-syn" => ProtocolId::TCP,
        other => ProtocolId::by_name(other).expect(COMPLETE),
    };
    let client = (row["inside_src"].parse().expect(COMPLETE), row["inside_sport"].parse().expect(COMPLETE));
    let time: f64 = row["t"].parse().expect(COMPLETE);
    let same = |e: &Exchange<'_>| {
        let Endpoint { address, port } = e.nearest().client();
        e.protocol() == protocol
            && (all.addresses()[address.0 as usize], port) == client
            && (e.time().seconds() - time).abs() < 0.1
    };
    all.iter().find(same).unwrap_or_else(|| panic!("not found: {row:?}"))
}

/// What lies between the places of the overlay networks.
fn between(from: &str, to: &str) -> Segment {
    match (from, to) {
        ("hv2-und", "nn-und") | ("nn-und", "hv2-und") => {
            Segment::Tunnel([172, 16, 0, 2].into(), [172, 16, 0, 10].into())
        }
        ("qr-in", "nn-und") => Segment::TunnelEnd,
        ("nn-ext", _) => Segment::Link,
        other => panic!("{other:?}"),
    }
}

#[test]
fn overlay_requests_failed_where_the_truth_says() {
    let mut counts: BTreeMap<(&str, String), u32> = BTreeMap::new();
    for name in ["n1", "n2", "n3", "n5", "n6", "n12"] {
        let all = read(&[testdata(&format!("nested/{name}/merged.pcapng.zst"))]);
        let steps = Steps::new(&all);
        let mut at_the_end = 0;
        for row in table(&format!("nested/{name}/ways.csv.zst")) {
            let exchange = find(&all, &row);
            let located = steps.of(exchange.row());
            if row["failed_step"].is_empty() {
                // A connect that needed a second SYN is late; the truth counts it as answered.
                let late = exchange.outcome() == unanswered_table::Outcome::Late;
                assert!(located.is_none() || late, "{name}: {located:?} for {row:?}");
                continue;
            }
            let Some(located) = located else {
                at_the_end += u32::from(exchange.outcome() == unanswered_table::Outcome::Unknown);
                assert_eq!(exchange.outcome(), unanswered_table::Outcome::Unknown, "{name}: {row:?}");
                continue;
            };
            let process = row["lost_to"].ends_with(":process");
            // The truth calls a port without a listener "not delivered to the process"; this project puts
            // everything inside the server's host under VALIDATE_REQUEST.
            let expected = if process && row["failed_step"] == "DELIVER_REQUEST" {
                "VALIDATE_REQUEST"
            } else {
                row["failed_step"].as_str()
            };
            assert_eq!(located.step.map(Step::name), Some(expected), "{name}: {located:?} {row:?}");
            assert_eq!(all.place_name(located.last_seen), row["lost_from"], "{name}: {located:?} {row:?}");
            let missing = located.missing_at.map(|place| all.place_name(place));
            let recorded = (!process).then(|| row["lost_to"].clone());
            assert_eq!(missing, recorded, "{name}: {located:?} {row:?}");
            if !process {
                let (from, to) = (row["lost_from"].as_str(), row["lost_to"].as_str());
                let narrow = located.narrow.as_ref();
                // The router's own error shows where to look.
                if (from, to) == ("qr-in", "qr-out") {
                    assert_eq!(narrow, Some(&Narrow::RefusingRouter), "{name}");
                } else {
                    let Some(Narrow::Between { near, far, what }) = narrow else {
                        panic!("{name}: {narrow:?}")
                    };
                    assert_eq!(*what, between(from, to), "{name}: from {from} to {to}");
                    let ends = [all.place_name(*near), all.place_name(*far)];
                    let reply = expected == "DELIVER_REPLY";
                    assert_eq!(ends, if reply { [to, from] } else { [from, to] }, "{name}");
                }
            }
            *counts.entry((name, expected.to_owned())).or_default() += 1;
        }
        assert!(at_the_end <= 6, "{name}: {at_the_end} requests near the end of the capture");
    }
    let of = |name: &'static str, step: &str| counts.get(&(name, step.to_owned())).copied().unwrap_or(0);
    assert!(of("n2", "VALIDATE_REQUEST") >= 18, "{counts:?}");
    assert!(of("n3", "DELIVER_REQUEST") == 135 && of("n3", "VALIDATE_REPLY") == 4, "{counts:?}");
    assert!(of("n5", "DELIVER_REPLY") >= 104, "{counts:?}");
    assert!(of("n6", "VALIDATE_REQUEST") == 20 && of("n6", "DELIVER_REQUEST") >= 17, "{counts:?}");
    assert!(of("n12", "DELIVER_REQUEST") >= 38, "{counts:?}");
}

#[test]
fn requests_behind_a_router_failed_where_the_truth_says() {
    let mut counts: BTreeMap<Step, u32> = BTreeMap::new();
    for name in ["story-osa", "onset", "loss", "ratelimit", "outage", "asym", "dns"] {
        let folder = testdata(&format!("captures/{name}"));
        let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
            .expect(COMPLETE)
            .map(|e| e.expect("readable").path())
            .filter(|p| p.to_string_lossy().contains(".pcap") && !p.to_string_lossy().contains("-any"))
            .collect();
        files.sort();
        let all = read(&files);
        let steps = Steps::new(&all);
        for row in table(&format!("captures/{name}/requests.csv.zst")) {
            let mut row = row;
            row.insert("inside_src".to_owned(), row["src"].clone());
            let no_time = row.get("kind").is_some_and(|kind| kind.starts_with("unsync"));
            row.insert("kind".to_owned(), if name == "dns" { "dns" } else { "ntp" }.to_owned());
            let exchange = find(&all, &row);
            let Some(located) = steps.of(exchange.row()) else { continue };
            let flag = |column: &str| row[column] == "1";
            let expected = match (flag("seen_server"), flag("reply_left_server"), flag("reply_client")) {
                // A server without a time of its own: its clients discard what it says.
                (true, true, true) if no_time => Step::ValidateReply,
                (false, ..) => Step::DeliverRequest,
                // The server's host refused it, its service did, or it kept silent.
                (true, false, _) | (true, true, true) => Step::ValidateRequest,
                (true, true, false) => Step::DeliverReply,
            };
            assert_eq!(located.step, Some(expected), "{name}: {located:?} {row:?}");
            *counts.entry(expected).or_default() += 1;
        }
    }
    assert_eq!(
        counts.remove(&Step::ValidateReply),
        Some(1),
        "one reply of a server without a time of its own"
    );
    assert!(counts.values().all(|&n| n > 25) && counts.len() == 3, "{counts:?}");
}
