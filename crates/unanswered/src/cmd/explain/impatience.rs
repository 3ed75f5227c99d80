//! A second look at captures in which nothing failed but some answers were slow.
//!
//! The captures are read again with the wait of an impatient client as the time-out of the protocols that have slow
//! answers. What is found then is told, with that assumption; where nothing is, the slow answers are only counted.

use super::plan::{Input, Plan};
use crate::cmd::captures;
use crate::failure::Failure;
use unanswered_capture::InputSpec;
use unanswered_evidence::{ExchangeSource, slow_replies};
use unanswered_exchange::Exchanges;
use unanswered_explain::{Recounted, Source, explain};
use unanswered_report::Slow;

/// What the second look came to.
#[derive(Default)]
pub(super) struct Impatient {
    /// The requests as an impatient client saw them, where that explains the slow answers.
    pub(super) exchanges: Option<Exchanges>,
    /// The slow answers.
    pub(super) slow: Slow,
}

/// Looks again where answers were slow and the first look has no finding.
pub(super) fn second_look(plan: &Plan, exchanges: &Exchanges) -> Result<Impatient, Failure> {
    let Input::Captures { inputs, pairing, narrowing } = &plan.input else { return Ok(Impatient::default()) };
    let replies = slow_replies(exchanges, pairing);
    let slow = Slow { replies, counted: false };
    let once_only = inputs.iter().any(InputSpec::is_stdin);
    if slow.replies.is_empty() || once_only || finds_something(plan, exchanges) {
        return Ok(Impatient { exchanges: None, slow });
    }
    let mut pairing = pairing.clone();
    for of in &slow.replies {
        pairing.set_timeout(of.protocol, of.patience);
    }
    // What was odd about the files has been said.
    let again = captures::read(inputs, &pairing, narrowing, true)?;
    let counted = finds_something(plan, &again);
    Ok(Impatient { exchanges: counted.then_some(again), slow: Slow { counted, ..slow } })
}

fn finds_something(plan: &Plan, exchanges: &Exchanges) -> bool {
    let source = ExchangeSource::new(exchanges);
    let chosen = plan.failed.as_deref().map(|failed| Recounted::failed_only(&source, failed));
    let source: &dyn Source = chosen.as_ref().map_or(&source, |chosen| chosen);
    !explain(source, &plan.options).findings.is_empty()
}
