//! The document: what was read, the verdict and its findings, in the order in which they are written.

use super::clause::Number;
use super::finding::{AffectedView, BaselineView, ByOutcome, FindingView, StepView};
use super::frames::FramesView;
use super::table::TableView;
use crate::first_lines::{Lines, first_lines};
use crate::gist::Gist;
use crate::{Input, PlaceSummary, Report, Slow, headline, words};
use serde::Serialize;
use std::collections::BTreeMap;
use unanswered_evidence::SlowReplies;
use unanswered_exchange::{Caveat, Lookups, ProtocolTotals, ReasonCount};
use unanswered_explain::{Advice, VerdictReason};
use unanswered_narrow::Narrowed;
use unanswered_wire::Time;

#[derive(Serialize)]
pub(super) struct Document<'a> {
    schema: &'static str,
    inputs: Vec<InputView<'a>>,
    narrowed: Option<NarrowedView>,
    places: Vec<PlaceView<'a>>,
    frames: Option<FramesView>,
    table: Option<TableView<'a>>,
    totals: TotalsView,
    failed_outcomes: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<BaselineView>,
    verdict: &'static str,
    summary: SummaryView,
    affected: AffectedView,
    because: Vec<String>,
    because_codes: Vec<&'static str>,
    judged: u64,
    failed: u64,
    findings: Vec<FindingView<'a>>,
    unexplained: Unexplained,
    #[serde(flatten)]
    step: StepView<'a>,
    next: Vec<String>,
    next_codes: Vec<&'static str>,
    notes: Vec<String>,
    note_codes: Vec<&'static str>,
    sampled: Option<u64>,
}

/// The first three lines of the report.
#[derive(Serialize)]
struct SummaryView {
    who: String,
    what: Option<String>,
    next: Option<String>,
    next_code: Option<&'static str>,
}

impl SummaryView {
    fn new(report: &Report<'_>) -> Self {
        let Lines { who, what, next } = first_lines(report);
        let who = format!("{}: {who}", headline::label(report.diagnosis));
        Self { who, what, next, next_code: Gist::of(report).next.map(|next| next.code()) }
    }
}

#[derive(Serialize)]
struct InputView<'a> {
    name: &'a str,
    frames: u64,
    left_out: LeftOutView,
    not_understood: u64,
    not_understood_by_reason: BTreeMap<&'a str, u64>,
    from: Option<Number>,
    to: Option<Number>,
    warnings: &'a [String],
}

#[derive(Serialize)]
struct LeftOutView {
    by_time: u64,
    by_filter: u64,
}

#[derive(Serialize)]
struct NarrowedView {
    since: Option<Number>,
    until: Option<Number>,
    only: Option<String>,
}

#[derive(Serialize)]
struct PlaceView<'a> {
    name: &'a str,
    requests: u64,
    replies: u64,
    one_direction: bool,
    dropped: Option<u64>,
}

#[derive(Serialize)]
struct TotalsView {
    requests: u64,
    #[serde(flatten)]
    by_outcome: ByOutcome,
    by_protocol: Vec<ProtocolView>,
    lookups: Option<LookupsView>,
    slow: Vec<SlowView>,
}

/// Answers of one protocol that came too late for an impatient client.
#[derive(Serialize)]
struct SlowView {
    protocol: &'static str,
    patience_s: f64,
    slow: u64,
    answered: u64,
    median_s: f64,
    count_as_late: bool,
}

impl SlowView {
    fn all(slow: &Slow) -> Vec<Self> {
        let view = |of: &SlowReplies| Self {
            protocol: of.protocol.declaration().name,
            patience_s: of.patience.seconds(),
            slow: of.slow,
            answered: of.answered,
            median_s: of.median.seconds(),
            count_as_late: slow.counted,
        };
        slow.replies.iter().map(view).collect()
    }
}

/// What became of lookups.
#[derive(Serialize)]
struct LookupsView {
    all: u64,
    requests: u64,
    succeeded: u64,
    delayed: u64,
    delay_s: f64,
    failed: u64,
    unknown: u64,
}

impl LookupsView {
    fn new(lookups: &Lookups) -> Self {
        let &Lookups { requests, succeeded, delayed, delay, failed, unknown } = lookups;
        let all = lookups.all();
        Self { all, requests, succeeded, delayed, delay_s: delay.seconds(), failed, unknown }
    }
}

#[derive(Serialize)]
struct ProtocolView {
    protocol: &'static str,
    requests: u64,
    #[serde(flatten)]
    by_outcome: ByOutcome,
    reasons: Vec<ReasonView>,
}

/// Requests with one outcome for one reason.
#[derive(Serialize)]
struct ReasonView {
    outcome: &'static str,
    requests: u64,
    code: &'static str,
    refusal: Option<&'static str>,
    words: String,
}

#[derive(Serialize)]
struct Unexplained {
    failed: u64,
    requests: u64,
}

impl<'a> Document<'a> {
    pub(super) fn new(report: &'a Report<'a>) -> Self {
        let d = report.diagnosis;
        Self {
            schema: super::SCHEMA,
            inputs: report.inputs.iter().map(InputView::new).collect(),
            narrowed: NarrowedView::new(&report.narrowed),
            places: report.places.iter().map(PlaceView::new).collect(),
            frames: report.frames.as_ref().map(FramesView::new),
            table: report.table.as_ref().map(TableView::new),
            totals: TotalsView::new(report),
            failed_outcomes: report.failed.iter().map(|outcome| outcome.word()).collect(),
            baseline: d.baseline.map(BaselineView::new),
            verdict: d.verdict.word(),
            summary: SummaryView::new(report),
            affected: AffectedView::new(&d.affected),
            because: d.because.iter().map(|why| words::verdict_reason(why, report.clock)).collect(),
            because_codes: d.because.iter().map(VerdictReason::code).collect(),
            judged: d.judged,
            failed: d.failed,
            findings: d.findings.iter().map(|f| FindingView::new(f, report)).collect(),
            unexplained: Unexplained { failed: d.unexplained.failed, requests: d.unexplained.requests },
            step: StepView::new(d.step.as_ref()),
            next: report.next().map(words::advice).collect(),
            next_codes: report.next().map(Advice::code).collect(),
            notes: report.caveats.iter().map(words::caveat).collect(),
            note_codes: report.caveats.iter().map(Caveat::code).collect(),
            sampled: d.sampled,
        }
    }
}

impl<'a> InputView<'a> {
    fn new(input: &'a Input) -> Self {
        let mut by_reason = BTreeMap::new();
        for (reason, frames) in &input.not_understood {
            *by_reason.entry(reason.as_str()).or_insert(0) += frames;
        }
        Self {
            name: &input.name,
            frames: input.frames,
            left_out: LeftOutView { by_time: input.left_out.by_time, by_filter: input.left_out.by_filter },
            not_understood: input.not_understood_total(),
            not_understood_by_reason: by_reason,
            from: input.from.map(Number),
            to: input.to.map(Number),
            warnings: &input.warnings,
        }
    }
}

impl NarrowedView {
    fn new(narrowed: &Narrowed) -> Option<Self> {
        let seconds = |time: Option<Time>| time.map(|time| Number(time.seconds()));
        (!narrowed.is_everything()).then(|| Self {
            since: seconds(narrowed.since),
            until: seconds(narrowed.until),
            only: narrowed.only.as_ref().map(ToString::to_string),
        })
    }
}

impl<'a> PlaceView<'a> {
    fn new(place: &'a PlaceSummary) -> Self {
        Self {
            name: &place.name,
            requests: place.requests,
            replies: place.replies,
            one_direction: place.one_direction,
            dropped: place.dropped,
        }
    }
}

impl TotalsView {
    fn new(report: &Report<'_>) -> Self {
        Self {
            requests: report.totals.requests(),
            by_outcome: ByOutcome::new(&report.totals),
            by_protocol: report.by_protocol.iter().map(ProtocolView::new).collect(),
            lookups: report.lookups.as_ref().map(LookupsView::new),
            slow: SlowView::all(&report.slow),
        }
    }
}

impl ProtocolView {
    fn new(totals: &ProtocolTotals) -> Self {
        let reason = |count: &ReasonCount| ReasonView {
            outcome: count.outcome.word(),
            requests: count.requests,
            code: count.reason.code(),
            refusal: count.reason.refusal().map(|refusal| refusal.kind().code),
            words: words::why(count.outcome, count.reason),
        };
        Self {
            protocol: totals.protocol.declaration().name,
            requests: totals.outcomes.requests(),
            by_outcome: ByOutcome::new(&totals.outcomes),
            reasons: totals.reasons.iter().map(reason).collect(),
        }
    }
}
