//! What an answer rests on: a small table, and one sentence for a ticket.

mod tables;

pub(super) use tables::{columns, remaining};

use super::units;
use super::{CameTo, Experiment, FieldName};
use crate::number;
use crate::words::listed;
use unanswered_probe::{
    Boundary, ComparisonEvidence, LimitsEvidence, MembersEvidence, Pause, SetsEvidence, ThresholdEvidence,
    Tried, WaitEvidence, WhereEvidence,
};

/// How many values one sentence names.
const NAMED: usize = 4;

/// The evidence in one sentence without its full stop; `None` where nothing was asked that says anything.
pub(super) fn sentence(of: &Experiment) -> Option<String> {
    match &of.came_to {
        CameTo::Threshold(came, field) => {
            let name = units::named(&of.fields, *field);
            threshold(&came.evidence, came.verdict.found().copied(), name)
        }
        CameTo::Comparison(came, _) => comparison(&came.evidence, of),
        CameTo::Sets(came, field) => sets(&came.evidence, units::named(&of.fields, *field)),
        CameTo::Limits(came, _) => limits(&came.evidence),
        CameTo::Wait(came, _) => wait(&came.evidence, came.verdict.found().copied()),
        CameTo::Where(came) => along(&came.evidence),
        CameTo::Members(came) => members(&came.evidence),
        CameTo::Rivals { conclusion, .. } => rivals(&conclusion.evidence.tried, of),
    }
}

/// `source port 122 failed 5 of 5 times`.
fn failed(what: &str, failed: u32, asked: u32) -> String {
    format!("{what} failed {failed} of {}", number::count(u64::from(asked), "time"))
}

fn value_of(tried: &Tried) -> Option<u64> {
    tried.settings.first().map(|setting| setting.value)
}

/// The values on both sides of what was found.
pub(super) fn edges(boundary: Boundary) -> Vec<u64> {
    match boundary {
        Boundary::NothingFails | Boundary::AllFail => Vec::new(),
        Boundary::FailsBelow { first_working: cut } | Boundary::FailsFrom { first_failing: cut } => {
            vec![cut.saturating_sub(1), cut]
        }
        Boundary::FailsWithin { first_failing: low, last_failing: high }
        | Boundary::WorksWithin { first_working: low, last_working: high } => {
            let mut edges = vec![low.saturating_sub(1), low, high, high.saturating_add(1)];
            edges.dedup();
            edges
        }
    }
}

fn threshold(evidence: &ThresholdEvidence, found: Option<Boundary>, name: FieldName) -> Option<String> {
    let edges = found.map(edges).unwrap_or_default();
    let at = |edge: &u64| evidence.tried.iter().find(|tried| value_of(tried) == Some(*edge));
    let beside: Vec<String> = edges
        .iter()
        .filter_map(|edge| {
            let tried = at(edge)?;
            Some(failed(&format!("{} {}", name.words, units::value(name, *edge)), tried.failed, tried.asked))
        })
        .collect();
    if !beside.is_empty() {
        return Some(listed(&beside, "and"));
    }
    totals(&evidence.tried, &format!("different values of the {}", name.words))
}

/// `12 requests to 5 different values: 3 of them failed`.
fn totals(tried: &[Tried], what: &str) -> Option<String> {
    let asked: u32 = tried.iter().map(|tried| tried.asked).sum();
    let failed: u32 = tried.iter().map(|tried| tried.failed).sum();
    (asked > 0).then(|| {
        format!("{} with {} {what}: {failed} failed", number::count(u64::from(asked), "request"), tried.len())
    })
}

fn comparison(evidence: &ComparisonEvidence, of: &Experiment) -> Option<String> {
    let asked = evidence.tried.iter().filter(|tried| tried.asked > 0).take(NAMED);
    let list: Vec<String> = asked
        .map(|tried| failed(&units::settings(&of.fields, &tried.settings), tried.failed, tried.asked))
        .collect();
    (!list.is_empty()).then(|| format!("{}, asked in random order", listed(&list, "and")))
}

fn sets(evidence: &SetsEvidence, name: FieldName) -> Option<String> {
    let totals = totals(&evidence.tried, &format!("different values of the {}", name.words))?;
    let again = match evidence.repeated {
        0 => String::new(),
        repeated => format!(
            "; of {repeated} asked more than once, {} fared the same each time",
            evidence.same_each_time
        ),
    };
    Some(format!("{totals}{again}"))
}

/// What share of all values fails, where fates are fixed.
pub(super) fn share(of: &Experiment) -> Option<String> {
    let CameTo::Sets(came, field) = &of.came_to else { return None };
    came.verdict.found().filter(|set| **set == unanswered_probe::FailingSet::FixedFate)?;
    let one_of: Vec<String> = came.evidence.one_of.iter().map(ToString::to_string).collect();
    let guess = if one_of.is_empty() {
        String::new()
    } else {
        format!(", as if 1 of {} ways were dead", listed(&one_of, "or"))
    };
    Some(format!(
        "{} of all values of the {} fail (95 %){guess}",
        number::shares(came.evidence.share),
        units::named(&of.fields, *field).words
    ))
}

fn limits(evidence: &LimitsEvidence) -> Option<String> {
    let last = evidence.bursts.len().saturating_sub(NAMED);
    let bursts: Vec<String> = evidence
        .bursts
        .iter()
        .skip(last)
        .map(|burst| format!("{} of {}", burst.answered, burst.sent))
        .collect();
    let which =
        if last > 0 { format!("the last {NAMED} of {}", evidence.bursts.len()) } else { "the".to_owned() };
    (!bursts.is_empty()).then(|| format!("answered in {which} bursts: {}", listed(&bursts, "and")))
}

fn wait(evidence: &WaitEvidence, found: Option<Pause>) -> Option<String> {
    let edges = match found {
        Some(Pause::FailsAfter { passes, fails } | Pause::FailsBefore { fails, passes }) => {
            vec![passes, fails]
        }
        Some(Pause::NoneMatters | Pause::AllFail) | None => Vec::new(),
    };
    let near: Vec<String> = evidence
        .tried
        .iter()
        .filter(|tried| tried.asked > 0 && (edges.is_empty() || edges.contains(&tried.pause)))
        .rev()
        .take(NAMED)
        .map(|tried| failed(&format!("a pause of {}", units::span(tried.pause)), tried.failed, tried.asked))
        .collect();
    (!near.is_empty()).then(|| listed(&near.into_iter().rev().collect::<Vec<_>>(), "and"))
}

fn along(evidence: &WhereEvidence) -> Option<String> {
    let asked: u32 = evidence.hops.iter().map(|hop| hop.asked).sum::<u32>() + evidence.target.asked;
    let last = evidence
        .last_answering
        .map_or_else(|| "no hop answered".to_owned(), |last| format!("hop {last} was the last to answer"));
    let target = format!(
        "the target answered {} of {} requests with a full TTL",
        evidence.target.replies, evidence.target.asked
    );
    (asked > 0).then(|| format!("{last}, {target}"))
}

fn members(evidence: &MembersEvidence) -> Option<String> {
    let living: u32 = evidence.living.values().sum();
    let flows = living.saturating_add(evidence.dead_flows);
    (flows > 0).then(|| {
        format!(
            "{} answered for {}; {} got no answer each time",
            number::count(evidence.living.len() as u64, "different address"),
            number::count(u64::from(living), "flow"),
            number::count(u64::from(evidence.dead_flows), "flow"),
        )
    })
}

fn rivals(tried: &[Tried], of: &Experiment) -> Option<String> {
    let list: Vec<String> = tried
        .iter()
        .take(NAMED)
        .map(|tried| failed(&units::settings(&of.fields, &tried.settings), tried.failed, tried.asked))
        .collect();
    (!list.is_empty()).then(|| listed(&list, "and"))
}

/// How many requests it took, beside the least number that could have done.
pub(super) fn effort(of: &Experiment) -> Option<String> {
    let CameTo::Threshold(came, _) = &of.came_to else { return None };
    let ThresholdEvidence { requests, at_least, .. } = came.evidence;
    // Of what no boundary was found in, the least number says nothing.
    edges(*came.verdict.found()?).first()?;
    (at_least.is_finite() && requests > 0).then(|| {
        format!(
            "{} decided it besides the control; the least average of any method is {at_least:.1}, for such a range and loss",
            number::count(u64::from(requests), "request")
        )
    })
}
