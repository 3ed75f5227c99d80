//! The verdict: findings made from what the search accepted, and what to say when there are none.

use super::Options;
use super::context::Context;
use super::convert::{self, Parts};
use super::counts::Evidence;
use super::cover::{Cause, Covered, Covers};
use super::{counts, experiment, rivals, significance};
use crate::catalogue::{Catalogue, MatchContext, Preference};
use crate::load::follows_load;
use crate::search::Rule;
use crate::time::ramp::Ramp;
use crate::time::serial;
use crate::{
    Advice, Clause, Counts, Diagnosis, Finding, Kind, Remark, Rival, Significance, Source, Standing,
    Unexplained, Verdict, VerdictReason,
};
use unanswered_registry::Subject;
use unanswered_table::Outcome;

/// Fewest failures from which anything but chance can be read.
const FAILURES_MIN: usize = 5;
/// One failure in so many must be refused for the refusals to say what the finding is.
const REFUSED_SHARE: u64 = 20;
/// Failures that show most causes.
const WANTED: f64 = 20.0;
/// How many failures count as one where they come in bursts.
const BURSTS: f64 = 1.5;
/// Share of failures up to which fewer than [`FAILURES_MIN`] of them mean nothing.
const NEGLIGIBLE: f64 = 0.03;

fn plain(verdict: Verdict, judged: usize, failed: usize) -> Diagnosis {
    Diagnosis {
        verdict,
        because: Vec::new(),
        findings: Vec::new(),
        step: None,
        judged: judged as u64,
        failed: failed as u64,
        unexplained: Unexplained { failed: failed as u64, requests: judged as u64 },
        next: Vec::new(),
        sampled: None,
    }
}

/// Verdicts that need no search: nothing to judge, nothing failed, everything failed, too little.
pub(crate) fn without_search(source: &dyn Source, judged: usize, failed: usize) -> Option<Diagnosis> {
    let requests = judged as u64;
    if judged == 0 {
        let mut d = plain(Verdict::NotEnoughData, judged, failed);
        d.because.push(VerdictReason::NothingToJudge);
        d.next.push(Advice::CaptureBothDirections);
        Some(d)
    } else if failed == 0 {
        let mut d = plain(Verdict::NothingWrong, judged, failed);
        d.because.push(VerdictReason::AllAnswered { judged: requests });
        Some(d)
    } else if failed == judged {
        let mut d = plain(Verdict::NotEnoughData, judged, failed);
        d.because.push(VerdictReason::AllFailed { judged: requests });
        d.next.push(Advice::AddAnswered);
        d.step = source.captured().map(|c| c.step(&failed_rows(source)));
        Some(d)
    } else {
        (failed < FAILURES_MIN).then(|| few(judged, failed))
    }
}

fn few(judged: usize, failed: usize) -> Diagnosis {
    let share = failed as f64 / judged as f64;
    if share <= NEGLIGIBLE {
        let mut d = plain(Verdict::NothingWrong, judged, failed);
        d.because.push(VerdictReason::FewFailures { failed: failed as u64, judged: judged as u64 });
        return d;
    }
    let mut d = plain(Verdict::NotEnoughData, judged, failed);
    d.because.push(VerdictReason::CauseOrChance { failed: failed as u64, judged: judged as u64 });
    d.next.push(more_requests(share));
    d
}

/// Requests among which some 20 failures can be expected.
fn more_requests(share: f64) -> Advice {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive; saturates")]
    let requests = (WANTED / share).ceil() as u64;
    Advice::CaptureMore { requests }
}

fn failed_rows(source: &dyn Source) -> Vec<u32> {
    (0u32..).zip(source.outcomes().iter()).filter(|(_, o)| o.failed()).map(|(r, _)| r).collect()
}

/// Findings and verdict.
pub(crate) fn conclude(
    source: &dyn Source,
    context: &Context,
    covers: Covers,
    options: &Options,
) -> Diagnosis {
    let outcomes = source.outcomes();
    let mut rest: Vec<bool> = outcomes.iter().map(|o| *o != Outcome::Unknown).collect();
    let mut findings = Vec::new();
    for covered in &covers.accepted {
        let finding = match &covered.cause {
            Cause::Rule(rule, runners_up) => {
                from_rule(source, context, covered, rule, runners_up, &mut rest, options)
            }
            Cause::Ramp(ramp) => from_ramp(source, context, covered, ramp, &mut rest),
        };
        findings.push(finding);
    }
    findings.sort_by(|a, b| b.score.total_cmp(&a.score));
    let judged = outcomes.iter().filter(|o| **o != Outcome::Unknown).count();
    let failed = outcomes.iter().filter(|o| o.failed()).count();
    let mut diagnosis = plain(Verdict::Findings, judged, failed);
    diagnosis.unexplained = Unexplained {
        failed: rest.iter().zip(outcomes.iter()).filter(|(r, o)| **r && o.failed()).count() as u64,
        requests: rest.iter().filter(|r| **r).count() as u64,
    };
    diagnosis.sampled = context.sampled().then_some(context.rows.len() as u64);
    diagnosis.findings = findings;
    diagnosis.verdict = diagnosis.findings.first().map_or(Verdict::RandomLoss, |f| match f.kind {
        Kind::Telltale => Verdict::Findings,
        Kind::Outage => Verdict::Outage,
        Kind::Degradation => Verdict::Degradation,
        Kind::Overload => Verdict::Overload,
    });
    if diagnosis.findings.is_empty() {
        unexplained(source, context, &covers, &mut diagnosis);
    }
    diagnosis
}

/// Failures without a telltale: chance, singly or in bursts, or too few to say.
fn unexplained(source: &dyn Source, context: &Context, covers: &Covers, diagnosis: &mut Diagnosis) {
    let table = &context.table;
    let failed: Vec<bool> = table.outcomes.iter().map(|o| o.failed()).collect();
    let inflation = serial::inflation(&failed);
    let (f, n) = (diagnosis.failed, diagnosis.judged);
    diagnosis.step = source.captured().map(|c| c.step(&failed_rows(source)));
    if f < 8 && n < 100 {
        diagnosis.verdict = Verdict::NotEnoughData;
        diagnosis.because.push(VerdictReason::CauseOrChance { failed: f, judged: n });
        diagnosis.next.push(more_requests(f as f64 / n as f64));
        return;
    }
    diagnosis.verdict = Verdict::RandomLoss;
    diagnosis.because.push(VerdictReason::NoFeatureTells { failed: f, judged: n });
    diagnosis.because.push(if inflation > BURSTS {
        VerdictReason::InBursts { counting_as_one: inflation }
    } else {
        VerdictReason::Independent
    });
    if let Some(Covered { cause: Cause::Rule(rule, _), score, .. }) = &covers.turned_away
        && *score > -3.0
    {
        let clauses = convert::parts(context, rule).clauses;
        let subjects: Vec<Subject> = clauses.into_iter().map(|c| c.subject).collect();
        if !subjects.is_empty() {
            diagnosis.next.push(Advice::WeakHint { subjects });
        }
    }
}

fn from_rule(
    source: &dyn Source,
    context: &Context,
    covered: &Covered,
    rule: &Rule,
    runners_up: &[Rule],
    rest: &mut [bool],
    options: &Options,
) -> Finding {
    let mut remarks = Vec::new();
    let mut rule = rule.clone();
    if let Some(timeless) = mostly_failing_without_time(context, covered, &rule) {
        remarks.push(window_remark(context, &convert::parts(context, &rule)));
        rule = timeless;
    }
    let mut rivals = rivals::rivals(context, covered, &rule, runners_up);
    let mut finding = assembled(source, context, covered, &rule, &rivals, rest);
    let match_context =
        source.captured().map(|c| c.match_context(&finding.1.failed_rows)).unwrap_or_default();
    if let Some(preference) = preferred(&finding.0, &options.catalogue, &match_context) {
        let same = rivals.iter().filter(|(_, r)| r.same_requests).count();
        remarks.push(Remark::KnownMechanism {
            others: same as u64,
            id: preference.id.clone(),
            title: preference.title.clone(),
        });
        if preference.index > 0 {
            let chosen = same_requests(&rivals).nth(preference.index - 1).expect("a candidate offered");
            rule = rivals[chosen].0.clone();
            rivals = rivals::rivals(context, covered, &rule, runners_up);
            finding = assembled(source, context, covered, &rule, &rivals, rest);
        }
    }
    let (mut finding, gathered) = finding;
    let refused = finding.inside.by_outcome[Outcome::Refused as usize];
    let too_often = match_context.refusals.iter().map(|r| r.kind()).find(|kind| kind.too_often);
    let too_often = too_often.filter(|_| refused * REFUSED_SHARE >= finding.inside.failed);
    if let Some(refusal) = too_often.filter(|_| finding.kind != Kind::Degradation) {
        finding.kind = Kind::Overload;
        (finding.from, finding.to, finding.period) = (None, None, None);
        remarks.push(Remark::SaysTooOften { refusal });
    }
    let (significance, standing) = significance::judge(context, covered, &rule, options);
    remarks.insert(0, stands_on(standing, finding.inside.units_failed, &significance));
    if covered.inflation > BURSTS {
        remarks.push(Remark::OthersInBursts);
    }
    finding.refuted = rivals::refuted(context, covered, &rule);
    finding.significance = Some(significance);
    finding.standing = standing;
    finding.remarks = remarks;
    finding.known = options.catalogue.known(&finding, &match_context);
    finding.experiment = experiment::propose(&finding.clauses, &finding.rivals);
    finding.why_now =
        source.captured().map(|c| c.why_now(&finding, &gathered.failed_rows)).unwrap_or_default();
    remove(&gathered, rest);
    finding
}

/// Why the finding stands as it does.
fn stands_on(standing: Standing, failed: u64, significance: &Significance) -> Remark {
    let unit = significance.permuted.clone().unwrap_or_default();
    match (standing, failed) {
        (Standing::Established, _) => {
            Remark::BeyondChance { permuted: unit, permutations: significance.permutations }
        }
        (Standing::Likely, 1) => Remark::OneUnit { unit },
        (Standing::Likely, _) => Remark::FewUnits { failed, unit },
    }
}

/// Places in the list of the rivals that select the same requests.
fn same_requests(rivals: &[(Rule, Rival)]) -> impl Iterator<Item = usize> {
    rivals.iter().enumerate().filter(|(_, (_, r))| r.same_requests).map(|(i, _)| i)
}

/// The telltale that a known mechanism would make, among the finding and its rivals with the same requests.
fn preferred(finding: &Finding, catalogue: &Catalogue, context: &MatchContext) -> Option<Preference> {
    let mut candidates: Vec<&[Clause]> = vec![&finding.clauses];
    candidates.extend(finding.rivals.iter().filter(|r| r.same_requests).map(|r| r.clauses.as_slice()));
    if candidates.len() == 1 { None } else { catalogue.prefer(finding, &candidates, context) }
}

/// The finding of a rule with its exact counts, and the rows behind them.
fn assembled(
    source: &dyn Source,
    context: &Context,
    covered: &Covered,
    rule: &Rule,
    rivals: &[(Rule, Rival)],
    rest: &[bool],
) -> (Finding, Evidence) {
    let mut parts = convert::parts(context, rule);
    let gathered = counts::gather(source, context, &mut parts, &covered.outcomes, rest);
    let kind = kind_of(&parts);
    let windowed = kind == Kind::Outage && parts.period.is_none();
    // The brackets of rivals come from the rows searched: they are hints for the next experiment.
    let mut searched = vec![false; context.table.rows()];
    covered.searched.iter().for_each(|&r| searched[r as usize] = true);
    let rivals = rivals
        .iter()
        .map(|(rule, rival)| {
            let mut its = convert::parts(context, rule);
            counts::gather(&context.table, context, &mut its, &covered.outcomes, &searched);
            Rival { clauses: its.clauses, ..rival.clone() }
        })
        .collect();
    let finding = Finding {
        kind,
        from: parts.from.filter(|_| windowed),
        to: parts.to.filter(|_| windowed),
        period: parts.period,
        clauses: parts.clauses,
        failed: explained(&gathered.inside, &covered.outcomes),
        step: source.captured().map(|c| c.step(&gathered.failed_rows)),
        why_now: Vec::new(),
        inside: gathered.inside.clone(),
        outside: gathered.outside.clone(),
        score: rule.ratio / covered.inflation - rule.price,
        significance: None,
        standing: Standing::Likely,
        remarks: Vec::new(),
        known: Vec::new(),
        rivals,
        refuted: Vec::new(),
        experiment: None,
    };
    (finding, gathered)
}

/// A rule with a window in time whose other clauses fail mostly anyway: the clauses are the cause, and
/// the window says when it began or ended. Gives the rule without time.
fn mostly_failing_without_time(context: &Context, covered: &Covered, rule: &Rule) -> Option<Rule> {
    if !rule.clauses.iter().any(|c| context.in_time(c.feature)) {
        return None;
    }
    let timeless: Vec<_> = rule.clauses.iter().filter(|c| !context.in_time(c.feature)).cloned().collect();
    if timeless.is_empty() {
        return None;
    }
    let failed: Vec<bool> = context.table.outcomes.iter().map(|o| covered.outcomes.contains(o)).collect();
    let usable = |_: usize| true;
    let search = crate::search::Search::new(
        &context.features,
        &failed,
        &covered.searched,
        &usable,
        crate::search::Limits::default(),
    );
    let evaluated = search.evaluated(timeless);
    (2 * evaluated.inside.f > evaluated.inside.n
        && 2.0 * evaluated.ratio > search.evaluated(rule.clauses.clone()).ratio)
        .then_some(evaluated)
}

fn window_remark(context: &Context, parts: &Parts) -> Remark {
    let times = &context.table.times;
    let (start, end) = (times.first().copied().unwrap_or(0.0), times.last().copied());
    match (parts.from, parts.to.filter(|t| Some(*t) != end)) {
        (_, Some(to)) => Remark::FailedUntil { after: to - start },
        (Some(from), None) => Remark::FailedSince { after: from - start },
        (None, None) => Remark::FailedAtTimes,
    }
}

fn kind_of(parts: &Parts) -> Kind {
    if parts.from.is_some() || parts.to.is_some() || parts.period.is_some() {
        Kind::Outage
    } else if parts.clauses.iter().any(follows_load) {
        Kind::Overload
    } else {
        Kind::Telltale
    }
}

/// The outcomes that a finding explains: those of its notion of failure that occur inside.
fn explained(inside: &Counts, outcomes: &[Outcome]) -> Vec<Outcome> {
    outcomes.iter().copied().filter(|o| inside.by_outcome[*o as usize] > 0).collect()
}

fn remove(evidence: &Evidence, rest: &mut [bool]) {
    rest.iter_mut().zip(&evidence.holds).for_each(|(keep, holds)| *keep &= !holds);
}

fn from_ramp(
    source: &dyn Source,
    context: &Context,
    covered: &Covered,
    ramp: &Ramp,
    rest: &mut [bool],
) -> Finding {
    let mut parts = Parts { from: Some(ramp.from), ..Parts::default() };
    let gathered = counts::gather(source, context, &mut parts, &covered.outcomes, rest);
    remove(&gathered, rest);
    Finding {
        kind: Kind::Degradation,
        clauses: Vec::new(),
        from: Some(ramp.from),
        to: None,
        period: None,
        failed: explained(&gathered.inside, &covered.outcomes),
        step: source.captured().map(|c| c.step(&gathered.failed_rows)),
        why_now: Vec::new(),
        inside: gathered.inside,
        outside: gathered.outside,
        score: covered.score,
        significance: Some(Significance {
            p_value: (-covered.score).exp().clamp(1e-12, 1.0),
            permuted: None,
            permutations: 0,
        }),
        standing: Standing::Established,
        remarks: vec![Remark::RateRises { from: ramp.before, to: ramp.end }],
        known: Vec::new(),
        rivals: Vec::new(),
        refuted: Vec::new(),
        experiment: None,
    }
}
