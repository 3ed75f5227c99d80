//! What a reader in a hurry gets first: whom it strikes, what it is and where, and what to do next. Facts, chosen from the
//! diagnosis; [`crate::first_lines`] puts them in three sentences.
//!
//! Only the first finding is told; the others are counted. What to do next is one thing: the request that decides where rivals
//! remain, else the remedy of a known fault, else what to look for and where, else what to capture.

use crate::Report;
use unanswered_explain::mechanism::Mechanism;
use unanswered_explain::{
    Advice, Affected, Behind, Experiment, Fate, Finding, KnownFault, Question, Shown, StepFinding, Verdict,
};

/// The facts of the first three lines.
#[derive(Clone, Copy, Debug)]
pub struct Gist<'a> {
    /// Whom it strikes and when.
    pub affected: &'a Affected,
    /// Failed requests that this is about.
    pub failed: u64,
    /// The first finding; `None` where there is none.
    pub finding: Option<&'a Finding>,
    /// Findings beside the first.
    pub more: usize,
    /// Where these requests failed, if the places show it.
    pub place: Option<Place<'a>>,
    /// What to do next; `None` where nothing is wrong, or nothing is known to do.
    pub next: Option<NextStep<'a>>,
}

/// Where requests failed.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// What most of them show, and where.
    pub shown: &'a Shown,
    /// Requests that were followed.
    pub followed: u64,
}

/// What to do next.
#[derive(Clone, Copy, Debug)]
pub enum NextStep<'a> {
    /// Look at whom the server asked in vain itself.
    Behind(&'a Behind),
    /// Send the request that tells the finding from its rivals.
    Decide(&'a Finding, &'a Experiment),
    /// Do what helps against the known fault.
    Remedy(&'a KnownFault),
    /// Look for a device or program that does this.
    LookFor(&'a Mechanism, Option<Place<'a>>),
    /// Look where the requests were lost, or capture there.
    LookAt(Place<'a>),
    /// Capture more, or other requests.
    Capture(&'a Advice),
}

impl NextStep<'_> {
    /// Stable name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Behind(_) => "behind",
            Self::Decide(..) => "decide",
            Self::Remedy(_) => "remedy",
            Self::LookFor(..) => "look_for",
            Self::LookAt(_) => "look_at",
            Self::Capture(_) => "capture",
        }
    }
}

impl<'a> Gist<'a> {
    /// The facts of a report's first three lines.
    #[must_use]
    pub fn of(report: &'a Report<'_>) -> Self {
        let d = report.diagnosis;
        let finding = d.findings.first();
        let place = place(finding.map_or(d.step.as_ref(), |finding| finding.step.as_ref()));
        Self {
            affected: finding.map_or(&d.affected, |finding| &finding.affected),
            failed: finding.map_or(d.failed, |finding| finding.inside.failed),
            finding,
            more: d.findings.len().saturating_sub(1),
            place,
            next: match finding {
                Some(finding) => next_of(finding, place),
                None => next_without(report, place),
            },
        }
    }
}

/// What most of the followed requests show.
fn place(step: Option<&StepFinding>) -> Option<Place<'_>> {
    let step = step?;
    let shown = step.shown.iter().max_by_key(|shown| shown.requests)?;
    Some(Place { shown, followed: step.followed })
}

/// The experiment that tells a finding from its rivals, where there are rivals worth telling.
pub(crate) fn deciding(finding: &Finding) -> Option<&Experiment> {
    let rivals = !finding.alternatives().is_empty();
    finding.experiment.as_ref().filter(|experiment| match experiment.question {
        Question::WhichRival => rivals && !experiment.requests.is_empty(),
        Question::WhichSide => false,
    })
}

fn next_of<'a>(finding: &'a Finding, place: Option<Place<'a>>) -> Option<NextStep<'a>> {
    // The failure came from there; whatever else tells these requests apart was told there as well.
    if let Some(behind) = finding.step.as_ref().and_then(|step| step.behind.as_ref()) {
        return Some(NextStep::Behind(behind));
    }
    if let Some(experiment) = deciding(finding) {
        return Some(NextStep::Decide(finding, experiment));
    }
    if let Some(known) = finding.known.first().filter(|known| !known.remedy.is_empty()) {
        return Some(NextStep::Remedy(known));
    }
    if let Some(at_work) = &finding.at_work {
        return Some(NextStep::LookFor(&at_work.mechanism, place));
    }
    place.map(NextStep::LookAt)
}

/// Without a finding: where loss is at random, the place; else what would be enough to tell.
fn next_without<'a>(report: &'a Report<'_>, place: Option<Place<'a>>) -> Option<NextStep<'a>> {
    let advice = report.next().next().map(NextStep::Capture);
    let at_place = place.map(NextStep::LookAt);
    match report.diagnosis.verdict {
        Verdict::NothingWrong => None,
        Verdict::RandomLoss => at_place.filter(located).or(advice).or(at_place),
        Verdict::Findings
        | Verdict::Outage
        | Verdict::Degradation
        | Verdict::Overload
        | Verdict::NotEnoughData => advice.or(at_place),
    }
}

/// Whether the captures show between which places it happens.
fn located(next: &NextStep<'_>) -> bool {
    match next {
        NextStep::LookAt(place) => !matches!(place.shown.fate, Fate::NothingBeyond(_)),
        NextStep::Behind(_)
        | NextStep::Decide(..)
        | NextStep::Remedy(_)
        | NextStep::LookFor(..)
        | NextStep::Capture(_) => false,
    }
}
