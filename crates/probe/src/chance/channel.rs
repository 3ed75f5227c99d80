//! How many requests an answer takes at least: the limit of information theory.
//!
//! A request is one use of a channel: "fails here" or "works here" goes in, "lost" or "answered" comes out, with errors in both
//! directions. Feedback (the next request depends on the last outcome) does not raise the capacity of such a channel
//! (Shannon 1956), nor does stopping when sure (Burnashev 1976): on average at least ((1 − e) · bits − h(e)) / C requests
//! are needed for an answer that is wrong with probability e (Fano's inequality).

use super::distribution::binary_entropy;

/// Capacity, in bits a request, where a request fails with probability `inside` at one value and `outside` at another.
pub(crate) fn capacity(inside: f64, outside: f64) -> f64 {
    let information = |share: f64| {
        let fails = share * inside + (1.0 - share) * outside;
        binary_entropy(fails) - share * binary_entropy(inside) - (1.0 - share) * binary_entropy(outside)
    };
    // Concave in the share, so that a search by thirds finds its maximum; 60 rounds leave an interval of 1e-10.
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let (left, right) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
        if information(left) < information(right) {
            low = left;
        } else {
            high = right;
        }
    }
    information(f64::midpoint(low, high))
}

/// The average number of requests below which nobody can get, for one of 2^`bits` equally likely answers, to be right with
/// probability 1 − `error`. Infinite where both sides fail alike.
pub(crate) fn requests_at_least(bits: f64, error: f64, inside: f64, outside: f64) -> f64 {
    let capacity = capacity(inside, outside);
    if capacity < 1e-9 {
        return f64::INFINITY;
    }
    (((1.0 - error) * bits - binary_entropy(error)) / capacity).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_capacities_of_textbooks_come_out() {
        // Z-channel: log2(1 + (1 - p) p^(p / (1 - p))). Symmetric: 1 - h(p).
        let p: f64 = 0.05;
        let z = libm::log2(1.0 + (1.0 - p) * libm::pow(p, p / (1.0 - p)));
        assert!((capacity(1.0, p) - z).abs() < 1e-6);
        assert!((capacity(0.95, 0.05) - (1.0 - binary_entropy(0.05))).abs() < 1e-6);
        assert!(capacity(0.3, 0.3) < 1e-9);
    }

    #[test]
    fn sixteen_bits_at_five_per_cent_loss_take_eighteen_requests() {
        let least = requests_at_least(16.0, 0.01, 1.0, 0.05);
        assert!((18.0..19.0).contains(&least), "{least}");
        assert!((15.5..16.1).contains(&requests_at_least(16.0, 0.01, 1.0, 0.0)));
    }
}
