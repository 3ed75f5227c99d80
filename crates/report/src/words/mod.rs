//! Facts in plain English: the only module that writes sentences about requests.
//!
//! One file per kind of fact; each is a function from the fact to text without a full stop. What comes
//! out of packets, tables and file names is made safe where it goes into a sentence.

mod alternatives;
mod behind;
mod caveat;
mod frames;
mod known;
mod mechanism;
mod outcome;
mod place;
mod sign;
mod step;
mod telltale;
mod verdict;
mod why_now;

pub use alternatives::{deciding, experiment, others, requests as requests_with, twins};
pub use behind::{behind, look_behind};
pub use caveat::{caveat, caveats};
pub use frames::{frames, not_paired};
pub(crate) use known::fact;
pub use known::fit;
pub(crate) use mechanism::each;
pub use mechanism::{mechanism, parameters};
pub use outcome::{
    class, lookups, outcome, outcomes, outcomes_because, reason, refusal, requests, slow, were, why,
};
pub(crate) use place::{Others, happened, look_at, names_a_place, site};
pub use sign::{said_no, sign};
pub use step::{fate, narrow, step_because};
pub use telltale::{clause, feature, telltale, value};
pub(crate) use verdict::significance;
pub use verdict::{advice, answered, permuted, remark, verdict_reason};
pub use why_now::why_now;

use unanswered_table::Unit;

/// Several of a unit, in words: `NAT mappings`.
fn several(unit: &Unit) -> String {
    format!("{}s", crate::text::safe(unit.word()))
}

/// What a list without names says.
const NOTHING: &str = "nothing";

/// `a`, `a or b`, `a, b or c`.
pub(crate) fn listed(names: &[String], last_word: &str) -> String {
    match names {
        [] => NOTHING.to_owned(),
        [one] => one.clone(),
        [init @ .., last] => format!("{} {last_word} {last}", init.join(", ")),
    }
}
