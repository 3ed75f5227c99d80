//! Loss between neighbouring places: on which hop, in which direction, at what rate.

use crate::Tries;

/// One direction between two neighbouring places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HopLoss {
    /// The place that the packets come from.
    pub from: String,
    /// The place that they go to.
    pub to: String,
    /// Whether they are replies; else requests.
    pub replies: bool,
    /// Packets seen at the first place and expected at the second; failed are those that were not seen there. Those of which
    /// the captures cannot tell are left out. Retransmissions are not counted for themselves.
    pub packets: Tries,
}

/// The standard normal quantile of 97.5 %.
const Z: f64 = 1.96;

impl HopLoss {
    /// The interval of the lost share that these counts leave (95 %; Wilson 1927), both ends 0 to 1.
    #[must_use]
    pub fn interval(&self) -> (f64, f64) {
        let n = self.packets.requests.max(1) as f64;
        let p = self.packets.failed as f64 / n;
        let z2 = Z * Z / n;
        let half = Z * (p * (1.0 - p) / n + z2 / (4.0 * n)).sqrt();
        let bound = |sign: f64| ((p + z2 / 2.0 + sign * half) / (1.0 + z2)).clamp(0.0, 1.0);
        // Rounding leaves something at the ends themselves.
        let low = if self.packets.failed == 0 { 0.0 } else { bound(-1.0) };
        (low, if self.packets.failed == self.packets.requests { 1.0 } else { bound(1.0) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(failed: u64, requests: u64) -> HopLoss {
        let packets = Tries { requests, failed };
        HopLoss { from: "a".to_owned(), to: "b".to_owned(), replies: false, packets }
    }

    #[test]
    fn the_interval_is_that_of_the_textbook() {
        // Brown, Cai and DasGupta 2001: 10 of 100 leave 5.5 to 17.4 %.
        let (low, high) = of(10, 100).interval();
        assert!((low - 0.0552).abs() < 5e-4 && (high - 0.1744).abs() < 5e-4, "{low} {high}");
        // Nothing lost among 100 still leaves up to 3.7 %.
        let (low, high) = of(0, 100).interval();
        assert!(low.abs() < 1e-9 && (high - 0.0370).abs() < 5e-4, "{low} {high}");
        assert!((of(5, 5).interval().1 - 1.0).abs() < 1e-9);
        assert!((of(0, 0).interval().1 - 1.0).abs() < 1e-9);
    }
}
