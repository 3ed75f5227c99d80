//! Which features say how busy something is: a telltale on them is an overload.

use crate::{Clause, Condition};

/// Words in the names of features that count load.
const LOAD: [&str; 6] = ["in_flight", "inflight", "open_connections", "requests_last", "backlog", "recent"];

/// Whether a clause says "much at once": a lower bound on a feature that counts load.
pub(crate) fn follows_load(clause: &Clause) -> bool {
    LOAD.iter().any(|w| clause.feature.contains(w))
        && matches!(clause.condition, Condition::Range { at_least: Some(_), .. })
}
