//! The clock discipline (RFC 5905 section 11.3, appendix A.5.5.6): from offsets
//! to steps, frequencies and the poll interval.
//!
//! Each system offset goes in once; out come an [`Adjustment`] for the owner of
//! the clock and the poll exponent that the associations share.
//!
//! Simplified: no huff-n'-puff, no kernel loop, no panic threshold (a step is
//! taken however large), and the phase is corrected at a constant rate
//! instead of in exponentially smaller parts each second. That rate,
//! offset / (16 * 2^poll), is the first second's part; over one poll interval
//! it differs from the exponential by 3 %. It ends when the offset is used up.

use unanswered_wire::{Span, Time};

use crate::seconds::{MAXIMUM_POLL, between, poll_seconds, span};

/// Offsets above this are stepped, not slewed: seconds (RFC 5905 section 11.3, STEPT).
pub const STEP_THRESHOLD: f64 = 0.128;
/// Largest frequency correction: 500 ppm (RFC 5905 section 11.3, MAXFREQ).
const MAXIMUM_FREQUENCY: f64 = 500e-6;
/// Gain of the phase-locked loop (RFC 5905 section 11.3, PLL 65536 in its units; ntpd `CLOCK_PLL` 16).
const PHASE_GAIN: f64 = 16.0;
/// Gain of the frequency-locked loop (ntpd `CLOCK_FLL`).
const FREQUENCY_GAIN: f64 = 0.25;
/// Above this poll exponent the frequency-locked loop works too (ntpd `CLOCK_ALLAN`).
const ALLAN_EXPONENT: u8 = 11;
/// Weight of a new value in the jitter's average, as its inverse (RFC 5905 section 11.3, AVG).
const AVERAGE: f64 = 8.0;
/// Offsets below this many jitters let the interval grow (RFC 5905 section 11.3, PGATE).
const POLL_GATE: f64 = 4.0;
/// The jiggle counter's limit (RFC 5905 section 11.3, LIMIT).
const JIGGLE_LIMIT: i32 = 30;
/// Jitter is never less than the clock's precision.
const LEAST_JITTER: f64 = 1.0 / 16_777_216.0;

/// What the owner of the host's clock must do, in the order given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Adjustment {
    /// Add this to the clock at once.
    Step(Span),
    /// From this moment on, until the next `Frequency`, run the clock
    /// `ppm` parts per million faster than it would run with no correction at
    /// all (slower when negative). It replaces the rate given before; drift
    /// correction and slew are both in it. A `Step` does not change it.
    Frequency {
        /// Total correction of the rate.
        ppm: f64,
    },
}

/// Where the state machine is (RFC 5905 figure 24; ntpd's names in capitals).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// NSET: no frequency known, no update yet.
    Unset,
    /// FSET: frequency known from before, no update yet.
    FrequencySet,
    /// FREQ: measuring the frequency, until the stepout has passed.
    Measuring,
    /// SYNC: tracking.
    Tracking,
    /// SPIK: a large offset was seen; waiting to see whether it stays.
    Spike,
}

/// The loop's state.
#[derive(Clone, Debug)]
pub struct Discipline {
    adjusts: bool,
    stepout: f64,
    state: State,
    /// Frequency correction in use: seconds per second.
    frequency: f64,
    jitter: f64,
    last_offset: f64,
    /// When the loop's offset was set.
    epoch: Time,
    /// When the rate was last set.
    slewing_since: Time,
    /// Phase still to be corrected at that time: seconds.
    phase: f64,
    /// Rate at which it is corrected: seconds per second.
    slew: f64,
    poll: u8,
    jiggle: i32,
    last_step: Option<Time>,
}

/// What an update did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Update {
    /// The offset was ignored.
    Ignored,
    /// The clock's rate is this from now on: ppm. Equal to the old one if the loop does not adjust.
    Slewed {
        /// Total correction of the rate.
        ppm: f64,
    },
    /// The clock was stepped; all earlier samples are worthless.
    Stepped {
        /// Added to the clock.
        by: Span,
        /// Total correction of the rate.
        ppm: f64,
    },
}

impl Discipline {
    /// A loop that knows nothing. Without `adjusts` it only finds the poll interval:
    /// offsets of any size go into the jitter and the jiggle counter, and nothing else happens.
    #[must_use]
    pub fn new(adjusts: bool, stepout: Span, poll: u8, now: Time) -> Self {
        Self {
            adjusts,
            stepout: stepout.seconds(),
            state: State::Unset,
            frequency: 0.0,
            jitter: LEAST_JITTER,
            last_offset: 0.0,
            epoch: now,
            slewing_since: now,
            phase: 0.0,
            slew: 0.0,
            poll,
            jiggle: 0,
            last_step: None,
        }
    }

    /// Sets the frequency correction, as ntpd does from its drift file: ppm.
    pub fn set_frequency(&mut self, ppm: f64) {
        self.frequency = (ppm / 1e6).clamp(-MAXIMUM_FREQUENCY, MAXIMUM_FREQUENCY);
        self.state = State::FrequencySet;
    }

    /// The poll exponent found: log2 seconds.
    #[must_use]
    pub const fn poll(&self) -> u8 {
        self.poll
    }

    /// Where the state machine is.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// The frequency correction without any slew: ppm.
    #[must_use]
    pub fn frequency_ppm(&self) -> f64 {
        self.frequency * 1e6
    }

    /// Exponentially averaged differences of offsets: seconds.
    #[must_use]
    pub const fn jitter(&self) -> f64 {
        self.jitter
    }

    /// When the slew has used up its offset; none when it has none.
    #[must_use]
    pub fn slew_ends(&self) -> Option<Time> {
        // A rate of zero is set as such, so the comparison is exact on purpose.
        if self.slew.to_bits() << 1 == 0 {
            None
        } else {
            Some(self.slewing_since + span(self.phase / self.slew))
        }
    }

    /// The slew has ended: the rate from now on, in ppm.
    pub fn end_slew(&mut self, now: Time) -> f64 {
        self.begin_slew(now, 0.0)
    }

    /// Brings the poll exponent between the system peer's limits.
    pub fn clamp_poll(&mut self, minimum: u8, maximum: u8) {
        self.poll = self.poll.min(maximum).max(minimum).min(MAXIMUM_POLL);
    }

    /// Takes the combined offset of the survivors: seconds.
    pub fn handle_offset(&mut self, now: Time, offset: f64, minimum: u8, maximum: u8) -> Update {
        self.clamp_poll(minimum, maximum);
        if !self.adjusts {
            self.average_jitter(offset);
            self.last_offset = offset;
            self.phase = offset;
            self.state = State::Tracking;
            self.jiggle_poll(offset, minimum, maximum);
            return Update::Ignored;
        }
        let elapsed = between(self.epoch, now);
        let update = if libm::fabs(offset) > STEP_THRESHOLD {
            self.on_large(now, offset, elapsed)
        } else {
            self.on_small(now, offset, elapsed)
        };
        if matches!(update, Update::Slewed { .. }) {
            self.jiggle_poll(self.phase, minimum, maximum);
        }
        update
    }

    fn on_large(&mut self, now: Time, offset: f64, elapsed: f64) -> Update {
        match self.state {
            State::Tracking => {
                self.state = State::Spike;
                return Update::Ignored;
            }
            State::Measuring | State::Spike if elapsed < self.stepout => return Update::Ignored,
            State::Measuring => self.frequency = self.measured(now, offset, elapsed),
            State::Spike | State::Unset | State::FrequencySet => {}
        }
        self.jiggle = 0;
        self.jitter = LEAST_JITTER;
        let recently = self.last_step.is_some_and(|step| between(step, now) < 2.0 * self.stepout);
        let next = if self.state == State::Unset || recently { State::Measuring } else { State::Tracking };
        self.last_step = Some(now);
        self.state = next;
        self.last_offset = 0.0;
        self.epoch = now;
        let ppm = self.begin_slew(now, 0.0);
        Update::Stepped { by: span(offset), ppm }
    }

    fn on_small(&mut self, now: Time, offset: f64, elapsed: f64) -> Update {
        self.average_jitter(offset);
        match self.state {
            State::Unset => self.enter(State::Measuring, now, offset),
            State::FrequencySet => self.enter(State::Tracking, now, offset),
            State::Measuring if elapsed < self.stepout => Update::Ignored,
            State::Measuring => {
                self.frequency = self.measured(now, offset, elapsed);
                self.enter(State::Tracking, now, 0.0)
            }
            State::Tracking | State::Spike => {
                self.frequency = clamped(self.frequency + self.correction(now, offset, elapsed));
                self.enter(State::Tracking, now, offset)
            }
        }
    }

    /// The change of frequency by both loops (ntpd's `local_clock`, RFC 5905 appendix A.5.5.6).
    fn correction(&self, now: Time, offset: f64, elapsed: f64) -> f64 {
        let interval = poll_seconds(self.poll) as f64;
        let allan = poll_seconds(ALLAN_EXPONENT) as f64;
        let gain = 4.0 * PHASE_GAIN * interval;
        let phase = offset * elapsed.min(allan) / (gain * gain);
        if self.poll < ALLAN_EXPONENT {
            return phase;
        }
        phase + (offset - self.remaining(now)) / interval.max(elapsed) * FREQUENCY_GAIN
    }

    /// The frequency seen since the loop's epoch, with what the slew did taken out.
    fn measured(&self, now: Time, offset: f64, elapsed: f64) -> f64 {
        clamped((offset - self.remaining(now)) / elapsed.max(1.0) + self.frequency)
    }

    fn remaining(&self, now: Time) -> f64 {
        if self.slew_ends().is_none_or(|end| end <= now) {
            return 0.0;
        }
        self.phase - self.slew * between(self.slewing_since, now)
    }

    fn enter(&mut self, state: State, now: Time, offset: f64) -> Update {
        self.state = state;
        self.last_offset = offset;
        self.epoch = now;
        Update::Slewed { ppm: self.begin_slew(now, offset) }
    }

    fn begin_slew(&mut self, now: Time, offset: f64) -> f64 {
        self.slewing_since = now;
        self.phase = offset;
        self.slew = offset / (PHASE_GAIN * poll_seconds(self.poll) as f64);
        (self.frequency + self.slew) * 1e6
    }

    fn average_jitter(&mut self, offset: f64) {
        let change = libm::fabs(offset - self.last_offset).max(LEAST_JITTER);
        let square = self.jitter * self.jitter;
        self.jitter = (square + (change * change - square) / AVERAGE).sqrt();
    }

    /// The jiggle counter (RFC 5905 section 11.3): the interval follows the offset with hysteresis.
    fn jiggle_poll(&mut self, offset: f64, minimum: u8, maximum: u8) {
        if libm::fabs(offset) < POLL_GATE * self.jitter {
            self.jiggle += i32::from(self.poll);
            if self.jiggle > JIGGLE_LIMIT {
                self.jiggle = JIGGLE_LIMIT;
                if self.poll < maximum {
                    self.jiggle = 0;
                    self.poll += 1;
                }
            }
        } else {
            self.jiggle -= 2 * i32::from(self.poll);
            if self.jiggle < -JIGGLE_LIMIT {
                self.jiggle = -JIGGLE_LIMIT;
                if self.poll > minimum {
                    self.jiggle = 0;
                    self.poll -= 1;
                }
            }
        }
    }
}

fn clamped(frequency: f64) -> f64 {
    frequency.clamp(-MAXIMUM_FREQUENCY, MAXIMUM_FREQUENCY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Time {
        Time::from_nanoseconds(seconds * 1_000_000_000)
    }

    fn loop_with_frequency() -> Discipline {
        let mut discipline = Discipline::new(true, Span::from_seconds(300), 6, at(0));
        discipline.set_frequency(0.0);
        discipline
    }

    #[test]
    fn a_slew_works_off_exactly_its_offset() {
        let mut discipline = loop_with_frequency();
        let update = discipline.handle_offset(at(0), 0.064, 6, 10);
        // 64 ms over 16 * 64 s.
        assert_eq!(update, Update::Slewed { ppm: 62.5 });
        assert_eq!(discipline.slew_ends(), Some(at(1024)));
        assert!(discipline.end_slew(at(1024)).abs() < 1e-12);
        assert_eq!(discipline.slew_ends(), None);
    }

    #[test]
    fn a_large_offset_is_stepped_at_once_only_at_the_start() {
        let mut discipline = loop_with_frequency();
        let step = Update::Stepped { by: Span::from_milliseconds(500), ppm: 0.0 };
        assert_eq!(discipline.handle_offset(at(10), 0.5, 6, 10), step);
        assert_eq!(discipline.handle_offset(at(2000), 0.5, 6, 10), Update::Ignored);
        assert_eq!(discipline.state(), State::Spike);
        assert_eq!(discipline.handle_offset(at(2290), 0.5, 6, 10), step);
    }

    #[test]
    fn a_spike_that_goes_away_changes_nothing() {
        let mut discipline = loop_with_frequency();
        discipline.handle_offset(at(0), 0.001, 6, 10);
        assert_eq!(discipline.handle_offset(at(64), 0.2, 6, 10), Update::Ignored);
        assert!(matches!(discipline.handle_offset(at(128), 0.001, 6, 10), Update::Slewed { .. }));
        assert_eq!(discipline.state(), State::Tracking);
    }

    #[test]
    fn small_offsets_raise_the_poll_and_large_ones_lower_it() {
        let mut discipline = loop_with_frequency();
        for update in 0..200_i64 {
            let offset = if update % 2 == 0 { 0.0001 } else { -0.0001 };
            discipline.handle_offset(at(update * 64), offset, 6, 10);
        }
        assert_eq!(discipline.poll(), 10);
        for update in 200..240_i64 {
            discipline.handle_offset(at(update * 64), 0.1, 6, 10);
        }
        assert!(discipline.poll() < 10);
    }
}
