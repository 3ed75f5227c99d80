//! TCP connect (RFC 9293 section 3.5): a SYN asks; the SYN-ACK or RST that acknowledges it answers.
//!
//! Later segments are no messages by themselves; requests inside a connection ([`TcpData`]) are told
//! by the pairer. A RST whose acknowledgement fits no SYN
//! pairs with none, which is how resets of established connections fall away.

use super::declare;
use crate::bytes::{mix, u16_at};
use crate::{Answer, FeatureSink, Identity, Message, Packet, Protocol, Refusal, Span, Tcp, Transport};
use etherparse::{TcpOptionElement, TcpOptionsIterator};

declare!(ECE, "tcp.flags.ece", "ECN-echo flag", Flag, true);
declare!(CWR, "tcp.flags.cwr", "congestion-window-reduced flag", Flag, true);
declare!(AE, "tcp.flags.ae", "accurate-ECN flag", Flag, true);
declare!(WINDOW, "tcp.window_size_value", "TCP window", Amount, true);
declare!(MSS, "tcp.options.mss_val", "maximum segment size", Amount, true);
declare!(SCALE, "tcp.options.wscale.shift", "window scale", Amount, true);
declare!(SACK, "tcp.options.sack_perm", "SACK-permitted option", Flag, false);
declare!(TIMESTAMPS, "tcp.options.timestamp.present", "timestamps option", Flag, false);
declare!(TSVAL, "tcp.options.timestamp.tsval", "TCP timestamp", Amount, true);
declare!(FAST_OPEN, "tcp.options.tfo.present", "fast-open option", Flag, false);
declare!(COOKIE, "tcp.options.tfo.cookie.present", "fast-open cookie", Flag, false);
declare!(LENGTH, "tcp.len", "length of the TCP data", Amount, true);
declare!(HEADER_LENGTH, "tcp.hdr_len", "TCP header length", Amount, true);

/// TCP connection set-up.
#[derive(Clone, Copy, Debug)]
pub struct TcpConnect;

const SYN_ACK: u16 = Tcp::SYN | Tcp::ACK;
const RST_ACK: u16 = Tcp::RST | Tcp::ACK;

impl Protocol for TcpConnect {
    fn name(&self) -> &'static str {
        "tcp"
    }

    /// To the first repeat of a SYN (RFC 6298 section 2.1).
    fn timeout(&self) -> Span {
        Span::from_seconds(1)
    }

    fn message(&self, packet: &Packet<'_>) -> Option<Message> {
        let Transport::Tcp(tcp) = packet.transport else { return None };
        let (asks, answers, sequence) = match tcp.flags & (Tcp::SYN | Tcp::RST | Tcp::ACK) {
            Tcp::SYN => (Some(tcp.sequence), None, tcp.sequence),
            SYN_ACK => (None, Some(Answer::Given), answered(&tcp)),
            RST_ACK => (None, Some(Answer::Refused(Refusal::TcpReset)), answered(&tcp)),
            _ => return None,
        };
        Some(Message {
            asks: asks.map(|sequence| Identity::of(u64::from(sequence))),
            answers: answers.map(|answer| (Identity::of(u64::from(sequence)), answer)),
            transit: mix(u64::from(sequence) | 0x7c9_0000_0000).max(1),
        })
    }

    fn features(&self, packet: &Packet<'_>, sink: &mut dyn FeatureSink) {
        let Transport::Tcp(tcp) = packet.transport else { return };
        for (flag, feature) in [(Tcp::ECE, &ECE), (Tcp::CWR, &CWR), (Tcp::AE, &AE)] {
            sink.number(feature, i64::from(tcp.flags & flag != 0));
        }
        sink.number(&WINDOW, i64::from(tcp.window));
        sink.number(&LENGTH, i64::from(tcp.payload_length));
        let header_length = packet.ip.payload_length.saturating_sub(tcp.payload_length);
        sink.number(&HEADER_LENGTH, i64::from(header_length));
        // Options that the snap length cut off are not known to be absent.
        if tcp.options.len() as u64 + 20 == u64::from(header_length) {
            options(tcp.options, sink);
        }
    }
}

/// Requests inside a TCP connection: the client's bytes up to the server's next ones.
///
/// Which side asks, and where a request begins, is known from the connection and not from one
/// segment, so [`message`](Protocol::message) never says: the pairer follows the byte ranges.
#[derive(Clone, Copy, Debug)]
pub struct TcpData;

impl TcpData {
    /// Fingerprint of the request whose first byte has that sequence number, the same at every place
    /// that sees it: NAT leaves sequence numbers alone, and offloads cut segments elsewhere only.
    #[must_use]
    pub fn transit(sequence: u32) -> u64 {
        mix(u64::from(sequence) | 0x7cd_0000_0000).max(1)
    }
}

impl Protocol for TcpData {
    fn name(&self) -> &'static str {
        "tcp-data"
    }

    /// Nothing says how long a client waits; this is what most of the others do.
    fn timeout(&self) -> Span {
        Span::from_seconds(5)
    }

    fn message(&self, _: &Packet<'_>) -> Option<Message> {
        None
    }

    fn features(&self, packet: &Packet<'_>, sink: &mut dyn FeatureSink) {
        let Transport::Tcp(tcp) = packet.transport else { return };
        sink.number(&WINDOW, i64::from(tcp.window));
        sink.number(&LENGTH, i64::from(tcp.payload_length));
        let header_length = packet.ip.payload_length.saturating_sub(tcp.payload_length);
        sink.number(&HEADER_LENGTH, i64::from(header_length));
    }
}

/// The sequence number of the SYN that the segment acknowledges.
const fn answered(tcp: &Tcp<'_>) -> u32 {
    tcp.acknowledgement.wrapping_sub(1)
}

fn options(bytes: &[u8], sink: &mut dyn FeatureSink) {
    let (mut sack, mut timestamps) = (false, false);
    for option in TcpOptionsIterator::from_slice(bytes).flatten() {
        match option {
            TcpOptionElement::MaximumSegmentSize(size) => sink.number(&MSS, i64::from(size)),
            TcpOptionElement::WindowScale(shift) => sink.number(&SCALE, i64::from(shift)),
            TcpOptionElement::SelectiveAcknowledgementPermitted => sack = true,
            TcpOptionElement::Timestamp(value, _) => {
                timestamps = true;
                sink.number(&TSVAL, i64::from(value));
            }
            TcpOptionElement::Noop | TcpOptionElement::SelectiveAcknowledgement(..) => {}
        }
    }
    let fast_open = fast_open(bytes);
    sink.number(&SACK, i64::from(sack));
    sink.number(&TIMESTAMPS, i64::from(timestamps));
    sink.number(&FAST_OPEN, i64::from(fast_open.is_some()));
    sink.number(&COOKIE, i64::from(fast_open.is_some_and(|cookie| cookie > 0)));
}

/// Length of the fast-open cookie (RFC 7413 section 4.1.1: kind 34; or the experimental kind 254
/// with magic 0xf989). etherparse's iterator stops at kinds it does not know, so this walks itself.
fn fast_open(mut bytes: &[u8]) -> Option<usize> {
    loop {
        match *bytes.first()? {
            0 => return None,
            1 => bytes = bytes.get(1..)?,
            kind => {
                let length = usize::from(*bytes.get(1)?);
                match kind {
                    34 => return length.checked_sub(2),
                    254 if u16_at(bytes, 2) == Some(0xf989) => return length.checked_sub(4),
                    _ => bytes = bytes.get(length.max(2)..)?,
                }
            }
        }
    }
}
