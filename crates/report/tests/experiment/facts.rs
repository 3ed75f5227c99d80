//! Every fact of an experiment has words of its own, and a code that the published schema lists.

use crate::examples::{explanations, fields, share, spec, story};
use crate::{every::every, intended, published};
use std::collections::BTreeSet;
use unanswered_probe::{
    About, Again, Because, Boundary, Compared, Decided, Difference, FailingSet, Limit, Limited, Pause, Place,
    Ways,
};
use unanswered_registry::Quantity;
use unanswered_report::experiment::{
    Assumption, Intended, Kind, assumption, because, boundary_words, brief, codes, compared_words,
    decided_words, failing_set_words, limit, limited_words, pause_words, place_words, plan,
};
use unanswered_time::Span;

#[test]
fn every_question_says_what_it_is_to_find_out() {
    let kinds = kinds();
    let said: BTreeSet<String> = kinds
        .iter()
        .map(|kind| {
            plan(&Intended { kind: *kind, ..intended() }, 80).lines().next().unwrap_or_default().to_owned()
        })
        .collect();
    assert_eq!(said.len(), kinds.len(), "{said:#?}");
}

fn kinds() -> Vec<Kind> {
    every!(Kind { Threshold () Comparison () Sets () Limits () Wait () Where () Members () Rivals () })
}

fn reasons() -> Vec<Because> {
    every!(Because {
        NotYet ()
        SilentFromTheStart ()
        Outage ()
        BudgetSpent ()
        TurnedAway ()
        NotSeparable ()
        KnownFailingAnswered ()
        KnownWorkingFails ()
        NothingFits ()
        DroppedRequestsPay ()
        NoSetup ()
    })
}

fn limits() -> Vec<Limit> {
    every!(Limit {
        NoControl ()
        OutagesLeftOut { outages: 2, requests: 1 }
        LateReplies (3)
        Untested { from: 123, to: 50_000 }
        FailsPartly (share(0.6, 0.8))
        LossBeside (share(0.6, 0.8))
        SharesBelow (0.049)
        OnlyUpTo (64)
        MoreNeeded (64)
    })
}

fn assumptions() -> Vec<Assumption> {
    every!(Assumption { WayThereOnly () EqualMembers () OwnFullBucket ()
        DroppedOnesFree () ListedRules () FixedConditionsHold () ListedExplanations () })
}

fn boundaries() -> Vec<Boundary> {
    every!(Boundary {
        NothingFails ()
        AllFail ()
        FailsBelow { first_working: 123 }
        FailsFrom { first_failing: 123 }
        FailsWithin { first_failing: 7, last_failing: 9 }
        WorksWithin { first_working: 7, last_working: 9 }
    })
}

fn comparisons() -> Vec<Compared> {
    every!(Compared {
        Different { value: 1, by: Difference { low: 0.2, high: 0.5 } }
        SameWithin { margin: 0.25 }
    })
}

fn failing_sets() -> Vec<FailingSet> {
    every!(FailingSet {
        Nothing ()
        All ()
        Remainder { modulus: 5, remainder: 3 }
        AllButRemainder { modulus: 5, remainder: 3 }
        Bit { bit: 3, set: true }
        Ordered ()
        FixedFate ()
        RandomPerRequest ()
    })
}

fn limiteds() -> Vec<Limited> {
    every!(Limited {
        NotUpTo { burst: 64 }
        Bucket { rate: share(2.7, 3.3), depth: share(9.0, 11.0), all_pay: false }
        Open { limit: share(31.0, 32.0) }
    })
}

fn pauses() -> Vec<Pause> {
    let (short, long) = (Span::from_milliseconds(18_200), Span::from_milliseconds(20_020));
    every!(Pause {
        NoneMatters ()
        AllFail ()
        FailsAfter { passes: short, fails: long }
        FailsBefore { fails: short, passes: long }
    })
}

fn places() -> Vec<Place> {
    every!(Place { Nowhere () Between { after: 1, before: Some(3), lost: share(0.5, 0.9) } })
}

fn decisions() -> Vec<Decided> {
    every!(Decided { Rival (0) NothingFails () NoneOfThese () })
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
    let (port, spec, of) = (fields()[0], spec(), story());
    let explained = explanations();
    differ(reasons().iter().map(|b| (codes::because(*b), because(*b, &of))).collect());
    differ(limits().iter().map(|l| (codes::limit(l), limit(l, &of))).collect());
    differ(assumptions().iter().map(|a| (codes::assumption(*a), assumption(*a).to_owned())).collect());
    differ(boundaries().iter().map(|b| (codes::boundary(*b), boundary_words(*b, port))).collect());
    differ(boundaries().iter().map(|b| (codes::boundary(*b), brief::boundary(*b, port))).collect());
    differ(
        comparisons().iter().map(|c| (codes::compared(*c), compared_words(*c, &spec, &of.fields))).collect(),
    );
    differ(comparisons().iter().map(|c| (codes::compared(*c), brief::compared(*c))).collect());
    differ(failing_sets().iter().map(|s| (codes::failing_set(*s), failing_set_words(*s, port))).collect());
    differ(failing_sets().iter().map(|s| (codes::failing_set(*s), brief::failing_set(*s))).collect());
    differ(limiteds().iter().map(|l| (codes::limited(*l), limited_words(*l))).collect());
    differ(limiteds().iter().map(|l| (codes::limited(*l), brief::limited(*l))).collect());
    for again in agains() {
        differ(pauses().iter().map(|p| (codes::pause(*p), pause_words(*p, again))).collect());
    }
    differ(pauses().iter().map(|p| (codes::pause(*p), brief::pause(*p))).collect());
    differ(places().iter().map(|p| (codes::place(*p), place_words(*p, None))).collect());
    differ(places().iter().map(|p| (codes::place(*p), brief::place(*p))).collect());
    differ(decisions().iter().map(|d| (codes::decided(*d), decided_words(*d, &explained))).collect());
    differ(decisions().iter().map(|d| (codes::decided(*d), brief::decided(*d))).collect());
}

fn agains() -> Vec<Again> {
    every!(Again { NextRequest () ReplyHeldBack () Reused () })
}

#[test]
fn the_published_schema_lists_all_codes_and_no_others() {
    let schema = published();
    let listed = |name: &str| -> Vec<String> {
        let all = schema["$defs"][name]["enum"].as_array().unwrap_or_else(|| panic!("no {name}"));
        all.iter().map(|code| code.as_str().expect("a text").to_owned()).collect()
    };
    let abouts = every!(About { Pace () Open () }).into_iter().map(codes::about);
    let quantities = every!(Quantity { Other () Port () Length () Pause () Load () });
    let about: Vec<_> = abouts.chain(agains().into_iter().map(codes::again)).collect();
    let one_of_ways = Ways { members: 4, dead: 1 };
    assert_eq!(listed("question_code"), kinds().into_iter().map(codes::kind).collect::<Vec<_>>());
    assert_eq!(listed("about_code"), about);
    assert_eq!(listed("because_code"), reasons().into_iter().map(codes::because).collect::<Vec<_>>());
    assert_eq!(listed("limit_code"), limits().iter().map(codes::limit).collect::<Vec<_>>());
    assert_eq!(
        listed("assumption_code"),
        assumptions().into_iter().map(codes::assumption).collect::<Vec<_>>()
    );
    assert_eq!(listed("quantity_code"), quantities.into_iter().map(codes::quantity).collect::<Vec<_>>());
    assert_eq!(listed("boundary_code"), boundaries().into_iter().map(codes::boundary).collect::<Vec<_>>());
    assert_eq!(listed("compared_code"), comparisons().into_iter().map(codes::compared).collect::<Vec<_>>());
    assert_eq!(
        listed("failing_set_code"),
        failing_sets().into_iter().map(codes::failing_set).collect::<Vec<_>>()
    );
    assert_eq!(listed("limited_code"), limiteds().into_iter().map(codes::limited).collect::<Vec<_>>());
    assert_eq!(listed("pause_code"), pauses().into_iter().map(codes::pause).collect::<Vec<_>>());
    assert_eq!(listed("place_code"), places().into_iter().map(codes::place).collect::<Vec<_>>());
    assert_eq!(listed("ways_code"), [codes::ways(one_of_ways)]);
    assert_eq!(listed("decided_code"), decisions().into_iter().map(codes::decided).collect::<Vec<_>>());
}
