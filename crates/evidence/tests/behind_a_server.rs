//! Servers that fail because of those whom they ask themselves.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use unanswered_capture::InputSpec;
use unanswered_evidence::{ExchangeSource, step::step};
use unanswered_exchange::{Exchanges, PairerConfig, read_captures};
use unanswered_explain::{Behind, Options, explain};
use unanswered_table::Outcome;

fn exchanges(file: &str) -> Exchanges {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata").join(file);
    read_captures(&[InputSpec::new(file)], &PairerConfig::default(), &mut |_| {})
        .expect("the captures are in the repository")
}

const PROXY: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 81, 2, 20));

/// At a proxy with two backends, one of which answers 503 to everything, and so the proxy to every second request.
#[test]
fn a_proxy_whose_backend_fails_is_said_to_have_asked_it() {
    let exchanges = exchanges("cases/proxy_one_backend_503.pcap.gz");
    let found = explain(&ExchangeSource::new(&exchanges), &Options::default());
    let behind = found.findings.iter().find_map(|f| f.step.as_ref()?.behind.as_ref());
    assert_eq!(
        behind,
        Some(&Behind {
            asker: PROXY,
            asked: vec!["10.81.2.31".parse().expect("an address")],
            protocol: "http".to_owned(),
            failed_with: 46,
            failed: 46,
            answered_with: 0,
            answered: 47,
        })
    );
}

/// Failed requests of the proxy's own, without those of its clients, have nothing behind them.
#[test]
fn nothing_is_behind_a_server_that_asks_nobody() {
    let exchanges = exchanges("cases/proxy_one_backend_503.pcap.gz");
    let own = exchanges.iter().filter(|e| e.outcome() == Outcome::Error);
    let own =
        own.filter(|e| exchanges.addresses().get(e.nearest().client().address.0 as usize) == Some(&PROXY));
    let rows: Vec<u32> = own.map(|e| e.row()).collect();
    assert_eq!(rows.len(), 46);
    assert_eq!(step(&exchanges, &rows).behind, None);
}

/// Requests that failed while the server asked in vain for others as well are no chain: half of the answered ones are given as
/// failed here.
#[test]
fn what_a_server_asks_in_vain_for_all_alike_is_not_behind_some() {
    let exchanges = exchanges("cases/proxy_one_backend_503.pcap.gz");
    let to_proxy = exchanges.iter().filter(|e| {
        e.protocol().declaration().name == "http"
            && exchanges.addresses().get(e.farthest().server().address.0 as usize) == Some(&PROXY)
    });
    let answered: Vec<u32> = to_proxy.filter(|e| e.outcome() == Outcome::Answered).map(|e| e.row()).collect();
    assert_eq!(step(&exchanges, &answered).behind, None);
}
