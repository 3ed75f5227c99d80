//! Every form of filter, and what the real tools say about it.

mod common;
#[path = "common/tools.rs"]
mod tools;

use common::*;
use unanswered_evidence::features::GAP_CLIENT;
use unanswered_explain::{Clause, Condition, Kind, Period, Value};
use unanswered_registry::{Feature, PROTOCOL};
use unanswered_report::filter::{capture_filter, display_filter};
use unanswered_report::{Clock, Families};
use unanswered_wire::features::*;
use unanswered_wire::protocols::{dns, ntp, tcp};

const V4: Families = Families { v4: true, v6: false };
const V6: Families = Families { v4: false, v6: true };
const BOTH: Families = Families { v4: true, v6: true };

fn range(low: f64, high: f64) -> Condition {
    Condition::Range { at_least: Some(low), at_most: Some(high) }
}

fn not_in(values: &[f64]) -> Condition {
    Condition::NotIn(values.iter().copied().map(Value::Number).collect())
}

fn modulus(modulus: u32, remainders: &[u32]) -> Condition {
    Condition::Modulus { modulus, remainders: remainders.to_vec() }
}

fn one(feature: &'static Feature, condition: Condition) -> Vec<Clause> {
    vec![clause(feature, condition)]
}

/// Clauses, families, display filter, tcpdump filter.
type Row = (Vec<Clause>, Families, Option<&'static str>, Option<&'static str>);

#[rustfmt::skip]
fn rows() -> Vec<Row> {
    let story = vec![server("10.9.9.21"), clause(&UDP_SOURCE, at_most(11.0))];
    let ecn = vec![server("10.53.2.11"), clause(&tcp::ECE, numbers(&[1.0])), clause(&tcp::CWR, numbers(&[0.0]))];
    let not_v4 = Condition::NotIn(vec![Value::Text("10.0.0.1".into()), Value::Text("fd00::1".into())]);
    let history = clause(&GAP_CLIENT, at_most(1.0));
    vec![
        (story, V4, Some("ip.dst == 10.9.9.21 && udp.srcport <= 11"), Some("dst host 10.9.9.21 and udp src portrange 0-11")),
        (ecn, V4, Some("ip.dst == 10.53.2.11 && tcp.flags.ece == 1 && tcp.flags.cwr == 0"),
            Some("dst host 10.53.2.11 and ((tcp[13] >> 6) & 1) = 1 and (tcp[13] >> 7) = 0")),
        (one(&SOURCE, text(&["10.59.1.0/24"])), V4, Some("ip.src == 10.59.1.0/24"), Some("src net 10.59.1.0/24")),
        (one(&DESTINATION, text(&["10.61.2.21", "10.61.2.22"])), V4, Some("ip.dst in {10.61.2.21, 10.61.2.22}"),
            Some("dst host 10.61.2.21 or dst host 10.61.2.22")),
        (one(&DESTINATION, text(&["fd00:72:2::11"])), V6, Some("ipv6.dst == fd00:72:2::11"), Some("dst host fd00:72:2::11")),
        (one(&DESTINATION, text(&["10.0.0.1", "fd00::/64"])), BOTH, Some("ip.dst == 10.0.0.1 || ipv6.dst == fd00::/64"),
            Some("dst host 10.0.0.1 or dst net fd00::/64")),
        (one(&SOURCE, not_v4), BOTH, Some("!(ip.src == 10.0.0.1 || ipv6.src == fd00::1)"), Some("not (src host 10.0.0.1 or src host fd00::1)")),
        (one(&TTL, at_most(3.0)), V4, Some("ip.ttl <= 3"), Some("ip[8] <= 3")),
        (one(&TTL, at_most(3.0)), BOTH, Some("ip.ttl <= 3 || ipv6.hlim <= 3"), Some("(ip and ip[8] <= 3) or (ip6 and ip6[7] <= 3)")),
        (one(&TTL, not_in(&[64.0])), V6, Some("ipv6.hlim && !(ipv6.hlim == 64)"), Some("ip6[7] != 64")),
        (vec![server("10.0.0.1"), clause(&TTL, at_most(3.0))], BOTH, Some("ip.dst == 10.0.0.1 && ip.ttl <= 3"), Some("dst host 10.0.0.1 and ip[8] <= 3")),
        (vec![server("fd00::1"), clause(&TTL, at_most(3.0))], BOTH, Some("ipv6.dst == fd00::1 && ipv6.hlim <= 3"), Some("dst host fd00::1 and ip6[7] <= 3")),
        (one(&IP_LENGTH, at_least(1401.0)), V4, Some("ip.len >= 1401"), Some("ip[2:2] >= 1401")),
        (one(&IP_LENGTH, at_least(1401.0)), V6, Some("ipv6.plen >= 1361"), Some("ip6[4:2] >= 1361")),
        (one(&DSCP, numbers(&[46.0])), BOTH, Some("ip.dsfield.dscp == 46 || ipv6.tclass.dscp == 46"),
            Some("(ip and (ip[1] >> 2) = 46) or (ip6 and ((ip6[0:2] >> 6) & 63) = 46)")),
        (one(&ECN, at_least(1.0)), BOTH, Some("ip.dsfield.ecn >= 1 || ipv6.tclass.ecn >= 1"),
            Some("(ip and (ip[1] & 3) >= 1) or (ip6 and ((ip6[1] >> 4) & 3) >= 1)")),
        (one(&DONT_FRAGMENT, numbers(&[1.0])), V4, Some("ip.flags.df == 1"), Some("((ip[6] >> 6) & 1) = 1")),
        (one(&IP_ID, range(5.0, 9.0)), V4, Some("ip.id >= 5 && ip.id <= 9"), Some("ip[4:2] >= 5 and ip[4:2] <= 9")),
        (one(&FRAME_LENGTH, at_least(0.0)), BOTH, Some("frame.len >= 0"), Some("len >= 0")),
        (one(&UDP_SOURCE, numbers(&[1.0, 5.0, 6.0, 7.0, 9.0])), V4, Some("udp.srcport in {1, 5..7, 9}"),
            Some("udp src port 1 or udp src portrange 5-7 or udp src port 9")),
        (one(&UDP_SOURCE, numbers(&[5.0, 6.0])), V4, Some("udp.srcport in {5..6}"), Some("udp src portrange 5-6")),
        (one(&UDP_DESTINATION, not_in(&[53.0, 123.0])), V4, Some("udp.dstport && !(udp.dstport in {53, 123})"),
            Some("udp and not (udp dst port 53 or udp dst port 123)")),
        (one(&UDP_SOURCE, range(53000.0, 53999.0)), BOTH, Some("udp.srcport >= 53000 && udp.srcport <= 53999"), Some("udp src portrange 53000-53999")),
        (one(&UDP_SOURCE, modulus(2, &[1])), V4, Some("udp.srcport % 2 == 1"), Some("udp[0:2] % 2 = 1")),
        (one(&TCP_DESTINATION, modulus(4, &[1, 3])), V4, Some("tcp.dstport % 4 == 1 || tcp.dstport % 4 == 3"), Some("tcp[2:2] % 4 = 1 or tcp[2:2] % 4 = 3")),
        (one(&UDP_SOURCE, modulus(2, &[1])), BOTH, Some("udp.srcport % 2 == 1"), None),
        (one(&UDP_LENGTH, range(100.5, 200.5)), V4, Some("udp.length >= 101 && udp.length <= 200"), Some("udp[4:2] >= 101 and udp[4:2] <= 200")),
        (one(&PROTOCOL, text(&["ntp"])), V4, Some("udp.dstport == 123"), Some("udp dst port 123")),
        (one(&PROTOCOL, text(&["dns", "tcp"])), BOTH, Some("udp.dstport == 53 || (tcp.flags.syn == 1 && tcp.flags.ack == 0)"),
            Some("udp dst port 53 or (tcp[tcpflags] & (tcp-syn|tcp-ack) = tcp-syn or (ip6[6] = 6 and ip6[53] & 0x12 = 2))")),
        (one(&PROTOCOL, text(&["icmp"])), BOTH, Some("icmp.type == 8 || icmpv6.type == 128"), Some("icmp[icmptype] = icmp-echo or icmp6[icmp6type] = icmp6-echo")),
        (one(&ntp::MODE, numbers(&[1.0])), V4, Some("ntp.flags.mode == 1"), Some("(udp[8] & 7) = 1")),
        (one(&ntp::POLL, range(-6.0, 3.0)), V4, Some("ntp.ppoll >= -6 && ntp.ppoll <= 3"), None),
        (one(&dns::ADDITIONAL, at_least(1.0)), V4, Some("dns.count.add_rr >= 1"), Some("udp[18:2] >= 1")),
        (one(&dns::NAME, text(&["t1500.big.test"])), V4, Some("dns.qry.name == \"t1500.big.test\""), None),
        (one(&dns::NAME, text(&["17", "a\"\\\x1b"])), V4, Some("dns.qry.name in {\"17\", \"a\\\"\\\\\\x1b\"}"), None),
        (one(&dns::TYPE, numbers(&[28.0])), V4, Some("dns.qry.type == 28"), None),
        (one(&ETH_SOURCE, text(&["02:00:00:00:00:01"])), V4, Some("eth.src == 02:00:00:00:00:01"), Some("ether src 02:00:00:00:00:01")),
        (vec![server("10.0.0.1"), clause(&VLAN, numbers(&[100.0]))], V4, Some("ip.dst == 10.0.0.1 && vlan.id == 100"),
            Some("vlan 100 and dst host 10.0.0.1")),
        (vec![server("10.0.0.1"), history], V4, None, None),
        (one(&SOURCE, text(&["10.0.0.1 || ip"])), V4, None, None),
        (one(&UDP_SOURCE, numbers(&[1.5])), V4, None, None),
    ]
}

fn filters((clauses, families, ..): &Row) -> (Option<String>, Option<String>) {
    let finding = finding(Kind::Telltale, clauses.clone(), [1, 1], [0, 1]);
    (display_filter(&finding, *families, Clock::Epoch), capture_filter(&finding, *families))
}

#[test]
fn clauses_become_filters() {
    for row in rows() {
        let (display, capture) = filters(&row);
        assert_eq!(display.as_deref(), row.2);
        assert_eq!(capture.as_deref(), row.3);
    }
}

#[test]
fn windows_of_time_are_display_filters_unless_they_come_again() {
    let mut outage = finding(Kind::Outage, vec![server("10.0.0.1")], [1, 1], [0, 1]);
    outage.from = Some(1_795_417_000.25);
    outage.to = Some(1_795_417_119.5);
    let filter =
        "frame.time_epoch >= 1795417000.25 && frame.time_epoch <= 1795417119.5 && ip.dst == 10.0.0.1";
    assert_eq!(display_filter(&outage, V4, Clock::Epoch).as_deref(), Some(filter));
    assert_eq!(display_filter(&outage, V4, Clock::Plain), None);
    assert_eq!(capture_filter(&outage, V4).as_deref(), Some("dst host 10.0.0.1"));
    outage.period = Some(Period { every: 60.0, offset: 25.0, length: 10.0 });
    assert_eq!(display_filter(&outage, V4, Clock::Epoch), None);
}

#[test]
fn wireshark_accepts_every_display_filter() {
    if !installed("tshark") {
        return;
    }
    let mut all: Vec<String> = rows().iter().filter_map(|row| filters(row).0).collect();
    all.push("frame.time_epoch >= 1795417000.25 && frame.time_epoch <= 1795417119.5".into());
    for case in cases() {
        for finding in &case.diagnosis.findings {
            all.extend(display_filter(finding, case.families, case.clock));
        }
    }
    tools::assert_wireshark_accepts(&all);
}

#[test]
fn tcpdump_compiles_every_capture_filter() {
    if !installed("tcpdump") {
        return;
    }
    for row in rows() {
        let Some(filter) = filters(&row).1 else { continue };
        tools::assert_tcpdump_compiles(&filter);
    }
}
