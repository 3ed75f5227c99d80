//! `truth.json`: every fault that struck, and for each failed request where and why it failed.

use super::cause_names;
use super::recorder::{Ended, RunRecord};
use serde::Serialize;
use unanswered_scenario::model::{Scenario, Transport};
use unanswered_table::Outcome;
use unanswered_wire::Time;
use unanswered_world::conntrack::Tuple;

/// The whole file; schema `unanswered.lab.truth/1`.
#[derive(Clone, Debug, Serialize)]
pub struct Truth {
    /// Always `unanswered.lab.truth/1`.
    pub schema: &'static str,
    /// Name of the scenario.
    pub scenario: String,
    /// Seed of the run.
    pub seed: u64,
    /// Seconds since the epoch at which the run began.
    pub start: f64,
    /// Requests of all clients by outcome.
    pub outcomes: std::collections::BTreeMap<&'static str, u64>,
    /// Faults that made requests fail, the first to strike first.
    pub faults: Vec<FaultRow>,
    /// Requests that failed, in the order in which they ended.
    pub failed: Vec<RequestRow>,
}

/// A fault.
#[derive(Clone, Debug, Serialize)]
pub struct FaultRow {
    /// Catalogue id, or `mechanism:place`.
    pub id: String,
    /// What happens.
    pub what: String,
    /// Host or network.
    pub place: String,
    /// Requests that failed because of it.
    pub requests: u64,
    /// Packets that it dropped, including replies and retransmissions.
    pub packets: u64,
    /// Time of the first request that failed, in seconds since the epoch.
    pub first: f64,
    /// Time of the last one.
    pub last: f64,
    /// Hosts whose requests failed.
    pub clients: Vec<String>,
}

/// A failed request.
#[derive(Clone, Debug, Serialize)]
pub struct RequestRow {
    /// Number among all requests of the run.
    pub number: u64,
    /// When it was sent, in seconds since the epoch.
    pub time: f64,
    /// Who asked.
    pub client: String,
    /// `udp`, `tcp` or `icmp`.
    pub protocol: &'static str,
    /// Source as sent, `address:port`.
    pub source: String,
    /// Destination as sent.
    pub destination: String,
    /// Source after the last translation, where there was one.
    pub outside: Option<String>,
    /// How often it was sent.
    pub copies: u8,
    /// What became of it.
    pub outcome: &'static str,
    /// The step at which it failed.
    pub step: Option<&'static str>,
    /// The host, or the two interfaces between which it or its reply was lost.
    pub place: Vec<String>,
    /// The fault, by its id.
    pub fault: Option<String>,
}

/// The truth of a run.
#[must_use]
pub fn truth(scenario: &Scenario, seed: u64, record: &RunRecord) -> Truth {
    let mut outcomes = std::collections::BTreeMap::new();
    for counts in record.counts.values() {
        for outcome in Outcome::ALL {
            *outcomes.entry(outcome.word()).or_insert(0) += counts.of(outcome);
        }
    }
    let struck = record.causes.iter().filter(|cause| cause.requests > 0);
    let mut faults: Vec<FaultRow> = struck
        .map(|cause| {
            let fault = cause_names::fault(scenario, cause.reason, cause.episode.as_deref());
            FaultRow {
                id: fault.id,
                what: fault.what,
                place: fault.place,
                requests: cause.requests,
                packets: cause.packets,
                first: seconds(cause.first),
                last: seconds(cause.last),
                clients: cause.clients.iter().map(|id| scenario.host(*id).name.clone()).collect(),
            }
        })
        .collect();
    faults.sort_by(|a, b| a.first.total_cmp(&b.first));
    let failed = record.requests.iter().filter(|ended| ended.outcome.failed());
    Truth {
        schema: "unanswered.lab.truth/1",
        scenario: scenario.name.clone(),
        seed,
        start: seconds(scenario.start),
        outcomes,
        faults,
        failed: failed.map(|ended| row(scenario, record, ended)).collect(),
    }
}

fn row(scenario: &Scenario, record: &RunRecord, ended: &Ended) -> RequestRow {
    let request = &ended.request;
    let end = |address: std::net::Ipv4Addr, port: u16| format!("{address}:{port}");
    let source = |tuple: &Tuple| end(tuple.source.address, tuple.source.port);
    let loss = request.last_loss;
    let cause = loss.and_then(|loss| record.causes.get(loss.cause.0 as usize));
    RequestRow {
        number: request.number,
        time: seconds(request.time),
        client: scenario.host(request.client).name.clone(),
        protocol: match request.inside.map(|tuple| tuple.protocol) {
            Some(Transport::Tcp) => "tcp",
            Some(Transport::Icmp) => "icmp",
            _ => "udp",
        },
        source: request.inside.as_ref().map(source).unwrap_or_default(),
        destination: request
            .inside
            .map(|tuple| end(tuple.destination.address, tuple.destination.port))
            .unwrap_or_default(),
        outside: request.outside.as_ref().map(source),
        copies: request.copies,
        outcome: ended.outcome.word(),
        step: loss.map(|loss| loss.step.name()),
        place: loss.map(|loss| cause_names::place(scenario, loss.place)).unwrap_or_default(),
        fault: cause.map(|cause| cause_names::fault(scenario, cause.reason, cause.episode.as_deref()).id),
    }
}

/// Seconds since the epoch, rounded to the microsecond to keep them short.
fn seconds(time: Time) -> f64 {
    (time.seconds() * 1e6).round() / 1e6
}
