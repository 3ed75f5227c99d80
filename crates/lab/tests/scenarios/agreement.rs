//! What the client's own interface shows of each request, compared with what the world knows of it.
//!
//! A request of the world and an exchange of the captures are the same when they have the client's
//! port and the time of sending in common. Where both know the outcome they must agree on whether it
//! failed. Where one does not know it, it must have a reason: the end of the run, or a client that
//! was stopped while it waited.

use super::library::Asked;
use std::collections::BTreeMap;
use unanswered_exchange::{Endpoint, Exchange, Exchanges, PairerConfig};
use unanswered_lab::diagnosis::exchanges;
use unanswered_lab::record::{Ended, Happened, RunRecord};
use unanswered_scenario::model::{Scenario, ServiceKind, Vantage};
use unanswered_table::Outcome;
use unanswered_wire::{ProtocolId, Span, Time};
use unanswered_world::observer::Happening;

/// Queries of one lookup leave some microseconds after each other; different requests from one port
/// are at least milliseconds apart.
const SENDING: Span = Span::from_nanoseconds(100_000);

/// Compares every vantage point at a client's interface; returns how many requests were compared.
pub(crate) fn compared(scenario: &Scenario, record: &RunRecord) -> u64 {
    let clients = scenario.vantages.iter().filter(|vantage| {
        let host = vantage.interface.host;
        let whole = vantage.start.is_none() && vantage.lasts.is_none();
        whole && record.requests.iter().any(|ended| ended.request.client == host)
    });
    clients.map(|vantage| of_vantage(scenario, record, vantage)).sum()
}

fn of_vantage(scenario: &Scenario, record: &RunRecord, vantage: &Vantage) -> u64 {
    let captured = exchanges(scenario, &record.captures, std::slice::from_ref(&vantage.name), None)
        .unwrap_or_else(|error| panic!("{error}"));
    let address = scenario.interface(vantage.interface).address;
    let mut by_port: BTreeMap<u16, Vec<Exchange<'_>>> = BTreeMap::new();
    for exchange in captured.iter() {
        let Endpoint { address: client, port } = exchange.nearest().client();
        assert_eq!(
            captured.addresses()[client.0 as usize],
            address,
            "{}: a stranger's request",
            vantage.name
        );
        by_port.entry(port).or_default().push(exchange);
    }
    let mut sent: Vec<&Ended> = record
        .requests
        .iter()
        .filter(|ended| ended.request.client == vantage.interface.host)
        .filter(|ended| ended.request.inside.is_some_and(|inside| inside.source.address == address))
        .collect();
    sent.sort_by_key(|ended| ended.request.number);
    let mut compared = 0;
    for ended in &sent {
        let time = ended.request.time;
        let same = |exchange: &Exchange<'_>| time <= exchange.time() && exchange.time() <= time + SENDING;
        let port = ended.request.inside.map_or(0, |inside| inside.source.port);
        let row = by_port.entry(port).or_default();
        let exchange = row.iter().position(same).map(|at| row.remove(at));
        let exchange = exchange.unwrap_or_else(|| panic!("{}: not captured: {ended:?}", vantage.name));
        assert_agree(scenario, record, &captured, ended, exchange);
        compared += 1;
    }
    let left: usize = by_port.values().map(Vec::len).sum();
    assert_eq!(left, 0, "{}: captured, but not among the world's requests", vantage.name);
    compared
}

fn assert_agree(
    scenario: &Scenario,
    record: &RunRecord,
    captured: &Exchanges,
    ended: &Ended,
    exchange: Exchange<'_>,
) {
    let (truth, seen) = (ended.outcome, exchange.outcome());
    if truth == Outcome::Unknown {
        assert!(nobody_waited(scenario, record, ended), "no reason not to know: {ended:?}");
    } else if seen == Outcome::Unknown {
        assert!(at_the_end(captured, exchange), "no reason not to know: {:?}", exchange.time());
    } else {
        assert_eq!(truth.failed(), seen.failed(), "{truth} in the world, {seen} in the capture: {ended:?}");
    }
}

/// Whether the run ended, or the client was stopped, before it would have given up.
fn nobody_waited(scenario: &Scenario, record: &RunRecord, ended: &Ended) -> bool {
    let request = &ended.request;
    let host = scenario.host(request.client);
    let service = &host.services[usize::from(request.service)];
    let until = request.time + patience(&service.kind);
    let stopped = record.happenings.iter().any(|Happened { time, what }| {
        let him = match what {
            Happening::Down(id) => *id == request.client,
            Happening::Stopped { host: id, service: name }
            | Happening::Started { host: id, service: name } => {
                *id == request.client && *name == service.name
            }
            Happening::Event(_)
            | Happening::Chapter { .. }
            | Happening::Up(_)
            | Happening::Upgraded { .. }
            | Happening::Raised { .. }
            | Happening::Cleared { .. }
            | Happening::CaptureStarts(_)
            | Happening::CaptureEnds(_) => false,
        };
        him && request.time <= *time && *time <= until
    });
    stopped || until >= scenario.start + scenario.duration
}

/// How long a client of this kind waits before it calls a request unanswered.
fn patience(kind: &ServiceKind) -> Span {
    match kind {
        ServiceKind::DnsClient(client) => {
            Span::from_nanoseconds(client.timeout.nanoseconds() * i64::from(client.attempts))
        }
        // 1, 2, 4, ... s after each SYN (RFC 6298).
        ServiceKind::TcpClient(client) => Span::from_seconds((1 << (client.syn_retries + 1)) - 1),
        // Until the next poll, which clients delay by some seconds or percent.
        ServiceKind::NtpClient(client) => Span::from_seconds((1 << client.maxpoll) * 5 / 4),
        ServiceKind::EchoClient(client) => client.timeout,
        ServiceKind::Ping(_) => Span::from_seconds(2),
        ServiceKind::NtpServer(_)
        | ServiceKind::DnsServer(_)
        | ServiceKind::TcpServer(_)
        | ServiceKind::EchoServer(_) => Span::default(),
    }
}

/// Whether the capture ended before it could show that nothing comes.
fn at_the_end(captured: &Exchanges, exchange: Exchange<'_>) -> bool {
    let nearest = exchange.nearest();
    let last = captured.captured(nearest.vantage()).map_or(Time::default(), |times| times.last);
    let timeout = PairerConfig::default().timeout(exchange.protocol());
    // The next SYN comes up to twice as long after the last one as that came after the one before.
    let wait = match exchange.protocol() {
        ProtocolId::TCP => {
            Span::from_nanoseconds(timeout.nanoseconds() + 2 * nearest.active_for().nanoseconds())
        }
        _ => timeout,
    };
    nearest.time() + nearest.active_for() + wait >= last
}

/// Whether a request is one of those that a condition names; `false` for one that never left.
pub(crate) fn meets(scenario: &Scenario, ended: &Ended, condition: fn(&Asked<'_>) -> bool) -> bool {
    Asked::of(scenario, ended).is_some_and(|asked| condition(&asked))
}
