//! Six namespaces in a row, and at every place the frames that tcpdump sees there.
#![cfg(target_os = "linux")]

mod world;

use nix::ifaddrs::getifaddrs;
use nix::sys::signal::Signal;
use nix::sys::socket::{
    AddressFamily, LinkAddr, MsgFlags, SockFlag, SockProtocol, SockType, SockaddrIn, bind, send, sendto,
    socket,
};
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddrV4, TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsRawFd as _;
use std::process::Stdio;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use unanswered_wire::Direction;
use world::{PATIENCE, Running, Seen, World, capture, carries, possible, read};

/// Marks the last packet that crosses a place: a bridge, the overlay, any other. None of them is part of another, and
/// the last one is sent last.
const MARKS: [&[u8]; 3] = [b"the last of a bridge", b"the last of the overlay", b"the last of a place"];

const NAMES: [&str; 6] = ["n1", "n2", "n3", "n4", "n5", "n6"];

/// Frames of each place, with how often each occurs.
type Frames = BTreeMap<String, BTreeMap<Vec<u8>, u32>>;

#[test]
fn every_place_of_six_namespaces_shows_what_tcpdump_shows_there() {
    if !possible(&["ip", "tcpdump"]) {
        return;
    }
    let world = World::new("six", &NAMES);
    let overlay = wire_up(&world);
    let places = places(&world, overlay);
    let mut all = capture(&["--netns", &format!("{}*", world.prefix), "-o", "-"]);
    let ours =
        Listener::start(all.stdout(Stdio::piped()), "capturing everything", None, (&MARKS, places.len()));
    let theirs: Vec<Listener> = places.iter().map(|(name, device)| tcpdump(&world, name, device)).collect();
    talk(&world, overlay);
    mark(&world, overlay);
    let places: Vec<String> =
        places.iter().map(|(name, device)| format!("{}/{device}", world.name(name))).collect();
    let (ours, said, directions) = ours.end(&places);
    let mut expected = Frames::new();
    for listener in theirs {
        let (frames, said, _) = listener.end(&[]);
        assert!(said.contains("0 packets dropped by kernel"), "{said}");
        expected.extend(frames);
    }
    assert!(said.contains("the kernel dropped none"), "{said}");
    assert_eq!(ours.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (place, frames) in &expected {
        let (mine, count) = (&ours[place], frames.values().sum::<u32>());
        assert!(count > 0, "{place} has packets");
        let missing: Vec<_> =
            frames.iter().filter(|(bytes, count)| mine.get(*bytes) != Some(*count)).collect();
        let more: Vec<_> = mine.keys().filter(|bytes| !frames.contains_key(*bytes)).collect();
        assert!(
            missing.is_empty() && more.is_empty(),
            "{place}, {count} frames: missing {missing:02x?}, more {more:02x?}"
        );
    }
    assert!(directions > 100, "{directions} frames tell both directions");
}

/// n1 - n2 (router) - n3 (bridge) - n4 (router) - n5 (bridge) - n6, and an overlay from n1 to n6 where the
/// kernel knows VXLAN; returns whether it does.
fn wire_up(world: &World) -> bool {
    world.cable([("n1", "right", "10.77.1.1/24"), ("n2", "left", "10.77.1.2/24")]);
    world.cable([("n2", "right", "10.77.2.1/24"), ("n3", "left", "")]);
    world.cable([("n3", "right", ""), ("n4", "left", "10.77.2.2/24")]);
    world.cable([("n4", "right", "10.77.3.1/24"), ("n5", "left", "")]);
    world.cable([("n5", "right", ""), ("n6", "left", "10.77.3.2/24")]);
    for (bridge, address) in [("n3", "10.77.2.9/24"), ("n5", "10.77.3.9/24")] {
        world.ip(bridge, "link add br0 type bridge");
        for port in ["left", "right"] {
            world.ip(bridge, &format!("link set {port} master br0"));
        }
        world.ip(bridge, &format!("addr add {address} dev br0"));
        world.ip(bridge, "link set br0 up");
    }
    world.ip("n1", "route add default via 10.77.1.2");
    world.ip("n2", "route add 10.77.3.0/24 via 10.77.2.2");
    world.ip("n4", "route add 10.77.1.0/24 via 10.77.2.1");
    world.ip("n6", "route add default via 10.77.3.1");
    let ends =
        [("n1", "10.77.1.1", "10.77.3.2", "10.88.0.1/24"), ("n6", "10.77.3.2", "10.77.1.1", "10.88.0.2/24")];
    for (name, local, remote, address) in ends {
        let link = format!("link add vx0 type vxlan id 7 local {local} remote {remote} dstport 4789");
        if !world.try_ip(name, &link) {
            // ip has reported that this kernel has none; the test continues without.
            return false;
        }
        world.ip(name, &format!("addr add {address} dev vx0"));
        world.ip(name, "link set vx0 up");
    }
    true
}

fn places(world: &World, overlay: bool) -> Vec<(&'static str, &'static str)> {
    let mut places = Vec::new();
    for name in NAMES {
        let devices = ["lo", "left", "right", "br0", "vx0"];
        let there = devices.into_iter().filter(|device| match (name, *device) {
            ("n1", "left") | ("n6", "right") => false,
            ("n3" | "n5", "br0") => true,
            (_, "br0") => false,
            ("n1" | "n6", "vx0") => overlay,
            (_, "vx0") => false,
            _ => true,
        });
        places.extend(there.map(|device| (name, device)));
    }
    assert!(places.len() >= 18 && world.prefix.len() < 20);
    places
}

fn tcpdump(world: &World, name: &str, device: &str) -> Listener {
    let mut command = world.command(name, "tcpdump");
    command.args(["-i", device, "-n", "-U", "-B", "16384", "-s", "262144", "-w", "-"]);
    let place = format!("{}/{device}", world.name(name));
    let mark = match device {
        "br0" => 0,
        "vx0" => 1,
        _ => 2,
    };
    // It releases what its ring still holds, so that the very last packet has to be waited for.
    Listener::start(command.stdout(Stdio::piped()), "listening on", Some(place), (&MARKS[mark..=mark], 1))
}

/// A program that captures to its standard output, and a thread that reads it.
struct Listener {
    program: Running,
    marks: Receiver<usize>,
    places: usize,
    /// The place, where the capture does not name it.
    place: Option<String>,
    reader: JoinHandle<(Vec<Seen>, Vec<String>)>,
}

impl Listener {
    fn start(
        command: &mut std::process::Command,
        ready: &str,
        place: Option<String>,
        (own, places): (&'static [&'static [u8]], usize),
    ) -> Self {
        let mut program = Running::start(command, ready);
        let output = program.child.stdout.take().expect("a pipe");
        let (send, marks) = channel();
        let reader = std::thread::spawn(move || collect(output, own, &send));
        Self { program, marks, places, place, reader }
    }

    /// Waits until each place has seen its last packet, and ends the program: frames by place, what it reported, and
    /// how many frames appear both outgoing and incoming.
    fn end(self, names: &[String]) -> (Frames, String, usize) {
        let mut marked = vec![false; self.places.max(names.len())];
        while marked.iter().any(|marked| !marked) {
            match self.marks.recv_timeout(PATIENCE) {
                Ok(place) => marked[place] = true,
                Err(_) => panic!("{:?}: no mark at {marked:?} of {names:?}", self.place),
            }
        }
        self.program.signal(Signal::SIGINT);
        let (seen, interfaces) = self.reader.join().expect("a capture");
        let (status, said) = self.program.end();
        assert!(status.success(), "{said}");
        let (mut frames, mut ways) = (Frames::new(), BTreeMap::<Vec<u8>, [bool; 2]>::new());
        // The kernel reports its groups (IGMP) whenever it likes, even while the last capture ends.
        for one in seen.into_iter().filter(|one| one.bytes.get(12..14) != Some(&[8, 0]) || one.bytes[23] != 2)
        {
            let name = self.place.as_ref().unwrap_or_else(|| &interfaces[one.place]);
            let way = ways.entry(one.bytes.clone()).or_default();
            way[0] |= one.direction == Some(Direction::In);
            way[1] |= one.direction == Some(Direction::Out);
            *frames.entry(name.clone()).or_default().entry(one.bytes).or_default() += 1;
        }
        (frames, said, ways.values().filter(|way| **way == [true, true]).count())
    }
}

fn collect(
    output: std::process::ChildStdout,
    own: &[&[u8]],
    marks: &Sender<usize>,
) -> (Vec<Seen>, Vec<String>) {
    let mut seen = Vec::new();
    let vantages = read(output, |one| {
        if own.iter().any(|mark| carries(&one.bytes, mark)) {
            // The receiver is gone once all marks are there.
            let _ = marks.send(one.place);
        }
        seen.push(one);
    });
    let names = vantages.into_iter().map(|vantage| vantage.interface.unwrap_or_default());
    (seen, names.collect())
}

/// UDP with answers and with refusals, fragments, ICMP, TCP with large segments, tags, and the same inside VXLAN.
fn talk(world: &World, overlay: bool) {
    let server = world.within("n6", || UdpSocket::bind("0.0.0.0:123").expect("the world does as it is told"));
    let client =
        world.within("n1", || UdpSocket::bind("0.0.0.0:1123").expect("the world does as it is told"));
    for socket in [&server, &client] {
        socket.set_read_timeout(Some(PATIENCE)).expect("the world does as it is told");
    }
    let targets = if overlay { vec!["10.77.3.2", "10.88.0.2"] } else { vec!["10.77.3.2"] };
    let mut room = [0; 8192];
    for target in targets {
        for number in 0..50_u8 {
            let payload = vec![number; if number % 10 == 9 { 4000 } else { 48 }];
            client.send_to(&payload, (target, 123)).expect("the world does as it is told");
            let (length, from) = server.recv_from(&mut room).expect("the world does as it is told");
            server.send_to(&room[..length], from).expect("the world does as it is told");
            assert_eq!(client.recv_from(&mut room).expect("the world does as it is told").0, payload.len());
        }
        // A port on which nothing listens: the host says so, and the error comes back to the socket.
        let refused =
            world.within("n1", || UdpSocket::bind("0.0.0.0:0").expect("the world does as it is told"));
        refused.set_read_timeout(Some(PATIENCE)).expect("the world does as it is told");
        refused.connect((target, 53)).expect("the world does as it is told");
        refused
            .send(&[0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1])
            .expect("the world does as it is told");
        assert!(refused.recv(&mut room).is_err());
        world.within("n1", || ping(target));
        transfer(world, target);
    }
    world.within("n2", tagged);
}

/// Echo requests; the kernel answers.
fn ping(target: &str) {
    let handle =
        socket(AddressFamily::Inet, SockType::Raw, SockFlag::empty(), SockProtocol::Icmp).expect("root may");
    let address =
        SockaddrIn::from(SocketAddrV4::new(target.parse().expect("the world does as it is told"), 0));
    for number in 0..5_u8 {
        let mut echo = [8, 0, 0, 0, 0, 7, 0, number, 1, 2, 3, 4];
        let sum = echo.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(pair[1])).sum::<u32>();
        let sum = !u16::try_from((sum & 0xffff) + (sum >> 16)).expect("the world does as it is told");
        echo[2..4].copy_from_slice(&sum.to_be_bytes());
        sendto(handle.as_raw_fd(), &echo, &address, MsgFlags::empty()).expect("the world does as it is told");
    }
}

/// 300 kB over TCP: segments of more than an MTU, as segmentation offload leaves them.
fn transfer(world: &World, target: &str) {
    let listener =
        world.within("n6", || TcpListener::bind("0.0.0.0:0").expect("the world does as it is told"));
    let port = listener.local_addr().expect("the world does as it is told").port();
    let mut client =
        world.within("n1", || TcpStream::connect((target, port)).expect("the world does as it is told"));
    let (mut server, _) = listener.accept().expect("the world does as it is told");
    let reader = std::thread::spawn(move || {
        let mut all = Vec::new();
        server.read_to_end(&mut all).expect("the world does as it is told");
        all.len()
    });
    client.write_all(&vec![7; 300_000]).expect("the world does as it is told");
    drop(client);
    assert_eq!(reader.join().expect("the world does as it is told"), 300_000);
}

/// Frames with one and two VLAN tags: the kernel on the other side removes the outer one.
fn tagged() {
    let handle = socket(AddressFamily::Packet, SockType::Raw, SockFlag::empty(), None).expect("root may");
    let right =
        getifaddrs().expect("the world does as it is told").filter(|entry| entry.interface_name == "right");
    let address: LinkAddr =
        right.filter_map(|entry| entry.address?.as_link_addr().copied()).next().expect("there is one");
    bind(handle.as_raw_fd(), &address).expect("the world does as it is told");
    for tags in [&[0x81, 0, 0x20, 5][..], &[0x88, 0xa8, 0, 6, 0x81, 0, 0, 7]] {
        let addresses = [2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 8];
        let frame = [&addresses, tags, &[0x08, 0, 0x45, 0, 0, 20], &[0; 40]].concat();
        send(handle.as_raw_fd(), &frame, MsgFlags::empty()).expect("the world does as it is told");
    }
}

/// A last packet across every place.
fn mark(world: &World, overlay: bool) {
    for name in NAMES {
        world.within(name, || {
            let socket = UdpSocket::bind("127.0.0.1:0").expect("the world does as it is told");
            let itself = socket.local_addr().expect("the world does as it is told");
            socket.send_to(MARKS[2], itself).expect("the world does as it is told");
        });
    }
    for (name, everybody) in [("n3", "10.77.2.255"), ("n5", "10.77.3.255")] {
        world.within(name, || {
            let socket = UdpSocket::bind("0.0.0.0:0").expect("the world does as it is told");
            socket.set_broadcast(true).expect("the world does as it is told");
            socket.send_to(MARKS[0], (everybody, 9)).expect("the world does as it is told");
        });
    }
    let server = world.within("n6", || UdpSocket::bind("0.0.0.0:9").expect("the world does as it is told"));
    server.set_read_timeout(Some(PATIENCE)).expect("the world does as it is told");
    // The broadcast of n5 comes to this socket as well.
    let targets = [(MARKS[1], "10.88.0.2"), (MARKS[2], "10.77.3.2")];
    for (mark, target) in targets.into_iter().skip(usize::from(!overlay)) {
        world.within("n1", || {
            UdpSocket::bind("0.0.0.0:0")
                .expect("the world does as it is told")
                .send_to(mark, (target, 9))
                .expect("the world does as it is told")
        });
        let mut room = [0; 64];
        while !carries(&room, mark) {
            server.recv(&mut room).expect("the world does as it is told");
        }
    }
}
