//! 50,000 packets a second through the kernel's world, without a loss.
#![cfg(target_os = "linux")]

mod world;

use nix::sys::signal::Signal;
use nix::sys::time::TimeSpec;
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
use std::fs::{self, File};
use std::net::UdpSocket;
use std::time::Duration;
use world::{Running, World, capture, carries, folder, possible, read};

/// 20 seconds, 50 packets in each millisecond.
const TICKS: u32 = 20_000;
const EACH: u32 = 50;

/// Follows its number in each packet.
const MARK: &[u8] = b"unanswered rate";

#[test]
fn fifty_thousand_packets_a_second_are_captured_without_a_loss() {
    if !possible(&["ip"]) {
        return;
    }
    let world = World::new("rate", &["a", "b"]);
    world.cable([("a", "east", "192.0.2.1/24"), ("b", "west", "192.0.2.2/24")]);
    let folder = folder("rate");
    let file = folder.join("all.pcapng");
    let places = format!("{}*", world.prefix);
    let arguments = ["--netns", &places, "--on", "east,west", "--protocol", "ntp", "-o"];
    let capture = Running::start(capture(&arguments).arg(&file), "capturing protocol ntp at 2 places");
    // A socket is bound, so that no error comes back; it is never read, and the kernel drops what has no room there, after
    // the point of capture.
    let listener = world.within("b", || UdpSocket::bind("192.0.2.2:123").unwrap());
    world.within("a", send);
    drop(listener);
    // Everything was handed to the kernel earlier: what is still in flight was stamped before the signal.
    capture.signal(Signal::SIGINT);
    let (status, said) = capture.end();
    assert_eq!(status.code(), Some(0), "{said}");
    let sent = usize::try_from(TICKS * EACH).unwrap();
    assert!(said.contains(&format!("captured {} packets at 2 places", 2 * sent)), "{said}");
    assert!(said.contains("the kernel dropped none"), "{said}");
    let mut counts = [0_usize; 2];
    let mut before = None;
    let vantages = read(File::open(&file).unwrap(), |seen| {
        assert!(carries(&seen.bytes, MARK));
        assert!(before <= Some(seen.time), "packets are in order of time");
        before = Some(seen.time);
        counts[seen.place] += 1;
    });
    assert_eq!(counts, [sent, sent]);
    assert!(vantages.iter().all(|vantage| vantage.dropped == Some(0)), "{vantages:?}");
    fs::remove_dir_all(folder).unwrap();
}

/// Sends all packets, a few in each millisecond; a late one is not made up for, so that no burst comes.
fn send() {
    let socket = UdpSocket::bind("192.0.2.1:1123").expect("the world does as it is told");
    let timer =
        TimerFd::new(ClockId::CLOCK_MONOTONIC, TimerFlags::empty()).expect("the world does as it is told");
    let tick = TimeSpec::from_duration(Duration::from_millis(1));
    timer.set(Expiration::Interval(tick), TimerSetTimeFlags::empty()).expect("the world does as it is told");
    let mut payload = [0x23; 48];
    payload[4..4 + MARK.len()].copy_from_slice(MARK);
    for number in 0..TICKS * EACH {
        if number % EACH == 0 {
            timer.wait().expect("the world does as it is told");
        }
        payload[..4].copy_from_slice(&number.to_be_bytes());
        socket.send_to(&payload, "192.0.2.2:123").expect("the world does as it is told");
    }
}
