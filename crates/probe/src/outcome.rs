//! What came of one request, as the sender saw it, and what that says.

use std::net::IpAddr;
use unanswered_time::Span;

/// What came of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A reply that a client accepts came in time.
    Answered {
        /// How long after the request.
        after: Span,
    },
    /// The reply came after the time-out. The request was not dropped, so that it counts as passed; it is also counted as late.
    Late {
        /// How long after the request.
        after: Span,
    },
    /// Nothing came back.
    Silent,
    /// Somebody turned the request away.
    Refused(Refusal),
    /// A reply came from another address than was asked: a client drops it, so that it counts as failed.
    Elsewhere {
        /// Where it came from.
        from: IpAddr,
    },
    /// A router says that the TTL was used up (ICMP type 11, RFC 792; ICMPv6 type 3, RFC 4443).
    TimeExceeded {
        /// The router.
        from: IpAddr,
    },
    /// Another ICMP error of a router on the path, such as "host unreachable".
    Unreachable {
        /// Who says so.
        from: IpAddr,
    },
    /// The request could not be sent, so that it says nothing.
    NotSent,
}

/// How a request was turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// "You ask too often": the kiss-o'-death RATE (RFC 5905, section 7.4). It speaks of the pace, not of the request.
    TooFast,
    /// "You may not ask": kiss-o'-death DENY or RSTR, REFUSED (RFC 1035), ICMP administratively prohibited (RFC 1812,
    /// section 5.2.7.1).
    Prohibited,
    /// Nobody listens: ICMP port unreachable, RST.
    Closed,
}

/// What an outcome says of the request itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was answered, however late.
    Passed,
    /// It was dropped, turned away, or its reply cannot be accepted.
    Failed,
    /// Nothing: it was not sent, or it was turned away for the pace at which others were sent.
    Unknown,
}

impl Outcome {
    /// What the outcome says of the request, where the pace is not what is asked about.
    #[must_use]
    pub const fn fate(self) -> Fate {
        match self {
            Self::Answered { .. } | Self::Late { .. } => Fate::Passed,
            Self::Silent
            | Self::Refused(Refusal::Prohibited | Refusal::Closed)
            | Self::Elsewhere { .. }
            | Self::TimeExceeded { .. }
            | Self::Unreachable { .. } => Fate::Failed,
            Self::Refused(Refusal::TooFast) | Self::NotSent => Fate::Unknown,
        }
    }

    /// The same where the pace is what is asked about: "you ask too often" is a failure then.
    #[must_use]
    pub const fn fate_at_this_pace(self) -> Fate {
        match self {
            Self::Refused(Refusal::TooFast) => Fate::Failed,
            Self::Answered { .. }
            | Self::Late { .. }
            | Self::Silent
            | Self::Refused(Refusal::Prohibited | Refusal::Closed)
            | Self::Elsewhere { .. }
            | Self::TimeExceeded { .. }
            | Self::Unreachable { .. }
            | Self::NotSent => self.fate(),
        }
    }

    /// How long the reply took, if there was one.
    #[must_use]
    pub const fn round_trip(self) -> Option<Span> {
        match self {
            Self::Answered { after } | Self::Late { after } => Some(after),
            Self::Silent
            | Self::Refused(_)
            | Self::Elsewhere { .. }
            | Self::TimeExceeded { .. }
            | Self::Unreachable { .. }
            | Self::NotSent => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_reply_shows_that_the_request_was_not_dropped() {
        assert_eq!(Outcome::Late { after: Span::from_seconds(4) }.fate(), Fate::Passed);
    }

    #[test]
    fn a_kiss_of_death_counts_only_where_the_pace_is_asked_about() {
        let kiss = Outcome::Refused(Refusal::TooFast);
        assert_eq!(kiss.fate(), Fate::Unknown);
        assert_eq!(kiss.fate_at_this_pace(), Fate::Failed);
        assert_eq!(Outcome::NotSent.fate_at_this_pace(), Fate::Unknown);
    }
}
