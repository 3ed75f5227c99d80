//! Annotated captures as tshark reads them back.

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;
use unanswered_capture::InputSpec;
use unanswered_exchange::{Exchanges, PairerConfig, read_captures};
use unanswered_explain::{Affected, Diagnosis, Kind, Unexplained, Verdict};
use unanswered_registry::Subject;
use unanswered_report::annotate::{AnnotateError, annotate};
use unanswered_table::{Column, Table, Values, Viewpoint};
use unanswered_wire::features::DESTINATION;

fn story() -> (Vec<InputSpec>, Exchanges) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/captures/story-osa");
    let inputs = vec![InputSpec::new(folder.join("vrouter-out.pcap.zst"))];
    let exchanges = read_captures(&inputs, &PairerConfig::default(), &mut |_| {}).expect("a capture");
    (inputs, exchanges)
}

/// The exchanges' servers and outcomes as a table of the same rows.
fn table(exchanges: &Exchanges) -> Table {
    let labels: Vec<String> = exchanges.addresses().iter().map(ToString::to_string).collect();
    let codes = exchanges.iter().map(|e| e.nearest().server().address.0);
    let column = Column {
        subject: Subject::Feature(&DESTINATION),
        at: Viewpoint::Client,
        values: Values::Codes { codes: codes.collect(), labels },
    };
    Table { columns: vec![column], outcomes: exchanges.outcomes().to_vec(), ..Table::default() }
}

fn diagnosis() -> Diagnosis {
    let finding = common::finding(Kind::Telltale, vec![common::server("10.9.9.21")], [57, 114], [0, 228]);
    Diagnosis {
        verdict: Verdict::Findings,
        because: Vec::new(),
        findings: vec![finding],
        step: None,
        judged: 342,
        failed: 57,
        affected: Affected::default(),
        unexplained: Unexplained::default(),
        next: Vec::new(),
        sampled: None,
        baseline: None,
    }
}

struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // A leftover in the temporary folder does no harm.
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn wireshark_shows_a_comment_on_each_request_and_reply() {
    if !common::installed("tshark") {
        return;
    }
    let (inputs, exchanges) = story();
    let file = std::env::temp_dir().join(format!("unanswered-annotate-{}.pcapng", std::process::id()));
    let scratch = Scratch(file);
    let mut bytes = Vec::new();
    let frames = annotate(&inputs, &exchanges, &table(&exchanges), &diagnosis(), &mut bytes).unwrap();
    std::fs::write(&scratch.0, bytes).unwrap();
    let output = Command::new("tshark")
        .arg("-r")
        .arg(&scratch.0)
        .args(["-Y", "frame.comment", "-T", "fields", "-e", "udp.srcport", "-e", "frame.comment"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let shown = String::from_utf8(output.stdout).unwrap();
    let count = |words: &str| shown.lines().filter(|l| l.contains(words)).count();
    let outcomes = |word: &str| exchanges.outcomes().iter().filter(|o| o.word() == word).count();
    let (failed, answered) = (outcomes("unanswered"), outcomes("answered"));
    assert!(failed > 50 && answered > 200, "{failed} of {answered}");
    assert_eq!(shown.lines().count() as u64, frames);
    assert_eq!(count("\tunanswered; explained by finding 1: telltale, requests to 10.9.9.21"), failed);
    assert_eq!(count("\tanswered, after ") + count("\tanswered (passed here), after "), answered);
    assert_eq!(count("\treply to frame "), answered);
    assert!(shown.lines().filter(|l| l.contains("\tunanswered")).all(|l| l.starts_with("11\t")));
}

#[test]
fn standard_input_cannot_be_annotated_and_the_error_says_so() {
    let (_, exchanges) = story();
    let done =
        annotate(&[InputSpec::new("-")], &exchanges, &table(&exchanges), &diagnosis(), std::io::sink());
    assert!(matches!(done, Err(AnnotateError::StandardInput)));
}
