//! Envoy's default access log, and Istio's.
//! <https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage>

use super::template::request;
use crate::beginning::{Beginning, Sureness};
use crate::declaration::{Declaration, Rule};
use crate::error::LogError;
use crate::format::Format;
use crate::input::{Line, Lines};
use crate::rows::Rows;
use crate::tokens::{given, split};

/// Envoy's default access log.
pub(super) struct Envoy;

static ENVOY: Declaration = Declaration {
    name: "an Envoy access log",
    recognised_by: "[time], \"request\", status, response flags, and as many fields as Envoy's or Istio's default has",
    // 0: no status was sent at all. Flags alone do not say that a request failed.
    rules: &[Rule::new("response_code", &["5xx", "0"])],
    time: &["start_time"],
    answer: &[
        "response_flags",
        "response_code_details",
        "connection_termination_details",
        "upstream_transport_failure_reason",
        "bytes_sent",
        "duration",
        "upstream_service_time",
    ],
    idle: &["request_id"],
};
const EXPECTED: &str = "a line of an Envoy log";
const DETAILS: [&str; 3] =
    ["response_code_details", "connection_termination_details", "upstream_transport_failure_reason"];
const PLAIN: [&str; 9] = [
    "bytes_received",
    "bytes_sent",
    "duration",
    "upstream_service_time",
    "forwarded_for",
    "agent",
    "request_id",
    "authority",
    "upstream_host",
];
const ISTIO: [&str; 6] = [
    "upstream_cluster",
    "upstream_local_address",
    "downstream_local_address",
    "downstream_remote_address",
    "requested_server_name",
    "route_name",
];

/// Fields in front: time, request, status, flags.
const FIRST: usize = 4;

/// Whether a line of so many fields has details, and what Istio adds.
fn layout(tokens: &[&[u8]]) -> Option<(bool, bool)> {
    let [time, request, code, flags, ..] = tokens else { return None };
    let details = match tokens.len().checked_sub(FIRST + PLAIN.len())? {
        0 => Some((false, false)),
        3 => Some((true, false)),
        9 => Some((true, true)),
        _ => None,
    };
    let is_code = code.len() <= 3 && !code.is_empty() && code.iter().all(u8::is_ascii_digit);
    let is_flags = *flags == b"-"
        || flags.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b',');
    let is_request = request.contains(&b' ') || *request == b"-";
    let is_time = time.get(10) == Some(&b'T') && time.first().is_some_and(u8::is_ascii_digit);
    details.filter(|_| is_code && is_flags && is_request && is_time)
}

impl Format for Envoy {
    fn declaration(&self) -> &'static Declaration {
        &ENVOY
    }

    fn recognise(&self, beginning: &Beginning<'_>) -> Option<Sureness> {
        let fits = |line: &[u8]| {
            let mut tokens = Vec::new();
            line.starts_with(b"[") && split(line, &mut tokens) && layout(&tokens).is_some()
        };
        beginning.most(fits).then_some(Sureness::Shape)
    }

    fn read(&self, lines: &mut Lines, rows: &mut Rows) -> Result<(), LogError> {
        while let Some(line) = lines.next()? {
            if line.text.trim_ascii().is_empty() {
                continue;
            }
            let mut tokens = Vec::with_capacity(FIRST + PLAIN.len() + DETAILS.len() + ISTIO.len());
            match split(line.text, &mut tokens).then(|| layout(&tokens)).flatten() {
                Some((details, istio)) => row(&tokens, details, istio, &line, rows),
                None => rows.odd(&line, EXPECTED),
            }
        }
        Ok(())
    }
}

fn row(tokens: &[&[u8]], details: bool, istio: bool, line: &Line<'_>, rows: &mut Rows) {
    let [time, line_of_request, code, flags, rest @ ..] = tokens else { return };
    rows.named("start_time", time);
    request(line_of_request, rows);
    rows.named("response_code", code);
    rows.named("response_flags", given(flags));
    let names = DETAILS.iter().filter(|_| details).chain(&PLAIN).chain(ISTIO.iter().filter(|_| istio));
    for (name, cell) in names.zip(rest) {
        rows.named(name, given(cell));
    }
    rows.envelope(line);
    rows.end();
}
