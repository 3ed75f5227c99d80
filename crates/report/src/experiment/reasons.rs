//! Why it cannot be told, and what to do then.

use super::units;
use super::{CameTo, Experiment};
use crate::number;
use unanswered_probe::{About, Again, Because, FailingSet, Verdict};

/// What was asked, in words that fit "cannot tell ...".
pub(super) fn question(of: &Experiment) -> String {
    let name = |field| units::named(&of.fields, field).words;
    match &of.came_to {
        CameTo::Threshold(_, field) => format!("from which {} on requests fail", name(*field)),
        CameTo::Comparison(..) => "whether these requests fail differently often".to_owned(),
        CameTo::Sets(_, field) => format!("which values of the {} fail", name(*field)),
        CameTo::Limits(_, About::Pace) => "how many requests a second pass".to_owned(),
        CameTo::Limits(_, About::Open) => "how many requests can be open at once".to_owned(),
        CameTo::Wait(_, Again::NextRequest) => {
            "after which pause the next request of a flow fails".to_owned()
        }
        CameTo::Wait(_, Again::ReplyHeldBack) => {
            "after which pause a reply no longer comes through".to_owned()
        }
        CameTo::Wait(_, Again::Reused) => {
            "after which pause a port or identifier can be used again".to_owned()
        }
        CameTo::Where(_) => "where on the path requests are lost".to_owned(),
        CameTo::Members(_) => "how many ways lie behind the hop and how many of them are dead".to_owned(),
        CameTo::Rivals { .. } => "which of the explanations is true".to_owned(),
    }
}

/// Why it cannot be told, in words that fit "cannot tell ..., because ...".
#[must_use]
pub fn because(because: Because, of: &Experiment) -> String {
    let budget = number::count(u64::from(of.manners.budget), "request");
    match because {
        Because::NotYet => "what came back so far does not decide it".to_owned(),
        Because::SilentFromTheStart if of.tally.controls > 0 => {
            "not one request was answered, not even those that are known to work".to_owned()
        }
        Because::SilentFromTheStart => "not one request was answered".to_owned(),
        Because::Outage => {
            "the request that is known to work was no longer answered, and stayed so".to_owned()
        }
        Because::BudgetSpent if of.tally.sent >= of.manners.budget => {
            format!("all of the {budget} that may be sent were sent")
        }
        Because::BudgetSpent => {
            format!(
                "the next step takes more requests than are left of the {} that may be sent",
                of.manners.budget
            )
        }
        Because::TurnedAway => "the other side keeps saying that it does not want to be asked".to_owned(),
        Because::NotSeparable => {
            "all answers that are left expect the same of every request that can be sent".to_owned()
        }
        Because::KnownFailingAnswered => "a value that was said to fail is answered".to_owned(),
        Because::KnownWorkingFails => "a value that was said to work is not answered".to_owned(),
        Because::NothingFits => "what came back fits none of the answers".to_owned(),
        Because::DroppedRequestsPay => {
            "requests that are dropped count against the limit as well, so that asking keeps it shut"
                .to_owned()
        }
        Because::NoSetup => no_setup(&of.came_to).to_owned(),
    }
}

const fn no_setup(came_to: &CameTo) -> &'static str {
    match came_to {
        CameTo::Wait(..) => "the first request before each pause was not answered",
        CameTo::Where(_) => "nobody on the path answers, and neither does the target",
        CameTo::Members(_) => "the hop does not answer, but requests get past it",
        CameTo::Threshold(..)
        | CameTo::Comparison(..)
        | CameTo::Sets(..)
        | CameTo::Limits(..)
        | CameTo::Rivals { .. } => "what had to be prepared first never came about",
    }
}

/// What to do next, where something is left to be done: a sentence without its full stop.
#[must_use]
pub fn next(of: &Experiment) -> Option<String> {
    match of.came_to.verdict() {
        Verdict::CannotTell(because) => Some(instead(because, of).to_owned()),
        Verdict::Found(_) => match &of.came_to {
            CameTo::Sets(came, field) => came.verdict.found().and_then(|set| then(*set, of, *field)),
            CameTo::Threshold(..)
            | CameTo::Comparison(..)
            | CameTo::Limits(..)
            | CameTo::Wait(..)
            | CameTo::Where(_)
            | CameTo::Members(_)
            | CameTo::Rivals { .. } => None,
        },
    }
}

/// What is left to ask once it is known what the failing values have in common.
fn then(set: FailingSet, of: &Experiment, field: unanswered_probe::Field) -> Option<String> {
    match set {
        FailingSet::Ordered => {
            Some(format!("search for the boundary along the {}", units::named(&of.fields, field).words))
        }
        FailingSet::FixedFate => {
            Some("look for a device on the path that spreads flows by a hash, and count its ways".to_owned())
        }
        FailingSet::RandomPerRequest => Some("look along the path for where requests are lost".to_owned()),
        FailingSet::Nothing
        | FailingSet::All
        | FailingSet::Remainder { .. }
        | FailingSet::AllButRemainder { .. }
        | FailingSet::Bit { .. } => None,
    }
}

fn instead(because: Because, of: &Experiment) -> &'static str {
    match because {
        Because::NotYet => "go on: send more requests",
        Because::SilentFromTheStart if of.tally.controls > 0 => {
            "look whether the server runs and whether requests reach it, or name a request that is answered now"
        }
        Because::SilentFromTheStart => {
            "name a request that is answered now: without one, a server that is down looks the same"
        }
        Because::Outage => "ask again once the server answers as usual",
        Because::BudgetSpent => "allow more requests, or ask for less: a smaller range, fewer values",
        Because::TurnedAway => "ask the operator, or ask later and more slowly",
        Because::NotSeparable => match of.came_to {
            CameTo::Rivals { .. } => {
                "vary a field in which the explanations differ, or capture on the server"
            }
            CameTo::Where(_) => "capture on both sides of the places that are left",
            CameTo::Threshold(..)
            | CameTo::Comparison(..)
            | CameTo::Sets(..)
            | CameTo::Limits(..)
            | CameTo::Wait(..)
            | CameTo::Members(_) => "allow other values to be sent",
        },
        Because::KnownFailingAnswered => {
            "ask again without saying which value fails: the fault may be gone, or depend on something else"
        }
        Because::KnownWorkingFails => {
            "ask again without saying which value works, or with another request as the one that works"
        }
        Because::NothingFits => match of.came_to {
            CameTo::Rivals { .. } => "capture again and look for other explanations",
            CameTo::Threshold(..)
            | CameTo::Comparison(..)
            | CameTo::Sets(..)
            | CameTo::Limits(..)
            | CameTo::Wait(..)
            | CameTo::Where(_)
            | CameTo::Members(_) => "ask what the failing values have in common, or vary another field",
        },
        Because::DroppedRequestsPay => "read the limit from the configuration of the server or firewall",
        Because::NoSetup => match of.came_to {
            CameTo::Wait(..) => "find a request that is answered, then ask again",
            CameTo::Where(_) => "capture at places on the path: routers that stay silent cannot be asked",
            CameTo::Members(_) => "ask about another hop, one that answers when the TTL is used up",
            CameTo::Threshold(..)
            | CameTo::Comparison(..)
            | CameTo::Sets(..)
            | CameTo::Limits(..)
            | CameTo::Rivals { .. } => "find a request that is answered, then ask again",
        },
    }
}
