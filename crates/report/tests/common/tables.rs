//! Small made-up tables of requests that fit the hand-made diagnoses.

use unanswered_registry::{Feature, Subject};
use unanswered_table::{Column, Outcome, Table, Values, Viewpoint};
use unanswered_wire::features::{DESTINATION, DONT_FRAGMENT, IP_LENGTH, SOURCE, UDP_SOURCE};
use unanswered_wire::protocols::dns;

const START: f64 = 1_795_416_529.0;

fn names(feature: &'static Feature, values: &[&str]) -> Column {
    let mut labels: Vec<String> = Vec::new();
    let mut codes = Vec::new();
    for value in values {
        let at = labels.iter().position(|l| l == value).unwrap_or_else(|| {
            labels.push((*value).to_owned());
            labels.len() - 1
        });
        codes.push(u32::try_from(at).expect("few labels"));
    }
    column(feature, Values::Codes { codes, labels })
}

fn column(feature: &'static Feature, values: Values) -> Column {
    Column { subject: Subject::Feature(feature), at: Viewpoint::Client, values }
}

/// Three clients behind one NAT, two servers; client 2 has port 11 outside, client 3 port 421.
pub(crate) fn story() -> Table {
    let mut table = Table::default();
    let (mut from, mut to, mut ports) = (Vec::new(), Vec::new(), Vec::new());
    for poll in 0..57_u32 {
        for (client, port) in [("10.1.1.2", 123.0), ("10.1.2.2", 11.0), ("10.1.3.2", 421.0)] {
            for server in ["10.9.9.21", "10.9.9.22"] {
                let lost = client == "10.1.2.2" && server == "10.9.9.21";
                table.times.push(START + f64::from(poll) * 20.8 + port / 100.0);
                table.outcomes.push(if lost { Outcome::Unanswered } else { Outcome::Answered });
                from.push(client);
                to.push(server);
                ports.push(port);
            }
        }
    }
    let mut port = column(&UDP_SOURCE, Values::Numbers(ports));
    port.at = Viewpoint::BeyondNat;
    table.columns = vec![names(&SOURCE, &from), names(&DESTINATION, &to), port];
    table
}

/// One request each second or so, failing as the function says.
pub(crate) fn in_time(rows: u32, fails: impl Fn(f64, u32) -> Option<Outcome>) -> Table {
    let mut table = Table::default();
    let (mut from, mut to) = (Vec::new(), Vec::new());
    for row in 0..rows {
        let at = START + f64::from(row) * 1_185.0 / f64::from(rows);
        table.times.push(at);
        table.outcomes.push(fails(at, row).unwrap_or(Outcome::Answered));
        from.push(["10.1.1.2", "10.1.2.2", "10.1.3.2"][(row % 3) as usize]);
        to.push(["10.62.2.11", "10.62.2.12"][(row / 3 % 2) as usize]);
    }
    table.columns = vec![names(&SOURCE, &from), names(&DESTINATION, &to)];
    table
}

/// Names as an attacker would choose them.
pub(crate) fn hostile() -> Table {
    let mut table = in_time(843, |_, row| (row < 121).then_some(Outcome::Unanswered));
    let all: Vec<String> = (0..843)
        .map(|i| match i {
            ..121 => format!("<script>alert({})</script>\x1b[31m\"\\ || ip\u{202e}\n&.test", i % 40),
            _ => format!("'\"><img src=x onerror=alert({})>", i % 50),
        })
        .collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    table.columns.push(names(&dns::NAME, &all));
    table
}

/// Lengths and flags of two protocols, for three clauses.
pub(crate) fn lengths() -> Table {
    let mut table = in_time(885, |_, row| (row % 5 == 0 && row % 2 == 0).then_some(Outcome::Unanswered));
    let rows = 0..885_u32;
    let of = |f: &dyn Fn(u32) -> f64| rows.clone().map(f).collect::<Vec<f64>>();
    let sizes = of(&|r| if r % 5 == 0 { 1428.0 } else { f64::from(60 + r % 40 * 33) });
    table.columns.push(column(&IP_LENGTH, Values::Numbers(sizes)));
    let flags = of(&|r| f64::from(r % 2 == 0));
    table.columns.push(column(&DONT_FRAGMENT, Values::Numbers(flags)));
    table
}

/// A source port per request; odd ones fail half of the time.
pub(crate) fn ports(rows: u32) -> Table {
    let port = |r: u32| f64::from(1024 + r.wrapping_mul(7_919) % 60_000);
    let mut table = in_time(rows, |_, r| (port(r) % 2.0 > 0.5 && r % 4 < 2).then_some(Outcome::Unanswered));
    let all: Vec<f64> = (0..rows).map(port).collect();
    table.columns.push(column(&UDP_SOURCE, Values::Numbers(all)));
    table
}
