//! The first lines: whom it strikes, what it is and where, what to do next; and the last one, the request that decides.

mod common;

use common::{Case, cases, clause, finding, numbers, server, text};
use unanswered_exchange::Caveat;
use unanswered_explain::*;
use unanswered_report::terminal::{Options, render};
use unanswered_report::{Report, words};
use unanswered_table::{OutcomeCounts, Step, Viewpoint};
use unanswered_wire::features::{SOURCE, UDP_SOURCE};
use unanswered_wire::protocols::dns;

fn page(report: &Report<'_>) -> String {
    render(report, Options { columns: 400, ..Options::default() })
}

fn brief(report: &Report<'_>) -> Vec<String> {
    let options = Options { columns: 400, brief: true, ..Options::default() };
    render(report, options).lines().map(str::to_owned).collect()
}

/// A finding on a server with the rivals, and the experiment that tells it from the first of them.
fn with_rivals(rivals: Vec<Clause>) -> Case {
    let mut one = finding(Kind::Telltale, vec![server("10.0.0.5")], [48, 48], [0, 90]);
    let setting =
        |clause: &Clause, value| Setting { subject: clause.subject.clone(), at: Viewpoint::Client, value };
    let values = |clause: &Clause| match &clause.condition {
        Condition::In(values) => values.clone(),
        Condition::NotIn(_) | Condition::Range { .. } | Condition::Modulus { .. } => Vec::new(),
    };
    one.experiment = Some(Experiment {
        question: Question::WhichRival,
        requests: vec![ExperimentRequest {
            with: vec![
                setting(&one.clauses[0], SettingValue::Is(values(&one.clauses[0])[0].clone())),
                setting(&rivals[0], SettingValue::Not(values(&rivals[0]))),
            ],
            fails_if_true: true,
            rivals_agreeing: Vec::new(),
        }],
    });
    one.rivals = rivals
        .into_iter()
        .map(|clause| Rival { clauses: vec![clause], score_difference: 0.0, same_requests: true })
        .collect();
    let mut case = common::story();
    case.diagnosis = Diagnosis { findings: vec![one], next: Vec::new(), ..case.diagnosis };
    case
}

#[test]
fn each_answer_begins_with_its_lines_and_the_short_form_is_only_these() {
    for case in cases() {
        let (report, options) = (case.report(), Options::default());
        let short = render(&report, Options { brief: true, ..options });
        let long = render(&report, options);
        assert!(long.starts_with(&format!("{short}\n")), "{}: {long}", case.name);
        assert!(!short.contains("\n\n") && short.lines().count() >= 1, "{}", case.name);
        let lines = brief(&report);
        assert!(lines.len() <= 3 && lines.iter().all(|line| line.ends_with('.')), "{lines:#?}");
    }
}

#[test]
fn whom_it_strikes_is_said_with_when_and_how_much() {
    let case = common::story();
    let [who, what, next] = brief(&case.report()).try_into().expect("three lines");
    assert_eq!(
        who,
        "Likely cause: 57 of 342 requests failed (16.7 %): NTP requests from 3 clients to 10.9.9.21 and 10.9.9.22, \
         all the time, from 2026-11-23 06:48:51 to 07:03:47 UTC."
    );
    assert!(what.starts_with("What: all 57 ") && what.contains("ntp-a"), "{what}");
    assert!(next.starts_with("Next: send "), "{next}");
}

#[test]
fn failures_that_began_within_the_recording_are_said_so() {
    let mut case = common::story();
    let finding = &mut case.diagnosis.findings[0];
    finding.affected.course = Course::Since;
    let who = brief(&case.report()).remove(0);
    assert!(who.ends_with("since 2026-11-23 06:48:51 UTC (none before)."), "{who}");
}

#[test]
fn twins_are_one_sentence_and_the_request_that_decides_is_the_last_line() {
    let case =
        with_rivals(vec![clause(&SOURCE, text(&["10.0.0.3"])), clause(&UDP_SOURCE, numbers(&[123.0]))]);
    let page = page(&case.report());
    let twins = "server 10.0.0.5, client 10.0.0.3 and source port 123 cannot be told apart here (the same 48 requests)";
    assert!(page.contains(twins), "{page}");
    let last = page.lines().last().expect("a line");
    assert_eq!(
        last,
        "To decide: send requests to 10.0.0.5 whose source address is not 10.0.0.3, several times: if they fail, the \
         cause is server 10.0.0.5; if they are answered, client 10.0.0.3."
    );
    assert_eq!(brief(&case.report())[2], last.replace("To decide", "Next"));
}

#[test]
fn rivals_that_nobody_can_use_are_in_the_long_form_only() {
    let names: Vec<String> = (0..12).map(|n| format!("h{n}.test")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let case = with_rivals(vec![clause(&dns::NAME, text(&names))]);
    let report = case.report();
    let short = page(&report);
    assert!(!short.contains("h0.test") && !short.contains("To decide"), "{short}");
    let long = render(&report, Options { verbose: true, ..Options::default() });
    assert!(long.contains("h0.test") && long.contains("and 9 more"), "{long}");
}

#[test]
fn a_bound_is_drawn_only_where_the_split_is_clean() {
    let bounded = |inside: [u64; 2]| {
        let mut port = clause(&UDP_SOURCE, common::at_most(121.0));
        port.bracket_high = Some(Bracket { failing: 121.0, working: Some(123.0) });
        let mut case = common::story();
        let one = finding(Kind::Telltale, vec![port], inside, [0, 163]);
        case.diagnosis = Diagnosis { findings: vec![one], ..case.diagnosis };
        page(&case.report())
    };
    let clean = bounded([53, 53]);
    assert!(clean.contains("largest failing 121, smallest working 123"), "{clean}");
    assert!(clean.contains("53 of 53 such requests unanswered, 0 of 163 others\n"), "{clean}");
    let mixed = bounded([31, 53]);
    assert!(!mixed.contains("largest failing"), "{mixed}");
    assert!(mixed.contains("31 of 53 such requests unanswered (58.5 %), 0 of 163 others (0 %)"), "{mixed}");
}

#[test]
fn losses_between_several_places_are_said_with_how_many_at_each() {
    let lost = |near: &str| Fate::RequestLost(near.to_owned(), "r-out".to_owned());
    let step = StepFinding {
        step: Some(Step::DeliverRequest),
        shown: vec![Shown {
            fate: lost("c1"),
            requests: 148,
            here: 90,
            elsewhere: vec![(lost("c2"), 50), (lost("c3"), 5)],
        }],
        funnel: Vec::new(),
        followed: 148,
        behind: None,
    };
    let because = words::step_because(&step);
    assert_eq!(
        because,
        "all 148: the request was seen at one place and not at the next, where such requests pass: between c1 and \
         r-out (90), between c2 and r-out (50), between c3 and r-out (5) and elsewhere (3)"
    );
    let mut case = common::random_loss();
    case.diagnosis.step = Some(step);
    let next = brief(&case.report()).remove(2);
    assert!(next.contains("between c1 and r-out and between c2 and r-out; a capture"), "{next}");
}

#[test]
fn few_failures_are_said_with_what_they_share() {
    let mut case = common::nothing_wrong();
    case.diagnosis.failed = 3;
    case.diagnosis.because = vec![
        VerdictReason::FewFailures { failed: 3, judged: 342 },
        VerdictReason::InCommon {
            clauses: vec![server("10.9.9.21")],
            failed: 3,
            requests: 114,
            from: Some(1_795_416_531.0),
            to: Some(1_795_416_543.0),
        },
    ];
    let lines = brief(&case.report());
    assert!(lines[0].starts_with("Nothing wrong: 3 of 342 requests failed (0.9 %): "), "{lines:#?}");
    assert_eq!(
        lines[1],
        "What: not enough to tell from chance: all 3 are among 114 requests to 10.9.9.21, within 12 s."
    );
}

#[test]
fn notes_of_one_kind_are_one_sentence() {
    let copies = (0..12).map(|n| Caveat::RecordedTwice { copy: format!("b{n}"), original: format!("a{n}") });
    let silent = ["x", "y"].map(|place| Caveat::NoReplies { place: place.to_owned(), requests: 57 });
    let orphans = Caveat::OrphanReplies { replies: 2 };
    let all: Vec<Caveat> = copies.chain([orphans]).chain(silent).collect();
    assert_eq!(
        words::caveats(&all),
        [
            "12 recordings hold the same frames as others and are set aside: b0 (as a0), b1 (as a1), b2 (as a2) and 9 \
             more",
            "2 replies answer requests that are not in the captures",
            "x (57) and y (57) show requests and not a single reply: either all of them failed, or they capture one \
             direction only",
        ]
    );
}

#[test]
fn a_report_without_anything_known_of_the_requests_still_has_its_first_line() {
    let mut case = common::story();
    case.diagnosis.findings[0].affected = Affected::default();
    let report = Report::new(&case.diagnosis, OutcomeCounts::default());
    assert_eq!(brief(&report)[0], "Likely cause: 57 of 342 requests failed (16.7 %).");
}
