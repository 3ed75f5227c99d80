//! Columns are made compact beside the reading of the next rows.

use super::CellColumn;
use super::settled::Settled;
use super::text::Block;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// More threads than this have nothing to do: reading is not faster.
const THREADS_MAX: usize = 4;

/// Works on the cells read so far while more are read. Until [`settle`](Self::settle), columns lack the cells that it works on.
#[derive(Debug, Default)]
pub struct Compactor {
    waiting: Waiting,
    running: Vec<JoinHandle<Vec<Part>>>,
}

/// What nobody works on yet.
type Waiting = Arc<Mutex<Vec<Part>>>;

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
        let open = columns.iter_mut().enumerate().filter(|(_, column)| !column.open.is_empty());
        let parts = open.map(|(index, column)| {
            let block = column.opened();
            Part { column: index, settled: std::mem::take(&mut column.settled), block }
        });
        locked(&self.waiting).extend(parts);
        let threads = std::thread::available_parallelism().map_or(1, usize::from).saturating_sub(1);
        for _ in 0..threads.min(THREADS_MAX) {
            let waiting = Arc::clone(&self.waiting);
            self.running.push(std::thread::spawn(move || work(&waiting)));
        }
    }

    /// Waits until all cells are in their columns again, and helps: whatever nobody has begun is done here.
    ///
    /// # Panics
    /// As [`begin`](Self::begin).
    pub fn settle(&mut self, columns: &mut [CellColumn]) {
        let mut done = work(&self.waiting);
        for thread in self.running.drain(..) {
            done.extend(thread.join().expect("making columns compact does not panic"));
        }
        for part in done {
            if let Some(column) = columns.get_mut(part.column) {
                column.settled = part.settled;
            }
        }
    }
}

/// Takes parts until none is left.
fn work(waiting: &Mutex<Vec<Part>>) -> Vec<Part> {
    let mut done = Vec::new();
    loop {
        let Some(mut part) = locked(waiting).pop() else { return done };
        part.settled.take(&std::mem::take(&mut part.block));
        done.push(part);
    }
}

/// Parts are whole whenever nobody holds the lock, also behind a panic.
fn locked(waiting: &Mutex<Vec<Part>>) -> MutexGuard<'_, Vec<Part>> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}
