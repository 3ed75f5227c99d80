//! The JSON schema `unanswered.probe/1`, described in `docs/probe.schema.json`.
//!
//! Times are seconds with a fraction, shares and probabilities are numbers from 0 to 1, intervals are pairs of them at 95 %. A missing
//! value is `null`. Adding a field does not change the schema's number.

mod answer;
mod evidence;

use super::{CameTo, Experiment, FieldName, codes, headline, limits, reasons, units, varied};
use crate::experiment::evidence as shown;
use serde::Serialize;
use serde_json::Value;
use unanswered_probe::{Field, Limit, Setting, Verdict};

/// Name and version of the schema.
pub const SCHEMA: &str = "unanswered.probe/1";

/// The experiment as one JSON object, indented, with a line feed at its end.
#[must_use]
pub fn json(of: &Experiment) -> String {
    let mut text = serde_json::to_string_pretty(&Document::new(of))
        .expect("maps have string keys, and numbers that JSON lacks are written as null");
    text.push('\n');
    text
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    server: &'a str,
    address: String,
    port: Option<u16>,
    protocol: &'a str,
    question: &'static str,
    /// Of [`CameTo::Limits`] and [`CameTo::Wait`].
    about: Option<&'static str>,
    /// Of those that ask about one field.
    field: Option<&'static str>,
    /// Of [`CameTo::Comparison`].
    values: Vec<Vec<SettingView>>,
    /// Of [`CameTo::Rivals`].
    explanations: &'a [String],
    varied: Vec<String>,
    with: Vec<SettingView>,
    summary: String,
    verdict: &'static str,
    answer: Value,
    probability: Option<f64>,
    because: Option<String>,
    because_code: Option<&'static str>,
    next: Option<String>,
    remaining: Vec<Value>,
    evidence: Value,
    evidence_words: Option<String>,
    limits: Vec<LimitView>,
    assumptions: Vec<AssumptionView>,
    control: Vec<SettingView>,
    tally: TallyView,
    manners: MannersView,
    took_s: f64,
    fields: Vec<FieldView>,
    fixed: &'a [String],
    written: Option<&'a str>,
}

impl<'a> Document<'a> {
    fn new(of: &'a Experiment) -> Self {
        let (verdict, probability, because) = match of.came_to.verdict() {
            Verdict::Found(weighed) => ("found", Some(weighed.probability), None),
            Verdict::CannotTell(because) => ("cannot_tell", None, Some(because)),
        };
        let (answer, remaining) = answer::views(of);
        Self {
            schema: SCHEMA,
            server: &of.server,
            address: of.address.to_string(),
            port: of.port,
            protocol: &of.protocol,
            question: codes::kind(of.came_to.kind()),
            about: about(&of.came_to),
            field: of.came_to.field().map(|field| units::named(&of.fields, field).code),
            values: compared(of),
            explanations: explanations(&of.came_to),
            varied: of.varied.iter().map(|one| varied::words(one, &of.fields)).collect(),
            with: settings(&of.fields, &of.with),
            summary: headline::answer(of),
            verdict,
            answer,
            probability,
            because: because.map(|because| reasons::because(because, of)),
            because_code: because.map(codes::because),
            next: reasons::next(of),
            remaining,
            evidence: evidence::view(of),
            evidence_words: shown::sentence(of),
            limits: of.came_to.limits().iter().map(|limit| LimitView::new(limit, of)).collect(),
            assumptions: limits::assumptions(&of.came_to).into_iter().map(AssumptionView::new).collect(),
            control: settings(&of.fields, &of.control),
            tally: TallyView::new(of),
            manners: MannersView::new(of),
            took_s: of.took.seconds(),
            fields: of.fields.iter().map(FieldView::new).collect(),
            fixed: &of.fixed,
            written: of.written.as_deref(),
        }
    }
}

const fn about(came_to: &CameTo) -> Option<&'static str> {
    match came_to {
        CameTo::Limits(_, about) => Some(codes::about(*about)),
        CameTo::Wait(_, again) => Some(codes::again(*again)),
        CameTo::Threshold(..)
        | CameTo::Comparison(..)
        | CameTo::Sets(..)
        | CameTo::Where(_)
        | CameTo::Members(_)
        | CameTo::Rivals { .. } => None,
    }
}

fn compared(of: &Experiment) -> Vec<Vec<SettingView>> {
    match &of.came_to {
        CameTo::Comparison(_, spec) => spec.values.iter().map(|value| settings(&of.fields, value)).collect(),
        CameTo::Threshold(..)
        | CameTo::Sets(..)
        | CameTo::Limits(..)
        | CameTo::Wait(..)
        | CameTo::Where(_)
        | CameTo::Members(_)
        | CameTo::Rivals { .. } => Vec::new(),
    }
}

fn explanations(came_to: &CameTo) -> &[String] {
    match came_to {
        CameTo::Rivals { words, .. } => words,
        CameTo::Threshold(..)
        | CameTo::Comparison(..)
        | CameTo::Sets(..)
        | CameTo::Limits(..)
        | CameTo::Wait(..)
        | CameTo::Where(_)
        | CameTo::Members(_) => &[],
    }
}

#[derive(Serialize)]
struct SettingView {
    field: &'static str,
    value: u64,
}

fn settings(fields: &[FieldName], settings: &[Setting]) -> Vec<SettingView> {
    let code = |field: Field| units::named(fields, field).code;
    settings.iter().map(|setting| SettingView { field: code(setting.field), value: setting.value }).collect()
}

#[derive(Serialize)]
struct FieldView {
    code: &'static str,
    words: &'static str,
    quantity: &'static str,
}

impl FieldView {
    const fn new(name: &FieldName) -> Self {
        Self { code: name.code, words: name.words, quantity: codes::quantity(name.quantity) }
    }
}

#[derive(Serialize)]
struct LimitView {
    code: &'static str,
    words: String,
    /// The number that the sentence names: replies, requests, a share.
    number: Option<f64>,
    /// Of outages: how many.
    outages: Option<u32>,
    /// Two values, or the ends of a share.
    between: Option<[f64; 2]>,
}

impl LimitView {
    fn new(limit: &Limit, of: &Experiment) -> Self {
        let (number, outages, between) = match limit {
            Limit::NoControl => (None, None, None),
            Limit::OutagesLeftOut { outages, requests } => (Some(f64::from(*requests)), Some(*outages), None),
            Limit::LateReplies(count) | Limit::MoreNeeded(count) => (Some(f64::from(*count)), None, None),
            Limit::OnlyUpTo(most) => (Some(*most as f64), None, None),
            Limit::Untested { from, to } => (None, None, Some([*from as f64, *to as f64])),
            Limit::FailsPartly(share) | Limit::LossBeside(share) => {
                (None, None, Some([share.low, share.high]))
            }
            Limit::SharesBelow(share) => (Some(*share), None, None),
        };
        Self { code: codes::limit(limit), words: limits::limit(limit, of), number, outages, between }
    }
}

#[derive(Serialize)]
struct AssumptionView {
    code: &'static str,
    words: &'static str,
}

impl AssumptionView {
    const fn new(assumption: super::Assumption) -> Self {
        Self { code: codes::assumption(assumption), words: limits::assumption(assumption) }
    }
}

#[derive(Serialize)]
struct TallyView {
    sent: u32,
    controls: u32,
    controls_failed: u32,
    answered: u32,
    late: u32,
    silent: u32,
    refused: u32,
    not_counted: u32,
    outages: u32,
}

impl TallyView {
    const fn new(of: &Experiment) -> Self {
        let tally = of.tally;
        Self {
            sent: tally.sent,
            controls: tally.controls,
            controls_failed: tally.controls_failed,
            answered: tally.answered,
            late: tally.late,
            silent: tally.silent,
            refused: tally.refused,
            not_counted: tally.not_counted,
            outages: tally.outages,
        }
    }
}

#[derive(Serialize)]
struct MannersView {
    pause_s: f64,
    budget: u32,
    too_fast: u32,
    refused: u32,
}

impl MannersView {
    fn new(of: &Experiment) -> Self {
        let manners = of.manners;
        Self {
            pause_s: manners.pause.seconds(),
            budget: manners.budget,
            too_fast: manners.too_fast,
            refused: manners.refused,
        }
    }
}
