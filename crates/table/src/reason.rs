//! Why a request's outcome is what it is.

use unanswered_registry::Refusal;

/// Why the outcome is what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Nothing to add to the outcome.
    Plain,
    /// Somebody refused, like this.
    Refused(Refusal),
    /// The answer says that the request could not be served.
    Error(Refusal),
    /// The answer was cut off (DNS's TC bit), so that the client has to ask again over TCP.
    Truncated,
    /// The answer was cut off, and the connection over which the client asked again failed.
    FallbackFailed,
    /// The reply was seen, and nothing shows whether it arrived: neither an acknowledgement nor a repeat.
    PassedHere,
    /// The reply was seen and did not arrive: the client asked again, or the server replied again and was never
    /// acknowledged.
    ReplyLost,
    /// Some of the reply arrived, and the rest was sent again and never acknowledged.
    ReplyIncomplete,
    /// The server's host acknowledged the request (TCP), and no answer followed.
    Acknowledged,
    /// The client ended the connection before any answer.
    GaveUp,
    /// The server ended the connection without an answer.
    ClosedWithoutReply,
    /// The server was closing the connection when the request was sent (RFC 9112 section 9.5).
    CrossedClose,
    /// The server still holds an older connection of these ports: it answered the SYN with an acknowledgement for
    /// that one (RFC 9293 section 3.10.7.4).
    OldConnection,
    /// A probe of the path: its time to live is meant to end on the way.
    PathProbe,
    /// A scan: one of many ports or addresses that its client tried out.
    Scan,
    /// A DHCP server's question whether anybody has the address that it then offered.
    AddressCheck,
    /// The last message before the client closed: it asks nothing.
    Closing,
    /// Its bytes are of a kind that wants no reply (an HTTP/2 acknowledgement, the end of a TLS handshake).
    AsksNothing,
    /// The server's host has it, and no answer followed; but this connection carries messages that want none, and it may be
    /// one of them.
    MayBePush,
    /// The server's host has it, no answer followed, and the connection stayed open: nothing shows whether the client waits.
    StillOpen,
    /// The capture does not show which end of the connection is the client.
    WhoAsks,
    /// It went to many machines (broadcast, multicast), of which each answers or not as it likes.
    ToMany,
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
            Self::Error(_) => "error",
            Self::Truncated => "truncated",
            Self::FallbackFailed => "fallback_failed",
            Self::PassedHere => "passed_here",
            Self::ReplyLost => "reply_lost",
            Self::ReplyIncomplete => "reply_incomplete",
            Self::Acknowledged => "acknowledged",
            Self::GaveUp => "gave_up",
            Self::ClosedWithoutReply => "closed_without_reply",
            Self::CrossedClose => "crossed_close",
            Self::OldConnection => "old_connection",
            Self::PathProbe => "path_probe",
            Self::Scan => "scan",
            Self::AddressCheck => "address_check",
            Self::Closing => "closing",
            Self::AsksNothing => "asks_nothing",
            Self::MayBePush => "may_be_push",
            Self::StillOpen => "still_open",
            Self::WhoAsks => "who_asks",
            Self::ToMany => "to_many",
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

    /// The refusal in it: of the request, of its reply on the path back, or in the answer.
    #[must_use]
    pub const fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Refused(refusal) | Self::Error(refusal) | Self::ReplyBounced(refusal) => Some(*refusal),
            Self::Plain
            | Self::Truncated
            | Self::FallbackFailed
            | Self::PassedHere
            | Self::ReplyLost
            | Self::ReplyIncomplete
            | Self::Acknowledged
            | Self::GaveUp
            | Self::ClosedWithoutReply
            | Self::CrossedClose
            | Self::OldConnection
            | Self::PathProbe
            | Self::Scan
            | Self::AddressCheck
            | Self::Closing
            | Self::AsksNothing
            | Self::MayBePush
            | Self::StillOpen
            | Self::WhoAsks
            | Self::ToMany
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
