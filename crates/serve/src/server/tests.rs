use super::*;
use std::net::SocketAddr;
use unanswered_ntp::{Header, Kiss, Mode, Timestamp};

const CLOCK: Time = Time::from_nanoseconds(1_795_416_515_000_000_000);

fn server(text: &str) -> MisbehavingServer {
    MisbehavingServer::new(text.parse().expect(text), 1, Time::default())
}

/// Asks a server from this port at this many milliseconds.
fn ask(server: &mut MisbehavingServer, milliseconds: i64, port: u16, payload: &[u8]) -> (Decision, Vec<u8>) {
    let passed = Span::from_milliseconds(milliseconds);
    let from = SocketAddr::from(([192, 0, 2, 9], port));
    let request = Request { now: Time::default() + passed, clock: CLOCK + passed, from, port: 7, payload };
    let mut reply = b"left over".to_vec();
    (server.handle_request(&request, &mut reply), reply)
}

fn request() -> [u8; 48] {
    let mut header = Header::new(Mode::Client);
    header.transmit = Timestamp::from_bits(0xeeae_6038_1234_5678);
    header.emit()
}

const AT_ONCE: Decision = Decision::Answer(Span::from_nanoseconds(0));

#[test]
fn the_program_s_port_check_is_where_its_version_has_it() {
    let mut affected = server("ntpd-4.2.7p273");
    assert_eq!(ask(&mut affected, 0, 122, &request()), (Decision::Drop(Reason::ProgramPort), Vec::new()));
    for port in [123, 50_000] {
        let (decision, reply) = ask(&mut affected, 0, port, &request());
        assert_eq!(decision, AT_ONCE, "{port}");
        let reply = Header::parse(&reply).unwrap();
        assert_eq!((reply.mode, reply.stratum, reply.leap), (Mode::Server, 10, 0));
        assert_eq!(reply.origin, Timestamp::from_bits(0xeeae_6038_1234_5678));
        assert_eq!(reply.receive, Timestamp::from_time(CLOCK));
    }
    assert_eq!(ask(&mut server("ntpd-4.2.7p274"), 0, 122, &request()).0, AT_ONCE);
    let tally = affected.tally();
    assert_eq!((tally.requests, tally.answered, tally.dropped(Reason::ProgramPort)), (3, 2, 1));
}

#[test]
fn a_server_without_time_answers_with_leap_3_and_one_that_refuses_with_a_kiss() {
    let reply = Header::parse(&ask(&mut server("chrony,unsynchronised"), 0, 123, &request()).1).unwrap();
    assert_eq!((reply.leap, reply.stratum, reply.kiss()), (3, 0, None));
    let (decision, reply) = ask(&mut server("chrony,refuses=RSTR"), 0, 123, &request());
    assert_eq!(decision, Decision::Refuse(Span::default()));
    assert_eq!(Header::parse(&reply).unwrap().kiss(), Some(Kiss::Restrict));
}

#[test]
fn the_program_s_rate_limit_is_its_own() {
    let mut limited = server("ntpd-4.2.8,limit");
    let decisions: Vec<_> =
        (0..15).map(|second| ask(&mut limited, second * 1000, 123, &request()).0).collect();
    // 13 answers, a kiss, silence: what ntpd 4.2.7p274 did with a client a second.
    assert!(decisions[..13].iter().all(|decision| *decision == AT_ONCE), "{decisions:?}");
    let after = [Decision::Refuse(Span::default()), Decision::Drop(Reason::RateLimited)];
    assert_eq!(decisions[13..], after);
}

#[test]
fn a_server_that_works_on_one_request_at_a_time_drops_what_comes_meanwhile() {
    let mut slow = server("chrony,takes=20ms,at-once=1");
    let takes = Decision::Answer(Span::from_milliseconds(20));
    let (decision, reply) = ask(&mut slow, 0, 123, &request());
    assert_eq!(decision, takes);
    let sent = Header::parse(&reply).unwrap();
    assert_eq!(sent.transmit.since(sent.receive), Span::from_milliseconds(20));
    assert_eq!(ask(&mut slow, 19, 123, &request()).0, Decision::Drop(Reason::Busy));
    assert_eq!(ask(&mut slow, 20, 123, &request()).0, takes);
}

#[test]
fn what_is_worked_on_is_bounded_also_where_nobody_asked_for_it() {
    let mut slow = server("echo,takes=1s");
    let busy = (0..3000).filter(|_| ask(&mut slow, 0, 9, b"x").0 == Decision::Drop(Reason::Busy)).count();
    assert_eq!(busy, 3000 - crate::MOST_AT_ONCE);
}

#[test]
fn sizes_of_requests_and_replies_are_limited_apart() {
    let mut both = server("echo,request-size=9,reply-size=8");
    assert_eq!(ask(&mut both, 0, 9, &[1; 8]), (AT_ONCE, vec![1; 8]));
    assert_eq!(ask(&mut both, 0, 9, &[1; 9]).0, Decision::Drop(Reason::ReplySize));
    assert_eq!(ask(&mut both, 0, 9, &[1; 10]).0, Decision::Drop(Reason::RequestSize));
}

#[test]
fn an_echo_never_answers_another_echo() {
    assert_eq!(ask(&mut server("echo"), 0, 7, b"x").0, Decision::Drop(Reason::Loop));
}

#[test]
fn the_same_seed_loses_the_same_requests_and_two_filters_draw_apart() {
    let lost = |text: &str, seed| {
        let mut server = MisbehavingServer::new(text.parse().expect(text), seed, Time::default());
        (0..200).map(|_| ask(&mut server, 0, 9, b"x").0 != AT_ONCE).collect::<Vec<_>>()
    };
    assert_eq!(lost("echo,loss=50%", 4), lost("echo,loss=50%", 4));
    assert_ne!(lost("echo,loss=50%", 4), lost("echo,loss=50%", 5));
    // With the same draws twice, the second filter would never drop anything.
    assert_ne!(lost("echo,loss=50%", 4), lost("echo,loss=50%,loss=50%", 4));
}

#[test]
fn what_is_no_request_of_the_protocol_gets_nothing() {
    for text in ["ntpd-4.2.7p273", "dns"] {
        let mut server = server(text);
        for length in 0..47 {
            let (decision, reply) = ask(&mut server, 0, 50_000, &vec![0xff; length]);
            assert_eq!(
                (decision, reply),
                (Decision::Drop(Reason::NotARequest), Vec::new()),
                "{text} {length}"
            );
        }
    }
    // A reply: two servers must not answer each other.
    let reply = Header::new(Mode::Server).emit();
    assert_eq!(ask(&mut server("chrony"), 0, 50_000, &reply).0, Decision::Drop(Reason::Mode));
}
