//! `unanswered probe` from outside: what it refuses, what it would send, and what it finds without any rights.
#![cfg(target_os = "linux")]

mod common;

use common::Folder;
use std::net::UdpSocket;
use std::time::Duration;

/// A server on loopback that answers NTP requests of at most so many bytes. It ends with the test.
fn server(most: usize) -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let port = socket.local_addr().expect("an address").port();
    socket.set_read_timeout(Some(Duration::from_secs(60))).expect("a time-out");
    std::thread::spawn(move || {
        let mut buffer = [0; 2048];
        while let Ok((length, from)) = socket.recv_from(&mut buffer) {
            if length <= most {
                let _ = socket.send_to(&reply(&buffer), from);
            }
        }
    });
    port
}

/// A server's reply: its version and mode 4, stratum 2, the request's transmit timestamp as the origin.
fn reply(request: &[u8]) -> [u8; 48] {
    let mut reply = [0; 48];
    reply[0] = request[0] & 0x38 | 4;
    reply[1] = 2;
    reply[24..32].copy_from_slice(&request[40..48]);
    reply
}

#[test]
fn what_cannot_be_asked_is_said_with_what_can() {
    let folder = Folder::new();
    for (arguments, said, hint) in [
        (&["192.0.2.1"][..], "required", ""),
        (&["224.0.1.1", "--screen"], "of many machines", ""),
        (&["255.255.255.255", "--screen"], "of many machines", ""),
        (&["192.0.2.1", "--threshold", "port"], "no field that can be set", "source-port"),
        (&["192.0.2.1", "--threshold", "ttl=9..3"], "no range", ""),
        (&["192.0.2.1", "--compare", "ttl=3"], "at least two values", ""),
        (&["192.0.2.1", "--threshold", "edns"], "NTP requests have no edns", ""),
        (&["192.0.2.1", "--protocol", "tcp", "--where"], "a port is needed", "192.0.2.1:PORT"),
        (&["192.0.2.1", "--for", "no-such-fault"], "no known fault", "catalogue"),
        (&["192.0.2.1", "--for", "conntrack-table-full"], "cannot be confirmed", "catalogue"),
        (&["192.0.2.1:99999", "--screen"], "99999 is no port", ""),
        (&["no-such-host.invalid", "--screen"], "no address", ""),
        (&["192.0.2.1", "--screen", "--per-second", "0"], "not between", ""),
    ] {
        let done = folder.run(&[&["probe"], arguments].concat());
        assert_eq!(done.code, Some(2), "{arguments:?}: {}", done.err);
        assert!(done.err.contains(said) && done.err.contains(hint), "{arguments:?}: {}", done.err);
        assert_eq!(done.out, "");
    }
}

#[test]
fn a_dry_run_shows_the_requests_and_sends_none() {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    socket.set_nonblocking(true).expect("a socket");
    let port = socket.local_addr().expect("an address").port();
    let server = format!("127.0.0.1:{port}");
    let done =
        Folder::new().run(&["probe", &server, "--threshold", "source-port", "--dry-run", "--seed", "1"]);
    assert_eq!((done.code, done.err.as_str()), (Some(0), ""));
    assert!(done.out.contains("At most: 200 requests, 4 a second"), "{}", done.out);
    assert!(done.out.contains("source port 1"), "{}", done.out);
    assert!(done.out.lines().all(|line| line.chars().count() <= 80), "{}", done.out);
    assert!(socket.recv(&mut [0; 64]).is_err(), "something was sent");
}

#[test]
fn ordinary_sockets_find_a_limit_of_the_length() {
    let server = format!("127.0.0.1:{}", server(468));
    let asked = ["probe", &server, "--no-raw", "--threshold", "length=48..1400", "--per-second", "100", "-q"];
    let done = Folder::new().run(&asked);
    assert_eq!((done.code, done.err.as_str()), (Some(0), ""));
    assert!(
        done.out.starts_with("Payload length of 469 bytes or more fails, 468 bytes works: found"),
        "{}",
        done.out
    );
    assert!(words(&done.out).contains("dscp, ecn, ip-id, df, udp-checksum"), "{}", done.out);
}

/// What ordinary sockets cannot set must not be left out of the requests in silence.
#[test]
fn without_raw_sockets_nothing_is_asked_that_needs_them() {
    let server = format!("127.0.0.1:{}", server(1400));
    let asked = |more: &[&str]| {
        Folder::new().run(&[&["probe", &server, "--no-raw", "--per-second", "100", "-q"], more].concat())
    };
    for more in [
        &["--threshold", "length=48..1400", "--set", "dscp=46"][..],
        &["--threshold", "length=48..1400", "--with", "df=1"],
        &["--threshold", "length=48..1400", "--control", "ecn=1"],
        &["--threshold", "dscp"],
        &["--where"],
        &["--members", "2"],
    ] {
        let done = asked(more);
        assert_eq!(done.code, Some(2), "{more:?}: {}", done.out);
        assert!(done.err.contains("CAP_NET_RAW"), "{more:?}: {}", done.err);
    }
    let screened = asked(&["--screen", "--json"]);
    assert_eq!((screened.code, screened.err.as_str()), (Some(0), ""));
    let standings = |of: &str| screened.out.matches(&format!("\"standing\": \"{of}\"")).count();
    assert!(standings("needs-rights") > 3 && standings("excluded") > 1, "{}", screened.out);
    assert_eq!(standings("confirmed"), 0, "{}", screened.out);
}

#[test]
fn what_is_said_of_all_but_the_control_is_in_the_requests() {
    let server = format!("127.0.0.1:{}", server(60));
    let asked = ["probe", &server, "--no-raw", "--compare", "ntp-version=4,3", "--with", "length=100"];
    let done =
        Folder::new().run(&[&asked[..], &["--per-second", "100", "-q", "--budget", "14", "--json"]].concat());
    assert_eq!((done.code, done.err.as_str()), (Some(0), ""));
    let said: serde_json::Value = serde_json::from_str(&done.out).expect("JSON");
    let tally = &said["tally"];
    let (answered, controls) = (tally["answered"].as_u64(), tally["controls"].as_u64());
    assert!(answered > Some(0) && answered == controls, "only controls are short enough: {tally}");
}

#[test]
fn nobody_there_is_no_finding() {
    let silent = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let server = format!("127.0.0.1:{}", silent.local_addr().expect("an address").port());
    let done = Folder::new().run(&[
        "probe",
        &server,
        "--no-raw",
        "--sets",
        "source-port",
        "--per-second",
        "100",
        "-q",
    ]);
    assert_eq!(done.code, Some(0));
    assert!(done.out.starts_with("Cannot tell"), "{}", done.out);
    assert!(words(&done.out).contains("not one request was answered"), "{}", done.out);
}

/// A page without its line breaks.
fn words(page: &str) -> String {
    page.split_whitespace().collect::<Vec<_>>().join(" ")
}
