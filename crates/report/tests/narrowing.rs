//! A report on a part of the inputs says that it is one, and its annotated capture has the right frames.

#[path = "json/schema.rs"]
mod schema;

use serde_json::{Value, json};
use std::path::Path;
use unanswered_capture::{InputSpec, Vantages, open, open_stream};
use unanswered_evidence::ExchangeSource;
use unanswered_evidence::step::Steps;
use unanswered_exchange::follow::Follow;
use unanswered_exchange::{Exchanges, PairerConfig, read_narrowed};
use unanswered_explain::{Options, explain};
use unanswered_narrow::{CaptureFilter, Narrowing};
use unanswered_report::annotate::{annotate, annotate_paths};
use unanswered_report::trace::{self, Selection, Trace};
use unanswered_report::{Report, html, json as report_json, terminal};
use unanswered_time::dates;

fn input() -> InputSpec {
    InputSpec::new(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/captures/story-osa/vrouter-out.pcap.zst"),
    )
}

/// The story's first frame is at 2026-11-23 10:02:09.
fn narrowed(since: &str, until: &str, only: &str) -> Exchanges {
    let moment = |text| Some(dates::moment(text).expect("a moment"));
    let only = Some(CaptureFilter::parse(only).expect("a filter"));
    let narrowing = Narrowing { since: moment(since), until: moment(until), only };
    let vantages = Vantages::new();
    let readers = vec![open(&input(), &vantages).expect("test data can be read")];
    read_narrowed(readers, vantages, &PairerConfig::default(), &narrowing, &mut |_| {}).expect("a window")
}

fn problems(schema: &str, document: &str) -> (Value, Vec<String>) {
    let schema = serde_json::from_str(schema).expect("a schema");
    let document: Value = serde_json::from_str(document).expect("JSON that reads back");
    let problems = schema::problems(&schema, &document);
    (document, problems)
}

/// Words without the breaks of lines.
fn flat(page: &str) -> String {
    page.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn explain_says_which_part_was_looked_at() {
    let exchanges = narrowed("+1min", "+4min 0.5s", "udp port 123 or 124");
    let source = ExchangeSource::new(&exchanges);
    let diagnosis = explain(&source, &Options::default());
    let report = Report::on_captures(&diagnosis, &source);
    let (frames, looked_at) = (report.inputs[0].frames, report.inputs[0].looked_at());
    assert!(looked_at > 20 && looked_at < frames / 2, "{looked_at} of {frames}");
    let (since, until) = (exchanges.narrowed().since.unwrap(), exchanges.narrowed().until.unwrap());
    let words = format!(
        "{looked_at} of them looked at (--since {}, --until {}, --only 'udp port 123 or udp port 124'), {}",
        dates::precise(since),
        dates::precise(until),
        dates::range(since.seconds(), until.seconds()).unwrap()
    );
    let page = terminal::render(
        &report,
        terminal::Options { columns: 100, color: false, ..terminal::Options::default() },
    );
    assert!(flat(&page).contains(&words), "{words}\n{page}");
    let page = html::render(&report, &source);
    assert!(
        page.contains(&format!("{looked_at} of them looked at"))
            && page.contains(&format!("({looked_at} looked at)"))
    );

    let (document, problems) =
        problems(include_str!("../../../docs/findings.schema.json"), &report_json::render(&report));
    assert!(problems.is_empty(), "{problems:#?}");
    assert_eq!(
        document["narrowed"],
        json!({
            "since": since.seconds(), "until": until.seconds(), "only": "udp port 123 or udp port 124"
        })
    );
    let left_out = &document["inputs"][0]["left_out"];
    let total = left_out["by_time"].as_u64().unwrap() + left_out["by_filter"].as_u64().unwrap();
    assert_eq!(total, frames - looked_at);
    assert!(left_out["by_time"].as_u64().unwrap() > 0);
}

#[test]
fn trace_says_so_too() {
    let exchanges = narrowed("+1min", "+4min", "port 123");
    let trace = Trace::new(&Follow::new(&exchanges), &Steps::new(&exchanges), &Selection::default()).unwrap();
    let page = trace::terminal::render(
        &trace,
        terminal::Options { columns: 100, color: false, ..terminal::Options::default() },
    );
    let looked_at = format!(
        "{} frames, {} of them looked at (--since ",
        trace.inputs[0].frames,
        trace.inputs[0].looked_at()
    );
    assert!(page.contains(&looked_at), "{looked_at}\n{page}");
    assert!(trace::html::render(&trace).contains("of them looked at (--since "));
    let (document, problems) =
        problems(include_str!("../../../docs/trace.schema.json"), &trace::json::render(&trace));
    assert!(problems.is_empty(), "{problems:#?}");
    assert_eq!(
        document["narrowed"]["since_ns"].as_i64(),
        exchanges.narrowed().since.map(|t| t.nanoseconds())
    );
}

/// The frames of an annotated capture, by their bytes.
fn frames(capture: Vec<u8>) -> Vec<(i64, Vec<u8>)> {
    let source = Box::new(std::io::Cursor::new(capture));
    let mut reader =
        open_stream(&InputSpec::new("annotated"), source, None, &Vantages::new()).expect("a capture");
    let mut frames = Vec::new();
    while let Some(frame) = reader.next_frame() {
        frames.push((frame.time.nanoseconds(), frame.bytes.to_vec()));
    }
    frames
}

#[test]
fn an_annotated_capture_has_the_frames_of_the_part_and_no_others() {
    let exchanges = narrowed("+1min", "+4min", "host 10.9.9.22");
    let source = ExchangeSource::new(&exchanges);
    let diagnosis = explain(&source, &Options::default());
    let (follow, steps) = (Follow::new(&exchanges), Steps::new(&exchanges));
    let (mut explained, mut followed) = (Vec::new(), Vec::new());
    annotate(&[input()], &exchanges, &source, &diagnosis, &mut explained).unwrap();
    annotate_paths(&[input()], &follow, &steps, &mut followed).unwrap();
    let mut expected = Vec::new();
    let mut reader = open(&input(), &Vantages::new()).unwrap();
    let numbers: Vec<u64> = exchanges
        .iter()
        .flat_map(|e| e.sightings().flat_map(|s| [Some(s.frame()), s.reply_frame()]).collect::<Vec<_>>())
        .flatten()
        .collect();
    while let Some(frame) = reader.next_frame() {
        if numbers.contains(&frame.number) {
            expected.push((frame.time.nanoseconds(), frame.bytes.to_vec()));
        }
    }
    assert!(expected.len() > 20, "{}", expected.len());
    let (since, until) = (exchanges.narrowed().since.unwrap(), exchanges.narrowed().until.unwrap());
    assert!(expected.iter().all(|(time, _)| (since.nanoseconds()..until.nanoseconds()).contains(time)));
    assert_eq!(frames(explained), expected);
    assert_eq!(frames(followed), expected);
}
