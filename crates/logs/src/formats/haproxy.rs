//! HAProxy's HTTP and TCP logs. <https://docs.haproxy.org/3.0/configuration.html#8.2>

use super::template::request;
use crate::beginning::{Beginning, Sureness};
use crate::declaration::{Declaration, Rule};
use crate::error::LogError;
use crate::format::Format;
use crate::input::{Line, Lines};
use crate::rows::Rows;
use crate::tokens::{given, split};

/// HAProxy's HTTP and TCP logs.
pub(super) struct Haproxy;

static HAPROXY: Declaration = Declaration {
    name: "an HAProxy log",
    recognised_by: "client:port, [time], frontend, backend/server, timers with /, termination state",
    rules: &[
        // -1: no status was sent, the client went away first.
        Rule::new("status", &["5xx", "-1"]),
        Rule::new("termination_state", &["!~ ^--"]),
    ],
    time: &["time"],
    answer: &[
        "termination_state",
        "Tq",
        "Tw",
        "Tc",
        "Tr",
        "Tt",
        "bytes",
        "retries",
        "response_cookie",
        "response_header_1",
        "response_header_2",
        "response_header_3",
    ],
    idle: &[],
};
const EXPECTED: &str = "a line of an HAProxy log";
const HTTP_TIMERS: [&str; 5] = ["Tq", "Tw", "Tc", "Tr", "Tt"];
const TCP_TIMERS: [&str; 3] = ["Tw", "Tc", "Tt"];
const CONNECTIONS: [&str; 5] = ["actconn", "feconn", "beconn", "srvconn", "retries"];

/// Which of the two logs a line is of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Http,
    Tcp,
}

fn parts(cell: &[u8]) -> usize {
    memchr::memchr_iter(b'/', cell).count() + 1
}

fn kind(tokens: &[&[u8]]) -> Option<Kind> {
    let at = |index: usize| tokens.get(index).copied().unwrap_or_default();
    let timers = at(4);
    let numbers = timers.iter().all(|byte| byte.is_ascii_digit() || b"/-+".contains(byte));
    let service = memchr::memchr(b'/', at(3)).is_some();
    match (numbers && service, parts(timers)) {
        (true, 5) if at(9).len() == 4 && parts(at(10)) == 5 => Some(Kind::Http),
        (true, 3) if at(6).len() == 2 && parts(at(7)) == 5 => Some(Kind::Tcp),
        _ => None,
    }
}

/// A line from the client's address on: its name and number may stand in front.
fn inside(line: &[u8]) -> &[u8] {
    let name = line.starts_with(b"haproxy");
    let end = memchr::memmem::find(line, b": ").filter(|_| name);
    end.and_then(|end| line.get(end + 2..)).unwrap_or(line)
}

impl Format for Haproxy {
    fn declaration(&self) -> &'static Declaration {
        &HAPROXY
    }

    fn recognise(&self, beginning: &Beginning<'_>) -> Option<Sureness> {
        let fits = |line: &[u8]| {
            let mut tokens = Vec::new();
            split(inside(line), &mut tokens) && kind(&tokens).is_some()
        };
        beginning.most(fits).then_some(Sureness::Shape)
    }

    fn read(&self, lines: &mut Lines, rows: &mut Rows) -> Result<(), LogError> {
        while let Some(line) = lines.next()? {
            if line.text.trim_ascii().is_empty() {
                continue;
            }
            let mut tokens = Vec::with_capacity(20);
            match split(inside(line.text), &mut tokens).then(|| kind(&tokens)).flatten() {
                Some(kind) => row(&tokens, kind, &line, rows),
                None => rows.odd(&line, EXPECTED),
            }
        }
        Ok(())
    }
}

fn row(tokens: &[&[u8]], kind: Kind, line: &Line<'_>, rows: &mut Rows) {
    let at = |index: usize| tokens.get(index).copied().unwrap_or_default();
    let client = at(0);
    let colon = memchr::memrchr(b':', client).unwrap_or(client.len());
    rows.named("time", at(1));
    rows.named("client", client.get(..colon).unwrap_or_default());
    rows.named("client_port", client.get(colon + 1..).unwrap_or_default());
    // "~" behind the name: the connection was encrypted.
    rows.named("frontend", at(2).strip_suffix(b"~").unwrap_or(at(2)));
    let slash = memchr::memchr(b'/', at(3)).unwrap_or(at(3).len());
    rows.named("backend", at(3).get(..slash).unwrap_or_default());
    rows.named("server", at(3).get(slash + 1..).unwrap_or_default());
    let timers: &[&str] = if kind == Kind::Http { &HTTP_TIMERS } else { &TCP_TIMERS };
    each(timers, at(4), rows);
    let behind = match kind {
        Kind::Http => {
            rows.named("status", at(5));
            rows.named("bytes", plain(at(6)));
            rows.named("request_cookie", given(at(7)));
            rows.named("response_cookie", given(at(8)));
            rows.named("termination_state", at(9));
            10
        }
        Kind::Tcp => {
            rows.named("bytes", plain(at(5)));
            rows.named("termination_state", at(6));
            7
        }
    };
    each(&CONNECTIONS, at(behind), rows);
    each(&["srv_queue", "backend_queue"], at(behind + 1), rows);
    if kind == Kind::Http {
        let rest = tokens.get(behind + 2..).unwrap_or_default();
        if let [captured @ .., last] = rest {
            headers("request_header", captured.first(), rows);
            headers("response_header", captured.get(1), rows);
            request(last, rows);
        }
    }
    rows.envelope(line);
    rows.end();
}

/// A number; a plus in front says that it was still growing (option logasap).
fn plain(cell: &[u8]) -> &[u8] {
    cell.strip_prefix(b"+").unwrap_or(cell)
}

fn each(names: &[&str], cell: &[u8], rows: &mut Rows) {
    for (name, part) in names.iter().zip(cell.split(|&byte| byte == b'/')) {
        rows.named(name, plain(part));
    }
}

fn headers(name: &str, captured: Option<&&[u8]>, rows: &mut Rows) {
    let values = captured.into_iter().flat_map(|values| values.split(|&byte| byte == b'|'));
    for (index, value) in values.enumerate() {
        rows.named(&format!("{name}_{}", index + 1), given(value));
    }
}
