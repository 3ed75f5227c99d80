//! Ctrl-C ends the questions, and not the answer: what is known then is told.

use crate::failure::Failure;
use nix::sys::signalfd::SignalFd;
use std::cell::Cell;

/// Whether a signal that ends a session came.
#[derive(Debug)]
pub(super) struct Stop {
    signals: SignalFd,
    came: Cell<bool>,
}

impl Stop {
    pub(super) fn new() -> Result<Self, Failure> {
        Ok(Self { signals: unanswered_live::signals().map_err(Failure::of)?, came: Cell::new(false) })
    }

    pub(super) fn came(&self) -> bool {
        if matches!(self.signals.read_signal(), Ok(Some(_))) {
            self.came.set(true);
        }
        self.came.get()
    }
}
