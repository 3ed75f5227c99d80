//! From a log to a table of requests, and from tables to files.
//!
//! [`table_of`] makes a [`Table`] of a [`Log`], which crate `unanswered-logs` reads: one row per request, one column says
//! what became of it, the others are features. Types are inferred from the cells, reported in a [`TableSummary`] and can be
//! overridden. Whatever is left out (ragged lines, unreadable times) is counted in the summary's warnings.

mod error;
mod features;
mod infer;
mod number;
mod outcome_column;
mod request_columns;
mod time_column;
mod write;

pub use crate::warning::{Line, TableWarning};
pub use error::{ColumnRole, TableError};
pub use request_columns::{Ends, RequestColumn, RequestFacts};
pub use write::{write_requests, write_table};

use crate::cells::{CellColumn, Cells};
use crate::log::Log;
use crate::{Table, Unit};
use std::collections::BTreeMap;
use unanswered_registry::Feature;

/// Prefix of the name of the column of units of evidence; what a unit is follows.
const UNIT_PREFIX: &str = "unit:";

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ColumnType {
    /// Numbers, which have an order and distances.
    Number,
    /// Names, codes, addresses.
    Name,
}

impl ColumnType {
    /// The word for it in arguments and reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Name => "name",
        }
    }
}

/// What the columns of a table mean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableSpec {
    /// The column that says what became of a request.
    pub outcome: String,
    /// Values of it that mean "failed". An outcome word among them (`refused`, `late`, ...) keeps
    /// its meaning, any other counts as unanswered.
    pub failed: Vec<String>,
    /// The column with the time of the request.
    pub time: Option<String>,
    /// Types of columns that must not be inferred.
    pub types: BTreeMap<String, ColumnType>,
    /// Declared features. In a table that [`write_table`] or [`write_requests`] wrote, columns with their names are these
    /// features: one that has all columns that are always written, or in which every one of at least five columns has the
    /// name of a feature. Without any, a column is just a column.
    pub features: Vec<&'static Feature>,
    /// The features that the ends of each protocol's requests are, for a table that [`write_requests`] wrote.
    pub ends: Vec<Ends>,
}

/// What a time column held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeUnit {
    /// Plain numbers, in the table's own unit.
    Own,
    /// Dates, converted to seconds since 1970-01-01 UTC.
    SecondsSinceEpoch,
}

/// How one column was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnSummary {
    /// Its name.
    pub name: String,
    /// The type it was given or inferred to have.
    pub kind: ColumnType,
    /// The type was given, not inferred.
    pub given: bool,
    /// Number of distinct names; `None` for numbers.
    pub names: Option<usize>,
    /// Rows without a value.
    pub missing: usize,
}

/// How a table was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSummary {
    /// How it was written down, in words.
    pub format: String,
    /// Rows read.
    pub rows: usize,
    /// Lines left out: ragged, not JSON, or without a readable time.
    pub skipped: usize,
    /// The features, in the table's order.
    pub columns: Vec<ColumnSummary>,
    /// The outcome column's values with their number of rows, most frequent first.
    pub outcomes: Vec<(String, usize)>,
    /// The unit of the time column, when there is one.
    pub time: Option<TimeUnit>,
    /// What a reader must know.
    pub warnings: Vec<TableWarning>,
}

/// A table, and how it was understood.
#[derive(Clone, Debug)]
pub struct TableRead {
    /// The requests.
    pub table: Table,
    /// How they were understood.
    pub summary: TableSummary,
}

/// Makes a table of a log.
///
/// Empty cells are missing values; so are `null`, `NA`, `NaN` and the like in columns of numbers.
/// With a time column the rows come out sorted by time (stable). The outcome and time columns are
/// not features. Neither is a column `unit:WORDS`: rows with the same value there are one unit of
/// evidence ([`Table::units`]), and a unit is called WORDS. In a table that was written here, columns that are known
/// only when a request has ended ([`RequestColumn::known_after`]) are left out.
///
/// # Errors
/// When it has no rows or lacks the columns named, or when none of the values
/// that mean "failed" occurs although the outcome column has several others (a misspelt value
/// would otherwise look like "nothing wrong").
pub fn table_of(log: Log, spec: &TableSpec) -> Result<TableRead, TableError> {
    let Log { mut cells, format, hints: _ } = log;
    if cells.rows == 0 {
        return Err(TableError::NoRows);
    }
    let written_here = features::written_here(&cells.columns, &spec.features);
    let outcome = cells.take(&spec.outcome, ColumnRole::Outcome)?;
    let units = cells.take_units();
    let time = match &spec.time {
        Some(name) => Some(cells.take(name, ColumnRole::Time)?),
        None if written_here => features::time(&mut cells.columns, spec),
        None => None,
    };
    for name in spec.types.keys() {
        let special = *name == spec.outcome || Some(name) == spec.time.as_ref();
        if !special && !cells.columns.iter().any(|c| c.name == *name) {
            return Err(cells.no_such_column(name, ColumnRole::Type));
        }
    }
    if written_here {
        cells.columns.retain(|c| !RequestColumn::named(&c.name).is_some_and(RequestColumn::known_after));
    }
    let mut warnings = std::mem::take(&mut cells.warnings);
    let outcomes = outcome_column::read(&outcome, &spec.failed, &mut warnings)?;
    let (mut columns, summaries) = infer::columns(&cells.columns, &spec.types, &mut warnings);
    if written_here {
        features::restore_ends(&mut columns, &spec.ends);
        features::recognise(&mut columns, &spec.features);
    }
    let mut table = Table { columns, outcomes: outcomes.rows, unit: Unit::Row, ..Table::default() };
    if let Some((words, column)) = units {
        table.units = infer::units(&column);
        table.unit = Unit::named(&words);
    }
    let mut skipped = cells.skipped;
    let time = time.map(|column| {
        let times = time_column::read(&column, &mut warnings);
        skipped += time_column::sort(&mut table, times.seconds);
        times.unit
    });
    if table.rows() == 0 {
        return Err(TableError::NoRows);
    }
    let rows = table.rows();
    let summary =
        TableSummary { format, rows, skipped, columns: summaries, outcomes: outcomes.seen, time, warnings };
    Ok(TableRead { table, summary })
}

impl Cells {
    fn take(&mut self, name: &str, role: ColumnRole) -> Result<CellColumn, TableError> {
        match self.columns.iter().position(|c| c.name == name) {
            Some(index) => Ok(self.columns.remove(index)),
            None => Err(self.no_such_column(name, role)),
        }
    }

    /// The column that [`write_table`] writes for units of evidence, and what it calls them.
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
