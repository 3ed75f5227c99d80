//! Choosing some of many rows.

/// A number in 0..1 for a row, with which no period of the traffic can line up (SplitMix64's finaliser).
pub(crate) fn spread(row: u32) -> f64 {
    let mut z = u64::from(row).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (z >> 11) as f64 / (1u64 << 53) as f64
}
