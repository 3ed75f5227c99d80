//! Properties of pairing that hold for any traffic, tried on generated scripts of clients.

use crate::test_packets::{At, Made, dns, icmp_error, ntp, tcp};
use crate::{Exchanges, FrameId, Pairer, PairerConfig};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use unanswered_capture::VantageId;
use unanswered_table::Outcome;
use unanswered_table::Reason;
use unanswered_wire::{Tcp, Time};

/// What happens to one request of one client.
#[derive(Clone, Debug)]
struct Script {
    start: i64,
    protocol: u8,
    /// Delays of further transmissions.
    repeats: Vec<i64>,
    /// The same frame twice.
    duplicate: bool,
    replies: Vec<(i64, Reply)>,
}

#[derive(Clone, Copy, Debug)]
enum Reply {
    Right,
    WrongSource,
    Error,
    SomethingElse,
}

const END: i64 = 100_000;

fn script() -> impl Strategy<Value = Script> {
    let reply = prop_oneof![
        4 => Just(Reply::Right),
        1 => Just(Reply::WrongSource),
        1 => Just(Reply::Error),
        1 => Just(Reply::SomethingElse)
    ];
    (
        0i64..50_000,
        0u8..3,
        prop::collection::vec(20i64..4_000, 0..3),
        any::<bool>(),
        prop::collection::vec((1i64..9_000, reply), 0..3),
    )
        .prop_map(|(start, protocol, repeats, duplicate, replies)| Script {
            start,
            protocol,
            repeats,
            duplicate,
            replies,
        })
}

fn packets(index: usize, script: &Script) -> Vec<At> {
    let client = format!("10.0.{}.{}", index / 200, index % 200 + 1);
    let ask = message(script.protocol, &client, "10.9.0.1", true);
    let mut all = vec![At(script.start, 0, ask.clone())];
    if script.duplicate {
        all.push(At(script.start, 0, ask.clone()));
    }
    all.extend(script.repeats.iter().map(|gap| At(script.start + gap, 0, ask.clone())));
    for &(delay, reply) in &script.replies {
        let packet = match reply {
            Reply::Right => message(script.protocol, &client, "10.9.0.1", false),
            Reply::WrongSource => message(script.protocol, &client, "10.9.0.2", false),
            Reply::Error => icmp_error("10.9.0.1", 3, 3, &ask),
            Reply::SomethingElse => tcp("10.9.0.1", 9, &client, 9, Tcp::ACK, 1, 1),
        };
        all.push(At(script.start + delay, 0, packet));
    }
    all
}

fn message(protocol: u8, client: &str, server: &str, asks: bool) -> Made {
    match (protocol, asks) {
        (0, true) => ntp(client, 123, server, 123, 3, 77),
        (0, false) => ntp(server, 123, client, 123, 4, 77),
        (1, true) => dns(client, 5000, server, 53, 9, "a.example", None),
        (1, false) => dns(server, 53, client, 5000, 9, "a.example", Some(0)),
        (_, true) => tcp(client, 5000, server, 80, Tcp::SYN, 10, 0),
        (_, false) => tcp(server, 80, client, 5000, Tcp::SYN | Tcp::ACK, 20, 11),
    }
}

fn run(mut packets: Vec<At>) -> Exchanges {
    packets.push(At(END, 0, tcp("10.9.0.9", 1, "10.9.0.8", 2, Tcp::ACK, 1, 1)));
    packets.sort_by_key(|p| p.0);
    let mut pairer = Pairer::new(PairerConfig::default());
    for (At(milliseconds, vantage, made), number) in packets.iter().zip(1..) {
        let id = FrameId { vantage: VantageId(*vantage), input: 0, number };
        let now = Time::from_nanoseconds(milliseconds * 1_000_000);
        made.with(|packet| pairer.handle_packet(now, id, packet));
    }
    Exchanges::new(pairer, Vec::new(), Vec::new())
}

/// Client, outcome and transmissions of each request, in order of client.
fn fates(all: &Exchanges) -> Vec<(std::net::IpAddr, Outcome, Reason, u8)> {
    let fate = |e: crate::Exchange<'_>| {
        let client = all.addresses()[e.nearest().client().address.0 as usize];
        (client, e.outcome(), e.reason(), e.transmissions())
    };
    let mut fates: Vec<_> = all.iter().map(fate).collect();
    fates.sort();
    fates
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// What other clients do changes nothing for a request, whatever the interleaving.
    #[test]
    fn independent_flows_do_not_touch_each_other(scripts in prop::collection::vec(script(), 1..30)) {
        let each: Vec<Vec<At>> = scripts.iter().enumerate().map(|(i, s)| packets(i, s)).collect();
        let together = fates(&run(each.concat()));
        let mut alone: Vec<_> = each.into_iter().flat_map(|p| fates(&run(p))).collect();
        alone.sort();
        prop_assert_eq!(together, alone);
    }

    /// Every packet is accounted for and every request has one fate.
    #[test]
    fn nothing_is_lost_between_in_and_out(scripts in prop::collection::vec(script(), 1..30)) {
        let all: Vec<At> = scripts.iter().enumerate().flat_map(|(i, s)| packets(i, s)).collect();
        let exchanges = run(all);
        let tally = exchanges.tally();
        let asked: usize = scripts.iter().map(|s| 1 + usize::from(s.duplicate) + s.repeats.len()).sum();
        prop_assert_eq!(tally.asks, asked as u64);
        prop_assert_eq!(tally.asks, tally.requests + tally.repeats + tally.duplicates);
        prop_assert_eq!(tally.answers, tally.attached + tally.alone);
        let seen: usize = exchanges.iter().map(|exchange| exchange.sightings().len()).sum();
        prop_assert_eq!(tally.requests, seen as u64);
    }
}

/// One turn of a connection: bytes asked, where they are cut at each of two places, bytes answered.
type Turn = (u32, [Vec<u32>; 2], u32);

fn turn() -> impl Strategy<Value = Turn> {
    (1_u32..5_000).prop_flat_map(|bytes| {
        let cuts = || prop::collection::vec(1..=bytes, 0..4);
        (Just(bytes), [cuts(), cuts()], 1_u32..9_000)
    })
}

/// The pieces between the cuts: offset and length.
fn pieces(bytes: u32, cuts: &[u32]) -> Vec<(u32, u32)> {
    let mut ends = [cuts, &[bytes]].concat();
    ends.sort_unstable();
    ends.dedup();
    let begins = std::iter::once(0).chain(ends.iter().copied());
    begins.zip(&ends).map(|(from, to)| (from, to - from)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, rng_seed: RngSeed::Fixed(5), ..ProptestConfig::default() })]

    #[test]
    fn a_connection_has_as_many_requests_as_turns_however_its_bytes_were_cut(
        turns in prop::collection::vec(turn(), 1..8),
        first in any::<u32>(),
    ) {
        let (client, server) = ("10.0.0.1", "10.9.0.1");
        let (mut sequence, mut acknowledged, mut now) = (first, 7_000_u32, 0);
        let mut packets = Vec::new();
        for (bytes, cuts, answer) in &turns {
            for (place, cuts) in (0_u16..).zip(cuts) {
                for (offset, length) in pieces(*bytes, cuts) {
                    let from = sequence.wrapping_add(offset);
                    let ask = tcp(client, 40_000, server, 80, Tcp::ACK, from, acknowledged).data(length);
                    packets.push(At(now + i64::from(place), place, ask));
                }
            }
            sequence = sequence.wrapping_add(*bytes);
            for place in 0..2 {
                let reply = tcp(server, 80, client, 40_000, Tcp::ACK, acknowledged, sequence).data(*answer);
                packets.push(At(now + 10 - i64::from(place), place, reply));
            }
            acknowledged = acknowledged.wrapping_add(*answer);
            now += 100;
        }
        let all = run(packets);
        prop_assert_eq!(all.len(), turns.len());
        prop_assert!(all.iter().all(|e| e.outcome() == Outcome::Answered && e.sightings().len() == 2));
    }

    #[test]
    fn any_segments_at_all_leave_the_books_balanced(
        segments in prop::collection::vec(
            (0i64..20_000, 0_u16..2, any::<bool>(), 0_u16..32, 0_u32..300, 0_u32..300, 0_u32..200),
            0..80,
        ),
    ) {
        let packets = segments.into_iter().map(|(at, place, asks, flags, sequence, acknowledgement, data)| {
            let made = if asks {
                tcp("10.0.0.1", 40_000, "10.9.0.1", 80, flags, sequence, acknowledgement)
            } else {
                tcp("10.9.0.1", 80, "10.0.0.1", 40_000, flags, sequence, acknowledgement)
            };
            At(at, place, made.data(data))
        });
        // The pairer itself checks that everything that went in came out.
        let all = run(packets.collect());
        let seen: usize = all.iter().map(|exchange| exchange.sightings().len()).sum();
        prop_assert_eq!(all.tally().requests, seen as u64);
    }
}
