//! How fast two million NTP packets are decoded and paired, in nanoseconds per packet.
//!
//! It compares, it does not assert: decoding alone beside decoding and pairing.
#![expect(
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    reason = "a benchmark prints its figures; its numbers are made to fit"
)]

use std::hint::black_box;
use std::time::Instant;
use unanswered_capture::VantageId;
use unanswered_exchange::{Exchanges, FrameId, Pairer, PairerConfig};
use unanswered_wire::{LinkType, Time, decode};

const REQUESTS: u32 = 1_000_000;

fn main() {
    // `cargo test --benches` runs this once, with few packets.
    let requests = if std::env::args().any(|a| a == "--bench") { REQUESTS } else { 1000 };
    let frames: Vec<(Time, Vec<u8>)> = (0..requests).flat_map(exchange).collect();
    let per_packet = |start: u128| (now() - start) / (2 * u128::from(requests));

    let start = now();
    for (_, frame) in &frames {
        black_box(decode(LinkType::Ethernet, frame, frame.len() as u32).ok());
    }
    println!("decode            {:>6} ns a packet", per_packet(start));

    let start = now();
    let mut pairer = Pairer::new(PairerConfig::default());
    for ((time, frame), number) in frames.iter().zip(1..) {
        if let Ok(packet) = decode(LinkType::Ethernet, frame, frame.len() as u32) {
            let id = FrameId { vantage: VantageId(0), input: 0, number };
            pairer.handle_packet(*time, id, &packet);
        }
    }
    println!("decode and pair   {:>6} ns a packet", per_packet(start));
    let exchanges = Exchanges::new(pairer, Vec::new(), Vec::new());
    println!("decode, pair, join{:>6} ns a packet", per_packet(start));
    println!("{:?}", exchanges.totals());
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

/// Request and reply number `i`: 200 clients, 4 servers, half from port 123 and half from 1-511.
fn exchange(i: u32) -> [(Time, Vec<u8>); 2] {
    let mixed = i.wrapping_mul(2_654_435_761) >> 8;
    let client = [10, 0, (mixed % 200 / 100) as u8, (mixed % 100) as u8];
    let server = [10, 9, 9, (mixed / 200 % 4) as u8];
    let port = if mixed & 0x4000 == 0 { 123 } else { 1 + (mixed / 1024 % 511) as u16 };
    let time = i64::from(i) * 500_000;
    let mut ask = [0u8; 48];
    ask[0] = 0x23;
    ask[40..].copy_from_slice(&(u64::from(i) << 32 | u64::from(mixed)).to_be_bytes());
    let mut answer = [0u8; 48];
    answer[0] = 0x24;
    answer[1] = 2;
    answer[24..32].copy_from_slice(&ask[40..]);
    answer[40..].copy_from_slice(&ask[40..]);
    let id = mixed as u16;
    [
        (Time::from_nanoseconds(time), frame(client, server, port, 123, id, &ask)),
        (Time::from_nanoseconds(time + 300_000), frame(server, client, 123, port, id, &answer)),
    ]
}

fn frame(source: [u8; 4], destination: [u8; 4], from: u16, to: u16, id: u16, payload: &[u8; 48]) -> Vec<u8> {
    let mut f = vec![2, 0, destination[0], destination[1], destination[2], destination[3]];
    f.extend([2, 0, source[0], source[1], source[2], source[3], 8, 0]);
    f.extend([0x45, 0, 0, 76]);
    f.extend(id.to_be_bytes());
    f.extend([0x40, 0, 64, 17, 0, 0]);
    f.extend(source);
    f.extend(destination);
    f.extend(from.to_be_bytes());
    f.extend(to.to_be_bytes());
    f.extend([0, 56]);
    f.extend(id.rotate_left(3).to_be_bytes());
    f.extend(payload);
    f
}
