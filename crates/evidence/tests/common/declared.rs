//! All declarations, wherever they are, for tests that check each of them.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::allow_attributes, reason = "whether dead_code fires differs between test binaries")]

use unanswered_registry::{Feature, RefusalKind};
use unanswered_wire::{ProtocolId, errors};

/// Every feature: the protocol itself, what all requests have, what protocols add, what is derived.
pub(crate) fn features() -> Vec<&'static Feature> {
    unanswered_evidence::declared_features()
}

/// Every way to refuse: ICMP's and each protocol's own. A reset refuses connects and requests inside
/// connections alike.
pub(crate) fn refusals() -> Vec<&'static RefusalKind> {
    let mut all: Vec<&'static RefusalKind> = errors::refusals().collect();
    for kind in ProtocolId::all().flat_map(|id| id.declaration().refusals.iter().copied()) {
        if !all.contains(&kind) {
            all.push(kind);
        }
    }
    all
}
