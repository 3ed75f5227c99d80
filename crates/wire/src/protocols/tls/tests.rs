//! Hellos, whole and cut.

use super::*;
use crate::protocols::test_readers::Kept;
use std::collections::BTreeMap;

fn read(bytes: &[u8], on_wire: usize) -> BTreeMap<&'static str, String> {
    let mut kept = Kept::default();
    let tcp = Tcp {
        source_port: 40_000,
        destination_port: 443,
        sequence: 1,
        acknowledgement: 1,
        flags: Tcp::ACK,
        window: 1,
        options: &[],
        payload_length: u32::try_from(on_wire).unwrap(),
        payload: bytes,
    };
    if let Some(hello) = Hello::of(bytes) {
        hello.features(&tcp, &mut kept);
    }
    kept.0
}

fn two(length: usize) -> [u8; 2] {
    u16::try_from(length).unwrap().to_be_bytes()
}

fn extension(kind: u16, value: &[u8]) -> Vec<u8> {
    [&kind.to_be_bytes()[..], &two(value.len()), value].concat()
}

fn share(group: u16, length: usize) -> Vec<u8> {
    [&group.to_be_bytes()[..], &two(length), &vec![7; length]].concat()
}

fn key_shares(shares: &[Vec<u8>]) -> Vec<u8> {
    let list = shares.concat();
    extension(51, &[&two(list.len())[..], &list].concat())
}

fn server_name(name: &str) -> Vec<u8> {
    let one = [&[0][..], &two(name.len()), name.as_bytes()].concat();
    extension(0, &[&two(one.len())[..], &one].concat())
}

fn hello(extensions: &[Vec<u8>]) -> Vec<u8> {
    let list = extensions.concat();
    let mut body = [&[3, 3][..], &[9; 32], &[2, 1, 2], &[0, 4, 0x13, 1, 0x13, 2], &[1, 0]].concat();
    body.extend([&two(list.len())[..], &list].concat());
    let message = [&[1, 0][..], &two(body.len()), &body].concat();
    [&[22, 3, 1][..], &two(message.len()), &message].concat()
}

fn modern() -> Vec<u8> {
    hello(&[
        extension(0x0a0a, &[0]),
        server_name("shop.test"),
        extension(16, b"\0\x0c\x02h2\x08http/1.1"),
        extension(43, &[6, 0x0a, 0x0a, 3, 4, 3, 3]),
        key_shares(&[share(0x0a0a, 1), share(0x11ec, 1216), share(29, 32)]),
    ])
}

fn of(pairs: &[(&'static str, &str)]) -> BTreeMap<&'static str, String> {
    pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

#[test]
fn a_whole_hello_gives_all_its_features() {
    let bytes = modern();
    let length = (bytes.len() - 9).to_string();
    let expected = [
        ("tls.handshake.length", length.as_str()),
        ("tls.handshake.extensions_server_name", "shop.test"),
        ("tls.alpn.first", "h2"),
        ("tls.version.highest", "772"),
        ("tls.key_share.post_quantum", "1"),
        ("tls.hello.several_segments", "0"),
    ];
    assert_eq!(read(&bytes, bytes.len()), of(&expected));
    // The second one, after a HelloRetryRequest.
    let again = [&CHANGE[..], &bytes].concat();
    assert_eq!(read(&again, again.len()), of(&expected));
    assert_eq!(Tls.begins(&again), Begins::Yes);
}

#[test]
fn a_hello_cut_anywhere_gives_a_part_of_its_features_and_none_that_is_wrong() {
    let bytes = modern();
    let whole = read(&bytes, bytes.len());
    for end in 0..bytes.len() {
        let expected = if end < 6 { Begins::TooShort } else { Begins::Yes };
        assert_eq!(Tls.begins(&bytes[..end]), expected, "{end}");
        // By the snap length.
        for (name, value) in read(&bytes[..end], bytes.len()) {
            assert_eq!(whole.get(name), Some(&value), "{name} of {end} bytes");
        }
    }
    // By the end of the segment.
    let found = read(&bytes[..300], 300);
    assert_eq!(found.get("tls.hello.several_segments").map(String::as_str), Some("1"));
    assert_eq!(found.get("tls.handshake.length"), whole.get("tls.handshake.length"));
    assert_eq!(found.get("tls.key_share.post_quantum").map(String::as_str), Some("1"));
}

#[test]
fn a_segment_that_an_offload_may_have_merged_says_nothing_of_their_number() {
    let bytes = hello(&[key_shares(&[share(0x11ec, 1500)])]);
    assert_eq!(read(&bytes, bytes.len()).get("tls.hello.several_segments"), None);
}

#[test]
fn an_old_hello_says_its_version_itself_and_has_no_key_share() {
    let bytes = hello(&[]);
    let found = read(&bytes, bytes.len());
    assert_eq!(found.get("tls.version.highest").map(String::as_str), Some("771"));
    assert_eq!(found.get("tls.key_share.post_quantum").map(String::as_str), Some("0"));
    // Without even an empty list.
    let mut short = bytes[..bytes.len() - 2].to_vec();
    (short[4], short[8]) = (short[4] - 2, short[8] - 2);
    assert_eq!(read(&short, short.len()).get("tls.version.highest").map(String::as_str), Some("771"));
}

#[test]
fn other_records_and_bytes_are_no_hellos() {
    for bytes in
        [&[22, 3, 3, 0, 90, 2][..], &[23, 3, 3, 0, 90, 1], &[21, 3, 3, 0, 2, 1, 0], b"GET / HTTP/1.1\r\n"]
    {
        assert_eq!(Tls.begins(bytes), Begins::No, "{bytes:?}");
    }
    for bytes in [&[][..], &[22], &[22, 3, 1, 0], &CHANGE[..3], &CHANGE[..5], &CHANGE] {
        assert_eq!(Tls.begins(bytes), Begins::TooShort, "{bytes:?}");
    }
}
