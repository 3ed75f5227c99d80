//! What surrounds a question: controls, outages, budgets, manners, and the reasons why something cannot be told.

mod common;

use common::servers::{answers_everything, by_port, silence};
use common::*;
use unanswered_probe::*;
use unanswered_time::Span;

fn ports() -> Threshold {
    Threshold::over_ports(PORT)
}

fn below_123() -> impl Server {
    by_port(|port| port < 123, 1.0)
}

const FOUND: Boundary = Boundary::FailsBelow { first_working: 123 };

#[test]
fn silence_from_the_start_is_no_finding() {
    let (conclusion, tally) = ask(usual(ports()), &mut silence(), losing(0.0, 1));
    assert_eq!(conclusion.verdict, Verdict::CannotTell(Because::SilentFromTheStart));
    assert_eq!(tally.sent, 5, "five controls, and not one request of the question");
    let without = Session::new(ports(), None, Manners::default());
    let (conclusion, _) = ask(without, &mut silence(), losing(0.0, 1));
    assert_eq!(conclusion.verdict, Verdict::CannotTell(Because::SilentFromTheStart));
    assert!(conclusion.limits.contains(&Limit::NoControl));
}

/// Asks a silent server, one that answers everything, and one with a budget that cannot suffice.
fn all_three<Q: Question>(make: impl Fn() -> Q) -> [Verdict<Q::Answer>; 3] {
    [
        ask(usual(make()), &mut silence(), losing(0.0, 1)).0.verdict,
        ask(usual(make()), &mut answers_everything(), losing(0.05, 1)).0.verdict,
        ask(with_budget(make(), 5), &mut below_123(), losing(0.0, 1)).0.verdict,
    ]
}

/// Silent, and too small a budget, are reasons for every question.
fn reasons<A: std::fmt::Debug + PartialEq>(verdicts: &[Verdict<A>; 3]) {
    assert_eq!(verdicts[0], Verdict::CannotTell(Because::SilentFromTheStart));
    assert_eq!(verdicts[2], Verdict::CannotTell(Because::BudgetSpent));
}

#[test]
fn every_question_says_what_silence_plenty_and_a_small_budget_mean() {
    let verdicts = all_three(ports);
    reasons(&verdicts);
    assert_eq!(verdicts[1].found(), Some(&Boundary::NothingFails));

    let verdicts =
        all_three(|| Sets::new(SetsSpec { field: PORT, low: 1, high: 65_535, values: Vec::new() }, 1));
    reasons(&verdicts);
    assert_eq!(verdicts[1].found(), Some(&FailingSet::Nothing));

    let of = |value| vec![Setting { field: PORT, value }];
    let verdicts = all_three(|| Comparison::new(ComparisonSpec::of(vec![of(1), of(2)]), 1));
    reasons(&verdicts);
    assert_eq!(verdicts[1].found(), Some(&Compared::SameWithin { margin: 0.25 }));

    let spec = LimitsSpec { about: About::Pace, largest_burst: 32, spacing: Span::from_milliseconds(1) };
    let verdicts = all_three(|| Limits::new(spec));
    reasons(&verdicts);
    assert_eq!(verdicts[1].found(), Some(&Limited::NotUpTo { burst: 32 }));

    let spec = WaitSpec {
        again: Again::NextRequest,
        shortest: Span::from_seconds(1),
        longest: Span::from_seconds(300),
    };
    let verdicts = all_three(|| Wait::new(spec));
    reasons(&verdicts);
    assert_eq!(verdicts[1].found(), Some(&Pause::NoneMatters));

    let spec = WhereSpec { ttl: servers::TTL, settings: Vec::new(), most_hops: 30 };
    let verdicts = all_three(|| Where::new(spec.clone()));
    reasons(&verdicts);
    assert_eq!(verdicts[1].found(), Some(&Place::Nowhere));

    let spec = MembersSpec { ttl: servers::TTL, at: 3, flow: PORT, low: 33_000, high: 60_000 };
    let verdicts = all_three(|| Members::new(spec.clone(), 1));
    assert_eq!(verdicts[0], Verdict::CannotTell(Because::SilentFromTheStart));
    assert_eq!(verdicts[1].found(), Some(&Ways { members: 1, dead: 0 }));

    let (rivals, settable) = cases::rivals();
    let verdicts = all_three(|| Rivals::new(rivals.clone(), &settable));
    reasons(&verdicts);
    assert_eq!(verdicts[1].found(), Some(&Decided::NothingFails));
}

#[test]
fn an_outage_is_seen_by_its_controls_and_what_fell_into_it_does_not_count() {
    for seed in 0..100 {
        // Ten seconds of silence that begin somewhere in the first four seconds.
        let from = i64::try_from(seed).unwrap() * 40 + 300;
        let outage = Some((Span::from_milliseconds(from), Span::from_milliseconds(from + 10_000)));
        let network = Network { loss: 0.0, outage, seed };
        let (conclusion, tally) = ask(usual(ports()), &mut below_123(), network);
        assert_eq!(conclusion.verdict.found(), Some(&FOUND), "seed {seed}: {tally:?}");
        assert_eq!(tally.outages, 1, "seed {seed}: {tally:?}");
        let left_out = Limit::OutagesLeftOut { outages: 1, requests: tally.not_counted };
        assert!(conclusion.limits.contains(&left_out), "seed {seed}: {:?}", conclusion.limits);
    }
}

#[test]
fn an_outage_without_an_end_stops_the_question() {
    let outage = Some((Span::from_seconds(3), Span::from_seconds(1_000_000)));
    let (conclusion, tally) = ask(usual(ports()), &mut below_123(), Network { loss: 0.0, outage, seed: 1 });
    assert_eq!(conclusion.verdict, Verdict::CannotTell(Because::Outage));
    assert!(tally.sent < 40, "{tally:?}");
}

#[test]
fn a_kiss_of_death_slows_the_session_and_the_third_ends_it() {
    let mut requests = 0;
    let mut server = |send: &Send, _: Span, _: &mut Random| {
        requests += 1;
        if requests % 4 == 0 {
            return Outcome::Refused(Refusal::TooFast);
        }
        answered(value(send, PORT).is_none_or(|port| port >= 123))
    };
    let (conclusion, tally) = ask(usual(ports()), &mut server, losing(0.0, 1));
    assert_eq!(conclusion.verdict, Verdict::CannotTell(Because::TurnedAway));
    assert_eq!(tally.refused, 3);
    assert_eq!(tally.sent, 12);
}

#[test]
fn ports_that_are_refused_are_a_finding_and_not_a_reason_to_stop() {
    for seed in 0..100 {
        let mut server = |send: &Send, _: Span, _: &mut Random| match value(send, PORT) {
            Some(port) if port < 30_000 => Outcome::Refused(Refusal::Prohibited),
            Some(_) | None => ANSWERED,
        };
        let (conclusion, _) = ask(usual(ports()), &mut server, losing(0.0, seed));
        assert_eq!(
            conclusion.verdict.found(),
            Some(&Boundary::FailsBelow { first_working: 30_000 }),
            "seed {seed}"
        );
    }
}

#[test]
fn late_replies_are_answers_and_are_counted_as_late() {
    let late = Outcome::Late { after: Span::from_seconds(3) };
    let mut server = |send: &Send, _: Span, _: &mut Random| match value(send, PORT) {
        Some(port) if port < 123 => Outcome::Silent,
        Some(port) if port % 3 == 0 => late,
        Some(_) | None => ANSWERED,
    };
    let (conclusion, tally) = ask(usual(ports()), &mut server, losing(0.0, 1));
    assert_eq!(conclusion.verdict.found(), Some(&FOUND));
    assert!(tally.late > 0);
    assert!(conclusion.limits.contains(&Limit::LateReplies(tally.late)));
}

#[test]
fn a_value_that_was_said_to_fail_and_is_answered_is_told_so() {
    let spec = SearchSpec { known_failing: Some(122), known_working: Some(50_000), ..SearchSpec::default() };
    let mut remedied = answers_everything();
    let (conclusion, tally) = ask(usual(Threshold::new(PORT, spec)), &mut remedied, losing(0.0, 1));
    assert_eq!(conclusion.verdict, Verdict::CannotTell(Because::KnownFailingAnswered));
    assert!(tally.sent < 50, "{tally:?}");
}

#[test]
fn a_window_that_no_request_met_is_a_limit_of_nothing_fails() {
    let mut server = by_port(|port| (20_100..20_200).contains(&port), 1.0);
    let (conclusion, _) = ask(usual(ports()), &mut server, losing(0.0, 1));
    assert_eq!(conclusion.verdict.found(), Some(&Boundary::NothingFails));
    let covers = |limit: &Limit| matches!(limit, Limit::Untested { from, to } if to - from > 1_000);
    assert!(conclusion.limits.iter().any(covers), "{:?}", conclusion.limits);
}

#[test]
fn no_failing_set_says_how_rare_a_failing_value_may_still_be() {
    let spec = SetsSpec { field: PORT, low: 1024, high: 65_535, values: Vec::new() };
    let (conclusion, _) = ask(usual(Sets::new(spec, 3)), &mut answers_everything(), losing(0.0, 3));
    assert_eq!(conclusion.verdict.found(), Some(&FailingSet::Nothing));
    // 0.95 = 1 - (1 - s)^n: with 20 to 60 values, s is 14 to 5 %.
    let rare = |limit: &Limit| matches!(limit, Limit::SharesBelow(share) if (0.04..0.15).contains(share));
    assert!(conclusion.limits.iter().any(rare), "{:?}", conclusion.limits);
}

#[test]
fn a_fixed_fate_is_shown_by_repeats_and_its_share_has_an_interval() {
    let spec = SetsSpec { field: PORT, low: 1024, high: 65_535, values: Vec::new() };
    let mut server = by_port(|port| servers::hash(port, 3).is_multiple_of(4), 1.0);
    let (conclusion, _) = ask(usual(Sets::new(spec, 3)), &mut server, losing(0.0, 3));
    assert_eq!(conclusion.verdict.found(), Some(&FailingSet::FixedFate));
    let evidence = conclusion.evidence;
    assert!(evidence.repeated >= 5 && evidence.repeated == evidence.same_each_time, "{evidence:?}");
    assert!(evidence.share.low <= 0.25 && 0.25 <= evidence.share.high, "{:?}", evidence.share);
    assert!(evidence.one_of.contains(&4), "{:?}", evidence.one_of);
    assert!(evidence.failing.iter().all(|port| servers::hash(*port, 3).is_multiple_of(4)));
}

#[test]
fn rivals_that_predict_the_same_stay_together() {
    let clause = |low| Clause { field: PORT, condition: Condition::Range { low, high: 122 }, holds: true };
    let rivals = [0, 1].map(|low| Rival { clauses: vec![clause(low)], prior: 1.0, fails: 1.0 });
    let settable = [Settable { field: PORT, low: 1, high: 65_535, usual: 50_000 }];
    let question = Rivals::new(rivals.to_vec(), &settable);
    let (conclusion, _) = ask(usual(question), &mut below_123(), losing(0.0, 1));
    assert_eq!(conclusion.verdict, Verdict::CannotTell(Because::NotSeparable));
    let left: Vec<Decided> = conclusion.remaining.iter().map(|weighed| weighed.answer).collect();
    assert!(left.contains(&Decided::Rival(0)) && left.contains(&Decided::Rival(1)), "{left:?}");
}

#[test]
fn silent_hops_that_pass_requests_on_are_told_apart_from_the_one_that_drops() {
    // Hop 2 never answers, hop 5 drops.
    let silent = [false, true, false, false, false, false, false].to_vec();
    let mut server = servers::Path { silent, lossy: 5, drop: 1.0 };
    let question = Where::new(WhereSpec { ttl: servers::TTL, settings: Vec::new(), most_hops: 30 });
    let (conclusion, _) = ask(usual(question), &mut server, losing(0.0, 1));
    assert!(
        matches!(conclusion.verdict.found(), Some(Place::Between { after: 4, before: None, .. })),
        "{conclusion:?}"
    );
    assert_eq!(conclusion.evidence.silent_but_passing, [2]);
    assert_eq!(conclusion.evidence.last_answering, Some(4));
    assert_eq!(conclusion.evidence.reached_with, None);
}

#[test]
fn the_same_seed_asks_the_same_and_outcomes_that_are_missing_break_nothing() {
    let asked = || {
        let spec = SetsSpec { field: PORT, low: 1, high: 65_535, values: Vec::new() };
        let mut session = usual(Sets::new(spec, 9));
        let mut plans = Vec::new();
        let mut now = Span::from_seconds(0);
        while let Action::Send { not_before, plan, .. } = session.next(now) {
            now = not_before;
            // Every third plan comes back without outcomes, one with too many.
            let outcomes: &[Outcome] = match plans.len() % 3 {
                0 => &[],
                1 => &[ANSWERED, Outcome::Silent, ANSWERED],
                _ => &[ANSWERED],
            };
            session.note(not_before, outcomes);
            plans.push(plan);
        }
        plans
    };
    let first = asked();
    assert!(first.len() > 20);
    assert_eq!(first, asked());
}

#[test]
fn requests_keep_the_pace_and_the_budget() {
    let mut session = with_budget(ports(), 10);
    let (mut now, mut sent) = (Span::from_seconds(0), 0);
    while let Action::Send { not_before, plan, .. } = session.next(now) {
        assert!(sent == 0 || not_before.nanoseconds() - now.nanoseconds() >= 250_000_000);
        now = not_before;
        sent += plan.requests();
        session.note(now, &[ANSWERED]);
    }
    assert_eq!(sent, 10);
}

/// Any outcome at all, most of them senseless where they come.
fn anything(random: &mut Random) -> Outcome {
    let from = std::net::IpAddr::from([192, 0, 2, u8::try_from(random.below(4)).expect("below 4")]);
    let after =
        Span::from_nanoseconds(i64::MAX.wrapping_mul(i64::try_from(random.below(3)).expect("below 3")));
    match random.below(9) {
        0 => Outcome::Answered { after },
        1 => Outcome::Late { after },
        2 => Outcome::Silent,
        3 => Outcome::Refused(Refusal::Prohibited),
        4 => Outcome::Refused(Refusal::Closed),
        5 => Outcome::Elsewhere { from },
        6 => Outcome::TimeExceeded { from },
        7 => Outcome::Unreachable { from },
        _ => Outcome::NotSent,
    }
}

/// Hands random outcomes to a question until it ends.
fn ends<Q: Question>(make: impl Fn() -> Q) {
    for seed in 0..8 {
        let mut random = Random::new(seed);
        let manners = Manners { refused: 1000, budget: 120, ..Manners::default() };
        let mut session = Session::new(make(), Some(Controls::usual(Vec::new())), manners);
        let mut now = Span::from_seconds(0);
        while let Action::Send { not_before, plan, .. } = session.next(now) {
            now = not_before;
            let outcomes: Vec<Outcome> = plan.sends.iter().map(|_| anything(&mut random)).collect();
            session.note(now, &outcomes);
        }
        let conclusion = session.conclusion();
        let sum: f64 = conclusion.remaining.iter().map(|weighed| weighed.probability).sum();
        assert!(session.tally().sent <= 120 && sum < 1.0 + 1e-6, "seed {seed}: {sum}");
        assert!(session.question().progress().bits_left >= -1e-9, "seed {seed}");
    }
}

#[test]
fn whatever_comes_back_every_question_ends_within_its_budget() {
    let widest = SearchSpec { low: 0, high: u64::MAX, ..SearchSpec::default() };
    ends(|| Threshold::new(PORT, widest));
    ends(|| Threshold::new(PORT, SearchSpec { low: 7, high: 3, known_failing: Some(9), ..widest }));
    ends(|| Threshold::new(PORT, SearchSpec { known_failing: Some(5), known_working: Some(6), ..widest }));
    ends(|| Sets::new(SetsSpec { field: PORT, low: 0, high: u64::MAX, values: Vec::new() }, 1));
    ends(|| Sets::new(SetsSpec { field: PORT, low: 9, high: 0, values: vec![4, 4, 5] }, 1));
    ends(|| Comparison::new(ComparisonSpec::of(vec![Vec::new(); 3]), 1));
    ends(|| Comparison::new(ComparisonSpec::of(Vec::new()), 1));
    for about in [About::Pace, About::Open] {
        let spacing = Span::from_nanoseconds(i64::MIN);
        ends(|| Limits::new(LimitsSpec { about, largest_burst: 12, spacing }));
    }
    for again in [Again::NextRequest, Again::ReplyHeldBack, Again::Reused] {
        let longest = Span::from_nanoseconds(i64::MAX);
        ends(|| Wait::new(WaitSpec { again, shortest: Span::from_nanoseconds(-1), longest }));
    }
    ends(|| Where::new(WhereSpec { ttl: servers::TTL, settings: Vec::new(), most_hops: 0 }));
    ends(|| Where::new(WhereSpec { ttl: servers::TTL, settings: Vec::new(), most_hops: 255 }));
    ends(|| Members::new(MembersSpec { ttl: servers::TTL, at: 0, flow: PORT, low: 5, high: 0 }, 1));
    let (rivals, settable) = cases::rivals();
    ends(|| Rivals::new(rivals.clone(), &settable));
    ends(|| Rivals::new(Vec::new(), &settable));
    let odd = Rival { clauses: Vec::new(), prior: -1.0, fails: f64::NAN };
    ends(|| Rivals::new(vec![odd.clone(), odd.clone()], &[]));
}
