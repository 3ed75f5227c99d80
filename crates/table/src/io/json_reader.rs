//! JSON lines into cells: keys of nested objects are joined with dots.

use super::{TableError, TableWarning};
use crate::cells::{CellColumn, Cells};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};

/// Nesting beyond which an object is kept as text.
const DEPTH_MAX: usize = 8;

/// Reads one object per line. Blank lines are skipped; lines that are not objects are left out
/// and counted.
pub(super) fn read<R: Read>(reader: R) -> Result<Cells, TableError> {
    let mut reader = BufReader::with_capacity(1 << 18, reader);
    let mut table = Builder::default();
    let mut line = Vec::new();
    let mut bad: Option<(u64, String)> = None;
    for number in 1_u64.. {
        line.clear();
        let read = reader.read_until(b'\n', &mut line);
        if read.map_err(|source| TableError::Read { line: number - 1, source })? == 0 {
            break;
        }
        let text = line.trim_ascii();
        if text.is_empty() {
            continue;
        }
        match serde_json::from_slice::<Map<String, Value>>(text) {
            Ok(object) => table.row(&object),
            Err(error) => {
                table.cells.skipped += 1;
                bad.get_or_insert_with(|| (number, error.to_string()));
            }
        }
    }
    let mut cells = table.finish();
    if let Some((number, error)) = bad {
        let (left_out, lines) = (cells.skipped, cells.skipped + cells.rows);
        cells.warnings.push(TableWarning::NotJson { left_out, lines, line: number, error });
    }
    Ok(cells)
}

#[derive(Default)]
struct Builder {
    cells: Cells,
    by_name: HashMap<String, usize>,
    name: String,
}

impl Builder {
    fn row(&mut self, object: &Map<String, Value>) {
        self.name.clear();
        self.object(object, 0);
        self.cells.rows += 1;
    }

    fn object(&mut self, object: &Map<String, Value>, depth: usize) {
        let prefix = self.name.len();
        for (key, value) in object {
            if prefix > 0 {
                self.name.push('.');
            }
            self.name.push_str(key);
            match value {
                Value::Object(inner) if depth < DEPTH_MAX => self.object(inner, depth + 1),
                Value::Null => self.cell(b""),
                Value::String(text) => self.cell(text.as_bytes()),
                Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                    self.cell(value.to_string().as_bytes());
                }
            }
            self.name.truncate(prefix);
        }
    }

    fn cell(&mut self, text: &[u8]) {
        let rows = self.cells.rows;
        let index = match self.by_name.get(&self.name) {
            Some(&index) => index,
            None => {
                self.by_name.insert(self.name.clone(), self.cells.columns.len());
                self.cells.columns.push(CellColumn::named(self.name.clone()));
                self.cells.columns.len() - 1
            }
        };
        if let Some(column) = self.cells.columns.get_mut(index)
            // The same dotted name twice in one object: the first value is kept.
            && column.rows() <= rows
        {
            column.pad(rows);
            column.push(text);
        }
    }

    fn finish(mut self) -> Cells {
        let rows = self.cells.rows;
        self.cells.columns.iter_mut().for_each(|column| column.pad(rows));
        self.cells
    }
}
