//! The verdict: findings made from what the search accepted, and what to say when there are none.

use super::Options;
use super::assemble::Assembly;
use super::context::Context;
use super::covered::{Beyond, Cause, Covered, Covers};
use super::whom::Rows;
use super::{common, convert, counts, signs};
use crate::Captured;
use crate::constants::FAILURES_MIN;
use crate::population::{Population, PopulationError};
use crate::repeats::{Repeats, Shown};
use crate::time::serial;
use crate::{
    Advice, Affected, Diagnosis, Filter, Kind, Region, Remark, StepFinding, Tries, Unexplained, Verdict,
    VerdictReason,
};
use std::cmp::Reverse;
use unanswered_registry::Subject;
use unanswered_table::OutcomeCounts;

/// Failures that are enough to show most causes.
const WANTED: f64 = 20.0;
/// Share of failures up to which fewer than [`FAILURES_MIN`] of them mean nothing.
const NEGLIGIBLE: f64 = 0.03;
/// Rows that are looked at where nothing is searched: they are to show whom failures struck.
const LOOKED_AT: usize = 20_000;

/// Most hops whose loss is told one by one.
const HOPS_MAX: usize = 3;

/// How many requests there are to judge, and how many of them failed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judged {
    pub(crate) requests: u64,
    pub(crate) failed: u64,
}

impl Judged {
    pub(crate) fn of(totals: &OutcomeCounts) -> Self {
        Self { requests: totals.judged(), failed: totals.failed() }
    }
}

fn plain(verdict: Verdict, judged: Judged) -> Diagnosis {
    Diagnosis {
        verdict,
        because: Vec::new(),
        findings: Vec::new(),
        step: None,
        judged: judged.requests,
        failed: judged.failed,
        affected: Affected::default(),
        unexplained: Unexplained { failed: judged.failed, requests: judged.requests },
        next: Vec::new(),
        sampled: None,
        baseline: None,
    }
}

/// Verdicts that need no search: nothing to judge, nothing failed, everything failed, too little.
pub(crate) fn without_search(
    population: &dyn Population,
    judged: Judged,
) -> Result<Option<Diagnosis>, PopulationError> {
    let Judged { requests, failed } = judged;
    if requests == 0 {
        let mut d = plain(Verdict::NotEnoughData, judged);
        d.because.push(VerdictReason::NothingToJudge);
        d.next.push(Advice::CaptureBothDirections);
        Ok(Some(d))
    } else if failed == 0 {
        let mut d = plain(Verdict::NothingWrong, judged);
        d.because.push(VerdictReason::AllAnswered { judged: requests });
        Ok(Some(d))
    } else if failed == requests {
        let mut d = plain(Verdict::NotEnoughData, judged);
        d.because.push(VerdictReason::AllFailed { judged: requests });
        d.next.push(Advice::AddAnswered);
        d.step = step_of_all(population)?;
        let sample = population.sample(LOOKED_AT)?;
        let seen = Rows::sampled(&sample);
        d.affected = seen.affected(&Filter::default(), &counts::failing());
        speak(population, &mut d, seen, &[])?;
        Ok(Some(d))
    } else if failed < u64::from(FAILURES_MIN) {
        let mut d = few(judged);
        let sample = population.sample(LOOKED_AT)?;
        let seen = Rows::sampled(&sample);
        d.affected = seen.affected(&Filter::default(), &counts::failing());
        d.because.extend(common::in_common(population, seen, &counts::failing())?);
        // A reset or an error answer now and then is what healthy traffic has.
        if d.verdict != Verdict::NothingWrong {
            d.step = step_of_all(population)?;
            speak(population, &mut d, seen, &[])?;
        }
        Ok(Some(d))
    } else {
        Ok(None)
    }
}

/// Adds what the packets of unexplained requests say themselves. Where that is most of what failed, it is the answer.
fn speak(
    population: &dyn Population,
    diagnosis: &mut Diagnosis,
    seen: Rows<'_>,
    explained: &[Region],
) -> Result<(), PopulationError> {
    let signs = signs::signs(population, seen, explained)?;
    let told: u64 = signs.iter().map(|finding| finding.inside.failed).sum();
    if diagnosis.findings.is_empty() && told > 0 && told * 2 >= diagnosis.unexplained.failed {
        diagnosis.verdict = Verdict::Findings;
        diagnosis.because.clear();
        diagnosis.next.clear();
        diagnosis.step = None;
    }
    diagnosis.unexplained.failed = diagnosis.unexplained.failed.saturating_sub(told);
    diagnosis.unexplained.requests = diagnosis.unexplained.requests.saturating_sub(told);
    diagnosis.findings.extend(signs);
    Ok(())
}

fn few(judged: Judged) -> Diagnosis {
    let Judged { requests, failed } = judged;
    let share = failed as f64 / requests as f64;
    if share <= NEGLIGIBLE {
        let mut d = plain(Verdict::NothingWrong, judged);
        d.because.push(VerdictReason::FewFailures { failed, judged: requests });
        return d;
    }
    let mut d = plain(Verdict::NotEnoughData, judged);
    d.because.push(VerdictReason::CauseOrChance { failed, judged: requests });
    d.next.push(more_requests(share));
    d
}

/// Requests among which some 20 failures can be expected.
fn more_requests(share: f64) -> Advice {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive; saturates")]
    let requests = (WANTED / share).ceil() as u64;
    Advice::CaptureMore { requests }
}

/// Where all failed requests failed.
fn step_of_all(population: &dyn Population) -> Result<Option<StepFinding>, PopulationError> {
    let Some(captured) = population.captured() else { return Ok(None) };
    let rows = population.failed_rows(&Filter::default(), &counts::failing())?;
    Ok(Some(captured.step(&rows)))
}

/// Findings and verdict.
pub(crate) fn conclude(
    population: &dyn Population,
    judged: Judged,
    context: &Context,
    covers: Covers,
    options: &Options,
) -> Result<Diagnosis, PopulationError> {
    let mut explained: Vec<Region> = Vec::new();
    let mut findings = Vec::new();
    for covered in &covers.accepted {
        let assembly = Assembly { population, context, covered, explained: &explained };
        let (finding, region) = match &covered.cause {
            Cause::Rule(rule, runners_up) => assembly.of_rule(rule, runners_up, options)?,
            Cause::Ramp(ramp) => assembly.of_ramp(ramp)?,
            Cause::Service => assembly.of_service()?,
            Cause::Mechanism(fit, looks_like) => assembly.of_mechanism(fit, looks_like.as_ref(), options)?,
        };
        findings.push(finding);
        explained.push(region);
    }
    if !covers.accepted.iter().all(|covered| covered.beyond != Beyond::NotAsked) {
        findings.sort_by(|a, b| b.score.total_cmp(&a.score));
    }
    findings.sort_by_key(|finding| finding.remarks.contains(&Remark::AsBefore));
    let mut diagnosis = plain(Verdict::Findings, judged);
    let seen = Rows::of(context);
    diagnosis.affected = seen.affected(&Filter::default(), &counts::failing());
    let left = Filter { outside: explained.clone(), ..Filter::default() };
    let left = population.tally(&left, &counts::failing())?.inside;
    diagnosis.unexplained = Unexplained { failed: left.failed, requests: left.requests };
    diagnosis.sampled = (!context.complete).then_some(context.table.rows() as u64);
    diagnosis.findings = findings;
    diagnosis.verdict = diagnosis.findings.first().map_or(Verdict::RandomLoss, |f| match f.kind {
        Kind::Telltale | Kind::Service | Kind::Sign => Verdict::Findings,
        Kind::Outage => Verdict::Outage,
        Kind::Degradation => Verdict::Degradation,
        Kind::Overload => Verdict::Overload,
    });
    if diagnosis.findings.is_empty() {
        diagnosis.step = step_of_all(population)?;
        unexplained(context, &covers, &mut diagnosis);
        if diagnosis.verdict == Verdict::NotEnoughData {
            diagnosis.because.extend(common::in_common(population, seen, &counts::failing())?);
        }
        by_repeats(population, &mut diagnosis)?;
    }
    speak(population, &mut diagnosis, seen, &explained)?;
    Ok(diagnosis)
}

/// On which hops chance loses packets, where the captures show it.
fn by_hop(captured: &dyn Captured, repeats: &Repeats, diagnosis: &mut Diagnosis) {
    let mut hops = captured.hop_losses();
    hops.sort_by_key(|hop| Reverse(hop.packets.failed));
    let lost: u64 = hops.iter().map(|hop| hop.packets.failed).sum();
    if lost == 0 {
        return;
    }
    // As many as it takes for most of the loss; a hop on which a stray packet was lost is one of the others.
    let mut told = 0;
    let most = hops.iter().take(HOPS_MAX).take_while(|hop| {
        let more = told * 10 < lost * 9 && hop.packets.failed > 0;
        told += hop.packets.failed;
        more
    });
    let most = most.count();
    let mut others = Tries::default();
    for hop in hops.split_off(most) {
        others.requests += hop.packets.requests;
        others.failed += hop.packets.failed;
    }
    diagnosis.because.push(VerdictReason::LossByHop { hops, others, repeats: repeats.same_flow.requests });
}

/// Chance decides each packet anew. Where what failed fails again in its flow and works in others, the word is not random loss.
fn by_repeats(population: &dyn Population, diagnosis: &mut Diagnosis) -> Result<(), PopulationError> {
    let random = diagnosis.verdict == Verdict::RandomLoss;
    let Some(captured) = population.captured().filter(|_| random) else { return Ok(()) };
    let failed = population.failed_rows(&Filter::default(), &counts::failing())?;
    let repeats = captured.repeats(&failed);
    // In bursts, a repeat fails again because it comes soon.
    let shown = repeats.shown().filter(|_| diagnosis.because.contains(&VerdictReason::Independent));
    match shown {
        Some(Shown::Fate) => {
            diagnosis.verdict = Verdict::NotEnoughData;
            diagnosis.because.push(VerdictReason::RepeatsFailAgain { repeats });
        }
        Some(Shown::Chance) => {
            by_hop(captured, &repeats, diagnosis);
            diagnosis.because.push(VerdictReason::RepeatsFareAlike { repeats });
        }
        None => by_hop(captured, &repeats, diagnosis),
    }
    Ok(())
}

/// Failures without a telltale: chance, singly or in bursts, or too few to say.
fn unexplained(context: &Context, covers: &Covers, diagnosis: &mut Diagnosis) {
    let table = &context.table;
    let failed: Vec<bool> = table.outcomes.iter().map(|o| o.failed()).collect();
    let inflation = serial::inflation(&failed);
    let (f, n) = (diagnosis.failed, diagnosis.judged);
    // That nothing tells them apart says little of so few.
    if (f as f64) < WANTED && n < 100 {
        diagnosis.verdict = Verdict::NotEnoughData;
        diagnosis.because.push(VerdictReason::CauseOrChance { failed: f, judged: n });
        diagnosis.next.push(more_requests(f as f64 / n as f64));
        return;
    }
    diagnosis.because.push(VerdictReason::NoFeatureTells { failed: f, judged: n });
    if f > n / 2 {
        // Chance takes some of what otherwise works. Where most fails, the answered ones are the exception, and no contrast shows.
        diagnosis.verdict = Verdict::NotEnoughData;
        diagnosis.next.push(Advice::AddAnswered);
        return;
    }
    diagnosis.verdict = Verdict::RandomLoss;
    diagnosis.because.push(if inflation > serial::BURSTS {
        VerdictReason::InBursts { counting_as_one: inflation }
    } else {
        VerdictReason::Independent
    });
    if let Some(Covered { cause: Cause::Rule(rule, _), score, .. }) = &covers.turned_away
        && *score > -3.0
    {
        let clauses = convert::region(context, rule).clauses;
        let subjects: Vec<Subject> = clauses.into_iter().map(|c| c.subject).collect();
        if !subjects.is_empty() {
            diagnosis.next.push(Advice::WeakHint { subjects });
        }
    }
}
