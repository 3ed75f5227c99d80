//! Expressions: how they are read, what is wrong with them, and that they are written as they were understood.

use proptest::prelude::*;
use unanswered_narrow::CaptureFilter;

/// How the expression was understood.
fn read(text: &str) -> String {
    CaptureFilter::parse(text).unwrap_or_else(|e| panic!("{text}: {e}")).to_string()
}

fn wrong(text: &str) -> String {
    CaptureFilter::parse(text).expect_err(text).to_string()
}

#[test]
fn qualifiers_are_repeated_where_a_value_has_none() {
    assert_eq!(read("port 53 or 67"), "port 53 or port 67");
    assert_eq!(read("udp dst port 53 or 67 and host 10.0.0.1 or 10.0.0.2"), {
        "udp dst port 53 or udp dst port 67 and host 10.0.0.1 or host 10.0.0.2"
    });
    assert_eq!(read("port (53 or not 67)"), "(port 53 or not port 67)");
    assert_eq!(read("host not 10.0.0.1"), "not host 10.0.0.1");
    assert_eq!(read("not port 53 and 67"), "not port 53 and port 67");
    assert_eq!(read("ip proto 6 or 17"), "ip proto 6 or ip proto 17");
    assert_eq!(
        read("ether src 0:1:2:3:4:a or 0:1:2:3:4:b"),
        "ether src 00:01:02:03:04:0a or ether src 00:01:02:03:04:0b"
    );
    assert_eq!(read("portrange 20-10 or 5"), "portrange 10-20 or port 5");
}

#[test]
fn every_spelling_is_understood() {
    assert_eq!(read("10.0.0.5"), "host 10.0.0.5");
    assert_eq!(read("src 10.0.0.0/8 and !dst 10.1"), "src net 10.0.0.0/8 and not dst net 10.1.0.0/16");
    assert_eq!(read("src or dst net 10 mask 255.0.0.0"), "net 10.0.0.0/8");
    assert_eq!(read("net 10.1.2.0 mask 255.255.255.0&&ip"), "net 10.1.2.0/24 and ip");
    assert_eq!(read("dst and src host ::1"), "src and dst host ::1");
    assert_eq!(
        read("ip6 net 2001:db8::/32 or arp host 10.0.0.1"),
        "ip6 net 2001:db8::/32 or arp host 10.0.0.1"
    );
    assert_eq!(read("((tcp)) || udp and icmp or icmp6"), "((tcp)) or udp and icmp or icmp6");
    assert_eq!(
        read("proto 17 or gre or ip proto \\tcp or ip6 proto 58"),
        "udp or proto 47 or ip proto 6 or icmp6"
    );
    assert_eq!(read("vlan and vlan 0x64"), "vlan and vlan 100");
    assert_eq!(read("less 100 or greater 1000"), "less 100 or greater 1000");
    assert_eq!(read("ether host aabb.ccdd.eeff and ether dst a-b-c-d-e-f"), {
        "ether host aa:bb:cc:dd:ee:ff and ether dst 0a:0b:0c:0d:0e:0f"
    });
}

#[test]
fn what_is_wrong_is_said_with_its_column() {
    for (text, message) in [
        ("", "column 1: the filter is empty"),
        (
            "port 53 or",
            "column 11: something to match, such as host, net, port or a protocol is missing at the end",
        ),
        ("host", "column 5: a value is missing at the end"),
        ("host www.example.com", "column 6: \"www.example.com\" is not an address"),
        ("udp port domain", "column 10: \"domain\" is not a port"),
        ("port 70000", "column 6: \"70000\" is not a port"),
        ("port 1-2", "column 6: \"1-2\" is not a port"),
        ("tcp[13] & 2 != 0", "column 4: an expression over bytes ([) is not supported"),
        ("udp and len > 5", "column 9: \"len\" is not supported"),
        ("ip broadcast", "column 4: \"broadcast\" is not supported"),
        ("ether broadcast", "column 7: \"broadcast\" is not supported"),
        ("ether proto 0x800", "column 13: \"ether proto\" is not supported"),
        ("tcp host 10.0.0.1", "column 10: \"tcp\" does not go with \"host\""),
        ("ip port 53", "column 9: \"ip\" does not go with \"port\""),
        ("host 10.0.0.0/8", "column 6: \"10.0.0.0/8\" is a network, not a host"),
        ("net 10.1.2.3/24", "column 5: \"10.1.2.3/24\" has bits set behind its prefix"),
        ("ip6 host 10.0.0.1", "column 10: \"10.0.0.1\" is not an address"),
        ("port 53 udp", "column 9: \"udp\" where and, or or the end is expected"),
        ("(port 53", "column 9: a closing parenthesis is missing at the end"),
        ("port 53)", "column 8: \")\" where and, or or the end is expected"),
        (
            "tcp or 80",
            "column 8: \"80\" where host, net, port or another qualifier before a value is expected",
        ),
        ("vlan 5000", "column 6: \"5000\" is not a VLAN's number (0 to 4095)"),
        ("proto 256", "column 7: \"256\" is not a protocol's number (0 to 255)"),
        ("less x", "column 6: \"x\" is not a length in bytes"),
        (
            "PORT 53",
            "column 1: \"PORT\" where something to match, such as host, net, port or a protocol is expected",
        ),
        (
            "net 10.0.0.0 mask 255.0.255.0",
            "column 19: \"255.0.255.0\" where a netmask, such as 255.0.0.0, is expected",
        ),
        ("é", "column 1: \"é\" where something to match, such as host, net, port or a protocol is expected"),
    ] {
        assert_eq!(wrong(text), message, "{text}");
        assert!(!CaptureFilter::parse(text).expect_err(text).hint().is_empty(), "{text}");
    }
    let deep = format!("{}tcp{}", "(".repeat(65), ")".repeat(65));
    assert_eq!(wrong(&deep), "column 65: more than 64 levels of parentheses and \"not\"");
    let nots = "not ".repeat(100_000);
    assert!(wrong(&nots).contains("more than 64 levels"));
}

#[test]
fn a_long_chain_is_not_a_deep_one() {
    let long = vec!["port 53 and not host ::1"; 50_000].join(" or ");
    assert_eq!(read(&long), long);
}

/// Words of the language and near to it.
fn words() -> impl Strategy<Value = String> {
    let known = [
        "and",
        "or",
        "not",
        "(",
        ")",
        "&&",
        "||",
        "!",
        "src",
        "dst",
        "host",
        "net",
        "port",
        "portrange",
        "proto",
        "ip",
        "ip6",
        "arp",
        "tcp",
        "udp",
        "icmp",
        "icmp6",
        "ether",
        "vlan",
        "less",
        "greater",
        "mask",
        "10.0.0.1",
        "10.1",
        "53",
        "10-20",
        "::1",
        "fe80::/10",
        "10.0.0.0/8",
        "255.0.0.0",
        "0:1:2:3:4:5",
        "[",
        "gre",
        "é",
        "4000000000",
    ];
    let word = proptest::sample::select(known.to_vec());
    proptest::collection::vec(word, 0..12).prop_map(|words| words.join(" "))
}

/// Expressions that are right.
fn expressions() -> impl Strategy<Value = String> {
    let known = [
        "host 10.0.0.1",
        "src net 10.1.0.0/16",
        "ip6 dst host ::1",
        "net 10",
        "arp host 1.2.3.4",
        "udp port 53",
        "portrange 1-9",
        "src and dst port 1",
        "tcp",
        "udp",
        "icmp",
        "icmp6",
        "ip",
        "ip6",
        "arp",
        "ip proto 4",
        "proto 6",
        "vlan",
        "vlan 7",
        "ether src 1:2:3:4:5:6",
        "ether host 1:2:3:4:5:6",
        "less 5",
        "greater 0x10",
        "port (1 or 2 and not 3)",
        "port 1 or 2",
    ];
    let leaf = proptest::sample::select(known.to_vec()).prop_map(str::to_owned);
    leaf.prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|one| format!("not {one}")),
            inner.clone().prop_map(|one| format!("({one})")),
            (inner.clone(), prop_oneof!["and", "or", "&&", "[|][|]"], inner)
                .prop_map(|(a, join, b)| format!("{a} {join} {b}")),
        ]
    })
}

proptest! {
    #[test]
    fn no_text_is_a_panic(text in prop_oneof![any::<String>(), words(), "[a-z0-9 .:/()!&|\\[\\]-]{0,40}"]) {
        match CaptureFilter::parse(&text) {
            Ok(filter) => prop_assert_eq!(CaptureFilter::parse(&filter.to_string()), Ok(filter)),
            Err(error) => {
                prop_assert!((1..=text.chars().count() + 1).contains(&error.column));
                prop_assert!(!error.hint().is_empty());
            }
        }
    }

    #[test]
    fn an_expression_is_read_back_as_it_was_written(text in expressions()) {
        let filter = CaptureFilter::parse(&text);
        let filter = filter.unwrap_or_else(|e| panic!("{text}: {e}"));
        let written = filter.to_string();
        prop_assert_eq!(CaptureFilter::parse(&written), Ok(filter), "{}", written);
    }
}
