//! A place of capture does not change the truth: what single places say of each recorded request.
//!
//! The truth is the client's log. Where a place cannot know, it may say unknown, or that a reply passed; it must not say the
//! opposite of what the client saw.

mod common;

use common::{captures, read, scenarios, testdata};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::IpAddr;
use unanswered_exchange::{Exchange, Exchanges};
use unanswered_table::{Outcome, Reason};

type Row = BTreeMap<String, String>;

/// Client, its port or identifier, and destination as the client sends it; the protocol keeps requests of one connection
/// apart.
type Key = (IpAddr, u16, IpAddr, &'static str);

fn truth(scenario: &str) -> Vec<Row> {
    let packed =
        std::fs::File::open(testdata(scenario).join("requests.csv.zst")).expect("it is in the repository");
    let plain = ruzstd::decoding::StreamingDecoder::new(packed).expect("it is in the repository");
    let mut reader = csv::Reader::from_reader(plain);
    let names = reader.headers().expect("it is in the repository").clone();
    let row = |record: csv::StringRecord| {
        names.iter().zip(record.iter()).map(|(n, v)| (n.to_owned(), v.to_owned())).collect()
    };
    reader.records().map(|r| row(r.expect("it is in the repository"))).collect()
}

fn by_key(all: &Exchanges) -> BTreeMap<Key, Vec<Exchange<'_>>> {
    let mut found: BTreeMap<Key, Vec<Exchange<'_>>> = BTreeMap::new();
    for exchange in all.iter() {
        let (client, server) = (exchange.nearest().client(), exchange.nearest().server());
        let address = |id: unanswered_exchange::AddressId| all.addresses()[id.0 as usize];
        let protocol = exchange.protocol().declaration().name;
        let key = (address(client.address), client.port, address(server.address), protocol);
        found.entry(key).or_default().push(exchange);
    }
    found
}

/// What one place says of the requests that the client's log knows.
#[derive(Default)]
struct Said {
    right: u32,
    /// The reply passed, and nothing shows whether it arrived; it did not.
    passed_here: u32,
    unknown: u32,
    /// Requests that the client did not send again, or whose first transmission did not come here.
    late_elsewhere: u32,
    /// Wrong, by what the client saw and what was said.
    wrong: BTreeMap<(Outcome, Outcome), u32>,
    /// The request did not come here.
    not_seen: u32,
}

impl Said {
    fn add(&mut self, client: Outcome, found: Option<&Exchange<'_>>) {
        let Some(found) = found else {
            self.not_seen += 1;
            return;
        };
        match (client, found.outcome()) {
            (a, b) if a == b => self.right += 1,
            (_, Outcome::Unknown) => self.unknown += 1,
            (Outcome::Unanswered | Outcome::Rejected | Outcome::Late, Outcome::Answered)
                if found.reason() == Reason::PassedHere =>
            {
                self.passed_here += 1;
            }
            // A transmission that was lost before this place shows nothing here.
            (Outcome::Late, Outcome::Answered) | (Outcome::Answered, Outcome::Late) => {
                self.late_elsewhere += 1
            }
            // The client's log knows of silence only; on the wire there is a wrong reply, or a refusal.
            (Outcome::Unanswered, Outcome::Rejected | Outcome::Refused | Outcome::Error | Outcome::Late)
            | (Outcome::Refused, Outcome::Error) => self.right += 1,
            (client, said) => *self.wrong.entry((client, said)).or_default() += 1,
        }
    }
}

#[test]
fn no_place_says_the_opposite_of_what_the_client_saw() {
    let mut table =
        String::from("scenario, place: right, passed here, unknown, late elsewhere, not seen; wrong\n");
    let mut wrong = 0;
    for scenario in scenarios("battery") {
        let rows = truth(&scenario);
        for file in captures(&scenario) {
            let place = file.file_name().and_then(|n| n.to_str()).expect("a name").replace(".pcap.zst", "");
            let all = read(std::slice::from_ref(&file));
            let index = by_key(&all);
            let mut said = Said::default();
            for row in &rows {
                let word = row["outcome"].as_str();
                let Some(client) = Outcome::ALL.into_iter().find(|o| o.word() == word) else { continue };
                let protocol = unanswered_wire::ProtocolId::names()
                    .into_iter()
                    .find(|name| *name == row["proto"])
                    .expect("a known protocol");
                let port = if row["sport"].is_empty() { &row["id"] } else { &row["sport"] };
                let key = (
                    row["src"].parse().expect("an address"),
                    port.parse().expect("a port"),
                    row["dst"].parse().expect("an address"),
                    protocol,
                );
                let time: f64 = row["t"].parse().expect("a time");
                let off = |e: &&Exchange<'_>| (e.time().seconds() - time).abs();
                let list = index.get(&key).map_or(&[][..], Vec::as_slice);
                let near = list.iter().filter(|e| off(e) < 0.3);
                said.add(client, near.min_by(|a, b| off(a).total_cmp(&off(b))));
            }
            let Said { right, passed_here, unknown, late_elsewhere, not_seen, .. } = said;
            if right + passed_here + unknown == 0 {
                continue;
            }
            let _ = write!(
                table,
                "{scenario}, {place}: {right}, {passed_here}, {unknown}, {late_elsewhere}, {not_seen};"
            );
            for ((client, said), count) in &said.wrong {
                wrong += count;
                let _ = write!(table, " {count} {client} called {said}");
            }
            table.push('\n');
        }
    }
    assert_eq!(wrong, 0, "{table}");
    insta::assert_snapshot!(table);
}
