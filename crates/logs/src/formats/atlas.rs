//! Results of RIPE Atlas: a row for each packet of a ping, for each packet of each hop, for each query.
//! <https://atlas.ripe.net/docs/apis/result-format/>

use crate::beginning::{Beginning, Sureness};
use crate::declaration::{Declaration, Rule};
use crate::error::LogError;
use crate::format::Format;
use crate::input::Lines;
use crate::json::{self, flatten, scalar};
use crate::rows::Rows;
use serde_json::Value;

/// Results of RIPE Atlas.
pub(super) struct Atlas;

static ATLAS: Declaration = Declaration {
    name: "results of RIPE Atlas",
    recognised_by: "the keys prb_id, timestamp, and result, resultset or dst_addr",
    rules: &[Rule::new("result.rtt", &["missing"]), Rule::new("result.rt", &["missing"])],
    time: &["timestamp"],
    answer: &[
        "result.ttl",
        "result.size",
        "result.from",
        "result.x",
        "result.error",
        "result.itos",
        "result.dup",
        "result.late",
        "result.abuf",
        "result.ANCOUNT",
        "result.ARCOUNT",
        "result.NSCOUNT",
        "result.QDCOUNT",
        "result.ID",
        "result.answers",
        "result.err",
        "result.res",
        "result.bsize",
        "result.hsize",
        "error.timeout",
        "error.getaddrinfo",
        "error.socket",
        "error.nameserver",
        "rcvd",
        "dup",
        "avg",
        "min",
        "max",
        "ttl",
        "endtime",
    ],
    idle: &[
        "fw",
        "mver",
        "lts",
        "stored_timestamp",
        "group_id",
        "msm_name",
        "bundle",
        "subid",
        "submax",
        "qbuf",
    ],
};

impl Format for Atlas {
    fn declaration(&self) -> &'static Declaration {
        &ATLAS
    }

    fn recognise(&self, beginning: &Beginning<'_>) -> Option<Sureness> {
        let keys = |other| beginning.json_keys(&["prb_id", "timestamp", other]);
        ["result", "resultset", "dst_addr"].into_iter().any(keys).then_some(Sureness::Named)
    }

    fn read(&self, lines: &mut Lines, rows: &mut Rows) -> Result<(), LogError> {
        json::read(lines, rows, |measurement, rows| {
            match measurement.get("resultset").or_else(|| measurement.get("result")) {
                Some(Value::Array(results)) => {
                    results.iter().for_each(|result| one(measurement, result, rows))
                }
                _ => row(measurement, None, None, rows),
            }
        })
    }
}

/// One packet, one query; or a hop, which has packets of its own.
fn one(measurement: &Value, result: &Value, rows: &mut Rows) {
    match result.get("result") {
        Some(Value::Array(packets)) => {
            for packet in packets {
                row(measurement, result.get("hop"), Some(packet), rows);
            }
        }
        Some(Value::Object(_)) => {
            common(measurement, rows);
            flatten("", result, rows);
            rows.end();
        }
        _ => row(measurement, result.get("hop"), Some(result), rows),
    }
}

fn row(measurement: &Value, hop: Option<&Value>, packet: Option<&Value>, rows: &mut Rows) {
    common(measurement, rows);
    if let Some(hop) = hop {
        scalar("hop", hop, rows);
    }
    match packet {
        Some(packet) => flatten("result", packet, rows),
        None => {
            for name in ["result", "error"] {
                if let Some(value) = measurement.get(name) {
                    flatten(name, value, rows);
                }
            }
        }
    }
    rows.end();
}

/// What all packets of a measurement have in common.
fn common(measurement: &Value, rows: &mut Rows) {
    let Value::Object(fields) = measurement else { return };
    for (name, value) in fields {
        if !["result", "resultset", "error"].contains(&name.as_str()) {
            flatten(name, value, rows);
        }
    }
}
