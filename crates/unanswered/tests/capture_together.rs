//! Twenty namespaces in a row, crossed by packets all the time while a capture starts and ends: each packet in the
//! file is there at every place of its path.
#![cfg(target_os = "linux")]

mod world;

use nix::sys::signal::Signal;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::UdpSocket;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use unanswered_wire::Time;
use world::{PATIENCE, Running, World, capture, folder, possible, read};

const NAMESPACES: usize = 20;

/// An Ethernet header, an IPv4 header and a UDP header.
const HEADERS: usize = 42;

/// The payload: this, a number, and whether it is the answer.
const MARK: &[u8] = b"crosses all";

/// Round trips while the capture runs.
const ROUNDS: usize = 2000;

#[test]
fn a_packet_that_is_seen_at_one_place_is_seen_at_all_however_the_capture_starts_and_ends() {
    if !possible(&["ip"]) {
        return;
    }
    let names: Vec<String> = (1..=NAMESPACES).map(|number| format!("n{number:02}")).collect();
    let world = World::new("tog", &names.iter().map(String::as_str).collect::<Vec<_>>());
    let path = wire_up(&world, &names);
    let folder = folder("together");
    let file = folder.join("all.pcapng");
    let (client, server) = ends(&world, &names);
    let (stop, (said, rounds)) = (AtomicBool::new(false), channel());
    std::thread::scope(|scope| {
        scope.spawn(|| echo(&server));
        scope.spawn(|| talk(&client, &stop, &said));
        // It goes away with a failure, which ends the talk.
        let rounds = rounds;
        // Packets cross before the capture starts and after it has ended.
        wait_for(&rounds, 10);
        let places = format!("{}*", world.prefix);
        let arguments = ["--netns", &places, "--on", "left,right", "--port", "7777", "--ring", "4", "-o"];
        let capture = Running::start(capture(&arguments).arg(&file), "capturing port 7777 at 38 places");
        wait_for(&rounds, ROUNDS);
        capture.signal(Signal::SIGINT);
        let (status, words) = capture.end();
        wait_for(&rounds, 10);
        stop.store(true, Ordering::Relaxed);
        assert!(status.success() && words.contains("the kernel dropped none"), "{words}");
    });
    let span = span(&fs::read(&file).unwrap());
    check(sightings(&file, &path, span));
    fs::remove_dir_all(folder).unwrap();
}

/// Hosts at both ends and bridges between them; returns the places in the order in which a request passes them.
fn wire_up(world: &World, names: &[String]) -> Vec<String> {
    let mut path = Vec::new();
    let last = names.len() - 1;
    for (number, pair) in names.windows(2).enumerate() {
        let near = if number == 0 { "10.77.9.1/24" } else { "" };
        let far = if number + 1 == last { "10.77.9.2/24" } else { "" };
        world.cable([(&pair[0], "right", near), (&pair[1], "left", far)]);
        path.push(format!("{}/right", world.name(&pair[0])));
        path.push(format!("{}/left", world.name(&pair[1])));
    }
    for name in &names[1..last] {
        world.ip(name, "link add br0 type bridge");
        for port in ["left", "right"] {
            world.ip(name, &format!("link set {port} master br0"));
        }
        world.ip(name, "link set br0 up");
    }
    path
}

fn ends(world: &World, names: &[String]) -> (UdpSocket, UdpSocket) {
    let client = world.within(&names[0], || UdpSocket::bind("10.77.9.1:7777").expect("a free port"));
    let server =
        world.within(&names[names.len() - 1], || UdpSocket::bind("10.77.9.2:7777").expect("a free port"));
    client.connect("10.77.9.2:7777").expect("a route");
    server.connect("10.77.9.1:7777").expect("a route");
    for socket in [&client, &server] {
        socket.set_read_timeout(Some(PATIENCE)).expect("the world does as it is told");
    }
    (client, server)
}

/// Asks again as soon as there is an answer, so that only one packet is on its way at any moment; an empty one is the
/// last.
fn talk(client: &UdpSocket, stop: &AtomicBool, said: &Sender<()>) {
    let mut room = [0; 64];
    for number in 0_u64.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        client.send(&[MARK, &number.to_be_bytes(), &[0]].concat()).expect("it is sent");
        client.recv(&mut room).expect("an answer");
        // After a failure nobody listens, and it has to end all the same.
        if said.send(()).is_err() {
            break;
        }
    }
    client.send(&[]).expect("it is sent");
}

fn echo(server: &UdpSocket) {
    let mut room = [0; 64];
    loop {
        let length = server.recv(&mut room).expect("a request");
        let Some(answer) = room[..length].last_mut() else { return };
        *answer = 1;
        server.send(&room[..length]).expect("it is sent");
    }
}

/// Waits for this many round trips that end from now on.
fn wait_for(rounds: &Receiver<()>, count: usize) {
    rounds.try_iter().for_each(drop);
    for _ in 0..count {
        rounds.recv_timeout(PATIENCE).expect("packets cross the world");
    }
}

/// How often a packet was seen at each place, in the order in which it passes them; by its place in the row of all
/// packets.
type Sightings = BTreeMap<u64, Vec<u32>>;

fn sightings(file: &Path, path: &[String], (start, end): (Time, Time)) -> Sightings {
    let mut seen = Vec::new();
    let vantages = read(File::open(file).expect("the capture"), |one| {
        assert!((start..=end).contains(&one.time), "{:?} is outside {start:?} to {end:?}", one.time);
        if let Some(payload) = one.bytes.get(HEADERS..).and_then(|payload| payload.strip_prefix(MARK)) {
            seen.push((one.place, payload.to_vec()));
        }
    });
    let names = vantages.iter().map(|vantage| vantage.interface.clone().expect("a name"));
    let position: Vec<usize> = names
        .map(|name| path.iter().position(|place| *place == name).expect("a place of the path"))
        .collect();
    let mut sightings = Sightings::new();
    for (place, payload) in seen {
        let (number, answer) = payload.split_first_chunk().expect("a number");
        let answer = answer[0] == 1;
        let at = if answer { path.len() - 1 - position[place] } else { position[place] };
        let packet = u64::from_be_bytes(*number) * 2 + u64::from(answer);
        sightings.entry(packet).or_insert_with(|| vec![0; path.len()])[at] += 1;
    }
    sightings
}

/// Every packet is seen once at every place. Only one is on its way at any moment, so that the beginning can cut one
/// packet in two, which is then the first and is seen from some place on; and the end another, seen up to some place.
fn check(mut sightings: Sightings) {
    let (_, first) = sightings.pop_first().expect("packets");
    let (_, last) = sightings.pop_last().expect("packets");
    assert!(first.is_sorted() && first.ends_with(&[1]), "the first, in the order of its path: {first:?}");
    assert!(last.is_sorted_by(|a, b| a >= b) && last.starts_with(&[1]), "the last: {last:?}");
    assert!(sightings.len() >= ROUNDS, "{} packets", sightings.len());
    let partly: Vec<_> =
        sightings.iter().filter(|(_, places)| places.iter().any(|count| *count != 1)).collect();
    let some = &partly[..partly.len().min(5)];
    assert!(partly.is_empty(), "{} of {} packets not at all places: {some:?}", partly.len(), sightings.len());
}

/// The beginning and the end that the statistics of all interfaces agree on.
fn span(bytes: &[u8]) -> (Time, Time) {
    const STATISTICS: u32 = 5;
    let word = |at: usize| u32::from_le_bytes(*bytes[at..].first_chunk().expect("a whole block"));
    let half = |at: usize| u16::from_le_bytes(*bytes[at..].first_chunk().expect("a whole block"));
    let (mut spans, mut block) = (Vec::new(), 0);
    while block < bytes.len() {
        let next = block + word(block + 4) as usize;
        let (mut option, mut times) = (block + 20, BTreeMap::new());
        while word(block) == STATISTICS && half(option) != 0 {
            let (code, length) = (half(option), usize::from(half(option + 2)));
            if length == 8 {
                let value = i64::from(word(option + 4)) << 32 | i64::from(word(option + 8));
                times.insert(code, Time::from_nanoseconds(value));
            }
            option += 4 + length.next_multiple_of(4);
        }
        // isb_starttime and isb_endtime.
        spans.extend(times.get(&2).copied().zip(times.get(&3).copied()));
        block = next;
    }
    assert_eq!(spans.len(), NAMESPACES * 2 - 2);
    assert!(spans.iter().all(|span| *span == spans[0]), "{spans:?}");
    spans[0]
}
