//! What became of attempts that came after one without a reply: the trial of "chance or fate".

use crate::Tries;
use crate::search::score::{Tally, log_likelihood_ratio};

/// Attempts to reach the same service between the same machines, by what came before. An attempt is one transmission; it
/// failed when no reply to it is known before the next one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Repeats {
    /// First transmissions of requests.
    pub first: Tries,
    /// Attempts after a failed one in the same flow: transmissions of the same request, and the next request.
    pub same_flow: Tries,
    /// First transmissions after a request of the same client that failed in another flow.
    pub other_flow: Tries,
}

/// What repeats show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// What decides is the same for each attempt of a flow or of a question.
    Fate,
    /// Each attempt is decided anew.
    Chance,
}

/// Fewest repeats that show anything.
const REPEATS_MIN: u64 = 8;
/// Nats by which two rates must differ: the gate of findings, ln 100.
const APART: f64 = 4.6;
/// Nats up to which they are taken for equal.
const ALIKE: f64 = 2.0;
/// Fewest repeats that show that two rates are equal.
const ALIKE_MIN: u64 = 20;

impl Repeats {
    /// What repeats in the same flow are compared with: those in another flow, or first transmissions where there are too few.
    #[must_use]
    pub const fn compared_with(&self) -> Tries {
        if self.other_flow.requests >= REPEATS_MIN { self.other_flow } else { self.first }
    }

    /// What they show, if anything.
    pub(crate) fn shown(&self) -> Option<Shown> {
        let (same, others) = (self.same_flow, self.compared_with());
        if same.requests < REPEATS_MIN || others.requests < REPEATS_MIN {
            return None;
        }
        let nats = more_likely(same, others);
        // Nine in ten fail again; of the others at least half work.
        let fate =
            same.failed * 10 >= same.requests * 9 && others.failed * 2 <= others.requests && nats >= APART;
        let chance = same.requests >= ALIKE_MIN
            && same.failed * 2 <= same.requests
            && more_likely(same, self.first).abs() <= ALIKE;
        match (fate, chance) {
            (true, _) => Some(Shown::Fate),
            (false, true) => Some(Shown::Chance),
            (false, false) => None,
        }
    }
}

/// How much more likely two failing rates are than one, nats; negative when the first is the smaller.
fn more_likely(one: Tries, other: Tries) -> f64 {
    let count = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    let tally = |tries: Tries| Tally { n: count(tries.requests), f: count(tries.failed) };
    log_likelihood_ratio(tally(one), tally(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn tries(failed: u64, requests: u64) -> Tries {
        Tries { requests, failed }
    }

    #[test]
    fn what_fails_again_in_its_flow_and_works_in_others_is_fate() {
        let repeats =
            Repeats { first: tries(222, 866), same_flow: tries(430, 435), other_flow: tries(50, 200) };
        assert_eq!(repeats.shown(), Some(Shown::Fate));
        // Without new flows the first transmissions are what there is to compare with.
        assert_eq!(Repeats { other_flow: tries(0, 2), ..repeats }.shown(), Some(Shown::Fate));
        // Nothing works then: that is no matter of a flow.
        assert_eq!(Repeats { other_flow: tries(180, 200), ..repeats }.shown(), None);
    }

    #[test]
    fn what_fares_like_a_first_attempt_is_chance() {
        let repeats =
            Repeats { first: tries(170, 690), same_flow: tries(52, 210), other_flow: tries(30, 130) };
        assert_eq!(repeats.shown(), Some(Shown::Chance));
        // A part of the flows is dead, and some are lost besides.
        assert_eq!(Repeats { same_flow: tries(130, 210), ..repeats }.shown(), None);
    }

    #[test]
    fn a_handful_of_repeats_shows_nothing() {
        let repeats = Repeats { first: tries(20, 100), same_flow: tries(7, 7), other_flow: tries(0, 40) };
        assert_eq!(repeats.shown(), None);
    }
}
