//! The names that are declared, for catalogue files.

use unanswered_explain::catalogue::Vocabulary;
use unanswered_wire::{ProtocolId, errors};

/// The protocols, and every way in which they or ICMP refuse.
#[must_use]
pub fn vocabulary() -> Vocabulary {
    let own = ProtocolId::all().flat_map(|id| id.declaration().refusals.iter().copied());
    let mut refusals: Vec<&str> = own.chain(errors::refusals()).map(|kind| kind.code).collect();
    refusals.sort_unstable();
    refusals.dedup();
    Vocabulary { protocols: ProtocolId::names(), refusals }
}
