//! `ntpq -pn`, in the layout of 4.2.x: one line per association.
//!
//! Columns and their widths are those of ntpq's `doprintpeers`; texts that are
//! too long are truncated as there. Times are seconds here, milliseconds in print.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use unanswered_wire::Span;

/// The sign before a line (ntpq's tally code).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tally {
    /// Space: unreachable, unsynchronised or too far.
    Reject,
    /// `x`: contradicts the majority.
    FalseTicker,
    /// `-`: discarded by clustering.
    Outlier,
    /// `+`: survived, is part of the combined offset.
    Candidate,
    /// `*`: survived and is the system peer.
    SystemPeer,
}

impl Tally {
    /// The character ntpq prints.
    #[must_use]
    pub const fn code(self) -> char {
        match self {
            Self::Reject => ' ',
            Self::FalseTicker => 'x',
            Self::Outlier => '-',
            Self::Candidate => '+',
            Self::SystemPeer => '*',
        }
    }
}

/// One association, as ntpq sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BillboardLine {
    /// What selection made of it.
    pub tally: Tally,
    /// The server.
    pub remote: IpAddr,
    /// Its reference id.
    pub reference_id: [u8; 4],
    /// Its stratum, 16 while unsynchronised.
    pub stratum: u8,
    /// Time since the last packet from it; none before the first.
    pub when: Option<Span>,
    /// The poll interval: seconds.
    pub poll: i64,
    /// The reach register.
    pub reach: u8,
    /// Round trip: seconds.
    pub delay: f64,
    /// Offset: seconds.
    pub offset: f64,
    /// Jitter: seconds.
    pub jitter: f64,
}

impl fmt::Display for BillboardLine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let when = self.when.map_or(0, |when| when.nanoseconds().div_euclid(1_000_000_000));
        write!(
            formatter,
            "{}{:<15.15} {:<15.15} {:>2} u {:>4.4} {:>4.4}  {:>3o}  {:>7.7} {:>8.7} {:>7.7}",
            self.tally.code(),
            self.remote.to_string(),
            reference(self.reference_id, self.stratum),
            self.stratum,
            interval(when),
            interval(self.poll),
            self.reach,
            milliseconds(self.delay),
            milliseconds(self.offset),
            milliseconds(self.jitter),
        )
    }
}

/// The whole billboard: heading, rule and one line per association, each with its newline.
#[must_use]
pub fn render(lines: &[BillboardLine]) -> String {
    let mut text =
        String::from("     remote           refid      st t when poll reach   delay   offset  jitter\n");
    text.push_str(&"=".repeat(78));
    text.push('\n');
    for line in lines {
        text.push_str(&line.to_string());
        text.push('\n');
    }
    text
}

/// A reference id as `ntpq -n` shows it: `.INIT.` while unsynchronised or at
/// stratum 1, `LOCAL(1)` for the local clock driver, else an IPv4 address.
fn reference(id: [u8; 4], stratum: u8) -> String {
    if matches!(stratum, 0 | 1 | 16) && id[0] != 127 {
        let name = id.iter().take_while(|&&byte| byte != 0);
        // Bytes from a packet: only what can be printed is shown.
        let name: String =
            name.map(|&byte| if byte.is_ascii_graphic() { char::from(byte) } else { '.' }).collect();
        return format!(".{name}.");
    }
    match id {
        // Reference clock addresses: 127.127.type.unit, type 1 is the local clock.
        [127, 127, 1, unit] => format!("LOCAL({unit})"),
        _ => Ipv4Addr::from(id).to_string(),
    }
}

/// Seconds as ntpq's `prettyinterval` shows them.
fn interval(seconds: i64) -> String {
    if seconds <= 0 {
        return "-".into();
    }
    if seconds <= 2048 {
        return seconds.to_string();
    }
    let minutes = (seconds + 29) / 60;
    if minutes <= 300 {
        return format!("{minutes}m");
    }
    let hours = (minutes + 29) / 60;
    if hours <= 96 {
        return format!("{hours}h");
    }
    format!("{}d", (hours + 11) / 24)
}

fn milliseconds(seconds: f64) -> String {
    format!("{:.3}", seconds * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(tally: Tally, remote: [u8; 4]) -> BillboardLine {
        BillboardLine {
            tally,
            remote: IpAddr::V4(Ipv4Addr::from(remote)),
            reference_id: *b"INIT",
            stratum: 16,
            when: None,
            poll: 16,
            reach: 0,
            delay: 0.0,
            offset: 0.0,
            jitter: 0.0,
        }
    }

    #[test]
    fn the_billboard_is_the_one_that_ntpq_printed_for_the_same_values() {
        // captures/story-osa/ntpq-cpn2.txt, 2026-11-23T06:49:52Z, by ntpq of 4.2.7p274.
        let silent = line(Tally::Reject, [10, 9, 9, 21]);
        let good = BillboardLine {
            reference_id: [127, 127, 1, 1],
            stratum: 5,
            when: Some(Span::from_milliseconds(12_300)),
            reach: 0o17,
            delay: 0.000_461,
            offset: 0.000_088,
            jitter: 0.000_070,
            ..line(Tally::SystemPeer, [10, 9, 9, 22])
        };
        let expected = "     remote           refid      st t when poll reach   delay   offset  jitter
==============================================================================
 10.9.9.21       .INIT.          16 u    -   16    0    0.000    0.000   0.000
*10.9.9.22       LOCAL(1)         5 u   12   16   17    0.461    0.088   0.070
";
        assert_eq!(render(&[silent, good]), expected);
    }

    #[test]
    fn the_storys_line_keeps_its_columns() {
        let story = BillboardLine {
            reference_id: [10, 0, 0, 1],
            stratum: 3,
            when: Some(Span::from_seconds(204)),
            poll: 256,
            reach: 0o265,
            delay: 0.001_5,
            offset: -0.012_345,
            jitter: 1.234_567,
            ..line(Tally::Candidate, [172, 21, 96, 29])
        };
        let expected = "+172.21.96.29    10.0.0.1         3 u  204  256  265    1.500  -12.345 1234.56";
        assert_eq!(story.to_string(), expected);
    }

    #[test]
    fn intervals_change_their_unit_where_ntpq_does() {
        for (seconds, text) in [
            (0, "-"),
            (2048, "2048"),
            (2049, "34m"),
            (18_000, "300m"),
            (18_060, "5h"),
            (345_600, "96h"),
            (360_000, "4d"),
        ] {
            assert_eq!(interval(seconds), text);
        }
    }
}
