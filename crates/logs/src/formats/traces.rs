//! Traces: exports of Jaeger, and OTLP as JSON. A row for each span.
//! <https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>

use crate::beginning::{Beginning, Sureness};
use crate::declaration::{Declaration, Rule};
use crate::error::LogError;
use crate::format::Format;
use crate::input::Lines;
use crate::json::{self, flatten, scalar, within};
use crate::rows::Rows;
use serde_json::Value;
use std::collections::HashMap;

/// Jaeger's JSON.
pub(super) struct Jaeger;
/// OpenTelemetry's JSON.
pub(super) struct Otlp;

const ANSWER: &[&str] = &[
    "duration",
    "duration_ns",
    "http.status_code",
    "http.response.status_code",
    "rpc.grpc.status_code",
    "otel.status_code",
    "otel.status_description",
    "status.message",
    "error",
    "error.type",
    "exception.type",
    "exception.message",
    "http.response_content_length",
    "http.response.body.size",
    "grpc.status_code",
    "error.object",
    "error.message",
];
static JAEGER: Declaration = Declaration {
    name: "traces of Jaeger",
    recognised_by: "the keys data, spans and processes",
    rules: &[Rule::new("error", &["true"])],
    time: &["startTime"],
    answer: ANSWER,
    idle: &["traceID", "spanID", "parent.spanID", "internal.span.format"],
};
static OTLP: Declaration = Declaration {
    name: "traces in OTLP",
    recognised_by: "the keys resourceSpans and spans",
    rules: &[Rule::new("status.code", &["2", "STATUS_CODE_ERROR"])],
    time: &["startTimeUnixNano"],
    answer: ANSWER,
    idle: &["traceId", "spanId", "parentSpanId", "traceState", "flags"],
};

fn array<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn put(name: &str, value: Option<&Value>, rows: &mut Rows) {
    if let Some(value) = value {
        scalar(name, value, rows);
    }
}

impl Format for Jaeger {
    fn declaration(&self) -> &'static Declaration {
        &JAEGER
    }

    fn recognise(&self, beginning: &Beginning<'_>) -> Option<Sureness> {
        // The list of processes may come after many spans.
        let spans = beginning.json_keys(&["spans", "operationName"]);
        (spans && beginning.json_keys(&["traceID"])).then_some(Sureness::Named)
    }

    fn read(&self, lines: &mut Lines, rows: &mut Rows) -> Result<(), LogError> {
        json::read(lines, rows, |document, rows| match document.get("data") {
            Some(Value::Array(traces)) => traces.iter().for_each(|trace| jaeger(trace, rows)),
            _ => jaeger(document, rows),
        })
    }
}

fn jaeger(trace: &Value, rows: &mut Rows) {
    let service = |span: &Value| within(trace, &["processes", text(span, "processID"), "serviceName"]);
    let by_id: HashMap<&str, &Value> =
        array(trace, "spans").map(|span| (text(span, "spanID"), span)).collect();
    for span in array(trace, "spans") {
        for name in ["startTime", "operationName", "duration", "traceID", "spanID"] {
            put(name, span.get(name), rows);
        }
        put("service", service(span), rows);
        let parent = array(span, "references").find(|reference| text(reference, "refType") == "CHILD_OF");
        let parent = parent.map(|reference| text(reference, "spanID"));
        rows.named("parent.spanID", parent.unwrap_or_default().as_bytes());
        if let Some(parent) = parent.and_then(|id| by_id.get(id)) {
            put("parent.operationName", parent.get("operationName"), rows);
            put("parent.service", service(parent), rows);
        }
        // A span that went well has no tag that says so.
        let tag = |key: &str| {
            array(span, "tags").find(|tag| text(tag, "key") == key).and_then(|tag| tag.get("value"))
        };
        let says = |value: &Value| value.as_bool() == Some(true) || value.as_str() == Some("true");
        let failed = tag("error").is_some_and(says)
            || tag("otel.status_code").and_then(Value::as_str) == Some("ERROR");
        rows.named("error", if failed { b"true" } else { b"false" });
        for tag in array(span, "tags") {
            put(text(tag, "key"), tag.get("value"), rows);
        }
        if let Some(process) = within(trace, &["processes", text(span, "processID")]) {
            for tag in array(process, "tags") {
                put(&format!("process.{}", text(tag, "key")), tag.get("value"), rows);
            }
        }
        rows.end();
    }
}

impl Format for Otlp {
    fn declaration(&self) -> &'static Declaration {
        &OTLP
    }

    fn recognise(&self, beginning: &Beginning<'_>) -> Option<Sureness> {
        beginning.json_keys(&["resourceSpans"]).then_some(Sureness::Named)
    }

    fn read(&self, lines: &mut Lines, rows: &mut Rows) -> Result<(), LogError> {
        json::read(lines, rows, otlp)
    }
}

fn otlp(document: &Value, rows: &mut Rows) {
    for resource in array(document, "resourceSpans") {
        // The older names are those of versions before 1.0.
        for key in ["scopeSpans", "instrumentationLibrarySpans"] {
            for scope in array(resource, key) {
                for span in array(scope, "spans") {
                    one(resource, scope, span, rows);
                }
            }
        }
    }
}

fn one(resource: &Value, scope: &Value, span: &Value, rows: &mut Rows) {
    for name in ["startTimeUnixNano", "name", "kind", "traceId", "spanId", "parentSpanId"] {
        put(name, span.get(name), rows);
    }
    let nanoseconds = |key: &str| {
        let value = span.get(key)?;
        value.as_u64().or_else(|| value.as_str()?.parse().ok())
    };
    if let Some((from, to)) = nanoseconds("startTimeUnixNano").zip(nanoseconds("endTimeUnixNano")) {
        rows.named("duration_ns", to.saturating_sub(from).to_string().as_bytes());
    }
    // A status that is not set is left out.
    match within(span, &["status", "code"]) {
        Some(code) => scalar("status.code", code, rows),
        None => rows.named("status.code", b"0"),
    }
    put("status.message", within(span, &["status", "message"]), rows);
    let resource_attributes =
        resource.get("resource").into_iter().flat_map(|resource| array(resource, "attributes"));
    for attribute in array(span, "attributes").chain(resource_attributes) {
        let value = attribute.get("value").and_then(Value::as_object).and_then(|value| value.values().next());
        if let Some(value) = value {
            flatten(text(attribute, "key"), value, rows);
        }
    }
    put("scope", within(scope, &["scope", "name"]), rows);
    rows.end();
}
