//! One request at several places: the outcome, the order, the clocks, and holes in the captures.

use crate::follow::{Between, Follow};
use crate::test_packets::{At, check, dns, echo, ntp, read, vantage};
use crate::{Exchanges, PairerConfig, PlaceId};
use unanswered_capture::Vantage;
use unanswered_table::Outcome;
use unanswered_table::Reason;
use unanswered_wire::Span;

const ANSWERED: (Outcome, Reason) = (Outcome::Answered, Reason::Plain);
const UNANSWERED: (Outcome, Reason) = (Outcome::Unanswered, Reason::Plain);

fn ask(time: i64, place: u16, stamp: u64) -> At {
    At(time, place, ntp("10.0.0.1", 123, "10.9.0.1", 123, 3, stamp))
}

fn answer(time: i64, place: u16, stamp: u64) -> At {
    At(time, place, ntp("10.9.0.1", 123, "10.0.0.1", 123, 4, stamp))
}

fn in_order(mut packets: Vec<At>) -> Vec<At> {
    packets.sort_by_key(|p| p.0);
    packets
}

fn places(all: &Exchanges, row: u32) -> Vec<u16> {
    all.get(row).sightings().map(|s| s.place().0).collect()
}

#[test]
fn a_place_that_sees_replies_only_does_not_answer_for_the_clients_side() {
    // Place 0 is the client's and sees both directions; place 1 is behind the loss and sees replies.
    let mut packets = Vec::new();
    for i in 0..8_u64 {
        let t = i64::try_from(i).expect("few") * 10_000;
        packets.push(ask(t, 0, i + 1));
        packets.push(answer(t + 1, 1, i + 1));
        if i % 2 == 0 {
            packets.push(answer(t + 2, 0, i + 1));
        }
    }
    packets.push(ask(200_000, 0, 99));
    let mut expected = Vec::new();
    for i in 0..8 {
        expected.push(if i % 2 == 0 { ANSWERED } else { UNANSWERED });
    }
    expected.push((Outcome::Unknown, Reason::EndOfCapture));
    let all = check(&packets, &expected);
    // The reply is still known to have come this far.
    let follow = Follow::new(&all);
    let path = follow.path(1);
    assert_eq!(path.stops.len(), 2);
    assert!(path.stops[1].request.is_none() && path.stops[1].reply_at.is_some());
    assert_eq!(path.last_reply(), Some(1));
}

#[test]
fn an_id_used_twice_moves_no_clock() {
    // Two places share three requests, and one id was reused ten minutes later.
    let query = |t, place, id| At(t, place, dns("10.0.0.1", 5000 + id, "10.9.0.1", 53, id, "a.test", None));
    let reply =
        |t, place, id| At(t, place, dns("10.9.0.1", 53, "10.0.0.1", 5000 + id, id, "a.test", Some(0)));
    let mut packets = Vec::new();
    for id in 1..4_u16 {
        let t = i64::from(id) * 1_000;
        packets.extend([query(t, 0, id), query(t + 1, 1, id), reply(t + 2, 1, id), reply(t + 3, 0, id)]);
    }
    packets.extend([query(5_000, 0, 7), reply(5_001, 0, 7), query(605_000, 1, 7), reply(605_001, 1, 7)]);
    let all = check(&in_order(packets), &[ANSWERED; 5]);
    assert_eq!(all.clock_ahead(PlaceId(1)), Span::from_nanoseconds(0));
    assert_eq!(all.clock(PlaceId(1)).map(|c| c.agreeing), Some(3));
}

#[test]
fn a_clock_that_is_a_little_ahead_is_estimated_and_corrected() {
    let mut packets = Vec::new();
    for i in 1..20_u64 {
        let t = i64::try_from(i).expect("few") * 1_000;
        // 40 ms ahead; 1 ms each way to the second place.
        packets.extend([ask(t, 0, i), ask(t + 41, 1, i), answer(t + 44, 1, i), answer(t + 5, 0, i)]);
    }
    let all = check(&in_order(packets), &[ANSWERED; 19]);
    let clock = all.clock(PlaceId(1)).expect("nineteen exchanges tell");
    assert_eq!(clock.ahead, Span::from_milliseconds(40));
    assert_eq!(clock.within, Span::from_milliseconds(1));
    let follow = Follow::new(&all);
    assert_eq!(follow.links()[0].requests.median, Some(Span::from_milliseconds(1)));
    assert_eq!(follow.links()[0].replies.median, Some(Span::from_milliseconds(1)));
}

#[test]
fn a_place_that_did_not_capture_then_has_missed_nothing() {
    // Both places see the requests of the first 80 s; the second one's recording ends there, or was made on another day.
    let mut packets = Vec::new();
    for i in 1..20_u64 {
        let t = i64::try_from(i).expect("few") * 10_000;
        packets.push(ask(t, 0, i));
        if i <= 8 {
            packets.extend([ask(t + 1, 1, i), answer(t + 2, 1, i), answer(t + 3, 0, i)]);
        }
    }
    let day = 86_400_000;
    packets.extend([ask(day, 0, 77), ask(day + 300_000, 0, 78)]);
    let all = read(&in_order(packets), PairerConfig::default(), Vec::new());
    let follow = Follow::new(&all);
    let expected = |row| follow.path(row).expected;
    // The ninth came no later than the next one would have.
    assert_eq!(expected(8), Some(PlaceId(1)));
    assert_eq!((expected(9), expected(18), expected(19)), (None, None, None));
}

#[test]
fn requests_without_replies_correct_no_clock() {
    // Both places see the same requests at the same times, by one clock. Each client asks again after 1.4 s under the same
    // number from another port, which looks like the first one seen 1.4 s later.
    let query = |t, place, port, id| At(t, place, dns("10.0.0.1", port, "10.9.0.1", 53, id, "a.test", None));
    let mut packets = Vec::new();
    for id in 1..30_u16 {
        let t = i64::from(id) * 30_000;
        packets.extend([query(t, 0, 5000, id), query(t, 1, 5000, id)]);
        if id % 3 != 0 {
            packets.extend([query(t + 1_400, 0, 6000, id), query(t + 1_400, 1, 6000, id)]);
        }
    }
    let all = read(&in_order(packets), PairerConfig::default(), Vec::new());
    assert_eq!(all.clock_ahead(PlaceId(0)), Span::from_nanoseconds(0));
    assert_eq!(all.clock_ahead(PlaceId(1)), Span::from_nanoseconds(0));
    assert!(all.iter().all(|e| e.sightings().len() == 2));
}

#[test]
fn a_path_that_the_user_gives_wins_over_what_is_inferred() {
    let mut packets = Vec::new();
    for i in 1..5_u64 {
        let t = i64::try_from(i).expect("few") * 10_000;
        packets.extend([ask(t, 0, i), ask(t + 1, 1, i), answer(t + 2, 1, i), answer(t + 3, 0, i)]);
    }
    let names = || vec![vantage("inside", None), vantage("outside", None)];
    let inferred = read(&packets, PairerConfig::default(), names());
    assert_eq!(places(&inferred, 0), [0, 1]);
    let mut config = PairerConfig::default();
    config.set_path(vec!["outside".to_owned(), "inside".to_owned()]);
    let given = read(&packets, config, names());
    assert_eq!(places(&given, 0), [1, 0]);
}

#[test]
fn an_order_that_nothing_tells_is_said_to_be_doubtful() {
    let doubtful = |first_delay: i64, second_delay: i64| {
        let mut packets = Vec::new();
        for i in 1..9_u64 {
            let t = i64::try_from(i).expect("few") * 10_000;
            let late = if i % 2 == 0 { first_delay } else { second_delay };
            packets.extend([ask(t, 0, i), ask(t + late, 1, i), answer(t + 9, 1, i), answer(t + 9, 0, i)]);
        }
        let all = check(&in_order(packets), &[ANSWERED; 8]);
        Follow::new(&all).doubtful_order()
    };
    // Each of the two is first as often as the other.
    assert_eq!(doubtful(1, -1), [Between { near: PlaceId(0), far: PlaceId(1) }]);
    assert_eq!(doubtful(1, 2), []);
    // The same packets at the same times: one point, captured twice.
    assert_eq!(doubtful(0, 0), []);
}

#[test]
fn a_missing_reply_is_unknown_where_the_capture_lost_packets() {
    let packets =
        [ask(0, 0, 1), ask(10_000, 0, 2), answer(10_001, 0, 2), ask(60_000, 0, 3), ask(90_000, 0, 4)];
    let outcomes = |dropped| {
        let all = read(&packets, PairerConfig::default(), vec![vantage("eth0", dropped)]);
        // One time to live in both directions: the replies only pass.
        let plain = |reason| if reason == Reason::PassedHere { Reason::Plain } else { reason };
        all.iter().map(|e| (e.outcome(), plain(e.reason()))).collect::<Vec<_>>()
    };
    let end = (Outcome::Unknown, Reason::EndOfCapture);
    let doubted = (Outcome::Unknown, Reason::CaptureDropped);
    assert_eq!(outcomes(Some(0)), [UNANSWERED, ANSWERED, UNANSWERED, end]);
    assert_eq!(outcomes(Some(2)), [doubted, ANSWERED, doubted, end]);
}

#[test]
fn a_place_without_losses_still_tells_that_no_reply_came_so_far() {
    let mut packets = Vec::new();
    for i in 1..5_u64 {
        let t = i64::try_from(i).expect("few") * 10_000;
        packets.extend([ask(t, 0, i), ask(t + 1, 1, i)]);
        // The second reply comes back to place 1 and is missing at place 0, which lost packets.
        if i == 2 {
            packets.push(answer(t + 2, 1, i));
        }
    }
    packets.push(ask(90_000, 0, 99));
    let all =
        read(&packets, PairerConfig::default(), vec![vantage("lossy", Some(5)), vantage("whole", Some(0))]);
    let outcomes: Vec<Outcome> = all.iter().map(|e| e.outcome()).collect();
    // At place 1 the capture ends before the last one's time-out.
    let (silent, unknown) = (Outcome::Unanswered, Outcome::Unknown);
    assert_eq!(outcomes, [silent, unknown, silent, unknown, unknown]);
}

#[test]
fn places_of_one_host_share_a_clock_whatever_their_packets_say() {
    // A second of delay between the two places, in both directions: as if the clocks differed.
    let mut packets = Vec::new();
    for i in 1..9_u64 {
        let t = i64::try_from(i).expect("few") * 10_000;
        packets.extend([ask(t, 0, i), ask(t + 900, 1, i), answer(t + 901, 1, i), answer(t + 902, 0, i)]);
    }
    let place = |name: &str, application: Option<&str>| Vantage {
        application: application.map(str::to_owned),
        description: Some("host a, namespace ".to_owned() + name),
        ..vantage(name, Some(0))
    };
    let ahead = |application| {
        let names = vec![place("in", application), place("out", application)];
        let all = read(&packets, PairerConfig::default(), names);
        (all.clock(PlaceId(1)).is_some(), all.clock_ahead(PlaceId(1)))
    };
    assert_eq!(ahead(Some("unanswered capture 0.1.0")), (false, Span::from_nanoseconds(0)));
    // For other files it has to be inferred; these bounds include zero, too.
    assert_eq!(ahead(Some("dumpcap")), (true, Span::from_nanoseconds(0)));
}

#[test]
fn pings_of_two_machines_with_equal_data_are_two_requests() {
    let ping = |t, place, from: &str, id| {
        let mut made = echo(from, "10.9.0.1", true, 7, 1);
        made.set_identification(id);
        At(t, place, made)
    };
    // Both pass place 2; nothing is translated.
    let packets = [
        ping(0, 0, "10.0.0.1", 11),
        ping(0, 2, "10.0.0.1", 11),
        ping(800, 1, "10.0.0.2", 22),
        ping(800, 2, "10.0.0.2", 22),
        At(60_000, 0, ntp("10.0.0.9", 123, "10.9.0.9", 123, 4, 1)),
        At(60_000, 1, ntp("10.0.0.9", 123, "10.9.0.9", 123, 4, 1)),
        At(60_000, 2, ntp("10.0.0.9", 123, "10.9.0.9", 123, 4, 1)),
    ];
    let all = check(&packets, &[UNANSWERED; 2]);
    assert_eq!((all.get(0).sightings().len(), all.get(1).sightings().len()), (2, 2));
}

#[test]
fn an_answered_request_that_a_place_missed_was_not_lost_on_its_way_there() {
    let mut packets = Vec::new();
    for i in 1..9_u64 {
        let t = i64::try_from(i).expect("few") * 10_000;
        packets.extend([ask(t, 0, i), answer(t + 9, 0, i)]);
        if i != 5 {
            packets.extend([ask(t + 1, 1, i), answer(t + 8, 1, i)]);
        }
    }
    // One more does get lost.
    packets.push(ask(100_000, 0, 77));
    packets.extend([ask(200_000, 0, 78), ask(200_001, 1, 78)]);
    let all = read(&in_order(packets), PairerConfig::default(), Vec::new());
    let link = Follow::new(&all).links()[0].requests;
    assert_eq!((link.sent, link.arrived, link.unsure, link.lost()), (10, 8, 1, 1));
}
