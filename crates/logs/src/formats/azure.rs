//! Azure's flow logs of network security groups (versions 1 and 2) and of virtual networks: records, flows, and in each a tuple
//! of text for every flow.
//! <https://learn.microsoft.com/en-us/azure/network-watcher/nsg-flow-logs-overview>,
//! <https://learn.microsoft.com/en-us/azure/network-watcher/vnet-flow-logs-overview>

use crate::beginning::{Beginning, Sureness};
use crate::declaration::{Declaration, Rule};
use crate::error::LogError;
use crate::format::Format;
use crate::input::Lines;
use crate::json::{self, scalar, within};
use crate::rows::Rows;
use serde_json::Value;

/// Azure's flow logs.
pub(super) struct Nsg;

static NSG: Declaration = Declaration {
    name: "an Azure flow log",
    recognised_by: "the keys records and flowTuples",
    rules: &[Rule::new("decision", &["D"])],
    time: &["time"],
    answer: &["rule", "packets_sent", "bytes_sent", "packets_received", "bytes_received"],
    idle: &["version", "state", "encryption"],
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
/// The tuple of a virtual network's log: its state says also whether the flow was denied.
const NETWORK_TUPLE: [&str; 13] = [
    "time",
    "src_ip",
    "dst_ip",
    "src_port",
    "dst_port",
    "protocol",
    "direction",
    "state",
    "encryption",
    "packets_sent",
    "bytes_sent",
    "packets_received",
    "bytes_received",
];
/// Fields of version 1.
const SHORT: usize = 8;

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
        if let Some(properties) = record.get("properties") {
            for rule in array(properties, "flows") {
                for flow in array(rule, "flows") {
                    tuples(&TUPLE, record, [rule.get("rule"), flow.get("mac")], flow, rows);
                }
            }
        }
        if let Some(flows) = record.get("flowRecords") {
            for flow in array(flows, "flows") {
                for group in array(flow, "flowGroups") {
                    tuples(
                        &NETWORK_TUPLE,
                        record,
                        [group.get("rule"), record.get("macAddress")],
                        group,
                        rows,
                    );
                }
            }
        }
    }
}

/// A row for each tuple.
fn tuples(names: &[&str], record: &Value, [rule, mac]: [Option<&Value>; 2], flow: &Value, rows: &mut Rows) {
    let resource = record.get("targetResourceID").or_else(|| record.get("resourceId"));
    let version = within(record, &["properties", "Version"]).or_else(|| record.get("flowLogVersion"));
    for tuple in array(flow, "flowTuples") {
        let cells: Vec<&str> = tuple.as_str().unwrap_or_default().split(',').collect();
        if cells.len() < SHORT {
            rows.no_request("tuples with too few fields");
            continue;
        }
        let state = names.iter().position(|name| *name == "state").and_then(|at| cells.get(at)).copied();
        if matches!(state, Some("C" | "E")) {
            rows.no_request("records of flows that go on or end");
            continue;
        }
        for (name, cell) in names.iter().zip(&cells) {
            rows.named(name, cell.as_bytes());
        }
        if !names.contains(&"decision") {
            rows.named("decision", if state == Some("D") { b"D" } else { b"A" });
        }
        for (name, value) in [("rule", rule), ("mac", mac), ("resource", resource), ("version", version)] {
            if let Some(value) = value {
                scalar(name, value, rows);
            }
        }
        rows.end();
    }
}
