//! What the diagnosis says about translations: the recorded scenarios in which a NAT chose the port that
//! a server drops, against their ground truth; and those in which the NAT had nothing to do with it.

use serde_json::Value as Json;
use std::path::{Path, PathBuf};
use unanswered_capture::InputSpec;
use unanswered_evidence::ExchangeSource;
use unanswered_evidence::features::{NEW, REWRITTEN};
use unanswered_exchange::{Exchanges, PairerConfig, read_captures};
use unanswered_explain::{Diagnosis, Finding, Options, Passed, Source as _, Tries, WhyNow, explain};
use unanswered_registry::Subject;
use unanswered_table::{Column, MISSING, Outcome, Values, Viewpoint};
use unanswered_wire::features::NEIGHBOUR_TARGET;

fn folder(scenario: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata").join(scenario)
}

/// Each interface by itself; `any` and merged captures only repeat them.
fn read(scenario: &str) -> Exchanges {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder(scenario))
        .expect("the test data are in the repository")
        .map(|e| e.expect("readable").path())
        .filter(|p| {
            let name = p.to_string_lossy();
            name.contains(".pcap") && !name.contains("-any") && !name.contains("-merged")
        })
        .collect();
    files.sort();
    if files.len() > 1 {
        files.retain(|p| !p.ends_with("merged.pcapng.zst"));
    }
    let inputs: Vec<InputSpec> = files.iter().map(InputSpec::new).collect();
    read_captures(&inputs, &PairerConfig::default(), &mut |_| {}).expect("captures can be read")
}

fn diagnosed(exchanges: &Exchanges) -> Diagnosis {
    explain(&ExchangeSource::new(exchanges), &Options::default())
}

/// The first finding that is not of neighbours that are gone.
fn first(diagnosis: &Diagnosis) -> &Finding {
    let routed = |f: &&Finding| !f.clauses.iter().any(|c| c.subject.is(&NEIGHBOUR_TARGET));
    diagnosis.findings.iter().find(routed).expect("a finding")
}

/// A client's outside ports in order: port, first request, requests, answered.
fn outside_ports(scenario: &str, client: &str, server: &str) -> Vec<(u16, f64, u64, u64)> {
    let text = std::fs::read_to_string(folder(scenario).join("truth.json")).expect("the truth is there");
    let truth: Json = serde_json::from_str(&text).expect("JSON");
    let number = |port: &Json, key: &str| port[key].as_u64().expect("a count");
    let ports = truth["clients"][client][server]["outside_ports"].as_array().expect("ports").clone();
    ports
        .iter()
        .map(|p| {
            let port = u16::try_from(number(p, "port")).expect("a port");
            (port, p["first"].as_f64().expect("a time"), number(p, "requests"), number(p, "answered"))
        })
        .collect()
}

fn address(text: &str) -> std::net::IpAddr {
    text.parse().expect("an address")
}

#[test]
fn a_translation_that_was_chosen_anew_is_told_with_when_and_what_became_of_its_requests() {
    let exchanges = read("captures/onset");
    let diagnosis = diagnosed(&exchanges);
    let truth = outside_ports("captures/onset", "cpn2", "10.9.9.21");
    let (&(port, first_time, requests, answered), earlier) = truth.split_last().expect("ports");
    let WhyNow::Changed { flow, before, to, at, since, failed_first, earlier: told } =
        &first(&diagnosis).why_now[0]
    else {
        panic!("{:?}", first(&diagnosis).why_now)
    };
    assert_eq!((flow.address, flow.port, flow.server), (address("10.1.2.2"), 123, address("10.9.9.21")));
    let ports: Vec<u16> = before.iter().map(|end| end.port).collect();
    assert_eq!(ports, earlier.iter().map(|e| e.0).collect::<Vec<_>>());
    assert_eq!(to.port, port);
    assert!((at - first_time).abs() < 0.1, "{at} and {first_time}");
    assert_eq!(*since, Tries { requests, failed: requests - answered });
    // The server was upgraded later, and the same translation worked from then on.
    assert_eq!(*failed_first, since.failed);
    let all = |pick: fn(&(u16, f64, u64, u64)) -> u64| earlier.iter().map(pick).sum::<u64>();
    assert_eq!(*told, Tries { requests: all(|e| e.2), failed: all(|e| e.2 - e.3) });
    let held = WhyNow::Held { port: 123, by: address("10.1.1.2"), instead_of: address("10.1.2.2") };
    assert_eq!(first(&diagnosis).why_now[1..], [held]);
}

#[test]
fn a_translation_that_was_kept_is_told_with_for_how_long() {
    let exchanges = read("captures/story-osa");
    let diagnosis = diagnosed(&exchanges);
    let (port, _, requests, answered) = outside_ports("captures/story-osa", "cpn2", "10.9.9.21")[0];
    let WhyNow::Kept { to, older, kept_for, longest_pause, tries, .. } = &first(&diagnosis).why_now[0] else {
        panic!("{:?}", first(&diagnosis).why_now)
    };
    assert_eq!(to.port, port);
    assert!(older, "it was there before the captures began");
    // From the first to the last request in the ground truth: 06:48:51.047 to 07:03:47.047.
    assert!((kept_for - 896.0).abs() < 0.1, "{kept_for}");
    assert!((15.0..18.0).contains(longest_pause), "a poll every 16 s, jitter aside: {longest_pause}");
    // The last request in the ground truth came too late to be judged.
    assert_eq!(*tries, Tries { requests: requests - 1, failed: requests - answered - 1 });
}

#[test]
fn an_underlay_that_loses_packets_is_not_blamed_on_the_translation() {
    for scenario in ["nested/n3", "nested/n5", "captures/asym", "captures/dns", "battery/nat-idle-timeout"] {
        let exchanges = read(scenario);
        let diagnosis = diagnosed(&exchanges);
        assert_eq!(first(&diagnosis).why_now, [], "{scenario}");
    }
}

fn codes(column: &Column) -> Vec<Option<&str>> {
    match &column.values {
        Values::Codes { codes, labels } => {
            codes.iter().map(|&c| (c != MISSING).then(|| labels[c as usize].as_str())).collect()
        }
        Values::Numbers(_) => panic!("{} is a number", column.subject.name()),
    }
}

#[test]
fn a_port_is_rewritten_or_not_and_unknown_where_the_request_was_not_seen_beyond() {
    let exchanges = read("captures/loss");
    let source = ExchangeSource::new(&exchanges);
    let column =
        source.column(&Subject::Feature(&REWRITTEN), Viewpoint::Client).expect("a translation was seen");
    for (row, value) in (0u32..).zip(codes(&column)) {
        let exchange = exchanges.get(row);
        let (near, far) = (exchange.nearest().client().port, exchange.farthest().client().port);
        let lost = exchange.outcome() == Outcome::Unanswered;
        let expected = if near == far { "no" } else { "yes" };
        assert_eq!(value, (!lost).then_some(expected), "row {row}: {near} and {far}");
    }
}

#[test]
fn a_translation_is_new_at_its_first_request_unless_it_may_be_older_than_the_captures() {
    let exchanges = read("captures/onset");
    let source = ExchangeSource::new(&exchanges);
    let column = source.column(&Subject::Feature(&NEW), Viewpoint::Client).expect("a translation was seen");
    let mut new: Vec<u16> = Vec::new();
    let mut unknown = 0;
    for (row, value) in (0u32..).zip(codes(&column)) {
        let exchange = exchanges.get(row);
        match value {
            Some("yes") => new.push(exchange.farthest().client().port),
            Some(_) => {}
            None => unknown += 1,
        }
    }
    let chosen = outside_ports("captures/onset", "cpn2", "10.9.9.21");
    assert_eq!(new, chosen[1..].iter().map(|p| p.0).collect::<Vec<_>>());
    assert_eq!(unknown, 3, "each client's first request");
}

#[test]
fn the_funnel_counts_requests_and_replies_at_each_place() {
    let funnel = |scenario: &str| {
        let exchanges = read(scenario);
        let diagnosis = diagnosed(&exchanges);
        let step = first(&diagnosis).step.clone().expect("a step");
        (step.followed, step.funnel)
    };
    let passed = |place: &str, requests, replies| Passed { place: place.to_owned(), requests, replies };
    // Lost behind r-mid: the ground truth has none of it leaving r-mid.
    assert_eq!(
        funnel("battery/ttl-too-low"),
        (
            212,
            vec![passed("c3", 74, 0), passed("c2", 138, 0), passed("r-mid", 212, 0), passed("r-out", 0, 0)]
        )
    );
    // Replies lost on the path back, behind the translation.
    assert_eq!(
        funnel("captures/asym"),
        (
            56,
            vec![
                passed("cpn2", 56, 0),
                passed("vrouter-in2", 56, 0),
                passed("vrouter-out", 56, 56),
                passed("ntp-a", 56, 56)
            ]
        )
    );
}

#[test]
fn a_flow_that_still_goes_to_a_server_of_the_past_is_told() {
    let exchanges = read("nested/n6");
    let diagnosis = diagnosed(&exchanges);
    let finding = first(&diagnosis);
    let text = std::fs::read_to_string(folder("nested/n6").join("truth.json")).expect("the truth is there");
    let truth: Json = serde_json::from_str(&text).expect("JSON");
    let start = truth["start"].as_f64().expect("a time");
    let [WhyNow::LeftBehind { flow, to, others_to, since, failed }] = finding.why_now.as_slice() else {
        panic!("{:?}", finding.why_now);
    };
    assert_eq!((flow.address, flow.port), (address("10.20.0.12"), 40053));
    assert_eq!(flow.server, address("198.51.100.153"));
    assert_eq!((*to, *others_to), (address("198.51.100.53"), address("198.51.100.54")));
    assert_eq!(*failed, 39);
    // The rule was switched 100 s after the start; the next query of another VM followed within seconds.
    assert!((100.0..105.0).contains(&(since - start)), "{}", since - start);
}
