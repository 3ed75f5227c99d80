//! Machines that do not answer their neighbours, alone and beside another fault.

use std::path::Path;
use unanswered_capture::InputSpec;
use unanswered_evidence::ExchangeSource;
use unanswered_exchange::{PairerConfig, read_captures};
use unanswered_explain::{Condition, Diagnosis, Options, Value, Verdict, explain};
use unanswered_table::Outcome;
use unanswered_wire::features::NEIGHBOUR_TARGET;

fn diagnosis(file: &str) -> Diagnosis {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata").join(file);
    let exchanges = read_captures(&[InputSpec::new(file)], &PairerConfig::default(), &mut |_| {})
        .expect("the captures are in the repository");
    explain(&ExchangeSource::new(&exchanges), &Options::default())
}

/// The first finding is about questions for these addresses; requests inside and failed ones outside.
fn gone(diagnosis: &Diagnosis, addresses: &[&str]) -> [u64; 3] {
    assert_eq!(diagnosis.verdict, Verdict::Findings);
    let finding = diagnosis.findings.first().expect("a finding");
    assert_eq!(finding.failed, [Outcome::Unanswered]);
    let [clause] = finding.clauses.as_slice() else { panic!("{:?}", finding.clauses) };
    assert!(clause.subject.is(&NEIGHBOUR_TARGET), "{:?}", clause.subject);
    let values = addresses.iter().map(|address| Value::Text((*address).to_owned())).collect();
    assert_eq!(clause.condition, Condition::In(values));
    [finding.inside.failed, finding.inside.requests, finding.outside.failed]
}

#[test]
fn two_dead_neighbours_are_named() {
    let found = diagnosis("cases/arp_cl.pcap");
    assert_eq!(gone(&found, &["10.71.1.77", "10.71.1.78"]), [47, 47, 0]);
    assert_eq!(found.findings.len(), 1);
}

#[test]
fn a_server_whose_interface_goes_down_is_named_beside_the_translation_that_leads_to_it() {
    // The truth: silence of 198.51.100.53 from 200 s on; a stale translation from 100 s on.
    let found = diagnosis("nested/n6/merged.pcapng.zst");
    let [failed, requests, outside] = gone(&found, &["198.51.100.53"]);
    assert_eq!((failed, outside), (51, 0));
    assert!(requests < 60, "{requests}");
    assert_eq!(found.findings.len(), 2);
    assert!(!found.findings[1].why_now.is_empty(), "{:?}", found.findings[1]);
}
