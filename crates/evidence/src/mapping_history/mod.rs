//! Why now: what happened to the translations that a finding's failed requests go through.
//!
//! A port that a NAT chose is kept for as long as requests renew it, and chosen anew when they pause.
//! So a fault that depends on it comes and goes with the choice, and nothing on the client changes.
//! For each inside flow behind the failures, the requests through each of its mappings are counted;
//! something is reported only where the finding is about the translation and most of the failures
//! went through such mappings.

mod stale;

use crate::columns::is_flow_hash;
use crate::mapping_life::{KEPT, KEPT_AT_LEAST, begun};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use unanswered_exchange::Endpoint;
use unanswered_exchange::follow::{Mapping, Nat, translations};
use unanswered_exchange::{Exchange, Exchanges, PlaceId, Sighting};
use unanswered_explain::FAILURES_MIN;
use unanswered_explain::{Clause, Finding, Inside, Outside, Tries, WhyNow};
use unanswered_registry::{Layer, Price};
use unanswered_table::Outcome;
use unanswered_table::Viewpoint;
use unanswered_wire::features::{SOURCE, TCP_SOURCE, UDP_SOURCE};
use unanswered_wire::protocols::icmp::IDENTIFIER;
use unanswered_wire::{ProtocolId, Time};

/// Failed requests whose flows are looked at: more of the same kind change no majority.
const FOLLOWED_MAX: usize = 20_000;

/// What at least this share of the failures shows is reported: the share that `step` requires.
const MAJORITY: f64 = 0.6;

/// Fewest requests through a mapping that say more than a single one, which may be lost by chance.
const RUN_MIN: u64 = 2;

/// One request in this many through the earlier mappings may have failed (judgement).
const ANSWERED_BEFORE: u64 = 5;

/// Maximum number of flows reported one by one, and of mappings named before the one that failed.
const FLOWS_TOLD: usize = 2;
const BEFORE_TOLD: usize = 8;

/// The key of a mapping: protocol, client, server, and the place before the translator.
type Flow = (ProtocolId, Endpoint, Endpoint, PlaceId);

/// The requests through one mapping.
#[derive(Clone, Copy, Debug)]
struct Run {
    mapping: usize,
    tries: Tries,
    /// How many failed before the first was answered.
    failed_first: u64,
    last: Option<Time>,
    longest_pause: f64,
}

/// A flow's mappings in order, and the one that its latest request went through.
#[derive(Clone, Debug, Default)]
struct History {
    runs: Vec<Run>,
    at: usize,
}

/// What to report of the finding with these failed requests.
pub(crate) fn why_now(exchanges: &Exchanges, finding: &Finding, failed: &[u32]) -> Vec<WhyNow> {
    let named = finding.clauses.iter().any(names_the_source);
    let rival = |clauses: &[Clause]| clauses.iter().any(|c| names_the_source(c) || names_the_flow(c));
    let nat = Nat::of(exchanges);
    if let Some(left_behind) = stale::stale(exchanges, &nat, failed) {
        return vec![left_behind];
    }
    let perhaps =
        rival(&finding.clauses) || finding.rivals.iter().any(|r| r.same_requests && rival(&r.clauses));
    if !perhaps {
        return Vec::new();
    }
    let mut histories = flows(exchanges, failed);
    if histories.is_empty() {
        return Vec::new();
    }
    let nat = &nat;
    count(exchanges, nat, &mut histories);
    let all = histories.values().flat_map(|h| &h.runs).map(|r| r.tries.failed).sum();
    let told = changed(exchanges, nat, &histories, all);
    if told.is_empty() && named { kept(exchanges, nat, &histories, all) } else { told }
}

/// The clause is about what the translation makes of the source.
fn names_the_source(clause: &Clause) -> bool {
    let source = [&SOURCE, &UDP_SOURCE, &TCP_SOURCE, &IDENTIFIER];
    let outside = clause.at == Viewpoint::BeyondNat && source.iter().any(|f| clause.subject.is(f));
    outside || clause.subject.layer() == Some(Layer::Translation)
}

/// The clause names flows, which are those outside: as they are, or a hash of them.
fn names_the_flow(clause: &Clause) -> bool {
    let Some(feature) = clause.subject.feature() else { return false };
    feature.price == Price::Flow || is_flow_hash(feature)
}

/// The inside flows of the failed requests; empty where most were not seen on both sides.
fn flows(exchanges: &Exchanges, failed: &[u32]) -> BTreeMap<Flow, History> {
    let every = failed.len().div_ceil(FOLLOWED_MAX).max(1);
    let mut flows = BTreeMap::new();
    let (mut looked_at, mut translated) = (0, 0);
    for &row in failed.iter().step_by(every) {
        let exchange = exchanges.get(row);
        looked_at += 1;
        let mut crossings = crossings(&exchange);
        if let Some((flow, ..)) = crossings.find(|(_, inside, outside)| inside.client() != outside.client()) {
            translated += 1;
            flows.entry(flow).or_default();
        }
    }
    if most(translated, looked_at) { flows } else { BTreeMap::new() }
}

#[expect(clippy::cast_precision_loss, reason = "a share")]
fn most(part: u64, all: u64) -> bool {
    all > 0 && part as f64 >= MAJORITY * all as f64
}

/// The translations that a request went through, with the flows inside.
fn crossings<'a>(
    exchange: &Exchange<'a>,
) -> impl Iterator<Item = (Flow, Sighting<'a>, Sighting<'a>)> + use<'a> {
    let protocol = exchange.protocol().of_flow();
    translations(exchange).map(move |(a, b)| ((protocol, a.client(), a.server(), a.place()), a, b))
}

/// Counts the requests through each mapping of the flows.
fn count(exchanges: &Exchanges, nat: &Nat, histories: &mut BTreeMap<Flow, History>) {
    for (mapping, m) in nat.mappings.iter().enumerate() {
        if let Some(history) = histories.get_mut(&(m.protocol, m.inside, m.inside_server, m.between.near)) {
            let tries = Tries { requests: 0, failed: 0 };
            history.runs.push(Run { mapping, tries, failed_first: 0, last: None, longest_pause: 0.0 });
        }
    }
    for exchange in exchanges.iter() {
        for (flow, inside, outside) in crossings(&exchange) {
            let Some(history) = histories.get_mut(&flow) else { continue };
            let through = |run: &Run| {
                let mapping = &nat.mappings[run.mapping];
                (mapping.outside, mapping.outside_server) == (outside.client(), outside.server())
            };
            if history.runs.get(history.at).is_some_and(|run| !through(run)) {
                history.at += 1;
            }
            if let Some(run) = history.runs.get_mut(history.at) {
                run.add(exchange.outcome(), exchange.on_shared_clock(&inside));
            }
        }
    }
}

impl Run {
    fn add(&mut self, outcome: Outcome, time: Time) {
        if let Some(last) = self.last {
            self.longest_pause = self.longest_pause.max((time - last).seconds());
        }
        self.last = Some(time);
        if !outcome.judged() {
            return;
        }
        if outcome.failed() && self.failed_first == self.tries.requests {
            self.failed_first += 1;
        }
        self.tries.requests += 1;
        self.tries.failed += u64::from(outcome.failed());
    }

    /// Most requests through it failed, or some number of them had failed before the first was answered.
    fn bad(&self) -> bool {
        2 * self.tries.failed > self.tries.requests || self.failed_first >= u64::from(FAILURES_MIN)
    }

    /// It was kept for more than one failure, which may be chance.
    fn lasted(&self) -> bool {
        self.tries.failed >= RUN_MIN
    }
}

impl History {
    fn before(&self, index: usize) -> Tries {
        let add = |sum: Tries, run: &Run| Tries {
            requests: sum.requests + run.tries.requests,
            failed: sum.failed + run.tries.failed,
        };
        self.runs[..index].iter().fold(Tries { requests: 0, failed: 0 }, add)
    }

    /// The mappings with which the failures began: chosen anew after others that worked.
    fn turns(&self) -> impl Iterator<Item = usize> + '_ {
        (1..self.runs.len()).filter(|&index| {
            let (before, latest) = (self.before(index), self.runs[index - 1].tries);
            let worked = before.requests >= RUN_MIN && before.failed * ANSWERED_BEFORE <= before.requests;
            let run = &self.runs[index];
            run.bad() && run.lasted() && worked && latest.failed * ANSWERED_BEFORE <= latest.requests
        })
    }
}

/// What is reported where the failures began with a choice of the translator.
fn changed(exchanges: &Exchanges, nat: &Nat, histories: &BTreeMap<Flow, History>, all: u64) -> Vec<WhyNow> {
    let turned: Vec<&History> = histories.values().filter(|h| h.turns().next().is_some()).collect();
    let mut turns: Vec<(&History, usize)> =
        turned.iter().flat_map(|h| h.turns().map(move |index| (*h, index))).collect();
    let failed = turns.iter().map(|(h, index)| h.runs[*index].tries.failed).sum();
    turns.sort_by_key(|(h, index)| std::cmp::Reverse(h.runs[*index].tries.failed));
    let Some(&(history, index)) =
        turns.first().filter(|_| failed >= u64::from(FAILURES_MIN) && most(failed, all))
    else {
        return Vec::new();
    };
    let run = history.runs[index];
    let mapping = &nat.mappings[run.mapping];
    let mut before: Vec<Outside> = Vec::new();
    for earlier in history.runs[..index].iter().rev() {
        let end = outside(exchanges, &nat.mappings[earlier.mapping]);
        if !before.contains(&end) && before.len() < BEFORE_TOLD {
            before.insert(0, end);
        }
    }
    let mut told = vec![WhyNow::Changed {
        flow: inside(exchanges, mapping),
        before,
        to: outside(exchanges, mapping),
        at: mapping.since.seconds(),
        since: run.tries,
        failed_first: run.failed_first,
        earlier: history.before(index),
    }];
    if turns.len() > 1 {
        told.extend(chosen_anew(&turned));
    }
    told.extend(held(exchanges, nat, mapping));
    told
}

/// What is reported where the failures did not begin with a choice: the failing mappings were kept, or
/// were followed by others that fail.
fn kept(exchanges: &Exchanges, nat: &Nat, histories: &BTreeMap<Flow, History>, all: u64) -> Vec<WhyNow> {
    // Where the port was not rewritten, the client chose it.
    let of_the_nat = |run: &Run| run.bad() && nat.mappings[run.mapping].rewritten();
    let failing: Vec<&History> = histories.values().filter(|h| h.runs.iter().any(of_the_nat)).collect();
    let mut bad: Vec<&Run> = failing.iter().flat_map(|h| &h.runs).filter(|run| of_the_nat(run)).collect();
    let failed = bad.iter().map(|run| run.tries.failed).sum();
    if failed < u64::from(FAILURES_MIN) || !most(failed, all) {
        return Vec::new();
    }
    bad.sort_by_key(|run| (std::cmp::Reverse(run.tries.failed), run.mapping));
    let anew = chosen_anew(&failing);
    let mut told = Vec::new();
    // After a longer pause it is another mapping, even if to the same port.
    let kept = |run: &&&Run| run.lasted() && run.longest_pause <= KEPT.seconds();
    for run in bad.iter().filter(kept).take(if anew.is_some() { 1 } else { FLOWS_TOLD }) {
        let mapping = &nat.mappings[run.mapping];
        told.push(WhyNow::Kept {
            flow: inside(exchanges, mapping),
            to: outside(exchanges, mapping),
            since: mapping.since.seconds(),
            older: older(exchanges, mapping),
            kept_for: (mapping.until - mapping.since).seconds(),
            longest_pause: run.longest_pause,
            renewed: run.longest_pause <= KEPT_AT_LEAST.seconds(),
            tries: run.tries,
        });
    }
    told.extend(anew);
    told.extend(bad.first().and_then(|run| held(exchanges, nat, &nat.mappings[run.mapping])));
    told
}

/// How often the flows' mappings were chosen anew, if they were.
fn chosen_anew(flows: &[&History]) -> Option<WhyNow> {
    let runs = || flows.iter().flat_map(|h| &h.runs);
    let mappings = runs().count() as u64;
    let times = mappings - flows.len() as u64;
    (times > 0).then(|| WhyNow::ChosenAnew {
        flows: flows.len() as u64,
        times,
        mappings,
        failing: runs().filter(|r| r.bad()).count() as u64,
    })
}

/// Who holds the port that the client would have kept: one whose request was seen shortly before the
/// port was chosen, or about that time where it may have been chosen before the captures began.
fn held(exchanges: &Exchanges, nat: &Nat, mapping: &Mapping) -> Option<WhyNow> {
    let holder = nat.mappings.get(mapping.holder?)?;
    let until = if older(exchanges, mapping) { mapping.since + KEPT } else { mapping.since };
    let early = |e: &Exchange<'_>| e.time() + KEPT < mapping.since;
    let mut near = exchanges.iter().skip_while(early).take_while(|e| e.time() <= until);
    let wanted = Endpoint { address: mapping.outside.address, port: mapping.inside.port };
    let renews = |exchange: Exchange<'_>| {
        crossings(&exchange)
            .any(|(_, inside, outside)| (inside.client(), outside.client()) == (holder.inside, wanted))
    };
    near.any(renews).then(|| WhyNow::Held {
        port: mapping.inside.port,
        by: address(exchanges, holder.inside),
        instead_of: address(exchanges, mapping.inside),
    })
}

/// Whether the mapping may have been there before the captures began.
fn older(exchanges: &Exchanges, mapping: &Mapping) -> bool {
    let begun = begun(exchanges);
    let start = |place: PlaceId| begun.get(usize::from(place.0)).copied();
    let start = start(mapping.between.near).max(start(mapping.between.far));
    mapping.before.is_none() && start.is_some_and(|start| mapping.since <= start + KEPT)
}

fn address(exchanges: &Exchanges, end: Endpoint) -> IpAddr {
    exchanges.addresses().get(end.address.0 as usize).copied().unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}

fn inside(exchanges: &Exchanges, mapping: &Mapping) -> Inside {
    Inside {
        address: address(exchanges, mapping.inside),
        port: mapping.inside.port,
        server: address(exchanges, mapping.inside_server),
        echo: !mapping.protocol.carrier().has_ports(),
    }
}

fn outside(exchanges: &Exchanges, mapping: &Mapping) -> Outside {
    Outside { address: address(exchanges, mapping.outside), port: mapping.outside.port }
}
