//! The words for what becomes of a request, and for where it failed.

use std::fmt;

/// What became of a request. Each request ends with exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Outcome {
    /// A reply that the client accepts came in time.
    Answered = 0,
    /// A refusal: ICMP error, kiss-o'-death, RST, REFUSED.
    Refused = 1,
    /// The reply came after the client's time-out; a TCP connect that needed a second SYN.
    Late = 2,
    /// A reply is on the wire but its client cannot accept it.
    Rejected = 3,
    /// Nothing came back.
    Unanswered = 4,
    /// The capture cannot tell. Never counted as a failure.
    Unknown = 5,
}

impl Outcome {
    /// All outcomes, in the order of their numbers.
    pub const ALL: [Self; 6] =
        [Self::Answered, Self::Refused, Self::Late, Self::Rejected, Self::Unanswered, Self::Unknown];

    /// Whether a telltale has to explain it.
    #[must_use]
    pub const fn failed(self) -> bool {
        matches!(self, Self::Refused | Self::Late | Self::Rejected | Self::Unanswered)
    }

    /// The word used in JSON, tables and reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Refused => "refused",
            Self::Late => "late",
            Self::Rejected => "rejected",
            Self::Unanswered => "unanswered",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The eight steps of a round trip, each of which can fail by itself (Jacob Gabrielson,
/// "Challenges with distributed systems", Amazon Builders' Library).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// The client puts the request on the network.
    PostRequest,
    /// The network carries it to the server.
    DeliverRequest,
    /// The server's host and process check it.
    ValidateRequest,
    /// The server acts on it.
    UpdateServerState,
    /// The server puts the reply on the network.
    PostReply,
    /// The network carries it to the client.
    DeliverReply,
    /// The client checks it.
    ValidateReply,
    /// The client acts on it.
    UpdateClientState,
}

impl Step {
    /// All steps, in their order.
    pub const ALL: [Self; 8] = [
        Self::PostRequest,
        Self::DeliverRequest,
        Self::ValidateRequest,
        Self::UpdateServerState,
        Self::PostReply,
        Self::DeliverReply,
        Self::ValidateReply,
        Self::UpdateClientState,
    ];

    /// The name as the article writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PostRequest => "POST_REQUEST",
            Self::DeliverRequest => "DELIVER_REQUEST",
            Self::ValidateRequest => "VALIDATE_REQUEST",
            Self::UpdateServerState => "UPDATE_SERVER_STATE",
            Self::PostReply => "POST_REPLY",
            Self::DeliverReply => "DELIVER_REPLY",
            Self::ValidateReply => "VALIDATE_REPLY",
            Self::UpdateClientState => "UPDATE_CLIENT_STATE",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
