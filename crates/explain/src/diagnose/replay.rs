//! Mechanisms as causes: the history of all requests, or of one service, replayed.

use super::context::Context;
use super::covered::{Cause, Covered};
use crate::mechanism::{Fit, History, fit_all};
use crate::search::Rule;
use std::collections::BTreeMap;
use unanswered_registry::{Layer, Price, Quantity, Role};
use unanswered_table::{Column, MISSING, Outcome, Values, Viewpoint};

/// More rows are too many to be replayed under each notion of failure.
const REPLAYED_MAX: usize = 30_000;

/// Of the requests that a mechanism predicts to fail, one in so many must: what lets most of them pass is not at work.
const PRECISE: u32 = 2;

/// A mechanism that says as much as a rule, or this many nats less, is told first: it says why.
const NEAR_TIE: f64 = 3.0;

/// A rule about what stands in the packets is given up only for a mechanism that says this many nats more: a state that is
/// replayed can follow a plain cause.
const PLAIN_LEAD: f64 = 10.0;

/// The columns that mechanisms go by, for all rows.
struct Keys {
    client: Vec<u32>,
    server: Vec<u32>,
    flow: Vec<u32>,
    id: Vec<u32>,
}

/// The best mechanism for the failures among the rest, where it says about as much as the rule or more.
pub(super) fn best(
    context: &Context,
    failed: &[bool],
    rows: &[u32],
    outcomes: &[Outcome],
    rule: Option<&Covered>,
) -> Option<Covered> {
    let table = &context.table;
    let known = table.until.len() == table.rows() && table.times.len() == table.rows();
    if !context.complete || !known || table.rows() > REPLAYED_MAX || context.rows.len() != table.rows() {
        return None;
    }
    let keys = Keys::of(context);
    let services = u32::try_from(context.services.len()).unwrap_or(u32::MAX);
    let mut scopes: Vec<Vec<u32>> = vec![Vec::new()];
    if services > 1 {
        scopes.extend((0..services).map(|service| vec![service]));
    }
    let mut counted = vec![false; table.rows()];
    for &row in rows {
        counted[row as usize] = true;
    }
    let naming = f64::from(services.max(1)).ln();
    let fits = scopes.into_iter().filter_map(|services| {
        let fit = keys.fit(context, (failed, &counted), &services)?;
        let score = fit.score() - if services.is_empty() { 0.0 } else { naming };
        Some((score, services, fit))
    });
    let (score, services, fit) = fits.max_by(|a, b| a.0.total_cmp(&b.0))?;
    let wanted =
        |rule: &Covered| rule.score + if of_the_past(context, rule) { -NEAR_TIE } else { PLAIN_LEAD };
    if rule.is_some_and(|rule| score < wanted(rule)) {
        return None;
    }
    let looks_like: Option<Rule> = match rule.map(|rule| &rule.cause) {
        Some(Cause::Rule(rule, _)) => Some(rule.clone()),
        Some(Cause::Ramp(_) | Cause::Mechanism(..) | Cause::Service) | None => None,
    };
    Some(Covered {
        plain: fit.ratio - fit.price,
        score,
        inflation: fit.inflation,
        outcomes: outcomes.to_vec(),
        rows: rows.to_vec(),
        searched: rows.to_vec(),
        services,
        cause: Cause::Mechanism(fit, looks_like),
    })
}

/// Whether the rule says something about the past or a window of time: what a mechanism looks like.
fn of_the_past(context: &Context, covered: &Covered) -> bool {
    let Cause::Rule(rule, _) = &covered.cause else { return true };
    rule.clauses.iter().any(|clause| {
        let column = context.features[clause.feature].column.map(|index| &context.table.columns[index]);
        column.is_none_or(|column| column.subject.layer() == Some(Layer::History))
    })
}

/// The rows (ascending, of the table) that the mechanism predicts to fail, in the services.
pub(super) fn predicted(context: &Context, fit: &Fit, services: &[u32]) -> Vec<u32> {
    let scope = scope(context, services);
    scope.into_iter().zip(&fit.predicted).filter(|(_, fails)| **fails).map(|(row, _)| row).collect()
}

fn scope(context: &Context, services: &[u32]) -> Vec<u32> {
    let all = u32::try_from(context.table.rows()).unwrap_or(u32::MAX);
    (0..all).filter(|&row| services.is_empty() || services.contains(&context.services.at(row))).collect()
}

impl Keys {
    fn of(context: &Context) -> Self {
        let here = |column: &&Column| column.at == Viewpoint::Client;
        let columns = || context.table.columns.iter().filter(here);
        let rows = context.table.rows();
        let role = |role: Role| codes(columns().filter(|column| column.subject.role() == role), rows);
        let flow = |column: &&Column| column.subject.feature().is_some_and(|f| f.price == Price::Flow);
        let port = |column: &&Column| {
            column.subject.quantity() == Quantity::Port && column.subject.role() == Role::Other
        };
        Self {
            client: role(Role::Client),
            server: role(Role::Server),
            flow: codes(columns().filter(flow), rows),
            id: codes(columns().filter(port), rows),
        }
    }

    fn fit(&self, context: &Context, (failed, counted): (&[bool], &[bool]), services: &[u32]) -> Option<Fit> {
        let scope = scope(context, services);
        let table = &context.table;
        let numbers =
            |column: &[f64]| -> Vec<f64> { scope.iter().map(|&row| column[row as usize]).collect() };
        let flags =
            |column: &[bool]| -> Vec<bool> { scope.iter().map(|&row| column[row as usize]).collect() };
        let keys = |column: &[u32]| -> Vec<u32> {
            if column.is_empty() {
                Vec::new()
            } else {
                scope.iter().map(|&row| column[row as usize]).collect()
            }
        };
        let (client, server, flow, id) =
            (keys(&self.client), keys(&self.server), keys(&self.flow), keys(&self.id));
        let history = History {
            times: &numbers(&table.times),
            failed: &flags(failed),
            counted: &flags(counted),
            client: &client,
            server: &server,
            flow: &flow,
            id: &id,
            until: &numbers(&table.until),
            replied: &numbers(&table.replied),
        };
        fit_all(&history).into_iter().find(|fit| fit.inside_failed * PRECISE >= fit.inside)
    }
}

/// The values of these columns as one key: each row has a value in at most one of them. Empty where there are none.
fn codes<'a>(columns: impl Iterator<Item = &'a Column>, rows: usize) -> Vec<u32> {
    let mut keys = Vec::new();
    let mut numbers: BTreeMap<(usize, u64), u32> = BTreeMap::new();
    let mut next = 0;
    for (index, column) in columns.enumerate() {
        if keys.is_empty() {
            keys = vec![MISSING; rows];
        }
        for (row, key) in keys.iter_mut().enumerate().filter(|(_, key)| **key == MISSING) {
            let value = match &column.values {
                Values::Codes { codes, .. } => {
                    Some(codes[row]).filter(|code| *code != MISSING).map(u64::from)
                }
                Values::Numbers(values) => {
                    Some(values[row]).filter(|value| !value.is_nan()).map(f64::to_bits)
                }
            };
            let Some(value) = value else { continue };
            *key = *numbers.entry((index, value)).or_insert_with(|| {
                next += 1;
                next - 1
            });
        }
    }
    keys
}
