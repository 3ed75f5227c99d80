//! What captures show of failed requests besides their features, for the catalogue.

use unanswered_registry::Refusal;

/// What is known about the requests of a finding besides its clauses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// Names of the protocols of the failed requests. Empty when unknown.
    pub protocols: Vec<String>,
    /// How the refused ones were refused, each once.
    pub refusals: Vec<Refusal>,
    /// What else holds.
    pub facts: Vec<Fact>,
}

/// Something that the exchanges show and no clause says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// Failed requests pass an address translation.
    Translated,
    /// Several clients share one translated address.
    SharedAddress,
    /// Replies to failed requests are on the wire.
    ReplySeen,
    /// Such replies come from another address or port than the request went to.
    WrongSource,
    /// Such replies do not carry the request's identity or question.
    WrongIdentity,
    /// Replies to failed requests were sent in fragments.
    ReplyFragmented,
    /// Failed requests were answered when retransmitted.
    RetryAnswered,
    /// Failed requests are the first of their flow.
    NewFlow,
    /// The server says that it gets too many requests.
    SaysTooOften,
}

impl Fact {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Translated,
        Self::SharedAddress,
        Self::ReplySeen,
        Self::WrongSource,
        Self::WrongIdentity,
        Self::ReplyFragmented,
        Self::RetryAnswered,
        Self::NewFlow,
        Self::SaysTooOften,
    ];

    /// The word in catalogue files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Translated => "translated",
            Self::SharedAddress => "shared_address",
            Self::ReplySeen => "reply_seen",
            Self::WrongSource => "wrong_source",
            Self::WrongIdentity => "wrong_identity",
            Self::ReplyFragmented => "reply_fragmented",
            Self::RetryAnswered => "retry_answered",
            Self::NewFlow => "new_flow",
            Self::SaysTooOften => "says_too_often",
        }
    }

    /// 0 to 1: how much it says about a cause; new flows and translations are everywhere.
    pub(crate) const fn specific(self) -> f64 {
        match self {
            Self::WrongSource | Self::WrongIdentity | Self::ReplyFragmented | Self::SaysTooOften => 0.9,
            Self::RetryAnswered | Self::SharedAddress => 0.4,
            Self::Translated | Self::NewFlow | Self::ReplySeen => 0.2,
        }
    }
}
