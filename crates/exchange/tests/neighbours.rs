//! Questions for neighbours: who is known not to answer, and where that cannot be known.

use std::collections::BTreeMap;
use std::net::IpAddr;
use unanswered_capture::{InputSpec, VantageId};
use unanswered_exchange::{Exchanges, FrameId, Pairer, PairerConfig, read_captures};
use unanswered_table::Outcome::{Answered, Unanswered, Unknown};
use unanswered_table::{Outcome, Reason};
use unanswered_wire::{LinkType, Time, decode};

/// Host numbers are the last bytes of both addresses.
type Host = u8;

const ALL: Host = 0xff;

fn hardware(host: Host) -> [u8; 6] {
    if host == ALL { [0xff; 6] } else { [2, 0, 0, 0, 0, host] }
}

fn framed(from: Host, to: Host, ether_type: u16, packet: &[u8]) -> Vec<u8> {
    [&hardware(to)[..], &hardware(from), &ether_type.to_be_bytes(), packet].concat()
}

fn arp(operation: u8, from: Host, to: Host, target: Host) -> Vec<u8> {
    let address = |host| [192, 0, 2, host];
    let head = [0, 1, 8, 0, 6, 4, 0, operation];
    let packet = [&head[..], &hardware(from), &address(from), &[0; 6], &address(target)].concat();
    framed(from, to, 0x0806, &packet)
}

/// Who has the target's address, asked of all.
fn who_has(from: Host, target: Host) -> Vec<u8> {
    arp(1, from, ALL, target)
}

fn is_at(from: Host, asker: Host) -> Vec<u8> {
    arp(2, from, asker, asker)
}

/// An echo request or reply with that time to live.
fn ping(from: Host, to: Host, kind: u8, ttl: u8) -> Vec<u8> {
    let mut packet = vec![0x45, 0, 0, 28, 0, 0, 0, 0, ttl, 1, 0, 0, 192, 0, 2, from, 192, 0, 2, to];
    packet.extend([kind, 0, 0, 0, 0, 9, 0, 1]);
    framed(from, to, 0x0800, &packet)
}

/// Reads frames with their times in milliseconds and their places; something follows long after them.
fn exchanges(frames: &[(i64, u16, Vec<u8>)]) -> Exchanges {
    let mut pairer = Pairer::new(PairerConfig::default());
    for ((milliseconds, place, frame), number) in frames.iter().zip(1..) {
        let length = u32::try_from(frame.len()).expect("it is short");
        let packet = decode(LinkType::Ethernet, frame, length).expect("it is whole");
        let id = FrameId { vantage: VantageId(*place), input: *place, number };
        pairer.handle_packet(Time::from_nanoseconds(milliseconds * 1_000_000), id, &packet);
        pairer.handle_frame(Time::from_nanoseconds(100_000_000_000), VantageId(*place));
    }
    Exchanges::new(pairer, Vec::new(), Vec::new())
}

fn outcomes(frames: &[(i64, u16, Vec<u8>)]) -> Vec<Outcome> {
    let all = exchanges(frames);
    all.iter().filter(|e| e.protocol().carrier().is_of_link()).map(|e| e.outcome()).collect()
}

#[test]
fn two_dead_neighbours_answer_nothing_and_a_live_one_everything() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/cases/arp_cl.pcap");
    let all = read_captures(&[InputSpec::new(file)], &PairerConfig::default(), &mut |_| {}).unwrap();
    let mut counts: BTreeMap<(&str, IpAddr, Outcome), u32> = BTreeMap::new();
    for exchange in all.iter() {
        let server = all.addresses()[exchange.nearest().server().address.0 as usize];
        *counts.entry((exchange.protocol().declaration().name, server, exchange.outcome())).or_default() += 1;
    }
    let server = |last| IpAddr::from([10, 71, 1, last]);
    let expected = [
        (("arp", server(1), Answered), 1),
        (("arp", server(10), Answered), 2),
        (("arp", server(77), Unanswered), 24),
        (("arp", server(78), Unanswered), 23),
        // The last frame of the capture.
        (("arp", server(78), Unknown), 1),
        (("icmp", server(1), Answered), 8),
    ];
    assert_eq!(counts, BTreeMap::from(expected));
    let dead = all.iter().find(|e| e.outcome() == Unknown).expect("one at the end");
    assert_eq!(dead.reason(), Reason::EndOfCapture);
}

#[test]
fn a_reply_goes_to_the_question_about_its_sender() {
    let frames = [
        (0, 0, who_has(1, 5)),
        (0, 0, who_has(1, 6)),
        (10, 0, is_at(5, 1)),
        // Each is a question of its own.
        (1_000, 0, who_has(1, 6)),
        (1_010, 0, is_at(6, 1)),
    ];
    assert_eq!(outcomes(&frames), [Answered, Unanswered, Answered]);
    let all = exchanges(&frames);
    assert!(all.iter().all(|e| e.reason() == Reason::Plain && e.transmissions() == 1));
    assert_eq!(all.totals().orphan_replies, 0);
}

#[test]
fn a_flooded_question_shows_nothing_where_its_asker_is_not() {
    // At host 3, which talks to the asker and to one more; host 1 asks for a dead one.
    let at_3 = |ttl| {
        vec![
            (0, 0, ping(1, 3, 8, ttl)),
            (1, 0, ping(3, 1, 0, 64)),
            (5, 0, who_has(1, 7)),
            (1_005, 0, who_has(1, 7)),
        ]
    };
    let mut with_another = at_3(64);
    with_another.extend([(2_000, 0, ping(4, 3, 8, 64)), (2_001, 0, ping(3, 4, 0, 64))]);
    let kept = exchanges(&with_another);
    assert_eq!(kept.len(), 2, "nothing failed, and there are others");
    // With two machines only, it is the interface of either, unless one is a router.
    assert_eq!(outcomes(&at_3(64)), [Unanswered, Unanswered]);
    assert_eq!(exchanges(&at_3(61)).len(), 1);
    // At the asker.
    let at_1 = [
        (0, 0, ping(1, 3, 8, 64)),
        (1, 0, ping(3, 1, 0, 64)),
        (2, 0, ping(1, 4, 8, 64)),
        (3, 0, ping(4, 1, 0, 64)),
        (5, 0, who_has(1, 7)),
        (1_005, 0, who_has(1, 7)),
    ];
    assert_eq!(outcomes(&at_1), [Unanswered, Unanswered]);
}

#[test]
fn questions_of_others_alone_are_unknown() {
    let frames = [(0, 0, who_has(1, 7)), (1_000, 0, who_has(1, 7)), (1_500, 0, who_has(2, 8))];
    assert_eq!(outcomes(&frames), [Unknown; 3]);
    assert!(exchanges(&frames).iter().all(|e| e.reason() == Reason::OneDirection));
}

#[test]
fn a_target_that_answered_here_is_missed_here() {
    // Between others: all that is known is that this asker hears this target here.
    let frames = [
        (0, 0, ping(3, 4, 8, 64)),
        (1, 0, ping(4, 3, 0, 64)),
        (5, 0, who_has(1, 7)),
        (6, 0, is_at(7, 1)),
        (60_000, 0, who_has(1, 7)),
        (61_000, 0, who_has(1, 7)),
    ];
    assert_eq!(outcomes(&frames), [Answered, Unanswered, Unanswered]);
}

#[test]
fn a_lone_question_had_its_answer() {
    let frames = [(0, 0, arp(1, 1, 5, 5)), (20_000, 0, arp(1, 1, 5, 5)), (20_900, 0, arp(1, 1, 5, 5))];
    assert_eq!(outcomes(&frames), [Unknown, Unanswered, Unanswered]);
}

#[test]
fn the_asker_knows_what_the_place_of_another_does_not() {
    let mut frames = Vec::new();
    for at in [0, 1_000, 2_000] {
        frames.extend([(at, 0, who_has(1, 7)), (at, 1, who_has(1, 7))]);
    }
    // The third is answered.
    frames.push((2_001, 0, is_at(7, 1)));
    for (place, other) in [(0, 3), (0, 4), (1, 9), (1, 8)] {
        let own = if place == 0 { 1 } else { 2 };
        frames.push((5_000, place, ping(own, other, 8, 64)));
        frames.push((5_001, place, ping(other, own, 0, 64)));
    }
    let all = exchanges(&frames);
    assert_eq!(outcomes(&frames), [Unanswered, Unanswered, Answered]);
    for exchange in all.iter().filter(|e| e.protocol().carrier().is_of_link()) {
        let beside: Vec<bool> = exchange.sightings().map(|s| s.beside()).collect();
        assert_eq!(beside, [false, true]);
    }
}
