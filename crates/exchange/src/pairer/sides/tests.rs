use crate::Exchanges;
use crate::test_packets::{At, Made, dns, icmp_error, read, tcp, udp, vantage};
use unanswered_table::{Outcome, Reason};
use unanswered_wire::Direction::{self, In, Other, Out};
use unanswered_wire::{ProtocolId, Tcp};

const CLIENT: &str = "10.0.0.1";
const SERVER: &str = "10.9.0.1";
const ROUTER: &str = "10.9.0.254";

fn question(client: &str, id: u16) -> Made {
    dns(client, 4000 + id, SERVER, 53, id, "h.example.test", None)
}

fn answer(client: &str, id: u16) -> Made {
    dns(SERVER, 53, client, 4000 + id, id, "h.example.test", Some(0))
}

fn at(milliseconds: i64, way: Direction, made: Made) -> At {
    At(milliseconds, 0, made.flagged(way))
}

/// Outcome of each request, with the places that saw it and whether each saw a reply.
type Seen = (Outcome, Reason, Vec<(String, bool)>);

fn seen(packets: &[At]) -> Vec<Seen> {
    let all = read(packets, crate::PairerConfig::default(), vec![vantage("eth0", None)]);
    rows(&all)
}

fn rows(all: &Exchanges) -> Vec<Seen> {
    let of = |at: crate::Sighting<'_>| (all.place_name(at.place()), at.reply_seen());
    all.iter().map(|e| (e.outcome(), e.reason(), e.sightings().map(of).collect())).collect()
}

fn beyond(reply: bool) -> (String, bool) {
    ("eth0, towards the servers".to_owned(), reply)
}

fn near(reply: bool) -> (String, bool) {
    ("eth0".to_owned(), reply)
}

/// The capture goes on, so that a missing reply is missing.
fn later() -> At {
    at(60_000, In, question("10.0.0.7", 99))
}

#[test]
fn a_reply_that_came_in_at_the_one_interface_of_a_router_and_did_not_go_out_is_lost() {
    for nat in [CLIENT, ROUTER] {
        let mut packets = Vec::new();
        for id in 1..=3 {
            let begins = i64::from(id) * 1000;
            packets.push(at(begins, In, question(CLIENT, id)));
            packets.push(at(begins, Out, question(nat, id).ttl(63)));
            packets.push(at(begins + 5, In, answer(nat, id)));
            if id != 2 {
                packets.push(at(begins + 5, Out, answer(CLIENT, id).ttl(63)));
            }
        }
        packets.push(later());
        let all = seen(&packets);
        for (index, lost) in [(0, false), (1, true), (2, false)] {
            let (outcome, _, places) = &all[index];
            assert_eq!(places, &[near(!lost), beyond(true)], "{nat}");
            let expected = if lost { Outcome::Unanswered } else { Outcome::Answered };
            assert_eq!(*outcome, expected, "{nat}");
        }
    }
}

#[test]
fn a_request_that_does_not_go_out_was_seen_at_one_side_only() {
    let mut packets = vec![at(0, In, question(CLIENT, 1)), at(0, Out, question(CLIENT, 1))];
    packets.push(at(2, In, answer(CLIENT, 1)));
    packets.push(at(2, Out, answer(CLIENT, 1)));
    packets.push(at(1000, In, question(CLIENT, 2)));
    packets.push(later());
    let all = seen(&packets);
    assert_eq!(all[0].2, [near(true), beyond(true)]);
    assert_eq!((all[1].0, &all[1].2), (Outcome::Unanswered, &vec![near(false)]));
}

/// A mirror port whose writer calls all frames incoming, and a host that both asks and answers: one place, as without flags.
#[test]
fn directions_of_what_is_not_forwarded_change_nothing() {
    let talk = |ask: Direction, reply: Direction| {
        let mut packets = Vec::new();
        for id in 1..=3 {
            let begins = i64::from(id) * 1000;
            packets.push(at(begins, ask, question(CLIENT, id)));
            packets.push(at(begins + 5, reply, answer(CLIENT, id)));
            packets.push(at(begins + 300, Out, udp(CLIENT, 5000 + id, "10.9.0.9", 999, vec![7; 20])));
            packets.push(at(begins + 301, In, udp("10.9.0.9", 999, CLIENT, 5000 + id, vec![7; 20])));
        }
        seen(&packets)
    };
    for (ask, reply) in [(In, In), (Out, Out), (In, Out), (Out, In), (Other, Other), (In, Other)] {
        let all = talk(ask, reply);
        assert_eq!(all.len(), 6);
        assert!(all.iter().all(|row| row.0 == Outcome::Answered), "{ask:?} {reply:?} {all:?}");
        assert!(all.iter().all(|row| row.2 == [near(true)]), "{ask:?} {reply:?} {all:?}");
    }
}

/// On a loopback interface each frame goes out before it comes in.
#[test]
fn a_loopback_interface_forwards_nothing() {
    let both = |milliseconds, made: Made| [at(milliseconds, Out, made.clone()), at(milliseconds, In, made)];
    let packets = [both(0, question(CLIENT, 1)), both(3, answer(CLIENT, 1))].concat();
    let all = seen(&packets);
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].0, &all[0].2), (Outcome::Answered, &vec![near(true)]));
}

/// TCP, and other UDP whose two ends nothing else tells apart; an error that a router behind sends comes in.
#[test]
fn connections_and_other_datagrams_have_two_sides_too() {
    let syn = || tcp(CLIENT, 4000, SERVER, 80, Tcp::SYN, 100, 0);
    let syn_ack = || tcp(SERVER, 80, CLIENT, 4000, Tcp::SYN | Tcp::ACK, 500, 101);
    let ack = || tcp(CLIENT, 4000, SERVER, 80, Tcp::ACK, 101, 501);
    let forwarded =
        |milliseconds, made: Made| [at(milliseconds, In, made.clone()), at(milliseconds, Out, made)];
    let mut packets = [forwarded(0, syn()), forwarded(4, syn_ack()), forwarded(8, ack())].concat();
    packets.extend(forwarded(20, udp(CLIENT, 4001, SERVER, 999, vec![5; 20])));
    packets.extend(forwarded(25, udp(SERVER, 999, CLIENT, 4001, vec![6; 30])));
    packets.extend(forwarded(30, udp(CLIENT, 4002, SERVER, 999, vec![7; 20])));
    packets.push(at(31, In, icmp_error(SERVER, 3, 3, &udp(CLIENT, 4002, SERVER, 999, vec![7; 20]))));
    packets.push(later());
    let all = read(&packets, crate::PairerConfig::default(), vec![vantage("eth0", None)]);
    let rows = rows(&all);
    assert_eq!((rows[0].0, &rows[0].2), (Outcome::Answered, &vec![near(true), beyond(true)]));
    assert_eq!((rows[1].0, &rows[1].2), (Outcome::Answered, &vec![near(true), beyond(true)]));
    // Nothing at the near side shows that the datagram was a question: it stands where the error came.
    assert_eq!((rows[2].0, &rows[2].2), (Outcome::Refused, &vec![beyond(true)]));
    assert_eq!(all.iter().filter(|e| e.protocol() == ProtocolId::UDP).count(), 2);
}
