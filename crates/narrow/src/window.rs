//! From what somebody typed to what is asked about each frame.

use crate::CaptureFilter;
use unanswered_time::dates::{self, Moment};
use unanswered_wire::{Packet, Time};

/// Which frames are wanted, as typed; all of them by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrowing {
    /// Frames from this moment on.
    pub since: Option<Moment>,
    /// Frames before this moment.
    pub until: Option<Moment>,
    /// Frames that this filter matches.
    pub only: Option<CaptureFilter>,
}

/// The end of the window is not after its beginning, so that no frame can be wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing lies between {} and {}", dates::precise(*since), dates::precise(*until))]
pub struct Backwards {
    /// Where the window begins.
    pub since: Time,
    /// Where it ends.
    pub until: Time,
}

impl Narrowing {
    /// What is wanted of captures whose first frame was captured at `first`.
    ///
    /// # Errors
    /// When the window would end before it begins.
    pub fn from(&self, first: Time) -> Result<Narrowed, Backwards> {
        let fixed = |moment: Option<Moment>| moment.map(|moment| moment.after(first));
        let (since, until) = (fixed(self.since), fixed(self.until));
        if let (Some(since), Some(until)) = (since, until)
            && until <= since
        {
            return Err(Backwards { since, until });
        }
        Ok(Narrowed { since, until, only: self.only.clone() })
    }

    /// Whether it can be known without a frame that the window ends before it begins.
    ///
    /// # Errors
    /// When it does; the moments are then fixed ones.
    pub fn check(&self) -> Result<(), Backwards> {
        match (self.since, self.until) {
            (Some(Moment::At(first)), Some(Moment::At(_))) => self.from(first).map(|_| ()),
            _ => Ok(()),
        }
    }
}

/// Which frames of certain captures are wanted: moments are fixed. All are by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrowed {
    /// The earliest time of a frame that is wanted.
    pub since: Option<Time>,
    /// The earliest time of a frame that is no longer wanted.
    pub until: Option<Time>,
    /// What frames must match.
    pub only: Option<CaptureFilter>,
}

impl Narrowed {
    /// Whether everything is wanted.
    #[must_use]
    pub const fn is_everything(&self) -> bool {
        self.since.is_none() && self.until.is_none() && self.only.is_none()
    }

    /// Whether a frame captured then is wanted, as far as its time goes.
    #[inline]
    #[must_use]
    pub fn is_within(&self, time: Time) -> bool {
        self.since.is_none_or(|since| since <= time) && self.until.is_none_or(|until| time < until)
    }

    /// The moment in the window that is nearest: a place that captured a frame then was capturing at that moment too.
    #[must_use]
    pub fn nearest(&self, time: Time) -> Time {
        let time = self.since.map_or(time, |since| since.max(time));
        self.until.map_or(time, |until| until.min(time))
    }

    /// Whether a frame is wanted, as far as its content goes; `None` is a frame that could not be decoded.
    #[inline]
    #[must_use]
    pub fn wants(&self, packet: Option<&Packet<'_>>) -> bool {
        match &self.only {
            None => true,
            // What is not understood is not known to match. `not arp` does not choose it either.
            Some(only) => packet.is_some_and(|packet| only.matches(packet)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unanswered_time::Span;

    const FIRST: Time = Time::from_nanoseconds(1_795_890_785_000_000_000);

    fn narrowing(since: &str, until: &str) -> Narrowing {
        let read = |text: &str| (!text.is_empty()).then(|| dates::moment(text).unwrap());
        Narrowing { since: read(since), until: read(until), only: None }
    }

    #[test]
    fn a_window_has_its_first_moment_and_not_its_last() {
        let window = narrowing("+1s", "+2s").from(FIRST).unwrap();
        let after = |milliseconds| FIRST + Span::from_milliseconds(milliseconds);
        let within: Vec<bool> = [0, 999, 1000, 1999, 2000].map(|ms| window.is_within(after(ms))).to_vec();
        assert_eq!(within, [false, false, true, true, false]);
        assert_eq!(
            [0, 1500, 3000].map(|ms| window.nearest(after(ms))),
            [after(1000), after(1500), after(2000)]
        );
        assert!(!window.is_everything());
    }

    #[test]
    fn without_bounds_everything_is_wanted() {
        let window = Narrowing::default().from(FIRST).unwrap();
        assert!(window.is_everything() && window.wants(None));
        assert!(
            window.is_within(Time::from_nanoseconds(i64::MIN))
                && window.is_within(Time::from_nanoseconds(i64::MAX))
        );
    }

    #[test]
    fn a_window_that_ends_before_it_begins_is_refused_as_soon_as_that_is_known() {
        assert!(narrowing("2026-11-28 10:00", "2026-11-28 09:00").check().is_err());
        assert!(narrowing("2026-11-28 10:00", "2026-11-28 10:00").check().is_err());
        let mixed = narrowing("+1h", "2026-11-28 18:40");
        assert_eq!(mixed.check(), Ok(()));
        let error = mixed.from(FIRST).unwrap_err();
        assert_eq!(
            error.to_string(),
            "nothing lies between 2026-11-28 19:33:05.000000 UTC and 2026-11-28 18:40:00.000000 UTC"
        );
        assert!(narrowing("+1h", "+2h").from(FIRST).is_ok());
    }
}
