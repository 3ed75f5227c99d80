//! Cells that have been looked at: as numbers of their different texts, or, where nearly all differ, as text.

use super::codes::Codes;
use super::dictionary::Dictionary;
use super::packed::{Packed, pack};
use super::text::{Block, Text};

/// Up to so many different texts, numbers are never given up: they take a few megabytes at most (judgement).
const FEW: usize = 1 << 18;
/// Above [`FEW`], a column of which so many in ten cells of a block are new is one of ids, times or measurements (judgement).
const NEW_OF_TEN: usize = 9;
/// In fewer cells, that nearly all are new says nothing (judgement).
const ROWS_MIN: usize = 1000;
/// From so many on, numbers and their texts must take less than the text of all cells (judgement).
const MANY: usize = 1 << 21;
/// Bytes of a block of text that is made of numbers again.
const BLOCK: usize = 1 << 20;

/// The settled cells of a column.
#[derive(Clone, Debug)]
pub(super) enum Settled {
    /// Different texts, and which of them each cell has.
    Coded(Coded),
    /// The text of all cells.
    Text(Text),
}

/// Different texts, and which of them each cell has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Coded {
    /// The texts, in the order in which they first came.
    pub(crate) values: Dictionary,
    /// One number a row.
    pub(crate) codes: Codes,
    /// Bytes that all cells take as text.
    as_text: usize,
}

impl Default for Settled {
    fn default() -> Self {
        Self::Coded(Coded::default())
    }
}

impl Settled {
    /// Takes in a block of cells.
    pub(super) fn take(&mut self, block: &Block) {
        match self {
            Self::Text(text) => text.add(block.rows, &block.packed),
            Self::Coded(coded) => {
                let (rows, known) = (coded.codes.len(), coded.values.len());
                let taken = coded.take(&block.packed);
                let (new_rows, new) = (coded.codes.len() - rows, coded.values.len() - known);
                if taken < block.packed.len() || coded.is_text((new_rows, new)) {
                    let mut text = coded.text();
                    let left = block.packed.get(taken..).unwrap_or_default();
                    text.add(block.rows.saturating_sub(new_rows), left);
                    *self = Self::Text(text);
                }
            }
        }
    }

    /// Nothing more will come.
    pub(super) fn seal(&mut self) {
        match self {
            Self::Coded(coded) => coded.values.seal(),
            Self::Text(_) => {}
        }
    }
}

impl Coded {
    /// Takes in cells until one cannot be; returns how many bytes of them were taken.
    fn take(&mut self, block: &[u8]) -> usize {
        let mut cells = Packed::of(block);
        let mut taken = 0;
        let mut last: Option<(&[u8], u32)> = None;
        while let Some(cell) = cells.next() {
            let code = match last {
                Some((text, code)) if text == cell => code,
                Some(_) | None => match self.values.code(cell) {
                    Ok(code) => code,
                    Err(_) => break,
                },
            };
            last = Some((cell, code));
            self.codes.push(code);
            taken = block.len() - cells.rest();
        }
        self.as_text += taken;
        taken
    }

    /// Whether the cells take less as text, or will: of those that came last, so many were new.
    const fn is_text(&self, (rows, new): (usize, usize)) -> bool {
        let values = self.values.len();
        let ids = values > FEW && rows >= ROWS_MIN && new * 10 >= rows * NEW_OF_TEN;
        ids || (values > MANY && self.codes.bytes() + self.values.bytes() > self.as_text)
    }

    /// The text of all cells.
    fn text(&self) -> Text {
        let mut text = Text::default();
        let (mut rows, mut packed) = (0, Vec::new());
        self.codes.each(|code| {
            pack(&mut packed, self.values.get(code));
            rows += 1;
            if packed.len() >= BLOCK {
                text.add(rows, &packed);
                (rows, packed) = (0, Vec::new());
            }
        });
        text.add(rows, &packed);
        text
    }

    /// The first row that has this text.
    pub(super) fn first_row(&self, code: u32) -> Option<usize> {
        (0..self.codes.len()).find(|row| self.codes.get(*row) == Some(code))
    }

    /// Rows that have each of the texts.
    pub(crate) fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.values.len()];
        self.codes.each(|code| {
            if let Some(count) = counts.get_mut(code as usize) {
                *count += 1;
            }
        });
        counts
    }

    /// The cells in their order.
    pub(super) fn cells(&self) -> impl Iterator<Item = &[u8]> {
        self.every(1)
    }

    /// Every so many-th cell, from the first on.
    pub(super) fn every(&self, step: usize) -> impl Iterator<Item = &[u8]> {
        let cell = |row| self.codes.get(row).map_or(&b""[..], |code| self.values.get(code));
        (0..self.codes.len()).step_by(step).map(cell)
    }
}
