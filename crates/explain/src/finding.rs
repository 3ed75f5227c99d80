//! What the diagnosis says: the types that reports are made from.

use crate::facts::{Advice, Remark, VerdictReason};
use crate::mechanism::Mechanism;
use crate::{Affected, Class, Clause, Fit, Period, Region, StepFinding, Value, WhyNow};
use std::sync::Arc;
use unanswered_registry::Subject;
use unanswered_table::{Outcome, OutcomeCounts, Unit, Viewpoint};

/// The answer to "why was there no reply?".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Something tells the failed requests apart.
    Findings,
    /// Requests fail, and nothing known about them says which.
    RandomLoss,
    /// Failures lie in windows of time.
    Outage,
    /// Failures become more frequent with time.
    Degradation,
    /// Failures follow the load: rate limits, full queues and tables.
    Overload,
    /// Every request that could be judged was answered (or so few failed that it means nothing).
    NothingWrong,
    /// The data cannot tell; the diagnosis says why and what would be enough.
    NotEnoughData,
}

impl Verdict {
    /// The word of the JSON schema.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Findings => "findings",
            Self::RandomLoss => "random_loss",
            Self::Outage => "outage",
            Self::Degradation => "degradation",
            Self::Overload => "overload",
            Self::NothingWrong => "nothing_wrong",
            Self::NotEnoughData => "not_enough_data",
        }
    }
}

/// What kind of finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Clauses tell failed from answered.
    Telltale,
    /// A window of time (perhaps for some requests only: then there are clauses as well).
    Outage,
    /// Loss that rises with time.
    Degradation,
    /// Loss that follows the load.
    Overload,
    /// Nothing that a service was asked was answered.
    Service,
    /// What the packets of the failed requests say themselves, and nothing tells them apart.
    Sign,
}

impl Kind {
    /// The word of the JSON schema.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Telltale => "telltale",
            Self::Outage => "outage",
            Self::Degradation => "degradation",
            Self::Overload => "overload",
            Self::Service => "service",
            Self::Sign => "sign",
        }
    }
}

/// Requests and failures on one side of a telltale.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counts {
    /// Requests judged (outcome not unknown).
    pub requests: u64,
    /// Those that failed in a way the finding covers.
    pub failed: u64,
    /// All of them by outcome.
    pub outcomes: OutcomeCounts,
    /// Independent units of evidence among them.
    pub units: u64,
    /// Units with at least one failure.
    pub units_failed: u64,
}

/// A significance with what was permuted.
#[derive(Clone, Debug, PartialEq)]
pub struct Significance {
    /// Probability that permuted data give a score at least as high.
    pub p_value: f64,
    /// What was permuted; `None` where nothing was, and the score's description length gives it.
    pub permuted: Option<Unit>,
    /// Number of permutations behind it.
    pub permutations: u32,
}

/// How far to trust a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// The split is clear, but it rests on too few independent units, or has rivals.
    Likely,
    /// Significant by permutation of units and better than its rivals.
    Established,
    /// Plain to see: no statistics are needed.
    Seen,
}

/// Another telltale that the data cannot tell from the finding's.
#[derive(Clone, Debug, PartialEq)]
pub struct Rival {
    /// Its clauses.
    pub clauses: Vec<Clause>,
    /// Its score minus the finding's, in nats; 0 when both select the same requests.
    pub score_difference: f64,
    /// It selects the same requests in these data.
    pub same_requests: bool,
}

/// A simpler telltale that the data contradict.
#[derive(Clone, Debug, PartialEq)]
pub struct Refutation {
    /// The refuted clauses.
    pub clauses: Vec<Clause>,
    /// Requests that satisfy them and were answered nevertheless.
    pub answered: u64,
    /// Requests that satisfy them.
    pub requests: u64,
    /// A few values of the omitted clause's feature (or of the one with a usual value) with which they were
    /// answered; `None` where there is no such feature.
    pub answered_with: Option<AnsweredWith>,
}

/// Values of a feature with which requests were answered.
#[derive(Clone, Debug, PartialEq)]
pub struct AnsweredWith {
    /// The feature.
    pub subject: Subject,
    /// Some of the values, in order.
    pub values: Vec<Value>,
    /// How many more there are.
    pub more: usize,
}

/// A fault of the catalogue that fits, or is compatible with what was seen.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownFault {
    /// Catalogue id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// 0 to 1: the share of the symptom's conditions that the finding meets, weighed.
    pub fit: f64,
    /// What agrees and what could not be seen.
    pub because: Fit,
    /// What would still have to be checked (a version, a counter).
    pub to_check: Vec<String>,
    /// Why the fault stayed hidden until now.
    pub latent: String,
    /// The remedy.
    pub remedy: String,
    /// What it predicts of further requests and captures; may be empty.
    pub predicts: String,
    /// How to confirm.
    pub experiment: String,
}

/// What an experiment is to tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Question {
    /// The finding from its rivals: requests that have one of the properties and not the other.
    WhichRival,
    /// Whether the telltale is the cause: the same request on each side of it.
    WhichSide,
}

/// Requests to send that would tell the finding from its rivals.
#[derive(Clone, Debug, PartialEq)]
pub struct Experiment {
    /// What they tell apart.
    pub question: Question,
    /// The requests, each several times.
    pub requests: Vec<ExperimentRequest>,
}

/// A value to send a request with.
#[derive(Clone, Debug, PartialEq)]
pub enum SettingValue {
    /// This one.
    Is(Value),
    /// Any but these.
    Not(Vec<Value>),
    /// Any number that leaves this remainder.
    Remainder {
        /// Divisor, at least 2.
        modulus: u32,
        /// The remainder.
        remainder: u32,
    },
}

/// A feature and the value to send a request with.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// The feature.
    pub subject: Subject,
    /// Where it must have the value.
    pub at: Viewpoint,
    /// The value.
    pub value: SettingValue,
}

/// One request of an experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct ExperimentRequest {
    /// Feature values to send it with.
    pub with: Vec<Setting>,
    /// The finding predicts that it fails.
    pub fails_if_true: bool,
    /// The rivals (by index) that predict the same.
    pub rivals_agreeing: Vec<usize>,
}

/// One cause: a telltale with its evidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Its kind.
    pub kind: Kind,
    /// Which requests are compared: those of some services; empty: all requests.
    pub among: Vec<Clause>,
    /// The telltale; may be empty for findings in time.
    pub clauses: Vec<Clause>,
    /// First failing moment (outage, degradation).
    pub from: Option<f64>,
    /// Last failing moment; `None` when it goes on to the end.
    pub to: Option<f64>,
    /// When the window recurs.
    pub period: Option<Period>,
    /// Outcomes that it explains.
    pub failed: Vec<Outcome>,
    /// Requests that satisfy the telltale.
    pub inside: Counts,
    /// The others.
    pub outside: Counts,
    /// Such requests when all was well, whatever the time of day; `None` without a baseline.
    pub before: Option<Baseline>,
    /// Penalised log-likelihood ratio in nats.
    pub score: f64,
    /// Significance, where it was computed.
    pub significance: Option<Significance>,
    /// How far to trust it.
    pub standing: Standing,
    /// Why the standing is what it is, and other remarks.
    pub remarks: Vec<Remark>,
    /// The step.
    pub step: Option<StepFinding>,
    /// What happened to the translation that the failed requests go through, where that is seen.
    pub why_now: Vec<WhyNow>,
    /// Catalogue entries of whose mechanism nothing is missing and nothing contradicts, best fit first.
    pub known: Vec<KnownFault>,
    /// Catalogue entries that nothing contradicts and whose mechanism needs what was not seen. They are no answer.
    pub compatible: Vec<KnownFault>,
    /// What the data cannot tell from it.
    pub rivals: Vec<Rival>,
    /// What the data contradict.
    pub refuted: Vec<Refutation>,
    /// What to send next.
    pub experiment: Option<Experiment>,
    /// What the packets of nearly all its failed requests say themselves.
    pub class: Option<Class>,
    /// The mechanism that predicts which requests fail, instead of clauses.
    pub at_work: Option<AtWork>,
    /// Whom its failures struck, and when.
    pub affected: Affected,
}

/// A mechanism that was seen at work.
#[derive(Clone, Debug, PartialEq)]
pub struct AtWork {
    /// The mechanism with its parameters.
    pub mechanism: Mechanism,
    /// Others that predict the same of every request.
    pub twins: Vec<Mechanism>,
    /// How often it set in.
    pub episodes: usize,
    /// The requests that it predicts to fail, by number.
    pub rows: Arc<Vec<u32>>,
}

impl Finding {
    /// The requests that it is about.
    #[must_use]
    pub fn region(&self) -> Region {
        let clauses = self.among.iter().chain(&self.clauses).cloned().collect();
        let rows = self.at_work.as_ref().map(|at_work| Arc::clone(&at_work.rows));
        Region { clauses, from: self.from, to: self.to, period: self.period, rows }
    }
}

/// Requests outside all findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unexplained {
    /// Those that failed.
    pub failed: u64,
    /// All of them.
    pub requests: u64,
}

/// The whole answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnosis {
    /// The verdict.
    pub verdict: Verdict,
    /// Why this verdict, most important first.
    pub because: Vec<VerdictReason>,
    /// Findings, strongest first.
    pub findings: Vec<Finding>,
    /// Where the requests that no finding explains failed, if the places can show it.
    pub step: Option<StepFinding>,
    /// Requests judged.
    pub judged: u64,
    /// Requests failed.
    pub failed: u64,
    /// Whom all failures struck, and when.
    pub affected: Affected,
    /// What no finding explains.
    pub unexplained: Unexplained,
    /// What would be enough, or what to capture next.
    pub next: Vec<Advice>,
    /// Rows that the search looked at, when it was a sample of all.
    pub sampled: Option<u64>,
    /// The time when all was well that requests were compared with, if one was given.
    pub baseline: Option<Baseline>,
}

/// Requests of a time when all was well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// Requests judged.
    pub requests: u64,
    /// Those that failed.
    pub failed: u64,
}
