//! A firewall that drops the later fragments of answers is found in the manager's capture
//! (`testdata/protocols/snmp/README.md`, fragments): answers to 24 repetitions and more have two.

#[path = "common/recorded.rs"]
mod recorded;

use recorded::diagnosis;
use unanswered_explain::{Condition, Verdict};
use unanswered_table::Outcome;
use unanswered_wire::protocols::snmp;

#[test]
fn long_answers_are_named_by_how_much_is_asked_for() {
    let diagnosis = diagnosis("snmp/fragments", &["manager"]);
    assert_eq!(diagnosis.verdict, Verdict::Findings);
    let [finding] = diagnosis.findings.as_slice() else { panic!("{:#?}", diagnosis.findings) };
    assert_eq!(finding.failed, [Outcome::Unanswered]);
    // It is the length of the reply that fails; how much was asked for selects the same requests.
    let asked_for = finding.rivals.iter().find(|rival| {
        rival.same_requests && matches!(rival.clauses.as_slice(), [one] if one.subject.is(&snmp::REPETITIONS))
    });
    let clause = &asked_for.expect("a twin").clauses[0];
    assert_eq!(finding.clauses[0].subject.name(), "reply.len");
    assert!(matches!(clause.condition, Condition::Range { at_most: None, .. }), "{:?}", clause.condition);
    let bracket = clause.bracket_low.as_ref().expect("many repetitions fail, few work");
    assert!(bracket.failing >= 24.0 && bracket.working.is_some_and(|working| working < 24.0), "{bracket:?}");
    assert_eq!(finding.inside.failed, finding.inside.requests);
    assert_eq!(finding.outside.failed, 0);
}
