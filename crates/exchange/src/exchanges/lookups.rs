//! What clients wanted to find out: the same question to any server, over any transport, until one answers.
//!
//! A lookup is all requests of one client about one name that belong together: those sent at once (A and AAAA, several
//! servers), and each that follows while none has been answered, within two time-outs. Its client has what it wanted as
//! soon as one of them is answered.

use super::{Exchange, Exchanges};
use crate::names::AddressId;
use std::collections::BTreeMap;
use unanswered_table::Outcome;
use unanswered_wire::{ProtocolId, Span, Time};

/// Requests of one client about one name within this time were sent at once.
const AT_ONCE: Span = Span::from_milliseconds(100);

/// What became of lookups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lookups {
    /// Requests that belong to them.
    pub requests: u64,
    /// Lookups that got an answer.
    pub succeeded: u64,
    /// Those of them that had to ask again, another server or the same, before they got it.
    pub delayed: u64,
    /// The median time from the first request to the answer of the delayed ones.
    pub delay: Span,
    /// Lookups without an answer.
    pub failed: u64,
    /// Lookups of which the capture does not show how they ended.
    pub unknown: u64,
}

impl Lookups {
    /// All lookups.
    #[must_use]
    pub const fn all(&self) -> u64 {
        self.succeeded + self.failed + self.unknown
    }
}

/// Protocol, client and name.
type Key = (u8, AddressId, i64);

/// A lookup that may go on.
#[derive(Clone, Copy, Debug)]
struct Open {
    first: Time,
    last: Time,
    requests: u64,
    /// When the earliest answer came.
    answered: Option<Time>,
    asked_again: bool,
    failed: bool,
    unknown: bool,
}

impl Open {
    const fn begin(time: Time) -> Self {
        Self {
            first: time,
            last: time,
            requests: 0,
            answered: None,
            asked_again: false,
            failed: false,
            unknown: false,
        }
    }

    /// Whether a request at that time is a part of it.
    fn includes(&self, time: Time, patience: Span) -> bool {
        time - self.first <= AT_ONCE
            || (self.answered.is_none_or(|at| at > time) && time - self.last <= patience)
    }

    fn add(&mut self, exchange: &Exchange<'_>) {
        let (time, outcome) = (exchange.time(), exchange.outcome());
        self.requests += 1;
        self.last = time;
        self.asked_again |= time - self.first > AT_ONCE || exchange.transmissions() > 1;
        self.failed |= outcome.failed();
        self.unknown |= outcome == Outcome::Unknown;
        if outcome == Outcome::Answered {
            let at = exchange.reply_after().map_or(time, |after| time + after);
            self.answered = Some(self.answered.map_or(at, |known| known.min(at)));
        }
    }
}

/// The lookups that are not over at the end of a window.
#[derive(Clone, Debug, Default)]
pub(crate) struct LookupsSoFar(BTreeMap<Key, Open>);

/// Those that are over.
#[derive(Default)]
struct Ended {
    all: Lookups,
    delays: Vec<Span>,
    /// Some took more than one request.
    several: bool,
}

impl LookupsSoFar {
    /// Goes on with the exchanges of the next window, which ends then (`None`: no other follows): what became of the lookups that
    /// were over by its end, and whether one of those took more than one request. `None` where no protocol has any.
    pub(crate) fn add(
        &mut self,
        exchanges: &Exchanges,
        goes_on_after: Option<Time>,
    ) -> Option<(Lookups, bool)> {
        let mut names = exchanges.features();
        names.retain(|stored| {
            let declaration = stored.protocol.declaration();
            declaration.waiting.first_answer_wins
                && declaration.asks_for.is_some_and(|asked| stored.feature.is(asked))
        });
        if names.is_empty() && self.0.is_empty() {
            return None;
        }
        let mut ended = Ended::default();
        for exchange in exchanges.iter() {
            let protocol = exchange.protocol();
            let stored = names.iter().find(|stored| stored.protocol == protocol);
            let Some(name) = stored.and_then(|stored| exchanges.value(exchange.row(), stored)) else {
                continue;
            };
            ended.all.requests += 1;
            let key = (protocol.0, exchange.nearest().client().address, name);
            let lookup = self.0.entry(key).or_insert_with(|| Open::begin(exchange.time()));
            if !lookup.includes(exchange.time(), patience(exchanges, protocol)) {
                ended.add(lookup);
                *lookup = Open::begin(exchange.time());
            }
            lookup.add(&exchange);
        }
        self.0.retain(|key, lookup| {
            let patience = patience(exchanges, ProtocolId(key.0));
            let goes_on = goes_on_after.is_some_and(|end| lookup.includes(end, patience));
            if !goes_on {
                ended.add(lookup);
            }
            goes_on
        });
        Some(ended.finish())
    }
}

/// How long after a request its client may still ask again.
fn patience(exchanges: &Exchanges, protocol: ProtocolId) -> Span {
    Span::from_nanoseconds(exchanges.timeout(protocol).nanoseconds().saturating_mul(2))
}

impl Ended {
    fn add(&mut self, lookup: &Open) {
        self.several |= lookup.requests > 1;
        match lookup.answered {
            Some(at) => {
                self.all.succeeded += 1;
                if lookup.asked_again {
                    self.all.delayed += 1;
                    self.delays.push(at - lookup.first);
                }
            }
            None if lookup.failed && !lookup.unknown => self.all.failed += 1,
            None => self.all.unknown += 1,
        }
    }

    fn finish(mut self) -> (Lookups, bool) {
        self.delays.sort_unstable();
        self.all.delay = self.delays.get(self.delays.len() / 2).copied().unwrap_or_default();
        (self.all, self.several)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PairerConfig;
    use crate::test_packets::{At, Made, dns, read};

    fn ask(server: &str, port: u16, id: u16, name: &str) -> Made {
        dns("10.0.0.1", port, server, 53, id, name, None)
    }

    fn answer(server: &str, port: u16, id: u16, name: &str) -> Made {
        dns(server, 53, "10.0.0.1", port, id, name, Some(0))
    }

    /// Each second a lookup; the first server is silent for every third, and the client asks the next one 5 s later.
    #[test]
    fn a_lookup_that_the_second_server_answers_is_late_and_has_not_failed() {
        let mut packets = Vec::new();
        for number in 0..30_u16 {
            let (at, name) = (i64::from(number) * 1_000, format!("h{number}.test"));
            packets.push(At(at, 0, ask("10.9.0.5", 4000 + number, number, &name)));
            if number % 3 != 0 {
                packets.push(At(at + 1, 0, answer("10.9.0.5", 4000 + number, number, &name)));
                continue;
            }
            packets.push(At(at + 5_000, 0, ask("10.9.0.6", 5000 + number, number, &name)));
            packets.push(At(at + 5_001, 0, answer("10.9.0.6", 5000 + number, number, &name)));
        }
        packets.sort_by_key(|packet| packet.0);
        packets.push(At(120_000, 0, ask("10.9.0.5", 9, 9, "end.test")));
        let all = read(&packets, PairerConfig::default(), Vec::new());
        let found = all.lookups().expect("some took two requests");
        assert_eq!((found.all(), found.succeeded, found.delayed, found.failed), (31, 30, 10, 0));
        assert_eq!(found.delay, Span::from_milliseconds(5_001));
        assert_eq!(all.totals().outcomes.of(Outcome::Unanswered), 10);
    }

    #[test]
    fn a_name_that_is_asked_for_again_after_its_answer_is_another_lookup() {
        let mut packets = Vec::new();
        for number in 0..4_u16 {
            let at = i64::from(number) * 1_000;
            packets.push(At(at, 0, ask("10.9.0.5", 4000 + number, number, "a.test")));
            packets.push(At(at + 1, 0, answer("10.9.0.5", 4000 + number, number, "a.test")));
        }
        let all = read(&packets, PairerConfig::default(), Vec::new());
        // Nothing to say beyond the requests.
        assert_eq!(all.lookups(), None);
    }
}
