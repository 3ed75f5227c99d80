//! Hypotheses as predicates over settable values, and the requests on which they can disagree.

use crate::request::{Field, Setting};
use std::collections::BTreeSet;

/// Of each field, at most so many different values are considered (judgement).
const VALUES_EACH: usize = 24;
/// Of all combinations of values, at most so many; beyond that, requests differ from the control in two fields at most.
const COMBINATIONS: usize = 2_000;

/// A condition on the value of one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It is one of these.
    OneOf(Vec<u64>),
    /// It lies between these, both included.
    Range {
        /// The smallest.
        low: u64,
        /// The largest.
        high: u64,
    },
    /// Divided by the modulus, it leaves one of these. A modulus of 0 is never met.
    Remainder {
        /// The modulus.
        modulus: u64,
        /// The remainders.
        remainders: Vec<u64>,
    },
    /// Under a mask, it equals this.
    Bits {
        /// Which bits are looked at.
        mask: u64,
        /// What they are.
        equals: u64,
    },
}

impl Condition {
    /// Whether a value meets it.
    #[must_use]
    pub fn holds(&self, value: u64) -> bool {
        match self {
            Self::OneOf(values) => values.contains(&value),
            Self::Range { low, high } => (*low..=*high).contains(&value),
            Self::Remainder { modulus, remainders } => {
                value.checked_rem(*modulus).is_some_and(|rest| remainders.contains(&rest))
            }
            Self::Bits { mask, equals } => value & mask == *equals,
        }
    }

    /// Values on both sides of it, near the usual one where the condition leaves a choice.
    fn values(&self, usual: u64) -> Vec<u64> {
        match self {
            Self::OneOf(values) => {
                let beside = values.iter().flat_map(|v| [v.wrapping_sub(1), v.wrapping_add(1)]);
                values.iter().copied().chain(beside).collect()
            }
            Self::Range { low, high } => {
                vec![*low, *high, low.wrapping_sub(1), high.wrapping_add(1), u64::midpoint(*low, *high)]
            }
            Self::Remainder { modulus, .. } => {
                (0..(*modulus).min(16)).map(|step| usual.wrapping_add(step)).collect()
            }
            Self::Bits { mask, equals } => {
                let lowest = mask & mask.wrapping_neg();
                let meeting = (usual & !mask) | (equals & mask);
                vec![meeting, meeting ^ lowest]
            }
        }
    }
}

/// One condition of a hypothesis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// The field.
    pub field: Field,
    /// The condition.
    pub condition: Condition,
    /// Whether it has to hold (`true`), or must not.
    pub holds: bool,
}

/// One hypothesis: requests that meet all clauses fail.
#[derive(Clone, Debug, PartialEq)]
pub struct Rival {
    /// What has to be met; none at all: every request fails.
    pub clauses: Vec<Clause>,
    /// How likely it is before anything is asked, relative to the others.
    pub prior: f64,
    /// Which share of such requests fails, as far as is known, 0 to 1.
    pub fails: f64,
}

/// A field that can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settable {
    /// The field.
    pub field: Field,
    /// The smallest value that may be sent.
    pub low: u64,
    /// The largest.
    pub high: u64,
    /// The value that a control has.
    pub usual: u64,
}

impl Rival {
    /// Whether the request fails, if the hypothesis is true. A field that it does not name has its usual value; one that
    /// cannot be set at all is taken to meet its condition, because the requests that failed did.
    #[must_use]
    pub fn predicts_failure(&self, request: &[Setting], settable: &[Settable]) -> bool {
        self.clauses.iter().all(|clause| clause.met(request, settable))
    }

    /// The only clause that the request does not meet, by its index.
    fn only_missed(&self, request: &[Setting], settable: &[Settable]) -> Option<usize> {
        let mut missed = self.clauses.iter().enumerate().filter(|(_, clause)| !clause.met(request, settable));
        let first = missed.next()?;
        missed.next().is_none().then_some(first.0)
    }
}

impl Clause {
    fn met(&self, request: &[Setting], settable: &[Settable]) -> bool {
        let set = request.iter().find(|setting| setting.field == self.field).map(|setting| setting.value);
        let usual = || settable.iter().find(|s| s.field == self.field).map(|s| s.usual);
        set.or_else(usual).is_none_or(|value| self.condition.holds(value) == self.holds)
    }
}

/// A request that can be made, and which of the rivals predict that it fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) settings: Vec<Setting>,
    pub(super) failing: Vec<bool>,
    /// Rivals of which it meets all clauses but one, from the first request on that does so for that clause.
    pub(super) near_miss_of: Vec<usize>,
}

/// Requests that differ in what the rivals predict: of those on which all agree alike, the one that changes fewest fields. Besides, for each
/// clause of each rival, one that meets all its other clauses: else a rival with a clause too many would never be found out.
pub(super) fn candidates(rivals: &[Rival], settable: &[Settable]) -> Vec<Candidate> {
    let values: Vec<Vec<Setting>> = settable.iter().map(|field| values_of(field, rivals)).collect();
    let all: usize = values.iter().fold(1, |product, list| product.saturating_mul(list.len() + 1));
    let most = if all <= COMBINATIONS { settable.len() } else { 2 };
    let mut requests: Vec<Vec<Setting>> = vec![Vec::new()];
    for field in &values {
        let longer: Vec<Vec<Setting>> = requests
            .iter()
            .filter(|request| request.len() < most)
            .flat_map(|request| field.iter().map(move |setting| [request.as_slice(), &[*setting]].concat()))
            .take(COMBINATIONS)
            .collect();
        requests.extend(longer);
    }
    requests.sort_by_key(Vec::len);
    let (mut seen, mut missed) = (BTreeSet::new(), BTreeSet::new());
    requests
        .into_iter()
        .filter_map(|settings| {
            let failing: Vec<bool> =
                rivals.iter().map(|rival| rival.predicts_failure(&settings, settable)).collect();
            let misses =
                |(index, rival): (usize, &Rival)| Some((index, rival.only_missed(&settings, settable)?));
            let near = rivals.iter().enumerate().filter_map(misses);
            let near_miss_of: Vec<usize> =
                near.filter(|miss| missed.insert(*miss)).map(|(index, _)| index).collect();
            (seen.insert(failing.clone()) || !near_miss_of.is_empty()).then_some(Candidate {
                settings,
                failing,
                near_miss_of,
            })
        })
        .collect()
}

/// Values of a field other than the usual one that lie on different sides of the rivals' conditions.
fn values_of(field: &Settable, rivals: &[Rival]) -> Vec<Setting> {
    let conditions =
        rivals.iter().flat_map(|rival| &rival.clauses).filter(|clause| clause.field == field.field);
    let mut seen = BTreeSet::from([field.usual]);
    conditions
        .flat_map(|clause| clause.condition.values(field.usual))
        .filter(|value| (field.low..=field.high).contains(value) && seen.insert(*value))
        .take(VALUES_EACH)
        .map(|value| Setting { field: field.field, value })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORT: Field = Field(0);
    const LENGTH: Field = Field(1);

    fn rival(field: Field, condition: Condition) -> Rival {
        Rival { clauses: vec![Clause { field, condition, holds: true }], prior: 1.0, fails: 1.0 }
    }

    #[test]
    fn for_two_confounded_rivals_there_is_a_request_for_each_side() {
        let rivals =
            [rival(PORT, Condition::Range { low: 0, high: 122 }), rival(LENGTH, Condition::OneOf(vec![76]))];
        let settable = [
            Settable { field: PORT, low: 0, high: 65_535, usual: 50_000 },
            Settable { field: LENGTH, low: 48, high: 1_400, usual: 48 },
        ];
        let mut predicted: Vec<Vec<bool>> =
            candidates(&rivals, &settable).into_iter().map(|candidate| candidate.failing).collect();
        predicted.sort();
        predicted.dedup();
        assert_eq!(predicted, [vec![false, false], vec![false, true], vec![true, false], vec![true, true]]);
    }

    #[test]
    fn no_request_leaves_what_may_be_sent() {
        let rivals =
            [rival(PORT, Condition::Range { low: 0, high: 1023 }), rival(PORT, Condition::OneOf(vec![0]))];
        let settable = [Settable { field: PORT, low: 1, high: 65_535, usual: 50_000 }];
        let asked: Vec<u64> = candidates(&rivals, &settable)
            .iter()
            .flat_map(|candidate| candidate.settings.iter().map(|setting| setting.value))
            .collect();
        assert!(!asked.is_empty() && asked.iter().all(|value| *value >= 1), "{asked:?}");
    }

    #[test]
    fn conditions_hold_where_they_say() {
        assert!(Condition::Remainder { modulus: 2, remainders: vec![1] }.holds(7));
        assert!(!Condition::Remainder { modulus: 0, remainders: vec![0] }.holds(7));
        assert!(Condition::Bits { mask: 0b110, equals: 0b100 }.holds(0b1101));
    }
}
