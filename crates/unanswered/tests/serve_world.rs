//! `unanswered lab serve` in network namespaces of the kernel: clients with chosen source ports, behind a translation, and
//! real ones (dig, chronyd).
#![cfg(target_os = "linux")]

mod world;

use nix::sys::signal::Signal;
use std::net::{SocketAddr, UdpSocket};
use std::process::{Command, Stdio};
use world::{PATIENCE, Running, World, possible};

const SERVER: &str = "10.91.1.2";

/// A client and a server with a cable between them.
fn pair(kind: &str) -> World {
    let world = World::new(kind, &["c", "s"]);
    world.cable([("c", "right", "10.91.1.1/24"), ("s", "left", "10.91.1.2/24")]);
    world
}

/// `lab serve` in the server's namespace, on the service's own port.
fn serve(world: &World, behaviour: &str, count: &str) -> Running {
    let mut command = world.command("s", env!("CARGO_BIN_EXE_unanswered"));
    command.args(["lab", "serve", "--behaviour", behaviour, "--listen", "0.0.0.0", "--count", count]);
    for name in ["SUDO_UID", "SUDO_GID"] {
        command.env_remove(name);
    }
    Running::start(&mut command, "serving ")
}

/// A request of NTP version 4, from this port, that is answered or not.
fn ask(port: u16) -> UdpSocket {
    let socket = UdpSocket::bind(("10.91.1.1", port)).expect("root may bind any port");
    socket.set_read_timeout(Some(PATIENCE)).expect("a time");
    let mut request = [0; 48];
    request[0] = 0x23;
    socket.send_to(&request, (SERVER, 123)).expect("there is a cable");
    socket
}

fn answered(socket: &UdpSocket) {
    let mut reply = [0; 64];
    let (length, from) = socket.recv_from(&mut reply).expect("an answer");
    assert_eq!((length, from), (48, SocketAddr::from(([10, 91, 1, 2], 123))));
    // Version 4, a server's reply.
    assert_eq!(reply[0] & 0x3f, 0x24);
}

#[test]
fn an_affected_ntpd_answers_ports_123_and_50000_and_not_port_100() {
    if !possible(&["ip"]) {
        return;
    }
    let world = pair("sv");
    let server = serve(&world, "ntpd-4.2.7p273", "3");
    world.within("c", || {
        let low = ask(100);
        for port in [123, 50_000] {
            answered(&ask(port));
        }
        // The server has ended: what is not there by now does not come.
        let (status, said) = server.end();
        assert!(status.success());
        assert!(said.contains("dropped all capabilities"), "{said}");
        assert!(said.contains(": 2 answered, 0 refused, 1 dropped"), "{said}");
        assert!(said.contains("1 dropped: a source port that the program drops"), "{said}");
        low.set_nonblocking(true).expect("a flag");
        assert!(low.recv_from(&mut [0; 64]).is_err());
    });
    // The remedy: the first version without the fault.
    let server = serve(&world, "ntpd-4.2.7p274", "1");
    world.within("c", || answered(&ask(100)));
    assert!(server.end().1.contains("1 answered"));
}

#[test]
fn a_signal_ends_it_with_the_summary() {
    if !possible(&["ip"]) {
        return;
    }
    let world = pair("sg");
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let server = serve(&world, "chrony,ports=even", "1000");
        world.within("c", || answered(&ask(2000)));
        server.signal(signal);
        let (status, said) = server.end();
        assert!(status.success(), "{said}");
        assert!(said.contains("1 request in "), "{said}");
    }
}

#[test]
fn dig_gets_an_address_and_a_refusal_and_nothing() {
    if !possible(&["ip", "dig"]) {
        return;
    }
    let world = pair("sd");
    let dig = |more: &[&str]| {
        let mut command = world.command("c", "dig");
        command.args([&["@10.91.1.2", "+tries=1"], more].concat());
        let output = command.stderr(Stdio::null()).output().expect("dig runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let server = serve(&world, "dns,ignores-edns", "2");
    assert_eq!(dig(&["+short", "+noedns", "+timeout=30", "example.org"]).trim(), "192.0.2.1");
    assert!(dig(&["+timeout=1", "example.org"]).contains("no servers could be reached"));
    assert!(server.end().1.contains("1 dropped: a query with EDNS"));
    let server = serve(&world, "dns,refuses", "1");
    assert!(dig(&["+timeout=30", "example.org"]).contains("status: REFUSED"));
    assert!(server.end().1.contains("0 answered, 1 refused"));
}

/// A real client behind a translation: from a low port it hears nothing, from a high one it does. Runs where chronyd is
/// installed, which no other test needs.
#[test]
fn chronyd_behind_a_translation_to_a_low_port_gets_nothing_from_an_affected_server() {
    let there = Command::new("chronyd").arg("--version").stdout(Stdio::null()).status();
    if !there.is_ok_and(|status| status.success()) {
        println!("SKIPPED: it needs chronyd");
        return;
    }
    if !possible(&["ip", "nft"]) {
        return;
    }
    let world = pair("sc");
    let nft = |command: &str| {
        let done = world.command("c", "nft").args(command.split(' ')).status();
        assert!(done.is_ok_and(|status| status.success()), "nft {command}");
    };
    nft("add table ip nat");
    nft("add chain ip nat post { type nat hook postrouting priority 100 ; }");
    for (port, ending) in
        [("100", "0 answered, 0 refused, 1 dropped"), ("40000", "1 answered, 0 refused, 0 dropped")]
    {
        nft("flush chain ip nat post");
        nft(&format!("add rule ip nat post udp dport 123 masquerade to :{port}"));
        let server = serve(&world, "ntpd-4.2.7p273", "1");
        // -x: never touches the clock; -Q: prints the offset, and ends after -t seconds at the latest.
        let mut command = world.command("c", "chronyd");
        // A file of its own: chronyd writes over it, and removes it at the end, whatever it is.
        let pid = std::env::temp_dir().join(format!("{}.pid", world.prefix));
        command.args([
            "-x",
            "-Q",
            "-t",
            "4",
            "server 10.91.1.2 iburst",
            "cmdport 0",
            &format!("pidfile {}", pid.display()),
        ]);
        let client = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let said = server.end().1;
        client.expect("chronyd runs").wait().expect("our own child");
        // It may have had no right to remove it.
        let _ = std::fs::remove_file(&pid);
        assert!(said.contains(ending), "port {port}: {said}");
    }
}
