//! A server's counters, in the layout of `ntpq -c sysstats` (4.2.6 to 4.2.8).
//!
//! "bad length or format" is the only trace that ntpd leaves of a request that
//! it dropped because of its source port.

use std::fmt;

use unanswered_wire::Span;

/// What a server has counted since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Packets that arrived, of any kind.
    pub received: u64,
    /// Of those, requests of version 4.
    pub current_version: u64,
    /// Requests of versions 1 to 3.
    pub older_version: u64,
    /// Source port refused, version unknown, or mode 0 outside version 1.
    pub bad_length_or_format: u64,
    /// Modes that a server does not answer.
    pub declined: u64,
    /// Requests above the rate limit, kissed or not.
    pub rate_limited: u64,
    /// Kisses sent.
    pub kod_responses: u64,
    /// Replies sent, kisses not counted. ntpq does not show this one.
    pub replies: u64,
}

/// The counters with the time they cover; prints as ntpq does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sysstats {
    /// Time since the server started.
    pub uptime: Span,
    /// The counters.
    pub statistics: Statistics,
}

impl fmt::Display for Sysstats {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let uptime = self.uptime.nanoseconds().div_euclid(1_000_000_000);
        let Statistics { received, current_version, older_version, .. } = self.statistics;
        let Statistics { bad_length_or_format, declined, rate_limited, kod_responses, .. } = self.statistics;
        writeln!(formatter, "uptime:                 {uptime}")?;
        writeln!(formatter, "sysstats reset:         {uptime}")?;
        writeln!(formatter, "packets received:       {received}")?;
        writeln!(formatter, "current version:        {current_version}")?;
        writeln!(formatter, "older version:          {older_version}")?;
        writeln!(formatter, "bad length or format:   {bad_length_or_format}")?;
        writeln!(formatter, "authentication failed:  0")?;
        writeln!(formatter, "declined:               {declined}")?;
        writeln!(formatter, "restricted:             0")?;
        writeln!(formatter, "rate limited:           {rate_limited}")?;
        writeln!(formatter, "KoD responses:          {kod_responses}")?;
        writeln!(formatter, "processed for time:     0")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_the_one_that_ntpq_printed_for_the_same_values() {
        // captures/ratelimit/ntp-a-sysstats.txt, 2026-11-23T07:01:35Z.
        let statistics = Statistics {
            received: 705,
            current_version: 685,
            rate_limited: 587,
            kod_responses: 66,
            ..Statistics::default()
        };
        let sysstats = Sysstats { uptime: Span::from_milliseconds(841_900), statistics };
        let expected = "uptime:                 841
sysstats reset:         841
packets received:       705
current version:        685
older version:          0
bad length or format:   0
authentication failed:  0
declined:               0
restricted:             0
rate limited:           587
KoD responses:          66
processed for time:     0
";
        assert_eq!(sysstats.to_string(), expected);
    }
}
