//! Recorded faults of a known mechanism match their catalogue entry best.

use std::path::{Path, PathBuf};
use unanswered_capture::InputSpec;
use unanswered_evidence::ExchangeSource;
use unanswered_exchange::{PairerConfig, read_captures};
use unanswered_explain::{Diagnosis, Options, explain};

/// One test for each scenario, so that they run in parallel.
macro_rules! recorded {
    ($($name:ident: $scenario:literal => $id:literal;)*) => {
        $(#[test]
        fn $name() {
            check($scenario, $id);
        })*
    };
}

recorded! {
    a_port_below_123_after_the_nat_is_ntpd_s_check: "captures/story-osa" => "ntpd-lowport-lt123";
    a_port_rolled_below_123_is_ntpd_s_check: "captures/onset" => "ntpd-lowport-lt123";
    the_same_fault_inside_an_overlay_is_ntpd_s_check: "nested/n2" => "ntpd-lowport-lt123";
    a_client_that_polls_too_fast_meets_the_guard_time: "captures/ratelimit" => "ntpd-guard-time";
    queries_with_edns_are_ignored: "battery/dns-edns-unanswered" => "dns-edns-unanswered";
    large_answers_are_lost_in_fragments: "battery/dns-fragments-dropped" => "dns-large-answer-fragment-loss";
    the_second_of_two_queries_is_lost: "battery/dns-parallel-second-lost" => "dns-conntrack-a-aaaa-race";
    syns_with_ecn_are_dropped: "battery/ecn-syn-dropped" => "ecn-setup-syn-dropped";
    large_packets_vanish: "battery/mtu-blackhole" => "overlay-mtu-blackhole";
    replies_come_from_another_address: "battery/multihomed-reply-source" => "multihomed-reply-source";
    a_pause_lets_the_mapping_expire: "battery/nat-idle-timeout" => "nat-idle-timeout";
    a_service_listens_on_ipv4_only: "battery/ntp-server-only-v4" => "service-not-on-ipv6";
    all_ports_of_a_translation_are_taken: "battery/snat-port-exhaustion" => "cloud-snat-port-exhaustion";
    a_share_of_all_flows_is_dead: "battery/hash-bucket-dead-dns" => "lag-or-ecmp-dead-member";
    hop_limits_that_are_too_small: "battery/ttl-too-low" => "ttl-expires-on-the-way";
}

#[test]
fn healthy_traffic_matches_nothing() {
    let diagnosis = diagnose("battery/nothing-wrong");
    assert!(diagnosis.findings.is_empty(), "{:?}", diagnosis.findings);
}

/// Nothing in the packets says that two places are interfaces of one host, so a firewall of the server that knows the
/// clients' network would look the same.
#[test]
fn a_strict_reverse_path_filter_is_compatible_and_not_named() {
    let diagnosis = diagnose("battery/rp-filter-strict");
    let finding = &diagnosis.findings[0];
    assert_eq!(finding.known, []);
    assert!(finding.compatible.iter().any(|one| one.id == "rp-filter-strict"), "{:?}", finding.compatible);
}

fn check(scenario: &str, id: &str) {
    let diagnosis = diagnose(scenario);
    let finding = diagnosis.findings.first().unwrap_or_else(|| panic!("{scenario}: no finding"));
    let known: Vec<(&str, f64)> = finding.known.iter().map(|known| (known.id.as_str(), known.fit)).collect();
    assert_eq!(
        known.first().map(|known| known.0),
        Some(id),
        "{scenario}: {known:?} for {:?}",
        finding.clauses
    );
}

fn diagnose(scenario: &str) -> Diagnosis {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata").join(scenario);
    let mut files: Vec<PathBuf> = std::fs::read_dir(&directory)
        .expect("the captures are in the repository")
        .map(|item| item.expect("the directory can be read").path())
        .filter(|path| is_capture(path))
        .collect();
    let merged = directory.join("merged.pcapng.zst");
    if merged.is_file() {
        files = vec![merged];
    }
    files.sort();
    let inputs: Vec<InputSpec> = files.into_iter().map(InputSpec::new).collect();
    let exchanges =
        read_captures(&inputs, &PairerConfig::default(), &mut |_| {}).expect("the captures can be read");
    explain(&ExchangeSource::new(&exchanges), &Options::default())
}

fn is_capture(path: &Path) -> bool {
    path.to_string_lossy().ends_with(".pcap.zst")
}
