//! Every scenario in `scenarios/` is run: its fault strikes where and whom it should, the captures
//! agree with the truth request by request, and `explain` finds what the file says that it finds.
//!
//! What is known not to be found (`not_yet` in the file) must still not be found, so that progress
//! is noticed; the run prints a list of them.

#[path = "scenarios/agreement.rs"]
mod agreement;
#[path = "scenarios/library.rs"]
mod library;
#[path = "scenarios/vantages.rs"]
mod vantages;

use library::{Asked, REHEARSALS, Rehearsal, Strikes, folder, played, scenario};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use unanswered_lab::diagnosis::{check, diagnose, exchanges};
use unanswered_lab::record::{Ended, RequestRow, RunRecord, Truth, truth};
use unanswered_scenario::model::{Expectation, Scenario};
use unanswered_table::Outcome;

/// `story.toml` has tests of its own.
const ELSEWHERE: [&str; 1] = ["story"];

/// Scenarios whose catalogue entry is named whatever the seed. Left out are those that depend on when
/// load comes, where `explain` reports an outage at some seeds and load at others, and names the
/// entry for load only.
const CLEAR: [&str; 16] = [
    "conntrack-full",
    "dns-aaaa-ignored",
    "dns-edns-ignored",
    "dns-large-answers",
    "dns-low-source-ports",
    "ecn-syn-dropped",
    "isp-filter-123",
    "lag-dead-member",
    "nat-port-class-ntpd",
    "nat-port-rover-ntpd",
    "overlay-ecmp-dead-member",
    "overlay-mtu-black-hole",
    "reply-from-other-address",
    "snat-ports-exhausted",
    "stale-dnat",
    "ttl-too-small",
];

/// One test per file.
macro_rules! tests {
    ($($test:ident: $name:literal,)*) => {
        const TESTED: &[&str] = &[$($name),*];
        $(#[test] fn $test() { plays($name); })*
    };
}

tests! {
    an_accept_queue_that_is_full_drops_syns: "accept-queue-full",
    a_firewall_that_sees_only_replies_drops_them: "asymmetric-invalid",
    loss_in_bursts_strikes_whatever_passes: "bursty-loss",
    a_branch_behind_one_address_is_too_much_for_chronys_limit: "chrony-ratelimit-nat",
    questions_beyond_the_allowance_of_a_cloud_interface_are_dropped: "cloud-resolver-limit",
    a_full_conntrack_table_loses_new_flows_and_no_others: "conntrack-full",
    of_two_questions_from_one_socket_the_second_can_be_lost: "dns-a-aaaa-race",
    a_server_that_ignores_aaaa_answers_the_rest: "dns-aaaa-ignored",
    a_server_that_ignores_edns_answers_plain_questions: "dns-edns-ignored",
    fragments_of_large_answers_are_dropped: "dns-large-answers",
    questions_from_reserved_ports_are_dropped: "dns-low-source-ports",
    a_forwarder_with_150_open_questions_refuses_more: "dnsmasq-full",
    syns_with_ecn_are_dropped: "ecn-syn-dropped",
    replies_to_port_123_are_filtered: "isp-filter-123",
    a_dead_member_of_a_bundle_takes_whole_flows: "lag-dead-member",
    ports_rewritten_to_below_123_get_no_time: "nat-port-class-ntpd",
    a_rover_rewrites_to_low_ports_for_a_long_time: "nat-port-rover-ntpd",
    nothing_wrong_is_found_where_nothing_is_wrong: "nothing-wrong",
    a_classroom_behind_one_address_is_too_much_for_ntpds_limit: "ntpd-guard-time-nat",
    an_ntpd_of_2001_answers_no_reserved_port_but_123: "ntpd-reserved-port",
    a_dead_path_under_an_overlay_takes_whole_flows: "overlay-ecmp-dead-member",
    packets_too_large_for_the_underlay_vanish: "overlay-mtu-black-hole",
    two_probers_with_one_echo_id_are_one_too_many: "ping-id-collision",
    loss_by_chance_is_called_that: "random-loss",
    a_rebooting_server_is_a_window_of_time: "reboot-outage",
    replies_from_another_address_are_not_taken: "reply-from-other-address",
    strict_reverse_path_filtering_drops_what_comes_by_the_other_leg: "rp-filter",
    a_translation_runs_out_of_ports_towards_one_target: "snat-ports-exhausted",
    a_remembered_translation_leads_to_a_dead_server: "stale-dnat",
    a_small_ttl_dies_on_a_longer_path: "ttl-too-small",
}

/// One scenario at its own seed: truth, conservation, captures, diagnosis.
fn plays(name: &str) {
    let rehearsal = REHEARSALS.iter().find(|known| known.name == name);
    let rehearsal = rehearsal.unwrap_or_else(|| panic!("{name} is not in the library of the tests"));
    let scenario = scenario(name);
    let record = played(&scenario, scenario.seed);
    assert_each_ends_once(&record);
    let truth = truth(&scenario, scenario.seed, &record);
    match rehearsal.fault {
        Some(fault) => assert_struck(&scenario, &record, &truth, rehearsal, fault),
        None => assert_spared(&truth),
    }
    assert!(agreement::compared(&scenario, &record) > 0, "{name}: no vantage point at a client");
    let said = vantages::alone(&scenario, &record);
    assert!(said.right > 0, "{name}: nothing was compared: {said:?}");
    assert!(said.wrong.is_empty(), "{name}: single places say the opposite: {said:?}");
    assert!(said.wrong_steps.is_empty(), "{name}: single places name another step: {said:?}");
    assert!(!scenario.expect.is_empty(), "{name}: nothing is expected");
    for expected in &scenario.expect {
        let found = diagnosed(&scenario, &record, expected);
        match (&expected.not_yet, found) {
            (None, found) => assert_eq!(found, Ok(()), "{name}: not found"),
            (Some(reason), Ok(())) => panic!("{name} is found now; take out: not_yet = {reason:?}"),
            (Some(reason), Err(_)) => say(&format!("not found yet: {name}: {reason}")),
        }
    }
}

#[test]
fn every_scenario_has_a_test_and_a_line_in_the_read_me() {
    let files = std::fs::read_dir(folder()).unwrap().map(|item| item.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|ending| ending == "toml"));
    let names: BTreeSet<String> =
        files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    let known: BTreeSet<String> = TESTED.iter().chain(&ELSEWHERE).map(|&name| name.to_owned()).collect();
    assert_eq!(names, known);
    assert!(REHEARSALS.iter().map(|known| known.name).eq(TESTED.iter().copied()), "library and tests differ");
    let read_me = std::fs::read_to_string(folder().join("README.md")).unwrap();
    let missing: Vec<&String> =
        names.iter().filter(|name| !read_me.contains(&format!("({name}.toml)"))).collect();
    assert!(missing.is_empty(), "not in scenarios/README.md: {missing:?}");
}

#[test]
fn what_is_clear_is_found_at_other_seeds_too() {
    let workers: Vec<_> = CLEAR.chunks(CLEAR.len().div_ceil(4)).collect();
    let missed: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            workers.into_iter().map(|names| scope.spawn(|| missed_at_other_seeds(names))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(missed.is_empty(), "{missed:#?}");
}

fn missed_at_other_seeds(names: &[&str]) -> Vec<String> {
    let mut missed = Vec::new();
    for name in names {
        let scenario = scenario(name);
        for seed in [scenario.seed + 1, scenario.seed + 2] {
            let record = played(&scenario, seed);
            for expected in scenario.expect.iter().filter(|expected| expected.not_yet.is_none()) {
                if let Err(why) = diagnosed(&scenario, &record, expected) {
                    missed.push(format!("{name}, seed {seed}: {why}"));
                }
            }
        }
    }
    missed
}

fn diagnosed(scenario: &Scenario, record: &RunRecord, expected: &Expectation) -> Result<(), String> {
    let captured = exchanges(scenario, &record.captures, &expected.vantages, None);
    let captured = captured.unwrap_or_else(|error| panic!("{error}"));
    check(expected, &diagnose(&captured))
}

/// Conservation: each request has ended with exactly one outcome, and the counts are the same.
fn assert_each_ends_once(record: &RunRecord) {
    let mut numbers: Vec<u64> = record.requests.iter().map(|ended| ended.request.number).collect();
    numbers.sort_unstable();
    assert!((0..).zip(&numbers).all(|(expected, number)| expected == *number), "lost or ended twice");
    for outcome in Outcome::ALL {
        let told: u64 = record.counts.values().map(|counts| counts.of(outcome)).sum();
        let ended = record.requests.iter().filter(|ended| ended.outcome == outcome).count();
        assert_eq!(usize::try_from(told), Ok(ended), "{outcome}");
    }
}

/// The truth names the fault at its step, and it struck those that it should.
fn assert_struck(scenario: &Scenario, record: &RunRecord, truth: &Truth, rehearsal: &Rehearsal, fault: &str) {
    let name = rehearsal.name;
    let of_it = |row: &&RequestRow| row.fault.as_deref() == Some(fault);
    let told: u64 = truth.faults.iter().filter(|row| row.id == fault).map(|row| row.requests).sum();
    assert!(told > 0, "{name}: {fault} did not strike");
    assert_eq!(u64::try_from(truth.failed.iter().filter(of_it).count()), Ok(told), "{name}");
    if let Some(step) = rehearsal.step {
        let elsewhere = truth.failed.iter().filter(of_it).find(|row| row.step != Some(step));
        assert!(elsewhere.is_none(), "{name}: not at {step}: {elsewhere:?}");
    }
    let struck: BTreeSet<u64> = truth.failed.iter().filter(of_it).map(|row| row.number).collect();
    match rehearsal.strikes {
        Strikes::Among(condition) => assert_among(scenario, record, &struck, condition),
        Strikes::Exactly(condition) => {
            assert_among(scenario, record, &struck, condition);
            let spared = record.requests.iter().find(|ended| {
                ended.outcome == Outcome::Answered && agreement::meets(scenario, ended, condition)
            });
            assert!(spared.is_none(), "{name}: {fault} spared {spared:?}");
        }
        Strikes::WholeFlows => assert_whole_flows(record),
    }
}

fn assert_among(
    scenario: &Scenario,
    record: &RunRecord,
    struck: &BTreeSet<u64>,
    condition: fn(&Asked<'_>) -> bool,
) {
    let stranger = record.requests.iter().find(|ended| {
        struck.contains(&ended.request.number) && !agreement::meets(scenario, ended, condition)
    });
    assert!(stranger.is_none(), "the fault should not strike {stranger:?}");
}

/// A flow fails always or never, and there are several of both.
fn assert_whole_flows(record: &RunRecord) {
    let mut flows: BTreeMap<_, BTreeSet<bool>> = BTreeMap::new();
    let known = |ended: &&Ended| ended.outcome != Outcome::Unknown;
    for ended in record.requests.iter().filter(known) {
        flows.entry(ended.request.inside).or_default().insert(ended.outcome.failed());
    }
    assert!(flows.values().all(|fates| fates.len() == 1), "a flow both failed and was answered");
    let failing = flows.values().filter(|fates| fates.contains(&true)).count();
    assert!(failing > 1 && failing + 1 < flows.len(), "{failing} of {} flows fail", flows.len());
}

/// Nothing but chance, and little of it.
fn assert_spared(truth: &Truth) {
    let others: Vec<&str> =
        truth.faults.iter().map(|row| row.id.as_str()).filter(|id| !id.starts_with("link-loss")).collect();
    assert!(others.is_empty(), "{others:?}");
    let requests: u64 = truth.outcomes.values().sum();
    assert!(truth.failed.len() as u64 * 100 < requests, "{} of {requests} failed", truth.failed.len());
}

/// Prints a line even when the test passes: the harness keeps what goes through the macros to itself.
fn say(line: &str) {
    // It does no harm if it cannot be printed.
    let _ = writeln!(std::io::stderr(), "{line}");
}
