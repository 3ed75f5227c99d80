//! DNS over UDP (RFC 1035, EDNS: RFC 6891).
//!
//! The identity is id and question. A negative answer - NXDOMAIN, but also
//! SERVFAIL, FORMERR and NOTIMP - is an answer; only REFUSED is a refusal. A
//! message whose question the snap length cut off, or a reply without one,
//! agrees with any question ([`Identity::ANY_CHECK`]).

mod message;

use super::declare;
use crate::features::Text;
use crate::{Answer, FeatureSink, Identity, Message, Packet, Protocol, Refusal, Span, Transport, Udp};
use message::{Header, Name, Opt};
use std::fmt::Write as _;

declare!(ID, "dns.id", "DNS id", Amount, true);
declare!(NAME, "dns.qry.name", "queried name", Code, true);
declare!(NAME_LENGTH, "dns.qry.name.len", "length of the queried name", Amount, true);
declare!(LABELS, "dns.count.labels", "labels of the queried name", Amount, true);
declare!(ZONE, "dns.qry.zone", "zone of the queried name", Code, false);
declare!(MIXED_CASE, "dns.qry.name.mixed_case", "mixed case of the queried name", Flag, false);
declare!(TYPE, "dns.qry.type", "query type", Code, true);
declare!(CLASS, "dns.qry.class", "query class", Code, true);
declare!(OPCODE, "dns.flags.opcode", "DNS operation", Code, true);
declare!(RECURSION, "dns.flags.recdesired", "recursion-desired flag", Flag, true);
declare!(AUTHENTICATED, "dns.flags.authenticated", "authentic-data flag", Flag, true);
declare!(CHECKING, "dns.flags.checkdisable", "checking-disabled flag", Flag, true);
declare!(RESERVED, "dns.flags.z", "reserved flag", Flag, true);
declare!(QUERIES, "dns.count.queries", "number of questions", Amount, true);
declare!(ANSWERS, "dns.count.answers", "number of answer records", Amount, true);
declare!(AUTHORITY, "dns.count.auth_rr", "number of authority records", Amount, true);
declare!(ADDITIONAL, "dns.count.add_rr", "number of additional records", Amount, true);
declare!(EDNS, "dns.edns", "EDNS", Flag, false);
declare!(EDNS_VERSION, "dns.resp.edns0_version", "EDNS version", Amount, true);
declare!(PAYLOAD_SIZE, "dns.rr.udp_payload_size", "offered UDP payload size", Amount, true);
declare!(DNSSEC_OK, "dns.resp.z.do", "DNSSEC-OK flag", Flag, true);
declare!(OPTIONS, "dns.opt.codes", "EDNS options", Code, false);
declare!(COOKIE, "dns.opt.cookie", "DNS cookie", Flag, false);
declare!(SUBNET, "dns.opt.client", "client subnet option", Flag, false);
declare!(PADDING, "dns.opt.padding.present", "padding option", Flag, false);

/// The domain name system, over UDP.
#[derive(Clone, Copy, Debug)]
pub struct Dns;

const PORT: u16 = 53;

impl Protocol for Dns {
    fn name(&self) -> &'static str {
        "dns"
    }

    fn timeout(&self) -> Span {
        Span::from_seconds(5)
    }

    fn message(&self, packet: &Packet<'_>) -> Option<Message> {
        let Transport::Udp(udp) = packet.transport else { return None };
        if !is_other_side(&udp) {
            return None;
        }
        let header = Header::read(udp.payload)?;
        let question = header.question(udp.payload);
        let check = match question {
            Some((name, kind, class, _)) => name.hash(kind, class),
            None => Identity::ANY_CHECK,
        };
        let identity = Identity { key: u64::from(header.id), check };
        let answer = match header.flags & 0xf {
            5 => Answer::Refused(Refusal::DnsCode(5)),
            _ => Answer::Given,
        };
        Some(Message {
            asks: (!header.is_reply()).then_some(identity),
            answers: header.is_reply().then_some((identity, answer)),
            transit: if question.is_some() {
                crate::bytes::mix(check ^ u64::from(header.id)).max(1)
            } else {
                0
            },
        })
    }

    fn features(&self, packet: &Packet<'_>, sink: &mut dyn FeatureSink) {
        let Transport::Udp(udp) = packet.transport else { return };
        let Some(header) = Header::read(udp.payload) else { return };
        header_features(&header, sink);
        let Some((name, kind, class, end)) = header.question(udp.payload) else { return };
        sink.number(&TYPE, i64::from(kind));
        sink.number(&CLASS, i64::from(class));
        name_features(&name, sink);
        match header.opt(udp.payload, end) {
            message::Found::Yes(opt) => opt_features(&opt, sink),
            message::Found::No => sink.number(&EDNS, 0),
            message::Found::CutOff => {}
        }
    }
}

/// Whether one side is DNS's port.
pub(crate) const fn is_other_side(udp: &Udp<'_>) -> bool {
    udp.source_port == PORT || udp.destination_port == PORT
}

/// Whether a payload between ports 53 and 123 is DNS: a whole question of a known class. NTP has
/// its root delay where DNS counts questions, and a reference id where the first name begins.
pub(crate) fn looks_like_dns(payload: &[u8]) -> bool {
    let Some(header) = Header::read(payload) else { return false };
    header.questions == 1
        && header
            .question(payload)
            .is_some_and(|(_, _, class, _)| matches!(class & 0x7fff, 1 | 3 | 4 | 254 | 255))
}

fn header_features(header: &Header, sink: &mut dyn FeatureSink) {
    sink.number(&ID, i64::from(header.id));
    sink.number(&OPCODE, i64::from(header.opcode()));
    for (bit, feature) in [(8, &RECURSION), (6, &RESERVED), (5, &AUTHENTICATED), (4, &CHECKING)] {
        sink.number(feature, i64::from(header.flags >> bit & 1));
    }
    sink.number(&QUERIES, i64::from(header.questions));
    sink.number(&ANSWERS, i64::from(header.answers));
    sink.number(&AUTHORITY, i64::from(header.authority));
    sink.number(&ADDITIONAL, i64::from(header.additional));
}

fn name_features(name: &Name<'_>, sink: &mut dyn FeatureSink) {
    let mut text = Text::<1024>::default();
    let mut zone = Text::<512>::default();
    let labels = name.labels().count();
    let (mut upper, mut lower) = (false, false);
    for (index, label) in name.labels().enumerate() {
        upper |= label.iter().any(u8::is_ascii_uppercase);
        lower |= label.iter().any(u8::is_ascii_lowercase);
        let _ = message::write_label(&mut text, label);
        if index + 2 >= labels {
            let _ = message::write_label(&mut zone, label);
        }
    }
    sink.text(&NAME, text.as_str());
    zone.make_lower_case();
    sink.text(&ZONE, zone.as_str());
    sink.number(&NAME_LENGTH, i64::try_from(text.as_str().len()).unwrap_or(i64::MAX));
    sink.number(&LABELS, i64::try_from(labels).unwrap_or(i64::MAX));
    sink.number(&MIXED_CASE, i64::from(upper && lower));
}

fn opt_features(opt: &Opt<'_>, sink: &mut dyn FeatureSink) {
    sink.number(&EDNS, 1);
    sink.number(&EDNS_VERSION, i64::from(opt.version));
    sink.number(&PAYLOAD_SIZE, i64::from(opt.payload_size));
    sink.number(&DNSSEC_OK, i64::from(opt.dnssec_ok));
    let mut codes = Text::<64>::default();
    let (mut cookie, mut subnet, mut padding) = (false, false, false);
    for code in opt.codes() {
        cookie |= code == 10;
        subnet |= code == 8;
        padding |= code == 12;
        let separator = if codes.as_str().is_empty() { "" } else { "," };
        let _ = write!(codes, "{separator}{code}");
    }
    sink.text(&OPTIONS, codes.as_str());
    sink.number(&COOKIE, i64::from(cookie));
    sink.number(&SUBNET, i64::from(subnet));
    sink.number(&PADDING, i64::from(padding));
}
