//! Flows of Cilium's Hubble (`hubble observe -o json`). <https://docs.cilium.io/en/stable/_api/v1/flow/README/>

use crate::beginning::{Beginning, Sureness};
use crate::declaration::{Declaration, Rule};
use crate::error::LogError;
use crate::format::Format;
use crate::input::Lines;
use crate::json::{self, flatten, scalar};
use crate::rows::Rows;
use serde_json::Value;

/// Flows of Hubble.
pub(super) struct Hubble;

static HUBBLE: Declaration = Declaration {
    name: "flows of Cilium Hubble",
    recognised_by: "the keys flow, verdict and l4 or IP",
    rules: &[Rule::new("verdict", &["DROPPED", "ERROR"])],
    time: &["time"],
    answer: &[
        "drop_reason",
        "drop_reason_desc",
        "event_type.type",
        "event_type.sub_type",
        "trace_observation_point",
        "trace_reason",
        "Summary",
        "is_reply",
        "file.name",
        "file.line",
    ],
    idle: &["uuid", "Type", "emitter.name", "emitter.version"],
};

impl Format for Hubble {
    fn declaration(&self) -> &'static Declaration {
        &HUBBLE
    }

    fn recognise(&self, beginning: &Beginning<'_>) -> Option<Sureness> {
        let keys = |other| beginning.json_keys(&["flow", "verdict", other]);
        (keys("IP") || keys("l4")).then_some(Sureness::Named)
    }

    fn read(&self, lines: &mut Lines, rows: &mut Rows) -> Result<(), LogError> {
        json::read(lines, rows, open)
    }
}

fn open(event: &Value, rows: &mut Rows) {
    let Some(Value::Object(flow)) = event.get("flow") else {
        rows.no_request("events that are no flows");
        return;
    };
    if flow.get("is_reply").and_then(Value::as_bool) == Some(true) {
        rows.no_request("flows of replies");
        return;
    }
    for (name, value) in flow {
        match (name.as_str(), value) {
            ("l4", Value::Object(l4)) => {
                for (protocol, fields) in l4 {
                    rows.named("protocol", protocol.as_bytes());
                    flatten("", fields, rows);
                }
            }
            ("source" | "destination", Value::Object(end)) => {
                for (key, value) in end {
                    match (key.as_str(), value) {
                        ("labels", Value::Array(labels)) => {
                            labels.iter().for_each(|one| label(name, one, rows))
                        }
                        _ => flatten(&format!("{name}.{key}"), value, rows),
                    }
                }
            }
            _ => flatten(name, value, rows),
        }
    }
    if let Some(node) = event.get("node_name") {
        scalar("node_name", node, rows);
    }
    rows.end();
}

/// `k8s:app=web` of one end becomes a column `source.app`.
fn label(end: &str, label: &Value, rows: &mut Rows) {
    let text = label.as_str().unwrap_or_default();
    let (key, value) = text.split_once('=').unwrap_or((text, "yes"));
    let key = key.split_once(':').map_or(key, |(_, key)| key);
    rows.named(&format!("{end}.{key}"), value.as_bytes());
}
