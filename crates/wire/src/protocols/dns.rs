//! DNS over UDP (RFC 1035, EDNS: RFC 6891).
//!
//! The identity is id and question. A negative answer (NXDOMAIN, and the prerequisites of RFC 2136 that did not
//! hold) is an answer; a response code that says that the server could not or would not answer is an error.
//! A message whose question the snap length cut off, or a reply without one,
//! agrees with any question ([`Identity::ANY_CHECK`]).

mod message;

use crate::text::Text;
use crate::{
    Answer, Carrier, Declaration, Declared, FeatureSink, Filters, Identity, Message, Packet, Part, Protocol,
    Selection, TcpSelection, Transport, UdpSelection, Waiting,
};
use message::{Header, Name, Opt};
use std::fmt::Write as _;
use unanswered_registry::{Price, Quantity, Refusal, RefusalKind, RefusedBy, features};

features! {
    ID = amount("dns.id", "DNS id").wireshark().price(Price::Identifier).tcpdump("udp[8:2]").settable();
    NAME = code("dns.qry.name", "queried name").wireshark_text().settable();
    NAME_LENGTH = amount("dns.qry.name.len", "length of the queried name").wireshark().measures(Quantity::Length).settable();
    LABELS = amount("dns.count.labels", "labels of the queried name").wireshark().settable();
    ZONE = code("dns.qry.zone", "zone of the queried name").settable();
    MIXED_CASE = flag("dns.qry.name.mixed_case", "mixed case of the queried name")
        .says("queried name was in mixed case", "queried name was not in mixed case").settable();
    TYPE = code("dns.qry.type", "query type").wireshark().settable().named(QUERY_TYPES).unnamed("TYPE");
    CLASS = code("dns.qry.class", "query class").wireshark().settable()
        .named(&[(1, "IN"), (3, "CH"), (4, "HS"), (254, "NONE"), (255, "ANY")]).unnamed("CLASS");
    OPCODE = code("dns.flags.opcode", "DNS operation").wireshark().settable()
        .named(&[(0, "query"), (1, "inverse query"), (2, "status"), (4, "notify"), (5, "update"), (6, "DSO")]);
    RECURSION = flag("dns.flags.recdesired", "recursion-desired flag").wireshark().tcpdump("(udp[10] & 1)").settable();
    AUTHENTICATED = flag("dns.flags.authenticated", "authentic-data flag").wireshark().settable();
    CHECKING = flag("dns.flags.checkdisable", "checking-disabled flag").wireshark().tcpdump("((udp[11] >> 4) & 1)").settable();
    RESERVED = flag("dns.flags.z", "reserved flag").wireshark().settable();
    QUERIES = amount("dns.count.queries", "number of questions").wireshark().tcpdump("udp[12:2]").settable();
    ANSWERS = amount("dns.count.answers", "number of answer records").wireshark();
    AUTHORITY = amount("dns.count.auth_rr", "number of authority records").wireshark();
    ADDITIONAL = amount("dns.count.add_rr", "number of additional records").wireshark().tcpdump("udp[18:2]").settable();
    EDNS = flag("dns.edns", "EDNS").presence().settable();
    EDNS_VERSION = amount("dns.resp.edns0_version", "EDNS version").wireshark().settable();
    PAYLOAD_SIZE = amount("dns.rr.udp_payload_size", "offered UDP payload size").wireshark().measures(Quantity::Length).settable();
    DNSSEC_OK = flag("dns.resp.z.do", "DNSSEC-OK flag").wireshark().settable();
    OPTIONS = code("dns.opt.codes", "EDNS options").settable();
    COOKIE = flag("dns.opt.cookie", "DNS cookie").presence().settable();
    SUBNET = flag("dns.opt.client", "client subnet option")
        .presence().settable();
    PADDING = flag("dns.opt.padding.present", "padding option").presence().settable();
}

/// Common query types (IANA "Resource Record (RR) TYPEs"); others are written as RFC 3597 section 5 does.
const QUERY_TYPES: &[(i64, &str)] = &[
    (1, "A"),
    (2, "NS"),
    (5, "CNAME"),
    (6, "SOA"),
    (12, "PTR"),
    (15, "MX"),
    (16, "TXT"),
    (28, "AAAA"),
    (33, "SRV"),
    (35, "NAPTR"),
    (43, "DS"),
    (48, "DNSKEY"),
    (52, "TLSA"),
    (64, "SVCB"),
    (65, "HTTPS"),
    (251, "IXFR"),
    (252, "AXFR"),
    (255, "ANY"),
];

const fn says(code: &'static str, words: &'static str, by: RefusedBy) -> RefusalKind {
    RefusalKind::new(code, words, by).error()
}

// Response codes of RFC 1035 section 4.1.1 and of IANA's list.
static FORMERR: RefusalKind = says("dns.formerr", "DNS FORMERR", RefusedBy::Service);
static SERVFAIL: RefusalKind = says("dns.servfail", "DNS SERVFAIL", RefusedBy::FailedService);
static NOTIMP: RefusalKind = says("dns.notimp", "DNS NOTIMP", RefusedBy::Service);
static REFUSED: RefusalKind = says("dns.refused", "DNS REFUSED", RefusedBy::Service);
static OTHER_ERROR: RefusalKind =
    says("dns.other_error", "DNS response", RefusedBy::Service).numbered(&["code"]);

/// Response code 5 (RFC 1035 section 4.1.1).
pub const REFUSED_ANSWER: Refusal = Refusal::of(&REFUSED);

/// The domain name system, over UDP.
#[derive(Clone, Copy, Debug)]
pub struct Dns;

const PORT: u16 = 53;

impl Declared for Dns {
    const DECLARATION: Declaration = Declaration {
        name: "dns",
        requests: "DNS requests",
        carrier: Carrier::Udp(&[PORT]),
        waiting: Waiting { first_answer_wins: true, ..Waiting::seconds(5) },
        filters: Filters {
            display: "udp.dstport == 53",
            capture: Some("udp dst port 53"),
            capture_v6: Some("udp dst port 53"),
        },
        selection: Selection {
            udp: UdpSelection::Ports(&[PORT]),
            tcp: TcpSelection::Ports(&[PORT]),
            echo: false,
            neighbours: false,
        },
        features: &[ALL],
        refusals: &[&FORMERR, &SERVFAIL, &NOTIMP, &REFUSED, &OTHER_ERROR],
        describes: &[Part::Value(&NAME), Part::AlsoValue(&TYPE)],
        asks_for: Some(&NAME),
    };
}

impl Protocol for Dns {
    fn message(&self, packet: &Packet<'_>) -> Option<Message> {
        let Transport::Udp(udp) = packet.transport else { return None };
        let header = Header::read(udp.payload)?;
        let question = header.question(udp.payload);
        let check = match question {
            Some((name, kind, class, _)) => name.hash(kind, class),
            None => Identity::ANY_CHECK,
        };
        let identity = Identity { key: u64::from(header.id), check };
        Some(Message {
            asks: (!header.is_reply()).then_some(identity),
            answers: header.is_reply().then_some((identity, answer(header.flags))),
            fingerprint: if question.is_some() {
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

    /// A whole question of a known class. Where DNS has its question count, NTP has its root delay, and a
    /// reference id where the first name begins.
    fn is_certain(&self, payload: &[u8]) -> bool {
        let Some(header) = Header::read(payload) else { return false };
        header.questions == 1
            && header
                .question(payload)
                .is_some_and(|(_, _, class, _)| matches!(class & 0x7fff, 1 | 3 | 4 | 254 | 255))
    }
}

/// What the flags say: the response code, and the TC bit.
fn answer(flags: u16) -> Answer {
    const TRUNCATED: u16 = 0x0200;
    Answer::Refused(match flags & 0xf {
        0 if flags & TRUNCATED != 0 => return Answer::Truncated,
        0 | 3 | 6..=8 => return Answer::Given,
        1 => Refusal::of(&FORMERR),
        2 => Refusal::of(&SERVFAIL),
        4 => Refusal::of(&NOTIMP),
        5 => REFUSED_ANSWER,
        other => Refusal::with_numbers(&OTHER_ERROR, [other, 0]),
    })
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
