//! `--baseline` from outside.

mod common;

use common::{Done, Folder, capture};
use serde_json::Value;

/// Ten minutes of counts by minute, device and site, from 10:00 on 2024-03-04 UTC. Device `old` always fails often; from 10:08
/// on requests to site `b` of network `n2` do too.
fn counts(minutes: std::ops::Range<u64>) -> String {
    let mut lines = vec!["minute,device,network,site,requests,failures".to_owned()];
    for minute in minutes {
        for device in ["old", "new", "other"] {
            for network in ["n1", "n2", "n3"] {
                for site in ["a", "b", "c"] {
                    let standing = if device == "old" { 30 } else { 3 };
                    let new = if minute >= 8 && (network, site) == ("n2", "b") { 40 } else { 0 };
                    let epoch = 1_709_546_400 + 60 * minute;
                    lines.push(format!("{epoch},{device},{network},{site},200,{}", standing + new));
                }
            }
        }
    }
    lines.join("\n")
}

fn explain(folder: &Folder, more: &[&str]) -> Done {
    let table = ["explain", "--table", "now.csv", "--count", "requests", "--failed-count", "failures"];
    folder.run(&[&table, more].concat())
}

fn findings(folder: &Folder, more: &[&str]) -> Value {
    let done = explain(folder, &[more, &["--json"]].concat());
    assert_eq!((done.code, done.err.as_str()), (Some(0), ""), "{more:?}");
    serde_json::from_str(&done.out).expect("JSON")
}

/// Features and values of the first finding.
fn first(document: &Value) -> Vec<(String, String)> {
    let clauses = document["findings"][0]["clauses"].as_array().cloned().unwrap_or_default();
    let mut said: Vec<(String, String)> = clauses
        .iter()
        .map(|clause| (clause["feature"].to_string(), clause["in"].to_string()))
        .map(|(feature, values)| (feature.replace('"', ""), values.replace('"', "")))
        .collect();
    said.sort();
    said
}

fn new_cause() -> Vec<(String, String)> {
    vec![("network".to_owned(), "[n2]".to_owned()), ("site".to_owned(), "[b]".to_owned())]
}

#[test]
fn a_time_of_the_table_is_compared_with_and_not_explained() {
    let folder = Folder::new();
    folder.write("now.csv", counts(0..10));
    let document = findings(&folder, &["--baseline", "10:00..10:08"]);
    assert_eq!(first(&document), new_cause());
    assert_eq!(document["baseline"]["requests"], 8 * 27 * 200);
    assert_eq!(
        (&document["judged"], &document["totals"]["requests"]),
        (&(2 * 27 * 200).into(), &(2 * 27 * 200).into())
    );
    assert_eq!(document["findings"][0]["before"]["requests"], 8 * 3 * 200);
    let text = explain(&folder, &["--baseline", "..10:08"]).out;
    assert!(text.contains("when all was well"), "{text}");
}

#[test]
fn files_are_a_baseline_of_the_same_columns() {
    let folder = Folder::new();
    folder.write("now.csv", counts(8..10));
    folder.write("monday.csv", counts(0..4));
    folder.write("tuesday.csv", counts(4..8));
    let document = findings(&folder, &["--baseline", "monday.csv", "tuesday.csv"]);
    assert_eq!(first(&document), new_cause());
    assert_eq!(document["baseline"]["requests"], 8 * 27 * 200);
}

/// The table shows when it began.
#[test]
fn without_a_baseline_what_began_comes_before_what_is_always_so() {
    let folder = Folder::new();
    folder.write("now.csv", counts(0..10));
    let document = findings(&folder, &[]);
    assert_eq!(first(&document), new_cause());
    assert_eq!(document["findings"][0]["from"], 1_709_546_400 + 8 * 60);
    assert_eq!(document["baseline"], Value::Null);
}

#[test]
fn what_was_so_before_is_called_nothing_new() {
    let folder = Folder::new();
    folder.write("now.csv", counts(0..8));
    let done = explain(&folder, &["--baseline", "10:00..10:04"]);
    assert!(!done.out.contains("Cause found"), "{}", done.out);
    // The story's cause is there from the first packet on.
    let story = capture("captures/story-osa/vrouter-out.pcap.zst");
    let done = folder.run(&["explain", &story, "--baseline", "..06:55", "--brief"]);
    assert!(done.out.starts_with("Nothing new: "), "{}", done.out);
}

#[test]
fn what_is_no_baseline_is_said_with_what_would_be() {
    let folder = Folder::new();
    folder.write("now.csv", counts(0..2));
    let story = capture("captures/story-osa/vrouter-out.pcap.zst");
    for (arguments, said) in [
        (vec!["--baseline", "12:00..13:00"], "no request is from then"),
        (vec!["--baseline", "09:00..13:00"], "all requests are from then"),
        (vec!["--baseline", "10:01..10:00"], "nothing lies between"),
        (vec!["--baseline", "10:00..10:01", "now.csv"], "one stretch of time is the baseline, or files are"),
        (vec!["--baseline", "not-there.csv"], "not-there.csv"),
        (vec!["--baseline", "../not-there.csv"], "../not-there.csv: cannot be opened"),
        (vec!["--baseline", "tea..time"], "tea"),
    ] {
        let done = explain(&folder, &arguments);
        assert_eq!((done.code, done.out.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(done.err.contains(said), "{arguments:?}: {}", done.err);
    }
    let done = folder.run(&["explain", &story, "--baseline", "before.pcap"]);
    assert_eq!(done.code, Some(2));
    assert!(done.err.contains("mergecap"), "{}", done.err);
}

/// A service that answered nobody before either is no news.
#[test]
fn a_service_that_never_answered_is_nothing_new() {
    let dead = capture("cases/one_service_dead.pcap");
    let folder = Folder::new();
    assert!(folder.run(&["explain", &dead, "--brief"]).out.starts_with("Likely cause: "));
    let done = folder.run(&["explain", &dead, "--baseline", "..+10s"]);
    assert!(done.out.starts_with("Nothing new: "), "{}{}", done.out, done.err);
    // Lookups are counted over the whole capture.
    assert!(!done.out.contains("lookups"), "{}", done.out);
}
