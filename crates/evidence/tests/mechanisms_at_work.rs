//! Recorded mechanisms, told with their parameters, and what repeats show where nothing is found.

use std::path::Path;
use unanswered_capture::InputSpec;
use unanswered_evidence::ExchangeSource;
use unanswered_exchange::{PairerConfig, read_captures};
use unanswered_explain::mechanism::{Begun, Key, Mechanism, Until};
use unanswered_explain::{Diagnosis, Options, Verdict, VerdictReason, explain};

fn diagnosis(files: &[&str]) -> Diagnosis {
    let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata");
    let inputs: Vec<_> = files.iter().map(|file| InputSpec::new(testdata.join(file))).collect();
    let exchanges =
        read_captures(&inputs, &PairerConfig::default(), &mut |_| {}).expect("the captures are read");
    explain(&ExchangeSource::new(&exchanges), &Options::default())
}

/// The mechanism of the first finding; it holds so many of the failures at least.
fn at_work(file: &str, failures: u64) -> Mechanism {
    let diagnosis = diagnosis(&[file]);
    let first = diagnosis.findings.into_iter().next().expect("a finding");
    assert!(first.inside.failed >= failures, "{:?}", first.inside);
    assert!(first.inside.failed * 10 >= first.inside.requests * 9, "{:?}", first.inside);
    first.at_work.expect("a mechanism").mechanism
}

#[test]
fn flows_that_keep_an_old_translation_are_told_apart_from_new_ones() {
    let mechanism = at_work("mechanisms/changed-translation.pcap.zst", 104);
    let Mechanism::Remembered(event) = mechanism else { panic!("{mechanism:?}") };
    assert_eq!(event.fails, Begun::Before);
    // Clients began up to a second after the script that changed the rule 45 s later.
    assert!((42.0..46.0).contains(&event.after.value), "{event:?}");
}

#[test]
fn a_limit_by_network_is_found_with_its_rate_and_burst() {
    let mechanism = at_work("mechanisms/limit-per-network.pcap.zst", 330);
    let Mechanism::Bucket(bucket) = mechanism else { panic!("{mechanism:?}") };
    assert_eq!(bucket.key, Key::ClientNetwork);
    assert!(bucket.rate.low <= 6.0 && 6.0 <= bucket.rate.high, "{bucket:?}");
    assert!(bucket.depth.low <= 15.0 && 15.0 <= bucket.depth.high, "{bucket:?}");
}

#[test]
fn a_limit_of_bytes_is_no_limit_of_size() {
    let mechanism = at_work("mechanisms/limit-in-bytes.pcap.zst", 110);
    let Mechanism::ByteBucket(bucket) = mechanism else { panic!("{mechanism:?}") };
    assert_eq!(bucket.key, Key::All);
    assert!((bucket.rate.value / 700.0).ln().abs() < 0.02, "{bucket:?}");
    assert!((bucket.depth.value / 2700.0).ln().abs() < 0.05, "{bucket:?}");
}

#[test]
fn the_first_request_to_a_server_after_silence_is_one_cause() {
    let mechanism = at_work("mechanisms/first-after-silence.pcap.zst", 18);
    let Mechanism::IdleTimeout(idle) = mechanism else { panic!("{mechanism:?}") };
    assert_eq!((idle.key, idle.until, idle.unseen), (Key::Server, Until::NextRequest, true));
    assert!(idle.timeout.low <= 9.0 && 9.0 <= idle.timeout.high, "{idle:?}");
}

#[test]
fn what_fails_again_in_its_flow_and_works_in_others_is_no_random_loss() {
    let diagnosis = diagnosis(&["mechanisms/flow-hash.pcap.zst"]);
    assert_eq!(diagnosis.verdict, Verdict::NotEnoughData);
    let repeats = diagnosis.because.iter().find_map(|reason| {
        let VerdictReason::RepeatsFailAgain { repeats } = reason else { return None };
        Some(*repeats)
    });
    let repeats = repeats.expect("repeats");
    assert_eq!((repeats.same_flow.requests, repeats.same_flow.failed), (444, 444));
    assert!(repeats.other_flow.failed * 3 < repeats.other_flow.requests, "{repeats:?}");
}

#[test]
fn what_a_repeat_escapes_is_random_loss() {
    let diagnosis = diagnosis(&["mechanisms/lost-by-chance.pcap.zst"]);
    assert_eq!(diagnosis.verdict, Verdict::RandomLoss);
    let alike = |reason: &VerdictReason| matches!(reason, VerdictReason::RepeatsFareAlike { .. });
    assert!(diagnosis.because.iter().any(alike), "{:?}", diagnosis.because);
}

#[test]
fn random_loss_is_told_with_the_hop_on_which_it_occurs() {
    let places = ["cpn1", "cpn2", "cpn3", "vrouter-out", "ntp-a"];
    let files: Vec<String> = places.iter().map(|place| format!("captures/loss/{place}.pcap.zst")).collect();
    let diagnosis = diagnosis(&files.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(diagnosis.verdict, Verdict::RandomLoss);
    let told = diagnosis.because.iter().find_map(|reason| {
        let VerdictReason::LossByHop { hops, others, .. } = reason else { return None };
        Some((hops, others))
    });
    let (hops, others) = told.expect("hops");
    let lost: u64 = hops.iter().map(|hop| hop.packets.failed).sum();
    assert!(lost > 0 && others.failed * 9 <= lost, "{hops:?} {others:?}");
    for hop in hops {
        let share = hop.packets.failed as f64 / hop.packets.requests as f64;
        let (low, high) = hop.interval();
        assert!(low < share && share < high, "{hop:?}");
    }
}
