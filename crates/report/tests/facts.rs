//! Every fact that a diagnosis can state: it has words, and a code that the published schemas list.

#[path = "common/every.rs"]
mod every;

use every::every;
use serde_json::Value as Json;
use std::collections::BTreeSet;
use unanswered_exchange::{Caveat, ClockEstimate, PlaceCount, SaidNo, Sign, Speaker};
use unanswered_explain::{
    Advice, Clause, Condition, Fate, HopLoss, Inside, Interface, Outside, Passed, Remark, Repeats, Shown,
    StepFinding, Tries, Value, VerdictReason, WhyNow,
};
use unanswered_registry::{Refusal, Subject};
use unanswered_report::{Clock, words};
use unanswered_table::io::{EpochUnit, LeftOutReason, Origin, TimeWriting};
use unanswered_table::{Reason, Step, Unit, Viewpoint};
use unanswered_time::dates::DateShape;
use unanswered_wire::features::DESTINATION;
use unanswered_wire::{Span, errors};

fn refusal() -> Refusal {
    errors::refusal(false, 3, 3).expect("an error that refuses")
}

fn hop() -> HopLoss {
    let packets = Tries { requests: 200, failed: 20 };
    HopLoss { from: "client".to_owned(), to: "server".to_owned(), replies: false, packets }
}

fn repeats(failed: u64, requests: u64) -> Repeats {
    let others = Tries { requests: 40, failed: 10 };
    Repeats { first: others, same_flow: Tries { requests, failed }, other_flow: others }
}

/// All that have a server.
fn clause() -> Clause {
    Clause {
        subject: Subject::Feature(&DESTINATION),
        at: Viewpoint::Client,
        condition: Condition::In(vec![Value::Text("192.0.2.1".to_owned())]),
        bracket_low: None,
        bracket_high: None,
    }
}

fn reasons() -> Vec<VerdictReason> {
    every!(VerdictReason {
        NothingToJudge ()
        AllAnswered { judged: 7 }
        AllFailed { judged: 7 }
        FewFailures { failed: 2, judged: 700 }
        CauseOrChance { failed: 2, judged: 7 }
        NoFeatureTells { failed: 20, judged: 700 }
        InBursts { counting_as_one: 2.5 }
        Independent ()
        LossByHop { hops: vec![hop()], others: Tries { requests: 700, failed: 1 }, repeats: 9 }
        RepeatsFailAgain { repeats: repeats(12, 12) }
        RepeatsFareAlike { repeats: repeats(3, 12) }
        InCommon {
            clauses: vec![clause()],
            failed: 2,
            requests: 7,
            from: Some(61.0),
            to: Some(73.0)
        }
    })
}

fn advice() -> Vec<Advice> {
    every!(Advice {
        CaptureBothDirections ()
        AddAnswered ()
        CaptureMore { requests: 400 }
        WeakHint { subjects: vec![Subject::Column("size".to_owned())] }
    })
}

fn remarks() -> Vec<Remark> {
    every!(Remark {
        BeyondChance { permuted: Unit::Flow, permutations: 24 }
        OneUnit { unit: Unit::NatMapping }
        FewUnits { failed: 3, unit: Unit::Request }
        KnownMechanism { others: 2, id: "an-id".to_owned(), title: "a title".to_owned() }
        SaysTooOften { refusal: refusal().kind() }
        OthersInBursts ()
        MayBeStanding ()
        AsBefore ()
        FailedUntil { after: 60.0 }
        FailedSince { after: 60.0 }
        FailedAtTimes ()
        NothingToCompare ()
        NothingTells ()
        SeenAtWork { episodes: 7 }
        RateRises { from: 0.01, to: 0.5 }
    })
}

fn why_now() -> Vec<WhyNow> {
    let flow =
        Inside { address: [10, 0, 0, 2].into(), port: 123, server: [192, 0, 2, 1].into(), echo: false };
    let to = Outside { address: [192, 0, 2, 9].into(), port: 11 };
    let tries = Tries { requests: 9, failed: 9 };
    every!(WhyNow {
        Changed {
            flow: flow,
            before: vec![Outside { port: 298, ..to }],
            to: to,
            at: 61.0,
            since: tries,
            failed_first: 9,
            earlier: Tries { requests: 40, failed: 0 }
        }
        Kept {
            flow: flow,
            to: to,
            since: 61.0,
            older: false,
            kept_for: 900.0,
            longest_pause: 16.0,
            renewed: true,
            tries: tries
        }
        ChosenAnew { flows: 3, times: 7, mappings: 10, failing: 4 }
        LeftBehind {
            flow: flow,
            to: [198, 51, 100, 53].into(),
            others_to: [198, 51, 100, 54].into(),
            since: 61.0,
            failed: 9
        }
        Held { port: 123, by: [10, 0, 0, 1].into(), instead_of: [10, 0, 0, 2].into() }
    })
}

fn fates() -> Vec<Fate<String>> {
    let [near, far] = ["near", "far"].map(str::to_owned);
    every!(Fate<String> {
        RequestLost (near.clone(), far.clone())
        Misdirected (far.clone())
        RefusedOnTheWay (refusal())
        RefusedByHost (refusal())
        RefusedByService (refusal())
        FailedInService (refusal())
        Acknowledged (far.clone())
        Closed (far.clone())
        Crossed (far.clone())
        OldConnection (far.clone())
        ReplyLostBehind (far.clone())
        NoReply (far.clone(), Interface::Certain)
        Slow (far.clone())
        CopyLost (near.clone(), far.clone())
        CopyIgnored (far.clone())
        ReplyCopyLost (far.clone(), near.clone())
        GivenUp (near.clone(), Some((near.clone(), far.clone())))
        WrongSource (far.clone())
        ReplyLost (far.clone(), near.clone())
        ReplyBounced (far.clone())
        Unacceptable (Reason::WrongQuestion)
        NothingBeyond (far.clone())
    })
}

fn caveats() -> Vec<Caveat> {
    let second = Span::from_seconds(1);
    every!(Caveat {
        OneDirection { place: "near".to_owned() }
        NoReplies { place: "near".to_owned(), requests: 9 }
        NoRequests { place: "near".to_owned(), replies: 9 }
        ClockDiffers {
            place: "near".to_owned(),
            clock: ClockEstimate { ahead: second, within: second, agreeing: 20 }
        }
        RecordedTwice { copy: "far".to_owned(), original: "near".to_owned() }
        Lost { vantage: "near".to_owned(), packets: 3, unanswered: 2, doubted: 0 }
        OrphanReplies { replies: 9 }
        TooManyOpen { requests: 9 }
        ReplyPassedHere { by_place: vec![PlaceCount { place: "near".to_owned(), requests: 9 }] }
        SentAgainAfterReply { by_place: vec![PlaceCount { place: "near".to_owned(), requests: 9 }] }
    })
}

fn outcome_reasons() -> Vec<Reason> {
    every!(Reason {
        Plain ()
        Refused (refusal())
        Error (refusal())
        Truncated ()
        FallbackFailed ()
        PassedHere ()
        ReplyLost ()
        ReplyIncomplete ()
        Acknowledged ()
        GaveUp ()
        ClosedWithoutReply ()
        CrossedClose ()
        OldConnection ()
        PathProbe ()
        Scan ()
        AddressCheck ()
        Closing ()
        AsksNothing ()
        MayBePush ()
        StillOpen ()
        WhoAsks ()
        ToMany ()
        WrongSource ()
        WrongQuestion ()
        WrongOrigin ()
        PortClosed ()
        IncompleteFragments ()
        ReplyBounced (refusal())
        Repeated ()
        AfterTimeout ()
        EndOfCapture ()
        OneDirection ()
        Streaming ()
        CaptureDropped ()
    })
}

fn said() -> Vec<SaidNo> {
    let address = Some([192, 0, 2, 1].into());
    let of = |speaker| SaidNo { speaker, address, refusal: refusal(), about_reply: false };
    Speaker::ALL.into_iter().map(of).collect()
}

fn assert_sentence(said: &str, code: &str) {
    assert!(!said.trim().is_empty() && said.trim() == said, "{code}: {said:?}");
    assert!(!said.ends_with('.') && !said.contains("  ") && !said.contains('\n'), "{code}: {said:?}");
    assert!(said.chars().next().is_some_and(|c| c.is_lowercase() || c.is_ascii_digit()), "{code}: {said:?}");
}

#[test]
fn every_fact_has_a_sentence() {
    reasons()
        .iter()
        .for_each(|fact| assert_sentence(&words::verdict_reason(fact, Clock::Epoch), fact.code()));
    advice().iter().for_each(|fact| assert_sentence(&words::advice(fact), fact.code()));
    remarks().iter().for_each(|fact| assert_sentence(&words::remark(fact), fact.code()));
    why_now().iter().for_each(|fact| assert_sentence(&words::why_now(fact, Clock::Epoch), fact.code()));
    caveats().iter().for_each(|fact| assert_sentence(&words::caveat(fact), fact.code()));
    for fate in fates() {
        assert_sentence(&words::fate(&fate), fate.code());
        let funnel = vec![Passed { place: "near".to_owned(), requests: 3, replies: 0 }];
        let shown = |here, elsewhere| vec![Shown { fate: fate.clone(), requests: 3, here, elsewhere }];
        let finding = |shown| StepFinding {
            step: fate.step(),
            shown,
            funnel: funnel.clone(),
            followed: 3,
            behind: None,
        };
        let one = words::step_because(&finding(shown(3, Vec::new())));
        assert_eq!(one, format!("all 3: {}", words::fate(&fate)), "{}", fate.code());
        let several = words::step_because(&finding(shown(2, vec![(fate.clone(), 1)])));
        assert!(several.starts_with("all 3: ") && !several.contains("(or "), "{several}");
    }
}

fn left_out() -> Vec<LeftOutReason> {
    every!(LeftOutReason {
        OnlyAnswered ()
        OnlyFailed ()
        OneValue ()
        OwnRange ()
        OutcomeFunction ()
        Answer ()
        Idle ()
        Constant ()
        CopyOf ("site".to_owned())
        Unique ()
        OtherTime ()
        Ignored ()
    })
}

/// Ways in which a table writes times; dates and units one by one.
fn writings() -> Vec<TimeWriting> {
    let kinds = every!(TimeWriting { Number () Epoch (EpochUnit::Seconds) Date (DateShape::YearFirst) Yearless () OfDay () });
    let one = |kind: TimeWriting| match kind {
        TimeWriting::Epoch(_) => EpochUnit::ALL.map(TimeWriting::Epoch).to_vec(),
        TimeWriting::Date(_) => {
            let shapes =
                every!(DateShape { YearFirst () Compact () MonthNamed () MonthFirst () DayFirst () });
            shapes.into_iter().map(TimeWriting::Date).collect()
        }
        TimeWriting::Number | TimeWriting::Yearless | TimeWriting::OfDay => vec![kind],
    };
    kinds.into_iter().flat_map(one).collect()
}

#[test]
fn facts_of_one_sort_are_told_apart_by_their_codes_and_by_their_words() {
    let differ = |all: Vec<(&'static str, String)>| {
        let codes: BTreeSet<_> = all.iter().map(|(code, _)| *code).collect();
        let said: BTreeSet<_> = all.iter().map(|(_, said)| said.as_str()).collect();
        assert_eq!((codes.len(), said.len()), (all.len(), all.len()), "{all:#?}");
        for code in codes {
            assert!(code.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{code:?}");
        }
    };
    differ(reasons().iter().map(|fact| (fact.code(), words::verdict_reason(fact, Clock::Epoch))).collect());
    differ(advice().iter().map(|fact| (fact.code(), words::advice(fact))).collect());
    differ(remarks().iter().map(|fact| (fact.code(), words::remark(fact))).collect());
    differ(why_now().iter().map(|fact| (fact.code(), words::why_now(fact, Clock::Epoch))).collect());
    differ(caveats().iter().map(|fact| (fact.code(), words::caveat(fact))).collect());
    differ(fates().iter().map(|fact| (fact.code(), words::fate(fact))).collect());
    differ(said().iter().map(|said| (said.speaker.code(), words::said_no(said))).collect());
    differ(Sign::ALL.iter().map(|sign| (sign.code(), words::sign(*sign).to_owned())).collect());
    differ(outcome_reasons().iter().map(|reason| (reason.code(), words::reason(*reason))).collect());
    differ(left_out().iter().map(|reason| (reason.code(), words::table::reason(reason))).collect());
    differ(writings().iter().map(|way| (way.code(), way.words().to_owned())).collect());
}

#[test]
fn the_published_schemas_list_all_codes_and_no_others() {
    let findings: Json = serde_json::from_str(include_str!("../../../docs/findings.schema.json")).unwrap();
    let trace: Json = serde_json::from_str(include_str!("../../../docs/trace.schema.json")).unwrap();
    let listed = |schema: &Json, name: &str| -> Vec<String> {
        let all = schema["$defs"][name]["enum"].as_array().unwrap_or_else(|| panic!("no {name}"));
        all.iter().map(|code| code.as_str().expect("a text").to_owned()).collect()
    };
    let fate_codes: Vec<_> = fates().iter().map(Fate::code).collect();
    let note_codes: Vec<_> = caveats().iter().map(Caveat::code).collect();
    assert_eq!(
        listed(&findings, "because_code"),
        reasons().iter().map(VerdictReason::code).collect::<Vec<_>>()
    );
    assert_eq!(listed(&findings, "next_code"), advice().iter().map(Advice::code).collect::<Vec<_>>());
    assert_eq!(listed(&findings, "remark_code"), remarks().iter().map(Remark::code).collect::<Vec<_>>());
    assert_eq!(listed(&findings, "why_now_code"), why_now().iter().map(WhyNow::code).collect::<Vec<_>>());
    assert_eq!(
        listed(&findings, "left_out_code"),
        left_out().iter().map(LeftOutReason::code).collect::<Vec<_>>()
    );
    assert_eq!(
        listed(&findings, "written_code"),
        writings().into_iter().map(TimeWriting::code).collect::<Vec<_>>()
    );
    let origins = every!(Origin { Given () Format () Found () });
    assert_eq!(listed(&findings, "origin_code"), origins.into_iter().map(Origin::code).collect::<Vec<_>>());
    assert_eq!(listed(&trace, "sign_code"), Sign::ALL.map(Sign::code));
    assert_eq!(listed(&trace, "speaker_code"), Speaker::ALL.map(Speaker::code));
    for schema in [&findings, &trace] {
        assert_eq!(listed(schema, "fate_code"), fate_codes);
        assert_eq!(listed(schema, "note_code"), note_codes);
        assert_eq!(
            listed(schema, "reason_code"),
            outcome_reasons().iter().map(Reason::code).collect::<Vec<_>>()
        );
        let steps: Vec<_> = Step::ALL.map(Step::name).to_vec();
        let known = schema["$defs"]["step"]["enum"].as_array().unwrap();
        assert_eq!(known.iter().filter_map(Json::as_str).collect::<Vec<_>>(), steps);
    }
}
