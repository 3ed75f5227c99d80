//! Columns that belong to the answer: they are known only when a request has ended, and tell nothing about why it failed.
//!
//! They are recognised by what they do, in rows that failed and rows that were answered: known on one side only, one narrow range
//! among failures where they are spread otherwise, or a function of the outcome. A true cause can do the same: a backend that
//! always fails predicts every failure. So a column whose name says that it exists before the request is sent stays whatever it
//! does, one whose name says that it measures the answer goes when it is tied to the outcome, and any other goes only for what a
//! cause hardly does.

use super::LeftOutReason;
use super::guess::{Meaning, meaning};
use super::names::{Standing, is_traffic, standing};
use crate::{Column, MISSING, Outcome, Values};
use std::collections::BTreeMap;

/// Rows of each side that are looked at.
const SAMPLE: usize = 4000;
/// Rows that each side must have.
const SIDE_MIN: usize = 8;
/// In fewer rows it means nothing that a column has one value.
const ROWS_MIN: usize = 20;
/// "All or nearly all" and "hardly any".
const NEARLY_ALL: f64 = 0.95;
const HARDLY_ANY: f64 = 0.02;
/// How far apart the distributions of a measurement of the answer are at least (Kolmogorov and Smirnov's distance).
const APART: f64 = 0.5;
/// A range is narrow whose width is less than this share of the median's size, or of the spread of answered rows.
const NARROW: f64 = 0.1;
/// Beyond the range of answers, failures are that many times larger or smaller.
const FAR: f64 = 1.5;
/// So many times larger than answers, numbers of many values are durations rather than names.
const VERY_FAR: f64 = 20.0;
/// Rows by which it is judged whether values are measured: those seldom come twice.
const MEASURED_ROWS: usize = 1000;
/// Share of different values from which on values are measured.
const MEASURED: f64 = 0.3;
/// Different values that a function of the outcome has at most.
const FEW: usize = 20;

/// Rows of both sides, evenly spread.
pub(super) struct Sides {
    pub(super) failed: Vec<u32>,
    pub(super) answered: Vec<u32>,
}

impl Sides {
    /// Takes rows of both sides.
    pub(super) fn of(outcomes: &[Outcome]) -> Self {
        let side = |wanted: &dyn Fn(Outcome) -> bool| {
            let count = outcomes.iter().filter(|o| wanted(**o)).count();
            let step = (count / SAMPLE).max(1);
            let rows = (0_u32..).zip(outcomes).filter(|(_, o)| wanted(**o)).map(|(row, _)| row);
            rows.step_by(step).collect()
        };
        Self { failed: side(&|o| o.failed()), answered: side(&|o| o == Outcome::Answered) }
    }

    const fn compared(&self) -> bool {
        self.failed.len() >= SIDE_MIN && self.answered.len() >= SIDE_MIN
    }
}

/// Why the column belongs to the answer; `None` for one that may hold a cause.
pub(super) fn belongs(column: &Column, sides: &Sides) -> Option<LeftOutReason> {
    if !sides.compared() {
        return None;
    }
    let name = standing(column.subject.name());
    if name == Standing::Before {
        return None;
    }
    let of = |rows: &[u32]| present(&column.values, rows);
    let (failed, answered) = (of(&sides.failed), of(&sides.answered));
    let share = |side: &[f64], all: &[u32]| side.len() as f64 / all.len() as f64;
    let known = (share(&failed, &sides.failed), share(&answered, &sides.answered));
    if known.0 <= 1.0 - NEARLY_ALL && known.1 >= 0.5 {
        return Some(LeftOutReason::OnlyAnswered);
    }
    if known.0 >= NEARLY_ALL && known.1 <= HARDLY_ANY {
        return Some(LeftOutReason::OnlyFailed);
    }
    if failed.is_empty() || answered.is_empty() {
        return None;
    }
    let after = name == Standing::After;
    let own_values = || function(&column.values, sides);
    match &column.values {
        Values::Numbers(_) => measured(failed, answered, column.subject.name())
            .or_else(|| if after { own_values() } else { None }),
        Values::Codes { labels, .. } => {
            let says_failed = |code: f64| {
                label(labels, code).is_some_and(|text| meaning(text.as_bytes()) == Meaning::Failed)
            };
            if after || says(&failed, &says_failed) { own_values() } else { None }
        }
    }
}

/// A column of names that says nothing but the outcome, whatever it is called. It is no cause where what exists before the request
/// explains the failures; where nothing else does, it may be one.
pub(super) fn repeats_outcome(column: &Column, sides: &Sides) -> Option<LeftOutReason> {
    let unsaid = sides.compared() && standing(column.subject.name()) == Standing::NotSaid;
    function(&column.values, sides).filter(|_| unsaid)
}

/// Nearly all failures have a value that says so in words: `timeout`, `connection reset`.
fn says(failed: &[f64], says_failed: &dyn Fn(f64) -> bool) -> bool {
    let count = failed.iter().filter(|code| says_failed(**code)).count();
    count as f64 >= NEARLY_ALL * failed.len() as f64
}

fn label(labels: &[String], code: f64) -> Option<&String> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "made of a u32")]
    labels.get(code as u32 as usize)
}

/// The values that there are; codes as numbers.
fn present(values: &Values, rows: &[u32]) -> Vec<f64> {
    match values {
        Values::Numbers(numbers) => rows
            .iter()
            .filter_map(|&row| numbers.get(row as usize).copied())
            .filter(|n| !n.is_nan())
            .collect(),
        Values::Codes { codes, .. } => rows
            .iter()
            .filter_map(|&row| codes.get(row as usize).copied())
            .filter(|&code| code != MISSING)
            .map(f64::from)
            .collect(),
    }
}

/// Each value goes with one outcome, there are few of them, and failures have hardly any other than those of their own.
fn function(values: &Values, sides: &Sides) -> Option<LeftOutReason> {
    let with_missing = |rows: &[u32]| -> Vec<Option<u64>> {
        let one = |&row: &u32| present(values, &[row]).first().map(|value| value.to_bits());
        rows.iter().map(one).collect()
    };
    let mut groups: BTreeMap<Option<u64>, [f64; 2]> = BTreeMap::new();
    for (index, rows) in [&sides.answered, &sides.failed].into_iter().enumerate() {
        for value in with_missing(rows) {
            if let Some(count) = groups.entry(value).or_default().get_mut(index) {
                *count += 1.0 / rows.len() as f64;
            }
        }
    }
    if groups.len() > FEW || groups.len() < 2 {
        return None;
    }
    // Of both sides, the share whose value is hardly ever that of the other side.
    let own = |side: usize| -> f64 {
        let pure = groups.values().filter(|of| of[1 - side] <= HARDLY_ANY * of[side]);
        pure.map(|of| of[side]).sum()
    };
    (own(1) >= NEARLY_ALL && own(0) >= 0.9).then_some(LeftOutReason::OutcomeFunction)
}

/// Durations and sizes: all failures in a narrow range that answers do not have, or (by their name) far from the answers' values.
fn measured(mut failed: Vec<f64>, mut answered: Vec<f64>, name: &str) -> Option<LeftOutReason> {
    let after = standing(name) == Standing::After;
    let looks_measured = after || is_traffic(name) || is_measured(&answered);
    failed.sort_by(f64::total_cmp);
    answered.sort_by(f64::total_cmp);
    if after && distance(&failed, &answered) >= APART {
        return Some(LeftOutReason::OwnRange);
    }
    let at = |side: &[f64], share: f64| {
        let index = (share * (side.len() - 1) as f64).round();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and the length"
        )]
        side.get(index as usize).copied().unwrap_or_default()
    };
    let (low, middle, high) = (at(&failed, 0.03), at(&failed, 0.5), at(&failed, 0.97));
    let spread = at(&answered, 0.95) - at(&answered, 0.05);
    // Beside pauses of days everything is narrow: only a name makes that a measurement of the answer.
    let narrow = high - low <= NARROW * middle.abs().max(f64::MIN_POSITIVE)
        || ((after || is_traffic(name)) && high - low <= NARROW * NARROW * spread);
    let inside = answered.iter().filter(|value| (low..=high).contains(*value)).count();
    let apart = inside as f64 <= HARDLY_ANY * answered.len() as f64;
    let spread_out = spread > high - low;
    let one_value = low.total_cmp(&high).is_eq();
    // What fails from a size on has a range of its own, too, but it begins where the answers' range ends; and a time of day at
    // which requests fail lies among those at which they do not.
    let (least, most) = (at(&answered, 0.005), at(&answered, 0.995));
    let believable = if low > most || high < least {
        low > most * FAR || high * FAR < least
    } else {
        one_value || after || is_traffic(name)
    };
    // At a time-out, failures are many times slower than any answer.
    let looks_measured = looks_measured || (low > most * VERY_FAR && different(&answered) >= FEW);
    let reason = if one_value { LeftOutReason::OneValue } else { LeftOutReason::OwnRange };
    (looks_measured && narrow && apart && spread_out && believable).then_some(reason)
}

/// Different values of sorted ones.
fn different(sorted: &[f64]) -> usize {
    sorted.chunk_by(|a, b| a.total_cmp(b).is_eq()).count()
}

/// Measurements seldom come twice, or have decimals; numbers that name something come again.
fn is_measured(values: &[f64]) -> bool {
    let step = (values.len() / MEASURED_ROWS).max(1);
    let mut some: Vec<u64> = values.iter().step_by(step).map(|value| value.to_bits()).collect();
    let rows = some.len();
    some.sort_unstable();
    some.dedup();
    let decimals = values.iter().filter(|value| value.fract().abs() > 0.0).count();
    decimals * 2 > values.len() || (some.len() >= FEW && some.len() as f64 >= MEASURED * rows as f64)
}

/// The largest difference between the two distribution functions; both are sorted.
fn distance(a: &[f64], b: &[f64]) -> f64 {
    let (mut i, mut j, mut largest) = (0, 0, 0.0_f64);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        let next = x.min(*y);
        while a.get(i).is_some_and(|value| *value <= next) {
            i += 1;
        }
        while b.get(j).is_some_and(|value| *value <= next) {
            j += 1;
        }
        largest = largest.max((i as f64 / a.len() as f64 - j as f64 / b.len() as f64).abs());
    }
    largest
}

/// The columns that say nothing about a request: one value for all rows, or the same rows told apart as by an earlier column.
pub(super) fn idle(columns: &[Column]) -> Vec<Option<LeftOutReason>> {
    if columns.first().is_none_or(|column| column.values.len() < ROWS_MIN) {
        return vec![None; columns.len()];
    }
    let groups: Vec<usize> = columns.iter().map(|column| groups(&column.values)).collect();
    let name = |column: &Column| column.subject.name().to_owned();
    let mut kept: Vec<(usize, &[u32], &Column)> = Vec::new();
    let mut reasons = Vec::with_capacity(columns.len());
    for (column, groups) in columns.iter().zip(groups) {
        let reason = match &column.values {
            Values::Numbers(_) | Values::Codes { .. } if groups < 2 => Some(LeftOutReason::Constant),
            // Copies among numbers are left to the search, which knows twins: a number has an order besides its groups.
            Values::Numbers(_) => None,
            Values::Codes { codes, .. } => {
                let copied = kept.iter().find(|other| other.0 == groups && same_groups(other.1, codes));
                let copied = copied.map(|(_, _, other)| LeftOutReason::CopyOf(name(other)));
                if copied.is_none() {
                    kept.push((groups, codes, column));
                }
                copied
            }
        };
        reasons.push(reason);
    }
    reasons
}

/// Different values, no value among them; of numbers only whether there are none, one, or more.
fn groups(values: &Values) -> usize {
    match values {
        Values::Numbers(numbers) => {
            let first = numbers.first().map(|n| n.to_bits());
            let differ = numbers.iter().any(|n| Some(n.to_bits()) != first);
            usize::from(!numbers.is_empty()) + usize::from(differ)
        }
        Values::Codes { codes, labels } => {
            let mut seen = vec![false; labels.len() + 1];
            for code in codes {
                if let Some(seen) = seen.get_mut((*code as usize).min(labels.len())) {
                    *seen = true;
                }
            }
            seen.into_iter().filter(|seen| *seen).count()
        }
    }
}

/// Two columns with equally many values tell the same rows apart: each value of one goes with one value of the other.
fn same_groups(a: &[u32], b: &[u32]) -> bool {
    let mut partner: Vec<Option<u32>> = Vec::new();
    // No value is the first place, so that the largest code needs none of its own.
    let place = |code: u32| code.wrapping_add(1) as usize;
    a.len() == b.len()
        && a.iter().zip(b).all(|(a, b)| {
            if partner.len() <= place(*a) {
                partner.resize(place(*a) + 1, None);
            }
            partner.get_mut(place(*a)).is_some_and(|partner| *partner.get_or_insert(*b) == *b)
        })
}
