use super::*;
use crate::Exchanges;
use crate::test_packets::{At, check, dns, echo, icmp_error, ntp, tcp};
use unanswered_table::Reason;
use unanswered_wire::Tcp;
use unanswered_wire::errors::refusal;
use unanswered_wire::protocols::{dns, tcp};

#[test]
fn a_reply_in_time_answers_and_one_after_the_time_out_is_late() {
    let ask = |t| At(t, 0, ntp("10.0.0.1", 123, "10.9.0.1", 123, 3, 7));
    let answer = |t| At(t, 0, ntp("10.9.0.1", 123, "10.0.0.1", 123, 4, 7));
    check(&[ask(0), answer(5_000)], &[(Outcome::Answered, Reason::Plain)]);
    check(&[ask(0), answer(5_001)], &[(Outcome::Late, Reason::AfterTimeout)]);
}

#[test]
fn nothing_back_is_unanswered_or_unknown_near_the_end() {
    let ask = |t, x| At(t, 0, ntp("10.0.0.1", 123, "10.9.0.1", 123, 3, x));
    let both = [ask(0, 1), ask(5_000, 2)];
    check(&both, &[(Outcome::Unanswered, Reason::Plain), (Outcome::Unknown, Reason::EndOfCapture)]);
    let nearly = [ask(0, 1), ask(4_999, 2)];
    check(&nearly, &[(Outcome::Unknown, Reason::EndOfCapture), (Outcome::Unknown, Reason::EndOfCapture)]);
}

#[test]
fn a_reply_from_another_address_is_rejected_unless_the_right_one_comes() {
    let ask = At(0, 0, dns("10.0.0.1", 4000, "10.9.0.1", 53, 77, "a.example", None));
    let wrong = At(10, 0, dns("10.9.0.2", 53, "10.0.0.1", 4000, 77, "a.example", Some(0)));
    let right = At(20, 0, dns("10.9.0.1", 53, "10.0.0.1", 4000, 77, "a.example", Some(0)));
    check(&[ask.clone(), wrong.clone()], &[(Outcome::Rejected, Reason::WrongSource)]);
    check(&[ask, wrong, right], &[(Outcome::Answered, Reason::Plain)]);
}

#[test]
fn the_clients_complaint_about_a_wrong_reply_is_no_refusal() {
    let wrong = dns("10.9.0.2", 53, "10.0.0.1", 4000, 77, "a.example", Some(0));
    let packets = [
        At(0, 0, dns("10.0.0.1", 4000, "10.9.0.1", 53, 77, "a.example", None)),
        At(10, 0, wrong.clone()),
        At(11, 0, icmp_error("10.0.0.1", 3, 3, &wrong)),
    ];
    check(&packets, &[(Outcome::Rejected, Reason::WrongSource)]);
}

#[test]
fn a_closed_client_port_rejects_a_right_reply_but_not_a_second_one() {
    let right = dns("10.9.0.1", 53, "10.0.0.1", 4000, 77, "a.example", Some(0));
    let ask = At(0, 0, dns("10.0.0.1", 4000, "10.9.0.1", 53, 77, "a.example", None));
    let complaint = At(12, 0, icmp_error("10.0.0.1", 3, 3, &right));
    let once = [ask.clone(), At(10, 0, right.clone()), complaint.clone()];
    check(&once, &[(Outcome::Rejected, Reason::PortClosed)]);
    let twice = [ask, At(10, 0, right.clone()), At(11, 0, right), complaint];
    check(&twice, &[(Outcome::Answered, Reason::Plain)]);
}

#[test]
fn another_question_under_the_same_id_is_rejected() {
    let packets = [
        At(0, 0, dns("10.0.0.1", 4000, "10.9.0.1", 53, 77, "a.example", None)),
        At(10, 0, dns("10.9.0.1", 53, "10.0.0.1", 4000, 77, "b.example", Some(0))),
    ];
    check(&packets, &[(Outcome::Rejected, Reason::WrongQuestion)]);
}

#[test]
fn an_origin_that_fits_no_request_is_rejected_on_its_flow() {
    let ask = At(0, 0, ntp("10.0.0.1", 123, "10.9.0.1", 123, 3, 7));
    let wrong = At(10, 0, ntp("10.9.0.1", 123, "10.0.0.1", 123, 4, 8));
    let other_flow = At(10, 0, ntp("10.9.0.1", 123, "10.0.0.1", 124, 4, 8));
    check(&[ask.clone(), wrong.clone()], &[(Outcome::Rejected, Reason::WrongOrigin)]);
    let later = At(9_000, 0, ntp("10.0.0.2", 123, "10.9.0.1", 123, 3, 9));
    check(
        &[ask, other_flow, later],
        &[(Outcome::Unanswered, Reason::Plain), (Outcome::Unknown, Reason::EndOfCapture)],
    );
}

/// RFC 9769: in interleaved mode the reply's origin is the request's receive timestamp.
#[test]
fn an_interleaved_reply_answers_the_request_whose_receive_timestamp_it_carries() {
    let ask = |received: u64, transmit| {
        let stamp = if received == 0 { 0 } else { 0xe000_0000_0000_0000 + received };
        ntp("10.0.0.1", 123, "10.9.0.1", 123, 3, transmit).overwritten(32, &stamp.to_be_bytes())
    };
    let reply = |origin| ntp("10.9.0.1", 123, "10.0.0.1", 123, 4, origin);
    let packets =
        [At(0, 0, ask(70, 7)), At(10, 0, reply(70)), At(2_000, 0, ask(80, 8)), At(2_010, 0, reply(8))];
    check(&packets, &[(Outcome::Answered, Reason::Plain), (Outcome::Answered, Reason::Plain)]);
    // No request received at that time: still a wrong origin.
    check(&[At(0, 0, ask(70, 7)), At(10, 0, reply(71))], &[(Outcome::Rejected, Reason::WrongOrigin)]);
    // A request that received nothing yet has no number 0 to be answered by.
    check(&[At(0, 0, ask(0, 7)), At(10, 0, reply(0))], &[(Outcome::Rejected, Reason::WrongOrigin)]);
}

#[test]
fn icmp_errors_refuse_and_redirects_do_not() {
    let ask = ntp("10.0.0.1", 123, "10.9.0.1", 123, 3, 7);
    let refused = |kind, code| {
        let packets = [At(0, 0, ask.clone()), At(1, 0, icmp_error("10.9.0.1", kind, code, &ask))];
        check(&packets, &[(Outcome::Refused, Reason::Refused(refusal(false, kind, code).unwrap()))]);
    };
    refused(3, 3);
    refused(3, 4);
    refused(11, 0);
    let redirect = [At(0, 0, ask.clone()), At(1, 0, icmp_error("10.9.0.1", 5, 1, &ask))];
    check(&redirect, &[(Outcome::Unknown, Reason::EndOfCapture)]);
}

#[test]
fn a_right_answer_in_time_wins_over_a_refusal() {
    let ask = ntp("10.0.0.1", 123, "10.9.0.1", 123, 3, 7);
    let packets = [
        At(0, 0, ask.clone()),
        At(1, 0, icmp_error("10.9.0.9", 3, 1, &ask)),
        At(9, 0, ntp("10.9.0.1", 123, "10.0.0.1", 123, 4, 7)),
    ];
    check(&packets, &[(Outcome::Answered, Reason::Plain)]);
}

#[test]
fn a_reply_that_a_router_sent_back_answers_nothing() {
    let reply = ntp("10.9.0.1", 123, "10.0.0.1", 123, 4, 7);
    let packets = [
        At(0, 0, ntp("10.0.0.1", 123, "10.9.0.1", 123, 3, 7)),
        At(1, 0, reply.clone()),
        At(2, 0, icmp_error("10.5.0.1", 3, 4, &reply)),
        At(9_000, 0, ntp("10.0.0.2", 123, "10.9.0.1", 123, 3, 9)),
    ];
    let bounced = Reason::ReplyBounced(refusal(false, 3, 4).unwrap());
    check(&packets, &[(Outcome::Unanswered, bounced), (Outcome::Unknown, Reason::EndOfCapture)]);
}

#[test]
fn a_connect_that_needed_a_second_syn_is_late_and_a_reset_refuses() {
    let syn = |t| At(t, 0, tcp("10.0.0.1", 4000, "10.9.0.1", 80, Tcp::SYN, 100, 0));
    let syn_ack = |t| At(t, 0, tcp("10.9.0.1", 80, "10.0.0.1", 4000, Tcp::SYN | Tcp::ACK, 900, 101));
    let reset = |t| At(t, 0, tcp("10.9.0.1", 80, "10.0.0.1", 4000, Tcp::RST | Tcp::ACK, 0, 101));
    check(&[syn(0), syn_ack(1)], &[(Outcome::Answered, Reason::Plain)]);
    check(&[syn(0), syn(900), syn_ack(901)], &[(Outcome::Late, Reason::Repeated)]);
    check(&[syn(0), syn(1_000), syn(3_000), syn(7_000)], &[(Outcome::Unanswered, Reason::Plain)]);
    check(&[syn(0), reset(1)], &[(Outcome::Refused, Reason::Refused(tcp::RESET_BY_PEER))]);
    check(&[syn(0), syn_ack(1), reset(2)], &[(Outcome::Answered, Reason::Plain)]);
}

#[test]
fn a_number_that_comes_again_and_again_is_a_poller_s_and_no_retry() {
    // A health check that always sends the same query, each second from one port.
    let mut packets = Vec::new();
    for number in 0..30 {
        packets.push(At(number * 1_000, 0, dns("10.0.0.1", 5000, "10.9.0.1", 53, 7, "a.test", None)));
        packets.push(At(number * 1_000 + 1, 0, dns("10.9.0.1", 53, "10.0.0.1", 5000, 7, "a.test", Some(0))));
    }
    let all = crate::test_packets::read(&packets, PairerConfig::default(), Vec::new());
    assert!(all.outcomes().iter().all(|outcome| *outcome == Outcome::Answered), "{:?}", all.outcomes());
    // A ping is never sent again under its number: these are several.
    let mut packets = Vec::new();
    for number in 0..5 {
        packets.push(At(number * 1_000, 0, echo("10.0.0.1", "10.9.0.1", true, 7, 1)));
        packets.push(At(number * 1_000 + 1, 0, echo("10.9.0.1", "10.0.0.1", false, 7, 1)));
    }
    let all = crate::test_packets::read(&packets, PairerConfig::default(), Vec::new());
    assert!(all.outcomes().iter().all(|outcome| *outcome == Outcome::Answered), "{:?}", all.outcomes());
}

#[test]
fn a_repeat_that_crosses_its_reply_does_not_show_that_the_reply_was_lost() {
    // Near the server, whose answers take as long as the client waits: the repeat was on its way already.
    let mut packets = Vec::new();
    for number in 1..7_u16 {
        let at = i64::from(number) * 20_000;
        let name = format!("h{number}.test");
        packets.push(At(at, 0, dns("10.0.0.1", 5000, "10.9.0.1", 53, number, &name, None).ttl(60)));
        packets.push(At(at + 990, 0, dns("10.9.0.1", 53, "10.0.0.1", 5000, number, &name, Some(0))));
        packets.push(At(at + 1_000, 0, dns("10.0.0.1", 5000, "10.9.0.1", 53, number, &name, None).ttl(60)));
        packets.push(At(at + 1_990, 0, dns("10.9.0.1", 53, "10.0.0.1", 5000, number, &name, Some(0))));
    }
    check(&packets, &[(Outcome::Answered, Reason::Plain); 6]);
}

#[test]
fn negative_answers_are_answers_and_refused_is_an_error() {
    let ask = At(0, 0, dns("10.0.0.1", 4000, "10.9.0.1", 53, 77, "a.example", None));
    let code = |c| At(3, 0, dns("10.9.0.1", 53, "10.0.0.1", 4000, 77, "a.example", Some(c)));
    check(&[ask.clone(), code(3)], &[(Outcome::Answered, Reason::Plain)]);
    check(&[ask, code(5)], &[(Outcome::Error, Reason::Error(dns::REFUSED_ANSWER))]);
}

#[test]
fn the_same_packet_captured_twice_is_one_and_a_retransmission_is_counted() {
    let ask = |t| At(t, 0, dns("10.0.0.1", 4000, "10.9.0.1", 53, 77, "a.example", None));
    let pair = |packets: &[At]| {
        let all = check(packets, &[(Outcome::Unanswered, Reason::Plain)]);
        (all.tally().duplicates, all.get(0).transmissions())
    };
    let end = At(60_000, 0, tcp("10.0.0.1", 1, "10.9.0.1", 2, Tcp::ACK, 1, 1));
    assert_eq!(pair(&[ask(0), ask(0), end.clone()]), (1, 1));
    assert_eq!(pair(&[ask(0), ask(4_000), end.clone()]), (0, 2));
    let with_id = |t, id| {
        let At(t, v, mut packet) = ask(t);
        packet.set_identification(id);
        At(t, v, packet)
    };
    assert_eq!(pair(&[with_id(0, 5), with_id(50, 5), end.clone()]), (1, 1));
    assert_eq!(pair(&[with_id(0, 5), with_id(50, 6), end]), (0, 2));
}

#[test]
fn an_id_used_again_after_its_answer_is_another_request() {
    let ask = |t| At(t, 0, echo("10.0.0.1", "10.9.0.1", true, 5, 1));
    let answer = |t| At(t, 0, echo("10.9.0.1", "10.0.0.1", false, 5, 1));
    let answered = (Outcome::Answered, Reason::Plain);
    check(&[ask(0), answer(1), ask(3_000), answer(3_001)], &[answered, answered]);
}

#[test]
fn a_reply_in_fragments_answers_when_all_are_there() {
    let ask = At(0, 0, dns("10.0.0.1", 4000, "10.9.0.1", 53, 77, "a.example", None));
    let reply = dns("10.9.0.1", 53, "10.0.0.1", 4000, 77, "a.example", Some(0));
    let piece = |t, offset, length, more| At(t, 0, reply.clone().fragment(9, offset, length, more));
    let whole = [ask.clone(), piece(1, 0, 1480, true), piece(2, 1480, 600, false)];
    check(&whole, &[(Outcome::Answered, Reason::Plain)]);
    let turned = [ask.clone(), piece(1, 1480, 600, false), piece(2, 0, 1480, true)];
    check(&turned, &[(Outcome::Answered, Reason::Plain)]);
    let end = At(60_000, 0, tcp("10.0.0.1", 1, "10.9.0.1", 2, Tcp::ACK, 1, 1));
    let gap = [ask.clone(), piece(1, 0, 1480, true), piece(2, 2960, 600, false), end.clone()];
    check(&gap, &[(Outcome::Unanswered, Reason::IncompleteFragments)]);
    check(&[ask, piece(2, 1480, 600, false), end], &[(Outcome::Unanswered, Reason::Plain)]);
}

#[test]
fn replies_without_a_request_are_counted() {
    let all = check(&[At(0, 0, ntp("10.9.0.1", 123, "10.0.0.1", 123, 4, 7))], &[]);
    assert_eq!(all.totals().orphan_replies, 1);
}

#[test]
fn the_memory_of_open_requests_ends() {
    let mut pairer = Pairer::new(PairerConfig::default());
    for i in 0..10_000u32 {
        let packet = ntp("10.0.0.1", 123, "10.9.0.1", 123, 3, u64::from(i) + 1);
        let now = Time::from_nanoseconds(i64::from(i) * 1_000_000_000);
        let id = FrameId { vantage: VantageId(0), input: 0, number: 1 };
        packet.with(|p| pairer.handle_packet(now, id, p));
        assert!(pairer.open() <= 600, "{} open", pairer.open());
    }
}

#[test]
fn one_request_at_two_places_is_one_exchange_with_the_nearer_places_outcome() {
    // Seen inside, translated outside, answered outside; the reply is lost on the path back in.
    let inside = ntp("10.0.0.1", 123, "10.9.0.1", 123, 3, 7).ttl(64);
    let outside = ntp("10.8.0.1", 45, "10.9.0.1", 123, 3, 7).ttl(63);
    let reply = ntp("10.9.0.1", 123, "10.8.0.1", 45, 4, 7);
    let other = |t, v, x| At(t, v, ntp("10.0.0.2", 123, "10.9.0.1", 123, 3, x));
    let packets = [
        At(0, 1, outside),
        At(0, 0, inside),
        At(1, 1, reply),
        other(30_000, 0, 99),
        At(30_001, 0, ntp("10.9.0.1", 123, "10.0.0.2", 123, 4, 99)),
        other(60_000, 1, 100),
        other(60_000, 0, 101),
    ];
    let all = check(
        &packets,
        &[
            (Outcome::Unanswered, Reason::Plain),
            (Outcome::Answered, Reason::Plain),
            (Outcome::Unknown, Reason::EndOfCapture),
            (Outcome::Unknown, Reason::EndOfCapture),
        ],
    );
    let places: Vec<u16> = all.get(0).sightings().map(|s| s.vantage().0).collect();
    assert_eq!(places, [0, 1]);
}

#[test]
fn two_halves_of_a_tap_make_one_exchange() {
    let packets = [
        At(0, 0, ntp("10.0.0.1", 123, "10.9.0.1", 123, 3, 7)),
        At(1, 1, ntp("10.9.0.1", 123, "10.0.0.1", 123, 4, 7)),
        At(9_000, 0, ntp("10.0.0.1", 123, "10.9.0.1", 123, 3, 8)),
        At(9_001, 1, ntp("10.9.0.1", 123, "10.0.0.1", 123, 4, 8)),
    ];
    let answered = (Outcome::Answered, Reason::Plain);
    check(&packets, &[answered, answered]);
}

#[test]
fn places_whose_clocks_differ_are_joined() {
    let mut packets = Vec::new();
    for i in 0..20u64 {
        let t = i64::try_from(i).unwrap() * 1_000;
        packets.push(At(t, 0, ntp("10.0.0.1", 123, "10.9.0.1", 123, 3, i + 1).ttl(64)));
        packets.push(At(t + 2, 0, ntp("10.9.0.1", 123, "10.0.0.1", 123, 4, i + 1)));
        // The server's clock is an hour behind.
        packets.push(At(t - 3_600_000, 1, ntp("10.0.0.1", 123, "10.9.0.1", 123, 3, i + 1).ttl(64)));
        packets.push(At(t - 3_599_999, 1, ntp("10.9.0.1", 123, "10.0.0.1", 123, 4, i + 1)));
    }
    packets.sort_by_key(|p| p.0);
    let all = check(&packets, &[(Outcome::Answered, Reason::Plain); 20]);
    for exchange in all.iter() {
        // Equal TTL: the longer round trip is nearer to the client.
        assert_eq!(exchange.sightings().map(|s| s.vantage().0).collect::<Vec<_>>(), [0, 1]);
    }
}

#[test]
fn a_copy_that_a_switch_flooded_to_another_machine_says_nothing() {
    let mut packets = Vec::new();
    for i in 0..10u64 {
        let t = i64::try_from(i).unwrap() * 1_000;
        packets.push(At(t, 0, ntp("10.0.0.1", 123, "10.9.0.1", 123, 3, i + 1).hardware(1, 9)));
        packets.push(At(t + 2, 0, ntp("10.9.0.1", 123, "10.0.0.1", 123, 4, i + 1).hardware(9, 1)));
    }
    // The neighbour's request, seen here because the switch has not learnt its port.
    packets.push(At(20_000, 0, ntp("10.0.0.2", 123, "10.9.0.1", 123, 3, 99).hardware(2, 8)));
    // The host's own one, unanswered.
    packets.push(At(21_000, 0, ntp("10.0.0.1", 123, "10.9.0.1", 123, 3, 98).hardware(1, 9)));
    packets.push(At(60_000, 0, tcp("10.0.0.1", 1, "10.9.0.1", 2, Tcp::ACK, 1, 1)));
    let mut expected = vec![(Outcome::Answered, Reason::Plain); 10];
    expected.extend([(Outcome::Unknown, Reason::OneDirection), (Outcome::Unanswered, Reason::Plain)]);
    check(&packets, &expected);
}

#[test]
fn everything_that_went_in_came_out() {
    let packets = [
        At(0, 0, ntp("10.0.0.1", 123, "10.9.0.1", 123, 3, 7)),
        At(0, 0, ntp("10.0.0.1", 123, "10.9.0.1", 123, 3, 7)),
        At(1, 0, ntp("10.9.0.1", 123, "10.0.0.1", 123, 4, 7)),
        At(2, 0, ntp("10.9.0.1", 123, "10.0.0.1", 123, 4, 7)),
        At(3, 0, ntp("10.9.0.7", 123, "10.0.0.9", 123, 4, 7)),
    ];
    let all: Exchanges = check(&packets, &[(Outcome::Answered, Reason::Plain)]);
    let expected = PacketCounts {
        asks: 2,
        requests: 1,
        duplicates: 1,
        answers: 3,
        attached: 2,
        alone: 1,
        ..PacketCounts::default()
    };
    assert_eq!(all.tally(), expected);
}

/// A question to many is answered by whoever likes, from its own address; nobody has to.
#[test]
fn a_question_to_many_is_answered_by_any_machine_and_owed_by_none() {
    let none = (Outcome::NoneDue, Reason::ToMany);
    let answered = (Outcome::Answered, Reason::Plain);
    for group in ["255.255.255.255", "10.9.0.255", "224.0.1.1", "0.0.0.0", "ff02::101"] {
        let ends = if group.contains(':') {
            ["fe80::1", "fe80::2", "fe80::3"]
        } else {
            ["10.0.0.1", "10.9.0.2", "10.9.0.3"]
        };
        let [client, first, second] = ends;
        let ask = |at, stamp| At(at, 0, ntp(client, 4000, group, 123, 3, stamp));
        let answer = |at, server: &str, stamp| At(at, 0, ntp(server, 123, client, 4000, 4, stamp));
        // It asks again for others, whoever has answered.
        let packets = [
            ask(0, 1),
            answer(2, first, 1),
            answer(3, second, 1),
            ask(1_000, 1),
            ask(2_000, 1),
            ask(3_000, 1),
            answer(3_002, first, 1),
            ask(4_000, 2),
            ask(60_000, 3),
        ];
        let all = check(&packets, &[answered, none, none]);
        assert_eq!(
            all.places().first().map(|place| (place.requests, place.replies, place.orphan_replies)),
            Some((0, 0, 0))
        );
    }
    let ping = |from: &str, to: &str, request| echo(from, to, request, 7, 1);
    let packets = [
        At(0, 0, ping("10.0.0.1", "10.0.0.255", true)),
        At(1, 0, ping("10.0.0.2", "10.0.0.1", false)),
        At(2, 0, ping("10.0.0.3", "10.0.0.1", false)),
        At(10_000, 0, echo("10.0.0.1", "10.0.0.255", true, 8, 1)),
    ];
    check(&packets, &[answered, none]);
}

#[test]
fn an_address_that_may_be_one_machine_s_answers_for_itself() {
    let to = "10.9.1.255";
    let packets = [
        At(0, 0, ntp("10.0.0.1", 4000, to, 123, 3, 1)),
        At(2, 0, ntp(to, 123, "10.0.0.1", 4000, 4, 1)),
        At(1_000, 0, ntp("10.0.0.1", 4001, to, 123, 3, 2)),
        At(60_000, 0, ntp("10.0.0.1", 4002, "10.9.2.255", 123, 3, 3)),
    ];
    // Once it has, it owes an answer; another one does not.
    let answered = (Outcome::Answered, Reason::Plain);
    check(&packets, &[answered, (Outcome::Unanswered, Reason::Plain), (Outcome::NoneDue, Reason::ToMany)]);
    // A connection has one other end.
    let syn = tcp("10.0.0.1", 4000, to, 80, Tcp::SYN, 1, 0);
    check(
        &[At(0, 0, syn), At(60_000, 0, tcp("10.0.0.1", 1, to, 2, Tcp::ACK, 1, 1))],
        &[(Outcome::Unanswered, Reason::Plain)],
    );
}
