//! A table of requests: what `explain` reads, whatever the requests came from.
//!
//! Rows are requests in time order, columns are features known when a request
//! was sent. Numbers are `f64` (every field of a packet fits exactly); names
//! are dictionary-coded. A missing value is `NaN` or [`MISSING`].

use crate::Outcome;

/// The code of a missing value in a [`Values::Codes`] column.
pub const MISSING: u32 = u32::MAX;

/// Where a column comes from: decides its price in the search and whether Wireshark can say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A header field, named as Wireshark names it.
    Header,
    /// A header field or a meta field that Wireshark has no filter for.
    Derived,
    /// Computed from earlier requests (gaps, concurrency, reuse).
    History,
    /// A column of the user's table.
    Table,
}

/// How the engine may cut a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cut {
    /// Intervals, single values, moduli.
    Amount,
    /// Single values and sets.
    Code,
}

/// The values of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Numbers; `NaN` is missing.
    Numbers(Vec<f64>),
    /// Codes into `labels`; [`MISSING`] is missing.
    Codes {
        /// One code per row.
        codes: Vec<u32>,
        /// The text behind each code.
        labels: Vec<String>,
    },
}

/// One feature of all rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Wireshark's field name where it exists, or the user's column name.
    pub name: String,
    /// For a header field seen at another place than the client's: which place (`after NAT` side).
    pub at: Option<String>,
    /// The feature in plain words, fitting "the ... is 5".
    pub words: String,
    /// Where it comes from.
    pub origin: Origin,
    /// How it may be cut.
    pub cut: Cut,
    /// The values.
    pub values: Values,
}

/// Requests with their features and outcomes, in time order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The features.
    pub columns: Vec<Column>,
    /// One outcome per row. Rows with `Unknown` are allowed and ignored by the search.
    pub outcomes: Vec<Outcome>,
    /// One time per row (seconds since the epoch for captures, the table's own unit for tables);
    /// empty when there is none.
    pub times: Vec<f64>,
    /// Independent unit of evidence of each row (a mapping, a flow); empty when every row is its own.
    pub units: Vec<u32>,
    /// What a unit is, in words: `NAT mapping`, `flow`, `row`.
    pub unit_words: String,
}

impl Values {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Numbers(v) => v.len(),
            Self::Codes { codes, .. } => codes.len(),
        }
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values of the given rows only, in that order.
    #[must_use]
    pub fn select(&self, rows: &[u32]) -> Self {
        match self {
            Self::Numbers(v) => Self::Numbers(rows.iter().map(|&r| v[r as usize]).collect()),
            Self::Codes { codes, labels } => Self::Codes {
                codes: rows.iter().map(|&r| codes[r as usize]).collect(),
                labels: labels.clone(),
            },
        }
    }
}

impl Table {
    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.outcomes.len()
    }

    /// The column of that name (and place), if there is one.
    #[must_use]
    pub fn column(&self, name: &str, at: Option<&str>) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name && c.at.as_deref() == at)
    }
}
