//! A line on standard error that says how far reading is.

use std::io::{self, IsTerminal as _, Write as _};

/// Bytes from which an input is long enough for a progress bar.
const LONG: u64 = 32 << 20;
/// Cells of the bar.
const CELLS: usize = 40;

/// A progress bar; silent unless standard error is a terminal and the input is long.
#[derive(Debug)]
pub(crate) struct Progress {
    shown: Option<usize>,
    enabled: bool,
}

impl Progress {
    /// A bar that is not drawn yet.
    pub(crate) fn new(quiet: bool) -> Self {
        Self { shown: None, enabled: !quiet && io::stderr().is_terminal() }
    }

    /// Draws the bar when it has moved by a cell.
    pub(crate) fn update(&mut self, read: u64, total: Option<u64>) {
        let Some(total) = total.filter(|t| self.enabled && *t >= LONG) else { return };
        let cells = usize::try_from(read.min(total) * CELLS as u64 / total).unwrap_or(CELLS);
        if self.shown == Some(cells) {
            return;
        }
        self.shown = Some(cells);
        let (done, left) = ("#".repeat(cells), "-".repeat(CELLS - cells));
        let percent = read.min(total) * 100 / total;
        // A bar that cannot be drawn is not worth an error.
        let _ = write!(io::stderr(), "\rreading [{done}{left}] {percent:3} %");
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown.is_some() {
            let _ = write!(io::stderr(), "\r{:60}\r", "");
        }
    }
}
