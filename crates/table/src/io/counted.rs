//! Rows that stand for many requests.
//!
//! Each becomes as many rows as it stands for, so that whatever counts rows counts requests. Requests of one row have nothing that
//! orders them: those of the same time (all, where there is no time) are put in an order without meaning, in which neither failures
//! nor equal rows stand together, since rows that stand together look like one event.

use super::{TableError, TableWarning, number, time_column};
use crate::cells::CellColumn;
use crate::{Outcome, Table};

/// Requests that are kept in memory; of more, both sides are thinned evenly.
const REQUESTS_MAX: u64 = 20_000_000;

/// How many requests each row stands for.
#[derive(Debug)]
pub(super) struct Counts {
    /// All of them.
    pub(super) all: Vec<u64>,
    /// Those that failed, where a column says how many; else the row's outcome is that of all.
    pub(super) failed: Option<Vec<u64>>,
}

/// Reads the columns of counts. Cells without a number count nothing and are said.
///
/// # Errors
/// When no cell of a column holds a number.
pub(super) fn read(
    all: Option<&CellColumn>,
    failed: Option<&CellColumn>,
    rows: usize,
    warnings: &mut Vec<TableWarning>,
) -> Result<Counts, TableError> {
    let mut counts = |column: &CellColumn| {
        let (mut bad, mut first) = (0, None);
        let mut count = |(row, cell): (usize, &[u8])| {
            number::any(cell).filter(|n| (0.0..9e15).contains(n)).map_or_else(
                || {
                    bad += 1;
                    first.get_or_insert_with(|| (row + 1, String::from_utf8_lossy(cell).into_owned()));
                    0
                },
                to_count,
            )
        };
        let counts: Vec<u64> = column.cells().enumerate().map(&mut count).collect();
        if let Some((row, text)) = first {
            if bad == counts.len() {
                return Err(TableError::NoCounts { column: column.name.clone(), row, text });
            }
            warnings.push(TableWarning::NoCount { rows: bad, column: column.name.clone(), row, text });
        }
        Ok(counts)
    };
    let failed = failed.map(&mut counts).transpose()?;
    let mut all = all.map_or_else(|| Ok(vec![1; rows]), &mut counts)?;
    if let Some(failed) = &failed {
        let more = all.iter().zip(failed).filter(|(all, failed)| failed > all).count();
        if more > 0 {
            warnings.push(TableWarning::MoreFailed { rows: more });
            all.iter_mut().zip(failed).for_each(|(all, failed)| *all = (*all).max(*failed));
        }
    }
    Ok(Counts { all, failed })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative and below 2^53")]
const fn to_count(number: f64) -> u64 {
    number.round() as u64
}

/// Makes a row of each request, in the order of their times if there are any. Returns how many rows were dropped because they
/// have none.
pub(super) fn expand(
    table: &mut Table,
    counts: &Counts,
    seconds: Option<Vec<f64>>,
    warnings: &mut Vec<TableWarning>,
) -> usize {
    let all_rows = u32::try_from(counts.all.len()).unwrap_or(u32::MAX);
    table.times = seconds.unwrap_or_default();
    let timed = |row: &u32| table.times.get(*row as usize).is_none_or(|time| !time.is_nan());
    let mut sorted: Vec<u32> = (0..all_rows).filter(timed).collect();
    let dropped = counts.all.len() - sorted.len();
    let time = |row: u32| table.times.get(row as usize).copied().unwrap_or_default();
    sorted.sort_by(|&a, &b| time(a).total_cmp(&time(b)));
    let count = |row: u32| counts.all.get(row as usize).copied().unwrap_or_default();
    let total: u64 = sorted.iter().fold(0, |sum, row| sum.saturating_add(count(*row)));
    let kept = total.min(REQUESTS_MAX);
    if kept < total {
        warnings.push(TableWarning::Thinned { requests: total, kept });
    }
    let room = usize::try_from(kept).unwrap_or(0);
    let (mut order, mut fails): (Vec<u32>, Vec<bool>) = (Vec::with_capacity(room), Vec::with_capacity(room));
    // Every so many requests one is kept, counted over all rows and for both sides alone.
    let mut passed = [0_u64; 2];
    for row in sorted {
        let all = count(row);
        let failed = counts.failed.as_ref().and_then(|failed| failed.get(row as usize)).copied();
        let whole = failed.is_none() && table.outcomes.get(row as usize).is_some_and(|o| o.failed());
        let failed = failed.unwrap_or(if whole { all } else { 0 });
        for (index, count) in [all.saturating_sub(failed), failed].into_iter().enumerate() {
            let Some(passed) = passed.get_mut(index) else { continue };
            let before = thinned(*passed, kept, total);
            *passed = passed.saturating_add(count);
            for _ in before..thinned(*passed, kept, total) {
                order.push(row);
                fails.push(index == 1);
            }
        }
    }
    shuffle(&mut order, &mut fails, &table.times);
    time_column::select(table, &order);
    if counts.failed.is_some() {
        let outcome = |failed: &bool| if *failed { Outcome::Unanswered } else { Outcome::Answered };
        table.outcomes = fails.iter().map(outcome).collect();
    }
    dropped
}

/// How many of the first so many requests are kept.
fn thinned(requests: u64, kept: u64, total: u64) -> u64 {
    if kept == total {
        return requests;
    }
    let share = u128::from(requests) * u128::from(kept) / u128::from(total.max(1));
    u64::try_from(share).unwrap_or(u64::MAX)
}

/// Puts requests of the same time in an order without meaning, the same every time (Fisher and Yates with SplitMix64).
fn shuffle(order: &mut [u32], fails: &mut [bool], times: &[f64]) {
    let mut state = 0_u64;
    let mut random = move |below: usize| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % (below as u64).max(1)).unwrap_or(0)
    };
    let time = |row: u32| times.get(row as usize).map(|time| time.to_bits());
    let mut fails = fails;
    for same in order.chunk_by_mut(|a, b| time(*a) == time(*b)) {
        let (own, rest) = std::mem::take(&mut fails).split_at_mut(same.len());
        fails = rest;
        for last in (1..same.len()).rev() {
            let other = random(last + 1);
            same.swap(last, other);
            own.swap(last, other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(cells: &[&str]) -> CellColumn {
        let mut column = CellColumn::named("n".to_owned());
        cells.iter().for_each(|cell| column.push(cell.as_bytes()));
        column
    }

    #[test]
    fn every_request_that_a_row_stands_for_is_counted() {
        let mut table = Table { outcomes: vec![Outcome::Answered; 3], ..Table::default() };
        let mut warnings = Vec::new();
        let counts =
            read(Some(&column(&["1000", "3", "0"])), Some(&column(&["250", "5", ""])), 3, &mut warnings)
                .unwrap();
        expand(&mut table, &counts, Some(vec![1.0, 1.0, 2.0]), &mut warnings);
        let failed = table.outcomes.iter().filter(|o| o.failed()).count();
        assert_eq!((table.rows(), failed, table.times.len()), (1005, 255, 1005));
        assert_eq!(warnings.len(), 2, "{warnings:?}");
        let halves = table.outcomes.split_at(500);
        let of = |half: &[Outcome]| half.iter().filter(|o| o.failed()).count();
        assert!(of(halves.0).abs_diff(of(halves.1)) < 60, "failures do not stand together");
    }

    #[test]
    fn what_is_too_much_is_thinned_on_both_sides() {
        let all = 5 * REQUESTS_MAX / 2;
        assert_eq!(thinned(all, REQUESTS_MAX, all), REQUESTS_MAX);
        assert_eq!(thinned(1000, REQUESTS_MAX, all), 400);
        assert_eq!(thinned(1000, all, all), 1000);
    }

    #[test]
    fn a_column_without_numbers_holds_no_counts() {
        let mut warnings = Vec::new();
        assert!(matches!(
            read(Some(&column(&["a", "b"])), None, 2, &mut warnings),
            Err(TableError::NoCounts { .. })
        ));
    }
}
