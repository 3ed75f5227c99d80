//! The text of a table, column by column: types are known only when the whole column has been seen.

use crate::warning::TableWarning;

/// All cells of one column in one buffer.
#[derive(Clone, Debug, Default)]
pub struct CellColumn {
    /// Name from the header.
    pub name: String,
    text: Vec<u8>,
    ends: Vec<usize>,
}

/// A table before its column types are known.
#[derive(Clone, Debug, Default)]
pub struct Cells {
    /// The columns, equally long.
    pub columns: Vec<CellColumn>,
    /// Rows in each.
    pub rows: usize,
    /// Lines left out.
    pub skipped: usize,
    /// What was left out or renamed, one sentence each.
    pub warnings: Vec<TableWarning>,
}

impl CellColumn {
    /// A column without cells.
    #[must_use]
    pub fn named(name: String) -> Self {
        Self { name, ..Self::default() }
    }

    /// Adds a cell; an empty one is a missing value.
    pub fn push(&mut self, cell: &[u8]) {
        self.text.extend_from_slice(cell);
        self.ends.push(self.text.len());
    }

    /// Adds empty cells until the column has `rows` of them.
    pub fn pad(&mut self, rows: usize) {
        self.ends.resize(rows, self.text.len());
    }

    /// Number of cells.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.ends.len()
    }

    /// The cells in order, without surrounding blanks.
    pub fn cells(&self) -> impl Iterator<Item = &[u8]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let cell = self.text.get(start..end).unwrap_or_default();
            start = end;
            cell.trim_ascii()
        })
    }
}

/// Names that are usable as keys: empty ones numbered, repeated ones made unique.
pub fn tell_apart(names: &mut [String], warnings: &mut Vec<TableWarning>) {
    for index in 0..names.len() {
        let (before, rest) = names.split_at_mut(index);
        let Some(name) = rest.first_mut() else { continue };
        if name.is_empty() {
            *name = format!("column_{}", index + 1);
        }
        let mut copy = 2;
        let original = name.clone();
        while before.contains(name) {
            *name = format!("{original}.{copy}");
            copy += 1;
        }
        if *name != original {
            warnings.push(TableWarning::SameName { name: original, read_as: name.clone() });
        }
    }
}
