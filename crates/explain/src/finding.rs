//! What the diagnosis says: the types that reports are made from.

use crate::{StepFinding, WhyNow};
use unanswered_table::Outcome;

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

/// What sort of finding.
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
        }
    }
}

/// A value in a clause: a number or a name.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number.
    Number(f64),
    /// A name, address or code.
    Text(String),
}

/// The condition that a clause puts on its feature.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// The value is one of these.
    In(Vec<Value>),
    /// The value is none of these.
    NotIn(Vec<Value>),
    /// The value lies in the closed range; at least one bound is there.
    Range {
        /// Smallest value inside.
        at_least: Option<f64>,
        /// Largest value inside.
        at_most: Option<f64>,
    },
    /// The value modulo `modulus` is one of `remainders`.
    Modulus {
        /// Divisor, at least 2.
        modulus: u32,
        /// Remainders inside.
        remainders: Vec<u32>,
    },
}

/// What the data really say about one bound: it lies between the two values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bracket {
    /// The extreme failing value inside (the largest for an upper bound, the smallest for a lower one).
    pub failing: f64,
    /// The nearest working value outside, among requests that satisfy the other clauses.
    pub working: Option<f64>,
}

/// A condition on one feature.
#[derive(Clone, Debug, PartialEq)]
pub struct Clause {
    /// Name of the feature: Wireshark's where it exists, else the column's.
    pub feature: String,
    /// The place at which the feature has this value, where it differs from the client's side.
    pub at: Option<String>,
    /// The feature in plain words.
    pub words: String,
    /// Wireshark can filter on the feature (at the place named).
    pub wireshark: bool,
    /// The condition.
    pub condition: Condition,
    /// Bracket of the lower bound.
    pub bracket_low: Option<Bracket>,
    /// Bracket of the upper bound.
    pub bracket_high: Option<Bracket>,
}

/// Requests and failures on one side of a telltale.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counts {
    /// Requests judged (outcome not unknown).
    pub requests: u64,
    /// Those that failed in a way the finding covers.
    pub failed: u64,
    /// All of them by outcome, in the order of [`Outcome::ALL`].
    pub by_outcome: [u64; 6],
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
    /// What was permuted: `requests`, `NAT mappings`, `flows`.
    pub permuted: String,
    /// Number of permutations behind it.
    pub permutations: u32,
}

/// How far to trust a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// The split is clear, but too few independent units (or rivals) stand behind it.
    Likely,
    /// Significant by permutation of units and better than its rivals.
    Established,
}

/// Another telltale that the data cannot tell from the finding's.
#[derive(Clone, Debug, PartialEq)]
pub struct Rival {
    /// Its clauses.
    pub clauses: Vec<Clause>,
    /// Its score minus the finding's, in nats; 0 for the same extension.
    pub score_difference: f64,
    /// It selects the same requests in these data.
    pub same_requests: bool,
}

/// A simpler telltale that the data contradict.
#[derive(Clone, Debug, PartialEq)]
pub struct Refutation {
    /// The clauses that died.
    pub clauses: Vec<Clause>,
    /// Requests that satisfy them and were answered all the same.
    pub answered: u64,
    /// Requests that satisfy them.
    pub requests: u64,
    /// On which evidence, in words: `207 requests with it to 10.9.9.22 were answered`.
    pub evidence: String,
}

/// A fault of the catalogue that fits.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownFault {
    /// Catalogue id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// 0 to 1: the share of the symptom's conditions that the finding meets, weighed.
    pub fit: f64,
    /// What fits and what does not, in words.
    pub because: String,
    /// What would still have to be checked (a version, a counter).
    pub to_check: Vec<String>,
    /// Why the fault lay hidden until now.
    pub latent: String,
    /// What to do.
    pub remedy: String,
    /// How to confirm.
    pub experiment: String,
}

/// Requests to send that would tell the finding from its rivals.
#[derive(Clone, Debug, PartialEq)]
pub struct Experiment {
    /// In words.
    pub words: String,
    /// Requests that differ in one feature each: feature name, value, and the outcome that each
    /// hypothesis predicts.
    pub requests: Vec<ExperimentRequest>,
}

/// One request of an experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct ExperimentRequest {
    /// Feature values to send it with.
    pub with: Vec<(String, Value)>,
    /// The finding predicts that it fails.
    pub fails_if_true: bool,
    /// The rivals (by index) that predict the same.
    pub rivals_agreeing: Vec<usize>,
}

/// A window that comes again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Period {
    /// From one start to the next, in the time's unit (seconds).
    pub every: f64,
    /// Start of the window after a multiple of `every` (since the epoch, or the table's zero).
    pub offset: f64,
    /// Length of the window.
    pub length: f64,
}

/// One cause: a telltale with its evidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Its sort.
    pub kind: Kind,
    /// The telltale; may be empty for findings in time.
    pub clauses: Vec<Clause>,
    /// First failing moment (outage, degradation).
    pub from: Option<f64>,
    /// Last failing moment; `None` when it goes on to the end.
    pub to: Option<f64>,
    /// Where the window comes again.
    pub period: Option<Period>,
    /// Outcomes that it explains.
    pub failed: Vec<Outcome>,
    /// Requests that satisfy the telltale.
    pub inside: Counts,
    /// The others.
    pub outside: Counts,
    /// Penalised log-likelihood ratio in nats.
    pub score: f64,
    /// Significance, where it was computed.
    pub significance: Option<Significance>,
    /// How far to trust it.
    pub standing: Standing,
    /// Why the standing is what it is, and other remarks, one sentence each.
    pub remarks: Vec<String>,
    /// The step.
    pub step: Option<StepFinding>,
    /// What happened to the translation that the failed requests go through, where that is seen.
    pub why_now: Vec<WhyNow>,
    /// Catalogue entries, best fit first.
    pub known: Vec<KnownFault>,
    /// What the data cannot tell from it.
    pub rivals: Vec<Rival>,
    /// What the data contradict.
    pub refuted: Vec<Refutation>,
    /// What to send next.
    pub experiment: Option<Experiment>,
}

/// The whole answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnosis {
    /// The verdict.
    pub verdict: Verdict,
    /// Why this verdict, one sentence each, most important first.
    pub because: Vec<String>,
    /// Findings, strongest first.
    pub findings: Vec<Finding>,
    /// Where the requests that no finding explains failed, if the places can show it.
    pub step: Option<StepFinding>,
    /// Requests judged.
    pub judged: u64,
    /// Requests failed.
    pub failed: u64,
    /// Failures that no finding explains, and the requests outside all findings.
    pub unexplained: (u64, u64),
    /// What would be enough, or what to capture next, one sentence each.
    pub next: Vec<String>,
    /// Rows that the search looked at, when it was a sample of all.
    pub sampled: Option<u64>,
}
