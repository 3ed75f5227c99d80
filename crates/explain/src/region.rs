//! Which requests a telltale selects: clauses, and perhaps a window of time.

use crate::Clause;
use std::sync::Arc;

/// A conjunction of clauses, a window of time and a recurring window; all that are given must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Region {
    /// The clauses; an empty list selects everything.
    pub clauses: Vec<Clause>,
    /// Not before this moment.
    pub from: Option<f64>,
    /// Not after it.
    pub to: Option<f64>,
    /// Only in the recurring window.
    pub period: Option<Period>,
    /// Only these requests, by their numbers in ascending order: what a mechanism predicts.
    pub rows: Option<Arc<Vec<u32>>>,
}

impl Region {
    /// Whether a moment lies in the windows.
    #[must_use]
    pub fn holds_at(&self, moment: f64) -> bool {
        self.from.is_none_or(|from| moment >= from)
            && self.to.is_none_or(|to| moment <= to)
            && self.period.is_none_or(|period| period.holds_at(moment))
    }

    /// Whether it has a window.
    #[must_use]
    pub const fn in_time(&self) -> bool {
        self.from.is_some() || self.to.is_some() || self.period.is_some()
    }
}

/// A recurring window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Period {
    /// From one start to the next, in the time's unit (seconds).
    pub every: f64,
    /// Start of the window after a multiple of `every` (since the epoch, or the table's zero).
    pub offset: f64,
    /// Length of the window.
    pub length: f64,
}

impl Period {
    /// Whether a moment lies in the recurring window.
    #[must_use]
    pub fn holds_at(&self, moment: f64) -> bool {
        (moment - self.offset).rem_euclid(self.every) <= self.length
    }
}

/// Requests inside one region and outside others: what earlier findings have left.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Where they are.
    pub inside: Region,
    /// Where they are not.
    pub outside: Vec<Region>,
    /// Which requests are compared at all: all of these must hold on both sides.
    pub among: Vec<Clause>,
}
