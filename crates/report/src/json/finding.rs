//! A finding with its evidence, its rivals and its experiment.

use super::clause::{ClauseView, Number, ValueView};
use crate::{Report, words};
use serde::Serialize;
use unanswered_explain::{
    Affected, AtWork, Baseline, Behind, Class, Counts, Experiment, Finding, Kind, KnownFault, Named,
    Refutation, Remark, Rival, Setting, SettingValue, StepFinding, WhyNow,
};
use unanswered_table::{Outcome, OutcomeCounts, Step};

/// Requests of a time when all was well.
#[derive(Serialize)]
pub(super) struct BaselineView {
    requests: u64,
    failed: u64,
}

impl BaselineView {
    pub(super) const fn new(of: Baseline) -> Self {
        Self { requests: of.requests, failed: of.failed }
    }
}

#[derive(Serialize)]
pub(super) struct ByOutcome {
    answered: u64,
    refused: u64,
    error: u64,
    late: u64,
    rejected: u64,
    unanswered: u64,
    superseded: u64,
    no_reply_due: u64,
    unknown: u64,
}

#[derive(Serialize)]
pub(super) struct FindingView<'a> {
    kind: &'static str,
    words: String,
    among: Vec<ClauseView<'a>>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<BaselineView>,
    score: Number,
    p_value: Option<Number>,
    permuted: Option<String>,
    permutations: Option<u32>,
    standing: &'static str,
    remarks: Vec<String>,
    remark_codes: Vec<&'static str>,
    #[serde(flatten)]
    step: StepView<'a>,
    why_now: Vec<String>,
    why_now_codes: Vec<&'static str>,
    known: Vec<KnownView<'a>>,
    compatible: Vec<KnownView<'a>>,
    rivals: Vec<RivalView<'a>>,
    refuted: Vec<RefutedView<'a>>,
    experiment: Option<ExperimentView<'a>>,
    class: Option<ClassView<'a>>,
    mechanism: Option<MechanismView>,
    alternatives: Vec<usize>,
    affected: AffectedView,
}

/// Whom failures struck, and when.
#[derive(Serialize)]
pub(super) struct AffectedView {
    protocols: NamedView,
    clients: NamedView,
    servers: NamedView,
    from: Option<Number>,
    to: Option<Number>,
    course: &'static str,
}

/// Some of the values, and how many there are.
#[derive(Serialize)]
struct NamedView {
    all: usize,
    some: Vec<String>,
}

impl AffectedView {
    pub(super) fn new(affected: &Affected) -> Self {
        let named =
            |of: &Named| NamedView { all: of.all, some: of.values.iter().map(words::value).collect() };
        Self {
            protocols: named(&affected.protocols),
            clients: named(&affected.clients),
            servers: named(&affected.servers),
            from: affected.from.map(Number),
            to: affected.to.map(Number),
            course: affected.course.code(),
        }
    }
}

/// The requests of a finding in words, with the mechanism where there is one.
fn said(finding: &Finding) -> String {
    let requests = words::telltale(&finding.region().clauses);
    match &finding.at_work {
        Some(at_work) => {
            format!("{requests} beyond what this lets through: {}", words::mechanism(&at_work.mechanism))
        }
        None => requests,
    }
}

/// The mechanism that predicts which requests fail.
#[derive(Serialize)]
struct MechanismView {
    code: &'static str,
    words: String,
    parameters: Vec<String>,
    twins: Vec<String>,
    episodes: usize,
}

impl MechanismView {
    fn new(at_work: &AtWork) -> Self {
        Self {
            code: at_work.mechanism.code(),
            words: words::mechanism(&at_work.mechanism),
            parameters: words::parameters(&at_work.mechanism),
            twins: at_work.twins.iter().map(words::mechanism).collect(),
            episodes: at_work.episodes,
        }
    }
}

/// What the packets of the failed requests say themselves.
#[derive(Serialize)]
struct ClassView<'a> {
    words: String,
    outcome: &'static str,
    reason: &'static str,
    refusal: Option<&'static str>,
    by: Option<&'a str>,
}

impl<'a> ClassView<'a> {
    fn new(class: &'a Class) -> Self {
        Self {
            words: words::class(class),
            outcome: class.outcome.word(),
            reason: class.reason.code(),
            refusal: class.reason.refusal().map(|refusal| refusal.kind().code),
            by: class.by.as_deref(),
        }
    }
}

#[derive(Serialize)]
struct PeriodView {
    every: Number,
    offset: Number,
    length: Number,
}

#[derive(Serialize)]
struct CountsView {
    requests: u64,
    failed: u64,
    by_outcome: ByOutcome,
    units: u64,
    units_failed: u64,
}

/// The step, why, the code of each thing that the requests show, and what each place saw.
#[derive(Serialize)]
pub(super) struct StepView<'a> {
    step: Option<&'static str>,
    step_because: Option<String>,
    step_codes: Vec<&'static str>,
    funnel: Vec<PassedView<'a>>,
    behind: Option<BehindView>,
}

/// What the servers of failed requests asked in vain themselves.
#[derive(Serialize)]
struct BehindView {
    words: String,
    asker: String,
    asked: Vec<String>,
    protocol: String,
    failed: u64,
    failed_with: u64,
    answered: u64,
    answered_with: u64,
}

impl BehindView {
    fn new(behind: &Behind) -> Self {
        let Behind { asker, asked, protocol, failed, failed_with, answered, answered_with } = behind;
        Self {
            words: words::behind(behind),
            asker: asker.to_string(),
            asked: asked.iter().map(ToString::to_string).collect(),
            protocol: protocol.clone(),
            failed: *failed,
            failed_with: *failed_with,
            answered: *answered,
            answered_with: *answered_with,
        }
    }
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
    predicts: &'a str,
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
    words: String,
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
    /// Always present, as in the first versions of the schema; `null` where it is not one value.
    value: Option<ValueView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_in: Option<Vec<ValueView<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    modulus: Option<u32>,
    #[serde(rename = "in", skip_serializing_if = "Option::is_none")]
    inside: Option<[u32; 1]>,
}

impl ByOutcome {
    pub(super) fn new(counts: &OutcomeCounts) -> Self {
        let of = |outcome| counts.of(outcome);
        Self {
            answered: of(Outcome::Answered),
            refused: of(Outcome::Refused),
            error: of(Outcome::Error),
            late: of(Outcome::Late),
            rejected: of(Outcome::Rejected),
            unanswered: of(Outcome::Unanswered),
            superseded: of(Outcome::Superseded),
            no_reply_due: of(Outcome::NoneDue),
            unknown: of(Outcome::Unknown),
        }
    }
}

impl<'a> FindingView<'a> {
    pub(super) fn new(finding: &'a Finding, report: &Report<'_>) -> Self {
        let in_time = matches!(finding.kind, Kind::Outage | Kind::Degradation);
        let significance = finding.significance.as_ref();
        Self {
            kind: finding.kind.word(),
            words: said(finding),
            among: finding.among.iter().map(ClauseView::new).collect(),
            clauses: finding.clauses.iter().map(ClauseView::new).collect(),
            from: in_time.then(|| finding.from.map(Number)),
            to: in_time.then(|| finding.to.map(Number)),
            period: finding.period.map(|p| PeriodView {
                every: Number(p.every),
                offset: Number(p.offset),
                length: Number(p.length),
            }),
            display_filter: report.display_filter(finding),
            tcpdump_filter: report.capture_filter(finding),
            failed: finding.failed.iter().map(|o| o.word()).collect(),
            inside: CountsView::new(&finding.inside),
            outside: CountsView::new(&finding.outside),
            before: finding.before.map(BaselineView::new),
            score: Number(finding.score),
            p_value: significance.map(|s| Number(s.p_value)),
            permuted: significance.map(|s| words::permuted(s.permuted.as_ref())),
            permutations: significance.map(|s| s.permutations),
            standing: crate::headline::standing(finding),
            remarks: finding.remarks.iter().map(words::remark).collect(),
            remark_codes: finding.remarks.iter().map(Remark::code).collect(),
            step: StepView::new(finding.step.as_ref()),
            why_now: finding.why_now.iter().map(|why| words::why_now(why, report.clock)).collect(),
            why_now_codes: finding.why_now.iter().map(WhyNow::code).collect(),
            known: finding.known.iter().map(KnownView::new).collect(),
            compatible: finding.compatible.iter().map(KnownView::new).collect(),
            rivals: finding.rivals.iter().map(RivalView::new).collect(),
            refuted: finding.refuted.iter().map(RefutedView::new).collect(),
            experiment: finding.experiment.as_ref().map(|of| ExperimentView::new(finding, of, report)),
            class: finding.class.as_ref().map(ClassView::new),
            mechanism: finding.at_work.as_ref().map(MechanismView::new),
            alternatives: finding.alternatives(),
            affected: AffectedView::new(&finding.affected),
        }
    }
}

impl<'a> StepView<'a> {
    pub(super) fn new(finding: Option<&'a StepFinding>) -> Self {
        let shown = finding.into_iter().flat_map(|finding| &finding.shown);
        let passed = finding.into_iter().flat_map(|finding| &finding.funnel);
        Self {
            step: finding.and_then(|finding| finding.step).map(Step::name),
            step_because: finding.map(words::step_because),
            step_codes: shown.map(|shown| shown.fate.code()).collect(),
            funnel: passed
                .map(|p| PassedView { place: &p.place, requests: p.requests, replies: p.replies })
                .collect(),
            behind: finding.and_then(|finding| finding.behind.as_ref()).map(BehindView::new),
        }
    }
}

impl CountsView {
    fn new(counts: &Counts) -> Self {
        Self {
            requests: counts.requests,
            failed: counts.failed,
            by_outcome: ByOutcome::new(&counts.outcomes),
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
            predicts: &known.predicts,
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
    fn new(finding: &Finding, experiment: &'a Experiment, report: &Report<'_>) -> Self {
        let of = |r: &'a unanswered_explain::ExperimentRequest| ExperimentRequestView {
            with: r.with.iter().map(WithView::new).collect(),
            fails_if_true: r.fails_if_true,
            rivals_agreeing: &r.rivals_agreeing,
        };
        let words = words::experiment(finding, experiment, report.protocol);
        Self { words, requests: experiment.requests.iter().map(of).collect() }
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
