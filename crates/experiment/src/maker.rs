//! From the settings of a planned request to the packet.

use crate::asking::{Asking, PayloadSettings, low_16};
use crate::field::{FIELDS, Settable};
use std::net::IpAddr;
use unanswered_probe::{Flow, Random, Role, Send, Setting};
use unanswered_wire::{Tcp, emit};

/// Ports that a client takes for itself (RFC 6335, section 6: dynamic ports).
const EPHEMERAL: [u64; 2] = [49_152, 65_535];
/// Initial window of Linux, bytes.
const WINDOW: u16 = 64_240;
/// Usual time to live (RFC 1700: 64).
const TTL: u8 = 64;
/// Options of a SYN: maximum segment size 1460 (RFC 9293, section 3.7.1).
const SYN_OPTIONS: [u8; 4] = [2, 4, 0x05, 0xb4];

/// Who asks whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// The address that requests come from.
    pub local: IpAddr,
    /// The server.
    pub remote: IpAddr,
    /// Its port; 0 for ICMP.
    pub port: u16,
}

/// What a reply has to have to belong to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Source port; the identifier of an echo.
    pub port: u16,
    /// What the reply brings back.
    pub token: u64,
    /// Bytes of payload: what a SYN-ACK acknowledges beside the SYN.
    pub length: u32,
}

/// A request that can be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The IP packet, for a raw link.
    pub packet: Vec<u8>,
    /// The payload, for an ordinary socket.
    pub payload: Vec<u8>,
    /// Time to live.
    pub ttl: u8,
    /// What belongs to it.
    pub key: Key,
}

/// Why a request cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotMake {
    /// A value that the field cannot have.
    #[error("{field} {value} is out of range: it takes {low} to {high}")]
    OutOfRange {
        /// The field's code.
        field: &'static str,
        /// The value.
        value: u64,
        /// Smallest value.
        low: u64,
        /// Largest value.
        high: u64,
    },
    /// A field that requests of this protocol do not have.
    #[error("{asking} requests have no {field}")]
    NotOf {
        /// The field's code.
        field: &'static str,
        /// The protocol.
        asking: &'static str,
    },
    /// A setting of a field that is not declared.
    #[error("there is no field number {0}")]
    NoField(u16),
    /// Two addresses of different IP versions.
    #[error("the sender's address and the server's are of different IP versions")]
    TwoVersions,
    /// What cannot be written into a packet.
    #[error("the request cannot be written: {0}")]
    CannotEmit(#[from] emit::CannotEmit),
}

/// Makes requests.
#[derive(Clone, Debug)]
pub struct Maker {
    asking: Asking,
    target: Target,
    /// What all requests have, the control among them.
    always: Vec<Setting>,
    /// What the control has; others take it where they set nothing else.
    control: Vec<Setting>,
    /// What all requests but the control have.
    with: Vec<Setting>,
    random: Random,
    last_port: Option<u16>,
    /// A port from which a control was answered.
    answered_port: Option<u16>,
    /// The port of the last control.
    control_port: Option<u16>,
}

impl Maker {
    /// A maker for one server. `always` is set in all requests, `control` is what the control has.
    #[must_use]
    pub const fn new(
        asking: Asking,
        target: Target,
        always: Vec<Setting>,
        control: Vec<Setting>,
        random: Random,
    ) -> Self {
        Self {
            asking,
            target,
            always,
            control,
            with: Vec::new(),
            random,
            last_port: None,
            answered_port: None,
            control_port: None,
        }
    }

    /// The same maker, whose requests have this beside, all but the control.
    #[must_use]
    pub fn with(&self, with: Vec<Setting>) -> Self {
        Self { with, ..self.clone() }
    }

    /// The same maker with another control.
    #[must_use]
    pub fn with_control(&self, control: Vec<Setting>) -> Self {
        Self { control, answered_port: None, ..self.clone() }
    }

    /// A control from this port was answered: the next ones are sent from there, too. Ports may be what decides, and then a control
    /// from any other is not known to work.
    pub(crate) fn answered(&mut self, port: u16) {
        self.answered_port.get_or_insert(port);
    }

    /// What is asked.
    #[must_use]
    pub const fn asking(&self) -> &Asking {
        &self.asking
    }

    /// Who is asked.
    #[must_use]
    pub const fn target(&self) -> Target {
        self.target
    }

    /// The settings of a planned request, with those that it takes over.
    #[must_use]
    pub fn settings(&self, send: &Send) -> Vec<Setting> {
        let mut all = self.always.clone();
        let (with, own) = if send.role == Role::Control {
            (&[][..], &[][..])
        } else {
            (&self.with[..], &send.settings[..])
        };
        for setting in self.control.iter().chain(with).chain(own) {
            all.retain(|known| known.field != setting.field);
            all.push(*setting);
        }
        all
    }

    /// Makes the next request of a plan; `None` where the plan wants what nobody can send: a reply that the server holds back.
    ///
    /// # Errors
    /// A value out of range, a field of another protocol, and what does not fit into a packet.
    pub fn request(&mut self, send: &Send) -> Result<Option<Request>, CannotMake> {
        if send.flow == Flow::ReplyOfBefore {
            return Ok(None);
        }
        let settings = self.settings(send);
        self.check(&settings)?;
        let value = |settable: Settable| {
            settings.iter().find(|setting| setting.field == settable.field()).map(|setting| setting.value)
        };
        let token = self.random.bits();
        let [low, high] = EPHEMERAL;
        let known = self.answered_port.filter(|_| send.role == Role::Control);
        let port = match (value(Settable::SourcePort).and_then(narrow).or(known), send.flow, self.last_port) {
            (Some(port), _, _) => port,
            (None, Flow::SameAsBefore, Some(port)) => port,
            (None, Flow::SameAsBefore | Flow::Any | Flow::HeldOpen | Flow::ReplyOfBefore, _) => {
                narrow(self.random.between(low, high)).unwrap_or(u16::MAX)
            }
        };
        let port = if send.role == Role::Control { self.other_parity(port, known) } else { port };
        self.last_port = Some(port);
        let set = PayloadSettings {
            length: value(Settable::PayloadLength).and_then(narrow),
            ntp_version: value(Settable::NtpVersion).and_then(narrow),
            ntp_mode: value(Settable::NtpMode).and_then(narrow),
            ntp_poll: value(Settable::NtpPoll).and_then(narrow),
            dns_type: value(Settable::DnsType).and_then(narrow),
            dns_edns: value(Settable::DnsEdns).and_then(narrow),
            dns_recursion: value(Settable::DnsRecursion).map(|value| value != 0),
        };
        let payload = self.asking.payload(&set, token)?;
        let ttl = value(Settable::Ttl).and_then(narrow).unwrap_or(TTL);
        let header = self.header(ttl, &value, token)?;
        let mut packet = Vec::new();
        emit::ip_packet(&mut packet, header, &self.content(port, token, &payload))?;
        if value(Settable::UdpChecksum) == Some(0) {
            without_checksum(&mut packet, header);
        }
        let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        Ok(Some(Request { packet, payload, ttl, key: Key { port, token, length } }))
    }

    /// While no control was answered: even and odd ports by turns, as one of both may be what fails.
    fn other_parity(&mut self, port: u16, known: Option<u16>) -> u16 {
        let same = self.control_port.is_some_and(|last| last % 2 == port % 2);
        let port = if known.is_none() && same && self.is_free() { port ^ 1 } else { port };
        self.control_port = Some(port);
        port
    }

    /// Whether the source port of a control is ours to choose.
    fn is_free(&self) -> bool {
        let field = Settable::SourcePort.field();
        !self.always.iter().chain(&self.control).any(|setting| setting.field == field)
    }

    fn check(&self, settings: &[Setting]) -> Result<(), CannotMake> {
        for setting in settings {
            let declaration =
                FIELDS.get(usize::from(setting.field.0)).ok_or(CannotMake::NoField(setting.field.0))?;
            let field = declaration.code;
            if !declaration.settable.is_of(&self.asking) {
                return Err(CannotMake::NotOf { field, asking: self.asking.words() });
            }
            let (low, high, value) = (declaration.low, declaration.high, setting.value);
            if !(low..=high).contains(&value) {
                return Err(CannotMake::OutOfRange { field, value, low, high });
            }
        }
        Ok(())
    }

    fn header(
        &self,
        ttl: u8,
        value: &dyn Fn(Settable) -> Option<u64>,
        token: u64,
    ) -> Result<emit::IpHeader, CannotMake> {
        let dscp = value(Settable::Dscp).and_then(narrow).unwrap_or(0);
        let ecn = value(Settable::Ecn).and_then(narrow).unwrap_or(0);
        match (self.target.local, self.target.remote) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => Ok(emit::IpHeader::V4(emit::Ipv4 {
                source,
                destination,
                ttl,
                dscp,
                ecn,
                identification: value(Settable::Identification)
                    .and_then(narrow)
                    .unwrap_or_else(|| low_16(token >> 16).max(1)),
                dont_fragment: value(Settable::DontFragment).is_some_and(|value| value != 0),
            })),
            (IpAddr::V6(source), IpAddr::V6(destination)) => Ok(emit::IpHeader::V6(emit::Ipv6 {
                source,
                destination,
                hop_limit: ttl,
                dscp,
                ecn,
                flow_label: 0,
            })),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => Err(CannotMake::TwoVersions),
        }
    }

    fn content<'a>(&self, port: u16, token: u64, payload: &'a [u8]) -> emit::Content<'a> {
        match &self.asking {
            Asking::Ntp | Asking::Dns { .. } | Asking::Udp { .. } => {
                emit::Content::Udp { source_port: port, destination_port: self.target.port, payload }
            }
            Asking::Echo => {
                emit::Content::Echo { request: true, identifier: port, sequence: low_16(token), payload }
            }
            Asking::Tcp => emit::Content::Tcp {
                source_port: port,
                destination_port: self.target.port,
                sequence: low_32(token),
                acknowledgement: 0,
                flags: Tcp::SYN,
                window: WINDOW,
                options: &SYN_OPTIONS,
                payload,
            },
        }
    }
}

/// The low 32 bits.
pub(crate) fn low_32(token: u64) -> u32 {
    u32::try_from(token & u64::from(u32::MAX)).unwrap_or(u32::MAX)
}

/// A checked value in a narrower type; `None` never happens, as [`FIELDS`] has the ranges.
fn narrow<T: TryFrom<u64>>(value: u64) -> Option<T> {
    T::try_from(value).ok()
}

/// Says that there is no checksum (RFC 768; only IPv4, RFC 8200 section 8.1).
fn without_checksum(packet: &mut [u8], header: emit::IpHeader) {
    /// Bytes of an IPv4 header without options, and where UDP has its checksum.
    const CHECKSUM: std::ops::Range<usize> = 26..28;
    if let (emit::IpHeader::V4(_), Some(checksum)) = (header, packet.get_mut(CHECKSUM)) {
        checksum.fill(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unanswered_time::Span;
    use unanswered_wire::{LinkType, Transport, decode};

    fn target() -> Target {
        Target { local: [192, 0, 2, 1].into(), remote: [192, 0, 2, 9].into(), port: 123 }
    }

    fn send(role: Role, flow: Flow, settings: &[(Settable, u64)]) -> Send {
        let settings =
            settings.iter().map(|(settable, value)| Setting { field: settable.field(), value: *value });
        Send { at: Span::from_nanoseconds(0), role, flow, settings: settings.collect() }
    }

    fn maker(asking: Asking, control: &[(Settable, u64)]) -> Maker {
        let control = send(Role::Trial, Flow::Any, control).settings;
        Maker::new(asking, target(), Vec::new(), control, Random::new(7))
    }

    #[test]
    fn what_is_set_is_in_the_packet() {
        let mut maker = maker(Asking::Ntp, &[(Settable::SourcePort, 50_000), (Settable::Ttl, 9)]);
        let set = [
            (Settable::SourcePort, 108),
            (Settable::Dscp, 46),
            (Settable::Ecn, 1),
            (Settable::Identification, 77),
            (Settable::DontFragment, 1),
            (Settable::UdpChecksum, 0),
            (Settable::PayloadLength, 100),
            (Settable::NtpVersion, 3),
            (Settable::NtpMode, 1),
        ];
        let request = maker.request(&send(Role::Trial, Flow::Any, &set)).unwrap().unwrap();
        let length = u32::try_from(request.packet.len()).unwrap();
        let packet = decode(LinkType::Raw, &request.packet, length).unwrap();
        let ip = packet.ip;
        assert_eq!((ip.ttl, ip.dscp, ip.ecn, ip.identification), (9, 46, 1, Some(77)));
        assert!(ip.dont_fragment);
        let Transport::Udp(udp) = packet.transport else { panic!("{packet:?}") };
        assert_eq!((udp.source_port, udp.destination_port, udp.checksum), (108, 123, 0));
        assert_eq!((udp.payload.len(), udp.payload[0]), (100, 3 << 3 | 1));
        assert_eq!(&udp.payload[48..52], [0xf0, 0, 0, 52]);
    }

    #[test]
    fn the_control_keeps_its_values_and_others_take_them() {
        let mut maker = maker(Asking::Ntp, &[(Settable::SourcePort, 50_000)]);
        let of = |maker: &mut Maker, role, settings: &[(Settable, u64)]| {
            maker.request(&send(role, Flow::Any, settings)).unwrap().unwrap().key.port
        };
        assert_eq!(of(&mut maker, Role::Control, &[(Settable::SourcePort, 1)]), 50_000);
        assert_eq!(of(&mut maker, Role::Trial, &[]), 50_000);
        assert_eq!(of(&mut maker, Role::Trial, &[(Settable::SourcePort, 1)]), 1);
        let with = send(Role::Trial, Flow::Any, &[(Settable::SourcePort, 2)]).settings;
        let mut maker = maker.with(with);
        assert_eq!(of(&mut maker, Role::Control, &[]), 50_000);
        assert_eq!(of(&mut maker, Role::Trial, &[]), 2);
        assert_eq!(of(&mut maker, Role::Trial, &[(Settable::SourcePort, 1)]), 1);
    }

    #[test]
    fn a_flow_goes_on_or_is_a_new_one() {
        let mut maker = maker(Asking::Ntp, &[]);
        let mut port = |flow| maker.request(&send(Role::Trial, flow, &[])).unwrap().map(|made| made.key.port);
        let first = port(Flow::Any);
        assert_eq!(port(Flow::SameAsBefore), first);
        assert_ne!(port(Flow::Any), first);
        assert_eq!(port(Flow::ReplyOfBefore), None);
    }

    #[test]
    fn controls_stay_with_the_port_that_was_answered() {
        let mut maker = maker(Asking::Ntp, &[]);
        let port = |maker: &mut Maker, role| {
            maker.request(&send(role, Flow::Any, &[])).unwrap().map(|made| made.key.port)
        };
        let (first, second) = (port(&mut maker, Role::Control), port(&mut maker, Role::Control));
        assert_ne!(first.map(|port| port % 2), second.map(|port| port % 2));
        maker.answered(second.unwrap());
        maker.answered(1);
        assert_eq!(port(&mut maker, Role::Control), second);
        assert_ne!(port(&mut maker, Role::Trial), second);
        assert_eq!(port(&mut maker, Role::Control), second);
    }

    #[test]
    fn what_cannot_be_set_is_said() {
        let mut ntp = maker(Asking::Ntp, &[]);
        let said = |maker: &mut Maker, settable, value| {
            maker.request(&send(Role::Trial, Flow::Any, &[(settable, value)])).unwrap_err().to_string()
        };
        assert_eq!(
            said(&mut ntp, Settable::SourcePort, 0),
            "source-port 0 is out of range: it takes 1 to 65535"
        );
        assert_eq!(said(&mut ntp, Settable::DnsType, 1), "NTP requests have no dns-type");
        let mut dns = maker(Asking::Dns { name: "a".repeat(64) }, &[]);
        assert!(dns.request(&send(Role::Trial, Flow::Any, &[])).is_err());
    }
}
