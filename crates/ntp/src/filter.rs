//! The clock filter: the best of the last eight samples (RFC 5905 section 10, appendix A.5.2).
//!
//! Samples go in as offset, delay and dispersion; out come the offset and delay
//! of the sample with the least delay, the weighted dispersion of all eight and
//! the jitter around the chosen one. All values are seconds. Until the clock is
//! set, samples are taken in the order of arrival, as ntpd does.

use unanswered_wire::Time;

use crate::seconds::between;

/// Stages of the register (RFC 5905 section 7.2, NSTAGE).
pub const STAGES: usize = 8;
/// Dispersion that means "no sample": seconds (RFC 5905 section 7.2, MAXDISP).
pub const MAXIMUM_DISPERSION: f64 = 16.0;
/// Dispersion grows by this much per second: 15 ppm (RFC 5905 section 7.2, PHI).
pub const FREQUENCY_TOLERANCE: f64 = 15e-6;
/// Maximum root distance of a source: seconds (ntpd `MAXDISTANCE`, `tos maxdist`; RFC 5905 has 1.0).
pub const MAXIMUM_DISTANCE: f64 = 1.5;
/// A sample this many jitters off is a popcorn spike (RFC 5905 section 10, SGATE).
const SPIKE_GATE: f64 = 3.0;
/// Samples older than this are judged by delay plus dispersion: 2^11 s (ntpd `CLOCK_ALLAN`).
const ALLAN_INTERCEPT: f64 = 2048.0;
/// Precision of this host's clock, 2^-24 s: as ntpd finds it on Linux, seen in the project's captures.
pub(crate) const LOCAL_PRECISION: i8 = -24;
const LOCAL_PRECISION_SECONDS: f64 = 1.0 / 16_777_216.0;

/// One measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Server's clock minus this host's: seconds.
    pub offset: f64,
    /// Round trip: seconds.
    pub delay: f64,
    /// Error bound: seconds.
    pub dispersion: f64,
    /// When it arrived.
    pub epoch: Time,
}

/// The register and what was last found in it.
#[derive(Clone, Debug)]
pub struct ClockFilter {
    samples: [Sample; STAGES],
    newest: usize,
    updated: Time,
    /// When the sample in use arrived; none before the first.
    epoch: Option<Time>,
    offset: f64,
    delay: f64,
    dispersion: f64,
    jitter: f64,
}

impl ClockFilter {
    /// An empty register.
    #[must_use]
    pub fn new(now: Time) -> Self {
        let empty = Sample { offset: 0.0, delay: 0.0, dispersion: MAXIMUM_DISPERSION, epoch: now };
        Self {
            samples: [empty; STAGES],
            newest: 0,
            updated: now,
            epoch: None,
            offset: 0.0,
            delay: 0.0,
            dispersion: MAXIMUM_DISPERSION,
            jitter: LOCAL_PRECISION_SECONDS,
        }
    }

    /// Takes a sample; returns true if the estimate is new and later than the previous one.
    ///
    /// `sorted` is whether the clock has been set, `interval` the poll interval in
    /// seconds, by which a spike is judged.
    pub fn handle_sample(&mut self, sample: Sample, sorted: bool, interval: f64) -> bool {
        let now = sample.epoch;
        let growth = FREQUENCY_TOLERANCE * between(self.updated, now);
        self.updated = now;
        for older in &mut self.samples {
            older.dispersion = (older.dispersion + growth).min(MAXIMUM_DISPERSION);
        }
        self.newest = (self.newest + 1) % STAGES;
        self.samples[self.newest] = sample;
        self.estimate(now, sorted, interval)
    }

    /// Nothing was received: pushes an infinitely uncertain sample through (RFC 5905 section 13).
    pub fn handle_silence(&mut self, now: Time, sorted: bool, interval: f64) {
        let nothing = Sample { offset: 0.0, delay: 0.0, dispersion: MAXIMUM_DISPERSION, epoch: now };
        self.handle_sample(nothing, sorted, interval);
    }

    fn estimate(&mut self, now: Time, sorted: bool, interval: f64) -> bool {
        let (order, distances) = self.order(now, sorted);
        let mut usable = 0;
        for distance in distances {
            if distance < MAXIMUM_DISPERSION && (usable < 2 || distance < MAXIMUM_DISTANCE) {
                usable += 1;
            }
        }
        let best = self.samples[order[0]];
        let mut dispersion = 0.0;
        let mut squares = 0.0;
        for (rank, &at) in order.iter().enumerate().rev() {
            dispersion = 0.5 * (dispersion + self.samples[at].dispersion);
            if rank < usable {
                let difference = self.samples[at].offset - best.offset;
                squares += difference * difference;
            }
        }
        self.dispersion = dispersion;
        if usable == 0 {
            return false;
        }
        let change = libm::fabs(self.offset - best.offset);
        self.offset = best.offset;
        self.delay = best.delay;
        if usable > 1 {
            squares /= usable as f64 - 1.0;
        }
        self.jitter = squares.sqrt().max(LOCAL_PRECISION_SECONDS);
        let Some(epoch) = self.epoch else {
            self.epoch = Some(best.epoch);
            return true;
        };
        let certain = dispersion < MAXIMUM_DISTANCE && best.dispersion < MAXIMUM_DISTANCE;
        let spike =
            certain && change > SPIKE_GATE * self.jitter && between(epoch, best.epoch) < 2.0 * interval;
        if spike || best.epoch <= epoch {
            return false;
        }
        self.epoch = Some(best.epoch);
        true
    }

    /// Indices by distance (or newest first), and the distances in that order.
    fn order(&self, now: Time, sorted: bool) -> ([usize; STAGES], [f64; STAGES]) {
        let mut order = [0; STAGES];
        let mut distances = [0.0; STAGES];
        for back in 0..STAGES {
            let at = (self.newest + STAGES - back) % STAGES;
            let sample = &self.samples[at];
            let distance = if sample.dispersion >= MAXIMUM_DISPERSION {
                MAXIMUM_DISPERSION
            } else if between(sample.epoch, now) > ALLAN_INTERCEPT {
                sample.delay + sample.dispersion
            } else {
                sample.delay
            };
            // An insertion sort keeps the newer of two equals first, and eight are few.
            let mut place = back;
            while sorted && place > 0 && distances[place - 1] > distance {
                distances[place] = distances[place - 1];
                order[place] = order[place - 1];
                place -= 1;
            }
            distances[place] = distance;
            order[place] = at;
        }
        (order, distances)
    }

    /// When the sample in use arrived.
    #[must_use]
    pub const fn epoch(&self) -> Option<Time> {
        self.epoch
    }

    /// When the register last moved.
    #[must_use]
    pub const fn updated(&self) -> Time {
        self.updated
    }

    /// Offset of the sample in use: seconds, positive when this host's clock is behind.
    #[must_use]
    pub const fn offset(&self) -> f64 {
        self.offset
    }

    /// Round trip of the sample in use: seconds.
    #[must_use]
    pub const fn delay(&self) -> f64 {
        self.delay
    }

    /// Weighted dispersion of the register: seconds.
    #[must_use]
    pub const fn dispersion(&self) -> f64 {
        self.dispersion
    }

    /// Root mean square of the offsets around the one in use: seconds.
    #[must_use]
    pub const fn jitter(&self) -> f64 {
        self.jitter
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(seconds: i64, offset: f64, delay: f64, dispersion: f64) -> Sample {
        Sample { offset, delay, dispersion, epoch: Time::from_nanoseconds(seconds * 1_000_000_000) }
    }

    fn near(value: f64, expected: f64) {
        assert!((value - expected).abs() < 1e-12, "{value} is not {expected}");
    }

    #[test]
    fn three_samples_give_the_values_worked_out_by_hand() {
        let mut filter = ClockFilter::new(Time::from_nanoseconds(0));
        filter.handle_sample(sample(0, 0.010, 0.040, 0.001), true, 64.0);
        filter.handle_sample(sample(64, 0.004, 0.020, 0.001), true, 64.0);
        filter.handle_sample(sample(128, 0.007, 0.030, 0.001), true, 64.0);
        // The middle one has the least delay.
        near(filter.offset(), 0.004);
        near(filter.delay(), 0.020);
        // By delay: 0.020 (64 s old by then: 0.001 + 64 * 15e-6), 0.030 (new), 0.040 (128 s), five empty.
        let aged = [0.001_96, 0.001, 0.002_92];
        let empty = 16.0 * (1.0 / 16.0 + 1.0 / 32.0 + 1.0 / 64.0 + 1.0 / 128.0 + 1.0 / 256.0);
        near(filter.dispersion(), aged[0] / 2.0 + aged[1] / 4.0 + aged[2] / 8.0 + empty);
        // Around 0.004: (0.006^2 + 0.003^2) / 2.
        near(filter.jitter(), (0.000_045_f64 / 2.0).sqrt());
        assert_eq!(filter.epoch(), Some(Time::from_nanoseconds(64_000_000_000)));
    }

    #[test]
    fn an_older_sample_that_is_still_the_best_is_no_news() {
        let mut filter = ClockFilter::new(Time::from_nanoseconds(0));
        assert!(filter.handle_sample(sample(0, 0.001, 0.010, 0.001), true, 64.0));
        assert!(!filter.handle_sample(sample(64, 0.005, 0.050, 0.001), true, 64.0));
        assert!(filter.handle_sample(sample(128, 0.001, 0.009, 0.001), true, 64.0));
    }

    #[test]
    fn eight_silent_polls_leave_no_usable_sample() {
        let mut filter = ClockFilter::new(Time::from_nanoseconds(0));
        filter.handle_sample(sample(0, 0.001, 0.010, 0.001), true, 64.0);
        for poll in 1..=8 {
            filter.handle_silence(Time::from_nanoseconds(poll * 64_000_000_000), true, 64.0);
        }
        near(filter.dispersion(), 16.0 * (1.0 - 1.0 / 256.0));
        near(filter.offset(), 0.001);
    }
}
