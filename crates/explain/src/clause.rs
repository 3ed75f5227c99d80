//! Clauses: conditions on one feature or column each, and which rows satisfy them.

use crate::network::Network;
use crate::search::cut::remainder_of;
use unanswered_registry::Subject;
use unanswered_table::{Column, Values, Viewpoint};

/// A value in a clause: a number or a name.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number.
    Number(f64),
    /// A name, address or code.
    Text(String),
}

/// The condition that a clause puts on its feature.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// The value is one of these.
    In(Vec<Value>),
    /// The value is none of these.
    NotIn(Vec<Value>),
    /// The value lies in the closed range; at least one bound is given.
    Range {
        /// Smallest value inside.
        at_least: Option<f64>,
        /// Largest value inside.
        at_most: Option<f64>,
    },
    /// The value modulo `modulus` is one of `remainders`.
    Modulus {
        /// Divisor, at least 2.
        modulus: u32,
        /// Remainders inside.
        remainders: Vec<u32>,
    },
}

/// What the data really say about one bound: it lies between these two values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bracket {
    /// The extreme failing value inside (the largest for an upper bound, the smallest for a lower one).
    pub failing: f64,
    /// The nearest working value outside, among requests that satisfy the other clauses.
    pub working: Option<f64>,
}

/// A condition on one feature.
#[derive(Clone, Debug, PartialEq)]
pub struct Clause {
    /// The feature or column that it is about.
    pub subject: Subject,
    /// From where on the path it holds.
    pub at: Viewpoint,
    /// The condition.
    pub condition: Condition,
    /// Bracket of the lower bound.
    pub bracket_low: Option<Bracket>,
    /// Bracket of the upper bound.
    pub bracket_high: Option<Bracket>,
}

impl Clause {
    /// Whether both are about the same thing: an address and its prefix are.
    #[must_use]
    pub fn same_subject(&self, other: &Self) -> bool {
        self.subject.reported() == other.subject.reported() && self.at == other.at
    }
}

impl Condition {
    /// Whether each row of the column satisfies it; a missing value satisfies nothing.
    #[must_use]
    pub fn mask(&self, column: &Column) -> Vec<bool> {
        match &column.values {
            Values::Numbers(values) => values.iter().map(|&v| !v.is_nan() && self.holds_number(v)).collect(),
            Values::Codes { codes, labels } => {
                let inside: Vec<bool> = labels.iter().map(|l| self.holds_text(l)).collect();
                codes.iter().map(|&c| inside.get(c as usize).copied().unwrap_or(false)).collect()
            }
        }
    }

    /// Whether a number satisfies it.
    #[must_use]
    #[expect(clippy::float_cmp, reason = "values of a set are copies of values of the column")]
    pub fn holds_number(&self, number: f64) -> bool {
        let among = |set: &[Value]| set.iter().any(|x| matches!(x, Value::Number(n) if *n == number));
        match self {
            Self::In(set) => among(set),
            Self::NotIn(set) => !among(set),
            Self::Range { at_least, at_most } => {
                at_least.is_none_or(|b| number >= b) && at_most.is_none_or(|b| number <= b)
            }
            Self::Modulus { modulus, remainders } => remainders.contains(&remainder_of(number, *modulus)),
        }
    }

    /// Whether a name satisfies it.
    #[must_use]
    pub fn holds_text(&self, label: &str) -> bool {
        let one = |value: &Value| match value {
            Value::Text(text) if text == label => true,
            Value::Text(text) => {
                let address = label.parse().ok();
                Network::parse(text).zip(address).is_some_and(|(network, address)| network.contains(address))
            }
            Value::Number(_) => false,
        };
        let among = |set: &[Value]| set.iter().any(one);
        match self {
            Self::In(set) => among(set),
            Self::NotIn(set) => !among(set),
            Self::Range { .. } | Self::Modulus { .. } => false,
        }
    }
}
