//! Cells read as numbers, each different one once.

use super::packed::Packed;
use super::settled::{Coded, Settled};
use super::text::Chunk;
use super::{CellColumn, PARALLEL};
use crate::threads;

/// A column of cells that were read.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    /// One a row; not a number where there is nothing or it cannot be read.
    pub(crate) numbers: Vec<f64>,
    /// Cells of which the reader said "yes".
    pub(crate) flagged: usize,
    /// The first cell that is not empty and cannot be read: its row, and what it says.
    pub(crate) odd: Option<(usize, String)>,
}

/// Rows of one thread.
struct Share<'r> {
    cells: Packed<'r>,
    /// The number of the first row.
    first: usize,
    numbers: &'r mut [f64],
    flagged: usize,
    odd: Option<(usize, String)>,
}

impl CellColumn {
    /// What is read of each cell, where there is anything, and a flag. The cells are given back while they are read; where nearly
    /// all differ, that is done on as many threads as there are.
    pub(crate) fn into_numbers(mut self, read: impl Fn(&[u8]) -> (Option<f64>, bool) + Sync) -> Reading {
        self.settle();
        match self.settled {
            Settled::Coded(coded) => of_coded(&coded, read),
            Settled::Text(text) => {
                let mut reading = Reading { numbers: Vec::with_capacity(self.rows), ..Reading::default() };
                text.into_chunks().for_each(|chunk| of_chunk(&chunk, &mut reading, &read));
                reading
            }
        }
    }
}

/// Reads the next chunk.
fn of_chunk(chunk: &Chunk, reading: &mut Reading, read: &(impl Fn(&[u8]) -> (Option<f64>, bool) + Sync)) {
    let mut first = reading.numbers.len();
    let rows: usize = chunk.blocks().map(|(_, rows)| rows).sum();
    // Memory is touched chunk by chunk, while that of the cells is given back.
    reading.numbers.resize(first + rows, f64::NAN);
    let mut places = reading.numbers.get_mut(first..).unwrap_or_default();
    let mut shares: Vec<Share<'_>> = Vec::new();
    for (cells, rows) in chunk.blocks() {
        let (numbers, rest) = std::mem::take(&mut places).split_at_mut(rows);
        places = rest;
        shares.push(Share { cells, first, numbers, flagged: 0, odd: None });
        first += rows;
    }
    threads::each(&mut shares, rows >= PARALLEL, |share| {
        for ((row, place), cell) in (share.first..).zip(share.numbers.iter_mut()).zip(share.cells.clone()) {
            let (number, yes) = read(cell);
            if number.is_none() && !cell.is_empty() && share.odd.is_none() {
                share.odd = Some((row, String::from_utf8_lossy(cell).into_owned()));
            }
            *place = number.unwrap_or(f64::NAN);
            share.flagged += usize::from(yes);
        }
    });
    for share in shares {
        reading.flagged += share.flagged;
        reading.odd = reading.odd.take().or(share.odd);
    }
}

fn of_coded(coded: &Coded, read: impl Fn(&[u8]) -> (Option<f64>, bool)) -> Reading {
    let (numbers, flags): (Vec<Option<f64>>, Vec<bool>) = coded.values.values().map(read).unzip();
    let flagged = flags.iter().zip(coded.counts()).filter(|(yes, _)| **yes).map(|(_, rows)| rows).sum();
    // Values are in the order in which they first come.
    let odd = numbers
        .iter()
        .zip(coded.values.values())
        .position(|(number, value)| number.is_none() && !value.is_empty());
    let odd = odd.and_then(|code| {
        let code = u32::try_from(code).ok()?;
        Some((coded.first_row(code)?, String::from_utf8_lossy(coded.values.get(code)).into_owned()))
    });
    let numbers: Vec<f64> = numbers.into_iter().map(|number| number.unwrap_or(f64::NAN)).collect();
    Reading { numbers: coded.codes.looked_up(&numbers), flagged, odd }
}
