//! What a diagnosis says besides its findings: facts with their numbers. Reports put them in words; programs
//! read their codes, which stay as they are.

use crate::{Clause, HopLoss, Repeats, Tries};
use unanswered_registry::{RefusalKind, Subject};
use unanswered_table::Unit;

/// Why the verdict is what it is.
#[derive(Clone, Debug, PartialEq)]
pub enum VerdictReason {
    /// There is no request whose outcome can be judged.
    NothingToJudge,
    /// Everything that could be judged was answered.
    AllAnswered {
        /// Requests judged.
        judged: u64,
    },
    /// Everything failed: there is no answered request to compare with.
    AllFailed {
        /// Requests judged.
        judged: u64,
    },
    /// So few failed that no cause can be told from chance.
    FewFailures {
        /// Requests failed.
        failed: u64,
        /// Requests judged.
        judged: u64,
    },
    /// Too few failed to tell a cause from chance.
    CauseOrChance {
        /// Requests failed.
        failed: u64,
        /// Requests judged.
        judged: u64,
    },
    /// Requests failed, and no feature tells which.
    NoFeatureTells {
        /// Requests failed.
        failed: u64,
        /// Requests judged.
        judged: u64,
    },
    /// Failures come in bursts.
    InBursts {
        /// How many failures count as one.
        counting_as_one: f64,
    },
    /// Failures are independent of each other in time.
    Independent,
    /// Where packets were lost.
    LossByHop {
        /// The hops on which most of it was lost, most first.
        hops: Vec<HopLoss>,
        /// What was lost on all other hops together.
        others: Tries,
        /// Transmissions after the first, which are not counted for themselves.
        repeats: u64,
    },
    /// What failed fails again in the same flow, and not in others: what decides is no chance.
    RepeatsFailAgain {
        /// How often.
        repeats: Repeats,
    },
    /// A repeat in the same flow fares like any first attempt: each packet is decided anew.
    RepeatsFareAlike {
        /// How often.
        repeats: Repeats,
    },
    /// What few failures have in common: not enough to tell from chance.
    InCommon {
        /// What all of them have and not all requests have; may be empty.
        clauses: Vec<Clause>,
        /// Requests failed.
        failed: u64,
        /// Requests judged that satisfy the clauses.
        requests: u64,
        /// Time of the first of them in seconds; `None` without times.
        from: Option<f64>,
        /// Time of the last.
        to: Option<f64>,
    },
}

impl VerdictReason {
    /// Stable name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NothingToJudge => "nothing_to_judge",
            Self::AllAnswered { .. } => "all_answered",
            Self::AllFailed { .. } => "all_failed",
            Self::FewFailures { .. } => "few_failures",
            Self::CauseOrChance { .. } => "cause_or_chance",
            Self::NoFeatureTells { .. } => "no_feature_tells",
            Self::InBursts { .. } => "in_bursts",
            Self::Independent => "independent",
            Self::LossByHop { .. } => "loss_by_hop",
            Self::RepeatsFailAgain { .. } => "repeats_fail_again",
            Self::RepeatsFareAlike { .. } => "repeats_fare_alike",
            Self::InCommon { .. } => "in_common",
        }
    }
}

/// What would be enough, or what to capture next.
#[derive(Clone, Debug, PartialEq)]
pub enum Advice {
    /// Capture where both directions pass, for longer than the client waits.
    CaptureBothDirections,
    /// Add answered requests: of another client, server or time.
    AddAnswered,
    /// Capture enough requests to have some 20 failures among them.
    CaptureMore {
        /// About how many.
        requests: u64,
    },
    /// A telltale that did not pass; more requests would show whether it holds.
    WeakHint {
        /// What its clauses are about.
        subjects: Vec<Subject>,
    },
}

impl Advice {
    /// Stable name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::CaptureBothDirections => "capture_both_directions",
            Self::AddAnswered => "add_answered",
            Self::CaptureMore { .. } => "capture_more",
            Self::WeakHint { .. } => "weak_hint",
        }
    }
}

/// Why a finding stands as it does, and what else a reader must know of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Remark {
    /// Permuting the outcomes comes nowhere close.
    BeyondChance {
        /// What was permuted.
        permuted: Unit,
        /// How often.
        permutations: u32,
    },
    /// One unit of evidence is behind all the failures.
    OneUnit {
        /// What it is.
        unit: Unit,
    },
    /// Too few units are behind the failures to prove it.
    FewUnits {
        /// How many.
        failed: u64,
        /// What they are.
        unit: Unit,
    },
    /// Among telltales with the same requests, the catalogue knows this one's mechanism.
    KnownMechanism {
        /// How many others select the same requests.
        others: u64,
        /// The entry.
        id: String,
        /// Its title.
        title: String,
    },
    /// The server itself says that it gets too many requests.
    SaysTooOften {
        /// In which refusal.
        refusal: &'static RefusalKind,
    },
    /// Failures outside the finding come in bursts, and the score allows for that.
    OthersInBursts,
    /// Such requests may fail more often at all times, and what was given shows no other time.
    MayBeStanding,
    /// Such requests failed as often when all was well.
    AsBefore,
    /// The last such failure came before the end; later ones were answered.
    FailedUntil {
        /// Seconds (or the table's unit) after the first request.
        after: f64,
    },
    /// The first such failure came after the beginning; earlier ones were answered.
    FailedSince {
        /// Seconds (or the table's unit) after the first request.
        after: f64,
    },
    /// Such requests failed at some times only.
    FailedAtTimes,
    /// Everything there failed, so that nothing can be compared.
    NothingToCompare,
    /// Nothing tells these requests from the others.
    NothingTells,
    /// The mechanism set in again and again.
    SeenAtWork {
        /// How often.
        episodes: u64,
    },
    /// The failing rate rises.
    RateRises {
        /// Share of failures before, 0 to 1.
        from: f64,
        /// At the end.
        to: f64,
    },
}

impl Remark {
    /// Stable name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BeyondChance { .. } => "beyond_chance",
            Self::OneUnit { .. } => "one_unit",
            Self::FewUnits { .. } => "few_units",
            Self::KnownMechanism { .. } => "known_mechanism",
            Self::SaysTooOften { .. } => "says_too_often",
            Self::OthersInBursts => "others_in_bursts",
            Self::MayBeStanding => "may_be_standing",
            Self::AsBefore => "as_before",
            Self::FailedUntil { .. } => "failed_until",
            Self::FailedSince { .. } => "failed_since",
            Self::FailedAtTimes => "failed_at_times",
            Self::NothingToCompare => "nothing_to_compare",
            Self::NothingTells => "nothing_tells",
            Self::SeenAtWork { .. } => "seen_at_work",
            Self::RateRises { .. } => "rate_rises",
        }
    }
}
