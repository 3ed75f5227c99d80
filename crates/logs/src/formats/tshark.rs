//! What tshark prints of packets: `-T fields -E header=y`, `-T ek`, `-T json`.
//! <https://www.wireshark.org/docs/man-pages/tshark.html>

use crate::beginning::{Beginning, Sureness};
use crate::declaration::{Declaration, Rule};
use crate::error::LogError;
use crate::format::Format;
use crate::input::Lines;
use crate::json::{self, flatten, within};
use crate::rows::Rows;
use crate::separated::{self, Keep, Separator, Shape};
use serde_json::Value;

/// `-T fields -E header=y`.
pub(super) struct Fields;
/// `-T ek`.
pub(super) struct Ek;
/// `-T json`.
pub(super) struct Json;

/// Only where questions can be told from other packets does a question without an answer say something. (Where tshark read
/// the packets once and not twice, `-2`, no question has an answer; then the rule does not hold, since nothing else is there.)
const RULES: &[Rule] = &[
    Rule { outcome: "dns.response_in", failed: &["missing"], with: &["dns.flags.response"] },
    Rule::new("icmp.no_resp", &["1", "True", "No response seen"]),
];
const ANSWER: &[&str] = &[
    "dns.response_in",
    "dns.time",
    "dns.flags.rcode",
    "dns.a",
    "dns.aaaa",
    "dns.count.answers",
    "icmp.resp_in",
    "icmp.resptime",
    "icmp.no_resp",
    "http.response_in",
    "http.time",
    "http.response.code",
    "tcp.analysis.ack_rtt",
];

static FIELDS: Declaration = Declaration {
    name: "fields of tshark",
    recognised_by: "tabs between names such as frame.time_epoch and ip.src",
    rules: RULES,
    time: &["frame.time_epoch", "frame.time", "frame.time_relative"],
    answer: ANSWER,
    idle: &[
        "frame.number",
        "frame.time",
        "frame.time_epoch",
        "frame.time_relative",
        "frame.time_delta",
        "frame.time_delta_displayed",
    ],
};
static EK: Declaration = Declaration {
    name: "packets of tshark (ek)",
    recognised_by: "a line with index before each line with timestamp and layers",
    rules: &[],
    time: &["timestamp"],
    answer: &[],
    idle: &[
        "frame_frame_number",
        "frame_frame_time",
        "frame_frame_time_epoch",
        "frame_frame_time_relative",
        "frame_frame_time_delta",
        "frame_frame_time_delta_displayed",
    ],
};
static JSON: Declaration = Declaration {
    name: "packets of tshark (JSON)",
    recognised_by: "the keys _source and layers",
    rules: &[],
    ..FIELDS
};
const SHAPE: Shape = Shape {
    keep: Some(Keep {
        column: "dns.flags.response",
        values: &["0", "False", "false"],
        kept: true,
        others: "packets that are no DNS questions",
    }),
    ..Shape::of(Separator::Byte(b'\t'))
};

impl Format for Fields {
    fn declaration(&self) -> &'static Declaration {
        &FIELDS
    }

    fn recognise(&self, beginning: &Beginning<'_>) -> Option<Sureness> {
        let names: Vec<&[u8]> = beginning.first().split(|&byte| byte == b'\t').collect();
        let dotted = |name: &&&[u8]| {
            name.contains(&b'.')
                && name
                    .iter()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(byte))
        };
        let known = names.iter().any(|name| {
            [&b"frame."[..], b"ip.", b"ipv6.", b"tcp.", b"udp."].iter().any(|p| name.starts_with(p))
        });
        let all = names.len() > 1 && names.iter().filter(dotted).count() * 3 >= names.len() * 2;
        (known && all).then_some(Sureness::Named)
    }

    fn read(&self, lines: &mut Lines, rows: &mut Rows) -> Result<(), LogError> {
        separated::read(lines, rows, &SHAPE)
    }
}

impl Format for Ek {
    fn declaration(&self) -> &'static Declaration {
        &EK
    }

    fn recognise(&self, beginning: &Beginning<'_>) -> Option<Sureness> {
        beginning.json_keys(&["timestamp", "layers"]).then_some(Sureness::Named)
    }

    fn read(&self, lines: &mut Lines, rows: &mut Rows) -> Result<(), LogError> {
        json::read(lines, rows, |packet, rows| {
            // A line before each packet says where Elasticsearch shall put it.
            let Some(layers) = packet.get("layers") else { return };
            if let Some(time) = packet.get("timestamp") {
                flatten("timestamp", time, rows);
            }
            leaves(layers, rows, 0);
            rows.end();
        })
    }
}

impl Format for Json {
    fn declaration(&self) -> &'static Declaration {
        &JSON
    }

    fn recognise(&self, beginning: &Beginning<'_>) -> Option<Sureness> {
        beginning.json_keys(&["_source", "layers"]).then_some(Sureness::Named)
    }

    fn read(&self, lines: &mut Lines, rows: &mut Rows) -> Result<(), LogError> {
        json::read(lines, rows, |packet, rows| {
            let Some(layers) = within(packet, &["_source", "layers"]) else {
                rows.no_request("objects without layers");
                return;
            };
            leaves(layers, rows, 0);
            rows.end();
        })
    }
}

/// The innermost values: their own names say of which layer they are.
fn leaves(value: &Value, rows: &mut Rows, depth: usize) {
    const DEPTH_MAX: usize = 16;
    let Value::Object(fields) = value else { return };
    for (name, value) in fields {
        match value {
            Value::Object(_) if depth < DEPTH_MAX => leaves(value, rows, depth + 1),
            Value::Array(values) if values.first().is_some_and(Value::is_object) => {
                values.iter().for_each(|value| leaves(value, rows, depth + 1));
            }
            Value::Object(_)
            | Value::Array(_)
            | Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_) => flatten(name, value, rows),
        }
    }
}
