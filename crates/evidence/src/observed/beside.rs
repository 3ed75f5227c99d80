//! What failed requests have beside them: other requests of the same machines, other flows, other places.

use super::{address, fields, is_translated, value_of};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use unanswered_exchange::{AddressId, Endpoint, Exchange, Exchanges, PlaceId, StoredFeature};
use unanswered_explain::Fact;
use unanswered_table::Outcome;
use unanswered_wire::features::ETH_DESTINATION;
use unanswered_wire::protocols::dns;
use unanswered_wire::{ProtocolId, Time};

/// Requests that the failed ones are compared with, spread evenly.
const COMPARED_MAX: usize = 200_000;
/// Fewer flows on one side than these are no share of flows: one may be a client's own trouble.
const FLOWS_MIN: usize = 3;
/// Of the flows asked more than once, one in this many may both fail and work: loss by chance.
const MIXED_SHARE: usize = 20;
/// Fewer open questions than these fill no table of a server that answers many clients.
const OPEN_MIN: usize = 10;

/// Buffers (EDNS) whose answers need no fragments on Ethernet: from what every path carries (DNS flag day 2020, 1280 bytes of
/// IPv6 without headers) to what one frame does (1500 bytes without the headers of IPv4 and UDP).
const BUFFERS_WITHOUT_FRAGMENTS: std::ops::RangeInclusive<i64> = 1232..=1472;

/// A question to a server: its type and name, as numbers of the store.
type Question = (Endpoint, Option<i64>, Option<i64>);
/// Both ends of a flow as the client sees them, and its protocol.
type Flow = (Endpoint, Endpoint, ProtocolId);
/// The client and the service that it asks.
type Pair = (AddressId, Endpoint, ProtocolId);

/// Whether a failed request shows something.
type Test<'t> = &'t dyn Fn(&Exchange<'_>) -> bool;

/// What became of a flow's requests.
#[derive(Default)]
struct Fate {
    answered: Option<(Time, Time)>,
    failed: Option<Time>,
    /// Answered after all, or answered and asked again: part of what was sent passed.
    mixed: bool,
    asked: usize,
}

/// What the compared requests show.
#[derive(Default)]
struct Seen {
    flows: HashMap<Flow, Fate>,
    of_pair: HashMap<Pair, BTreeSet<Flow>>,
    translated: HashSet<Pair>,
    /// Clients behind an outside address: the first one, and whether there is another.
    behind: HashMap<AddressId, (AddressId, bool)>,
    /// The same for a port or echo id towards one server.
    identities: HashMap<(AddressId, u16, AddressId, ProtocolId), (AddressId, bool)>,
    /// Servers behind a translation that answered what was sent to this one, and when they last did.
    answered_by: HashMap<Endpoint, BTreeMap<AddressId, Time>>,
    /// Where answered requests of a client end.
    ends_of: HashMap<AddressId, BTreeSet<PlaceId>>,
    ends: BTreeSet<PlaceId>,
    /// Services (port and protocol) that answer over IPv4.
    ipv4: HashSet<(u16, ProtocolId)>,
    /// Hardware addresses through which a server answered, as seen at one place: first and last time.
    hardware: HashMap<(AddressId, PlaceId), BTreeMap<i64, (Time, Time)>>,
    /// Questions that were answered with a buffer that needs no fragments.
    without_fragments: HashSet<Question>,
    /// When questions to a service were open: begins and ends.
    open: BTreeMap<Endpoint, (Vec<Time>, Vec<Time>)>,
    /// When servers answered on flows that were answered before.
    on_open_flows: HashMap<AddressId, BTreeSet<Time>>,
}

/// Failed requests and what was seen beside them.
pub(super) struct Beside<'a> {
    exchanges: &'a Exchanges,
    looked: &'a [Exchange<'a>],
    headers: Headers,
    stride: usize,
    seen: Seen,
}

impl<'a> Beside<'a> {
    /// Compares failed requests (those looked at, and the rows of all) with the others.
    pub(super) fn of(exchanges: &'a Exchanges, looked: &'a [Exchange<'a>], failed: &[u32]) -> Self {
        let headers = Headers::of(exchanges);
        let stride = exchanges.len().div_ceil(COMPARED_MAX).max(1);
        let mut beside = Self { exchanges, looked, headers, stride, seen: Seen::default() };
        let wanted = Wanted::of(looked);
        let failed: HashSet<u32> = failed.iter().copied().collect();
        for exchange in exchanges.iter().step_by(stride) {
            beside.count(&wanted, &exchange, failed.contains(&exchange.row()));
        }
        for (begins, ends) in beside.seen.open.values_mut() {
            begins.sort_unstable();
            ends.sort_unstable();
        }
        beside
    }

    /// The facts that hold for at least half of the failed requests.
    pub(super) fn facts(&self) -> BTreeSet<Fact> {
        let tests: [(Fact, Test<'_>); 11] = [
            (Fact::BehindTranslation, &|e| self.seen.translated.contains(&pair(e))),
            (Fact::SharedIdentity, &|e| self.identity_is_shared(e)),
            (Fact::SentElsewhere, &|e| self.sent_elsewhere(e)),
            (Fact::FlowDied, &|e| self.flow_died(e)),
            (Fact::OtherFlowAnswered, &|e| self.other_flow_answered(e)),
            (Fact::Ipv4Answered, &|e| self.seen.ipv4.contains(&service(e))),
            (Fact::TwoHardwareAddresses, &|e| self.other_hardware(e)),
            (Fact::SmallerBufferAnswered, &|e| self.smaller_buffer_answered(e)),
            (Fact::OthersOpen, &|e| self.others_open(e)),
            (Fact::OtherInterface, &|e| self.other_interface(e)),
            (Fact::OpenFlowsAnswered, &|e| self.open_flows_answered(e)),
        ];
        let most = |test: Test<'_>| self.looked.iter().filter(|e| test(e)).count() * 2 >= self.looked.len();
        let mut facts: BTreeSet<Fact> =
            tests.into_iter().filter(|(_, test)| most(test)).map(|(fact, _)| fact).collect();
        let shared =
            |e: &&Exchange<'_>| self.seen.behind.get(&e.farthest().client().address).is_some_and(|b| b.1);
        if self.looked.iter().filter(|e| is_translated(e)).any(|e| shared(&e)) {
            facts.insert(Fact::SharedAddress);
        }
        let clients: BTreeSet<AddressId> = self.looked.iter().map(|e| e.nearest().client().address).collect();
        if clients.len() > 1 {
            facts.insert(Fact::SeveralClients);
        }
        if self.whole_flows() {
            facts.insert(Fact::WholeFlows);
        }
        facts
    }

    fn count(&mut self, wanted: &Wanted, exchange: &Exchange<'_>, failed: bool) {
        let (near, far, time) = (exchange.nearest(), exchange.farthest(), exchange.time());
        let (client, server) = (near.client(), near.server());
        let answered = exchange.outcome() == Outcome::Answered;
        let seen = &mut self.seen;
        if is_translated(exchange) {
            note(&mut seen.behind, far.client().address, client.address);
            let identity = (far.client().address, client.port, far.server().address, exchange.protocol());
            note(&mut seen.identities, identity, client.address);
            seen.translated.insert(pair(exchange));
        }
        if answered {
            if address(self.exchanges, server.address).is_some_and(|address| address.is_ipv4()) {
                seen.ipv4.insert(service(exchange));
            }
            seen.ends.insert(far.place());
            if wanted.clients.contains(&client.address) {
                seen.ends_of.entry(client.address).or_default().insert(far.place());
            }
        }
        if wanted.servers.contains(&server.address) {
            let until = exchange.reply_after().unwrap_or_else(|| self.exchanges.timeout(exchange.protocol()));
            let (begins, ends) = seen.open.entry(server).or_default();
            begins.push(time);
            ends.push(time + until);
            if answered {
                seen.answered_by.entry(server).or_default().insert(far.server().address, time);
                if let Some(address) = value_of(self.exchanges, &self.headers.hardware, exchange) {
                    let through = seen.hardware.entry((server.address, near.place())).or_default();
                    through.entry(address).or_insert((time, time)).1 = time;
                }
                let buffer = value_of(self.exchanges, &self.headers.buffer, exchange);
                if buffer.is_some_and(|bytes| BUFFERS_WITHOUT_FRAGMENTS.contains(&bytes)) {
                    seen.without_fragments.insert(question(self.exchanges, &self.headers, exchange));
                }
            }
        }
        let earlier = wanted.pairs.contains(&pair(exchange)) || wanted.servers.contains(&server.address);
        if earlier {
            let fate = seen.flows.entry(flow(exchange)).or_default();
            if answered && fate.answered.is_some() {
                seen.on_open_flows.entry(server.address).or_default().insert(time);
            }
            fate.count(exchange, failed || exchange.outcome().failed());
            seen.of_pair.entry(pair(exchange)).or_default().insert(flow(exchange));
        }
    }

    fn identity_is_shared(&self, exchange: &Exchange<'_>) -> bool {
        let (near, far) = (exchange.nearest(), exchange.farthest());
        let identity = (far.client().address, near.client().port, far.server().address, exchange.protocol());
        is_translated(exchange) && self.seen.identities.get(&identity).is_some_and(|(_, other)| *other)
    }

    fn sent_elsewhere(&self, exchange: &Exchange<'_>) -> bool {
        let (asked, reached) = (exchange.nearest().server(), exchange.farthest().server().address);
        let since = self.failing_since(exchange);
        let answered = self.seen.answered_by.get(&asked).into_iter().flatten();
        let mut meanwhile =
            answered.filter(|(_, last)| **last >= since).map(|(server, _)| *server).peekable();
        asked.address != reached && meanwhile.peek().is_some() && meanwhile.all(|other| other != reached)
    }

    /// When the flow of a failed request first failed.
    fn failing_since(&self, exchange: &Exchange<'_>) -> Time {
        let fate = self.seen.flows.get(&flow(exchange));
        fate.and_then(|fate| fate.failed).unwrap_or_else(|| exchange.time())
    }

    fn flow_died(&self, exchange: &Exchange<'_>) -> bool {
        let fate = self.seen.flows.get(&flow(exchange));
        let answered = fate.and_then(|fate| fate.answered);
        answered.is_some_and(|(first, _)| first < exchange.time())
    }

    fn other_flow_answered(&self, exchange: &Exchange<'_>) -> bool {
        let own = flow(exchange);
        let since = self.failing_since(exchange);
        let later = |flow: &Flow| {
            let answered = self.seen.flows.get(flow).and_then(|fate| fate.answered);
            answered.is_some_and(|(_, last)| last >= since)
        };
        self.flows_beside(exchange).any(|flow| *flow != own && later(flow))
    }

    fn flows_beside(&self, exchange: &Exchange<'_>) -> impl Iterator<Item = &Flow> {
        self.seen.of_pair.get(&pair(exchange)).into_iter().flatten()
    }

    /// Whether the server answered through this hardware address once, and only since then through another one: of two
    /// routers that are used side by side, one may be dead.
    fn other_hardware(&self, exchange: &Exchange<'_>) -> bool {
        let near = exchange.nearest();
        let Some(own) = value_of(self.exchanges, &self.headers.hardware, exchange) else { return false };
        let Some(answered) = self.seen.hardware.get(&(near.server().address, near.place())) else {
            return false;
        };
        let last = answered.get(&own).map(|(_, last)| *last);
        last.is_some_and(|last| answered.iter().any(|(other, (first, _))| *other != own && *first >= last))
    }

    fn smaller_buffer_answered(&self, exchange: &Exchange<'_>) -> bool {
        let buffer = value_of(self.exchanges, &self.headers.buffer, exchange);
        let larger = buffer.is_some_and(|bytes| bytes > *BUFFERS_WITHOUT_FRAGMENTS.end());
        larger && self.seen.without_fragments.contains(&question(self.exchanges, &self.headers, exchange))
    }

    fn others_open(&self, exchange: &Exchange<'_>) -> bool {
        let Some((begins, ends)) = self.seen.open.get(&exchange.nearest().server()) else { return false };
        let time = exchange.time();
        let begun = begins.partition_point(|begin| *begin < time);
        let over = ends.partition_point(|end| *end < time);
        begun.saturating_sub(over) * self.stride >= OPEN_MIN
    }

    fn other_interface(&self, exchange: &Exchange<'_>) -> bool {
        let place = exchange.farthest().place();
        let elsewhere = self.seen.ends_of.get(&exchange.nearest().client().address);
        self.seen.ends.contains(&place)
            && elsewhere.is_some_and(|places| places.iter().any(|other| *other != place))
    }

    fn open_flows_answered(&self, exchange: &Exchange<'_>) -> bool {
        let Some(times) = self.seen.on_open_flows.get(&exchange.nearest().server().address) else {
            return false;
        };
        let (first, last) = (self.looked.first(), self.looked.last());
        let window = first.map(Exchange::time).zip(last.map(Exchange::time));
        window.is_some_and(|(from, to)| from < to && times.range(from..=to).next().is_some())
    }

    /// Whether flows fail altogether or not at all, and most of those that do have others beside them, between the
    /// same machines, that do not.
    fn whole_flows(&self) -> bool {
        let (mut dead, mut alive, mut mixed, mut beside) = (0, 0, 0, 0);
        let pairs: BTreeSet<Pair> = self.looked.iter().map(pair).collect();
        for pair in pairs {
            let fates = self.seen.of_pair.get(&pair).into_iter().flatten();
            let fates: Vec<&Fate> = fates.filter_map(|flow| self.seen.flows.get(flow)).collect();
            let count = |is: fn(&Fate) -> bool| fates.iter().filter(|fate| is(fate)).count();
            let dead_one = |fate: &Fate| {
                fate.failed.is_some() && fate.answered.is_none() && !fate.mixed && fate.asked > 1
            };
            let failing = fates.iter().filter(|fate| dead_one(fate)).count();
            let working = count(|fate| fate.failed.is_none() && fate.asked > 1);
            mixed += count(|fate| fate.mixed || fate.failed.is_some() && fate.answered.is_some());
            dead += failing;
            alive += working;
            beside += if working > 0 { failing } else { 0 };
        }
        let enough = dead >= FLOWS_MIN && alive >= FLOWS_MIN;
        enough && mixed * MIXED_SHARE <= dead + alive && beside * 2 >= dead
    }
}

impl Fate {
    fn count(&mut self, exchange: &Exchange<'_>, failed: bool) {
        let time = exchange.time();
        self.asked += usize::from(exchange.transmissions());
        if failed {
            self.failed.get_or_insert(time);
            self.mixed |= exchange.outcome() == Outcome::Late;
        } else if exchange.outcome() == Outcome::Answered {
            let first = self.answered.map_or(time, |(first, _)| first);
            self.answered = Some((first, time));
        }
    }
}

/// Header fields that are compared.
struct Headers {
    hardware: Vec<StoredFeature>,
    buffer: Vec<StoredFeature>,
    kind: Vec<StoredFeature>,
    name: Vec<StoredFeature>,
}

impl Headers {
    fn of(exchanges: &Exchanges) -> Self {
        let stored = exchanges.features();
        Self {
            hardware: fields(&stored, &ETH_DESTINATION),
            buffer: fields(&stored, &dns::PAYLOAD_SIZE),
            kind: fields(&stored, &dns::TYPE),
            name: fields(&stored, &dns::NAME),
        }
    }
}

fn question(exchanges: &Exchanges, headers: &Headers, exchange: &Exchange<'_>) -> Question {
    let value = |list: &[StoredFeature]| value_of(exchanges, list, exchange);
    (exchange.nearest().server(), value(&headers.kind), value(&headers.name))
}

/// Whose requests the failed ones are compared with.
struct Wanted {
    pairs: HashSet<Pair>,
    servers: HashSet<AddressId>,
    clients: HashSet<AddressId>,
}

impl Wanted {
    fn of(looked: &[Exchange<'_>]) -> Self {
        Self {
            pairs: looked.iter().map(pair).collect(),
            servers: looked.iter().map(|e| e.nearest().server().address).collect(),
            clients: looked.iter().map(|e| e.nearest().client().address).collect(),
        }
    }
}

fn pair(exchange: &Exchange<'_>) -> Pair {
    let near = exchange.nearest();
    (near.client().address, near.server(), exchange.protocol().of_flow())
}

fn flow(exchange: &Exchange<'_>) -> Flow {
    let near = exchange.nearest();
    (near.client(), near.server(), exchange.protocol().of_flow())
}

fn service(exchange: &Exchange<'_>) -> (u16, ProtocolId) {
    (exchange.nearest().server().port, exchange.protocol().of_flow())
}

/// Notes a machine under a key, and whether there is another one.
fn note<K: std::hash::Hash + Eq>(all: &mut HashMap<K, (AddressId, bool)>, key: K, machine: AddressId) {
    let entry = all.entry(key).or_insert((machine, false));
    entry.1 |= entry.0 != machine;
}
