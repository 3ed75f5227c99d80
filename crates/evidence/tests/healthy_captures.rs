//! Captures in which nothing is wrong (`testdata/healthy`): no cause is claimed, from all places together or from any one of
//! them. What becomes of the requests is a snapshot, to be read beside each recording's `truth.csv` when it changes.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use unanswered_capture::InputSpec;
use unanswered_evidence::ExchangeSource;
use unanswered_exchange::{PairerConfig, read_captures};
use unanswered_explain::{Diagnosis, Options, Verdict, explain};
use unanswered_table::OutcomeCounts;

/// Recordings, at least: fewer would mean that they were not found.
const RECORDINGS_MIN: usize = 20;

/// One packet in a hundred is lost there, and that is what may be said.
const LOSES: &str = "monitoring";

#[test]
fn nothing_is_wrong_on_healthy_networks() {
    let recordings = recordings();
    assert!(recordings.len() >= RECORDINGS_MIN, "{recordings:?}");
    let (mut lines, mut wrong) = (String::new(), Vec::new());
    for name in recordings {
        let places = places(&name);
        let mut together = vec![places.clone()];
        if places.len() > 1 {
            together.extend(places.iter().map(|place| vec![place.clone()]));
        }
        for files in together {
            let (diagnosis, outcomes) = diagnose(&files);
            let of: Vec<String> = files.iter().map(|file| stem(file)).collect();
            let line = format!("{name} ({}): {}", of.join(", "), words(&diagnosis, &outcomes));
            let right = match diagnosis.verdict {
                Verdict::NothingWrong => true,
                Verdict::RandomLoss => name == LOSES,
                Verdict::Findings
                | Verdict::Outage
                | Verdict::Degradation
                | Verdict::Overload
                | Verdict::NotEnoughData => false,
            };
            if !right || !diagnosis.findings.is_empty() {
                wrong.push(line.clone());
            }
            let _ = writeln!(lines, "{line}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    insta::assert_snapshot!(lines);
}

/// `nothing-wrong, 3 of 103 failed; answered 100, error 3`.
fn words(diagnosis: &Diagnosis, outcomes: &OutcomeCounts) -> String {
    let mut text =
        format!("{}, {} of {} failed", diagnosis.verdict.word(), diagnosis.failed, diagnosis.judged);
    let counts = outcomes.present();
    for ((outcome, count), before) in counts.zip(std::iter::once("; ").chain(std::iter::repeat(", "))) {
        let _ = write!(text, "{before}{} {count}", outcome.word());
    }
    text
}

fn diagnose(files: &[PathBuf]) -> (Diagnosis, OutcomeCounts) {
    let inputs: Vec<InputSpec> = files.iter().map(InputSpec::new).collect();
    let exchanges = read_captures(&inputs, &PairerConfig::default(), &mut |_| {})
        .expect("the captures are in the repository");
    let outcomes = exchanges.totals().outcomes;
    (explain(&ExchangeSource::new(&exchanges), &Options::default()), outcomes)
}

fn healthy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/healthy")
}

fn stem(file: &Path) -> String {
    let name = file.file_name().and_then(|name| name.to_str()).expect("a name");
    name.trim_end_matches(".pcap.zst").to_owned()
}

/// The folders with captures, by name.
fn recordings() -> Vec<String> {
    let entries = std::fs::read_dir(healthy()).expect("the recordings are there");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| healthy().join(name).is_dir() && !places(name).is_empty());
    names.sort();
    names
}

fn places(name: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(healthy().join(name)).expect("the recording is there");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|file| file.to_string_lossy().ends_with(".pcap.zst"));
    files.sort();
    files
}
