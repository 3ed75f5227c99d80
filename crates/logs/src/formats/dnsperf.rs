//! What dnsperf prints of each query (`-v`): `> NOERROR www.example.com A 0.000512`, `> T www.example.com A`.
//! <https://github.com/DNS-OARC/dnsperf>

use crate::beginning::{Beginning, Sureness};
use crate::declaration::{Declaration, Rule};
use crate::error::LogError;
use crate::format::Format;
use crate::input::Lines;
use crate::rows::Rows;

/// Queries of dnsperf.
pub(super) struct Dnsperf;

static DNSPERF: Declaration = Declaration {
    name: "queries of dnsperf",
    recognised_by: "lines such as > NOERROR www.example.com A 0.000512, > T for a time-out",
    rules: &[Rule::new("rcode", &["T", "SERVFAIL"])],
    time: &[],
    answer: &["latency"],
    idle: &[],
};

fn query(line: &[u8]) -> Option<Vec<&[u8]>> {
    let rest = line.strip_prefix(b"> ")?;
    let cells: Vec<&[u8]> = rest.split(|&byte| byte == b' ').filter(|cell| !cell.is_empty()).collect();
    let code = cells.first()?;
    (cells.len() >= 3 && code.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()))
        .then_some(cells)
}

impl Format for Dnsperf {
    fn declaration(&self) -> &'static Declaration {
        &DNSPERF
    }

    fn recognise(&self, beginning: &Beginning<'_>) -> Option<Sureness> {
        let title = beginning.first().starts_with(b"DNS Performance Testing Tool");
        let queries = beginning.lines.iter().any(|line| query(line).is_some());
        (queries && (title || beginning.most(|line| query(line).is_some()))).then_some(Sureness::Named)
    }

    fn read(&self, lines: &mut Lines, rows: &mut Rows) -> Result<(), LogError> {
        while let Some(line) = lines.next()? {
            // Titles, states and statistics are around the queries.
            if !line.text.starts_with(b">") {
                continue;
            }
            let Some(cells) = query(line.text) else {
                rows.odd(&line, "a query of dnsperf");
                continue;
            };
            for (name, cell) in ["rcode", "query", "type"].iter().zip(&cells) {
                rows.named(name, cell);
            }
            let latency = cells.get(3..).and_then(<[&[u8]]>::last).copied().unwrap_or_default();
            rows.named("latency", latency);
            rows.end();
        }
        Ok(())
    }
}
