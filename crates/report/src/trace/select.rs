//! Which requests are shown: those asked for, or one failed request beside the answered one that is most
//! like it.

use super::failures::Failures;
use super::filter::{Filter, Looked};
use super::questions::{Questions, end};
use super::{Names, TraceError};
use crate::words::why;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use unanswered_exchange::{Exchange, Exchanges, PlaceId};
use unanswered_table::{Outcome, Step};
use unanswered_wire::Time;

/// Ladders that are shown by default.
const SHOWN: usize = 2;

/// What the user wants to see.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// Requests by number, from 1; all that are asked for are shown.
    pub requests: Vec<u64>,
    /// Conditions that must all hold.
    pub filters: Vec<Filter>,
    /// Maximum number of requests shown.
    pub count: Option<usize>,
    /// One line for each matching request.
    pub list: bool,
}

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its number, from 1.
    pub number: u64,
    /// When it was sent.
    pub time: Time,
    /// Name of its protocol.
    pub protocol: &'static str,
    /// Client as seen nearest to it.
    pub client: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Why; empty where there is nothing to add.
    pub reason: String,
    /// For a failed request: where it or its reply was last seen.
    pub last_seen: Option<String>,
    /// Where it failed.
    pub step: Option<Step>,
}

impl Selection {
    /// Some requests are asked for, by number or filter.
    #[must_use]
    pub fn asked_for(&self) -> bool {
        !self.requests.is_empty() || !self.filters.is_empty()
    }

    pub(super) fn check(&self, exchanges: &Exchanges) -> Result<(), TraceError> {
        let requests = exchanges.len();
        let there = |number: &u64| (1..=requests as u64).contains(number);
        if let Some(&number) = self.requests.iter().find(|n| !there(n)) {
            return Err(TraceError::NoSuchRequest { number, requests });
        }
        self.filters.iter().try_for_each(|filter| filter.check(exchanges))
    }
}

/// All requests that are asked for, in order of time.
pub(super) fn matching(
    exchanges: &Exchanges,
    failures: &Failures,
    names: &Names,
    selection: &Selection,
) -> Vec<u32> {
    let looked = Looked { exchanges, failures, names, questions: Questions::of(exchanges) };
    let wanted = |exchange: &Exchange<'_>| {
        (selection.requests.is_empty() || selection.requests.contains(&(u64::from(exchange.row()) + 1)))
            && selection.filters.iter().all(|filter| filter.holds(&looked, exchange))
    };
    exchanges.iter().filter(wanted).map(|exchange| exchange.row()).collect()
}

/// The requests to draw.
pub(super) fn shown(
    exchanges: &Exchanges,
    failures: &Failures,
    matching: &[u32],
    selection: &Selection,
) -> Vec<u32> {
    if !selection.requests.is_empty() {
        return matching.iter().copied().take(selection.count.unwrap_or(usize::MAX)).collect();
    }
    let count = selection.count.unwrap_or(SHOWN);
    let mut rows = pair(exchanges, failures, matching);
    rows.truncate(count);
    let more: Vec<u32> = matching.iter().copied().filter(|row| !rows.contains(row)).collect();
    if selection.asked_for() || selection.count.is_some() {
        let room = count - rows.len();
        rows.extend(more.into_iter().take(room));
    }
    // An answered request goes before the failed one that it is compared with.
    rows.sort_by_key(|&row| (exchanges.get(row).outcome().failed(), row));
    rows
}

/// What is drawn is a path, and questions for neighbours have none: they are left out where another request failed.
fn on_paths(exchanges: &Exchanges, rows: &[u32]) -> Vec<u32> {
    let routed = |row: &u32| !exchanges.get(*row).protocol().carrier().is_of_link();
    let others: Vec<u32> = rows.iter().copied().filter(routed).collect();
    let failed = others.iter().any(|&row| exchanges.get(row).outcome().failed());
    if failed { others } else { rows.to_vec() }
}

/// The most representative failed request, and the answered one that is most like it.
fn pair(exchanges: &Exchanges, failures: &Failures, rows: &[u32]) -> Vec<u32> {
    let rows = on_paths(exchanges, rows);
    let rows = rows.as_slice();
    let answered = || rows.iter().map(|&row| exchanges.get(row)).filter(|e| e.outcome() == Outcome::Answered);
    let Some(failed) = typical(exchanges, &failures.most(rows), answered()) else {
        // Nothing failed: the path of the request that was seen at most places says most.
        let longest = answered().max_by_key(|e| (e.sightings().len(), Reverse(e.row())));
        return longest.map(|e| e.row()).into_iter().collect();
    };
    let missing = failures.of_row(failed).and_then(|at| at.missing_at);
    let failed = exchanges.get(failed);
    let alike = answered().filter(|e| e.protocol() == failed.protocol());
    let alike = alike.max_by_key(|e| (Likeness::of(&failed, e, missing), Reverse(e.row())));
    [Some(failed.row()), alike.map(|e| e.row())].into_iter().flatten().collect()
}

/// The first of the failed ones whose client got answers from the same server at another time: the
/// difference between the two is then the cause, and not the client.
fn typical<'a>(
    exchanges: &'a Exchanges,
    failed: &[u32],
    answered: impl Iterator<Item = Exchange<'a>>,
) -> Option<u32> {
    let flow = |e: &Exchange<'_>| (e.protocol(), e.nearest().client().address, e.nearest().server());
    let flows: BTreeSet<_> = answered.map(|e| flow(&e)).collect();
    let comparable = failed.iter().find(|row| flows.contains(&flow(&exchanges.get(**row))));
    comparable.or(failed.first()).copied()
}

/// How similar an answered request is to a failed one; the most important criterion comes first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Likeness {
    same_server: bool,
    same_client: bool,
    passes_the_gap: bool,
    places_in_common: usize,
    nearness: Reverse<i64>,
}

impl Likeness {
    fn of(failed: &Exchange<'_>, answered: &Exchange<'_>, missing: Option<PlaceId>) -> Self {
        let path = |e: &Exchange<'_>| -> Vec<PlaceId> {
            e.sightings().filter(|s| !s.beside()).map(|s| s.place()).collect()
        };
        let (own, other) = (path(failed), path(answered));
        Self {
            same_server: failed.nearest().server() == answered.nearest().server(),
            same_client: failed.nearest().client().address == answered.nearest().client().address,
            passes_the_gap: missing.is_none_or(|place| other.contains(&place)),
            places_in_common: own.iter().zip(&other).take_while(|(a, b)| a == b).count(),
            nearness: Reverse((answered.time() - failed.time()).nanoseconds().saturating_abs()),
        }
    }
}

pub(super) fn list(
    exchanges: &Exchanges,
    failures: &Failures,
    names: &Names,
    matching: &[u32],
    selection: &Selection,
) -> Vec<Row> {
    let count = selection.count.unwrap_or(usize::MAX);
    let of = |&row: &u32| {
        let exchange = exchanges.get(row);
        let at = failures.of_row(row);
        Row {
            number: u64::from(row) + 1,
            time: exchange.time(),
            protocol: exchange.protocol().declaration().name,
            client: end(exchanges, exchange.protocol(), exchange.nearest().client()),
            outcome: exchange.outcome(),
            reason: why(exchange.outcome(), exchange.reason()),
            last_seen: at.map(|at| names.name(at.last_seen).to_owned()),
            step: at.and_then(|at| at.step),
        }
    };
    matching.iter().take(count).map(of).collect()
}
