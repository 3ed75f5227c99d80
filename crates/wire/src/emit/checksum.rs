//! The Internet checksum (RFC 1071): the one's complement of a one's complement sum.
//!
//! Summed in words of 32 bits, which gives the same as in words of 16 (RFC 1071
//! section 2, "parallel summation") and reads half as often.

/// A sum in progress. Pieces are added in any order; each but the last begins at an even offset.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum(u64);

impl Sum {
    /// Adds bytes; an odd number of them is padded with a zero (RFC 1071 section 1).
    #[inline]
    pub(super) fn bytes(self, bytes: &[u8]) -> Self {
        let (words, rest) = bytes.as_chunks::<4>();
        // No carry is lost: 64 bits hold the sum of more words than a packet has.
        let sum = words.iter().fold(self.0, |sum, word| sum + u64::from(u32::from_be_bytes(*word)));
        let mut last = [0; 4];
        for (to, from) in last.iter_mut().zip(rest) {
            *to = *from;
        }
        Self(fold(sum) + u64::from(u32::from_be_bytes(last)))
    }

    /// Adds a number, such as the length or the protocol in a pseudo header.
    #[inline]
    pub(super) const fn number(self, number: u32) -> Self {
        Self(self.0 + number as u64)
    }

    /// The checksum.
    #[inline]
    pub(super) fn finish(self) -> u16 {
        let mut sum = self.0;
        while sum > 0xffff {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        !u16::try_from(sum).unwrap_or(u16::MAX)
    }
}

/// To 33 bits at most, so that any number of pieces can be added.
#[inline]
const fn fold(sum: u64) -> u64 {
    (sum & 0xffff_ffff) + (sum >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_1071_comes_out() {
        // Section 3: the sum is ddf2.
        let sum = Sum::default().bytes(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]);
        assert_eq!(sum.finish(), !0xddf2);
    }

    #[test]
    fn an_odd_byte_counts_as_the_high_one() {
        let sum = |bytes| Sum::default().bytes(bytes).finish();
        assert_eq!(sum(&[1, 2, 3, 4, 5]), sum(&[1, 2, 3, 4, 5, 0]));
        assert_eq!(sum(&[1, 2, 3]), !0x0402);
        assert_eq!(sum(&[]), 0xffff);
    }

    #[test]
    fn carries_are_kept() {
        let all_ones = vec![0xff; 65_536];
        assert_eq!(Sum::default().bytes(&all_ones).bytes(&all_ones).finish(), 0);
        assert_eq!(Sum::default().bytes(&all_ones).number(1).finish(), !1);
    }
}
