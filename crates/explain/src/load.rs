//! A telltale about how busy something is means an overload.

use crate::{Clause, Condition};
use unanswered_registry::Quantity;

/// Whether a clause says "much at once": a lower bound on a feature that counts load. The
/// meaning of a user's columns is not guessed.
pub(crate) fn follows_load(clause: &Clause) -> bool {
    clause.subject.quantity() == Quantity::Load
        && matches!(clause.condition, Condition::Range { at_least: Some(_), .. })
}
