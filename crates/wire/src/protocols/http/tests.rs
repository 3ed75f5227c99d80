//! Requests of HTTP/1, whole and cut.

use super::*;
use crate::protocols::test_readers::Kept;
use std::collections::BTreeMap;

fn read_cut(bytes: &[u8], on_wire: u32) -> BTreeMap<&'static str, String> {
    let mut kept = Kept::default();
    let tcp = Tcp {
        source_port: 40_000,
        destination_port: 80,
        sequence: 1,
        acknowledgement: 1,
        flags: Tcp::ACK,
        window: 1,
        options: &[],
        payload_length: on_wire,
        payload: bytes,
    };
    request_features(&tcp, &mut kept);
    kept.0
}

fn read(text: &str) -> BTreeMap<&'static str, String> {
    read_cut(text.as_bytes(), u32::try_from(text.len()).unwrap())
}

fn of(pairs: &[(&'static str, &str)]) -> BTreeMap<&'static str, String> {
    pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

#[test]
fn a_whole_request_gives_all_its_features() {
    let text = "POST /search/all?q=a/b HTTP/1.1\r\nhOsT:  shop.test:8080 \r\nContent-Length: 3\r\n\r\nabc";
    let expected = [
        ("http.request.method", "POST"),
        ("http.path.first", "/search"),
        ("http.path", "/search/all"),
        ("http.query.present", "1"),
        ("http.host", "shop.test:8080"),
        ("http.content_length", "3"),
        ("http.head.length", "78"),
        ("http.body.first_segment", "3"),
        ("http.pipelined", "0"),
    ];
    assert_eq!(read(text), of(&expected));
}

#[test]
fn a_request_cut_anywhere_gives_a_part_of_its_features_and_none_that_is_wrong() {
    let text = "POST /search/all?q=1 HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 30\r\n\r\nabc";
    let whole = read_cut(text.as_bytes(), 400);
    for end in 0..text.len() {
        let bytes = &text.as_bytes()[..end];
        if begins_http(bytes) < Begins::Likely {
            assert!(end <= 5, "{end}");
            continue;
        }
        for (name, value) in read_cut(bytes, 400) {
            assert_eq!(whole.get(name), Some(&value), "{name} of {end} bytes");
        }
    }
    assert_eq!(read_cut(&text.as_bytes()[..8], 400), of(&[("http.request.method", "POST")]));
}

#[test]
fn the_path_is_that_behind_the_authority_and_a_connect_has_none() {
    let path = |line: &str| {
        let mut found = read(&format!("{line}\r\n"));
        (found.remove("http.path.first"), found.remove("http.path"), found.remove("http.query.present"))
    };
    let some = |a: &str, b: &str, c: &str| (Some(a.to_owned()), Some(b.to_owned()), Some(c.to_owned()));
    assert_eq!(path("GET / HTTP/1.1"), some("/", "/", "0"));
    assert_eq!(path("GET /a%20b/ HTTP/1.0"), some("/a%20b", "/a%20b/", "0"));
    assert_eq!(path("GET http://b.test/x/y?u=http://c/ HTTP/1.1"), some("/x", "/x/y", "1"));
    assert_eq!(path("GET http://b.test HTTP/1.1"), some("/", "/", "0"));
    assert_eq!(path("GET /to?u=http://c.test/z HTTP/1.1"), some("/to", "/to", "1"));
    assert_eq!(path("GET /to/http://c.test/z HTTP/1.1"), some("/to", "/to/http://c.test/z", "0"));
    assert_eq!(path("OPTIONS * HTTP/1.1"), some("*", "*", "0"));
    assert_eq!(path("CONNECT a.test:443 HTTP/1.1"), (None, None, None));
}

#[test]
fn texts_that_are_too_long_or_no_texts_are_missing() {
    let long = "x".repeat(PATH_MAX);
    let found = read(&format!("GET /{long}/y HTTP/1.1\r\nHost: {long}{long}\r\n\r\n"));
    assert_eq!(found.get("http.path").or(found.get("http.host")).or(found.get("http.path.first")), None);
    let found = read_cut(b"GET /\xff\xfe HTTP/1.1\r\nHost: a\x1b[2J\r\n\r\n", 38);
    assert_eq!(found.get("http.path").or(found.get("http.host")), None);
    assert_eq!(read("GET /caf\u{e9} HTTP/1.1\r\n").get("http.path").unwrap(), "/caf\u{e9}");
    assert_eq!(number(b"12345678901234567890"), None);
    assert_eq!((number(b""), number(b"-1"), number(b"+1"), number(b"007")), (None, None, None, Some(7)));
}

#[test]
fn requests_sent_together_are_noticed_behind_the_first_one_s_body() {
    let get = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
    let post = "POST /a HTTP/1.1\r\nContent-Length: 4\r\n\r\nGET ";
    let pipelined = |text: &str| read(text).remove("http.pipelined");
    assert_eq!(pipelined(get).as_deref(), Some("0"));
    assert_eq!(pipelined(&[get, get].concat()).as_deref(), Some("1"));
    assert_eq!(pipelined(post).as_deref(), Some("0"));
    assert_eq!(pipelined(&[post, get].concat()).as_deref(), Some("1"));
    // Not captured, or of unknown length.
    let cut = [get, get].concat();
    assert_eq!(read_cut(&cut.as_bytes()[..get.len()], 200).get("http.pipelined"), None);
    assert_eq!(pipelined("POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nGET \r\n"), None);
}
