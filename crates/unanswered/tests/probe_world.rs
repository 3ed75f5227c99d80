//! `unanswered probe` against servers and paths of the kernel's world, in network namespaces: raw sockets, held ports, routers.
#![cfg(target_os = "linux")]

mod world;

use std::net::UdpSocket;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use world::{World, possible};

/// Client, two routers, server.
const NAMES: [&str; 4] = ["client", "first", "second", "server"];
const SERVER: &str = "10.66.3.2";

/// A line of four hosts.
fn line(kind: &str) -> World {
    let world = World::new(kind, &NAMES);
    for (number, (near, far)) in NAMES.iter().zip(NAMES.iter().skip(1)).enumerate() {
        let number = number + 1;
        let far_name = world.name(far);
        world.ip(near, &format!("link add down{number} type veth peer name up{number} netns {far_name}"));
        world.ip(near, &format!("addr add 10.66.{number}.1/24 dev down{number}"));
        world.ip(far, &format!("addr add 10.66.{number}.2/24 dev up{number}"));
        world.ip(near, &format!("link set down{number} up"));
        world.ip(far, &format!("link set up{number} up"));
    }
    world.ip("client", "route add default via 10.66.1.2");
    world.ip("first", "route add 10.66.3.0/24 via 10.66.2.2");
    world.ip("second", "route add 10.66.1.0/24 via 10.66.2.1");
    world.ip("server", "route add default via 10.66.3.1");
    world
}

/// An NTP server that answers what it likes. It ends when it is dropped.
struct Server {
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    fn new(world: &World, answers: impl Fn(u16, &[u8]) -> bool + Send + 'static) -> Self {
        let mut socket = None;
        world.within("server", || socket = Some(UdpSocket::bind((SERVER, 123)).expect("port 123")));
        let socket = socket.expect("a socket");
        socket.set_read_timeout(Some(Duration::from_millis(100))).expect("a time-out");
        let ends = Arc::new(AtomicBool::new(false));
        let theirs = Arc::clone(&ends);
        let serve = move || {
            let mut buffer = [0; 2048];
            while !theirs.load(Ordering::Relaxed) {
                let Ok((length, from)) = socket.recv_from(&mut buffer) else { continue };
                if length >= 48 && answers(from.port(), &buffer[..length]) {
                    let mut reply = [0; 48];
                    reply[0] = buffer[0] & 0x38 | 4;
                    reply[1] = 2;
                    reply[24..32].copy_from_slice(&buffer[40..48]);
                    let _ = socket.send_to(&reply, from);
                }
            }
        };
        Self { ends, thread: Some(std::thread::spawn(serve)) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What `unanswered probe` says of the server, asked from the client.
fn probe(world: &World, arguments: &[&str]) -> String {
    let mut out = String::new();
    world.within("client", || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_unanswered"));
        command.args(["probe", SERVER, "-q", "--seed", "7", "--per-second", "100"]).args(arguments);
        let done = command.output().expect("the program");
        let errors = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{arguments:?}: {errors}");
        let page = String::from_utf8_lossy(&done.stdout).into_owned();
        let json = arguments.contains(&"--json");
        // Without its line breaks.
        out = if json { page } else { page.split_whitespace().collect::<Vec<_>>().join(" ") };
    });
    out
}

/// What `explain` says of the story's captures, as JSON in a file.
fn findings() -> String {
    let story = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/story");
    let files = std::fs::read_dir(story).expect("the story").map(|entry| entry.expect("a file").path());
    let captures = files.filter(|path| path.extension().is_some_and(|ending| ending == "pcap"));
    let mut explain = Command::new(env!("CARGO_BIN_EXE_unanswered"));
    let done = explain.arg("explain").args(captures).arg("--json").output().expect("the program");
    let path = std::env::temp_dir().join(format!("unanswered-story-{}.json", std::process::id()));
    std::fs::write(&path, done.stdout).expect("a temporary file");
    path.display().to_string()
}

#[test]
fn the_story_s_boundary_is_found_while_a_daemon_holds_port_123() {
    if !possible(&["ip"]) {
        return;
    }
    let world = line("low");
    let _server = Server::new(&world, |port, _| port >= 123);
    let mut daemon = None;
    world.within("client", || daemon = Some(UdpSocket::bind("0.0.0.0:123").expect("port 123")));
    let findings = findings();
    let known = ["--threshold", "source-port", "--fails", "108", "--works", "123"];
    let said = probe(&world, &known);
    assert!(said.starts_with("Source port 122 or lower fails, 123 works: found"), "{said}");
    let said = probe(&world, &["--threshold", "source-port"]);
    assert!(said.starts_with("Source port 122 or lower fails, 123 works: found"), "{said}");
    let said = probe(&world, &["--findings", findings.as_str()]);
    assert!(said.starts_with("Source port 122 or lower fails, 123 works: found"), "{said}");
    let said = probe(&world, &["--for", "ntpd-lowport-lt123"]);
    assert!(said.starts_with("Ntpd drops requests from source ports below 123: found"), "{said}");
    let said = probe(&world, &["--for", "ntpd-pre412-reserved-port", "--json"]);
    assert!(said.contains("source ports below 123: found"), "{said}");
    let said = probe(&world, &["--screen", "--json"]);
    let of = |id: &str| {
        let (_, after) = said.split_once(id).unwrap_or_else(|| panic!("{id} in {said}"));
        after.lines().find(|line| line.contains("standing")).unwrap_or_default().to_owned()
    };
    assert!(of("\"ntpd-lowport-lt123\"").contains("confirmed"), "{said}");
    assert!(of("\"ntpd-pre412-reserved-port\"").contains("excluded"), "{said}");
    assert!(of("\"isp-filter-port-123\"").contains("excluded"), "{said}");
    drop(daemon);
    let _ = std::fs::remove_file(findings);
}

#[test]
fn a_server_that_was_mended_is_said_to_answer() {
    if !possible(&["ip"]) {
        return;
    }
    let world = line("men");
    let _server = Server::new(&world, |_, _| true);
    let said = probe(&world, &["--threshold", "source-port", "--fails", "122", "--works", "123"]);
    assert!(said.starts_with("Every source port of the range works: found"), "{said}");
    let said = probe(&world, &["--for", "ntpd-lowport-lt123"]);
    assert!(said.starts_with("No request fails now"), "{said}");
}

#[test]
fn parity_length_and_version_are_told_by_what_is_in_the_request() {
    if !possible(&["ip"]) {
        return;
    }
    let world = line("par");
    {
        let _server = Server::new(&world, |port, _| port % 2 == 0);
        let said = probe(&world, &["--sets", "source-port"]);
        assert!(said.starts_with("Odd values of the source port fail, even ones work: found"), "{said}");
    }
    {
        let _server = Server::new(&world, |_, request| request.len() <= 468);
        let said = probe(&world, &["--threshold", "length=48..1400"]);
        assert!(said.starts_with("Payload length of 469 bytes or more fails, 468 bytes works"), "{said}");
    }
    let _server = Server::new(&world, |_, request| request[0] >> 3 & 7 != 3);
    let said = probe(&world, &["--compare", "ntp-version=4,3"]);
    assert!(
        said.starts_with("Requests with NTP version 3 fail more often than those with NTP version 4"),
        "{said}"
    );
}

#[test]
fn the_hop_behind_which_requests_are_lost_is_named() {
    if !possible(&["ip"]) {
        return;
    }
    let world = line("hop");
    let _server = Server::new(&world, |_, _| true);
    let said = probe(&world, &["--where"]);
    assert!(said.starts_with("No place on the path loses more requests"), "{said}");
    // The second router has no way on, and says nothing.
    world.ip("second", "route add blackhole 10.66.3.2/32");
    let said = probe(&world, &["--where", "--no-control"]);
    assert!(said.contains("10.66.1.2"), "{said}");
    assert!(said.to_lowercase().contains("lost"), "{said}");
}

#[test]
fn replies_from_another_address_are_said_to_come_from_there() {
    if !possible(&["ip"]) {
        return;
    }
    let world = line("els");
    world.ip("server", "addr add 10.66.3.9/24 dev up3");
    let mut serve = None;
    let behaviour =
        ["lab", "serve", "--behaviour", "ntpsec", "--listen", SERVER, "--answer-from", "10.66.3.9"];
    world.within("server", || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_unanswered"));
        command.args(behaviour).args(["--for", "30s"]).stdout(Stdio::piped()).stderr(Stdio::null());
        serve = Some(command.spawn().expect("the program"));
    });
    let mut serve = serve.expect("a server");
    let mut errors = String::new();
    world.within("client", || {
        // The server may not be there yet: then nothing is answered from anywhere.
        for _ in 0..20 {
            let mut command = Command::new(env!("CARGO_BIN_EXE_unanswered"));
            command.args(["probe", SERVER, "-q", "--sets", "source-port", "--per-second", "100"]);
            errors = String::from_utf8_lossy(&command.output().expect("the program").stderr).into_owned();
            if !errors.is_empty() {
                break;
            }
        }
    });
    let _ = serve.kill();
    let _ = serve.wait();
    assert!(errors.contains("replies came from 10.66.3.9, and 10.66.3.2 was asked"), "{errors}");
}

#[test]
fn a_port_where_nobody_listens_turns_the_probe_away() {
    if !possible(&["ip"]) {
        return;
    }
    let world = line("clo");
    let said = probe(&world, &["--sets", "source-port"]);
    assert!(said.starts_with("Cannot tell"), "{said}");
    assert!(said.contains("refused"), "{said}");
}
