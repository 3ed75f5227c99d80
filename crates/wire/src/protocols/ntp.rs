//! NTP versions 1 to 4 (RFC 1059, RFC 1119, RFC 1305, RFC 5905), control mode 6 (RFC 9327) and
//! private mode 7.
//!
//! What is NTP is decided by port 123 on either side and the payload: a NAT
//! may have rewritten the client's port to anything, including that of another
//! service. The role comes from the mode, never from the ports (only NTPv1,
//! which has no mode, leaves nothing else).
//!
//! A reply's origin is the request's transmit timestamp. In interleaved mode (RFC 9769 section 2; chrony's
//! `xleave`) it is the request's *receive* timestamp, and the server chooses for each reply: `also_answered_by`.

pub mod extensions;

pub use extensions::{Extensions, Trailer};

use crate::bytes::{array_at, hash, mix, u16_at, u64_at};
use crate::{
    Answer, Carrier, Declaration, Declared, FeatureSink, Filters, Identity, Message, Packet, Protocol,
    Selection, TcpSelection, Transport, Udp, UdpSelection, Waiting,
};
use unanswered_registry::{Refusal, RefusalKind, RefusedBy, features};

features! {
    LEAP = code("ntp.flags.li", "leap indicator").wireshark().tcpdump("(udp[8] >> 6)").settable()
        .named(&[(0, "no warning"), (1, "61 s in the last minute"), (2, "59 s in the last minute"), (3, "unsynchronised")]);
    VERSION = amount("ntp.flags.vn", "NTP version").wireshark().tcpdump("((udp[8] >> 3) & 7)").settable();
    MODE = code("ntp.flags.mode", "NTP mode").wireshark().tcpdump("(udp[8] & 7)").settable()
        .named(&[(1, "symmetric active"), (2, "symmetric passive"), (3, "client"), (4, "server"), (5, "broadcast"), (6, "control"), (7, "private")]);
    STRATUM = amount("ntp.stratum", "stratum").wireshark().tcpdump("udp[9]").settable();
    POLL = amount("ntp.ppoll", "poll exponent").wireshark().settable();
    PRECISION = amount("ntp.precision", "precision exponent").wireshark().settable();
    REFERENCE = code("ntp.refid", "reference id").settable();
    NO_ORIGIN = flag("ntp.org.zero", "zero origin timestamp").says("origin timestamp was zero", "origin timestamp was not zero").settable();
    NO_TRANSMIT = flag("ntp.xmt.zero", "zero transmit timestamp").says("transmit timestamp was zero", "transmit timestamp was not zero").settable();
    NO_RECEIVE = flag("ntp.rec.zero", "zero receive timestamp").says("receive timestamp was zero", "receive timestamp was not zero").settable();
    OPCODE = code("ntp.ctrl.flags2.opcode", "control operation").wireshark().settable();
    REQUEST_CODE = code("ntp.priv.reqcode", "private request code").wireshark().settable();
    IMPLEMENTATION = amount("ntp.priv.impl", "private implementation number").wireshark().settable();
}

/// The network time protocol.
#[derive(Clone, Copy, Debug)]
pub struct Ntp;

/// NTP's registered port.
pub(crate) const PORT: u16 = 123;

/// Length of the header of modes 1 to 5.
const HEADER: usize = 48;

mod mode {
    pub(super) const NONE: u8 = 0;
    pub(super) const ACTIVE: u8 = 1;
    pub(super) const PASSIVE: u8 = 2;
    pub(super) const CLIENT: u8 = 3;
    pub(super) const SERVER: u8 = 4;
    pub(super) const CONTROL: u8 = 6;
    pub(super) const PRIVATE: u8 = 7;
}

/// Kiss codes that tell the client to go away or that its authentication fails (RFC 5905 section 7.4, RFC 8915
/// section 5.7).
static KISSES: [([u8; 4], RefusalKind); 7] = [
    (*b"DENY", kiss("ntp.kiss.deny", "kiss-o'-death DENY")),
    (*b"RSTR", kiss("ntp.kiss.rstr", "kiss-o'-death RSTR")),
    (*b"RATE", kiss("ntp.kiss.rate", "kiss-o'-death RATE").too_often()),
    (*b"AUTH", kiss("ntp.kiss.auth", "kiss-o'-death AUTH")),
    (*b"CRYP", kiss("ntp.kiss.cryp", "kiss-o'-death CRYP")),
    (*b"NKEY", kiss("ntp.kiss.nkey", "kiss-o'-death NKEY")),
    (*b"NTSN", kiss("ntp.kiss.ntsn", "kiss-o'-death NTSN")),
];

const fn kiss(code: &'static str, words: &'static str) -> RefusalKind {
    RefusalKind::new(code, words, RefusedBy::Service)
}

/// An error of mode 6 or mode 7.
static CONTROL_ERROR: RefusalKind =
    RefusalKind::new("ntp.control_error", "NTP control", RefusedBy::Service).error().numbered(&["error"]);

/// Leap indicator 3, or a stratum of 0 or 16 and more: a client discards such a reply (RFC 5905 section 7.3 and the
/// packet sanity tests of figure 16).
static UNSYNCHRONISED: RefusalKind =
    RefusalKind::new("ntp.unsynchronised", "NTP server not synchronised", RefusedBy::Client).error();

impl Declared for Ntp {
    const DECLARATION: Declaration = Declaration {
        name: "ntp",
        requests: "NTP requests",
        carrier: Carrier::Udp(&[PORT]),
        waiting: Waiting { rejects_unknown_identity: true, ..Waiting::seconds(5) },
        filters: Filters {
            display: "udp.dstport == 123",
            capture: Some("udp dst port 123"),
            capture_v6: Some("udp dst port 123"),
        },
        selection: Selection {
            udp: UdpSelection::Ports(&[PORT]),
            tcp: TcpSelection::None,
            echo: false,
            neighbours: false,
        },
        features: &[ALL, extensions::ALL],
        refusals: &[
            &KISSES[0].1,
            &KISSES[1].1,
            &KISSES[2].1,
            &KISSES[3].1,
            &KISSES[4].1,
            &KISSES[5].1,
            &KISSES[6].1,
            &CONTROL_ERROR,
            &UNSYNCHRONISED,
        ],
        describes: &[],
        asks_for: None,
    };
}

impl Protocol for Ntp {
    #[inline]
    fn message(&self, packet: &Packet<'_>) -> Option<Message> {
        let Transport::Udp(udp) = packet.transport else { return None };
        let &first = udp.payload.first()?;
        match first & 7 {
            mode::CONTROL => control(udp.payload),
            mode::PRIVATE => private(udp.payload),
            mode => time(&udp, mode, (first >> 3) & 7),
        }
    }

    /// The receive timestamp of a request of modes 1 and 3, where it is set.
    fn also_answered_by(&self, packet: &Packet<'_>) -> Option<u64> {
        let Transport::Udp(udp) = packet.transport else { return None };
        let asks = matches!(udp.payload.first()? & 7, mode::ACTIVE | mode::CLIENT);
        u64_at(udp.payload, 32).filter(|&received| asks && received != 0)
    }

    fn features(&self, packet: &Packet<'_>, sink: &mut dyn FeatureSink) {
        let Transport::Udp(udp) = packet.transport else { return };
        let Some([first, second, third, fourth]) = array_at(udp.payload, 0) else { return };
        sink.number(&VERSION, i64::from((first >> 3) & 7));
        sink.number(&MODE, i64::from(first & 7));
        match first & 7 {
            mode::CONTROL => sink.number(&OPCODE, i64::from(second & 0x1f)),
            mode::PRIVATE => {
                sink.number(&IMPLEMENTATION, i64::from(third));
                sink.number(&REQUEST_CODE, i64::from(fourth));
            }
            _ => {
                sink.number(&LEAP, i64::from(first >> 6));
                sink.number(&STRATUM, i64::from(second));
                sink.number(&POLL, i64::from(third));
                sink.number(&PRECISION, i64::from(fourth.cast_signed()));
                time_features(&udp, sink);
            }
        }
    }
}

fn time_features(udp: &Udp<'_>, sink: &mut dyn FeatureSink) {
    for (offset, feature) in [(24, &NO_ORIGIN), (32, &NO_RECEIVE), (40, &NO_TRANSMIT)] {
        if let Some(timestamp) = u64_at(udp.payload, offset) {
            sink.number(feature, i64::from(timestamp == 0));
        }
    }
    if let Some(reference) = array_at::<4>(udp.payload, 12) {
        sink.number(&REFERENCE, i64::from(u32::from_be_bytes(reference)));
    }
    extensions::features(udp, sink);
}

/// Modes 0 to 5.
#[inline]
fn time(udp: &Udp<'_>, mode: u8, version: u8) -> Option<Message> {
    if version == 0 {
        return None;
    }
    let sent = usize::from(udp.length).saturating_sub(8);
    let to_server = udp.destination_port == PORT;
    if sent < HEADER {
        // Too short to be served, which is what a diagnosis may have to find out; the client asked.
        let asks = mode == mode::CLIENT && to_server && sent >= 4;
        return asks.then_some(Message { asks: Some(Identity::of(0)), answers: None, fingerprint: 0 });
    }
    let (asks, answers) = match mode {
        mode::CLIENT => (true, false),
        mode::SERVER | mode::PASSIVE => (false, true),
        mode::ACTIVE => (true, u64_at(udp.payload, 24)? != 0),
        // Version 1 has no modes: the port decides. Its packets are a header and perhaps 12 bytes of
        // authenticator; other protocols that hide behind port 123 have other lengths.
        mode::NONE if version == 1 && matches!(sent, HEADER | 60) => {
            (to_server, udp.source_port == PORT && !to_server)
        }
        _ => return None,
    };
    let origin = u64_at(udp.payload, 24)?;
    let transmit = if asks { u64_at(udp.payload, 40)? } else { 0 };
    Some(Message {
        asks: asks.then_some(Identity::of(transmit)),
        answers: answers.then(|| (Identity::of(origin), answer(udp.payload))),
        fingerprint: match if asks { transmit } else { origin } {
            0 => 0,
            timestamp => mix(timestamp).max(1),
        },
    })
}

/// What a reply says: stratum 0 and a kiss code that tells this client to go away or
/// says that its authentication fails is a refusal (RFC 5905 section 7.4, RFC 8915 section 5.7). The other
/// codes (`INIT`, `STEP`, ...) say that the server itself is not synchronised yet.
#[inline]
fn answer(payload: &[u8]) -> Answer {
    /// Strata of servers that have a time to give (RFC 5905 figure 11).
    const SYNCHRONISED: std::ops::Range<u8> = 1..16;
    let Some([first, stratum]) = array_at::<2>(payload, 0) else { return Answer::Given };
    if first >> 6 != 3 && SYNCHRONISED.contains(&stratum) {
        return Answer::Given;
    }
    let code = array_at::<4>(payload, 12).filter(|_| stratum == 0);
    let kiss = KISSES.iter().find(|(known, _)| Some(*known) == code);
    Answer::Refused(Refusal::of(kiss.map_or(&UNSYNCHRONISED, |(_, kind)| kind)))
}

/// The error field of mode 6 or 7.
fn control_error(error: u8) -> Refusal {
    Refusal::with_numbers(&CONTROL_ERROR, [u16::from(error), 0])
}

/// Mode 6 (RFC 9327 section 2): a response repeats operation, sequence and association.
fn control(payload: &[u8]) -> Option<Message> {
    let [_, flags] = array_at(payload, 0)?;
    let (sequence, association) = (u16_at(payload, 2)?, u16_at(payload, 6)?);
    if payload.len() < 12 {
        return None;
    }
    let [sequence, more] = sequence.to_be_bytes();
    let [association, rest] = association.to_be_bytes();
    let parts = [mode::CONTROL, flags & 0x1f, sequence, more, association, rest];
    let [error, _] = array_at(payload, 4)?;
    let answer = if flags & 0x40 != 0 { Answer::Refused(control_error(error)) } else { Answer::Given };
    Some(tagged(&parts, (flags & 0x80 != 0).then_some(answer)))
}

/// Mode 7 (ntpd's `ntp_request.h`): a response repeats sequence, implementation and request code.
fn private(payload: &[u8]) -> Option<Message> {
    let [flags, sequence, implementation, code, error, _, _, _] = array_at(payload, 0)?;
    let parts = [mode::PRIVATE, sequence & 0x7f, implementation, code];
    let answer = match error >> 4 {
        0 => Answer::Given,
        error => Answer::Refused(control_error(error)),
    };
    Some(tagged(&parts, (flags & 0x80 != 0).then_some(answer)))
}

/// Modes 6 and 7 have small numbers where the others have timestamps; hashed with their mode they
/// do not collide.
fn tagged(parts: &[u8], answer: Option<Answer>) -> Message {
    let key = hash(0x6e74_7000, parts);
    Message {
        asks: answer.is_none().then_some(Identity::of(key)),
        answers: answer.map(|answer| (Identity::of(key), answer)),
        fingerprint: key.max(1),
    }
}
