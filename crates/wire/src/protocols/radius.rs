//! RADIUS: authentication (RFC 2865), accounting (RFC 2866), changes of authorisation (RFC 5176), status (RFC 5997).
//!
//! The role comes from the code, never from the ports: a NAT may have rewritten the client's. A reply carries its
//! request's identifier of eight bits and, as authenticator, a digest that only the shared secret can check; so
//! replies go to the newest request with that identifier at their client. A request with the same identifier *and*
//! authenticator is a retransmission; with another authenticator the identifier has been reused.
//!
//! Access-Reject and Access-Challenge are answers: the server did its work. Servers refuse by silence (an unknown
//! client, a bad authenticator, accounting that cannot be stored); only changes of authorisation are refused
//! explicitly (RFC 5176 section 2: the NAKs).

use crate::bytes::{array_at, hash, mix, u16_at};
use crate::{
    Answer, Carrier, Declaration, Declared, FeatureSink, Filters, Identity, Message, Packet, Part, Protocol,
    Selection, TcpSelection, Transport, UdpSelection, Waiting,
};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use unanswered_registry::{DisplayTerm, Price, Quantity, Refusal, RefusalKind, RefusedBy, features};

features! {
    CODE = code("radius.code", "RADIUS code").wireshark().tcpdump("udp[8]").settable().named(CODES);
    IDENTIFIER = amount("radius.id", "RADIUS identifier").wireshark().price(Price::Identifier).tcpdump("udp[9]").settable();
    LENGTH = amount("radius.length", "RADIUS length").wireshark().measures(Quantity::Length).tcpdump("udp[10:2]").settable();
    USER = code("radius.User_Name", "user name").wireshark_text().settable();
    NAS = code("radius.NAS_Identifier", "NAS identifier").wireshark_text().settable();
    NAS_ADDRESS = code("radius.NAS_IP_Address", "NAS address").settable()
        .displayed(DisplayTerm::Address { v4: "radius.NAS_IP_Address", v6: "radius.NAS_IPv6_Address" });
    PORT_TYPE = code("radius.NAS_Port_Type", "NAS port type").wireshark().settable()
        .named(&[(0, "Async"), (5, "Virtual"), (15, "Ethernet"), (19, "Wireless-802.11")]);
    SERVICE = code("radius.Service_Type", "service type").wireshark().settable()
        .named(&[(1, "Login"), (2, "Framed"), (6, "Administrative"), (8, "Authenticate-Only"), (10, "Call-Check")]);
    ACCOUNTING = code("radius.Acct_Status_Type", "accounting status type").wireshark().settable()
        .named(&[(1, "Start"), (2, "Stop"), (3, "Interim-Update"), (7, "Accounting-On"), (8, "Accounting-Off")]);
    ATTRIBUTES = amount("radius.attributes", "number of RADIUS attributes").settable();
    SIGNED = flag("radius.message_authenticator.present", "Message-Authenticator").presence().settable();
    EAP = flag("radius.eap.present", "EAP message").presence().settable();
    PASSWORD = flag("radius.user_password.present", "User-Password").presence().settable();
    CHAP = flag("radius.chap_password.present", "CHAP password").presence().settable();
    STATE = flag("radius.state.present", "State attribute").presence().settable();
    PROXIED = flag("radius.proxy_state.present", "Proxy-State attribute").presence().settable();
}

/// IANA "RADIUS Packet Type Codes".
const CODES: &[(i64, &str)] = &[
    (1, "Access-Request"),
    (2, "Access-Accept"),
    (3, "Access-Reject"),
    (4, "Accounting-Request"),
    (5, "Accounting-Response"),
    (11, "Access-Challenge"),
    (12, "Status-Server"),
    (40, "Disconnect-Request"),
    (41, "Disconnect-ACK"),
    (42, "Disconnect-NAK"),
    (43, "CoA-Request"),
    (44, "CoA-ACK"),
    (45, "CoA-NAK"),
];

/// RADIUS.
#[derive(Clone, Copy, Debug)]
pub struct Radius;

/// Authentication and accounting, each with the port used before RFC 2865 and RFC 2866, and dynamic authorisation.
const PORTS: &[u16] = &[1812, 1813, 1645, 1646, 3799];

/// Ports at which Status-Server asks for the accounting service and is answered as accounting is (RFC 5997 section 3).
const ACCOUNTING_PORTS: [u16; 2] = [1813, 1646];

/// Bytes before the attributes (RFC 2865 section 3).
const HEADER: usize = 20;

/// The longest packet (RFC 2865 section 3).
const LONGEST: usize = 4096;

static DISCONNECT_NAK: RefusalKind =
    RefusalKind::new("radius.disconnect_nak", "Disconnect-NAK", RefusedBy::Service).error();
static COA_NAK: RefusalKind = RefusalKind::new("radius.coa_nak", "CoA-NAK", RefusedBy::Service).error();
/// The same with an Error-Cause (RFC 5176 section 3.5).
static DISCONNECT_NAK_BECAUSE: RefusalKind =
    RefusalKind::new("radius.disconnect_nak.cause", "Disconnect-NAK", RefusedBy::Service)
        .error()
        .numbered(&["error cause"]);
static COA_NAK_BECAUSE: RefusalKind = RefusalKind::new("radius.coa_nak.cause", "CoA-NAK", RefusedBy::Service)
    .error()
    .numbered(&["error cause"]);

impl Declared for Radius {
    const DECLARATION: Declaration = Declaration {
        name: "radius",
        requests: "RADIUS requests",
        carrier: Carrier::Udp(PORTS),
        // What most NAS are configured with; three time-outs cover the usual number of tries.
        waiting: Waiting::seconds(5),
        filters: Filters {
            display: "udp.dstport in {1812, 1813, 1645, 1646, 3799}",
            capture: Some(CAPTURE),
            capture_v6: Some(CAPTURE),
        },
        selection: Selection {
            udp: UdpSelection::Ports(PORTS),
            tcp: TcpSelection::None,
            echo: false,
            neighbours: false,
        },
        features: &[ALL],
        refusals: &[&DISCONNECT_NAK, &COA_NAK, &DISCONNECT_NAK_BECAUSE, &COA_NAK_BECAUSE],
        describes: &[Part::Value(&CODE), Part::AlsoValue(&USER)],
        asks_for: Some(&USER),
    };
}

const CAPTURE: &str = "(udp dst port 1812 or udp dst port 1813 or udp dst port 1645 or udp dst port 1646 or \
                       udp dst port 3799)";

/// What a code is for: requests and their replies are of one class.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Access = 1,
    Accounting = 4,
    Disconnect = 40,
    Coa = 43,
}

/// What a packet of that code does.
enum Role {
    Asks,
    Gives,
    Refuses(&'static RefusalKind, &'static RefusalKind),
}

/// Class and role of a code, of a packet from or to these ports; `None` for codes that are never answered.
fn meaning(code: u8, ports: [u16; 2]) -> Option<(Class, Role)> {
    Some(match code {
        1 => (Class::Access, Role::Asks),
        2 | 3 | 11 => (Class::Access, Role::Gives),
        4 => (Class::Accounting, Role::Asks),
        5 => (Class::Accounting, Role::Gives),
        12 if ports.iter().any(|port| ACCOUNTING_PORTS.contains(port)) => (Class::Accounting, Role::Asks),
        12 => (Class::Access, Role::Asks),
        40 => (Class::Disconnect, Role::Asks),
        41 => (Class::Disconnect, Role::Gives),
        42 => (Class::Disconnect, Role::Refuses(&DISCONNECT_NAK, &DISCONNECT_NAK_BECAUSE)),
        43 => (Class::Coa, Role::Asks),
        44 => (Class::Coa, Role::Gives),
        45 => (Class::Coa, Role::Refuses(&COA_NAK, &COA_NAK_BECAUSE)),
        _ => return None,
    })
}

impl Protocol for Radius {
    fn message(&self, packet: &Packet<'_>) -> Option<Message> {
        let Transport::Udp(udp) = packet.transport else { return None };
        let [code, identifier] = array_at(udp.payload, 0)?;
        let (class, role) = meaning(code, [udp.source_port, udp.destination_port])?;
        let length = usize::from(u16_at(udp.payload, 2)?);
        // A length beyond the datagram's makes its receiver drop it silently (RFC 2865 section 3); the client asked
        // nevertheless.
        let whole = (HEADER..=LONGEST).contains(&length) && length <= udp.sent();
        let cut_off = length > udp.payload.len();
        if !whole && !matches!(role, Role::Asks)
            || !attributes(udp.payload, length).all(|a| a.is_some() || cut_off)
        {
            return None;
        }
        let authenticator = array_at::<16>(udp.payload, 4)?;
        let key = hash(0x7261_6469, &[class as u8, identifier]).max(1);
        // Nothing in a reply but eight bits leads to its request at another place.
        let answer = |answer| Message {
            asks: None,
            answers: Some((Identity::unchecked(key), answer)),
            fingerprint: 0,
        };
        Some(match role {
            Role::Asks => {
                let identity = Identity::checked(key, hash(key, &authenticator));
                let fingerprint = mix(identity.check).max(1);
                Message { asks: Some(identity), answers: None, fingerprint }
            }
            Role::Gives => answer(Answer::Given),
            Role::Refuses(plain, because) => {
                answer(Answer::Refused(refusal(udp.payload, length, plain, because)))
            }
        })
    }

    fn features(&self, packet: &Packet<'_>, sink: &mut dyn FeatureSink) {
        let Transport::Udp(udp) = packet.transport else { return };
        let (Some([code, identifier]), Some(length)) = (array_at(udp.payload, 0), u16_at(udp.payload, 2))
        else {
            return;
        };
        sink.number(&CODE, i64::from(code));
        sink.number(&IDENTIFIER, i64::from(identifier));
        sink.number(&LENGTH, i64::from(length));
        if usize::from(length) <= udp.payload.len() {
            attribute_features(udp.payload, usize::from(length), sink);
        }
    }

    /// A packet that is exactly its attributes can hardly be another protocol's.
    fn is_certain(&self, payload: &[u8]) -> bool {
        let length = u16_at(payload, 2).map_or(0, usize::from);
        let known =
            payload.first().is_some_and(|&code| CODES.iter().any(|(known, _)| *known == i64::from(code)));
        known && length == payload.len() && attributes(payload, length).all(|a| a.is_some())
    }
}

/// A type and its value.
type Attribute<'a> = (u8, &'a [u8]);

/// The attributes of a packet of that length, in order; `None` and no more where one contradicts the length.
fn attributes(payload: &[u8], length: usize) -> impl Iterator<Item = Option<Attribute<'_>>> {
    let mut rest = Some(payload.get(HEADER..length.min(payload.len()).max(HEADER)).unwrap_or_default());
    std::iter::from_fn(move || {
        let bytes = rest.filter(|bytes| !bytes.is_empty())?;
        let attribute = split(bytes);
        rest = attribute.map(|(_, tail)| tail);
        Some(attribute.map(|(attribute, _)| attribute))
    })
}

/// The first attribute and what follows it (RFC 2865 section 5).
fn split(bytes: &[u8]) -> Option<(Attribute<'_>, &[u8])> {
    let [kind, length] = array_at(bytes, 0)?;
    let value = bytes.get(2..usize::from(length))?;
    Some(((kind, value), bytes.get(usize::from(length)..)?))
}

/// With its Error-Cause if it has one.
fn refusal(
    payload: &[u8],
    length: usize,
    plain: &'static RefusalKind,
    because: &'static RefusalKind,
) -> Refusal {
    let cause = attributes(payload, length).flatten().find(|(kind, _)| *kind == kind::ERROR_CAUSE);
    let number = cause.and_then(|(_, value)| u16_at(value, 2));
    number.map_or(Refusal::of(plain), |number| Refusal::with_numbers(because, [number, 0]))
}

/// Attribute types (RFC 2865 section 5, RFC 2866 section 5, RFC 2869 section 5, RFC 3162, RFC 5176).
mod kind {
    pub(super) const USER_NAME: u8 = 1;
    pub(super) const USER_PASSWORD: u8 = 2;
    pub(super) const CHAP_PASSWORD: u8 = 3;
    pub(super) const NAS_ADDRESS: u8 = 4;
    pub(super) const SERVICE: u8 = 6;
    pub(super) const STATE: u8 = 24;
    pub(super) const NAS: u8 = 32;
    pub(super) const PROXY_STATE: u8 = 33;
    pub(super) const ACCOUNTING: u8 = 40;
    pub(super) const PORT_TYPE: u8 = 61;
    pub(super) const EAP_MESSAGE: u8 = 79;
    pub(super) const MESSAGE_AUTHENTICATOR: u8 = 80;
    pub(super) const NAS_ADDRESS_V6: u8 = 95;
    pub(super) const ERROR_CAUSE: u8 = 101;
}

/// Attributes whose presence is a feature.
static PRESENT: [(u8, &unanswered_registry::Feature); 6] = [
    (kind::MESSAGE_AUTHENTICATOR, &SIGNED),
    (kind::EAP_MESSAGE, &EAP),
    (kind::USER_PASSWORD, &PASSWORD),
    (kind::CHAP_PASSWORD, &CHAP),
    (kind::STATE, &STATE),
    (kind::PROXY_STATE, &PROXIED),
];

fn attribute_features(payload: &[u8], length: usize, sink: &mut dyn FeatureSink) {
    let (mut count, mut present) = (0, [false; PRESENT.len()]);
    // Of a repeated attribute only the first counts: its display filter would mean any of them.
    let mut seen = [false; 256];
    for (kind, value) in attributes(payload, length).flatten() {
        count += 1;
        for ((known, _), present) in PRESENT.iter().zip(&mut present) {
            *present |= *known == kind;
        }
        let again = seen.get_mut(usize::from(kind)).is_some_and(|seen| std::mem::replace(seen, true));
        if !again {
            valued(kind, value, sink);
        }
    }
    sink.number(&ATTRIBUTES, count);
    for ((_, feature), present) in PRESENT.iter().zip(present) {
        sink.number(feature, i64::from(present));
    }
}

/// The features that have an attribute's value.
fn valued(kind: u8, value: &[u8], sink: &mut dyn FeatureSink) {
    match kind {
        kind::USER_NAME | kind::NAS => {
            // Names are UTF-8 (RFC 2865 section 5); anything else is not a name.
            if let Ok(text) = std::str::from_utf8(value) {
                sink.text(if kind == kind::NAS { &NAS } else { &USER }, text);
            }
        }
        kind::NAS_ADDRESS => {
            if let Some(octets) = array_at::<4>(value, 0) {
                sink.address(&NAS_ADDRESS, IpAddr::V4(Ipv4Addr::from(octets)));
            }
        }
        kind::NAS_ADDRESS_V6 => {
            if let Some(octets) = array_at::<16>(value, 0) {
                sink.address(&NAS_ADDRESS, IpAddr::V6(Ipv6Addr::from(octets)));
            }
        }
        kind::SERVICE | kind::ACCOUNTING | kind::PORT_TYPE => {
            let feature = match kind {
                kind::SERVICE => &SERVICE,
                kind::ACCOUNTING => &ACCOUNTING,
                _ => &PORT_TYPE,
            };
            if let Some(number) = array_at::<4>(value, 0) {
                sink.number(feature, i64::from(u32::from_be_bytes(number)));
            }
        }
        _ => {}
    }
}
