//! Experiments that were never run: one for each answer, and one for each reason why there is none.

use std::collections::BTreeMap;
use std::net::IpAddr;
use unanswered_forecast::statistics::ShareInterval;
use unanswered_probe::{
    About, Again, Because, Boundary, Burst, Compared, ComparisonEvidence, ComparisonSpec, Conclusion,
    Decided, Difference, FailingSet, Field, Hop, Limit, Limited, LimitsEvidence, Manners, MembersEvidence,
    Pause, PauseTried, Place, RivalsEvidence, SetsEvidence, Setting, Tally, ThresholdEvidence, Tried,
    Verdict, WaitEvidence, Ways, Weighed, WhereEvidence,
};
use unanswered_registry::Quantity;
use unanswered_report::experiment::{CameTo, Experiment, FieldName, Varied};
use unanswered_time::Span;

pub(crate) const PORT: Field = Field(0);
pub(crate) const LENGTH: Field = Field(2);
pub(crate) const TTL: Field = Field(1);

pub(crate) fn fields() -> Vec<FieldName> {
    vec![
        FieldName { code: "udp.srcport", words: "source port", quantity: Quantity::Port },
        FieldName { code: "ip.ttl", words: "time to live", quantity: Quantity::Other },
        FieldName { code: "udp.length", words: "UDP length", quantity: Quantity::Length },
    ]
}

pub(crate) fn set(field: Field, value: u64) -> Setting {
    Setting { field, value }
}

pub(crate) fn share(low: f64, high: f64) -> ShareInterval {
    ShareInterval { low, high }
}

pub(crate) fn tried(settings: Vec<Setting>, failed: u32, asked: u32) -> Tried {
    Tried { settings, asked, failed }
}

pub(crate) fn found<A: Clone, E>(answer: A, evidence: E, limits: Vec<Limit>) -> Conclusion<A, E> {
    let weighed = Weighed { answer, probability: 0.9964 };
    Conclusion { verdict: Verdict::Found(weighed.clone()), remaining: vec![weighed], evidence, limits }
}

pub(crate) fn open<A, E>(because: Because, remaining: Vec<(A, f64)>, evidence: E) -> Conclusion<A, E> {
    let weighed = |(answer, probability)| Weighed { answer, probability };
    Conclusion {
        verdict: Verdict::CannotTell(because),
        remaining: remaining.into_iter().map(weighed).collect(),
        evidence,
        limits: Vec::new(),
    }
}

/// What surrounds a conclusion.
pub(crate) fn experiment(came_to: CameTo) -> Experiment {
    Experiment {
        server: "ntp-a".to_owned(),
        address: IpAddr::from([192, 0, 2, 21]),
        port: Some(123),
        protocol: "NTP".to_owned(),
        fields: fields(),
        control: vec![set(PORT, 50_000)],
        varied: Vec::new(),
        with: Vec::new(),
        came_to,
        tally: Tally {
            sent: 41,
            controls: 4,
            controls_failed: 0,
            answered: 22,
            late: 1,
            silent: 19,
            ..Tally::default()
        },
        manners: Manners::default(),
        took: Span::from_milliseconds(12_300),
        fixed: Vec::new(),
        written: None,
    }
}

pub(crate) fn threshold_evidence() -> ThresholdEvidence {
    let at = |value, failed, asked| tried(vec![set(PORT, value)], failed, asked);
    ThresholdEvidence {
        tried: vec![
            at(60, 1, 1),
            at(108, 1, 1),
            at(121, 2, 2),
            at(122, 5, 5),
            at(123, 0, 4),
            at(50_000, 0, 1),
        ],
        drop: share(0.79, 1.0),
        background: share(0.0, 0.08),
        requests: 14,
        at_least: 9.83,
    }
}

pub(crate) fn boundary(answer: Boundary) -> Experiment {
    experiment(CameTo::Threshold(found(answer, threshold_evidence(), vec![]), PORT))
}

/// The story, with a limit and a file.
pub(crate) fn story() -> Experiment {
    let answer = Boundary::FailsBelow { first_working: 123 };
    let limits = vec![Limit::Untested { from: 123, to: 50_000 }, Limit::LateReplies(1)];
    let came_to = CameTo::Threshold(found(answer, threshold_evidence(), limits), PORT);
    let varied = vec![Varied::Range { field: PORT, low: 1, high: 65_535 }];
    Experiment { varied, written: Some("asked.pcapng".to_owned()), ..experiment(came_to) }
}

pub(crate) fn spec() -> ComparisonSpec {
    ComparisonSpec::of(vec![vec![set(PORT, 123)], vec![set(PORT, 11), set(LENGTH, 56)], vec![]])
}

pub(crate) fn comparison_evidence() -> ComparisonEvidence {
    let spec = spec();
    let counts = [(1, 30), (28, 30), (2, 30)];
    ComparisonEvidence {
        tried: spec.values.into_iter().zip(counts).map(|(with, (f, a))| tried(with, f, a)).collect(),
        rates: vec![share(0.006, 0.167), share(0.787, 0.982), share(0.018, 0.213)],
        differences: vec![Difference { low: 0.55, high: 0.98 }, Difference { low: -0.2, high: 0.3 }],
        blocks: 30,
    }
}

pub(crate) fn compared(answer: Compared) -> Experiment {
    let mut conclusion = found(answer, comparison_evidence(), vec![]);
    conclusion.verdict = Verdict::Found(Weighed { answer, probability: 0.99 });
    experiment(CameTo::Comparison(conclusion, spec()))
}

pub(crate) fn sets_evidence() -> SetsEvidence {
    let at = |value, failed, asked| tried(vec![set(PORT, value)], failed, asked);
    SetsEvidence {
        tried: vec![at(1_025, 3, 3), at(20_002, 0, 2), at(40_001, 2, 2), at(50_004, 0, 1)],
        share: share(0.17, 0.36),
        one_of: vec![3, 4, 5],
        rate: share(0.3, 0.86),
        repeated: 3,
        same_each_time: 3,
        failing: vec![1_025, 40_001],
    }
}

pub(crate) fn failing(answer: FailingSet) -> Experiment {
    experiment(CameTo::Sets(found(answer, sets_evidence(), vec![]), PORT))
}

pub(crate) fn limits_evidence() -> LimitsEvidence {
    let burst = |after, sent, answered| Burst { after, sent, answered };
    LimitsEvidence { bursts: vec![burst(0.0, 8, 8), burst(1.0, 16, 10), burst(2.4, 12, 7)] }
}

pub(crate) fn limited(answer: Limited) -> Experiment {
    let (about, limits) = match answer {
        Limited::Open { .. } => (About::Open, vec![]),
        Limited::NotUpTo { burst } => (About::Pace, vec![Limit::OnlyUpTo(u64::from(burst))]),
        Limited::Bucket { .. } => (About::Pace, vec![]),
    };
    experiment(CameTo::Limits(found(answer, limits_evidence(), limits), about))
}

pub(crate) fn bucket(all_pay: bool) -> Limited {
    Limited::Bucket { rate: share(2.7, 3.3), depth: share(9.0, 11.0), all_pay }
}

pub(crate) fn wait_evidence() -> WaitEvidence {
    let at = |ms, failed, asked| PauseTried { pause: Span::from_milliseconds(ms), asked, failed };
    WaitEvidence {
        tried: vec![at(1_000, 0, 1), at(18_200, 0, 3), at(20_020, 3, 3), at(60_000, 1, 1)],
        drop: share(0.6, 1.0),
        not_opened: 1,
    }
}

pub(crate) fn waited(answer: Pause, again: Again) -> Experiment {
    experiment(CameTo::Wait(found(answer, wait_evidence(), vec![]), again))
}

pub(crate) fn fails_after() -> Pause {
    Pause::FailsAfter { passes: Span::from_milliseconds(18_200), fails: Span::from_milliseconds(20_020) }
}

pub(crate) fn fails_before() -> Pause {
    Pause::FailsBefore { fails: Span::from_milliseconds(18_200), passes: Span::from_milliseconds(20_020) }
}

pub(crate) fn hop(asked: u32, router: Option<(u8, u32)>, replies: u32) -> Hop {
    let routers = router.map(|(last, count)| (IpAddr::from([192, 0, 2, last]), count));
    Hop { asked, routers: routers.into_iter().collect(), replies, others: BTreeMap::new() }
}

pub(crate) fn path(reached: bool) -> WhereEvidence {
    let behind = if reached { hop(9, None, 3) } else { hop(3, None, 0) };
    WhereEvidence {
        hops: vec![hop(4, Some((1, 4)), 0), hop(4, None, 0), hop(9, Some((3, 9)), 0), behind],
        target: if reached { hop(9, None, 3) } else { hop(3, None, 0) },
        reached_with: reached.then_some(4),
        last_answering: Some(if reached { 4 } else { 3 }),
        silent_but_passing: vec![2],
    }
}

pub(crate) fn placed(answer: Place, reached: bool) -> Experiment {
    let mut of = experiment(CameTo::Where(found(answer, path(reached), vec![])));
    of.tally = Tally { sent: 41, answered: 6, silent: 18, ..Tally::default() };
    of
}

pub(crate) fn between(after: u8, before: Option<u8>) -> Place {
    Place::Between { after, before, lost: if before.is_some() { share(0.5, 0.9) } else { share(0.9, 1.0) } }
}

pub(crate) fn members_evidence() -> MembersEvidence {
    let living = [(1, 14), (2, 11), (3, 13)].map(|(last, flows)| (IpAddr::from([198, 51, 100, last]), flows));
    MembersEvidence {
        living: living.into_iter().collect(),
        dead_flows: 12,
        dead_share: share(0.15, 0.37),
        repeats: 27,
    }
}

pub(crate) fn ways(members: u32, dead: u32) -> Experiment {
    let mut of = experiment(CameTo::Members(found(Ways { members, dead }, members_evidence(), vec![])));
    of.with = vec![set(TTL, 3)];
    of.varied = vec![Varied::Range { field: PORT, low: 33_000, high: 60_000 }];
    of
}

pub(crate) fn rivals_evidence() -> RivalsEvidence {
    RivalsEvidence {
        tried: vec![
            tried(vec![set(PORT, 122)], 3, 3),
            tried(vec![set(PORT, 123)], 0, 2),
            tried(vec![set(PORT, 122), set(LENGTH, 56)], 2, 2),
        ],
    }
}

pub(crate) fn explanations() -> Vec<String> {
    vec!["source port 122 or lower fails".to_owned(), "source port 108 or lower fails".to_owned()]
}

pub(crate) fn decided(answer: Decided) -> Experiment {
    let conclusion = found(answer, rivals_evidence(), vec![]);
    experiment(CameTo::Rivals { conclusion, words: explanations() })
}

/// One experiment for each answer.
pub(crate) fn answers() -> Vec<Experiment> {
    let window = (100, 200);
    let different = |low, high| Compared::Different { value: 1, by: Difference { low, high } };
    vec![
        story(),
        boundary(Boundary::NothingFails),
        boundary(Boundary::AllFail),
        experiment(CameTo::Threshold(
            found(
                Boundary::FailsFrom { first_failing: 1_473 },
                ThresholdEvidence {
                    tried: [(1_472, 0, 4), (1_473, 4, 4)]
                        .map(|(v, f, a)| tried(vec![set(LENGTH, v)], f, a))
                        .to_vec(),
                    ..threshold_evidence()
                },
                vec![],
            ),
            LENGTH,
        )),
        boundary(Boundary::FailsWithin { first_failing: window.0, last_failing: window.1 }),
        boundary(Boundary::FailsWithin { first_failing: 122, last_failing: 122 }),
        boundary(Boundary::WorksWithin { first_working: window.0, last_working: window.1 }),
        compared(different(0.55, 0.98)),
        compared(different(-0.98, -0.55)),
        compared(Compared::SameWithin { margin: 0.25 }),
        failing(FailingSet::Nothing),
        failing(FailingSet::All),
        failing(FailingSet::Remainder { modulus: 2, remainder: 1 }),
        failing(FailingSet::Remainder { modulus: 2, remainder: 0 }),
        failing(FailingSet::Remainder { modulus: 5, remainder: 3 }),
        failing(FailingSet::AllButRemainder { modulus: 4, remainder: 1 }),
        failing(FailingSet::Bit { bit: 3, set: true }),
        failing(FailingSet::Bit { bit: 3, set: false }),
        failing(FailingSet::Ordered),
        failing(FailingSet::FixedFate),
        failing(FailingSet::RandomPerRequest),
        limited(Limited::NotUpTo { burst: 64 }),
        limited(bucket(false)),
        limited(Limited::Open { limit: share(31.0, 32.0) }),
        waited(Pause::NoneMatters, Again::NextRequest),
        waited(Pause::AllFail, Again::ReplyHeldBack),
        waited(fails_after(), Again::NextRequest),
        waited(fails_before(), Again::Reused),
        placed(Place::Nowhere, true),
        placed(between(1, Some(3)), true),
        placed(between(3, Some(4)), true),
        placed(between(0, Some(1)), true),
        placed(between(3, None), false),
        placed(between(1, None), false),
        ways(4, 1),
        ways(3, 0),
        ways(1, 0),
        decided(Decided::Rival(0)),
        decided(Decided::NothingFails),
    ]
}

/// One experiment for each reason, each with a question that can come to it.
pub(crate) fn without_answer() -> Vec<Experiment> {
    let below = |first_working| Boundary::FailsBelow { first_working };
    let threshold = |because| {
        let remaining = vec![(below(123), 0.63), (below(122), 0.3)];
        experiment(CameTo::Threshold(open(because, remaining, threshold_evidence()), PORT))
    };
    let mut budget = threshold(Because::BudgetSpent);
    budget.manners.budget = 41;
    let nothing_yet = ThresholdEvidence { tried: vec![], requests: 0, ..threshold_evidence() };
    let mut silent =
        experiment(CameTo::Threshold(open(Because::SilentFromTheStart, vec![], nothing_yet), PORT));
    silent.tally = Tally { sent: 5, controls: 5, controls_failed: 5, silent: 5, ..Tally::default() };
    let mut alone = silent.clone();
    alone.tally.controls = 0;
    let mut away = threshold(Because::TurnedAway);
    away.tally = Tally { sent: 20, answered: 10, silent: 3, refused: 7, ..Tally::default() };
    let rivals = |because| {
        let remaining =
            vec![(Decided::Rival(1), 0.55), (Decided::Rival(0), 0.44), (Decided::NoneOfThese, 0.01)];
        let conclusion = open(because, remaining, rivals_evidence());
        experiment(CameTo::Rivals { conclusion, words: explanations() })
    };
    let more = Conclusion {
        limits: vec![Limit::MoreNeeded(60)],
        ..open(Because::BudgetSpent, vec![], comparison_evidence())
    };
    let bursts = vec![(bucket(true), 0.97), (bucket(false), 0.03)];
    let pauses = vec![(Pause::NoneMatters, 0.5), (fails_after(), 0.5)];
    let places = vec![(between(3, None), 0.6), (between(1, Some(3)), 0.3), (Place::Nowhere, 0.1)];
    vec![
        threshold(Because::NotYet),
        silent,
        alone,
        threshold(Because::Outage),
        budget,
        threshold(Because::BudgetSpent),
        away,
        rivals(Because::NotSeparable),
        threshold(Because::KnownFailingAnswered),
        threshold(Because::KnownWorkingFails),
        rivals(Because::NothingFits),
        experiment(CameTo::Comparison(more, spec())),
        experiment(CameTo::Sets(
            open(
                Because::NotSeparable,
                vec![(FailingSet::All, 0.5), (FailingSet::Bit { bit: 3, set: true }, 0.5)],
                sets_evidence(),
            ),
            PORT,
        )),
        experiment(CameTo::Limits(open(Because::DroppedRequestsPay, bursts, limits_evidence()), About::Pace)),
        experiment(CameTo::Limits(open(Because::BudgetSpent, vec![], limits_evidence()), About::Open)),
        experiment(CameTo::Wait(open(Because::NoSetup, pauses.clone(), wait_evidence()), Again::NextRequest)),
        experiment(CameTo::Wait(
            open(Because::BudgetSpent, pauses.clone(), wait_evidence()),
            Again::ReplyHeldBack,
        )),
        experiment(CameTo::Wait(open(Because::BudgetSpent, pauses, wait_evidence()), Again::Reused)),
        experiment(CameTo::Where(open(Because::NotSeparable, places.clone(), path(false)))),
        experiment(CameTo::Where(open(Because::NoSetup, places, path(false)))),
        experiment(CameTo::Members(open(
            Because::NoSetup,
            vec![(Ways { members: 4, dead: 1 }, 0.7)],
            members_evidence(),
        ))),
    ]
}

/// Every limit at once, and fields that could not be varied.
pub(crate) fn with_all_limits() -> Experiment {
    let limits = vec![
        Limit::NoControl,
        Limit::OutagesLeftOut { outages: 1, requests: 12 },
        Limit::LateReplies(3),
        Limit::Untested { from: 123, to: 50_000 },
        Limit::FailsPartly(share(0.6, 0.8)),
        Limit::LossBeside(share(0.01, 0.04)),
        Limit::SharesBelow(0.049),
        Limit::OnlyUpTo(64),
        Limit::MoreNeeded(60),
    ];
    let answer = Boundary::FailsBelow { first_working: 123 };
    let came_to = CameTo::Threshold(found(answer, threshold_evidence(), limits), PORT);
    let mut of = experiment(came_to);
    of.tally.controls = 0;
    of.fixed = vec!["ip.ttl: needs a raw socket".to_owned()];
    of
}

/// Names from outside that would do harm.
pub(crate) fn hostile() -> Experiment {
    let bad = "<script>alert(0)</script>\u{1b}[31m\u{202e}\n# **ntp**\u{7}";
    let mut of = with_all_limits();
    of.server = bad.repeat(4);
    of.protocol = format!("NTP{bad}");
    of.fixed = vec![bad.to_owned()];
    of.written = Some(bad.to_owned());
    of
}
