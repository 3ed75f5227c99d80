//! Rate limits of a server, per client address, in bounded memory.
//!
//! ntpd's `restrict limited` keeps a headway counter for each address in a list
//! of the most recently used ones (its ntp_monitor.c): a request costs the average
//! interval, time pays it off, and above eight intervals nothing is served.
//! chrony's `ratelimit` keeps a bucket of tokens and lets one of four requests
//! above the rate through, so that a spoofer cannot silence a client.
//!
//! Behind a masquerade all clients are one address here, as they are for the
//! real servers. Simplified: the oldest address makes room at 600 (ntpd keeps
//! young ones and may not count a newcomer), and chrony's leak is every fourth
//! request instead of a random one in four.

use std::net::IpAddr;

use rustc_hash::FxHashMap;
use unanswered_wire::{Span, Time};

use crate::profile::Limiting;

/// Addresses remembered (ntpd `mru mindepth`, 600).
pub const REMEMBERED: usize = 600;
/// ntpd takes two seconds off the cost of a served request as grace (ntp_monitor.c).
const HEADWAY_GRACE: i64 = 2;
/// chrony answers one in 2^2 requests above the rate (chrony.conf(5), `ratelimit leak`).
const LEAK: u32 = 4;
const NOBODY: u32 = u32::MAX;

/// A server's rate limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Average interval between requests: log2 seconds (ntpd `discard average`, chrony `interval`; both 3).
    pub average: u8,
    /// Minimum interval between two requests (ntpd `discard minimum`, 2 s; chrony has none).
    pub minimum: Span,
    /// Requests that may arrive at once after a quiet time (8 in both).
    pub burst: u8,
    /// Whether a kiss is sent, at most one per average interval, instead of silence.
    pub kod: bool,
}

impl Default for Limit {
    /// `restrict limited kod` with ntpd's defaults.
    fn default() -> Self {
        Self { average: 3, minimum: Span::from_seconds(2), burst: 8, kod: true }
    }
}

/// What to do with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Answer it.
    Serve,
    /// Answer with a kiss.
    Kiss,
    /// Do not answer.
    Drop,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    address: IpAddr,
    last: Time,
    /// ntpd: headway in seconds. chrony: tokens, in nanoseconds of refill.
    level: i64,
    dropped: u32,
    newer: u32,
    older: u32,
}

/// The state of all remembered addresses.
#[derive(Clone, Debug)]
pub(crate) struct Limiter {
    limit: Limit,
    headway: bool,
    entries: Vec<Entry>,
    places: FxHashMap<IpAddr, u32>,
    newest: u32,
    oldest: u32,
}

impl Limiter {
    /// A limiter that remembers nobody; none if the program has no limits.
    pub(crate) fn new(limit: Limit, limiting: Limiting) -> Option<Self> {
        if limiting == Limiting::Never {
            return None;
        }
        Some(Self {
            limit,
            headway: limiting == Limiting::Headway,
            entries: Vec::with_capacity(REMEMBERED),
            places: FxHashMap::with_capacity_and_hasher(REMEMBERED, rustc_hash::FxBuildHasher),
            newest: NOBODY,
            oldest: NOBODY,
        })
    }

    /// Counts a request.
    pub(crate) fn handle_request(&mut self, now: Time, from: IpAddr) -> Verdict {
        let Some(&place) = self.places.get(&from) else {
            self.remember(now, from);
            return Verdict::Serve;
        };
        self.unlink(place);
        self.link_newest(place);
        let (limit, headway) = (self.limit, self.headway);
        let entry = &mut self.entries[place as usize];
        if headway { entry.judge_headway(now, &limit) } else { entry.judge_tokens(now, &limit) }
    }

    fn remember(&mut self, now: Time, address: IpAddr) {
        let level = if self.headway { 0 } else { full(&self.limit) - token(&self.limit) };
        let entry = Entry { address, last: now, level, dropped: 0, newer: NOBODY, older: NOBODY };
        let place = if self.entries.len() < REMEMBERED {
            self.entries.push(entry);
            u32::try_from(self.entries.len() - 1).expect("600 entries fit")
        } else {
            let place = self.oldest;
            self.unlink(place);
            self.places.remove(&self.entries[place as usize].address);
            self.entries[place as usize] = entry;
            place
        };
        self.places.insert(address, place);
        self.link_newest(place);
    }

    fn unlink(&mut self, place: u32) {
        let Entry { newer, older, .. } = self.entries[place as usize];
        match self.entries.get_mut(newer as usize) {
            Some(entry) => entry.older = older,
            None => self.newest = older,
        }
        match self.entries.get_mut(older as usize) {
            Some(entry) => entry.newer = newer,
            None => self.oldest = newer,
        }
    }

    fn link_newest(&mut self, place: u32) {
        let older = self.newest;
        let entry = &mut self.entries[place as usize];
        entry.newer = NOBODY;
        entry.older = older;
        match self.entries.get_mut(older as usize) {
            Some(entry) => entry.newer = place,
            None => self.oldest = place,
        }
        self.newest = place;
    }
}

impl Entry {
    fn judge_headway(&mut self, now: Time, limit: &Limit) -> Verdict {
        // ntpd counts whole seconds; `now` here is already aligned to its seconds.
        let interval = (now - self.last).nanoseconds().div_euclid(1_000_000_000);
        self.last = now;
        self.level = (self.level - interval).max(0);
        let cost = 1_i64 << limit.average.min(17);
        let threshold = i64::from(limit.burst) * cost;
        // One second of grace for the minimum, because only whole seconds are counted.
        let spaced = Span::from_seconds(interval + 1) >= limit.minimum;
        if spaced && self.level + cost < threshold {
            self.level += cost - HEADWAY_GRACE;
            return Verdict::Serve;
        }
        if self.level >= threshold {
            return Verdict::Drop;
        }
        self.level = threshold + cost;
        if limit.kod { Verdict::Kiss } else { Verdict::Drop }
    }

    fn judge_tokens(&mut self, now: Time, limit: &Limit) -> Verdict {
        let gained = (now - self.last).nanoseconds().max(0);
        self.last = now;
        self.level = self.level.saturating_add(gained).min(full(limit));
        if self.level >= token(limit) {
            self.level -= token(limit);
            return Verdict::Serve;
        }
        self.dropped = self.dropped.wrapping_add(1);
        if self.dropped.is_multiple_of(LEAK) { Verdict::Serve } else { Verdict::Drop }
    }
}

/// The nanoseconds that one token takes to come back.
fn token(limit: &Limit) -> i64 {
    1_000_000_000_i64 << limit.average.min(17)
}

/// A full bucket.
fn full(limit: &Limit) -> i64 {
    token(limit) * i64::from(limit.burst.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn at(seconds: i64) -> Time {
        Time::from_nanoseconds(seconds * 1_000_000_000)
    }

    fn client(number: u32) -> IpAddr {
        IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + number))
    }

    #[test]
    fn a_client_a_second_gets_what_the_real_ntpd_gave_it() {
        // captures/ratelimit: 600 polls, one a second, against ntpd 4.2.7p274 with
        // `restrict limited kod`: 13 answers, then 66 kisses 9 s apart, 521 silences.
        let mut limiter = Limiter::new(Limit::default(), Limiting::Headway).unwrap();
        let verdicts: Vec<_> = (0..600).map(|second| limiter.handle_request(at(second), client(1))).collect();
        let count = |wanted| verdicts.iter().filter(|&&verdict| verdict == wanted).count();
        assert_eq!((count(Verdict::Serve), count(Verdict::Kiss), count(Verdict::Drop)), (13, 66, 521));
        assert!(verdicts[..13].iter().all(|&verdict| verdict == Verdict::Serve));
        assert_eq!((verdicts[13], verdicts[22]), (Verdict::Kiss, Verdict::Kiss));
    }

    #[test]
    fn a_client_every_16_seconds_is_never_limited() {
        for limiting in [Limiting::Headway, Limiting::Tokens] {
            let mut limiter = Limiter::new(Limit::default(), limiting).unwrap();
            for poll in 0..1000 {
                assert_eq!(limiter.handle_request(at(poll * 16), client(1)), Verdict::Serve);
            }
        }
    }

    #[test]
    fn chrony_serves_its_burst_then_the_rate_and_the_leak() {
        let mut limiter = Limiter::new(Limit::default(), Limiting::Tokens).unwrap();
        let served = (0..800)
            .filter(|&second| limiter.handle_request(at(second), client(1)) == Verdict::Serve)
            .count();
        // 8 at once, 100 tokens in 800 s less the first, and a quarter of the rest.
        assert!((8 + 99 + 172..=8 + 100 + 174).contains(&served), "{served}");
    }

    #[test]
    fn memory_stays_bounded_and_the_oldest_address_is_forgotten() {
        let mut limiter = Limiter::new(Limit::default(), Limiting::Headway).unwrap();
        for second in 0..20 {
            limiter.handle_request(at(second), client(0));
        }
        assert_ne!(limiter.handle_request(at(20), client(0)), Verdict::Serve);
        for other in 1..=600 {
            limiter.handle_request(at(21), client(other));
        }
        assert_eq!(limiter.entries.len(), REMEMBERED);
        assert_eq!(limiter.places.len(), REMEMBERED);
        assert_eq!(limiter.handle_request(at(22), client(0)), Verdict::Serve);
    }
}
