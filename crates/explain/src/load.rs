//! A telltale on how busy something is, is an overload.

use crate::{Clause, Condition};
use unanswered_registry::Quantity;

/// Whether a clause says "much at once": a lower bound on a feature that counts load. A user's columns are
/// not guessed at.
pub(crate) fn follows_load(clause: &Clause) -> bool {
    clause.subject.quantity() == Quantity::Load
        && matches!(clause.condition, Condition::Range { at_least: Some(_), .. })
}
