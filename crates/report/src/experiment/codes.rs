//! The stable code of each fact of an experiment. `docs/probe.schema.json` lists them in this order (a test).

use super::{Assumption, Kind};
use unanswered_probe::{
    About, Again, Because, Boundary, Compared, Decided, FailingSet, Limit, Limited, Pause, Place, Role, Ways,
};
use unanswered_registry::Quantity;

/// What was asked.
#[must_use]
pub const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Threshold => "threshold",
        Kind::Comparison => "comparison",
        Kind::Sets => "sets",
        Kind::Limits => "limits",
        Kind::Wait => "wait",
        Kind::Where => "where",
        Kind::Members => "members",
        Kind::Rivals => "rivals",
    }
}

/// Why it cannot be told.
#[must_use]
pub const fn because(because: Because) -> &'static str {
    match because {
        Because::NotYet => "not_yet",
        Because::SilentFromTheStart => "silent_from_the_start",
        Because::Outage => "outage",
        Because::BudgetSpent => "budget_spent",
        Because::TurnedAway => "turned_away",
        Because::NotSeparable => "not_separable",
        Because::KnownFailingAnswered => "known_failing_answered",
        Because::KnownWorkingFails => "known_working_fails",
        Because::NothingFits => "nothing_fits",
        Because::DroppedRequestsPay => "dropped_requests_pay",
        Because::NoSetup => "no_setup",
    }
}

/// What the outcomes cannot show.
#[must_use]
pub const fn limit(limit: &Limit) -> &'static str {
    match limit {
        Limit::NoControl => "no_control",
        Limit::OutagesLeftOut { .. } => "outages_left_out",
        Limit::LateReplies(_) => "late_replies",
        Limit::Untested { .. } => "untested",
        Limit::FailsPartly(_) => "fails_partly",
        Limit::LossBeside(_) => "loss_beside",
        Limit::SharesBelow(_) => "shares_below",
        Limit::OnlyUpTo(_) => "only_up_to",
        Limit::MoreNeeded(_) => "more_needed",
    }
}

/// What the method takes for granted.
#[must_use]
pub const fn assumption(assumption: Assumption) -> &'static str {
    match assumption {
        Assumption::WayThereOnly => "way_there_only",
        Assumption::EqualMembers => "equal_members",
        Assumption::OwnFullBucket => "own_full_bucket",
        Assumption::DroppedOnesFree => "dropped_ones_free",
        Assumption::ListedRules => "listed_rules",
        Assumption::FixedConditionsHold => "fixed_conditions_hold",
        Assumption::ListedExplanations => "listed_explanations",
    }
}

/// Where the answer changes along a field.
#[must_use]
pub const fn boundary(boundary: Boundary) -> &'static str {
    match boundary {
        Boundary::NothingFails => "nothing_fails",
        Boundary::AllFail => "all_fail",
        Boundary::FailsBelow { .. } => "fails_below",
        Boundary::FailsFrom { .. } => "fails_from",
        Boundary::FailsWithin { .. } => "fails_within",
        Boundary::WorksWithin { .. } => "works_within",
    }
}

/// What a comparison comes to.
#[must_use]
pub const fn compared(compared: Compared) -> &'static str {
    match compared {
        Compared::Different { .. } => "different",
        Compared::SameWithin { .. } => "same_within",
    }
}

/// Which values fail.
#[must_use]
pub const fn failing_set(set: FailingSet) -> &'static str {
    match set {
        FailingSet::Nothing => "nothing",
        FailingSet::All => "all",
        FailingSet::Remainder { .. } => "remainder",
        FailingSet::AllButRemainder { .. } => "all_but_remainder",
        FailingSet::Bit { .. } => "bit",
        FailingSet::Ordered => "ordered",
        FailingSet::FixedFate => "fixed_fate",
        FailingSet::RandomPerRequest => "random_per_request",
    }
}

/// What limits requests.
#[must_use]
pub const fn limited(limited: Limited) -> &'static str {
    match limited {
        Limited::NotUpTo { .. } => "not_up_to",
        Limited::Bucket { .. } => "bucket",
        Limited::Open { .. } => "open",
    }
}

/// Which pauses matter.
#[must_use]
pub const fn pause(pause: Pause) -> &'static str {
    match pause {
        Pause::NoneMatters => "none_matters",
        Pause::AllFail => "all_fail",
        Pause::FailsAfter { .. } => "fails_after",
        Pause::FailsBefore { .. } => "fails_before",
    }
}

/// Where the loss is.
#[must_use]
pub const fn place(place: Place) -> &'static str {
    match place {
        Place::Nowhere => "nowhere",
        Place::Between { .. } => "between",
    }
}

/// How many ways there are: one code, so that each answer has one.
#[must_use]
pub const fn ways(_ways: Ways) -> &'static str {
    "ways"
}

/// Which explanation is true.
#[must_use]
pub const fn decided(decided: Decided) -> &'static str {
    match decided {
        Decided::Rival(_) => "rival",
        Decided::NothingFails => "nothing_fails",
        Decided::NoneOfThese => "none_of_these",
    }
}

/// Whether the pace was asked about, or what is open.
#[must_use]
pub const fn about(about: About) -> &'static str {
    match about {
        About::Pace => "pace",
        About::Open => "open",
    }
}

/// What was asked after the pause.
#[must_use]
pub const fn again(again: Again) -> &'static str {
    match again {
        Again::NextRequest => "next_request",
        Again::ReplyHeldBack => "reply_held_back",
        Again::Reused => "reused",
    }
}

/// What a field measures.
#[must_use]
pub const fn quantity(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::Other => "other",
        Quantity::Port => "port",
        Quantity::Length => "bytes",
        Quantity::Pause => "seconds",
        Quantity::Load => "load",
    }
}

/// Why a request is sent. The codes are words as well.
#[must_use]
pub const fn role(role: Role) -> &'static str {
    match role {
        Role::Control => "control",
        Role::Setup => "setup",
        Role::Trial => "trial",
    }
}
