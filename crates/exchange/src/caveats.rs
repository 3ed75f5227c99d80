//! What captures cannot show, in words.

use crate::join::ClockEstimate;
use crate::leg::Place;
use crate::{Exchanges, PlaceId, Reason};
use unanswered_table::Outcome;
use unanswered_time::spans::measured;
use unanswered_wire::Span;

/// One sentence for each thing that a reader must know before trusting the outcomes.
pub(crate) fn caveats(exchanges: &Exchanges) -> Vec<String> {
    let mut all = Vec::new();
    for (index, place) in (0u16..).zip(exchanges.places()) {
        let id = PlaceId(index);
        let name = exchanges.place_name(id);
        all.extend(one_direction(exchanges, id, place, &name));
        all.extend(exchanges.clock(id).and_then(|clock| clock_differs(&name, clock)));
    }
    all.extend(dropped(exchanges));
    let alone = exchanges.totals().replies_alone;
    if alone > 0 {
        all.push(format!("{alone} replies answer requests that are not in the captures"));
    }
    all
}

fn one_direction(exchanges: &Exchanges, id: PlaceId, place: &Place, name: &str) -> Option<String> {
    if exchanges.is_blind(id) {
        return Some(format!(
            "{name} shows requests and none of their replies, which other places see: it captures one \
             direction only"
        ));
    }
    if place.requests > 1 && place.replies == 0 && place.replies_alone == 0 {
        return Some(format!(
            "{name} shows {} requests and not a single reply: either all of them failed, or it captures \
             one direction only",
            place.requests
        ));
    }
    (place.requests == 0 && place.replies_alone > 0).then(|| {
        format!(
            "{name} shows {} replies and not a single request: it captures one direction only",
            place.replies_alone
        )
    })
}

fn clock_differs(name: &str, clock: ClockEstimate) -> Option<String> {
    let ahead = clock.ahead.nanoseconds();
    if ahead == 0 {
        return None;
    }
    let way = if ahead > 0 { "ahead of" } else { "behind" };
    Some(format!(
        "the clock of {name} is {} {way} the others (give or take {}, from {} exchanges); its times are \
         corrected",
        measured(Span::from_nanoseconds(ahead.saturating_abs())),
        measured(clock.within),
        clock.agreeing
    ))
}

/// Replies that are missing at a place.
#[derive(Clone, Copy, Debug, Default)]
struct Missing {
    /// Counted as missing.
    unanswered: u64,
    /// Counted as unknown, since the capture lost too much there.
    doubted: u64,
}

/// What each capture says that it lost, and what that means for the replies that are missing there.
fn dropped(exchanges: &Exchanges) -> Vec<String> {
    let lost = |v: &unanswered_capture::Vantage| v.dropped.filter(|n| *n > 0);
    if !exchanges.vantages().iter().any(|v| lost(v).is_some()) {
        return Vec::new();
    }
    let mut missing = vec![Missing::default(); exchanges.vantages().len()];
    for exchange in exchanges.iter() {
        for sighting in exchange.sightings() {
            let Some(here) = missing.get_mut(usize::from(sighting.vantage().0)) else { continue };
            here.unanswered += u64::from(sighting.outcome() == Outcome::Unanswered);
            here.doubted += u64::from(sighting.reason() == Reason::CaptureDropped);
        }
    }
    let told = exchanges.vantages().iter().zip(missing);
    told.filter_map(|(vantage, missing)| Some(drops(&vantage.name, lost(vantage)?, missing))).collect()
}

fn drops(name: &str, lost: u64, missing: Missing) -> String {
    let packets = if lost == 1 { "packet" } else { "packets" };
    let begin = format!("the capture at {name} lost {lost} {packets}");
    match missing {
        Missing { unanswered: 0, doubted: 0 } => {
            format!("{begin}; no reply is missing there, but requests may not have been seen")
        }
        Missing { unanswered, doubted: 0 } => {
            let replies = if unanswered == 1 { "reply that is" } else { "replies that are" };
            format!("{begin}: at most so many of the {unanswered} {replies} missing there may be among them")
        }
        Missing { doubted, .. } => {
            let replies = if doubted == 1 { "reply that is" } else { "replies that are" };
            format!("{begin}: {doubted} {replies} missing there may be among them and count as unknown")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PairerConfig;
    use crate::test_packets::{At, ntp, read, vantage};
    use unanswered_capture::Vantage;

    fn told(packets: &[At], vantages: Vec<Vantage>) -> Vec<String> {
        caveats(&read(packets, PairerConfig::default(), vantages))
    }

    /// Requests every second, the given numbers of them answered, and one long after that ends the wait.
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
        assert_eq!(
            caveats,
            [
                "the capture at tap lost 2 packets: 4 replies that are missing there may be among them and count \
                 as unknown"
            ]
        );
    }

    #[test]
    fn a_capture_that_lost_a_handful_says_how_many_replies_that_can_be() {
        let caveats = told(&polls(150, |n| n > 119), vec![vantage("tap", Some(1))]);
        assert_eq!(
            caveats,
            [
                "the capture at tap lost 1 packet: at most so many of the 120 replies that are missing there may \
                 be among them"
            ]
        );
        assert_eq!(told(&polls(150, |n| n > 119), vec![vantage("tap", Some(0))]), Vec::<String>::new());
    }

    #[test]
    fn a_capture_that_lost_packets_and_shows_every_reply_may_lack_requests() {
        let caveats = told(&polls(4, |_| true), vec![vantage("tap", Some(7))]);
        assert_eq!(
            caveats,
            ["the capture at tap lost 7 packets; no reply is missing there, but requests may not have been \
                 seen"]
        );
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
        assert_eq!(
            caveats,
            [
                "the clock of far is 300 ms ahead of the others (give or take 1.00 ms, from 20 exchanges); its \
                 times are corrected"
            ]
        );
    }
}
