//! Why the verdict is what it is, how far to trust a finding, and what to do next.

use super::{several, value};
use crate::{Clock, number, text, time};
use unanswered_explain::{
    Advice, Clause, HopLoss, Refutation, Remark, Repeats, Significance, Tries, VerdictReason,
};
use unanswered_table::Unit;

/// Why the verdict is what it is.
#[must_use]
pub fn verdict_reason(reason: &VerdictReason, clock: Clock) -> String {
    match reason {
        VerdictReason::NothingToJudge => "there is no request whose outcome can be judged".to_owned(),
        VerdictReason::AllAnswered { judged } => {
            format!("all {judged} requests that could be judged were answered")
        }
        VerdictReason::AllFailed { judged } => {
            format!("all {judged} requests failed: there is no answered one to compare with")
        }
        VerdictReason::FewFailures { failed, judged } => {
            format!("{failed} of {judged} requests failed: not enough to tell from chance")
        }
        VerdictReason::CauseOrChance { failed, judged } => {
            format!("{failed} of {judged} requests failed: too few to tell a cause from chance")
        }
        VerdictReason::NoFeatureTells { failed, judged } => {
            let share = 100.0 * *failed as f64 / *judged as f64;
            format!("{share:.1} % of the requests failed, and no feature tells them apart")
        }
        VerdictReason::InBursts { counting_as_one } => format!(
            "failures come in bursts (each counts as about one of {counting_as_one:.1}): short outages of everything \
             fit as well"
        ),
        VerdictReason::Independent => "failures are independent of each other in time".to_owned(),
        VerdictReason::LossByHop { hops, others, repeats } => lost_on(hops, *others, *repeats),
        VerdictReason::RepeatsFailAgain { repeats } => fail_again(repeats),
        VerdictReason::RepeatsFareAlike { repeats } => format!(
            "a repeat fares like a first attempt ({} of {} repeats in the same flow failed, {} of {} first attempts): \
             each packet is lost for itself",
            repeats.same_flow.failed,
            repeats.same_flow.requests,
            repeats.first.failed,
            repeats.first.requests
        ),
        VerdictReason::InCommon { clauses, failed, requests, from, to } => {
            in_common(clauses, (*failed, *requests), from.zip(*to), clock)
        }
    }
}

/// What few failures share, which proves nothing.
fn in_common(
    clauses: &[Clause],
    (failed, requests): (u64, u64),
    within: Option<(f64, f64)>,
    clock: Clock,
) -> String {
    let chance = "not enough to tell from chance";
    let within = within.filter(|_| failed > 1);
    let within = within.map(|(from, to)| format!("within {}", time::length(to - from, clock)));
    let all = match failed {
        1 => "it is one".to_owned(),
        2 => "both are".to_owned(),
        many => format!("all {many} are"),
    };
    let such = |clauses| match failed {
        1 => format!("{all} of {requests} {}", super::telltale(clauses)),
        _ => format!("{all} among {requests} {}", super::telltale(clauses)),
    };
    match (clauses, within) {
        ([], None) => format!("{chance}: nothing known of it is special"),
        ([], Some(within)) => format!("{chance}: all they have in common is their time, {within}"),
        (some, None) => format!("{chance}: {}", such(some)),
        (some, Some(within)) => format!("{chance}: {}, {within}", such(some)),
    }
}

/// `requests from a to b: 119 of 947 lost (12.6 %, 10.6 to 14.8 %); between all other places 2 of 5421`.
fn lost_on(hops: &[HopLoss], others: Tries, repeats: u64) -> String {
    let one = |hop: &HopLoss| {
        let (low, high) = hop.interval();
        format!(
            "{} from {} to {}: {} of {} lost ({:.1} %, {:.1} to {:.1} %)",
            if hop.replies { "replies" } else { "requests" },
            text::safe(&hop.from),
            text::safe(&hop.to),
            hop.packets.failed,
            hop.packets.requests,
            100.0 * hop.packets.failed as f64 / hop.packets.requests.max(1) as f64,
            100.0 * low,
            100.0 * high
        )
    };
    let mut said: Vec<String> = hops.iter().map(one).collect();
    if others.requests > 0 {
        said.push(format!("between all other places {} of {}", others.failed, others.requests));
    }
    if repeats > 0 {
        // The share of packets is higher: what was lost is what was lost each time.
        said.push(format!("a request counts once, however often it was sent ({repeats} repeats)"));
    }
    said.join("; ")
}

/// `a repeat in the same flow fails again: 430 of 435; one in another flow works: 160 of 215`.
fn fail_again(repeats: &Repeats) -> String {
    let (same, other) = (repeats.same_flow, repeats.compared_with());
    let elsewhere =
        if other == repeats.other_flow { "the next one in another flow" } else { "a first attempt" };
    format!(
        "a repeat in the same flow fails again: {} of {}; {elsewhere} works: {} of {}. This is no chance: what decides \
         stays the same for a flow or for what it asks, as a hash over addresses and ports does that chooses one of several \
         paths or servers",
        same.failed,
        same.requests,
        other.requests - other.failed,
        other.requests
    )
}

/// What would be enough, or what to capture next.
#[must_use]
pub fn advice(advice: &Advice) -> String {
    match advice {
        Advice::CaptureBothDirections => {
            "capture at a place that sees both directions, for longer than the client waits".to_owned()
        }
        Advice::AddAnswered => {
            "add a capture with answered requests: another client, server or time".to_owned()
        }
        Advice::CaptureMore { requests } => {
            format!("capture about {requests} requests, so that some 20 failures are among them")
        }
        Advice::WeakHint { subjects } => {
            let names: Vec<_> = subjects.iter().map(|s| text::safe(s.reported_name())).collect();
            format!(
                "a weak hint that did not pass: {}; more requests would show whether it holds",
                names.join(", ")
            )
        }
    }
}

/// Why a finding stands as it does, and what else a reader must know of it.
#[must_use]
pub fn remark(remark: &Remark) -> String {
    match remark {
        Remark::BeyondChance { permuted, permutations } => format!(
            "shuffling the outcomes among the {} {permutations} times came nowhere close",
            several(permuted)
        ),
        Remark::OneUnit { unit } => format!(
            "one {} is behind all these failures: one unit of evidence, so rivals remain",
            text::safe(unit.word())
        ),
        Remark::FewUnits { failed, unit } => {
            format!("{failed} {} are behind these failures: too few to prove it", several(unit))
        }
        Remark::KnownMechanism { others, id, title } => format!(
            "{others} other telltales select the same requests; this one is put first because the catalogue knows {} ({})",
            text::safe(title),
            text::safe(id)
        ),
        Remark::SaysTooOften { refusal } => {
            format!("the server itself says that it gets too many requests ({})", refusal.words)
        }
        Remark::OthersInBursts => "other failures come in bursts; the score allows for that".to_owned(),
        Remark::MayBeStanding => {
            "such requests may fail more often at all times: `--baseline` compares with a time \
             when all was well"
                .to_owned()
        }
        Remark::AsBefore => "nothing new: such requests failed as often when all was well".to_owned(),
        Remark::FailedUntil { after } => {
            format!(
                "the last such failure came {after:.0} s after the first request; later ones were answered"
            )
        }
        Remark::FailedSince { after } => format!(
            "the first such failure came {after:.0} s after the first request; earlier ones were answered"
        ),
        Remark::NothingToCompare => {
            "all of them failed: there is nothing among them to compare with".to_owned()
        }
        Remark::SeenAtWork { episodes } => {
            format!("seen at work {episodes} times, and what it lets through and what it stops fits")
        }
        Remark::NothingTells => "the packets say it; nothing tells these requests from the others".to_owned(),
        Remark::FailedAtTimes => "such requests failed only at some times".to_owned(),
        Remark::RateRises { from, to } => {
            format!("the failing rate rises from {:.1} % to {:.1} % at the end", 100.0 * from, 100.0 * to)
        }
    }
}

/// The evidence that refutes a simpler telltale: `207 of 263 such requests were answered`.
#[must_use]
pub fn answered(refutation: &Refutation) -> String {
    let with = refutation.answered_with.as_ref().map_or_else(String::new, |with| {
        let values: Vec<String> = with.values.iter().map(value).collect();
        let more = if with.more > 0 { format!(" and {} more", with.more) } else { String::new() };
        format!(" ({} {}{more})", text::safe(with.subject.words()), values.join(", "))
    });
    format!("{} of {} such requests were answered{with}", refutation.answered, refutation.requests)
}

/// What was permuted: `NAT mappings`, or that nothing was.
#[must_use]
pub fn permuted(unit: Option<&Unit>) -> String {
    unit.map_or_else(|| "nothing: from the score's description length".to_owned(), several)
}

/// A significance with its basis: `p = 0.0001 (24 permutations of flows)`.
pub(crate) fn significance(s: &Significance) -> String {
    let what = permuted(s.permuted.as_ref());
    format!("p = {} ({} permutations of {what})", number::short(s.p_value), s.permutations)
}
