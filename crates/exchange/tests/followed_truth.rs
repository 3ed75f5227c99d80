//! Every recorded request is followed as its ground truth says: the places that it and its reply passed,
//! in order, how often each saw it, its ports before and after the translation, and copies that were
//! flooded; and the translation table holds every entry that the kernel listed.

mod common;

use common::{captures, read, scenarios, testdata};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use unanswered_exchange::Endpoint;
use unanswered_exchange::follow::{Follow, Mapping, RequestPath};
use unanswered_exchange::{AddressId, Exchanges};
use unanswered_table::Outcome;
use unanswered_wire::{ProtocolId, Time};

/// A line of a table, by column name.
type Row = BTreeMap<String, String>;

const COMPLETE: &str = "the recorded truth is complete";

fn unpacked(scenario: &str, file: &str) -> impl std::io::Read {
    let packed = std::fs::File::open(testdata(scenario).join(file)).expect(COMPLETE);
    ruzstd::decoding::StreamingDecoder::new(packed).expect(COMPLETE)
}

fn table(scenario: &str, file: &str) -> Vec<Row> {
    let mut reader = csv::Reader::from_reader(unpacked(scenario, file));
    let names = reader.headers().expect(COMPLETE).clone();
    let row = |r: csv::StringRecord| names.iter().zip(r.iter()).map(|(n, v)| (n.into(), v.into())).collect();
    reader.records().map(|r| row(r.expect(COMPLETE))).collect()
}

fn protocol(kind: &str) -> ProtocolId {
    match kind {
        "ntp" => ProtocolId::NTP,
        "dns" => ProtocolId::DNS,
        "icmp" => ProtocolId::ICMP,
        "tcp-syn" => ProtocolId::TCP,
        "tcp-data" => ProtocolId::TCP_DATA,
        other => panic!("unknown kind {other}"),
    }
}

fn address(all: &Exchanges, id: AddressId) -> IpAddr {
    all.addresses()[id.0 as usize]
}

fn end(all: &Exchanges, end: Endpoint) -> (IpAddr, u16) {
    (address(all, end.address), end.port)
}

/// Rows by protocol and client, to be found by time.
struct Index<'a> {
    all: &'a Exchanges,
    rows: BTreeMap<(ProtocolId, IpAddr, u16, IpAddr), Vec<u32>>,
}

impl<'a> Index<'a> {
    fn new(all: &'a Exchanges) -> Self {
        let mut rows: BTreeMap<_, Vec<u32>> = BTreeMap::new();
        for exchange in all.iter() {
            let near = exchange.nearest();
            let (client, server) = (near.client(), near.server().address);
            let key = (exchange.protocol(), address(all, client.address), client.port, address(all, server));
            rows.entry(key).or_default().push(exchange.row());
        }
        Self { all, rows }
    }

    fn find(
        &self,
        protocol: ProtocolId,
        client: IpAddr,
        port: u16,
        server: IpAddr,
        time: f64,
    ) -> Option<u32> {
        let off = |row: &&u32| (self.all.get(**row).time().seconds() - time).abs();
        let rows = self.rows.get(&(protocol, client, port, server))?;
        rows.iter().filter(|r| off(r) < 0.1).min_by(|a, b| off(a).total_cmp(&off(b))).copied()
    }
}

fn words(list: &str) -> Vec<String> {
    list.split(' ').filter(|w| !w.is_empty()).map(str::to_owned).collect()
}

fn requests_at(all: &Exchanges, path: &RequestPath<'_>) -> Vec<String> {
    path.stops.iter().filter(|s| s.request.is_some()).map(|s| all.place_name(s.place)).collect()
}

fn replies_at(all: &Exchanges, path: &RequestPath<'_>) -> Vec<String> {
    path.stops.iter().filter(|s| s.reply_at.is_some()).map(|s| all.place_name(s.place)).collect()
}

#[test]
fn nested_requests_pass_the_recorded_places_and_ports() {
    let mut checked = 0;
    for scenario in scenarios("nested") {
        checked += check_nested(&scenario, &[testdata(&scenario).join("merged.pcapng.zst")]);
    }
    assert_eq!(checked, 458 + 458 + 458 + 451 + 523 + 462);
}

#[test]
fn single_files_of_all_places_give_the_same_as_the_merged_one() {
    let files: Vec<_> = captures("nested/n2")
        .into_iter()
        .filter(|f| !f.to_string_lossy().contains("merged") && !f.to_string_lossy().contains("-any"))
        .collect();
    assert_eq!(files.len(), 20);
    assert_eq!(check_nested("nested/n2", &files), 458);
}

fn check_nested(scenario: &str, files: &[std::path::PathBuf]) -> usize {
    let all = read(files);
    let follow = Follow::new(&all);
    let index = Index::new(&all);
    let rows = table(scenario, "ways.csv.zst");
    let mut found = BTreeSet::new();
    for row in &rows {
        let parsed = |name: &str| row[name].parse::<IpAddr>().expect(COMPLETE);
        let port = |name: &str| row[name].parse::<u16>().expect(COMPLETE);
        let time: f64 = row["t"].parse().expect(COMPLETE);
        let (client, server) = (parsed("inside_src"), parsed("dst"));
        let number = index.find(protocol(&row["kind"]), client, port("inside_sport"), server, time);
        let number = number.unwrap_or_else(|| panic!("{scenario}: not found: {row:?}"));
        assert!(found.insert(number), "{scenario}: two recorded requests in one: {row:?}");
        let path = follow.path(number);
        let answered = matches!(path.exchange.outcome(), Outcome::Answered | Outcome::Late);
        assert_eq!(answered, row["answered"] == "1", "{scenario}: {} {row:?}", path.exchange.outcome());
        assert_eq!(requests_at(&all, &path), words(&row["req_seen"]), "{scenario}: {row:?}");
        let mut replies = words(&row["rep_seen"]);
        replies.reverse();
        if replies.is_empty() {
            replies = words(&row["icmp_error_seen"]);
        }
        assert_eq!(replies_at(&all, &path), replies, "{scenario}: {row:?}");
        let beside: BTreeSet<String> = path.beside.iter().map(|s| all.place_name(s.place())).collect();
        let recorded: BTreeSet<String> = words(&row["also_seen_at"])
            .iter()
            .filter_map(|w| w.split_once('='))
            .filter(|(_, counts)| !counts.starts_with("0+"))
            .map(|(place, _)| place.to_owned())
            .collect();
        assert_eq!(beside, recorded, "{scenario}: {row:?}");
        let copies: BTreeMap<String, u8> = words(&row["req_copies"])
            .iter()
            .filter_map(|w| w.split_once('='))
            .map(|(place, n)| (place.to_owned(), n.parse().expect(COMPLETE)))
            .collect();
        for stop in &path.stops {
            let (name, Some(request)) = (all.place_name(stop.place), stop.request) else { continue };
            let expected = copies.get(&name).copied().unwrap_or(1);
            assert_eq!(request.transmissions(), expected, "{scenario}: at {name}: {row:?}");
            let outside =
                ["qr-out", "nn-ext", "dns", "dns2", "web", "ntp-a", "ntp-b"].contains(&name.as_str());
            let ends = if outside {
                (parsed("outside_src"), port("outside_sport"))
            } else {
                (client, port("inside_sport"))
            };
            assert_eq!(end(&all, request.client()), ends, "{scenario}: at {name}: {row:?}");
        }
    }
    // What the machines ask each other on the link is in no list.
    let routed = all.iter().filter(|e| !e.protocol().carrier().is_of_link()).count();
    assert_eq!(routed, rows.len(), "{scenario}: requests that were not recorded");
    assert!(follow.doubtful_order().is_empty(), "{scenario}: one clock, so the order is certain");
    rows.len()
}

#[test]
fn requests_behind_a_router_pass_the_recorded_places_and_ports() {
    let mut checked = 0;
    for scenario in scenarios("captures") {
        let files: Vec<_> =
            captures(&scenario).into_iter().filter(|f| !f.to_string_lossy().contains("-any")).collect();
        let all = read(&files);
        let follow = Follow::new(&all);
        let index = Index::new(&all);
        let inside_captured = (0u16..)
            .take(all.places().len())
            .any(|p| all.place_name(unanswered_exchange::PlaceId(p)).starts_with("vrouter-in"));
        for row in table(&scenario, "requests.csv.zst") {
            let parsed = |name: &str| row[name].parse::<IpAddr>().expect(COMPLETE);
            let port = |name: &str| row[name].parse::<u16>().expect(COMPLETE);
            let protocol = if scenario.ends_with("/dns") { ProtocolId::DNS } else { ProtocolId::NTP };
            let time: f64 = row["t"].parse().expect(COMPLETE);
            let number = index.find(protocol, parsed("src"), port("inside_sport"), parsed("server"), time);
            let number = number.unwrap_or_else(|| panic!("{scenario}: not found: {row:?}"));
            let path = follow.path(number);
            let seen = requests_at(&all, &path);
            let server = if scenario.ends_with("/dns") {
                "dns"
            } else if row["server"].ends_with("21") {
                "ntp-a"
            } else {
                "ntp-b"
            };
            let mut expected = vec![row["client"].clone()];
            let flag = |name: &str| row[name] == "1";
            if inside_captured && flag("seen_vrouter_in") {
                expected.push(row["client"].replace("cpn", "vrouter-in"));
            }
            if flag("seen_vrouter_out") {
                expected.push("vrouter-out".to_owned());
            }
            if flag("seen_server") {
                expected.push(server.to_owned());
            }
            assert_eq!(seen, expected, "{scenario}: {row:?}");
            let replies = replies_at(&all, &path);
            // A refusal by the server's kernel is not a reply of the protocol: the truth does not count it.
            let refused = scenario.ends_with("/outage") && row["kind"] == "unanswered";
            let reply = |place: &str| replies.iter().any(|r| r == place);
            if !refused {
                assert_eq!(reply(server), flag("reply_left_server"), "{scenario}: {row:?}");
                assert_eq!(reply("vrouter-out"), flag("reply_vrouter_out"), "{scenario}: {row:?}");
                assert_eq!(reply(&row["client"]), flag("reply_client"), "{scenario}: {row:?}");
            }
            let outside = path.stops.iter().find(|s| all.place_name(s.place) == "vrouter-out");
            if let Some(request) = outside.and_then(|s| s.request) {
                let recorded = (parsed("outside_src"), port("outside_sport"));
                assert_eq!(end(&all, request.client()), recorded, "{scenario}: {row:?}");
            }
            checked += 1;
        }
    }
    assert_eq!(checked, 342 + 342 + 171 + 216 + 559 + 685 + 290 + 171 + 1513);
}

/// One entry of `conntrack -L`.
#[derive(Debug)]
struct Entry {
    protocol: &'static [ProtocolId],
    inside: (IpAddr, u16),
    server: (IpAddr, u16),
    outside: (IpAddr, u16),
    outside_server: (IpAddr, u16),
}

fn entry(line: &str) -> Option<Entry> {
    let values = |name: &str| -> Vec<&str> {
        line.split(' ').filter_map(|w| w.strip_prefix(name)?.strip_prefix('=')).collect()
    };
    let both = |name: &str| Some((*values(name).first()?, *values(name).get(1)?));
    let echo = line.starts_with("icmp");
    let ((src, reply_src), (dst, reply_dst)) = (both("src")?, both("dst")?);
    let (ports, reply_ports) = if echo {
        let (id, reply_id) = both("id")?;
        ((id, "0"), ("0", reply_id))
    } else {
        let ((sport, reply_sport), (dport, reply_dport)) = (both("sport")?, both("dport")?);
        ((sport, dport), (reply_sport, reply_dport))
    };
    let end = |address: &str, port: &str| {
        (address.parse().expect("conntrack lists addresses"), port.parse().expect("and ports"))
    };
    Some(Entry {
        protocol: match line.split(' ').next()? {
            "udp" => &[ProtocolId::NTP, ProtocolId::DNS],
            "tcp" => &[ProtocolId::TCP],
            "icmp" => &[ProtocolId::ICMP],
            other => panic!("conntrack lists {other}"),
        },
        inside: end(src, ports.0),
        server: end(dst, ports.1),
        outside: end(reply_dst, reply_ports.1),
        outside_server: end(reply_src, reply_ports.0),
    })
}

#[test]
fn the_translation_table_holds_what_the_kernel_listed() {
    let mut checked = 0;
    for scenario in scenarios("nested").into_iter().chain(scenarios("captures")) {
        let files: Vec<_> = captures(&scenario)
            .into_iter()
            .filter(|f| !f.to_string_lossy().contains("-any"))
            .filter(|f| !scenario.starts_with("nested") || f.to_string_lossy().contains("merged"))
            .collect();
        let all = read(&files);
        let follow = Follow::new(&all);
        let ids: BTreeMap<IpAddr, AddressId> =
            (0u32..).zip(all.addresses()).map(|(i, &address)| (address, AddressId(i))).collect();
        let text = std::io::read_to_string(unpacked(&scenario, "conntrack.txt.zst")).expect(COMPLETE);
        let (mut time, mut listed) = (0.0, 0);
        for line in text.lines() {
            if let Some((_, rest)) = line.split_once("epoch=") {
                time = rest.split(' ').next().and_then(|t| t.parse().ok()).expect(COMPLETE);
                continue;
            }
            let Some(entry) = entry(line) else { continue };
            if entry.inside == entry.outside && entry.server == entry.outside_server {
                continue;
            }
            let id =
                |(address, port): (IpAddr, u16)| ids.get(&address).map(|&address| Endpoint { address, port });
            #[expect(clippy::cast_possible_truncation, reason = "a time of this century")]
            let now = Time::from_nanoseconds((time * 1e9) as i64);
            let at = |p: &ProtocolId| follow.nat().at(*p, id(entry.inside)?, id(entry.server)?, now);
            let mapping: &Mapping = entry
                .protocol
                .iter()
                .find_map(at)
                .unwrap_or_else(|| panic!("{scenario}: not in the table at {time}: {line}"));
            let ends = (end(&all, mapping.outside), end(&all, mapping.outside_server));
            assert_eq!(ends, (entry.outside, entry.outside_server), "{scenario}: at {time}: {line}");
            listed += 1;
        }
        checked += listed;
    }
    assert_eq!(checked, 2089);
}

#[test]
fn captures_on_all_interfaces_see_each_request_at_each_interface() {
    // One packet up to five times in one file: in the tunnel, out of it, on the bridge, and
    // inside and outside the router.
    let any = testdata("nested/n2").join("nn-any.pcap.zst");
    let all = read(std::slice::from_ref(&any));
    assert_eq!((all.len(), all.totals().outcomes.of(Outcome::Answered)), (458, 439));
    let follow = Follow::new(&all);
    for exchange in all.iter() {
        let path = follow.path(exchange.row());
        assert_eq!(path.stops.len(), 5);
        let tunnelled: Vec<bool> =
            path.stops.iter().filter_map(|s| s.request).map(|s| s.tunnelled()).collect();
        assert_eq!(tunnelled, [true, false, false, false, false]);
        let (first, last) = (path.stops[0].request, path.stops[4].request);
        let ttls = (first.map(|s| s.ttl()), last.map(|s| s.ttl()));
        assert_eq!(ttls, (Some(64), Some(63)));
    }
    // Together with all other places it is still one exchange per request.
    assert_eq!(read(&captures("nested/n2")).len(), 458);
}
