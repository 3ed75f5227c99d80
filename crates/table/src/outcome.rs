//! The words for what becomes of a request, and for where it failed.

use std::fmt;

/// What became of a request, as its client experienced it. Each request ends with exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Outcome {
    /// A reply that the client accepts came in time.
    Answered = 0,
    /// Somebody turned the request away: ICMP error, RST, kiss-o'-death.
    Refused = 1,
    /// An answer that says "I failed": SERVFAIL, an NTP server that is not synchronised.
    Error = 2,
    /// The reply came after the client's time-out, or only to a request that had to be sent again.
    Late = 3,
    /// A reply is on the wire but its client cannot accept it.
    Rejected = 4,
    /// No reply reached the client: nothing came back, or what came back was lost on its path.
    Unanswered = 5,
    /// The client asked several servers at once and took the answer of another. Never counted as a failure.
    Superseded = 6,
    /// The packet wanted no reply, or hoped for none: a probe of traceroute, a closing message. Never counted
    /// as a failure.
    NoneDue = 7,
    /// The capture cannot tell. Never counted as a failure.
    Unknown = 8,
}

impl Outcome {
    /// All outcomes, in the order of their numbers.
    pub const ALL: [Self; 9] = [
        Self::Answered,
        Self::Refused,
        Self::Error,
        Self::Late,
        Self::Rejected,
        Self::Unanswered,
        Self::Superseded,
        Self::NoneDue,
        Self::Unknown,
    ];

    /// Whether a telltale has to explain it.
    #[must_use]
    pub const fn failed(self) -> bool {
        matches!(self, Self::Refused | Self::Error | Self::Late | Self::Rejected | Self::Unanswered)
    }

    /// Whether it says anything about loss: the request wanted a reply, and it is known what came of that.
    #[must_use]
    pub const fn judged(self) -> bool {
        !matches!(self, Self::Superseded | Self::NoneDue | Self::Unknown)
    }

    /// The word used in JSON, tables and reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Refused => "refused",
            Self::Error => "error",
            Self::Late => "late",
            Self::Rejected => "rejected",
            Self::Unanswered => "unanswered",
            Self::Superseded => "superseded",
            Self::NoneDue => "no_reply_due",
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
