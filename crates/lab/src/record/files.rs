//! The text files of a run: timeline, translations, requests.

use super::recorder::{Happened, RunRecord};
use serde_json::{Value, json};
use std::fmt::Write as _;
use unanswered_scenario::model::{HostId, Scenario, Transport};
use unanswered_time::dates::unix;
use unanswered_world::observer::Happening;

/// What happened, one JSON object per line with `time` (seconds since the epoch), `what` and what it was
/// about.
#[must_use]
pub fn timeline_jsonl(scenario: &Scenario, record: &RunRecord) -> String {
    let mut out = String::new();
    for Happened { time, what } in &record.happenings {
        let mut line = happening(scenario, what);
        if let Value::Object(fields) = &mut line {
            fields.shift_insert(0, "time".to_owned(), json!(time.seconds()));
        }
        let _ = writeln!(out, "{line}");
    }
    out
}

fn happening(scenario: &Scenario, what: &Happening) -> Value {
    let host = |id: &HostId| scenario.host(*id).name.as_str();
    let rule = |index: usize| scenario.alarms.get(index).map_or("", |alarm| alarm.name.as_str());
    let vantage = |index: usize| scenario.vantages.get(index).map_or("", |vantage| vantage.name.as_str());
    match what {
        Happening::Event(index) => {
            json!({"what": "event", "name": scenario.timeline.get(*index).map(|event| &event.name)})
        }
        Happening::Chapter { chapter, about } => json!({
            "what": "chapter",
            "name": scenario.chapters.get(*chapter).map(|chapter| &chapter.name),
            "host": about.as_ref().map(host),
        }),
        Happening::Down(id) => json!({"what": "down", "host": host(id)}),
        Happening::Up(id) => json!({"what": "up", "host": host(id)}),
        Happening::Upgraded { host: id, service, profile } => {
            json!({"what": "upgraded", "host": host(id), "service": service, "to": profile})
        }
        Happening::Stopped { host: id, service } => {
            json!({"what": "stopped", "host": host(id), "service": service})
        }
        Happening::Started { host: id, service } => {
            json!({"what": "started", "host": host(id), "service": service})
        }
        Happening::Raised { rule: index, host: id, server, silent_for } => json!({
            "what": "alarm_raised",
            "alarm": rule(*index),
            "host": host(id),
            "server": server.to_string(),
            "silent_for": silent_for.seconds(),
        }),
        Happening::Cleared { rule: index, host: id, server, stood_for } => json!({
            "what": "alarm_cleared",
            "alarm": rule(*index),
            "host": host(id),
            "server": server.to_string(),
            "stood_for": stood_for.seconds(),
        }),
        Happening::CaptureStarts(index) => json!({"what": "capture_starts", "vantage": vantage(*index)}),
        Happening::CaptureEnds(index) => json!({"what": "capture_ends", "vantage": vantage(*index)}),
    }
}

/// Rewritten source ports over time, as CSV: one line for as long as a port stayed the same.
#[must_use]
pub fn translations_csv(scenario: &Scenario, record: &RunRecord) -> String {
    let mut out = String::from("nat,first,last,times,inside,outside,destination\n");
    for translation in &record.translations {
        let _ = writeln!(
            out,
            "{},{},{},{},{}:{},{}:{},{}",
            scenario.host(translation.nat).name,
            unix(translation.first),
            unix(translation.last),
            translation.times,
            translation.inside.address,
            translation.inside.port,
            translation.outside.address,
            translation.outside.port,
            translation.to
        );
    }
    out
}

/// Requests as a table that `unanswered explain --table` reads: what the client knew, what the last
/// translation made of it, and what became of it.
#[must_use]
pub fn requests_csv(scenario: &Scenario, record: &RunRecord) -> String {
    let mut out = String::from(
        "time,client,group,protocol,source,source_port,server,port,outside_port,copies,outcome\n",
    );
    let mut order: Vec<_> = record.requests.iter().collect();
    order.sort_by_key(|ended| ended.request.number);
    for ended in order {
        let request = &ended.request;
        let Some(inside) = request.inside else { continue };
        let host = scenario.host(request.client);
        let protocol = match inside.protocol {
            Transport::Udp => "udp",
            Transport::Tcp => "tcp",
            Transport::Icmp => "icmp",
        };
        let outside = request.outside.map(|tuple| tuple.source.port.to_string()).unwrap_or_default();
        let _ = writeln!(
            out,
            "{},{},{},{protocol},{},{},{},{},{outside},{},{}",
            unix(request.time),
            host.name,
            host.group,
            inside.source.address,
            inside.source.port,
            inside.destination.address,
            inside.destination.port,
            request.copies,
            ended.outcome.word()
        );
    }
    out
}
