//! Cells into columns of numbers or names.

use super::{ColumnSummary, ColumnType, TableWarning, number};
use crate::cells::CellColumn;
use crate::{Column, MISSING, Values, Viewpoint};
use std::collections::{BTreeMap, HashMap};
use unanswered_registry::Subject;

/// Types every column. Without a given type a column has numbers when each of its cells is a number (or
/// says that there is none), and at least one is.
pub(super) fn columns(
    cells: &[CellColumn],
    given: &BTreeMap<String, ColumnType>,
    warnings: &mut Vec<TableWarning>,
) -> (Vec<Column>, Vec<ColumnSummary>) {
    cells.iter().map(|column| one(column, given.get(&column.name).copied(), warnings)).unzip()
}

fn one(
    cells: &CellColumn,
    given: Option<ColumnType>,
    warnings: &mut Vec<TableWarning>,
) -> (Column, ColumnSummary) {
    let values = match given {
        Some(ColumnType::Name) => names(cells, warnings),
        Some(ColumnType::Number) => forced_numbers(cells, warnings),
        None => numbers(cells).unwrap_or_else(|| names(cells, warnings)),
    };
    let (kind, known, missing) = match &values {
        Values::Numbers(v) => (ColumnType::Number, None, v.iter().filter(|x| x.is_nan()).count()),
        Values::Codes { codes, labels } => {
            let missing = codes.iter().filter(|&&code| code == MISSING).count();
            (ColumnType::Name, Some(labels.len()), missing)
        }
    };
    let column = Column { subject: Subject::Column(cells.name.clone()), at: Viewpoint::Client, values };
    let name = cells.name.clone();
    (column, ColumnSummary { name, kind, given: given.is_some(), names: known, missing })
}

/// Independent units of evidence; each row without a value is its own.
pub(super) fn units(cells: &CellColumn) -> Vec<u32> {
    let mut known: HashMap<&[u8], u32> = HashMap::new();
    let mut next = 0;
    let mut fresh = || {
        next += 1;
        next - 1
    };
    let unit = |cell| if cell == b"" { fresh() } else { *known.entry(cell).or_insert_with(&mut fresh) };
    cells.cells().map(unit).collect()
}

/// Numbers, or lengths of time with their units, as seconds.
fn numbers(cells: &CellColumn) -> Option<Values> {
    numbers_as(cells, number::measured).or_else(|| numbers_as(cells, number::duration))
}

fn numbers_as(cells: &CellColumn, read: fn(&[u8]) -> Option<f64>) -> Option<Values> {
    let mut values = Vec::with_capacity(cells.rows());
    let mut any = false;
    for cell in cells.cells() {
        values.push(match read(cell) {
            Some(value) => {
                any = true;
                value
            }
            None if number::absent(cell) => f64::NAN,
            None => return None,
        });
    }
    any.then_some(Values::Numbers(values))
}

fn forced_numbers(cells: &CellColumn, warnings: &mut Vec<TableWarning>) -> Values {
    let mut odd = 0_usize;
    let mut example = None;
    let mut read = |cell| {
        number::any(cell).unwrap_or_else(|| {
            if !number::absent(cell) {
                odd += 1;
                example.get_or_insert_with(|| String::from_utf8_lossy(cell).into_owned());
            }
            f64::NAN
        })
    };
    let values = cells.cells().map(&mut read).collect();
    if let Some(example) = example {
        warnings.push(TableWarning::NotNumbers { cells: odd, column: cells.name.clone(), first: example });
    }
    Values::Numbers(values)
}

fn names(cells: &CellColumn, warnings: &mut Vec<TableWarning>) -> Values {
    let mut known: HashMap<&[u8], u32> = HashMap::new();
    let mut order: Vec<&[u8]> = Vec::new();
    let mut codes = Vec::with_capacity(cells.rows());
    let mut last: (&[u8], u32) = (b"", MISSING);
    for cell in cells.cells() {
        if cell != last.0 {
            let code = if cell.is_empty() {
                MISSING
            } else {
                *known.entry(cell).or_insert_with(|| {
                    order.push(cell);
                    u32::try_from(order.len() - 1).unwrap_or(MISSING)
                })
            };
            last = (cell, code);
        }
        codes.push(last.1);
    }
    let mut damaged = 0_usize;
    let labels = order
        .into_iter()
        .map(|name| {
            let text = String::from_utf8_lossy(name);
            damaged += usize::from(matches!(text, std::borrow::Cow::Owned(_)));
            text.into_owned()
        })
        .collect();
    if damaged > 0 {
        warnings.push(TableWarning::NotUtf8 { names: damaged, column: cells.name.clone() });
    }
    Values::Codes { codes, labels }
}
