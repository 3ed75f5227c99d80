//! Options of pcapng blocks, and the interface options that say what a timestamp counts.

use crate::fields::ByteOrder;
use unanswered_wire::Time;

/// Code and value of each option. Ends at the end-of-options code, and silently at one that does not
/// fit: what options say is never needed to read packets.
pub(super) struct Options<'a> {
    order: ByteOrder,
    rest: &'a [u8],
}

impl<'a> Options<'a> {
    pub(super) const fn new(order: ByteOrder, rest: &'a [u8]) -> Self {
        Self { order, rest }
    }
}

impl<'a> Iterator for Options<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let code = self.order.u16(self.rest, 0).filter(|&code| code != 0)?;
        let length = usize::from(self.order.u16(self.rest, 2)?);
        let value = self.rest.get(4..4 + length)?;
        self.rest = self.rest.get(4 + length.next_multiple_of(4)..).unwrap_or_default();
        Some((code, value))
    }
}

/// What an interface's timestamps count (`if_tsresol`, `if_tsoffset`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Resolution {
    units: Units,
    offset_seconds: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Units {
    /// Each is this many nanoseconds.
    Nanoseconds(u32),
    /// This many make a second; more than 10^9.
    PerSecond(u64),
    /// 2^n make a second.
    PowerOfTwo(u32),
}

impl Resolution {
    /// The format's default.
    pub(super) const MICROSECONDS: Self = Self { units: Units::Nanoseconds(1_000), offset_seconds: 0 };

    /// From the option's byte: the top bit distinguishes powers of two from powers of ten.
    pub(super) fn set_units(&mut self, option: u8) {
        let exponent = u32::from(option & 0x7f);
        self.units = if option & 0x80 != 0 {
            Units::PowerOfTwo(exponent)
        } else if let Some(smaller) = 9_u32.checked_sub(exponent) {
            Units::Nanoseconds(10_u32.pow(smaller))
        } else {
            Units::PerSecond(10_u64.checked_pow(exponent).unwrap_or(u64::MAX))
        };
    }

    pub(super) const fn set_offset(&mut self, seconds: i64) {
        self.offset_seconds = seconds;
    }

    /// The moment of a count; beyond the range of [`Time`], the nearest end.
    #[inline]
    pub(super) fn time(self, count: u64) -> Time {
        if let Units::Nanoseconds(each) = self.units
            && self.offset_seconds == 0
            && let Some(nanoseconds) = count.checked_mul(u64::from(each))
            && let Ok(nanoseconds) = i64::try_from(nanoseconds)
        {
            return Time::from_nanoseconds(nanoseconds);
        }
        self.time_in_full(count)
    }

    fn time_in_full(self, count: u64) -> Time {
        let nanoseconds = match self.units {
            Units::Nanoseconds(each) => i128::from(count) * i128::from(each),
            Units::PerSecond(units) => i128::from(count) * 1_000_000_000 / i128::from(units),
            Units::PowerOfTwo(bits) => match i128::from(count).checked_mul(1_000_000_000) {
                Some(scaled) if bits < 127 => scaled >> bits,
                _ => 0,
            },
        };
        let nanoseconds = nanoseconds + i128::from(self.offset_seconds) * 1_000_000_000;
        let nearest = nanoseconds.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
        Time::from_nanoseconds(i64::try_from(nearest).unwrap_or(0))
    }
}
