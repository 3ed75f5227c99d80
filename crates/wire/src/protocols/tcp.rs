//! TCP connect (RFC 9293 section 3.5): a SYN asks; the SYN-ACK or RST that acknowledges it answers.
//!
//! Later segments are not messages by themselves; the pairer finds requests inside a connection ([`TcpData`]).
//! A RST whose acknowledgement fits no SYN pairs with none, which is how resets of established connections are
//! left out.

use crate::bytes::{mix, u16_at};
use crate::{
    Answer, Carrier, Declaration, Declared, FeatureSink, Filters, Identity, Message, Packet, Part, Protocol,
    Selection, Span, Tcp, TcpSelection, Transport, UdpSelection, Waiting,
};
use etherparse::{TcpOptionElement, TcpOptionsIterator};
use unanswered_registry::{Layer, Price, Quantity, Refusal, RefusalKind, RefusedBy, features};

features! {
    ECE = flag("tcp.flags.ece", "ECN-echo flag").layer(Layer::Transport).wireshark().tcpdump("((tcp[13] >> 6) & 1)").settable();
    CWR = flag("tcp.flags.cwr", "congestion-window-reduced flag").layer(Layer::Transport).wireshark().tcpdump("(tcp[13] >> 7)").settable();
    AE = flag("tcp.flags.ae", "accurate-ECN flag").layer(Layer::Transport).wireshark().settable();
    WINDOW = amount("tcp.window_size_value", "TCP window").layer(Layer::Transport).wireshark().tcpdump("tcp[14:2]")
        .measures(Quantity::Length).settable();
    MSS = amount("tcp.options.mss_val", "maximum segment size").layer(Layer::Transport).wireshark().settable();
    SCALE = amount("tcp.options.wscale.shift", "window scale").layer(Layer::Transport).wireshark().settable();
    SCALED = flag("tcp.options.wscale.present", "window-scale option").layer(Layer::Transport)
        .presence().price(Price::Plain).settable();
    SACK = flag("tcp.options.sack_perm", "SACK-permitted option").layer(Layer::Transport)
        .presence().price(Price::Plain).settable();
    TIMESTAMPS = flag("tcp.options.timestamp.present", "timestamps option").layer(Layer::Transport)
        .presence().price(Price::Plain).settable();
    MULTIPATH = flag("tcp.options.mptcp.present", "multipath TCP option").layer(Layer::Transport)
        .presence().price(Price::Plain).settable();
    SIGNED = flag("tcp.options.signed.present", "TCP MD5 or authentication option").layer(Layer::Transport)
        .presence().price(Price::Plain).settable();
    TSVAL = amount("tcp.options.timestamp.tsval", "TCP timestamp").layer(Layer::Transport).wireshark().settable();
    FAST_OPEN = flag("tcp.options.tfo.present", "fast-open option").layer(Layer::Transport)
        .presence().settable();
    COOKIE = flag("tcp.options.tfo.cookie.present", "fast-open cookie").layer(Layer::Transport)
        .presence().settable();
    LENGTH = amount("tcp.len", "length of the TCP data").layer(Layer::Transport).wireshark().measures(Quantity::Length).settable();
    HEADER_LENGTH = amount("tcp.hdr_len", "TCP header length").layer(Layer::Transport).wireshark().measures(Quantity::Length);
}

/// A reset: from the server's kernel, or from somebody on the path who answers in its name.
pub(super) static RESET: RefusalKind =
    RefusalKind::new("tcp.reset", "TCP reset", RefusedBy::Host).not_alone();

/// A connection was reset: how a SYN, or a request inside the connection, is refused.
pub const RESET_BY_PEER: Refusal = Refusal::of(&RESET);

/// A reset in the server's name whose time to live is not that of the server's other packets.
static RESET_BETWEEN: RefusalKind =
    RefusalKind::new("tcp.reset_between", "TCP reset from something in between", RefusedBy::Router)
        .not_alone();

/// A connection was reset by something between client and server: known only by comparing packets, so that no single
/// packet means it.
pub const RESET_IN_BETWEEN: Refusal = Refusal::of(&RESET_BETWEEN);

/// TCP connection set-up.
#[derive(Clone, Copy, Debug)]
pub struct TcpConnect;

const SYN_ACK: u16 = Tcp::SYN | Tcp::ACK;
const RST_ACK: u16 = Tcp::RST | Tcp::ACK;

/// Gaps double (RFC 6298 section 5.5), so that the sixth SYN comes 32 s after the fifth.
const RETENTION: Span = Span::from_seconds(33);

/// How clients wait inside connections: nothing says how long; 5 s is what most of the others do.
pub(super) const WAITING_INSIDE: Waiting = Waiting { retention: RETENTION, ..Waiting::seconds(5) };

/// All of TCP: any port may carry any protocol.
pub(super) const SELECTION: Selection =
    Selection { udp: UdpSelection::Ports(&[]), tcp: TcpSelection::All, echo: false, neighbours: false };

impl Declared for TcpConnect {
    const DECLARATION: Declaration = Declaration {
        name: "tcp",
        requests: "TCP connects",
        carrier: Carrier::TcpConnect,
        waiting: Waiting {
            // To the first retransmission of a SYN (RFC 6298 section 2.1).
            timeout: Span::from_seconds(1),
            retention: RETENTION,
            late_when_repeated: true,
            // Sequence numbers are not reused that soon.
            identities_come_again: false,
            each_is_a_request: false,
            first_answer_wins: false,
            rejects_unknown_identity: false,
        },
        filters: Filters {
            display: "(tcp.flags.syn == 1 && tcp.flags.ack == 0)",
            capture: Some("tcp[tcpflags] & (tcp-syn|tcp-ack) = tcp-syn"),
            // Directly after a 40-byte IPv6 header; flags are the 14th byte of the TCP header.
            capture_v6: Some(
                "(tcp[tcpflags] & (tcp-syn|tcp-ack) = tcp-syn or (ip6[6] = 6 and ip6[53] & 0x12 = 2))",
            ),
        },
        selection: SELECTION,
        features: &[ALL],
        refusals: &[&RESET],
        describes: &[],
        asks_for: None,
    };
}

impl Protocol for TcpConnect {
    fn message(&self, packet: &Packet<'_>) -> Option<Message> {
        let Transport::Tcp(tcp) = packet.transport else { return None };
        let (asks, answers, sequence) = match tcp.flags & (Tcp::SYN | Tcp::RST | Tcp::ACK) {
            Tcp::SYN => (Some(tcp.sequence), None, tcp.sequence),
            SYN_ACK => (None, Some(Answer::Given), answered(&tcp)),
            RST_ACK => (None, Some(Answer::Refused(RESET_BY_PEER)), answered(&tcp)),
            _ => return None,
        };
        Some(Message {
            asks: asks.map(|sequence| Identity::of(u64::from(sequence))),
            answers: answers.map(|answer| (Identity::of(u64::from(sequence)), answer)),
            fingerprint: mix(u64::from(sequence) | 0x7c9_0000_0000).max(1),
        })
    }

    /// A SYN with data (RFC 7413, fast open) is acknowledged with its data or without it (section 4.2.2).
    fn also_answered_by(&self, packet: &Packet<'_>) -> Option<u64> {
        let Transport::Tcp(tcp) = packet.transport else { return None };
        (tcp.payload_length > 0).then(|| u64::from(tcp.sequence.wrapping_add(tcp.payload_length)))
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
    /// that sees it: NAT leaves sequence numbers alone, and offloads only move segment boundaries.
    #[must_use]
    pub fn fingerprint(sequence: u32) -> u64 {
        mix(u64::from(sequence) | 0x7cd_0000_0000).max(1)
    }
}

impl Declared for TcpData {
    const DECLARATION: Declaration = Declaration {
        name: "tcp-data",
        requests: "requests inside TCP connections",
        carrier: Carrier::TcpBytes,
        waiting: WAITING_INSIDE,
        filters: Filters { display: "tcp.len > 0", capture: None, capture_v6: None },
        selection: SELECTION,
        features: &[],
        refusals: &[&RESET],
        describes: &[Part::Value(&LENGTH), Part::Text(" bytes")],
        asks_for: None,
    };
}

impl Protocol for TcpData {
    fn message(&self, _: &Packet<'_>) -> Option<Message> {
        None
    }

    fn features(&self, packet: &Packet<'_>, sink: &mut dyn FeatureSink) {
        let Transport::Tcp(tcp) = packet.transport else { return };
        segment_features(packet, &tcp, sink);
    }
}

/// What every request inside a connection has: features of its first segment.
pub(super) fn segment_features(packet: &Packet<'_>, tcp: &Tcp<'_>, sink: &mut dyn FeatureSink) {
    sink.number(&WINDOW, i64::from(tcp.window));
    sink.number(&LENGTH, i64::from(tcp.payload_length));
    let header_length = packet.ip.payload_length.saturating_sub(tcp.payload_length);
    sink.number(&HEADER_LENGTH, i64::from(header_length));
}

/// The sequence number of the SYN that the segment acknowledges.
const fn answered(tcp: &Tcp<'_>) -> u32 {
    tcp.acknowledgement.wrapping_sub(1)
}

fn options(bytes: &[u8], sink: &mut dyn FeatureSink) {
    let (mut sack, mut timestamps, mut scaled) = (false, false, false);
    for option in TcpOptionsIterator::from_slice(bytes).flatten() {
        match option {
            TcpOptionElement::MaximumSegmentSize(size) => sink.number(&MSS, i64::from(size)),
            TcpOptionElement::WindowScale(shift) => {
                scaled = true;
                sink.number(&SCALE, i64::from(shift));
            }
            TcpOptionElement::SelectiveAcknowledgementPermitted => sack = true,
            TcpOptionElement::Timestamp(value, _) => {
                timestamps = true;
                sink.number(&TSVAL, i64::from(value));
            }
            TcpOptionElement::Noop | TcpOptionElement::SelectiveAcknowledgement(..) => {}
        }
    }
    let fast_open = fast_open(bytes);
    // RFC 8684 section 3; RFC 2385 and RFC 5925.
    let has = |kind: u8| kinds(bytes).any(|known| known == kind);
    sink.number(&MULTIPATH, i64::from(has(30)));
    sink.number(&SIGNED, i64::from(has(19) || has(29)));
    sink.number(&SCALED, i64::from(scaled));
    sink.number(&SACK, i64::from(sack));
    sink.number(&TIMESTAMPS, i64::from(timestamps));
    sink.number(&FAST_OPEN, i64::from(fast_open.is_some()));
    sink.number(&COOKIE, i64::from(fast_open.is_some_and(|cookie| cookie > 0)));
}

/// The kinds of all options that were captured whole.
fn kinds(mut bytes: &[u8]) -> impl Iterator<Item = u8> + '_ {
    std::iter::from_fn(move || {
        loop {
            match *bytes.first()? {
                0 => return None,
                1 => bytes = bytes.get(1..)?,
                kind => {
                    let length = usize::from(*bytes.get(1)?);
                    bytes = bytes.get(length.max(2)..)?;
                    return Some(kind);
                }
            }
        }
    })
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
