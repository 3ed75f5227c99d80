//! What is declared: names for catalogue files, features for tables.

use unanswered_explain::catalogue::Vocabulary;
use unanswered_registry::{Feature, PROTOCOL};
use unanswered_wire::{ProtocolId, errors, features};

/// The protocols, and every way in which they or ICMP refuse.
#[must_use]
pub fn vocabulary() -> Vocabulary {
    let own = ProtocolId::all().flat_map(|id| id.declaration().refusals.iter().copied());
    let mut refusals: Vec<&str> = own.chain(errors::refusals()).map(|kind| kind.code).collect();
    refusals.sort_unstable();
    refusals.dedup();
    Vocabulary { protocols: ProtocolId::names(), refusals }
}

/// Every declared feature: the protocol itself, what all requests have, what protocols add and what is derived here.
#[must_use]
pub fn declared_features() -> Vec<&'static Feature> {
    let own = ProtocolId::all().flat_map(|id| id.declaration().features.iter().copied().flatten());
    let common = [&PROTOCOL].into_iter().chain(features::ALL.iter().copied());
    common.chain(own.copied()).chain(crate::features::ALL.iter().copied()).collect()
}
