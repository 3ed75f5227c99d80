//! Hand-made diagnoses, one for each kind of answer that a renderer must be able to show.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::allow_attributes, reason = "whether dead_code fires differs between test binaries")]

mod story;

pub(crate) use story::story;

use unanswered_capture::LeftOut;
use unanswered_evidence::features::GAP_CLIENT;
use unanswered_exchange::Caveat;
use unanswered_explain::*;
use unanswered_registry::{Feature, PROTOCOL, Subject};
use unanswered_report::{Clock, Families, Input, PlaceSummary, Record, Report};
use unanswered_table::{Outcome, OutcomeCounts, Step, Unit, Viewpoint};
use unanswered_wire::features::{DESTINATION, DONT_FRAGMENT, IP_LENGTH, SOURCE, TTL, UDP_SOURCE};
use unanswered_wire::protocols::dns;

/// A diagnosis with the totals that belong to it, by name.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) diagnosis: Diagnosis,
    pub(crate) totals: OutcomeCounts,
    pub(crate) clock: Clock,
    pub(crate) families: Families,
}

impl Case {
    pub(crate) fn report(&self) -> Report<'_> {
        let span = match self.clock {
            Clock::Epoch => (1_795_416_529.0, 1_795_417_714.0),
            Clock::Plain | Clock::OfDay => (0.0, 3_600.0),
        };
        Report {
            inputs: vec![
                Input {
                    record: Record::Frame,
                    name: "story/vrouter-out.pcap".into(),
                    frames: 690,
                    left_out: LeftOut::default(),
                    not_understood: vec![("not an IP packet".into(), 6)],
                    from: Some(span.0),
                    to: Some(span.1),
                    warnings: Vec::new(),
                },
                Input { name: "ev\x1b[2Jil\u{202e}.pcap".into(), frames: 1, ..Input::default() },
            ],
            places: vec![PlaceSummary {
                name: "vrouter-out".into(),
                requests: 342,
                replies: 285,
                one_direction: false,
                dropped: None,
            }],
            clock: self.clock,
            families: self.families,
            unit: Unit::NatMapping,
            caveats: vec![Caveat::OneDirection { place: "cpn1.pcap".into() }],
            ..Report::new(&self.diagnosis, self.totals)
        }
    }
}

pub(crate) fn cases() -> Vec<Case> {
    vec![
        story(),
        outage(),
        periodic(),
        degradation(),
        overload(),
        random_loss(),
        nothing_wrong(),
        not_enough_data(),
        many_rivals(),
        three_clauses(),
        modulus(),
        hostile(),
        table(),
        nothing_at_all(),
    ]
}

fn case(name: &'static str, diagnosis: Diagnosis, by_outcome: [u64; 6]) -> Case {
    Case {
        name,
        diagnosis,
        totals: counted(by_outcome),
        clock: Clock::Epoch,
        families: Families { v4: true, v6: false },
    }
}

fn counted(by_outcome: [u64; 6]) -> OutcomeCounts {
    const COUNTED: [Outcome; 6] = [
        Outcome::Answered,
        Outcome::Refused,
        Outcome::Late,
        Outcome::Rejected,
        Outcome::Unanswered,
        Outcome::Unknown,
    ];
    COUNTED.iter().zip(by_outcome).fold(OutcomeCounts::default(), |mut all, (outcome, count)| {
        all.merge(&OutcomeCounts::from([(*outcome, count)]));
        all
    })
}

pub(crate) fn clause(feature: &'static Feature, condition: Condition) -> Clause {
    about(Subject::Feature(feature), condition)
}

pub(crate) fn about(subject: Subject, condition: Condition) -> Clause {
    Clause { subject, at: Viewpoint::Client, condition, bracket_low: None, bracket_high: None }
}

pub(crate) fn text(values: &[&str]) -> Condition {
    Condition::In(values.iter().map(|v| Value::Text((*v).into())).collect())
}

pub(crate) fn numbers(values: &[f64]) -> Condition {
    Condition::In(values.iter().copied().map(Value::Number).collect())
}

pub(crate) fn at_most(value: f64) -> Condition {
    Condition::Range { at_least: None, at_most: Some(value) }
}

pub(crate) fn at_least(value: f64) -> Condition {
    Condition::Range { at_least: Some(value), at_most: None }
}

fn shown(fate: Fate<String>, requests: u64) -> Shown {
    Shown { fate, requests, here: requests, elsewhere: Vec::new() }
}

fn setting(feature: &'static Feature, value: SettingValue) -> Setting {
    Setting { subject: Subject::Feature(feature), at: Viewpoint::Client, value }
}

fn passed((place, requests): (&str, u64)) -> Passed {
    Passed { place: place.into(), requests, replies: 0 }
}

pub(crate) fn server(address: &str) -> Clause {
    clause(&DESTINATION, text(&[address]))
}

fn port_after_nat(at_most_port: f64) -> Clause {
    Clause {
        at: Viewpoint::BeyondNat,
        bracket_high: Some(Bracket { failing: 11.0, working: Some(123.0) }),
        ..clause(&UDP_SOURCE, at_most(at_most_port))
    }
}

pub(crate) fn finding(kind: Kind, clauses: Vec<Clause>, inside: [u64; 2], outside: [u64; 2]) -> Finding {
    let counts = |[failed, requests]: [u64; 2], units| Counts {
        requests,
        failed,
        outcomes: counted([requests - failed, 0, 0, 0, failed, 0]),
        units,
        units_failed: failed.min(1),
    };
    Finding {
        among: Vec::new(),
        class: None,
        at_work: None,
        before: None,
        kind,
        clauses,
        from: None,
        to: None,
        period: None,
        failed: vec![Outcome::Unanswered],
        inside: counts(inside, 1),
        outside: counts(outside, 5),
        score: 87.123_456,
        significance: Some(Significance {
            p_value: 0.002,
            permuted: Some(Unit::NatMapping),
            permutations: 500,
        }),
        standing: Standing::Established,
        remarks: Vec::new(),
        step: None,
        why_now: Vec::new(),
        known: Vec::new(),
        compatible: Vec::new(),
        rivals: Vec::new(),
        refuted: Vec::new(),
        experiment: None,
        affected: affected(),
    }
}

/// Three clients of two servers, all the time.
pub(crate) fn affected() -> Affected {
    let named = |names: &[&str]| Named {
        values: names.iter().map(|name| Value::Text((*name).to_owned())).collect(),
        all: names.len(),
    };
    Affected {
        protocols: named(&["ntp"]),
        clients: named(&["10.1.1.2", "10.1.2.2", "10.1.3.2"]),
        servers: named(&["10.9.9.21", "10.9.9.22"]),
        from: Some(1_795_416_531.0),
        to: Some(1_795_417_427.0),
        course: Course::Throughout,
    }
}

fn diagnosis(verdict: Verdict, findings: Vec<Finding>, failed: u64, judged: u64) -> Diagnosis {
    Diagnosis {
        verdict,
        because: Vec::new(),
        findings,
        step: None,
        judged,
        failed,
        affected: affected(),
        unexplained: Unexplained::default(),
        next: Vec::new(),
        sampled: None,
        baseline: None,
    }
}

pub(crate) fn outage() -> Case {
    let mut f = finding(Kind::Outage, Vec::new(), [46, 46], [0, 244]);
    f.from = Some(1_795_417_000.25);
    f.to = Some(1_795_417_119.5);
    f.failed = vec![Outcome::Refused, Outcome::Unanswered];
    f.inside.outcomes = counted([0, 40, 0, 0, 6, 0]);
    f.remarks = vec![Remark::OthersInBursts];
    case("outage", diagnosis(Verdict::Outage, vec![f], 46, 290), [244, 40, 0, 0, 6, 0])
}

pub(crate) fn periodic() -> Case {
    let mut f = finding(Kind::Outage, vec![server("10.62.2.11")], [72, 80], [0, 647]);
    f.period = Some(Period { every: 60.0, offset: 25.0, length: 10.0 });
    f.from = Some(1_795_416_529.0);
    case("periodic", diagnosis(Verdict::Outage, vec![f], 72, 727), [655, 0, 0, 0, 72, 0])
}

pub(crate) fn degradation() -> Case {
    let mut f = finding(Kind::Degradation, Vec::new(), [290, 800], [8, 328]);
    f.from = Some(1_795_416_800.0);
    case("degradation", diagnosis(Verdict::Degradation, vec![f], 298, 1128), [830, 0, 0, 0, 298, 0])
}

pub(crate) fn overload() -> Case {
    let mut gap = clause(&GAP_CLIENT, at_most(1.95));
    gap.bracket_high = Some(Bracket { failing: 1.951_23, working: Some(15.99) });
    let mut f = finding(Kind::Overload, vec![gap], [521, 600], [0, 85]);
    f.failed = vec![Outcome::Unanswered, Outcome::Refused];
    let mut d = diagnosis(Verdict::Overload, vec![f], 521, 685);
    d.unexplained = Unexplained { failed: 3, requests: 85 };
    case("overload", d, [164, 66, 0, 0, 455, 0])
}

pub(crate) fn random_loss() -> Case {
    let mut d = diagnosis(Verdict::RandomLoss, Vec::new(), 56, 559);
    d.because = vec![VerdictReason::NoFeatureTells { failed: 56, judged: 559 }, VerdictReason::Independent];
    d.step = Some(StepFinding {
        step: Some(Step::DeliverRequest),
        shown: vec![shown(Fate::RequestLost("vrouter-in".into(), "vrouter-out".into()), 56)],
        funnel: [("vrouter-in", 56), ("vrouter-out", 0)].map(passed).into(),
        followed: 56,
        behind: None,
    });
    d.next = vec![Advice::WeakHint { subjects: vec![Subject::Feature(&TTL), Subject::Feature(&SOURCE)] }];
    case("random_loss", d, [503, 0, 0, 0, 56, 0])
}

pub(crate) fn nothing_wrong() -> Case {
    case("nothing_wrong", diagnosis(Verdict::NothingWrong, Vec::new(), 0, 342), [342, 0, 0, 0, 0, 0])
}

pub(crate) fn not_enough_data() -> Case {
    let mut d = diagnosis(Verdict::NotEnoughData, Vec::new(), 57, 57);
    d.because = vec![VerdictReason::AllFailed { judged: 57 }];
    d.next = vec![Advice::AddAnswered];
    case("not_enough_data", d, [0, 0, 0, 0, 57, 0])
}

pub(crate) fn nothing_at_all() -> Case {
    let mut d = diagnosis(Verdict::NotEnoughData, Vec::new(), 0, 0);
    d.because = vec![VerdictReason::NothingToJudge];
    case("nothing_at_all", d, [0; 6])
}

pub(crate) fn many_rivals() -> Case {
    let mut f = finding(Kind::Telltale, vec![server("10.1.1.1")], [30, 30], [0, 90]);
    f.rivals = (0..9)
        .map(|i| Rival {
            clauses: vec![clause(&SOURCE, text(&[&format!("10.2.0.{i}")]))],
            score_difference: -0.3 * f64::from(i),
            same_requests: i < 2,
        })
        .collect();
    case("many_rivals", diagnosis(Verdict::Findings, vec![f], 30, 120), [90, 0, 0, 0, 30, 0])
}

pub(crate) fn three_clauses() -> Case {
    let mut length = clause(&IP_LENGTH, at_least(1401.0));
    length.bracket_low = Some(Bracket { failing: 1428.0, working: Some(1400.0) });
    let clauses = vec![clause(&PROTOCOL, text(&["dns"])), clause(&DONT_FRAGMENT, numbers(&[1.0])), length];
    let mut one = finding(Kind::Telltale, clauses, [168, 170], [1, 715]);
    one.failed = vec![Outcome::Unanswered];
    let ttl = clause(&TTL, at_most(3.0));
    let two = finding(Kind::Telltale, vec![ttl], [12, 12], [1, 873]);
    let mut d = diagnosis(Verdict::Findings, vec![one, two], 181, 885);
    d.unexplained = Unexplained { failed: 1, requests: 703 };
    let mut case = case("three_clauses", d, [704, 0, 0, 0, 181, 3]);
    case.families.v6 = true;
    case
}

pub(crate) fn modulus() -> Case {
    let odd = clause(&UDP_SOURCE, Condition::Modulus { modulus: 2, remainders: vec![1] });
    let not = clause(
        &DESTINATION,
        Condition::NotIn(vec![Value::Text("10.0.0.1".into()), Value::Text("fd00::1".into())]),
    );
    let mut f = finding(Kind::Telltale, vec![odd, not], [100, 200], [0, 200]);
    let request = |remainder, address: SettingValue| {
        let port = SettingValue::Remainder { modulus: 2, remainder };
        let with = vec![setting(&UDP_SOURCE, port), setting(&DESTINATION, address)];
        ExperimentRequest { with, fails_if_true: remainder == 1, rivals_agreeing: Vec::new() }
    };
    let address = Value::Text("10.0.0.1".into());
    f.experiment = Some(Experiment {
        question: Question::WhichSide,
        requests: vec![
            request(1, SettingValue::Not(vec![address])),
            request(0, SettingValue::Is(Value::Text("10.0.0.2".into()))),
        ],
    });
    let mut case = case("modulus", diagnosis(Verdict::Findings, vec![f], 100, 400), [300, 0, 0, 0, 100, 0]);
    case.families.v6 = true;
    case
}

pub(crate) fn hostile() -> Case {
    let names: Vec<Value> = (0..40)
        .map(|i| Value::Text(format!("<script>alert({i})</script>\x1b[31m\"\\ || ip\u{202e}\n&.test")))
        .collect();
    let f = finding(Kind::Telltale, vec![clause(&dns::NAME, Condition::In(names))], [121, 121], [0, 722]);
    case("hostile", diagnosis(Verdict::Findings, vec![f], 121, 843), [722, 0, 0, 0, 121, 0])
}

pub(crate) fn table() -> Case {
    let mut size = about(
        Subject::Column("size".into()),
        Condition::Range { at_least: Some(0.125), at_most: Some(1e300) },
    );
    size.bracket_low = Some(Bracket { failing: 0.125, working: Some(0.1) });
    size.bracket_high = Some(Bracket { failing: 900.5, working: None });
    let f = finding(Kind::Telltale, vec![size], [40, 50], [2, 950]);
    let mut window = finding(Kind::Outage, Vec::new(), [20, 20], [22, 980]);
    window.from = Some(100.5);
    window.to = Some(130.0);
    let mut case =
        case("table", diagnosis(Verdict::Findings, vec![f, window], 62, 1000), [938, 0, 0, 0, 62, 0]);
    case.clock = Clock::Plain;
    case
}

/// Whether the tool is installed; with `UNANSWERED_REQUIRE_TOOLS=1` it must be.
pub(crate) fn installed(tool: &str) -> bool {
    let here = std::process::Command::new(tool).arg("--version").output().is_ok_and(|o| o.status.success());
    let required = std::env::var_os("UNANSWERED_REQUIRE_TOOLS").is_some_and(|v| v == "1");
    assert!(here || !required, "{tool} is required by UNANSWERED_REQUIRE_TOOLS and not installed");
    here
}
