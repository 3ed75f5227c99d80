//! Scans: one client that tries out many ports of a server, or many addresses next to each other, to find out which of
//! them are there. Most are not, and that is the answer it came for: no reply is due.
//!
//! *Ports*: [`PORTS_MIN`] different ones that failed within [`SOON`]. No service is asked so. All that the client failed to
//! get from this server meanwhile belongs to it: a scan with its probes of versions asks known services, too.
//!
//! *Addresses*: [`RUN_MIN`] that follow each other with hardly a gap, most of which nobody has. One of the run has to answer: else
//! the way there may be broken. An address counts as nobody's when it sent nothing and answered nobody, and when this
//! client did not come back to it after [`SOON`]: monitoring does, for a machine that should be there.
//!
//! Which side of the line single failures are on: `docs/decisions/scans.md`.

use super::Requests;
use crate::names::AddressId;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use unanswered_table::{Outcome, Reason};
use unanswered_wire::{Carrier, ProtocolId, Span, Time};

/// Ports of one server that failed, at least.
const PORTS_MIN: usize = 20;

/// Addresses in a run, at least.
const RUN_MIN: usize = 8;

/// Addresses that may be missing between two of a run: the client's own, neighbours that it knows.
const GAP_MAX: u128 = 2;

/// Of the addresses of a run, one in so many may be there.
const THERE_MAX: usize = 4;

/// A scan asks so much within this time, and does not come back to an address after it.
const SOON: Span = Span::from_seconds(20);

pub(super) fn mark(requests: &mut Requests<'_>) {
    let failed: Vec<u32> = requests.rows().filter(|&row| requests.outcome(row).failed()).collect();
    if failed.len() < RUN_MIN {
        return;
    }
    let mut scanned = ports(requests, &failed);
    scanned.extend(addresses(requests, &failed));
    for row in scanned {
        requests.give(row, Outcome::NoneDue, Reason::Scan);
    }
}

/// When a request was sent, by row.
fn sent(requests: &Requests<'_>, row: u32) -> Time {
    requests.nearest(row).time
}

/// Failed requests of clients that tried many ports of one server.
fn ports(requests: &Requests<'_>, failed: &[u32]) -> Vec<u32> {
    let mut of_pair: BTreeMap<(AddressId, AddressId), Vec<u32>> = BTreeMap::new();
    for &row in failed {
        let leg = requests.nearest(row);
        of_pair.entry((leg.client, leg.server)).or_default().push(row);
    }
    let mut scanned = Vec::new();
    for mut rows in of_pair.into_values().filter(|rows| rows.len() >= PORTS_MIN) {
        rows.sort_by_key(|&row| sent(requests, row));
        if let Some((from, to)) = scanned_between(requests, &rows) {
            let during = |row: &u32| (from..=to).contains(&sent(requests, *row));
            scanned.extend(rows.into_iter().filter(during));
        }
    }
    scanned
}

/// From when to when a client tried the ports of a server, by its failed requests in order of time.
fn scanned_between(requests: &Requests<'_>, rows: &[u32]) -> Option<(Time, Time)> {
    let mut known = BTreeSet::new();
    let mut first_tries = Vec::new();
    for &row in rows {
        let leg = requests.nearest(row);
        let has_ports = match ProtocolId(leg.protocol).carrier() {
            Carrier::TcpConnect | Carrier::Udp(_) | Carrier::OtherUdp => true,
            Carrier::Echo | Carrier::TcpBytes | Carrier::Neighbour => false,
        };
        if has_ports && known.insert(leg.server_port) {
            first_tries.push(leg.time);
        }
    }
    let fast = |tries: &&[Time]| tries[PORTS_MIN - 1] - tries[0] <= SOON;
    let mut fast = first_tries.windows(PORTS_MIN).filter(fast);
    let first = fast.next()?;
    let last = fast.next_back().unwrap_or(first);
    // What it sends again, and the services that it asks for their versions.
    Some((first[0] - SOON, last[PORTS_MIN - 1] + SOON))
}

/// An address as a number, IPv4 apart from IPv6.
fn number(address: IpAddr) -> (bool, u128) {
    match address {
        IpAddr::V4(v4) => (false, u128::from(v4.to_bits())),
        IpAddr::V6(v6) => (true, v6.to_bits()),
    }
}

/// Failed requests to addresses that nobody has, of clients that tried all addresses of a stretch.
fn addresses(requests: &Requests<'_>, failed: &[u32]) -> Vec<u32> {
    let mut silent_of: BTreeMap<AddressId, BTreeSet<AddressId>> = BTreeMap::new();
    for &row in failed {
        let leg = requests.nearest(row);
        silent_of.entry(leg.client).or_default().insert(leg.server);
    }
    silent_of.retain(|_, silent| silent.len() * THERE_MAX >= RUN_MIN * (THERE_MAX - 1));
    if silent_of.is_empty() {
        return Vec::new();
    }
    // What is there, and whom each of these clients asked, from when to when.
    let mut there = BTreeSet::new();
    let mut asked: BTreeMap<AddressId, BTreeMap<(bool, u128), Asked>> = BTreeMap::new();
    for row in requests.rows() {
        let leg = requests.nearest(row);
        there.insert(leg.client);
        if matches!(requests.outcome(row), Outcome::Answered | Outcome::Late | Outcome::Error) {
            there.insert(leg.server);
        }
        let address = requests.legs.addresses.get(leg.server).filter(|_| silent_of.contains_key(&leg.client));
        let Some(address) = address else { continue };
        let one = Asked { server: leg.server, first: leg.time, last: leg.time, rows: Vec::new() };
        let one = asked.entry(leg.client).or_default().entry(number(address)).or_insert(one);
        one.first = one.first.min(leg.time);
        one.last = one.last.max(leg.time);
        if requests.outcome(row).failed() {
            one.rows.push(row);
        }
    }
    let mut scanned = Vec::new();
    for by_address in asked.into_values() {
        for run in runs(by_address) {
            let nobody = |one: &&Asked| !there.contains(&one.server) && one.last - one.first <= SOON;
            let silent = run.iter().filter(nobody).count();
            let answers = run.iter().any(|one| there.contains(&one.server));
            if run.len() >= RUN_MIN && answers && silent * THERE_MAX >= run.len() * (THERE_MAX - 1) {
                scanned.extend(run.iter().filter(nobody).flat_map(|one| &one.rows));
            }
        }
    }
    scanned
}

/// What one client asked of one address.
#[derive(Debug)]
struct Asked {
    server: AddressId,
    first: Time,
    last: Time,
    /// The failed requests.
    rows: Vec<u32>,
}

/// Addresses that follow each other.
fn runs(by_address: BTreeMap<(bool, u128), Asked>) -> Vec<Vec<Asked>> {
    let mut runs: Vec<Vec<Asked>> = Vec::new();
    let mut previous = None;
    for ((six, number), one) in by_address {
        let follows = previous
            .is_some_and(|(family, before): (bool, u128)| family == six && number - before <= GAP_MAX + 1);
        match runs.last_mut().filter(|_| follows) {
            Some(run) => run.push(one),
            None => runs.push(vec![one]),
        }
        previous = Some((six, number));
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_packets::{At, echo, read, tcp};

    const SYN: u16 = 2;
    const RESET: u16 = 0x14;

    /// What became of all, one letter each: s for a scan's.
    fn outcomes(mut packets: Vec<At>) -> String {
        packets.push(At(900_000, 0, echo("10.0.0.7", "10.9.0.7", false, 1, 1)));
        packets.sort_by_key(|at| at.0);
        let all = read(&packets, crate::PairerConfig::default(), Vec::new());
        let letter = |exchange: crate::Exchange<'_>| match (exchange.outcome(), exchange.reason()) {
            (Outcome::NoneDue, Reason::Scan) => 's',
            (Outcome::Answered, _) => 'a',
            (outcome, _) if outcome.failed() => 'f',
            (outcome, reason) => panic!("{outcome} {reason:?}"),
        };
        all.iter().map(letter).collect()
    }

    /// Connects to ports from 100 on, one each so many milliseconds; every third is reset, the others say nothing.
    fn connects(ports: u16, every: i64) -> Vec<At> {
        let mut packets = Vec::new();
        for (port, n) in (100..100 + ports).zip(0_i64..) {
            let at = n * every;
            packets.push(At(at, 0, tcp("10.0.0.1", 4000 + port, "10.9.0.1", port, SYN, 7, 0)));
            if n % 3 == 0 {
                packets.push(At(at + 1, 0, tcp("10.9.0.1", port, "10.0.0.1", 4000 + port, RESET, 0, 8)));
            }
        }
        packets
    }

    #[test]
    fn closed_ports_are_what_a_scan_finds() {
        assert_eq!(outcomes(connects(24, 50)), "s".repeat(24));
    }

    #[test]
    fn few_ports_or_slowly_tried_ones_are_failures() {
        assert_eq!(outcomes(connects(19, 50)), "f".repeat(19));
        assert_eq!(outcomes(connects(24, 2_000)), "f".repeat(24));
    }

    #[test]
    fn one_port_asked_often_is_no_scan() {
        let syn = |n: u16| tcp("10.0.0.1", 4000 + n, "10.9.0.1", 80, SYN, 7, 0);
        assert_eq!(outcomes((0..30).map(|n| At(i64::from(n) * 50, 0, syn(n))).collect()), "f".repeat(30));
    }

    /// Pings of 10.9.0.1 to 10.9.0.12, half a second apart; those in `there` answer.
    fn sweep(there: &[u16]) -> Vec<At> {
        let mut packets = Vec::new();
        for n in 1..=12_u16 {
            let (at, to) = (i64::from(n) * 500, format!("10.9.0.{n}"));
            packets.push(At(at, 0, echo("10.0.0.1", &to, true, n, 1)));
            if there.contains(&n) {
                packets.push(At(at + 1, 0, echo(&to, "10.0.0.1", false, n, 1)));
            }
        }
        packets
    }

    #[test]
    fn addresses_that_nobody_has_are_what_a_sweep_finds() {
        assert_eq!(outcomes(sweep(&[3])), "ssasssssssss");
    }

    #[test]
    fn a_network_that_answers_nothing_may_be_cut_off() {
        assert_eq!(outcomes(sweep(&[])), "f".repeat(12));
    }

    #[test]
    fn among_many_that_answer_the_silent_ones_are_failures() {
        assert_eq!(outcomes(sweep(&[1, 2, 3, 4, 6, 7, 8, 9, 10, 12])), "aaaafaaaaafa");
    }

    #[test]
    fn who_comes_back_wants_an_answer() {
        let mut packets = sweep(&[3]);
        for n in 1..=12_u16 {
            packets.push(At(60_000, 0, echo("10.0.0.1", &format!("10.9.0.{n}"), true, 100 + n, 1)));
        }
        assert_eq!(outcomes(packets), "ffafffffffff".to_owned() + &"f".repeat(12));
    }
}
