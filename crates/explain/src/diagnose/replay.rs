//! Mechanisms as causes: the history of all requests, or of one service, replayed.

use super::context::Context;
use super::covered::{Beyond, Cause, Covered};
use crate::mechanism::{Fit, History, fit_all};
use crate::search::Rule;
use crate::search::score::{Tally, log_likelihood_ratio};
use std::collections::{BTreeMap, BTreeSet};
use unanswered_registry::{Layer, Price, Quantity, Role};
use unanswered_table::{Column, MISSING, Outcome, Unit, Values, Viewpoint};

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
    client_network: Vec<u32>,
    server: Vec<u32>,
    flow: Vec<u32>,
    id: Vec<u32>,
    bytes: Vec<f64>,
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
        let mut fit = keys.fit(context, (failed, &counted), &services)?;
        if !services.is_empty() {
            return Some((fit.score() - naming, services, fit));
        }
        fit.ratio = fit.ratio.min(ratio_within(context, &fit, (failed, &counted)));
        // Where failures are all of one service, others that never fail do not show that they share its state.
        let alone = services_with_failures(context, failed, rows) == 1 && context.services.len() > 1;
        Some((fit.score() - if alone { PLAIN_LEAD } else { 0.0 }, services, fit))
    });
    let (score, services, fit) = fits.max_by(|a, b| a.0.total_cmp(&b.0))?;
    // A mechanism whose decision holds for a flow counts flows, a rule counts requests: as what it looks like, both are
    // compared by requests.
    let by_request = score + fit.score_by_request() - fit.score();
    let beaten = |rule: &Covered| {
        if of_the_past(context, rule) {
            by_request < rule.score - NEAR_TIE
        } else {
            score < rule.score + PLAIN_LEAD
        }
    };
    if rule.is_some_and(beaten) {
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
        beyond: Beyond::NotAsked,
    })
}

/// Services with failures among the rows.
fn services_with_failures(context: &Context, failed: &[bool], rows: &[u32]) -> usize {
    let failing = rows.iter().filter(|&&row| failed[row as usize]).map(|&row| context.services.at(row));
    failing.collect::<BTreeSet<u32>>().len()
}

/// The log-likelihood ratio of a prediction over all services, summed within them: that one service fails and another
/// does not is no merit of a mechanism.
fn ratio_within(context: &Context, fit: &Fit, (failed, counted): (&[bool], &[bool])) -> f64 {
    let mut tallies = vec![[Tally::default(); 2]; context.services.len()];
    for (row, &fails) in fit.predicted.iter().enumerate().filter(|(row, _)| counted[*row]) {
        let service = context.services.at(u32::try_from(row).unwrap_or(u32::MAX)) as usize;
        if let Some(sides) = tallies.get_mut(service) {
            let side = &mut sides[usize::from(fails)];
            *side = side.plus(Tally { n: 1, f: u32::from(failed[row]) });
        }
    }
    tallies.into_iter().map(|[outside, inside]| log_likelihood_ratio(inside, outside)).sum()
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
        // Flows that are too many to be a feature are units of evidence all the same.
        let units = match context.table.unit {
            Unit::Flow | Unit::NatMapping => context.table.units.clone(),
            Unit::Request | Unit::Row | Unit::Named(_) => Vec::new(),
        };
        Self {
            client: role(Role::Client),
            client_network: role(Role::ClientNetwork),
            server: role(Role::Server),
            flow: Some(codes(columns().filter(flow), rows)).filter(|flow| !flow.is_empty()).unwrap_or(units),
            id: codes(columns().filter(port), rows),
            bytes: lengths(columns()),
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
        let [client, client_network, server, flow, id] =
            [&self.client, &self.client_network, &self.server, &self.flow, &self.id]
                .map(|column| keys(column));
        let bytes = if self.bytes.is_empty() { Vec::new() } else { numbers(&self.bytes) };
        let history = History {
            times: &numbers(&table.times),
            failed: &flags(failed),
            counted: &flags(counted),
            client: &client,
            client_network: &client_network,
            server: &server,
            flow: &flow,
            id: &id,
            bytes: &bytes,
            until: &numbers(&table.until),
            replied: &numbers(&table.replied),
        };
        fit_all(&history).into_iter().find(|fit| fit.inside_failed * PRECISE >= fit.inside)
    }
}

/// How long requests are on the network; empty where no column says it.
fn lengths<'a>(mut columns: impl Iterator<Item = &'a Column>) -> Vec<f64> {
    match columns.find(|column| column.subject.role() == Role::Size).map(|column| &column.values) {
        Some(Values::Numbers(lengths)) => lengths.clone(),
        Some(Values::Codes { .. }) | None => Vec::new(),
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
