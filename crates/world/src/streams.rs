//! Random numbers that are the same on every machine: one stream for each purpose.
//!
//! A stream is made from the run's seed and the *names* of what it is for (`"loss"`, the network's
//! name, ...), never from a position in a list. So a new draw in one place, or a host more, shifts
//! name, ...), never from a position in a list. So a new draw in one place, or another host, shifts
//! logarithms come from `libm`, because the machine's own differ in the last bit.

use unanswered_ntp::RandomSource;
use unanswered_wire::Span;

/// Of the 64 bits of a draw, the upper 12 are coins and the lower 52 the part of a half-life.
const COIN_SHIFT: u32 = 52;
const COINS: u64 = (1 << (64 - COIN_SHIFT)) - 1;
const PART: u64 = (1 << COIN_SHIFT) - 1;
/// Steps of the table; the upper 8 bits of a part are the step, the others how far into it.
const STEPS: usize = 256;
const FRACTION_BITS: u32 = COIN_SHIFT - STEPS.ilog2();
const FRACTION: u64 = (1 << FRACTION_BITS) - 1;
/// The quantiles of what is left of a half-life, `-log2(1 - u / 2)` at `u = i / STEPS`.
static HALF_LIFE: [f64; STEPS + 1] = half_life();

const fn half_life() -> [f64; STEPS + 1] {
    let mut table = [0.0; STEPS + 1];
    let mut index = 0;
    while index <= STEPS {
        // -ln(1 - x) = 2 artanh(x / (2 - x)), whose series converges fast for x up to 1/2.
        let x = index as f64 / STEPS as f64 / 2.0;
        let z = x / (2.0 - x);
        let (mut power, mut sum, mut term) = (z, 0.0, 1);
        while term < 60 {
            sum += power / term as f64;
            power *= z * z;
            term += 2;
        }
        table[index] = 2.0 * sum / std::f64::consts::LN_2;
        index += 1;
    }
    table
}

/// One stream of random numbers.
#[derive(Clone, Debug)]
pub struct Stream {
    state: [u64; 4],
}

impl Stream {
    /// The stream of `seed` for the purpose that `names` spell out.
    #[must_use]
    pub fn new(seed: u64, names: &[&str]) -> Self {
        // FNV-1a over the names with their ends marked, so that ["ab", "c"] is not ["a", "bc"].
        let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ seed;
        for name in names {
            for byte in name.bytes().chain([0xff]) {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
        let mut mixer = hash.wrapping_add(seed.rotate_left(32));
        Self { state: [(); 4].map(|()| split_mix(&mut mixer)) }
    }

    /// 64 random bits.
    #[inline]
    pub fn bits(&mut self) -> u64 {
        let [a, b, c, d] = &mut self.state;
        let result = a.wrapping_add(*d).rotate_left(23).wrapping_add(*a);
        let shifted = *b << 17;
        *c ^= *a;
        *d ^= *b;
        *b ^= *c;
        *a ^= *d;
        *c ^= shifted;
        *d = d.rotate_left(45);
        result
    }

    /// A whole number below `bound`, all equally likely; see [`RandomSource::below`].
    #[inline]
    pub fn below(&mut self, bound: u64) -> u64 {
        RandomSource::below(self, bound)
    }

    /// A number in 0..1 with 53 random bits.
    #[inline]
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// Whether something of this probability happens. Draws nothing for 0 and 1.
    #[inline]
    pub fn chance(&mut self, probability: f64) -> bool {
        if probability <= 0.0 {
            return false;
        }
        probability >= 1.0 || self.unit() < probability
    }

    /// An exponentially distributed number with this mean.
    ///
    /// The distribution has no memory, so a number is a whole count of half-lives (how often a coin
    /// falls on the same side) and a part of one, looked up and interpolated in a table: wrong by
    /// less than a millionth of the mean, and several times as fast as a logarithm.
    #[inline]
    pub fn exponential(&mut self, mean: f64) -> f64 {
        let bits = self.bits();
        let mut halves = f64::from((bits >> COIN_SHIFT).trailing_ones());
        if bits >> COIN_SHIFT == COINS {
            // All coins on the same side, one time in 4096: more are tossed.
            halves += f64::from(self.bits().trailing_ones());
        }
        let part = bits & PART;
        let step = usize::try_from(part >> FRACTION_BITS).unwrap_or(0);
        let fraction = (part & FRACTION) as f64 * (1.0 / (FRACTION + 1) as f64);
        let (low, high) = (HALF_LIFE[step], HALF_LIFE[step + 1]);
        (halves + low + (high - low) * fraction) * std::f64::consts::LN_2 * mean
    }

    /// A normally distributed number (Marsaglia's polar method; the second value is discarded so
    /// that the stream has no hidden state).
    pub fn normal(&mut self, mean: f64, deviation: f64) -> f64 {
        loop {
            let (x, y) = (2.0 * self.unit() - 1.0, 2.0 * self.unit() - 1.0);
            let square = x * x + y * y;
            if square < 1.0 && square > 0.0 {
                return mean + deviation * x * f64::sqrt(-2.0 * libm::log(square) / square);
            }
        }
    }

    /// A span in `0..bound`.
    pub fn span_below(&mut self, bound: Span) -> Span {
        let bound = u64::try_from(bound.nanoseconds()).unwrap_or(0);
        Span::from_nanoseconds(i64::try_from(self.below(bound)).unwrap_or(0))
    }

    /// An exponentially distributed span with this mean.
    pub fn exponential_span(&mut self, mean: Span) -> Span {
        #[expect(clippy::cast_possible_truncation, reason = "saturates; means are far below 292 years")]
        let nanoseconds = self.exponential(mean.nanoseconds() as f64) as i64;
        Span::from_nanoseconds(nanoseconds)
    }
}

impl RandomSource for Stream {
    fn bits(&mut self) -> u64 {
        Self::bits(self)
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014), the seeder that xoshiro's authors recommend.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_gives_the_published_numbers() {
        // First outputs of the reference implementation for the state 1, 2, 3, 4.
        let mut stream = Stream { state: [1, 2, 3, 4] };
        let expected = [41_943_041, 58_720_359, 3_588_806_011_781_223, 3_591_011_842_654_386];
        assert_eq!(expected.map(|_| stream.bits()), expected);
    }

    #[test]
    fn purposes_have_streams_of_their_own() {
        let first = |names: &[&str]| Stream::new(7, names).bits();
        assert_ne!(first(&["loss", "oam"]), first(&["loss", "oa", "m"]));
        assert_ne!(first(&["loss", "oam"]), first(&["delay", "oam"]));
        assert_ne!(Stream::new(7, &["a"]).bits(), Stream::new(8, &["a"]).bits());
        assert_eq!(first(&["loss", "oam"]), first(&["loss", "oam"]));
    }

    #[test]
    fn the_table_of_half_lives_agrees_with_the_logarithm() {
        for (index, quantile) in HALF_LIFE.iter().enumerate() {
            let exact = -libm::log2(1.0 - index as f64 / STEPS as f64 / 2.0);
            assert!((quantile - exact).abs() < 1e-14, "{index}");
        }
    }

    #[test]
    fn exponential_draws_follow_their_distribution() {
        let mut stream = Stream::new(2, &["exponential"]);
        let n = 100_000;
        let mut draws: Vec<f64> = (0..n).map(|_| stream.exponential(1.0)).collect();
        draws.sort_by(f64::total_cmp);
        let distance = draws.iter().enumerate().map(|(index, draw)| {
            let exact = 1.0 - libm::exp(-draw);
            (exact - (index as f64 + 0.5) / f64::from(n)).abs()
        });
        // Kolmogorov-Smirnov: 1.95 / sqrt(n) is exceeded once in a thousand.
        assert!(distance.fold(0.0, f64::max) < 1.95 / f64::from(n).sqrt());
    }

    #[test]
    fn draws_have_the_moments_of_their_distributions() {
        let mut stream = Stream::new(1, &["moments"]);
        let n = 200_000;
        let mean = |draw: &mut dyn FnMut() -> f64| (0..n).map(|_| draw()).sum::<f64>() / f64::from(n);
        // Standard errors: 0.00065, 0.0067, 0.0045; five of them are allowed (error rate 6e-7 each).
        assert!((mean(&mut || stream.unit()) - 0.5).abs() < 0.0033);
        assert!((mean(&mut || stream.exponential(3.0)) - 3.0).abs() < 0.034);
        assert!((mean(&mut || stream.normal(1.0, 2.0)) - 1.0).abs() < 0.023);
    }
}
