//! Which requests a telltale selects: clauses, and perhaps a window of time.

use crate::Clause;

/// A conjunction of clauses, a window of time and one that comes again; all that are given have to hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Region {
    /// The clauses; none selects everything.
    pub clauses: Vec<Clause>,
    /// Not before this moment.
    pub from: Option<f64>,
    /// Not after it.
    pub to: Option<f64>,
    /// Only in the window that comes again.
    pub period: Option<Period>,
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

/// A window that comes again.
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
    /// Whether a moment lies in the window that comes again.
    #[must_use]
    pub fn holds_at(&self, moment: f64) -> bool {
        (moment - self.offset).rem_euclid(self.every) <= self.length
    }
}

/// Requests inside a region and in none of others: what earlier findings have left.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Where they are.
    pub inside: Region,
    /// Where they are not.
    pub outside: Vec<Region>,
}
