//! One simulated fault for each question, with its truth: what tests check and `examples/table.rs` counts.

use super::servers::{Bucket, Fork, OpenLimit, Path, Pauses, TTL, by_port, hash};
use super::{ANSWERED, PORT, Server, answered, ask, losing, usual, value, with_budget};
use unanswered_probe::*;
use unanswered_time::Span;

/// What a run came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    /// To the truth.
    Right,
    /// To something else.
    Wrong,
    /// To "cannot tell".
    Undecided,
}

/// One run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) came: Came,
    /// Requests without controls, and all.
    pub(crate) requests: u32,
    pub(crate) sent: u32,
}

/// A fault, asked about with many seeds.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) run: fn(f64, u64) -> Run,
}

fn run<Q: Question>(
    session: Session<Q>,
    mut server: impl Server,
    loss: f64,
    seed: u64,
    right: impl FnOnce(&Q::Answer) -> bool,
) -> Run {
    let (conclusion, tally) = ask(session, &mut server, losing(loss, seed));
    let came = match conclusion.verdict.found().map(right) {
        Some(true) => Came::Right,
        Some(false) => Came::Wrong,
        None => Came::Undecided,
    };
    Run { came, requests: tally.sent - tally.controls, sent: tally.sent }
}

fn boundary(loss: f64, seed: u64, drop: f64, spec: SearchSpec) -> Run {
    let mut random = Random::new(seed + 1000);
    let first = random.between(1, 65_535);
    let below = spec.direction == Direction::Below || random.bits().is_multiple_of(2);
    let server = by_port(move |port| (port < first) == below, drop);
    let truth = if below {
        Boundary::FailsBelow { first_working: first }
    } else {
        Boundary::FailsFrom { first_failing: first }
    };
    run(usual(Threshold::new(PORT, spec)), server, loss, seed, |answer| *answer == truth)
}

const ANYWHERE: SearchSpec = SearchSpec {
    low: 0,
    high: 65_535,
    direction: Direction::Unknown,
    known_failing: None,
    known_working: None,
    sure: SURE,
};

fn window(loss: f64, seed: u64) -> Run {
    let mut random = Random::new(seed + 1000);
    let first = random.between(1, 40_000);
    let last = random.between(first, 49_000);
    let spec = SearchSpec {
        known_failing: Some(random.between(first, last)),
        known_working: Some(50_000),
        ..ANYWHERE
    };
    let server = by_port(move |port| (first..=last).contains(&port), 1.0);
    let truth = Boundary::FailsWithin { first_failing: first, last_failing: last };
    run(usual(Threshold::new(PORT, spec)), server, loss, seed, |answer| *answer == truth)
}

/// Nothing is known beforehand, but the window is so wide that requests meet it.
fn wide_window(loss: f64, seed: u64) -> Run {
    let mut random = Random::new(seed + 1000);
    let first = random.between(5_000, 30_000);
    let last = random.between(35_000, 60_000);
    let server = by_port(move |port| (first..=last).contains(&port), 1.0);
    let truth = Boundary::FailsWithin { first_failing: first, last_failing: last };
    run(usual(Threshold::new(PORT, ANYWHERE)), server, loss, seed, |answer| *answer == truth)
}

fn below_known(loss: f64, seed: u64) -> Run {
    let mut random = Random::new(seed + 1000);
    let first = random.between(1, 49_000);
    let spec =
        SearchSpec { known_failing: Some(random.below(first)), known_working: Some(50_000), ..ANYWHERE };
    let truth = Boundary::FailsBelow { first_working: first };
    run(usual(Threshold::new(PORT, spec)), by_port(move |port| port < first, 1.0), loss, seed, |a| {
        *a == truth
    })
}

fn all_or_nothing(loss: f64, seed: u64, fails: bool) -> Run {
    let truth = if fails { Boundary::AllFail } else { Boundary::NothingFails };
    let question = Threshold::new(PORT, ANYWHERE);
    run(usual(question), by_port(move |_| fails, 1.0), loss, seed, |answer| *answer == truth)
}

fn compared(loss: f64, seed: u64, rate: f64) -> Run {
    let of = |port| vec![Setting { field: PORT, value: port }];
    let question = Comparison::new(ComparisonSpec::of(vec![of(50_000), of(123)]), seed);
    run(usual(question), by_port(|port| port == 123, rate), loss, seed, |answer| match answer {
        Compared::Different { value, by } => rate > 0.0 && *value == 1 && by.low > 0.0,
        Compared::SameWithin { .. } => rate <= 0.0,
    })
}

fn sets(loss: f64, seed: u64, fails: impl Fn(u64) -> bool, drop: f64, truth: FailingSet) -> Run {
    let spec = SetsSpec { field: PORT, low: 1024, high: 65_535, values: Vec::new() };
    run(usual(Sets::new(spec, seed)), by_port(fails, drop), loss, seed, |answer| *answer == truth)
}

const BURSTS: LimitsSpec =
    LimitsSpec { about: About::Pace, largest_burst: 48, spacing: Span::from_milliseconds(2) };

fn bucket(loss: f64, seed: u64, all_pay: bool) -> Run {
    let mut random = Random::new(seed + 77);
    let rate = 0.3 * 30_f64.powf(random.fraction());
    let depth = f64::from(u32::try_from(random.between(3, 30)).expect("a small number"));
    let server = Bucket::new(rate, depth, all_pay);
    run(usual(Limits::new(BURSTS)), server, loss, seed, |answer| match answer {
        Limited::Bucket { rate: told, depth: deep, all_pay: paying } => {
            *paying == all_pay
                && (told.low..=told.high).contains(&rate)
                && (deep.low..=deep.high).contains(&depth)
        }
        Limited::NotUpTo { .. } | Limited::Open { .. } => false,
    })
}

fn open(loss: f64, seed: u64) -> Run {
    let limit = Random::new(seed + 77).between(1, 30);
    let question = Limits::new(LimitsSpec { about: About::Open, ..BURSTS });
    let limit_is = f64::from(u32::try_from(limit).expect("a small number"));
    run(usual(question), OpenLimit::new(limit), loss, seed, |answer| match answer {
        Limited::Open { limit } => (limit.low..=limit.high).contains(&limit_is),
        Limited::NotUpTo { .. } | Limited::Bucket { .. } => false,
    })
}

fn no_limit(loss: f64, seed: u64) -> Run {
    let server = |_: &Send, _: Span, _: &mut Random| ANSWERED;
    run(usual(Limits::new(BURSTS)), server, loss, seed, |answer| *answer == Limited::NotUpTo { burst: 48 })
}

fn pauses(loss: f64, seed: u64, again: Again) -> Run {
    let truth = 2.0 * 200_f64.powf(Random::new(seed + 77).fraction());
    let spec = WaitSpec { again, shortest: Span::from_seconds(1), longest: Span::from_seconds(600) };
    let server = Pauses::new(truth, again == Again::Reused);
    run(usual(Wait::new(spec)), server, loss, seed, |answer| match answer {
        Pause::FailsAfter { passes, fails } => {
            again != Again::Reused && (passes.seconds()..=fails.seconds()).contains(&truth)
        }
        Pause::FailsBefore { fails, passes } => {
            again == Again::Reused && (fails.seconds()..=passes.seconds()).contains(&truth)
        }
        Pause::NoneMatters | Pause::AllFail => false,
    })
}

fn on_the_way(loss: f64, seed: u64, drop: f64) -> Run {
    let mut random = Random::new(seed + 5);
    let routers = random.between(6, 15);
    let lossy = random.between(2, routers - 1);
    // Those beside the place answer: else the place is told as a range.
    let silent = (1..=routers).map(|hop| hop.abs_diff(lossy) > 1 && random.fraction() < 0.2).collect();
    let question = Where::new(WhereSpec { ttl: TTL, settings: Vec::new(), most_hops: 30 });
    run(usual(question), Path { silent, lossy, drop }, loss, seed, |answer| match answer {
        Place::Nowhere => drop <= 0.0,
        Place::Between { after, before, .. } => {
            drop > 0.0 && u64::from(*after) < lossy && before.is_none_or(|before| u64::from(before) >= lossy)
        }
    })
}

fn fork(loss: f64, seed: u64, members: u64, dead: u64) -> Run {
    let spec = MembersSpec { ttl: TTL, at: 3, flow: PORT, low: 33_000, high: 60_000 };
    run(usual(Members::new(spec, seed)), Fork { members, dead, seed }, loss, seed, |answer| {
        (u64::from(answer.members), u64::from(answer.dead)) == (members, dead)
    })
}

/// Requests by port, length and TTL, of which three hypotheses say different things.
pub(crate) fn rivals() -> (Vec<Rival>, Vec<Settable>) {
    let length = Field(2);
    let clause = |field, condition| Clause { field, condition, holds: true };
    let rival = |clauses| Rival { clauses, prior: 1.0, fails: 1.0 };
    let rivals = vec![
        rival(vec![clause(PORT, Condition::Range { low: 0, high: 122 })]),
        rival(vec![clause(length, Condition::OneOf(vec![76]))]),
        rival(vec![
            clause(PORT, Condition::Remainder { modulus: 2, remainders: vec![0] }),
            clause(TTL, Condition::Range { low: 0, high: 63 }),
        ]),
    ];
    let settable = vec![
        Settable { field: PORT, low: 1, high: 65_535, usual: 50_001 },
        Settable { field: TTL, low: 1, high: 255, usual: 64 },
        Settable { field: length, low: 48, high: 1_400, usual: 48 },
    ];
    (rivals, settable)
}

/// `truth`: the rival that is true; beyond the last, nothing fails.
fn which_rival(loss: f64, seed: u64) -> Run {
    let (rivals, settable) = rivals();
    let truth = usize::try_from(seed % 4).expect("a small number");
    let (at_work, fields) = (rivals.get(truth).cloned(), settable.clone());
    let server = move |send: &Send, _: Span, _: &mut Random| {
        answered(!at_work.as_ref().is_some_and(|rival| rival.predicts_failure(&send.settings, &fields)))
    };
    let expected = if truth < rivals.len() { Decided::Rival(truth) } else { Decided::NothingFails };
    run(usual(Rivals::new(rivals, &settable)), server, loss, seed, |answer| *answer == expected)
}

/// Requests fail by something that no rival speaks of: any rival that is found is wrong.
pub(crate) fn none_of_the_rivals(loss: f64, seed: u64) -> Run {
    let (rivals, settable) = rivals();
    let server =
        |send: &Send, _: Span, _: &mut Random| answered(value(send, TTL).is_none_or(|ttl| ttl >= 64));
    run(with_budget(Rivals::new(rivals, &settable), 100), server, loss, seed, |_| false)
}

/// All of them, in the order of the questions.
pub(crate) const CASES: &[Case] = &[
    Case { name: "boundary among 65,536, direction unknown", run: |l, s| boundary(l, s, 1.0, ANYWHERE) },
    Case {
        name: "boundary, low side known to be the failing one",
        run: |l, s| boundary(l, s, 1.0, SearchSpec { direction: Direction::Below, ..ANYWHERE }),
    },
    Case { name: "boundary, a failing and a working value known", run: below_known },
    Case {
        name: "boundary, four fifths dropped",
        run: |l, s| boundary(l, s, 0.8, SearchSpec { direction: Direction::Below, ..ANYWHERE }),
    },
    Case { name: "window, a value inside known", run: window },
    Case { name: "wide window, nothing known", run: wide_window },
    Case { name: "no value fails", run: |l, s| all_or_nothing(l, s, false) },
    Case { name: "all values fail", run: |l, s| all_or_nothing(l, s, true) },
    Case { name: "two values, one always fails", run: |l, s| compared(l, s, 1.0) },
    Case { name: "two values, one fails half of the time", run: |l, s| compared(l, s, 0.5) },
    Case { name: "two values, no difference", run: |l, s| compared(l, s, 0.0) },
    Case {
        name: "odd values fail",
        run: |l, s| sets(l, s, |v| v % 2 == 1, 1.0, FailingSet::Remainder { modulus: 2, remainder: 1 }),
    },
    Case {
        name: "one remainder of five fails",
        run: |l, s| sets(l, s, |v| v % 5 == 3, 1.0, FailingSet::Remainder { modulus: 5, remainder: 3 }),
    },
    Case {
        name: "three remainders of four fail",
        run: |l, s| sets(l, s, |v| v % 4 != 0, 1.0, FailingSet::AllButRemainder { modulus: 4, remainder: 0 }),
    },
    Case {
        name: "one bit decides",
        run: |l, s| sets(l, s, |v| v >> 9 & 1 == 1, 1.0, FailingSet::Bit { bit: 9, set: true }),
    },
    Case {
        name: "one of four by an unknown hash",
        run: |l, s| sets(l, s, |v| hash(v, s).is_multiple_of(4), 1.0, FailingSet::FixedFate),
    },
    Case { name: "half at random", run: |l, s| sets(l, s, |_| true, 0.5, FailingSet::RandomPerRequest) },
    Case {
        name: "a quarter at random",
        run: |l, s| sets(l, s, |_| true, 0.25, FailingSet::RandomPerRequest),
    },
    Case {
        name: "a boundary where a set is asked for",
        run: |l, s| sets(l, s, |v| v < 20_000, 1.0, FailingSet::Ordered),
    },
    Case { name: "no set of values fails", run: |l, s| sets(l, s, |_| false, 1.0, FailingSet::Nothing) },
    Case { name: "token bucket", run: |l, s| bucket(l, s, false) },
    Case { name: "token bucket into which all pay", run: |l, s| bucket(l, s, true) },
    Case { name: "limit on what is open", run: open },
    Case { name: "no limit", run: no_limit },
    Case { name: "idle time-out", run: |l, s| pauses(l, s, Again::NextRequest) },
    Case { name: "reuse too soon", run: |l, s| pauses(l, s, Again::Reused) },
    Case { name: "a hop drops all", run: |l, s| on_the_way(l, s, 1.0) },
    Case { name: "a hop drops half", run: |l, s| on_the_way(l, s, 0.5) },
    Case { name: "no hop drops", run: |l, s| on_the_way(l, s, 0.0) },
    Case { name: "one member of four dead", run: |l, s| fork(l, s, 4, 1) },
    Case { name: "three members, none dead", run: |l, s| fork(l, s, 3, 0) },
    Case { name: "three rivals, or nothing", run: which_rival },
    Case { name: "none of three rivals", run: none_of_the_rivals },
];

/// The case of a name.
pub(crate) fn case(name: &str) -> &'static Case {
    CASES.iter().find(|case| case.name == name).expect("a case of that name")
}
