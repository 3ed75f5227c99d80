//! Columns of header fields.

use super::dense::dense;
use super::end::End;
use super::sides::{Side, Sides, outside_flows};
use std::net::IpAddr;
use unanswered_exchange::{AddressId, Endpoint, Exchanges, Meaning, Sighting, StoredFeature};
use unanswered_registry::Transport;
use unanswered_table::{MISSING, Values};
use unanswered_wire::{PROTOCOLS, ProtocolId};

/// Maximum number of flows listed by name; beyond that, naming single ones helps nobody.
const FLOWS_MAX: u32 = 50_000;

/// Names of the protocols.
pub(crate) fn protocols(exchanges: &Exchanges, rows: &[u32]) -> Values {
    Values::Codes {
        codes: rows.iter().map(|&row| u32::from(exchanges.get(row).protocol().0)).collect(),
        labels: ProtocolId::names().into_iter().map(str::to_owned).collect(),
    }
}

/// One of the stored features.
pub(crate) fn stored(
    exchanges: &Exchanges,
    sides: &Sides,
    features: &[StoredFeature],
    side: Side,
    amount: bool,
    rows: &[u32],
) -> Values {
    let value = |row: u32| {
        if side == Side::Client {
            return features.iter().find_map(|f| exchanges.value(row, f));
        }
        let sighting = sides.sighting(&exchanges.get(row), side)?;
        features.iter().find_map(|f| sighting.value(f))
    };
    let meaning = features.first().map_or(Meaning::Number, |f| f.meaning);
    if meaning == Meaning::Number && amount {
        return Values::Numbers(rows.iter().map(|&row| value(row).map_or(f64::NAN, to_f64)).collect());
    }
    coded(rows.iter().map(|&row| value(row)), |v| label(exchanges, meaning, v))
}

#[expect(clippy::cast_precision_loss, reason = "header fields have at most 48 bits")]
fn to_f64(value: i64) -> f64 {
    value as f64
}

fn label(exchanges: &Exchanges, meaning: Meaning, value: i64) -> String {
    let index = usize::try_from(value).unwrap_or(usize::MAX);
    match meaning {
        Meaning::Number => value.to_string(),
        Meaning::Text => exchanges.texts().get(index).cloned().unwrap_or_default(),
        Meaning::Address => exchanges.addresses().get(index).map(IpAddr::to_string).unwrap_or_default(),
        Meaning::Hardware => {
            let [_, _, bytes @ ..] = value.to_be_bytes();
            bytes.map(|b| format!("{b:02x}")).join(":")
        }
    }
}

/// Codes for keys, in order of first appearance among the rows.
pub(crate) fn coded<K: Copy + Eq + std::hash::Hash>(
    keys: impl Iterator<Item = Option<K>>,
    label: impl Fn(K) -> String,
) -> Values {
    let mut labels = Vec::new();
    let keys: Vec<Option<K>> = keys.collect();
    let (codes, _) = dense(keys.iter().copied());
    for (&code, key) in codes.iter().zip(&keys) {
        if code as usize == labels.len()
            && let Some(key) = *key
        {
            labels.push(label(key));
        }
    }
    Values::Codes { codes, labels }
}

fn end_of(sighting: &Sighting<'_>, end: End) -> Endpoint {
    match end {
        End::Source => sighting.client(),
        End::Destination => sighting.server(),
    }
}

/// An address of the request. Questions for neighbours have theirs under other names, which are other fields elsewhere.
pub(crate) fn addresses(exchanges: &Exchanges, sides: &Sides, end: End, side: Side, rows: &[u32]) -> Values {
    let at = |row: &u32| {
        let exchange = exchanges.get(*row);
        let routed = !exchange.protocol().carrier().is_of_link();
        Some(end_of(&sides.sighting(&exchange, side).filter(|_| routed)?, end).address)
    };
    coded(rows.iter().map(at), |id| address(exchanges, id))
}

pub(crate) fn address(exchanges: &Exchanges, id: AddressId) -> String {
    exchanges.addresses().get(id.0 as usize).map(IpAddr::to_string).unwrap_or_default()
}

/// A port of the request, for the protocols over that transport.
pub(crate) fn ports(
    exchanges: &Exchanges,
    sides: &Sides,
    end: End,
    side: Side,
    transport: Transport,
    rows: &[u32],
) -> Values {
    let at = |row: u32| {
        let exchange = exchanges.get(row);
        if !carries(transport, exchange.protocol()) {
            return None;
        }
        Some(end_of(&sides.sighting(&exchange, side)?, end).port)
    };
    Values::Numbers(rows.iter().map(|&row| at(row).map_or(f64::NAN, f64::from)).collect())
}

fn carries(transport: Transport, protocol: ProtocolId) -> bool {
    match transport {
        Transport::Udp => protocol.carrier().is_udp(),
        Transport::Tcp => protocol.carrier().is_tcp(),
    }
}

/// Time to live.
pub(crate) fn ttls(exchanges: &Exchanges, sides: &Sides, side: Side, rows: &[u32]) -> Values {
    let routed = |s: &Sighting<'_>| !s.protocol().carrier().is_of_link();
    let at = |row: u32| sides.sighting(&exchanges.get(row), side).filter(routed).map(|s| s.ttl());
    Values::Numbers(rows.iter().map(|&row| at(row).map_or(f64::NAN, f64::from)).collect())
}

/// IP identification.
pub(crate) fn ip_ids(exchanges: &Exchanges, rows: &[u32]) -> Values {
    let at = |row: u32| exchanges.get(row).nearest().ip_id();
    Values::Numbers(rows.iter().map(|&row| at(row).map_or(f64::NAN, f64::from)).collect())
}

/// Both ends with their ports, where flows recur.
pub(crate) fn flows(exchanges: &Exchanges, sides: &Sides, rows: &[u32]) -> Values {
    let (all, count) = outside_flows(exchanges, sides);
    if *count > FLOWS_MAX || u64::from(*count) * 2 > all.len() as u64 {
        return Values::Codes { codes: vec![MISSING; rows.len()], labels: Vec::new() };
    }
    let mut labels = vec![String::new(); *count as usize];
    let mut at = |row: u32| {
        let code = all[row as usize];
        let label = &mut labels[code as usize];
        if label.is_empty() {
            let exchange = exchanges.get(row);
            let seen = sides.at_the_server(&exchange);
            let text = |of: Endpoint| format!("{}:{}", address(exchanges, of.address), of.port);
            *label = format!("{} > {}", text(seen.client()), text(seen.server()));
        }
        code
    };
    // Without ports, a question for a neighbour is on no flow.
    let routed = |row: u32| !exchanges.get(row).protocol().carrier().is_of_link();
    let codes = rows.iter().map(|&row| if routed(row) { at(row) } else { MISSING }).collect();
    Values::Codes { codes, labels }
}

/// Client and server, by their addresses. Not of questions for neighbours, which would be explained together with what the
/// same machines ask each other otherwise.
pub(crate) fn pairs(exchanges: &Exchanges, rows: &[u32]) -> Values {
    let at = |row: &u32| {
        let near = exchanges.get(*row).nearest();
        let routed = !near.protocol().carrier().is_of_link();
        routed.then(|| (near.client().address, near.server().address))
    };
    coded(rows.iter().map(at), |(client, server)| {
        format!("{} > {}", address(exchanges, client), address(exchanges, server))
    })
}

/// Number of different values; two stands for two or more.
pub(crate) fn distinct(values: &Values) -> usize {
    let codes = |codes: &[u32]| {
        let mut present = codes.iter().filter(|&&c| c != MISSING);
        let first = present.next();
        usize::from(first.is_some()) + usize::from(present.any(|c| Some(c) != first))
    };
    match values {
        Values::Numbers(v) => codes(&dense(v.iter().map(|x| (!x.is_nan()).then_some(x.to_bits()))).0),
        Values::Codes { codes: list, .. } => codes(list),
    }
}

/// Whether the values tell any two rows apart; they do not when one value stands for all rows of the
/// protocols that have the feature at all.
pub(crate) fn says_something(exchanges: &Exchanges, rows: &[u32], values: &Values) -> bool {
    let present: Box<dyn Fn(usize) -> bool> = match values {
        Values::Numbers(v) => {
            let first = v.iter().copied().find(|x| !x.is_nan());
            if v.iter().any(|x| !x.is_nan() && first.is_some_and(|f| f.total_cmp(x).is_ne())) {
                return true;
            }
            Box::new(|i| !v[i].is_nan())
        }
        Values::Codes { codes, .. } => {
            let first = codes.iter().copied().find(|&c| c != MISSING);
            if codes.iter().any(|&c| c != MISSING && first.is_some_and(|f| f != c)) {
                return true;
            }
            Box::new(|i| codes[i] != MISSING)
        }
    };
    let (mut with, mut without) = ([false; PROTOCOLS.len()], [false; PROTOCOLS.len()]);
    for (i, &row) in rows.iter().enumerate() {
        let protocol = usize::from(exchanges.get(row).protocol().0);
        let list = if present(i) { &mut with } else { &mut without };
        list[protocol] = true;
    }
    with.iter().zip(&without).any(|(&w, &o)| w && o)
}
