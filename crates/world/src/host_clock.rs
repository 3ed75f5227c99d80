//! A host's clock: an oscillator with a frequency error that wanders, and what NTP does about it.
//!
//! The clock shows `true time + offset`; the offset grows by the oscillator's error plus the
//! correction that was set. The wander is a random walk of the frequency in steps of an hour, made
//! when the clock is next read.

use crate::streams::Stream;
use unanswered_scenario::model::Oscillator;
use unanswered_wire::{Span, Time};

/// How often the frequency changes.
const WANDER_EVERY: Span = Span::from_seconds(3600);

/// The clock of one host.
#[derive(Clone, Debug)]
pub struct HostClock {
    /// True time up to which `offset` holds.
    at: Time,
    /// Nanoseconds ahead of true time.
    offset_ns: f64,
    /// Error of the oscillator.
    frequency_ppm: f64,
    /// What the discipline adds.
    correction_ppm: f64,
    wander_ppm: f64,
    next_wander: Time,
    stream: Stream,
}

impl HostClock {
    /// The clock of the host `name`, not disciplined.
    #[must_use]
    pub fn new(model: &Oscillator, seed: u64, name: &str, start: Time) -> Self {
        let mut stream = Stream::new(seed, &["clock", name]);
        let offset_ns = (2.0 * stream.unit() - 1.0) * model.offset.nanoseconds() as f64;
        let frequency_ppm = stream.normal(0.0, model.frequency_ppm);
        Self {
            at: start,
            offset_ns,
            frequency_ppm,
            correction_ppm: 0.0,
            wander_ppm: model.wander_ppm,
            next_wander: start + WANDER_EVERY,
            stream,
        }
    }

    /// What the clock shows at a true time, which must not go back.
    #[inline]
    pub fn read(&mut self, now: Time) -> Time {
        while self.next_wander <= now {
            self.advance(self.next_wander);
            if self.wander_ppm > 0.0 {
                self.frequency_ppm = self.stream.normal(self.frequency_ppm, self.wander_ppm);
            }
            self.next_wander = self.next_wander + WANDER_EVERY;
        }
        self.advance(now);
        now + rounded(self.offset_ns)
    }

    /// Sets the correction of the frequency, from now on.
    pub fn set_correction(&mut self, now: Time, ppm: f64) {
        self.read(now);
        self.correction_ppm = ppm;
    }

    /// Steps the clock forward (or back).
    pub fn step(&mut self, now: Time, by: Span) {
        self.read(now);
        self.offset_ns += by.nanoseconds() as f64;
    }

    fn advance(&mut self, to: Time) {
        let passed = (to - self.at).nanoseconds() as f64;
        if passed > 0.0 {
            self.offset_ns += passed * (self.frequency_ppm + self.correction_ppm) * 1e-6;
            self.at = to;
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "saturates; offsets are far below 292 years")]
fn rounded(nanoseconds: f64) -> Span {
    Span::from_nanoseconds(nanoseconds as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_drifts_by_its_frequency_and_steps() {
        let model = Oscillator { offset: Span::default(), frequency_ppm: 10.0, wander_ppm: 0.0 };
        let start = Time::from_nanoseconds(0);
        let mut clock = HostClock::new(&model, 1, "h", start);
        let hour = start + Span::from_seconds(3600);
        let drift = clock.read(hour) - hour;
        let twice = start + Span::from_seconds(7200);
        let rest = (clock.read(twice) - twice).nanoseconds() - 2 * drift.nanoseconds();
        assert!(drift.nanoseconds() != 0 && rest.abs() <= 1, "{drift:?} {rest}");
        clock.step(twice, Span::from_seconds(3));
        assert!((clock.read(twice) - twice).seconds() > 2.9);
    }
}
