//! Results of k6: JSON lines of metrics, or CSV. <https://grafana.com/docs/k6/latest/results-output/real-time/json/>

use crate::beginning::{Beginning, Sureness};
use crate::declaration::{Declaration, Rule};
use crate::error::LogError;
use crate::format::Format;
use crate::input::Lines;
use crate::json::{self, flatten, scalar, within};
use crate::rows::Rows;
use crate::separated::{self, Keep, Separator, Shape};
use serde_json::Value;

/// `k6 run --out json=FILE`.
pub(super) struct Json;
/// `k6 run --out csv=FILE`.
pub(super) struct Csv;

/// The one metric that each request has once.
const REQUESTS: &str = "http_req_duration";
const OTHERS: &str = "metrics other than http_req_duration";
const RULES: &[Rule] = &[Rule::new("expected_response", &["false"]), Rule::new("status", &["0", "5xx"])];
const ANSWER: &[&str] = &[
    "duration",
    "metric_value",
    "status",
    "error",
    "error_code",
    "expected_response",
    "proto",
    "tls_version",
    "check",
];

static JSON: Declaration = Declaration {
    name: "results of k6 (JSON)",
    recognised_by: "the keys metric, type and data",
    rules: RULES,
    time: &["time"],
    answer: ANSWER,
    idle: &[],
};
static CSV: Declaration = Declaration {
    name: "results of k6 (CSV)",
    recognised_by: "a header with metric_name, timestamp and metric_value",
    rules: RULES,
    time: &["timestamp"],
    answer: ANSWER,
    idle: &["metric_name"],
};

impl Format for Json {
    fn declaration(&self) -> &'static Declaration {
        &JSON
    }

    fn recognise(&self, beginning: &Beginning<'_>) -> Option<Sureness> {
        let metric = memchr::memmem::find(beginning.bytes, b"\"Point\"").is_some()
            || memchr::memmem::find(beginning.bytes, b"\"Metric\"").is_some();
        (metric && beginning.json_keys(&["metric", "type", "data"])).then_some(Sureness::Named)
    }

    fn read(&self, lines: &mut Lines, rows: &mut Rows) -> Result<(), LogError> {
        json::read(lines, rows, open)
    }
}

fn open(metric: &Value, rows: &mut Rows) {
    let is = |key: &str, wanted: &str| metric.get(key).and_then(Value::as_str) == Some(wanted);
    if !is("type", "Point") {
        // Declares a metric, and has no value.
        return;
    }
    if !is("metric", REQUESTS) {
        rows.no_request(OTHERS);
        return;
    }
    let mut put = |name: &str, keys: &[&str]| {
        if let Some(value) = within(metric, keys) {
            scalar(name, value, rows);
        }
    };
    put("time", &["data", "time"]);
    put("duration", &["data", "value"]);
    if let Some(tags) = within(metric, &["data", "tags"]) {
        flatten("", tags, rows);
    }
    rows.end();
}

impl Format for Csv {
    fn declaration(&self) -> &'static Declaration {
        &CSV
    }

    fn recognise(&self, beginning: &Beginning<'_>) -> Option<Sureness> {
        beginning.header_has(b',', &["metric_name", "timestamp", "metric_value"]).then_some(Sureness::Named)
    }

    fn read(&self, lines: &mut Lines, rows: &mut Rows) -> Result<(), LogError> {
        let keep = Keep { column: "metric_name", values: &[REQUESTS], kept: true, others: OTHERS };
        separated::read(lines, rows, &Shape { keep: Some(keep), ..Shape::of(Separator::Byte(b',')) })
    }
}
