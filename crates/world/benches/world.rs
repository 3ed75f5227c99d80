//! How fast the simulated world runs with captures off: packets sent by endpoints per second of one
//! processor. It compares, it does not assert.
//!
//! The first part is a site of 20 clusters, each with 3 hypervisors behind a masquerade, and two
//! time servers, for a month and for ten days of polls every 64 s. The second has more and more clusters
//! and always the same number of packets; the third has plain requests and replies of no protocol.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::time::Instant;
use unanswered_scenario::model::Scenario;
use unanswered_scenario::{DiagnosisNames, parse};
use unanswered_world::{Nobody, World};

fn main() {
    // `cargo test --benches` runs this once with little work.
    let full = std::env::args().any(|argument| argument == "--bench");
    println!("{:<44} {:>7} {:>10} {:>7} {:>10}", "", "hosts", "packets", "s", "packets/s");
    if full {
        run("a month of 20 clusters, poll 64 to 1024 s", &ntp(20, "30d", 10));
        run("ten days of 20 clusters, poll 64 s", &ntp(20, "10d", 6));
    }
    let scale = if full { 1 } else { 100 };
    for clusters in [10, 100, 1000] {
        let minutes = 288_000 / clusters / scale;
        run(&format!("{clusters} clusters, poll 64 s"), &ntp(clusters, &format!("{minutes}min"), 6));
    }
    run("requests and replies of no protocol", &plain(if full { "1000s" } else { "10s" }));
}

fn run(name: &str, scenario: &Scenario) {
    let world = World::new(scenario, 1, Nobody);
    let start = now();
    let state = world.run().state;
    let seconds = (now() - start) as f64 / 1e9;
    let rate = state.packets_sent as f64 / seconds.max(1e-9);
    let hosts = scenario.hosts.len();
    println!("{name:<44} {hosts:>7} {:>10} {seconds:>7.2} {rate:>10.0}", state.packets_sent);
}

/// Nanoseconds of processor time of this thread, so that other work on the machine does not count;
/// wall time where Linux's schedstat is missing.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
fn now() -> u128 {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let schedstat = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let on_processor = schedstat.and_then(|s| s.split(' ').next()?.parse().ok());
    on_processor.unwrap_or_else(|| START.get_or_init(Instant::now).elapsed().as_nanos())
}

fn scenario(text: &str) -> Scenario {
    parse(text, "bench.toml", DiagnosisNames::default()).unwrap_or_else(|problems| panic!("{problems}"))
}

fn ntp(clusters: u32, duration: &str, maxpoll: u8) -> Scenario {
    scenario(&format!(
        r#"
version = 1
title = "NTP clients behind masquerades"
duration = "{duration}"
[network.oam]
subnet = "172.16.0.0/12"
delay = "300us"
jitter = "40us"
[host.ntp-a]
network = "oam"
address = "172.21.96.29"
service.ntpd = {{ kind = "ntp-server", profile = "ntpd-4.2.7p273", stratum = 1 }}
[host.ntp-b]
network = "oam"
address = "172.21.81.189"
service.ntpd = {{ kind = "ntp-server", profile = "ntpd-4.2.4", stratum = 2 }}
[template.cluster.network.ctl]
subnet = "192.168.0.0/24"
delay = "80us"
jitter = "15us"
[template.cluster.host.vrouter]
interface.inside = {{ network = "ctl", address = "192.168.0.1" }}
interface.outside = "oam"
nat = [{{ masquerade = "outside", policy = "sticky" }}]
[template.cluster.host.cpn]
count = 3
network = "ctl"
via = "192.168.0.1"
[template.cluster.host.cpn.service.ntpd]
kind = "ntp-client"
profile = "ntpd-4.2.8"
servers = ["ntp-a", "ntp-b"]
minpoll = 6
maxpoll = {maxpoll}
[group.os]
template = "cluster"
count = {clusters}
"#
    ))
}

fn plain(duration: &str) -> Scenario {
    scenario(&format!(
        r#"
version = 1
title = "Plain requests and replies"
duration = "{duration}"
[network.lan]
subnet = "10.0.0.0/16"
delay = "100us"
jitter = "20us"
[host.server]
network = "lan"
address = "10.0.0.1"
service.echo = {{ kind = "echo-server", port = 7000, service_time = "50us", workers = 8, queue = 100 }}
[host.client]
count = 100
network = "lan"
service.echo = {{ kind = "echo-client", to = "server:7000", interval = {{ exponential = "100ms" }}, timeout = "1s" }}
"#
    ))
}
