//! What became visible of failed requests that were followed from place to place.

use unanswered_registry::Refusal;
use unanswered_table::{Reason, Step};

/// What became visible of one failed request. `P` is a place: a number while requests are followed, a name
/// in a diagnosis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate<P> {
    /// Seen here and not there, where such requests are usually seen.
    RequestLost(P, P),
    /// It went to another machine than the answered requests at that time.
    Misdirected(P),
    /// Somebody along the path said that it cannot be forwarded.
    RefusedOnTheWay(Refusal),
    /// The server's kernel said no.
    RefusedByHost(Refusal),
    /// The service said no.
    RefusedByService(Refusal),
    /// The service took the request and answered that it failed at it.
    FailedInService(Refusal),
    /// The server's host acknowledged the request (TCP), and no answer followed.
    Acknowledged(P),
    /// The server closed the connection behind the request, without an answer.
    Closed(P),
    /// The server was closing the connection when the request was sent.
    Crossed(P),
    /// The server answered for an older connection of the same ports.
    OldConnection(P),
    /// The reply passed here and did not arrive: it was lost behind this place, towards the client.
    ReplyLostBehind(P),
    /// Seen at the server's interface; no reply left.
    NoReply(P, Interface),
    /// The reply came later than the client waits, already when it left the server.
    Slow(P),
    /// A transmission was seen here and not there: the client waited for a later one.
    CopyLost(P, P),
    /// Every transmission came to the server's own interface, and only a later one was answered.
    CopyIgnored(P),
    /// The first reply was seen here, and there only a later one.
    ReplyCopyLost(P, P),
    /// The reply came to the client, which had given up; what was lost before, and between which places.
    GivenUp(P, Option<(P, P)>),
    /// The server replied from another address or port.
    WrongSource(P),
    /// The reply was seen here and not there.
    ReplyLost(P, P),
    /// A router sent the reply back to the server.
    ReplyBounced(P),
    /// The reply was seen at the place nearest to the client, which cannot take it.
    Unacceptable(Reason),
    /// Last seen here; nothing was captured beyond.
    NothingBeyond(P),
}

/// Whether a place is the server's own interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Interface {
    /// It is taken for it, as the last place before the server.
    Presumed,
    /// It surely is.
    Certain,
}

impl<P> Fate<P> {
    /// The step that failed, where the fate shows it.
    #[must_use]
    pub const fn step(&self) -> Option<Step> {
        match self {
            Self::RequestLost(..) | Self::CopyLost(..) | Self::Misdirected(_) | Self::RefusedOnTheWay(_) => {
                Some(Step::DeliverRequest)
            }
            Self::RefusedByHost(_)
            | Self::RefusedByService(_)
            | Self::NoReply(..)
            | Self::OldConnection(_)
            | Self::Crossed(_)
            | Self::CopyIgnored(..) => Some(Step::ValidateRequest),
            Self::Slow(_) | Self::FailedInService(_) | Self::Acknowledged(_) | Self::Closed(_) => {
                Some(Step::UpdateServerState)
            }
            Self::WrongSource(_) => Some(Step::PostReply),
            Self::ReplyLost(..)
            | Self::ReplyLostBehind(_)
            | Self::ReplyCopyLost(..)
            | Self::ReplyBounced(_) => Some(Step::DeliverReply),
            Self::Unacceptable(_) | Self::GivenUp(..) => Some(Step::ValidateReply),
            Self::NothingBeyond(_) => None,
        }
    }

    /// Stable name for programs. Fates of one code are counted together, whatever their places.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::RequestLost(..) => "request_lost",
            Self::Misdirected(_) => "misdirected",
            Self::RefusedOnTheWay(_) => "refused_on_the_way",
            Self::RefusedByHost(_) => "refused_by_host",
            Self::RefusedByService(_) => "refused_by_service",
            Self::FailedInService(_) => "failed_in_service",
            Self::Acknowledged(_) => "acknowledged",
            Self::Closed(_) => "closed",
            Self::Crossed(_) => "crossed",
            Self::OldConnection(_) => "old_connection",
            Self::ReplyLostBehind(_) => "reply_lost_behind",
            Self::NoReply(..) => "no_reply",
            Self::Slow(_) => "slow",
            Self::CopyLost(..) => "transmission_lost",
            Self::CopyIgnored(..) => "transmission_ignored",
            Self::ReplyCopyLost(..) => "first_reply_lost",
            Self::GivenUp(..) => "given_up",
            Self::WrongSource(_) => "wrong_source",
            Self::ReplyLost(..) => "reply_lost",
            Self::ReplyBounced(_) => "reply_bounced",
            Self::Unacceptable(_) => "unacceptable",
            Self::NothingBeyond(_) => "nothing_beyond",
        }
    }

    /// The same with places renamed.
    pub fn map<Q>(self, name: impl Fn(P) -> Q) -> Fate<Q> {
        match self {
            Self::RequestLost(a, b) => Fate::RequestLost(name(a), name(b)),
            Self::Misdirected(a) => Fate::Misdirected(name(a)),
            Self::RefusedOnTheWay(refusal) => Fate::RefusedOnTheWay(refusal),
            Self::RefusedByHost(refusal) => Fate::RefusedByHost(refusal),
            Self::RefusedByService(refusal) => Fate::RefusedByService(refusal),
            Self::FailedInService(refusal) => Fate::FailedInService(refusal),
            Self::Acknowledged(a) => Fate::Acknowledged(name(a)),
            Self::Closed(a) => Fate::Closed(name(a)),
            Self::Crossed(a) => Fate::Crossed(name(a)),
            Self::OldConnection(a) => Fate::OldConnection(name(a)),
            Self::ReplyLostBehind(a) => Fate::ReplyLostBehind(name(a)),
            Self::NoReply(a, interface) => Fate::NoReply(name(a), interface),
            Self::Slow(a) => Fate::Slow(name(a)),
            Self::CopyLost(a, b) => Fate::CopyLost(name(a), name(b)),
            Self::CopyIgnored(a) => Fate::CopyIgnored(name(a)),
            Self::ReplyCopyLost(a, b) => Fate::ReplyCopyLost(name(a), name(b)),
            Self::GivenUp(a, lost) => Fate::GivenUp(name(a), lost.map(|(b, c)| (name(b), name(c)))),
            Self::WrongSource(a) => Fate::WrongSource(name(a)),
            Self::ReplyLost(a, b) => Fate::ReplyLost(name(a), name(b)),
            Self::ReplyBounced(a) => Fate::ReplyBounced(name(a)),
            Self::Unacceptable(reason) => Fate::Unacceptable(reason),
            Self::NothingBeyond(a) => Fate::NothingBeyond(name(a)),
        }
    }
}
