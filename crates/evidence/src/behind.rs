//! Whether the servers of failed requests failed at others themselves.
//!
//! A server that asks for a client does so at once. So each failed request of a server's own is taken for the consequence of
//! the latest request that reached it, if that is not long ago. Where this holds for most failed requests of a finding and for
//! few answered ones, the failure lies behind the server.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use unanswered_exchange::{AddressId, Exchange, Exchanges};
use unanswered_explain::Behind;
use unanswered_table::Outcome;
use unanswered_wire::{ProtocolId, Span, Time};

/// Longest time from a request to what its server asks for it.
const AT_ONCE: Span = Span::from_milliseconds(250);

/// Fewest failed requests for which the server asked in vain.
const FEWEST: usize = 3;

/// Of ten failed requests so many must have been followed by one in vain.
const MOST_OF_TEN: usize = 6;

/// The share among answered requests must be smaller by this factor.
const LESS_AMONG_ANSWERED: usize = 3;

/// Most addresses told.
const ASKED_MAX: usize = 3;

/// What a request is for the finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// One of its failed requests.
    Failed,
    /// An answered one in the same protocols.
    Answered,
    /// Neither.
    Other,
}

/// A request that reached a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Asked {
    at: Time,
    row: u32,
    kind: Kind,
    /// When it was answered; what the server asks afterwards is not for it.
    until: Option<Time>,
}

/// What one server was asked, and what it asked.
#[derive(Default)]
struct Server<'a> {
    /// All requests to it: any of them may be why it asked.
    asked: Vec<Asked>,
    /// Its own requests that failed.
    in_vain: Vec<(Time, Exchange<'a>)>,
}

/// What the servers of the given failed requests asked in vain, of the one with the most of them.
pub(crate) fn behind(exchanges: &Exchanges, failed: &[u32]) -> Option<Behind> {
    let server = |exchange: &Exchange<'_>| exchange.farthest().server().address;
    let client = |exchange: &Exchange<'_>| exchange.nearest().client().address;
    let mut of_finding = vec![false; exchanges.len()];
    let mut servers: BTreeMap<AddressId, Server<'_>> = BTreeMap::new();
    let mut protocols: BTreeSet<ProtocolId> = BTreeSet::new();
    for &row in failed {
        let exchange = exchanges.get(row);
        of_finding[row as usize] = true;
        servers.entry(server(&exchange)).or_default();
        protocols.insert(exchange.protocol());
    }
    for exchange in exchanges.iter().filter(|exchange| exchange.outcome().failed()) {
        if let Some(by) = servers.get_mut(&client(&exchange)) {
            by.in_vain.push((exchange.time(), exchange));
        }
    }
    // Most servers ask nobody: then there is nothing more to look at.
    servers.retain(|_, server| server.in_vain.len() >= FEWEST);
    if servers.is_empty() {
        return None;
    }
    for exchange in exchanges.iter() {
        let Some(to) = servers.get_mut(&server(&exchange)) else { continue };
        let row = exchange.row();
        let kind = if of_finding[row as usize] {
            Kind::Failed
        } else if protocols.contains(&exchange.protocol()) && exchange.outcome() == Outcome::Answered {
            Kind::Answered
        } else {
            Kind::Other
        };
        let (at, after) = (exchange.time(), exchange.reply_after());
        to.asked.push(Asked { at, row, kind, until: after.map(|after| at + after) });
    }
    let found = servers.iter_mut().filter_map(|(asker, server)| of_server(exchanges, *asker, server));
    let found = found.max_by_key(|behind| behind.failed_with)?;
    // Requests that the asker itself sent may be among those of the finding.
    let by_asker = |row: &&u32| address(exchanges, client(&exchanges.get(**row))) == Some(found.asker);
    let others = failed.len().saturating_sub(failed.iter().filter(by_asker).count());
    most(usize::try_from(found.failed_with).ok()?, others).then_some(found)
}

const fn most(part: usize, all: usize) -> bool {
    part * 10 >= all * MOST_OF_TEN
}

fn address(exchanges: &Exchanges, id: AddressId) -> Option<IpAddr> {
    exchanges.addresses().get(id.0 as usize).copied()
}

fn of_server(exchanges: &Exchanges, asker: AddressId, server: &mut Server<'_>) -> Option<Behind> {
    // Corrected clocks may change the order in which requests were recorded.
    server.asked.sort_unstable();
    let mut with: BTreeSet<u32> = BTreeSet::new();
    let mut asked: BTreeMap<(AddressId, ProtocolId), usize> = BTreeMap::new();
    for (time, own) in &server.in_vain {
        let before = server.asked.partition_point(|asked| asked.at <= *time);
        let latest = before.checked_sub(1).and_then(|index| server.asked.get(index));
        let waits = |asked: &&Asked| asked.until.is_none_or(|until| *time <= until);
        let at_once = latest.filter(|asked| *time - asked.at <= AT_ONCE).filter(waits);
        let Some(asked_for) = at_once else { continue };
        with.insert(asked_for.row);
        *asked.entry((own.farthest().server().address, own.protocol())).or_default() += 1;
    }
    let count = |kind: Kind, only_with: bool| {
        let of = server.asked.iter().filter(|asked| asked.kind == kind);
        of.filter(|asked| !only_with || with.contains(&asked.row)).count()
    };
    let (failed, failed_with) = (count(Kind::Failed, false), count(Kind::Failed, true));
    let (answered, answered_with) = (count(Kind::Answered, false), count(Kind::Answered, true));
    let contrast = answered_with * failed * LESS_AMONG_ANSWERED <= failed_with * answered;
    if failed_with < FEWEST || !most(failed_with, failed) || !contrast {
        return None;
    }
    let mut asked: Vec<((AddressId, ProtocolId), usize)> = asked.into_iter().collect();
    asked.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let protocol = asked.first()?.0.1;
    let of_it = asked.iter().filter(|((_, its), _)| *its == protocol);
    Some(Behind {
        asker: address(exchanges, asker)?,
        asked: of_it.filter_map(|((to, _), _)| address(exchanges, *to)).take(ASKED_MAX).collect(),
        protocol: protocol.declaration().name.to_owned(),
        failed_with: failed_with as u64,
        failed: failed as u64,
        answered_with: answered_with as u64,
        answered: answered as u64,
    })
}
