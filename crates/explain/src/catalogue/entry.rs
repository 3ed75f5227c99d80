//! What a catalogue entry holds.

use crate::{Kind, Value};
use unanswered_registry::Subject;
use unanswered_table::{Outcome, Step};

/// How well a fault is documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// Code, vendor notice, RFC or maintainer's explanation.
    A,
    /// A reproduction, or several independent reports.
    B,
    /// One report, or a mechanism partly inferred.
    C,
}

/// A known latent fault.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Name of the file without its ending.
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
    /// Versions that do not have it any more.
    pub fixed: Vec<String>,
    /// Why it stays hidden until it strikes.
    pub latent: String,
    /// What to do.
    pub remedy: String,
    /// Requests that would confirm it.
    pub experiment: String,
    /// What the packets cannot show and must be looked at: versions, counters, settings.
    pub check: Vec<String>,
    /// Where it is documented.
    pub references: Vec<String>,
}

/// What a fault looks like in a finding.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Symptom {
    /// As people see it.
    pub words: String,
    /// Sorts of findings; empty: any.
    pub kinds: Vec<Kind>,
    /// Outcomes of the failed requests: at least one of them. Empty: any.
    pub outcomes: Vec<Outcome>,
    /// Codes of refusals (`dns.refused`), any of them; empty: any.
    pub refusals: Vec<String>,
    /// What holds beside the clauses; each adds to the fit.
    pub facts: Vec<Fact>,
    /// Without all of these the entry does not fit.
    pub required_facts: Vec<Fact>,
    /// Patterns on the telltale's clauses.
    pub clauses: Vec<ClausePattern>,
}

/// A pattern that a clause of the telltale may have.
#[derive(Clone, Debug, PartialEq)]
pub struct ClausePattern {
    /// Features, any of them; `*` at the end stands for any rest.
    pub features: Vec<String>,
    /// What the clause must say about the feature.
    pub test: Test,
    /// What a clause that fits means.
    pub role: Role,
    /// Required patterns of one group are alternatives.
    pub group: Option<String>,
    /// The pattern in words, fitting after "fits:".
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

/// What a pattern asks of a clause.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// The feature occurs at all.
    Any,
    /// Small values fail.
    Low,
    /// Large values fail.
    High,
    /// Values below a threshold fail, which lies in `from..=to`, and the data allow it.
    Below {
        /// Smallest threshold.
        from: f64,
        /// Largest threshold.
        to: f64,
    },
    /// Values above a threshold fail, which lies in `from..=to`, and the data allow it.
    Above {
        /// Smallest threshold.
        from: f64,
        /// Largest threshold.
        to: f64,
    },
    /// All failing values are among these; a text between two `*` stands for all that contain it.
    Values(Vec<Value>),
    /// None of these values fails.
    Excludes(Vec<Value>),
    /// The value's remainder decides.
    Modulus,
    /// Many single values fail: at least [`Test::MANY`].
    Many,
}

impl Test {
    /// How many single values are many.
    pub const MANY: usize = 5;
}

/// Something that the exchanges show and no clause says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// Failed requests pass an address translation.
    Translated,
    /// Several clients share one translated address.
    SharedAddress,
    /// Replies to failed requests are on the wire.
    ReplySeen,
    /// Such replies come from another address or port than the request went to.
    WrongSource,
    /// Such replies do not carry the request's identity or question.
    WrongIdentity,
    /// Replies to failed requests were sent in fragments.
    ReplyFragmented,
    /// Failed requests were answered when sent again.
    RetryAnswered,
    /// Failed requests are the first of their flow.
    NewFlow,
    /// The server says that it is asked too often.
    SaysTooOften,
}

impl Fact {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Translated,
        Self::SharedAddress,
        Self::ReplySeen,
        Self::WrongSource,
        Self::WrongIdentity,
        Self::ReplyFragmented,
        Self::RetryAnswered,
        Self::NewFlow,
        Self::SaysTooOften,
    ];

    /// The word in catalogue files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Translated => "translated",
            Self::SharedAddress => "shared_address",
            Self::ReplySeen => "reply_seen",
            Self::WrongSource => "wrong_source",
            Self::WrongIdentity => "wrong_identity",
            Self::ReplyFragmented => "reply_fragmented",
            Self::RetryAnswered => "retry_answered",
            Self::NewFlow => "new_flow",
            Self::SaysTooOften => "says_too_often",
        }
    }

    /// 0 to 1: how much it says about a cause; new flows and translations are everywhere.
    pub(super) const fn specific(self) -> f64 {
        match self {
            Self::WrongSource | Self::WrongIdentity | Self::ReplyFragmented | Self::SaysTooOften => 0.9,
            Self::RetryAnswered | Self::SharedAddress => 0.4,
            Self::Translated | Self::NewFlow | Self::ReplySeen => 0.2,
        }
    }
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
