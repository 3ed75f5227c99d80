//! The column that says when each request was sent. How it writes times is decided for the column, not for each cell.

use super::{EpochUnit, TableError, TableWarning, TimeUnit, TimeWriting, number};
use crate::cells::{CellColumn, Reading};
use crate::{Outcome, Table, Values};
use unanswered_time::dates::{self, DateShape, Yearless};

/// Cells that are looked at to find how a column writes times.
const SAMPLE: usize = 2000;
/// Share of cells that must be readable; a column with fewer holds no times.
const READABLE: f64 = 0.5;
/// Share of cells that are moments from which on the others are not looked at in another way.
const CERTAIN: f64 = 0.95;
/// Rows above which starting threads pays off.
const PARALLEL: usize = 100_000;
const DAY: f64 = 86_400.0;
/// The year of dates without one, where nothing says which it is: one that has all days.
pub(super) const NO_YEAR: u32 = 2000;

/// One time per row; `NaN` where it could not be read.
pub(super) struct Times {
    pub(super) seconds: Vec<f64>,
    pub(super) unit: TimeUnit,
    pub(super) written: TimeWriting,
}

/// How the column writes times, and the share of the cells looked at that can be read so; `None` if no cell can.
pub(super) fn writing(cells: &CellColumn) -> Option<(TimeWriting, f64)> {
    let step = (cells.rows() / SAMPLE).max(1);
    let sample: Vec<&[u8]> = cells.every(step).filter(|cell| !number::absent(cell)).take(SAMPLE).collect();
    let share = |count: usize| count as f64 / sample.len().max(1) as f64;
    let count = |reads: &dyn Fn(&[u8]) -> bool| share(sample.iter().filter(|cell| reads(cell)).count());
    // Of equals, the first is taken.
    let mut best: Option<(TimeWriting, f64)> = None;
    let mut offer = |writing, share: f64| {
        if share > 0.0 && best.is_none_or(|(_, other)| share > other) {
            best = Some((writing, share));
        }
    };
    for unit in EpochUnit::ALL {
        offer(TimeWriting::Epoch(unit), count(&|cell| number::any(cell).is_some_and(|n| unit.plausible(n))));
    }
    for shape in DateShape::ALL {
        offer(TimeWriting::Date(shape), count(&|cell| shape.read(cell).is_some()));
    }
    offer(TimeWriting::Yearless, count(&|cell| dates::yearless(cell).is_some()));
    offer(TimeWriting::OfDay, count(&|cell| dates::of_day_logged(cell).is_some()));
    // A few odd numbers among moments do not make a clock of its own of them.
    if best.is_none_or(|(_, share)| share < CERTAIN) {
        let share = count(&|cell| number::any(cell).is_some());
        if share > best.map_or(0.0, |(_, other)| other) {
            return Some((TimeWriting::Number, share));
        }
    }
    best
}

/// Reads the column's times. `latest` is a moment after which nothing in it can have been written, in seconds since 1970.
///
/// # Errors
/// When most cells cannot be read as times.
pub(super) fn read(
    cells: CellColumn,
    latest: Option<f64>,
    warnings: &mut Vec<TableWarning>,
) -> Result<Times, TableError> {
    let mut written = writing(&cells).map_or(TimeWriting::Number, |(writing, _)| writing);
    let name = cells.name.clone();
    let plain = |number: Option<f64>| (number, false);
    let dated = |moment: Option<dates::Logged>| {
        moment.map_or((None, false), |moment| (Some(moment.seconds), !moment.zone))
    };
    let reading = match written {
        TimeWriting::Number => cells.into_numbers(|cell| plain(number::any(cell))),
        TimeWriting::Epoch(unit) => {
            cells.into_numbers(|cell| plain(number::any(cell).map(|n| n / unit.per_second())))
        }
        TimeWriting::Date(DateShape::MonthFirst | DateShape::DayFirst) => {
            let order = order(&cells, warnings);
            written = TimeWriting::Date(order);
            cells.into_numbers(|cell| dated(order.read(cell)))
        }
        TimeWriting::Date(shape) => cells.into_numbers(|cell| dated(shape.read(cell))),
        TimeWriting::Yearless => {
            let read: Vec<Option<Yearless>> = cells.cells().map(dates::yearless).collect();
            let flagged = read.iter().flatten().count();
            Reading { flagged, ..of_all(&cells, years(&cells.name, &read, latest, warnings)) }
        }
        TimeWriting::OfDay => {
            let read: Vec<Option<f64>> = cells.cells().map(dates::of_day_logged).collect();
            of_all(&cells, over_midnight(&read))
        }
    };
    let Reading { numbers: seconds, flagged: zoneless, odd } = reading;
    unreadable(&name, (&seconds, odd), written, warnings)?;
    if zoneless > 0 {
        warnings.push(TableWarning::NoZone { times: zoneless, column: name });
    }
    let unit = match written {
        TimeWriting::Number => TimeUnit::Own,
        TimeWriting::OfDay => TimeUnit::SecondsOfDay,
        TimeWriting::Epoch(_) | TimeWriting::Date(_) | TimeWriting::Yearless => TimeUnit::SecondsSinceEpoch,
    };
    Ok(Times { seconds, unit, written })
}

/// Times that hang together, so that they are not read one by one.
fn of_all(cells: &CellColumn, times: Vec<Option<f64>>) -> Reading {
    let mut odd = times.iter().zip(cells.cells()).enumerate();
    let odd = odd.find(|(_, (time, cell))| time.is_none() && !cell.is_empty());
    let odd = odd.map(|(row, (_, cell))| (row, String::from_utf8_lossy(cell).into_owned()));
    let numbers = times.into_iter().map(|time| time.unwrap_or(f64::NAN)).collect();
    Reading { numbers, flagged: 0, odd }
}

/// Whether day or month stands first: decided by any value above 12; else by which order leaves the rows sorted; else it is said
/// that nothing decides. The month is first then with slashes, as programs write dates whose language was never set; the day is
/// with points and hyphens, as nobody writes the month first with these.
fn order(cells: &CellColumn, warnings: &mut Vec<TableWarning>) -> DateShape {
    let mut read = [0_usize; 2];
    let mut sorted = [true; 2];
    let mut last = [f64::NEG_INFINITY; 2];
    let mut slashes = false;
    let orders = [DateShape::MonthFirst, DateShape::DayFirst];
    for cell in cells.cells() {
        for (index, order) in orders.into_iter().enumerate() {
            if let (Some(moment), Some(read), Some(sorted), Some(last)) =
                (order.read(cell), read.get_mut(index), sorted.get_mut(index), last.get_mut(index))
            {
                *read += 1;
                *sorted &= moment.seconds >= *last;
                *last = moment.seconds;
            }
        }
        slashes |= cell.contains(&b'/');
    }
    let [month_first, day_first] = orders;
    match (read[0].cmp(&read[1]), sorted) {
        (std::cmp::Ordering::Greater, _) | (std::cmp::Ordering::Equal, [true, false]) => month_first,
        (std::cmp::Ordering::Less, _) | (std::cmp::Ordering::Equal, [false, true]) => day_first,
        (std::cmp::Ordering::Equal, [true, true] | [false, false]) => {
            let first = cells.cells().find(|cell| month_first.read(cell).is_some()).unwrap_or_default();
            let example = String::from_utf8_lossy(first).into_owned();
            warnings.push(TableWarning::AmbiguousDates {
                column: cells.name.clone(),
                month_first: slashes,
                example,
            });
            if slashes { month_first } else { day_first }
        }
    }
}

/// Gives dates without a year one: the last is in the year that ends it soonest before `latest`, and one that is more than half a
/// year before its predecessor is in the next year.
fn years(
    column: &str,
    read: &[Option<Yearless>],
    latest: Option<f64>,
    warnings: &mut Vec<TableWarning>,
) -> Vec<Option<f64>> {
    // In a year that has all days.
    let in_leap_year = |date: Yearless| date.in_year(NO_YEAR);
    let mut turn = 0_u32;
    let mut last: Option<f64> = None;
    let turns: Vec<u32> = read
        .iter()
        .map(|date| {
            let Some(at) = date.and_then(in_leap_year) else { return turn };
            match last {
                Some(before) if before - at > 183.0 * DAY => turn += 1,
                // A straggler of the old year.
                Some(before) if at - before > 183.0 * DAY && turn > 0 => return turn - 1,
                Some(_) | None => {}
            }
            last = Some(at);
            turn
        })
        .collect();
    let dated = |end: u32| -> Vec<Option<f64>> {
        let year = |turn_of: u32| end.checked_sub(turn - turn_of);
        read.iter().zip(&turns).map(|(date, at)| date.and_then(|date| date.in_year(year(*at)?))).collect()
    };
    let all = read.iter().flatten().count();
    let fits = |end: u32, latest: f64| {
        let dated = dated(end);
        // A day's grace, for clocks that are ahead and zones that are not known.
        let newest = dated.iter().flatten().copied().fold(f64::NEG_INFINITY, f64::max);
        (newest <= latest + DAY && dated.iter().flatten().count() == all).then_some(dated)
    };
    let found = latest.and_then(|latest| {
        let present = (1970.0 + latest / (365.2425 * DAY)).floor().clamp(1970.0, 9998.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1970 and 9998")]
        let present = present as u32;
        (present.saturating_sub(9)..=present + 1).rev().find_map(|end| Some((end, fits(end, latest)?)))
    });
    if all > 0 {
        let year = found.as_ref().map(|(year, _)| *year);
        warnings.push(TableWarning::NoYear { column: column.to_owned(), year, turns: turn });
    }
    found.map_or_else(|| dated(NO_YEAR), |(_, dated)| dated)
}

/// Times of a day that go back by more than half a day are on the next one.
fn over_midnight(read: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut days = 0.0;
    let mut last: Option<f64> = None;
    read.iter()
        .map(|time| {
            let time = (*time)?;
            if last.is_some_and(|last| last - time > DAY / 2.0) {
                days += DAY;
            } else if last.is_some_and(|last| time - last > DAY / 2.0) && days > 0.0 {
                return Some(days - DAY + time);
            }
            last = Some(time);
            Some(days + time)
        })
        .collect()
}

fn unreadable(
    name: &str,
    (seconds, odd): (&[f64], Option<(usize, String)>),
    written: TimeWriting,
    warnings: &mut Vec<TableWarning>,
) -> Result<(), TableError> {
    let bad = seconds.iter().filter(|time| time.is_nan()).count();
    let empty = || Some((seconds.iter().position(|time| time.is_nan())?, String::new()));
    let Some((row, text)) = odd.or_else(empty) else { return Ok(()) };
    let column = name.to_owned();
    if bad as f64 > READABLE * seconds.len() as f64 {
        return Err(TableError::NoTimes { column, rows: bad, of: seconds.len(), row: row + 1, text });
    }
    warnings.push(TableWarning::NoTime { rows: bad, column, expected: written, row: row + 1, text });
    Ok(())
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
    select(table, &order);
    table.times = order.iter().map(|&row| time(row)).collect();
    seconds.len() - order.len()
}

/// Keeps these rows, in this order; each as often as it is listed.
pub(super) fn select(table: &mut Table, order: &[u32]) {
    crate::threads::each(&mut table.columns, order.len() >= PARALLEL, |column| {
        let values = std::mem::replace(&mut column.values, Values::Numbers(Vec::new()));
        column.values = values.select(order);
    });
    let outcome = |&row: &u32| table.outcomes.get(row as usize).copied().unwrap_or(Outcome::Unknown);
    table.outcomes = order.iter().map(outcome).collect();
    if !table.units.is_empty() {
        table.units = order.iter().filter_map(|&row| table.units.get(row as usize).copied()).collect();
    }
    if !table.times.is_empty() {
        table.times = order.iter().filter_map(|&row| table.times.get(row as usize).copied()).collect();
    }
}
