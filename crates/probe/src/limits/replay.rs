//! A limit replayed: what each hypothesis expects of the next request, after all those before it.
//!
//! A bucket has tokens; they flow in at a rate, up to its depth; a request that finds one takes it and passes, another is dropped. A
//! limit on what is open is a bucket into which nothing flows, and which is full again once all is closed. Where a request that should have
//! passed was lost, it is not known whether before the bucket (no token was taken) or behind it (one was): a hypothesis keeps both
//! cases with their weights.

use crate::chance::rates::{Chance, Counts};

/// What limits requests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    /// Nothing.
    None,
    /// A bucket. Whether those that are dropped take tokens too.
    Bucket {
        /// Tokens a second.
        rate: f64,
        /// Tokens that it holds at most.
        depth: f64,
        /// Whether requests that are dropped take a token as well, so that who keeps asking stays shut out.
        all_pay: bool,
    },
    /// So many can be open at once.
    Open {
        /// How many.
        limit: f64,
    },
}

/// One request as a limit sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    /// When, in seconds since the session began.
    pub(super) at: f64,
    /// Whether everything was closed just before it.
    pub(super) first: bool,
    /// Whether it was answered.
    pub(super) passed: bool,
}

/// Cases with less weight than this are forgotten.
const FORGOTTEN: f64 = 1e-4;
/// Whether a token is left is not certain so near to one: rates of a grid are not exact, nor are times, and devices refill in steps.
const BLUR: f64 = 0.12;
/// An answer that the limit should have dropped: it was counted a little differently there (clocks, rounding).
const UNEXPECTED: f64 = 1e-3;

/// A hypothesis with its state.
#[derive(Clone, Debug)]
pub(super) struct Replay {
    pub(super) kind: Kind,
    /// Probability that a request is lost on the way, one direction.
    lost: f64,
    /// Tokens that may be left, with their probabilities.
    cases: Vec<(f64, f64)>,
    last: f64,
    /// Logarithm of prior times likelihood so far.
    pub(super) log: f64,
}

impl Replay {
    /// `background` is the probability that a request without any limit fails.
    pub(super) fn new(kind: Kind, background: Chance, log_prior: f64) -> Self {
        let full = match kind {
            Kind::None => 0.0,
            Kind::Bucket { depth, .. } => depth,
            Kind::Open { limit } => limit,
        };
        let lost = 1.0 - libm::sqrt(1.0 - background.fails);
        Self { kind, lost, cases: vec![(full, 1.0)], last: 0.0, log: log_prior }
    }

    /// Takes one request. `next` is room to work in, kept by the caller so that thousands of hypotheses allocate nothing.
    pub(super) fn note(&mut self, seen: Seen, next: &mut Vec<(f64, f64)>) {
        let (rate, depth, all_pay) = match self.kind {
            Kind::None => {
                let chance = Chance::new(1.0 - (1.0 - self.lost) * (1.0 - self.lost));
                let mut counts = Counts::default();
                counts.add(seen.passed);
                self.log += counts.log_likelihood(chance);
                return;
            }
            Kind::Bucket { rate, depth, all_pay } => (rate, depth, all_pay),
            Kind::Open { limit } => (0.0, limit, false),
        };
        if seen.first && matches!(self.kind, Kind::Open { .. }) {
            self.cases.clear();
            self.cases.push((depth, 1.0));
        }
        let flown = rate * (seen.at - self.last).max(0.0);
        self.last = seen.at;
        let (lost, arrives) = (self.lost, 1.0 - self.lost);
        next.clear();
        for (tokens, weight) in &self.cases {
            let tokens = (tokens + flown).min(depth);
            let has = weight * ((tokens - (1.0 - BLUR)) / BLUR).clamp(0.0, 1.0);
            let empty = weight - has;
            if seen.passed {
                next.push((tokens - 1.0, has * arrives * arrives));
                next.push((tokens, empty * UNEXPECTED));
            } else {
                let left = if all_pay { (tokens - 1.0).max(-depth) } else { tokens };
                next.push((tokens, has * lost));
                next.push((tokens - 1.0, has * arrives * lost));
                next.push((left, empty * (1.0 - UNEXPECTED)));
            }
        }
        let sum: f64 = next.iter().map(|(_, weight)| weight).sum();
        self.log += libm::log(sum.max(1e-300));
        self.cases.clear();
        next.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (tokens, weight) in next.iter().copied() {
            let weight = weight / sum.max(1e-300);
            match self.cases.last_mut() {
                Some(last) if tokens - last.0 < 1e-6 => last.1 += weight,
                Some(_) | None if weight > FORGOTTEN => self.cases.push((tokens, weight)),
                Some(_) | None => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replayed(kind: Kind, seen: &[(f64, bool)]) -> f64 {
        let mut replay = Replay::new(kind, Chance::new(0.01), 0.0);
        let mut room = Vec::new();
        for (index, (at, passed)) in seen.iter().enumerate() {
            replay.note(Seen { at: *at, first: index == 0, passed: *passed }, &mut room);
        }
        replay.log
    }

    #[test]
    fn a_bucket_explains_a_burst_and_the_refill_and_a_limit_on_what_is_open_does_not() {
        // Three pass at once, the fourth does not; two seconds later there are two tokens again.
        let seen =
            [(0.0, true), (0.0, true), (0.0, true), (0.0, false), (2.0, true), (2.0, true), (2.0, false)];
        let bucket = replayed(Kind::Bucket { rate: 1.0, depth: 3.0, all_pay: false }, &seen);
        let open = replayed(Kind::Open { limit: 3.0 }, &seen);
        let none = replayed(Kind::None, &seen);
        assert!(bucket > -0.5, "{bucket}");
        assert!(bucket > open + 10.0 && bucket > none + 8.0, "{bucket} {open} {none}");
    }

    #[test]
    fn a_request_that_was_lost_may_have_taken_a_token_or_not() {
        let bucket = Kind::Bucket { rate: 0.0, depth: 3.0, all_pay: false };
        for after in [[true, true, false], [true, false, false]] {
            let seen: Vec<(f64, bool)> =
                [true, false].into_iter().chain(after).map(|passed| (0.0, passed)).collect();
            // One loss at half a per cent in one direction: ln 200 = 5.3 nats.
            assert!((-6.0..-4.5).contains(&replayed(bucket, &seen)), "{}", replayed(bucket, &seen));
        }
    }

    #[test]
    fn where_all_pay_who_keeps_asking_stays_shut_out() {
        let seen = [(0.0, true), (0.0, false), (1.0, false), (2.0, false), (3.0, false)];
        let paying = |all_pay| replayed(Kind::Bucket { rate: 1.0, depth: 1.0, all_pay }, &seen);
        assert!(paying(true) > paying(false) + 8.0);
    }
}
