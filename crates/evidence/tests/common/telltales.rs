//! Findings with given clauses, for tests of the catalogue.

use unanswered_explain::{Bracket, Clause, Condition, Counts, Finding, Kind, Standing, StepFinding, Value};
use unanswered_registry::{Feature, Subject};
use unanswered_table::{Outcome, Step, Viewpoint};
use unanswered_wire::features::{DESTINATION, UDP_SOURCE};

pub(crate) fn numbers(feature: &'static Feature, values: &[f64]) -> Clause {
    Clause {
        subject: Subject::Feature(feature),
        at: Viewpoint::Client,
        condition: Condition::In(values.iter().copied().map(Value::Number).collect()),
        bracket_low: None,
        bracket_high: None,
    }
}

pub(crate) fn text(feature: &'static Feature, value: &str) -> Clause {
    Clause { condition: Condition::In(vec![Value::Text(value.into())]), ..numbers(feature, &[]) }
}

pub(crate) fn server(address: &str) -> Clause {
    text(&DESTINATION, address)
}

pub(crate) fn port_is(value: f64) -> Clause {
    numbers(&UDP_SOURCE, &[value])
}

pub(crate) fn port(condition: Condition, failing: f64, working: Option<f64>) -> Clause {
    Clause { condition, bracket_high: Some(Bracket { failing, working }), ..port_is(0.0) }
}

pub(crate) fn many(feature: &'static Feature, count: usize) -> Clause {
    let values = (0..count).map(|number| Value::Text(format!("value {number}"))).collect();
    Clause { condition: Condition::In(values), ..numbers(feature, &[]) }
}

pub(crate) fn low(feature: &'static Feature, failing: f64, working: f64) -> Clause {
    let condition = Condition::Range { at_least: None, at_most: Some(failing) };
    Clause { subject: Subject::Feature(feature), ..port(condition, failing, Some(working)) }
}

pub(crate) fn finding(clauses: Vec<Clause>, step: Option<Step>) -> Finding {
    Finding {
        among: Vec::new(),
        affected: unanswered_explain::Affected::default(),
        at_work: None,
        before: None,
        class: None,
        kind: Kind::Telltale,
        clauses,
        from: None,
        to: None,
        period: None,
        failed: vec![Outcome::Unanswered],
        inside: Counts::default(),
        outside: Counts::default(),
        score: 0.0,
        significance: None,
        standing: Standing::Likely,
        remarks: Vec::new(),
        step: step.map(|step| StepFinding {
            step: Some(step),
            shown: Vec::new(),
            funnel: Vec::new(),
            followed: 0,
            behind: None,
        }),
        why_now: Vec::new(),
        known: Vec::new(),
        compatible: Vec::new(),
        rivals: Vec::new(),
        refuted: Vec::new(),
        experiment: None,
    }
}
