//! Where chance comes from: the caller.
//!
//! The core draws poll jitter and nonces through one small trait, so that a
//! simulator can hand each daemon a stream of its own and a real client can
//! hand over the system's generator.

/// A source of uniform random bits, owned by the caller.
pub trait RandomSource {
    /// The next 64 independent, uniform bits.
    fn bits(&mut self) -> u64;

    /// A whole number below `bound`, all equally likely (Lemire 2019, without the rejection: the bias is
    /// below `bound` / 2^64). 0 for a bound of 0.
    #[inline]
    fn below(&mut self, bound: u64) -> u64 {
        let product = u128::from(self.bits()) * u128::from(bound);
        u64::try_from(product >> 64).unwrap_or(0)
    }
}

impl<R: RandomSource + ?Sized> RandomSource for &mut R {
    fn bits(&mut self) -> u64 {
        (**self).bits()
    }
}

/// A fraction in [0, 1), from the 53 upper bits of one draw.
pub(crate) fn fraction(random: &mut impl RandomSource) -> f64 {
    // 53 bits fit a double's mantissa exactly, so this loses nothing.
    (random.bits() >> 11) as f64 / (1_u64 << 53) as f64
}
