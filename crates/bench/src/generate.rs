//! A large NTP capture with one latent fault in it, the same bytes every time.
//!
//! 200 clients behind as many translations poll 4 servers. Half of the requests come from source
//! port 123, half from a port of 1 to 511, drawn anew for each. One server leaves those below 123
//! unanswered.

use std::io::{self, Write};

const CLIENTS: u64 = 200;
const SERVERS: u64 = 4;
/// The server with the fault.
const SILENT: u64 = 2;
/// Microseconds between two requests.
const GAP_US: u64 = 500;
/// Seconds from 1900 to 1970 (RFC 5905, era 0).
const NTP_EPOCH: u64 = 2_208_988_800;
const START_S: u64 = 1_795_416_000;
const FRAME: usize = 14 + 20 + 8 + 48;

/// How much was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Written {
    /// Packets in all.
    pub(crate) packets: u64,
    /// Requests among them.
    pub(crate) requests: u64,
    /// Requests without a reply.
    pub(crate) unanswered: u64,
}

/// A reply that is on its way: when it is captured and to which request it belongs.
struct Pending {
    time_us: u64,
    request: Request,
}

#[derive(Clone, Copy)]
struct Request {
    client: u64,
    server: u64,
    port: u16,
    sent_us: u64,
    number: u64,
}

/// Writes a pcap file of exactly `packets` packets in time order.
pub(crate) fn write(packets: u64, to: &mut dyn Write) -> io::Result<Written> {
    let mut random = Random(0x5eed_0123_4567_89ab);
    let mut written = Written::default();
    let mut replies = std::collections::VecDeque::<Pending>::new();
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, 1] {
        to.write_all(&word.to_le_bytes())?;
    }
    for number in 0.. {
        let now_us = number * GAP_US;
        while written.packets < packets && replies.front().is_some_and(|reply| reply.time_us <= now_us) {
            let Some(reply) = replies.pop_front() else { break };
            record(to, reply.time_us, &frame(&reply.request, Some(reply.time_us)))?;
            written.packets += 1;
        }
        if written.packets == packets {
            break;
        }
        let request = Request {
            client: random.below(CLIENTS),
            server: random.below(SERVERS),
            port: if random.below(2) == 0 { 123 } else { u16::try_from(1 + random.below(511)).unwrap_or(1) },
            sent_us: now_us,
            number,
        };
        record(to, now_us, &frame(&request, None))?;
        written.packets += 1;
        written.requests += 1;
        if request.server == SILENT && request.port < 123 {
            written.unanswered += 1;
        } else {
            // One delay for all keeps the replies in the order of their requests.
            replies.push_back(Pending { time_us: now_us + 730, request });
        }
    }
    Ok(written)
}

fn record(to: &mut dyn Write, time_us: u64, frame: &[u8; FRAME]) -> io::Result<()> {
    let seconds = START_S + time_us / 1_000_000;
    let length = u64::try_from(FRAME).unwrap_or(0);
    for word in [seconds, time_us % 1_000_000, length, length] {
        to.write_all(&u32::try_from(word).unwrap_or(u32::MAX).to_le_bytes())?;
    }
    to.write_all(frame)
}

/// A request, or its reply when the time at which the server sends it is given.
fn frame(request: &Request, reply_us: Option<u64>) -> [u8; FRAME] {
    let client = [10, 1, low_byte(request.client), 2];
    let server = [10, 9, 9, 20 + low_byte(request.server)];
    let (from, to) = if reply_us.is_some() { (server, client) } else { (client, server) };
    let (from_port, to_port) = if reply_us.is_some() { (123, request.port) } else { (request.port, 123) };
    let mut bytes = [0; FRAME];
    let mut at = 0;
    let mut put = |part: &[u8]| {
        if let Some(room) = bytes.get_mut(at..at + part.len()) {
            room.copy_from_slice(part);
        }
        at += part.len();
    };
    put(&[2, 0, 0, 0, 0, to[3], 2, 0, 0, 0, 0, from[3], 8, 0]);
    put(&[0x45, 0, 0, 76]);
    put(&[low_byte(request.number >> 8), low_byte(request.number), 0x40, 0, 63, 17, 0, 0]);
    put(&from);
    put(&to);
    for number in [from_port, to_port, 56, 0] {
        put(&number.to_be_bytes());
    }
    let sent = timestamp(request.sent_us);
    match reply_us {
        // Client mode, version 4; only the transmit timestamp is set.
        None => {
            put(&[0x23, 0, 4, 0xec]);
            put(&[0; 36]);
            put(&sent);
        }
        Some(time_us) => {
            put(&[0x24, 2, 4, 0xec, 0, 0, 0, 16, 0, 0, 0, 32, 10, 9, 9, 1]);
            put(&timestamp(0));
            put(&sent);
            put(&timestamp(time_us - 300));
            put(&timestamp(time_us - 290));
        }
    }
    bytes
}

/// NTP timestamp of a moment of the capture.
fn timestamp(time_us: u64) -> [u8; 8] {
    let seconds = NTP_EPOCH + START_S + time_us / 1_000_000;
    let fraction = ((time_us % 1_000_000) << 32) / 1_000_000;
    (seconds << 32 | fraction).to_be_bytes()
}

fn low_byte(number: u64) -> u8 {
    number.to_le_bytes()[0]
}

/// SplitMix64 (Steele, Lea, Flood 2014): small, fixed for ever, good enough for a traffic mix.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }
}

#[cfg(test)]
mod tests {
    use super::{FRAME, write};

    #[test]
    fn the_same_bytes_come_out_every_time() {
        let (mut first, mut second) = (Vec::new(), Vec::new());
        assert_eq!(write(1000, &mut first).unwrap(), write(1000, &mut second).unwrap());
        assert_eq!(first, second);
        assert_eq!(first.len(), 24 + 1000 * (16 + FRAME));
    }

    #[test]
    fn about_one_request_in_thirty_three_is_left_unanswered() {
        let written = write(100_000, &mut Vec::new()).unwrap();
        assert_eq!(written.packets, 100_000);
        // A quarter of the servers, half of the ports, 122 of 511 of them: 2.98 %.
        let share = written.unanswered * 10_000 / written.requests;
        assert!((270..330).contains(&share), "{share}");
    }
}
