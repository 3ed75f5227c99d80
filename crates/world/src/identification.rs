//! IPv4 identifications, as Linux assigns them.
//!
//! Linux counts them for each socket from a random start, or for each pair of addresses with random
//! jumps (`ip_select_ident` in include/net/ip.h, `ip_idents_reserve` in net/ipv4/route.c): from one
//! packet to the next of a host they look random, and none recurs within a short time. A single
//! counter for the whole host, as stacks had it long ago, would put time and host into the field.

/// The next identification of a host. Each of the 65 536 occurs once before any recurs.
#[must_use]
pub(super) const fn next(counter: &mut u16) -> u16 {
    *counter = counter.wrapping_add(1);
    // Each line maps the 16-bit numbers one to one onto themselves (odd factors, shifts to the right).
    let mut mixed = *counter;
    mixed ^= mixed >> 7;
    mixed = mixed.wrapping_mul(0x9e3b);
    mixed ^= mixed >> 9;
    mixed = mixed.wrapping_mul(0x5a8d);
    mixed ^ mixed >> 8
}

#[cfg(test)]
mod tests {
    use super::next;
    use std::collections::BTreeSet;

    #[test]
    fn no_identification_comes_twice_in_a_whole_turn() {
        let mut counter = 4711;
        let all: BTreeSet<u16> = (0..=u16::MAX).map(|_| next(&mut counter)).collect();
        assert_eq!((all.len(), counter), (65_536, 4711));
    }

    /// Of a counter's successors all would be greater; of random ones half. Over 1000 steps the
    /// standard error is 16.
    #[test]
    fn a_later_packet_is_as_often_below_as_above_the_one_before() {
        let mut counter = 0;
        let taken: Vec<u16> = (0..1001).map(|_| next(&mut counter)).collect();
        let rises = taken.windows(2).filter(|pair| pair[0] < pair[1]).count();
        assert!((420..=580).contains(&rises), "{rises} of 1000 rise");
    }
}
