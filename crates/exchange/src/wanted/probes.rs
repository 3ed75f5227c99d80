//! Probes of the path (traceroute, mtr): requests with small times to live that count up, each meant to end one router
//! further.
//!
//! Over UDP the last ones are meant to find a closed port (traceroute(8)), so that the whole run is as meant there.
//!
//! The sign is a run of times to live from 1 or 2 on, from one client to one server, of which routers answered some with
//! "time to live exceeded". A single small value is none: a client whose packets start with too small a time to live has a
//! fault.

use super::Requests;
use crate::names::AddressId;
use crate::pairer::PROBES_UP_TO;
use std::collections::BTreeMap;
use unanswered_table::{Outcome, Reason};
use unanswered_wire::ProtocolId;

/// Times to live that must follow each other.
const RUN_MIN: usize = 3;

/// The run begins here at the latest: a router in front of the place may have taken one.
const BEGINS: u8 = 2;

/// Protocol, place, client and server.
type Series = (u8, u16, AddressId, AddressId);

pub(super) fn mark(requests: &mut Requests<'_>) {
    // In the order of rows.
    let mut expired = requests.with_reason(|reason| matches!(reason, Reason::Refused(_)));
    expired.retain(|&row| ended_on_purpose(requests, row));
    if expired.is_empty() {
        return;
    }
    let series = |requests: &Requests<'_>, row: u32| -> Series {
        let leg = requests.nearest(row);
        (leg.protocol, leg.place.0, leg.client, leg.server)
    };
    let mut all: BTreeMap<Series, BTreeMap<u8, Vec<u32>>> =
        expired.iter().map(|&row| (series(requests, row), BTreeMap::new())).collect();
    for row in requests.rows() {
        if let Some(by_ttl) = all.get_mut(&series(requests, row)) {
            by_ttl.entry(requests.nearest(row).ttl).or_default().push(row);
        }
    }
    for ((protocol, ..), by_ttl) in &all {
        let over_udp = *protocol == ProtocolId::UDP.0;
        let run = run(by_ttl.keys().copied());
        if run.len() < RUN_MIN {
            continue;
        }
        let ended = |ttl: u8| by_ttl[&ttl].iter().any(|row| expired.binary_search(row).is_ok());
        if run.first() == Some(&1) {
            // No router lies between the prober and a place that sees the first hop's probes: what comes back there has arrived.
            for &row in run.iter().flat_map(|ttl| &by_ttl[ttl]) {
                if requests.outcome(row) == Outcome::Answered {
                    requests.give(row, Outcome::Answered, Reason::Plain);
                }
            }
        }
        let last = match over_udp {
            true => run.last().copied(),
            false => {
                // A router that never says anything in front of the server is passed as well.
                let answered =
                    |ttl: u8| by_ttl[&ttl].iter().any(|&row| requests.outcome(row) == Outcome::Answered);
                let before_server = run.iter().take_while(|&&ttl| !answered(ttl)).last();
                let arrived = run.iter().any(|&ttl| answered(ttl));
                let before_server = before_server.copied().filter(|_| arrived);
                run.iter().copied().filter(|&ttl| ended(ttl)).max().max(before_server)
            }
        };
        let Some(last) = last else { continue };
        // Up to the last router that answered, those that got nothing ended on the way as well.
        for &row in run.iter().filter(|&&ttl| ttl <= last).flat_map(|ttl| &by_ttl[ttl]) {
            if requests.outcome(row) != Outcome::Answered {
                requests.give(row, Outcome::NoneDue, Reason::PathProbe);
            }
        }
    }
}

/// Whether the error may be what a probe was sent for: it expired, or found a closed port.
fn ended_on_purpose(requests: &Requests<'_>, row: u32) -> bool {
    let expired = matches!(requests.reason(row), Reason::Refused(how) if how.kind().expired);
    let nearest = requests.nearest(row);
    expired || (nearest.protocol == ProtocolId::UDP.0 && nearest.ttl <= PROBES_UP_TO)
}

/// The times to live that follow each other from the smallest one on; none when that is too large.
fn run(sorted: impl Iterator<Item = u8>) -> Vec<u8> {
    let mut run: Vec<u8> = Vec::new();
    for ttl in sorted {
        match run.last() {
            None if ttl <= BEGINS => run.push(ttl),
            Some(last) if ttl == last + 1 => run.push(ttl),
            None | Some(_) => break,
        }
    }
    run
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_packets::{At, check, echo, icmp_error};

    const ANSWERED: (Outcome, Reason) = (Outcome::Answered, Reason::Plain);

    /// A ping with that time to live each second; a router answers those that end there.
    fn pings(ttls: &[u8], reach: u8, silent: bool) -> Vec<At> {
        let mut packets = Vec::new();
        for (&ttl, number) in ttls.iter().zip(1_u16..) {
            let at = i64::from(number) * 1000;
            let ask = echo("10.0.0.1", "10.9.0.1", true, number, 1).ttl(ttl);
            packets.push(At(at, 0, ask.clone()));
            if ttl >= reach {
                packets.push(At(at + 2, 0, echo("10.9.0.1", "10.0.0.1", false, number, 1)));
            } else if !silent || ttl != 1 {
                packets.push(At(at + 1, 0, icmp_error("10.0.0.254", 11, 0, &ask)));
            }
        }
        packets.push(At(60_000, 0, echo("10.0.0.7", "10.9.0.7", false, 1, 1)));
        packets
    }

    #[test]
    fn a_series_that_counts_up_probes_the_path() {
        let probe = (Outcome::NoneDue, Reason::PathProbe);
        check(&pings(&[1, 2, 3, 4], 3, false), &[probe, probe, ANSWERED, ANSWERED]);
        // A router that says nothing does not matter.
        check(&pings(&[1, 2, 3], 3, true), &[probe, probe, ANSWERED]);
        // Nor if it is the last one before the server.
        let mut silent = pings(&[1, 2, 3, 4], 3, false);
        silent.retain(|at| at.0 != 2_001);
        check(&silent, &[probe, probe, ANSWERED, ANSWERED]);
    }

    #[test]
    fn one_small_time_to_live_is_a_fault() {
        let all = check_outcomes(&pings(&[2, 2, 2, 2], 3, false));
        assert_eq!(all, [Outcome::Refused; 4]);
        let mixed = check_outcomes(&pings(&[3, 64, 3, 64], 4, false));
        assert_eq!(mixed, [Outcome::Refused, Outcome::Answered, Outcome::Refused, Outcome::Answered]);
    }

    fn check_outcomes(packets: &[At]) -> Vec<Outcome> {
        let all = crate::test_packets::read(packets, crate::PairerConfig::default(), Vec::new());
        all.outcomes().to_vec()
    }
}
