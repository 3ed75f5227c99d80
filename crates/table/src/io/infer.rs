//! Cells into columns of numbers or names. What a cell says is read once for each different value, where they come again.

use super::{ColumnSummary, ColumnType, TableWarning, derived, ids, number};
use crate::cells::{CellColumn, Coded};
use crate::{Column, MISSING, Values, Viewpoint, threads};
use std::collections::{BTreeMap, HashMap};
use unanswered_registry::Subject;

/// Cells above which starting threads pays off.
const PARALLEL: usize = 500_000;

/// Columns with their types.
#[derive(Default)]
pub(super) struct Inferred {
    pub(super) columns: Vec<Column>,
    pub(super) summaries: Vec<ColumnSummary>,
    /// Columns of ids, by their place. Their values have codes and no labels.
    pub(super) unique: BTreeMap<usize, Unique>,
}

/// A column of ids: of very many names, none comes often.
pub(super) struct Unique {
    /// What its names have in common, which may well come often.
    pub(super) derived: Option<Column>,
}

/// Types every column, on as many threads as there are; the cells are given back as soon as they have been read. Without a given
/// type a column has numbers when each of its cells is a number (or says that there is none), and at least one is. Names of ids
/// are not kept, except in columns that are `wanted`.
pub(super) fn columns(
    cells: Vec<CellColumn>,
    given: &BTreeMap<String, ColumnType>,
    wanted: &(dyn Fn(&str) -> bool + Sync),
    warnings: &mut Vec<TableWarning>,
) -> Inferred {
    let all: usize = cells.iter().map(CellColumn::rows).sum();
    let mut columns: Vec<(CellColumn, Option<Typed>)> =
        cells.into_iter().map(|cells| (cells, None)).collect();
    // The text of ids takes more memory than all other columns: it is given back before those are made.
    for text in [true, false] {
        let mut those: Vec<&mut (CellColumn, Option<Typed>)> = columns
            .iter_mut()
            .filter(|(cells, typed)| typed.is_none() && cells.coded().is_none() == text)
            .collect();
        threads::each(&mut those, all >= PARALLEL, |(cells, typed)| {
            *typed = Some(one(cells, given.get(&cells.name).copied(), wanted(&cells.name)));
            *cells = CellColumn::default();
        });
    }
    let mut all = Inferred::default();
    for (index, one) in columns.into_iter().filter_map(|(_, one)| one).enumerate() {
        all.columns.push(one.column);
        all.summaries.push(one.summary);
        all.unique.extend(one.unique.map(|unique| (index, unique)));
        warnings.extend(one.warnings);
    }
    all
}

/// A column with its type.
struct Typed {
    column: Column,
    summary: ColumnSummary,
    unique: Option<Unique>,
    warnings: Vec<TableWarning>,
}

fn one(cells: &CellColumn, given: Option<ColumnType>, wanted: bool) -> Typed {
    let mut warnings = Vec::new();
    let mut unique = None;
    let mut distinct = None;
    let mut named = |warnings: &mut Vec<TableWarning>| {
        let ids = if wanted { None } else { ids::names(cells) };
        ids.map_or_else(
            || names(cells, warnings),
            |names| {
                distinct = Some(names);
                unique = Some(Unique { derived: derived::of_ids(cells) });
                Values::Codes { codes: ids::codes(cells), labels: Vec::new() }
            },
        )
    };
    let values = match given {
        Some(ColumnType::Name) => named(&mut warnings),
        Some(ColumnType::Number) => forced_numbers(cells, &mut warnings),
        None => numbers(cells).unwrap_or_else(|| named(&mut warnings)),
    };
    let (kind, known, missing) = match &values {
        Values::Numbers(v) => (ColumnType::Number, None, v.iter().filter(|x| x.is_nan()).count()),
        Values::Codes { codes, labels } => {
            let missing = codes.iter().filter(|&&code| code == MISSING).count();
            (ColumnType::Name, Some(distinct.unwrap_or(labels.len())), missing)
        }
    };
    let column = Column { subject: Subject::Column(cells.name.clone()), at: Viewpoint::Client, values };
    let name = cells.name.clone();
    let summary = ColumnSummary { name, kind, given: given.is_some(), names: known, missing };
    Typed { column, summary, unique, warnings }
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
    let mut any = false;
    let mut number = |cell: &[u8]| match read(cell) {
        Some(value) => {
            any = true;
            Some(value)
        }
        None => number::absent(cell).then_some(f64::NAN),
    };
    let values: Vec<f64> = match cells.coded() {
        Some(Coded { values, codes, .. }) => {
            codes.looked_up(&values.values().map(number).collect::<Option<Vec<f64>>>()?)
        }
        None => {
            let mut numbers = Vec::with_capacity(cells.rows());
            for cell in cells.cells() {
                numbers.push(number(cell)?);
            }
            numbers
        }
    };
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
    let (codes, order) = match cells.coded() {
        Some(coded) => names_of(coded),
        None => distinct(cells),
    };
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

/// The numbers of the rows' names, and the names, without the empty one.
fn names_of(coded: &Coded) -> (Vec<u32>, Vec<&[u8]>) {
    let mut order: Vec<&[u8]> = Vec::with_capacity(coded.values.len());
    let mut number = |name| {
        order.push(name);
        u32::try_from(order.len() - 1).unwrap_or(MISSING)
    };
    let numbers: Vec<u32> =
        coded.values.values().map(|name| if name.is_empty() { MISSING } else { number(name) }).collect();
    (coded.codes.looked_up(&numbers), order)
}

/// The same for cells of which nearly all differ.
fn distinct(cells: &CellColumn) -> (Vec<u32>, Vec<&[u8]>) {
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
    (codes, order)
}
