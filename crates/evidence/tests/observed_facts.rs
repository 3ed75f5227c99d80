//! What the recorded captures say about their failed requests besides any clause.

use std::path::Path;
use unanswered_capture::InputSpec;
use unanswered_evidence::ExchangeSource;
use unanswered_exchange::{Exchanges, PairerConfig, read_captures};
use unanswered_explain::Captured as _;
use unanswered_explain::{Fact, Observed};
use unanswered_table::Outcome;

#[test]
fn replies_from_another_address_are_noticed() {
    let context = observed("battery/multihomed-reply-source", &["c1", "c2", "c3"], Outcome::failed);
    assert_eq!(context.protocols, ["dns"]);
    assert!(context.facts.contains(&Fact::WrongSource), "{context:?}");
    assert!(context.facts.contains(&Fact::ReplySeen), "{context:?}");
    assert!(!context.facts.contains(&Fact::Translated), "{context:?}");
}

#[test]
fn a_shared_translated_address_is_noticed() {
    let places = ["cpn1", "cpn2", "cpn3", "vrouter-out"];
    let context = observed("captures/story-osa", &places, Outcome::failed);
    assert_eq!(context.protocols, ["ntp"]);
    for fact in [Fact::Translated, Fact::BehindTranslation, Fact::SharedAddress, Fact::Ipv4Answered] {
        assert!(context.facts.contains(&fact), "{fact:?} in {context:?}");
    }
    assert!(!context.facts.contains(&Fact::WholeFlows), "{context:?}");
    assert!(context.refusals.is_empty());
}

#[test]
fn how_requests_were_refused_is_kept() {
    let context = observed("battery/ntp-server-only-v4", &["c1", "c2", "c3"], |o| o == Outcome::Refused);
    assert_eq!(context.protocols, ["ntp"]);
    let codes: Vec<&str> = context.refusals.iter().map(|refusal| refusal.kind().code).collect();
    assert_eq!(codes, ["icmpv6.port_unreachable"]);
}

#[test]
fn connects_that_needed_a_second_try_are_noticed() {
    let context = observed("battery/ecn-syn-dropped", &["c1", "c2", "c3"], |o| o == Outcome::Late);
    assert_eq!(context.protocols, ["tcp"]);
    assert!(context.facts.contains(&Fact::RetryAnswered), "{context:?}");
    assert!(context.facts.contains(&Fact::NewFlow), "{context:?}");
}

#[test]
fn flows_that_fail_altogether_beside_others_are_noticed() {
    let dead = observed("battery/hash-bucket-dead-dns", &["c1"], Outcome::failed);
    assert!(dead.facts.contains(&Fact::WholeFlows), "{dead:?}");
    let paused = observed("battery/nat-idle-timeout", &["c1"], Outcome::failed);
    assert!(!paused.facts.contains(&Fact::WholeFlows), "{paused:?}");
    assert!(paused.facts.contains(&Fact::FlowDied), "{paused:?}");
}

#[test]
fn a_client_behind_a_translation_is_noticed_though_its_request_never_passed() {
    let context =
        observed("battery/snat-port-exhaustion", &["c1", "c2", "c3", "r-in", "r-out"], Outcome::failed);
    assert!(context.facts.contains(&Fact::BehindTranslation), "{context:?}");
    assert!(!context.facts.contains(&Fact::PassesTranslation), "{context:?}");
    assert!(context.facts.contains(&Fact::SeveralClients), "{context:?}");
}

#[test]
fn open_questions_beside_refused_ones_are_noticed() {
    let error = |outcome| outcome == Outcome::Error;
    let full = observed("battery/dnsmasq-forward-max", &["c1", "c2", "c3", "s1"], error);
    assert!(full.facts.contains(&Fact::OthersOpen), "{full:?}");
    let refused = |outcome| outcome == Outcome::Refused;
    let closed = observed("battery/ntp-server-only-v4", &["c1", "c2", "c3"], refused);
    assert!(!closed.facts.contains(&Fact::OthersOpen), "{closed:?}");
    assert!(closed.facts.contains(&Fact::Ipv4Answered), "{closed:?}");
}

#[test]
fn another_place_that_answers_the_same_clients_is_noticed() {
    let places = ["c1", "c2", "c3", "c4", "s1-eth0", "s1-eth1", "s2"];
    let context = observed("battery/rp-filter-strict", &places, Outcome::failed);
    assert!(context.facts.contains(&Fact::OtherInterface), "{context:?}");
}

#[test]
fn header_fields_that_all_failed_requests_share_are_noticed() {
    let context = observed("battery/mtu-blackhole", &["c2"], Outcome::failed);
    assert!(context.facts.contains(&Fact::DontFragment), "{context:?}");
    assert!(!context.facts.contains(&Fact::LinkLocalServer), "{context:?}");
}

#[test]
fn one_place_hides_what_only_two_can_show() {
    let one = observed("captures/story-osa", &["cpn2"], Outcome::failed);
    assert_eq!(one.holds(Fact::BehindTranslation), None);
    assert_eq!(one.holds(Fact::SaysTooOften), Some(false));
    let two = observed("captures/story-osa", &["cpn2", "vrouter-out"], Outcome::failed);
    assert_eq!(two.holds(Fact::BehindTranslation), Some(true));
    assert_eq!(two.holds(Fact::SentElsewhere), Some(false));
    assert_eq!(Observed::default().holds(Fact::NewFlow), None, "a table shows no fact");
}

#[test]
fn nothing_is_said_about_no_requests() {
    let exchanges = read("captures/fixed", &["cpn1"]);
    assert_eq!(ExchangeSource::new(&exchanges).observed(&[]), Observed::default());
}

fn observed(scenario: &str, places: &[&str], wanted: impl Fn(Outcome) -> bool) -> Observed {
    let exchanges = read(scenario, places);
    let rows: Vec<u32> = exchanges
        .iter()
        .filter(|exchange| wanted(exchange.outcome()))
        .map(|exchange| exchange.row())
        .collect();
    assert!(!rows.is_empty(), "{scenario} has such requests");
    ExchangeSource::new(&exchanges).observed(&rows)
}

fn read(scenario: &str, places: &[&str]) -> Exchanges {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata").join(scenario);
    let inputs: Vec<InputSpec> =
        places.iter().map(|place| InputSpec::new(directory.join(format!("{place}.pcap.zst")))).collect();
    read_captures(&inputs, &PairerConfig::default(), &mut |_| {}).expect("the examples are readable")
}
