//! Every request of the recorded captures ends as their ground truth says, one by one, and was
//! seen at the places that the truth names. The overlay networks are in `followed_truth`.

mod common;

use common::{captures, read, scenarios, testdata};
use std::collections::BTreeMap;
use std::net::IpAddr;
use unanswered_exchange::{Exchange, Exchanges};
use unanswered_table::Outcome;

/// A line of a table, by column name.
type Row = BTreeMap<String, String>;

/// A request's client and destination; for echo the identifier is the port.
type Key = (IpAddr, u16, IpAddr);

/// Exchanges by key, to be found by time.
struct Index<'a> {
    all: &'a Exchanges,
    by_key: BTreeMap<Key, Vec<Exchange<'a>>>,
}

impl<'a> Index<'a> {
    fn new(all: &'a Exchanges) -> Self {
        let mut by_key: BTreeMap<Key, Vec<Exchange<'a>>> = BTreeMap::new();
        for exchange in all.iter() {
            let (client, server) = (exchange.nearest().client(), exchange.nearest().server());
            let address = |id: unanswered_exchange::AddressId| all.addresses()[id.0 as usize];
            by_key
                .entry((address(client.address), client.port, address(server.address)))
                .or_default()
                .push(exchange);
        }
        Self { all, by_key }
    }

    /// The exchange with that key, sent within a tenth of a second of that time.
    fn find(&self, key: Key, time: f64) -> Option<Exchange<'a>> {
        let list = self.by_key.get(&key)?;
        let off = |e: &Exchange<'_>| (e.time().seconds() - time).abs();
        list.iter().copied().filter(|e| off(e) < 0.1).min_by(|a, b| off(a).total_cmp(&off(b)))
    }

    fn places(&self, exchange: &Exchange<'_>) -> Vec<String> {
        exchange.sightings().map(|s| self.all.place_name(s.place())).collect()
    }
}

fn key(row: &Row, source: &str, port: &str, destination: &str) -> Key {
    let port = if row[port].is_empty() { &row["id"] } else { &row[port] };
    (
        row[source].parse().expect("the recorded truth is complete"),
        port.parse().expect("the recorded truth is complete"),
        row[destination].parse().expect("the recorded truth is complete"),
    )
}

/// Whether the exchange ended as expected; the capture may have ended too early to show it.
fn check(scenario: &str, row: &Row, found: &Exchange<'_>, expected: Outcome) {
    let near_the_end = found.outcome() == Outcome::Unknown && expected == Outcome::Unanswered;
    assert!(
        found.outcome() == expected || near_the_end,
        "{scenario}: {} ({:?}) instead of {expected} for {row:?}",
        found.outcome(),
        found.reason()
    );
}

#[test]
fn ntp_and_dns_behind_a_router_end_as_recorded() {
    for scenario in scenarios("captures") {
        let all = read(&captures(&scenario));
        let index = Index::new(&all);
        let mut unknown = 0;
        for row in truth(&scenario) {
            let key = key(&row, "src", "inside_sport", "server");
            let found = index.find(key, row["t"].parse().expect("the recorded truth is complete"));
            let found = found.unwrap_or_else(|| panic!("{scenario}: not found: {row:?}"));
            let expected = match (row["kind"].as_str(), scenario.as_str()) {
                ("unanswered", "captures/outage") | ("kod:RATE", _) => Outcome::Refused,
                ("unanswered", _) => Outcome::Unanswered,
                ("unsync:INIT", _) => Outcome::Error,
                _ => Outcome::Answered,
            };
            check(&scenario, &row, &found, expected);
            unknown += u32::from(found.outcome() == Outcome::Unknown);
        }
        assert!(unknown <= 5, "{scenario}: {unknown} unknown");
    }
}

#[test]
fn the_battery_ends_as_recorded_and_was_seen_where_recorded() {
    for scenario in scenarios("battery") {
        let all = read(&captures(&scenario));
        let index = Index::new(&all);
        let rows = truth(&scenario);
        let mut unknown = 0;
        for row in &rows {
            let found = index.find(
                key(row, "src", "sport", "dst"),
                row["t"].parse().expect("the recorded truth is complete"),
            );
            let found = found.unwrap_or_else(|| panic!("{scenario}: not found: {row:?}"));
            let expected = match (row["outcome"].as_str(), scenario.as_str()) {
                // The client's log knows of silence only; on the wire there is a wrong reply.
                ("unanswered", "battery/multihomed-reply-source") => Outcome::Rejected,
                // REFUSED is an answer that says "I will not".
                ("refused", "battery/dnsmasq-forward-max") => Outcome::Error,
                (word, _) => {
                    *Outcome::ALL.iter().find(|o| o.word() == word).expect("the recorded truth is complete")
                }
            };
            check(&scenario, row, &found, expected);
            unknown += u32::from(found.outcome() == Outcome::Unknown);
            let mut places = index.places(&found);
            let mut recorded: Vec<&str> = row["req_seen_at"].split('+').collect();
            places.sort();
            recorded.sort_unstable();
            assert_eq!(places, recorded, "{scenario}: {row:?}");
        }
        assert!(
            unknown * 50 <= u32::try_from(rows.len()).expect("the recorded truth is complete"),
            "{scenario}: {unknown} of {} unknown",
            rows.len()
        );
    }
}

#[test]
fn one_place_alone_tells_what_passes_there() {
    // The router drops the replies behind this place, where all of them are still seen.
    let outside: Vec<_> =
        captures("captures/asym").into_iter().filter(|p| p.ends_with("vrouter-out.pcap.zst")).collect();
    let totals = read(&outside).totals();
    assert_eq!(totals.outcomes.of(Outcome::Answered), totals.outcomes.requests());
    // Both sides of the translation in one capture on all interfaces.
    let any: Vec<_> =
        captures("captures/story-osa").into_iter().filter(|p| p.ends_with("vrouter-any.pcap.zst")).collect();
    let all = read(&any);
    assert_eq!((all.len(), all.totals().outcomes.of(Outcome::Answered)), (342, 285));
    assert!(all.iter().all(|e| e.sightings().len() == 2));
}

/// The truth of a scenario, one row a request.
fn truth(scenario: &str) -> Vec<Row> {
    let packed = std::fs::File::open(testdata(scenario).join("requests.csv.zst"))
        .expect("the recorded truth is complete");
    let plain = ruzstd::decoding::StreamingDecoder::new(packed).expect("the recorded truth is complete");
    let mut reader = csv::Reader::from_reader(plain);
    let names = reader.headers().expect("the recorded truth is complete").clone();
    let row = |record: csv::StringRecord| {
        names.iter().zip(record.iter()).map(|(n, v)| (n.to_owned(), v.to_owned())).collect()
    };
    reader.records().map(|r| row(r.expect("the recorded truth is complete"))).collect()
}
