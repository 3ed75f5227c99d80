//! Google Cloud's VPC flow logs and firewall logs, as exported from its logging.
//! <https://cloud.google.com/vpc/docs/about-flow-logs-records>

use crate::beginning::{Beginning, Sureness};
use crate::declaration::{Declaration, Rule};
use crate::error::LogError;
use crate::format::Format;
use crate::input::Lines;
use crate::json::{self, flatten, within};
use crate::rows::Rows;
use serde_json::Value;

/// Google Cloud's flow logs and firewall logs.
pub(super) struct Gcp;

static GCP: Declaration = Declaration {
    name: "a Google Cloud flow log",
    recognised_by: "the keys jsonPayload, connection, src_ip and dest_ip",
    // Only firewall logs say what became of a connection; a flow log lists what was seen.
    rules: &[Rule::new("disposition", &["DENIED"])],
    time: &["start_time", "timestamp"],
    answer: &[
        "bytes_sent",
        "packets_sent",
        "rtt_msec",
        "end_time",
        "rule_details.reference",
        "rule_details.action",
    ],
    idle: &["insertId", "project_id"],
};

impl Format for Gcp {
    fn declaration(&self) -> &'static Declaration {
        &GCP
    }

    fn recognise(&self, beginning: &Beginning<'_>) -> Option<Sureness> {
        beginning.json_keys(&["jsonPayload", "connection", "src_ip", "dest_ip"]).then_some(Sureness::Named)
    }

    fn read(&self, lines: &mut Lines, rows: &mut Rows) -> Result<(), LogError> {
        json::read(lines, rows, open)
    }
}

fn open(entry: &Value, rows: &mut Rows) {
    let Some(payload) = entry.get("jsonPayload") else {
        rows.no_request("entries without jsonPayload");
        return;
    };
    flatten("", payload, rows);
    if let Some(labels) = within(entry, &["resource", "labels"]) {
        flatten("", labels, rows);
    }
    for name in ["timestamp", "insertId"] {
        if let Some(value) = entry.get(name) {
            flatten(name, value, rows);
        }
    }
    rows.end();
}
