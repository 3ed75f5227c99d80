//! What the packets after a request showed of it at one place.

use super::Sighting;
use crate::leg::Flags;

/// One thing that a place saw of a request besides its first transmission and its reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sign {
    /// The server's host acknowledged the whole request (TCP).
    RequestAcknowledged,
    /// The client asked again after a reply had passed.
    AskedAgain,
    /// The server sent its reply again (TCP): it was not acknowledged in time.
    ReplySentAgain,
    /// More than one reply came.
    SeveralReplies,
    /// The client acknowledged a part of the reply, or its beginning is missing here.
    PartArrived,
    /// What the client sent next shows that the reply arrived.
    ReplyArrived,
    /// The client's host said that nothing waits for the reply.
    TurnedAway,
    /// The client ended the connection before any answer.
    ClientGaveUp,
    /// The server closed the connection behind the request, without an answer.
    ServerClosed,
    /// The server was closing the connection when the request was sent.
    CrossedClose,
}

impl Sign {
    /// All signs, in the order in which they come about.
    pub const ALL: [Self; 10] = [
        Self::RequestAcknowledged,
        Self::AskedAgain,
        Self::ReplySentAgain,
        Self::SeveralReplies,
        Self::PartArrived,
        Self::ReplyArrived,
        Self::TurnedAway,
        Self::ClientGaveUp,
        Self::ServerClosed,
        Self::CrossedClose,
    ];

    /// Stable name for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::RequestAcknowledged => "request_acknowledged",
            Self::AskedAgain => "asked_again",
            Self::ReplySentAgain => "reply_sent_again",
            Self::SeveralReplies => "several_replies",
            Self::PartArrived => "part_arrived",
            Self::ReplyArrived => "reply_arrived",
            Self::TurnedAway => "turned_away",
            Self::ClientGaveUp => "client_gave_up",
            Self::ServerClosed => "server_closed",
            Self::CrossedClose => "crossed_close",
        }
    }

    const fn flag(self) -> u16 {
        match self {
            Self::RequestAcknowledged => Flags::ACKNOWLEDGED,
            Self::AskedAgain => Flags::ASKED_AGAIN,
            Self::ReplySentAgain => Flags::SENT_AGAIN,
            Self::SeveralReplies => Flags::REPLIED_AGAIN,
            Self::PartArrived => Flags::PARTLY,
            Self::ReplyArrived => Flags::ARRIVED,
            Self::TurnedAway => Flags::CLIENT_COMPLAINED,
            Self::ClientGaveUp => Flags::GAVE_UP,
            Self::ServerClosed => Flags::CLOSED,
            Self::CrossedClose => Flags::CROSSED,
        }
    }
}

impl Sighting<'_> {
    /// What the packets after the request showed of it here.
    #[must_use]
    pub fn signs(&self) -> Vec<Sign> {
        let has = |sign: Sign| self.leg.flags.has(sign.flag());
        let says_less = |sign: Sign| match sign {
            Sign::PartArrived => has(Sign::ReplyArrived),
            Sign::SeveralReplies => has(Sign::ReplySentAgain),
            Sign::RequestAcknowledged
            | Sign::AskedAgain
            | Sign::ReplySentAgain
            | Sign::ReplyArrived
            | Sign::TurnedAway
            | Sign::ClientGaveUp
            | Sign::ServerClosed
            | Sign::CrossedClose => false,
        };
        Sign::ALL.into_iter().filter(|sign| has(*sign) && !says_less(*sign)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_sign_has_a_flag_and_a_code_of_its_own() {
        let flags: BTreeSet<u16> = Sign::ALL.iter().map(|sign| sign.flag()).collect();
        let codes: BTreeSet<&str> = Sign::ALL.iter().map(|sign| sign.code()).collect();
        assert_eq!((flags.len(), codes.len()), (Sign::ALL.len(), Sign::ALL.len()));
    }
}
