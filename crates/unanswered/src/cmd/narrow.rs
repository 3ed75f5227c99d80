//! `--since`, `--until` and `--only`: which frames are looked at, on every command that reads captures.

use crate::failure::Failure;
use unanswered_narrow::{Backwards, CaptureFilter, Narrowing};
use unanswered_time::dates::{self, Moment, NotAMoment};

/// The arguments, as typed.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct NarrowArgs {
    /// Only frames from this time on: '2026-11-28 18:33', 18:33:05, +30s (after the first frame), or Unix seconds
    ///
    /// Times are UTC, as in reports, unless they have an offset: 18:33+02:00. A time of day is on the day of
    /// the first frame. Requests from before are not looked at; replies to them show as replies without a
    /// request.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, help_heading = "Narrowing")]
    since: Option<String>,
    /// Only frames before this time
    ///
    /// Written as for --since. It is the end of the capture for what the report says: a request that could
    /// still have been answered later is unknown, not unanswered.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, help_heading = "Narrowing")]
    until: Option<String>,
    /// Only frames that match a capture filter, as tcpdump takes it: 'host 10.0.0.5 and port 53'
    ///
    /// The syntax of pcap-filter(7) without names and without expressions over bytes: host, net, port,
    /// portrange, proto with src and dst; ip, ip6, tcp, udp, icmp, icmp6, ether host, vlan, less, greater;
    /// and, or, not and parentheses. Meant are all packets in a frame: VLAN tags and tunnels are looked
    /// through, an ICMP error matches as the packet that it quotes does, and fragments without ports are kept
    /// where their addresses fit. Frames that cannot be decoded do not match.
    #[arg(long, value_name = "FILTER", help_heading = "Narrowing")]
    only: Option<String>,
}

impl NarrowArgs {
    /// The text of `--only`, which names columns where a table is read.
    pub(crate) fn only(&self) -> Option<&str> {
        self.only.as_deref()
    }

    /// What they mean.
    pub(crate) fn narrowing(&self) -> Result<Narrowing, Failure> {
        let moment =
            |argument, text: &Option<String>| text.as_ref().map(|text| moment(argument, text)).transpose();
        let only = self.only.as_ref().map(|text| {
            CaptureFilter::parse(text)
                .map_err(|error| Failure::new(format!("--only {text}"), &error).hint(error.hint()))
        });
        let narrowing = Narrowing {
            since: moment("--since", &self.since)?,
            until: moment("--until", &self.until)?,
            only: only.transpose()?,
        };
        narrowing.check().map_err(backwards)?;
        Ok(narrowing)
    }
}

/// Nothing lies in the window.
pub(crate) fn backwards(error: Backwards) -> Failure {
    Failure::new("--since and --until", error).hint(
        "a time of day is on the day of the first frame: give the date where a capture goes beyond midnight",
    )
}

/// A moment that was typed.
pub(crate) fn moment(argument: &str, text: &str) -> Result<Moment, Failure> {
    dates::moment(text).map_err(|error| {
        let hint = match error {
            NotAMoment::Form | NotAMoment::TooFar => {
                format!("for example {argument} '2026-11-28 18:33', {argument} 18:33:05 or {argument} +30s")
            }
            NotAMoment::BeforeLast => {
                format!("count from the first frame, such as {argument} +5m, or give the time itself")
            }
            NotAMoment::Local => {
                format!("write its offset, such as {argument} 18:33+02:00; without one, times are UTC")
            }
        };
        Failure::new(format!("{argument} {text}"), error).hint(hint)
    })
}
