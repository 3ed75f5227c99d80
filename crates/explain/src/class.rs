//! How requests failed, as far as their packets say it themselves: no comparison is needed to tell it.

use unanswered_table::{Outcome, Reason};

/// Requests that failed in one way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Class {
    /// Name of their protocol.
    pub protocol: String,
    /// What became of them.
    pub outcome: Outcome,
    /// What the packets say of it.
    pub reason: Reason,
    /// The address that said no or answered, where there is one for all of them.
    pub by: Option<String>,
}

impl Class {
    /// Whether the reason tells what happened; silence, and what took too long, do not.
    #[must_use]
    pub const fn speaks(reason: Reason) -> bool {
        match reason {
            Reason::Refused(_)
            | Reason::Error(_)
            | Reason::FallbackFailed
            | Reason::ReplyLost
            | Reason::ReplyIncomplete
            | Reason::Acknowledged
            | Reason::ClosedWithoutReply
            | Reason::CrossedClose
            | Reason::OldConnection
            | Reason::WrongSource
            | Reason::WrongQuestion
            | Reason::WrongOrigin
            | Reason::PortClosed
            | Reason::ReplyBounced(_)
            | Reason::IncompleteFragments => true,
            Reason::Plain
            | Reason::Truncated
            | Reason::PassedHere
            | Reason::GaveUp
            | Reason::PathProbe
            | Reason::Scan
            | Reason::AddressCheck
            | Reason::Closing
            | Reason::AsksNothing
            | Reason::ToMany
            | Reason::MayBePush
            | Reason::StillOpen
            | Reason::WhoAsks
            | Reason::Repeated
            | Reason::AfterTimeout
            | Reason::EndOfCapture
            | Reason::OneDirection
            | Reason::Streaming
            | Reason::CaptureDropped => false,
        }
    }
}
