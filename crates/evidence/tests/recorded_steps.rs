//! From the recorded captures: the step at which all failed requests failed, and the features
//! that tell them apart.

use std::path::{Path, PathBuf};
use unanswered_capture::InputSpec;
use unanswered_evidence::step::step;
use unanswered_evidence::{AFTER_NAT, ExchangeSource};
use unanswered_exchange::{Exchanges, PairerConfig, read_captures};
use unanswered_explain::Source;
use unanswered_table::{Column, MISSING, Outcome, Step, Values};

fn read(scenario: &str, wanted: impl Fn(&str) -> bool) -> Exchanges {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata").join(scenario);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the test data are in the repository")
        .map(|e| e.expect("readable").path())
        .filter(|p| p.to_str().is_some_and(|p| p.contains(".pcap")))
        .filter(|p| wanted(p.file_name().and_then(|n| n.to_str()).unwrap_or("")))
        .collect();
    files.sort();
    let inputs: Vec<InputSpec> = files.iter().map(InputSpec::new).collect();
    read_captures(&inputs, &PairerConfig::default(), &mut |_| {}).expect("captures can be read")
}

fn failed(exchanges: &Exchanges) -> Vec<u32> {
    exchanges.iter().filter(|e| e.outcome().failed()).map(|e| e.row()).collect()
}

/// The step of all failed requests, and a part of the sentence that says why.
fn check(scenario: &str, wanted: impl Fn(&str) -> bool, expected: Option<Step>, because: &str) {
    let exchanges = read(scenario, wanted);
    let found = step(&exchanges, &failed(&exchanges));
    assert_eq!(found.step, expected, "{scenario}: {}", found.because);
    assert!(found.because.contains(because), "{scenario}: {} has no {because:?}", found.because);
}

#[test]
fn all_places_show_the_step() {
    let all = |_: &str| true;
    let merged = |name: &str| name.starts_with("merged");
    check("captures/story-osa", all, Some(Step::ValidateRequest), "ntp-a, the server's own interface");
    check("captures/onset", all, Some(Step::ValidateRequest), "ntp-a");
    check("captures/loss", all, Some(Step::DeliverRequest), "not at vrouter-out");
    check("captures/asym", all, Some(Step::DeliverReply), "seen at vrouter-out and not at vrouter-in2");
    check("captures/outage", all, Some(Step::ValidateRequest), "ICMP port unreachable");
    check("captures/ratelimit", all, Some(Step::ValidateRequest), "");
    check("captures/dns", all, Some(Step::ValidateRequest), "dns");
    check("battery/dns-edns-unanswered", all, Some(Step::ValidateRequest), "s2");
    check("battery/dns-fragments-dropped", all, Some(Step::DeliverReply), "the whole reply was seen at s");
    check("battery/dns-parallel-second-lost", all, Some(Step::DeliverRequest), "not at r-out");
    check("battery/dnsmasq-forward-max", all, Some(Step::ValidateRequest), "DNS REFUSED");
    check("battery/ecn-syn-dropped", all, Some(Step::DeliverRequest), "not at s1");
    check("battery/hash-bucket-dead-dns", all, Some(Step::DeliverRequest), "at r-in and not at r-out");
    check("battery/mtu-blackhole", all, Some(Step::DeliverRequest), "not at r-mid");
    check("battery/multihomed-reply-source", all, Some(Step::PostReply), "another source");
    check("battery/nat-idle-timeout", all, Some(Step::ValidateRequest), "no reply");
    check("battery/ntp-server-only-v4", all, Some(Step::ValidateRequest), "ICMPv6 port unreachable");
    check("battery/periodic-outage", all, Some(Step::DeliverRequest), "at r-out and not at s1");
    check("battery/rp-filter-strict", all, Some(Step::ValidateRequest), "s1-eth1");
    check("battery/snat-port-exhaustion", all, Some(Step::DeliverRequest), "at r-in and not at r-out");
    check("battery/ttl-too-low", all, Some(Step::DeliverRequest), "at r-mid and not at r-out");
    check("nested/n2", merged, Some(Step::ValidateRequest), "ntp-a");
    check("nested/n3", merged, Some(Step::DeliverRequest), "at hv2-und and not at nn-und");
    check("nested/n5", merged, Some(Step::DeliverReply), "at qr-in and not at nn-und");
    check("nested/n6", merged, Some(Step::DeliverRequest), "another machine");
    check("nested/n12", merged, Some(Step::DeliverRequest), "seen at nn-ext");
}

#[test]
fn one_place_says_what_it_cannot_show() {
    let only = |wanted: &'static str| move |name: &str| name.starts_with(wanted);
    check("captures/story-osa", only("cpn2"), None, "nothing was captured beyond");
    check("captures/story-osa", only("vrouter-out"), None, "nothing was captured beyond");
    check("captures/asym", only("cpn2"), None, "nothing was captured beyond");
    // Two routers' hardware addresses talk to one: that one is the server's.
    check("captures/story-osa", only("ntp-a"), Some(Step::ValidateRequest), "the server's own interface");
    check("battery/multihomed-reply-source", only("c1"), Some(Step::ValidateReply), "cannot take");
}

fn numbers(column: &Column) -> &[f64] {
    match &column.values {
        Values::Numbers(v) => v,
        Values::Codes { .. } => panic!("{} is no number", column.name),
    }
}

#[test]
fn the_storys_telltale_is_in_the_columns() {
    let exchanges = read("captures/story-osa", |n| !n.contains("any"));
    let source = ExchangeSource::new(&exchanges);
    let rows: Vec<u32> = (0u32..).take(exchanges.len()).collect();
    let table = source.sample(&rows);
    let outside = table.column("udp.srcport", Some(AFTER_NAT)).expect("the port after the NAT");
    let server = table.column("ip.dst", None).expect("the destination");
    let Values::Codes { codes, labels } = &server.values else { panic!("addresses are names") };
    for (row, &port) in numbers(outside).iter().enumerate() {
        let affected = labels[codes[row] as usize] == "10.9.9.21" && port < 123.0;
        let bad = matches!(table.outcomes[row], Outcome::Unanswered | Outcome::Unknown);
        assert_eq!(affected, bad, "row {row}, port {port}");
    }
    // On the client's side all ports are 123, at least of this cluster.
    let inside = source.column("udp.srcport", None).expect("the port");
    let from_this_cluster =
        |row: usize| exchanges.get(u32::try_from(row).expect("few rows")).sightings().len() > 1;
    assert!(
        numbers(&inside).iter().enumerate().all(|(r, p)| !from_this_cluster(r) || (p - 123.0).abs() < 0.5)
    );
    // One mapping is one unit of evidence: six mappings towards two servers, and those of the other cluster.
    let (units, words) = source.units();
    let different: std::collections::BTreeSet<u32> = units.iter().copied().collect();
    assert_eq!((different.len(), words.as_str()), (12, "NAT mapping"));
}

#[test]
fn a_column_of_all_rows_and_of_a_sample_agree() {
    let exchanges = read("battery/snat-port-exhaustion", |_| true);
    let source = ExchangeSource::new(&exchanges);
    let rows: Vec<u32> = (0u32..).take(exchanges.len()).step_by(3).collect();
    let table = source.sample(&rows);
    assert!(table.columns.len() > 20);
    for column in &table.columns {
        let all = source.column(&column.name, column.at.as_deref()).expect("the column is there");
        for (i, &row) in rows.iter().enumerate() {
            assert_eq!(text(column, i), text(&all, row as usize), "{} of row {row}", column.name);
        }
    }
}

fn text(column: &Column, row: usize) -> String {
    match &column.values {
        Values::Numbers(v) => v[row].to_string(),
        Values::Codes { codes, .. } if codes[row] == MISSING => "-".to_owned(),
        Values::Codes { codes, labels } => labels[codes[row] as usize].clone(),
    }
}

#[test]
fn the_idle_gap_tells_the_battery_fault_apart() {
    let exchanges = read("battery/nat-idle-timeout", |n| n.starts_with('c'));
    let source = ExchangeSource::new(&exchanges);
    let gap = source.column("gap.flow", None).expect("the gap");
    let (mut right, mut wrong) = (0, 0);
    for (row, &gap) in numbers(&gap).iter().enumerate() {
        let failed = exchanges.outcomes()[row] == Outcome::Unanswered;
        if (gap > 12.0) == failed { right += 1 } else { wrong += 1 }
    }
    // A handful lies within the timer's granularity, or too near the end to be judged.
    assert!(right > 1000 && wrong <= 6, "{right} right, {wrong} wrong");
}

#[test]
fn open_connections_count_those_that_hold_ports() {
    let exchanges = read("battery/snat-port-exhaustion", |_| true);
    let source = ExchangeSource::new(&exchanges);
    let open = source.column("in_flight.open_connections", None).expect("open connections");
    let most = numbers(&open).iter().copied().fold(0.0, f64::max);
    // The NAT has sixteen ports towards each server.
    assert!((15.0..=17.0).contains(&most), "{most}");
}
