//! ICMP and ICMPv6 echo (RFC 792, RFC 4443 section 4).
//!
//! A NAT may rewrite the identifier but not the sequence number or the data
//! (ping puts the time of sending there), so those make the fingerprint.

use crate::bytes::{at_most, hash};
use crate::{
    Answer, Carrier, Declaration, Declared, FeatureSink, Filters, IcmpEcho, Identity, Message, Packet, Part,
    Protocol, Selection, TcpSelection, Transport, UdpSelection, Waiting,
};
use unanswered_registry::{Layer, Price, Quantity, features};

features! {
    DATA_LENGTH = amount("data.len", "length of the echo data").wireshark().measures(Quantity::Length).settable();
    IDENTIFIER = amount("icmp.ident", "echo identifier").layer(Layer::Transport).wireshark().price(Price::Identifier)
        .tcpdump("icmp[4:2]").settable();
}

/// Echo request and echo reply.
#[derive(Clone, Copy, Debug)]
pub struct Icmp;

/// Data bytes that go into the fingerprint: the timestamp that ping writes. Few, so that captures with
/// different snap lengths agree.
const FINGERPRINT_BYTES: u32 = 16;

impl Declared for Icmp {
    const DECLARATION: Declaration = Declaration {
        name: "icmp",
        requests: "ICMP echo requests",
        carrier: Carrier::Echo,
        waiting: Waiting::seconds(2),
        filters: Filters {
            display: "(icmp.type == 8 || icmpv6.type == 128)",
            capture: Some("icmp[icmptype] = icmp-echo"),
            capture_v6: Some("(icmp[icmptype] = icmp-echo or icmp6[icmp6type] = icmp6-echo)"),
        },
        selection: Selection {
            udp: UdpSelection::Ports(&[]),
            tcp: TcpSelection::None,
            echo: true,
            neighbours: false,
        },
        features: &[ALL],
        refusals: &[],
        describes: &[Part::Text("identifier "), Part::ClientPort],
        asks_for: None,
    };
}

impl Protocol for Icmp {
    fn message(&self, packet: &Packet<'_>) -> Option<Message> {
        let Transport::Echo(echo) = packet.transport else { return None };
        let identity = Identity::of(u64::from(echo.identifier) << 16 | u64::from(echo.sequence));
        Some(Message {
            asks: echo.request.then_some(identity),
            answers: (!echo.request).then_some((identity, Answer::Given)),
            fingerprint: fingerprint(&echo),
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
