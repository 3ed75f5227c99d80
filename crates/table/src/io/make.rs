//! A log becomes a table: what its columns mean is settled here, from arguments, the format's hints, or names and values.

use super::derived;
use super::infer::{Inferred, Unique};
use super::outcome_column::{Outcomes, Rules};
use super::rule::Rule;
use super::{
    ColumnRole, LeftOutColumn, LeftOutReason, Origin, OutcomeSummary, RequestColumn, TableError, TableRead,
    TableSpec, TableSummary, TableWarning, TimeSummary, UNIT_PREFIX, answer, counted, covered, features,
    guess, infer, outcome_column, time_column, time_guess,
};
use crate::cells::{CellColumn, Cells};
use crate::log::{Hints, Log};
use crate::{Column, Outcome, Table, Unit, Values, Viewpoint};
use std::collections::BTreeMap;
use unanswered_registry::Subject;

/// Most rows of a table: they are numbered with 32 bits, and the largest number stands for none ([`MISSING`](crate::MISSING)).
const ROWS_MAX: u32 = u32::MAX - 1;

/// Makes a table of a log.
///
/// # Errors
/// When it has no rows or more than can be numbered, lacks the columns named, has no times in the column of times, or when what failed is not known: no column
/// says so, all rows or none would have failed, or none of the values that mean "failed" occurs.
pub fn table_of(log: Log, spec: &TableSpec) -> Result<TableRead, TableError> {
    let Log { mut cells, format, hints, written, ends } = log;
    let latest = spec.latest.or(written);
    if cells.rows == 0 {
        return Err(TableError::NoRows);
    }
    if cells.rows > ROWS_MAX as usize {
        return Err(TableError::TooManyRows { rows: cells.rows, limit: ROWS_MAX });
    }
    cells.settle();
    let hints = of_log(hints, &cells);
    let written_here = features::written_here(&cells.columns, &spec.features);
    named_columns(&cells, spec)?;
    let mut warnings = std::mem::take(&mut cells.warnings);
    let counts = take_counts(&mut cells, spec, &hints, &mut warnings)?;
    let units = cells.take_units();
    let (time, origin) = take_time(&mut cells, spec, &hints, written_here)?;
    let counted_failures = counts.as_ref().is_some_and(|counts| counts.failed.is_some());
    let mut told = if counted_failures {
        Told {
            outcomes: Outcomes { rows: vec![Outcome::Answered; cells.rows], seen: Vec::new() },
            summary: None,
        }
    } else {
        outcome(&mut cells, spec, &hints, &mut warnings)?
    };
    if written_here {
        cells.columns.retain(|c| !RequestColumn::named(&c.name).is_some_and(RequestColumn::known_after));
    }
    let mut left_out = chosen(&mut cells, spec, &hints, time.is_some() && !written_here);
    // The text of times is the longest that there is: it is given back before anything else is made. Said are they last.
    let mut of_times = Vec::new();
    let times = time.map(|column| read_times(column, origin, latest, &mut of_times)).transpose()?.flatten();
    let text = std::mem::take(&mut cells.columns);
    let wanted = |name: &str| written_here || !spec.only.is_empty() || spec.types.contains_key(name);
    let Inferred { mut columns, mut summaries, unique } =
        infer::columns(text, &spec.types, &wanted, &mut warnings);
    if written_here {
        features::restore_ends(&mut columns, &spec.ends);
        features::recognise(&mut columns, &spec.features);
    } else if spec.only.is_empty() {
        let of_ids = leave_out(&mut columns, unique, &told.outcomes.rows, spec, &mut left_out);
        summaries.retain(|summary| !left_out.iter().any(|left| left.column == summary.name));
        let more = derived::columns(&columns);
        columns.extend(more);
        columns.extend(of_ids);
    }
    let outcomes = std::mem::take(&mut told.outcomes.rows);
    let rows = outcomes.len();
    let mut table = Table { columns, outcomes, unit: Unit::Row, ..Table::default() };
    if let Some((words, column)) = units {
        table.units = infer::units(&column);
        table.unit = Unit::named(&words);
    }
    warnings.extend(of_times);
    let well = first_of_baseline(&ends, spec.baseline);
    // Rows are dropped, repeated and put in order of time: the mark goes with them.
    table.columns.extend(well.map(|first| marked(rows, first)));
    let mut dropped = 0;
    let time = times.map(|(seconds, summary)| {
        dropped = in_time(&mut table, counts.as_ref(), seconds, &mut warnings);
        summary
    });
    if let (None, Some(counts)) = (&time, &counts) {
        counted::expand(&mut table, counts, None, &mut warnings);
    }
    let baseline = well.and_then(|_| table.columns.pop()).map(|column| marks(&column)).unwrap_or_default();
    if table.rows() == 0 {
        return Err(TableError::NoRows);
    }
    let summary = TableSummary {
        format,
        rows: rows - dropped,
        skipped: cells.skipped + dropped,
        columns: summaries,
        outcomes: told.outcomes.seen,
        outcome: told.summary,
        time,
        left_out,
        warnings,
    };
    Ok(TableRead { table, summary, baseline })
}

/// The first row of the files that are from a time when all was well.
fn first_of_baseline(ends: &[usize], files: usize) -> Option<usize> {
    let before = ends.len().checked_sub(files + 1).filter(|_| files > 0)?;
    ends.get(before).copied()
}

/// A column that says of which rows they are.
fn marked(rows: usize, first: usize) -> Column {
    let codes = (0..rows).map(|row| u32::from(row >= first)).collect();
    let values = Values::Codes { codes, labels: Vec::new() };
    Column { subject: Subject::Column(String::new()), at: Viewpoint::Client, values }
}

fn marks(column: &Column) -> Vec<bool> {
    match &column.values {
        Values::Codes { codes, .. } => codes.iter().map(|code| *code == 1).collect(),
        Values::Numbers(_) => Vec::new(),
    }
}

/// The times in the column; none, with a warning, where only the format says that it holds times and it does not.
fn read_times(
    column: CellColumn,
    origin: Origin,
    latest: Option<f64>,
    warnings: &mut Vec<TableWarning>,
) -> Result<Option<(Vec<f64>, TimeSummary)>, TableError> {
    let name = column.name.clone();
    match time_column::read(column, latest, warnings) {
        Ok(times) => {
            let summary = TimeSummary { column: name, origin, written: times.written, unit: times.unit };
            Ok(Some((times.seconds, summary)))
        }
        Err(TableError::NoTimes { column, row, text, .. }) if origin != Origin::Given => {
            warnings.push(TableWarning::NoTimes { column, row, text });
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Puts the rows in the order of their times; returns how many were dropped because they have none.
fn in_time(
    table: &mut Table,
    counts: Option<&counted::Counts>,
    seconds: Vec<f64>,
    warnings: &mut Vec<TableWarning>,
) -> usize {
    match counts {
        Some(counts) => counted::expand(table, counts, Some(seconds), warnings),
        None => time_column::sort(table, seconds),
    }
}

/// Outcomes, and how they were told.
struct Told {
    outcomes: Outcomes,
    summary: Option<OutcomeSummary>,
}

/// Every column that the arguments name must be there.
fn named_columns(cells: &Cells, spec: &TableSpec) -> Result<(), TableError> {
    let one = |name: &Option<String>, role| name.iter().map(|name| (name.clone(), role)).collect::<Vec<_>>();
    let list = |names: &[String], role| names.iter().map(|name| (name.clone(), role)).collect::<Vec<_>>();
    let types: Vec<String> = spec.types.keys().cloned().collect();
    let named = [
        one(&spec.outcome, ColumnRole::Outcome),
        one(&spec.time, ColumnRole::Time),
        one(&spec.count, ColumnRole::Count),
        one(&spec.failed_count, ColumnRole::FailedCount),
        list(&types, ColumnRole::Type),
        list(&spec.ignore, ColumnRole::Ignore),
        list(&spec.only, ColumnRole::Only),
    ];
    let missing = named.into_iter().flatten().find(|(name, _)| !cells.has(name));
    missing.map_or(Ok(()), |(name, role)| Err(cells.no_such_column(&name, role)))
}

/// Of a format's hints, those about columns that the log has.
fn of_log(hints: Hints, cells: &Cells) -> Hints {
    let there = |name: &Option<String>| name.clone().filter(|name| cells.has(name));
    let list = |names: Vec<String>| names.into_iter().filter(|name| cells.has(name)).collect();
    Hints {
        outcome: there(&hints.outcome),
        failed: hints.failed,
        time: there(&hints.time),
        count: there(&hints.count),
        failed_count: there(&hints.failed_count),
        answer: list(hints.answer),
        idle: list(hints.idle),
    }
}

fn take_counts(
    cells: &mut Cells,
    spec: &TableSpec,
    hints: &Hints,
    warnings: &mut Vec<TableWarning>,
) -> Result<Option<counted::Counts>, TableError> {
    let mut take = |given: &Option<String>, hinted: &Option<String>, role| {
        given.as_ref().or(hinted.as_ref()).map(|name| cells.take(name, role)).transpose()
    };
    let all = take(&spec.count, &hints.count, ColumnRole::Count)?;
    let failed = take(&spec.failed_count, &hints.failed_count, ColumnRole::FailedCount)?;
    if all.is_none() && failed.is_none() {
        return Ok(None);
    }
    counted::read(all.as_ref(), failed.as_ref(), cells.rows, warnings).map(Some)
}

/// The column of times, taken out of the cells, and who said that it is the one.
fn take_time(
    cells: &mut Cells,
    spec: &TableSpec,
    hints: &Hints,
    written_here: bool,
) -> Result<(Option<CellColumn>, Origin), TableError> {
    if let Some(name) = &spec.time {
        return Ok((Some(cells.take(name, ColumnRole::Time)?), Origin::Given));
    }
    let spoken_of = |name: &str| {
        let of_rule = |rule: &String| rule.split_once(':').is_some_and(|(column, _)| column.trim() == name);
        spec.outcome.as_deref() == Some(name)
            || hints.outcome.as_deref() == Some(name)
            || spec.types.contains_key(name)
            || spec.ignore.iter().chain(&spec.only).any(|other| other == name)
            || spec.failed.iter().chain(&spec.ok).any(of_rule)
    };
    if let Some(name) = hints.time.as_ref().filter(|name| !spoken_of(name)) {
        return Ok((Some(cells.take(name, ColumnRole::Time)?), Origin::Format));
    }
    if written_here {
        return Ok((features::time(&mut cells.columns, spec), Origin::Format));
    }
    let found = time_guess::find(cells, spoken_of);
    Ok((found.map(|index| cells.columns.remove(index)), Origin::Found))
}

/// What became of the requests; the columns that say it are taken out of the cells.
fn outcome(
    cells: &mut Cells,
    spec: &TableSpec,
    hints: &Hints,
    warnings: &mut Vec<TableWarning>,
) -> Result<Told, TableError> {
    let names: Vec<String> = cells.columns.iter().map(|column| column.name.clone()).collect();
    let read =
        |list: &[String]| list.iter().map(|rule| Rule::read(rule, &names)).collect::<Result<Vec<_>, _>>();
    let (mut failed, ok) = (read(&spec.failed)?, read(&spec.ok)?);
    let given = !failed.is_empty() || !ok.is_empty();
    let named: Option<String> = failed.iter().chain(&ok).find_map(|rule| rule.column.clone());
    let all_named = given && failed.iter().chain(&ok).all(|rule| rule.column.is_some());
    let named = named.filter(|_| all_named);
    let (name, mut origin) = match (&spec.outcome, &named, &hints.outcome) {
        (Some(name), _, _) | (None, Some(name), _) => (name.clone(), Origin::Given),
        (None, None, Some(name)) => (name.clone(), Origin::Format),
        (None, None, None) => (found(cells, given)?, Origin::Found),
    };
    let column = cells.take(&name, ColumnRole::Outcome)?;
    if !given {
        let hinted = origin == Origin::Format && !hints.failed.is_empty();
        let rules = if hinted { Some(hints.failed.clone()) } else { guess::rules(&column) };
        let Some(rules) = rules else {
            return Err(TableError::NoFailedValue { column: name, seen: outcome_column::seen(&column) });
        };
        failed = rules.iter().map(|rule| Rule::read(rule, &names)).collect::<Result<Vec<_>, _>>()?;
        origin = if hinted { Origin::Format } else { Origin::Found };
    }
    let mut others = Vec::new();
    for rule in failed.iter().chain(&ok) {
        if let Some(other) = rule.column.as_ref().filter(|other| **other != name)
            && cells.has(other)
        {
            others.push(cells.take(other, ColumnRole::Outcome)?);
        }
    }
    let rules = Rules { column: &column, others: others.iter().collect(), failed, ok, given };
    let outcomes = outcome_column::read(&rules, warnings)?;
    Ok(Told { outcomes, summary: Some(rules.summary(origin)) })
}

/// The column that says what became of the requests, where nobody names one.
fn found(cells: &Cells, rules_given: bool) -> Result<String, TableError> {
    let found = guess::outcome(cells);
    // Rules for a column that goes by the usual name, whatever its values are.
    let named =
        || rules_given.then(|| guess::candidates(cells).into_iter().next().map(|(name, _)| name)).flatten();
    found.or_else(named).ok_or_else(|| TableError::WhichFailed {
        candidates: guess::candidates(cells),
        columns: cells.columns.iter().map(|column| column.name.clone()).collect(),
    })
}

/// Takes out what arguments and hints leave out, and other times of the requests.
fn chosen(cells: &mut Cells, spec: &TableSpec, hints: &Hints, timed: bool) -> Vec<LeftOutColumn> {
    if !spec.only.is_empty() {
        cells.columns.retain(|column| spec.only.contains(&column.name));
    }
    let other_times = if timed && spec.only.is_empty() { time_guess::others(cells) } else { Vec::new() };
    let reason = |name: &String| {
        if spec.ignore.contains(name) {
            return Some(LeftOutReason::Ignored);
        }
        if !spec.only.is_empty() || spec.types.contains_key(name) {
            return None;
        }
        if hints.answer.contains(name) {
            return Some(LeftOutReason::Answer);
        }
        if hints.idle.contains(name) {
            return Some(LeftOutReason::Idle);
        }
        other_times.contains(name).then_some(LeftOutReason::OtherTime)
    };
    let mut left_out = Vec::new();
    cells.columns.retain(|column| match reason(&column.name) {
        Some(reason) => {
            left_out.push(LeftOutColumn { column: column.name.clone(), reason });
            false
        }
        None => true,
    });
    left_out
}

/// Takes out the columns that belong to the answer, and those that say nothing; not those whose type was given. Returns what the
/// ids among the latter have in common.
fn leave_out(
    columns: &mut Vec<Column>,
    mut unique: BTreeMap<usize, Unique>,
    outcomes: &[Outcome],
    spec: &TableSpec,
    left_out: &mut Vec<LeftOutColumn>,
) -> Vec<Column> {
    let sides = answer::Sides::of(outcomes);
    let exempt = |column: &Column| {
        column.subject.feature().is_some() || spec.types.contains_key(column.subject.name())
    };
    let mut leave = |column: &Column, reason| {
        left_out.push(LeftOutColumn { column: column.subject.name().to_owned(), reason });
    };
    let mut kept = Vec::new();
    let mut of_ids = Vec::new();
    for (index, column) in std::mem::take(columns).into_iter().enumerate() {
        let ids = unique.remove(&index);
        match (answer::belongs(&column, &sides).filter(|_| !exempt(&column)), ids) {
            (Some(reason), _) => leave(&column, reason),
            (None, Some(ids)) => {
                leave(&column, LeftOutReason::Unique);
                of_ids.extend(ids.derived);
            }
            (None, None) => kept.push(column),
        }
    }
    if covered::by_what_exists_before(&kept, &sides) {
        kept.retain(|column| {
            let reason = answer::repeats_outcome(column, &sides).filter(|_| !exempt(column));
            reason.clone().into_iter().for_each(|reason| leave(column, reason));
            reason.is_none()
        });
    }
    let idle = answer::idle(&kept);
    for (column, idle) in kept.into_iter().zip(idle) {
        match idle.filter(|_| !exempt(&column)) {
            Some(reason) => leave(&column, reason),
            None => columns.push(column),
        }
    }
    of_ids
}

impl Cells {
    fn has(&self, name: &str) -> bool {
        self.columns.iter().any(|column| column.name == name)
    }

    fn take(&mut self, name: &str, role: ColumnRole) -> Result<CellColumn, TableError> {
        match self.columns.iter().position(|c| c.name == name) {
            Some(index) => Ok(self.columns.remove(index)),
            None => Err(self.no_such_column(name, role)),
        }
    }

    /// The column that [`write_table`](super::write_table) writes for units of evidence, and what it calls them.
    fn take_units(&mut self) -> Option<(String, CellColumn)> {
        let index = self.columns.iter().position(|c| c.name.starts_with(UNIT_PREFIX))?;
        let column = self.columns.remove(index);
        let words = column.name.strip_prefix(UNIT_PREFIX).unwrap_or_default().to_owned();
        Some((words, column))
    }

    fn no_such_column(&self, name: &str, role: ColumnRole) -> TableError {
        TableError::no_such_column(role, name, self.columns.iter().map(|c| c.name.clone()).collect())
    }
}
