//! NTP versions 1 to 4 (RFC 1059, RFC 1119, RFC 1305, RFC 5905), control mode 6 (RFC 9327) and
//! private mode 7.
//!
//! What is NTP is decided by port 123 on either side and the payload: a NAT
//! may have rewritten the client's port to anything, that of another service
//! included. The role comes from the mode, never from the ports (only NTPv1,
//! which has no mode, leaves nothing else).
//!
//! Interleaved replies (RFC 9769) carry the request's *receive* timestamp as
//! their origin; a single packet cannot tell, so such a reply looks like one
//! with a wrong origin. Only symmetric and broadcast associations of the common
//! daemons use it unless `xleave` is configured.

pub mod extensions;

pub use extensions::{Extensions, Trailer};

use super::declare;
use crate::bytes::{array_at, hash, mix, u16_at, u64_at};
use crate::{Answer, FeatureSink, Identity, Message, Packet, Protocol, Refusal, Span, Transport, Udp};

declare!(LEAP, "ntp.flags.li", "leap indicator", Code, true);
declare!(VERSION, "ntp.flags.vn", "NTP version", Amount, true);
declare!(MODE, "ntp.flags.mode", "NTP mode", Code, true);
declare!(STRATUM, "ntp.stratum", "stratum", Amount, true);
declare!(POLL, "ntp.ppoll", "poll exponent", Amount, true);
declare!(PRECISION, "ntp.precision", "precision exponent", Amount, true);
declare!(REFERENCE, "ntp.refid", "reference id", Code, false);
declare!(NO_ORIGIN, "ntp.org.zero", "zero origin timestamp", Flag, false);
declare!(NO_TRANSMIT, "ntp.xmt.zero", "zero transmit timestamp", Flag, false);
declare!(NO_RECEIVE, "ntp.rec.zero", "zero receive timestamp", Flag, false);
declare!(OPCODE, "ntp.ctrl.flags2.opcode", "control operation", Code, true);
declare!(REQUEST_CODE, "ntp.priv.reqcode", "private request code", Code, true);
declare!(IMPLEMENTATION, "ntp.priv.impl", "private implementation number", Code, true);

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

impl Protocol for Ntp {
    fn name(&self) -> &'static str {
        "ntp"
    }

    fn timeout(&self) -> Span {
        Span::from_seconds(5)
    }

    #[inline]
    fn message(&self, packet: &Packet<'_>) -> Option<Message> {
        let Transport::Udp(udp) = packet.transport else { return None };
        if udp.source_port != PORT && udp.destination_port != PORT {
            return None;
        }
        if super::dns::is_other_side(&udp) && super::dns::looks_like_dns(udp.payload) {
            return None;
        }
        let &first = udp.payload.first()?;
        match first & 7 {
            mode::CONTROL => control(udp.payload),
            mode::PRIVATE => private(udp.payload),
            mode => time(&udp, mode, (first >> 3) & 7),
        }
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

    fn rejects_unknown_identity(&self) -> bool {
        true
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
        return asks.then_some(Message { asks: Some(Identity::of(0)), answers: None, transit: 0 });
    }
    let (asks, answers) = match mode {
        mode::CLIENT => (true, false),
        mode::SERVER | mode::PASSIVE => (false, true),
        mode::ACTIVE => (true, u64_at(udp.payload, 24)? != 0),
        // Version 1 has no modes: the port tells. Its packets are a header and perhaps 12 bytes of
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
        transit: match if asks { transmit } else { origin } {
            0 => 0,
            timestamp => mix(timestamp).max(1),
        },
    })
}

/// Whether a reply is a refusal: stratum 0 and a kiss code that tells this client to go away or
/// says that its authentication fails (RFC 5905 section 7.4, RFC 8915 section 5.7). The other
/// codes (`INIT`, `STEP`, ...) say that the server itself is not synchronised yet, or have no
/// meaning for the protocol (`X...`): the server answered.
#[inline]
fn answer(payload: &[u8]) -> Answer {
    let (Some(&stratum), Some(code)) = (payload.get(1), array_at::<4>(payload, 12)) else {
        return Answer::Given;
    };
    match &code {
        b"DENY" | b"RSTR" | b"RATE" | b"AUTH" | b"CRYP" | b"NKEY" | b"NTSN" if stratum == 0 => {
            Answer::Refused(Refusal::KissOfDeath(code))
        }
        _ => Answer::Given,
    }
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
    let answer =
        if flags & 0x40 != 0 { Answer::Refused(Refusal::NtpControlError(error)) } else { Answer::Given };
    Some(tagged(&parts, (flags & 0x80 != 0).then_some(answer)))
}

/// Mode 7 (ntpd's `ntp_request.h`): a response repeats sequence, implementation and request code.
fn private(payload: &[u8]) -> Option<Message> {
    let [flags, sequence, implementation, code, error, _, _, _] = array_at(payload, 0)?;
    let parts = [mode::PRIVATE, sequence & 0x7f, implementation, code];
    let answer = match error >> 4 {
        0 => Answer::Given,
        error => Answer::Refused(Refusal::NtpControlError(error)),
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
        transit: key.max(1),
    }
}
