//! One failed request, followed over the places.

use super::facts::{Facts, Own};
use super::name;
use unanswered_exchange::{Exchange, Exchanges, PlaceId, Reason, Sighting};
use unanswered_table::{Outcome, Step};
use unanswered_wire::{ProtocolId, Refusal};

/// What became visible of one failed request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fate {
    /// Seen here and not there, where such requests are seen otherwise.
    RequestLost(PlaceId, PlaceId),
    /// It went to another machine than the answered requests of the time.
    Misdirected(PlaceId),
    /// Somebody on the way said that it cannot be carried on.
    RefusedOnTheWay(Refusal),
    /// The server's kernel said no.
    RefusedByHost(Refusal),
    /// The service said no.
    RefusedByService(Refusal),
    /// Seen at the server's interface; no reply left. `true`: surely its own interface.
    NoReply(PlaceId, bool),
    /// The reply came later than the client waits, from the server already.
    Slow(PlaceId),
    /// A transmission was seen here and not there: the client waited for a later one.
    CopyLost(PlaceId, PlaceId),
    /// Every transmission came to the server's own interface, and only a later one was answered.
    CopyIgnored(PlaceId),
    /// The first reply was seen here, and there only a later one.
    ReplyCopyLost(PlaceId, PlaceId),
    /// The reply came to the client, which had given up; what was lost before, and between which places.
    GivenUp(PlaceId, Option<(PlaceId, PlaceId)>),
    /// The server replied from another address or port.
    WrongSource(PlaceId),
    /// The reply was seen here and not there.
    ReplyLost(PlaceId, PlaceId),
    /// A router sent the reply back to the server.
    ReplyBounced(PlaceId),
    /// The reply was seen at the place nearest to the client, which cannot take it.
    Unacceptable(Reason),
    /// Last seen here; nothing was captured beyond.
    NothingBeyond(PlaceId),
}

/// Follows the request; a wrong turn is worth more than where it ended.
pub(super) fn fate(facts: &Facts, exchange: &Exchange<'_>) -> Fate {
    if facts.reached_elsewhere(exchange).is_some() {
        return Fate::Misdirected(exchange.farthest().place());
    }
    ended(facts, exchange)
}

/// Follows the request to where it ended.
pub(super) fn ended(facts: &Facts, exchange: &Exchange<'_>) -> Fate {
    match exchange.outcome() {
        Outcome::Refused => refused(exchange),
        Outcome::Rejected => rejected(exchange),
        Outcome::Late => late(facts, exchange),
        Outcome::Unanswered | Outcome::Unknown | Outcome::Answered => silent(facts, exchange),
    }
}

fn refused(exchange: &Exchange<'_>) -> Fate {
    // The farthest place that saw the refusal knows best who sent it: a NAT gives errors of routers
    // behind it the address that the client asked.
    let farthest = exchange.sightings().rev().find_map(|s| Some((s, s.refusal()?)));
    let Some((sighting, (refusal, by))) = farthest else {
        return Fate::NothingBeyond(exchange.nearest().place());
    };
    let server = sighting.server().0;
    let from_server = by.is_none() || sighting.other_id() == Some(server);
    match refusal {
        Refusal::Icmp(3, 2 | 3) | Refusal::Icmpv6(1, 4) => Fate::RefusedByHost(refusal),
        Refusal::Icmp(3, 9 | 10 | 13)
        | Refusal::Icmpv6(1, 1)
        | Refusal::Icmp(12, _)
        | Refusal::Icmpv6(4, _)
            if from_server =>
        {
            Fate::RefusedByHost(refusal)
        }
        Refusal::Icmp(..) | Refusal::Icmpv6(..) => Fate::RefusedOnTheWay(refusal),
        Refusal::TcpReset => Fate::RefusedByHost(refusal),
        Refusal::KissOfDeath(_) | Refusal::DnsCode(_) | Refusal::NtpControlError(_) => {
            Fate::RefusedByService(refusal)
        }
    }
}

fn rejected(exchange: &Exchange<'_>) -> Fate {
    let far = exchange.farthest();
    let beyond = exchange.sightings().len() > 1;
    if exchange.reason() == Reason::WrongSource && far.reason() == Reason::WrongSource && beyond {
        return Fate::WrongSource(far.place());
    }
    Fate::Unacceptable(exchange.reason())
}

fn late(facts: &Facts, exchange: &Exchange<'_>) -> Fate {
    let cause = why_late(facts, exchange);
    let nearest = exchange.nearest();
    let connection = matches!(exchange.protocol(), ProtocolId::TCP | ProtocolId::TCP_DATA);
    if connection && nearest.client_complained() {
        let lost = cause.places().and_then(|(from, to)| Some((from, to?)));
        return Fate::GivenUp(nearest.place(), lost);
    }
    cause
}

fn why_late(facts: &Facts, exchange: &Exchange<'_>) -> Fate {
    // A transmission that is missing at the next place is what the client waited for in vain.
    let mut before: Option<Sighting<'_>> = None;
    for sighting in exchange.sightings().filter(|s| !s.beside()) {
        if let Some(before) = before
            && sighting.transmissions() < before.transmissions()
        {
            return Fate::CopyLost(before.place(), sighting.place());
        }
        before = Some(sighting);
    }
    if let Some(lost) = reply_lost(exchange).or_else(|| reply_copy_lost(exchange)) {
        return lost;
    }
    let far = exchange.farthest();
    if far.transmissions() > 1 {
        // All transmissions came so far, and only a later one was answered.
        return match facts.own(&far) {
            Own::Surely => Fate::CopyIgnored(far.place()),
            Own::Perhaps | Own::No => Fate::NothingBeyond(far.place()),
        };
    }
    if exchange.reason() == Reason::AfterTimeout && far.outcome() == Outcome::Late {
        return Fate::Slow(far.place());
    }
    Fate::NothingBeyond(far.place())
}

fn silent(facts: &Facts, exchange: &Exchange<'_>) -> Fate {
    if let Some(lost) = reply_lost(exchange) {
        return lost;
    }
    let nearest = exchange.nearest();
    let last = exchange.sightings().rev().find(|s| !s.beside()).unwrap_or(nearest);
    if let Reason::ReplyBounced(_) = last.reason() {
        return Fate::ReplyBounced(last.place());
    }
    if let Some(next) =
        facts.onward.after(&last).filter(|next| !exchange.sightings().any(|s| s.place() == *next))
    {
        return Fate::RequestLost(last.place(), next);
    }
    let several = exchange.sightings().len() > 1;
    match facts.own(&last) {
        Own::Surely => Fate::NoReply(last.place(), true),
        Own::Perhaps if several => Fate::NoReply(last.place(), false),
        Own::Perhaps | Own::No => Fate::NothingBeyond(last.place()),
    }
}

/// The two places between which most of the waiting happened: the first reply came to one of them, and
/// to the other only one that was sent later.
fn reply_copy_lost(exchange: &Exchange<'_>) -> Option<Fate> {
    let waited = exchange.reply_after()?.nanoseconds();
    let sightings: Vec<Sighting<'_>> = exchange.sightings().filter(|s| !s.beside()).collect();
    let replied = |s: &Sighting<'_>| {
        let at = exchange.on_shared_clock(s);
        s.reply_after().map(|after| (at + after).nanoseconds())
    };
    let gaps = sightings.windows(2).filter_map(|pair| {
        let gap = replied(&pair[0])?.saturating_sub(replied(&pair[1])?);
        Some((gap, pair[1].place(), pair[0].place()))
    });
    let (gap, from, to) = gaps.max_by_key(|g| g.0)?;
    (gap.saturating_mul(2) > waited).then_some(Fate::ReplyCopyLost(from, to))
}

/// The reply came to a place and not to the next one nearer to the client.
fn reply_lost(exchange: &Exchange<'_>) -> Option<Fate> {
    let sightings: Vec<Sighting<'_>> = exchange.sightings().filter(|s| !s.beside()).collect();
    let whole = |s: &&Sighting<'_>| matches!(s.outcome(), Outcome::Answered | Outcome::Late);
    let first = sightings.iter().position(|s| whole(&s));
    match first {
        Some(0) => None,
        Some(index) => Some(Fate::ReplyLost(sightings[index].place(), sightings[index - 1].place())),
        None => {
            let place = exchange.replies_alone().next()?;
            let nearest = sightings.first().map_or(place, |s| s.place());
            (place != nearest).then_some(Fate::ReplyLost(place, nearest))
        }
    }
}

impl Fate {
    /// The step that it shows, if it shows one.
    pub(super) fn step(&self) -> Option<Step> {
        match self {
            Self::RequestLost(..) | Self::CopyLost(..) | Self::Misdirected(_) | Self::RefusedOnTheWay(_) => {
                Some(Step::DeliverRequest)
            }
            Self::RefusedByHost(_)
            | Self::RefusedByService(_)
            | Self::NoReply(..)
            | Self::CopyIgnored(..) => Some(Step::ValidateRequest),
            Self::Slow(_) => Some(Step::UpdateServerState),
            Self::WrongSource(_) => Some(Step::PostReply),
            Self::ReplyLost(..) | Self::ReplyCopyLost(..) | Self::ReplyBounced(_) => Some(Step::DeliverReply),
            Self::Unacceptable(_) | Self::GivenUp(..) => Some(Step::ValidateReply),
            Self::NothingBeyond(_) => None,
        }
    }

    /// Where the message was seen last, and where it is missing.
    pub(super) fn places(&self) -> Option<(PlaceId, Option<PlaceId>)> {
        match *self {
            Self::RequestLost(from, to)
            | Self::CopyLost(from, to)
            | Self::ReplyLost(from, to)
            | Self::ReplyCopyLost(from, to) => Some((from, Some(to))),
            Self::Misdirected(place)
            | Self::NoReply(place, _)
            | Self::CopyIgnored(place)
            | Self::GivenUp(place, _)
            | Self::Slow(place)
            | Self::WrongSource(place)
            | Self::ReplyBounced(place)
            | Self::NothingBeyond(place) => Some((place, None)),
            Self::RefusedOnTheWay(_)
            | Self::RefusedByHost(_)
            | Self::RefusedByService(_)
            | Self::Unacceptable(_) => None,
        }
    }

    /// Traces of one kind are told together.
    pub(super) fn kind(&self) -> u8 {
        match self {
            Self::RequestLost(..) => 0,
            Self::Misdirected(_) => 1,
            Self::RefusedOnTheWay(_) => 2,
            Self::RefusedByHost(_) => 3,
            Self::RefusedByService(_) => 4,
            Self::NoReply(..) => 5,
            Self::Slow(_) => 6,
            Self::WrongSource(_) => 7,
            Self::ReplyLost(..) => 8,
            Self::ReplyBounced(_) => 9,
            Self::Unacceptable(_) => 10,
            Self::NothingBeyond(_) => 11,
            Self::GivenUp(..) => 12,
            Self::CopyLost(..) => 13,
            Self::ReplyCopyLost(..) => 14,
            Self::CopyIgnored(..) => 15,
        }
    }

    /// What was seen, in words.
    pub(super) fn words(&self, exchanges: &Exchanges) -> String {
        let at = |place: PlaceId| name(exchanges, place);
        let refusal = |r: Refusal| Reason::Refused(r).to_string();
        match *self {
            Self::RequestLost(from, to) => {
                format!(
                    "the request was seen at {} and not at {}, where such requests pass",
                    at(from),
                    at(to)
                )
            }
            Self::Misdirected(place) => format!(
                "the request was carried to another machine ({}) than the answered ones of that time",
                at(place)
            ),
            Self::RefusedOnTheWay(r) => format!("it was refused on the way: {}", refusal(r)),
            Self::RefusedByHost(r) => format!("the server's host refused it: {}", refusal(r)),
            Self::RefusedByService(r) => format!("the service refused it: {}", refusal(r)),
            Self::NoReply(place, true) => {
                format!(
                    "the request was seen at {}, the server's own interface, and no reply left it",
                    at(place)
                )
            }
            Self::NoReply(place, false) => format!(
                "the request was seen at {}, the last place before the server, and no reply came back there \
                 (taken for the server's own interface; if it is not, the link behind it may be at fault)",
                at(place)
            ),
            Self::Slow(place) => format!("the reply was late already at {}", at(place)),
            Self::GivenUp(place, lost) => {
                let mut words = format!(
                    "the reply came to {} after the client had given up: its host reset it",
                    at(place)
                );
                if let Some((from, to)) = lost {
                    words.push_str(&format!(
                        "; before, copies were lost between {} and {}",
                        at(from),
                        at(to)
                    ));
                }
                words
            }
            Self::WrongSource(place) => {
                format!(
                    "the reply had another source than the request's destination already at {}",
                    at(place)
                )
            }
            Self::ReplyLost(from, to) => {
                format!("the whole reply was seen at {} and not at {}", at(from), at(to))
            }
            Self::CopyLost(from, to) => format!(
                "a transmission of the request was seen at {} and not at {}, so that the client had to repeat it",
                at(from),
                at(to)
            ),
            Self::CopyIgnored(place) => format!(
                "every transmission came to {}, the server's own interface, and only a later one was answered",
                at(place)
            ),
            Self::ReplyCopyLost(from, to) => {
                format!("the first reply was seen at {}, and at {} only a later one", at(from), at(to))
            }
            Self::ReplyBounced(place) => format!("an ICMP error about the reply came back at {}", at(place)),
            Self::Unacceptable(reason) => format!("the client cannot take the reply: {reason}"),
            Self::NothingBeyond(place) => format!(
                "the request was seen last at {}; nothing was captured beyond, so it may have been lost on its \
                 way to the server, in the server, or its reply on the way back to there",
                at(place)
            ),
        }
    }

    /// Between which places, in short.
    pub(super) fn way(&self, exchanges: &Exchanges) -> Option<String> {
        let at = |place: PlaceId| name(exchanges, place);
        match *self {
            Self::RequestLost(from, to)
            | Self::CopyLost(from, to)
            | Self::ReplyLost(from, to)
            | Self::ReplyCopyLost(from, to) => Some(format!("between {} and {}", at(from), at(to))),
            Self::NoReply(place, _)
            | Self::CopyIgnored(place)
            | Self::NothingBeyond(place)
            | Self::Slow(place)
            | Self::GivenUp(place, _) => Some(format!("at {}", at(place))),
            Self::RefusedOnTheWay(r) | Self::RefusedByHost(r) | Self::RefusedByService(r) => {
                Some(Reason::Refused(r).to_string())
            }
            Self::Misdirected(_) | Self::WrongSource(_) | Self::ReplyBounced(_) | Self::Unacceptable(_) => {
                None
            }
        }
    }
}
