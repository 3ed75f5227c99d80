//! Cost of decoding one packet and of recognising it, and of `etherparse`'s share in it:
//! `cargo bench -p unanswered-wire`.
#![expect(clippy::print_stdout, reason = "a benchmark prints")]
#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]

use etherparse::{Ethernet2HeaderSlice, Ipv4HeaderSlice, SlicedPacket, UdpHeaderSlice};
use std::hint::black_box;
use std::time::Instant;
use unanswered_registry::Feature;
use unanswered_wire::{FeatureSink, LinkType, Packet, common_features, decode, recognise};

const ROUNDS: u32 = 2_000_000;

fn main() {
    println!("size of a packet: {} bytes", size_of::<Packet<'_>>());
    let ntp = ntp();
    measure("decode", || {
        let _ = black_box(decode(LinkType::Ethernet, black_box(&ntp), 90));
    });
    measure("decode + recognise", || {
        if let Ok(packet) = decode(LinkType::Ethernet, black_box(&ntp), 90) {
            black_box(recognise(&packet));
        }
    });
    let packet = decode(LinkType::Ethernet, &ntp, 90).expect("a whole packet");
    measure("recognise", || {
        let _ = black_box(recognise(black_box(&packet)));
    });
    measure("common features", || common_features(black_box(&packet), &mut Null));
    measure("etherparse: SlicedPacket", || {
        let _ = black_box(SlicedPacket::from_ethernet(black_box(&ntp)));
    });
    measure("etherparse: three header slices, every field used", || {
        black_box(header_slices(black_box(&ntp)));
    });
    measure("by hand: the same fields", || {
        let _ = black_box(by_hand(black_box(&ntp)));
    });
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

fn measure(name: &str, mut run: impl FnMut()) {
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let start = Stopwatch::start();
        for _ in 0..ROUNDS {
            run();
        }
        best = best.min(start.seconds());
    }
    println!("{name}: {:.1} ns", best * 1e9 / f64::from(ROUNDS));
}

/// A client's request: Ethernet, IPv4, UDP, NTPv4.
fn ntp() -> [u8; 90] {
    let mut frame = [0; 90];
    frame[12..15].copy_from_slice(&[8, 0, 0x45]);
    frame[17] = 76;
    frame[22..24].copy_from_slice(&[64, 17]);
    frame[26..34].copy_from_slice(&[10, 1, 1, 2, 10, 9, 9, 21]);
    frame[34..42].copy_from_slice(&[1, 165, 0, 123, 0, 56, 0, 0]);
    frame[42] = 0x23;
    frame[82..90].copy_from_slice(&[0xec, 1, 2, 3, 4, 5, 6, 7]);
    frame
}

type Fields = ([u8; 6], [u8; 6], [u8; 4], [u8; 4], [u16; 6], [u8; 5], bool, bool);

fn header_slices(bytes: &[u8]) -> Option<Fields> {
    let ethernet = Ethernet2HeaderSlice::from_slice(bytes).ok()?;
    let ip = Ipv4HeaderSlice::from_slice(bytes.get(14..)?).ok()?;
    let udp = UdpHeaderSlice::from_slice(bytes.get(14 + ip.slice().len()..)?).ok()?;
    Some((
        ethernet.destination(),
        ethernet.source(),
        ip.source(),
        ip.destination(),
        [
            ip.total_len(),
            ip.identification(),
            udp.source_port(),
            udp.destination_port(),
            udp.length(),
            udp.checksum(),
        ],
        [ip.ttl(), ip.dcp().value(), ip.ecn().value(), ip.protocol().0, ip.ihl()],
        ip.dont_fragment(),
        ip.more_fragments(),
    ))
}

fn by_hand(bytes: &[u8]) -> Option<Fields> {
    let ethernet = bytes.first_chunk::<14>()?;
    let ip = bytes.get(14..)?.first_chunk::<20>()?;
    let header_length = usize::from(ip[0] & 0xf) * 4;
    if ip[0] >> 4 != 4 || header_length < 20 {
        return None;
    }
    let udp = bytes.get(14 + header_length..)?.first_chunk::<8>()?;
    let u16_at = |bytes: &[u8], at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
    Some((
        *ethernet.first_chunk()?,
        *ethernet[6..].first_chunk()?,
        *ip[12..].first_chunk()?,
        *ip[16..].first_chunk()?,
        [u16_at(ip, 2), u16_at(ip, 4), u16_at(udp, 0), u16_at(udp, 2), u16_at(udp, 4), u16_at(udp, 6)],
        [ip[8], ip[1] >> 2, ip[1] & 3, ip[9], ip[0] & 0xf],
        ip[6] & 0x40 != 0,
        ip[6] & 0x20 != 0,
    ))
}

/// Takes features and keeps none.
struct Null;

impl FeatureSink for Null {
    fn number(&mut self, feature: &'static Feature, value: i64) {
        black_box((feature, value));
    }
    fn text(&mut self, feature: &'static Feature, value: &str) {
        black_box((feature, value));
    }
    fn address(&mut self, feature: &'static Feature, value: std::net::IpAddr) {
        black_box((feature, value));
    }
}
