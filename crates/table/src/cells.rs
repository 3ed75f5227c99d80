//! The text of a table, column by column: types are known only when the whole column has been seen.

use crate::warning::TableWarning;

mod codes;
mod compactor;
mod dictionary;
mod packed;
mod reading;
mod settled;
mod text;

pub(crate) use codes::Codes;
pub use compactor::Compactor;
pub(crate) use reading::Reading;
pub(crate) use settled::Coded;

use packed::{Packed, pack};
use settled::Settled;
use text::{Block, Text};

/// Bytes of open cells above which starting threads pays off.
const PARALLEL: usize = 1 << 20;

/// All cells of one column. Those that came last are text, one behind the other; the others are numbers of their different
/// texts, or text where nearly all differ.
#[derive(Clone, Debug, Default)]
pub struct CellColumn {
    /// Name from the header.
    pub name: String,
    settled: Settled,
    /// Cells behind the settled ones, packed.
    open: Vec<u8>,
    rows: usize,
    /// Rows that are settled, or that a [`Compactor`] works on.
    behind: usize,
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
    #[inline]
    pub fn push(&mut self, cell: &[u8]) {
        self.last = self.open.len();
        pack(&mut self.open, cell.trim_ascii());
        self.rows += 1;
    }

    /// Takes the cell back that was pushed last, if the column has more than `rows`.
    pub fn cut(&mut self, rows: usize) {
        if self.rows > rows {
            self.open.truncate(self.last);
            self.rows -= 1;
        }
    }

    /// Adds empty cells until the column has `rows` of them.
    pub fn pad(&mut self, rows: usize) {
        let missing = rows.saturating_sub(self.rows);
        if missing == 0 {
            return;
        }
        self.open.resize(self.open.len() + missing, 0);
        self.rows += missing;
    }

    /// Number of cells.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// The cells in order, without surrounding blanks.
    pub fn cells(&self) -> impl Iterator<Item = &[u8]> {
        let (coded, text) = match &self.settled {
            Settled::Coded(coded) => (Some(coded), None),
            Settled::Text(text) => (None, Some(text)),
        };
        let settled = coded.into_iter().flat_map(Coded::cells).chain(text.into_iter().flat_map(Text::cells));
        settled.chain(Packed::of(&self.open))
    }

    /// Each of the different values at least once, in the order in which they first come.
    pub(crate) fn values(&self) -> impl Iterator<Item = &[u8]> {
        let coded = self.coded();
        let cells = coded.is_none().then(|| self.cells());
        coded.into_iter().flat_map(|coded| coded.values.values()).chain(cells.into_iter().flatten())
    }

    /// Every so many-th cell, from the first on.
    pub(crate) fn every(&self, step: usize) -> impl Iterator<Item = &[u8]> {
        let coded = self.coded();
        let cells = coded.is_none().then(|| self.cells().step_by(step));
        coded.into_iter().flat_map(move |coded| coded.every(step)).chain(cells.into_iter().flatten())
    }

    /// The different values and which of them each row has; `None` where nearly all differ, or for cells that are not settled.
    pub(crate) fn coded(&self) -> Option<&Coded> {
        match &self.settled {
            Settled::Coded(coded) if self.open.is_empty() => Some(coded),
            Settled::Coded(_) | Settled::Text(_) => None,
        }
    }

    /// The open cells, which are open no more.
    fn opened(&mut self) -> Block {
        let room = self.open.len() + self.open.len() / 8;
        let packed = std::mem::replace(&mut self.open, Vec::with_capacity(room));
        let rows = self.rows - std::mem::replace(&mut self.behind, self.rows);
        Block { rows, packed }
    }

    /// No more cells come.
    pub(crate) fn settle(&mut self) {
        let block = self.opened();
        self.open = Vec::new();
        self.settled.take(&block);
        self.settled.seal();
    }
}

impl Cells {
    /// No more rows come: the cells that are open yet are settled, on as many threads as there are.
    pub(crate) fn settle(&mut self) {
        let open: usize = self.columns.iter().map(|column| column.open.len()).sum();
        crate::threads::each(&mut self.columns, open >= PARALLEL, CellColumn::settle);
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
