//! How long to wait for a reply: the estimate of RFC 6298, with a floor and a ceiling.

use unanswered_time::Span;

/// Before anything was measured (RFC 6298, section 2.1).
const INITIAL: i64 = 1_000_000_000;
/// Never shorter: a server may take that long now and then, and a probe has time (judgement; RFC 6298 says 1 s for TCP).
const FLOOR: i64 = 500_000_000;
/// Never longer: a reply that takes longer helps no client that is known (judgement).
const CEILING: i64 = 5_000_000_000;

/// The measured round trip. All replies belong to a known request, so that those of repeated requests count as well
/// (Karn's rule is not needed), and late ones too: they make the time-out grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoundTrip {
    /// Smoothed round trip and its mean deviation, nanoseconds.
    estimate: Option<(i64, i64)>,
}

impl RoundTrip {
    /// The estimate with one more round trip (RFC 6298, sections 2.2 and 2.3). Negative ones are taken for 0.
    #[must_use]
    pub fn measured(self, after: Span) -> Self {
        let sample = after.nanoseconds().max(0);
        let estimate = match self.estimate {
            None => (sample, sample / 2),
            Some((smoothed, deviation)) => {
                let error = (smoothed - sample).abs();
                // In this order, and 1/4 and 1/8: as in the RFC.
                (smoothed - smoothed / 8 + sample / 8, deviation - deviation / 4 + error / 4)
            }
        };
        Self { estimate: Some(estimate) }
    }

    /// How long to wait for a reply.
    #[must_use]
    pub fn time_out(self) -> Span {
        let wanted = self
            .estimate
            .map_or(INITIAL, |(smoothed, deviation)| smoothed.saturating_add(deviation.saturating_mul(4)));
        Span::from_nanoseconds(wanted.clamp(FLOOR, CEILING))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_out_follows_the_round_trip_between_floor_and_ceiling() {
        let none = RoundTrip::default();
        assert_eq!(none.time_out(), Span::from_seconds(1));
        // One sample R: SRTT = R, RTTVAR = R/2, so that the time-out is 3 R.
        assert_eq!(none.measured(Span::from_milliseconds(400)).time_out(), Span::from_milliseconds(1200));
        assert_eq!(none.measured(Span::from_milliseconds(3)).time_out(), Span::from_milliseconds(500));
        assert_eq!(none.measured(Span::from_seconds(60)).time_out(), Span::from_seconds(5));
        assert_eq!(none.measured(Span::from_nanoseconds(i64::MIN)).time_out(), Span::from_milliseconds(500));
    }

    #[test]
    fn a_steady_round_trip_brings_the_time_out_down_to_it() {
        let steady =
            (0..60).fold(RoundTrip::default(), |trip, _| trip.measured(Span::from_milliseconds(800)));
        let out = steady.time_out();
        assert!((Span::from_milliseconds(799)..Span::from_milliseconds(810)).contains(&out), "{out:?}");
        let late = steady.measured(Span::from_seconds(4)).time_out();
        assert!(late > Span::from_seconds(4), "one late reply and the next is waited for: {late:?}");
    }
}
