//! One failed request, followed over the places.

use super::facts::{Facts, Own};
use unanswered_exchange::{Exchange, PlaceId, RefusalSeen, Sighting};
use unanswered_explain::Interface;
use unanswered_registry::RefusedBy;
use unanswered_table::{Outcome, Reason};

/// What became visible of one failed request, with numbers for places.
pub(super) type Fate = unanswered_explain::Fate<PlaceId>;

/// Follows the request; a misdirection is worth more than where it ended.
pub(super) fn fate(facts: &Facts, exchange: &Exchange<'_>) -> Fate {
    // What a host has acknowledged went where it should.
    let taken = matches!(exchange.farthest().reason(), Reason::Acknowledged | Reason::ClosedWithoutReply);
    if !taken && facts.reached_elsewhere(exchange).is_some() {
        return Fate::Misdirected(exchange.farthest().place());
    }
    ended(facts, exchange)
}

/// Follows the request to where it ended.
pub(super) fn ended(facts: &Facts, exchange: &Exchange<'_>) -> Fate {
    match exchange.outcome() {
        Outcome::Refused | Outcome::Error => refused(exchange),
        Outcome::Rejected => rejected(exchange),
        Outcome::Late => late(facts, exchange),
        Outcome::Unanswered
        | Outcome::Superseded
        | Outcome::NoneDue
        | Outcome::Unknown
        | Outcome::Answered => silent(facts, exchange),
    }
}

fn refused(exchange: &Exchange<'_>) -> Fate {
    if exchange.reason() == Reason::FallbackFailed {
        return Fate::Unacceptable(Reason::FallbackFailed);
    }
    // The farthest place that saw the refusal knows best who sent it: a NAT gives errors of routers
    // behind it the address that the client asked.
    let farthest = exchange.sightings().rev().find_map(|s| Some((s, s.refusal()?)));
    let Some((sighting, RefusalSeen { refusal, from })) = farthest else {
        return Fate::NothingBeyond(exchange.nearest().place());
    };
    let server = sighting.server().address;
    let from_server = from.is_none() || sighting.other_id() == Some(server);
    match refusal.kind().by {
        RefusedBy::Service => Fate::RefusedByService(refusal),
        RefusedBy::FailedService => Fate::FailedInService(refusal),
        RefusedBy::Client => Fate::Unacceptable(Reason::Error(refusal)),
        // Firewalls say what a host would (nft's reject says "port unreachable"), and say it in their own name.
        RefusedBy::Host | RefusedBy::RouterOrHost if from_server => Fate::RefusedByHost(refusal),
        RefusedBy::Host | RefusedBy::RouterOrHost | RefusedBy::Router => Fate::RefusedOnTheWay(refusal),
    }
}

fn rejected(exchange: &Exchange<'_>) -> Fate {
    let far = exchange.farthest();
    if exchange.reason() == Reason::OldConnection {
        return Fate::OldConnection(far.place());
    }
    let beyond = exchange.sightings().len() > 1;
    if exchange.reason() == Reason::WrongSource && far.reason() == Reason::WrongSource && beyond {
        return Fate::WrongSource(far.place());
    }
    Fate::Unacceptable(exchange.reason())
}

fn late(facts: &Facts, exchange: &Exchange<'_>) -> Fate {
    let cause = why_late(facts, exchange);
    let nearest = exchange.nearest();
    let connection = exchange.protocol().carrier().is_tcp();
    if connection && nearest.client_complained() {
        let lost = places(&cause).and_then(|(from, to)| Some((from, to?)));
        return Fate::GivenUp(nearest.place(), lost);
    }
    cause
}

fn why_late(facts: &Facts, exchange: &Exchange<'_>) -> Fate {
    // A transmission that is missing at the next place is the one that the client waited for in vain.
    let mut before: Option<Sighting<'_>> = None;
    for sighting in exchange.sightings().filter(|s| !s.beside()) {
        if let Some(before) = before
            && sighting.transmissions() < before.transmissions()
            && sighting.place() != before.place()
        {
            return Fate::CopyLost(before.place(), sighting.place());
        }
        before = Some(sighting);
    }
    if let Some(lost) = facts.replies.lost(exchange).or_else(|| reply_copy_lost(exchange)) {
        return lost;
    }
    let far = exchange.farthest();
    if far.transmissions() > 1 {
        // All transmissions came this far, and only a later one was answered.
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
    if let Some(lost) = facts.replies.lost(exchange) {
        return lost;
    }
    let nearest = exchange.nearest();
    let last = exchange.sightings().rev().find(|s| !s.beside()).unwrap_or(nearest);
    if exchange.protocol().carrier().is_of_link() {
        // All on the link hear it: no place is the last one before the target.
        return Fate::NothingBeyond(last.place());
    }
    if let Reason::ReplyBounced(_) = last.reason() {
        return Fate::ReplyBounced(last.place());
    }
    let shown = [
        (Reason::Acknowledged, Fate::Acknowledged(last.place())),
        (Reason::ClosedWithoutReply, Fate::Closed(last.place())),
        (Reason::CrossedClose, Fate::Crossed(last.place())),
    ];
    if let Some((_, fate)) = shown.into_iter().find(|(reason, _)| *reason == last.reason()) {
        return fate;
    }
    if let Some(next) =
        facts.onward.after(&last).filter(|next| !exchange.sightings().any(|s| s.place() == *next))
    {
        return Fate::RequestLost(last.place(), next);
    }
    let several = exchange.sightings().len() > 1;
    match facts.own(&last) {
        Own::Surely => Fate::NoReply(last.place(), Interface::Certain),
        Own::Perhaps if several => Fate::NoReply(last.place(), Interface::Presumed),
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
    let gaps = sightings.windows(2).filter(|pair| pair[0].place() != pair[1].place()).filter_map(|pair| {
        let gap = replied(&pair[0])?.saturating_sub(replied(&pair[1])?);
        Some((gap, pair[1].place(), pair[0].place()))
    });
    let (gap, from, to) = gaps.max_by_key(|g| g.0)?;
    (gap.saturating_mul(2) > waited).then_some(Fate::ReplyCopyLost(from, to))
}

/// Where the message was seen last, and where it is missing.
pub(super) fn places(fate: &Fate) -> Option<(PlaceId, Option<PlaceId>)> {
    match *fate {
        Fate::RequestLost(from, to)
        | Fate::CopyLost(from, to)
        | Fate::ReplyLost(from, to)
        | Fate::ReplyCopyLost(from, to) => Some((from, Some(to))),
        Fate::Misdirected(place)
        | Fate::Acknowledged(place)
        | Fate::Closed(place)
        | Fate::Crossed(place)
        | Fate::OldConnection(place)
        | Fate::ReplyLostBehind(place)
        | Fate::NoReply(place, _)
        | Fate::CopyIgnored(place)
        | Fate::GivenUp(place, _)
        | Fate::Slow(place)
        | Fate::WrongSource(place)
        | Fate::ReplyBounced(place)
        | Fate::NothingBeyond(place) => Some((place, None)),
        Fate::RefusedOnTheWay(_)
        | Fate::RefusedByHost(_)
        | Fate::RefusedByService(_)
        | Fate::FailedInService(_)
        | Fate::Unacceptable(_) => None,
    }
}
