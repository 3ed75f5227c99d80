//! Which request to send next, and what the answers show.
//!
//! A capture shows a correlation; an experiment shows a cause. This crate plans experiments on a server or on the path to it, and draws the
//! conclusions. It sends nothing and knows no time: whoever has sockets and a clock drives it.
//!
//! # Data flow
//!
//! ```text
//!            next(now)                    the caller sends, waits, looks
//! Question ── Plan ──> Session ── Action ──────────────────────────────> network
//!    ^                   │  ^                                               │
//!    └──── note ─────────┘  └──────────── note(began, Outcome per request) ─┘
//!    │
//!    └──> Progress (what is still possible), Conclusion (answer or reason, evidence, limits)
//! ```
//!
//! - A [`Question`] hands out a [`Plan`] (requests with the values to set, and relative times) and takes an [`Outcome`] for each. What it
//!   knows is a posterior over all answers, with unknown loss on the way and an unknown share of failing requests that fail.
//! - A [`Session`] asks one question with [`Manners`] (pace, budget, when to stop), with [`Controls`] between (requests known to
//!   work), recognises outages and does not count what fell into them, and says how long to wait for a reply.
//! - A [`Conclusion`] is an answer or a reason why there is none ([`Because`]), with what is left, evidence and [`Limit`]s. All is data with
//!   codes; another crate puts it into words.
//!
//! # Entry points
//!
//! | question | answers |
//! | --- | --- |
//! | [`Threshold`] | from which value of a field on requests fail, or within which window |
//! | [`Comparison`] | whether two or more values fail differently often |
//! | [`Sets`] | whether odd values fail, one remainder, a bit, a share by an unknown hash, or any at random |
//! | [`Limits`] | rate and depth of a token bucket, or how many can be open at once |
//! | [`Wait`] | after which pause a mapping is forgotten; how soon something can be used again |
//! | [`Where`], [`Members`] | at which hop requests are lost; how many members of a bundle are dead |
//! | [`Rivals`] | which of several hypotheses is true |
//!
//! A server that drops source ports below 123, found with a simulated network:
//!
//! ```
//! use unanswered_probe::*;
//! use unanswered_time::Span;
//!
//! const PORT: Field = Field(0);
//! let known = SearchSpec { known_failing: Some(108), known_working: Some(50_000), ..SearchSpec::default() };
//! let control = Controls::usual(vec![Setting { field: PORT, value: 50_000 }]);
//! let mut session = Session::new(Threshold::new(PORT, known), Some(control), Manners::default());
//! let mut now = Span::from_seconds(0);
//! while let Action::Send { not_before, plan, .. } = session.next(now) {
//!     let answer = |send: &Send| match send.settings[0].value {
//!         0..123 => Outcome::Silent,
//!         _ => Outcome::Answered { after: Span::from_milliseconds(3) },
//!     };
//!     session.note(not_before, &plan.sends.iter().map(answer).collect::<Vec<_>>());
//!     now = not_before;
//! }
//! let conclusion = session.conclusion();
//! assert_eq!(conclusion.verdict.found(), Some(&Boundary::FailsBelow { first_working: 123 }));
//! assert!(session.tally().sent < 40);
//! ```
//!
//! # How it fails
//!
//! Each module says which worlds its question does not know. A conclusion is as sure as its prior and its list of hypotheses are right:
//! 99 % means that about one in a hundred is wrong where the world is one of those listed. `examples/table.rs` measures it.
//!
//! # What it deliberately does not do
//!
//! No sockets, clocks, threads; no protocol: fields are numbers that the caller gives a meaning ([`Field`]); no words. Random choices
//! come from a seed that the caller gives: the same seed and outcomes, the same requests.

mod chance;
mod comparison;
mod limits;
mod outcome;
mod path;
mod question;
mod random;
mod request;
mod rivals;
mod session;
mod sets;
mod threshold;
mod wait;

pub use comparison::{Compared, Comparison, ComparisonEvidence, ComparisonSpec, Difference};
pub use limits::{About, Burst, Limited, Limits, LimitsEvidence, LimitsSpec};
pub use outcome::{Fate, Outcome, Refusal};
pub use path::members::{Members, MembersEvidence, MembersSpec, Ways};
pub use path::{Hop, Place, Where, WhereEvidence, WhereSpec};
pub use question::{Because, Conclusion, Limit, Progress, Question, SHOWN, SURE, Tried, Verdict, Weighed};
pub use random::Random;
pub use request::{Field, Flow, Plan, Role, Send, Setting};
pub use rivals::{Clause, Condition, Decided, Rival, Rivals, RivalsEvidence, Settable};
pub use session::{Action, Controls, Manners, RoundTrip, Session, Tally};
pub use sets::{FailingSet, Sets, SetsEvidence, SetsSpec};
pub use threshold::{Boundary, Direction, SearchSpec, Threshold, ThresholdEvidence};
pub use wait::{Again, Pause, PauseTried, Wait, WaitEvidence, WaitSpec};
