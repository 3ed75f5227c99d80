//! What a request's past says: gaps, reuse, rates and load, from earlier requests only.
//!
//! One walk over all requests in the order of time gives any number of
//! measures for any rows. No reply that came after the request is looked at;
//! replies before it count only for open connections and for the measures
//! whose name begins with `unanswered.`.

use super::backlog::{Connections, Overdue};
use super::dense::dense;
use super::measure::Measure;
use super::request::{Request, count};
use super::sides::{Side, Sides, outside_flows};
use super::translation::{Translation, translations};
use std::collections::VecDeque;
use unanswered_exchange::{Endpoint, Exchange, Exchanges, Sighting};
use unanswered_registry::FeatureKind;
use unanswered_table::{MISSING, Outcome, Values};
use unanswered_wire::Carrier;

const SECOND: i64 = 1_000_000_000;

/// Requests this close after each other belong to one burst.
const BURST_GAP: i64 = SECOND / 10;

/// A request counts as in flight for this long, whatever came back: replies would reveal the outcome.
const IN_FLIGHT: i64 = 2 * SECOND;

/// Keys of all requests, numbered.
#[derive(Debug)]
pub(crate) struct History {
    client: Vec<u32>,
    server: Vec<u32>,
    pair: Vec<u32>,
    flow: Vec<u32>,
    port: Vec<u32>,
    /// Translated source address and server; missing where the request was not seen beyond.
    address: Vec<u32>,
    outside: Vec<u32>,
    /// What is known of each request's translation.
    translation: Vec<Translation>,
    counts: Counts,
}

#[derive(Debug, Default)]
struct Counts {
    client: u32,
    server: u32,
    pair: u32,
    flow: u32,
    port: u32,
    address: u32,
    outside: u32,
}

impl History {
    pub(crate) fn of(exchanges: &Exchanges, sides: &Sides) -> Self {
        let clients = u32::try_from(exchanges.addresses().len()).expect("fewer addresses than 2^32");
        let client: Vec<u32> = exchanges.iter().map(|e| e.nearest().client().address.0).collect();
        let (server, servers) = dense(exchanges.iter().map(|e| {
            let Endpoint { address, port } = e.nearest().server();
            Some(u64::from(address.0) << 24 | u64::from(port) << 8 | u64::from(e.protocol().0))
        }));
        let (pair, pairs) =
            dense(client.iter().zip(&server).map(|(&c, &s)| Some(u64::from(c) << 32 | u64::from(s))));
        let (flow, flows) = if sides.translated {
            let near = |e: Exchange<'_>| (e.nearest().client(), e.nearest().server());
            dense(exchanges.iter().map(|e| Some((e.protocol(), near(e)))))
        } else {
            outside_flows(exchanges, sides).clone()
        };
        let (port, ports) = dense(exchanges.iter().map(|e| {
            let Endpoint { address, port } = e.nearest().client();
            let tcp = u64::from(e.protocol().carrier().is_tcp());
            let ported = e.protocol().carrier().has_ports();
            ported.then(|| u64::from(address.0) << 24 | u64::from(port) << 8 | tcp)
        }));
        let (address, addresses) =
            dense(exchanges.iter().map(|e| far(sides, &e).map(|s| (s.client().address, s.server()))));
        let (outside, outsides) =
            dense(exchanges.iter().map(|e| far(sides, &e).map(|s| (s.client(), s.server()))));
        let translation = translations(exchanges, sides);
        let counts = Counts {
            client: clients,
            server: servers,
            pair: pairs,
            flow: flows,
            port: ports,
            address: addresses,
            outside: outsides,
        };
        Self { client, server, pair, flow, port, address, outside, translation, counts }
    }

    /// The measures of the given rows (ascending), from one walk.
    pub(crate) fn measure(&self, exchanges: &Exchanges, measures: &[Measure], rows: &[u32]) -> Vec<Values> {
        let mut columns: Vec<Vec<f64>> = vec![Vec::with_capacity(rows.len()); measures.len()];
        let mut walk = Walk::new(&self.counts, measures);
        let mut wanted = rows.iter().copied().peekable();
        let end = rows.last().map_or(0, |&last| last as usize + 1);
        for exchange in exchanges.iter().take(end) {
            let request = self.request(&exchange);
            // A question for a neighbour is not what the client waits for: it has no past of its own and is in nobody's.
            let routed = !exchange.protocol().carrier().is_of_link();
            if routed {
                walk.arrive(&request);
            }
            if wanted.peek() == Some(&exchange.row()) {
                wanted.next();
                for (column, &measure) in columns.iter_mut().zip(measures) {
                    let value = walk.value(measure, &request).filter(|_| routed);
                    column.push(value.unwrap_or(f64::NAN));
                }
            }
            if routed {
                walk.leave(&request);
            }
        }
        columns.into_iter().zip(measures).map(|(values, measure)| as_values(*measure, values)).collect()
    }

    fn request(&self, exchange: &Exchange<'_>) -> Request {
        let row = exchange.row() as usize;
        let near = exchange.nearest();
        let now = exchange.time().nanoseconds();
        let replied = exchange.reply_after().map(|after| now.saturating_add(after.nanoseconds()));
        let connected = exchange.protocol().carrier() == Carrier::TcpConnect
            && matches!(exchange.outcome(), Outcome::Answered | Outcome::Late);
        let clock = now - near.time().nanoseconds();
        let closed = connected
            .then(|| near.connection_closed().map_or(i64::MAX, |t| t.nanoseconds().saturating_add(clock)));
        Request {
            now,
            client: self.client[row],
            server: self.server[row],
            pair: self.pair[row],
            flow: self.flow[row],
            port: self.port[row],
            address: self.address[row],
            outside: self.outside[row],
            translation: self.translation[row],
            last_packet: now.saturating_add(near.active_for().nanoseconds()),
            connect: exchange.protocol().carrier() == Carrier::TcpConnect,
            replied,
            closed,
        }
    }
}

fn far<'a>(sides: &Sides, exchange: &Exchange<'a>) -> Option<Sighting<'a>> {
    if sides.translated { sides.sighting(exchange, Side::Server) } else { None }
}

fn as_values(measure: Measure, values: Vec<f64>) -> Values {
    if measure.feature().kind == FeatureKind::Amount {
        return Values::Numbers(values);
    }
    let code = |v: f64| if v.is_nan() { MISSING } else { u32::from(v > 0.5) };
    Values::Codes {
        codes: values.into_iter().map(code).collect(),
        labels: vec!["no".to_owned(), "yes".to_owned()],
    }
}

/// The moment of something's last appearance, by number.
#[derive(Debug)]
struct Last(Vec<i64>);

const NEVER: i64 = i64::MIN;

impl Last {
    fn new(count: u32) -> Self {
        Self(vec![NEVER; count as usize])
    }

    fn gap(&self, key: u32, now: i64) -> Option<f64> {
        let last = self.0.get(key as usize).copied().filter(|&t| t != NEVER)?;
        Some(seconds(now.saturating_sub(last).max(0)))
    }

    fn set(&mut self, key: u32, now: i64) {
        if let Some(slot) = self.0.get_mut(key as usize) {
            *slot = now;
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "nanoseconds between packets fit well enough")]
fn seconds(nanoseconds: i64) -> f64 {
    nanoseconds as f64 / 1e9
}

/// Times of requests within the last ten seconds, by number.
#[derive(Debug)]
struct Recent(Vec<VecDeque<i64>>);

impl Recent {
    fn new(count: u32) -> Self {
        Self(vec![VecDeque::new(); count as usize])
    }

    fn within(&self, key: u32, now: i64, span: i64) -> Option<f64> {
        let times = self.0.get(key as usize)?;
        Some(count(times.len() - times.partition_point(|&t| t <= now - span)))
    }

    fn add(&mut self, key: u32, now: i64) {
        let Some(times) = self.0.get_mut(key as usize) else { return };
        while times.front().is_some_and(|&t| t <= now - 10 * SECOND) {
            times.pop_front();
        }
        times.push_back(now);
    }
}

/// Everything that is remembered on the walk; parts that no requested measure needs stay empty.
struct Walk {
    client: Last,
    pair: Last,
    /// Last request and last packet of each flow.
    flow: Last,
    flow_packet: Last,
    port: Last,
    burst: Vec<u32>,
    client_recent: Recent,
    server_recent: Recent,
    /// Latest two clients through each translated address: client and time.
    through: Vec<[(u32, i64); 2]>,
    /// Flow that last had each outside port, and when.
    outside: Vec<(u32, i64)>,
    outside_of_flow: Vec<u32>,
    connections: Option<Connections>,
    overdue: Option<Overdue>,
}

impl Walk {
    fn new(counts: &Counts, measures: &[Measure]) -> Self {
        let any = |list: &[Measure]| measures.iter().any(|m| list.contains(m));
        let if_any = |n: u32, list: &[Measure]| if any(list) { n } else { 0 };
        let rates_client = [Measure::RateClient1, Measure::RateClient10, Measure::InFlightClient];
        let rates_server = [Measure::RateServer1, Measure::RateServer10, Measure::InFlightServer];
        let opens = measures.iter().any(|m| matches!(m, Measure::Open | Measure::Held(_)));
        Self {
            client: Last::new(counts.client),
            pair: Last::new(if_any(counts.pair, &[Measure::GapPair])),
            flow: Last::new(if_any(counts.flow, &[Measure::GapFlow])),
            flow_packet: Last::new(if_any(counts.flow, &[Measure::GapFlow])),
            port: Last::new(if_any(counts.port, &[Measure::ReusePort])),
            burst: vec![0; counts.client as usize],
            client_recent: Recent::new(if_any(counts.client, &rates_client)),
            server_recent: Recent::new(if_any(counts.server, &rates_server)),
            through: vec![[(MISSING, NEVER); 2]; counts.address as usize],
            outside: vec![(MISSING, NEVER); counts.outside as usize],
            outside_of_flow: vec![MISSING; if_any(counts.flow, &[Measure::Moved, Measure::New]) as usize],
            connections: opens.then(|| Connections::new(counts.server)),
            overdue: any(&[Measure::Overdue]).then(|| Overdue::new(counts.server)),
        }
    }

    /// Lets time pass up to the request.
    fn arrive(&mut self, request: &Request) {
        let gap = request.now.saturating_sub(self.client.0[request.client as usize]);
        let position = &mut self.burst[request.client as usize];
        *position = if (0..=BURST_GAP).contains(&gap) { *position + 1 } else { 1 };
        if let Some(connections) = &mut self.connections {
            connections.pass(request.server, request.now);
        }
        if let Some(overdue) = &mut self.overdue {
            overdue.pass(request.server, request.now);
        }
    }

    fn value(&self, measure: Measure, r: &Request) -> Option<f64> {
        match measure {
            Measure::GapClient => self.client.gap(r.client, r.now),
            Measure::GapPair => self.pair.gap(r.pair, r.now),
            Measure::GapFlow => {
                // A last packet later than this request is a reply that had not arrived yet.
                let packet = self.flow_packet.0.get(r.flow as usize).copied().unwrap_or(NEVER);
                let known = if packet <= r.now { &self.flow_packet } else { &self.flow };
                known.gap(r.flow, r.now)
            }
            Measure::GapOtherClient => {
                let latest = self.through.get(r.address as usize)?;
                let other = latest.iter().find(|(client, _)| *client != r.client && *client != MISSING)?;
                Some(seconds(r.now.saturating_sub(other.1).max(0)))
            }
            Measure::ReusePort => self.port.gap(r.port, r.now),
            Measure::ReuseOutsidePort => {
                let (flow, last) = *self.outside.get(r.outside as usize)?;
                (flow != MISSING && flow != r.flow).then(|| seconds(r.now.saturating_sub(last).max(0)))
            }
            Measure::Moved => {
                let before = *self.outside_of_flow.get(r.flow as usize)?;
                (before != MISSING && r.outside != MISSING).then(|| f64::from(u8::from(before != r.outside)))
            }
            Measure::New => {
                let before = *self.outside_of_flow.get(r.flow as usize)?;
                let new = match r.translation {
                    Translation::OneSide => return None,
                    Translation::Early if before == MISSING => return None,
                    Translation::Early | Translation::Known => before != r.outside,
                };
                (r.outside != MISSING).then(|| f64::from(u8::from(new)))
            }
            Measure::Burst => Some(f64::from(self.burst[r.client as usize])),
            Measure::RateClient1 => self.client_recent.within(r.client, r.now, SECOND),
            Measure::RateClient10 => self.client_recent.within(r.client, r.now, 10 * SECOND),
            Measure::InFlightClient => self.client_recent.within(r.client, r.now, IN_FLIGHT),
            Measure::RateServer1 => self.server_recent.within(r.server, r.now, SECOND),
            Measure::RateServer10 => self.server_recent.within(r.server, r.now, 10 * SECOND),
            Measure::InFlightServer => self.server_recent.within(r.server, r.now, IN_FLIGHT),
            Measure::Open => r.is_connect().then(|| self.connections.as_ref()?.open(r.server))?,
            Measure::Held(span) => {
                r.is_connect().then(|| self.connections.as_ref()?.held(r.server, r.now, span))?
            }
            Measure::Overdue => self.overdue.as_ref()?.count(r.server),
        }
    }

    /// Remembers the request.
    fn leave(&mut self, r: &Request) {
        self.client.set(r.client, r.now);
        self.pair.set(r.pair, r.now);
        self.flow.set(r.flow, r.now);
        self.flow_packet.set(r.flow, r.last_packet);
        self.port.set(r.port, r.now);
        self.client_recent.add(r.client, r.now);
        self.server_recent.add(r.server, r.now);
        if let Some([first, second]) = self.through.get_mut(r.address as usize) {
            if first.0 != r.client {
                *second = *first;
            }
            *first = (r.client, r.now);
        }
        if let Some(slot) = self.outside.get_mut(r.outside as usize) {
            *slot = (r.flow, r.now);
        }
        if r.outside != MISSING
            && let Some(slot) = self.outside_of_flow.get_mut(r.flow as usize)
        {
            *slot = r.outside;
        }
        if let Some(connections) = &mut self.connections {
            connections.add(r);
        }
        if let Some(overdue) = &mut self.overdue {
            overdue.add(r);
        }
    }
}
