//! Which of several telltales that select the same requests a person would name.
//!
//! The data cannot tell them apart, so the search's choice among them means nothing. Plain before derived: who asked whom and for
//! what name, then what a header says, then amounts (a length or a port that goes with a name is taken for its shadow), then what
//! a translation makes of it, then the past, then numbers that only identify.

use super::context::Context;
use crate::search::cut::Cut;
use crate::search::{Clause, Rule};
use unanswered_registry::{FeatureKind, Layer, Price, Subject};
use unanswered_table::Viewpoint;

/// How odd it is to name the rule; less is plainer.
pub(super) fn oddness(context: &Context, rule: &Rule) -> u32 {
    rule.clauses.iter().map(|clause| CLAUSE + of_clause(context, clause)).sum()
}

/// One more thing to say.
const CLAUSE: u32 = 4;
/// Each further value of a list.
const VALUE: u32 = 3;
/// "None of these" says what something is not.
const NEGATED: u32 = 8;
/// Seen from behind a translation.
const FAR: u32 = 2;

fn of_clause(context: &Context, clause: &Clause) -> u32 {
    let Some(column) = context.features[clause.feature].column.map(|index| &context.table.columns[index])
    else {
        // A window of time has no twins.
        return 0;
    };
    let far = if column.at == Viewpoint::Client { 0 } else { FAR };
    let cut = match &clause.cut {
        Cut::Range { .. } => 0,
        Cut::In(values) => VALUE * u32::try_from(values.len().saturating_sub(1)).unwrap_or(u32::MAX).min(8),
        Cut::NotIn(_) => NEGATED,
        Cut::Remainder { .. } => NEGATED,
    };
    of_subject(&column.subject) + far + cut
}

/// How odd it is to name the feature; less is plainer.
pub(super) fn of_subject(subject: &Subject) -> u32 {
    let Subject::Feature(feature) = subject else { return 0 };
    // What was lost is the reply, so that its own properties are nearest to the cause.
    if feature.role.names() || feature.of_reply {
        return 0;
    }
    let by_layer = match feature.layer {
        Layer::Application => 1,
        Layer::Network | Layer::Transport | Layer::Path => 2,
        Layer::Link | Layer::Tunnel => 4,
        // Mostly what followed from the failure, or from what caused it.
        Layer::Translation => 14,
        Layer::History => 12,
    };
    let by_price = match feature.price {
        Price::Plain | Price::Near => 0,
        Price::Derived => 4,
        Price::Pair => 8,
        Price::Identifier | Price::Flow => 20,
    };
    let by_kind = match feature.kind {
        FeatureKind::Code | FeatureKind::Flag => 0,
        FeatureKind::Amount => 4,
    };
    by_layer + by_price + by_kind
}
