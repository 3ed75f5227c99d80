//! The translation table for people: one row for each inside client and outside end; the many that only
//! kept their port are counted together.

use super::Names;
use super::questions::end;
use std::collections::BTreeMap;
use unanswered_exchange::Exchanges;
use unanswered_exchange::follow::{Between, Mapping, Nat};
use unanswered_wire::Time;

/// The table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NatTable {
    /// All rows: those worth a look first, then those that kept their port.
    pub rows: Vec<NatRow>,
}

/// One inside client behind one outside end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NatRow {
    /// Name of the protocol.
    pub protocol: &'static str,
    /// The places before and behind the translator.
    pub between: Between<String>,
    /// Client inside.
    pub inside: String,
    /// Client outside.
    pub outside: String,
    /// Servers as the client names them and as they are outside; the same except for DNAT.
    pub servers: Vec<(String, String)>,
    /// First request that was seen.
    pub since: Time,
    /// Last request that was seen.
    pub until: Time,
    /// Requests.
    pub requests: u64,
    /// Of these, those that failed.
    pub failed: u64,
    /// The client's port is the same outside.
    pub kept: bool,
    /// How often at most the translator had chosen before.
    pub rerolled: usize,
    /// The inside client that held the port this one would have kept.
    pub holder: Option<String>,
}

impl NatRow {
    /// The destination differs outside.
    #[must_use]
    pub fn destination_translated(&self) -> bool {
        self.servers.iter().any(|(inside, outside)| inside != outside)
    }

    /// Nothing to look at: the port was kept, it was chosen once, and if the destination differs outside,
    /// all went well.
    #[must_use]
    pub fn plain(&self) -> bool {
        self.kept
            && self.rerolled == 0
            && self.holder.is_none()
            && !(self.destination_translated() && self.failed > 0)
    }

    /// Servers in words, identical ones once.
    #[must_use]
    pub fn server_words(&self) -> Vec<String> {
        let words = |(inside, outside): &(String, String)| {
            if inside == outside { inside.clone() } else { format!("{inside} -> {outside}") }
        };
        self.servers.iter().map(words).collect()
    }

    /// What happened to the port, in words.
    #[must_use]
    pub fn port_words(&self) -> String {
        let mut parts = vec![if self.kept { "kept" } else { "rewritten" }.to_owned()];
        match self.rerolled {
            0 => {}
            1 => parts.push("chosen again once".to_owned()),
            times => parts.push(format!("chosen again {times} times")),
        }
        if let Some(holder) = &self.holder {
            parts.push(format!("port held by {holder}"));
        }
        parts.join(", ")
    }
}

impl NatTable {
    /// Rows to look at.
    pub fn notable(&self) -> impl Iterator<Item = &NatRow> {
        self.rows.iter().filter(|row| !row.plain())
    }

    /// The others in one sentence for each translated destination, without full stops.
    #[must_use]
    pub fn plain_words(&self) -> Vec<String> {
        // By translated destination: mappings, requests, of these failed.
        let mut groups: BTreeMap<Option<String>, (u64, u64, u64)> = BTreeMap::new();
        for row in self.rows.iter().filter(|row| row.plain()) {
            let destination = row.destination_translated().then(|| row.server_words().join(", "));
            let group = groups.entry(destination).or_default();
            *group = (group.0 + 1, group.1 + row.requests, group.2 + row.failed);
        }
        let words = |(destination, (mappings, requests, failed)): (Option<String>, (u64, u64, u64))| {
            let mappings = crate::number::count(mappings, "mapping");
            let requests = crate::number::count(requests, "request");
            let to = destination.map_or_else(String::new, |d| format!(" to {d}"));
            format!("{mappings}{to} that kept the port: {requests}, {failed} failed")
        };
        groups.into_iter().map(words).collect()
    }
}

type Key = (usize, usize, u8, u32, u16, u32, u16, bool);

pub(super) fn table(nat: &Nat, exchanges: &Exchanges, names: &Names) -> NatTable {
    let mut rows: Vec<NatRow> = Vec::new();
    let mut index: BTreeMap<Key, usize> = BTreeMap::new();
    let generations = generations(&nat.mappings);
    for (number, mapping) in nat.mappings.iter().enumerate() {
        let key: Key = (
            usize::from(mapping.between.near.0),
            usize::from(mapping.between.far.0),
            mapping.protocol.0,
            mapping.inside.address.0,
            mapping.inside.port,
            mapping.outside.address.0,
            mapping.outside.port,
            mapping.inside_server != mapping.outside_server,
        );
        let rerolled = generations[number];
        let holder = mapping.holder.and_then(|held| nat.mappings.get(held));
        let holder = holder.map(|held| end(exchanges, held.protocol, held.inside));
        let servers = (
            end(exchanges, mapping.protocol, mapping.inside_server),
            end(exchanges, mapping.protocol, mapping.outside_server),
        );
        match index.get(&key).and_then(|&at| rows.get_mut(at)) {
            Some(row) => merge(row, mapping, rerolled, holder, servers),
            None => {
                index.insert(key, rows.len());
                rows.push(NatRow {
                    protocol: mapping.protocol.declaration().name,
                    between: Between {
                        near: names.name(mapping.between.near).to_owned(),
                        far: names.name(mapping.between.far).to_owned(),
                    },
                    inside: with_identifier(exchanges, mapping, mapping.inside),
                    outside: with_identifier(exchanges, mapping, mapping.outside),
                    servers: vec![servers],
                    since: mapping.since,
                    until: mapping.until,
                    requests: mapping.requests,
                    failed: mapping.failed,
                    kept: !mapping.rewritten(),
                    rerolled,
                    holder,
                });
            }
        }
    }
    rows.sort_by_key(|row| (row.plain(), row.kept, std::cmp::Reverse(row.failed), row.since));
    NatTable { rows }
}

/// How often each mapping's flow had changed before: in one pass, as a mapping's predecessor has a
/// smaller index.
fn generations(mappings: &[Mapping]) -> Vec<usize> {
    let mut all: Vec<usize> = Vec::with_capacity(mappings.len());
    for mapping in mappings {
        let before = mapping.before.and_then(|at| all.get(at)).map_or(0, |generation| generation + 1);
        all.push(before);
    }
    all
}

fn merge(
    row: &mut NatRow,
    mapping: &Mapping,
    rerolled: usize,
    holder: Option<String>,
    servers: (String, String),
) {
    row.since = row.since.min(mapping.since);
    row.until = row.until.max(mapping.until);
    row.requests += mapping.requests;
    row.failed += mapping.failed;
    row.rerolled = row.rerolled.max(rerolled);
    row.holder = row.holder.take().or(holder);
    if !row.servers.contains(&servers) {
        row.servers.push(servers);
    }
}

/// An end of the table; an echo's identifier is translated as a port is.
fn with_identifier(exchanges: &Exchanges, mapping: &Mapping, of: unanswered_exchange::Endpoint) -> String {
    let words = end(exchanges, mapping.protocol, of);
    if !mapping.protocol.carrier().has_ports() { format!("{words} id {}", of.port) } else { words }
}
