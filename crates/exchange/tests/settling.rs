//! Outcomes settle as packets pass: on every recording, whoever polls, and however often the time is told, gets what
//! reading the whole file gives.

mod common;

use common::{captures, read, scenarios};
use std::collections::BTreeMap;
use std::path::Path;
use unanswered_capture::{InputSpec, Merged, Vantages, open};
use unanswered_exchange::{Exchanges, FrameId, Pairer, PairerConfig, Settled};
use unanswered_table::Outcome;
use unanswered_wire::{ProtocolId, Span, Time, decode};

/// Between two frames of the file: what was polled so far goes into the list.
type Between = fn(&mut Pairer, Time, &mut Vec<Settled>);

fn drain(pairer: &mut Pairer, settled: &mut Vec<Settled>) {
    settled.extend(std::iter::from_fn(|| pairer.poll_settled()));
}

/// Reads the file frame by frame.
fn step_by_step(file: &Path, between: Between) -> (Exchanges, Vec<Settled>) {
    let vantages = Vantages::new();
    let reader = open(&InputSpec::new(file), &vantages).expect("the test data are in the repository");
    let mut frames = Merged::new(vec![reader], vantages);
    let mut pairer = Pairer::new(PairerConfig::default());
    let mut settled = Vec::new();
    while let Some((_, frame)) = frames.next_with_input() {
        between(&mut pairer, frame.time, &mut settled);
        let id = FrameId { vantage: frame.vantage, input: 0, number: frame.number };
        match decode(frame.link_type, frame.bytes, frame.length) {
            Ok(packet) => pairer.handle_packet(frame.time, id, &packet),
            Err(_) => pairer.handle_frame(frame.time, frame.vantage),
        }
    }
    pairer.handle_end();
    drain(&mut pairer, &mut settled);
    let vantages = frames.vantages().list();
    (Exchanges::new(pairer, vantages, Vec::new()), settled)
}

fn outcomes(all: &Exchanges) -> Vec<(Time, ProtocolId, Outcome, &'static str)> {
    all.iter().map(|e| (e.time(), e.protocol(), e.outcome(), e.reason().code())).collect()
}

#[test]
fn polling_and_telling_the_time_change_nothing() {
    let ways: [Between; 3] = [
        |_, _, _| {},
        // At every frame, up to just before it.
        |pairer, next, settled| {
            pairer.handle_timeout(next + Span::from_nanoseconds(-1));
            drain(pairer, settled);
        },
        // Exactly when the pairer asks for it.
        |pairer, next, settled| {
            while let Some(deadline) = pairer.poll_timeout().filter(|deadline| deadline.at < next) {
                pairer.handle_timeout(deadline.at);
                drain(pairer, settled);
                if pairer.poll_timeout() == Some(deadline) {
                    break;
                }
            }
        },
    ];
    let mut requests = 0;
    for scenario in ["captures", "battery", "nested"].into_iter().flat_map(scenarios) {
        for file in captures(&scenario) {
            let whole = read(std::slice::from_ref(&file));
            for between in ways {
                let (all, settled) = step_by_step(&file, between);
                assert_eq!(outcomes(&all), outcomes(&whole), "{}", file.display());
                let mut numbers: Vec<u32> = settled.iter().map(|one| one.number).collect();
                numbers.sort_unstable();
                let all_settled = numbers.len();
                numbers.dedup();
                assert_eq!(numbers.len(), all_settled, "{}: one settles once", file.display());
                requests += all_settled;
            }
        }
    }
    assert!(requests > 100_000, "{requests}");
}

/// At one place, what was handed out is what the place shows in the end.
#[test]
fn what_has_settled_stays() {
    for scenario in scenarios("battery") {
        let file = captures(&scenario).into_iter().next().expect("it has captures");
        let (all, settled) = step_by_step(&file, |pairer, _, settled| drain(pairer, settled));
        let mut early: BTreeMap<(Time, (std::net::IpAddr, u16)), Outcome> =
            settled.iter().map(|one| ((one.time, one.client), one.outcome)).collect();
        let mut compared = 0;
        for exchange in all.iter().filter(|exchange| exchange.protocol() != ProtocolId::UDP) {
            let sighting = exchange.nearest();
            let client = all.addresses()[sighting.client().address.0 as usize];
            let known = early.remove(&(sighting.time(), (client, sighting.client().port)));
            assert_eq!(known, Some(sighting.outcome()), "{scenario}: {:?}", sighting.time());
            compared += 1;
        }
        assert!(compared > 100, "{scenario}: {compared}");
    }
}
