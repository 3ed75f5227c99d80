//! Whether what exists before a request explains the failures, so that a copy of the outcome need not.

use super::answer::Sides;
use super::names::{Standing, standing};
use crate::{Column, MISSING, Values};
use std::collections::HashMap;

/// Columns with more different values tell single requests apart.
const VALUES_MAX: usize = 60;
/// Pairs are tried among so many columns.
const COLUMNS_MAX: usize = 16;
/// Rows of a group from which on its share of failures means something.
const GROUP_MIN: u32 = 12;
/// Of both sides, taken as equally many, this share of a group failed at least.
const FAILING: f64 = 0.9;
/// Share of the failures that are in such groups.
const COVERED: f64 = 0.7;

/// Groups by one or two columns whose names say that they exist before the request hold most failures and few answers.
pub(super) fn by_what_exists_before(columns: &[Column], sides: &Sides) -> bool {
    let mut usable: Vec<Vec<u32>> = Vec::new();
    for column in columns.iter().filter(|column| standing(column.subject.name()) == Standing::Before) {
        if usable.len() < COLUMNS_MAX
            && let Some(codes) = codes(&column.values, sides)
        {
            usable.push(codes);
        }
    }
    let pairs =
        usable.iter().enumerate().flat_map(|(index, a)| usable.iter().skip(index).map(move |b| (a, b)));
    pairs.into_iter().any(|(a, b)| covers(a, b, sides))
}

/// Values of failed rows and then of answered ones, as small numbers; `None` for too many different ones, or one only.
fn codes(values: &Values, sides: &Sides) -> Option<Vec<u32>> {
    let mut known: HashMap<u64, u32> = HashMap::new();
    let rows = sides.failed.iter().chain(&sides.answered);
    let value = |row: &u32| match values {
        Values::Numbers(numbers) => numbers.get(*row as usize).map_or(u64::MAX, |n| n.to_bits()),
        Values::Codes { codes, .. } => u64::from(codes.get(*row as usize).copied().unwrap_or(MISSING)),
    };
    let mut coded = Vec::with_capacity(sides.failed.len() + sides.answered.len());
    for row in rows {
        let next = u32::try_from(known.len()).ok()?;
        coded.push(*known.entry(value(row)).or_insert(next));
        if known.len() > VALUES_MAX {
            return None;
        }
    }
    (known.len() > 1).then_some(coded)
}

fn covers(a: &[u32], b: &[u32], sides: &Sides) -> bool {
    let mut groups: HashMap<(u32, u32), [u32; 2]> = HashMap::new();
    for (index, pair) in a.iter().zip(b).enumerate() {
        let side = usize::from(index < sides.failed.len());
        if let Some(count) = groups.entry((*pair.0, *pair.1)).or_default().get_mut(side) {
            *count += 1;
        }
    }
    let (all_failed, all_answered) = (sides.failed.len() as f64, sides.answered.len() as f64);
    let failing = |[answered, failed]: &[u32; 2]| {
        let (f, a) = (f64::from(*failed) / all_failed, f64::from(*answered) / all_answered);
        answered + failed >= GROUP_MIN && f >= FAILING * (f + a)
    };
    let covered: u32 = groups.values().filter(|group| failing(group)).map(|group| group[1]).sum();
    f64::from(covered) >= COVERED * all_failed
}
