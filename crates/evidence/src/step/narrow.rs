//! Which further vantage point, or which counter, would narrow a loss down: it depends on what lies
//! between the two places, as the requests that got through show.

use super::facts::Facts;
use super::fate::Fate;
use super::name;
use unanswered_exchange::{Exchange, Exchanges, PlaceId, Sighting};

impl Fate {
    /// The vantage point that would say more; `None` when none would.
    pub(super) fn narrow(&self, exchanges: &Exchanges, facts: &Facts) -> Option<String> {
        let at = |place: PlaceId| name(exchanges, place);
        match *self {
            Self::RequestLost(near, far)
            | Self::CopyLost(near, far)
            | Self::ReplyLost(far, near)
            | Self::ReplyCopyLost(far, near)
            | Self::GivenUp(_, Some((near, far))) => Some(between(exchanges, facts, near, far)),
            Self::NoReply(place, false) | Self::NothingBeyond(place) => {
                Some(format!("a capture at the server's own interface (behind {})", at(place)))
            }
            Self::NoReply(_, true) | Self::CopyIgnored(_) => Some(
                "nothing more on the wire: the counters of the server, of its firewall and of its socket (ss -uapn, \
                 nft list ruleset, nstat)"
                    .to_owned(),
            ),
            Self::RefusedOnTheWay(_) => Some("a capture at the router that sent the error".to_owned()),
            Self::Misdirected(place) => {
                Some(format!("the translation that chooses the machine behind {}: conntrack -L, nft list ruleset", at(place)))
            }
            Self::ReplyBounced(place) => Some(format!("a capture at the router that sent the error back to {}", at(place))),
            Self::RefusedByHost(_)
            | Self::RefusedByService(_)
            | Self::Slow(_)
            | Self::GivenUp(_, None)
            | Self::WrongSource(_)
            | Self::Unacceptable(_) => None,
        }
    }
}

/// What lies between two neighbouring places, and where to look in it.
fn between(exchanges: &Exchanges, facts: &Facts, near: PlaceId, far: PlaceId) -> String {
    let (a, b) = (name(exchanges, near), name(exchanges, far));
    let example = facts.example(near, far).map(|row| exchanges.get(row));
    let Some((here, there)) = example.as_ref().and_then(|e| both(e, near, far)) else {
        return format!("a capture at each interface, bridge or switch port between {a} and {b}");
    };
    if here.client() != there.client() || here.server() != there.server() {
        return format!(
            "between {a} and {b} addresses are translated: the translator's connections and drop counters \
             (conntrack -L, conntrack -S, nft list ruleset)"
        );
    }
    match (facts.tunnel_ends(&here), facts.tunnel_ends(&there)) {
        (Some(from), Some(to)) if from == to => {
            return format!(
                "the packets are inside a tunnel from {} to {} there: a capture at each underlay port between \
                 {a} and {b}",
                from.0, from.1
            );
        }
        (Some(_), None) | (None, Some(_)) => {
            return format!(
                "the end of a tunnel lies between {a} and {b}: the tunnel device and the bridge behind it \
                 (ip -s link, bridge fdb show), or a capture at each"
            );
        }
        (Some(_), Some(_)) | (None, None) => {}
    }
    if here.ttl() != there.ttl() {
        return format!(
            "a router lies between {a} and {b} (time to live {} and {}): a capture at each of its interfaces, its \
             routes and filters",
            here.ttl(),
            there.ttl()
        );
    }
    format!(
        "{a} and {b} are on one network segment: the drop counters of both interfaces and of the bridges or switch \
         ports between them (ip -s link, ethtool -S, tc -s qdisc), or a capture at each"
    )
}

fn both<'a>(exchange: &Exchange<'a>, near: PlaceId, far: PlaceId) -> Option<(Sighting<'a>, Sighting<'a>)> {
    let at = |place| exchange.sightings().find(|s| s.place() == place);
    Some((at(near)?, at(far)?))
}
