//! What an experiment came to: for a terminal, for programs, for a ticket; and what it will send, and how far it is.
//!
//! # Data flow
//!
//! ```text
//! Intended ───────────────────> plan                    before anything is sent
//! Progress, Tally ────────────> progress                while it runs
//! Experiment (CameTo, Tally) ─> text, json, ticket      afterwards
//! ```
//!
//! `answers` words what was found, in full and briefly, `reasons` why nothing was and what to do then, `limits` what the outcomes
//! cannot show, `evidence` what they rest on; `codes` has the stable code of each fact. The renderers put these together.
//!
//! # How it fails
//!
//! It doesn't: a field or an explanation that the caller did not name is written by its number. What came from outside (the server's name,
//! an explanation's words) is made safe where it goes into a page; a name is shortened in the middle.

mod answers;
pub mod codes;
mod evidence;
mod headline;
mod json;
mod limits;
mod page;
mod plan;
mod progress;
mod reasons;
pub mod screening;
mod ticket;
mod units;
mod varied;

pub use answers::brief;
pub use answers::{
    boundary_words, compared_words, decided_words, failing_set_words, limited_words, pause_words,
    place_words, ways_words,
};
pub use json::{SCHEMA, json};
pub use limits::{Assumption, assumption, limit};
pub use page::text;
pub use plan::{Intended, Listed, Requests, Supposed, plan};
pub use progress::progress;
pub use reasons::{because, next};
pub use screening::{Screened, Screening, Standing};
pub use ticket::ticket;
pub use varied::Varied;

use std::net::IpAddr;
use unanswered_probe::{
    About, Again, Boundary, Compared, ComparisonEvidence, ComparisonSpec, Conclusion, Decided, FailingSet,
    Field, Limit, Limited, LimitsEvidence, Manners, MembersEvidence, Pause, Place, RivalsEvidence,
    SetsEvidence, Setting, Tally, ThresholdEvidence, Verdict, WaitEvidence, Ways, WhereEvidence,
};
use unanswered_registry::Quantity;
use unanswered_time::Span;

/// A field that the sender can set. [`Field`] is the index into a list of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldName {
    /// The feature's name, such as `udp.srcport`.
    pub code: &'static str,
    /// The same in words that fit "the ... is 5": `source port`.
    pub words: &'static str,
    /// What it measures, which gives its unit.
    pub quantity: Quantity,
}

/// What is asked, without its details.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// From which value on requests fail.
    Threshold,
    /// Whether values fail differently often.
    Comparison,
    /// What the failing values have in common.
    Sets,
    /// How many requests pass.
    Limits,
    /// What a pause changes.
    Wait,
    /// Where requests are lost.
    Where,
    /// How many ways there are, and how many of them are dead.
    Members,
    /// Which explanation is true.
    Rivals,
}

/// What an experiment came to, with what its words need.
#[derive(Clone, Debug, PartialEq)]
pub enum CameTo {
    /// Along this field.
    Threshold(Conclusion<Boundary, ThresholdEvidence>, Field),
    /// Of the values that this names.
    Comparison(Conclusion<Compared, ComparisonEvidence>, ComparisonSpec),
    /// Of this field's values.
    Sets(Conclusion<FailingSet, SetsEvidence>, Field),
    /// Of the pace, or of what is open.
    Limits(Conclusion<Limited, LimitsEvidence>, About),
    /// With this after the pause.
    Wait(Conclusion<Pause, WaitEvidence>, Again),
    /// Along the path.
    Where(Conclusion<Place, WhereEvidence>),
    /// Behind one hop.
    Members(Conclusion<Ways, MembersEvidence>),
    /// Of several explanations.
    Rivals {
        /// Which is left.
        conclusion: Conclusion<Decided, RivalsEvidence>,
        /// Each in words that fit "... : found": `source ports below 123 are dropped`.
        words: Vec<String>,
    },
}

impl CameTo {
    /// What was asked.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Threshold(..) => Kind::Threshold,
            Self::Comparison(..) => Kind::Comparison,
            Self::Sets(..) => Kind::Sets,
            Self::Limits(..) => Kind::Limits,
            Self::Wait(..) => Kind::Wait,
            Self::Where(_) => Kind::Where,
            Self::Members(_) => Kind::Members,
            Self::Rivals { .. } => Kind::Rivals,
        }
    }

    /// What the outcomes cannot show.
    #[must_use]
    pub fn limits(&self) -> &[Limit] {
        match self {
            Self::Threshold(came, _) => &came.limits,
            Self::Comparison(came, _) => &came.limits,
            Self::Sets(came, _) => &came.limits,
            Self::Limits(came, _) => &came.limits,
            Self::Wait(came, _) => &came.limits,
            Self::Where(came) => &came.limits,
            Self::Members(came) => &came.limits,
            Self::Rivals { conclusion, .. } => &conclusion.limits,
        }
    }

    /// The probability of what was found, or why nothing was.
    #[must_use]
    pub fn verdict(&self) -> Verdict<()> {
        match self {
            Self::Threshold(came, _) => without_answer(&came.verdict),
            Self::Comparison(came, _) => without_answer(&came.verdict),
            Self::Sets(came, _) => without_answer(&came.verdict),
            Self::Limits(came, _) => without_answer(&came.verdict),
            Self::Wait(came, _) => without_answer(&came.verdict),
            Self::Where(came) => without_answer(&came.verdict),
            Self::Members(came) => without_answer(&came.verdict),
            Self::Rivals { conclusion, .. } => without_answer(&conclusion.verdict),
        }
    }

    /// The field that the question is about, if it is one.
    const fn field(&self) -> Option<Field> {
        match self {
            Self::Threshold(_, field) | Self::Sets(_, field) => Some(*field),
            Self::Comparison(..)
            | Self::Limits(..)
            | Self::Wait(..)
            | Self::Where(_)
            | Self::Members(_)
            | Self::Rivals { .. } => None,
        }
    }
}

const fn without_answer<A>(verdict: &Verdict<A>) -> Verdict<()> {
    match verdict {
        Verdict::Found(weighed) => {
            Verdict::Found(unanswered_probe::Weighed { answer: (), probability: weighed.probability })
        }
        Verdict::CannotTell(because) => Verdict::CannotTell(*because),
    }
}

/// An experiment that is over.
#[derive(Clone, Debug, PartialEq)]
pub struct Experiment {
    /// The server, as the user named it.
    pub server: String,
    /// The address that was asked.
    pub address: IpAddr,
    /// The port that was asked, where the protocol has one.
    pub port: Option<u16>,
    /// The protocol's name in words: `NTP`.
    pub protocol: String,
    /// The fields that can be set.
    pub fields: Vec<FieldName>,
    /// The request known to work; empty where there was none, or where it sets nothing.
    pub control: Vec<Setting>,
    /// What was varied, and within which range.
    pub varied: Vec<Varied>,
    /// What all requests of the question had in common beside the control's values: of a hop's members, its TTL.
    pub with: Vec<Setting>,
    /// What it came to.
    pub came_to: CameTo,
    /// What was sent, and what came of it.
    pub tally: Tally,
    /// What was allowed.
    pub manners: Manners,
    /// From the first request to the last outcome.
    pub took: Span,
    /// Fields that could not be varied: code and reason, in the words of whoever tried.
    pub fixed: Vec<String>,
    /// The file with the packets.
    pub written: Option<String>,
}
