//! What people and programs read of an experiment.

#[path = "common/every.rs"]
mod every;
#[path = "experiment/examples.rs"]
mod examples;
#[path = "experiment/facts.rs"]
mod facts;
#[path = "json/schema.rs"]
mod schema;
#[path = "experiment/sessions.rs"]
mod sessions;
#[path = "../../probe/tests/common/mod.rs"]
mod simulated;

use examples::{
    LENGTH, PORT, TTL, answers, between, bucket, fields, hostile, set, story, with_all_limits, without_answer,
};
use serde_json::Value;
use unanswered_probe::{
    Action, Because, Boundary, Compared, ComparisonSpec, Controls, Decided, Difference, Field, Flow, Manners,
    Outcome, Plan, Progress, Question, Role, SearchSpec, Send, Session, Tally, Threshold, Ways, Weighed,
};
use unanswered_report::experiment::{
    CameTo, Experiment, FieldName, Intended, Kind, Listed, Requests, Supposed, Varied, brief, compared_words,
    decided_words, json, limited_words, place_words, plan, progress, text, ticket, ways_words,
};
use unanswered_report::text::{is_unsafe, width};
use unanswered_time::{Span, Time};

/// 2026-11-29 10:00:00 UTC.
fn when() -> Time {
    Time::from_nanoseconds(1_795_946_400_000_000_000)
}

fn all() -> Vec<Experiment> {
    let mut all = answers();
    all.extend(without_answer());
    all.extend([with_all_limits(), hostile()]);
    all
}

fn pages(of: &[Experiment]) -> String {
    of.iter().map(|of| text(of, 80)).collect::<Vec<_>>().join("--------\n")
}

#[test]
fn what_was_found_is_said_first() {
    insta::assert_snapshot!(pages(&answers()));
}

#[test]
fn what_cannot_be_told_is_said_with_its_reason_and_what_to_do() {
    insta::assert_snapshot!(pages(&without_answer()));
}

#[test]
fn all_limits_are_said_and_hostile_names_do_no_harm() {
    insta::assert_snapshot!(pages(&[with_all_limits(), hostile()]));
}

#[test]
fn a_document_is_written_as_the_schema_says() {
    insta::assert_snapshot!(json(&story()));
}

#[test]
fn a_ticket_has_who_what_when_and_what_it_cannot_show() {
    let none = without_answer();
    let last = none.last().expect("a list that is not empty");
    let tickets = [
        ticket(&story(), when()),
        ticket(last, when()),
        ticket(&with_all_limits(), when()),
        ticket(&hostile(), when()),
    ];
    insta::assert_snapshot!(tickets.join("--------\n"));
}

#[test]
fn pages_keep_their_width_and_tickets_their_lines() {
    for of in all() {
        for columns in [60, 80, 120] {
            for line in text(&of, columns).lines() {
                assert!(width(line) <= columns, "{columns}: {line}");
            }
        }
        let ticket = ticket(&of, when());
        assert!(ticket.lines().count() <= 12, "{ticket}");
        assert!(ticket.lines().all(|line| width(line) <= 80), "{ticket}");
    }
}

#[test]
fn no_control_character_and_no_hidden_one_reaches_a_page() {
    let of = hostile();
    let intended = Intended { server: of.server.clone(), protocol: of.protocol.clone(), ..intended() };
    let words = |_: &u8| "\u{1b}[2J\u{202e}".to_owned();
    let line = progress(
        &Progress { likeliest: vec![Weighed { answer: 0_u8, probability: 1.0 }], bits_left: 0.0 },
        &of.tally,
        200,
        words,
    );
    for page in [text(&of, 80), ticket(&of, when()), plan(&intended, 80), line] {
        let bad: Vec<char> = page.chars().filter(|c| *c != '\n' && is_unsafe(*c)).collect();
        assert!(bad.is_empty(), "{bad:?} in {page}");
    }
}

fn published() -> Value {
    serde_json::from_str(include_str!("../../../docs/probe.schema.json")).expect("JSON")
}

#[test]
fn every_document_satisfies_the_published_schema() {
    let schema = published();
    for of in all() {
        let document: Value = serde_json::from_str(&json(&of)).expect("JSON that reads back");
        assert_eq!(schema::problems(&schema, &document), Vec::<String>::new(), "{document:#}");
        assert_eq!(document["server"], of.server.as_str());
    }
}

#[test]
fn a_document_has_an_answer_or_a_reason_and_never_both() {
    for of in all() {
        let document: Value = serde_json::from_str(&json(&of)).expect("JSON that reads back");
        let has = |key: &str| !document[key].is_null();
        let found = document["verdict"] == "found";
        assert_eq!((has("answer"), has("probability")), (found, found));
        assert_eq!((has("because"), has("because_code")), (!found, !found));
        assert!(found || has("next"), "{document:#}");
    }
}

/// The whole way: asked in a simulated network, and worded.
#[test]
fn the_boundary_of_the_story_is_found_and_said() {
    let known = SearchSpec { known_failing: Some(108), known_working: Some(50_000), ..SearchSpec::default() };
    let controls = Controls::usual(vec![set(PORT, 50_000)]);
    let mut session = Session::new(Threshold::new(PORT, known), Some(controls), Manners::default());
    let mut now = Span::from_seconds(0);
    let mut lines = Vec::new();
    while let Action::Send { not_before, plan, .. } = session.next(now) {
        let answer = |send: &Send| match send.settings[0].value {
            0..123 => Outcome::Silent,
            _ => Outcome::Answered { after: Span::from_milliseconds(3) },
        };
        session.note(not_before, &plan.sends.iter().map(answer).collect::<Vec<_>>());
        now = not_before;
        let port = fields()[0];
        lines.push(progress(&session.question().progress(), &session.tally(), 200, |answer| {
            brief::boundary(*answer, port)
        }));
    }
    let came_to = CameTo::Threshold(session.conclusion(), PORT);
    let of = Experiment { came_to, tally: session.tally(), took: now, ..story() };
    assert!(
        text(&of, 80).starts_with("Source port 122 or lower fails, 123 works: found, 99."),
        "{}",
        text(&of, 80)
    );
    assert!(lines.iter().all(|line| width(line) <= 80), "{lines:#?}");
    assert!(lines.last().is_some_and(|line| line.contains("up to 122 99.")), "{lines:#?}");
}

#[test]
fn a_line_of_progress_has_both_likeliest_answers_where_they_fit() {
    let weighed = |answer, probability| Weighed { answer, probability };
    let at = |first_working| Boundary::FailsBelow { first_working };
    let standing =
        Progress { likeliest: vec![weighed(at(123), 0.63), weighed(at(122), 0.3)], bits_left: 1.24 };
    let tally = Tally { sent: 37, answered: 20, silent: 16, ..Tally::default() };
    let port = fields()[0];
    let line = progress(&standing, &tally, 200, |answer| brief::boundary(*answer, port));
    let expected = "37/200: 20 answered, 16 silent; up to 122 63 %, up to 121 30 %; 1.2 bits left";
    assert_eq!(line, expected);
    let long = |answer: &Boundary| {
        format!("{} of a long list of possible answers to this", brief::boundary(*answer, port))
    };
    let line = progress(&standing, &tally, 200, long);
    assert_eq!(line, "37/200: 20 answered, 16 silent; up to 122 of a long list o… 63 %; 1.2 bits left");
}

fn intended() -> Intended {
    Intended {
        server: "ntp-a".to_owned(),
        address: [192, 0, 2, 21].into(),
        port: Some(123),
        protocol: "NTP".to_owned(),
        kind: Kind::Threshold,
        fields: fields(),
        varied: vec![Varied::Range { field: PORT, low: 1, high: 65_535 }],
        control: Some(vec![set(PORT, 50_000)]),
        manners: Manners::default(),
        fixed: vec!["ip.ttl: needs a raw socket".to_owned()],
        dry_run: None,
    }
}

#[test]
fn a_plan_says_what_will_be_sent_before_it_is() {
    let varied = vec![
        Varied::Nothing,
        Varied::Values { field: LENGTH, values: vec![48, 56] },
        Varied::Values { field: PORT, values: (1..=20).collect() },
        Varied::Requests(vec![vec![set(PORT, 123)], vec![set(TTL, 3)]]),
        Varied::Burst { largest: 64, spacing: Span::from_milliseconds(1) },
        Varied::Pause { shortest: Span::from_seconds(1), longest: Span::from_seconds(300) },
    ];
    let slow = Manners { pause: Span::from_seconds(5), budget: 1, ..Manners::default() };
    let other =
        Intended { kind: Kind::Rivals, varied, control: None, manners: slow, fixed: vec![], ..intended() };
    let send = |at: i64, role, flow, settings| Listed {
        at: Span::from_milliseconds(at),
        send: Send { at: Span::from_seconds(0), role, flow, settings },
    };
    let list = vec![
        send(0, Role::Control, Flow::Any, vec![set(PORT, 50_000)]),
        send(250, Role::Setup, Flow::Any, vec![]),
        send(3_725_500, Role::Trial, Flow::SameAsBefore, vec![set(PORT, 122), set(LENGTH, 1)]),
        send(3_726_000, Role::Trial, Flow::HeldOpen, vec![]),
        send(3_727_000, Role::Trial, Flow::ReplyOfBefore, vec![]),
    ];
    let dry = |supposed| Intended { dry_run: Some(Requests { supposed, list: list.clone() }), ..intended() };
    let pages =
        [intended(), other, dry(Supposed::AllAnswered), dry(Supposed::OnlyControls)].map(|of| plan(&of, 80));
    assert!(pages.iter().flat_map(|page| page.lines()).all(|line| width(line) <= 80));
    insta::assert_snapshot!(pages.join("--------\n"));
}

#[test]
fn what_the_caller_did_not_name_is_said_by_its_number() {
    let nothing: [FieldName; 0] = [];
    let spec = ComparisonSpec::of(vec![vec![set(Field(9), 7)]]);
    let by = Difference { low: 0.2, high: 0.5 };
    let words = compared_words(Compared::Different { value: 3, by }, &spec, &nothing);
    assert_eq!(
        words,
        "requests with value 4 fail more often than those with value 7, by 20 to 50 percentage points"
    );
    assert_eq!(decided_words(Decided::Rival(4), &[]), "explanation 5");
}

/// The requests of a plan have one meaning each, whatever their order in time.
#[test]
fn a_plan_of_one_request_is_shown_as_one_line() {
    let one = Plan::one(Role::Trial, vec![set(PORT, 122)]);
    let list = one.sends.into_iter().map(|send| Listed { at: Span::from_seconds(1), send }).collect();
    let dry_run = Some(Requests { supposed: Supposed::AllAnswered, list });
    let page = plan(&Intended { dry_run, ..intended() }, 80);
    assert_eq!(page.lines().last(), Some("  - 00:00:01.000 trial: source port 122"));
    assert_eq!(ways_words(Ways { members: 1, dead: 1 }), "1 way lies behind the hop, and it is dead");
}

/// Of many values those on both sides of the boundary are shown.
#[test]
fn a_long_table_keeps_the_rows_beside_the_boundary_and_says_how_many_it_leaves_out() {
    let mut of = story();
    let CameTo::Threshold(came, _) = &mut of.came_to else { panic!("a threshold") };
    let at = |value: u64| examples::tried(vec![set(PORT, value)], u32::from(value < 123), 1);
    came.evidence.tried = (1..=40).map(|step| at(step * 3)).chain((122..=160).map(at)).collect();
    let page = text(&of, 80);
    let rows: Vec<Vec<&str>> = page.lines().map(|line| line.split_whitespace().collect()).collect();
    assert!(rows.contains(&vec!["122", "1", "1"]) && rows.contains(&vec!["123", "1", "0"]), "{page}");
    assert!(page.contains("\n65 more rows: see --json.\n"), "{page}");
}

/// Places that are told as one have hops between them that answer.
#[test]
fn a_range_of_hops_is_not_said_to_be_silent_behind_its_beginning() {
    let words = |after| place_words(between(after, None), Some(&examples::path(false)));
    assert_eq!(
        words(3),
        "90 % to 100 % of the requests are lost behind hop 3 (192.0.2.3), and nothing behind it answers"
    );
    assert_eq!(words(1), "90 % to 100 % of the requests are lost behind hop 1 (192.0.2.1)");
}

/// A double may say 1; no experiment does.
#[test]
fn nothing_is_said_to_be_certain() {
    let mut of = story();
    let CameTo::Threshold(came, _) = &mut of.came_to else { panic!("a threshold") };
    let sure = Weighed { answer: Boundary::FailsBelow { first_working: 123 }, probability: 1.0 };
    came.verdict = unanswered_probe::Verdict::Found(sure);
    let page = text(&of, 80);
    assert!(
        page.starts_with("Source port 122 or lower fails, 123 works: found, over 99.9 % sure.\n"),
        "{page}"
    );
    let standing = Progress { likeliest: vec![sure], bits_left: 0.0 };
    let line = progress(&standing, &of.tally, 200, |answer| brief::boundary(*answer, fields()[0]));
    assert_eq!(line, "41/200: 22 answered, 19 silent; up to 122 99.9 %; 0.0 bits left");
}

/// Asking keeps such a bucket shut, so that its numbers are no more than a guess.
#[test]
fn the_numbers_of_a_bucket_that_dropped_requests_empty_are_not_told() {
    let none = without_answer();
    let of = none.iter().find(|of| matches!(of.came_to, CameTo::Limits(..))).expect("one about limits");
    let document: Value = serde_json::from_str(&json(of)).expect("JSON that reads back");
    let answers = document["remaining"].as_array().expect("a list");
    assert_eq!(
        answers.iter().map(|one| one["answer"].get("rate").is_some()).collect::<Vec<_>>(),
        [false, true]
    );
    assert!(!limited_words(bucket(true)).contains(|c: char| c.is_ascii_digit()));
    assert!(!brief::limited(bucket(true)).contains(|c: char| c.is_ascii_digit()));
}

/// Where nothing was answered, what is still possible is what was thought beforehand.
#[test]
fn no_probabilities_are_shown_of_what_nothing_was_learnt_about() {
    for of in without_answer() {
        let silent = match of.came_to.verdict() {
            unanswered_probe::Verdict::CannotTell(because) => {
                matches!(because, Because::SilentFromTheStart | Because::NoSetup)
            }
            unanswered_probe::Verdict::Found(_) => panic!("nothing was found"),
        };
        let page = text(&of, 80);
        assert!(!silent || !page.contains("probability"), "{page}");
    }
}

/// The pause of the manners lies between bursts, not between the requests of one.
#[test]
fn the_pace_of_a_plan_is_not_said_of_the_requests_in_a_burst() {
    let at_most = |kind, pause: i64| {
        let manners = Manners { pause: Span::from_milliseconds(pause), ..Manners::default() };
        let page = plan(&Intended { kind, manners, ..intended() }, 80);
        page.lines().find(|line| line.starts_with("At most")).unwrap_or_default().to_owned()
    };
    assert_eq!(at_most(Kind::Threshold, 250), "At most: 200 requests, 4 a second.");
    assert_eq!(at_most(Kind::Limits, 250), "At most: 200 requests, 250 ms between bursts.");
    assert_eq!(at_most(Kind::Wait, 250), "At most: 200 requests, 250 ms between pairs.");
    assert_eq!(at_most(Kind::Threshold, 0), "At most: 200 requests, without a pause between.");
}
