//! Why a request's outcome is what it is.

use unanswered_registry::Refusal;

/// Why the outcome is what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Nothing to add to the outcome.
    Plain,
    /// Somebody refused, like this.
    Refused(Refusal),
    /// The reply came from another address or port than the one the request went to.
    WrongSource,
    /// The reply carries the request's identity but answers another question.
    WrongQuestion,
    /// The reply's origin timestamp fits no request of this flow.
    WrongOrigin,
    /// The client's kernel refused the reply: nothing was waiting for it any more.
    PortClosed,
    /// Not all fragments of the reply were seen.
    IncompleteFragments,
    /// The reply did not reach the client: a router (or its host) sent an error about it back.
    ReplyBounced(Refusal),
    /// It took a second transmission.
    Repeated,
    /// The reply took longer than the client waits.
    AfterTimeout,
    /// The capture ended before the time-out.
    EndOfCapture,
    /// The place sees one direction only.
    OneDirection,
    /// The client goes on sending without waiting for a reply.
    Streaming,
    /// The capture lost packets here, so that the reply may have passed unseen.
    CaptureDropped,
}

impl Reason {
    /// Stable name for programs; a refusal's own code goes beside it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Refused(_) => "refused",
            Self::WrongSource => "wrong_source",
            Self::WrongQuestion => "wrong_question",
            Self::WrongOrigin => "wrong_origin",
            Self::PortClosed => "port_closed",
            Self::IncompleteFragments => "incomplete_fragments",
            Self::ReplyBounced(_) => "reply_bounced",
            Self::Repeated => "repeated",
            Self::AfterTimeout => "after_timeout",
            Self::EndOfCapture => "end_of_capture",
            Self::OneDirection => "one_direction",
            Self::Streaming => "streaming",
            Self::CaptureDropped => "capture_dropped",
        }
    }

    /// The refusal in it: of the request, or of its reply on the path back.
    #[must_use]
    pub const fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Refused(refusal) | Self::ReplyBounced(refusal) => Some(*refusal),
            Self::Plain
            | Self::WrongSource
            | Self::WrongQuestion
            | Self::WrongOrigin
            | Self::PortClosed
            | Self::IncompleteFragments
            | Self::Repeated
            | Self::AfterTimeout
            | Self::EndOfCapture
            | Self::OneDirection
            | Self::Streaming
            | Self::CaptureDropped => None,
        }
    }
}
