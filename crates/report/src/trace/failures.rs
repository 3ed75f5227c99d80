//! Where each failed request failed, in little space, and how many failed at which place.

use super::Names;
use super::ladder::because;
use std::collections::BTreeMap;
use unanswered_evidence::step::{Located, Steps};
use unanswered_exchange::{Exchanges, PlaceId};
use unanswered_table::Step;

/// Where one request failed; ordered so that equal counts are shown in a fixed order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct At {
    pub(super) step: Option<Step>,
    pub(super) last_seen: PlaceId,
    pub(super) missing_at: Option<PlaceId>,
}

/// A place (or two) at which requests failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedAt {
    /// The step; `None` when the places cannot tell.
    pub step: Option<Step>,
    /// Where the request or its reply was last seen.
    pub last_seen: String,
    /// Where it was expected next.
    pub missing_at: Option<String>,
    /// Number of requests.
    pub requests: u64,
    /// What the first of them shows, one sentence.
    pub because: String,
    /// Stable name of that, for programs.
    pub code: &'static str,
}

impl FailedAt {
    /// The step and its places, without a full stop.
    #[must_use]
    pub fn words(&self) -> String {
        let step = self.step.map_or("step not known", Step::name);
        match &self.missing_at {
            Some(missing) => format!("{step} between {} and {missing}", self.last_seen),
            None => format!("{step}, last seen at {}", self.last_seen),
        }
    }
}

/// All failed requests, located once.
pub(super) struct Failures {
    by_row: Vec<(u32, At)>,
    groups: BTreeMap<At, Group>,
}

struct Group {
    requests: u64,
    first: u32,
    /// What the first of them shows.
    shows: Located,
}

impl Failures {
    pub(super) fn of(exchanges: &Exchanges, steps: &Steps<'_>) -> Self {
        let mut all = Self { by_row: Vec::new(), groups: BTreeMap::new() };
        for (row, outcome) in (0_u32..).zip(exchanges.outcomes()) {
            if !outcome.failed() {
                continue;
            }
            let Some(located) = steps.of(row) else { continue };
            let at = At { step: located.step, last_seen: located.last_seen, missing_at: located.missing_at };
            all.by_row.push((row, at));
            let group = all.groups.entry(at);
            group.and_modify(|g| g.requests += 1).or_insert_with(|| Group {
                requests: 1,
                first: row,
                shows: located,
            });
        }
        all
    }

    pub(super) fn of_row(&self, row: u32) -> Option<At> {
        let index = self.by_row.binary_search_by_key(&row, |(row, _)| *row).ok()?;
        Some(self.by_row[index].1)
    }

    /// The failed rows at the place where most of the given rows failed, in order.
    pub(super) fn most(&self, rows: &[u32]) -> Vec<u32> {
        let mut groups: BTreeMap<At, Vec<u32>> = BTreeMap::new();
        for &row in rows {
            if let Some(at) = self.of_row(row) {
                groups.entry(at).or_default().push(row);
            }
        }
        let most =
            groups.into_values().max_by_key(|rows| (rows.len(), std::cmp::Reverse(rows.first().copied())));
        most.unwrap_or_default()
    }

    pub(super) fn table(&self, names: &Names) -> Vec<FailedAt> {
        let mut groups: Vec<(&At, &Group)> = self.groups.iter().collect();
        groups.sort_by_key(|(_, group)| (std::cmp::Reverse(group.requests), group.first));
        let row = |(at, group): (&At, &Group)| FailedAt {
            step: at.step,
            last_seen: names.name(at.last_seen).to_owned(),
            missing_at: at.missing_at.map(|place| names.name(place).to_owned()),
            requests: group.requests,
            because: because(&group.shows, names),
            code: group.shows.fate.code(),
        };
        groups.into_iter().map(row).collect()
    }
}
