//! The server on real sockets of this host, asked by sockets of the standard library. Ports are the kernel's choice; every
//! wait ends with an answer, with the server's end or after a long patience.
#![cfg(target_os = "linux")]

use std::net::{SocketAddr, UdpSocket};
use std::thread::{Scope, ScopedJoinHandle, scope};
use std::time::Duration;
use unanswered_live::Owner;
use unanswered_ntp::{Header, Mode, Timestamp};
use unanswered_serve::{Job, Reason, ServeError, Serving, Summary};

/// How long an answer may take before a test fails; normally far less than a millisecond.
const PATIENCE: Duration = Duration::from_secs(30);

fn job(behaviour: &str, listen: &[&str], count: u64) -> Job {
    Job {
        behaviour: behaviour.parse().expect(behaviour),
        seed: 1,
        listen: listen.iter().map(|place| place.parse().expect("an address")).collect(),
        answer_from: Vec::new(),
        threads: 1,
        count: Some(count),
        // Only a test that would fail anyway waits for this.
        time: Some(PATIENCE),
        owner: Owner::default(),
    }
}

type Ending<'s> = ScopedJoinHandle<'s, Summary>;

/// A server in a thread of its own. Where root runs the test, the whole process becomes nobody.
fn start<'s>(scope: &'s Scope<'s, '_>, job: Job) -> (Vec<SocketAddr>, Ending<'s>) {
    let (tell, told) = std::sync::mpsc::channel();
    let ending = scope.spawn(move || {
        let serving = Serving::open(job).expect("a port that the kernel chose");
        tell.send(serving.addresses().collect()).expect("the test waits");
        serving.run().expect("it serves")
    });
    (told.recv().expect("it listens"), ending)
}

fn client(address: &str) -> UdpSocket {
    let socket = UdpSocket::bind(address).expect("a port that the kernel chose");
    socket.set_read_timeout(Some(PATIENCE)).expect("a time");
    socket
}

fn request(mark: u64) -> [u8; 48] {
    let mut header = Header::new(Mode::Client);
    header.transmit = Timestamp::from_bits(mark);
    header.emit()
}

fn receive(socket: &UdpSocket) -> (Vec<u8>, SocketAddr) {
    let mut room = vec![0; 65_536];
    let (length, from) = socket.recv_from(&mut room).expect("an answer");
    room.truncate(length);
    (room, from)
}

/// Whether this host has IPv6; if not, that is said.
#[expect(clippy::print_stdout, reason = "that a part was left out must not be silent")]
fn has_ipv6() -> bool {
    let there = UdpSocket::bind("[::1]:0").is_ok();
    if !there {
        println!("SKIPPED for IPv6: this host has none");
    }
    there
}

#[test]
fn time_is_given_over_both_families_at_the_address_that_was_asked() {
    scope(|scope| {
        let places = &["127.0.0.1:0", "[::1]:0"][..if has_ipv6() { 2 } else { 1 }];
        let count = u64::try_from(places.len()).unwrap();
        let (at, ending) = start(scope, job("chrony", places, count));
        for (mark, (from, to)) in (7..).zip(places.iter().zip(&at)) {
            let socket = client(from);
            socket.send_to(&request(mark), to).unwrap();
            let (reply, from) = receive(&socket);
            let reply = Header::parse(&reply).unwrap();
            assert_eq!((from, reply.mode, reply.stratum), (*to, Mode::Server, 10));
            assert_eq!(reply.origin, Timestamp::from_bits(mark));
            // The host's clock, whatever it says, is past 2020.
            assert!(reply.transmit.time().nanoseconds() > 1_577_836_800_000_000_000);
        }
        let summary = ending.join().unwrap();
        assert_eq!((summary.tally.requests, summary.tally.answered, summary.unsent), (count, count, 0));
    });
}

#[test]
fn who_listens_everywhere_answers_from_the_address_that_was_asked() {
    scope(|scope| {
        let six = has_ipv6();
        let places = &["0.0.0.0:0", "[::]:0"][..if six { 2 } else { 1 }];
        let (at, ending) = start(scope, job("echo", places, if six { 4 } else { 3 }));
        // Batches with several addresses, too: all of 127.0.0.0/8 is this host.
        let socket = client("127.0.0.1:0");
        for host in [1, 2, 3] {
            let to = SocketAddr::from(([127, 0, 0, host], at[0].port()));
            socket.send_to(&[host], to).unwrap();
            assert_eq!(receive(&socket), (vec![host], to));
        }
        if six {
            let socket = client("[::1]:0");
            let to: SocketAddr = format!("[::1]:{}", at[1].port()).parse().unwrap();
            socket.send_to(b"six", to).unwrap();
            assert_eq!(receive(&socket), (b"six".to_vec(), to));
        }
        let tally = ending.join().unwrap().tally;
        assert_eq!((tally.answered, tally.requests), (if six { 4 } else { 3 }, tally.answered));
    });
}

#[test]
fn answers_come_from_another_address_where_that_is_asked_for() {
    for listen in ["127.0.0.1:0", "0.0.0.0:0"] {
        scope(|scope| {
            let mut job = job("echo", &[listen], 1);
            job.answer_from = vec![[127, 0, 0, 9].into()];
            let (at, ending) = start(scope, job);
            let socket = client("127.0.0.1:0");
            socket.send_to(b"x", (std::net::Ipv4Addr::LOCALHOST, at[0].port())).unwrap();
            assert_eq!(receive(&socket), (b"x".to_vec(), ([127, 0, 0, 9], at[0].port()).into()));
            assert_eq!(ending.join().unwrap().unsent, 0);
        });
    }
}

#[test]
fn only_the_ports_that_get_through_are_answered() {
    scope(|scope| {
        let (at, ending) = start(scope, job("ntpd-4.2.8,ports=even", &["127.0.0.1:0"], 2));
        // Two neighbouring ports have both parities.
        let sockets: Vec<UdpSocket> = (0..64).map(|_| client("127.0.0.1:0")).collect();
        let parity = |wanted: u16| {
            let port = |socket: &&UdpSocket| socket.local_addr().unwrap().port() % 2 == wanted;
            sockets.iter().find(port).expect("64 ports of which none has this parity")
        };
        parity(1).send_to(&request(1), at[0]).unwrap();
        parity(0).send_to(&request(2), at[0]).unwrap();
        let reply = Header::parse(&receive(parity(0)).0).unwrap();
        assert_eq!(reply.origin, Timestamp::from_bits(2));
        let tally = ending.join().unwrap().tally;
        assert_eq!((tally.answered, tally.dropped(Reason::SourcePort)), (1, 1));
    });
}

#[test]
fn an_answer_that_takes_its_time_comes_after_it() {
    scope(|scope| {
        let (at, ending) = start(scope, job("echo,takes=50ms", &["127.0.0.1:0"], 2));
        let socket = client("127.0.0.1:0");
        for payload in [b"first ", b"second"] {
            // The first answer leaves while nothing else arrives, so the server woke up for it.
            socket.send_to(payload, at[0]).unwrap();
            if payload == b"first " {
                assert_eq!(receive(&socket).0, payload);
            }
        }
        // The second request ends the server before its answer is due.
        let summary = ending.join().unwrap();
        assert_eq!((summary.tally.answered, summary.unsent), (2, 1));
    });
}

#[test]
fn what_arrives_while_one_request_is_worked_on_is_dropped() {
    scope(|scope| {
        let (at, ending) = start(scope, job("echo,takes=1h,at-once=1", &["127.0.0.1:0"], 3));
        let socket = client("127.0.0.1:0");
        for _ in 0..3 {
            socket.send_to(b"x", at[0]).unwrap();
        }
        let summary = ending.join().unwrap();
        assert_eq!((summary.tally.answered, summary.tally.dropped(Reason::Busy), summary.unsent), (1, 2, 1));
    });
}

#[test]
fn the_time_ends_threads_that_wait_for_requests() {
    scope(|scope| {
        for (listen, threads) in [(&["127.0.0.1:0"][..], 3), (&["127.0.0.1:0", "127.0.0.2:0"][..], 2)] {
            let mut job = job("echo", listen, 1000);
            (job.threads, job.time) = (threads, Some(Duration::from_millis(20)));
            let (_, ending) = start(scope, job);
            let summary = ending.join().unwrap();
            assert_eq!((summary.tally.requests, summary.unsent), (0, 0));
        }
    });
}

#[test]
fn several_threads_are_one_server() {
    scope(|scope| {
        let mut job = job("echo,bucket=0/10", &["127.0.0.1:0"], 200);
        job.threads = 4;
        let (at, ending) = start(scope, job);
        // 200 flows, which the kernel spreads over the threads' sockets.
        for _ in 0..200 {
            client("127.0.0.1:0").send_to(b"x", at[0]).unwrap();
        }
        let tally = ending.join().unwrap().tally;
        assert_eq!((tally.requests, tally.answered, tally.dropped(Reason::NoToken)), (200, 10, 190));
    });
}

#[test]
fn the_largest_and_the_smallest_datagram_go_both_ways() {
    scope(|scope| {
        let (at, ending) = start(scope, job("echo", &["127.0.0.1:0"], 3));
        let socket = client("127.0.0.1:0");
        for payload in [vec![7; 65_507], Vec::new(), vec![8]] {
            socket.send_to(&payload, at[0]).unwrap();
            assert_eq!(receive(&socket).0, payload);
        }
        assert_eq!(ending.join().unwrap().tally.answered, 3);
    });
}

#[test]
fn a_flood_of_rubbish_is_counted_and_a_request_behind_it_answered() {
    scope(|scope| {
        let (at, ending) = start(scope, job("dns", &["127.0.0.1:0"], 101));
        let socket = client("127.0.0.1:0");
        for length in 0..100_usize {
            let rubbish: Vec<u8> = (0..length).map(|at| u8::try_from((at * length) % 256).unwrap()).collect();
            socket.send_to(&rubbish, at[0]).unwrap();
        }
        let query = b"\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x00\x00\x01\x00\x01";
        socket.send_to(query, at[0]).unwrap();
        assert_eq!(receive(&socket).0[..4], [0, 1, 0x81, 0x80]);
        let tally = ending.join().unwrap().tally;
        assert_eq!((tally.answered, tally.dropped(Reason::NotARequest)), (1, 100));
    });
}

#[test]
fn a_port_of_another_program_or_a_strange_address_is_refused_with_what_to_do() {
    let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
    let at = taken.local_addr().unwrap();
    // Rights are dropped only where all could be opened, so these may be tried here.
    for threads in [1, 3] {
        let mut job = job("echo", &[&at.to_string()], 1);
        job.threads = threads;
        let error = Serving::open(job).unwrap_err();
        assert!(matches!(error, ServeError::InUse(found) if found == at), "{error:?}");
        assert!(error.hint().unwrap().contains(&at.port().to_string()));
    }
    // For documentation (RFC 5737): no host has it.
    let error = Serving::open(job("echo", &["192.0.2.77:0"], 1)).unwrap_err();
    assert!(matches!(error, ServeError::NoAddress(_)), "{error:?}");
    let mut strange = job("echo", &["127.0.0.1:0"], 1);
    strange.answer_from = vec![[192, 0, 2, 77].into()];
    assert!(matches!(Serving::open(strange.clone()), Err(ServeError::NoSource(_))));
    strange.answer_from = vec!["::1".parse().unwrap()];
    assert!(matches!(Serving::open(strange), Err(ServeError::NoListener(_))));
}
