//! Every frame of a capture is somewhere in the report.

#[path = "json/schema.rs"]
mod schema;

use serde_json::Value;
use unanswered_capture::{InputSpec, Vantages, open};
use unanswered_evidence::ExchangeSource;
use unanswered_exchange::{Exchanges, PairerConfig, read_all};
use unanswered_explain::{Options, explain};
use unanswered_report::{Report, json, terminal};

fn read(path: &str) -> Exchanges {
    let vantages = Vantages::new();
    let reader = open(&InputSpec::parse(&format!("../../{path}")), &vantages).expect("a capture");
    read_all(vec![reader], vantages, &PairerConfig::default(), &mut |_| {})
}

/// The report for a terminal, with its lines joined, and the document.
fn reported(path: &str) -> (String, Value) {
    let exchanges = read(path);
    let source = ExchangeSource::new(&exchanges);
    let diagnosis = explain(&source, &Options::default());
    let report = Report::on_captures(&diagnosis, &source);
    let text = terminal::render(&report, terminal::Options { columns: 1000, ..terminal::Options::default() });
    (text, serde_json::from_str(&json::render(&report)).expect("JSON that reads back"))
}

#[test]
fn a_capture_without_requests_says_what_was_there() {
    let (text, document) = reported("testdata/cases/snmp_only.pcap");
    let said = "no requests; 200 frames to UDP 161 are not paired, all of them one way.";
    assert!(text.contains(said), "{text}");
    let frames = &document["frames"];
    assert_eq!((&frames["read"], &frames["paired"]), (&Value::from(200), &Value::from(0)));
    let group = serde_json::json!({
        "what": "udp", "port": 161, "number": null, "name": null, "frames": 200, "one_way": 200,
    });
    assert_eq!(frames["not_paired"], serde_json::json!([group]));
}

#[test]
fn all_frames_of_recorded_captures_add_up_and_satisfy_the_schema() {
    let schema: Value = serde_json::from_str(include_str!("../../../docs/findings.schema.json")).unwrap();
    for path in ["testdata/cases/snmp_only.pcap", "testdata/cases/arp_cl.pcap"] {
        let (_, document) = reported(path);
        assert_eq!(schema::problems(&schema, &document), Vec::<String>::new(), "{path}");
        let frames = &document["frames"];
        let count = |name: &str| frames[name].as_u64().expect("a number");
        let groups = frames["not_paired"].as_array().expect("a list").iter();
        let not_paired: u64 = groups.map(|group| group["frames"].as_u64().expect("a number")).sum();
        let sum =
            count("paired") + count("connection") + not_paired + count("not_understood") + count("left_out");
        assert_eq!(count("read"), sum, "{path}");
    }
}
