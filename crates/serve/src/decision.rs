//! What becomes of a request, and how often each of it has happened.

use std::fmt;
use unanswered_wire::Span;

/// What a server does with one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Answers it after this time.
    Answer(Span),
    /// Says no after this time: a kiss-o'-death, or REFUSED.
    Refuse(Span),
    /// Sends nothing.
    Drop(Reason),
}

/// Why a server sends nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// It is no request of the service's protocol.
    NotARequest,
    /// The program drops requests from this source port.
    ProgramPort,
    /// The program's own rate limit.
    RateLimited,
    /// A protocol version that the program does not answer.
    Version,
    /// An NTP mode that the program does not answer.
    Mode,
    /// A query type that the server does not answer.
    QueryType,
    /// A query with EDNS.
    Edns,
    /// It comes from a server of the same kind: answers to it would go back and forth for ever.
    Loop,
    /// Not one of the source ports that get through.
    SourcePort,
    /// The request is too long.
    RequestSize,
    /// The reply is too long.
    ReplySize,
    /// By chance.
    Loss,
    /// The token bucket is empty.
    NoToken,
    /// The mapping of its flow has timed out.
    Forgotten,
    /// Its flow goes over the dead link.
    DeadLink,
    /// As many requests are worked on as the server can.
    Busy,
}

impl Reason {
    /// All of them, in the order in which they are declared.
    pub const ALL: [Self; 16] = [
        Self::NotARequest,
        Self::ProgramPort,
        Self::RateLimited,
        Self::Version,
        Self::Mode,
        Self::QueryType,
        Self::Edns,
        Self::Loop,
        Self::SourcePort,
        Self::RequestSize,
        Self::ReplySize,
        Self::Loss,
        Self::NoToken,
        Self::Forgotten,
        Self::DeadLink,
        Self::Busy,
    ];
}

impl fmt::Display for Reason {
    /// Fits behind "dropped: ".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotARequest => "not a request of this protocol",
            Self::ProgramPort => "a source port that the program drops",
            Self::RateLimited => "above the program's rate limit",
            Self::Version => "a version that the program does not answer",
            Self::Mode => "a mode that the program does not answer",
            Self::QueryType => "a query type that is ignored",
            Self::Edns => "a query with EDNS",
            Self::Loop => "from the server's own port, as another server sends",
            Self::SourcePort => "a source port that does not get through",
            Self::RequestSize => "the request is too long",
            Self::ReplySize => "the reply is too long",
            Self::Loss => "lost by chance",
            Self::NoToken => "no token in the bucket",
            Self::Forgotten => "first of its flow after a pause",
            Self::DeadLink => "the flow goes over the dead link",
            Self::Busy => "the server is busy",
        })
    }
}

/// How often what has happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Requests.
    pub requests: u64,
    /// Of those, answered.
    pub answered: u64,
    /// Of those, told no.
    pub refused: u64,
    /// By reason, in the order of [`Reason::ALL`].
    dropped: [u64; Reason::ALL.len()],
}

impl Tally {
    /// Counts a request.
    pub fn count(&mut self, decision: Decision) {
        self.requests += 1;
        match decision {
            Decision::Answer(_) => self.answered += 1,
            Decision::Refuse(_) => self.refused += 1,
            Decision::Drop(reason) => self.dropped[reason as usize] += 1,
        }
    }

    /// How many requests were dropped for this reason.
    #[must_use]
    pub const fn dropped(&self, reason: Reason) -> u64 {
        self.dropped[reason as usize]
    }

    /// How many requests were dropped.
    #[must_use]
    pub fn dropped_in_all(&self) -> u64 {
        self.dropped.iter().sum()
    }

    /// The reasons that have occurred, each with its count.
    pub fn reasons(&self) -> impl Iterator<Item = (Reason, u64)> {
        Reason::ALL.into_iter().zip(self.dropped).filter(|(_, count)| *count > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_its_own_place_and_words() {
        let mut tally = Tally::default();
        for (place, reason) in Reason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, place);
            for _ in 0..=place {
                tally.count(Decision::Drop(reason));
            }
        }
        for (reason, count) in (1..).zip(Reason::ALL).map(|(count, reason)| (reason, count)) {
            assert_eq!(tally.dropped(reason), count);
        }
        let words: std::collections::BTreeSet<String> = Reason::ALL.iter().map(Reason::to_string).collect();
        assert_eq!(words.len(), Reason::ALL.len());
    }

    #[test]
    fn every_request_is_counted_once() {
        let mut tally = Tally::default();
        let decisions = [
            Decision::Answer(Span::default()),
            Decision::Refuse(Span::default()),
            Decision::Drop(Reason::Loss),
            Decision::Drop(Reason::Loss),
        ];
        for decision in decisions {
            tally.count(decision);
        }
        assert_eq!((tally.requests, tally.answered, tally.refused, tally.dropped_in_all()), (4, 1, 1, 2));
        assert_eq!(tally.reasons().collect::<Vec<_>>(), [(Reason::Loss, 2)]);
    }
}
