//! Reading, decoding and recognising NTP packets from memory, on one core: `cargo bench -p
//! unanswered-capture`. With file names, reads those instead.
#![expect(clippy::print_stdout, reason = "a benchmark prints")]
#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]

use std::hint::black_box;
use std::io::Cursor;
use std::time::Instant;
use unanswered_capture::{InputSpec, Merged, PcapWriter, PcapngWriter, Vantages, open, open_stream};
use unanswered_wire::{LinkType, Time, decode, recognise};

const PACKETS: u32 = 500_000;

fn main() {
    let files: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    if files.is_empty() {
        let pcap = pcap();
        measure("pcap", || memory(&pcap));
        let pcapng = pcapng();
        measure("pcapng", || memory(&pcapng));
    }
    for file in files {
        measure(&file, || {
            let vantages = Vantages::new();
            let reader = open(&InputSpec::new(&file), &vantages).expect("a readable capture");
            Merged::new(vec![reader], vantages)
        });
    }
}

fn memory(bytes: &[u8]) -> Merged {
    let vantages = Vantages::new();
    let source = Box::new(Cursor::new(bytes.to_vec()));
    let reader = open_stream(&InputSpec::new("memory"), source, None, &vantages);
    Merged::new(vec![reader.expect("a capture just written")], vantages)
}

/// Seconds of this thread's own processor time where Linux reports it, so that a busy machine does not
/// matter; otherwise wall-clock time.
struct Stopwatch(Instant, Option<f64>);

impl Stopwatch {
    fn start() -> Self {
        Self(Instant::now(), Self::processor())
    }

    fn seconds(&self) -> f64 {
        let clock = self.0.elapsed().as_secs_f64();
        self.1.zip(Self::processor()).map_or(clock, |(from, to)| to - from)
    }

    fn processor() -> Option<f64> {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        text.split(' ').next()?.parse::<f64>().ok().map(|nanoseconds| nanoseconds / 1e9)
    }
}

fn measure(name: &str, open: impl Fn() -> Merged) {
    type Run = fn(&mut Merged) -> u64;
    let stages: [(&str, Run); 3] =
        [("read", read), ("read + decode", read_decode), ("read + decode + message", read_message)];
    for (stage, run) in stages {
        let (mut best, mut packets) = (f64::INFINITY, 0);
        for _ in 0..3 {
            let mut frames = open();
            let start = Stopwatch::start();
            packets = black_box(run(&mut frames));
            best = best.min(start.seconds());
        }
        let rate = packets as f64 / best / 1e6;
        println!("{name}: {stage}: {packets} packets, {rate:.1} million a second");
    }
}

fn read(frames: &mut Merged) -> u64 {
    let mut count = 0;
    while let Some(frame) = frames.next_frame() {
        black_box(frame.bytes);
        count += 1;
    }
    count
}

fn read_decode(frames: &mut Merged) -> u64 {
    let mut count = 0;
    while let Some(frame) = frames.next_frame() {
        let _ = black_box(decode(frame.link_type, frame.bytes, frame.length));
        count += 1;
    }
    count
}

fn read_message(frames: &mut Merged) -> u64 {
    let mut count = 0;
    while let Some(frame) = frames.next_frame() {
        if let Ok(packet) = decode(frame.link_type, frame.bytes, frame.length) {
            count += u64::from(black_box(recognise(&packet)).is_some());
        }
    }
    count
}

/// Requests and replies in turn: 90 bytes, Ethernet, IPv4, UDP, NTPv4.
fn packet(number: u32) -> [u8; 90] {
    let mut frame = [0; 90];
    let reply = number % 2;
    let timestamp = u64::from(number - reply).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
    frame[12..15].copy_from_slice(&[8, 0, 0x45]);
    frame[17] = 76;
    frame[22..24].copy_from_slice(&[64, 17]);
    frame[26..34].copy_from_slice(&[10, 1, 1, 2, 10, 9, 9, 21]);
    frame[34..42].copy_from_slice(&[0, 123, 0, 123, 0, 56, 0, 0]);
    frame[42] = if reply == 1 { 0x24 } else { 0x23 };
    let at = if reply == 1 { 66 } else { 82 };
    frame[at..at + 8].copy_from_slice(&timestamp);
    frame
}

fn pcap() -> Vec<u8> {
    let mut writer = PcapWriter::new(Vec::new(), LinkType::Ethernet, 65_535).expect("memory");
    for number in 0..PACKETS {
        let time = Time::from_nanoseconds(i64::from(number) * 1_000);
        writer.write(time, 90, &packet(number)).expect("memory");
    }
    writer.finish().expect("memory")
}

fn pcapng() -> Vec<u8> {
    let mut writer = PcapngWriter::new(Vec::new(), "bench").expect("memory");
    let eth0 = writer.add_interface("eth0", None, LinkType::Ethernet, 0).expect("memory");
    for number in 0..PACKETS {
        let time = Time::from_nanoseconds(i64::from(number) * 1_000);
        writer.write(eth0, time, 90, &packet(number), &[]).expect("memory");
    }
    writer.finish().expect("memory")
}
