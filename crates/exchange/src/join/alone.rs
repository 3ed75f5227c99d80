//! Replies that were seen where their request was not: which request they belong to, and what they decide.
//!
//! Several requests may carry one number within the time that they are remembered (a poller that counts per agent): the reply
//! is that of the request whose ends it names, as far as a NAT left them alone, and of the newest among equals.

use super::clocks::Clocks;
use super::groups::Groups;
use crate::leg::{Leg, OrphanLeg};
use crate::pairer::{Legs, RETRANSMITTED_AFTER, refused};
use unanswered_table::{Outcome, Reason};
use unanswered_wire::{ProtocolId, Span, Time};

/// How long before its request a reply may be captured: capture queues of the two directions are
/// emptied one after the other.
const REORDERED: Span = Span::from_milliseconds(20);

/// Requests of one number that a reply is compared with: the newest ones.
const COMPARED_MAX: usize = 32;

/// Finds the exchanges of replies that were seen without their request: exchange and reply, sorted.
pub(super) fn attach(legs: &Legs, groups: &Groups, clocks: &Clocks) -> Vec<(u32, u32)> {
    if legs.alone.is_empty() {
        return Vec::new();
    }
    let mut index: Vec<(u8, u64, Time, u32)> = Vec::with_capacity(groups.len());
    for (row, group) in (0u32..).zip(groups.iter()) {
        let leg = &legs.legs[group[0] as usize];
        if leg.fingerprint != 0 {
            index.push((leg.protocol, leg.fingerprint, clocks.corrected(legs, group[0]), row));
        }
    }
    index.sort_unstable();
    let mut found = Vec::new();
    for (i, reply) in (0u32..).zip(&legs.alone) {
        if reply.fingerprint == 0 {
            continue;
        }
        let time = clocks.correct(legs, reply.place, reply.time) + REORDERED;
        let after = index.partition_point(|e| (e.0, e.1, e.2) <= (reply.protocol, reply.fingerprint, time));
        let retention = legs.config.retention(ProtocolId(reply.protocol));
        let same = |e: &&(u8, u64, Time, u32)| {
            (e.0, e.1) == (reply.protocol, reply.fingerprint) && time - e.2 <= retention
        };
        let alike = index[..after].iter().rev().take(COMPARED_MAX).take_while(same);
        let fits = alike.filter_map(|e| Some((fit(legs, groups.get(e.3), reply)?, e.3)));
        // The newest one of those that fit best.
        let best = fits.fold(None, |best: Option<(u8, u32)>, new| match best {
            Some(known) if known.0 >= new.0 => best,
            Some(_) | None => Some(new),
        });
        found.extend(best.map(|(_, row)| (row, i)));
    }
    found.sort_unstable();
    found
}

/// How many of its ends the reply has in common with the request; `None` when it is another's.
fn fit(legs: &Legs, group: &[u32], reply: &OrphanLeg) -> Option<u8> {
    let mut ends = (false, false);
    for &leg in group {
        let leg = &legs.legs[leg as usize];
        let client = to_client_of(leg, reply);
        // At a place that saw the request, another client's reply may carry the same number.
        if leg.place == reply.place && !client {
            return None;
        }
        ends.0 |= client;
        ends.1 |= leg.server == reply.server && leg.server_port == reply.server_port;
    }
    Some(u8::from(ends.0) + u8::from(ends.1))
}

fn to_client_of(leg: &Leg, reply: &OrphanLeg) -> bool {
    leg.client == reply.client && leg.client_port == reply.client_port
}

/// What a reply seen without its request decides: only where its place has no request with its reply, and the deciding one
/// neither (the two halves of a tap; both ends may ask), or where it is the request's own place (the two came out of order).
pub(super) fn other_direction(
    legs: &Legs,
    group: &[u32],
    reply: u32,
    outcome: Outcome,
    one_way: bool,
    clocks: &Clocks,
) -> Option<(Outcome, Reason, Span)> {
    let reply = &legs.alone[reply as usize];
    let tap = one_way && legs.places[usize::from(reply.place.0)].answers() == 0;
    let fits = |&leg: &u32| {
        let leg = &legs.legs[leg as usize];
        to_client_of(leg, reply) && (tap || leg.place == reply.place)
    };
    if !matches!(outcome, Outcome::Unanswered | Outcome::Unknown) || !group.iter().any(fits) {
        return None;
    }
    let after = clocks.correct(legs, reply.place, reply.time) - clocks.corrected(legs, group[0]);
    let first = &legs.legs[group[0] as usize];
    let asked_for = Span::from_nanoseconds(i64::from(first.active_for_us) * 1000);
    if first.transmissions > 1 && (first.time + asked_for) - (first.time + after) >= RETRANSMITTED_AFTER {
        // The client asked again after it: whether the last reply arrived is not known.
        return Some((Outcome::Unknown, Reason::ReplyLost, after));
    }
    let after = Span::from_nanoseconds(after.nanoseconds().max(0));
    Some(match reply.refusal {
        Some(refusal) => {
            let (outcome, reason) = refused(refusal);
            (outcome, reason, after)
        }
        None if after > legs.config.timeout(ProtocolId(reply.protocol)) => {
            (Outcome::Late, Reason::AfterTimeout, after)
        }
        None => (Outcome::Answered, Reason::Plain, after),
    })
}

#[cfg(test)]
mod tests {
    use crate::test_packets::{At, check, dns, icmp_error, ntp};
    use unanswered_table::{Outcome, Reason};

    const ANSWERED: (Outcome, Reason) = (Outcome::Answered, Reason::Plain);

    #[test]
    fn one_error_does_not_make_the_requests_half_of_a_tap_see_both_directions() {
        // Place 0 sees what goes to the servers, place 1 what comes back; one error went the other way round.
        let ask = |number| ntp("10.0.0.1", 123, "10.9.0.1", 123, 3, number);
        let mut packets = Vec::new();
        for number in 1..21_u64 {
            let t = i64::try_from(number).unwrap() * 10_000;
            packets.push(At(t, 0, ask(number)));
            if number == 3 {
                packets.push(At(t + 2, 0, icmp_error("10.0.5.5", 3, 1, &ask(number))));
            } else {
                packets.push(At(t + 5, 1, ntp("10.9.0.1", 123, "10.0.0.1", 123, 4, number)));
            }
        }
        let mut expected = vec![ANSWERED; 20];
        let refusal = unanswered_wire::errors::refusal(false, 3, 1).unwrap();
        expected[2] = (Outcome::Refused, Reason::Refused(refusal));
        check(&packets, &expected);
    }

    #[test]
    fn the_two_halves_of_a_tap_between_two_who_both_ask_answer_for_each_other() {
        let mut packets = Vec::new();
        for number in 1..9_u64 {
            let t = i64::try_from(number).unwrap() * 10_000;
            packets.extend([
                At(t, 0, ntp("10.0.0.1", 1000, "10.9.0.1", 123, 3, number)),
                At(t + 5, 1, ntp("10.9.0.1", 123, "10.0.0.1", 1000, 4, number)),
                At(t + 100, 1, ntp("10.9.0.1", 1000, "10.0.0.1", 123, 3, number + 100)),
                At(t + 105, 0, ntp("10.0.0.1", 123, "10.9.0.1", 1000, 4, number + 100)),
            ]);
        }
        check(&packets, &[ANSWERED; 16]);
    }

    #[test]
    fn a_reply_is_that_of_the_server_that_sent_it_though_a_newer_request_has_its_number() {
        // One poller asks two agents under the same number; the second answers first.
        let mut packets = Vec::new();
        for id in 1..9_u16 {
            let t = i64::from(id) * 30_000;
            let ask = |server| dns("10.0.0.1", 5000, server, 53, id, "a.test", None);
            let reply = |server| dns(server, 53, "10.0.0.1", 5000, id, "a.test", Some(0));
            packets.extend([At(t, 0, ask("10.9.0.1")), At(t + 1, 0, ask("10.9.0.2"))]);
            packets.extend([At(t + 50, 1, reply("10.9.0.2")), At(t + 60, 1, reply("10.9.0.1"))]);
        }
        check(&packets, &[ANSWERED; 16]);
    }
}
