//! Same scenario, same seed, same bytes: on every run, in every thread, on every machine; and what is
//! added does not change the packets of the others.

#[path = "scenarios/library.rs"]
#[expect(dead_code, reason = "what a fault strikes is asked by the other test")]
mod library;

use library::{REHEARSALS, folder, played, scenario};
use unanswered_lab::record::truth;
use unanswered_scenario::model::Scenario;
use unanswered_scenario::{DiagnosisNames, parse};

/// PortRewrite, rewritten ports, clocks, polls: much of the world in a small file.
const SMALL: &str = "nat-port-class-ntpd";

/// [`fingerprint`] of SMALL's pcapng and truth at seed 1.
///
/// It changes with the scenario file and with everything in the world that shows in a packet. When the
/// test fails after such a change, look at the change in the capture (`unanswered lab run`), then put
/// the number here that the test prints. If nothing was changed, the machine computes differently
/// (floating point, an order that varies): find that instead.
const KNOWN: u64 = 0x7933_09a9_c7a0_3dc9;

/// The capture of all vantage points, then the truth.
fn bytes(scenario: &Scenario, seed: u64) -> (Vec<u8>, Vec<u8>) {
    let record = played(scenario, seed);
    let capture = record.captures.write(scenario, &[], None, Vec::new()).expect("memory takes bytes");
    (capture, serde_json::to_vec(&truth(scenario, seed, &record)).expect("the truth is plain data"))
}

/// FNV-1a, 64 bits.
fn fingerprint(parts: &[&[u8]]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    parts.iter().copied().flatten().fold(0xcbf2_9ce4_8422_2325, step)
}

#[test]
fn every_scenario_gives_the_same_bytes_twice_and_in_two_threads() {
    let all = || -> Vec<(&str, u64)> {
        let one = |name: &'static str| {
            let scenario = scenario(name);
            let (capture, truth) = bytes(&scenario, scenario.seed);
            (name, fingerprint(&[&capture, &truth]))
        };
        REHEARSALS.iter().map(|rehearsal| one(rehearsal.name)).collect()
    };
    let (here, there) = std::thread::scope(|scope| {
        let there = scope.spawn(all);
        (all(), there.join().unwrap())
    });
    assert_eq!(here, there);
    assert_eq!(here, all());
}

#[test]
fn another_machine_gives_the_bytes_that_were_written_down() {
    let (capture, truth) = bytes(&scenario(SMALL), 1);
    let found = fingerprint(&[&capture, &truth]);
    assert_eq!(found, KNOWN, "now {found:#018x}, was {KNOWN:#018x}; what the constant says tells what to do");
}

#[test]
fn another_seed_gives_other_bytes() {
    let scenario = scenario(SMALL);
    let [first, second] = [1, 2].map(|seed| bytes(&scenario, seed));
    assert!(first.0 != second.0 && first.1 != second.1);
}

/// The scenario with lines added at its end.
fn with(added: &str) -> Scenario {
    let text =
        std::fs::read_to_string(folder().join(format!("{SMALL}.toml"))).expect("the scenario is there");
    parse(&format!("{text}\n{added}"), &format!("{SMALL}.toml"), DiagnosisNames::default())
        .unwrap_or_else(|problems| panic!("{problems}"))
}

/// What the vantage points of the original scenario show of one with more in it.
fn shown_to_the_others(more: &Scenario) -> Vec<u8> {
    let plain = scenario(SMALL);
    let record = played(more, 1);
    let known = |name: &str| plain.vantages.iter().any(|vantage| vantage.name == name);
    let chosen: Vec<u32> = (0..)
        .zip(&more.vantages)
        .filter(|(_, vantage)| known(&vantage.name))
        .map(|(index, _)| index)
        .collect();
    assert_eq!(chosen.len(), plain.vantages.len());
    record.captures.write(more, &chosen, None, Vec::new()).expect("memory takes bytes")
}

#[test]
fn hosts_that_have_nothing_to_do_with_the_others_change_none_of_their_packets() {
    let more = with(
        r#"
        [host.bystander]
        network = "oam"
        address = "172.20.9.9"
        service.ping = { to = "172.20.9.10", interval = { exponential = "1s" } }
        service.resolver = { kind = "dns-client", server = "172.20.9.10" }

        [host.bystanders-server]
        network = "oam"
        address = "172.20.9.10"
        service.dns-server = {}
        "#,
    );
    assert_eq!(fingerprint(&[&shown_to_the_others(&more)]), fingerprint(&[&bytes(&scenario(SMALL), 1).0]));
    let sent = |scenario: &Scenario| played(scenario, 1).packets;
    assert!(sent(&more) > sent(&scenario(SMALL)) + 1000, "the bystander is silent");
}

#[test]
fn a_further_vantage_point_changes_no_packet() {
    let more = with("[[vantage]]\nname = \"{host}\"\nat = \"server2:eth0\"\n");
    assert_eq!(fingerprint(&[&shown_to_the_others(&more)]), fingerprint(&[&bytes(&scenario(SMALL), 1).0]));
}
