//! An alarm as products have it: "NTP Upstream Server Failure".
//!
//! One per upstream. It is raised when the upstream has not answered for
//! *more* than the threshold, and cleared by the next answer. The owner reports
//! answers and the passing of time; the alarm says when it wants to be checked.

use unanswered_wire::{Span, Time};

/// How long such a product waits (scenarios/story.toml).
pub const PRODUCT_THRESHOLD: Span = Span::from_seconds(1800);

/// Watches one upstream for silence.
#[derive(Clone, Debug)]
pub struct UpstreamAlarm {
    threshold: Span,
    last_answer: Time,
    raised: Option<Time>,
}

/// The alarm was raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raised {
    /// How long there had been no answer.
    pub silent_for: Span,
}

/// The alarm was cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cleared {
    /// How long it had been up.
    pub raised_for: Span,
}

impl UpstreamAlarm {
    /// An alarm that begins to count at `now`, as if there had been an answer.
    #[must_use]
    pub const fn new(threshold: Span, now: Time) -> Self {
        Self { threshold, last_answer: now, raised: None }
    }

    /// An answer arrived; clears the alarm if it was raised.
    pub fn handle_answer(&mut self, now: Time) -> Option<Cleared> {
        self.last_answer = now;
        self.raised.take().map(|since| Cleared { raised_for: now - since })
    }

    /// The first moment at which the silence is longer than the threshold; none while raised.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Time> {
        match self.raised {
            Some(_) => None,
            None => Some(self.last_answer + self.threshold + Span::from_nanoseconds(1)),
        }
    }

    /// Time has passed; raises the alarm if the silence is longer than the threshold.
    /// Early or repeated calls do nothing.
    pub fn handle_timeout(&mut self, now: Time) -> Option<Raised> {
        let silent_for = now - self.last_answer;
        if self.raised.is_some() || silent_for <= self.threshold {
            return None;
        }
        self.raised = Some(now);
        Some(Raised { silent_for })
    }

    /// Whether the alarm is raised.
    #[must_use]
    pub const fn is_raised(&self) -> bool {
        self.raised.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Time {
        Time::from_nanoseconds(seconds * 1_000_000_000)
    }

    #[test]
    fn the_alarm_is_raised_only_after_more_than_1800_seconds() {
        let mut alarm = UpstreamAlarm::new(PRODUCT_THRESHOLD, at(0));
        assert_eq!(alarm.handle_timeout(at(1800)), None);
        let due = alarm.poll_timeout().unwrap();
        assert_eq!(due, at(1800) + Span::from_nanoseconds(1));
        assert_eq!(alarm.handle_timeout(due), Some(Raised { silent_for: due - at(0) }));
        assert_eq!((alarm.handle_timeout(at(9000)), alarm.poll_timeout()), (None, None));
    }

    #[test]
    fn three_unanswered_polls_of_eight_never_raise_it() {
        let mut alarm = UpstreamAlarm::new(PRODUCT_THRESHOLD, at(0));
        for poll in 1..200_i64 {
            let now = at(poll * 256);
            assert_eq!(alarm.handle_timeout(now), None);
            if poll % 8 > 2 {
                alarm.handle_answer(now);
            }
        }
    }

    #[test]
    fn an_answer_clears_it_and_the_count_begins_anew() {
        let mut alarm = UpstreamAlarm::new(PRODUCT_THRESHOLD, at(0));
        assert!(alarm.handle_timeout(at(2000)).is_some());
        assert_eq!(alarm.handle_answer(at(2600)), Some(Cleared { raised_for: Span::from_seconds(600) }));
        assert_eq!(alarm.handle_answer(at(2700)), None);
        assert_eq!(alarm.handle_timeout(at(4500)), None);
        assert!(!alarm.is_raised());
    }
}
