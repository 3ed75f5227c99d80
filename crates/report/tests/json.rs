//! The JSON document against its schema, and as the benchmark's scorer reads it.

mod common;
#[path = "json/schema.rs"]
mod schema;

use common::{Case, cases};
use serde_json::Value;
use std::path::Path;
use unanswered_logs::How;
use unanswered_report::Report;
use unanswered_report::json::render;
use unanswered_table::io::{TableError, TableRead, TableSpec, table_of};

/// The table that a text is.
fn read_table(text: &[u8], spec: &TableSpec) -> Result<TableRead, TableError> {
    table_of(unanswered_logs::read(text, &How::default()).expect("a log"), spec)
}

fn document(case: &Case) -> Value {
    serde_json::from_str(&render(&case.report())).expect("JSON that reads back")
}

#[test]
fn every_document_satisfies_the_published_schema() {
    let schema: Value = serde_json::from_str(include_str!("../../../docs/findings.schema.json")).unwrap();
    for case in cases() {
        let problems = schema::problems(&schema, &document(&case));
        assert!(problems.is_empty(), "{}: {problems:#?}", case.name);
    }
}

/// How a table was understood is in the document, and in the schema.
#[test]
fn the_document_of_a_table_satisfies_the_published_schema() {
    let schema: Value = serde_json::from_str(include_str!("../../../docs/findings.schema.json")).unwrap();
    let row = |row: u32| {
        let (status, rest) = if row.is_multiple_of(5) {
            (504, "60000,".to_owned())
        } else {
            (200, format!("{},ok", row % 50))
        };
        format!("{row},here,a{},b{},{status},{rest}\n", row % 3, row % 3)
    };
    let log = format!("when,site,a,b,status,took,note\n{}", (0..60).map(row).collect::<String>());
    let spec = TableSpec { time: Some("when".to_owned()), ..TableSpec::default() };
    let read = read_table(log.as_bytes(), &spec).expect("a table");
    let diagnosis = unanswered_explain::explain(&read.table, &unanswered_explain::Options::default());
    let report = Report::on_table(&diagnosis, Path::new("log.csv"), &read.table, &read.summary);
    let document: Value = serde_json::from_str(&render(&report)).expect("JSON that reads back");
    assert_eq!(schema::problems(&schema, &document), Vec::<String>::new());
    let of = |left: &Value| (left["column"].clone(), left["code"].clone(), left["copy_of"].clone());
    let left_out: Vec<_> = document["table"]["left_out"].as_array().unwrap().iter().map(of).collect();
    let expected = [
        ("took", "own_range", Value::Null),
        ("note", "only_answered", Value::Null),
        ("site", "constant", Value::Null),
        ("b", "copy", Value::from("a")),
    ];
    let expected = expected.map(|(column, code, of)| (Value::from(column), Value::from(code), of));
    assert_eq!(left_out, expected);
}

#[test]
fn the_schema_refuses_what_it_does_not_know() {
    let schema: Value = serde_json::from_str(include_str!("../../../docs/findings.schema.json")).unwrap();
    let mut surplus = document(&common::story());
    surplus["findings"][0]["surplus"] = Value::Bool(true);
    assert_eq!(schema::problems(&schema, &surplus), ["/findings/0/surplus: not in the schema"]);
    let mut missing = document(&common::story());
    missing.as_object_mut().unwrap().remove("verdict");
    assert_eq!(schema::problems(&schema, &missing), ["/verdict: missing"]);
    let mut wrong = document(&common::story());
    wrong["findings"][0]["step"] = Value::from("ELSEWHERE");
    assert_eq!(schema::problems(&schema, &wrong).len(), 1);
}

#[test]
fn the_story_is_written_as_documented() {
    insta::assert_snapshot!(render(&common::story().report()));
}

#[test]
fn only_findings_in_time_carry_times_and_only_periodic_ones_a_period() {
    let keys = |case: Case| {
        let document = document(&case);
        let finding = document["findings"][0].as_object().unwrap();
        ["from", "to", "period"].map(|key| finding.contains_key(key))
    };
    assert_eq!(keys(common::story()), [false, false, false]);
    assert_eq!(keys(common::outage()), [true, true, false]);
    assert_eq!(keys(common::degradation()), [true, true, false]);
    assert_eq!(keys(common::periodic()), [true, true, true]);
    assert_eq!(keys(common::overload()), [false, false, false]);
}

#[test]
fn clauses_say_their_condition_in_the_scorers_words() {
    let modulus = document(&common::modulus());
    let clauses = &modulus["findings"][0]["clauses"];
    assert_eq!((&clauses[0]["modulus"], &clauses[0]["in"][0]), (&Value::from(2), &Value::from(1)));
    assert_eq!(clauses[1]["not_in"], serde_json::json!(["10.0.0.1", "fd00::1"]));
    let table = document(&common::table());
    let clause = &table["findings"][0]["clauses"][0];
    assert_eq!(clause["at_least"], Value::from(0.125));
    assert_eq!(clause["bracket"]["low"]["working"], Value::from(0.1));
    assert_eq!(clause["bracket"]["working"], Value::Null);
    let story = document(&common::story());
    assert_eq!(story["findings"][0]["clauses"][1]["at_most"].to_string(), "11");
}

#[test]
fn experiments_say_their_values_in_the_words_of_clauses() {
    let with = |case: Case| document(&case)["findings"][0]["experiment"]["requests"][0]["with"].clone();
    let port_and_server = serde_json::json!([
        { "feature": "udp.srcport", "at": "after NAT", "value": 67 },
        { "feature": "ip.dst", "value": "10.9.9.21" },
    ]);
    assert_eq!(with(common::story()), port_and_server);
    let odd_and_other = serde_json::json!([
        { "feature": "udp.srcport", "value": null, "modulus": 2, "in": [1] },
        { "feature": "ip.dst", "value": null, "not_in": ["10.0.0.1"] },
    ]);
    assert_eq!(with(common::modulus()), odd_and_other);
}

#[test]
fn each_sentence_has_its_code() {
    for case in cases() {
        let document = document(&case);
        let beside = |all: &Value, sentences: &str, codes: &str| {
            let count = |key: &str| all[key].as_array().map(Vec::len);
            assert!(count(sentences).is_some(), "{}: {sentences}", case.name);
            assert_eq!(count(sentences), count(codes), "{}: {sentences}", case.name);
        };
        for (sentences, codes) in
            [("because", "because_codes"), ("next", "next_codes"), ("notes", "note_codes")]
        {
            beside(&document, sentences, codes);
        }
        for finding in document["findings"].as_array().unwrap() {
            beside(finding, "remarks", "remark_codes");
            beside(finding, "why_now", "why_now_codes");
        }
    }
}

#[test]
fn outcomes_add_up_to_the_requests() {
    for case in cases() {
        let document = document(&case);
        let totals = document["totals"].as_object().unwrap();
        let sum: u64 = totals.iter().filter(|(k, _)| *k != "requests").filter_map(|(_, v)| v.as_u64()).sum();
        assert_eq!(Some(sum), totals["requests"].as_u64(), "{}", case.name);
    }
}
