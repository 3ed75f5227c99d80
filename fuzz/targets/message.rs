//! Payloads behind right headers, so that the mutations reach the protocols. First byte: which
//! protocol and direction; the rest is the payload.
#![no_main]

use libfuzzer_sys::fuzz_target;
use unanswered_fuzz::frame;
use unanswered_wire::LinkType;

const UDP: u8 = 17;
const TCP: u8 = 6;
const ICMP: u8 = 1;

fuzz_target!(|data: &[u8]| {
    let [kind, payload @ ..] = data else { return };
    let payload = &payload[..payload.len().min(4000)];
    let (protocol, ports) = match kind % 6 {
        0 => (UDP, Some((40_000, 123))),
        1 => (UDP, Some((123, 40_000))),
        2 => (UDP, Some((40_000, 53))),
        3 => (UDP, Some((53, 40_000))),
        4 => (TCP, None),
        _ => (ICMP, None),
    };
    let mut packet = ip_header(protocol, payload.len() + if ports.is_some() { 8 } else { 0 });
    if let Some((from, to)) = ports {
        let length = u16::try_from(payload.len() + 8).expect("payloads are cut above");
        for number in [from, to, length, 0] {
            packet.extend_from_slice(&u16::to_be_bytes(number));
        }
    }
    packet.extend_from_slice(payload);
    let length = u32::try_from(packet.len()).expect("payloads are cut above");
    frame(LinkType::Raw, &packet, length + u32::from(kind / 128));
});

fn ip_header(protocol: u8, payload: usize) -> Vec<u8> {
    let [high, low] = u16::try_from(20 + payload).expect("payloads are cut above").to_be_bytes();
    vec![0x45, 0, high, low, 0, 1, 0x40, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
}
