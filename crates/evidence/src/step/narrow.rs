//! Which further vantage point, or which counter, would narrow a loss down: it depends on what lies
//! between the two places, as the requests that got through show.

use super::facts::Facts;
use super::fate::Fate;
use std::net::IpAddr;
use unanswered_exchange::{Exchange, Exchanges, PlaceId, Sighting};
use unanswered_explain::Interface;

/// Where to look next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Narrow {
    /// Capture at the server's own interface, behind this place.
    ServersInterface(PlaceId),
    /// Nothing more is on the wire: the counters of the server, its firewall and its socket.
    ServersCounters,
    /// The application on the server: its host has the request.
    ServersApplication,
    /// Capture between this place and the client.
    TowardsTheClient(PlaceId),
    /// Capture at the router that sent the error.
    RefusingRouter,
    /// The translation that chooses the machine behind this place.
    ChoiceOfMachine(PlaceId),
    /// Capture at the router that sent the error about the reply back to this place.
    BouncingRouter(PlaceId),
    /// Look between these places.
    Between {
        /// The one nearer to the client.
        near: PlaceId,
        /// The one nearer to the server.
        far: PlaceId,
        /// What lies between them.
        what: Segment,
    },
}

/// What lies between two neighbouring places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment {
    /// Not known: no request was seen at both.
    Unknown,
    /// An address translation.
    Translation,
    /// The inside of a tunnel between these outer addresses.
    Tunnel(IpAddr, IpAddr),
    /// The end of a tunnel.
    TunnelEnd,
    /// A router: the time to live at the near and the far place.
    Router(u8, u8),
    /// The inside of the capturing host: both are its own interfaces.
    Host,
    /// One network segment.
    Link,
}

/// The vantage point that would say more; `None` when none would.
pub(super) fn narrow(fate: &Fate, exchanges: &Exchanges, facts: &Facts) -> Option<Narrow> {
    match *fate {
        Fate::RequestLost(near, far)
        | Fate::CopyLost(near, far)
        | Fate::ReplyLost(far, near)
        | Fate::ReplyCopyLost(far, near)
        | Fate::GivenUp(_, Some((near, far))) => {
            Some(Narrow::Between { near, far, what: between(exchanges, facts, near, far) })
        }
        Fate::NoReply(place, Interface::Presumed) | Fate::NothingBeyond(place) => {
            Some(Narrow::ServersInterface(place))
        }
        Fate::NoReply(_, Interface::Certain) | Fate::CopyIgnored(_) => Some(Narrow::ServersCounters),
        Fate::Acknowledged(_) | Fate::Closed(_) | Fate::FailedInService(_) => {
            Some(Narrow::ServersApplication)
        }
        Fate::ReplyLostBehind(place) => Some(Narrow::TowardsTheClient(place)),
        Fate::RefusedOnTheWay(_) => Some(Narrow::RefusingRouter),
        Fate::Misdirected(place) => Some(Narrow::ChoiceOfMachine(place)),
        Fate::ReplyBounced(place) => Some(Narrow::BouncingRouter(place)),
        Fate::RefusedByHost(_)
        | Fate::RefusedByService(_)
        | Fate::OldConnection(_)
        | Fate::Crossed(_)
        | Fate::Slow(_)
        | Fate::GivenUp(_, None)
        | Fate::WrongSource(_)
        | Fate::Unacceptable(_) => None,
    }
}

/// What lies between two neighbouring places.
fn between(exchanges: &Exchanges, facts: &Facts, near: PlaceId, far: PlaceId) -> Segment {
    let side = |place: PlaceId| {
        let place = exchanges.places().get(usize::from(place.0))?;
        place.side.map(|_| place.vantage)
    };
    if side(near).is_some_and(|vantage| side(far) == Some(vantage)) {
        return Segment::Host;
    }
    if let Some((there, here)) = facts.replies.lived(far, near) {
        return if here == there { Segment::Link } else { Segment::Router(here, there) };
    }
    let example = facts.example(near, far).map(|row| exchanges.get(row));
    let Some((here, there)) = example.as_ref().and_then(|e| both(e, near, far)) else {
        return Segment::Unknown;
    };
    if here.client() != there.client() || here.server() != there.server() {
        return Segment::Translation;
    }
    match (facts.tunnel_ends(&here), facts.tunnel_ends(&there)) {
        (Some(from), Some(to)) if from == to => return Segment::Tunnel(from.0, from.1),
        (Some(_), None) | (None, Some(_)) => return Segment::TunnelEnd,
        (Some(_), Some(_)) | (None, None) => {}
    }
    if here.ttl() == there.ttl() { Segment::Link } else { Segment::Router(here.ttl(), there.ttl()) }
}

fn both<'a>(exchange: &Exchange<'a>, near: PlaceId, far: PlaceId) -> Option<(Sighting<'a>, Sighting<'a>)> {
    let at = |place| exchange.sightings().find(|s| s.place() == place);
    Some((at(near)?, at(far)?))
}
