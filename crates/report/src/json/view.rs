//! The document's parts, in the order in which they are written.

use crate::filter::{capture_filter, display_filter};
use crate::{Input, PlaceSummary, Report, Totals, number, words};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use unanswered_exchange::Caveat;
use unanswered_explain::{
    Advice, Clause, Condition, Counts, Experiment, Finding, Kind, KnownFault, Refutation, Remark, Rival,
    Setting, SettingValue, StepFinding, Value, VerdictReason, WhyNow,
};
use unanswered_table::Outcome;

#[derive(Serialize)]
pub(super) struct Document<'a> {
    schema: &'static str,
    inputs: Vec<InputView<'a>>,
    places: Vec<PlaceView<'a>>,
    totals: TotalsView,
    verdict: &'static str,
    because: Vec<String>,
    because_codes: Vec<&'static str>,
    judged: u64,
    failed: u64,
    findings: Vec<FindingView<'a>>,
    unexplained: Unexplained,
    step: Option<&'static str>,
    step_because: Option<String>,
    step_codes: Vec<&'static str>,
    funnel: Vec<PassedView<'a>>,
    next: Vec<String>,
    next_codes: Vec<&'static str>,
    notes: Vec<String>,
    note_codes: Vec<&'static str>,
    sampled: Option<u64>,
}

#[derive(Serialize)]
struct InputView<'a> {
    name: &'a str,
    frames: u64,
    not_understood: u64,
    not_understood_by_reason: BTreeMap<&'a str, u64>,
    from: Option<Number>,
    to: Option<Number>,
    warnings: &'a [String],
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
}

#[derive(Serialize)]
struct ByOutcome {
    answered: u64,
    refused: u64,
    late: u64,
    rejected: u64,
    unanswered: u64,
    unknown: u64,
}

#[derive(Serialize)]
struct Unexplained {
    failed: u64,
    requests: u64,
}

#[derive(Serialize)]
struct FindingView<'a> {
    kind: &'static str,
    words: String,
    clauses: Vec<ClauseView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Option<Number>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Option<Number>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<PeriodView>,
    display_filter: Option<String>,
    tcpdump_filter: Option<String>,
    failed: Vec<&'static str>,
    inside: CountsView,
    outside: CountsView,
    score: Number,
    p_value: Option<Number>,
    permuted: Option<String>,
    permutations: Option<u32>,
    standing: &'static str,
    remarks: Vec<String>,
    remark_codes: Vec<&'static str>,
    step: Option<&'static str>,
    step_because: Option<String>,
    step_codes: Vec<&'static str>,
    funnel: Vec<PassedView<'a>>,
    why_now: Vec<String>,
    why_now_codes: Vec<&'static str>,
    known: Vec<KnownView<'a>>,
    rivals: Vec<RivalView<'a>>,
    refuted: Vec<RefutedView<'a>>,
    experiment: Option<ExperimentView<'a>>,
}

#[derive(Serialize)]
struct PeriodView {
    every: Number,
    offset: Number,
    length: Number,
}

#[derive(Serialize)]
struct ClauseView<'a> {
    feature: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<&'a str>,
    words: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    modulus: Option<u32>,
    #[serde(rename = "in", skip_serializing_if = "Option::is_none")]
    inside: Option<Vec<ValueView<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_in: Option<Vec<ValueView<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at_least: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at_most: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bracket: Option<BracketView>,
}

/// The values of the upper bound (of the lower one where there is no other) at the top, and each
/// bound under its own name.
#[derive(Serialize)]
struct BracketView {
    failing: Number,
    working: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    low: Option<BoundView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    high: Option<BoundView>,
}

#[derive(Serialize)]
struct BoundView {
    failing: Number,
    working: Option<Number>,
}

#[derive(Serialize)]
struct CountsView {
    requests: u64,
    failed: u64,
    by_outcome: ByOutcome,
    units: u64,
    units_failed: u64,
}

#[derive(Serialize)]
struct PassedView<'a> {
    place: &'a str,
    requests: u64,
    replies: u64,
}

#[derive(Serialize)]
struct KnownView<'a> {
    id: &'a str,
    fit: Number,
    title: &'a str,
    because: String,
    to_check: &'a [String],
    latent: &'a str,
    remedy: &'a str,
    experiment: &'a str,
}

#[derive(Serialize)]
struct RivalView<'a> {
    words: String,
    clauses: Vec<ClauseView<'a>>,
    score_difference: Number,
    same_requests: bool,
}

#[derive(Serialize)]
struct RefutedView<'a> {
    words: String,
    clauses: Vec<ClauseView<'a>>,
    requests: u64,
    answered: u64,
    evidence: String,
}

#[derive(Serialize)]
struct ExperimentView<'a> {
    words: &'static str,
    requests: Vec<ExperimentRequestView<'a>>,
}

#[derive(Serialize)]
struct ExperimentRequestView<'a> {
    with: Vec<WithView<'a>>,
    fails_if_true: bool,
    rivals_agreeing: &'a [usize],
}

/// A value to send a request with: a `value`, any but those `not_in`, or any that leaves a remainder.
#[derive(Serialize)]
struct WithView<'a> {
    feature: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<&'a str>,
    /// Always there, as in the first versions of the schema; `null` where it is not one value.
    value: Option<ValueView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_in: Option<Vec<ValueView<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    modulus: Option<u32>,
    #[serde(rename = "in", skip_serializing_if = "Option::is_none")]
    inside: Option<[u32; 1]>,
}

/// A JSON number: integers without a fraction, `null` for what JSON has no number for.
#[derive(Clone, Copy)]
struct Number(f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match number::whole(self.0) {
            Some(whole) => serializer.serialize_i64(whole),
            None if self.0.is_finite() => serializer.serialize_f64(self.0),
            None => serializer.serialize_none(),
        }
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum ValueView<'a> {
    Number(Number),
    Text(&'a str),
}

impl<'a> Document<'a> {
    pub(super) fn new(report: &'a Report<'a>) -> Self {
        let d = report.diagnosis;
        let (step, step_because, step_codes) = step(d.step.as_ref());
        Self {
            schema: super::SCHEMA,
            inputs: report.inputs.iter().map(InputView::new).collect(),
            places: report.places.iter().map(PlaceView::new).collect(),
            totals: TotalsView::new(&report.totals),
            verdict: d.verdict.word(),
            because: d.because.iter().map(words::verdict_reason).collect(),
            because_codes: d.because.iter().map(VerdictReason::code).collect(),
            judged: d.judged,
            failed: d.failed,
            findings: d.findings.iter().map(|f| FindingView::new(f, report)).collect(),
            unexplained: Unexplained { failed: d.unexplained.failed, requests: d.unexplained.requests },
            step,
            step_because,
            step_codes,
            funnel: funnel(d.step.as_ref()),
            next: d.next.iter().map(words::advice).collect(),
            next_codes: d.next.iter().map(Advice::code).collect(),
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
            not_understood: input.not_understood_total(),
            not_understood_by_reason: by_reason,
            from: input.from.map(Number),
            to: input.to.map(Number),
            warnings: &input.warnings,
        }
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
    fn new(totals: &Totals) -> Self {
        Self { requests: totals.requests(), by_outcome: ByOutcome::new(&totals.by_outcome) }
    }
}

impl ByOutcome {
    fn new(counts: &[u64; 6]) -> Self {
        let of = |outcome: Outcome| counts[outcome as usize];
        Self {
            answered: of(Outcome::Answered),
            refused: of(Outcome::Refused),
            late: of(Outcome::Late),
            rejected: of(Outcome::Rejected),
            unanswered: of(Outcome::Unanswered),
            unknown: of(Outcome::Unknown),
        }
    }
}

impl<'a> FindingView<'a> {
    fn new(finding: &'a Finding, report: &Report<'_>) -> Self {
        let in_time = matches!(finding.kind, Kind::Outage | Kind::Degradation);
        let (step, step_because, step_codes) = step(finding.step.as_ref());
        let significance = finding.significance.as_ref();
        Self {
            kind: finding.kind.word(),
            words: words::telltale(&finding.clauses),
            clauses: finding.clauses.iter().map(ClauseView::new).collect(),
            from: in_time.then(|| finding.from.map(Number)),
            to: in_time.then(|| finding.to.map(Number)),
            period: finding.period.map(|p| PeriodView {
                every: Number(p.every),
                offset: Number(p.offset),
                length: Number(p.length),
            }),
            display_filter: display_filter(finding, report.families, report.clock),
            tcpdump_filter: capture_filter(finding, report.families),
            failed: finding.failed.iter().map(|o| o.word()).collect(),
            inside: CountsView::new(&finding.inside),
            outside: CountsView::new(&finding.outside),
            score: Number(finding.score),
            p_value: significance.map(|s| Number(s.p_value)),
            permuted: significance.map(|s| words::permuted(s.permuted.as_ref())),
            permutations: significance.map(|s| s.permutations),
            standing: crate::headline::standing(finding),
            remarks: finding.remarks.iter().map(words::remark).collect(),
            remark_codes: finding.remarks.iter().map(Remark::code).collect(),
            step,
            step_because,
            step_codes,
            funnel: funnel(finding.step.as_ref()),
            why_now: finding.why_now.iter().map(|why| words::why_now(why, report.clock)).collect(),
            why_now_codes: finding.why_now.iter().map(WhyNow::code).collect(),
            known: finding.known.iter().map(KnownView::new).collect(),
            rivals: finding.rivals.iter().map(RivalView::new).collect(),
            refuted: finding.refuted.iter().map(RefutedView::new).collect(),
            experiment: finding.experiment.as_ref().map(ExperimentView::new),
        }
    }
}

/// The step, why, and the code of each thing that the requests show.
fn step(finding: Option<&StepFinding>) -> (Option<&'static str>, Option<String>, Vec<&'static str>) {
    let codes = finding.into_iter().flat_map(|s| &s.shown).map(|shown| shown.fate.code()).collect();
    (finding.and_then(|s| s.step).map(|s| s.name()), finding.map(words::step_because), codes)
}

fn funnel(finding: Option<&StepFinding>) -> Vec<PassedView<'_>> {
    let places = finding.into_iter().flat_map(|s| &s.funnel);
    places.map(|p| PassedView { place: &p.place, requests: p.requests, replies: p.replies }).collect()
}

impl<'a> ClauseView<'a> {
    fn new(clause: &'a Clause) -> Self {
        let mut view = Self {
            feature: clause.subject.reported_name(),
            at: clause.at.word(),
            words: words::clause(clause),
            modulus: None,
            inside: None,
            not_in: None,
            at_least: None,
            at_most: None,
            bracket: bracket(clause),
        };
        match &clause.condition {
            Condition::In(values) => view.inside = Some(values.iter().map(ValueView::new).collect()),
            Condition::NotIn(values) => view.not_in = Some(values.iter().map(ValueView::new).collect()),
            Condition::Range { at_least, at_most } => {
                view.at_least = at_least.map(Number);
                view.at_most = at_most.map(Number);
            }
            Condition::Modulus { modulus, remainders } => {
                view.modulus = Some(*modulus);
                let of = |r: &u32| ValueView::Number(Number(f64::from(*r)));
                view.inside = Some(remainders.iter().map(of).collect());
            }
        }
        view
    }
}

fn bracket(clause: &Clause) -> Option<BracketView> {
    let bound = |b: unanswered_explain::Bracket| BoundView {
        failing: Number(b.failing),
        working: b.working.map(Number),
    };
    let (low, high) = (clause.bracket_low, clause.bracket_high);
    let top = high.or(low)?;
    Some(BracketView {
        failing: Number(top.failing),
        working: top.working.map(Number),
        low: low.map(bound),
        high: high.map(bound),
    })
}

impl<'a> ValueView<'a> {
    fn new(value: &'a Value) -> Self {
        match value {
            Value::Number(n) => Self::Number(Number(*n)),
            Value::Text(t) => Self::Text(t),
        }
    }
}

impl CountsView {
    fn new(counts: &Counts) -> Self {
        Self {
            requests: counts.requests,
            failed: counts.failed,
            by_outcome: ByOutcome::new(&counts.by_outcome),
            units: counts.units,
            units_failed: counts.units_failed,
        }
    }
}

impl<'a> KnownView<'a> {
    fn new(known: &'a KnownFault) -> Self {
        Self {
            id: &known.id,
            fit: Number(known.fit),
            title: &known.title,
            because: words::fit(&known.because),
            to_check: &known.to_check,
            latent: &known.latent,
            remedy: &known.remedy,
            experiment: &known.experiment,
        }
    }
}

impl<'a> RivalView<'a> {
    fn new(rival: &'a Rival) -> Self {
        Self {
            words: words::telltale(&rival.clauses),
            clauses: rival.clauses.iter().map(ClauseView::new).collect(),
            score_difference: Number(rival.score_difference),
            same_requests: rival.same_requests,
        }
    }
}

impl<'a> RefutedView<'a> {
    fn new(refutation: &'a Refutation) -> Self {
        Self {
            words: words::telltale(&refutation.clauses),
            clauses: refutation.clauses.iter().map(ClauseView::new).collect(),
            requests: refutation.requests,
            answered: refutation.answered,
            evidence: words::answered(refutation),
        }
    }
}

impl<'a> ExperimentView<'a> {
    fn new(experiment: &'a Experiment) -> Self {
        let of = |r: &'a unanswered_explain::ExperimentRequest| ExperimentRequestView {
            with: r.with.iter().map(WithView::new).collect(),
            fails_if_true: r.fails_if_true,
            rivals_agreeing: &r.rivals_agreeing,
        };
        Self { words: words::experiment(experiment), requests: experiment.requests.iter().map(of).collect() }
    }
}

impl<'a> WithView<'a> {
    fn new(setting: &'a Setting) -> Self {
        let mut view = Self {
            feature: setting.subject.reported_name(),
            at: setting.at.word(),
            value: None,
            not_in: None,
            modulus: None,
            inside: None,
        };
        match &setting.value {
            SettingValue::Is(value) => view.value = Some(ValueView::new(value)),
            SettingValue::Not(values) => view.not_in = Some(values.iter().map(ValueView::new).collect()),
            SettingValue::Remainder { modulus, remainder } => {
                (view.modulus, view.inside) = (Some(*modulus), Some([*remainder]));
            }
        }
        view
    }
}
