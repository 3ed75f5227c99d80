//! What needs no comparison: a service, or a server of it, that answered nothing at all.

use super::across::Strata;
use super::context::Context;
use super::covered::{Beyond, Cause, Covered, Covers};
use crate::constants::FAILURES_MIN;
use crate::search::score::Tally;
use std::collections::BTreeMap;
use unanswered_registry::Role;
use unanswered_table::{Column, MISSING, Outcome, Values, Viewpoint};

/// Servers that are silent by chance less often than this are named.
const BY_CHANCE: f64 = 0.001;

/// Takes services out of which everything failed while others work: what fails there has nothing to be compared with.
pub(super) fn services(context: &Context, covers: &mut Covers) {
    if context.services.len() < 2 {
        return;
    }
    let failed: Vec<bool> = context.table.outcomes.iter().map(|o| o.failed()).collect();
    let strata = Strata::of(context, &failed, &covers.rest);
    let silent = strata.iter().filter(|(_, _, total)| total.f == total.n && total.f >= FAILURES_MIN);
    let silent: Vec<(u32, Vec<u32>)> = silent.map(|(service, rows, _)| (service, rows.to_vec())).collect();
    for (service, rows) in silent {
        covers.rest.retain(|&row| context.services.at(row) != service);
        covers.accepted.push(all_failed(context, service, rows));
    }
}

/// Takes servers out that answered nothing of a service, among requests that no rule covers: too few others of the service were
/// asked for a contrast, or too many servers are silent.
pub(super) fn servers(context: &Context, covers: &mut Covers) {
    let names = |column: &&Column| column.subject.role() == Role::Server && column.at == Viewpoint::Client;
    for column in context.table.columns.iter().filter(names) {
        let Values::Codes { codes, .. } = &column.values else { continue };
        let mut of_server: BTreeMap<(u32, u32), Tally> = BTreeMap::new();
        let mut of_service: BTreeMap<u32, Tally> = BTreeMap::new();
        for (row, outcome) in (0u32..).zip(&context.table.outcomes) {
            let (service, server) = (context.services.at(row), codes[row as usize]);
            let one = Tally { n: 1, f: u32::from(outcome.failed()) };
            let all = of_service.entry(service).or_default();
            *all = all.plus(one);
            let own = of_server.entry((service, server)).or_default();
            *own = own.plus(one);
        }
        let silent = |own: &Tally| own.f == own.n && own.f >= FAILURES_MIN;
        // What the others show of chance, the silent ones left out.
        for ((service, _), own) in of_server.iter().filter(|(_, own)| silent(own)) {
            if let Some(all) = of_service.get_mut(service) {
                *all = all.minus(*own);
            }
        }
        let is_silent = |service: u32, server: u32| {
            let own = of_server[&(service, server)];
            let by_chance = f64::from(own.n) * of_service[&service].rate().ln();
            server != MISSING && silent(&own) && by_chance < BY_CHANCE.ln()
        };
        let mut found: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for &row in &covers.rest {
            let service = context.services.at(row);
            if context.table.outcomes[row as usize].failed() && is_silent(service, codes[row as usize]) {
                found.entry(service).or_default().push(row);
            }
        }
        for (service, rows) in found {
            covers.rest.retain(|row| rows.binary_search(row).is_err());
            covers.accepted.push(all_failed(context, service, rows));
        }
    }
}

fn all_failed(context: &Context, service: u32, rows: Vec<u32>) -> Covered {
    let fails = |outcome: &Outcome| rows.iter().any(|&row| context.table.outcomes[row as usize] == *outcome);
    Covered {
        cause: Cause::Service,
        outcomes: context.failing.iter().copied().filter(fails).collect(),
        searched: rows.clone(),
        rows,
        plain: 0.0,
        score: 0.0,
        inflation: 1.0,
        services: if context.services.len() > 1 { vec![service] } else { Vec::new() },
        beyond: Beyond::NotAsked,
    }
}
