//! In an overlay network that is captured everywhere, each failed request is followed to the place
//! where the simulated world lost it.

#[path = "scenarios/library.rs"]
#[expect(dead_code, reason = "the table of rehearsals is for another test")]
mod library;

use library::{played, scenario};
use std::collections::BTreeMap;
use unanswered_evidence::step::Steps;
use unanswered_lab::diagnosis::exchanges;
use unanswered_scenario::model::{InterfaceId, Scenario};
use unanswered_table::{Outcome, Step};
use unanswered_world::ledger::LossPlace;

/// Step, the place that saw the message last, and the one that did not see it.
type Lost = (Step, String, String);

fn vantage(scenario: &Scenario, interface: InterfaceId) -> String {
    let here = scenario.vantages.iter().find(|v| v.interface == interface);
    here.map(|v| v.name.clone()).expect("these scenarios are captured everywhere")
}

fn check(name: &str) {
    let scenario = scenario(name);
    let record = played(&scenario, scenario.seed);
    let mut truth: BTreeMap<Lost, u64> = BTreeMap::new();
    for ended in record.requests.iter().filter(|e| e.outcome.failed()) {
        let loss = ended.request.last_loss.expect("what failed has a loss");
        let LossPlace::Between { from, to } = loss.place else { panic!("{name}: lost in a host: {ended:?}") };
        *truth.entry((loss.step, vantage(&scenario, from), vantage(&scenario, to))).or_default() += 1;
    }
    let captured = exchanges(&scenario, &record.captures, &[], None).expect("the capture can be read");
    let steps = Steps::new(&captured);
    let mut found: BTreeMap<Lost, u64> = BTreeMap::new();
    for exchange in captured.iter() {
        let Some(located) = steps.of(exchange.row()) else { continue };
        let step = located.step.unwrap_or_else(|| panic!("{name}: {located:?}"));
        let missing = located.missing_at.unwrap_or_else(|| panic!("{name}: {located:?}"));
        let lost = (step, captured.place_name(located.last_seen), captured.place_name(missing));
        *found.entry(lost).or_default() += 1;
    }
    // Whether packets in flight when the capture ended would have failed is not known.
    let open = captured.iter().filter(|e| e.outcome() == Outcome::Unknown).count() as u64;
    assert_eq!(truth.keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>(), "{name}");
    let missing: u64 = truth.iter().map(|(lost, n)| n.abs_diff(found[lost])).sum();
    assert!(missing <= open, "{name}: {truth:?} {found:?} {open}");
    assert!(found.values().sum::<u64>() > 300, "{name}: {found:?}");
}

#[test]
fn a_dead_member_of_the_underlay_is_where_requests_and_replies_are_lost() {
    check("overlay-ecmp-dead-member");
}

#[test]
fn what_is_too_long_for_the_underlay_is_lost_there() {
    check("overlay-mtu-black-hole");
}
