//! Seconds as the estimators use them: doubles, converted at the border.
//!
//! Time on the line is whole nanoseconds (`Time`, `Span`); offsets, delays and
//! dispersions are doubles inside, as in RFC 5905 appendix A. `libm` is used
//! for every function that platforms may round differently.

use unanswered_wire::{Span, Time};

/// 2 to the power `log2`, in seconds (RFC 5905 `LOG2D`).
pub(crate) fn power_of_two(log2: i8) -> f64 {
    libm::ldexp(1.0, i32::from(log2))
}

/// 2 to the power `log2` whole seconds, for poll exponents 0 to 17 (RFC 5905 section 7.3).
pub(crate) fn poll_seconds(log2: u8) -> i64 {
    1_i64 << log2.min(MAXIMUM_POLL)
}

/// The largest poll exponent, 36 h (RFC 5905 section 7.2, MAXPOLL).
pub(crate) const MAXIMUM_POLL: u8 = 17;

/// A span from a double; limited to 292 years.
#[expect(
    clippy::cast_possible_truncation,
    reason = "float to integer casts saturate, which is what is meant"
)]
pub(crate) fn span(seconds: f64) -> Span {
    Span::from_nanoseconds(libm::round(seconds * 1e9) as i64)
}

/// The seconds from `earlier` to `later`.
pub(crate) fn between(earlier: Time, later: Time) -> f64 {
    (later - earlier).seconds()
}

/// `time` plus a number of whole seconds.
pub(crate) fn after(time: Time, seconds: i64) -> Time {
    time + Span::from_seconds(seconds)
}
