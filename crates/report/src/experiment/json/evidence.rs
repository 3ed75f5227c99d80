//! What an answer rests on, as JSON: one form for each question.

use super::answer::ends;
use super::settings;
use crate::experiment::{CameTo, Experiment};
use serde_json::{Value, json};
use unanswered_probe::{
    ComparisonEvidence, Hop, LimitsEvidence, MembersEvidence, SetsEvidence, ThresholdEvidence, Tried,
    WaitEvidence, WhereEvidence,
};

pub(super) fn view(of: &Experiment) -> Value {
    match &of.came_to {
        CameTo::Threshold(came, _) => threshold(&came.evidence, of),
        CameTo::Comparison(came, _) => comparison(&came.evidence, of),
        CameTo::Sets(came, _) => sets(&came.evidence, of),
        CameTo::Limits(came, _) => bursts(&came.evidence),
        CameTo::Wait(came, _) => wait(&came.evidence),
        CameTo::Where(came) => along(&came.evidence),
        CameTo::Members(came) => members(&came.evidence),
        CameTo::Rivals { conclusion, .. } => json!({ "tried": tried(&conclusion.evidence.tried, of) }),
    }
}

fn tried(list: &[Tried], of: &Experiment) -> Value {
    let one = |tried: &Tried| {
        json!({
            "with": settings(&of.fields, &tried.settings),
            "asked": tried.asked,
            "failed": tried.failed,
        })
    };
    list.iter().map(one).collect()
}

fn threshold(evidence: &ThresholdEvidence, of: &Experiment) -> Value {
    json!({
        "tried": tried(&evidence.tried, of),
        "drop": ends(evidence.drop),
        "background": ends(evidence.background),
        "requests": evidence.requests,
        "at_least": evidence.at_least,
    })
}

fn comparison(evidence: &ComparisonEvidence, of: &Experiment) -> Value {
    json!({
        "tried": tried(&evidence.tried, of),
        "rates": evidence.rates.iter().map(|rate| ends(*rate)).collect::<Value>(),
        "differences": evidence.differences.iter().map(|by| json!([by.low, by.high])).collect::<Value>(),
        "blocks": evidence.blocks,
    })
}

fn sets(evidence: &SetsEvidence, of: &Experiment) -> Value {
    json!({
        "tried": tried(&evidence.tried, of),
        "share": ends(evidence.share),
        "one_of": evidence.one_of,
        "rate": ends(evidence.rate),
        "repeated": evidence.repeated,
        "same_each_time": evidence.same_each_time,
        "failing": evidence.failing,
    })
}

fn bursts(evidence: &LimitsEvidence) -> Value {
    let one = |burst: &unanswered_probe::Burst| json!({ "after_s": burst.after, "sent": burst.sent, "answered": burst.answered });
    json!({ "bursts": evidence.bursts.iter().map(one).collect::<Value>() })
}

fn wait(evidence: &WaitEvidence) -> Value {
    let one = |tried: &unanswered_probe::PauseTried| json!({ "pause_s": tried.pause.seconds(), "asked": tried.asked, "failed": tried.failed });
    json!({
        "pauses": evidence.tried.iter().map(one).collect::<Value>(),
        "drop": ends(evidence.drop),
        "not_opened": evidence.not_opened,
    })
}

fn along(evidence: &WhereEvidence) -> Value {
    json!({
        "hops": evidence.hops.iter().map(hop).collect::<Value>(),
        "target": hop(&evidence.target),
        "reached_with": evidence.reached_with,
        "last_answering": evidence.last_answering,
        "silent_but_passing": evidence.silent_but_passing,
    })
}

fn hop(hop: &Hop) -> Value {
    json!({
        "asked": hop.asked,
        "replies": hop.replies,
        "routers": counted(&hop.routers),
        "others": counted(&hop.others),
    })
}

fn counted(by: &std::collections::BTreeMap<std::net::IpAddr, u32>) -> Value {
    by.iter().map(|(address, count)| json!({ "address": address.to_string(), "count": count })).collect()
}

fn members(evidence: &MembersEvidence) -> Value {
    json!({
        "living": counted(&evidence.living),
        "dead_flows": evidence.dead_flows,
        "dead_share": ends(evidence.dead_share),
        "repeats": evidence.repeats,
    })
}
