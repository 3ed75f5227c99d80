//! A name server of a few lines: every name has the same documentation address.
//!
//! It reads the one question of a query and whether EDNS follows (RFC 1035 section 4.1, RFC 6891 section 6.1.2). What is
//! not a standard query with one question is not answered at all, least of all a response: two servers must not answer
//! each other.

use crate::behaviour::DnsService;
use crate::decision::Reason;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Bytes of a header (RFC 1035 section 4.1.1).
const HEADER: usize = 12;
/// The longest name (RFC 1035 section 2.3.4).
const LONGEST_NAME: usize = 255;
/// Query types A (RFC 1035 section 3.2.2), AAAA (RFC 3596) and OPT (RFC 6891 section 6.1.1).
const A: u16 = 1;
const AAAA: u16 = 28;
const OPT: u16 = 41;
/// The response code (RFC 1035 section 4.1.1).
const REFUSED: u8 = 5;
/// For documentation: RFC 5737, RFC 3849.
const ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const ADDRESS_6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
/// A minute: a client that tries again soon asks again.
const TIME_TO_LIVE: u32 = 60;
/// What it says that it can receive over UDP: what fits unfragmented (DNS flag day 2020).
const UDP_SIZE: u16 = 1232;

struct Query<'a> {
    id: [u8; 2],
    recursion_desired: bool,
    question: &'a [u8],
    kind: u16,
    edns: bool,
}

/// Writes the reply; returns whether it says yes.
pub(crate) fn answer(service: &DnsService, payload: &[u8], reply: &mut Vec<u8>) -> Result<bool, Reason> {
    let query = read(payload).ok_or(Reason::NotARequest)?;
    if service.ignored_types.contains(&query.kind) {
        return Err(Reason::QueryType);
    }
    if query.edns && service.ignores_edns {
        return Err(Reason::Edns);
    }
    let data: Option<Vec<u8>> = match query.kind {
        _ if service.refuses => None,
        A => Some(ADDRESS.octets().to_vec()),
        AAAA => Some(ADDRESS_6.octets().to_vec()),
        _ => None,
    };
    let code = if service.refuses { REFUSED } else { 0 };
    reply.extend_from_slice(&query.id);
    // A response (0x80), and recursion is available (0x80 of the second byte).
    reply.extend_from_slice(&[0x80 | u8::from(query.recursion_desired), 0x80 | code]);
    let counts = [1, u16::from(data.is_some()), 0, u16::from(query.edns)];
    reply.extend(counts.iter().flat_map(|count| count.to_be_bytes()));
    reply.extend_from_slice(query.question);
    if let Some(data) = data {
        // A pointer to the name in the question (RFC 1035 section 4.1.4), type, class IN.
        reply.extend_from_slice(&[0xc0, 12]);
        reply.extend_from_slice(&query.kind.to_be_bytes());
        reply.extend_from_slice(&[0, 1]);
        reply.extend_from_slice(&TIME_TO_LIVE.to_be_bytes());
        reply.extend_from_slice(&u16::try_from(data.len()).unwrap_or(0).to_be_bytes());
        reply.extend_from_slice(&data);
    }
    if query.edns {
        reply.push(0);
        reply.extend_from_slice(&OPT.to_be_bytes());
        reply.extend_from_slice(&UDP_SIZE.to_be_bytes());
        reply.extend_from_slice(&[0; 6]);
    }
    Ok(!service.refuses)
}

/// A standard query with one question; `None` for anything else.
fn read(payload: &[u8]) -> Option<Query<'_>> {
    let (header, rest) = payload.split_first_chunk::<HEADER>()?;
    let [id @ .., _, _, _, _, _, _, _, _, _, _] = *header;
    let word = |at: usize| u16::from_be_bytes([header[at], header[at + 1]]);
    // QR and OPCODE are 0, one question, no answers.
    if header[2] & 0xf8 != 0 || word(4) != 1 || word(6) != 0 {
        return None;
    }
    let mut name = 0;
    loop {
        let length = usize::from(*rest.get(name)?);
        // Pointers (0xc0) have nothing to point to in a question.
        if length > 63 || name + 1 + length > LONGEST_NAME {
            return None;
        }
        name += 1 + length;
        if length == 0 {
            break;
        }
    }
    let (question, after) = rest.split_at_checked(name + 4)?;
    let kind = u16::from_be_bytes([question[name], question[name + 1]]);
    // The root's name and type OPT: a client's query has no other record in front.
    let edns = word(10) > 0 && after.starts_with(&[0, 0, OPT.to_be_bytes()[1]]);
    Some(Query { id, recursion_desired: header[2] & 1 != 0, question, kind, edns })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What dig sends for `example.` without its cookie: header, question, and OPT with 1,232 bytes.
    fn query(kind: u8, edns: bool) -> Vec<u8> {
        let mut bytes = vec![0xab, 0xcd, 0x01, 0x20, 0, 1, 0, 0, 0, 0, 0, u8::from(edns)];
        bytes.extend_from_slice(b"\x07example\x00");
        bytes.extend_from_slice(&[0, kind, 0, 1]);
        if edns {
            bytes.extend_from_slice(&[0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]);
        }
        bytes
    }

    fn answered(service: &DnsService, payload: &[u8]) -> Result<(bool, Vec<u8>), Reason> {
        let mut reply = Vec::new();
        answer(service, payload, &mut reply).map(|yes| (yes, reply))
    }

    #[test]
    fn an_address_is_given_byte_for_byte() {
        let (yes, reply) = answered(&DnsService::default(), &query(1, true)).unwrap();
        let mut expected = vec![0xab, 0xcd, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 1];
        expected.extend_from_slice(b"\x07example\x00\x00\x01\x00\x01");
        expected.extend_from_slice(&[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1]);
        expected.extend_from_slice(&[0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]);
        assert!(yes);
        assert_eq!(reply, expected);
    }

    #[test]
    fn a_type_or_edns_that_is_ignored_gets_nothing_and_others_do() {
        let service = DnsService { ignored_types: vec![28], ..DnsService::default() };
        assert_eq!(answered(&service, &query(28, false)), Err(Reason::QueryType));
        assert!(answered(&service, &query(1, true)).unwrap().0);
        let service = DnsService { ignores_edns: true, ..DnsService::default() };
        assert_eq!(answered(&service, &query(28, true)), Err(Reason::Edns));
        assert!(answered(&service, &query(28, false)).unwrap().0);
    }

    #[test]
    fn a_server_that_refuses_says_so_without_an_answer() {
        let service = DnsService { refuses: true, ..DnsService::default() };
        let (yes, reply) = answered(&service, &query(1, false)).unwrap();
        assert!(!yes);
        assert_eq!((reply[3] & 0x0f, reply[7], reply.len()), (5, 0, query(1, false).len()));
    }

    #[test]
    fn a_response_or_half_a_query_is_never_answered() {
        let mut response = query(1, false);
        response[2] |= 0x80;
        assert_eq!(answered(&DnsService::default(), &response), Err(Reason::NotARequest));
        let whole = query(1, false);
        for length in 0..whole.len() {
            let cut = answered(&DnsService::default(), &whole[..length]);
            assert_eq!(cut, Err(Reason::NotARequest), "{length} bytes");
        }
        let mut pointer = whole;
        pointer[12] = 0xc0;
        assert_eq!(answered(&DnsService::default(), &pointer), Err(Reason::NotARequest));
    }
}
