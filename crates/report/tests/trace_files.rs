//! Requests followed, as JSON, as a page and as comments in a capture.

mod common;
#[path = "common/followed.rs"]
mod followed;
#[path = "json/schema.rs"]
mod schema;

use followed::{Captured, hostile, nested, single, story};
use serde_json::Value;
use unanswered_capture::InputSpec;
use unanswered_evidence::step::Steps;
use unanswered_exchange::follow::Follow;
use unanswered_report::annotate::{AnnotateError, annotate_paths};
use unanswered_report::trace::{Selection, Trace, html, json, picture};

fn followed_all(captured: &Captured) -> Trace {
    captured.trace(&Selection { list: true, count: Some(5), ..Selection::default() }).expect("no filter")
}

fn shown(captured: &Captured) -> Trace {
    captured.trace(&Selection::default()).expect("no selection")
}

fn document(trace: &Trace) -> Value {
    serde_json::from_str(&json::render(trace)).expect("JSON that reads back")
}

#[test]
fn every_document_satisfies_the_published_schema() {
    let schema: Value = serde_json::from_str(include_str!("../../../docs/trace.schema.json")).unwrap();
    for captured in
        [story(), nested("n3"), nested("n5"), nested("n6"), single(), hostile(), Captured::of(vec![])]
    {
        for trace in [shown(&captured), followed_all(&captured)] {
            let problems = schema::problems(&schema, &document(&trace));
            assert!(problems.is_empty(), "{problems:#?}");
        }
    }
}

#[test]
fn the_schema_refuses_what_it_does_not_know() {
    let schema: Value = serde_json::from_str(include_str!("../../../docs/trace.schema.json")).unwrap();
    let mut surplus = document(&shown(&nested("n3")));
    surplus["requests"][0]["stops"][0]["surplus"] = Value::Bool(true);
    assert_eq!(schema::problems(&schema, &surplus), ["/requests/0/stops/0/surplus: not in the schema"]);
    surplus["requests"][1]["failed"]["step"] = Value::from("ELSEWHERE");
    assert_eq!(schema::problems(&schema, &surplus).len(), 2);
}

#[test]
fn a_stop_carries_its_headers_its_times_and_what_is_missing() {
    let document = document(&shown(&nested("n3")));
    assert_eq!(document["schema"], "unanswered.trace/1");
    let failed = &document["requests"][1];
    let stops = failed["stops"].as_array().expect("stops");
    let tunnel = stops.iter().find(|stop| stop["place"] == "hv2-und").expect("a stop");
    assert_eq!(tunnel["headers"]["vxlan.vni"], "5001");
    assert_eq!(tunnel["headers"]["ip.ttl"], "64");
    assert!(tunnel["request"]["after_ns"].as_i64().expect("a number") > 0);
    assert!(tunnel["request"]["frame"].as_u64().expect("a frame") > 0);
    let last = stops.last().expect("a stop");
    assert_eq!((&last["missing"], &last["request"]), (&Value::from("request"), &Value::Null));
    assert_eq!(failed["failed"]["missing_at"], last["place"]);
}

/// What no page may contain, however it is written.
fn harmless(page: &str) {
    let body = page.split_once("</style>").map_or(page, |p| p.1);
    let known = ["script", "img", "link", "iframe"];
    for tag in known {
        assert!(!body.contains(&format!("<{tag}")), "{tag}");
    }
    assert!(!body.contains("<svg/") && !body.contains("\"onload"));
    assert!(!page.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'));
}

#[test]
fn hostile_names_reach_neither_the_page_nor_the_picture() {
    let captured = hostile();
    let trace = shown(&captured);
    let page = html::render(&trace);
    harmless(&page);
    assert!(page.contains("&lt;script&gt;"), "the name is shown");
    let ladders: Vec<_> = trace.ladders.iter().collect();
    harmless(&picture::svg(&ladders));
}

#[test]
fn every_element_that_is_opened_is_closed() {
    for captured in [story(), nested("n3"), nested("n5"), hostile()] {
        let page = html::render(&shown(&captured));
        let mut open: Vec<&str> = Vec::new();
        let body = page.split_once("</style>").expect("a style sheet").1;
        for tag in body.split('<').skip(1).map(|t| t.split_once('>').expect("a closed tag").0) {
            let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default();
            match (tag.starts_with('/'), tag.ends_with('/')) {
                // The head was opened before the style sheet.
                (true, _) if ["head", "html"].contains(&name) => {}
                (true, _) => assert_eq!(open.pop(), Some(name)),
                (false, true) => {}
                (false, false) => open.push(name),
            }
        }
        assert!(open.is_empty(), "{open:?}");
    }
}

#[test]
fn the_picture_has_a_cross_where_the_request_stopped() {
    let trace = shown(&nested("n3"));
    let groups = picture::groups(&trace.ladders);
    assert_eq!(groups.len(), 1, "the two are alike");
    let svg = picture::svg(&groups[0]);
    assert_eq!(svg.matches("class=\"cross bad\"").count(), 1);
    assert!(svg.contains("request not seen") && svg.contains("+VLAN 101"));
    let alone = picture::svg(&[&trace.ladders[0]]);
    assert!(!alone.contains("cross"), "an answered request");
}

/// The comments of all packets in a pcapng file: blocks of type 6, options with code 1.
fn comments(file: &[u8]) -> Vec<String> {
    let word = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().expect("four bytes")) as usize;
    let half = |at: usize| usize::from(u16::from_le_bytes([file[at], file[at + 1]]));
    let padded = |length: usize| length.div_ceil(4) * 4;
    let mut found = Vec::new();
    let mut block = 0;
    while block < file.len() {
        let end = block + word(block + 4);
        if word(block) == 6 {
            let mut option = block + 28 + padded(word(block + 20));
            while option + 4 < end && half(option) != 0 {
                let text = option + 4..option + 4 + half(option + 2);
                if half(option) == 1 {
                    found.push(String::from_utf8(file[text].to_vec()).expect("UTF-8"));
                }
                option += 4 + padded(half(option + 2));
            }
        }
        block = end;
    }
    found
}

fn annotated(captured: &Captured) -> (Vec<u8>, u64) {
    let (follow, steps) = (Follow::new(&captured.exchanges), Steps::new(&captured.exchanges));
    let mut bytes = Vec::new();
    let frames = annotate_paths(&captured.inputs, &follow, &steps, &mut bytes).expect("a file in memory");
    (bytes, frames)
}

#[test]
fn each_sighting_has_its_comment_and_the_last_one_of_a_failed_request_its_step() {
    for captured in [story(), nested("n3"), nested("n5"), hostile()] {
        let (bytes, _) = annotated(&captured);
        let comments = comments(&bytes);
        let sightings: usize = captured.exchanges.iter().map(|e| e.sightings().len()).sum();
        let requests = comments.iter().filter(|c| c.starts_with("request ")).count();
        assert_eq!(requests, sightings);
        let failed = captured.exchanges.outcomes().iter().filter(|o| o.failed()).count();
        let steps = comments.iter().filter(|c| c.starts_with("request ") && c.contains("; step ")).count();
        assert_eq!(steps, failed);
        assert!(comments.iter().all(|c| !c.chars().any(char::is_control)));
    }
}

#[test]
fn a_comment_says_the_place_on_the_path_and_what_changed() {
    let (bytes, frames) = annotated(&nested("n3"));
    let comments = comments(&bytes);
    let there = |words: &str| assert!(comments.iter().any(|c| c == words), "{words}");
    there("request 31: place 3 of 9 on its path (hv2-brint); +VLAN 101; answered, after 632 us");
    there("reply to request 31: place 9 of 9 on its path (dns); answered, after 632 us");
    assert!(comments.iter().any(|c| c.contains("a copy was flooded to ")));
    assert!(frames > 0 && comments.len() as u64 >= frames);
}

#[test]
fn wireshark_reads_every_comment() {
    if !common::installed("tshark") {
        return;
    }
    let (bytes, frames) = annotated(&nested("n5"));
    let file = std::env::temp_dir().join(format!("unanswered-trace-{}.pcapng", std::process::id()));
    std::fs::write(&file, bytes).expect("a temporary file");
    let shown = std::process::Command::new("tshark")
        .arg("-r")
        .arg(&file)
        .args(["-Y", "frame.comment contains \"on its path\"", "-T", "fields", "-e", "frame.number"])
        .output()
        .expect("tshark");
    // A leftover in the temporary folder does no harm.
    let _ = std::fs::remove_file(&file);
    assert!(shown.status.success(), "{}", String::from_utf8_lossy(&shown.stderr));
    let lines = String::from_utf8_lossy(&shown.stdout).lines().count() as u64;
    assert!(lines > 0 && lines <= frames, "{lines} of {frames}");
}

#[test]
fn standard_input_cannot_be_annotated() {
    let captured = Captured::of(Vec::new());
    let (follow, steps) = (Follow::new(&captured.exchanges), Steps::new(&captured.exchanges));
    let done = annotate_paths(&[InputSpec::new("-")], &follow, &steps, std::io::sink());
    assert!(matches!(done, Err(AnnotateError::StandardInput)));
}
