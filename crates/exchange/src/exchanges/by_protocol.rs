//! Requests counted by protocol, outcome and reason.

use super::Exchanges;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use unanswered_table::{Outcome, OutcomeCounts, Reason};
use unanswered_wire::ProtocolId;

/// Requests with one outcome for one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReasonCount {
    /// What became of them.
    pub outcome: Outcome,
    /// Why.
    pub reason: Reason,
    /// How many.
    pub requests: u64,
}

/// What became of the requests of one protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtocolTotals {
    /// The protocol.
    pub protocol: ProtocolId,
    /// Its requests by outcome.
    pub outcomes: OutcomeCounts,
    /// Why, outcome by outcome, most frequent first.
    pub reasons: Vec<ReasonCount>,
}

impl Exchanges {
    /// Requests by protocol, in the order of the list of protocols; those without requests are left out.
    #[must_use]
    pub fn by_protocol(&self) -> Vec<ProtocolTotals> {
        let mut counts: BTreeMap<(u8, Outcome, u8), u64> = BTreeMap::new();
        let rows = self.joined.outcomes.iter().zip(&self.joined.reasons);
        let each = (0_u32..)
            .zip(rows)
            .map(|(row, (outcome, reason))| (self.first_leg(row).protocol, *outcome, *reason));
        // Most requests are like the one before.
        let mut run: Option<((u8, Outcome, u8), u64)> = None;
        for key in each {
            match &mut run {
                Some((of, count)) if *of == key => *count += 1,
                run => {
                    if let Some((of, count)) = run.replace((key, 1)) {
                        *counts.entry(of).or_default() += count;
                    }
                }
            }
        }
        if let Some((of, count)) = run {
            *counts.entry(of).or_default() += count;
        }
        let mut all: Vec<ProtocolTotals> = Vec::new();
        for ((protocol, outcome, reason), requests) in counts {
            let protocol = ProtocolId(protocol);
            if all.last().is_none_or(|last| last.protocol != protocol) {
                all.push(ProtocolTotals {
                    protocol,
                    outcomes: OutcomeCounts::default(),
                    reasons: Vec::new(),
                });
            }
            let Some(totals) = all.last_mut() else { continue };
            totals.outcomes.merge(&OutcomeCounts::from([(outcome, requests)]));
            totals.reasons.push(ReasonCount { outcome, reason: self.legs.reasons.get(reason), requests });
        }
        for totals in &mut all {
            totals.reasons.sort_by_key(|count| (count.outcome, Reverse(count.requests), count.reason));
        }
        all
    }
}
