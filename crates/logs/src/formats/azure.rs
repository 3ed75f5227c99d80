//! Azure's NSG flow logs, versions 1 and 2: records, flows, and in each a tuple of text for every flow.
//! <https://learn.microsoft.com/en-us/azure/network-watcher/nsg-flow-logs-overview>

use crate::beginning::{Beginning, Sureness};
use crate::declaration::{Declaration, Rule};
use crate::error::LogError;
use crate::format::Format;
use crate::input::Lines;
use crate::json::{self, scalar, within};
use crate::rows::Rows;
use serde_json::Value;

/// Azure's flow logs of network security groups.
pub(super) struct Nsg;

static NSG: Declaration = Declaration {
    name: "an Azure NSG flow log",
    recognised_by: "the keys records and flowTuples",
    rules: &[Rule::new("decision", &["D"])],
    time: &["time"],
    answer: &["rule", "packets_sent", "bytes_sent", "packets_received", "bytes_received"],
    idle: &["version", "state"],
};
const TUPLE: [&str; 13] = [
    "time",
    "src_ip",
    "dst_ip",
    "src_port",
    "dst_port",
    "protocol",
    "direction",
    "decision",
    "state",
    "packets_sent",
    "bytes_sent",
    "packets_received",
    "bytes_received",
];
/// Fields of version 1.
const SHORT: usize = 8;
const STATE: usize = 8;

impl Format for Nsg {
    fn declaration(&self) -> &'static Declaration {
        &NSG
    }

    fn recognise(&self, beginning: &Beginning<'_>) -> Option<Sureness> {
        beginning.json_keys(&["records", "flowTuples"]).then_some(Sureness::Named)
    }

    fn read(&self, lines: &mut Lines, rows: &mut Rows) -> Result<(), LogError> {
        json::read(lines, rows, open)
    }
}

fn array<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn open(document: &Value, rows: &mut Rows) {
    for record in array(document, "records") {
        let Some(properties) = record.get("properties") else { continue };
        for rule in array(properties, "flows") {
            for flow in array(rule, "flows") {
                for tuple in array(flow, "flowTuples") {
                    one(record, rule, flow, tuple.as_str().unwrap_or_default(), rows);
                }
            }
        }
    }
}

fn one(record: &Value, rule: &Value, flow: &Value, tuple: &str, rows: &mut Rows) {
    let cells: Vec<&str> = tuple.split(',').collect();
    if cells.len() < SHORT {
        rows.no_request("tuples with too few fields");
        return;
    }
    if cells.get(STATE).is_some_and(|state| *state == "C" || *state == "E") {
        rows.no_request("records of flows that go on or end");
        return;
    }
    for (name, cell) in TUPLE.iter().zip(&cells) {
        rows.named(name, cell.as_bytes());
    }
    for (name, value) in [
        ("rule", rule.get("rule")),
        ("mac", flow.get("mac")),
        ("resource", record.get("resourceId")),
        ("version", within(record, &["properties", "Version"])),
    ] {
        if let Some(value) = value {
            scalar(name, value, rows);
        }
    }
    rows.end();
}
