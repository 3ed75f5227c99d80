//! NTP's own time formats (RFC 5905 section 6) and their conversion to the project's `Time`.
//!
//! A timestamp is 32 bits of seconds since 1900 and 32 bits of fraction; it
//! wraps every 136 years (an era). Differences are taken modulo an era, so two
//! timestamps less than 68 years apart subtract correctly over a wrap. A
//! timestamp alone is placed in time by a pivot: with the top bit set it is in
//! era 0 (1968-01-20 to 2036-02-07), else in era 1 (2036-02-07 to 2104-02-26),
//! as in RFC 4330 section 3.

use unanswered_wire::{Span, Time};

/// Seconds from 1900-01-01 to 1970-01-01 (RFC 5905 figure 4).
const UNIX_EPOCH: i64 = 2_208_988_800;
const NANOSECONDS: i64 = 1_000_000_000;

/// A 64-bit NTP timestamp: 32.32 fixed point seconds since 1900, modulo one era.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// All zero: "unknown" or "not synchronised" (RFC 5905 section 6).
    pub const ZERO: Self = Self(0);

    /// From the 64 bits on the wire.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// The 64 bits on the wire.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// True for the "unknown" value.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The timestamp nearest to `time`, in whichever era that is.
    #[must_use]
    pub const fn from_time(time: Time) -> Self {
        let nanoseconds = time.nanoseconds();
        let seconds = (nanoseconds.div_euclid(NANOSECONDS) + UNIX_EPOCH).rem_euclid(1 << 32) as u64;
        let rest = nanoseconds.rem_euclid(NANOSECONDS) as u64;
        // Rounded up, so that from_time and time() give a whole nanosecond back.
        let fraction = (rest << 32).div_ceil(NANOSECONDS as u64);
        Self((seconds << 32).wrapping_add(fraction))
    }

    /// The moment it means, by the pivot described at the top of this file.
    #[must_use]
    #[expect(clippy::cast_possible_wrap, reason = "32-bit parts always fit")]
    pub const fn time(self) -> Time {
        let seconds = (self.0 >> 32) as i64;
        let era = if seconds & 0x8000_0000 == 0 { 1_i64 << 32 } else { 0 };
        let rest = (((self.0 & 0xffff_ffff) * NANOSECONDS as u64) >> 32) as i64;
        Time::from_nanoseconds((seconds + era - UNIX_EPOCH) * NANOSECONDS + rest)
    }

    /// This timestamp minus `earlier`, right for two moments less than 68 years apart in any era.
    #[must_use]
    #[expect(
        clippy::cast_possible_wrap,
        clippy::cast_possible_truncation,
        reason = "two's complement is RFC 5905's rule for differences; the result is below 2^61 nanoseconds"
    )]
    pub const fn since(self, earlier: Self) -> Span {
        let difference = self.0.wrapping_sub(earlier.0) as i64 as i128;
        Span::from_nanoseconds(((difference * NANOSECONDS as i128) >> 32) as i64)
    }
}

/// A 32-bit NTP short (16.16 fixed point) as seconds: root delay and root dispersion.
#[must_use]
pub fn short_to_seconds(short: u32) -> f64 {
    f64::from(short) / 65536.0
}

/// Seconds as a 32-bit NTP short, at its limits when out of range.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "float to integer casts saturate, which is what is meant"
)]
pub fn seconds_to_short(seconds: f64) -> u32 {
    libm::round(seconds * 65536.0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_unix_epoch_is_2208988800_seconds_into_era_zero() {
        assert_eq!(Timestamp::from_time(Time::from_nanoseconds(0)).bits(), 2_208_988_800 << 32);
        let half = Timestamp::from_time(Time::from_nanoseconds(500_000_000));
        assert_eq!(half.bits() & 0xffff_ffff, 0x8000_0000);
    }

    #[test]
    fn a_difference_over_the_end_of_an_era_is_small() {
        let before = Timestamp::from_bits(0xffff_ffff_0000_0000);
        let after = Timestamp::from_bits(0x0000_0001_8000_0000);
        assert_eq!(after.since(before), Span::from_milliseconds(2_500));
        assert_eq!(before.since(after), Span::from_milliseconds(-2_500));
        assert_eq!(after.time() - before.time(), Span::from_milliseconds(2_500));
    }

    proptest! {
        #[test]
        fn a_nanosecond_survives_the_way_there_and_back(nanoseconds in 0_i64..4_000_000_000_000_000_000) {
            let time = Time::from_nanoseconds(nanoseconds);
            prop_assert_eq!(Timestamp::from_time(time).time(), time);
        }
    }
}
