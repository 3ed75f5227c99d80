//! Details of simulated packets that a real stack would have and without which a diagnosis would go wrong.

use std::net::{IpAddr, Ipv4Addr};
use unanswered_exchange::Exchanges;
use unanswered_lab::diagnosis::exchanges;
use unanswered_lab::record::{Wanted, run};
use unanswered_scenario::{DiagnosisNames, parse};
use unanswered_table::OutcomeCounts;
use unanswered_world::observer::Happening;

const LAN: &str = r#"
version = 1
start = 2026-03-02T08:00:00Z
duration = "10min"
[network.lan]
subnet = "10.0.0.0/24"
[host.dns]
network = "lan"
address = "10.0.0.1"
boot = "1s"
service.dns-server = {}
[host.client]
network = "lan"
address = "10.0.0.2"
service.resolver = { kind = "dns-client", server = "dns" }
[[vantage]]
name = "client"
at = "client:eth0"
"#;

fn captured() -> Exchanges {
    let scenario =
        parse(LAN, "lan.toml", DiagnosisNames::default()).unwrap_or_else(|problems| panic!("{problems}"));
    let record = run(&scenario, 1, &Wanted { captures: true, ..Wanted::default() });
    exchanges(&scenario, &record.captures, &[], None).expect("the captures are sound")
}

#[test]
fn the_questions_of_one_lookup_leave_one_after_the_other() {
    let captured = captured();
    let all: Vec<_> =
        captured.iter().map(|exchange| (exchange.nearest().client().port, exchange.time())).collect();
    let pairs: Vec<_> = all.windows(2).filter(|pair| pair[0].0 == pair[1].0).collect();
    assert!(pairs.len() > 300, "{} pairs in ten minutes", pairs.len());
    assert!(pairs.iter().all(|pair| pair[0].1 < pair[1].1), "two packets of one host at the same moment");
}

/// ACK and FIN of a short connection leave together, and with jitter either comes first.
#[test]
fn a_connection_takes_a_worker_whichever_of_ack_and_fin_comes_first() {
    let text = r#"
    version = 1
    start = 2026-03-02T08:00:00Z
    duration = "10min"
    [network.lan]
    subnet = "10.0.0.0/24"
    jitter = "1ms"
    [host.web]
    network = "lan"
    address = "10.0.0.1"
    boot = "1s"
    service.http = { kind = "tcp-server", port = 80, workers = 1, backlog = 4, service_time = "1s" }
    [host.client]
    network = "lan"
    address = "10.0.0.2"
    service.http = { kind = "tcp-client", to = "web:80", interval = "500ms", syn_retries = 0 }
    "#;
    let scenario =
        parse(text, "web.toml", DiagnosisNames::default()).unwrap_or_else(|problems| panic!("{problems}"));
    let record = run(&scenario, 1, &Wanted::default());
    let asked: u64 = record.counts.values().map(OutcomeCounts::requests).sum();
    let failed: u64 = record.counts.values().map(OutcomeCounts::failed).sum();
    // Two connections come each second and one is served: half of them meet a full queue.
    assert!(asked > 1000 && (failed * 2).abs_diff(asked) < 40, "{failed} of {asked} failed");
}

/// A host-wide counter would make a field of the packet reveal the time.
#[test]
fn identifications_do_not_count_up_over_a_whole_host() {
    let captured = captured();
    let client = captured.addresses().iter().position(|at| *at == IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2)));
    let ids: Vec<u32> = captured
        .iter()
        .filter(|exchange| Some(exchange.nearest().client().address.0 as usize) == client)
        .filter_map(|exchange| exchange.nearest().ip_id())
        .collect();
    let rises = ids.windows(2).filter(|pair| pair[0] < pair[1]).count();
    // Half of them, with a standard error of at most 1/2 of the square root of their number (here 17).
    let (half, number) = ((ids.len() - 1) / 2, ids.len());
    assert!(number > 600 && rises.abs_diff(half) < 100, "{rises} of {number} rise");
}

#[test]
fn a_guest_does_not_come_up_before_the_host_that_it_lives_on() {
    let text = r#"
version = 1
title = "A router on a hypervisor"
start = 2026-03-02T00:00:00Z
duration = "2h"
[network.lan]
subnet = "10.0.0.0/24"
[host.hypervisor]
network = "lan"
[host.router]
on = "hypervisor"
network = "lan"
[[event]]
name = "hypervisor-off"
at = "10min"
reboot = { hosts = "hypervisor", down = "30min" }
[[event]]
name = "router-off"
at = "11min"
reboot = { hosts = "router", down = "1min" }
"#;
    let scenario = parse(text, "guest.toml", DiagnosisNames::default()).unwrap_or_else(|p| panic!("{p}"));
    let record = run(&scenario, 1, &Wanted::default());
    let minutes_up = |name: &str| -> Vec<f64> {
        let id = scenario.host_ids().find(|(_, host)| host.name == name).map(|(id, _)| id).expect("a host");
        let ups = record.happenings.iter().filter(|happened| happened.what == Happening::Up(id));
        ups.map(|happened| scenario.since_start(happened.time).seconds() / 60.0).collect()
    };
    let (below, guest) = (minutes_up("hypervisor"), minutes_up("router"));
    assert_eq!((below.len(), guest.len()), (2, 2), "{below:?} {guest:?}");
    assert!(guest[1] >= below[1] && below[1] >= 40.0, "{below:?} {guest:?}");
}
