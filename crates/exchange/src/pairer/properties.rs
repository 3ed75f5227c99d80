//! Properties of pairing that hold for any traffic, tried on generated scripts of clients.

use crate::test_packets::{At, Made, dns, icmp_error, ntp, tcp};
use crate::{Exchanges, FrameId, Outcome, Pairer, PairerConfig, Reason};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use unanswered_capture::VantageId;
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
        let client = all.addresses()[e.nearest().client().0.0 as usize];
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
        let (tally, totals) = (exchanges.tally(), exchanges.totals());
        let asked: usize = scripts.iter().map(|s| 1 + usize::from(s.duplicate) + s.repeats.len()).sum();
        prop_assert_eq!(tally.asks, asked as u64);
        prop_assert_eq!(tally.asks, tally.requests + tally.repeats + tally.duplicates);
        prop_assert_eq!(tally.answers, tally.attached + tally.alone);
        prop_assert_eq!(totals.requests, totals.by_outcome.iter().sum::<u64>());
    }
}
