//! The JSON schema `unanswered.trace/1`, documented in `docs/json.md`.
//!
//! Requests are the chosen ones in full; everything that is counted is counted over all of them. Times are
//! whole nanoseconds.

use super::{Direction, FailedAt, Hop, Ladder, Located, NatRow, Passage, Row, Rung, Trace};
use crate::json::frames::FramesView;
use serde_json::{Map, Value, json};
use unanswered_exchange::{Caveat, SaidNo};
use unanswered_narrow::Narrowed;
use unanswered_table::{Outcome, Step};
use unanswered_wire::{Span, Time};

/// Name and version of the schema.
pub const SCHEMA: &str = "unanswered.trace/1";

/// The document, indented, with a line feed at its end.
#[must_use]
pub fn render(trace: &Trace) -> String {
    let mut document = json!({
        "schema": SCHEMA,
        "inputs": trace.inputs.iter().map(|input| json!({
            "name": input.name,
            "frames": input.frames,
            "left_out": { "by_time": input.left_out.by_time, "by_filter": input.left_out.by_filter },
            "not_understood": input.not_understood_total(),
            "warnings": input.warnings,
        })).collect::<Vec<_>>(),
        "narrowed": narrowed(&trace.narrowed),
        "places": trace.places,
        "frames": FramesView::new(&trace.frames),
        "totals": totals(trace),
        "failures": trace.failures.iter().map(failure).collect::<Vec<_>>(),
        "matching": trace.matching,
        "requests": trace.ladders.iter().map(request).collect::<Vec<_>>(),
    });
    if let (Some(list), Value::Object(fields)) = (&trace.list, &mut document) {
        fields.insert("list".to_owned(), list.iter().map(row).collect());
    }
    let rest = json!({
        "hops": trace.hops.iter().map(hop).collect::<Vec<_>>(),
        "nat": trace.nat.rows.iter().map(mapping).collect::<Vec<_>>(),
        "clocks": trace.clocks.iter().map(|clock| json!({
            "place": clock.place,
            "ahead_ns": clock.ahead.nanoseconds(),
            "within_ns": clock.within.nanoseconds(),
            "agreeing": clock.agreeing,
        })).collect::<Vec<_>>(),
        "notes": trace.notes.iter().map(crate::words::caveat).collect::<Vec<_>>(),
        "note_codes": trace.notes.iter().map(Caveat::code).collect::<Vec<_>>(),
    });
    if let (Value::Object(fields), Value::Object(rest)) = (&mut document, rest) {
        fields.extend(rest);
    }
    let mut text = serde_json::to_string_pretty(&document).expect("maps have string keys");
    text.push('\n');
    text
}

/// Which part of the inputs was looked at; `null` for all of them.
fn narrowed(narrowed: &Narrowed) -> Value {
    if narrowed.is_everything() {
        return Value::Null;
    }
    json!({
        "since_ns": narrowed.since.map(Time::nanoseconds),
        "until_ns": narrowed.until.map(Time::nanoseconds),
        "only": narrowed.only.as_ref().map(ToString::to_string),
    })
}

fn totals(trace: &Trace) -> Value {
    let mut all = Map::new();
    all.insert("requests".to_owned(), trace.totals.requests().into());
    for outcome in Outcome::ALL {
        all.insert(outcome.word().to_owned(), trace.totals.of(outcome).into());
    }
    Value::Object(all)
}

fn step(step: Option<Step>) -> Option<&'static str> {
    step.map(Step::name)
}

fn nanoseconds(span: Option<Span>) -> Option<i64> {
    span.map(Span::nanoseconds)
}

fn failure(at: &FailedAt) -> Value {
    json!({
        "step": step(at.step),
        "last_seen": at.last_seen,
        "missing_at": at.missing_at,
        "requests": at.requests,
        "because": at.because,
        "code": at.code,
    })
}

fn request(ladder: &Ladder) -> Value {
    json!({
        "number": ladder.number,
        "time_ns": ladder.time.nanoseconds(),
        "protocol": ladder.protocol,
        "client": ladder.client,
        "server": ladder.server,
        "asked": ladder.asked,
        "outcome": ladder.outcome.word(),
        "reason": ladder.reason,
        "reason_code": ladder.reason_code,
        "said_no": ladder.said_no.as_ref().map(said_no),
        "reply_after_ns": nanoseconds(ladder.reply_after),
        "stops": ladder.rungs.iter().map(stop).collect::<Vec<_>>(),
        "beside": ladder.beside,
        "failed": ladder.located.as_ref().map(located),
    })
}

/// Who said no.
fn said_no(said: &SaidNo) -> Value {
    json!({
        "speaker": said.speaker.code(),
        "address": said.address.map(|address| address.to_string()),
        "refusal": said.refusal.kind().code,
        "about_reply": said.about_reply,
        "words": crate::words::said_no(said),
    })
}

fn located(located: &Located) -> Value {
    json!({
        "step": step(located.step),
        "last_seen": located.last_seen,
        "missing_at": located.missing_at,
        "because": located.because,
        "code": located.code,
        "narrow": located.narrow,
    })
}

fn stop(rung: &Rung) -> Value {
    let headers: Map<String, Value> =
        rung.headers.iter().map(|header| (header.name.to_owned(), header.value.clone().into())).collect();
    json!({
        "place": rung.place,
        "request": rung.request.as_ref().map(passage),
        "reply": rung.reply.as_ref().map(passage),
        "signs": rung.signs.iter().map(|sign| sign.code()).collect::<Vec<_>>(),
        "changes": rung.changes,
        "headers": headers,
        "missing": rung.gap.map(super::Gap::word),
    })
}

fn passage(passage: &Passage) -> Value {
    json!({
        "after_ns": passage.after.nanoseconds(),
        "input": passage.frame.map(|frame| frame.input),
        "frame": passage.frame.map(|frame| frame.number),
        "transmissions": passage.transmissions,
    })
}

fn row(row: &Row) -> Value {
    json!({
        "number": row.number,
        "time_ns": row.time.nanoseconds(),
        "protocol": row.protocol,
        "client": row.client,
        "outcome": row.outcome.word(),
        "reason": row.reason,
        "last_seen": row.last_seen,
        "step": step(row.step),
    })
}

fn hop(hop: &Hop) -> Value {
    json!({
        "near": hop.near,
        "far": hop.far,
        "requests": direction(&hop.requests),
        "replies": direction(&hop.replies),
        "order_doubtful": hop.order_doubtful,
    })
}

fn direction(direction: &Direction) -> Value {
    json!({
        "sent": direction.sent,
        "arrived": direction.arrived,
        "lost": direction.lost,
        "unsure": direction.unsure,
        "median_ns": nanoseconds(direction.median),
        "p99_ns": nanoseconds(direction.p99),
    })
}

fn mapping(row: &NatRow) -> Value {
    let servers = row.servers.iter().map(|(inside, outside)| json!({ "inside": inside, "outside": outside }));
    json!({
        "protocol": row.protocol,
        "between": [row.between.near, row.between.far],
        "inside": row.inside,
        "outside": row.outside,
        "servers": servers.collect::<Vec<_>>(),
        "since_ns": row.since.nanoseconds(),
        "until_ns": row.until.nanoseconds(),
        "requests": row.requests,
        "failed": row.failed,
        "port_kept": row.kept,
        "rerolled": row.rerolled,
        "holder": row.holder,
    })
}
