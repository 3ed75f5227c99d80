//! Separated values into cells.

use super::{TableError, TableWarning};
use crate::cells::{CellColumn, Cells, tell_apart};
use csv::{ByteRecord, ReaderBuilder};
use std::io::Read;

/// Reads a header line and all records. Records whose number of fields differs from the header's are
/// left out and counted.
pub(super) fn read<R: Read>(reader: R, delimiter: u8) -> Result<Cells, TableError> {
    let mut csv =
        ReaderBuilder::new().delimiter(delimiter).flexible(true).buffer_capacity(1 << 18).from_reader(reader);
    let mut cells = header(csv.byte_headers().map_err(read_error)?)?;
    let width = cells.columns.len();
    let mut ragged = None;
    let mut record = ByteRecord::new();
    while csv.read_byte_record(&mut record).map_err(read_error)? {
        if record.len() != width {
            cells.skipped += 1;
            let line = record.position().map_or(0, csv::Position::line);
            ragged.get_or_insert((line, record.len()));
            continue;
        }
        for (column, cell) in cells.columns.iter_mut().zip(record.iter()) {
            column.push(cell);
        }
        cells.rows += 1;
    }
    if let Some((line, fields)) = ragged {
        let (left_out, lines) = (cells.skipped, cells.skipped + cells.rows);
        cells.warnings.push(TableWarning::Ragged { left_out, lines, width, line, fields });
    }
    Ok(cells)
}

fn header(names: &ByteRecord) -> Result<Cells, TableError> {
    if names.is_empty() {
        return Err(TableError::Empty);
    }
    let mut cells = Cells::default();
    let mut names: Vec<String> =
        names.iter().map(|name| String::from_utf8_lossy(name.trim_ascii()).into_owned()).collect();
    tell_apart(&mut names, &mut cells.warnings);
    cells.columns = names.into_iter().map(CellColumn::named).collect();
    Ok(cells)
}

fn read_error(error: csv::Error) -> TableError {
    let line = error.position().map_or(0, csv::Position::line);
    TableError::Read { line, source: std::io::Error::from(error) }
}
