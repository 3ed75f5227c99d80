//! ICMP and ICMPv6 echo (RFC 792, RFC 4443 section 4).
//!
//! A NAT may rewrite the identifier but not the sequence number or the data
//! (ping puts the time of sending there), so those make the fingerprint.

use super::declare;
use crate::bytes::{at_most, hash};
use crate::{Answer, FeatureSink, IcmpEcho, Identity, Message, Packet, Protocol, Span, Transport};

declare!(DATA_LENGTH, "data.len", "length of the echo data", Amount, true);
declare!(IDENTIFIER, "icmp.ident", "echo identifier", Amount, true);

/// Echo request and echo reply.
#[derive(Clone, Copy, Debug)]
pub struct Icmp;

/// Data bytes that go into the fingerprint: the timestamp that ping writes. Few, so that captures of
/// different snap length agree.
const FINGERPRINT_BYTES: u32 = 16;

impl Protocol for Icmp {
    fn name(&self) -> &'static str {
        "icmp"
    }

    fn timeout(&self) -> Span {
        Span::from_seconds(2)
    }

    fn message(&self, packet: &Packet<'_>) -> Option<Message> {
        let Transport::Echo(echo) = packet.transport else { return None };
        let identity = Identity::of(u64::from(echo.identifier) << 16 | u64::from(echo.sequence));
        Some(Message {
            asks: echo.request.then_some(identity),
            answers: (!echo.request).then_some((identity, Answer::Given)),
            transit: fingerprint(&echo),
        })
    }

    fn features(&self, packet: &Packet<'_>, sink: &mut dyn FeatureSink) {
        let Transport::Echo(echo) = packet.transport else { return };
        sink.number(&IDENTIFIER, i64::from(echo.identifier));
        if !packet.ip.more_fragments {
            sink.number(&DATA_LENGTH, i64::from(packet.ip.payload_length) - 8);
        }
    }
}

fn fingerprint(echo: &IcmpEcho<'_>) -> u64 {
    hash(u64::from(echo.sequence) | 0x1c_0000, at_most(echo.payload, FINGERPRINT_BYTES)).max(1)
}
