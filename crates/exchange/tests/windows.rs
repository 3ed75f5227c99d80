//! Windows over several places: whatever their length, each request is handed out once, and with the outcome that reading the
//! whole of the files gives.

mod common;

use common::{captures, read, scenarios};
use std::collections::BTreeMap;
use std::path::PathBuf;
use unanswered_capture::{InputSpec, Vantages, open};
use unanswered_exchange::follow::Nat;
use unanswered_exchange::{Caveat, Exchanges, InputFrame, Lookups, PairerConfig, read_in_windows};
use unanswered_narrow::Narrowing;
use unanswered_table::Outcome;
use unanswered_wire::Span;

/// What became of a request, why, and at how many places it was seen.
type Fate = (Outcome, &'static str, usize);

/// By the first of the frames in which a place saw the request.
type Fates = BTreeMap<(usize, u64), Fate>;

fn add(fates: &mut Fates, all: &Exchanges) {
    // Answered questions for neighbours are no rows of the whole, where there are others.
    for exchange in all.iter().filter(|exchange| !exchange.protocol().carrier().is_of_link()) {
        let frames = exchange.sightings().map(|sighting| sighting.input_frame());
        let first = frames.map(|InputFrame { input, number }| (input, number)).min();
        let fate = (exchange.outcome(), exchange.reason().code(), exchange.sightings().len());
        let twice = fates.insert(first.expect("it was seen somewhere"), fate);
        assert_eq!(twice, None, "{first:?} is handed out once");
    }
}

fn windowed(files: &[PathBuf], seconds: i64, each: &mut dyn FnMut(Exchanges)) {
    let vantages = Vantages::new();
    let readers = files.iter().map(|file| open(&InputSpec::new(file), &vantages).expect("it is a capture"));
    let (readers, length) = (readers.collect(), Span::from_seconds(seconds));
    read_in_windows(readers, vantages, &PairerConfig::default(), &Narrowing::default(), length, each)
        .expect("nothing is narrowed");
}

const LENGTHS: [i64; 4] = [1, 7, 60, 86_400 * 366];

#[test]
fn each_request_is_handed_out_once_with_the_outcome_that_the_whole_gives() {
    let mut requests = 0;
    for scenario in ["captures", "battery", "nested"].into_iter().flat_map(scenarios) {
        let files = captures(&scenario);
        let all = read(&files);
        let mut whole = Fates::new();
        add(&mut whole, &all);
        requests += whole.len();
        let recorded_twice = all.caveats().iter().any(|c| matches!(c, Caveat::RecordedTwice { .. }));
        for seconds in LENGTHS {
            let mut fates = Fates::new();
            let mut end = None;
            windowed(&files, seconds, &mut |window| {
                add(&mut fates, &window);
                let begins = window.iter().next().map(|first| first.time());
                assert!(
                    begins.is_none_or(|begins| end.is_none_or(|end| end <= begins)),
                    "{scenario} {seconds}"
                );
                end = window.goes_on_after();
            });
            assert_eq!(end, None, "the last window is the last");
            if recorded_twice {
                // That a place is another's copy takes some frames to see.
                let places = |fate: (&(usize, u64), &mut Fate)| fate.1.2 = 0;
                fates.iter_mut().for_each(places);
                whole.iter_mut().for_each(places);
            }
            assert_eq!(fates, whole, "{scenario} in windows of {seconds} s");
        }
    }
    assert!(requests > 20_000, "{requests}");
}

#[test]
fn lookups_and_translations_go_on_from_window_to_window() {
    let (mut lookups, mut mappings) = (0, 0);
    for scenario in ["captures", "battery"].into_iter().flat_map(scenarios) {
        let files = captures(&scenario);
        let all = read(&files);
        let whole = (all.lookups(), Nat::of(&all));
        let ended = |l: Lookups| [l.requests, l.succeeded, l.delayed, l.failed, l.unknown];
        for seconds in LENGTHS {
            let mut parts = (None, Nat::default());
            windowed(&files, seconds, &mut |window| {
                if let Some(some) = window.lookups_ended() {
                    let sum = parts.0.get_or_insert([0; 5]);
                    sum.iter_mut().zip(ended(some)).for_each(|(sum, one)| *sum += one);
                }
                parts.1.go_on(&window);
            });
            if let Some(whole) = whole.0 {
                assert_eq!(parts.0, Some(ended(whole)), "{scenario} in windows of {seconds} s");
                lookups += whole.all();
            }
            let text = |nat: &Nat| format!("{:?}", nat.mappings);
            assert_eq!(text(&parts.1), text(&whole.1), "{scenario} in windows of {seconds} s");
            mappings += whole.1.mappings.len();
        }
    }
    assert!(lookups > 1_000 && mappings > 1_000, "{lookups} {mappings}");
}
