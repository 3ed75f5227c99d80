//! Which column says when a request was sent, where nobody says so.

use super::time_column::{NO_YEAR, writing};
use super::{TimeWriting, number};
use crate::cells::{CellColumn, Cells};
use unanswered_time::dates::{self, DateShape};

/// Names of such columns, without separators and in lower case; the beginning of a request comes before its end.
const NAMES: [&str; 32] = [
    "timestamp",
    "ts",
    "time",
    "datetime",
    "when",
    "date",
    "start",
    "starttime",
    "begin",
    "first",
    "sent",
    "senttime",
    "requesttime",
    "requesttimestamp",
    "eventtime",
    "frametimeepoch",
    "frametime",
    "timeepoch",
    "timelocal",
    "timeiso8601",
    "startedat",
    "createdat",
    "t",
    "at",
    "logtime",
    "end",
    "endtime",
    "minute",
    "hour",
    "interval",
    "window",
    "bucket",
];
/// Share of cells that must be times.
const TIMES: f64 = 0.95;
/// Share of neighbouring rows that must be in order where the name does not say that it is a time.
const IN_ORDER: f64 = 0.9;
/// Rows that are looked at for their order.
const SAMPLE: usize = 2000;

/// The index of the column of times; `None` where no column is one without doubt.
pub(super) fn find(cells: &Cells, taken: impl Fn(&str) -> bool) -> Option<usize> {
    let candidates = cells.columns.iter().enumerate().filter(|(_, column)| !taken(&column.name));
    let ranked = candidates.filter_map(|(index, column)| Some((rank(column)?, index)));
    ranked.min().map(|(_, index)| index)
}

/// How early the column is taken; `None` for one that holds no times.
fn rank(column: &CellColumn) -> Option<(usize, usize)> {
    let name = name(&column.name);
    let named = NAMES.iter().position(|known| *known == name);
    let (writing, share) = writing(column)?;
    if share < TIMES || values(column) < 2 {
        return None;
    }
    // Numbers without a date and times without a day are told by their names only, and a name such as `time` can be a duration.
    let certain = match writing {
        TimeWriting::Number => return None,
        TimeWriting::Epoch(_) | TimeWriting::OfDay => {
            named.is_some() || in_order(column, writing) >= IN_ORDER
        }
        TimeWriting::Date(DateShape::Compact) => named.is_some() || in_order(column, writing) >= IN_ORDER,
        TimeWriting::Date(_) | TimeWriting::Yearless => {
            named.is_some() || in_order(column, writing) >= IN_ORDER
        }
    };
    let of_day = usize::from(matches!(writing, TimeWriting::OfDay));
    certain.then_some((of_day, named.unwrap_or(NAMES.len())))
}

/// Different neighbouring values, as far as two.
fn values(column: &CellColumn) -> usize {
    let mut cells = column.values().filter(|cell| !cell.is_empty());
    let first = cells.next();
    1 + usize::from(cells.any(|cell| Some(cell) != first))
}

fn in_order(column: &CellColumn, writing: TimeWriting) -> f64 {
    let times: Vec<f64> = column.cells().take(SAMPLE).filter_map(|cell| one(cell, writing)).collect();
    let pairs = times.len().saturating_sub(1);
    let ordered = times.windows(2).filter(|pair| matches!(pair, [a, b] if a <= b)).count();
    if pairs < 5 { 0.0 } else { ordered as f64 / pairs as f64 }
}

/// The time in one cell, good enough for comparing it with its neighbours.
fn one(cell: &[u8], writing: TimeWriting) -> Option<f64> {
    match writing {
        TimeWriting::Number | TimeWriting::Epoch(_) => number::any(cell),
        TimeWriting::Date(shape) => shape.read(cell).map(|moment| moment.seconds),
        TimeWriting::Yearless => dates::yearless(cell).and_then(|date| date.in_year(NO_YEAR)),
        TimeWriting::OfDay => dates::of_day_logged(cell),
    }
}

fn name(name: &str) -> String {
    let last = name.rsplit(['.', '@']).next().unwrap_or(name);
    last.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Columns that are the time once more, or another time of the request that goes with it: nearly always in order.
pub(super) fn others(cells: &Cells) -> Vec<String> {
    let follows = |column: &&CellColumn| {
        writing(column).is_some_and(|(writing, share)| {
            let a_time = !matches!(writing, TimeWriting::Number | TimeWriting::OfDay);
            a_time && share >= TIMES && values(column) >= 2 && in_order(column, writing) >= IN_ORDER
        })
    };
    cells.columns.iter().filter(follows).map(|column| column.name.clone()).collect()
}
