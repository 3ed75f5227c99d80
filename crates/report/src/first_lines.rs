//! The three sentences that come first: whom it strikes, what it is and where, and what to do next.

use crate::gist::{Gist, NextStep, Place};
use crate::words::{self, Others, each, listed, mechanism, requests_with, value, verdict_reason};
use crate::{Report, headline, number, text, time};
use unanswered_explain::mechanism::{Begun, Mechanism, Until};
use unanswered_explain::{Affected, Course, Finding, Kind, Named, Remark, Verdict, VerdictReason};
use unanswered_wire::ProtocolId;

/// Names that a sentence lists; more are counted.
const LISTED_MAX: usize = 2;
/// Fewer failures have a first and a last, and no course in time (judgement).
const COURSE_MIN: u64 = 5;

/// The first three lines of a report. What a line has nothing to say of is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lines {
    /// How much failed, whom it strikes and when; begins with a small letter, as a label precedes it.
    pub who: String,
    /// What it is, and where.
    pub what: Option<String>,
    /// What to do next.
    pub next: Option<String>,
}

/// The three lines, each a sentence with its full stop.
#[must_use]
pub fn first_lines(report: &Report<'_>) -> Lines {
    let gist = Gist::of(report);
    let stop = |line: String| if line.ends_with(['.', '!', '?']) { line } else { format!("{line}.") };
    Lines {
        who: stop(who(&gist, report)),
        what: what(&gist, report).map(stop),
        next: gist.next.as_ref().map(|next| stop(next_step(next, &gist, report))),
    }
}

fn who(gist: &Gist<'_>, report: &Report<'_>) -> String {
    let d = report.diagnosis;
    if d.failed == 0 {
        return headline::nothing_failed(report);
    }
    let failed = format!(
        "{} of {} {} ({})",
        d.failed,
        number::count(d.judged, "request"),
        if report.only_slow() { "were answered too late for an impatient client" } else { "failed" },
        number::percent(d.failed, d.judged)
    );
    let ends = ends(gist.affected, report);
    let when = gist.finding.and_then(|finding| window(finding, report));
    let when = when.or_else(|| during(gist.affected, gist.failed, report));
    let whom: Vec<String> = ends.into_iter().chain(when).collect();
    let whom = whom.join(", ");
    match (gist.failed == d.failed, whom.is_empty()) {
        (true, true) => failed,
        (true, false) => format!("{failed}: {whom}"),
        (false, true) => format!("{failed}, {} of them for one cause", gist.failed),
        (false, false) => format!("{failed}, {} of them {whom}", gist.failed),
    }
}

/// `NTP requests from 3 clients to 10.0.0.5`; `None` where nothing is known of them.
fn ends(affected: &Affected, report: &Report<'_>) -> Option<String> {
    let protocols: Vec<String> = affected.protocols.values.iter().map(protocol).collect();
    let requests = match protocols.as_slice() {
        [] => report.protocol.map_or("requests", |protocol| protocol.declaration().requests).to_owned(),
        some if affected.protocols.all <= LISTED_MAX + 1 => listed(some, "and"),
        _ => format!("requests of {} protocols", affected.protocols.all),
    };
    let from = end(&affected.clients, "from", "client");
    let to = end(&affected.servers, "to", "server");
    let known = report.protocol.is_some() || affected.protocols.all > 0 || !from.is_empty() || !to.is_empty();
    known.then(|| format!("{requests}{from}{to}"))
}

fn protocol(name: &unanswered_explain::Value) -> String {
    let name = value(name);
    ProtocolId::by_name(&name).map_or(name, |protocol| protocol.declaration().requests.to_owned())
}

/// ` from 10.0.0.3 and 10.0.0.4`, ` from 14 clients`; empty where nothing is known.
fn end(named: &Named, direction: &str, noun: &str) -> String {
    match named.all {
        0 => String::new(),
        few if few <= LISTED_MAX => {
            let names: Vec<String> = named.values.iter().map(value).collect();
            format!(" {direction} {}", listed(&names, "and"))
        }
        many => format!(" {direction} {}", number::count(many as u64, noun)),
    }
}

/// The window of a finding in time.
fn window(finding: &Finding, report: &Report<'_>) -> Option<String> {
    let in_time = finding.from.is_some() || finding.to.is_some() || finding.period.is_some();
    in_time.then(|| headline::when(finding, report))
}

/// When requests failed: `all the time, from ... to ...`, `since ...`.
fn during(affected: &Affected, failed: u64, report: &Report<'_>) -> Option<String> {
    let (from, to, clock) = (affected.from?, affected.to?, report.clock);
    let both = time::range(from, to, clock);
    if failed == 1 {
        return Some(format!("at {}", time::full(from, clock)));
    }
    Some(match affected.course {
        Course::Throughout if failed < COURSE_MIN => format!("between {}", both.replacen(" to ", " and ", 1)),
        Course::Throughout => format!("all the time, from {both}"),
        Course::Since => format!("since {} (none before)", time::full(from, clock)),
        Course::Until => format!("from {both} (none after)"),
        Course::Between => format!("from {both} (none before and after)"),
    })
}

fn what(gist: &Gist<'_>, report: &Report<'_>) -> Option<String> {
    let Some(finding) = gist.finding else { return without_finding(gist, report) };
    let as_before = finding.remarks.contains(&Remark::AsBefore);
    let cause = match (cause(finding, report), as_before) {
        (cause, true) => format!("as often when all was well: {cause}"),
        (cause, false) => cause,
    };
    // What the packets say themselves is in the cause already; places are not.
    let said = finding.class.is_some() || !headline::errors(finding).is_empty();
    let place = gist.place.filter(|_| !others(gist).neighbours);
    let place = place.filter(|at| !said || words::names_a_place(at.shown)).map(happened);
    let place = place.map_or_else(String::new, |place| format!("; {place}"));
    let more = match gist.more {
        0 => String::new(),
        1 => " (and 1 more finding below)".to_owned(),
        more => format!(" (and {more} more findings below)"),
    };
    Some(format!("{cause}{place}{more}"))
}

fn happened(place: Place<'_>) -> String {
    words::happened(place.shown, place.followed)
}

/// The cause in words: `all 121 NTP requests to 10.0.0.5 were answered with an error`.
fn cause(finding: &Finding, report: &Report<'_>) -> String {
    let clauses = finding.region().clauses;
    let requests = requests_with(&clauses, report.protocol);
    let (failed, all) = (finding.inside.failed, finding.inside.requests);
    let share = match (failed, all) {
        (1, 1) => "the only one of the".to_owned(),
        (failed, all) if failed == all => format!("all {all}"),
        (failed, all) => format!("{failed} of {all}"),
    };
    let were = if failed == 1 { "was" } else { "were" };
    let failed = headline::failed_in_title(finding);
    if let Some(at_work) = &finding.at_work {
        let whose = if clauses.is_empty() { String::new() } else { format!(" ({requests})") };
        let mechanism = mechanism(&at_work.mechanism);
        return format!("{mechanism}{whose}; {share} requests that it should stop {were} {failed}");
    }
    let plain = format!("{share} {requests} {were} {failed}{}", outside(finding));
    match finding.kind {
        Kind::Telltale | Kind::Service | Kind::Sign => plain,
        Kind::Outage => format!("an outage: in that time, {plain}"),
        Kind::Degradation => rising(finding).unwrap_or_else(|| format!("more and more loss: {plain}")),
        Kind::Overload => {
            let said = finding.remarks.iter().any(|remark| matches!(remark, Remark::SaysTooOften { .. }));
            let who = if said {
                "the server says that it gets too many requests"
            } else {
                "failures follow the load"
            };
            format!("{who}: {plain}")
        }
    }
}

/// The failing rate of the other side, where the split is not clean.
fn outside(finding: &Finding) -> String {
    let (failed, all) = (finding.outside.failed, finding.outside.requests);
    if finding.splits_cleanly() || all == 0 {
        return String::new();
    }
    let share = number::percent(failed, all);
    format!(
        " ({}), and {share} of the others",
        number::percent(finding.inside.failed, finding.inside.requests)
    )
}

fn rising(finding: &Finding) -> Option<String> {
    finding.remarks.iter().find_map(|remark| match remark {
        Remark::RateRises { from, to } => {
            Some(format!("the share of failures rose from {:.1} % to {:.1} %", 100.0 * from, 100.0 * to))
        }
        Remark::BeyondChance { .. }
        | Remark::OneUnit { .. }
        | Remark::FewUnits { .. }
        | Remark::KnownMechanism { .. }
        | Remark::SaysTooOften { .. }
        | Remark::OthersInBursts
        | Remark::MayBeStanding
        | Remark::AsBefore
        | Remark::FailedUntil { .. }
        | Remark::FailedSince { .. }
        | Remark::FailedAtTimes
        | Remark::NothingToCompare
        | Remark::NothingTells
        | Remark::SeenAtWork { .. } => None,
    })
}

fn without_finding(gist: &Gist<'_>, report: &Report<'_>) -> Option<String> {
    let d = report.diagnosis;
    if d.failed == 0 {
        return None;
    }
    let place = gist.place.map(happened);
    let begin = match d.verdict {
        Verdict::RandomLoss => Some("nothing known of the requests tells which of them fail".to_owned()),
        Verdict::NothingWrong
        | Verdict::NotEnoughData
        | Verdict::Findings
        | Verdict::Outage
        | Verdict::Degradation
        | Verdict::Overload => None,
    };
    let common = d.because.iter().any(|reason| matches!(reason, VerdictReason::InCommon { .. }));
    let few = |reason: &VerdictReason| {
        matches!(reason, VerdictReason::FewFailures { .. } | VerdictReason::CauseOrChance { .. })
    };
    let reasons =
        d.because.iter().filter(|reason| in_the_gist(reason, d.verdict) && !(common && few(reason)));
    let reasons = reasons.map(|reason| verdict_reason(reason, report.clock));
    let parts: Vec<String> = begin.into_iter().chain(reasons).chain(place).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// What a headline has said already, or the numbers of it, is not said again.
pub(crate) fn in_the_gist(reason: &VerdictReason, verdict: Verdict) -> bool {
    match reason {
        VerdictReason::AllFailed { .. }
        | VerdictReason::CauseOrChance { .. }
        | VerdictReason::FewFailures { .. }
        | VerdictReason::InCommon { .. }
        | VerdictReason::RepeatsFailAgain { .. }
        | VerdictReason::InBursts { .. } => true,
        VerdictReason::Independent => verdict == Verdict::RandomLoss,
        VerdictReason::NothingToJudge
        | VerdictReason::LossByHop { .. }
        | VerdictReason::RepeatsFareAlike { .. }
        | VerdictReason::AllAnswered { .. }
        | VerdictReason::NoFeatureTells { .. } => false,
    }
}

fn next_step(next: &NextStep<'_>, gist: &Gist<'_>, report: &Report<'_>) -> String {
    match next {
        NextStep::Decide(finding, experiment) => {
            words::deciding(finding, experiment, report.protocol).unwrap_or_default()
        }
        NextStep::Remedy(known) => {
            // A remedy may have several sentences; all of them stand with the finding.
            let first = known.remedy.split_once(". ").map_or(known.remedy.as_str(), |(first, _)| first);
            let remedy = text::safe(first.trim_end_matches('.'));
            format!("{} (a known fault: {})", lower(&remedy), lower(&text::safe(&known.title)))
        }
        NextStep::Behind(behind) => words::look_behind(behind),
        NextStep::LookFor(mechanism, place) => look_for(mechanism, place.as_ref()),
        NextStep::LookAt(place) => words::look_at(place.shown, &others(gist)),
        NextStep::Capture(advice) => words::advice(advice),
    }
}

/// Who else is there, where it is one.
fn others(gist: &Gist<'_>) -> Others {
    let Affected { servers, protocols, .. } = gist.affected;
    let of_link =
        |name| ProtocolId::by_name(&value(name)).is_some_and(|id| id.declaration().carrier.is_of_link());
    Others {
        server: servers.values.first().filter(|_| servers.all == 1).map(value),
        by: gist
            .finding
            .and_then(|finding| finding.class.as_ref()?.by.as_deref().map(text::safe))
            .map(Into::into),
        neighbours: !protocols.values.is_empty() && protocols.values.iter().all(of_link),
    }
}

/// What device or setting does such a thing.
fn look_for(mechanism: &Mechanism, at: Option<&Place<'_>>) -> String {
    let site = at.map_or_else(String::new, |place| words::site(place.shown));
    let about = |value: f64| number::rough(value);
    match mechanism {
        Mechanism::Bucket(bucket) => format!(
            "look for a rate limit of {} requests a second with a burst of {}, {}{site}",
            about(bucket.rate.value),
            about(bucket.depth.value),
            each(bucket.key)
        ),
        Mechanism::ByteBucket(bucket) => format!(
            "look for a rate limit of {} bytes a second with a burst of {} bytes (a policer, a shaper), {}{site}",
            about(bucket.rate.value),
            about(bucket.depth.value),
            each(bucket.key)
        ),
        Mechanism::OpenLimit(limit) => format!(
            "look for a limit of {} at the same time (connections, or requests without an answer yet), {}{site}",
            about(limit.limit.value),
            each(limit.key)
        ),
        Mechanism::FullTable(table) => format!(
            "look for a table of about {} flows that forgets them after {} s (connection tracking, translation){site}",
            about(table.places.value),
            about(table.timeout.value)
        ),
        Mechanism::IdleTimeout(idle) => {
            let fails = match idle.until {
                Until::NextRequest => "then drops the next request",
                Until::NewFlow => "then drops the rest of it",
            };
            format!(
                "look for a firewall, a translation or a balancer that forgets a flow after about {} s without a packet \
                 and {fails}{site}",
                about(idle.timeout.value)
            )
        }
        Mechanism::Queue(_) => {
            "look for what makes the server slow at single requests: it answers one after the other"
                .to_owned()
        }
        Mechanism::RoundRobin(turns) => format!(
            "look for {} servers or paths that get requests in turn, one of which fails{site}",
            turns.members
        ),
        Mechanism::Reuse(reuse) => format!(
            "look for what does not take the same source port again within {} s (TIME_WAIT, a translation){site}",
            about(reuse.rest.value)
        ),
        Mechanism::KeepAliveRace(race) => format!(
            "compare the idle time-outs of both ends: the other end closes after {} to {} s",
            about(race.from.value),
            about(race.to.value)
        ),
        Mechanism::Remembered(event) => {
            let after = about(event.after.value);
            match event.fails {
                Begun::Before => format!(
                    "look for what changed {after} s after the first request (a route, a translation, a fail-over), and remove \
                     what connection tracking remembers from before (conntrack -D){site}"
                ),
                Begun::After => format!(
                    "look for what changed {after} s after the first request (a rule, a route, a fail-over): connection \
                     tracking lets through what began before{site}"
                ),
            }
        }
    }
}

/// The first letter as a small one, unless the word is a name or an abbreviation.
fn lower(sentence: &str) -> String {
    let mut chars = sentence.chars();
    let Some(first) = chars.next() else { return String::new() };
    let second = chars.clone().next();
    if second.is_some_and(char::is_lowercase) || (first, second) == ('A', Some(' ')) {
        first.to_lowercase().chain(chars).collect()
    } else {
        sentence.to_owned()
    }
}
