//! The clocks that live work needs: this crate and `serve`, which asks here, deal with the present, all others with files.

use std::time::{Instant, SystemTime, UNIX_EPOCH};
use unanswered_wire::Time;

/// A clock that is never set, for waiting.
#[expect(
    clippy::disallowed_methods,
    reason = "how long to wait cannot be read from packets that are yet to come"
)]
#[must_use]
pub fn monotonic() -> Instant {
    Instant::now()
}

/// The clock that the kernel uses for timestamps.
#[expect(
    clippy::disallowed_methods,
    reason = "where a capture begins and ends is a moment of the host's clock"
)]
#[must_use]
pub fn real() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time::from_nanoseconds(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}
