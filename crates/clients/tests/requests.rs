//! Each client, called as its owner would: what it sends when, and how its requests end.

use std::net::IpAddr;
use unanswered_clients::{
    ClientEvent, DnsClient, DnsConfig, DnsReply, EchoClient, EchoConfig, PingClient, PingConfig,
    RandomSource, Stray, TcpClient, TcpConfig, TcpSegment,
};
use unanswered_table::Outcome;
use unanswered_wire::{Span, Tcp, Time};

const SERVER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 53));
const ANOTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 54));

/// Returns 1, 2, 3, ... in the upper bits.
struct Count(u64);

impl RandomSource for Count {
    fn bits(&mut self) -> u64 {
        self.0 += 1;
        self.0 << 48
    }
}

fn at(milliseconds: i64) -> Time {
    Time::from_nanoseconds(milliseconds * 1_000_000)
}

const fn ended<T>(tag: T, outcome: Outcome) -> ClientEvent<T> {
    ClientEvent::Ended { tag, outcome }
}

fn resolver() -> DnsClient<&'static str, u16> {
    let timeout = Span::from_seconds(5);
    DnsClient::new(DnsConfig { server: SERVER, kinds: vec![1, 28], edns: Some(1232), timeout, attempts: 2 })
}

/// A lookup of `a.test` from port 4000, with the kinds' numbers as the names of the requests.
fn lookup(client: &mut DnsClient<&'static str, u16>) -> Vec<DnsReply<&'static str>> {
    let mut tags = [1, 28].into_iter();
    client.lookup(at(0), &"a.test", 4000, &mut Count(0), || tags.next().expect("a tag for each"));
    let sent = std::iter::from_fn(|| client.poll_transmit());
    sent.map(|sent| DnsReply { question: sent.question, from: SERVER, port: sent.port, rcode: 0 }).collect()
}

#[test]
fn a_lookup_asks_all_its_questions_from_one_port_and_frees_it_with_the_last() {
    let mut client = resolver();
    let replies = lookup(&mut client);
    assert_eq!(
        replies.iter().map(|r| (r.question.id, r.question.kind)).collect::<Vec<_>>(),
        [(1, 1), (2, 28)]
    );
    client.handle_reply(&replies[1]).unwrap();
    assert_eq!(client.poll_event(), Some(ended(28, Outcome::Answered)));
    assert_eq!(client.poll_event(), None);
    client.handle_reply(&replies[0]).unwrap();
    assert_eq!(client.poll_event(), Some(ended(1, Outcome::Answered)));
    assert_eq!(client.poll_event(), Some(ClientEvent::PortFree(4000)));
    assert_eq!((client.poll_timeout(), client.open()), (None, 0));
}

#[test]
fn a_question_is_repeated_as_it_was_and_then_given_up() {
    let mut client = resolver();
    let first = lookup(&mut client);
    assert_eq!(client.poll_timeout(), Some(at(5000)));
    client.handle_timeout(at(4999));
    assert!(client.poll_transmit().is_none(), "an early call does nothing");
    client.handle_timeout(at(5000));
    let again: Vec<_> = std::iter::from_fn(|| client.poll_transmit()).map(|sent| sent.question).collect();
    assert_eq!(again, first.iter().map(|reply| reply.question).collect::<Vec<_>>());
    // An answer now is late.
    client.handle_reply(&first[0]).unwrap();
    assert_eq!(client.poll_event(), Some(ended(1, Outcome::Late)));
    client.handle_timeout(at(10_000));
    assert!(client.poll_transmit().is_none());
    assert_eq!(client.poll_event(), Some(ended(28, Outcome::Unanswered)));
    assert_eq!(client.handle_reply(&first[1]), Err(Stray::NotOpen));
}

#[test]
fn an_answer_must_come_from_the_server_and_may_say_no() {
    let mut client = resolver();
    let replies = lookup(&mut client);
    assert_eq!(client.handle_reply(&DnsReply { from: ANOTHER, ..replies[0] }), Err(Stray::WrongSource));
    assert_eq!(client.handle_reply(&DnsReply { port: 4001, ..replies[0] }), Err(Stray::NotOpen));
    client.handle_reply(&DnsReply { rcode: 5, ..replies[0] }).unwrap();
    assert_eq!(client.poll_event(), Some(ended(1, Outcome::Error)));
}

fn connecting(syn_retries: u8) -> (TcpClient<char>, TcpSegment) {
    let mut client = TcpClient::new(TcpConfig { server_port: 443, syn_retries, ecn: false });
    client.connect(at(0), 5000, &mut Count(0), 'c');
    let sent = client.poll_transmit().expect("a SYN");
    assert_eq!((sent.segment.flags, sent.tag), (Tcp::SYN, Some('c')));
    (client, sent.segment)
}

/// What the server answers to a SYN.
const fn back(syn: &TcpSegment, flags: u16) -> TcpSegment {
    TcpSegment {
        source_port: syn.destination_port,
        destination_port: syn.source_port,
        sequence: 700,
        acknowledgement: syn.sequence.wrapping_add(1),
        flags,
    }
}

#[test]
fn a_syn_is_repeated_after_one_two_and_four_seconds() {
    let (mut client, syn) = connecting(2);
    for due in [1000, 3000] {
        assert_eq!(client.poll_timeout(), Some(at(due)));
        client.handle_timeout(at(due));
        assert_eq!(client.poll_transmit().map(|sent| sent.segment), Some(syn));
    }
    assert_eq!(client.poll_timeout(), Some(at(7000)));
    client.handle_timeout(at(7000));
    assert_eq!(client.poll_event(), Some(ended('c', Outcome::Unanswered)));
    assert_eq!(client.poll_event(), Some(ClientEvent::PortFree(5000)));
    assert_eq!(client.handle_segment(&back(&syn, Tcp::SYN | Tcp::ACK)), Err(Stray::NotOpen));
}

#[test]
fn a_connection_is_completed_and_closed_and_its_port_is_free_with_the_server_s_fin() {
    let (mut client, syn) = connecting(2);
    client.handle_segment(&back(&syn, Tcp::SYN | Tcp::ACK)).unwrap();
    let sent: Vec<_> = std::iter::from_fn(|| client.poll_transmit()).collect();
    assert_eq!(sent.iter().map(|s| s.segment.flags).collect::<Vec<_>>(), [Tcp::ACK, Tcp::FIN | Tcp::ACK]);
    assert!(sent.iter().all(|s| s.tag.is_none() && s.segment.acknowledgement == 701));
    assert_eq!(client.poll_event(), Some(ended('c', Outcome::Answered)));
    assert_eq!(client.poll_event(), None);
    client.handle_segment(&back(&syn, Tcp::FIN | Tcp::ACK)).unwrap();
    assert_eq!(client.poll_transmit().map(|sent| sent.segment.flags), Some(Tcp::ACK));
    assert_eq!(client.poll_event(), Some(ClientEvent::PortFree(5000)));
}

#[test]
fn a_reset_or_an_icmp_error_refuses_a_connection() {
    let (mut client, syn) = connecting(2);
    client.handle_segment(&back(&syn, Tcp::RST | Tcp::ACK)).unwrap();
    assert_eq!(client.poll_event(), Some(ended('c', Outcome::Refused)));
    let (mut client, syn) = connecting(2);
    client.handle_error(&syn);
    assert_eq!(client.poll_event(), Some(ended('c', Outcome::Refused)));
}

#[test]
fn echo_requests_count_on_and_end_once() {
    let timeout = Span::from_seconds(1);
    let mut client = EchoClient::new(EchoConfig { server: SERVER, timeout, sizes: vec![10, 20] });
    for port in [1, 2, 3] {
        client.ask(at(0), port, port);
    }
    let sent: Vec<_> = std::iter::from_fn(|| client.poll_transmit()).map(|s| (s.number, s.size)).collect();
    assert_eq!(sent, [(1, 20), (2, 10), (3, 20)]);
    assert_eq!(client.handle_reply(ANOTHER, 1, 1), Err(Stray::WrongSource));
    client.handle_reply(SERVER, 1, 1).unwrap();
    assert_eq!(client.handle_reply(SERVER, 1, 1), Err(Stray::NotOpen));
    client.handle_error(2, 2);
    client.handle_timeout(at(1000));
    let outcomes = std::iter::from_fn(|| client.poll_event()).filter_map(|event| match event {
        ClientEvent::Ended { tag, outcome } => Some((tag, outcome)),
        ClientEvent::PortFree(_) => None,
    });
    let expected = [(1, Outcome::Answered), (2, Outcome::Refused), (3, Outcome::Unanswered)];
    assert_eq!(outcomes.collect::<Vec<_>>(), expected);
}

#[test]
fn pings_are_known_by_their_sequence_number() {
    let config = PingConfig { identifier: None, sizes: vec![56] };
    let mut client = PingClient::new(config, &mut Count(0));
    assert_eq!(client.identifier(), 1);
    client.ask(at(0), 'a');
    client.ask(at(1000), 'b');
    client.handle_reply(2).unwrap();
    assert_eq!(client.poll_timeout(), Some(at(2000)));
    client.handle_timeout(at(2000));
    assert_eq!(client.poll_event(), Some(ended('b', Outcome::Answered)));
    assert_eq!(client.poll_event(), Some(ended('a', Outcome::Unanswered)));
    assert_eq!(client.handle_reply(1), Err(Stray::NotOpen));
}
