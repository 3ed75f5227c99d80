//! What became of requests is shown: by protocol and why, who said no, and what the packets after a request showed.

mod common;
#[path = "json/schema.rs"]
mod schema;

use serde_json::Value;
use std::path::Path;
use unanswered_capture::InputSpec;
use unanswered_evidence::ExchangeSource;
use unanswered_evidence::step::Steps;
use unanswered_exchange::follow::Follow;
use unanswered_exchange::{Exchanges, PairerConfig, read_captures};
use unanswered_explain::{Diagnosis, Fate, Kind, Options, Recounted, Shown, StepFinding, explain};
use unanswered_registry::Refusal;
use unanswered_report::trace::{Filter, Selection, Trace};
use unanswered_report::{Report, json, terminal, trace};
use unanswered_table::{Outcome, OutcomeCounts, Step};
use unanswered_wire::ProtocolId;

fn captured(file: &str) -> Exchanges {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata").join(file);
    read_captures(&[InputSpec::new(path)], &PairerConfig::default(), &mut |_| {}).expect("a capture")
}

/// Two protocols, some requests refused.
const MIXED: &str = "battery/ntp-server-only-v4/c1.pcap.zst";

fn page(report: &Report<'_>) -> String {
    let page = terminal::render(report, terminal::Options { columns: 500, ..terminal::Options::default() });
    page.lines().map(str::trim).collect::<Vec<_>>().join("\n")
}

#[test]
fn totals_say_what_became_of_each_protocol_and_why() {
    let exchanges = captured(MIXED);
    let source = ExchangeSource::new(&exchanges);
    let diagnosis = explain(&source, &Options::default());
    let report = Report::on_captures(&diagnosis, &source);
    let of = exchanges.by_protocol();
    assert_eq!(of.len(), 2);
    let mut all = OutcomeCounts::default();
    of.iter().for_each(|totals| all.merge(&totals.outcomes));
    assert_eq!(all, exchanges.totals().outcomes, "no request is lost");
    let page = page(&report);
    for totals in &of {
        let because: u64 = totals.reasons.iter().map(|count| count.requests).sum();
        assert_eq!(because, totals.outcomes.requests());
        let line = format!("\n{} {}: ", totals.outcomes.requests(), totals.protocol.declaration().requests);
        assert!(page.contains(&line), "{line:?} in {page}");
    }
    let refused = exchanges.totals().outcomes.of(Outcome::Refused);
    assert!(page.contains(&format!(" {refused} refused ({refused}: ICMP")), "{page}");
    let document: Value = serde_json::from_str(&json::render(&report)).expect("JSON");
    let schema: Value = serde_json::from_str(include_str!("../../../docs/findings.schema.json")).unwrap();
    assert_eq!(schema::problems(&schema, &document), Vec::<String>::new());
    let reasons =
        document["totals"]["by_protocol"].as_array().unwrap().iter().flat_map(|of| {
            of["reasons"].as_array().unwrap().iter().filter(|reason| reason["code"] == "refused")
        });
    let codes: Vec<(&str, u64)> = reasons
        .map(|reason| (reason["refusal"].as_str().unwrap(), reason["requests"].as_u64().unwrap()))
        .collect();
    assert_eq!(codes.iter().map(|(_, requests)| requests).sum::<u64>(), refused);
    assert!(codes.iter().all(|(code, _)| code.starts_with("icmp")), "{codes:?}");
}

#[test]
fn failures_that_do_not_count_are_said_to_count_as_answered() {
    let exchanges = captured(MIXED);
    let source = ExchangeSource::new(&exchanges);
    let chosen = [Outcome::Unanswered, Outcome::Late];
    let counted = Recounted::failed_only(&source, &chosen);
    let diagnosis = explain(&counted, &Options::default());
    let mut report = Report::on_captures(&diagnosis, &source);
    report.failed = chosen.to_vec();
    let page = page(&report);
    assert!(page.starts_with("Nothing wrong: none of "), "{page}");
    let refused = exchanges.totals().outcomes.of(Outcome::Refused);
    let note = format!(
        "Note: only requests that were unanswered or late count as failed here: {refused} refused count as answered"
    );
    assert!(page.contains(&note), "{page}");
}

#[test]
fn a_ladder_says_who_said_no_and_what_the_packets_after_the_request_showed() {
    let exchanges = captured(MIXED);
    let (follow, steps) = (Follow::new(&exchanges), Steps::new(&exchanges));
    let select = |filter: &str| Selection {
        filters: vec![Filter::parse(filter).expect("a filter")],
        count: Some(1),
        ..Selection::default()
    };
    let refused = Trace::new(&follow, &steps, &select("outcome=refused")).expect("a trace");
    let said = refused.ladders[0].said_no.expect("somebody said no");
    let address = said.address.expect("an address").to_string();
    let options = terminal::Options { columns: 500, ..terminal::Options::default() };
    let page = trace::terminal::render(&refused, options);
    let drawing = trace::html::render(&refused);
    let document: Value = serde_json::from_str(&trace::json::render(&refused)).expect("JSON");
    for text in [&page, &drawing] {
        assert!(text.contains("said ") && text.contains(&address), "{text}");
    }
    assert_eq!(document["requests"][0]["said_no"]["address"], Value::from(address));
    assert_eq!(document["requests"][0]["reason_code"], "refused");

    let exchanges = captured("battery/ecn-syn-dropped/c1.pcap.zst");
    let (follow, steps) = (Follow::new(&exchanges), Steps::new(&exchanges));
    let answered = Trace::new(&follow, &steps, &select("outcome=answered")).expect("a trace");
    let document: Value = serde_json::from_str(&trace::json::render(&answered)).expect("JSON");
    let signs = document["requests"][0]["stops"][0]["signs"].as_array().expect("a list");
    assert!(signs.contains(&Value::from("reply_arrived")), "{signs:?}");
    assert!(trace::terminal::render(&answered, options).contains("the client acknowledged the reply"));
    let schema: Value = serde_json::from_str(include_str!("../../../docs/trace.schema.json")).unwrap();
    assert_eq!(schema::problems(&schema, &document), Vec::<String>::new());
}

#[test]
fn an_error_has_the_name_that_its_service_gives_it() {
    let servfail = ProtocolId::DNS.declaration().refusals.iter().find(|kind| kind.code == "dns.servfail");
    let mut finding = common::finding(Kind::Telltale, vec![common::server("10.9.9.21")], [20, 20], [0, 40]);
    finding.failed = vec![Outcome::Error];
    finding.step = Some(StepFinding {
        step: Some(Step::UpdateServerState),
        shown: vec![Shown {
            fate: Fate::FailedInService(Refusal::of(servfail.expect("it is declared"))),
            requests: 20,
            here: 20,
            elsewhere: Vec::new(),
        }],
        funnel: Vec::new(),
        followed: 20,
        behind: None,
    });
    let diagnosis = Diagnosis { findings: vec![finding], ..common::story().diagnosis };
    let page = page(&Report::new(&diagnosis, OutcomeCounts::from([(Outcome::Error, 20)])));
    assert!(page.contains("\n1. Answered with an error (DNS SERVFAIL): requests to 10.9.9.21\n"), "{page}");
    assert!(page.contains("20 of 20 such requests answered with an error, 0 of 40 others"), "{page}");
}
