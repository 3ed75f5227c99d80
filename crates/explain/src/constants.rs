//! Constants that mean something: thresholds that people write into code and configuration.

/// Thresholds at which a bound on the feature is likelier than elsewhere. A bound whose bracket
/// holds one costs less in the search.
#[must_use]
pub fn meaningful(feature: &str) -> Vec<f64> {
    let lower = feature.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|w| lower.contains(w));
    if has(&["port"]) {
        // Privileged ports (1024), NTP (123), Linux NAT's classes (512, 600), ephemeral ranges.
        vec![123.0, 512.0, 600.0, 1024.0, 32768.0, 49152.0, 61000.0]
    } else if has(&["len", "size", "bytes"]) {
        // DNS over UDP (512, RFC 1035; 1232, DNS flag day), IPv6 minimum MTU (1280), Ethernet payloads.
        vec![76.0, 512.0, 576.0, 1232.0, 1280.0, 1400.0, 1450.0, 1472.0, 1480.0, 1500.0, 4096.0]
    } else {
        Vec::new()
    }
}
