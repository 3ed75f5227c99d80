//! Conversations over UDP that no protocol claims, from packets made by hand.

use crate::test_packets::{At, Made, check, icmp_error, read, tcp, udp};
use crate::{Exchanges, PairerConfig, UnpairedFrames};
use unanswered_table::{Outcome, Reason};
use unanswered_wire::{Tcp, Unpaired};

const CLIENT: &str = "10.0.0.1";
const SERVER: &str = "10.9.0.1";
const ANSWERED: (Outcome, Reason) = (Outcome::Answered, Reason::Plain);

fn ask(port: u16, number: u32) -> Made {
    udp(CLIENT, port, SERVER, 7000, [b"ask ".as_slice(), &number.to_be_bytes()].concat())
}

fn tell(port: u16, number: u32) -> Made {
    udp(SERVER, 7000, CLIENT, port, [b"told".as_slice(), &number.to_be_bytes()].concat())
}

/// Something else, so that the capture goes on for long enough.
fn end() -> At {
    At(120_000, 0, tcp(CLIENT, 1, SERVER, 2, Tcp::ACK, 1, 1))
}

/// Outcomes; what is not paired.
fn of(mut packets: Vec<At>) -> (Vec<Outcome>, Vec<UnpairedFrames>, Exchanges) {
    packets.sort_by_key(|packet| packet.0);
    let frames = packets.len() as u64;
    let all = read(&packets, PairerConfig::default(), Vec::new());
    let counts = all.frames().clone();
    assert_eq!(counts.read, frames);
    assert_eq!(counts.sum(), frames, "{counts:?}");
    (all.outcomes().to_vec(), counts.not_paired, all)
}

fn group(what: Unpaired, frames: u64, one_way: u64) -> UnpairedFrames {
    UnpairedFrames { what, frames, one_way }
}

fn count(outcomes: &[Outcome], wanted: Outcome) -> usize {
    outcomes.iter().filter(|outcome| **outcome == wanted).count()
}

#[test]
fn of_twenty_questions_from_ports_of_their_own_four_are_unanswered() {
    let mut packets = vec![end()];
    for number in 0..20_u16 {
        let (at, port) = (i64::from(number) * 1000, 40_000 + number);
        packets.push(At(at, 0, ask(port, number.into())));
        if number % 5 != 0 {
            packets.push(At(at + 2, 0, tell(port, number.into())));
        }
    }
    let (outcomes, others, all) = of(packets);
    assert_eq!((count(&outcomes, Outcome::Answered), count(&outcomes, Outcome::Unanswered)), (16, 4));
    assert_eq!(others, []);
    assert_eq!(all.frames().paired, 36);
}

#[test]
fn of_twenty_questions_on_one_flow_four_are_unanswered() {
    let mut packets = vec![end()];
    for number in 0..20_u32 {
        let at = i64::from(number) * 2000;
        packets.push(At(at, 0, ask(40_000, number)));
        if number % 5 != 4 {
            packets.push(At(at + 2, 0, tell(40_000, number)));
        }
    }
    let (outcomes, others, _) = of(packets);
    assert_eq!((count(&outcomes, Outcome::Answered), count(&outcomes, Outcome::Unanswered)), (16, 4));
    assert_eq!(others, []);
}

#[test]
fn a_question_without_a_reply_is_none_where_nobody_is_known_to_answer() {
    let asked: Vec<At> = (0..200).map(|n| At(i64::from(n) * 10, 0, ask(40_000 + n, 1))).collect();
    let (outcomes, others, all) = of(asked);
    assert_eq!(outcomes, []);
    assert_eq!(others, [group(Unpaired::Udp(7000), 200, 200)]);
    assert_eq!((all.tally().requests, all.tally().withdrawn), (200, 200));
    assert_eq!((all.places()[0].requests, all.places()[0].replies), (0, 0));
}

fn rtp(from: (&str, u16), to: (&str, u16), number: u16) -> Made {
    let mut payload = vec![0x80, 0];
    payload.extend(number.to_be_bytes());
    payload.extend((u32::from(number) * 160).to_be_bytes());
    payload.extend([1, 2, 3, 4]);
    payload.extend([number.to_be_bytes()[1]; 160]);
    udp(from.0, from.1, to.0, to.1, payload)
}

#[test]
fn media_in_one_direction_and_in_both_asks_nothing() {
    let (a, b) = ((CLIENT, 40_000), (SERVER, 50_000));
    let one: Vec<At> = (0..1000).map(|n| At(i64::from(n) * 20, 0, rtp(a, b, n))).collect();
    let (outcomes, others, _) = of(one.clone());
    assert_eq!((outcomes, others), (Vec::new(), vec![group(Unpaired::UdpBetween, 1000, 1000)]));
    let back = (0..1000).map(|n| At(i64::from(n) * 20 + 10, 0, rtp(b, a, n)));
    let (outcomes, others, _) = of(one.into_iter().chain(back).collect());
    assert_eq!((outcomes, others), (Vec::new(), vec![group(Unpaired::UdpBetween, 2000, 0)]));
}

#[test]
fn a_stream_at_one_pace_asks_nothing_whatever_is_in_it() {
    let to = (0..200_u32).map(|n| At(i64::from(n) * 20, 0, ask(40_000, n)));
    let back = (0..200_u32).map(|n| At(i64::from(n) * 20 + 10, 0, tell(40_000, n)));
    let (outcomes, others, _) = of(to.chain(back).collect());
    assert_eq!((outcomes, others), (Vec::new(), vec![group(Unpaired::Udp(7000), 400, 0)]));
}

#[test]
fn another_question_at_once_or_a_second_reply_ends_it() {
    let question = |t, n| At(t, 0, ask(40_000, n));
    let reply = |t, n| At(t, 0, tell(40_000, n));
    let none = |packets: Vec<At>| assert_eq!(of(packets).0, []);
    none(vec![question(0, 1), question(300, 2), reply(302, 2)]);
    none(vec![question(0, 1), reply(2, 1), question(1000, 2), reply(1002, 2), reply(1500, 3)]);
    // The server was heard first.
    none(vec![reply(0, 1), question(300, 2), reply(302, 2)]);
    // The question is forgotten when the reply comes.
    none(vec![question(0, 1), reply(16_000, 1)]);
}

#[test]
fn the_same_payload_again_is_a_retransmission_and_may_bring_a_second_reply() {
    let packets = [
        At(0, 0, ask(40_000, 1)),
        At(0, 0, ask(40_000, 1)),
        At(1000, 0, ask(40_000, 1)),
        At(1002, 0, tell(40_000, 1)),
        At(1003, 0, tell(40_000, 1)),
        At(9000, 0, ask(40_000, 2)),
        At(15_000, 0, tell(40_000, 2)),
        end(),
    ];
    let all = check(&packets, &[ANSWERED, (Outcome::Late, Reason::AfterTimeout)]);
    assert_eq!(all.get(0).transmissions(), 2);
    assert_eq!((all.tally().duplicates, all.tally().repeats), (1, 1));
    assert_eq!(all.frames().paired, 7);
}

#[test]
fn an_error_answers_a_question_and_what_goes_on_without_replies() {
    use unanswered_wire::errors::refusal;
    let refused = (Outcome::Refused, Reason::Refused(refusal(false, 3, 3).expect("it is one")));
    let question = |t, n| At(t, 0, ask(40_000, n));
    let error = |t, n| At(t, 0, icmp_error(SERVER, 3, 3, &ask(40_000, n)));
    let all = check(&[question(0, 1), error(1, 1), end()], &[refused]);
    assert_eq!(all.frames().paired, 2);
    check(&[question(0, 1), error(1, 1), question(5, 2), error(6, 2)], &[refused; 2]);
    let log: Vec<At> =
        (0..50).map(|n| question(i64::from(n), n)).chain([error(60, 7), error(61, 8)]).collect();
    let all = check(&log, &[refused]);
    assert_eq!(all.frames().paired, 3);
    assert_eq!(all.frames().not_paired, [group(Unpaired::Udp(7000), 49, 49)]);
}

#[test]
fn what_goes_to_many_and_what_carries_a_stream_is_no_question() {
    let pair = |server: &str, port| {
        let ask = udp(CLIENT, 40_000, server, port, vec![1; 20]);
        of(vec![At(0, 0, ask), At(2, 0, udp(server, port, CLIENT, 40_000, vec![2; 20]))])
    };
    assert_eq!(pair(SERVER, 3478).0, [Outcome::Answered]);
    assert_eq!(pair(SERVER, 443).0, []);
    assert_eq!(pair("239.255.255.250", 1900).0, []);
    assert_eq!(pair("10.0.0.255", 7000).0, []);
    // A port of another protocol.
    let (outcomes, others, _) = pair(SERVER, 161);
    assert_eq!((outcomes, others), (Vec::new(), vec![group(Unpaired::Udp(161), 2, 0)]));
}

/// Three probes for each time to live; `reach` is the server's.
fn traceroute(reach: u8, silent: &[u8]) -> Vec<At> {
    let mut packets = vec![end()];
    for number in 0..18_u16 {
        let (at, ttl) = (i64::from(number), u8::try_from(number / 3 + 1).expect("small"));
        let probe = udp(CLIENT, 41_000 + number, SERVER, 33_434 + number, b"@ABCDEFGHIJKLMNO".to_vec());
        packets.push(At(at, 0, probe.clone().ttl(ttl)));
        if silent.contains(&ttl) {
            continue;
        }
        let router = format!("10.5.0.{ttl}");
        let error =
            if ttl < reach { icmp_error(&router, 11, 0, &probe) } else { icmp_error(SERVER, 3, 3, &probe) };
        packets.push(At(at + 30, 0, error));
    }
    packets
}

#[test]
fn a_traceroute_fails_nowhere() {
    // Routers on the way, one of them silent; a server that says little; one beside the client.
    for packets in [traceroute(3, &[]), traceroute(4, &[2]), traceroute(4, &[5, 6]), traceroute(1, &[])] {
        let (outcomes, others, all) = of(packets);
        assert_eq!(outcomes, [Outcome::NoneDue; 18]);
        assert_eq!(others, []);
        assert!(all.iter().all(|exchange| exchange.reason() == Reason::PathProbe));
    }
}

#[test]
fn a_scan_of_many_ports_leaves_those_that_said_no() {
    let mut packets = Vec::new();
    for port in 1..2000_u16 {
        let probe = udp(CLIENT, 50_000, SERVER, port, Vec::new());
        packets.push(At(i64::from(port), 0, probe.clone()));
        if port % 100 == 7 {
            packets.push(At(i64::from(port), 0, icmp_error(SERVER, 3, 3, &probe)));
        }
    }
    let (outcomes, ..) = of(packets);
    // And those are what the scan wanted to know.
    assert_eq!(outcomes, [Outcome::NoneDue; 20]);
}

#[test]
fn a_service_that_mostly_streams_is_owed_nothing() {
    let mut packets = vec![end()];
    for number in 0..10_u16 {
        let (at, port) = (i64::from(number) * 1000, 40_000 + number);
        packets.push(At(at, 0, ask(port, 1)));
        packets.push(At(at + 2, 0, tell(port, 1)));
        if number < 6 {
            packets.push(At(at + 4, 0, tell(port, 2)));
        }
    }
    packets.push(At(20_000, 0, ask(41_000, 1)));
    let (outcomes, ..) = of(packets);
    assert_eq!(outcomes, [Outcome::Answered; 4]);
}

/// Names are asked for by broadcast from and to port 137, and each machine that has one answers from its own address.
#[test]
fn an_answer_to_a_broadcast_is_no_question() {
    let name = |from: &str, to: &str, number: u8| udp(from, 137, to, 137, vec![number; 50]);
    let mut packets = Vec::new();
    // Conversations that show that the service answers.
    for other in 1..=4_u8 {
        let server = format!("10.9.0.{other}");
        packets.push(At(i64::from(other) * 100, 0, name(CLIENT, &server, other)));
        packets.push(At(i64::from(other) * 100 + 1, 0, name(&server, CLIENT, other + 100)));
    }
    for other in 5..=8_u8 {
        let at = 1_000 + i64::from(other) * 100;
        packets.push(At(at, 0, name(CLIENT, "10.0.0.255", other)));
        packets.push(At(at + 1, 0, name(&format!("10.0.0.{other}"), CLIENT, other + 100)));
    }
    // One that nobody has called for asks.
    packets.push(At(60_000, 0, name("10.0.0.9", CLIENT, 99)));
    packets.push(end());
    let (outcomes, ..) = of(packets);
    assert_eq!(outcomes, [[Outcome::Answered; 4].as_slice(), &[Outcome::Unanswered]].concat());
}

/// The broadcast address of a small network is known by its frame.
#[test]
fn a_frame_to_all_on_the_link_asks_no_single_machine() {
    let mut packets: Vec<At> = (0..4_u16)
        .flat_map(|n| {
            let at = i64::from(n) * 100;
            [At(at, 0, ask(4000 + n, 1)), At(at + 1, 0, tell(4000 + n, 1))]
        })
        .collect();
    let to_all = udp(CLIENT, 4100, "10.0.0.63", 7000, b"ask all".to_vec()).hardware_to_all();
    packets.extend([At(1_000, 0, to_all), end()]);
    let (outcomes, rest, _) = of(packets);
    assert_eq!(outcomes, [Outcome::Answered; 4]);
    assert_eq!(rest[0], group(Unpaired::Udp(4100), 1, 0));
    // Packets made by hand go to all where no address was looked up.
    let talk = |n: u16| {
        [At(n.into(), 0, ask(n, 1).hardware_to_all()), At(i64::from(n) + 1, 0, tell(n, 1).hardware_to_all())]
    };
    let mut packets: Vec<At> = (4000..4004).flat_map(talk).collect();
    packets.push(end());
    assert_eq!(of(packets).0, [Outcome::Answered; 4]);
}

/// Rx acknowledges a reply that has nothing to be sent back with (delayed by 400 ms): such a datagram asks nothing.
#[test]
fn an_acknowledgement_of_a_reply_is_no_question_without_an_answer() {
    let made = |from: &str, to: &str, length: usize, n: u8| {
        let (source, destination) = if from == CLIENT { (7001, 7000) } else { (7000, 7001) };
        udp(from, source, to, destination, vec![n; length])
    };
    let talk = |acknowledgement: usize, after: i64, again: bool| {
        let mut packets = Vec::new();
        for n in 0..6_u8 {
            let at = i64::from(n) * 10_000;
            packets.push(At(at, 0, made(CLIENT, SERVER, 44 + usize::from(n % 2) * 12, n)));
            packets.push(At(at + 2, 0, made(SERVER, CLIENT, 148, n)));
            packets.push(At(at + 2 + after, 0, made(CLIENT, SERVER, acknowledgement, n + 100)));
            if again {
                packets.push(At(at + 1_000 + after, 0, made(CLIENT, SERVER, acknowledgement, n + 100)));
            }
        }
        packets.push(end());
        let (outcomes, ..) = of(packets);
        [Outcome::Answered, Outcome::Unknown, Outcome::Unanswered].map(|wanted| count(&outcomes, wanted))
    };
    assert_eq!(talk(65, 400, false), [6, 6, 0]);
    // What is sent again, comes long after, is long, or is like what is answered, wants an answer.
    assert_eq!(talk(65, 400, true), [6, 0, 6]);
    assert_eq!(talk(65, 800, false), [6, 0, 6]);
    assert_eq!(talk(1_200, 400, false), [6, 0, 6]);
    assert_eq!(talk(44, 400, false), [6, 0, 6]);
}
