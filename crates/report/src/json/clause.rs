//! A clause with its bracket, and the values in it.

use crate::{number, words};
use serde::{Serialize, Serializer};
use unanswered_explain::{Clause, Condition, Value};

#[derive(Serialize)]
pub(super) struct ClauseView<'a> {
    feature: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<&'a str>,
    words: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    modulus: Option<u32>,
    #[serde(rename = "in", skip_serializing_if = "Option::is_none")]
    inside: Option<Vec<ValueView<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_in: Option<Vec<ValueView<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at_least: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at_most: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bracket: Option<BracketView>,
}

/// The values of the upper bound (of the lower one if it is the only one) at the top level, and each
/// bound under its own name.
#[derive(Serialize)]
struct BracketView {
    failing: Number,
    working: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    low: Option<BoundView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    high: Option<BoundView>,
}

#[derive(Serialize)]
struct BoundView {
    failing: Number,
    working: Option<Number>,
}

/// A JSON number: integers without a fraction, `null` for values that JSON cannot represent.
#[derive(Clone, Copy)]
pub(super) struct Number(pub(super) f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match number::whole(self.0) {
            Some(whole) => serializer.serialize_i64(whole),
            None if self.0.is_finite() => serializer.serialize_f64(self.0),
            None => serializer.serialize_none(),
        }
    }
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum ValueView<'a> {
    Number(Number),
    Text(&'a str),
}

impl<'a> ClauseView<'a> {
    pub(super) fn new(clause: &'a Clause) -> Self {
        let mut view = Self {
            feature: clause.subject.reported_name(),
            at: clause.at.word(),
            words: words::clause(clause),
            modulus: None,
            inside: None,
            not_in: None,
            at_least: None,
            at_most: None,
            bracket: bracket(clause),
        };
        match &clause.condition {
            Condition::In(values) => view.inside = Some(values.iter().map(ValueView::new).collect()),
            Condition::NotIn(values) => view.not_in = Some(values.iter().map(ValueView::new).collect()),
            Condition::Range { at_least, at_most } => {
                view.at_least = at_least.map(Number);
                view.at_most = at_most.map(Number);
            }
            Condition::Modulus { modulus, remainders } => {
                view.modulus = Some(*modulus);
                let of = |r: &u32| ValueView::Number(Number(f64::from(*r)));
                view.inside = Some(remainders.iter().map(of).collect());
            }
        }
        view
    }
}

fn bracket(clause: &Clause) -> Option<BracketView> {
    let bound = |b: unanswered_explain::Bracket| BoundView {
        failing: Number(b.failing),
        working: b.working.map(Number),
    };
    let (low, high) = (clause.bracket_low, clause.bracket_high);
    let top = high.or(low)?;
    Some(BracketView {
        failing: Number(top.failing),
        working: top.working.map(Number),
        low: low.map(bound),
        high: high.map(bound),
    })
}

impl<'a> ValueView<'a> {
    pub(super) fn new(value: &'a Value) -> Self {
        match value {
            Value::Number(n) => Self::Number(Number(*n)),
            Value::Text(t) => Self::Text(t),
        }
    }
}
