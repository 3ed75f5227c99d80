//! Constants that mean something: the fewest failures, and thresholds that people write into code and configuration.

use unanswered_registry::{Quantity, Subject};

/// Fewest failures from which anything but chance can be read: for a finding, a verdict, what happened to a
/// translation, and the requests of a branch of the path.
pub const FAILURES_MIN: u32 = 5;

/// Thresholds at which a bound on a feature is more likely than elsewhere.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Meaningful {
    fixed: &'static [f64],
    /// Multiples of this are round numbers for the feature; 0 for none.
    step: f64,
}

/// Privileged ports (1024), NTP (123), Linux NAT's port classes (512, 600), ephemeral ranges.
const PORTS: &[f64] = &[123.0, 512.0, 600.0, 1024.0, 32768.0, 49152.0, 61000.0];
/// DNS over UDP (512, RFC 1035; 1232, DNS flag day 2020), IPv6's minimum MTU (1280), the largest IP, UDP
/// and ICMP payloads in an Ethernet frame, usual tunnel MTUs.
const LENGTHS: &[f64] =
    &[512.0, 576.0, 1232.0, 1280.0, 1400.0, 1410.0, 1420.0, 1450.0, 1472.0, 1480.0, 1492.0, 1500.0, 4096.0];
/// Time-outs as people choose them, in seconds.
const GAPS: &[f64] = &[
    0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 15.0, 20.0, 30.0, 60.0, 90.0,
    120.0, 180.0, 240.0, 300.0, 350.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 86400.0,
];

/// How near to an end of the bracket a constant must lie, as a share of its width.
const NEAR: f64 = 0.1;

impl Meaningful {
    /// Whether a constant lies in the closed range near one of its ends: somewhere inside a wide
    /// range there is always one, and that means nothing.
    pub(crate) fn within(&self, low: f64, high: f64) -> bool {
        let near = |c: f64| (c - low).min(high - c) <= NEAR * c;
        self.fixed.iter().any(|&c| low <= c && c <= high && near(c))
            || (self.step > 0.0 && high - low < self.step && (high / self.step).floor() * self.step >= low)
    }
}

/// The constants for a feature, by what it measures; for a user's column by its name, which is all that is
/// known of it.
#[must_use]
pub(crate) fn meaningful(subject: &Subject) -> Meaningful {
    let quantity = match subject {
        Subject::Feature(feature) => feature.quantity,
        Subject::Column(name) => guessed(name),
    };
    match quantity {
        Quantity::Port => Meaningful { fixed: PORTS, step: 1000.0 },
        Quantity::Pause => Meaningful { fixed: GAPS, step: 0.0 },
        Quantity::Length => Meaningful { fixed: LENGTHS, step: 0.0 },
        Quantity::Load | Quantity::Other => Meaningful::default(),
    }
}

/// What a user's column measures, judging by its name.
fn guessed(name: &str) -> Quantity {
    let lower = name.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|w| lower.contains(w));
    if has(&["port"]) && !has(&["gap", "since"]) {
        Quantity::Port
    } else if has(&["gap", "since", "idle", "elapsed"]) {
        Quantity::Pause
    } else if has(&["len", "size", "bytes"]) {
        Quantity::Length
    } else {
        Quantity::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bracket_around_a_constant_holds_it() {
        let meaningful = |name: &str| meaningful(&Subject::Column(name.to_owned()));
        let ports = meaningful("udp.srcport");
        assert!(ports.within(108.0, 123.0));
        assert!(ports.within(53990.0, 54003.0));
        assert!(!ports.within(53001.0, 53002.0));
        assert!(meaningful("gap.flow").within(59.0, 60.5));
        assert!(!meaningful("ip.ttl").within(0.0, 300.0));
    }
}
