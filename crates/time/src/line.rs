//! The project's one time line: integer nanoseconds since the Unix epoch.
//!
//! The only clock of a capture analyser is the packets', so these types are
//! made from bytes in a file and never from the machine. Sums and differences that 64 bits cannot hold
//! (292 years from 1970, or between two moments) stay at the limit: bad input is data, not a panic.

use std::ops::{Add, Sub};

/// A moment: nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

/// A length of time in nanoseconds; negative when a clock stepped back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(i64);

impl Time {
    /// The moment `nanoseconds` after the epoch.
    #[must_use]
    pub const fn from_nanoseconds(nanoseconds: i64) -> Self {
        Self(nanoseconds)
    }

    /// Nanoseconds since the epoch.
    #[must_use]
    pub const fn nanoseconds(self) -> i64 {
        self.0
    }

    /// Seconds since the epoch, as the JSON output and tables carry them.
    #[must_use]
    pub fn seconds(self) -> f64 {
        // Split so that the whole seconds stay exact.
        let whole = self.0.div_euclid(1_000_000_000);
        let rest = self.0.rem_euclid(1_000_000_000);
        whole as f64 + rest as f64 / 1e9
    }
}

impl Span {
    /// A span of whole nanoseconds.
    #[must_use]
    pub const fn from_nanoseconds(nanoseconds: i64) -> Self {
        Self(nanoseconds)
    }

    /// A span of whole milliseconds; beyond 292 years it stays at the limit.
    #[must_use]
    pub const fn from_milliseconds(milliseconds: i64) -> Self {
        Self(milliseconds.saturating_mul(1_000_000))
    }

    /// A span of whole seconds; beyond 292 years it stays at the limit.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000_000))
    }

    /// Nanoseconds.
    #[must_use]
    pub const fn nanoseconds(self) -> i64 {
        self.0
    }

    /// Seconds.
    #[must_use]
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1e9
    }
}

impl Sub for Time {
    type Output = Span;
    fn sub(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Span> for Time {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for Time {
    type Output = Self;
    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_before_the_epoch_stay_in_order() {
        assert!((Time::from_nanoseconds(-1_500_000_000).seconds() + 1.5).abs() < 1e-12);
        assert_eq!(Time::from_nanoseconds(5) - Time::from_nanoseconds(9), Span::from_nanoseconds(-4));
    }

    #[test]
    fn what_64_bits_cannot_hold_stays_at_the_limit() {
        let (first, last) = (Time::from_nanoseconds(i64::MIN), Time::from_nanoseconds(i64::MAX));
        assert_eq!(last - first, Span::from_nanoseconds(i64::MAX));
        assert_eq!(first - Span::from_nanoseconds(1), first);
        assert_eq!(last + Span::from_seconds(i64::MAX), last);
        assert_eq!(Span::from_milliseconds(i64::MIN), Span::from_nanoseconds(i64::MIN));
    }
}
