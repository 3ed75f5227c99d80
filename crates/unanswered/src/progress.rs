//! A line on standard error that shows how far reading (or a sweep) has got.

use std::io::{self, IsTerminal as _, Write as _};

/// Minimum size in bytes of an input that gets a progress bar.
const LONG: u64 = 32 << 20;
/// Columns that are written over: one less than the narrowest terminal has, so that the line does not wrap.
const WIDTH: usize = 79;
/// Cells of the bar.
const CELLS: usize = 40;

/// A progress bar; silent unless standard error is a terminal.
#[derive(Debug)]
pub(crate) struct Progress {
    shown: Option<usize>,
    enabled: bool,
}

impl Progress {
    /// A bar that has not been drawn yet.
    pub(crate) fn new(quiet: bool) -> Self {
        Self { shown: None, enabled: !quiet && io::stderr().is_terminal() }
    }

    /// Draws how much of a long input was read, when the bar has advanced by a cell.
    pub(crate) fn update(&mut self, read: u64, total: Option<u64>) {
        let Some(total) = total.filter(|total| *total >= LONG) else { return };
        self.draw("reading", read, total);
    }

    /// Draws how many of some steps are done.
    pub(crate) fn step(&mut self, what: &str, done: usize, total: usize) {
        self.draw(what, done as u64, total as u64);
    }

    /// Writes a line over the one before it.
    #[cfg(target_os = "linux")]
    pub(crate) fn line(&mut self, line: &str) {
        if self.enabled {
            self.shown = Some(CELLS);
            let _ = write!(io::stderr(), "\r{:<width$}", unanswered_report::text::safe(line), width = WIDTH);
        }
    }

    fn draw(&mut self, what: &str, done: u64, total: u64) {
        if !self.enabled || total == 0 {
            return;
        }
        let cells = usize::try_from(done.min(total) * CELLS as u64 / total).unwrap_or(CELLS);
        if self.shown == Some(cells) {
            return;
        }
        self.shown = Some(cells);
        let (full, left) = ("#".repeat(cells), "-".repeat(CELLS - cells));
        let percent = done.min(total) * 100 / total;
        // A bar that cannot be drawn is not worth an error.
        let _ = write!(io::stderr(), "\r{what} [{full}{left}] {percent:3} %");
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown.is_some() {
            let _ = write!(io::stderr(), "\r{:width$}\r", "", width = WIDTH);
        }
    }
}
