//! The text of a table, column by column: types are known only when the whole column has been seen.

use crate::warning::TableWarning;

/// All cells of one column in one buffer: of each cell its length (LEB128), then its bytes. A table of many short cells
/// takes hardly more than its text.
#[derive(Clone, Debug, Default)]
pub struct CellColumn {
    /// Name from the header.
    pub name: String,
    bytes: Vec<u8>,
    rows: usize,
    /// Where the last cell begins.
    last: usize,
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

    /// Adds a cell; an empty one is a missing value. Surrounding blanks are left out.
    pub fn push(&mut self, cell: &[u8]) {
        let cell = cell.trim_ascii();
        self.last = self.bytes.len();
        let mut length = cell.len();
        while let Some(low) = long(length) {
            self.bytes.push(low | 0x80);
            length >>= 7;
        }
        self.bytes.push(u8::try_from(length).unwrap_or(0));
        self.bytes.extend_from_slice(cell);
        self.rows += 1;
    }

    /// Takes the cell back that was pushed last, if the column has more than `rows`.
    pub fn cut(&mut self, rows: usize) {
        if self.rows > rows {
            self.bytes.truncate(self.last);
            self.rows -= 1;
        }
    }

    /// Adds empty cells until the column has `rows` of them.
    pub fn pad(&mut self, rows: usize) {
        let missing = rows.saturating_sub(self.rows);
        self.bytes.resize(self.bytes.len() + missing, 0);
        self.rows += missing;
    }

    /// Number of cells.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// The cells in order, without surrounding blanks.
    pub fn cells(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest: &[u8] = &self.bytes;
        std::iter::from_fn(move || {
            let mut length = 0_usize;
            for shift in (0..usize::BITS).step_by(7) {
                let (&byte, behind) = rest.split_first()?;
                rest = behind;
                length |= usize::from(byte & 0x7f) << shift;
                if byte < 0x80 {
                    break;
                }
            }
            let (cell, behind) = rest.split_at_checked(length)?;
            rest = behind;
            Some(cell)
        })
    }
}

/// The lowest seven bits of a length that needs more than one byte.
fn long(length: usize) -> Option<u8> {
    (length >= 0x80).then(|| u8::try_from(length & 0x7f).unwrap_or(0))
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

#[cfg(test)]
mod tests {
    use super::CellColumn;

    #[test]
    fn cells_of_any_length_come_back_without_blanks() {
        let mut column = CellColumn::named("c".to_owned());
        let texts: Vec<Vec<u8>> =
            [0, 1, 127, 128, 129, 16_383, 16_384, 70_000].map(|length| vec![b'x'; length]).into();
        texts.iter().for_each(|text| column.push(text));
        column.push(b"  a b\t");
        column.push(b"taken back");
        column.cut(9);
        column.cut(9);
        column.pad(11);
        let read: Vec<&[u8]> = column.cells().collect();
        assert_eq!(column.rows(), 11);
        assert_eq!(read.len(), 11);
        assert!(texts.iter().zip(&read).all(|(text, cell)| text == cell));
        assert_eq!(read[8..], [&b"a b"[..], b"", b""]);
    }
}
