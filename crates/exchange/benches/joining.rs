//! How fast ten million sightings are joined: a million NTP requests and their replies at ten places,
//! through a translation in the middle, one in fifty lost somewhere. It also reports the memory used.
//!
//! It compares, it does not assert. Frames are made as they are needed and not kept; the time that takes
//! is measured first and is included in the figure for pairing.
#![expect(
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "a benchmark prints its figures; its numbers are made to fit"
)]

use std::hint::black_box;
use std::time::Instant;
use unanswered_capture::VantageId;
use unanswered_exchange::follow::Follow;
use unanswered_exchange::{Exchanges, FrameId, Pairer, PairerConfig};
use unanswered_wire::{LinkType, Time, decode};

const REQUESTS: u32 = 1_010_000;
const PLACES: u16 = 10;
/// The translation is behind this place.
const NAT_BEHIND: u16 = 6;

fn main() {
    // `cargo test --benches` runs this once, with few requests.
    let requests = if std::env::args().any(|a| a == "--bench") { REQUESTS } else { 500 };
    let seconds = |start: u128| (now() - start) as f64 / 1e9;

    let start = now();
    let mut frames = 0_u64;
    each_frame(requests, |_, time, bytes| {
        frames += 1;
        black_box((time, bytes));
    });
    println!("making {frames} frames     {:>7.2} s", seconds(start));

    let start = now();
    let mut pairer = Pairer::new(PairerConfig::default());
    let mut number = 0_u64;
    each_frame(requests, |place, time, bytes| {
        number += 1;
        if let Ok(packet) = decode(LinkType::Ethernet, bytes, bytes.len() as u32) {
            pairer.handle_packet(time, FrameId { vantage: VantageId(place), input: 0, number }, &packet);
        }
    });
    println!("decode and pair            {:>7.2} s", seconds(start));

    let start = now();
    let exchanges = Exchanges::new(pairer, Vec::new(), Vec::new());
    println!("join                       {:>7.2} s", seconds(start));

    let start = now();
    let follow = Follow::new(&exchanges);
    println!("follow                     {:>7.2} s", seconds(start));

    let sightings: usize = exchanges.iter().map(|e| e.sightings().len()).sum();
    let lost: u64 = follow.links().iter().map(|l| l.requests.lost()).sum();
    println!(
        "{sightings} sightings of {} requests; {} links, {lost} requests lost on them, {} mappings",
        exchanges.len(),
        follow.links().len(),
        follow.nat().mappings.len()
    );
    println!("peak memory                {:>7} MB", peak_memory() / 1000);
}

/// Nanoseconds of processor time of this thread, so that other work on the machine does not count;
/// wall time where Linux's schedstat is missing.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
fn now() -> u128 {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let schedstat = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let on_processor = schedstat.and_then(|s| s.split(' ').next()?.parse().ok());
    on_processor.unwrap_or_else(|| START.get_or_init(Instant::now).elapsed().as_nanos())
}

/// Largest resident memory so far, in kB; 0 where Linux's proc file system is missing.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.and_then(|l| l.trim().split(' ').next()?.parse().ok()).unwrap_or(0)
}

/// All frames in order of time: request i passes place p after 20 us per place.
fn each_frame(requests: u32, mut take: impl FnMut(u16, Time, &[u8])) {
    for i in 0..requests {
        let mixed = i.wrapping_mul(2_654_435_761) >> 7;
        let start = i64::from(i) * 600_000;
        let at = |steps: u16| Time::from_nanoseconds(start + i64::from(steps) * 20_000);
        let last = if mixed % 50 == 0 { (mixed / 64 % u32::from(PLACES)) as u16 } else { PLACES - 1 };
        let exchange = Exchange::new(i, mixed);
        for place in 0..=last {
            take(place, at(place), &exchange.request(place));
        }
        if last < PLACES - 1 {
            continue;
        }
        for place in (0..PLACES).rev() {
            take(place, at(2 * PLACES - place), &exchange.reply(place));
        }
    }
}

/// What stays the same along the path of a request.
struct Exchange {
    client: [u8; 4],
    server: [u8; 4],
    port: u16,
    id: u16,
    transmit: [u8; 8],
}

impl Exchange {
    fn new(i: u32, mixed: u32) -> Self {
        let client = (mixed / 8 % 400) as u16;
        Self {
            client: [10, 0, (client / 100) as u8, (client % 100) as u8],
            server: [198, 51, 100, 1 + (mixed % 4) as u8],
            port: 1024 + client * 7,
            id: mixed as u16,
            transmit: (u64::from(i) << 32 | u64::from(mixed)).to_be_bytes(),
        }
    }

    /// Client as seen at the place: translated behind the router.
    fn client(&self, place: u16) -> ([u8; 4], u16, u8) {
        if place > NAT_BEHIND { ([203, 0, 113, 1], self.port, 63) } else { (self.client, 123, 64) }
    }

    fn request(&self, place: u16) -> [u8; 90] {
        let (client, port, ttl) = self.client(place);
        let mut payload = [0_u8; 48];
        payload[0] = 0x23;
        payload[40..].copy_from_slice(&self.transmit);
        frame((client, port), (self.server, 123), ttl, self.id, &payload)
    }

    fn reply(&self, place: u16) -> [u8; 90] {
        let (client, port, ttl) = self.client(place);
        let mut payload = [0_u8; 48];
        payload[..2].copy_from_slice(&[0x24, 2]);
        payload[24..32].copy_from_slice(&self.transmit);
        payload[40..].copy_from_slice(&self.transmit);
        frame((self.server, 123), (client, port), 127 - ttl, 0, &payload)
    }
}

fn frame(from: ([u8; 4], u16), to: ([u8; 4], u16), ttl: u8, id: u16, payload: &[u8; 48]) -> [u8; 90] {
    let mut f = [0_u8; 90];
    f[..2].copy_from_slice(&[2, 0]);
    f[2..6].copy_from_slice(&to.0);
    f[6..8].copy_from_slice(&[2, 0]);
    f[8..12].copy_from_slice(&from.0);
    f[12..18].copy_from_slice(&[8, 0, 0x45, 0, 0, 76]);
    f[18..20].copy_from_slice(&id.to_be_bytes());
    f[20..24].copy_from_slice(&[0x40, 0, ttl, 17]);
    f[26..30].copy_from_slice(&from.0);
    f[30..34].copy_from_slice(&to.0);
    f[34..36].copy_from_slice(&from.1.to_be_bytes());
    f[36..38].copy_from_slice(&to.1.to_be_bytes());
    f[38..40].copy_from_slice(&[0, 56]);
    f[42..].copy_from_slice(payload);
    f
}
