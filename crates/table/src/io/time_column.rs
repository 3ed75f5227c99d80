//! The column that says when each request was sent.

use super::{TableWarning, TimeUnit, number};
use crate::cells::CellColumn;
use crate::{Outcome, Table, Values};
use unanswered_time::dates;

/// One time per row; `NaN` where it could not be read.
pub(super) struct Times {
    pub(super) seconds: Vec<f64>,
    pub(super) unit: TimeUnit,
}

/// Reads numbers when the first cell is one, else dates.
pub(super) fn read(cells: &CellColumn, warnings: &mut Vec<TableWarning>) -> Times {
    let first = cells.cells().find(|cell| !cell.is_empty()).unwrap_or_default();
    let unit = if number::any(first).is_some() { TimeUnit::Own } else { TimeUnit::SecondsSinceEpoch };
    let mut zoneless = 0_usize;
    let mut bad: Option<(usize, String)> = None;
    let mut bad_rows = 0_usize;
    let mut seconds = Vec::with_capacity(cells.rows());
    for (row, cell) in cells.cells().enumerate() {
        let time = match unit {
            TimeUnit::Own => number::any(cell),
            TimeUnit::SecondsSinceEpoch => dates::logged(cell).map(|moment| {
                zoneless += usize::from(!moment.zone);
                moment.seconds
            }),
        };
        if time.is_none() {
            bad_rows += 1;
            bad.get_or_insert_with(|| (row + 1, String::from_utf8_lossy(cell).into_owned()));
        }
        seconds.push(time.unwrap_or(f64::NAN));
    }
    if let Some((row, text)) = bad {
        let (column, dates) = (cells.name.clone(), unit == TimeUnit::SecondsSinceEpoch);
        warnings.push(TableWarning::NoTime { rows: bad_rows, column, dates, row, text });
    }
    if zoneless > 0 {
        warnings.push(TableWarning::NoZone { times: zoneless, column: cells.name.clone() });
    }
    Times { seconds, unit }
}

/// Puts the rows in the order of their times and drops those without one; returns how many.
pub(super) fn sort(table: &mut Table, seconds: Vec<f64>) -> usize {
    if seconds.is_sorted() && !seconds.iter().any(|time| time.is_nan()) {
        table.times = seconds;
        return 0;
    }
    let rows = u32::try_from(seconds.len()).unwrap_or(u32::MAX);
    let time = |row: u32| seconds.get(row as usize).copied().unwrap_or(f64::NAN);
    let mut order: Vec<u32> = (0..rows).filter(|&row| !time(row).is_nan()).collect();
    order.sort_by(|&a, &b| time(a).total_cmp(&time(b)));
    for column in &mut table.columns {
        let values = std::mem::replace(&mut column.values, Values::Numbers(Vec::new()));
        column.values = values.select(&order);
    }
    let outcome = |&row: &u32| table.outcomes.get(row as usize).copied().unwrap_or(Outcome::Unknown);
    table.outcomes = order.iter().map(outcome).collect();
    if !table.units.is_empty() {
        table.units = order.iter().filter_map(|&row| table.units.get(row as usize).copied()).collect();
    }
    table.times = order.iter().map(|&row| time(row)).collect();
    seconds.len() - order.len()
}
