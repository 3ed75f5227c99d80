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
