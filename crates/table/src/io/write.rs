//! Tables to CSV, so that [`read_table`](super::read_table) reads them again.

use super::UNIT_PREFIX;
use super::request_columns::{Ends, RequestColumn, RequestFacts, features_of};
use crate::{Column, Table, Values, Viewpoint};
use std::io::{self, Write};
use unanswered_registry::PROTOCOL;

/// Writes a table as CSV: `time` (when there is one), the features, `outcome`.
///
/// A feature seen at a place other than the client's is called `feature@place`. Missing values are
/// empty cells. Units of evidence go to a column `unit:WORDS`, if there are any.
///
/// # Errors
/// Those of the writer.
pub fn write_table<W: Write>(table: &Table, writer: W) -> io::Result<()> {
    let mut csv = csv::WriterBuilder::new().buffer_capacity(1 << 16).from_writer(writer);
    let timed = !table.times.is_empty();
    let mut header: Vec<String> = table.columns.iter().map(header_name).collect();
    if timed {
        header.insert(0, free_name(RequestColumn::Time.name(), &table.columns));
    }
    let grouped = table.units.len() == table.rows() && !table.units.is_empty();
    if grouped {
        header.push(format!("{UNIT_PREFIX}{}", table.unit.word()));
    }
    header.push(free_name(RequestColumn::Outcome.name(), &table.columns));
    csv.write_record(&header).map_err(io::Error::from)?;
    let mut number = String::new();
    for (row, outcome) in table.outcomes.iter().enumerate() {
        if timed {
            let time = table.times.get(row).copied().unwrap_or(f64::NAN);
            csv.write_field(spell(time, &mut number)).map_err(io::Error::from)?;
        }
        for column in &table.columns {
            csv.write_field(cell(&column.values, row, &mut number)).map_err(io::Error::from)?;
        }
        if let Some(unit) = table.units.get(row).filter(|_| grouped) {
            csv.write_field(unit.to_string()).map_err(io::Error::from)?;
        }
        csv.write_field(outcome.word()).map_err(io::Error::from)?;
        csv.write_record(None::<&[u8]>).map_err(io::Error::from)?;
    }
    csv.flush()
}

/// Writes captured requests as CSV: the columns that are always there ([`RequestColumn`]), the features, the unit of
/// evidence.
///
/// A feature that one of the first columns holds ([`Ends`]) is not written again: reading the file makes it a feature
/// again.
///
/// # Errors
/// Those of the writer.
pub fn write_requests<W: Write>(
    table: &Table,
    ends: &[Ends],
    facts: &dyn RequestFacts,
    writer: W,
) -> io::Result<()> {
    let held: Vec<_> = RequestColumn::ALL.into_iter().flat_map(|column| features_of(ends, column)).collect();
    let is_held = |column: &Column| {
        let feature = column.subject.feature().filter(|_| column.at == Viewpoint::Client);
        feature.is_some_and(|feature| feature.is(&PROTOCOL) || held.iter().any(|held| held.is(feature)))
    };
    let columns: Vec<&Column> = table.columns.iter().filter(|column| !is_held(column)).collect();
    let mut csv = csv::WriterBuilder::new().buffer_capacity(1 << 16).from_writer(writer);
    let always = RequestColumn::ALL.into_iter().map(|column| column.name().to_owned());
    let mut header: Vec<String> = always.chain(columns.iter().map(|column| header_name(column))).collect();
    let grouped = table.units.len() == table.rows() && !table.units.is_empty();
    if grouped {
        header.push(format!("{UNIT_PREFIX}{}", table.unit.word()));
    }
    csv.write_record(&header).map_err(io::Error::from)?;
    let mut text = String::new();
    for row in 0..table.rows() {
        for column in RequestColumn::ALL {
            text.clear();
            facts.cell(row, column, &mut text);
            csv.write_field(&text).map_err(io::Error::from)?;
        }
        for column in &columns {
            csv.write_field(cell(&column.values, row, &mut text)).map_err(io::Error::from)?;
        }
        if let Some(unit) = table.units.get(row).filter(|_| grouped) {
            csv.write_field(unit.to_string()).map_err(io::Error::from)?;
        }
        csv.write_record(None::<&[u8]>).map_err(io::Error::from)?;
    }
    csv.flush()
}

fn header_name(column: &Column) -> String {
    let name = column.subject.name();
    column.at.word().map_or_else(|| name.to_owned(), |place| format!("{name}@{place}"))
}

/// The name, with enough underscores appended to differ from every feature's.
fn free_name(wanted: &str, columns: &[Column]) -> String {
    let mut name = wanted.to_owned();
    while columns.iter().any(|column| column.subject.name() == name) {
        name.push('_');
    }
    name
}

fn cell<'a>(values: &'a Values, row: usize, buffer: &'a mut String) -> &'a str {
    match values {
        Values::Numbers(numbers) => spell(numbers.get(row).copied().unwrap_or(f64::NAN), buffer),
        Values::Codes { codes, labels } => {
            codes.get(row).and_then(|&code| labels.get(code as usize)).map_or("", String::as_str)
        }
    }
}

fn spell(number: f64, buffer: &mut String) -> &str {
    buffer.clear();
    if !number.is_nan() {
        use std::fmt::Write as _;
        let _ = write!(buffer, "{number}");
    }
    buffer
}
