//! How fast to ask, how much, and when to stop because nobody wants to be asked.

use crate::outcome::{Outcome, Refusal};
use unanswered_time::Span;

/// What the caller allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manners {
    /// Shortest pause between two plans.
    pub pause: Span,
    /// All requests together, controls among them.
    pub budget: u32,
    /// After so many "you ask too often" the session stops.
    pub too_fast: u32,
    /// After so many other refusals with no answer between them the session stops. More than the failures after which a
    /// control is sent: where only some requests are refused, its answer comes between.
    pub refused: u32,
}

impl Default for Manners {
    /// Four requests a second and 200 in all.
    fn default() -> Self {
        Self { pause: Span::from_milliseconds(250), budget: 200, too_fast: 3, refused: 7 }
    }
}

/// The pause is never made longer than this many times the one that was asked for (judgement).
const SLOWEST: i64 = 32;

/// How the pace follows what comes back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    manners: Manners,
    factor: i64,
    too_fast: u32,
    refused: u32,
}

impl Pace {
    pub(crate) const fn new(manners: Manners) -> Self {
        Self { manners, factor: 1, too_fast: 0, refused: 0 }
    }

    /// "You ask too often" doubles the pause for good. Another refusal doubles it until something is answered.
    pub(crate) fn note(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Refused(Refusal::TooFast) => {
                self.too_fast += 1;
                self.slow_down();
            }
            Outcome::Refused(Refusal::Prohibited | Refusal::Closed) => {
                self.refused += 1;
                self.slow_down();
            }
            Outcome::Answered { .. } | Outcome::Late { .. } => {
                self.refused = 0;
                self.factor = 1_i64.checked_shl(self.too_fast).unwrap_or(SLOWEST).min(SLOWEST);
            }
            Outcome::Silent
            | Outcome::Elsewhere { .. }
            | Outcome::TimeExceeded { .. }
            | Outcome::Unreachable { .. }
            | Outcome::NotSent => {}
        }
    }

    fn slow_down(&mut self) {
        self.factor = (self.factor * 2).min(SLOWEST);
    }

    pub(crate) const fn turned_away(&self) -> bool {
        self.too_fast >= self.manners.too_fast || self.refused >= self.manners.refused
    }

    pub(crate) const fn pause(&self) -> Span {
        Span::from_nanoseconds(self.manners.pause.nanoseconds().saturating_mul(self.factor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWERED: Outcome = Outcome::Answered { after: Span::from_milliseconds(1) };

    #[test]
    fn a_kiss_of_death_slows_for_good_and_the_third_stops() {
        let mut pace = Pace::new(Manners::default());
        pace.note(Outcome::Refused(Refusal::TooFast));
        pace.note(ANSWERED);
        assert_eq!(pace.pause(), Span::from_milliseconds(500));
        pace.note(Outcome::Refused(Refusal::TooFast));
        assert_eq!(pace.pause(), Span::from_seconds(1));
        assert!(!pace.turned_away());
        pace.note(Outcome::Refused(Refusal::TooFast));
        assert!(pace.turned_away());
    }

    #[test]
    fn refusals_slow_until_an_answer_and_stop_only_in_a_row() {
        let mut pace = Pace::new(Manners::default());
        for _ in 0..10 {
            for _ in 0..6 {
                pace.note(Outcome::Refused(Refusal::Prohibited));
            }
            assert_eq!(pace.pause(), Span::from_seconds(8));
            pace.note(ANSWERED);
            assert_eq!(pace.pause(), Span::from_milliseconds(250));
        }
        assert!(!pace.turned_away());
        (0..7).for_each(|_| pace.note(Outcome::Refused(Refusal::Closed)));
        assert!(pace.turned_away());
    }
}
