//! What captures cannot show.

use crate::join::ClockEstimate;
use crate::leg::Place;
use crate::{Exchanges, PlaceId};
use unanswered_capture::VantageId;
use unanswered_table::{Outcome, Reason};

/// Requests that one place saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceCount {
    /// The place.
    pub place: String,
    /// How many.
    pub requests: u64,
}

/// What a reader must know before trusting the outcomes.
#[derive(Clone, Debug, PartialEq)]
pub enum Caveat {
    /// The place shows requests and none of their replies, which other places see.
    OneDirection {
        /// The place.
        place: String,
    },
    /// The place shows requests and not a single reply: all failed, or it captures one direction only.
    NoReplies {
        /// The place.
        place: String,
        /// Requests seen there.
        requests: u64,
    },
    /// The place shows replies and not a single request: it captures one direction only.
    NoRequests {
        /// The place.
        place: String,
        /// Replies seen there.
        replies: u64,
    },
    /// The place's clock differs from the others'; its times are corrected.
    ClockDiffers {
        /// The place.
        place: String,
        /// By how much, and how well that is known.
        clock: ClockEstimate,
    },
    /// Its frames are another recording's: it is no second place, and is set aside.
    RecordedTwice {
        /// The recording that is set aside.
        copy: String,
        /// The one that is used.
        original: String,
    },
    /// The capture lost packets.
    Lost {
        /// The vantage point.
        vantage: String,
        /// How many it lost.
        packets: u64,
        /// Missing replies there that count as missing.
        unanswered: u64,
        /// Missing replies there that count as unknown, since it lost too much.
        doubted: u64,
    },
    /// Replies answer requests that are not in the captures.
    OrphanReplies {
        /// How many.
        replies: u64,
    },
    /// So many requests were open at once that some had to settle before their time, as what was known of them then.
    TooManyOpen {
        /// How many.
        requests: u64,
    },
    /// Replies passed places that see nothing of what follows: whether they arrived is not known.
    ReplyPassedHere {
        /// The answered requests that it is so for, most first.
        by_place: Vec<PlaceCount>,
    },
    /// Requests were sent again although a reply had passed, so that replies get lost behind the place; whether the last
    /// one arrived is not known.
    SentAgainAfterReply {
        /// The requests that it is so for, most first.
        by_place: Vec<PlaceCount>,
    },
}

impl Caveat {
    /// Stable name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::OneDirection { .. } => "one_direction",
            Self::NoReplies { .. } => "no_replies",
            Self::NoRequests { .. } => "no_requests",
            Self::ClockDiffers { .. } => "clock_differs",
            Self::RecordedTwice { .. } => "recorded_twice",
            Self::Lost { .. } => "capture_lost_packets",
            Self::OrphanReplies { .. } => "orphan_replies",
            Self::TooManyOpen { .. } => "too_many_open",
            Self::ReplyPassedHere { .. } => "reply_passed_here",
            Self::SentAgainAfterReply { .. } => "sent_again_after_reply",
        }
    }
}

impl Exchanges {
    /// What the captures cannot show and a reader must know before trusting the outcomes.
    #[must_use]
    pub fn caveats(&self) -> Vec<Caveat> {
        caveats(self)
    }
}

fn caveats(exchanges: &Exchanges) -> Vec<Caveat> {
    let mut all = Vec::new();
    let aside =
        |place: &Place| exchanges.copies().any(|copy| copy.0 == place.vantage && copy.1 != place.vantage);
    for (index, place) in (0u16..).zip(exchanges.places()).filter(|(_, place)| !aside(place)) {
        let id = PlaceId(index);
        let name = exchanges.place_name(id);
        let clock = exchanges.clock(id).filter(|clock| clock.ahead.nanoseconds() != 0);
        all.extend(one_direction(exchanges, id, place, &name));
        all.extend(clock.map(|clock| Caveat::ClockDiffers { place: name, clock }));
    }
    all.extend(exchanges.copies().map(|(vantage, of, inputs)| {
        let name =
            |vantage: VantageId| exchanges.vantages().get(usize::from(vantage.0)).map(|v| v.name.clone());
        let input = |index: usize| exchanges.inputs().get(index).map(|input| input.name.clone());
        let (copy, original) =
            if vantage == of { (input(inputs.0), input(inputs.1)) } else { (name(vantage), name(of)) };
        Caveat::RecordedTwice { copy: copy.unwrap_or_default(), original: original.unwrap_or_default() }
    }));
    all.extend(lost(exchanges));
    let replies = exchanges.totals().orphan_replies;
    if replies > 0 {
        all.push(Caveat::OrphanReplies { replies });
    }
    let requests = exchanges.tally().hurried;
    all.extend((requests > 0).then_some(Caveat::TooManyOpen { requests }));
    let passed = by_place(exchanges, Outcome::Answered, Reason::PassedHere);
    all.extend((!passed.is_empty()).then_some(Caveat::ReplyPassedHere { by_place: passed }));
    let again = by_place(exchanges, Outcome::Unknown, Reason::ReplyLost);
    all.extend((!again.is_empty()).then_some(Caveat::SentAgainAfterReply { by_place: again }));
    all
}

/// Requests with that outcome and reason, at the place that knows them best: the nearest to the client that says so.
fn by_place(exchanges: &Exchanges, outcome: Outcome, reason: Reason) -> Vec<PlaceCount> {
    let mut counts = vec![0; exchanges.places().len()];
    for exchange in exchanges.because(outcome, reason) {
        let decided = exchange.sightings().find(|sighting| sighting.reason() == reason);
        let place = decided.unwrap_or_else(|| exchange.nearest()).place();
        if let Some(count) = counts.get_mut(usize::from(place.0)) {
            *count += 1;
        }
    }
    let named = (0u16..).zip(counts).filter(|(_, requests)| *requests > 0);
    let mut all: Vec<PlaceCount> = named
        .map(|(place, requests)| PlaceCount { place: exchanges.place_name(PlaceId(place)), requests })
        .collect();
    all.sort_by_key(|count| std::cmp::Reverse(count.requests));
    all
}

fn one_direction(exchanges: &Exchanges, id: PlaceId, place: &Place, name: &str) -> Option<Caveat> {
    let name = name.to_owned();
    if exchanges.is_blind(id) {
        return Some(Caveat::OneDirection { place: name });
    }
    let Place { requests, replies, orphan_replies, .. } = *place;
    if requests > 1 && replies == 0 && orphan_replies == 0 {
        return Some(Caveat::NoReplies { place: name, requests });
    }
    (requests == 0 && orphan_replies > 0)
        .then_some(Caveat::NoRequests { place: name, replies: orphan_replies })
}

/// What each capture says that it lost, and the replies missing there.
fn lost(exchanges: &Exchanges) -> Vec<Caveat> {
    let packets = |v: &unanswered_capture::Vantage| v.dropped.filter(|n| *n > 0);
    if !exchanges.vantages().iter().any(|v| packets(v).is_some()) {
        return Vec::new();
    }
    let mut unanswered = vec![0; exchanges.vantages().len()];
    let mut doubted = unanswered.clone();
    for exchange in exchanges.iter() {
        for sighting in exchange.sightings() {
            let vantage = usize::from(sighting.vantage().0);
            let missing = sighting.outcome() == Outcome::Unanswered;
            if let Some(count) = unanswered.get_mut(vantage) {
                *count += u64::from(missing);
            }
            if let Some(count) = doubted.get_mut(vantage) {
                *count += u64::from(sighting.reason() == Reason::CaptureDropped);
            }
        }
    }
    let each = exchanges.vantages().iter().zip(unanswered).zip(doubted);
    each.filter_map(|((vantage, unanswered), doubted)| {
        let packets = packets(vantage)?;
        Some(Caveat::Lost { vantage: vantage.name.clone(), packets, unanswered, doubted })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PairerConfig;
    use crate::test_packets::{At, ntp, read, vantage};
    use unanswered_capture::Vantage;
    use unanswered_wire::Span;

    fn told(packets: &[At], vantages: Vec<Vantage>) -> Vec<Caveat> {
        // Hand-made packets have one time to live: their replies only pass.
        let passed = |caveat: &Caveat| matches!(caveat, Caveat::ReplyPassedHere { .. });
        caveats(&read(packets, PairerConfig::default(), vantages))
            .into_iter()
            .filter(|c| !passed(c))
            .collect()
    }

    /// Requests every second, the given ones answered, and one long after that ends the wait.
    fn polls(count: u64, answered: impl Fn(u64) -> bool) -> Vec<At> {
        let mut packets = Vec::new();
        for number in 0..count {
            let at = i64::try_from(number).unwrap() * 1000;
            packets.push(At(at, 0, ntp("10.0.0.1", 123, "10.0.1.1", 123, 3, number)));
            if answered(number) {
                packets.push(At(at + 2, 0, ntp("10.0.1.1", 123, "10.0.0.1", 123, 4, number)));
            }
        }
        let end = i64::try_from(count).unwrap() * 1000 + 300_000;
        packets.push(At(end, 0, ntp("10.0.0.1", 123, "10.0.1.1", 123, 3, count)));
        packets.push(At(end + 2, 0, ntp("10.0.1.1", 123, "10.0.0.1", 123, 4, count)));
        packets
    }

    #[test]
    fn a_capture_that_lost_many_packets_leaves_its_missing_replies_unknown() {
        let caveats = told(&polls(10, |n| n > 3), vec![vantage("tap", Some(2))]);
        let lost = Caveat::Lost { vantage: "tap".into(), packets: 2, unanswered: 0, doubted: 4 };
        assert_eq!(caveats, [lost]);
    }

    #[test]
    fn a_capture_that_lost_a_handful_says_how_many_replies_that_can_be() {
        let caveats = told(&polls(150, |n| n > 119), vec![vantage("tap", Some(1))]);
        let lost = Caveat::Lost { vantage: "tap".into(), packets: 1, unanswered: 120, doubted: 0 };
        assert_eq!(caveats, [lost]);
        assert_eq!(told(&polls(150, |n| n > 119), vec![vantage("tap", Some(0))]), Vec::<Caveat>::new());
    }

    #[test]
    fn a_capture_that_lost_packets_and_shows_every_reply_may_lack_requests() {
        let caveats = told(&polls(4, |_| true), vec![vantage("tap", Some(7))]);
        let lost = Caveat::Lost { vantage: "tap".into(), packets: 7, unanswered: 0, doubted: 0 };
        assert_eq!(caveats, [lost]);
    }

    #[test]
    fn a_clock_that_differs_is_told_with_how_well_that_is_known() {
        // The second place lies behind the first and is 300 ms ahead; 1 ms there and 1 ms back.
        let mut packets = Vec::new();
        for number in 0..20_u8 {
            let (at, stamp) = (i64::from(number) * 1000, u64::from(number));
            packets.push(At(at, 0, ntp("10.0.0.1", 123, "10.0.1.1", 123, 3, stamp)));
            packets.push(At(at + 4, 0, ntp("10.0.1.1", 123, "10.0.0.1", 123, 4, stamp)));
            packets.push(At(at + 301, 1, ntp("10.0.0.1", 123, "10.0.1.1", 123, 3, stamp).ttl(63)));
            packets.push(At(at + 303, 1, ntp("10.0.1.1", 123, "10.0.0.1", 123, 4, stamp)));
        }
        let caveats = told(&packets, vec![vantage("near", None), vantage("far", None)]);
        let [Caveat::ClockDiffers { place, clock }] = caveats.as_slice() else { panic!("{caveats:?}") };
        assert_eq!(place, "far");
        assert_eq!((clock.ahead, clock.within), (Span::from_milliseconds(300), Span::from_milliseconds(1)));
        assert_eq!(clock.agreeing, 20);
    }

    /// Behind a router (by the time to live) nothing shows whether replies arrive, unless a client asks again.
    #[test]
    fn replies_that_passed_are_counted_once_with_their_place() {
        let mut packets = Vec::new();
        for number in 0..5_u8 {
            let (at, stamp) = (i64::from(number) * 1000, u64::from(number));
            packets.push(At(at, 0, ntp("10.0.0.1", 123, "10.0.1.1", 123, 3, stamp).ttl(61)));
            packets.push(At(at + 2, 0, ntp("10.0.1.1", 123, "10.0.0.1", 123, 4, stamp)));
        }
        let passed = PlaceCount { place: "tap".to_owned(), requests: 5 };
        let all = read(&packets, PairerConfig::default(), vec![vantage("tap", None)]);
        assert_eq!(caveats(&all), [Caveat::ReplyPassedHere { by_place: vec![passed] }]);
    }
}
