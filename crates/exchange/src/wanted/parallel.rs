//! One question to several servers at once, of which the client takes the first answer (dnsmasq's `--all-servers`).
//!
//! An answer that comes after another server's finds its port closed; that it was turned away is no failure. A server
//! that did not answer at all has failed nevertheless.

use super::Requests;
use crate::names::AddressId;
use std::collections::{BTreeMap, BTreeSet};
use unanswered_table::{Outcome, Reason};
use unanswered_wire::{Part, ProtocolId, Span, Time};

/// Questions of one client within this time were sent at once: no client waits less for an answer.
pub(super) const AT_ONCE: Span = Span::from_milliseconds(100);

/// Client, question.
pub(super) type Key = (u8, AddressId, Vec<Option<i64>>);

pub(super) fn mark(requests: &mut Requests<'_>) {
    let turned_away =
        requests.with_reason(|reason| matches!(reason, Reason::PortClosed | Reason::AfterTimeout));
    let late: Vec<u32> = turned_away.into_iter().filter(|&row| wins_first(requests, row)).collect();
    if late.is_empty() {
        return;
    }
    let wanted: BTreeSet<Key> = late.iter().map(|&row| key(requests, row)).collect();
    let mut answered: BTreeMap<Key, Vec<(Time, u32)>> = BTreeMap::new();
    for row in requests.rows().filter(|&row| wins_first(requests, row)) {
        if requests.outcome(row) != Outcome::Answered {
            continue;
        }
        let key = key(requests, row);
        if wanted.contains(&key) {
            answered.entry(key).or_default().push((requests.nearest(row).time, row));
        }
    }
    for row in late {
        let leg = requests.nearest(row);
        let (asked, server) = (leg.time, leg.server);
        let beside = answered.get(&key(requests, row)).is_some_and(|others| {
            others.iter().any(|&(time, other)| {
                let gap = Span::from_nanoseconds((time - asked).nanoseconds().abs());
                gap <= AT_ONCE && requests.nearest(other).server != server
            })
        });
        if beside {
            requests.give(row, Outcome::Superseded, Reason::Plain);
        }
    }
}

pub(super) fn wins_first(requests: &Requests<'_>, row: u32) -> bool {
    ProtocolId(requests.nearest(row).protocol).declaration().waiting.first_answer_wins
}

/// The client with what it asks: the features that describe a request of its protocol.
pub(super) fn key(requests: &Requests<'_>, row: u32) -> Key {
    let leg = requests.nearest(row);
    let store = &requests.legs.stores[usize::from(leg.protocol)];
    let value = |part: &Part| match part {
        Part::Value(feature) | Part::AlsoValue(feature) => {
            let (index, ..) = store.features().find(|(_, f, _)| f.is(feature))?;
            store.value(usize::from(index), leg.row, leg.shape)
        }
        Part::Text(_) | Part::ClientPort => None,
    };
    let question = ProtocolId(leg.protocol).declaration().describes.iter().map(value).collect();
    (leg.protocol, leg.client, question)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_packets::{At, check, dns, icmp_error};

    const ASKED: &str = "h.example.test";

    /// One question to two servers, the second after `gap` ms; the first answers at once, the second after 20 ms, when the
    /// client's port is closed.
    fn packets(gap: i64) -> Vec<At> {
        let ask = |server: &str| dns("10.0.0.1", 4000, server, 53, 7, ASKED, None);
        let answer = |server: &str| dns(server, 53, "10.0.0.1", 4000, 7, ASKED, Some(0));
        let turned_away = icmp_error("10.0.0.1", 3, 3, &answer("10.9.0.2"));
        vec![
            At(0, 0, ask("10.9.0.1")),
            At(gap, 0, ask("10.9.0.2")),
            At(gap + 1, 0, answer("10.9.0.1")),
            At(gap + 20, 0, answer("10.9.0.2")),
            At(gap + 21, 0, turned_away),
        ]
    }

    #[test]
    fn the_second_answer_to_a_question_asked_twice_at_once_is_superseded() {
        let answered = (Outcome::Answered, Reason::Plain);
        check(&packets(1), &[answered, (Outcome::Superseded, Reason::Plain)]);
        // A reply from a wrong address is a fault of that server, whatever the other one did.
        let mut packets = packets(1);
        packets.truncate(3);
        packets.push(At(20, 0, dns("10.9.0.3", 53, "10.0.0.1", 4000, 7, ASKED, Some(0))));
        check(&packets, &[answered, (Outcome::Rejected, Reason::WrongSource)]);
        // Asked one after the other, each wanted its answer.
        let packets = self::packets(2_000);
        check(&packets, &[answered, (Outcome::Rejected, Reason::PortClosed)]);
    }
}
