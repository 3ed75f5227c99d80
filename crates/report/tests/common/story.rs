//! The story of the port below 123, with everything that can be said about it.

use super::*;
use unanswered_explain::{Circumstance, Fit};

pub(crate) fn story() -> Case {
    let mut f = finding(Kind::Telltale, vec![server("10.9.9.21"), port_after_nat(11.0)], [57, 57], [0, 285]);
    f.standing = Standing::Likely;
    f.remarks = vec![Remark::OneUnit { unit: Unit::NatMapping }];
    f.step = Some(StepFinding {
        step: Some(Step::ValidateRequest),
        shown: vec![shown(Fate::NoReply("ntp-a".into(), Interface::Certain), 57)],
        funnel: [("cpn2", 57), ("vrouter-out", 57), ("ntp-a", 57)].map(passed).into(),
        followed: 57,
        behind: None,
    });
    let flow =
        Inside { address: [10, 1, 2, 2].into(), port: 123, server: [10, 9, 9, 21].into(), echo: false };
    f.why_now = vec![
        WhyNow::Kept {
            flow,
            to: Outside { address: [10, 9, 9, 1].into(), port: 11 },
            since: 1_795_416_531.0,
            older: true,
            kept_for: 896.0,
            longest_pause: 17.0,
            renewed: true,
            tries: Tries { requests: 57, failed: 57 },
        },
        WhyNow::Held { port: 123, by: [10, 1, 1, 2].into(), instead_of: [10, 1, 2, 2].into() },
    ];
    f.known = vec![known()];
    f.rivals = vec![
        Rival {
            clauses: vec![clause(&SOURCE, text(&["10.1.2.2"])), server("10.9.9.21")],
            score_difference: 0.0,
            same_requests: true,
        },
        Rival {
            clauses: vec![server("10.9.9.21"), clause(&UDP_SOURCE, numbers(&[11.0]))],
            score_difference: -1.5,
            same_requests: true,
        },
    ];
    f.refuted = vec![Refutation {
        clauses: vec![port_after_nat(11.0)],
        answered: 57,
        requests: 114,
        answered_with: Some(AnsweredWith {
            subject: Subject::Feature(&DESTINATION),
            values: vec![Value::Text("10.9.9.22".into())],
            more: 0,
        }),
    }];
    f.experiment = Some(Experiment {
        question: Question::WhichRival,
        requests: vec![ExperimentRequest {
            with: vec![
                Setting {
                    at: Viewpoint::BeyondNat,
                    ..setting(&UDP_SOURCE, SettingValue::Is(Value::Number(67.0)))
                },
                setting(&DESTINATION, SettingValue::Is(Value::Text("10.9.9.21".into()))),
            ],
            fails_if_true: true,
            rivals_agreeing: vec![0],
        }],
    });
    let mut d = diagnosis(Verdict::Findings, vec![f], 57, 342);
    d.because = vec![VerdictReason::InBursts { counting_as_one: 9.5 }];
    d.next = vec![Advice::CaptureMore { requests: 4_000 }];
    case("story", d, [285, 0, 0, 0, 57, 0])
}

fn known() -> KnownFault {
    KnownFault {
        id: "ntpd-lowport-lt123".into(),
        title: "ntpd drops requests from source ports below 123".into(),
        fit: 0.86,
        because: Fit {
            fits: vec![
                Circumstance::Protocol("ntp".into()),
                Circumstance::Pattern("source ports below 123 fail and 123 works".into()),
                Circumstance::Step(Step::ValidateRequest),
            ],
            unknown: vec![Circumstance::Pattern("the server is an old ntpd".into())],
            ..Fit::default()
        },
        to_check: vec!["ntpq -c rv on 10.9.9.21: affected are 4.2.5p113 to 4.2.7p273".into()],
        latent:
            "the NAT keeps port 123 until a second client collides, and a port below 123 is one roll in four."
                .into(),
        remedy: "upgrade ntpd to 4.2.8 or newer; a reboot only re-rolls the dice.".into(),
        predicts: "a request of the same client from port 123 or higher is answered.".into(),
        experiment: "ntpq -c sysstats: \"bad length or format\" grows by one with each such request.".into(),
    }
}
