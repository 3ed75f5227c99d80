//! Connections made by hand whose last client bytes got no answer, or one that came late, and those whose client is not known.

use super::*;
use crate::test_packets::{At, Made, check, tcp};

const CLIENT: (&str, u16) = ("10.0.0.1", 40_000);
const SERVER: (&str, u16) = ("10.9.0.1", 7000);
const ANSWERED: (Outcome, Reason) = (Outcome::Answered, Reason::Plain);
const HUNG: (Outcome, Reason) = (Outcome::Unanswered, Reason::Acknowledged);
const PUSH: (Outcome, Reason) = (Outcome::Unknown, Reason::MayBePush);
const STREAM: (Outcome, Reason) = (Outcome::Unknown, Reason::Streaming);
const OPEN: (Outcome, Reason) = (Outcome::Unknown, Reason::StillOpen);
const CLOSING: (Outcome, Reason) = (Outcome::NoneDue, Reason::Closing);
const NOTHING: (Outcome, Reason) = (Outcome::NoneDue, Reason::AsksNothing);

/// From the client, its bytes from that sequence number on.
fn asks(flags: u16, sequence: u32, acknowledgement: u32) -> Made {
    tcp(CLIENT.0, CLIENT.1, SERVER.0, SERVER.1, flags | Tcp::ACK, sequence, acknowledgement)
}

/// From the server.
fn says(flags: u16, sequence: u32, acknowledgement: u32) -> Made {
    tcp(SERVER.0, SERVER.1, CLIENT.0, CLIENT.1, flags | Tcp::ACK, sequence, acknowledgement)
}

/// A handshake, one request of 50 bytes and its answer of 20: the client goes on at 150, the server at 520.
fn answered_once() -> Vec<At> {
    vec![
        At(0, 0, tcp(CLIENT.0, CLIENT.1, SERVER.0, SERVER.1, Tcp::SYN, 99, 0)),
        At(1, 0, says(Tcp::SYN, 499, 100)),
        At(2, 0, asks(0, 100, 500)),
        At(3, 0, asks(0, 100, 500).data(50)),
        At(4, 0, says(0, 500, 150).data(20)),
        At(5, 0, asks(0, 150, 520)),
    ]
}

/// Something much later, so that the capture goes on.
fn later() -> At {
    At(600_000, 0, tcp("10.0.0.7", 40_007, "10.9.0.7", 80, Tcp::FIN, 1, 1))
}

/// An answered connection, then these packets; what became of the requests after the first.
fn after_an_answer(packets: &[At], expected: &[(Outcome, Reason)]) {
    let all = [&answered_once(), packets, &[later()]].concat();
    check(&all, &[&[ANSWERED, ANSWERED], expected].concat());
}

/// A TLS record of that type and length.
fn tls(kind: u8, length: u16) -> Vec<u8> {
    let [high, low] = length.to_be_bytes();
    let mut record = vec![kind, 3, 3, high, low];
    record.resize(5 + usize::from(length), 7);
    record
}

#[test]
fn a_client_that_waits_and_gives_up_has_a_failed_request() {
    let request = At(10, 0, asks(0, 150, 520).data(60));
    let has_it = At(11, 0, says(0, 520, 210));
    for end in [Tcp::FIN, Tcp::RST] {
        let gives_up = At(3_000, 0, asks(end, 210, 520));
        after_an_answer(&[request.clone(), has_it.clone(), gives_up], &[HUNG]);
    }
    // After a minute, which is longer than a request is kept without a sign of life.
    let gives_up = At(60_000, 0, asks(Tcp::FIN, 210, 520));
    after_an_answer(&[request.clone(), has_it.clone(), gives_up], &[HUNG]);
    // It uses its port for another connection.
    let again = At(20_000, 0, tcp(CLIENT.0, CLIENT.1, SERVER.0, SERVER.1, Tcp::SYN, 9_000, 0));
    after_an_answer(&[request.clone(), has_it.clone(), again], &[HUNG, (Outcome::Unanswered, Reason::Plain)]);
    // Its end answers the server's.
    let closed = At(3_000, 0, says(Tcp::FIN, 520, 210));
    let answers_it = At(3_300, 0, asks(Tcp::FIN, 210, 521));
    let without_reply = (Outcome::Unanswered, Reason::ClosedWithoutReply);
    after_an_answer(&[request, has_it, closed, answers_it], &[without_reply]);
}

#[test]
fn a_client_whose_tls_says_goodbye_after_waiting_has_given_up() {
    let packets = |goodbye: &[u8]| {
        let end = 565 + u32::try_from(goodbye.len()).unwrap();
        [
            At(10, 0, asks(0, 260, 520).bytes(&tls(23, 300))),
            At(11, 0, says(0, 520, 565)),
            At(4_000, 0, asks(0, 565, 520).bytes(goodbye)),
            At(4_000, 0, asks(Tcp::FIN, end, 520)),
            At(4_001, 0, says(0, 520, end + 1)),
        ]
    };
    // TLS 1.3's alert is known by its length; sooner or later than what a client waits makes no difference.
    for goodbye in [tls(23, 19), tls(21, 26)] {
        after_an_answer(&packets(&goodbye), &[HUNG]);
        let late: Vec<At> = packets(&goodbye)
            .into_iter()
            .map(|At(at, place, made)| At(if at > 11 { at + 20_000 } else { at }, place, made))
            .collect();
        after_an_answer(&late, &[HUNG]);
    }
    // Another last word is not told from the end of a one-way conversation.
    after_an_answer(&packets(&tls(23, 80)), &[PUSH]);
}

#[test]
fn a_goodbye_of_tls_asks_nothing() {
    for goodbye in [tls(23, 19), tls(21, 26)] {
        let end = 150 + u32::try_from(goodbye.len()).unwrap();
        let sent = At(2_000, 0, asks(0, 150, 520).bytes(&goodbye));
        // It closes at once, or later; or the server's end crosses it.
        after_an_answer(&[sent.clone(), At(2_001, 0, asks(Tcp::FIN, end, 520))], &[CLOSING]);
        let late = At(2_900, 0, asks(Tcp::FIN, end, 520));
        after_an_answer(&[sent.clone(), At(2_001, 0, says(0, 520, end)), late], &[CLOSING]);
        let crossing = [At(1_999, 0, says(Tcp::FIN, 520, 150)), sent, At(2_001, 0, says(Tcp::RST, 521, 0))];
        after_an_answer(&crossing, &[CLOSING]);
    }
}

#[test]
fn what_needs_no_reply_by_its_form_asks_nothing() {
    let acknowledged_settings = [0, 0, 0, 4, 1, 0, 0, 0, 0];
    let finished = [tls(20, 1), tls(23, 53)].concat();
    for bytes in [&acknowledged_settings[..], &finished] {
        let end = 150 + u32::try_from(bytes.len()).unwrap();
        let sent = At(10, 0, asks(0, 150, 520).bytes(bytes));
        let has_it = At(11, 0, says(0, 520, end));
        let closes = At(20_000, 0, asks(Tcp::FIN, end, 520));
        after_an_answer(&[sent.clone(), has_it.clone()], &[NOTHING]);
        after_an_answer(&[sent.clone(), has_it.clone(), closes], &[NOTHING]);
        after_an_answer(&[sent.clone(), has_it, At(9_000, 0, says(Tcp::RST, 520, end))], &[NOTHING]);
        // Where something comes back, it was an answer.
        after_an_answer(
            &[sent, At(12, 0, says(0, 520, end).data(9)), At(13, 0, asks(0, end, 529))],
            &[ANSWERED],
        );
    }
    // A small record of TLS may be such a frame.
    let small = [
        At(10, 0, asks(0, 150, 520).bytes(&tls(23, 26))),
        At(11, 0, says(0, 520, 181)),
        At(9_000, 0, asks(Tcp::FIN, 181, 520)),
    ];
    after_an_answer(&small, &[PUSH]);
}

#[test]
fn who_sends_on_without_an_answer_is_not_waiting() {
    let message = |at, sequence| At(at, 0, asks(0, sequence, 520).data(50));
    let has_it = |at, until| At(at, 0, says(0, 520, until));
    let closes = At(3_000, 0, asks(Tcp::FIN, 250, 520));
    let one_way =
        [message(10, 150), has_it(11, 200), message(1_000, 200), has_it(1_001, 250), closes.clone()];
    after_an_answer(&one_way, &[STREAM]);
    // Pieces of one request follow each other at once.
    let pieces = [message(10, 150), has_it(11, 200), message(12, 200), has_it(13, 250), closes.clone()];
    after_an_answer(&pieces, &[HUNG]);
    // The second message was lost: that is a failure.
    let lost = [message(10, 150), has_it(11, 200), message(1_000, 200), message(1_300, 200), closes];
    after_an_answer(&lost, &[(Outcome::Unanswered, Reason::GaveUp)]);
}

#[test]
fn a_connection_that_carries_pushes_has_no_hung_request() {
    let silent = |at: i64, sequence, acknowledgement: u32| {
        [
            At(at, 0, asks(0, sequence, acknowledgement).data(50)),
            At(at + 1, 0, says(0, acknowledgement, sequence + 50)),
            At(at + 3_000, 0, asks(Tcp::FIN, sequence + 50, acknowledgement)),
        ]
    };
    // An earlier message stayed without a reply, and all went on.
    let message = |at, sequence| At(at, 0, asks(0, sequence, 520).data(50));
    let earlier = [
        message(10, 150),
        At(11, 0, says(0, 520, 200)),
        message(1_000, 200),
        At(1_001, 0, says(0, 520, 250).data(20)),
        At(1_002, 0, asks(0, 250, 540)),
    ];
    after_an_answer(&[&earlier[..], &silent(2_000, 250, 540)].concat(), &[ANSWERED, PUSH]);
    // The server spoke unasked.
    let unasked = [At(20_000, 0, says(0, 520, 150).data(30)), At(20_001, 0, asks(0, 150, 550))];
    after_an_answer(&[&unasked[..], &silent(21_000, 150, 550)].concat(), &[PUSH]);
    // A pause within an answer is none.
    let pause = [At(1_000, 0, says(0, 520, 150).data(30)), At(1_001, 0, asks(0, 150, 550))];
    after_an_answer(&[&pause[..], &silent(2_000, 150, 550)].concat(), &[HUNG]);
    // The server closes, or resets.
    let closed = [&unasked[..], &silent(21_000, 150, 550)[..2], &[At(25_000, 0, says(Tcp::FIN, 550, 200))]];
    after_an_answer(&closed.concat(), &[PUSH]);
    let reset = [&unasked[..], &silent(21_000, 150, 550)[..2], &[At(25_000, 0, says(Tcp::RST, 550, 200))]];
    after_an_answer(&reset.concat(), &[PUSH]);
}

#[test]
fn where_a_reply_is_due_no_push_excuses_its_absence() {
    let unasked = [At(20_000, 0, says(0, 520, 150).data(30)), At(20_001, 0, asks(0, 150, 550))];
    let request = At(21_000, 0, asks(0, 150, 550).bytes(b"GET / HTTP/1.1\r\n"));
    let has_it = At(21_001, 0, says(0, 550, 166));
    let gives_up = At(24_000, 0, asks(Tcp::FIN, 166, 550));
    after_an_answer(&[&unasked[..], &[request.clone(), has_it.clone(), gives_up]].concat(), &[HUNG]);
    // An open connection is enough.
    after_an_answer(&[&unasked[..], &[request, has_it]].concat(), &[HUNG]);
}

#[test]
fn an_acknowledged_request_on_an_open_connection_may_still_be_waited_for() {
    let request = At(10, 0, asks(0, 150, 520).data(60));
    let has_it = At(11, 0, says(0, 520, 210));
    after_an_answer(&[request.clone(), has_it.clone()], &[OPEN]);
    // So the answer is one, though a minute passes.
    let answer = [At(60_000, 0, says(0, 520, 210).data(30)), At(60_001, 0, asks(0, 210, 550))];
    after_an_answer(&[&[request, has_it][..], &answer].concat(), &[ANSWERED]);
}

#[test]
fn a_long_poll_is_answered_and_the_next_one_is_waited_for() {
    let poll = |at, sequence, acknowledgement| {
        At(at, 0, asks(0, sequence, acknowledgement).bytes(b"GET /p HTTP/1.1\r\n"))
    };
    let packets = [
        poll(1_000, 150, 520),
        At(1_001, 0, says(0, 520, 167)),
        At(26_000, 0, says(0, 520, 167).data(80)),
        At(26_001, 0, asks(0, 167, 600)),
        poll(26_002, 167, 600),
        At(26_003, 0, says(0, 600, 184)),
    ];
    after_an_answer(&packets, &[ANSWERED, OPEN]);
    // Who closes as soon as the answer comes did not want it any more.
    let reset = At(26_001, 0, tcp(CLIENT.0, CLIENT.1, SERVER.0, SERVER.1, Tcp::RST, 167, 0));
    after_an_answer(&[&packets[..3], &[reset]].concat(), &[(Outcome::Late, Reason::AfterTimeout)]);
}

#[test]
fn bytes_of_the_server_that_cross_a_request_may_be_its_answer() {
    // On a loopback interface the answer goes out before the acknowledgement was counted.
    let packets = [
        At(10, 0, asks(0, 150, 520).bytes(b"GET / HTTP/1.1\r\n")),
        At(10, 0, says(0, 520, 150).data(30)),
        At(10, 0, says(0, 550, 166)),
        At(10, 0, says(Tcp::FIN, 550, 166)),
    ];
    after_an_answer(&packets, &[PUSH]);
    // Out of order, the answer comes first.
    let answer_first = [
        At(10, 0, says(0, 520, 200).data(30)),
        At(10, 0, asks(0, 150, 520).data(50)),
        At(10, 0, says(Tcp::FIN, 550, 200)),
        At(300, 0, asks(Tcp::FIN, 200, 551)),
    ];
    after_an_answer(&answer_first, &[PUSH]);
}

#[test]
fn a_farewell_that_the_client_does_not_take_leaves_its_answer_where_it_was() {
    let packets = [
        At(6, 0, asks(Tcp::FIN, 150, 520)),
        At(7, 0, says(Tcp::FIN, 520, 151).data(31)),
        At(300, 0, says(Tcp::FIN, 520, 151).data(31)),
        At(900, 0, says(Tcp::FIN, 520, 151).data(31)),
    ];
    after_an_answer(&packets, &[]);
}

#[test]
fn a_hole_in_the_capture_is_no_missing_answer() {
    // The answer did not pass here, and the client acknowledges it with the server's end.
    let packets = [
        At(10, 0, asks(0, 150, 520).data(50)),
        At(11, 0, says(0, 520, 200)),
        At(9_000, 0, says(Tcp::FIN, 3_000, 200)),
        At(9_001, 0, asks(0, 200, 3_001)),
        At(9_002, 0, asks(Tcp::FIN, 200, 3_001)),
    ];
    after_an_answer(&packets, &[(Outcome::Unknown, Reason::CaptureDropped)]);
    // What nobody acknowledges is sent again.
    let request = At(10, 0, asks(0, 150, 520).data(50));
    after_an_answer(std::slice::from_ref(&request), &[(Outcome::Unknown, Reason::CaptureDropped)]);
    let again = At(300, 0, asks(0, 150, 520).data(50));
    after_an_answer(&[request, again], &[(Outcome::Unanswered, Reason::Plain)]);
}

#[test]
fn an_answer_that_is_neither_acknowledged_nor_sent_again_was_acknowledged_elsewhere() {
    let dropped = (Outcome::Unknown, Reason::CaptureDropped);
    let request = At(10, 0, asks(0, 150, 520).data(50));
    let answer = [At(11, 0, says(0, 520, 200).data(100)), At(11, 0, says(0, 620, 200).data(100))];
    let has_first = At(12, 0, asks(0, 200, 620));
    let packets = [request.clone(), answer[0].clone(), answer[1].clone(), has_first.clone()];
    after_an_answer(&packets, &[dropped]);
    // A piece in between is missing, and the client waits for it.
    let incomplete = (Outcome::Unanswered, Reason::ReplyIncomplete);
    let later_piece = At(11, 0, says(0, 720, 200).data(100));
    let pieces = [request.clone(), answer[0].clone(), later_piece, has_first];
    after_an_answer(&pieces, &[incomplete]);
    // It has that piece, which did not pass here.
    after_an_answer(&[&pieces[..], &[At(13, 0, asks(0, 200, 720))]].concat(), &[dropped]);
    // Sent again and never acknowledged: lost.
    let again = At(900, 0, says(0, 620, 200).data(100));
    after_an_answer(&[&packets[..], &[again]].concat(), &[incomplete]);
}

#[test]
fn a_client_that_closes_at_once_and_resets_the_answer_wanted_none() {
    let reset = tcp(CLIENT.0, CLIENT.1, SERVER.0, SERVER.1, Tcp::RST, 151, 0);
    let packets = [
        At(0, 0, asks(0, 100, 500).data(50)),
        At(0, 0, asks(Tcp::FIN, 150, 500)),
        At(1, 0, says(0, 500, 151)),
        At(2, 0, says(0, 500, 151).data(30)),
        At(3, 0, reset),
        later(),
    ];
    check(&packets, &[CLOSING]);
    // The server resets what it has.
    let reset = At(2, 0, says(Tcp::RST, 500, 151));
    check(&[&packets[..3], &[reset, later()]].concat(), &[PUSH]);
}

#[test]
fn the_servers_goodbye_is_no_answer() {
    let packets = [
        At(10, 0, asks(0, 260, 520).bytes(&tls(23, 300))),
        At(11, 0, says(0, 520, 565)),
        At(4_000, 0, asks(0, 565, 520).bytes(&tls(23, 19))),
        At(4_001, 0, says(0, 520, 589).bytes(&tls(23, 19))),
        At(4_002, 0, asks(Tcp::FIN, 589, 544)),
    ];
    after_an_answer(&packets, &[HUNG]);
}

#[test]
fn a_text_in_a_reset_asks_nothing() {
    after_an_answer(&[At(10, 0, asks(Tcp::RST, 150, 520).data(30))], &[]);
    check(&[At(0, 0, asks(Tcp::RST, 150, 520).data(30)), later()], &[]);
}

#[test]
fn a_syn_that_comes_again_is_no_new_connection() {
    let syn = At(11, 0, tcp(CLIENT.0, CLIENT.1, SERVER.0, SERVER.1, Tcp::SYN, 99, 0));
    let request = At(10, 0, asks(0, 150, 520).data(50));
    let answer = [At(12, 0, says(0, 520, 200).data(30)), At(13, 0, asks(0, 200, 550))];
    let packets = [&answered_once()[..], &[request, syn], &answer, &[later()]].concat();
    let all = crate::test_packets::read(&packets, crate::PairerConfig::default(), Vec::new());
    let data = all.iter().filter(|e| e.protocol() == unanswered_wire::ProtocolId::TCP_DATA);
    assert!(data.map(|e| e.outcome()).eq([Outcome::Answered, Outcome::Answered]));
}

/// Between two ephemeral ports; the first end is called `a`.
fn between(from_a: bool, sequence: u32, acknowledgement: u32) -> Made {
    let (a, b) = (("10.0.0.1", 50_001), ("10.9.0.1", 50_002));
    let (from, to) = if from_a { (a, b) } else { (b, a) };
    tcp(from.0, from.1, to.0, to.1, Tcp::ACK, sequence, acknowledgement)
}

/// One end sends, the other acknowledges, and nothing more.
fn silence(from_a: bool) -> [At; 2] {
    [At(1_000, 0, between(from_a, 100, 500).data(50)), At(1_001, 0, between(!from_a, 500, 150))]
}

#[test]
fn between_two_ephemeral_ports_nobody_is_accused() {
    let unclear = (Outcome::Unknown, Reason::WhoAsks);
    check(&[&silence(false)[..], &[later()]].concat(), &[unclear]);
    let ends = [At(9_000, 0, tcp("10.9.0.1", 50_002, "10.0.0.1", 50_001, Tcp::FIN | Tcp::ACK, 150, 500))];
    check(&[&silence(false)[..], &ends, &[later()]].concat(), &[unclear]);
    let reset = [At(9_000, 0, tcp("10.0.0.1", 50_001, "10.9.0.1", 50_002, Tcp::RST | Tcp::ACK, 500, 150))];
    check(&[&silence(false)[..], &reset, &[later()]].concat(), &[unclear]);
}

#[test]
fn who_listens_is_known_from_other_connections_or_from_the_bytes() {
    let gives_up = |from_a| {
        let (a, b) = (("10.0.0.1", 50_001), ("10.9.0.1", 50_002));
        let (from, to) = if from_a { (a, b) } else { (b, a) };
        At(5_000, 0, tcp(from.0, from.1, to.0, to.1, Tcp::FIN | Tcp::ACK, 150, 500))
    };
    let hung = |before: &[At], expected: &[(Outcome, Reason)]| {
        check(&[before, &silence(true), &[gives_up(true), later()]].concat(), expected);
    };
    let pushed = |before: &[At], expected: &[(Outcome, Reason)]| {
        check(&[before, &silence(false), &[later()]].concat(), expected);
    };
    // A SYN went to b's port.
    let syn = [
        At(0, 0, tcp("10.0.0.8", 50_009, "10.9.0.1", 50_002, Tcp::SYN, 7, 0)),
        At(1, 0, tcp("10.9.0.1", 50_002, "10.0.0.8", 50_009, Tcp::SYN | Tcp::ACK, 7, 8)),
        At(2, 0, tcp("10.0.0.8", 50_009, "10.9.0.1", 50_002, Tcp::ACK, 8, 8)),
    ];
    hung(&syn, &[ANSWERED, HUNG]);
    pushed(&syn, &[ANSWERED]);
    // b's port spoke with another one, too.
    let other = [
        At(0, 0, tcp("10.0.0.1", 50_008, "10.9.0.1", 50_002, Tcp::ACK, 7, 8).data(5)),
        At(1, 0, tcp("10.9.0.1", 50_002, "10.0.0.1", 50_008, Tcp::ACK, 8, 12).data(5)),
    ];
    hung(&other, &[ANSWERED, HUNG]);
    pushed(&other, &[ANSWERED]);
    // The bytes say it, if late: b greets, and a sends a TLS hello.
    let mut hello = tls(22, 100);
    hello[5] = 1;
    let packets = [
        At(0, 0, between(false, 500, 100).data(10)),
        At(10, 0, between(true, 100, 510).bytes(&hello)),
        At(11, 0, between(false, 510, 205)),
        At(4_000, 0, tcp("10.0.0.1", 50_001, "10.9.0.1", 50_002, Tcp::FIN | Tcp::ACK, 205, 510)),
        later(),
    ];
    check(&packets, &[(Outcome::Unknown, Reason::WhoAsks), HUNG]);
}
