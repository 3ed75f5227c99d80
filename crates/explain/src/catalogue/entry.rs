//! What a catalogue entry holds.

use crate::{Fact, Kind, Value};
use unanswered_registry::Subject;
use unanswered_table::{Outcome, Step};

/// How well a fault is documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// Code, vendor notice, RFC or a maintainer's explanation.
    A,
    /// A reproduction, or several independent reports.
    B,
    /// One report, or a mechanism partly inferred.
    C,
}

/// A known latent fault.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// File name without its extension.
    pub id: String,
    /// One line.
    pub title: String,
    /// Protocols that it affects (`ntp`, `dns`, `tcp`, `icmp`); empty: any.
    pub protocols: Vec<String>,
    /// How well it is documented.
    pub grade: Grade,
    /// Steps at which it makes a request fail.
    pub steps: Vec<Step>,
    /// What it looks like.
    pub symptom: Symptom,
    /// What goes wrong.
    pub cause: String,
    /// Versions and circumstances that have it.
    pub affected: Vec<String>,
    /// Versions that no longer have it.
    pub fixed: Vec<String>,
    /// Why it stays hidden until it strikes.
    pub latent: String,
    /// What to do.
    pub remedy: String,
    /// What it predicts of further requests and captures; empty where the file does not say.
    pub predicts: String,
    /// Requests that would confirm it.
    pub experiment: String,
    /// What the packets cannot show and must be looked at: versions, counters, settings.
    pub check: Vec<String>,
    /// Where it is documented.
    pub references: Vec<String>,
    /// Which requests fail, in fields that a client can set: those that meet all of these. Empty: a client alone cannot ask.
    pub probe: Vec<ProbeClause>,
}

/// A condition on a field that a client can set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeClause {
    /// The field's code, as `unanswered probe` knows it.
    pub field: String,
    /// What its value has to be.
    pub test: ProbeTest,
    /// Requests that fail do not meet it.
    pub not: bool,
}

/// What the value of a field has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProbeTest {
    /// From the first to the second, both included.
    Range(u64, u64),
    /// One of these.
    Values(Vec<u64>),
    /// No multiple of this number.
    NotMultipleOf(u64),
}

/// What a fault looks like in a finding.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Symptom {
    /// As people see it.
    pub words: String,
    /// Kinds of finding; empty: any.
    pub kinds: Vec<Kind>,
    /// Outcomes of the failed requests: at least one of them. Empty: any.
    pub outcomes: Vec<Outcome>,
    /// Codes of refusals (`dns.refused`), at least one of them; empty: any.
    pub refusals: Vec<String>,
    /// What would speak for it; the mechanism does not need it.
    pub facts: Vec<Fact>,
    /// What must be seen: where one of these does not hold, the entry does not fit. Where the captures cannot
    /// show it, the entry is compatible and not named.
    pub required_facts: Vec<Fact>,
    /// What rules it out.
    pub excluded_facts: Vec<Fact>,
    /// The mechanism strikes each time: nearly all requests that the telltale selects must have failed.
    pub always: bool,
    /// The failing step must be known to be one of the entry's.
    pub step_seen: bool,
    /// What the mechanism needs and packets never show. With any, the entry is compatible at most.
    pub not_seen: Vec<String>,
    /// Patterns on the telltale's clauses.
    pub clauses: Vec<ClausePattern>,
}

/// A pattern that a clause of the telltale may have.
#[derive(Clone, Debug, PartialEq)]
pub struct ClausePattern {
    /// Any of these features; a `*` at the end stands for any rest.
    pub features: Vec<String>,
    /// What the clause must say about the feature.
    pub test: Test,
    /// What a clause that fits means.
    pub role: Role,
    /// Required patterns of one group are alternatives.
    pub group: Option<String>,
    /// The pattern in words that can follow "fits:".
    pub words: String,
}

/// What a clause that fits a pattern means for the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Without it the entry does not fit.
    Required,
    /// It adds to the fit.
    Supports,
    /// With it the entry does not fit.
    Contradicts,
}

/// What a pattern requires of a clause.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// The feature occurs at all.
    Any,
    /// Small values fail.
    Low,
    /// Large values fail.
    High,
    /// Values below a threshold in `from..=to` fail, as far as the data can show.
    Below {
        /// Smallest threshold.
        from: f64,
        /// Largest threshold.
        to: f64,
    },
    /// Values above a threshold in `from..=to` fail, as far as the data can show.
    Above {
        /// Smallest threshold.
        from: f64,
        /// Largest threshold.
        to: f64,
    },
    /// Large values fail, from a limit that the data show to lie in `from..=to`: a value that large works.
    Limit {
        /// Smallest limit.
        from: f64,
        /// Largest limit.
        to: f64,
    },
    /// All failing values are among these; a text between two `*` stands for all that contain it.
    Values(Vec<Value>),
    /// None of these values fails.
    Excludes(Vec<Value>),
    /// All values fail but some.
    AllBut,
    /// The value's remainder decides.
    Modulus,
    /// Only values that are no multiple of this number fail.
    NotMultipleOf(u32),
    /// Many single values fail: at least [`Test::MANY`].
    Many,
}

impl Test {
    /// How many single values are many.
    pub const MANY: usize = 5;
}

impl ClausePattern {
    /// Whether the pattern is about a feature (also by the name that reports give it) or a user's column.
    #[must_use]
    pub fn names(&self, subject: &Subject) -> bool {
        let shown = subject.feature().and_then(|f| f.shown_as).map(|f| f.name);
        let fits = |name: &str| {
            self.features.iter().any(|pattern| match pattern.strip_suffix('*') {
                Some(start) => name.starts_with(start),
                None => pattern == name,
            })
        };
        fits(subject.name()) || shown.is_some_and(fits)
    }
}
