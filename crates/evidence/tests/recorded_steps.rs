//! From the recorded captures: the step at which all failed requests failed, and the features
//! that tell them apart.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use unanswered_capture::InputSpec;
use unanswered_evidence::ExchangeSource;
use unanswered_evidence::features::{GAP_FLOW, OPEN};
use unanswered_evidence::step::step;
use unanswered_exchange::{Exchanges, PairerConfig, read_captures};
use unanswered_explain::{Fate, Source, Units};
use unanswered_registry::{Feature, Subject};
use unanswered_table::{Column, MISSING, Outcome, Step, Unit, Values, Viewpoint};
use unanswered_wire::features::{DESTINATION, UDP_SOURCE};

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

/// What failed of the requests that were recorded; neighbours that are gone are `neighbour_fault`'s.
fn failed(exchanges: &Exchanges) -> Vec<u32> {
    let routed = exchanges.iter().filter(|e| !e.protocol().carrier().is_of_link());
    routed.filter(|e| e.outcome().failed()).map(|e| e.row()).collect()
}

/// The step of all failed requests, and what most of them show.
fn check(scenario: &str, wanted: impl Fn(&str) -> bool, expected: Option<Step>, shown: &str) {
    let exchanges = read(scenario, wanted);
    let found = step(&exchanges, &failed(&exchanges));
    assert_eq!(found.step, expected, "{scenario}: {found:?}");
    let first = found.shown.first().map(|shown| told(&shown.fate));
    assert_eq!(first.as_deref(), Some(shown), "{scenario}: {found:?}");
}

/// A fate as its code, its places and its other data.
fn told(fate: &Fate<String>) -> String {
    let mut parts = vec![fate.code().to_owned()];
    let places = RefCell::new(Vec::new());
    let _ = fate.clone().map(|place| places.borrow_mut().push(place));
    parts.extend(places.into_inner());
    if let Fate::RefusedOnTheWay(how) | Fate::RefusedByHost(how) | Fate::RefusedByService(how) = fate {
        parts.push(how.kind().code.to_owned());
    }
    if let Fate::NoReply(_, interface) = fate {
        parts.push(format!("{interface:?}").to_lowercase());
    }
    if let Fate::Unacceptable(why) = fate {
        parts.push(why.code().to_owned());
    }
    parts.join(" ")
}

#[test]
fn all_places_show_the_step() {
    let all = |_: &str| true;
    let merged = |name: &str| name.starts_with("merged");
    check("captures/story-osa", all, Some(Step::ValidateRequest), "no_reply ntp-a certain");
    check("captures/onset", all, Some(Step::ValidateRequest), "no_reply ntp-a presumed");
    check("captures/loss", all, Some(Step::DeliverRequest), "request_lost cpn3 vrouter-out");
    check("captures/asym", all, Some(Step::DeliverReply), "reply_lost vrouter-out vrouter-in2");
    check("captures/outage", all, Some(Step::ValidateRequest), "refused_by_host icmp.port_unreachable");
    check("captures/ratelimit", all, Some(Step::ValidateRequest), "no_reply ntp-a presumed");
    check("captures/dns", all, Some(Step::ValidateRequest), "no_reply dns presumed");
    check("battery/dns-edns-unanswered", all, Some(Step::ValidateRequest), "no_reply s2 presumed");
    check("battery/dns-fragments-dropped", all, Some(Step::DeliverReply), "reply_lost s1 c3");
    check("battery/dns-parallel-second-lost", all, Some(Step::DeliverRequest), "request_lost c2 r-out");
    check("battery/dnsmasq-forward-max", all, Some(Step::ValidateRequest), "refused_by_service dns.refused");
    check("battery/ecn-syn-dropped", all, Some(Step::DeliverRequest), "request_lost c1 s1");
    check("battery/hash-bucket-dead-dns", all, Some(Step::DeliverRequest), "request_lost r-in r-out");
    check("battery/mtu-blackhole", all, Some(Step::DeliverRequest), "request_lost c1 r-mid");
    check("battery/multihomed-reply-source", all, Some(Step::PostReply), "wrong_source s1");
    check("battery/nat-idle-timeout", all, Some(Step::ValidateRequest), "no_reply s2 presumed");
    check(
        "battery/ntp-server-only-v4",
        all,
        Some(Step::ValidateRequest),
        "refused_by_host icmpv6.port_unreachable",
    );
    check("battery/periodic-outage", all, Some(Step::DeliverRequest), "request_lost r-out s1");
    check("battery/rp-filter-strict", all, Some(Step::ValidateRequest), "no_reply s1-eth1 presumed");
    check("battery/snat-port-exhaustion", all, Some(Step::DeliverRequest), "transmission_lost r-in r-out");
    check("battery/ttl-too-low", all, Some(Step::DeliverRequest), "request_lost r-mid r-out");
    check("nested/n2", merged, Some(Step::ValidateRequest), "no_reply ntp-a presumed");
    check("nested/n3", merged, Some(Step::DeliverRequest), "request_lost hv2-und nn-und");
    check("nested/n5", merged, Some(Step::DeliverReply), "reply_lost qr-in nn-und");
    check("nested/n6", merged, Some(Step::DeliverRequest), "misdirected dns");
    check("nested/n12", merged, Some(Step::DeliverRequest), "request_lost nn-ext dns");
}

#[test]
fn one_place_says_what_it_cannot_show() {
    let only = |wanted: &'static str| move |name: &str| name.starts_with(wanted);
    check("captures/story-osa", only("cpn2"), None, "nothing_beyond cpn2");
    check("captures/story-osa", only("vrouter-out"), None, "nothing_beyond vrouter-out");
    check("captures/asym", only("cpn2"), None, "nothing_beyond cpn2");
    // Two routers' hardware addresses talk to a single one, which is the server's.
    check("captures/story-osa", only("ntp-a"), Some(Step::ValidateRequest), "no_reply ntp-a certain");
    check(
        "battery/multihomed-reply-source",
        only("c1"),
        Some(Step::ValidateReply),
        "unacceptable wrong_source",
    );
}

/// The feature as the place nearest to the clients shows it.
fn near(source: &ExchangeSource<'_>, feature: &'static Feature) -> Column {
    let column = source.column(&Subject::Feature(feature), Viewpoint::Client);
    column.unwrap_or_else(|| panic!("{} is no column", feature.name)).into_owned()
}

fn numbers(column: &Column) -> &[f64] {
    match &column.values {
        Values::Numbers(v) => v,
        Values::Codes { .. } => panic!("{} is no number", column.subject.name()),
    }
}

#[test]
fn the_storys_telltale_is_in_the_columns() {
    let exchanges = read("captures/story-osa", |n| !n.contains("any"));
    let source = ExchangeSource::new(&exchanges);
    let rows: Vec<u32> = (0u32..).take(exchanges.len()).collect();
    let table = source.sample(&rows);
    let outside =
        table.column(&Subject::Feature(&UDP_SOURCE), Viewpoint::BeyondNat).expect("the port after the NAT");
    let server = table.column(&Subject::Feature(&DESTINATION), Viewpoint::Client).expect("the destination");
    let Values::Codes { codes, labels } = &server.values else { panic!("addresses are names") };
    for (row, &port) in numbers(outside).iter().enumerate() {
        let affected = labels[codes[row] as usize] == "10.9.9.21" && port < 123.0;
        let bad = matches!(table.outcomes[row], Outcome::Unanswered | Outcome::Unknown);
        assert_eq!(affected, bad, "row {row}, port {port}");
    }
    // On the client's side all ports are 123, at least of this cluster.
    let inside = near(&source, &UDP_SOURCE);
    let from_this_cluster =
        |row: usize| exchanges.get(u32::try_from(row).expect("few rows")).sightings().len() > 1;
    assert!(
        numbers(&inside).iter().enumerate().all(|(r, p)| !from_this_cluster(r) || (p - 123.0).abs() < 0.5)
    );
    // One mapping is one unit of evidence: six mappings towards two servers, and those of the other cluster.
    let Units { of: units, unit } = source.units();
    let different: std::collections::BTreeSet<u32> = units.iter().copied().collect();
    assert_eq!((different.len(), unit), (12, Unit::NatMapping));
}

#[test]
fn a_column_of_all_rows_and_of_a_sample_agree() {
    let exchanges = read("battery/snat-port-exhaustion", |_| true);
    let source = ExchangeSource::new(&exchanges);
    let rows: Vec<u32> = (0u32..).take(exchanges.len()).step_by(3).collect();
    let table = source.sample(&rows);
    assert!(table.columns.len() > 20);
    for column in &table.columns {
        let all = source.column(&column.subject, column.at).expect("the column is there");
        for (i, &row) in rows.iter().enumerate() {
            assert_eq!(text(column, i), text(&all, row as usize), "{} of row {row}", column.subject.name());
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
    let gap = near(&source, &GAP_FLOW);
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
    let open = near(&source, &OPEN);
    let most = numbers(&open).iter().copied().fold(0.0, f64::max);
    // The NAT has sixteen ports towards each server.
    assert!((15.0..=17.0).contains(&most), "{most}");
}
