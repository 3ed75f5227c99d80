//! SNMP: versions 1 (RFC 1157), 2c (RFC 3416) and 3 (RFC 3412, RFC 3414).
//!
//! Versions 1 and 2c pair by request-id. Version 3 pairs by msgID, which is always readable and which a Report repeats
//! as well; the request-id may be encrypted, and is zero in a Report about a message that could not be decrypted.
//! Net-SNMP retransmits a version 3 request with a new msgID, so that each of its transmissions is a request here.
//! Traps ask nothing; informs ask.
//!
//! An error status is an answer: the agent did its work (noSuchName is how a walk of version 1 ends). Refused are
//! requests that the agent says its manager may not make (noAccess, authorizationError), and those that a Report
//! turns away for good. Reports that tell the manager the engine's id or time are steps: it asks again with them
//! (RFC 3414 section 4), and they are failures where it does not. A wrong community, and much else, is refused by silence.

use crate::bytes::{hash, mix};
use crate::text::Text;
use crate::{
    Answer, Carrier, Declaration, Declared, FeatureSink, Filters, Identity, Message, Packet, Part, Protocol,
    Selection, TcpSelection, Transport, Udp, UdpSelection, Waiting,
};
use std::fmt::Write as _;
use unanswered_registry::{Price, Quantity, Refusal, RefusalKind, RefusedBy, features};

features! {
    VERSION = code("snmp.version", "SNMP version").price(Price::Plain).settable()
        .named(&[(0, "v1"), (1, "v2c"), (3, "v3")]);
    PDU = code("snmp.data", "SNMP operation").wireshark().settable().named(OPERATIONS);
    COMMUNITY = code("snmp.community", "community").wireshark_text().settable();
    USER = code("snmp.msgUserName", "SNMP user name").wireshark_text().settable();
    REQUEST_ID = amount("snmp.request_id", "SNMP request id").wireshark().price(Price::Identifier).settable();
    MESSAGE_ID = amount("snmp.msgID", "SNMP message id").wireshark().price(Price::Identifier).settable();
    LARGEST = amount("snmp.msgMaxSize", "largest SNMP message taken").wireshark().measures(Quantity::Length).settable();
    AUTHENTICATED = flag("snmp.v3.flags.auth", "SNMP authentication flag").wireshark().settable();
    ENCRYPTED = flag("snmp.v3.flags.crypt", "SNMP encryption flag").wireshark().settable();
    // The request names no engine: any Report tells the manager the engine's id, all that it asks for (RFC 3414 section 4).
    DISCOVERY = flag("snmp.discovery", "engine discovery")
        .says("engine id was unknown", "engine id was known").settable();
    BINDINGS = amount("snmp.variable_bindings", "number of variable bindings").wireshark().settable();
    NAME = code("snmp.name.first", "first object asked for").price(Price::Plain).settable();
    NON_REPEATERS = amount("snmp.non_repeaters", "number of non-repeaters").wireshark().settable();
    REPETITIONS = amount("snmp.max_repetitions", "number of repetitions asked for").wireshark().settable();
}

/// RFC 3416 section 3, in the order of the tags.
const OPERATIONS: &[(i64, &str)] = &[
    (0, "get"),
    (1, "get-next"),
    (2, "response"),
    (3, "set"),
    (4, "trap"),
    (5, "get-bulk"),
    (6, "inform"),
    (7, "trap-v2"),
    (8, "report"),
];

/// SNMP.
#[derive(Clone, Copy, Debug)]
pub struct Snmp;

/// Requests, and notifications (RFC 3417 section 3).
const PORTS: &[u16] = &[161, 162];

/// Where notifications go.
const NOTIFICATIONS: u16 = 162;

static NO_ACCESS: RefusalKind = refused("snmp.no_access", "SNMP noAccess");
static NOT_AUTHORISED: RefusalKind = refused("snmp.authorization_error", "SNMP authorizationError");
static TOO_BIG: RefusalKind = failed("snmp.too_big", "SNMP tooBig");
static GENERAL_ERROR: RefusalKind = failed("snmp.general_error", "SNMP genErr");
static NO_RESOURCE: RefusalKind = failed("snmp.resource_unavailable", "SNMP resourceUnavailable");
static COMMIT_FAILED: RefusalKind = failed("snmp.commit_failed", "SNMP commitFailed");
static UNDO_FAILED: RefusalKind = failed("snmp.undo_failed", "SNMP undoFailed");
static UNSUPPORTED_LEVEL: RefusalKind =
    refused("snmp.unsupported_security_level", "SNMP unsupported security level");
static UNKNOWN_USER: RefusalKind = refused("snmp.unknown_user", "SNMP unknown user name");
static WRONG_DIGEST: RefusalKind = refused("snmp.wrong_digest", "SNMP wrong digest");
static DECRYPTION: RefusalKind = refused("snmp.decryption_error", "SNMP decryption error");
static NOT_IN_TIME_WINDOW: RefusalKind = refused("snmp.not_in_time_window", "SNMP not in time window").step();
static UNKNOWN_ENGINE: RefusalKind = refused("snmp.unknown_engine_id", "SNMP unknown engine id").step();
static OTHER_REPORT: RefusalKind = refused("snmp.report", "SNMP report");

const fn refused(code: &'static str, words: &'static str) -> RefusalKind {
    RefusalKind::new(code, words, RefusedBy::Service).error()
}

const fn failed(code: &'static str, words: &'static str) -> RefusalKind {
    RefusalKind::new(code, words, RefusedBy::FailedService).error()
}

impl Declared for Snmp {
    const DECLARATION: Declaration = Declaration {
        name: "snmp",
        requests: "SNMP requests",
        carrier: Carrier::Udp(PORTS),
        // Net-SNMP waits 1 s and sends five more times; a slow agent's answers within that are in time.
        waiting: Waiting::seconds(5),
        filters: Filters {
            display: "udp.dstport in {161, 162}",
            capture: Some("(udp dst port 161 or udp dst port 162)"),
            capture_v6: Some("(udp dst port 161 or udp dst port 162)"),
        },
        selection: Selection {
            udp: UdpSelection::Ports(PORTS),
            tcp: TcpSelection::None,
            echo: false,
            neighbours: false,
        },
        features: &[ALL],
        refusals: &[
            &NO_ACCESS,
            &NOT_AUTHORISED,
            &TOO_BIG,
            &GENERAL_ERROR,
            &NO_RESOURCE,
            &COMMIT_FAILED,
            &UNDO_FAILED,
            &UNSUPPORTED_LEVEL,
            &UNKNOWN_USER,
            &WRONG_DIGEST,
            &DECRYPTION,
            &NOT_IN_TIME_WINDOW,
            &UNKNOWN_ENGINE,
            &OTHER_REPORT,
        ],
        describes: &[Part::Value(&PDU), Part::AlsoValue(&NAME)],
        asks_for: Some(&NAME),
    };
}

impl Protocol for Snmp {
    fn message(&self, packet: &Packet<'_>) -> Option<Message> {
        let Transport::Udp(udp) = packet.transport else { return None };
        let whole = Whole::of(&udp)?;
        let to_notified = udp.destination_port == NOTIFICATIONS;
        let (asks, answer) = match &whole.pdu {
            Some(pdu) => match pdu.operation {
                operation::GET
                | operation::GET_NEXT
                | operation::SET
                | operation::GET_BULK
                | operation::INFORM => (true, None),
                operation::RESPONSE => (false, Some(pdu.response())),
                operation::REPORT => (false, Some(pdu.report())),
                _ => return None,
            },
            // Encrypted: a message that wants a Report asks (RFC 3412 section 6.4). Traps and responses want none,
            // and traps go where notifications go.
            None if whole.reportable => (true, None),
            None => (false, Some(Answer::Given).filter(|_| !to_notified)),
        };
        let key = whole.key()?;
        if !asks && answer.is_none() {
            return None;
        }
        Some(Message {
            asks: asks.then(|| Identity::checked(key, whole.about(key))),
            answers: answer.map(|answer| (Identity::unchecked(key), answer)),
            // What a reply repeats, too.
            fingerprint: mix(hash(key, whole.name)).max(1),
        })
    }

    fn features(&self, packet: &Packet<'_>, sink: &mut dyn FeatureSink) {
        let Transport::Udp(udp) = packet.transport else { return };
        let Some(whole) = Whole::of(&udp) else { return };
        sink.number(&VERSION, i64::from(whole.version));
        let name = std::str::from_utf8(whole.name).ok();
        if let Some(name) = name {
            sink.text(if whole.version == V3 { &USER } else { &COMMUNITY }, name);
        }
        if let Some(secured) = &whole.secured {
            sink.number(&MESSAGE_ID, secured.message_id);
            sink.number(&LARGEST, secured.largest);
            sink.number(&AUTHENTICATED, i64::from(secured.flags & 1));
            sink.number(&ENCRYPTED, i64::from(secured.flags >> 1 & 1));
            sink.number(&DISCOVERY, i64::from(secured.engine.is_empty()));
        }
        if let Some(pdu) = &whole.pdu {
            pdu.features(sink);
            if udp.is_whole() {
                sink.number(&BINDINGS, pdu.count());
            }
        }
    }

    /// Nothing else on these ports is a sequence that begins with one of the versions.
    fn is_certain(&self, payload: &[u8]) -> bool {
        Whole::read(payload).is_some()
    }
}

const V3: u8 = 3;

/// A message, as far as it can be read.
struct Whole<'a> {
    version: u8,
    /// Community or user name.
    name: &'a [u8],
    /// What version 3 has before the PDU.
    secured: Option<Secured<'a>>,
    /// It wants a Report when it cannot be served (version 3).
    reportable: bool,
    /// `None` when it is encrypted.
    pdu: Option<Pdu<'a>>,
}

/// The global data and the engine of version 3.
struct Secured<'a> {
    message_id: i64,
    largest: i64,
    flags: u8,
    engine: &'a [u8],
}

impl<'a> Whole<'a> {
    /// A message is all there if the datagram is; otherwise what the snap length or fragments cut off may be missing.
    fn of(udp: &Udp<'a>) -> Option<Self> {
        if udp.is_whole() && Reader(udp.payload).is_cut() { None } else { Self::read(udp.payload) }
    }

    fn read(payload: &'a [u8]) -> Option<Self> {
        let mut outer = Reader(payload).sequence()?;
        let version = u8::try_from(outer.integer()?).ok()?;
        match version {
            0 | 1 => {
                let name = outer.value(tag::OCTETS)?;
                let pdu = Some(Pdu::read(&mut outer)?);
                Some(Self { version, name, secured: None, reportable: false, pdu })
            }
            V3 => Self::version_3(&mut outer),
            _ => None,
        }
    }

    /// RFC 3412 section 6 and RFC 3414 section 2.4.
    fn version_3(outer: &mut Reader<'a>) -> Option<Self> {
        let mut global = Reader(outer.value(tag::SEQUENCE)?);
        let (message_id, largest) = (global.integer()?, global.integer()?);
        let &flags = global.value(tag::OCTETS)?.first()?;
        let _security_model = global.integer()?;
        let mut user = Reader(outer.value(tag::OCTETS)?);
        let mut user = Reader(user.value(tag::SEQUENCE)?);
        let engine = user.value(tag::OCTETS)?;
        let (_boots, _time) = (user.integer()?, user.integer()?);
        let name = user.value(tag::OCTETS)?;
        let pdu = if flags & 2 == 0 {
            let mut scoped = Reader(outer.value(tag::SEQUENCE)?);
            let (_engine, _context) = (scoped.value(tag::OCTETS)?, scoped.value(tag::OCTETS)?);
            Some(Pdu::read(&mut scoped)?)
        } else {
            None
        };
        let secured = Some(Secured { message_id, largest, flags, engine });
        Some(Self { version: V3, name, secured, reportable: flags & 4 != 0, pdu })
    }

    /// What tells it from another request with the same id: simple pollers restart from one within a second.
    fn about(&self, key: u64) -> u64 {
        let pdu = self.pdu.as_ref().map_or(0, |pdu| {
            let numbers = [pdu.second, pdu.third].map(i64::to_be_bytes);
            hash(hash(u64::from(pdu.operation), numbers.as_flattened()), pdu.first_name().unwrap_or_default())
        });
        hash(mix(key ^ pdu), self.name)
    }

    /// What pairs it: never zero, which identifies nothing.
    fn key(&self) -> Option<u64> {
        let id = match &self.secured {
            Some(secured) => secured.message_id,
            None => self.pdu.as_ref()?.request_id?,
        };
        // Ids are 32 bits; an agent may give one back with another sign (RFC 3416 section 3).
        #[expect(clippy::cast_possible_truncation, reason = "the low 32 bits are the id")]
        let bits = id as i32;
        Some(hash(0x5e3d_0000 | u64::from(self.version), &bits.to_be_bytes()).max(1))
    }
}

/// Tags of BER (ITU-T X.690) that SNMP uses.
mod tag {
    pub(super) const INTEGER: u8 = 0x02;
    pub(super) const OCTETS: u8 = 0x04;
    pub(super) const OBJECT: u8 = 0x06;
    pub(super) const SEQUENCE: u8 = 0x30;
    /// The operations follow each other from here (RFC 3416 section 3).
    pub(super) const OPERATION: u8 = 0xa0;
}

mod operation {
    pub(super) const GET: u8 = 0;
    pub(super) const GET_NEXT: u8 = 1;
    pub(super) const RESPONSE: u8 = 2;
    pub(super) const SET: u8 = 3;
    pub(super) const TRAP: u8 = 4;
    pub(super) const GET_BULK: u8 = 5;
    pub(super) const INFORM: u8 = 6;
    pub(super) const REPORT: u8 = 8;
}

/// An operation and what it is about.
struct Pdu<'a> {
    operation: u8,
    /// `None` for traps of version 1, which have another layout.
    request_id: Option<i64>,
    /// Error status, or non-repeaters of get-bulk.
    second: i64,
    /// Error index, or repetitions of get-bulk.
    third: i64,
    bindings: &'a [u8],
}

impl<'a> Pdu<'a> {
    fn read(from: &mut Reader<'a>) -> Option<Self> {
        let (tag, value) = from.any()?;
        let operation =
            tag.checked_sub(tag::OPERATION).filter(|operation| *operation <= operation::REPORT)?;
        if operation == operation::TRAP {
            return Some(Self { operation, request_id: None, second: 0, third: 0, bindings: &[] });
        }
        let mut inside = Reader(value);
        let request_id = Some(inside.integer()?);
        let (second, third) = (inside.integer()?, inside.integer()?);
        // Bindings that the snap length cut off are none.
        let bindings = inside.value(tag::SEQUENCE).unwrap_or_default();
        Some(Self { operation, request_id, second, third, bindings })
    }

    /// What a response says: RFC 3416 section 3 numbers the error statuses.
    fn response(&self) -> Answer {
        // noSuchName and the states about a set's values are what the manager asked to find out.
        let kind = match self.second {
            1 => &TOO_BIG,
            5 => &GENERAL_ERROR,
            6 => &NO_ACCESS,
            13 => &NO_RESOURCE,
            14 => &COMMIT_FAILED,
            15 => &UNDO_FAILED,
            16 => &NOT_AUTHORISED,
            _ => return Answer::Given,
        };
        Answer::Refused(Refusal::of(kind))
    }

    /// What a Report says, by the counter that it names (RFC 3414 section 5: usmStats).
    fn report(&self) -> Answer {
        /// 1.3.6.1.6.3.15.1.1, the counters of the user-based security model.
        const USM: [u8; 8] = [0x2b, 6, 1, 6, 3, 15, 1, 1];
        let counter =
            self.first_name().and_then(|name| name.strip_prefix(&USM)).and_then(|rest| rest.first());
        let kind = match counter {
            Some(1) => &UNSUPPORTED_LEVEL,
            Some(2) => &NOT_IN_TIME_WINDOW,
            Some(3) => &UNKNOWN_USER,
            Some(4) => &UNKNOWN_ENGINE,
            Some(5) => &WRONG_DIGEST,
            Some(6) => &DECRYPTION,
            _ => &OTHER_REPORT,
        };
        Answer::Refused(Refusal::of(kind))
    }

    /// The first binding's name, encoded.
    fn first_name(&self) -> Option<&'a [u8]> {
        let mut first = Reader(Reader(self.bindings).value(tag::SEQUENCE)?);
        first.value(tag::OBJECT)
    }

    /// How many bindings there are, as far as they were captured.
    fn count(&self) -> i64 {
        let mut rest = Reader(self.bindings);
        (0..).take_while(|_| rest.value(tag::SEQUENCE).is_some()).count().try_into().unwrap_or(i64::MAX)
    }

    fn features(&self, sink: &mut dyn FeatureSink) {
        sink.number(&PDU, i64::from(self.operation));
        if let Some(id) = self.request_id {
            sink.number(&REQUEST_ID, id);
        }
        if self.operation == operation::GET_BULK {
            sink.number(&NON_REPEATERS, self.second);
            sink.number(&REPETITIONS, self.third);
        }
        let mut text = Text::<512>::default();
        if self.first_name().is_some_and(|name| write_object(&mut text, name).is_some()) {
            sink.text(&NAME, text.as_str());
        }
    }
}

/// An object identifier in dotted form (X.690 section 8.19).
fn write_object<const N: usize>(text: &mut Text<N>, encoded: &[u8]) -> Option<()> {
    let mut arc: u64 = 0;
    let mut first = true;
    for &byte in encoded {
        arc = arc.checked_mul(128)?.checked_add(u64::from(byte & 0x7f))?;
        if byte & 0x80 != 0 {
            continue;
        }
        if std::mem::take(&mut first) {
            let root = (arc / 40).min(2);
            write!(text, "{root}.{}", arc - root * 40).ok()?;
        } else {
            write!(text, ".{arc}").ok()?;
        }
        arc = 0;
    }
    (!first).then_some(())
}

/// Reads BER with definite lengths (RFC 3417 section 8), value by value.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// The tag of the next value, the length it is said to have, and what follows.
    fn head(&self) -> Option<(u8, usize, &'a [u8])> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81..=0x84 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                (bytes.iter().fold(0, |length, &byte| length << 8 | usize::from(byte)), rest)
            }
            _ => return None,
        };
        Some((tag, length, rest))
    }

    /// Whether the next value is said to be longer than what is there.
    fn is_cut(&self) -> bool {
        self.head().is_some_and(|(_, length, rest)| length > rest.len())
    }

    /// The next value with its tag. One that the capture cut off is read as far as it goes, if what is inside it
    /// can still be read.
    fn any(&mut self) -> Option<(u8, &'a [u8])> {
        let (tag, length, rest) = self.head()?;
        let constructed = tag & 0x20 != 0;
        let (value, after) = match rest.split_at_checked(length) {
            Some(parts) => parts,
            None if constructed => (rest, &[][..]),
            None => return None,
        };
        self.0 = after;
        Some((tag, value))
    }

    /// The next value, if it has that tag.
    fn value(&mut self, tag: u8) -> Option<&'a [u8]> {
        let mut ahead = Self(self.0);
        let (found, value) = ahead.any()?;
        (found == tag).then(|| {
            self.0 = ahead.0;
            value
        })
    }

    /// The bytes as a sequence.
    fn sequence(mut self) -> Option<Self> {
        self.value(tag::SEQUENCE).map(Self)
    }

    /// The next value as an integer of at most eight bytes.
    fn integer(&mut self) -> Option<i64> {
        let bytes = self.value(tag::INTEGER).filter(|bytes| (1..=8).contains(&bytes.len()))?;
        let sign = if bytes.first()? & 0x80 == 0 { 0 } else { -1 };
        Some(bytes.iter().fold(sign, |number, &byte| number << 8 | i64::from(byte)))
    }
}
