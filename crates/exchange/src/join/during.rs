//! A stretch of time: which requests count as evidence in a window.

use crate::leg::Leg;
use unanswered_wire::Time;

/// From when to when, the end not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct During {
    pub(crate) from: Time,
    pub(crate) to: Time,
}

impl During {
    /// All time.
    pub(crate) const ALWAYS: Self =
        Self { from: Time::from_nanoseconds(i64::MIN), to: Time::from_nanoseconds(i64::MAX) };

    pub(crate) fn contains(&self, time: Time) -> bool {
        self.from <= time && time < self.to
    }

    /// Whether the request was sent then, by the clock of its place.
    pub(super) fn has(&self, leg: &Leg) -> bool {
        self.contains(leg.time)
    }
}
