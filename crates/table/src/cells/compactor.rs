//! Columns are made compact beside the reading of the next rows.

use super::CellColumn;
use super::settled::Settled;
use super::text::Block;
use std::thread::JoinHandle;

/// More threads than this have nothing to do: reading is not faster.
const THREADS_MAX: usize = 4;

/// Works on the cells read so far while more are read. Until [`settle`](Self::settle), columns lack the cells that it works on.
#[derive(Debug, Default)]
pub struct Compactor {
    running: Vec<JoinHandle<Vec<Part>>>,
}

/// What is done to one column.
#[derive(Debug)]
struct Part {
    column: usize,
    settled: Settled,
    block: Block,
}

impl Compactor {
    /// Begins to make the columns compact. Rows must be complete: the cell pushed last cannot be taken back any more.
    ///
    /// # Panics
    /// When the thread that worked on them before did: it does not.
    pub fn begin(&mut self, columns: &mut [CellColumn]) {
        self.settle(columns);
        let threads = std::thread::available_parallelism().map_or(1, usize::from).saturating_sub(1);
        let threads = threads.clamp(1, THREADS_MAX);
        let mut shares: Vec<Vec<Part>> = (0..threads).map(|_| Vec::new()).collect();
        for (index, column) in columns.iter_mut().enumerate().filter(|(_, column)| !column.open.is_empty()) {
            let block = column.opened();
            let part = Part { column: index, settled: std::mem::take(&mut column.settled), block };
            if let Some(share) = shares.get_mut(index % threads) {
                share.push(part);
            }
        }
        let work = |mut share: Vec<Part>| {
            for part in &mut share {
                part.settled.take(&std::mem::take(&mut part.block));
            }
            share
        };
        self.running = shares.into_iter().map(|share| std::thread::spawn(move || work(share))).collect();
    }

    /// Waits until all cells are in their columns again.
    ///
    /// # Panics
    /// As [`begin`](Self::begin).
    pub fn settle(&mut self, columns: &mut [CellColumn]) {
        for thread in self.running.drain(..) {
            for part in thread.join().expect("making columns compact does not panic") {
                if let Some(column) = columns.get_mut(part.column) {
                    column.settled = part.settled;
                }
            }
        }
    }
}
