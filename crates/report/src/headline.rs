//! The one sentence that a reader in a hurry gets, and the totals under it.

use crate::{Input, Report, narrowing, number, time, words};
use unanswered_explain::{Baseline, Counts, Diagnosis, Fate, Finding, Kind, Remark, Standing, Verdict};
use unanswered_registry::Refusal;
use unanswered_table::Outcome;

/// The verdict in two or three words, as a label.
pub(crate) fn label(diagnosis: &Diagnosis) -> &'static str {
    let likely = diagnosis.findings.first().is_some_and(|first| first.standing == Standing::Likely);
    let as_before = |first: &Finding| first.remarks.contains(&Remark::AsBefore);
    match diagnosis.verdict {
        Verdict::Findings if diagnosis.findings.first().is_some_and(as_before) => "Nothing new",
        Verdict::Findings if likely => "Likely cause",
        Verdict::Findings => "Cause found",
        Verdict::RandomLoss => "Random loss",
        Verdict::Outage => "Outage",
        Verdict::Degradation => "Degradation",
        Verdict::Overload => "Overload",
        Verdict::NothingWrong => "Nothing wrong",
        Verdict::NotEnoughData => "Not enough data",
    }
}

/// What a report says in its first line where nothing failed, without a full stop.
pub(crate) fn nothing_failed(report: &Report<'_>) -> String {
    let d = report.diagnosis;
    if d.judged == 0 {
        return match report.not_paired() {
            Some(others) if report.totals.requests() == 0 => format!("no requests; {others}"),
            Some(_) | None => format!("no request could be judged{}", beside(report)),
        };
    }
    if report.some_count_as_answered() {
        return format!("none of {} failed", number::count(d.judged, "request"));
    }
    format!("all {} answered{}", examined(report), beside(report))
}

/// What the verdict is about: `50 DNS requests` where other frames are not, else `50 requests`.
fn examined(report: &Report<'_>) -> String {
    let judged = report.diagnosis.judged;
    let named = report.protocol.filter(|_| judged > 1 && report.not_paired().is_some());
    named.map_or_else(
        || number::count(judged, "request"),
        |protocol| format!("{judged} {}", protocol.declaration().requests),
    )
}

/// What the verdict is not about: `; 40 DHCP frames are not paired`.
fn beside(report: &Report<'_>) -> String {
    report.not_paired().map_or_else(String::new, |others| format!("; {others}"))
}

/// Requests by outcome and why: `342 requests: 285 answered, 57 unanswered`. Where there are several protocols, one line
/// more for each.
pub(crate) fn totals(report: &Report<'_>) -> Vec<String> {
    let requests = number::count(report.totals.requests(), "request");
    let one = match report.by_protocol.as_slice() {
        [one] => words::outcomes_because(&one.outcomes, &one.reasons),
        [] | [_, _, ..] => words::outcomes(&report.totals),
    };
    let mut lines = vec![if one.is_empty() { requests } else { format!("{requests}: {one}") }];
    if report.by_protocol.len() > 1 {
        lines.extend(report.by_protocol.iter().map(|of| {
            let requests = words::requests(of.outcomes.requests(), of.protocol);
            format!("{requests}: {}", words::outcomes_because(&of.outcomes, &of.reasons))
        }));
    }
    lines.extend(report.lookups.as_ref().map(words::lookups));
    lines.extend(words::slow(&report.slow.replies, report.slow.counted));
    lines
}

/// Where the requests came from: `3 inputs, 2026-11-23 10:00:00 to 10:20:00 UTC`.
pub(crate) fn inputs(report: &Report<'_>) -> Option<String> {
    let first = report.inputs.first()?;
    let name = match report.inputs.len() {
        1 => crate::text::safe(&first.name).into_owned(),
        n => format!("{n} inputs"),
    };
    let from = report.inputs.iter().filter_map(|i| i.from).fold(f64::INFINITY, f64::min);
    let to = report.inputs.iter().filter_map(|i| i.to).fold(f64::NEG_INFINITY, f64::max);
    let frames: u64 = report.inputs.iter().map(|i| i.frames).sum();
    let odd: u64 = report.inputs.iter().map(Input::not_understood_total).sum();
    let what = first.record.word();
    let read = match odd {
        0 => number::count(frames, what),
        odd => format!("{} ({odd} not understood)", number::count(frames, what)),
    };
    let looked_at = narrowing::looked_at(&report.narrowed, &report.inputs);
    let read = looked_at.map_or_else(|| read.clone(), |looked_at| format!("{read}, {looked_at}"));
    let name = format!("{name}: {read}");
    let (from, to) = narrowing::within(&report.narrowed, (from, to));
    Some(if from <= to { format!("{name}, {}", time::range(from, to, report.clock)) } else { name })
}

/// The failing requests of a finding in a few words or a list: `unanswered`, `unanswered or refused`.
pub(crate) fn failed_words(finding: &Finding) -> String {
    failed_list(finding, |outcome| words::were(outcome).to_owned())
}

/// The same for a title, where an error answer has the name that its service gave it.
pub(crate) fn failed_in_title(finding: &Finding) -> String {
    if let Some(class) = &finding.class {
        return words::class(class);
    }
    let errors = errors(finding);
    failed_list(finding, |outcome| {
        let were = words::were(outcome);
        match outcome == Outcome::Error && !errors.is_empty() {
            true => format!("{were} ({})", errors.join(", ")),
            false => were.to_owned(),
        }
    })
}

fn failed_list(finding: &Finding, word: impl Fn(Outcome) -> String) -> String {
    let all: Vec<String> = finding.failed.iter().map(|outcome| word(*outcome)).collect();
    if all.is_empty() { "failed".to_owned() } else { words::listed(&all, "or") }
}

/// What the error answers among the failed requests say, each once.
pub(crate) fn errors(finding: &Finding) -> Vec<String> {
    let shown = finding.step.iter().flat_map(|step| &step.shown);
    let fates = shown
        .flat_map(|shown| std::iter::once(&shown.fate).chain(shown.elsewhere.iter().map(|(fate, _)| fate)));
    let mut all: Vec<String> = Vec::new();
    for fate in fates {
        if let Some(error) = error_of(fate).map(words::refusal).filter(|error| !all.contains(error)) {
            all.push(error);
        }
    }
    all
}

/// The error answer that a fate tells of.
fn error_of(fate: &Fate<String>) -> Option<Refusal> {
    let refusal = match fate {
        Fate::FailedInService(refusal) | Fate::RefusedByService(refusal) => Some(*refusal),
        Fate::Unacceptable(reason) => reason.refusal(),
        Fate::RequestLost(..)
        | Fate::Misdirected(_)
        | Fate::RefusedOnTheWay(_)
        | Fate::RefusedByHost(_)
        | Fate::Acknowledged(_)
        | Fate::Closed(_)
        | Fate::Crossed(_)
        | Fate::OldConnection(_)
        | Fate::ReplyLostBehind(_)
        | Fate::NoReply(..)
        | Fate::Slow(_)
        | Fate::CopyLost(..)
        | Fate::CopyIgnored(_)
        | Fate::ReplyCopyLost(..)
        | Fate::GivenUp(..)
        | Fate::WrongSource(_)
        | Fate::ReplyLost(..)
        | Fate::ReplyBounced(_)
        | Fate::NothingBeyond(_) => None,
    };
    refusal.filter(|refusal| refusal.kind().error)
}

/// What the finding is about, as the title of its section.
pub(crate) fn title(finding: &Finding, report: &Report<'_>) -> String {
    let clauses = finding.region().clauses;
    let requests = words::telltale(&clauses);
    let everything = clauses.is_empty();
    if let Some(at_work) = &finding.at_work {
        let whose = if everything { String::new() } else { format!(" ({requests})") };
        let label = match finding.kind {
            Kind::Overload => "Overload".to_owned(),
            Kind::Telltale | Kind::Outage | Kind::Degradation | Kind::Service | Kind::Sign => {
                capital(&failed_words(finding))
            }
        };
        return format!("{label}: {}{whose}", words::mechanism(&at_work.mechanism));
    }
    match finding.kind {
        Kind::Sign if finding.inside.failed == finding.inside.requests => {
            format!("{}: all {requests}", capital(&failed_in_title(finding)))
        }
        Kind::Sign => format!(
            "{}: {} of {} {requests}",
            capital(&failed_in_title(finding)),
            finding.inside.failed,
            finding.inside.requests
        ),
        Kind::Service => format!("{}: all {requests}", capital(&failed_in_title(finding))),
        Kind::Telltale => format!("{}: {requests}", capital(&failed_in_title(finding))),
        Kind::Outage => {
            let whom = if everything { String::new() } else { format!(" of {requests}") };
            format!("Outage{whom}, {}", when(finding, report))
        }
        Kind::Degradation => {
            let whom = if everything { String::new() } else { format!(" of {requests}") };
            format!("Loss{whom} rises {}", when(finding, report))
        }
        Kind::Overload if everything => "Overload: failures follow the load".to_owned(),
        Kind::Overload => format!("Overload: {requests}"),
    }
}

/// The failing rates on both sides, where the split is not clean and no bound can be drawn between them.
pub(crate) fn rates(finding: &Finding) -> Option<String> {
    let [inside, outside] = shares(finding)?;
    Some(format!("{inside} of these fail, {outside} of the others"))
}

/// The same as two shares.
pub(crate) fn shares(finding: &Finding) -> Option<[String; 2]> {
    let (inside, outside) = (&finding.inside, &finding.outside);
    let unclean = !finding.splits_cleanly() && outside.requests > 0 && finding.at_work.is_none();
    let of = |counts: &Counts| number::percent(counts.failed, counts.requests);
    unclean.then(|| [of(inside), of(outside)])
}

/// Requests and failures on both sides: `46 of 47 such requests refused, 0 of 243 others`; with their shares where the
/// split is not clean.
pub(crate) fn evidence(finding: &Finding) -> String {
    let Finding { inside, outside, .. } = finding;
    let [of_these, of_others] = match shares(finding) {
        Some(shares) => shares.map(|share| format!(" ({share})")),
        None => [String::new(), String::new()],
    };
    let others = match outside.requests {
        0 => String::new(),
        1 => format!(", {} of 1 other{of_others}", outside.failed),
        many => format!(", {} of {many} others{of_others}", outside.failed),
    };
    let requests = if inside.requests == 1 { "request" } else { "requests" };
    let failed = failed_words(finding);
    let before = finding.before.map_or_else(String::new, |before| match before.requests {
        0 => "; no such requests when all was well".to_owned(),
        all => {
            let share = number::percent(before.failed, all);
            format!("; {} of {all} ({share}) when all was well", before.failed)
        }
    });
    format!("{} of {} such {requests} {failed}{of_these}{others}{before}", inside.failed, inside.requests)
}

/// What requests were compared with, where a time when all was well was given.
pub(crate) fn baseline(report: &Report<'_>) -> Option<String> {
    let Baseline { requests, failed } = report.diagnosis.baseline?;
    let share = number::percent(failed, requests);
    Some(format!(
        "compared with {} of a time when all was well: {failed} failed ({share})",
        number::count(requests, "request")
    ))
}

/// How much of what failed the findings explain, where that is not plain to see.
pub(crate) fn explained(report: &Report<'_>) -> String {
    let d = report.diagnosis;
    let findings = number::count(d.findings.len() as u64, "finding");
    let verb = if d.findings.len() == 1 { "explains" } else { "explain" };
    let left = d.unexplained.failed.min(d.failed);
    match d.failed - left {
        all if all == d.failed => format!("{findings} {verb} all {all} failures"),
        some => format!("{findings} {verb} {some} of the {} failures", d.failed),
    }
}

/// `established` or `likely`.
pub(crate) fn standing(finding: &Finding) -> &'static str {
    match finding.standing {
        Standing::Established => "established",
        Standing::Likely => "likely",
        Standing::Seen => "seen",
    }
}

/// The first letter as a capital one.
pub(crate) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// When a finding in time holds.
pub(crate) fn when(finding: &Finding, report: &Report<'_>) -> String {
    let clock = report.clock;
    if let Some(period) = finding.period {
        return format!(
            "for {} in every {} (offset {})",
            time::length(period.length, clock),
            time::length(period.every, clock),
            time::length(period.offset, clock)
        );
    }
    match (finding.from, finding.to) {
        (Some(from), Some(to)) => {
            format!("from {} ({})", time::range(from, to, clock), time::length(to - from, clock))
        }
        (Some(from), None) => format!("since {}", time::full(from, clock)),
        (None, Some(to)) => format!("until {}", time::full(to, clock)),
        (None, None) => "with time".to_owned(),
    }
}
