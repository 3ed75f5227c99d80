//! Connections made by hand: what each end did, and what became of the requests.

use super::*;
use crate::PairerConfig;
use crate::PlaceId;
use crate::test_packets::{At, Made, check, read, tcp};
use unanswered_wire::protocols::tcp::RESET_BY_PEER;
use unanswered_wire::{Span, asks_by_port};

const CLIENT: (&str, u16) = ("10.0.0.1", 40_000);
const SERVER: (&str, u16) = ("10.9.0.1", 80);
const ANSWERED: (Outcome, Reason) = (Outcome::Answered, Reason::Plain);

/// From the client: its bytes begin at 100, the server's at 500.
fn asks(sequence: u32, bytes: u32) -> Made {
    sends(0, sequence, 500, bytes)
}

/// From the client, with an acknowledgement.
fn sends(flags: u16, sequence: u32, acknowledgement: u32, bytes: u32) -> Made {
    tcp(CLIENT.0, CLIENT.1, SERVER.0, SERVER.1, flags | Tcp::ACK, sequence, acknowledgement).data(bytes)
}

fn says(flags: u16, acknowledgement: u32, bytes: u32) -> Made {
    replies(flags, 500, acknowledgement, bytes)
}

/// From the server, its bytes from that sequence number on.
fn replies(flags: u16, sequence: u32, acknowledgement: u32, bytes: u32) -> Made {
    let flags = flags | Tcp::ACK;
    tcp(SERVER.0, SERVER.1, CLIENT.0, CLIENT.1, flags, sequence, acknowledgement).data(bytes)
}

/// Something much later, so that the capture goes on.
fn later() -> At {
    At(60_000, 0, tcp("10.0.0.7", 40_007, "10.9.0.7", 80, Tcp::FIN, 1, 1))
}

#[test]
fn each_turn_of_a_connection_is_a_request() {
    let packets = [
        At(0, 0, asks(100, 50)),
        At(1, 0, says(0, 150, 1000)),
        At(2, 0, says(0, 150, 1000)),
        At(10, 0, sends(0, 150, 1500, 20)),
        // Only acknowledged, then answered.
        At(11, 0, replies(0, 1500, 170, 0)),
        At(12, 0, replies(0, 1500, 170, 5)),
        later(),
    ];
    let all = check(&packets, &[ANSWERED, ANSWERED]);
    assert_eq!(all.get(1).reply_after(), Some(Span::from_milliseconds(2)));
}

#[test]
fn a_request_in_pieces_is_one_however_they_were_cut() {
    // The same bytes in three segments at one place and merged at the other.
    let packets = [
        At(0, 0, asks(100, 50)),
        At(0, 0, asks(150, 50)),
        At(0, 0, asks(200, 50)),
        At(1, 1, asks(100, 150)),
        At(2, 1, says(0, 250, 10)),
        At(3, 0, says(0, 250, 10)),
        later(),
    ];
    let all = check(&packets, &[ANSWERED]);
    let places: Vec<PlaceId> = all.get(0).sightings().map(|s| s.place()).collect();
    assert_eq!(places, [PlaceId(0), PlaceId(1)]);
}

#[test]
fn a_first_piece_that_comes_late_still_names_the_request() {
    let packets = [
        At(0, 0, asks(100, 50)),
        At(0, 0, asks(150, 50)),
        // Its first segment was lost in between and retransmitted.
        At(1, 1, asks(150, 50)),
        At(200, 0, asks(100, 50)),
        At(201, 1, asks(100, 50)),
        At(202, 1, says(0, 200, 10)),
        At(203, 0, says(0, 200, 10)),
        later(),
    ];
    let all = check(&packets, &[ANSWERED]);
    assert_eq!((all.get(0).sightings().len(), all.get(0).transmissions()), (2, 2));
}

#[test]
fn bytes_of_an_answered_request_are_no_new_one() {
    let packets = [
        At(0, 0, asks(100, 50)),
        At(1, 0, says(0, 150, 10)),
        // The answer was lost behind this place; the client retransmits, whole and in part.
        At(300, 0, asks(100, 50)),
        At(301, 0, asks(120, 30)),
        later(),
    ];
    let all = check(&packets, &[(Outcome::Unanswered, Reason::ReplyLost)]);
    assert_eq!(all.get(0).transmissions(), 2);
}

#[test]
fn silence_is_unanswered_and_a_reset_refuses() {
    let reset = (Outcome::Refused, Reason::Refused(RESET_BY_PEER));
    check(&[At(0, 0, asks(100, 50)), At(1, 0, says(Tcp::RST, 150, 0)), later()], &[reset]);
    let lost = [At(0, 0, asks(100, 50)), At(300, 0, asks(100, 50)), later()];
    check(&lost, &[(Outcome::Unanswered, Reason::Plain)]);
    let silent = [At(0, 0, asks(100, 50)), At(1, 0, says(0, 150, 0)), later()];
    check(&silent, &[(Outcome::Unknown, Reason::StillOpen)]);
    let slow = [At(0, 0, asks(100, 50)), At(7_000, 0, says(0, 150, 9)), later()];
    check(&slow, &[(Outcome::Late, Reason::AfterTimeout)]);
}

#[test]
fn an_end_is_no_answer() {
    let closed = [At(0, 0, asks(100, 50)), At(1, 0, says(Tcp::FIN, 150, 0)), later()];
    check(&closed, &[(Outcome::Unanswered, Reason::ClosedWithoutReply)]);
    // The server closed before it had the request, and resets it then.
    let crossed = [
        At(0, 0, says(Tcp::FIN, 100, 0)),
        At(0, 0, asks(100, 50)),
        At(1, 0, says(Tcp::FIN, 100, 0)),
        At(2, 0, says(Tcp::RST, 150, 0)),
        later(),
    ];
    check(&crossed, &[(Outcome::Unanswered, Reason::CrossedClose)]);
    // The server's reset answers the client's end.
    let gave_up = [
        At(0, 0, asks(100, 50)),
        At(3_000, 0, sends(Tcp::FIN, 150, 500, 0)),
        At(3_001, 0, says(Tcp::RST, 151, 0)),
        later(),
    ];
    check(&gave_up, &[(Outcome::Unanswered, Reason::GaveUp)]);
}

#[test]
fn a_request_whose_first_segment_was_lost_before_a_place_is_the_same_request_there() {
    let packets = [
        syn(0),
        At(0, 1, tcp(CLIENT.0, CLIENT.1, SERVER.0, SERVER.1, Tcp::SYN, 99, 0)),
        syn_ack(1),
        At(1, 1, tcp(SERVER.0, SERVER.1, CLIENT.0, CLIENT.1, Tcp::SYN | Tcp::ACK, 499, 100)),
        At(2, 0, sends(0, 100, 500, 0)),
        At(2, 1, sends(0, 100, 500, 0)),
        // The large segment is dropped in between, the small one passes.
        At(3, 0, asks(100, 1448)),
        At(3, 0, asks(1548, 80)),
        At(3, 1, asks(1548, 80)),
        At(400, 0, asks(100, 1448)),
        // The server closes an idle connection at last.
        At(9_000, 1, says(Tcp::FIN, 100, 0)),
        At(9_000, 0, says(Tcp::FIN, 100, 0)),
        later(),
        At(60_000, 1, tcp("10.0.0.7", 40_007, "10.9.0.7", 80, Tcp::FIN, 1, 1)),
    ];
    let all = check(&packets, &[ANSWERED, (Outcome::Unanswered, Reason::Plain)]);
    assert_eq!(all.get(1).sightings().len(), 2);
}

#[test]
fn who_gives_up_before_the_time_out_has_a_failed_request_and_an_acknowledged_one_was_not_lost() {
    for end in [Tcp::FIN, Tcp::RST] {
        let packets = |acknowledged: bool| {
            let acknowledgement = acknowledged.then(|| At(1, 0, says(0, 150, 0)));
            let mut packets = vec![At(0, 0, asks(100, 50))];
            packets.extend(acknowledgement);
            packets.push(At(2_000, 0, sends(end, 150, 500, 0)));
            packets
        };
        check(&packets(false), &[(Outcome::Unanswered, Reason::GaveUp)]);
        check(&packets(true), &[(Outcome::Unanswered, Reason::Acknowledged)]);
    }
}

#[test]
fn the_last_message_before_a_client_closes_wants_no_reply() {
    let packets = [
        At(0, 0, asks(100, 50)),
        At(1, 0, says(0, 150, 20)),
        At(2, 0, sends(0, 150, 520, 10)),
        At(3, 0, sends(Tcp::FIN, 160, 520, 0)),
        At(4, 0, replies(Tcp::FIN, 520, 161, 0)),
        later(),
    ];
    check(&packets, &[ANSWERED, (Outcome::NoneDue, Reason::Closing)]);
    // Where it is answered nevertheless, it is answered.
    let answered = [
        At(0, 0, asks(100, 50)),
        At(1, 0, says(0, 150, 20)),
        At(2, 0, sends(Tcp::FIN, 150, 520, 10)),
        At(3, 0, replies(0, 520, 161, 30)),
        At(4, 0, sends(0, 161, 550, 0)),
        later(),
    ];
    check(&answered, &[ANSWERED, ANSWERED]);
}

#[test]
fn what_a_client_sends_when_it_knows_that_the_server_closed_asks_nothing() {
    // TLS 1.3's close_notify looks like data; the server's FIN has number 520.
    let packets = |acknowledgement| {
        [
            At(0, 0, asks(100, 50)),
            At(1, 0, says(0, 150, 20)),
            At(2, 0, sends(0, 150, 520, 0)),
            At(5_000, 0, replies(Tcp::FIN, 520, 150, 0)),
            At(5_001, 0, sends(0, 150, acknowledgement, 24)),
            At(5_002, 0, replies(Tcp::RST, 521, 174, 0)),
            later(),
        ]
    };
    check(&packets(521), &[ANSWERED, (Outcome::NoneDue, Reason::Closing)]);
    check(&packets(520), &[ANSWERED, (Outcome::Unanswered, Reason::CrossedClose)]);
}

#[test]
fn a_reset_of_what_comes_after_a_client_closed_does_not_make_its_answer_late() {
    // The server's close_notify finds the client's socket gone.
    let packets = [
        At(0, 0, asks(100, 50)),
        At(1, 0, says(0, 150, 20)),
        At(2, 0, sends(0, 150, 520, 0)),
        At(3, 0, sends(Tcp::FIN, 150, 520, 0)),
        At(4, 0, replies(0, 520, 151, 24)),
        At(4, 0, tcp(CLIENT.0, CLIENT.1, SERVER.0, SERVER.1, Tcp::RST, 151, 0)),
        later(),
    ];
    check(&packets, &[ANSWERED]);
    // Where the client had given up, the answer was late.
    let late = [
        At(0, 0, asks(100, 50)),
        At(3_000, 0, sends(Tcp::FIN, 150, 500, 0)),
        At(3_500, 0, says(0, 151, 20)),
        At(3_501, 0, tcp(CLIENT.0, CLIENT.1, SERVER.0, SERVER.1, Tcp::RST, 151, 0)),
        later(),
    ];
    check(&late, &[(Outcome::Late, Reason::AfterTimeout)]);
}

#[test]
fn a_client_that_sends_and_closes_at_once_waits_for_nothing() {
    // A log line over TCP, taken and closed.
    let taken = [
        At(0, 0, sends(Tcp::FIN, 100, 500, 50)),
        At(1, 0, says(0, 151, 0)),
        At(2, 0, says(Tcp::FIN, 151, 0)),
        later(),
    ];
    check(&taken, &[(Outcome::NoneDue, Reason::Closing)]);
    // Nobody took it.
    let lost = [At(0, 0, sends(Tcp::FIN, 100, 500, 50)), At(300, 0, sends(Tcp::FIN, 100, 500, 50)), later()];
    check(&lost, &[(Outcome::Unanswered, Reason::Plain)]);
}

#[test]
fn a_connection_that_goes_on_after_a_stray_reset_is_followed() {
    let packets = [
        At(0, 0, asks(100, 50)),
        At(1, 0, says(0, 150, 20)),
        At(2, 0, sends(0, 150, 520, 0)),
        At(3, 0, replies(Tcp::RST, 9_999, 0, 0)),
        At(4, 0, replies(0, 520, 150, 5)),
        At(10, 0, sends(0, 150, 525, 30)),
        At(11, 0, replies(0, 525, 180, 5)),
        At(12, 0, sends(0, 180, 530, 0)),
        later(),
    ];
    check(&packets, &[ANSWERED, ANSWERED]);
}

#[test]
fn an_answer_that_stays_unacknowledged_and_comes_again_was_lost() {
    let packets = [
        At(0, 0, asks(100, 50)),
        At(1, 0, says(0, 150, 90)),
        At(300, 0, says(0, 150, 90)),
        At(900, 0, says(0, 150, 90)),
        later(),
    ];
    check(&packets, &[(Outcome::Unanswered, Reason::ReplyLost)]);
    // The client has the first piece and waits for the rest.
    let large = [
        At(0, 0, asks(100, 50)),
        At(1, 0, says(0, 150, 1000)),
        At(1, 0, replies(0, 1500, 150, 400)),
        At(2, 0, sends(0, 150, 1500, 0)),
        At(300, 0, replies(0, 1500, 150, 400)),
        later(),
    ];
    check(&large, &[(Outcome::Unanswered, Reason::ReplyIncomplete)]);
    // Next to the client: the large first piece never comes, the small last one does.
    let hole = [
        At(0, 0, asks(100, 50)),
        At(1, 0, replies(0, 1500, 150, 40)),
        At(1, 0, sends(0, 150, 500, 0)),
        later(),
    ];
    check(&hole, &[(Outcome::Unanswered, Reason::ReplyIncomplete)]);
    // An answer that came again and was acknowledged then has arrived.
    let repaired = [
        At(0, 0, asks(100, 50)),
        At(1, 0, says(0, 150, 90)),
        At(300, 0, says(0, 150, 90)),
        At(301, 0, sends(0, 150, 590, 0)),
        later(),
    ];
    check(&repaired, &[ANSWERED]);
}

const SYN: (u16, u32) = (Tcp::SYN, 99);

fn syn(at: i64) -> At {
    At(at, 0, tcp(CLIENT.0, CLIENT.1, SERVER.0, SERVER.1, SYN.0, SYN.1, 0))
}

fn syn_ack(at: i64) -> At {
    At(at, 0, tcp(SERVER.0, SERVER.1, CLIENT.0, CLIENT.1, Tcp::SYN | Tcp::ACK, 499, 100))
}

#[test]
fn a_connect_is_answered_when_the_client_acknowledges() {
    let acknowledged = At(2, 0, sends(0, 100, 500, 0));
    check(&[syn(0), syn_ack(1), acknowledged.clone(), later()], &[ANSWERED]);
    // A port scanner's host resets what it got.
    let reset = At(2, 0, tcp(CLIENT.0, CLIENT.1, SERVER.0, SERVER.1, Tcp::RST, 100, 0));
    check(&[syn(0), syn_ack(1), reset, later()], &[ANSWERED]);
    let lost = [(Outcome::Unanswered, Reason::ReplyLost)];
    // Another connection shows that acknowledgements are captured.
    let elsewhere = At(0, 0, tcp("10.0.0.9", 50_000, "10.9.0.9", 80, Tcp::ACK, 1, 1).data(1));
    let with_acknowledgements = |packets: &[At]| {
        let all =
            read(&[std::slice::from_ref(&elsewhere), packets].concat(), PairerConfig::default(), Vec::new());
        let connect = all.iter().find(|exchange| exchange.protocol() == unanswered_wire::ProtocolId::TCP);
        let connect = connect.expect("there is one");
        assert_eq!((connect.outcome(), connect.reason()), lost[0]);
    };
    with_acknowledgements(&[syn(0), syn_ack(1), syn(1_000), syn_ack(1_001), later()]);
    with_acknowledgements(&[syn(0), syn_ack(1), syn_ack(1_001), syn_ack(3_001), later()]);
    // Without any, a second try may have been the last that was needed; a third shows that two were not.
    let once_more = [(Outcome::Late, Reason::Repeated)];
    check(&[syn(0), syn_ack(1), syn(1_000), syn_ack(1_001), later()], &once_more);
    check(&[syn(0), syn_ack(1), syn(1_000), syn_ack(1_001), syn(3_000), syn_ack(3_001), later()], &lost);
    let at_last =
        [syn(0), syn_ack(1), syn(1_000), syn_ack(1_001), At(1_002, 0, sends(0, 100, 500, 0)), later()];
    check(&at_last, &[(Outcome::Late, Reason::Repeated)]);
    // Silence after the SYN-ACK tells only where acknowledgements were captured.
    check(&[syn(0), syn_ack(1), later()], &[ANSWERED]);
    let other = |at, flags, acknowledgement| {
        At(at, 0, tcp("10.0.0.5", 40_001, SERVER.0, SERVER.1, flags, 700, acknowledgement))
    };
    let answer = tcp(SERVER.0, SERVER.1, "10.0.0.5", 40_001, Tcp::SYN | Tcp::ACK, 900, 701);
    let packets = [
        syn(0),
        syn_ack(1),
        other(2, Tcp::SYN, 0),
        At(3, 0, answer),
        At(4, 0, tcp("10.0.0.5", 40_001, SERVER.0, SERVER.1, Tcp::ACK, 701, 901)),
        later(),
    ];
    check(&packets, &[lost[0], ANSWERED]);
    // A capture of SYN, FIN and RST has none: one connection ends, the other lives on.
    let filtered = [
        syn(0),
        syn_ack(1),
        other(2, Tcp::SYN, 0),
        At(3, 0, tcp(SERVER.0, SERVER.1, "10.0.0.5", 40_001, Tcp::SYN | Tcp::ACK, 900, 701)),
        At(900, 0, tcp("10.0.0.5", 40_001, SERVER.0, SERVER.1, Tcp::FIN | Tcp::ACK, 701, 901)),
        later(),
    ];
    check(&filtered, &[ANSWERED, ANSWERED]);
}

#[test]
fn a_reset_with_another_time_to_live_comes_from_something_in_between() {
    use unanswered_wire::protocols::tcp::RESET_IN_BETWEEN;
    let server = |made: Made, ttl: u8| made.ttl(ttl);
    let opened = |at: i64, port: u16| {
        let syn_ack = tcp(SERVER.0, SERVER.1, CLIENT.0, port, Tcp::SYN | Tcp::ACK, 499, 100);
        [
            At(at, 0, tcp(CLIENT.0, port, SERVER.0, SERVER.1, Tcp::SYN, 99, 0)),
            At(at + 1, 0, server(syn_ack, 57)),
            At(at + 2, 0, tcp(CLIENT.0, port, SERVER.0, SERVER.1, Tcp::ACK, 100, 500)),
        ]
    };
    let reset = |port, ttl, flags| server(tcp(SERVER.0, SERVER.1, CLIENT.0, port, flags, 500, 150), ttl);
    let refused = |how| (Outcome::Refused, Reason::Refused(how));
    // 248 is 255 less seven hops: another initial value over the same path.
    let resets = [
        (57, RESET_BY_PEER),
        (56, RESET_BY_PEER),
        (248, RESET_BY_PEER),
        (62, RESET_IN_BETWEEN),
        (254, RESET_IN_BETWEEN),
    ];
    for (ttl, how) in resets {
        let mut packets: Vec<At> = opened(0, CLIENT.1).into();
        packets.push(At(3, 0, asks(100, 50)));
        packets.push(At(4, 0, reset(CLIENT.1, ttl, Tcp::RST)));
        // A SYN that is reset, after the server has answered another one.
        packets.push(At(10, 0, tcp(CLIENT.0, 40_001, SERVER.0, SERVER.1, Tcp::SYN, 149, 0)));
        packets.push(At(11, 0, reset(40_001, ttl, Tcp::RST | Tcp::ACK)));
        packets.push(later());
        check(&packets, &[ANSWERED, refused(how), refused(how)]);
    }
}

#[test]
fn resets_of_an_address_with_several_machines_behind_it_are_the_servers() {
    // A balancer's two machines are three hops apart.
    let mut packets = Vec::new();
    for (number, ttl) in [57, 60, 57].into_iter().enumerate() {
        let (at, port) = (i64::try_from(number).unwrap() * 10, 41_000 + u16::try_from(number).unwrap());
        let syn_ack = tcp(SERVER.0, SERVER.1, CLIENT.0, port, Tcp::SYN | Tcp::ACK, 499, 100).ttl(ttl);
        packets.push(At(at, 0, tcp(CLIENT.0, port, SERVER.0, SERVER.1, Tcp::SYN, 99, 0)));
        packets.push(At(at + 1, 0, syn_ack));
        packets.push(At(at + 2, 0, tcp(CLIENT.0, port, SERVER.0, SERVER.1, Tcp::ACK, 100, 500)));
    }
    packets.push(At(50, 0, tcp(CLIENT.0, 42_000, SERVER.0, SERVER.1, Tcp::SYN, 149, 0)));
    packets.push(At(51, 0, tcp(SERVER.0, SERVER.1, CLIENT.0, 42_000, Tcp::RST | Tcp::ACK, 0, 150).ttl(60)));
    packets.push(later());
    let refused = (Outcome::Refused, Reason::Refused(RESET_BY_PEER));
    check(&packets, &[ANSWERED, ANSWERED, ANSWERED, refused]);
}

/// RFC 7413: the SYN-ACK acknowledges the SYN with its data, or without it.
#[test]
fn a_syn_with_data_is_answered_whatever_of_it_is_acknowledged() {
    let syn = || At(0, 0, tcp(CLIENT.0, CLIENT.1, SERVER.0, SERVER.1, Tcp::SYN, 99, 0).data(50));
    let answer = |flags, acknowledgement| At(1, 0, replies(flags, 499, acknowledgement, 0));
    for acknowledgement in [100, 150] {
        let taken = At(2, 0, sends(0, acknowledgement, 500, 0));
        check(&[syn(), answer(Tcp::SYN, acknowledgement), taken, later()], &[ANSWERED]);
    }
    let refused = (Outcome::Refused, Reason::Refused(RESET_BY_PEER));
    check(&[syn(), answer(Tcp::RST, 150), later()], &[refused]);
    // More than it sent is another connection's.
    check(&[syn(), answer(0, 151), later()], &[(Outcome::Rejected, Reason::OldConnection)]);
}

#[test]
fn a_challenge_acknowledgement_says_that_an_older_connection_is_held() {
    let challenge = |at| At(at, 0, tcp(SERVER.0, SERVER.1, CLIENT.0, CLIENT.1, Tcp::ACK, 7000, 3000));
    let reset = |at| At(at, 0, tcp(CLIENT.0, CLIENT.1, SERVER.0, SERVER.1, Tcp::RST, 3000, 0));
    let held = [syn(0), challenge(1), reset(2), syn(1_000), challenge(1_001), reset(1_002), later()];
    check(&held, &[(Outcome::Rejected, Reason::OldConnection)]);
    // The reset arrives, and the SYN that the client sends at once is answered: nobody waited.
    let healed =
        [syn(0), challenge(1), reset(2), syn(8), syn_ack(9), At(10, 0, sends(0, 100, 500, 0)), later()];
    check(&healed, &[ANSWERED]);
}

#[test]
fn a_client_that_goes_on_sending_is_streaming() {
    let packets: Vec<At> =
        (0..20_u32).map(|i| At(i64::from(i) * 1_000, 0, asks(100 + i * 50, 50))).chain([later()]).collect();
    check(&packets, &[(Outcome::Unknown, Reason::Streaming)]);
}

#[test]
fn a_late_reply_that_the_client_resets_is_marked() {
    let reset = tcp(CLIENT.0, CLIENT.1, SERVER.0, SERVER.1, Tcp::RST, 150, 0);
    let packets =
        [At(0, 0, asks(100, 50)), At(9_000, 0, says(0, 150, 9)), At(9_001, 0, reset.clone()), later()];
    let all = check(&packets, &[(Outcome::Late, Reason::AfterTimeout)]);
    assert!(all.get(0).nearest().client_complained());
    let syn = |at| At(at, 0, tcp(CLIENT.0, CLIENT.1, SERVER.0, SERVER.1, Tcp::SYN, 99, 0));
    let syn_ack = tcp(SERVER.0, SERVER.1, CLIENT.0, CLIENT.1, Tcp::SYN | Tcp::ACK, 499, 100);
    let packets = [syn(0), syn(1_000), At(1_500, 0, syn_ack), At(1_501, 0, reset), later()];
    let all = check(&packets, &[(Outcome::Late, Reason::Repeated)]);
    assert!(all.get(0).nearest().client_complained());
}

#[test]
fn the_client_is_known_by_its_syn_or_its_port() {
    // From port 443 to 442: only the SYN says who is the client.
    let end = |from: u16, to: u16, flags, sequence, acknowledgement, bytes| {
        let (source, destination) = if from == 443 { (CLIENT.0, SERVER.0) } else { (SERVER.0, CLIENT.0) };
        tcp(source, from, destination, to, flags, sequence, acknowledgement).data(bytes)
    };
    let packets = [
        At(0, 0, end(443, 442, Tcp::SYN, 99, 0, 0)),
        At(1, 0, end(442, 443, Tcp::SYN | Tcp::ACK, 499, 100, 0)),
        // A greeting of the server asks nothing.
        At(2, 0, end(442, 443, Tcp::ACK, 500, 100, 30)),
        At(3, 0, end(443, 442, Tcp::ACK, 100, 530, 10)),
        At(4, 0, end(442, 443, Tcp::ACK, 530, 110, 30)),
        later(),
    ];
    check(&packets, &[ANSWERED, ANSWERED]);
    assert_eq!(asks_by_port(40_000, 80), Some(true));
    assert_eq!(asks_by_port(80, 40_000), Some(false));
    assert_eq!(asks_by_port(8080, 40_000), Some(false));
    assert_eq!(asks_by_port(443, 442), None);
}

#[test]
fn sequence_numbers_wrap() {
    assert!(before(u32::MAX, 0) && before(0, 1) && !before(1, 1) && !before(1, 0));
    let packets = [At(0, 0, asks(u32::MAX - 9, 50)), At(1, 0, says(0, 40, 10)), later()];
    check(&packets, &[ANSWERED]);
}

#[test]
fn a_connection_of_which_one_direction_was_recorded_is_unknown() {
    let unknown = (Outcome::Unknown, Reason::OneDirection);
    let syn = tcp(CLIENT.0, CLIENT.1, SERVER.0, SERVER.1, Tcp::SYN, 99, 0);
    // The client acknowledges a SYN-ACK and two answers that never passed; the third stays open.
    let packets = [
        At(0, 0, syn),
        At(10, 0, sends(0, 100, 500, 0)),
        At(11, 0, sends(0, 100, 500, 50)),
        At(30, 0, sends(0, 150, 1500, 0)),
        At(40, 0, sends(0, 150, 1500, 20)),
        // Not even acknowledged, and not sent again: its acknowledgement passed elsewhere, too.
        At(60, 0, sends(0, 170, 1700, 30)),
        later(),
    ];
    check(&packets, &[unknown, unknown, unknown, unknown]);
    // Nor does it count that the client sends again: this place cannot see what it waits for.
    let mut again = packets.to_vec();
    again.insert(6, At(300, 0, sends(0, 170, 1700, 30)));
    check(&again, &[unknown, unknown, unknown, unknown]);
}

#[test]
fn another_place_that_saw_the_answer_knows_better() {
    let packets = [
        At(0, 0, asks(100, 50)),
        At(1, 1, asks(100, 50).ttl(63)),
        At(2, 1, says(0, 150, 1000)),
        At(4, 0, sends(0, 150, 1500, 0)),
        At(5, 1, sends(0, 150, 1500, 0).ttl(63)),
        later(),
        At(60_000, 1, tcp("10.0.0.7", 40_007, "10.9.0.7", 80, Tcp::FIN, 1, 1)),
    ];
    check(&packets, &[ANSWERED]);
}

#[test]
fn a_client_that_acknowledges_the_servers_end_has_no_answer() {
    // The server closes unseen: its FIN takes one number.
    let packets =
        [At(0, 0, asks(100, 50)), At(250, 0, asks(100, 50)), At(300, 0, sends(0, 150, 501, 0)), later()];
    check(&packets, &[(Outcome::Unanswered, Reason::Plain)]);
}
