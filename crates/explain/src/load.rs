//! Which features say how busy something is: a telltale on them is an overload.

use crate::{Clause, Condition};

/// Beginnings of the names of features that count load (`features/history.rs`). A user's columns are
/// not guessed at.
const LOAD: [&str; 3] = ["in_flight.", "rate.", "unanswered.backlog"];

/// Whether a clause says "much at once": a lower bound on a feature that counts load.
pub(crate) fn follows_load(clause: &Clause) -> bool {
    LOAD.iter().any(|start| clause.feature.starts_with(start))
        && matches!(clause.condition, Condition::Range { at_least: Some(_), .. })
}
