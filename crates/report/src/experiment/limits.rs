//! What the outcomes cannot show, and what each method takes for granted: sentences without their full stop.

use super::units;
use super::{CameTo, Experiment};
use crate::number;
use unanswered_probe::{About, FailingSet, Limit, Limited};

/// What a method takes for granted, whatever comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assumption {
    /// Along the path, loss of a reply on its way back is not told from loss of the request.
    WayThereOnly,
    /// All members of a bundle carry equally many flows, and the living ones answer.
    EqualMembers,
    /// The token bucket was full at first, and nobody else took tokens.
    OwnFullBucket,
    /// Of what is open: requests that are dropped do not count against the limit. Where they do, the answer was wrong in each of 60
    /// simulated runs with a bucket that all pay into.
    DroppedOnesFree,
    /// A rule that is not among those tried shows as a fixed fate.
    ListedRules,
    /// A condition on a field that cannot be set holds.
    FixedConditionsHold,
    /// An explanation that is not among those given is not told from one that expects the same.
    ListedExplanations,
}

/// What this experiment takes for granted.
pub(super) fn assumptions(came_to: &CameTo) -> Vec<Assumption> {
    match came_to {
        CameTo::Where(_) => vec![Assumption::WayThereOnly],
        CameTo::Members(_) => vec![Assumption::EqualMembers],
        CameTo::Limits(came, about) => match came.verdict.found() {
            Some(Limited::NotUpTo { .. }) => Vec::new(),
            Some(Limited::Bucket { .. } | Limited::Open { .. }) | None => match about {
                About::Pace => vec![Assumption::OwnFullBucket],
                About::Open => vec![Assumption::OwnFullBucket, Assumption::DroppedOnesFree],
            },
        },
        CameTo::Sets(came, _) if came.verdict.found() == Some(&FailingSet::FixedFate) => {
            vec![Assumption::ListedRules]
        }
        CameTo::Rivals { .. } => vec![Assumption::FixedConditionsHold, Assumption::ListedExplanations],
        CameTo::Threshold(..) | CameTo::Comparison(..) | CameTo::Sets(..) | CameTo::Wait(..) => Vec::new(),
    }
}

/// Such an assumption in words.
#[must_use]
pub const fn assumption(assumption: Assumption) -> &'static str {
    match assumption {
        Assumption::WayThereOnly => {
            "a reply that is lost on its way back looks like a request that is lost in front of the target"
        }
        Assumption::EqualMembers => "ways that get unequal shares of the flows would be counted wrong",
        Assumption::OwnFullBucket => {
            "if others used up part of the limit meanwhile or just before, it is larger than it looks"
        }
        Assumption::DroppedOnesFree => {
            "that dropped requests do not count against the limit was not tested: if they do, what was found is wrong"
        }
        Assumption::ListedRules => {
            "a rule that was not tried, such as a product or a modulus above 16, looks the same"
        }
        Assumption::ListedExplanations => {
            "an explanation that is not listed and expects the same of these requests looks the same"
        }
        Assumption::FixedConditionsHold => {
            "conditions on what cannot be set were not tested: they are taken to hold, as when requests failed"
        }
    }
}

/// A limit in words.
#[must_use]
pub fn limit(limit: &Limit, of: &Experiment) -> String {
    let count = |n: u32, noun: &str| number::count(u64::from(n), noun);
    match limit {
        Limit::NoControl => {
            "no request that is known to work was sent between: an outage would look like failing".to_owned()
        }
        Limit::OutagesLeftOut { outages, requests: 0 } => {
            format!(
                "there {} {}; no request of the question fell into it",
                if *outages == 1 { "was" } else { "were" },
                count(*outages, "outage")
            )
        }
        Limit::OutagesLeftOut { outages, requests } => format!(
            "there {} {}; {} that fell into {} not counted",
            if *outages == 1 { "was" } else { "were" },
            count(*outages, "outage"),
            count(*requests, "request"),
            match (outages, requests) {
                (1, 1) => "it was",
                (1, _) => "it were",
                (_, 1) => "them was",
                (_, _) => "them were",
            }
        ),
        Limit::LateReplies(1) => "1 reply came after the time-out; it counts as an answer".to_owned(),
        Limit::LateReplies(many) => {
            format!("{many} replies came after the time-out; they count as answers")
        }
        Limit::Untested { from, to } => untested(*from, *to, of),
        Limit::FailsPartly(share) => {
            format!("what fails does not always fail: {} of such requests do (95 %)", number::shares(*share))
        }
        Limit::LossBeside(share) => {
            format!("{} of the requests that should work are lost (95 %)", number::shares(*share))
        }
        Limit::SharesBelow(share) => {
            format!(
                "failing values may have been missed if they are less than {} of all (95 %)",
                number::share(*share)
            )
        }
        Limit::OnlyUpTo(most) => format!("nothing larger than {most} was tried"),
        Limit::MoreNeeded(more) => {
            format!("about {} may be needed at the present rates", count(*more, "more request"))
        }
    }
}

fn untested(from: u64, to: u64, of: &Experiment) -> String {
    let (what, from, to) = match of.came_to.field() {
        Some(field) => {
            let name = units::named(&of.fields, field);
            (name.words, units::value(name, from), units::value(name, to))
        }
        None => ("value", from.to_string(), to.to_string()),
    };
    format!("no {what} between {from} and {to} was tried: what happens there is taken from both sides")
}
