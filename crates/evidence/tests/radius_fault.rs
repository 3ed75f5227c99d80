//! A firewall that drops RADIUS requests from client ports below 9000 is found, from the server's capture
//! alone and from all together (`testdata/protocols/radius/README.md`, low-ports).

#[path = "common/recorded.rs"]
mod recorded;

use recorded::diagnosis;
use unanswered_explain::{Condition, Verdict};
use unanswered_table::Outcome;
use unanswered_wire::features::UDP_SOURCE;

#[test]
fn dropped_low_ports_are_named_with_a_bracket_around_the_border() {
    for places in [&["nas1"][..], &["nas2"], &["server"], &["nas1", "nas2", "server"]] {
        let diagnosis = diagnosis("radius/low-ports", places);
        assert_eq!(diagnosis.verdict, Verdict::Findings, "{places:?}");
        let [finding] = diagnosis.findings.as_slice() else {
            panic!("{places:?}: {:#?}", diagnosis.findings)
        };
        assert_eq!(finding.failed, [Outcome::Unanswered], "{places:?}");
        let [clause] = finding.clauses.as_slice() else { panic!("{places:?}: {:?}", finding.clauses) };
        assert!(clause.subject.is(&UDP_SOURCE), "{places:?}: {:?}", clause.subject);
        assert!(
            matches!(clause.condition, Condition::Range { at_least: None, .. }),
            "{:?}",
            clause.condition
        );
        let bracket = clause.bracket_high.as_ref().expect("ports below fail, ports above work");
        assert!(bracket.failing < 9000.0, "{bracket:?}");
        assert!(bracket.working.is_some_and(|working| working >= 9000.0), "{bracket:?}");
        assert_eq!(finding.inside.failed, finding.inside.requests, "{places:?}");
        assert_eq!(finding.outside.failed, 0, "{places:?}");
    }
}
