//! DNS messages (RFC 1035 section 4, EDNS: RFC 6891): queries and responses to put into a datagram.

use super::{CannotEmit, all_or_nothing, length_16, set, within};
use std::net::IpAddr;

/// A query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Query<'a> {
    /// Transaction id.
    pub id: u16,
    /// Name: labels with dots between them, with or without a final dot; empty or "." is the root. There
    /// are no escapes.
    pub name: &'a str,
    /// Type (IANA): A is 1, TXT 16, AAAA 28.
    pub kind: u16,
    /// The recursion-desired flag.
    pub recursion_desired: bool,
    /// With EDNS: the UDP payload size that the sender accepts, in bytes.
    pub edns: Option<u16>,
}

/// A response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Response<'a> {
    /// The query that it answers; nothing of its EDNS is copied.
    pub query: Query<'a>,
    /// Response code: NOERROR is 0, SERVFAIL 2, NXDOMAIN 3, REFUSED 5. 0 to 15, with EDNS to 4095
    /// (RFC 6891 section 6.1.3).
    pub rcode: u16,
    /// The authoritative-answer flag.
    pub authoritative: bool,
    /// The recursion-available flag.
    pub recursion_available: bool,
    /// The truncation flag. A server that sets it leaves answers out; the caller must do so too.
    pub truncated: bool,
    /// Addresses of the name, as A and AAAA records.
    pub answers: &'a [IpAddr],
    /// Time to live of the records, in seconds.
    pub ttl: u32,
    /// With EDNS: the UDP payload size that the server accepts, in bytes.
    pub edns: Option<u16>,
    /// Length in bytes to which a TXT record fills the message, 0 for none. As the record has 13 bytes at
    /// least, a message that lacks fewer gets longer by up to 12 bytes; one that is longer already is left
    /// as it is. The record is an answer where TXT or any type was asked for, otherwise an additional
    /// record (as RFC 6763 section 12 has them).
    pub fill_to: u16,
}

/// Record types (IANA).
mod kind {
    pub(super) const A: u16 = 1;
    pub(super) const TXT: u16 = 16;
    pub(super) const AAAA: u16 = 28;
    pub(super) const OPT: u16 = 41;
    pub(super) const ANY: u16 = 255;
}

/// The class of everything here: the Internet.
const INTERNET: u16 = 1;

/// Flags of the header (RFC 1035 section 4.1.1).
mod flag {
    pub(super) const RESPONSE: u16 = 0x8000;
    pub(super) const AUTHORITATIVE: u16 = 0x0400;
    pub(super) const TRUNCATED: u16 = 0x0200;
    pub(super) const RECURSION_DESIRED: u16 = 0x0100;
    pub(super) const RECURSION_AVAILABLE: u16 = 0x0080;
}

/// A pointer to the name of the question, which is always at offset 12 (RFC 1035 section 4.1.4).
const POINTER: [u8; 2] = [0xc0, 12];

/// Bytes of a record with a pointer for its name, without its data.
const RECORD: usize = 12;

/// Maximum length of a label (RFC 1035 section 2.3.4).
const LABEL_MOST: usize = 63;

/// Maximum length of a name, lengths and root included (RFC 1035 section 2.3.4).
const NAME_MOST: usize = 255;

/// Appends a query.
///
/// # Errors
/// A name with an empty label, a label of more than 63 bytes or more than 255 bytes in all.
///
/// ```
/// use unanswered_wire::emit::dns::{Query, query};
/// let mut message = Vec::new();
/// query(&mut message, &Query { id: 7, name: "a.example", kind: 1, recursion_desired: true, edns: None })?;
/// assert_eq!(message[12..], *b"\x01a\x07example\0\0\x01\0\x01");
/// # Ok::<(), unanswered_wire::emit::CannotEmit>(())
/// ```
pub fn query(out: &mut Vec<u8>, query: &Query<'_>) -> Result<(), CannotEmit> {
    let flags = if query.recursion_desired { flag::RECURSION_DESIRED } else { 0 };
    all_or_nothing(out, |out| {
        header(out, query.id, flags, [1, 0, 0, u16::from(query.edns.is_some())]);
        question(out, query)?;
        if let Some(size) = query.edns {
            opt(out, size, 0);
        }
        Ok(())
    })
}

/// Appends a response.
///
/// # Errors
/// Like [`query`]; a response code beyond its range; more answers than 65535 or than 65535 bytes.
pub fn response(out: &mut Vec<u8>, response: &Response<'_>) -> Result<(), CannotEmit> {
    // Eight more bits of the response code are in the EDNS record.
    within("response code", response.rcode, if response.edns.is_some() { 4095 } else { 15 })?;
    let start = out.len();
    all_or_nothing(out, |out| {
        let filler = filler(response)?;
        let fills_answer = matches!(response.query.kind, kind::TXT | kind::ANY);
        let answers = response.answers.len() + usize::from(fills_answer && filler.is_some());
        let additional = u16::from(response.edns.is_some()) + u16::from(!fills_answer && filler.is_some());
        let counts = [1, length_16("the list of answers", answers)?, 0, additional];
        header(out, response.query.id, flags(response), counts);
        question(out, &response.query)?;
        for answer in response.answers {
            address(out, *answer, response.ttl);
        }
        if let Some(length) = filler {
            text(out, length, response.ttl);
        }
        if let Some(size) = response.edns {
            opt(out, size, response.rcode >> 4);
        }
        length_16("the DNS message", out.len() - start).map(|_| ())
    })
}

fn flags(response: &Response<'_>) -> u16 {
    let flags = [
        (response.authoritative, flag::AUTHORITATIVE),
        (response.truncated, flag::TRUNCATED),
        (response.query.recursion_desired, flag::RECURSION_DESIRED),
        (response.recursion_available, flag::RECURSION_AVAILABLE),
    ];
    let set = flags.iter().filter(|(set, _)| *set).fold(0, |all, (_, flag)| all | flag);
    flag::RESPONSE | set | response.rcode & 0xf
}

/// Data bytes of the TXT record that fills the message, if it is too short.
fn filler(response: &Response<'_>) -> Result<Option<u16>, CannotEmit> {
    let answers = response.answers.iter().map(|answer| RECORD + if answer.is_ipv4() { 4 } else { 16 });
    let question = 12 + name_length(response.query.name)? + 4;
    let opt = if response.edns.is_some() { OPT } else { 0 };
    let length = answers.fold(question + opt, usize::saturating_add);
    let lacking = usize::from(response.fill_to).saturating_sub(length);
    if lacking == 0 {
        return Ok(None);
    }
    // At least one string, which may be empty.
    Ok(u16::try_from(lacking.saturating_sub(RECORD).max(1)).ok())
}

fn header(out: &mut Vec<u8>, id: u16, flags: u16, counts: [u16; 4]) {
    let mut header = [0; 12];
    set(&mut header, 0, id.to_be_bytes());
    set(&mut header, 2, flags.to_be_bytes());
    for (at, count) in (4..).step_by(2).zip(counts) {
        set(&mut header, at, count.to_be_bytes());
    }
    out.extend_from_slice(&header);
}

fn question(out: &mut Vec<u8>, query: &Query<'_>) -> Result<(), CannotEmit> {
    name_length(query.name)?;
    for label in labels(query.name) {
        // Checked: at most 63.
        out.push(u8::try_from(label.len()).unwrap_or(0));
        out.extend_from_slice(label.as_bytes());
    }
    out.push(0);
    out.extend_from_slice(&query.kind.to_be_bytes());
    out.extend_from_slice(&INTERNET.to_be_bytes());
    Ok(())
}

/// The length of a name on the wire; an error for invalid names.
fn name_length(name: &str) -> Result<usize, CannotEmit> {
    let mut length = 1_usize;
    for label in labels(name) {
        match label.len() {
            0 => return Err(CannotEmit::EmptyLabel),
            1..=LABEL_MOST => {}
            length => return Err(CannotEmit::TooLong { what: "a label", length, most: LABEL_MOST }),
        }
        length += 1 + label.len();
    }
    if length > NAME_MOST {
        return Err(CannotEmit::TooLong { what: "the name", length, most: NAME_MOST });
    }
    Ok(length)
}

/// The labels of a name; the root has none.
fn labels(name: &str) -> impl Iterator<Item = &str> {
    let name = name.strip_suffix('.').unwrap_or(name);
    name.split('.').filter(move |_| !name.is_empty())
}

fn record(out: &mut Vec<u8>, kind: u16, ttl: u32, data_length: u16) {
    let mut record = [0; RECORD];
    set(&mut record, 0, POINTER);
    set(&mut record, 2, kind.to_be_bytes());
    set(&mut record, 4, INTERNET.to_be_bytes());
    set(&mut record, 6, ttl.to_be_bytes());
    set(&mut record, 10, data_length.to_be_bytes());
    out.extend_from_slice(&record);
}

fn address(out: &mut Vec<u8>, address: IpAddr, ttl: u32) {
    match address {
        IpAddr::V4(address) => {
            record(out, kind::A, ttl, 4);
            out.extend_from_slice(&address.octets());
        }
        IpAddr::V6(address) => {
            record(out, kind::AAAA, ttl, 16);
            out.extend_from_slice(&address.octets());
        }
    }
}

/// A TXT record of `length` bytes of data, at least 1: strings of up to 255 bytes, each after its
/// length (RFC 1035 section 3.3.14).
fn text(out: &mut Vec<u8>, length: u16, ttl: u32) {
    record(out, kind::TXT, ttl, length);
    let mut left = usize::from(length);
    while left > 0 {
        let string = u8::try_from(left - 1).unwrap_or(u8::MAX);
        out.push(string);
        out.resize(out.len() + usize::from(string), b'x');
        left -= 1 + usize::from(string);
    }
}

/// Bytes of an EDNS record without options.
const OPT: usize = 11;

/// The EDNS record (RFC 6891 section 6.1.2): of the root, the payload size as its class, and the
/// upper bits of the response code first in its time to live; version 0.
fn opt(out: &mut Vec<u8>, payload_size: u16, rcode_upper: u16) {
    let mut record = [0; OPT];
    set(&mut record, 1, kind::OPT.to_be_bytes());
    set(&mut record, 3, payload_size.to_be_bytes());
    set(&mut record, 5, (rcode_upper << 8).to_be_bytes());
    out.extend_from_slice(&record);
}
