//! A table of requests: what `explain` reads, whatever the requests came from.
//!
//! Rows are requests in time order, columns are features known when a request
//! was sent. Numbers are `f64` (every field of a packet fits exactly); names
//! are dictionary-coded. A missing value is `NaN` or [`MISSING`].

use crate::{Outcome, Unit};
use std::collections::HashMap;
use unanswered_registry::{FeatureKind, Subject};

/// The code of a missing value in a [`Values::Codes`] column.
pub const MISSING: u32 = u32::MAX;

/// From where on its path a request is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Viewpoint {
    /// The place nearest to its client.
    #[default]
    Client,
    /// Beyond an address translation, as the server sees it.
    BeyondNat,
}

impl Viewpoint {
    /// The word in tables and JSON; `None` for the client's side, which needs none.
    #[must_use]
    pub const fn word(self) -> Option<&'static str> {
        match self {
            Self::Client => None,
            Self::BeyondNat => Some("after NAT"),
        }
    }
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

/// One feature, with a value for each row.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// What it is about.
    pub subject: Subject,
    /// Where the feature has these values.
    pub at: Viewpoint,
    /// The values.
    pub values: Values,
}

impl Column {
    /// Whether its values have an order and distances, so that intervals of them make sense.
    #[must_use]
    pub fn is_amount(&self) -> bool {
        let by_kind = self.subject.feature().is_none_or(|f| f.kind == FeatureKind::Amount);
        by_kind && matches!(self.values, Values::Numbers(_))
    }
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
    /// What a unit is.
    pub unit: Unit,
    /// When each row stopped being open: its reply, the end of its connection, or when its client gave up, on the clock of the
    /// times. Not a number where that is not known, infinite where it is open still; empty when nothing is known.
    pub until: Vec<f64>,
    /// When each row's reply came, on time or late; not a number where there was none. Empty when nothing is known.
    pub replied: Vec<f64>,
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
            Self::Codes { codes, labels } => {
                let mut codes: Vec<u32> = rows.iter().map(|&r| codes[r as usize]).collect();
                // Of more names than rows, most are not among them.
                let labels =
                    if labels.len() > rows.len() { used(&mut codes, labels) } else { labels.clone() };
                Self::Codes { codes, labels }
            }
        }
    }

    /// These values and those of other rows after them; missing where the other column is of another type, or not there.
    /// Codes of these values stay as they are.
    #[must_use]
    pub fn joined(&self, others: Option<&Self>, rows: usize) -> Self {
        match (self, others) {
            (Self::Numbers(numbers), Some(Self::Numbers(more))) => Self::Numbers([&**numbers, more].concat()),
            (Self::Numbers(numbers), Some(Self::Codes { .. }) | None) => {
                Self::Numbers(numbers.iter().copied().chain(std::iter::repeat_n(f64::NAN, rows)).collect())
            }
            (Self::Codes { codes, labels }, others) => {
                let (mut codes, mut labels) = (codes.clone(), labels.clone());
                match others {
                    Some(Self::Codes { codes: more, labels: names }) => {
                        let known: HashMap<&String, u32> = labels.iter().zip(0..).collect();
                        let mut new = Vec::new();
                        let code = |name| {
                            known.get(name).copied().unwrap_or_else(|| {
                                new.push(String::clone(name));
                                u32::try_from(known.len() + new.len() - 1).unwrap_or(MISSING)
                            })
                        };
                        let coded: Vec<u32> = names.iter().map(code).collect();
                        let code = |code: &u32| coded.get(*code as usize).copied().unwrap_or(MISSING);
                        codes.extend(more.iter().map(code));
                        labels.extend(new);
                    }
                    Some(Self::Numbers(_)) | None => codes.extend(std::iter::repeat_n(MISSING, rows)),
                }
                Self::Codes { codes, labels }
            }
        }
    }
}

/// The labels that the codes use, in their order; the codes become those of these labels.
fn used(codes: &mut [u32], labels: &[String]) -> Vec<String> {
    let mut kept: Vec<u32> = codes.iter().copied().filter(|code| (*code as usize) < labels.len()).collect();
    kept.sort_unstable();
    kept.dedup();
    for code in codes {
        *code = kept.binary_search(code).ok().and_then(|at| u32::try_from(at).ok()).unwrap_or(MISSING);
    }
    kept.into_iter().filter_map(|code| labels.get(code as usize).cloned()).collect()
}

impl Table {
    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.outcomes.len()
    }

    /// The column on that subject, if there is one.
    #[must_use]
    pub fn column(&self, subject: &Subject, at: Viewpoint) -> Option<&Column> {
        self.columns.iter().find(|c| c.subject == *subject && c.at == at)
    }
}

#[cfg(test)]
mod tests {
    use super::{MISSING, Values};

    #[test]
    fn a_few_rows_of_many_names_have_their_names_only() {
        let labels: Vec<String> = (0..100).map(|n| format!("name {n}")).collect();
        let codes: Vec<u32> = (0..100).rev().chain([MISSING]).collect();
        let few = Values::Codes { codes, labels }.select(&[2, 50, 2, 100, 99]);
        let labels = ["name 0", "name 49", "name 97"].map(str::to_owned).to_vec();
        assert_eq!(few, Values::Codes { codes: vec![2, 1, 2, MISSING, 0], labels });
    }
}
