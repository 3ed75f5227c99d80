//! Which protocol a packet belongs to, what it asks or answers, and what it offers as features.

mod common;

use common::{Kept, ip4, raw, udp4, udp6};
use etherparse::{PacketBuilder, TcpOptionElement};
use unanswered_wire::protocols::tcp;
use unanswered_wire::{Answer, Identity, LinkType, Message, Packet, ProtocolId, decode, recognise};

const ORIGIN: u64 = 0xec11_2233_4455_6677;
const TRANSMIT: u64 = 0xec99_8877_6655_4433;

/// An NTP packet of modes 0 to 5.
fn ntp(version: u8, mode: u8, origin: u64, transmit: u64) -> Vec<u8> {
    let mut packet = vec![0; 48];
    packet[0] = version << 3 | mode;
    packet[1..4].copy_from_slice(&[2, 6, 0xe9]);
    packet[24..32].copy_from_slice(&origin.to_be_bytes());
    packet[40..48].copy_from_slice(&transmit.to_be_bytes());
    packet
}

fn message(packet: &[u8]) -> Option<(ProtocolId, Message)> {
    recognise(&raw(packet))
}

fn ntp_message(ports: [u16; 2], payload: &[u8]) -> Option<Message> {
    let (id, message) = message(&udp4(ports, payload))?;
    assert_eq!(id, ProtocolId::NTP);
    Some(message)
}

fn features(packet: &Packet<'_>) -> Kept {
    let mut kept = Kept::default();
    let (id, _) = recognise(packet).expect("a message");
    id.protocol().features(packet, &mut kept);
    kept
}

#[test]
fn a_client_asks_with_its_transmit_and_a_server_answers_with_the_origin_timestamp() {
    for version in 1..=4 {
        let asks = ntp_message([11, 123], &ntp(version, 3, 0, TRANSMIT)).unwrap();
        assert_eq!((asks.asks, asks.answers), (Some(Identity::of(TRANSMIT)), None));
        let answers = ntp_message([123, 11], &ntp(version, 4, TRANSMIT, 99)).unwrap();
        let given = Some((Identity::of(TRANSMIT), Answer::Given));
        assert_eq!((answers.asks, answers.answers), (None, given));
        assert_eq!(answers.fingerprint, asks.fingerprint);
    }
}

#[test]
fn the_role_comes_from_the_mode_also_between_two_servers_ports() {
    let asks = ntp_message([123, 123], &ntp(4, 3, 0, TRANSMIT)).unwrap();
    assert_eq!(asks.asks, Some(Identity::of(TRANSMIT)));
    let answers = ntp_message([123, 123], &ntp(4, 4, TRANSMIT, 1)).unwrap();
    assert_eq!(answers.asks, None);
    // Client and server of version 1 are told apart by the port: it has no modes.
    let v1 = ntp(1, 0, TRANSMIT, TRANSMIT);
    assert!(ntp_message([1023, 123], &v1).unwrap().asks.is_some());
    assert!(ntp_message([123, 1023], &v1).unwrap().answers.is_some());
    assert_eq!(ntp_message([1023, 123], &ntp(4, 0, 0, 1)), None);
}

#[test]
fn symmetric_active_asks_and_answers_and_passive_answers() {
    let first = ntp_message([123, 123], &ntp(4, 1, 0, TRANSMIT)).unwrap();
    assert_eq!((first.asks, first.answers), (Some(Identity::of(TRANSMIT)), None));
    let both = ntp_message([123, 123], &ntp(4, 1, ORIGIN, TRANSMIT)).unwrap();
    assert_eq!(both.asks, Some(Identity::of(TRANSMIT)));
    assert_eq!(both.answers, Some((Identity::of(ORIGIN), Answer::Given)));
    let passive = ntp_message([123, 123], &ntp(4, 2, ORIGIN, TRANSMIT)).unwrap();
    assert_eq!((passive.asks, passive.answers.map(|a| a.0)), (None, Some(Identity::of(ORIGIN))));
}

#[test]
fn broadcasts_neither_ask_nor_answer() {
    assert_eq!(ntp_message([123, 123], &ntp(4, 5, 0, TRANSMIT)), None);
}

#[test]
fn a_port_that_nat_took_from_another_service_changes_nothing() {
    for port in [7, 13, 19, 37, 49, 53, 67, 68, 69, 111, 4789, 6081, 6635] {
        let asks = ntp_message([port, 123], &ntp(4, 3, 0, TRANSMIT)).unwrap();
        assert_eq!(asks.asks, Some(Identity::of(TRANSMIT)), "port {port}");
        let answers = ntp_message([123, port], &ntp(4, 4, TRANSMIT, 1)).unwrap();
        assert_eq!(answers.answers, Some((Identity::of(TRANSMIT), Answer::Given)), "port {port}");
    }
}

#[test]
fn between_ports_53_and_123_the_payload_decides() {
    let query = dns(0x1234, 0x0100, b"\x07example\x03com\0", &[]);
    assert_eq!(message(&udp4([123, 53], &query)).unwrap().0, ProtocolId::DNS);
    let mut reply = query.clone();
    reply[2] |= 0x80;
    assert_eq!(message(&udp4([53, 123], &reply)).unwrap().0, ProtocolId::DNS);
    assert_eq!(message(&udp4([53, 123], &ntp(4, 3, 0, 1))).unwrap().0, ProtocolId::NTP);
    assert_eq!(message(&udp4([123, 53], &ntp(4, 4, 1, 1))).unwrap().0, ProtocolId::NTP);
}

#[test]
fn kisses_that_send_the_client_away_are_refusals_and_others_say_that_the_server_is_not_synchronised() {
    let mut kiss = ntp(4, 4, TRANSMIT, 1);
    kiss[1] = 0;
    for (code, refused) in [
        (b"RATE", true),
        (b"DENY", true),
        (b"RSTR", true),
        (b"NTSN", true),
        (b"CRYP", true),
        (b"INIT", false),
        (b"STEP", false),
        (b"XFOO", false),
        (&[0; 4], false),
    ] {
        kiss[12..16].copy_from_slice(code);
        let (_, answer) = ntp_message([123, 11], &kiss).unwrap().answers.unwrap();
        let word = format!("kiss-o'-death {}", String::from_utf8_lossy(code));
        let said = matches!(answer, Answer::Refused(refusal) if refusal.kind().words == word);
        let no_time =
            matches!(answer, Answer::Refused(refusal) if refusal.kind().code == "ntp.unsynchronised");
        assert_eq!((said, no_time), (refused, !refused), "{word}");
    }
    kiss[1] = 1;
    kiss[12..16].copy_from_slice(b"RATE");
    let (_, answer) = ntp_message([123, 11], &kiss).unwrap().answers.unwrap();
    assert_eq!(answer, Answer::Given, "a reference id of stratum 1 is no kiss");
}

#[test]
fn control_and_private_messages_pair_by_sequence_and_operation() {
    let control = |flags, sequence, status| [0x16, flags, 0, sequence, status, 0, 0, 0, 0, 0, 0, 0];
    let asks = ntp_message([5000, 123], &control(2, 9, 0)).unwrap().asks.unwrap();
    let answers = |flags, sequence, status| {
        ntp_message([123, 5000], &control(flags, sequence, status)).unwrap().answers.unwrap()
    };
    assert_eq!(answers(0x82, 9, 0), (asks, Answer::Given));
    assert_eq!(answers(0xc2, 9, 4).0, asks);
    assert_eq!(control_error(answers(0xc2, 9, 4).1), Some(4));
    assert_ne!(answers(0x82, 8, 0).0, asks);
    assert_ne!(answers(0x81, 9, 0).0, asks);

    let private = |first, error| [first, 5, 3, 42, error, 0, 0, 0];
    let asks = ntp_message([5000, 123], &private(0x17, 0)).unwrap().asks.unwrap();
    let given = ntp_message([123, 5000], &private(0x97, 0)).unwrap().answers.unwrap();
    assert_eq!(given, (asks, Answer::Given));
    let refused = ntp_message([123, 5000], &private(0x97, 0x40)).unwrap().answers.unwrap();
    assert_eq!((refused.0, control_error(refused.1)), (asks, Some(4)));
}

/// The error number of a control or private message that refuses.
fn control_error(answer: Answer) -> Option<u16> {
    let Answer::Refused(refusal) = answer else { return None };
    let mut numbers = refusal.numbers();
    numbers.next().filter(|(word, _)| *word == "error").map(|(_, number)| number)
}

#[test]
fn an_ntp_request_too_short_to_be_served_still_asks() {
    let asks = ntp_message([5000, 123], &ntp(4, 3, 0, 1)[..40]).unwrap();
    assert_eq!((asks.asks, asks.fingerprint), (Some(Identity::of(0)), 0));
}

#[test]
fn an_ntp_packet_cut_before_its_identity_is_no_message() {
    let packet = udp4([5000, 123], &ntp(4, 3, 0, TRANSMIT));
    let cut = decode(LinkType::Raw, &packet[..70], 76).unwrap();
    assert_eq!(recognise(&cut), None);
}

#[test]
fn what_follows_the_ntp_header_is_told_apart() {
    let field = |kind: u16, length: u16| {
        let mut field = [kind.to_be_bytes(), length.to_be_bytes()].concat();
        field.resize(usize::from(length), 0);
        field
    };
    let mac = |length: usize| [vec![0, 0, 0, 5], vec![1; length - 4]].concat();
    let nts =
        [field(0x0104, 36), field(0x0204, 104), field(0x0304, 104), field(0x0304, 104), field(0x0404, 40)];
    let cases = [
        (4, vec![], "0", "0", "0"),
        (4, mac(20), "0", "20", "0"),
        (3, mac(24), "0", "24", "0"),
        (4, vec![0; 4], "0", "4", "0"),
        (4, field(0x4009, 28), "1", "0", "0"),
        (4, [field(0x2005, 16), mac(20)].concat(), "1", "20", "0"),
        (4, nts.concat(), "5", "0", "0"),
        (4, vec![0; 7], "0", "0", "7"),
        (4, vec![0xff; 13], "0", "0", "13"),
    ];
    for (version, tail, count, length, rubbish) in cases {
        let packet = udp4([11, 123], &[ntp(version, 3, 0, 1), tail.clone()].concat());
        let kept = features(&raw(&packet));
        assert_eq!(kept.get("ntp.ext.count"), Some(count), "{tail:?}");
        assert_eq!(kept.get("ntp.mac.length"), Some(length), "{tail:?}");
        assert_eq!(kept.get("ntp.trailing"), Some(rubbish), "{tail:?}");
    }
    let packet = udp4([11, 123], &[ntp(4, 3, 0, 1), nts.concat()].concat());
    let kept = features(&raw(&packet));
    assert_eq!(kept.get("ntp.ext.cookie_placeholders"), Some("2"));
    assert_eq!(kept.get("ntp.ext.types"), Some("0x0104,0x0204,0x0304,0x0304,0x0404"));
    let packet = udp4([11, 123], &[ntp(4, 3, 0, 1), mac(20)].concat());
    assert_eq!(features(&raw(&packet)).get("ntp.keyid"), Some("5"));
}

#[test]
fn ntp_fields_are_features() {
    let packet = udp6([11, 123], &ntp(3, 3, 0, TRANSMIT));
    let kept = features(&raw(&packet));
    for (name, value) in [
        ("ntp.flags.vn", "3"),
        ("ntp.flags.mode", "3"),
        ("ntp.stratum", "2"),
        ("ntp.ppoll", "6"),
        ("ntp.precision", "-23"),
        ("ntp.org.zero", "1"),
        ("ntp.xmt.zero", "0"),
    ] {
        assert_eq!(kept.get(name), Some(value), "{name}");
    }
}

/// A DNS message with one question of type A and class IN.
fn dns(id: u16, flags: u16, name: &[u8], additional: &[u8]) -> Vec<u8> {
    let count = u16::from(!additional.is_empty());
    let mut message = Vec::new();
    for field in [id, flags, 1, 0, 0, count] {
        message.extend(field.to_be_bytes());
    }
    message.extend(name);
    message.extend([0, 1, 0, 1]);
    message.extend(additional);
    message
}

fn dns_message(ports: [u16; 2], payload: &[u8]) -> Message {
    let (id, message) = message(&udp4(ports, payload)).expect("a message");
    assert_eq!(id, ProtocolId::DNS);
    message
}

#[test]
fn a_dns_reply_agrees_in_id_and_question_whatever_the_letter_case() {
    let asks = dns_message([5000, 53], &dns(7, 0x0100, b"\x03wWw\x07eXample\0", &[]));
    let request = asks.asks.unwrap();
    let answers = |flags, name: &[u8]| dns_message([53, 5000], &dns(7, flags, name, &[]));
    let reply = answers(0x8180, b"\x03www\x07example\0");
    assert_eq!(reply.answers, Some((request, Answer::Given)));
    assert_eq!(reply.fingerprint, asks.fingerprint);
    let (other, _) = answers(0x8180, b"\x03ftp\x07example\0").answers.unwrap();
    assert_eq!(other.key, request.key);
    assert!(!other.agrees(request));
}

#[test]
fn response_codes_are_answers_or_errors() {
    for code in 0..=15 {
        let reply = dns_message([53, 5000], &dns(7, 0x8180 | code, b"\x01x\0", &[]));
        let (_, answer) = reply.answers.unwrap();
        let said = match answer {
            Answer::Given => "",
            Answer::Truncated => "truncated",
            Answer::Refused(refusal) => refusal.kind().code,
        };
        let expected = match code {
            // NXDOMAIN, and prerequisites that did not hold (RFC 2136 section 2.2).
            0 | 3 | 6..=8 => "",
            1 => "dns.formerr",
            2 => "dns.servfail",
            4 => "dns.notimp",
            5 => "dns.refused",
            _ => "dns.other_error",
        };
        assert_eq!(said, expected, "response code {code}");
    }
}

#[test]
fn a_dns_message_without_its_question_agrees_with_any() {
    let request = dns_message([5000, 53], &dns(7, 0x0100, b"\x01x\0", &[])).asks.unwrap();
    let mut reply = dns(7, 0x8185, b"", &[]);
    reply[5] = 0;
    let (identity, _) = dns_message([53, 5000], &reply[..12]).answers.unwrap();
    assert_eq!(identity.check, Identity::ANY_CHECK);
    assert!(identity.agrees(request));

    let packet = udp4([53, 5000], &dns(7, 0x8180, b"\x07example\x03com\0", &[]));
    let length = u32::try_from(packet.len()).unwrap();
    for cut in 28 + 12..packet.len() - 1 {
        let read = decode(LinkType::Raw, &packet[..cut], length).unwrap();
        let (id, message) = recognise(&read).unwrap();
        assert_eq!((id, message.answers.unwrap().0.check), (ProtocolId::DNS, Identity::ANY_CHECK));
        assert_eq!(message.fingerprint, 0);
    }
}

#[test]
fn dns_fields_are_features() {
    let opt = [0, 0, 41, 0x10, 0, 0, 0, 0x80, 0, 0, 12, 0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8];
    let packet = udp4([5000, 53], &dns(7, 0x0110, b"\x01a\x03wWw\x07Ex-mple\x03c\xffm\0", &opt));
    let kept = features(&raw(&packet));
    for (name, value) in [
        ("dns.qry.name", "a.wWw.Ex-mple.c\\255m"),
        ("dns.qry.zone", "ex-mple.c\\255m"),
        ("dns.qry.type", "1"),
        ("dns.qry.class", "1"),
        ("dns.count.labels", "4"),
        ("dns.qry.name.mixed_case", "1"),
        ("dns.flags.recdesired", "1"),
        ("dns.flags.checkdisable", "1"),
        ("dns.count.add_rr", "1"),
        ("dns.edns", "1"),
        ("dns.rr.udp_payload_size", "4096"),
        ("dns.resp.z.do", "1"),
        ("dns.opt.codes", "10"),
        ("dns.opt.cookie", "1"),
        ("dns.opt.client", "0"),
    ] {
        assert_eq!(kept.get(name), Some(value), "{name}");
    }
    let packet = udp4([5000, 53], &dns(7, 0x0100, b"\x01x\0", &[]));
    assert_eq!(features(&raw(&packet)).get("dns.edns"), Some("0"));
}

fn tcp(flags: u16, sequence: u32, acknowledgement: u32) -> Option<Message> {
    let mut packet = vec![0x13, 0x88, 1, 187];
    packet.extend(sequence.to_be_bytes());
    packet.extend(acknowledgement.to_be_bytes());
    packet.extend((0x5000 | flags).to_be_bytes());
    packet.extend([4, 0, 0, 0, 0, 0]);
    message(&ip4(6, &packet)).map(|(_, message)| message)
}

#[test]
fn a_syn_asks_and_what_acknowledges_it_answers() {
    let syn = tcp(0x02, u32::MAX, 0).unwrap();
    assert_eq!(syn.asks, Some(Identity::of(u64::from(u32::MAX))));
    let accept = tcp(0x12, 5, 0).unwrap();
    assert_eq!(accept.answers, Some((syn.asks.unwrap(), Answer::Given)));
    assert_eq!(accept.fingerprint, syn.fingerprint);
    let reset = tcp(0x14, 0, 0).unwrap();
    assert_eq!(reset.answers, Some((syn.asks.unwrap(), Answer::Refused(tcp::RESET_BY_PEER))));
    assert!(tcp(0xc2, 1, 0).unwrap().asks.is_some(), "asking for ECN changes nothing");
    for flags in [0x10, 0x18, 0x11, 0x04] {
        assert_eq!(tcp(flags, 1, 1), None, "flags {flags:#x}");
    }
}

#[test]
fn tcp_options_are_features() {
    let mut packet = Vec::new();
    PacketBuilder::ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64)
        .tcp(5000, 443, 77, 1024)
        .syn()
        .ece()
        .cwr()
        .options(&[
            TcpOptionElement::MaximumSegmentSize(1400),
            TcpOptionElement::SelectiveAcknowledgementPermitted,
            TcpOptionElement::Timestamp(99, 0),
            TcpOptionElement::WindowScale(7),
        ])
        .expect("few options")
        .write(&mut packet, b"early")
        .expect("memory");
    let kept = features(&raw(&packet));
    for (name, value) in [
        ("tcp.flags.ece", "1"),
        ("tcp.flags.cwr", "1"),
        ("tcp.flags.ae", "0"),
        ("tcp.window_size_value", "1024"),
        ("tcp.options.mss_val", "1400"),
        ("tcp.options.wscale.shift", "7"),
        ("tcp.options.sack_perm", "1"),
        ("tcp.options.timestamp.present", "1"),
        ("tcp.options.tfo.present", "0"),
        ("tcp.len", "5"),
    ] {
        assert_eq!(kept.get(name), Some(value), "{name}");
    }
    let cut = decode(LinkType::Raw, &packet[..50], u32::try_from(packet.len()).unwrap()).unwrap();
    let kept = features(&cut);
    assert_eq!(kept.get("tcp.options.sack_perm"), None, "cut off is not absent");
}

#[test]
fn a_fast_open_cookie_is_seen_behind_other_options() {
    let mut packet = vec![0x13, 0x88, 1, 187, 0, 0, 0, 1, 0, 0, 0, 0, 0xb0, 2, 4, 0, 0, 0, 0, 0];
    packet.extend([2, 4, 5, 0xb4, 30, 4, 0, 0, 34, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1, 0, 0, 0, 0]);
    let packet = ip4(6, &packet);
    let kept = features(&raw(&packet));
    assert_eq!(kept.get("tcp.options.tfo.cookie.present"), Some("1"));
}

#[test]
fn an_echo_reply_has_the_requests_identity_and_the_fingerprint_survives_a_new_identifier() {
    let echo = |kind, identifier, payload: &[u8]| {
        message(&ip4(1, &[&[kind, 0, 0, 0, 0, identifier, 0, 9][..], payload].concat())).unwrap()
    };
    let (id, request) = echo(8, 5, b"time of sending, padding");
    assert_eq!((id, request.asks.is_some()), (ProtocolId::ICMP, true));
    let (_, reply) = echo(0, 5, b"time of sending, padding");
    assert_eq!(reply.answers, Some((request.asks.unwrap(), Answer::Given)));
    let (_, translated) = echo(8, 6, b"time of sending, padding");
    assert_ne!(translated.asks, request.asks);
    assert_eq!(translated.fingerprint, request.fingerprint);
    assert_ne!(echo(8, 5, b"another time....").1.fingerprint, request.fingerprint);
}

#[test]
fn ids_and_names_of_protocols_go_together() {
    for (id, name) in ProtocolId::all().zip(ProtocolId::names()) {
        assert_eq!((id.declaration().name, ProtocolId::by_name(name)), (name, Some(id)));
    }
    assert_eq!(ProtocolId::NTP.declaration().name, "ntp");
    assert_eq!(ProtocolId::TCP_DATA.declaration().name, "tcp-data");
    assert_eq!(ProtocolId::by_name("smtp"), None);
}
